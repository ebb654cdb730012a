//! One step in one state, asked about by itself.

use super::brief::Briefing;
use super::judgement::Case;
use super::state::{Decider, after, request, try_after};
use crate::model::{Edit, State, Step};
use crate::policy::{Bundle, Footprint, Prerequisites, evaluate_changes, footprint};
use crate::simulate::apply;

/// Decides single steps in single states, for questions that begin with "what if".
///
/// An answer is about one state; only [`super::decide`] looks at every order.
pub struct Probe<'a> {
    bundle: &'a Bundle,
    decider: Decider<'a>,
}

impl std::fmt::Debug for Probe<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe").finish_non_exhaustive()
    }
}

impl<'a> Probe<'a> {
    /// Asks by a bundle, with the overrides that count for a plan.
    pub fn new(bundle: &'a Bundle, briefing: &'a Briefing) -> Self {
        Self { bundle, decider: Decider::new(bundle, briefing, Prerequisites::Kept) }
    }

    /// The decision of a step in a state; the case's run is left out.
    pub fn decide(&mut self, step: &Step, state: &State) -> Case {
        self.decider.decide(step, state)
    }

    /// The changes of a step with the values that they have in a state, where they have any.
    pub fn edits(&self, step: &Step, state: &State) -> Option<Vec<(usize, Edit)>> {
        evaluate_changes(self.bundle, state, request(step)).ok()
    }

    /// The state after some changes of a step, where they are applicable.
    pub fn made(&self, step: &Step, edits: &[(usize, Edit)], state: &State) -> Option<State> {
        apply(state, edits, &step.address, self.bundle.schema()).ok()
    }

    /// The state after a step, where its changes are applicable, whether or not it is allowed.
    pub fn try_after(&self, step: &Step, state: &State) -> Option<State> {
        try_after(self.bundle, step, state)
    }

    /// The state after a step; the same state where its changes are not applicable.
    pub fn after(&self, step: &Step, state: &State) -> State {
        after(self.bundle, step, state)
    }

    /// What a step can read and writes in a state.
    pub fn footprint(&self, step: &Step, state: &State) -> Footprint {
        footprint(self.bundle, state, request(step))
    }
}
