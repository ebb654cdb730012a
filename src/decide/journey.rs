//! Walks a plan: states, decisions over every order, authority, verdict.

use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::authority::{Tracer, Varying};
use super::brief::Briefing;
use super::course::Ground;
use super::judgement::{ApprovedPlan, Authority, Case, Cases, Conflict, Judgement, StepJudgement, Verdict};
use super::orders::{self, OrderFacts};
use super::state::{Decider, request};
use crate::diagnostic::Severity;
use crate::model::{Estate, Plan, State, StepId, Uid};
use crate::parallel::{self, Threads};
use crate::policy::{Bundle, Literal, Prerequisites, missing_literals, possible_creates};
use crate::progress::{Progress, Stage};
use crate::report::{Decision, Outcome};

/// How many steps a thread decides before it takes more.
const CHUNK: usize = 256;

/// How much work may be done.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// How many states are looked at for one step before it is indeterminate.
    pub max_orders: usize,
    /// How many threads work; they change no answer.
    pub threads: Threads,
}

impl Default for Effort {
    /// The default bound on one thread.
    fn default() -> Self {
        Self { max_orders: super::MAX_ORDERS, threads: Threads::new(1) }
    }
}

/// A plan with everything known that deciding its steps one by one needs.
pub struct Journey<'a> {
    ground: Ground<'a>,
    estate: &'a Estate,
    facts: OrderFacts<'a>,
    varying: Varying,
    created: Vec<(StepId, Uid)>,
    missing_literals: Vec<(Literal, Severity)>,
}

impl std::fmt::Debug for Journey<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journey").field("plan", &self.ground.plan.id).finish_non_exhaustive()
    }
}

impl<'a> Journey<'a> {
    /// Runs the changes of a plan, and explores the orders of the steps that race.
    pub fn begin(
        plan: &'a Plan,
        estate: &'a Estate,
        bundle: &'a Bundle,
        briefing: &'a Briefing,
        effort: Effort,
    ) -> Self {
        let ground = Ground::new(plan, bundle, briefing, initial_state(estate, bundle), effort);
        let facts = orders::explore(&ground);
        let varying = Varying::of(&ground);
        let created = created(&ground);
        let missing_literals = literals(bundle, estate, &created);
        Self { ground, estate, facts, varying, created, missing_literals }
    }

    /// Decides some steps, by their positions in plan order.
    ///
    /// A step's judgement does not depend on which other steps are asked about.
    pub fn judge(&self, steps: Range<usize>) -> Vec<StepJudgement> {
        let Ground { plan, bundle, briefing, .. } = &self.ground;
        let mut decider = Decider::new(bundle, briefing, Prerequisites::Kept);
        let mut tracer = Tracer::new(&self.ground, &self.facts, &self.varying);
        let ids = steps.map(StepId::new);
        ids.map(|id| {
            let mut judged = match self.facts.explored(id) {
                Some(explored) => over_orders(explored),
                None => in_one_state(decider.decide(plan.step(id), self.ground.state(id))),
            };
            if judged.outcome == Outcome::Allowed {
                judged.authority = tracer.authority(id);
            }
            judged
        })
        .collect()
    }

    /// The pairs of steps that conflict, in plan order.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.facts.conflicts
    }

    /// The entities that steps would create, by step.
    pub fn created(&self) -> &[(StepId, Uid)] {
        &self.created
    }

    /// The entities that policies name and that neither exist nor can come to exist.
    pub fn missing_literals(&self) -> &[(Literal, Severity)] {
        &self.missing_literals
    }

    /// The world before the plan.
    pub fn estate(&self) -> &Estate {
        self.estate
    }

    /// What is said of the plan, where that many of its steps, all judged, are as an approved plan's are.
    pub fn verdict(&self, fit: usize) -> Verdict {
        let Ground { plan, bundle, .. } = &self.ground;
        let approved = !plan.steps.is_empty()
            && bundle.policy_count() > 0
            && fit == plan.steps.len()
            && self.facts.conflicts.is_empty()
            && self.missing_literals.iter().all(|(_, severity)| *severity != Severity::Error);
        match approved {
            true => Verdict::Approved(ApprovedPlan::new(plan.id.clone())),
            false => Verdict::Rejected,
        }
    }
}

