//! A changed plan or estate, judged as a whole.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::change::{Change, changed};
use crate::decide::{Authority, Briefing, Effort, Judgement, StepJudgement, brief, decide};
use crate::diagnostic::{Severity, Sink};
use crate::document::PlanDocument;
use crate::model::{Approval, Approvals, Edit, Estate, Plan, Uid};
use crate::policy::{Bundle, Request, check_request};
use crate::report::Outcome;
use crate::resolve;
use crate::simulate;

/// A judged plan, and everything that judging it again takes.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The plan as its file says it.
    pub document: &'a PlanDocument,
    /// The plan.
    pub plan: &'a Plan,
    /// The world before it.
    pub estate: &'a Estate,
    /// The policies and operations.
    pub bundle: &'a Bundle,
    /// The actions that the catalogue has an entry for.
    pub operations: &'a BTreeSet<Uid>,
    /// What people said of the plan; a changed plan is judged as if they said it again.
    pub approvals: &'a Approvals,
    /// Which of them count.
    pub briefing: &'a Briefing,
    /// What was decided.
    pub judgement: &'a Judgement,
    /// The instant of judgement.
    pub at: Timestamp,
    /// How much work one judgement may be.
    pub effort: Effort,
    /// Whether the plan is written in our own form, where each word is its author's.
    pub own: bool,
    /// The world as it is without what the plan's own text tells of it.
    pub given: &'a Estate,
}

/// What came of a changed plan.
pub(super) struct Trial {
    pub plan: Plan,
    pub estate: Estate,
    pub briefing: Briefing,
    pub judgement: Judgement,
}

impl Question<'_> {
    /// Says whether an entity is known from the plan's own text alone.
    pub(super) fn is_of_the_plan(&self, uid: &Uid) -> bool {
        self.estate.state.contains(uid) && !self.given.state.contains(uid)
    }

    /// Makes the changes and judges again; nothing where there is no plan then.
    pub(super) fn judge(&self, changes: &[Change]) -> Option<Trial> {
        let document = changed(self.document, changes, self.bundle.schema())?;
        let parts = || changes.iter().flat_map(Change::parts);
        let at = parts().find_map(|change| match change {
            Change::Time { at, .. } => Some(*at),
            _ => None,
        });
        let approvals = self.with_approvals(parts());
        let at = at.unwrap_or(self.at);
        let question = Question { approvals: &approvals, at, ..*self };
        question.judge_document(&document, self.changed_estate(parts())?)
    }

    /// What people say of the plan, and what changes have them say besides.
    fn with_approvals<'c>(&self, changes: impl Iterator<Item = &'c Change>) -> Approvals {
        let mut approvals = self.approvals.clone();
        let people = changes.filter_map(|change| match change {
            Change::Approval { by, .. } => Some(by),
            _ => None,
        });
        let span = self.plan.steps.first().map(|step| step.spans.id);
        let given = people.flatten().zip(span.into_iter().cycle());
        let given = given.map(|(by, span)| Approval { by: by.clone(), at: self.at, span });
        approvals.approvals.extend(given);
        approvals
    }

    pub(super) fn judge_document(&self, document: &PlanDocument, estate: Estate) -> Option<Trial> {
        let mut sink = Sink::new();
        let mut plan = resolve::plan(
            document,
            self.bundle.schema(),
            self.operations,
            &estate.state,
            self.effort.threads,
            &mut sink,
        )?;
        let briefing = brief(&mut plan, &estate, self.bundle, self.approvals, self.at);
        let conforms = plan.steps.iter().all(|step| {
            let request = Request {
                principal: &step.principal,
                action: &step.action,
                resource: &step.resource,
                context: &step.context,
            };
            check_request(self.bundle, request).is_ok()
        });
        if !conforms {
            return None;
        }
        let judgement = decide(&plan, &estate, self.bundle, &briefing, self.effort);
        Some(Trial { plan, estate, briefing, judgement })
    }

    fn changed_estate<'c>(&self, changes: impl Iterator<Item = &'c Change>) -> Option<Estate> {
        let edits: Vec<(usize, Edit)> = changes
            .filter_map(|change| match change {
                Change::Estate(edits) => Some(edits),
                _ => None,
            })
            .flatten()
            .cloned()
            .enumerate()
            .collect();
        if edits.is_empty() {
            return Some(self.estate.clone());
        }
        let state = simulate::apply(&self.estate.state, &edits, "", self.bundle.schema()).ok()?;
        Some(Estate { state, taken: self.estate.taken, circles: self.estate.circles.clone() })
    }

    /// The first step that keeps changes from being a remedy: the step itself, else one that is new and not
    /// allowed, else one that was allowed before.
    pub(super) fn stopped<'t>(&'t self, trial: &'t Trial, address: &'t str) -> Option<&'t str> {
        let now = |address: &str| outcome(&trial.plan, &trial.judgement, address).is_some_and(is_fine);
        let known = |address: &str| self.plan.steps.iter().any(|step| step.address == address);
        let new = trial.plan.steps.iter().map(|step| step.address.as_str()).filter(|step| !known(step));
        let before = self.plan.steps.iter().zip(&self.judgement.steps);
        let before = before.filter(|(_, judged)| is_fine(judged)).map(|(step, _)| step.address.as_str());
        [address].into_iter().chain(new).chain(before).find(|address| !now(address))
    }

    /// Says whether the changes make a step allowed and nothing worse.
    pub(super) fn mends(&self, trial: &Trial, address: &str) -> bool {
        self.stopped(trial, address).is_none()
            && conflicts(&trial.plan, &trial.judgement).is_subset(&conflicts(self.plan, self.judgement))
            && errors(&trial.judgement) <= errors(self.judgement)
    }
}

/// Says whether a step alone would not stop the plan.
pub(super) fn is_fine(judged: &StepJudgement) -> bool {
    judged.outcome == Outcome::Allowed && !matches!(judged.authority, Authority::SelfGiven(_))
}

fn outcome<'a>(plan: &Plan, judgement: &'a Judgement, address: &str) -> Option<&'a StepJudgement> {
    let position = plan.steps.iter().position(|step| step.address == address)?;
    judgement.steps.get(position)
}

fn conflicts(plan: &Plan, judgement: &Judgement) -> BTreeSet<BTreeSet<String>> {
    let pairs = judgement.conflicts.iter();
    pairs.map(|pair| [pair.first, pair.second].map(|step| plan.step(step).address.clone()).into()).collect()
}

fn errors(judgement: &Judgement) -> usize {
    judgement.missing_literals.iter().filter(|(_, severity)| *severity == Severity::Error).count()
}

impl Trial {
    /// The position of a step in the changed plan.
    pub(super) fn position(&self, address: &str) -> Option<usize> {
        self.plan.steps.iter().position(|step| step.address == address)
    }
}
