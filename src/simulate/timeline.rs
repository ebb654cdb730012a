//! The state before each step, without replaying what is shared.

use std::collections::{BTreeSet, HashMap};

use crate::model::{Plan, State, StepId};

/// A point of some run: the state that a sequence of steps leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u32);

impl Moment {
    /// How many moments of the timeline were made before it.
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// The moments of a plan, as a tree: each is the one before it and one more step.
///
/// Two steps with the same predecessors share their moment, so a plan is replayed about once. Only
/// steps that can change the state are part of a sequence.
#[derive(Clone, Debug)]
pub struct Timeline {
    moments: Vec<(Option<(Moment, StepId)>, State)>,
    next: HashMap<(Moment, StepId), Moment>,
    changing: Vec<bool>,
}

impl Timeline {
    /// Begins with a state; `changing` says of each step, in plan order, whether it can change the state.
    pub fn new(initial: State, changing: Vec<bool>) -> Self {
        Self { moments: vec![(None, initial)], next: HashMap::new(), changing }
    }

    /// The moment before everything.
    pub fn initial(&self) -> Moment {
        Moment(0)
    }

    /// The state at a moment.
    pub fn state(&self, moment: Moment) -> &State {
        let (_, state) =
            self.moments.get(moment.0 as usize).expect("a moment is used with the timeline that made it");
        state
    }

    /// The moment before a moment and the step between the two; nothing before the first.
    pub fn back(&self, moment: Moment) -> Option<(Moment, StepId)> {
        self.moments.get(moment.0 as usize).and_then(|(before, _)| *before)
    }

    /// The moments after the first `known` ones in the order in which they were made, each with the one
    /// before it in its runs.
    pub fn made_after(&self, known: usize) -> impl Iterator<Item = (Moment, Moment)> {
        let made = self.moments.iter().enumerate().skip(known);
        made.filter_map(|(at, (before, _))| Some((Moment(u32::try_from(at).ok()?), before.as_ref()?.0)))
    }

    /// The moment after one more step; `change` makes the step's changes to a state.
    pub fn then(
        &mut self,
        moment: Moment,
        step: StepId,
        change: &mut impl FnMut(&State, StepId) -> State,
    ) -> Moment {
        if self.changing.get(step.position()) != Some(&true) {
            return moment;
        }
        if let Some(known) = self.next.get(&(moment, step)) {
            return *known;
        }
        let state = change(self.state(moment), step);
        let new = Moment(u32::try_from(self.moments.len()).unwrap_or(u32::MAX));
        self.moments.push((Some((moment, step)), state));
        self.next.insert((moment, step), new);
        new
    }

    /// The moment before each step of a plan: its ancestors have run, in plan order.
    pub fn before_each(
        &mut self,
        plan: &Plan,
        mut change: impl FnMut(&State, StepId) -> State,
    ) -> Vec<Moment> {
        let mut reached: Vec<Moment> = vec![self.initial(); plan.graph.order().len()];
        let mut before = vec![self.initial(); plan.steps.len()];
        for point in plan.graph.order() {
            let predecessors: BTreeSet<Moment> = plan
                .graph
                .before(*point)
                .filter_map(|earlier| reached.get(earlier.position()).copied())
                .collect();
            let here = self.join(predecessors, &mut change);
            let after = match plan.step_at(*point) {
                None => here,
                Some(step) => {
                    if let Some(slot) = before.get_mut(step.position()) {
                        *slot = here;
                    }
                    self.then(here, step, &mut change)
                }
            };
            if let Some(slot) = reached.get_mut(point.position()) {
                *slot = after;
            }
        }
        before
    }

    /// The moment at which everything that leads to any of some moments has run, in plan order.
    fn join(
        &mut self,
        moments: BTreeSet<Moment>,
        change: &mut impl FnMut(&State, StepId) -> State,
    ) -> Moment {
        let mut found = moments.iter().copied();
        let (Some(first), Some(second)) = (found.next(), found.next()) else {
            return moments.first().copied().unwrap_or(self.initial());
        };
        // Every moment so far has its steps in plan order, so what they all begin with stays the beginning.
        let shared = found.fold(self.shared(first, second), |shared, moment| self.shared(shared, moment));
        let mut steps: Vec<StepId> = Vec::new();
        for mut at in moments {
            while at != shared {
                let Some((before, step)) = self.back(at) else { break };
                steps.push(step);
                at = before;
            }
        }
        steps.sort_unstable();
        steps.dedup();
        steps.into_iter().fold(shared, |here, step| self.then(here, step, change))
    }

    /// The last moment that leads to both of two moments.
    fn shared(&self, mut one: Moment, mut other: Moment) -> Moment {
        // A moment is made after the one before it.
        while one != other {
            let later = if one > other { &mut one } else { &mut other };
            match self.back(*later) {
                Some((before, _)) => *later = before,
                None => return self.initial(),
            }
        }
        one
    }
}
