//! What a fact can claim.

use crate::decide::judgement::Reason;
use crate::document::Level;
use crate::model::{Impossible, Link, StepId, Uid};
use crate::policy::{ClauseKind, Effect, Evaluation, Form, Membership, Read, Subject};
use crate::report::{Decision, Outcome};
use crate::source::Span;

/// A claim about a step, about the policies, or about the state that the step finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// What the plan says of the step, over every order.
    Outcome(Outcome),
    /// What one state says of it.
    Decision(Decision),
    /// Where the step has its authority from the plan itself: these steps gave it.
    Authority(Vec<StepId>),
    /// Why a state says so, as it was seen while deciding.
    Reason(Reason),
    /// No forbid keeps the step from being allowed.
    Unopposed,
    /// The changes of the step can be made, or cannot; these entities decide it.
    Changes(Vec<Uid>),
    /// What other policies come to, which that decision does not rest on.
    Besides(Decision),
    /// So many permits and links for the action and the type of resource do not apply, besides those told.
    Idle(usize),
    /// What a policy or a template link comes to.
    Policy(Box<PolicyClaim>),
    /// A clause of a policy, at this place.
    Clause(ClauseKind, Option<Span>),
    /// A part of a scope or of a condition.
    Part(Box<PartClaim>),
    /// Something has a value, or is absent.
    Value(Box<Read>),
    /// Something is in one of some things.
    Inside(Membership),
    /// Something is in none of some things.
    Outside {
        /// What is asked.
        asked: Membership,
        /// What it is in, the nearest first; not all of them.
        is_in: Vec<Uid>,
        /// In how many more it is.
        more: usize,
        /// What being in would make it true, the nearest first.
        would_do: Vec<Uid>,
    },
    /// An entity is directly in another: child, parent.
    Edge(Uid, Uid),
    /// A template link exists.
    Link(Link),
    /// An entity exists.
    Exists(Uid),
    /// An entity does not exist.
    Absent(Uid),
    /// A step ran before.
    Ran(StepId),
}

/// What a policy, or a template link, comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyClaim {
    /// Its id: an `@id`, or the id of a link.
    pub id: String,
    /// The `@id` of the policy or template.
    pub policy: String,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// How strictly it is enforced.
    pub level: Level,
    /// What the slots stand for; empty for a static policy.
    pub arguments: Vec<(String, Uid)>,
    /// Whether it applies.
    pub result: Evaluation,
}

/// What a part of a policy comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartClaim {
    /// Its text on one line.
    pub text: String,
    /// Where it stands.
    pub span: Option<Span>,
    /// How it is made of its parts.
    pub form: Form,
    /// What came of it.
    pub evaluation: Evaluation,
}

impl Claim {
    /// The entities that the claim is about.
    pub fn entities(&self) -> Vec<&Uid> {
        match self {
            Claim::Changes(uids) => uids.iter().collect(),
            Claim::Policy(policy) => policy.arguments.iter().map(|(_, uid)| uid).collect(),
            Claim::Value(read) => match &read.of {
                Subject::Attribute(uid, _) | Subject::Tag(uid, _) => vec![uid],
                Subject::Other => Vec::new(),
            },
            Claim::Inside(asked) | Claim::Outside { asked, .. } => {
                [&asked.child].into_iter().chain(&asked.targets).collect()
            }
            Claim::Edge(child, parent) => vec![child, parent],
            Claim::Link(link) => link.principal.iter().chain(&link.resource).collect(),
            Claim::Exists(uid) | Claim::Absent(uid) | Claim::Reason(Reason::Missing(_, uid)) => vec![uid],
            Claim::Reason(Reason::Impossible(_, why)) => match why {
                Impossible::Exists(uid) | Impossible::Absent(uid) | Impossible::DoesNotConform(uid, _) => {
                    vec![uid]
                }
                Impossible::ClosesCycle(child, parent) => vec![child, parent],
                Impossible::Fails(_) => Vec::new(),
            },
            Claim::Outcome(_)
            | Claim::Decision(_)
            | Claim::Authority(_)
            | Claim::Reason(_)
            | Claim::Unopposed
            | Claim::Besides(_)
            | Claim::Idle(_)
            | Claim::Clause(..)
            | Claim::Part(_)
            | Claim::Ran(_) => Vec::new(),
        }
    }
}
