//! Which steps come before which.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use crate::model::{Plan, StepId};

/// Answers whether one step comes before another; each step's descendants are found once.
pub(in crate::decide) struct Ancestry {
    /// The steps immediately after each step.
    after: Vec<Vec<StepId>>,
    waves: Vec<usize>,
    changing: Vec<StepId>,
    descendants: RefCell<HashMap<StepId, std::rc::Rc<BTreeSet<StepId>>>>,
}

impl Ancestry {
    pub(super) fn new(plan: &Plan, changing: &[bool]) -> Self {
        let mut after = vec![Vec::new(); plan.steps.len()];
        for step in plan.step_ids() {
            for before in plan.after(step) {
                if let Some(list) = after.get_mut(before.position()) {
                    list.push(step);
                }
            }
        }
        let waves = plan.steps.iter().map(|step| step.wave).collect();
        let changes = |step: &StepId| changing.get(step.position()) == Some(&true);
        let changing = plan.step_ids().filter(changes).collect();
        Self { after, waves, changing, descendants: RefCell::new(HashMap::new()) }
    }

    /// Says whether there is a path from the first step to the second.
    pub(in crate::decide) fn before(&self, first: StepId, second: StepId) -> bool {
        let wave = |step: StepId| self.waves.get(step.position()).copied().unwrap_or(0);
        wave(first) < wave(second) && self.descendants(first).contains(&second)
    }

    /// The steps that can change the state and come before a step, in plan order.
    pub(in crate::decide) fn changing_before(&self, step: StepId) -> Vec<StepId> {
        self.changing.iter().copied().filter(|other| self.before(*other, step)).collect()
    }

    /// Says whether two different steps may run in either order.
    pub(super) fn unordered(&self, one: StepId, other: StepId) -> bool {
        one != other && !self.before(one, other) && !self.before(other, one)
    }

    fn descendants(&self, step: StepId) -> std::rc::Rc<BTreeSet<StepId>> {
        if let Some(known) = self.descendants.borrow().get(&step) {
            return std::rc::Rc::clone(known);
        }
        let mut found = BTreeSet::new();
        let mut open = vec![step];
        while let Some(next) = open.pop() {
            for after in self.after.get(next.position()).into_iter().flatten() {
                if found.insert(*after) {
                    open.push(*after);
                }
            }
        }
        let found = std::rc::Rc::new(found);
        self.descendants.borrow_mut().insert(step, std::rc::Rc::clone(&found));
        found
    }
}
