//! What was decided, with the reasons that were recorded while deciding.

use std::collections::BTreeSet;

use crate::diagnostic::Severity;
use crate::model::{Impossible, Uid};
use crate::policy::{Literal, PolicyFailure};
use crate::report::{Decision, Outcome};

/// Why a step got a decision; each is a fact that was seen while deciding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An entity of the request does not exist.
    Missing(MissingRole, Uid),
    /// A value that is not known yet is read; the words name it.
    UnknownValue(String),
    /// A change needs a value that is not known yet: its position, and the value.
    UnknownInChange(usize, String),
    /// A policy could not be evaluated.
    Failed(PolicyFailure),
    /// A hard forbid applies.
    Forbidden(String),
    /// A soft forbid applies and nothing overrides it.
    SoftForbidden(String),
    /// No permit applies.
    NoPermit,
    /// A permit applies.
    Permitted(String),
    /// An advisory forbid applies.
    Advised(String),
    /// The change at that position cannot be made.
    Impossible(usize, Impossible),
}

/// Which part of a request names an entity that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingRole {
    /// The principal.
    Principal,
    /// The resource.
    Resource,
    /// A value of the context.
    Context,
}

/// What was decided about one step.
#[derive(Clone, Debug)]
pub struct StepJudgement {
    /// What the plan says of it.
    pub outcome: Outcome,
    /// What the states say of it.
    pub decisions: BTreeSet<Decision>,
    /// The policies that decided.
    pub determining: BTreeSet<String>,
    /// The policies that could not be evaluated.
    pub failures: Vec<PolicyFailure>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What was decided about a plan.
#[derive(Debug)]
pub struct Judgement {
    /// Its steps, in plan order.
    pub steps: Vec<StepJudgement>,
    /// The entities that policies name and that neither exist nor can come to exist.
    pub missing_literals: Vec<(Literal, Severity)>,
    /// The whole.
    pub verdict: Verdict,
}

/// What is said of a plan.
#[derive(Debug)]
pub enum Verdict {
    /// Every step is allowed, and no error is left.
    Approved(ApprovedPlan),
    /// Anything else.
    Rejected,
}

/// Proof that a plan was approved; only [`super::decide`] makes one.
#[derive(Debug)]
pub struct ApprovedPlan {
    id: String,
}

impl ApprovedPlan {
    /// The plan's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn new(id: String) -> Self {
        Self { id }
    }
}

impl Verdict {
    /// Says whether the plan is approved.
    pub fn is_approved(&self) -> bool {
        matches!(self, Verdict::Approved(_))
    }
}
