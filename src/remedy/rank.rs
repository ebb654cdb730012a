//! Which remedy comes first: what opens least, and what the plan most likely means.

use std::collections::BTreeSet;

use super::change::Change;
use super::replay::{Replay, ancestors};
use super::seek::Candidate;
use crate::decide::{Reason, StepJudgement};
use crate::model::{Entity, State, Step, StepId, Uid, Value};
use crate::policy::{Bundle, Cell};

/// What an inserted operation takes away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Harm {
    /// It deletes something, takes elements out of a set, or undoes the step that the denial is due to.
    pub destroys: bool,
    /// How many attributes get back the value that such a step had changed.
    pub undone: usize,
}

/// What keeps a step from being allowed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cause {
    /// Nothing permits it.
    right: bool,
    /// A forbid that states a condition of the world applies.
    prerequisite: bool,
    /// Another forbid applies.
    rule: bool,
}

impl Cause {
    pub(super) fn of(bundle: &Bundle, judged: &StepJudgement) -> Self {
        let mut cause = Self::default();
        for reason in judged.cases.values().flat_map(|case| &case.reasons) {
            match reason {
                Reason::NoPermit => cause.right = true,
                Reason::Forbidden(id) | Reason::SoftForbidden(id) => {
                    let states = bundle.policy_of(id).is_some_and(|policy| policy.is_prerequisite());
                    cause.prerequisite |= states;
                    cause.rule |= !states;
                }
                _ => {}
            }
        }
        cause
    }

    /// Says whether nothing is in the way but the state of the world.
    pub(super) fn is_of_the_world(self) -> bool {
        self.prerequisite && !self.right && !self.rule
    }
}

/// The kind of a remedy by its place in the list.
///
/// Where a right is missing, somebody who has it comes first. Else the plan is kept as it is and what
/// is missing is put before the step; then comes another principal, then another value or target. A step that
/// no longer does what it was to do because its condition is dodged, and an operation that destroys,
/// come last.
pub(super) fn class(candidate: &Candidate, cause: Cause) -> u8 {
    match &candidate.change {
        _ if candidate.harm.destroys => 7,
        Change::Context { .. } if candidate.evades && cause.prerequisite => 6,
        Change::Principal { .. } if cause.right => 0,
        Change::Together(changes) => {
            let parts = changes.iter().map(|change| class(&Candidate::new(change.clone()), cause));
            parts.max().unwrap_or(0)
        }
        Change::Edge { .. } | Change::Approval { .. } | Change::Time { .. } => 1,
        Change::Reverse { .. } if candidate.evades && cause.prerequisite => 4,
        Change::Reverse { .. } => 2,
        Change::Insert(_) => 2,
        Change::Principal { .. } => 3,
        Change::Context { .. } | Change::Target { .. } => 4,
        Change::Estate(_) => 5,
    }
}

/// What an operation at a point of the plan takes away.
pub(super) fn harm(replay: &Replay<'_>, before: StepId, state: &State, operation: &Step) -> Harm {
    let next = replay.probe.after(operation, state);
    let written = entities(replay, operation, state);
    let mut harm = Harm::default();
    for uid in &written {
        let (old, new) = (state.entity(uid), next.entity(uid));
        harm.destroys |= old.is_some_and(|old| new.is_none_or(|new| loses(old, new)));
    }
    let earlier = ancestors(replay.question.plan, before);
    for earlier in replay.culprits.iter().copied().filter(|culprit| earlier.contains(culprit)) {
        let step = replay.question.plan.step(earlier);
        let start = replay.state(earlier);
        let end = replay.probe.after(step, &start);
        let touched = entities(replay, step, &start);
        let changed = touched.iter().any(|uid| start.entity(uid) != end.entity(uid));
        let back = touched.iter().all(|uid| next.entity(uid) == start.entity(uid));
        harm.destroys |= changed && back;
        let undone = touched.iter().filter(|uid| written.contains(*uid));
        harm.undone +=
            undone.map(|uid| restored(start.entity(uid), end.entity(uid), next.entity(uid))).sum::<usize>();
    }
    harm
}

fn entities(replay: &Replay<'_>, step: &Step, state: &State) -> BTreeSet<Uid> {
    replay.probe.footprint(step, state).writes.iter().filter_map(Cell::entity).cloned().collect()
}

/// Says whether a set lost an element, or the entity a parent without getting one.
fn loses(old: &Entity, new: &Entity) -> bool {
    let sets = old.attributes.iter().any(|(name, value)| match (value, new.attributes.get(name)) {
        (Value::Set(old), Some(Value::Set(new))) => !old.is_subset(new),
        (_, value) => value.is_none(),
    });
    sets || (!old.parents.is_subset(&new.parents) && new.parents.is_subset(&old.parents))
}

/// How many attributes a step changed and an operation changes back.
fn restored(start: Option<&Entity>, end: Option<&Entity>, next: Option<&Entity>) -> usize {
    let (Some(start), Some(end), Some(next)) = (start, end, next) else { return 0 };
    let names = start.attributes.keys().chain(end.attributes.keys()).collect::<BTreeSet<_>>();
    let get = |entity: &Entity, name: &String| entity.attributes.get(name).cloned();
    names
        .into_iter()
        .filter(|name| get(start, name) != get(end, name) && get(next, name) == get(start, name))
        .count()
}
