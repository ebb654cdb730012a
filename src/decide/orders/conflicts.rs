//! Unordered steps whose order changes the state, or what is possible.

use std::collections::BTreeSet;

use super::OrderFacts;
use super::explore::Explorer;
use crate::decide::judgement::Conflict;
use crate::decide::state::{after, try_after};
use crate::model::{State, StepId, Uid};

/// Finds every pair of steps that conflict in some run in which they stand next to each other.
pub(super) fn find(explorer: &mut Explorer<'_>, facts: &mut OrderFacts, races: &[(StepId, StepId)], changing: &[bool]) {
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
                let difference = format!("whether they commute is not known after {looked_at} states");
                facts.conflicts.push(Conflict { first, second, difference });
            }
            (None, Ok(())) => {}
        }
    }
}

/// What differs between the two orders of two steps in a state.
fn compare(explorer: &Explorer<'_>, state: &State, first: StepId, second: StepId) -> Option<String> {
    let (bundle, plan) = (explorer.bundle, explorer.plan);
    let (one, other) = (plan.step(first), plan.step(second));
    let applicable = |step, state: &State| try_after(bundle, step, state).is_some();
    let (after_one, after_other) = (after(bundle, one, state), after(bundle, other, state));
    for (step, alone, behind, rival) in
        [(one, state, &after_other, other), (other, state, &after_one, one)]
    {
        match (applicable(step, alone), applicable(step, behind)) {
            (true, false) => return Some(format!("`{}` is impossible after `{}`", step.address, rival.address)),
            (false, true) => return Some(format!("`{}` is possible only after `{}`", step.address, rival.address)),
            _ => {}
        }
    }
    let (left, right) = (after(bundle, other, &after_one), after(bundle, one, &after_other));
    let differs: Option<Uid> = left.first_difference(&right);
    match differs {
        Some(uid) => Some(format!("`{uid}` differs by which of them comes last")),
        None if !left.same_world(&right) => Some("the template links differ by which of them comes last".to_owned()),
        None => None,
    }
}
