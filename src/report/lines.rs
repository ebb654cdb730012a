//! Reports in lines, for plans of any size: the form is `countersign.report-lines/1`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Counts, Decision, Finding, FindingLevel, ImportReport, Input, Outcome, PlanSummary, PolicyError,
    Problems, Tool, Verdict,
};

/// The `schema` of the header line.
pub const LINES_SCHEMA: &str = "countersign.report-lines/1";

/// How many findings of one level and code are written; all of them are counted.
pub const MOST_FINDINGS: usize = 1_000;

/// One line. A report is a header, the steps in plan order, findings, and the verdict as its last line.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "line", rename_all = "lowercase")]
pub enum Line<'a> {
    /// The first line.
    Header(Header),
    /// A step, judged.
    Step(StepLine<'a>),
    /// Something that was found; of one level and code the first thousand.
    Finding(&'a Finding),
    /// How many findings there are of one level and code.
    Findings(Group),
    /// The last line; a report without it is not whole.
    Verdict(Summary),
    /// Why plans have no report; the last line of all.
    Problems(&'a Problems),
}

/// What is judged, by what, as of when.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Header {
    /// Always `countersign.report-lines/1`.
    pub schema: String,
    /// The program that judged.
    pub tool: Tool,
    /// Every file that was read, with its digest, by role and path.
    pub inputs: Vec<Input>,
    /// What became of files of other programs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<ImportReport>,
    /// The instant of judgement, RFC 3339 in UTC.
    pub at: String,
    /// The plan.
    pub plan: PlanSummary,
}

/// A step, judged.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct StepLine<'a> {
    /// Its address, `phase/step`.
    pub id: &'a str,
    /// Length of the longest path to it, counted from 1.
    pub wave: usize,
    /// The uid of the principal.
    pub principal: &'a str,
    /// The uid of the action.
    pub action: &'a str,
    /// The uid of the resource.
    pub resource: &'a str,
    /// What the plan says of it, over every order.
    pub outcome: Outcome,
    /// What the states say of it, over every order.
    pub decisions: &'a BTreeSet<Decision>,
    /// The ids of the policies that decided, over every order.
    #[serde(serialize_with = "super::as_texts")]
    #[schemars(with = "BTreeSet<String>")]
    pub determining: &'a BTreeSet<Arc<str>>,
    /// The policies that could not be evaluated.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [PolicyError],
    /// The addresses of the steps that gave the step its authority, in plan order.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub provenance: &'a [String],
    /// For each decision, where there are several, a shortest run that leads to it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub witnesses: &'a BTreeMap<Decision, Vec<String>>,
}

/// How many findings there are of one level and code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Group {
    /// The code.
    pub code: String,
    /// The level.
    pub level: FindingLevel,
    /// How many were found.
    pub count: usize,
    /// How many of them are written.
    pub shown: usize,
}

/// What the whole says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Summary {
    /// `approved` or `rejected`.
    pub verdict: Verdict,
    /// How many there are of each.
    pub counts: Counts,
}

/// Findings as they come, kept up to the number that is written.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    kept: Vec<(Option<usize>, Finding)>,
    counts: BTreeMap<(FindingLevel, String), usize>,
}

impl Gathered {
    /// Says whether more findings of a level and code would only be counted.
    pub fn is_full(&self, level: FindingLevel, code: &str) -> bool {
        self.counts.get(&(level, code.to_owned())).is_some_and(|count| *count >= MOST_FINDINGS)
    }

    /// Counts a finding without keeping it.
    pub fn count(&mut self, level: FindingLevel, code: &str) {
        *self.counts.entry((level, code.to_owned())).or_default() += 1;
    }

    /// Takes a finding, with the position of its step in plan order.
    ///
    /// Findings of one level and code must come in the order of [`order`].
    pub fn take(&mut self, position: Option<usize>, finding: Finding) {
        let full = self.is_full(finding.level, &finding.code);
        self.count(finding.level, &finding.code);
        if !full {
            self.kept.push((position, finding));
        }
    }

    /// How many findings there are of each level.
    pub fn by_level(&self) -> BTreeMap<FindingLevel, usize> {
        let mut levels = BTreeMap::new();
        self.counts.iter().for_each(|((level, _), count)| *levels.entry(*level).or_default() += count);
        levels
    }

    /// The findings that are kept, in the order of reports, and how many there are of each kind.
    pub fn into_order(mut self) -> (Vec<Finding>, Vec<Group>) {
        self.kept.sort_by(|left, right| order((left.0, &left.1), (right.0, &right.1)));
        let shown = |count: &usize| (*count).min(MOST_FINDINGS);
        let groups = self.counts.iter().map(|((level, code), count)| Group {
            code: code.clone(),
            level: *level,
            count: *count,
            shown: shown(count),
        });
        let groups = groups.collect();
        (self.kept.into_iter().map(|(_, finding)| finding).collect(), groups)
    }
}

/// The order of findings in reports, which no position in a file decides: by level, those of steps first
/// and in plan order, then by code, policy and message.
pub fn order(left: (Option<usize>, &Finding), right: (Option<usize>, &Finding)) -> std::cmp::Ordering {
    let key = |(position, finding): (Option<usize>, &Finding)| (finding.level, position.is_none(), position);
    let text = |finding: &Finding| (finding.code.clone(), finding.policy.clone(), finding.message.clone());
    key(left).cmp(&key(right)).then_with(|| text(left.1).cmp(&text(right.1)))
}
