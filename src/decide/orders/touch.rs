//! Which steps can touch what other steps read or write.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Ancestry;
use crate::model::StepId;
use crate::policy::{Cell, Footprint};

/// For each step, the steps that write what it reads or writes.
#[derive(Clone, Debug, Default)]
pub(in crate::decide) struct Touches {
    /// By the step that is touched.
    by: BTreeMap<StepId, BTreeSet<StepId>>,
    /// By the step that touches.
    of: BTreeMap<StepId, BTreeSet<StepId>>,
    races: Vec<(StepId, StepId)>,
}

impl Touches {
    /// Finds every pair of steps of which the first can influence the second.
    pub(super) fn find(footprints: &[Footprint], changing: &[bool], ancestry: &Ancestry) -> Self {
        let mut writers: HashMap<String, Vec<(StepId, &Cell)>> = HashMap::new();
        for (position, footprint) in footprints.iter().enumerate() {
            if changing.get(position) == Some(&true) {
                for cell in &footprint.writes {
                    writers.entry(cell.key()).or_default().push((StepId::new(position), cell));
                }
            }
        }
        let mut touches = Self::default();
        for (position, footprint) in footprints.iter().enumerate() {
            let step = StepId::new(position);
            let mut found: BTreeSet<StepId> = BTreeSet::new();
            for cell in footprint.reads.iter().chain(&footprint.writes) {
                let near = writers.get(&cell.key()).into_iter().flatten();
                found.extend(
                    near.filter(|(writer, written)| *writer != step && written.touches(cell))
                        .map(|(writer, _)| *writer),
                );
            }
            found.retain(|writer| !ancestry.before(step, *writer));
            for writer in &found {
                touches.of.entry(*writer).or_default().insert(step);
                if ancestry.unordered(*writer, step) {
                    touches.races.push((*writer, step));
                }
            }
            touches.by.insert(step, found);
        }
        touches
    }

    /// The pairs of unordered steps of which the first writes what the second reads or writes.
    pub(super) fn races(&self) -> Vec<(StepId, StepId)> {
        self.races.clone()
    }

    /// The steps whose state can differ between runs.
    pub(super) fn reached_by_races(&self) -> BTreeSet<StepId> {
        let mut reached: BTreeSet<StepId> = BTreeSet::new();
        let mut open: Vec<StepId> = self.races.iter().map(|(_, touched)| *touched).collect();
        open.extend(
            self.races
                .iter()
                .map(|(writer, _)| *writer)
                .flat_map(|writer| self.of.get(&writer).into_iter().flatten().copied()),
        );
        while let Some(step) = open.pop() {
            if reached.insert(step) {
                open.extend(self.of.get(&step).into_iter().flatten());
            }
        }
        reached
    }

    /// The steps that can influence any of some steps, directly or not, and need not come after them.
    pub(in crate::decide) fn region(&self, steps: &[StepId], ancestry: &Ancestry) -> BTreeSet<StepId> {
        let mut region: BTreeSet<StepId> = BTreeSet::new();
        let mut open: Vec<StepId> = steps.to_vec();
        while let Some(step) = open.pop() {
            for writer in self.by.get(&step).into_iter().flatten() {
                let later = steps.iter().any(|target| target == writer || ancestry.before(*target, *writer));
                if !later && region.insert(*writer) {
                    open.push(*writer);
                }
            }
        }
        region
    }
}
