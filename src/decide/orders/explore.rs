//! The states that a step can see, found ideal by ideal.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use super::region::{Ideal, Region};
use super::{Ancestry, Explored, Footprints};
use crate::decide::course::Ground;
use crate::decide::judgement::{Case, Settlement};
use crate::decide::state::{Decider, after};
use crate::model::{State, StepId, Uid};
use crate::policy::Prerequisites;

/// How many states are looked at where it is sure that there are too many.
const FIRST_LOOK: usize = 64;

/// A state, and a run of region steps that leads to it.
pub(super) type Reached = (State, Vec<StepId>);

/// Explores states; notes what steps read and write in each.
pub(super) struct Explorer<'g, 'a> {
    pub ground: &'g Ground<'a>,
    pub ancestry: &'g Ancestry<'a>,
    footprints: &'g mut Footprints,
    decider: Decider<'g>,
}

impl<'g, 'a> Explorer<'g, 'a> {
    pub(super) fn new(
        ground: &'g Ground<'a>,
        ancestry: &'g Ancestry<'a>,
        footprints: &'g mut Footprints,
    ) -> Self {
        let decider = Decider::new(ground.bundle, ground.briefing, Prerequisites::Kept);
        Self { ground, ancestry, footprints, decider }
    }

    /// The steps that read or wrote something that was not known before.
    pub(super) fn take_grown(&mut self) -> BTreeSet<StepId> {
        self.footprints.take_grown(self.ground)
    }

    /// Every decision of a step, over all runs of the region that respect the graph and one more edge.
    pub(super) fn step(
        &mut self,
        step: StepId,
        region: &BTreeSet<StepId>,
        edge: Option<Settlement>,
    ) -> Explored {
        let mut explored = Explored::default();
        let mut seen: Vec<Case> = Vec::new();
        let looked_at = self.visit(&[step], region, edge, |explorer, state, run| {
            explorer.note(step, state);
            let decided = explorer.decider.decide(explorer.ground.plan.step(step), state);
            if !seen.iter().any(|case| case.says_the_same(&decided)) {
                seen.push(Case { run: Some(explorer.full_run(step, run)), ..decided });
            }
            ControlFlow::Continue(())
        });
        explored.cases = seen;
        explored.too_many = looked_at.err();
        explored
    }

    /// Calls back with every state in which all of `steps` can come next, and a run that leads to it,
    /// until the callback has seen enough.
    ///
    /// # Errors
    /// How many states were looked at, when that is more than the bound.
    pub(super) fn visit(
        &mut self,
        steps: &[StepId],
        region: &BTreeSet<StepId>,
        edge: Option<Settlement>,
        mut found: impl FnMut(&mut Self, &State, &[StepId]) -> ControlFlow<()>,
    ) -> Result<(), usize> {
        let region = Region::new(self.ground, self.ancestry, steps, region, edge);
        let bound = match region.surely_has_more_orders_than(self.ground.max_orders) {
            true => self.ground.max_orders.min(FIRST_LOOK),
            false => self.ground.max_orders,
        };
        let none: Ideal = vec![false; region.members.len()];
        let mut layer: BTreeMap<Ideal, Vec<Reached>> =
            [(none, vec![(self.ground.initial.clone(), Vec::new())])].into();
        let mut looked_at = 0;
        while !layer.is_empty() {
            let mut next: BTreeMap<Ideal, Vec<Reached>> = BTreeMap::new();
            for (ideal, states) in layer {
                let complete = region.is_complete(&ideal);
                let open = region.open(&ideal);
                for (state, run) in states {
                    looked_at += 1;
                    if looked_at > bound {
                        return Err(self.ground.max_orders);
                    }
                    if complete && found(self, &state, &run).is_break() {
                        return Ok(());
                    }
                    for (at, member) in &open {
                        region.alike(*at, &ideal).for_each(|other| self.note(other, &state));
                        let ground = self.ground;
                        let reached = after(ground.bundle, ground.plan.step(*member), &state);
                        let larger = ideal.iter().enumerate().map(|(i, set)| *set || i == *at).collect();
                        let touched = self.touched(&region.members);
                        add(next.entry(larger).or_default(), reached, &run, *member, &touched);
                    }
                }
            }
            layer = next;
        }
        Ok(())
    }

    /// Notes what a step reads and writes in a state.
    pub(super) fn note(&mut self, step: StepId, state: &State) {
        self.footprints.note(self.ground, step, state);
    }

    /// The entities that the steps of a region can write.
    fn touched(&self, region: &[StepId]) -> BTreeSet<Uid> {
        region.iter().flat_map(|step| self.footprints.entities(*step)).cloned().collect()
    }

    /// A run of the whole plan up to a step: the run of the region, each step after its ancestors.
    pub(super) fn full_run(&self, step: StepId, run: &[StepId]) -> Vec<StepId> {
        let mut full: Vec<StepId> = Vec::new();
        let mut done: BTreeSet<StepId> = BTreeSet::new();
        for target in run.iter().copied().chain([step]) {
            full.extend(self.ancestry.ancestors(target).into_iter().filter(|other| done.insert(*other)));
            if target != step && done.insert(target) {
                full.push(target);
            }
        }
        full
    }
}

/// Adds a state unless the same one is there already.
fn add(states: &mut Vec<Reached>, state: State, run: &[StepId], step: StepId, touched: &BTreeSet<Uid>) {
    if !states.iter().any(|(known, _)| known.agrees(&state, touched)) {
        states.push((state, run.iter().copied().chain([step]).collect()));
    }
}
