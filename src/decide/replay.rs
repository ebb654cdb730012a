//! The states of a run, and which of its steps made a fact what it is.

use super::course::changing;
use super::journey::initial_state;
use super::state::after;
use crate::model::{Estate, Plan, State, StepId};
use crate::policy::Bundle;
use crate::simulate::{Moment, Timeline};

/// Replays runs of a plan; what several runs share is replayed once.
#[derive(Debug)]
pub struct Replay<'a> {
    plan: &'a Plan,
    bundle: &'a Bundle,
    timeline: Timeline,
}

impl<'a> Replay<'a> {
    /// Begins with the state before the plan.
    pub fn new(plan: &'a Plan, estate: &Estate, bundle: &'a Bundle) -> Self {
        let timeline = Timeline::new(initial_state(estate, bundle), changing(plan, bundle).0);
        Self { plan, bundle, timeline }
    }

    /// The moment before a step when just what must come before it has run, in plan order.
    pub fn before(&mut self, step: StepId) -> Moment {
        let run = self.must_precede(step);
        self.after(&run)
    }

    /// What must come before a step, in plan order.
    pub fn must_precede(&self, step: StepId) -> Vec<StepId> {
        let points = self.plan.graph.ancestors(self.plan.point(step));
        let mut run: Vec<StepId> = points.into_iter().filter_map(|point| self.plan.step_at(point)).collect();
        run.sort_unstable();
        run
    }

    /// The moment after some steps have run in that order.
    pub fn after(&mut self, run: &[StepId]) -> Moment {
        let (plan, bundle) = (self.plan, self.bundle);
        let mut change = |state: &State, step: StepId| after(bundle, plan.step(step), state);
        run.iter()
            .fold(self.timeline.initial(), |moment, step| self.timeline.then(moment, *step, &mut change))
    }

    /// The state at a moment.
    pub fn state(&self, moment: Moment) -> &State {
        self.timeline.state(moment)
    }

    /// The last step before a moment at which a fact changed; nothing where it is as it was before the plan.
    pub fn changed<T: PartialEq>(&self, mut moment: Moment, fact: impl Fn(&State) -> T) -> Option<StepId> {
        let mut known = fact(self.timeline.state(moment));
        while let Some((earlier, step)) = self.timeline.back(moment) {
            let then = fact(self.timeline.state(earlier));
            if then != known {
                return Some(step);
            }
            (moment, known) = (earlier, then);
        }
        None
    }
}
