//! The state before each step of a plan when its ancestors ran in plan order.

use std::collections::{BTreeSet, HashMap};

use foldhash::quality::RandomState;

use crate::model::{Edit, Plan, State, Step, StepId, Uid};
use crate::parallel::Threads;
use crate::policy::{Bundle, evaluate_changes};
use crate::simulate::{Moment, Timeline};

use super::brief::Briefing;
use super::state::{after, request};

/// What the steps of a plan are decided on.
pub(super) struct Ground<'a> {
    pub plan: &'a Plan,
    pub bundle: &'a Bundle,
    pub briefing: &'a Briefing,
    pub initial: State,
    pub threads: Threads,
    /// How many states are looked at for one step.
    pub max_orders: usize,
    changing: Vec<bool>,
    /// The actions of the steps.
    pub actions: BTreeSet<&'a Uid>,
    timeline: Timeline,
    before: Vec<Moment>,
}

impl<'a> Ground<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        bundle: &'a Bundle,
        briefing: &'a Briefing,
        initial: State,
        effort: super::Effort,
    ) -> Self {
        let (changing, actions) = changing(plan, bundle);
        let mut timeline = Timeline::new(initial.clone(), changing.clone());
        let before = timeline.before_each(plan, |state, step| after(bundle, plan.step(step), state));
        let super::Effort { max_orders, threads } = effort;
        Self { plan, bundle, briefing, initial, threads, max_orders, changing, actions, timeline, before }
    }

    /// The state before a step.
    pub(super) fn state(&self, step: StepId) -> &State {
        match self.before.get(step.position()) {
            Some(moment) => self.timeline.state(*moment),
            None => &self.initial,
        }
    }

    /// Says whether a step can change the state at all.
    pub(super) fn changes(&self, step: StepId) -> bool {
        self.changing.get(step.position()) == Some(&true)
    }

    /// The steps that can change the state, in plan order.
    pub(super) fn changing_steps(&self) -> Vec<StepId> {
        self.plan.step_ids().filter(|step| self.changes(*step)).collect()
    }

    /// The changes of a step in the state before it; none where they have no values.
    pub(super) fn edits(&self, step: StepId) -> Vec<(usize, Edit)> {
        if !self.changes(step) {
            return Vec::new();
        }
        evaluate_changes(self.bundle, self.state(step), request(self.plan.step(step))).unwrap_or_default()
    }
}

/// Says of each step whether it can change the state at all, and gives the actions of the steps.
pub(super) fn changing<'a>(plan: &'a Plan, bundle: &Bundle) -> (Vec<bool>, BTreeSet<&'a Uid>) {
    let mut known: HashMap<&Uid, bool, RandomState> = HashMap::default();
    let of =
        |step: &'a Step| *known.entry(&step.action).or_insert_with(|| bundle.changes_something(&step.action));
    let changing = plan.steps.iter().map(of).collect();
    (changing, known.into_keys().collect())
}
