//! Which steps can touch what other steps read or write.

use std::collections::{BTreeMap, BTreeSet};

use super::Ancestry;
use crate::model::StepId;

/// For each step, the steps that write what it reads or writes; most steps are touched by none.
#[derive(Clone, Debug, Default)]
pub(in crate::decide) struct Touches {
    /// By the step that is touched.
    by: BTreeMap<StepId, BTreeSet<StepId>>,
    /// By the step that touches.
    of: BTreeMap<StepId, Vec<StepId>>,
    races: Vec<(StepId, StepId)>,
}

impl Touches {
    /// Sorts out who can influence whom; `writers` names for steps who writes what they read or write.
    pub(super) fn find(writers: &BTreeMap<StepId, BTreeSet<StepId>>, ancestry: &Ancestry<'_>) -> Self {
        let mut touches = Self::default();
        for (step, writers) in writers {
            let mut found = BTreeSet::new();
            for writer in writers.iter().copied().filter(|writer| writer != step) {
                let first = ancestry.before(writer, *step);
                if !first && ancestry.before(*step, writer) {
                    continue;
                }
                found.insert(writer);
                touches.of.entry(writer).or_default().push(*step);
                if !first {
                    touches.races.push((writer, *step));
                }
            }
            if !found.is_empty() {
                touches.by.insert(*step, found);
            }
        }
        touches
    }

    /// The pairs of unordered steps of which the first writes what the second reads or writes.
    pub(super) fn races(&self) -> Vec<(StepId, StepId)> {
        self.races.clone()
    }

    /// The steps that write what a step reads or writes and need not come after it, in plan order.
    pub(in crate::decide) fn writers(&self, step: StepId) -> impl Iterator<Item = StepId> + '_ {
        self.by.get(&step).into_iter().flatten().copied()
    }

    /// The steps whose state can differ between runs.
    pub(super) fn reached_by_races(&self) -> BTreeSet<StepId> {
        let mut reached: BTreeSet<StepId> = BTreeSet::new();
        let mut open: Vec<StepId> = self.races.iter().map(|(_, touched)| *touched).collect();
        let racing: BTreeSet<StepId> = self.races.iter().map(|(writer, _)| *writer).collect();
        open.extend(racing.iter().flat_map(|writer| self.of.get(writer).into_iter().flatten().copied()));
        while let Some(step) = open.pop() {
            if reached.insert(step) {
                open.extend(self.of.get(&step).into_iter().flatten());
            }
        }
        reached
    }

    /// The steps that can influence any of some steps, directly or not, and need not come after them.
    pub(in crate::decide) fn region(&self, steps: &[StepId], ancestry: &Ancestry<'_>) -> BTreeSet<StepId> {
        let mut region: BTreeSet<StepId> = BTreeSet::new();
        let mut open: Vec<StepId> = steps.to_vec();
        while let Some(step) = open.pop() {
            for writer in self.writers(step) {
                if region.contains(&writer) {
                    continue;
                }
                let later = steps.iter().any(|target| *target == writer || ancestry.before(*target, writer));
                if !later {
                    region.insert(writer);
                    open.push(writer);
                }
            }
        }
        region
    }
}
