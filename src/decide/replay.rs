//! The states of a run, and which of its steps made a fact what it is.

use std::collections::BTreeSet;

use super::course::changing;
use super::journey::initial_state;
use super::state::{made, request};
use super::trail::{About, Touched, Trail};
use crate::model::{Estate, Plan, State, StepId};
use crate::policy::{Bundle, Written, writes};
use crate::simulate::{Moment, Timeline};

/// Replays runs of a plan; what several runs share is replayed once.
#[derive(Debug)]
pub struct Replay<'a> {
    plan: &'a Plan,
    bundle: &'a Bundle,
    timeline: Timeline,
    trail: Trail,
    written: Written,
    /// The moment before each step; nothing until one is asked for.
    before: Option<Vec<Moment>>,
}

impl<'a> Replay<'a> {
    /// Begins with the state before the plan.
    pub fn new(plan: &'a Plan, estate: &Estate, bundle: &'a Bundle) -> Self {
        let initial = initial_state(estate, bundle);
        let written = Written::new(initial.clone());
        let timeline = Timeline::new(initial, changing(plan, bundle).0);
        let mut trail = Trail::default();
        trail.begin(timeline.initial());
        Self { plan, bundle, timeline, trail, written, before: None }
    }

    /// The moment before a step when just what must come before it has run, in plan order.
    pub fn before(&mut self, step: StepId) -> Moment {
        if self.before.is_none() {
            let plan = self.plan;
            let before = self.replayed(|timeline, change| timeline.before_each(plan, change));
            self.before = Some(before);
        }
        let known = self.before.as_ref().and_then(|before| before.get(step.position()));
        known.copied().unwrap_or(self.timeline.initial())
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
        self.replayed(|timeline, mut change| {
            run.iter().fold(timeline.initial(), |moment, step| timeline.then(moment, *step, &mut change))
        })
    }

    /// Goes along the timeline, and keeps track of what the new moments touch.
    fn replayed<T>(
        &mut self,
        go: impl FnOnce(&mut Timeline, &mut dyn FnMut(&State, StepId) -> State) -> T,
    ) -> T {
        let (plan, bundle, written) = (self.plan, self.bundle, &mut self.written);
        let mut touched: Vec<Touched> = Vec::new();
        let mut change = |state: &State, step: StepId| {
            let (edits, after) =
                made(bundle, plan.step(step), state).unwrap_or_else(|| (Vec::new(), state.clone()));
            let cells = writes(state, edits.iter().map(|(_, edit)| edit));
            cells.iter().for_each(|cell| written.add(state, step, cell));
            touched.push(Touched::by(cells));
            after
        };
        let result = go(&mut self.timeline, &mut change);
        for ((moment, before), touched) in self.timeline.made_after(self.trail.len()).zip(touched) {
            self.trail.push(moment, before, touched);
        }
        result
    }

    /// The steps of a run that write what a step reads after it.
    pub fn writers(&mut self, step: StepId, run: &[StepId]) -> BTreeSet<StepId> {
        let moment = self.after(run);
        let asked = request(self.plan.step(step));
        let writers = self.written.touching(self.bundle, self.state(moment), asked, &[]).deciding;
        let among: BTreeSet<StepId> = run.iter().copied().collect();
        writers.intersection(&among).copied().collect()
    }

    /// The state at a moment.
    pub fn state(&self, moment: Moment) -> &State {
        self.timeline.state(moment)
    }

    /// The last step before a moment at which a fact changed; nothing where it is as it was before the plan.
    ///
    /// As long as nothing is touched that the fact is about in a state, it is the same.
    pub fn changed<T: PartialEq>(
        &self,
        mut moment: Moment,
        about: impl Fn(&State) -> About,
        fact: impl Fn(&State) -> T,
    ) -> Option<StepId> {
        let known = fact(self.timeline.state(moment));
        loop {
            let touching = self.trail.last(&about(self.timeline.state(moment)), moment)?;
            let (earlier, step) = self.timeline.back(touching)?;
            if fact(self.timeline.state(earlier)) != known {
                return Some(step);
            }
            moment = earlier;
        }
    }
}
