//! What was decided, with the reasons that were recorded while deciding.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::Severity;
use crate::model::{Impossible, StepId, Uid};
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
    Forbidden(Arc<str>),
    /// A soft forbid applies and nothing overrides it.
    SoftForbidden(Arc<str>),
    /// An override lets the step pass a soft forbid.
    Overridden(Arc<str>),
    /// No permit applies.
    NoPermit,
    /// A permit applies.
    Permitted(Arc<str>),
    /// An advisory forbid applies.
    Advised(Arc<str>),
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

/// What one state says of one step, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The decision.
    pub decision: Decision,
    /// The policies that decided.
    pub determining: Arc<BTreeSet<Arc<str>>>,
    /// The policies that could not be evaluated.
    pub failures: Vec<PolicyFailure>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// A shortest run that leads to the state: the steps before the step, in their order. Absent
    /// where these are just what must come before it, in plan order.
    pub run: Option<Vec<StepId>>,
}

impl Case {
    /// Says whether two cases differ in nothing but the run.
    pub(super) fn says_the_same(&self, other: &Case) -> bool {
        self.decision == other.decision
            && self.determining == other.determining
            && self.failures == other.failures
            && self.reasons == other.reasons
    }
}

/// What was decided about one step, over every order.
#[derive(Clone, Debug)]
pub struct StepJudgement {
    /// What the plan says of it.
    pub outcome: Outcome,
    /// One case for each decision.
    pub cases: Cases,
    /// The policies that decided, over every order.
    pub determining: Arc<BTreeSet<Arc<str>>>,
    /// The policies that could not be evaluated, over every order.
    pub failures: BTreeSet<PolicyFailure>,
    /// Where the orders were more than could be looked at: how many states were.
    pub too_many: Option<usize>,
    /// What would settle a decision that depends on the order.
    pub settlement: Option<Settlement>,
    /// Where the step's authority comes from.
    pub authority: Authority,
}

/// The cases of a step, one for each decision, in their order.
///
/// Nearly every step has one, so that they take no more room than they need.
#[derive(Clone, Debug, Default)]
pub struct Cases(Vec<Case>);

impl Cases {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The cases.
    pub fn values(&self) -> std::slice::Iter<'_, Case> {
        self.0.iter()
    }

    /// The decisions.
    pub fn keys(&self) -> impl Iterator<Item = &Decision> {
        self.0.iter().map(|case| &case.decision)
    }

    /// The case of a decision.
    pub fn get(&self, decision: &Decision) -> Option<&Case> {
        self.0.iter().find(|case| case.decision == *decision)
    }

    /// Says whether there is a case of a decision.
    pub fn contains_key(&self, decision: &Decision) -> bool {
        self.get(decision).is_some()
    }

    /// Puts a case in the place of that of its decision.
    pub(super) fn insert(&mut self, case: Case) {
        match self.0.binary_search_by_key(&case.decision, |known| known.decision) {
            Ok(at) => self.0.splice(at..=at, [case]).for_each(drop),
            Err(at) => self.0.insert(at, case),
        }
    }
}

impl StepJudgement {
    /// Says whether nothing about the step keeps its plan from being approved.
    pub fn is_fit(&self) -> bool {
        self.outcome == Outcome::Allowed && !matches!(self.authority, Authority::SelfGiven(_))
    }

    /// The decisions, in order.
    pub fn decisions(&self) -> BTreeSet<Decision> {
        self.cases.keys().copied().chain(self.too_many.map(|_| Decision::Indeterminate)).collect()
    }
}

/// An edge that makes a step allowed in every order: the first comes before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// What comes first.
    pub before: StepId,
    /// What comes after it.
    pub after: StepId,
}

/// Where the authority for a step comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Authority {
    /// It was there before the plan, or the step is not allowed.
    #[default]
    Standing,
    /// Others gave it in the plan, in these steps.
    Granted(Vec<StepId>),
    /// Only what the step's own principal did, or what that made possible, gave it, in these steps.
    SelfGiven(Vec<StepId>),
}

/// Two unordered steps whose order changes the state or what is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The first in plan order.
    pub first: StepId,
    /// The other.
    pub second: StepId,
    /// What differs.
    pub difference: Difference,
}

/// What the order of two steps decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The first of these is impossible after the second.
    ImpossibleAfter(StepId, StepId),
    /// The first of these is possible only after the second.
    PossibleOnlyAfter(StepId, StepId),
    /// The record of an entity.
    Record(Uid),
    /// The template links.
    Links,
    /// It is not known, after looking at that many states.
    NotKnown(usize),
}

/// What was decided about a plan.
#[derive(Debug)]
pub struct Judgement {
    /// Its steps, in plan order.
    pub steps: Vec<StepJudgement>,
    /// The pairs of steps that conflict, in plan order.
    pub conflicts: Vec<Conflict>,
    /// The entities that steps would create, by step.
    pub created: Vec<(StepId, Uid)>,
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
