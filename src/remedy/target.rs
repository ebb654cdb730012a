//! What else a step could be done to, where it brings about the same there.

use std::sync::Arc;

use super::change::Change;
use super::replay::{Replay, obstacles, warnings};
use super::seek::Candidate;
use crate::model::{Step, Uid};

/// How many targets are tried.
const MOST: usize = 200;

/// The other targets on which a step is allowed, those of other steps first.
///
/// Some operations only run on their target and change something else, or nothing that is told of: a
/// cmdlet in the shell of a computer. For these the target is a choice. What changes its target is
/// another deed on another one, and so is everything that a plan of another program does.
pub(super) fn seek(replay: &mut Replay<'_>) -> Vec<Candidate> {
    let step = replay.step();
    let state = replay.state(replay.id);
    if !replay.question.own {
        return Vec::new();
    }
    let Some(meant) = replay.probe.edits(step, &state) else { return Vec::new() };
    let kind = step.resource.type_name();
    let mut others: Vec<&Uid> =
        state.uids().filter(|uid| uid.type_name() == kind && **uid != *step.resource).collect();
    let is_used = |uid: &Uid| replay.question.plan.steps.iter().any(|other| *other.resource == *uid);
    others.sort_by_key(|uid| (!is_used(uid), *uid));
    let mut found = Vec::new();
    for target in others.into_iter().take(MOST) {
        let instead = replay.informed(Step { resource: Arc::new(target.clone().into()), ..step.clone() });
        if replay.probe.edits(&instead, &state).as_ref() != Some(&meant) {
            continue;
        }
        let Some(case) = replay.ask(&instead, &state) else { break };
        if obstacles(&case) == 0 {
            let change = Change::Target { step: step.address.clone(), target: target.clone() };
            found.push(Candidate::new(change).warned(warnings(&case)));
        }
    }
    found
}
