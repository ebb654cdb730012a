//! Why policies apply or do not, part by part.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{LabelReport, Location};
use crate::source::{SourceMap, Span};

/// A policy or template link, with what came of each part of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyReport {
    /// The id of the policy, or of the link.
    pub policy: String,
    /// What it has to do with the decision.
    pub role: Role,
    /// `permit` or `forbid`.
    pub effect: String,
    /// `hard`, `soft` or `advisory`.
    pub level: String,
    /// The policy's title, or the condition of the world that it states.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The template, where it is a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateReport>,
    /// Whether it applies.
    pub result: Truth,
    /// Why there is no such result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where the policy or template stands.
    pub span: Location,
    /// Its principal, its action and its resource.
    pub scope: Vec<PartReport>,
    /// Its clauses, in their order.
    pub clauses: Vec<ClauseReport>,
}

/// What a policy has to do with a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It decided.
    Determining,
    /// It could not be evaluated.
    Failed,
    /// It applies, and others decided.
    Applies,
    /// It does not apply, and has the right action and type of resource.
    NearMiss,
}

/// The template of a link.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TemplateReport {
    /// Its id.
    pub id: String,
    /// What its slots stand for.
    pub arguments: BTreeMap<String, String>,
    /// The step that made the link; without, the bundle brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Where the bundle says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Location>,
}

/// What came of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It is true.
    True,
    /// It is false.
    False,
    /// It has a value that is no boolean.
    Value,
    /// It cannot be evaluated.
    Error,
    /// It reads a value that is not known yet.
    Unknown,
    /// What stands before it has settled the matter.
    NotEvaluated,
}

/// A `when` or `unless` clause.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClauseReport {
    /// `when` or `unless`.
    pub kind: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Location>,
    /// What stands in its braces.
    pub part: PartReport,
}

/// How a part is made of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// True where all parts are: `&&`.
    All,
    /// True where one part is: `||`.
    Any,
    /// True where its part is not: `!`.
    Not,
    /// The second part where the first is true, else the third: `if`.
    Choice,
    /// A scope variable without a constraint.
    Anything,
    /// Anything else.
    Test,
}

/// A part of a scope or of a clause.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PartReport {
    /// Its text on one line.
    pub text: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Location>,
    /// How it is made of its parts.
    pub form: Form,
    /// What came of it.
    pub result: Truth,
    /// Its value as Cedar writes it, where it is no boolean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Why it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What it reads itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<ReadReport>,
    /// Why something is in something, or is not, where that is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub membership: Option<MembershipReport>,
    /// Its parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartReport>,
}

/// Something that a part reads.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReadReport {
    /// As the policy writes it.
    pub text: String,
    /// Its value as Cedar writes it; nothing where it is absent.
    pub value: Option<String>,
    /// The step of the plan that made it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Where the estate or the plan says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Location>,
}

/// Why an entity is in another, or is not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MembershipReport {
    /// The uid of what is asked about.
    pub child: String,
    /// The uids of what it is asked to be, or to be in; one is enough.
    pub targets: Vec<String>,
    /// The shortest chain of parents to a target; empty where there is none, or where it is a target itself.
    pub path: Vec<EdgeReport>,
    /// What it is in, the nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub is_in: Vec<String>,
    /// In how many more it is, where not all are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_more: Option<usize>,
    /// What being in would make it true, the nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub would_do: Vec<String>,
    /// The step of the plan that made it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
}

/// One entity directly in another.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EdgeReport {
    /// The uid of the first.
    pub child: String,
    /// The uid of the second.
    pub parent: String,
    /// The step of the plan that made it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Where the estate says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Location>,
}

impl Location {
    /// The place of a span, counted in lines and columns.
    pub fn of(sources: &SourceMap, span: Span) -> Self {
        let source = sources.get(span.source);
        let (line, column) = source.position(span.start as usize);
        Location {
            path: source.path().to_owned(),
            line,
            column,
            offset: span.start as usize,
            length: span.range().len(),
        }
    }
}

impl LabelReport {
    /// A remark at the place of a span.
    pub fn of(sources: &SourceMap, span: Span, text: &str) -> Self {
        let Location { path, line, column, offset, length } = Location::of(sources, span);
        LabelReport { path, line, column, offset, length, text: text.to_owned() }
    }
}
