//! What the steps of a plan write, and which of them touch which, as far as it is known.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::course::Ground;
use crate::decide::state::request;
use crate::model::{State, StepId, Uid};
use crate::parallel;
use crate::policy::{Cell, Dependence, Touching, Written, dependence, writes};

/// How many steps a thread looks at before it takes more.
const CHUNK: usize = 512;

/// What was found that a step depends on, in any state that was looked at.
#[derive(Default)]
struct Noted {
    deciding: BTreeSet<Cell>,
    shaping: BTreeSet<Cell>,
}

/// Footprints that grow while states are explored.
///
/// What a step reads is kept only for steps that were explored; of the others it is known which steps
/// write it, which for most of them is none.
pub(in crate::decide) struct Footprints {
    written: Written,
    writes: BTreeMap<StepId, BTreeSet<Cell>>,
    noted: BTreeMap<StepId, Noted>,
    touching: BTreeMap<StepId, Touching>,
    grown: BTreeSet<StepId>,
    wrote: bool,
}

impl Footprints {
    /// The footprints of steps in the states that their ancestors leave behind in plan order.
    pub(super) fn new(ground: &Ground<'_>) -> Self {
        let changing = ground.changing_steps();
        let found = parallel::map(ground.threads, CHUNK, &changing, |step| {
            let edits = ground.edits(*step);
            writes(ground.state(*step), edits.iter().map(|(_, edit)| edit))
        });
        let mut known = Self {
            written: Written::new(ground.initial.clone()),
            writes: BTreeMap::new(),
            noted: BTreeMap::new(),
            touching: BTreeMap::new(),
            grown: BTreeSet::new(),
            wrote: false,
        };
        for (step, writes) in changing.into_iter().zip(found) {
            writes.iter().for_each(|cell| known.written.add(&ground.initial, step, cell));
            known.writes.insert(step, writes);
        }
        known.touch_all(ground);
        known
    }

    /// Which steps write what each step reads or writes; steps that no step touches are left out.
    pub(super) fn touching(&self) -> &BTreeMap<StepId, Touching> {
        &self.touching
    }

    /// The cells that steps write.
    pub(in crate::decide) fn written(&self) -> &Written {
        &self.written
    }

    /// The entities that a step can write.
    pub(super) fn entities(&self, step: StepId) -> impl Iterator<Item = &Uid> {
        self.writes.get(&step).into_iter().flatten().filter_map(Cell::entity)
    }

    /// Notes what a step reads and writes in one more state.
    pub(super) fn note(&mut self, ground: &Ground<'_>, step: StepId, state: &State) {
        let found = dependence(ground.bundle, state, request(ground.plan.step(step)));
        let Dependence { deciding, shaping, writes } = found;
        if ground.changes(step) {
            let known = self.writes.entry(step).or_default();
            for cell in &writes {
                if known.insert(cell.clone()) {
                    self.written.add(state, step, cell);
                    self.wrote = true;
                    self.grown.insert(step);
                }
            }
        }
        let noted = self.noted.entry(step).or_default();
        let new = |known: &mut BTreeSet<Cell>, cells: BTreeSet<Cell>| {
            let new: Vec<Cell> = cells.into_iter().filter(|cell| !known.contains(cell)).collect();
            known.extend(new.iter().cloned());
            new
        };
        let (deciding, shaping) = (new(&mut noted.deciding, deciding), new(&mut noted.shaping, shaping));
        let touching = Touching {
            deciding: self.written.touching_any(state, deciding.iter()),
            shaping: self.written.touching_any(state, shaping.iter()),
        };
        self.touch(step, touching);
    }

    /// Notes that steps write what a step depends on.
    fn touch(&mut self, step: StepId, touching: Touching) {
        if touching.deciding.is_empty() {
            return;
        }
        let known = self.touching.entry(step).or_default();
        let count = |known: &Touching| known.deciding.len() + known.shaping.len();
        let before = count(known);
        known.deciding.extend(touching.deciding);
        known.shaping.extend(touching.shaping);
        if count(known) > before {
            self.grown.insert(step);
        }
    }

    /// The steps of which more became known since this was asked last.
    pub(super) fn take_grown(&mut self, ground: &Ground<'_>) -> BTreeSet<StepId> {
        if std::mem::take(&mut self.wrote) {
            self.touch_all(ground);
        }
        std::mem::take(&mut self.grown)
    }

    /// Looks again at what each step reads of all that is written.
    fn touch_all(&mut self, ground: &Ground<'_>) {
        if self.written.is_empty() {
            return;
        }
        let steps: Vec<StepId> = ground.plan.step_ids().collect();
        let written = &self.written;
        let found = parallel::map(ground.threads, CHUNK, &steps, |step| {
            let edits = ground.edits(*step);
            written.touching(ground.bundle, ground.state(*step), request(ground.plan.step(*step)), &edits)
        });
        let grown = std::mem::take(&mut self.grown);
        for (step, touching) in steps.into_iter().zip(found) {
            let only_itself = touching.deciding.iter().all(|writer| *writer == step);
            if !only_itself {
                self.touch(step, touching);
            }
        }
        let noted: Vec<(StepId, Touching)> = self
            .noted
            .iter()
            .map(|(step, noted)| {
                let deciding = self.written.touching_any(&ground.initial, noted.deciding.iter());
                let shaping = self.written.touching_any(&ground.initial, noted.shaping.iter());
                (*step, Touching { deciding, shaping })
            })
            .collect();
        noted.into_iter().for_each(|(step, touching)| self.touch(step, touching));
        // Whoever is touched by more steps now has another region, which is seen by itself.
        self.grown = grown;
    }
}
