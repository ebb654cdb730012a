//! Walks a plan: states, decisions over every order, authority, verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::authority;
use super::brief::Briefing;
use super::judgement::{ApprovedPlan, Authority, Case, Judgement, StepJudgement, Verdict};
use super::orders::{self, OrderFacts};
use super::state::{Decider, after, request};
use crate::diagnostic::Severity;
use crate::model::{Estate, Plan, State, StepId, Uid};
use crate::policy::{Bundle, Literal, Operation, Prerequisites, missing_literals, possible_creates};
use crate::report::{Decision, Outcome};
use crate::simulate::Timeline;

/// Decides every step of a plan over every order, and the whole.
///
/// `max_orders` bounds how many states are looked at for one step; beyond it the step is
/// indeterminate. [`super::MAX_ORDERS`] is the default.
pub fn decide(
    plan: &Plan,
    estate: &Estate,
    bundle: &Bundle,
    briefing: &Briefing,
    max_orders: usize,
) -> Judgement {
    let initial = initial_state(estate, bundle);
    let changing: Vec<bool> = plan.steps.iter().map(|step| changes(bundle, &step.action)).collect();
    let mut timeline = Timeline::new(initial.clone(), changing.clone());
    let before = timeline.before_each(plan, |state, step| after(bundle, plan.step(step), state));
    let states: Vec<&State> = before.iter().map(|moment| timeline.state(*moment)).collect();
    let facts = orders::explore(plan, bundle, briefing, &initial, &states, &changing, max_orders);
    let mut decider = Decider::new(bundle, briefing, Prerequisites::Kept);
    let mut steps = Vec::with_capacity(plan.steps.len());
    for (id, (state, moment)) in plan.step_ids().zip(states.iter().zip(&before)) {
        steps.push(match facts.explored(id) {
            Some(explored) => over_orders(explored),
            None => {
                let run = timeline.steps_until(*moment);
                in_one_state(Case { run, ..decider.decide(plan.step(id), state) })
            }
        });
    }
    authority::fill(plan, bundle, briefing, &initial, &facts, &mut steps);
    let created = created(plan, bundle, &states);
    let missing_literals = literals(bundle, estate, &created);
    let verdict = verdict(plan, bundle, &steps, &facts, &missing_literals);
    Judgement { steps, conflicts: facts.conflicts, created, missing_literals, verdict }
}

/// The state before each step of a plan, in plan order: what its ancestors leave behind.
pub fn states_before(plan: &Plan, estate: &Estate, bundle: &Bundle) -> Vec<State> {
    let changing: Vec<bool> = plan.steps.iter().map(|step| changes(bundle, &step.action)).collect();
    let mut timeline = Timeline::new(initial_state(estate, bundle), changing);
    let before = timeline.before_each(plan, |state, step| after(bundle, plan.step(step), state));
    before.into_iter().map(|moment| timeline.state(moment).clone()).collect()
}

/// The state before the plan: the estate with the bundle's links.
pub fn initial_state(estate: &Estate, bundle: &Bundle) -> State {
    let mut initial = estate.state.clone();
    for (link, id) in bundle.links() {
        initial.link(link.clone(), Arc::clone(id));
    }
    initial
}

/// Says whether the steps of an action can change the state at all.
pub(super) fn changes(bundle: &Bundle, action: &Uid) -> bool {
    bundle.operation(action).is_some_and(Operation::changes_something)
}

fn in_one_state(case: Case) -> StepJudgement {
    over_orders(&orders::Explored { cases: vec![case], too_many: None, settlement: None })
}

/// The judgement of a step from its cases: one case a decision, everything else united.
fn over_orders(explored: &orders::Explored) -> StepJudgement {
    let mut cases: BTreeMap<Decision, Case> = BTreeMap::new();
    let mut determining = BTreeSet::new();
    let mut failures = BTreeSet::new();
    for case in &explored.cases {
        determining.extend(case.determining.iter().cloned());
        failures.extend(case.failures.iter().cloned());
        let shorter = cases.get(&case.decision).is_none_or(|known| case.run.len() < known.run.len());
        if shorter {
            cases.insert(case.decision, case.clone());
        }
    }
    let outcome = outcome(&cases, explored.too_many.is_some());
    StepJudgement {
        outcome,
        cases,
        determining,
        failures,
        too_many: explored.too_many,
        settlement: explored.settlement,
        authority: Authority::Standing,
    }
}

fn outcome(cases: &BTreeMap<Decision, Case>, too_many: bool) -> Outcome {
    let allow = cases.contains_key(&Decision::Allow);
    if too_many || cases.contains_key(&Decision::Indeterminate) {
        Outcome::Indeterminate
    } else if allow && cases.len() == 1 {
        Outcome::Allowed
    } else if allow {
        Outcome::OrderDependent
    } else {
        Outcome::Denied
    }
}

/// The entities that each step would create in its state.
fn created(plan: &Plan, bundle: &Bundle, states: &[&State]) -> Vec<(StepId, Uid)> {
    let of_step = |(id, state): (StepId, &&State)| {
        let found = possible_creates(bundle, state, request(plan.step(id)));
        found.into_iter().map(move |uid| (id, uid))
    };
    plan.step_ids().zip(states).flat_map(of_step).collect()
}

fn literals(bundle: &Bundle, estate: &Estate, created: &[(StepId, Uid)]) -> Vec<(Literal, Severity)> {
    let creatable: BTreeSet<Uid> = created.iter().map(|(_, uid)| uid.clone()).collect();
    let missing = missing_literals(bundle, &estate.state, &creatable);
    missing.into_iter().map(|(literal, severity)| (literal.clone(), severity)).collect()
}

fn verdict(
    plan: &Plan,
    bundle: &Bundle,
    steps: &[StepJudgement],
    facts: &OrderFacts,
    missing_literals: &[(Literal, Severity)],
) -> Verdict {
    let allowed = |step: &StepJudgement| {
        step.outcome == Outcome::Allowed && !matches!(step.authority, Authority::SelfGiven(_))
    };
    let approved = !steps.is_empty()
        && bundle.policy_count() > 0
        && steps.len() == plan.steps.len()
        && steps.iter().all(allowed)
        && facts.conflicts.is_empty()
        && missing_literals.iter().all(|(_, severity)| *severity != Severity::Error);
    match approved {
        true => Verdict::Approved(ApprovedPlan::new(plan.id.clone())),
        false => Verdict::Rejected,
    }
}
