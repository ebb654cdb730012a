//! Which steps can touch what other steps depend on.

use std::collections::{BTreeMap, BTreeSet};

use super::Ancestry;
use crate::model::StepId;
use crate::policy::Touching;

/// What of a step is influenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::decide) enum Influence {
    /// Its decision, or what its changes do.
    OnDecision,
    /// What its changes do.
    OnChanges,
}

/// For each step, the steps that write what it reads or writes; most steps are touched by none.
///
/// What a step leaves behind depends on its changes alone, because a step that is not allowed makes them
/// too. So a step influences others only by what its changes depend on.
#[derive(Clone, Debug, Default)]
pub(in crate::decide) struct Touches {
    /// By the step whose decision is touched.
    by: BTreeMap<StepId, BTreeSet<StepId>>,
    /// By the step whose changes are touched.
    shaped_by: BTreeMap<StepId, BTreeSet<StepId>>,
    /// By the step that touches.
    of: BTreeMap<StepId, Vec<StepId>>,
    /// By the step that touches, the steps whose changes it touches.
    shapes: BTreeMap<StepId, Vec<StepId>>,
    races: Vec<(StepId, StepId)>,
    shaping_races: Vec<(StepId, StepId)>,
}

impl Touches {
    /// Sorts out who can influence whom; `touching` names for steps who writes what they depend on.
    pub(super) fn find(touching: &BTreeMap<StepId, Touching>, ancestry: &Ancestry<'_>) -> Self {
        let mut touches = Self::default();
        for (step, touching) in touching {
            let mut found = BTreeSet::new();
            let mut shaping = BTreeSet::new();
            for writer in touching.deciding.iter().copied().filter(|writer| writer != step) {
                let first = ancestry.before(writer, *step);
                if !first && ancestry.before(*step, writer) {
                    continue;
                }
                let shapes = touching.shaping.contains(&writer);
                found.insert(writer);
                touches.of.entry(writer).or_default().push(*step);
                if shapes {
                    shaping.insert(writer);
                    touches.shapes.entry(writer).or_default().push(*step);
                }
                if !first {
                    touches.races.push((writer, *step));
                    touches.shaping_races.extend(shapes.then_some((writer, *step)));
                }
            }
            if !found.is_empty() {
                touches.by.insert(*step, found);
            }
            if !shaping.is_empty() {
                touches.shaped_by.insert(*step, shaping);
            }
        }
        touches
    }

    /// Says whether no two unordered steps touch each other.
    pub(super) fn is_settled(&self) -> bool {
        self.races.is_empty()
    }

    /// The pairs of unordered steps of which the first writes what the second's changes read or write.
    pub(super) fn shaping_races(&self) -> &[(StepId, StepId)] {
        &self.shaping_races
    }

    /// The steps that write what a step reads or writes and need not come after it, in plan order.
    pub(in crate::decide) fn writers(&self, step: StepId) -> impl Iterator<Item = StepId> + '_ {
        self.by.get(&step).into_iter().flatten().copied()
    }

    /// The steps whose state can differ between runs.
    ///
    /// What a step reads differs where it races with a writer, where two of its writers race with each
    /// other, or where a writer's changes differ.
    pub(super) fn reached_by_races(&self) -> BTreeSet<StepId> {
        let mut shaped: BTreeSet<StepId> = BTreeSet::new();
        let mut open: Vec<StepId> =
            self.shaping_races.iter().flat_map(|(writer, touched)| [*writer, *touched]).collect();
        while let Some(step) = open.pop() {
            if shaped.insert(step) {
                open.extend(self.shapes.get(&step).into_iter().flatten());
            }
        }
        let read = shaped.iter().flat_map(|step| self.of.get(step).into_iter().flatten().copied());
        let racing = self.races.iter().map(|(_, touched)| *touched);
        racing.chain(read).chain(shaped.iter().copied()).collect()
    }

    /// The steps that can influence any of some steps, directly or not, and need not come after them.
    pub(in crate::decide) fn region(
        &self,
        steps: &[StepId],
        influence: Influence,
        ancestry: &Ancestry<'_>,
    ) -> BTreeSet<StepId> {
        let mut region: BTreeSet<StepId> = BTreeSet::new();
        let mut open: Vec<StepId> = Vec::new();
        let add = |writers: Option<&BTreeSet<StepId>>, region: &mut BTreeSet<StepId>| {
            let writers = writers.into_iter().flatten().copied();
            let early = writers.filter(|writer| {
                !steps.iter().any(|target| target == writer || ancestry.before(*target, *writer))
            });
            early.filter(|writer| region.insert(*writer)).collect::<Vec<StepId>>()
        };
        for step in steps {
            let writers = match influence {
                Influence::OnDecision => self.by.get(step),
                Influence::OnChanges => self.shaped_by.get(step),
            };
            open.extend(add(writers, &mut region));
        }
        while let Some(step) = open.pop() {
            open.extend(add(self.shaped_by.get(&step), &mut region));
        }
        region
    }
}
