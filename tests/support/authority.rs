//! Section 5 of semantics.md: authority that a plan gives itself, literally as defined.

use std::collections::BTreeSet;

use super::reference::{Policies, Reference, State};
use super::world::{ChangeKind, Uid};

/// What section 5 says of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    pub before_the_plan: bool,
    pub self_escalation: bool,
    pub granted_in_plan: bool,
    /// In plan order; what is left when every step that is not needed was dropped.
    pub provenance: Vec<usize>,
}

/// **bare(s, K)**: the ancestors of a step replayed, those in `full` with all their changes, the others
/// with those of their creates that the step needs to exist.
pub fn bare(reference: &Reference<'_>, step: usize, full: &BTreeSet<usize>) -> State {
    let mut needed = reference.entities_of_request(step);
    loop {
        let (state, named) = replay(reference, step, full, &needed);
        if named.is_subset(&needed) {
            return state;
        }
        needed.extend(named);
    }
}

/// One replay with a set of needed entities; also the parents that the creates of these name.
fn replay(
    reference: &Reference<'_>,
    step: usize,
    full: &BTreeSet<usize>,
    needed: &BTreeSet<Uid>,
) -> (State, BTreeSet<Uid>) {
    let mut state = reference.initial();
    let mut bare: BTreeSet<Uid> = BTreeSet::new();
    let mut named = BTreeSet::new();
    for ancestor in &reference.ancestors[step] {
        let cedar = reference.entities(&state);
        let mut next = state.clone();
        let mut possible = true;
        for change in reference.world.changes(&reference.steps[*ancestor].operation) {
            let applies = reference.applies(&cedar, *ancestor, change);
            let created = reference.created(&cedar, *ancestor, &change.kind).ok();
            if full.contains(ancestor) {
                let already = created.is_some_and(|uid| bare.contains(&uid) && reference.exists(&next, &uid));
                match applies {
                    Ok(true) if !already => {
                        possible &= reference.make(&cedar, &mut next, *ancestor, &change.kind).is_ok();
                    }
                    Ok(_) => {}
                    Err(_) => possible = false,
                }
            } else if let (Ok(true), Some(uid), ChangeKind::Create { .. }) = (applies, created, &change.kind)
                && needed.contains(&uid)
            {
                named.extend(reference.created_parents(&cedar, *ancestor, &change.kind));
                let mut with = next.clone();
                if reference.make(&cedar, &mut with, *ancestor, &change.kind).is_ok() {
                    next = with;
                    bare.insert(uid);
                }
            }
        }
        if possible {
            state = next;
        }
    }
    (state, named)
}

/// Says whether a step has authority from a set of its ancestors.
pub fn has_authority(reference: &Reference<'_>, step: usize, from: &BTreeSet<usize>) -> bool {
    let state = bare(reference, step, from);
    let exists = reference.entities_of_request(step).iter().all(|uid| reference.exists(&state, uid));
    exists && reference.rule(&state, step, Policies::Rights).decision == "allow"
}

/// The steps that a principal tainted.
pub fn tainted(reference: &Reference<'_>, principal: &Uid) -> BTreeSet<usize> {
    let mut tainted = BTreeSet::new();
    for (number, step) in reference.steps.iter().enumerate() {
        let ancestors = &reference.ancestors[number];
        let clean: BTreeSet<usize> = ancestors.difference(&tainted).copied().collect();
        let made_possible =
            || has_authority(reference, number, ancestors) && !has_authority(reference, number, &clean);
        if step.principal == *principal || made_possible() {
            tainted.insert(number);
        }
    }
    tainted
}

/// What section 5 says of a step; `allowed` is its outcome.
pub fn authority(reference: &Reference<'_>, step: usize, allowed: bool) -> Authority {
    let ancestors = &reference.ancestors[step];
    let before_the_plan = has_authority(reference, step, &BTreeSet::new());
    let tainted = tainted(reference, &reference.steps[step].principal);
    let clean: BTreeSet<usize> = ancestors.difference(&tainted).copied().collect();
    let self_escalation = allowed && !has_authority(reference, step, &clean);
    let granted_in_plan = allowed && !before_the_plan && !self_escalation;
    let mut needed = ancestors.clone();
    for ancestor in ancestors.iter().rev() {
        let without: BTreeSet<usize> = needed.iter().copied().filter(|kept| kept != ancestor).collect();
        if has_authority(reference, step, &without) {
            needed = without;
        }
    }
    Authority { before_the_plan, self_escalation, granted_in_plan, provenance: needed.into_iter().collect() }
}
