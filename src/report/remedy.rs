//! Remedies in machine form.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// A way to make a step allowed, judged again before it is told.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Remedy {
    /// A sentence that says what to do.
    pub text: String,
    /// What to do.
    pub change: RemedyChange,
    /// Changes that do as well and differ only in the principal or in the value.
    pub others: Vec<RemedyChange>,
    /// How many other requests it allows: steps of this plan, and this operation on this resource by
    /// other principals.
    pub opens: usize,
    /// The plan with the change as a unified diff, where the plan's text can be changed that way.
    ///
    /// At most one remedy of a plan has it: the first that can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

/// One change to a plan, or to the estate that it begins in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RemedyChange {
    /// Somebody else does the step.
    Principal {
        /// The uid of the principal.
        by: String,
    },
    /// A step comes in before another one.
    Insert {
        /// The address of the step that it comes right before.
        before: String,
        /// Its address.
        step: String,
        /// The uid of the principal.
        by: String,
        /// The uid of the action.
        action: String,
        /// The uid of the resource.
        target: String,
        /// The context.
        with: BTreeMap<String, serde_json::Value>,
    },
    /// A step waits for another one.
    Edge {
        /// The address of the step that comes first.
        before: String,
        /// The address of the step that gets the dependency.
        after: String,
    },
    /// A dependency is turned round.
    Reverse {
        /// The address of the step that comes first from now on.
        before: String,
        /// The address of the step that waits from now on.
        after: String,
        /// The phase or step that loses a need.
        of: String,
        /// The need that it loses.
        need: String,
    },
    /// A field of the step's context gets a value, or goes.
    Context {
        /// The field.
        field: String,
        /// Its value; without one the field is left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<serde_json::Value>,
    },
    /// The step is done to something else.
    Target {
        /// The uid of the resource.
        target: String,
    },
    /// The world before the plan is another one, by these facts together.
    Estate {
        /// The facts, in the order in which they are made true.
        facts: Vec<RemedyFact>,
    },
    /// People approve the plan, as it is.
    Approval {
        /// The uids of as many as it takes.
        by: Vec<String>,
        /// The uids of everybody found whose approval counts as well, these included.
        among: Vec<String>,
    },
    /// The plan is judged and run at another time.
    Time {
        /// An instant at which the step is allowed.
        at: String,
    },
    /// Changes of which none does without the others, in this order.
    Together {
        /// The changes.
        changes: Vec<RemedyChange>,
    },
}

/// One fact of the estate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum RemedyFact {
    /// There is an entity; its id is for the reader to choose.
    Entity {
        /// A uid that stands for it in the other facts.
        entity: String,
    },
    /// An entity is in another one.
    Membership {
        /// The uid of the entity.
        entity: String,
        /// The uid of what it is in.
        parent: String,
    },
    /// An attribute of an entity has another value.
    Attribute {
        /// The uid of the entity.
        entity: String,
        /// The attribute.
        attribute: String,
        /// Whether the attribute gets the value, or its set gains or loses it.
        operation: AttributeChange,
        /// The value.
        value: serde_json::Value,
    },
}

/// What becomes of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeChange {
    /// It gets a value.
    Set,
    /// Its set gets an element.
    Add,
    /// Its set loses an element.
    Remove,
}
