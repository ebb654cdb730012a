//! The one account of a judgement that every output is made from.

mod appendix;
pub mod bench;
mod control;
mod finding;
pub mod impact;
mod import;
mod json_schema;
pub mod lines;
mod problems;
mod remedy;
pub mod render;
mod terms;
mod tree;

pub use appendix::{Appendix, RightsTable};
pub use control::{ControlReport, Standing};
pub use import::{ImportRemark, ImportReport};
pub use json_schema::{json_schema, problems_json_schema};
pub use problems::{PROBLEMS_SCHEMA, Problems, Unjudged, Why};
pub use remedy::{AttributeChange, Remedy, RemedyChange, RemedyFact};
pub use terms::Terms;
pub use tree::{
    ClauseReport, EdgeReport, Form, MembershipReport, PartReport, PolicyReport, ReadReport, Role,
    TemplateReport, Truth,
};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::source::SourceMap;

/// The `schema` of the JSON form.
pub const REPORT_SCHEMA: &str = "countersign.report/1";

/// A judged plan, explained: the JSON form is `countersign.report/1`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Always `countersign.report/1`.
    pub schema: String,
    /// The program that judged.
    pub tool: Tool,
    /// Every file that was read, with its digest, by role and path.
    pub inputs: Vec<Input>,
    /// What became of files of other programs; absent where all are our own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<ImportReport>,
    /// The instant of judgement, RFC 3339 in UTC.
    pub at: String,
    /// The plan.
    pub plan: PlanSummary,
    /// `approved` or `rejected`.
    pub verdict: Verdict,
    /// How many there are of each.
    pub counts: Counts,
    /// The phases, in plan order.
    pub phases: Vec<PhaseReport>,
    /// The steps, in plan order.
    pub steps: Vec<StepReport>,
    /// What was found, worst first.
    pub findings: Vec<Finding>,
    /// The overrides that count, used or not, in the order of the approvals files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideReport>,
    /// The approvals that count, in the order of the approvals files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalReport>,
    /// What the report is evidence of, control by control.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<ControlReport>,
    /// By which rules the command line lets the check pass, where they are not the usual ones.
    #[serde(default, skip_serializing_if = "Terms::are_usual")]
    pub terms: Terms,
    /// The texts that spans point into; not part of the JSON form.
    #[serde(skip)]
    #[schemars(skip)]
    pub sources: Arc<SourceMap>,
    /// What a page for the files adds; not part of the JSON form.
    #[serde(skip)]
    #[schemars(skip)]
    pub appendix: Appendix,
}

/// The program that made a report.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This program.
    pub fn this() -> Self {
        Tool { name: "countersign".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// An approval that counts for the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApprovalReport {
    /// The uid of the person.
    pub by: String,
    /// When it was given, RFC 3339 in UTC.
    pub at: String,
    /// Where it stands.
    pub span: Location,
}

/// An override that counts for the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OverrideReport {
    /// The id of the soft forbid.
    pub policy: String,
    /// The address of the step that it is for.
    pub step: String,
    /// The uid of the person.
    pub by: String,
    /// Why, in the person's words.
    pub reason: String,
    /// The first instant at which it counts no more, RFC 3339 in UTC.
    pub expires: String,
    /// Whether the step passed the forbid by it.
    pub used: bool,
    /// Where it stands.
    pub span: Location,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Input {
    /// What it was read as.
    pub role: String,
    /// Its path as given.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
}

/// The plan that was judged.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanSummary {
    /// Its id.
    pub id: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The uid of its author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// A link to documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
}

/// What the whole says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every step is allowed in every order, and no error finding is left.
    Approved,
    /// Anything else.
    Rejected,
}

/// What the plan says of one step, over every order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is allowed in every order.
    Allowed,
    /// It is allowed in no order.
    Denied,
    /// Whether it is allowed depends on the order.
    OrderDependent,
    /// It cannot be said in some order.
    Indeterminate,
}

impl Outcome {
    /// The word of the JSON form.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Allowed => "allowed",
            Outcome::Denied => "denied",
            Outcome::OrderDependent => "order-dependent",
            Outcome::Indeterminate => "indeterminate",
        }
    }
}

/// What one state says of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It is authorised and can do what it says.
    Allow,
    /// It is not authorised.
    Deny,
    /// It is authorised, but one of its changes is impossible.
    Inapplicable,
    /// It cannot be said.
    Indeterminate,
    /// It names an entity that does not exist.
    Missing,
}

impl Decision {
    /// The word of the JSON form.
    pub fn as_str(self) -> &'static str {
        match self {
            Decision::Allow => "allow",
            Decision::Deny => "deny",
            Decision::Inapplicable => "inapplicable",
            Decision::Indeterminate => "indeterminate",
            Decision::Missing => "missing",
        }
    }
}

