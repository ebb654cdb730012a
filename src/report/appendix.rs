//! What only a page for the files adds to a report.

use super::impact::ImpactReport;

/// Answers to other questions about the same plan.
///
/// They are not part of the JSON form: `rights` and `impact` print them in forms of their own.
#[derive(Clone, Debug, Default)]
pub struct Appendix {
    /// The rights that the plan needs.
    pub rights: Option<RightsTable>,
    /// What the plan makes possible and impossible.
    pub impact: Option<ImpactReport>,
}

/// The rights that each phase of a plan needs, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightsTable {
    /// The names of the columns.
    pub head: Vec<String>,
    /// A row for each phase, or for some of its steps; cells are empty where the row above says it, and
    /// alternatives are on lines of their own.
    pub rows: Vec<Vec<String>>,
    /// What else to know, a sentence each.
    pub remarks: Vec<String>,
}
