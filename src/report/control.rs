//! What a report is evidence of, control by control.

use schemars::JsonSchema;
use serde::Serialize;

/// A control, with what the report shows of it.
///
/// A report supports a control; it does not make anybody compliant with one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ControlReport {
    /// The framework and the number.
    pub control: String,
    /// What an assessor wants to see; absent where only the bundle's policies name the control.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asks: Option<String>,
    /// Whether the report holds evidence.
    pub evidence: Standing,
    /// What the evidence is, or why there is none.
    pub says: String,
    /// The policies that name the control in `@control` and that cover a step of the plan, by id.
    pub policies: Vec<String>,
    /// The steps that these policies were asked about, by address in plan order.
    pub steps: Vec<String>,
    /// How many findings bear on it, of any level.
    pub findings: usize,
    /// The digests of the files that the evidence is in; never empty where evidence is present.
    pub records: Vec<String>,
}

/// Whether there is evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The report holds it.
    Present,
    /// The report could hold it and does not.
    Absent,
    /// A report of this kind cannot hold it, or nothing in the plan is about it.
    NotInScope,
}

impl Standing {
    /// The words of a text.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Present => "present",
            Standing::Absent => "absent",
            Standing::NotInScope => "not in scope",
        }
    }
}