/// How many there are of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Phases of the plan.
    pub phases: usize,
    /// Steps of the plan.
    pub steps: usize,
    /// Steps whose outcome is `allowed`.
    pub allowed: usize,
    /// Steps whose outcome is `denied`.
    pub denied: usize,
    /// Steps whose outcome is `indeterminate`.
    pub indeterminate: usize,
    /// Steps whose outcome is `order-dependent`.
    pub order_dependent: usize,
    /// Static policies and template links of the bundle.
    pub policies: usize,
}

/// A phase, with the worst outcome of its steps.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PhaseReport {
    /// Its id.
    pub id: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A link to documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
    /// What comes before it, as the plan names it.
    pub needs: Vec<String>,
    /// The worst outcome of its steps; `allowed` where it has none.
    pub outcome: Outcome,
}

/// A step, judged.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StepReport {
    /// Its address, `phase/step`.
    pub id: String,
    /// The id of its phase.
    pub phase: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A link to documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
    /// Length of the longest path to it, counted from 1.
    pub wave: usize,
    /// The steps that come immediately before it.
    pub after: Vec<String>,
    /// The uid of the principal.
    pub principal: String,
    /// The uid of the action.
    pub action: String,
    /// The uid of the resource.
    pub resource: String,
    /// The Cedar context that was judged.
    pub context: serde_json::Value,
    /// What the plan says of it, over every order.
    pub outcome: Outcome,
    /// What the states say of it, over every order.
    pub decisions: BTreeSet<Decision>,
    /// The ids of the policies that decided, over every order.
    #[serde(serialize_with = "as_texts")]
    #[schemars(with = "BTreeSet<String>")]
    pub determining: BTreeSet<Arc<str>>,
    /// The policies that could not be evaluated.
    pub errors: Vec<PolicyError>,
    /// The addresses of the steps that gave the step its authority, in plan order.
    pub provenance: Vec<String>,
    /// For each decision, where there are several, a shortest run that leads to it.
    pub witnesses: BTreeMap<Decision, Vec<String>>,
    /// Why, as a tree.
    pub reasons: Reasons,
    /// What would make the step allowed.
    pub remedies: Vec<Remedy>,
    /// Where the step stands.
    pub span: Location,
}

/// Texts that are shared, as texts.
fn as_texts<S: Serializer>(texts: &BTreeSet<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(texts.iter().map(|text| &**text))
}

/// A policy that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct PolicyError {
    /// The policy's id.
    pub policy: String,
    /// Cedar's message.
    pub message: String,
}

/// Why a step got its decisions.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Reasons {
    /// The reasons, each a sentence with the policy and the place it speaks of.
    pub because: Vec<Reason>,
    /// The decision that the policies below are told for, where the order of the plan matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub told_for: Option<Decision>,
    /// The policies that decided, and those that nearly did, part by part; only where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyReport>,
    /// How many more permits do not apply; the nearest are among the policies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub further_permits: Option<usize>,
    /// The forbids for the action that do not apply, by id; only where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_forbids: Vec<String>,
    /// The uids of the entities that the decision rests on; only where it was asked for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub entities: BTreeSet<String>,
}

/// One reason.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Reason {
    /// A sentence.
    pub text: String,
    /// The policy it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The place it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Location>,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Location {
    /// The file's path as given.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// Bytes from the start of the file.
    pub offset: usize,
    /// Bytes covered.
    pub length: usize,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FindingLevel {
    /// It rejects the plan.
    Error,
    /// It should be looked at.
    Warning,
    /// It is worth knowing.
    Note,
}

impl FindingLevel {
    /// The word of the JSON form.
    pub fn as_str(self) -> &'static str {
        match self {
            FindingLevel::Error => "error",
            FindingLevel::Warning => "warning",
            FindingLevel::Note => "note",
        }
    }
}

/// Something that was found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// Its code; `countersign code CODE` explains it.
    pub code: String,
    /// How bad it is.
    pub level: FindingLevel,
    /// The address of the step it is about.
    pub step: Option<String>,
    /// The id of the policy it is about.
    pub policy: Option<String>,
    /// The controls that it bears on, by their numbers.
    pub controls: Vec<String>,
    /// One sentence.
    pub message: String,
    /// The places, the most important first.
    pub labels: Vec<LabelReport>,
    /// Ways out.
    pub hints: Vec<String>,
}

/// A place with a remark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct LabelReport {
    /// The file's path as given.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// Bytes from the start of the file.
    pub offset: usize,
    /// Bytes covered.
    pub length: usize,
    /// The remark; may be empty.
    pub text: String,
}
