//! Quick answers about one step: what if somebody else, what if something else came before.

use std::collections::BTreeSet;

use super::trial::Question;
use crate::decide::{Case, Probe, Reason, brief};
use crate::document::Level;
use crate::model::{Plan, State, Step, StepId};
use crate::policy::{Effect, context_fields};
use crate::report::Decision;

/// A step and the states that lead to it; every question is about one state and costs one decision.
pub(super) struct Replay<'a> {
    pub question: &'a Question<'a>,
    pub probe: Probe<'a>,
    /// The state before each step of the plan.
    pub states: &'a [State],
    /// The step.
    pub id: StepId,
    /// How many more decisions may be asked for.
    pub left: usize,
    /// The forbids that apply to the step.
    pub deciding: BTreeSet<String>,
    /// Earlier steps without which the step would be allowed, each by itself.
    pub culprits: Vec<StepId>,
}

/// How many earlier steps are left out, one at a time, to see whether the step is denied because of them.
const SUSPECTS: usize = 24;

impl<'a> Replay<'a> {
    /// What is known of a step before anything is tried.
    pub(super) fn new(question: &'a Question<'a>, states: &'a [State], id: StepId, left: usize) -> Self {
        let probe = Probe::new(question.bundle, question.briefing);
        let reasons =
            question.judgement.steps.get(id.position()).into_iter().flat_map(|judged| judged.cases.values());
        let deciding = reasons.flat_map(|case| &case.reasons).filter_map(|reason| match reason {
            Reason::Forbidden(id) | Reason::SoftForbidden(id) => {
                Some(question.bundle.policy_of(id).map_or_else(|| id.to_string(), |policy| policy.id.clone()))
            }
            _ => None,
        });
        let deciding = deciding.collect();
        let mut replay = Self { question, probe, states, id, left, deciding, culprits: Vec::new() };
        replay.culprits = replay.find_culprits();
        replay
    }

    fn find_culprits(&mut self) -> Vec<StepId> {
        let earlier = ancestors(self.question.plan, self.id);
        let Some(initial) = earlier.first().map(|first| self.state(*first)) else { return Vec::new() };
        let step = self.step();
        let mut found = Vec::new();
        for suspect in earlier.iter().rev().take(SUSPECTS) {
            let others: Vec<StepId> = earlier.iter().copied().filter(|other| other != suspect).collect();
            let without = self.replayed(initial.clone(), &others);
            if self.ask(step, &without).is_some_and(|case| obstacles(&case) == 0) {
                found.push(*suspect);
            }
        }
        found
    }

    pub(super) fn step(&self) -> &'a Step {
        self.question.plan.step(self.id)
    }

    /// Says whether what keeps the step from being allowed is a rule about the plan: its approvals, its time.
    pub(super) fn is_about_the_plan(&self) -> bool {
        let fields = context_fields(self.question.bundle, self.deciding.iter().map(String::as_str));
        fields.is_some_and(|fields| fields.contains("plan"))
    }

    pub(super) fn state(&self, id: StepId) -> State {
        self.states.get(id.position()).cloned().unwrap_or_default()
    }

    /// Decides a step in a state; nothing once too much was asked.
    pub(super) fn ask(&mut self, step: &Step, state: &State) -> Option<Case> {
        self.left = self.left.checked_sub(1)?;
        Some(self.probe.decide(step, state))
    }

    /// Fills what the engine tells the policies, where the action's schema wants to be told.
    pub(super) fn informed(&self, step: Step) -> Step {
        let schema = self.question.bundle.schema();
        let wants =
            schema.actions.get(&step.action).is_some_and(|action| action.context.fields.contains_key("plan"));
        if !wants {
            return step;
        }
        let mut plan: Plan = self.question.plan.clone();
        let position = plan.steps.iter().position(|known| known.address == step.address);
        let position = position.unwrap_or_else(|| {
            plan.steps.push(step.clone());
            plan.steps.len().saturating_sub(1)
        });
        if let Some(slot) = plan.steps.get_mut(position) {
            *slot = step.clone();
        }
        brief(
            &mut plan,
            self.question.estate,
            self.question.bundle,
            self.question.approvals,
            self.question.at,
        );
        plan.steps.get(position).cloned().unwrap_or(step)
    }

    /// The steps that run between a point of the plan and the step, in plan order.
    pub(super) fn between(&self, from: StepId) -> Vec<StepId> {
        let known = ancestors(self.question.plan, from);
        ancestors(self.question.plan, self.id).into_iter().filter(|step| !known.contains(step)).collect()
    }

    /// The state before the step, where another one comes at a point of the plan.
    pub(super) fn replayed(&self, mut state: State, between: &[StepId]) -> State {
        for step in between {
            state = self.probe.after(self.question.plan.step(*step), &state);
        }
        state
    }
}

/// The steps that come before a step, in plan order.
pub(super) fn ancestors(plan: &Plan, step: StepId) -> BTreeSet<StepId> {
    let mut found = BTreeSet::new();
    let mut open = plan.after(step);
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(plan.after(next));
        }
    }
    found
}

/// How far a decision is from an allowance: 0 for an allowance, else the number of obstacles.
///
/// What keeps the policies from being asked at all weighs more than anything they say.
pub(super) fn obstacles(case: &Case) -> usize {
    if case.decision == Decision::Allow {
        return 0;
    }
    let weight = |reason: &Reason| match reason {
        Reason::Missing(..) | Reason::UnknownValue(_) | Reason::UnknownInChange(..) => 100,
        Reason::NoPermit => 10,
        Reason::Forbidden(_) | Reason::SoftForbidden(_) | Reason::Impossible(..) => 1,
        Reason::Failed(failure) if failure.effect == Effect::Forbid && failure.level != Level::Advisory => 1,
        Reason::Failed(_) | Reason::Overridden(_) | Reason::Permitted(_) | Reason::Advised(_) => 0,
    };
    case.reasons.iter().map(weight).sum::<usize>().max(1)
}

/// How many warnings come with a decision.
pub(super) fn warnings(case: &Case) -> usize {
    case.reasons.iter().filter(|reason| matches!(reason, Reason::Advised(_) | Reason::Failed(_))).count()
}