/// Decides every step of a plan over every order, and the whole.
pub fn decide(
    plan: &Plan,
    estate: &Estate,
    bundle: &Bundle,
    briefing: &Briefing,
    effort: Effort,
) -> Judgement {
    decide_watched(plan, estate, bundle, briefing, effort, &Progress::untold())
}

/// Decides like [`decide`], and tells how far it is.
pub fn decide_watched(
    plan: &Plan,
    estate: &Estate,
    bundle: &Bundle,
    briefing: &Briefing,
    effort: Effort,
    progress: &Progress,
) -> Judgement {
    let work = progress.begin(Stage::Deciding, plan.steps.len() as u64);
    let journey = Journey::begin(plan, estate, bundle, briefing, effort);
    let mut steps = Vec::with_capacity(plan.steps.len());
    let judge = |range| journey.judge(range);
    parallel::in_chunks(effort.threads, plan.steps.len(), CHUNK, judge, |judged| {
        work.advance(judged.len() as u64);
        steps.extend(judged);
        ControlFlow::Continue(())
    });
    let fit = steps.iter().filter(|step| step.is_fit()).count();
    let verdict = journey.verdict(fit);
    let Journey { facts, created, missing_literals, .. } = journey;
    Judgement { steps, conflicts: facts.conflicts, created, missing_literals, verdict }
}

/// The state before each step of a plan, in plan order: what its ancestors leave behind.
pub fn states_before(plan: &Plan, estate: &Estate, bundle: &Bundle) -> Vec<State> {
    let briefing = Briefing::default();
    let initial = initial_state(estate, bundle);
    let ground = Ground::new(plan, bundle, &briefing, initial, Effort::default());
    plan.step_ids().map(|step| ground.state(step).clone()).collect()
}

/// The state before the plan: the estate with the bundle's links.
pub fn initial_state(estate: &Estate, bundle: &Bundle) -> State {
    let mut initial = estate.state.clone();
    for (link, id) in bundle.links() {
        initial.link(link.clone(), Arc::clone(id));
    }
    initial
}

fn in_one_state(case: Case) -> StepJudgement {
    let determining = Arc::clone(&case.determining);
    let failures = case.failures.iter().cloned().collect();
    let mut cases = Cases::default();
    cases.insert(case);
    let outcome = outcome(&cases, false);
    let authority = Authority::Standing;
    StepJudgement { outcome, cases, determining, failures, too_many: None, settlement: None, authority }
}

/// The judgement of a step from its cases: one case a decision, everything else united.
fn over_orders(explored: &orders::Explored) -> StepJudgement {
    let mut cases = Cases::default();
    let mut determining = BTreeSet::new();
    let mut failures = BTreeSet::new();
    for case in &explored.cases {
        determining.extend(case.determining.iter().cloned());
        failures.extend(case.failures.iter().cloned());
        let length = |case: &Case| case.run.as_ref().map_or(0, Vec::len);
        if cases.get(&case.decision).is_none_or(|known| length(case) < length(known)) {
            cases.insert(case.clone());
        }
    }
    let outcome = outcome(&cases, explored.too_many.is_some());
    StepJudgement {
        outcome,
        cases,
        determining: Arc::new(determining),
        failures,
        too_many: explored.too_many,
        settlement: explored.settlement,
        authority: Authority::Standing,
    }
}

fn outcome(cases: &Cases, too_many: bool) -> Outcome {
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
fn created(ground: &Ground<'_>) -> Vec<(StepId, Uid)> {
    let changing = ground.changing_steps();
    let found = parallel::map(ground.threads, CHUNK, &changing, |step| {
        possible_creates(ground.bundle, ground.state(*step), request(ground.plan.step(*step)))
    });
    let by_step = changing.into_iter().zip(found);
    by_step.flat_map(|(step, found)| found.into_iter().map(move |uid| (step, uid))).collect()
}

fn literals(bundle: &Bundle, estate: &Estate, created: &[(StepId, Uid)]) -> Vec<(Literal, Severity)> {
    let creatable: BTreeSet<Uid> = created.iter().map(|(_, uid)| uid.clone()).collect();
    let missing = missing_literals(bundle, &estate.state, &creatable);
    missing.into_iter().map(|(literal, severity)| (literal.clone(), severity)).collect()
}
