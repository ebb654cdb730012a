//! Walks a plan and decides every step in the state that its ancestors leave behind.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::judgement::{ApprovedPlan, Judgement, MissingRole, Reason, StepJudgement, Verdict};
use crate::diagnostic::Severity;
use crate::document::Level;
use crate::model::{Estate, Plan, State, Step, Uid};
use crate::policy::{
    Bundle, Effect, Failure, PolicyFailure, PolicySets, Request, Ruling, evaluate_changes, missing_literals,
    possible_creates, rule,
};
use crate::report::{Decision, Outcome};
use crate::simulate::{Timeline, apply};

/// Decides every step of a plan, and the whole.
pub fn decide(plan: &Plan, estate: &Estate, bundle: &Bundle) -> Judgement {
    let mut initial = estate.state.clone();
    for (link, id) in bundle.links() {
        initial.link(link.clone(), Arc::clone(id));
    }
    let changing = plan.steps.iter().map(|step| can_change(bundle, step)).collect();
    let mut timeline = Timeline::new(initial, changing);
    let before = timeline.before_each(plan, |state, step| after(bundle, plan.step(step), state));
    let mut judge = Judge { bundle, sets: None };
    let mut creatable: BTreeSet<Uid> = BTreeSet::new();
    let mut steps = Vec::with_capacity(plan.steps.len());
    for (id, moment) in plan.step_ids().zip(before) {
        let state = timeline.state(moment);
        let step = plan.step(id);
        creatable.extend(possible_creates(bundle, state, request(step)));
        steps.push(judge.step(step, state));
    }
    let missing_literals: Vec<_> = missing_literals(bundle, &estate.state, &creatable)
        .into_iter()
        .map(|(literal, severity)| (literal.clone(), severity))
        .collect();
    let clean = missing_literals.iter().all(|(_, severity)| *severity != Severity::Error);
    let allowed = steps.iter().all(|step: &StepJudgement| step.outcome == Outcome::Allowed);
    let verdict = match clean && allowed && !steps.is_empty() && bundle.policy_count() > 0 {
        true => Verdict::Approved(ApprovedPlan::new(plan.id.clone())),
        false => Verdict::Rejected,
    };
    Judgement { steps, missing_literals, verdict }
}

fn can_change(bundle: &Bundle, step: &Step) -> bool {
    bundle.operation(&step.action).is_some_and(crate::policy::Operation::changes_something)
}

fn request(step: &Step) -> Request<'_> {
    Request { principal: &step.principal, action: &step.action, resource: &step.resource, context: &step.context }
}

/// The state after a step; what cannot be changed stays, whether or not the step is allowed.
fn after(bundle: &Bundle, step: &Step, state: &State) -> State {
    match evaluate_changes(bundle, state, request(step)) {
        Ok(edits) => apply(state, &edits, &step.address, bundle.schema()).unwrap_or_else(|_| state.clone()),
        Err(_) => state.clone(),
    }
}

struct Judge<'a> {
    bundle: &'a Bundle,
    /// The policy sets of the last state, which mostly fit the next one.
    sets: Option<(State, Arc<PolicySets>)>,
}

