//! The states that a step can see, found ideal by ideal.

use std::collections::{BTreeMap, BTreeSet};

use super::{Ancestry, Explored, Footprints};
use crate::decide::course::Ground;
use crate::decide::judgement::{Case, Settlement};
use crate::decide::state::{Decider, after};
use crate::model::{State, StepId, Uid};
use crate::policy::Prerequisites;

/// A down-closed set of the steps of a region, by their position in it.
type Ideal = Vec<bool>;

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
        });
        explored.cases = seen;
        explored.too_many = looked_at.err();
        explored
    }

    /// Calls back with every state in which all of `steps` can come next, and a run that leads to it.
    ///
    /// # Errors
    /// How many states were looked at, when that is more than the bound.
    pub(super) fn visit(
        &mut self,
        steps: &[StepId],
        region: &BTreeSet<StepId>,
        edge: Option<Settlement>,
        mut found: impl FnMut(&mut Self, &State, &[StepId]),
    ) -> Result<(), usize> {
        let members: Vec<StepId> = region.iter().copied().collect();
        let earlier = |first: StepId, second: StepId| {
            self.ancestry.before(first, second)
                || edge.is_some_and(|edge| {
                    let from = first == edge.before || self.ancestry.before(first, edge.before);
                    from && (second == edge.after || self.ancestry.before(edge.after, second))
                })
        };
        let needs: Vec<Vec<usize>> =
            members.iter().map(|step| positions(&members, |other| earlier(other, *step))).collect();
        let required = positions(&members, |other| steps.iter().any(|step| earlier(other, *step)));
        let banned = positions(&members, |other| steps.iter().any(|step| earlier(*step, other)));
        let mut layer: BTreeMap<Ideal, Vec<Reached>> =
            [(vec![false; members.len()], vec![(self.ground.initial.clone(), Vec::new())])].into();
        let mut looked_at = 0;
        while !layer.is_empty() {
            let mut next: BTreeMap<Ideal, Vec<Reached>> = BTreeMap::new();
            for (ideal, states) in layer {
                let has = |at: &usize| ideal.get(*at) == Some(&true);
                let complete = required.iter().all(has);
                for (state, run) in states {
                    looked_at += 1;
                    if looked_at > self.ground.max_orders {
                        return Err(looked_at - 1);
                    }
                    if complete {
                        found(self, &state, &run);
                    }
                    for (at, member) in members.iter().enumerate() {
                        let ready = needs.get(at).is_some_and(|before| before.iter().all(has));
                        if ready && !has(&at) && !banned.contains(&at) {
                            self.note(*member, &state);
                            let ground = self.ground;
                            let reached = after(ground.bundle, ground.plan.step(*member), &state);
                            let larger = ideal.iter().enumerate().map(|(i, set)| *set || i == at).collect();
                            let touched = self.touched(region);
                            add(next.entry(larger).or_default(), reached, &run, *member, &touched);
                        }
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
    fn touched(&self, region: &BTreeSet<StepId>) -> BTreeSet<Uid> {
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

fn positions(members: &[StepId], holds: impl Fn(StepId) -> bool) -> Vec<usize> {
    members.iter().enumerate().filter(|(_, member)| holds(**member)).map(|(at, _)| at).collect()
}

/// Adds a state unless the same one is there already.
fn add(states: &mut Vec<Reached>, state: State, run: &[StepId], step: StepId, touched: &BTreeSet<Uid>) {
    if !states.iter().any(|(known, _)| known.agrees(&state, touched)) {
        states.push((state, run.iter().copied().chain([step]).collect()));
    }
}
