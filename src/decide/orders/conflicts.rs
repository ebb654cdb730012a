//! Unordered steps whose order changes the state, or what is possible.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use super::explore::Explorer;
use super::{Influence, Touches};
use crate::decide::judgement::{Conflict, Difference};
use crate::decide::state::{after, try_after};
use crate::model::{State, StepId};

/// Finds every pair of steps that conflict in some run in which they stand next to each other.
pub(super) fn find(explorer: &mut Explorer<'_, '_>, touches: &Touches) -> Vec<Conflict> {
    let pairs: BTreeSet<(StepId, StepId)> = touches
        .shaping_races()
        .iter()
        .filter(|(one, other)| explorer.ground.changes(*one) && explorer.ground.changes(*other))
        .map(|(one, other)| (*one.min(other), *one.max(other)))
        .collect();
    let mut conflicts = Vec::new();
    for (first, second) in pairs {
        let region = touches.region(&[first, second], Influence::OnChanges, explorer.ancestry);
        let mut difference = None;
        let looked_at = explorer.visit(&[first, second], &region, None, |explorer, state, _| {
            difference = compare(explorer, state, first, second);
            match difference {
                Some(_) => ControlFlow::Break(()),
                None => ControlFlow::Continue(()),
            }
        });
        let difference = difference.or_else(|| looked_at.err().map(Difference::NotKnown));
        conflicts.extend(difference.map(|difference| Conflict { first, second, difference }));
    }
    conflicts
}

/// What differs between the two orders of two steps in a state.
fn compare(explorer: &Explorer<'_, '_>, state: &State, first: StepId, second: StepId) -> Option<Difference> {
    let (bundle, plan) = (explorer.ground.bundle, explorer.ground.plan);
    let (one, other) = (plan.step(first), plan.step(second));
    let applicable = |id: StepId, state: &State| try_after(bundle, plan.step(id), state).is_some();
    let (after_one, after_other) = (after(bundle, one, state), after(bundle, other, state));
    for (id, behind, rival) in [(first, &after_other, second), (second, &after_one, first)] {
        match (applicable(id, state), applicable(id, behind)) {
            (true, false) => return Some(Difference::ImpossibleAfter(id, rival)),
            (false, true) => return Some(Difference::PossibleOnlyAfter(id, rival)),
            _ => {}
        }
    }
    let (left, right) = (after(bundle, other, &after_one), after(bundle, one, &after_other));
    match left.first_difference(&right) {
        Some(uid) => Some(Difference::Record(uid)),
        None if !left.same_world(&right) => Some(Difference::Links),
        None => None,
    }
}
