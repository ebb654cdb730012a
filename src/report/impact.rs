//! The access delta of a plan: the JSON form is `countersign.impact/1`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Finding, ImportReport, Input, PlanSummary, Tool};
use crate::source::SourceMap;

/// The `schema` of the JSON form.
pub const IMPACT_SCHEMA: &str = "countersign.impact/1";

/// What a plan makes possible and impossible, and for whom.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ImpactReport {
    /// Always `countersign.impact/1`.
    pub schema: String,
    /// The program that answered.
    pub tool: Tool,
    /// Every file that was read, with its digest, by role and path.
    pub inputs: Vec<Input>,
    /// What became of files of other programs; absent where all are our own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<ImportReport>,
    /// The instant that the contexts of the plan's steps are for, RFC 3339 in UTC.
    pub at: String,
    /// The plan.
    pub plan: PlanSummary,
    /// How many there are of each.
    pub counts: ImpactCounts,
    /// What changes, by kind, then by what it is about, action and context.
    pub changes: Vec<Access>,
    /// What a step takes away from somebody who does it in a later step, in plan order.
    pub needed_later: Vec<NeededLater>,
    /// What is possible after the plan, where the full matrix was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub possible: Option<Vec<Access>>,
    /// What could not be asked.
    pub not_asked: Vec<NotAsked>,
    /// What was found; standing access is a note.
    pub findings: Vec<Finding>,
    /// The texts that spans point into; not part of the JSON form.
    #[serde(skip)]
    #[schemars(skip)]
    pub sources: Arc<SourceMap>,
}

/// The JSON Schema of `countersign.impact/1`.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(ImpactReport).to_value()
}

/// How many requests there are of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImpactCounts {
    /// Entities that can be the principal of something, before or after.
    pub principals: usize,
    /// Entities that can be the resource of something, before or after.
    pub resources: usize,
    /// Pairs of an action and a context that were asked.
    pub questions: usize,
    /// Requests that are about these, all of them decided, one by one or with others like them.
    pub requests: u64,
    /// Requests that become possible.
    pub gained: u64,
    /// Requests that become impossible.
    pub lost: u64,
    /// Requests that are possible for a while.
    pub temporary: u64,
    /// Requests that are impossible for a while.
    pub interrupted: u64,
}

/// What becomes of access in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is possible after the plan and was not before.
    Gained,
    /// It was possible before the plan and is not after.
    Lost,
    /// It is possible somewhere in the plan, and neither before nor after.
    Temporary,
    /// It is impossible somewhere in the plan, and possible before and after.
    Interrupted,
    /// It is possible after the plan; of the full matrix.
    Possible,
}

impl Change {
    /// The word of the JSON form.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Gained => "gained",
            Change::Lost => "lost",
            Change::Temporary => "temporary",
            Change::Interrupted => "interrupted",
            Change::Possible => "possible",
        }
    }
}

/// Whether the plan itself makes or deletes what access is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// Principal, resource and context exist before and after the plan.
    Existing,
    /// The plan makes the principal, the resource or an entity of the context.
    Created,
    /// The plan deletes the principal, the resource or an entity of the context.
    Deleted,
}

impl About {
    /// The word of the JSON form.
    pub fn as_str(self) -> &'static str {
        match self {
            About::Existing => "existing",
            About::Created => "created",
            About::Deleted => "deleted",
        }
    }
}

/// Which pairs of the principals and resources of a row are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Each principal with each resource.
    All,
    /// Each principal with each resource but itself.
    Others,
    /// Each principal with itself.
    Itself,
}

impl Relation {
    /// The word of the JSON form.
    pub fn as_str(self) -> &'static str {
        match self {
            Relation::All => "all",
            Relation::Others => "others",
            Relation::Itself => "itself",
        }
    }
}

/// Some principals that may, or may no longer, do something to some resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Access {
    /// What becomes of it.
    pub change: Change,
    /// Whether the plan makes or deletes what it is about.
    pub about: About,
    /// The uid of the action.
    pub action: String,
    /// The contexts that this was asked with and is true of, each an object.
    pub contexts: Vec<serde_json::Value>,
    /// Whether these are all contexts that the action was asked with.
    pub all_contexts: bool,
    /// Who.
    pub principals: Vec<Members>,
    /// On what.
    pub resources: Vec<Members>,
    /// Which pairs of them.
    pub relation: Relation,
    /// How many requests that is.
    pub requests: u64,
    /// The address of the step that makes it so; of temporary access also that of the step that ends it.
    pub steps: Vec<String>,
}

/// What a name in a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MembersKind {
    /// Every entity of a type.
    Type,
    /// Everything in an entity, directly or not, and the entity itself where its type can be meant.
    Group,
    /// The entity alone.
    Entity,
}

impl MembersKind {
    /// The word of the JSON form.
    pub fn as_str(self) -> &'static str {
        match self {
            MembersKind::Type => "type",
            MembersKind::Group => "group",
            MembersKind::Entity => "entity",
        }
    }
}

/// One entity, or many under one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Members {
    /// What the name stands for.
    pub kind: MembersKind,
    /// A uid, or the name of a type.
    pub name: String,
    /// How many entities that is.
    pub count: usize,
}

/// A right that a step takes away although a later step uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NeededLater {
    /// The address of the step that uses it.
    pub step: String,
    /// The address of the step that takes it away.
    pub taken_by: String,
    /// The uid of the principal.
    pub principal: String,
    /// The uid of the action.
    pub action: String,
    /// The uid of the resource.
    pub resource: String,
}

/// An action that nothing is said about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct NotAsked {
    /// The uid of the action.
    pub action: String,
    /// Why.
    pub why: String,
}
