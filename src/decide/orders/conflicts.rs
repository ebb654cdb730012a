//! Unordered steps whose order changes the state, or what is possible.

use std::collections::BTreeSet;

use super::OrderFacts;
use super::explore::Explorer;
use crate::decide::judgement::{Conflict, Difference};
use crate::decide::state::{after, try_after};
use crate::model::{State, StepId};

/// Finds every pair of steps that conflict in some run in which they stand next to each other.
pub(super) fn find(
    explorer: &mut Explorer<'_>,
    facts: &mut OrderFacts,
    races: &[(StepId, StepId)],
    changing: &[bool],
) {
    let changes = |step: &StepId| changing.get(step.position()) == Some(&true);
    let pairs: BTreeSet<(StepId, StepId)> = races
        .iter()
        .filter(|(one, other)| changes(one) && changes(other))
        .map(|(one, other)| (*one.min(other), *one.max(other)))
        .collect();
    for (first, second) in pairs {
        let region = facts.touches.region(&[first, second], &facts.ancestry);
        let mut difference = None;
        let looked_at = explorer.visit(&[first, second], &region, None, |explorer, state, _| {
            if difference.is_none() {
                difference = compare(explorer, state, first, second);
            }
        });
        match (difference, looked_at) {
            (Some(difference), _) => facts.conflicts.push(Conflict { first, second, difference }),
            (None, Err(looked_at)) => {
                let difference = Difference::NotKnown(looked_at);
                facts.conflicts.push(Conflict { first, second, difference });
            }
            (None, Ok(())) => {}
        }
    }
}

/// What differs between the two orders of two steps in a state.
fn compare(explorer: &Explorer<'_>, state: &State, first: StepId, second: StepId) -> Option<Difference> {
    let (bundle, plan) = (explorer.bundle, explorer.plan);
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