impl Judge<'_> {
    fn step(&mut self, step: &Step, state: &State) -> StepJudgement {
        let (decision, determining, failures, reasons) = self.decision(step, state);
        let outcome = match decision {
            Decision::Allow => Outcome::Allowed,
            Decision::Indeterminate => Outcome::Indeterminate,
            Decision::Deny | Decision::Missing | Decision::Inapplicable => Outcome::Denied,
        };
        StepJudgement { outcome, decisions: [decision].into(), determining, failures, reasons }
    }

    /// The decision of one step in one state, by the rules in their order.
    fn decision(
        &mut self,
        step: &Step,
        state: &State,
    ) -> (Decision, BTreeSet<String>, Vec<PolicyFailure>, Vec<Reason>) {
        let none = BTreeSet::new;
        let missing = missing(step, state, self.bundle);
        if !missing.is_empty() {
            return (Decision::Missing, none(), Vec::new(), missing);
        }
        let edits = evaluate_changes(self.bundle, state, request(step));
        let ruling = rule(self.bundle, &self.sets(state), state, request(step));
        if let Some(what) = ruling.unknown {
            return (Decision::Indeterminate, none(), Vec::new(), vec![Reason::UnknownValue(what)]);
        }
        if let Err(Failure::Unknown(position, what)) = edits {
            return (Decision::Indeterminate, none(), Vec::new(), vec![Reason::UnknownInChange(position, what)]);
        }
        let mut reasons = side_reasons(&ruling);
        if ruling.failures.iter().any(is_hard_forbid) {
            return (Decision::Indeterminate, none(), ruling.failures, reasons);
        }
        let soft_failed = ruling.failures.iter().filter(|failure| is_soft_forbid(failure));
        let soft: BTreeSet<String> =
            ruling.soft.iter().cloned().chain(soft_failed.map(|failure| failure.policy.clone())).collect();
        if !ruling.allowed || !soft.is_empty() {
            let (determining, because) = denial(&ruling, soft);
            reasons.splice(0..0, because);
            return (Decision::Deny, determining, ruling.failures, reasons);
        }
        reasons.splice(0..0, ruling.determining.iter().cloned().map(Reason::Permitted));
        let made = match edits {
            Ok(edits) => apply(state, &edits, &step.address, self.bundle.schema()).map(|_| ()),
            Err(Failure::Fails(position, why) | Failure::Unknown(position, why)) => {
                Err((position, crate::model::Impossible::Fails(why)))
            }
        };
        match made {
            Ok(()) => (Decision::Allow, ruling.determining, ruling.failures, reasons),
            Err((position, why)) => {
                reasons.insert(0, Reason::Impossible(position, why));
                (Decision::Inapplicable, none(), ruling.failures, reasons)
            }
        }
    }

    fn sets(&mut self, state: &State) -> Arc<PolicySets> {
        if let Some((of, sets)) = &self.sets
            && of.same_links(state)
        {
            return Arc::clone(sets);
        }
        let sets = Arc::new(PolicySets::new(self.bundle, state));
        self.sets = Some((state.clone(), Arc::clone(&sets)));
        sets
    }
}

/// What decided a denial, and why.
fn denial(ruling: &Ruling, soft: BTreeSet<String>) -> (BTreeSet<String>, Vec<Reason>) {
    let mut reasons: Vec<Reason> = Vec::new();
    let mut determining = BTreeSet::new();
    if !ruling.allowed {
        match ruling.determining.is_empty() {
            true => reasons.push(Reason::NoPermit),
            false => reasons.extend(ruling.determining.iter().cloned().map(Reason::Forbidden)),
        }
        determining.extend(ruling.determining.iter().cloned());
    }
    reasons.extend(ruling.soft.iter().cloned().map(Reason::SoftForbidden));
    determining.extend(soft);
    (determining, reasons)
}

/// What is worth knowing whatever the decision: failed policies and advice.
fn side_reasons(ruling: &Ruling) -> Vec<Reason> {
    let advised = ruling.advisory.iter().cloned().map(Reason::Advised);
    ruling.failures.iter().cloned().map(Reason::Failed).chain(advised).collect()
}

fn is_hard_forbid(failure: &PolicyFailure) -> bool {
    failure.effect == Effect::Forbid && failure.level == Level::Hard
}

fn is_soft_forbid(failure: &PolicyFailure) -> bool {
    failure.effect == Effect::Forbid && failure.level == Level::Soft
}

/// The entities of a request that do not exist in a state.
fn missing(step: &Step, state: &State, bundle: &Bundle) -> Vec<Reason> {
    let schema = bundle.schema();
    let exists = |uid: &Uid| state.contains(uid) || schema.enumerates(uid) || schema.declares_action(uid);
    let mut found: BTreeSet<(MissingRole, &Uid)> = BTreeSet::new();
    for (role, uid) in [(MissingRole::Principal, &step.principal), (MissingRole::Resource, &step.resource)] {
        if !exists(uid) {
            found.insert((role, uid));
        }
    }
    step.context.for_each_entity(&mut |uid| {
        if !exists(uid) {
            found.insert((MissingRole::Context, uid));
        }
    });
    found.into_iter().map(|(role, uid)| Reason::Missing(role, uid.clone())).collect()
}
