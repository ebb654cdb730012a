//! Two changes that mend a step where no single one does.
//!
//! The first brings the step nearer to being allowed, or mends it and breaks something else. The plan with
//! it is judged, and what stops it then is asked about as any other step is.

use super::change::{Change, Insertion, changed};
use super::rank::{Cause, class};
use super::replay::{Replay, obstacles};
use super::seek::Candidate;
use super::trial::Question;
use super::{consent, context, edge, insert, people};
use crate::decide::states_before;

/// How many changes that nearly mend a step are gone on from.
const FAILED: usize = 3;
/// How many principals, and how many values, that bring a step nearer are gone on from.
const NEARER: usize = 2;
/// How many operations that bring a step nearer are gone on from.
const OPERATIONS: usize = 4;
/// How many decisions the search for one second change may cost.
const DECISIONS: usize = 1_500;
/// How many second changes are judged for each first one.
const SECONDS: usize = 4;

/// First changes, the likeliest first; `failed` are those that mend the step and not the plan.
pub(super) fn firsts(replay: &mut Replay<'_>, failed: Vec<Change>) -> Vec<Change> {
    let state = replay.state(replay.id);
    let step = replay.step();
    let Some(now) = replay.ask(step, &state).map(|case| obstacles(&case)) else { return Vec::new() };
    let mut found: Vec<Change> =
        insert::halves(replay, OPERATIONS).into_iter().map(|half| half.change).collect();
    found.extend(failed.into_iter().take(FAILED));
    found.extend(nearer(consent::asked(replay), now));
    found.extend(nearer(people::asked(replay), now));
    found.extend(nearer(context::asked(replay), now));
    found
}

/// Those with the fewest obstacles left, if these are fewer.
fn nearer(asked: Vec<(usize, Candidate)>, now: usize) -> Vec<Change> {
    let mut nearer: Vec<(usize, Candidate)> =
        asked.into_iter().filter(|(left, _)| (1..now).contains(left)).collect();
    nearer.sort_by_key(|(left, _)| *left);
    nearer.into_iter().take(NEARER).map(|(_, candidate)| candidate.change).collect()
}

/// A first change with each second one that mends what stops the plan after it, in the state of that step.
pub(super) fn seconds(
    question: &Question<'_>,
    address: &str,
    first: &Change,
    cause: Cause,
) -> Vec<Candidate> {
    pairs(question, address, first, cause).unwrap_or_default()
}

fn pairs(question: &Question<'_>, address: &str, first: &Change, cause: Cause) -> Option<Vec<Candidate>> {
    let document = changed(question.document, std::slice::from_ref(first), question.bundle.schema())?;
    let trial = question.judge(std::slice::from_ref(first))?;
    let stopped = question.stopped(&trial, address)?;
    let changed = Question {
        document: &document,
        plan: &trial.plan,
        estate: &trial.estate,
        judgement: &trial.judgement,
        briefing: &trial.briefing,
        ..*question
    };
    let id = trial.plan.step_ids().nth(trial.position(stopped)?)?;
    let states = states_before(&trial.plan, &trial.estate, question.bundle);
    let mut replay = Replay::new(&changed, &states, id, DECISIONS);
    let mut seconds = edge::seek(&replay);
    seconds.extend(consent::seek(&mut replay));
    seconds.extend(insert::seek(&mut replay));
    // What is told of a person or of a parameter is about the step that is to be mended.
    if stopped == address {
        seconds.extend(people::seek(&mut replay));
        seconds.extend(context::seek(&mut replay));
    }
    seconds.sort_by_key(|second| (class(second, cause), second.warnings()));
    let paired = seconds.into_iter().take(SECONDS).map(|second| {
        let change = together(first, second.change.clone(), address);
        second.with(change)
    });
    Some(paired.collect())
}

/// Both changes, in the order in which a plan is read: what an inserted step waits for is inserted before it.
fn together(first: &Change, second: Change, address: &str) -> Change {
    match (first, second) {
        (Change::Insert(later), Change::Insert(earlier))
            if earlier.before == later.address() && later.before == address =>
        {
            let earlier = Insertion { before: later.before.clone(), ..*earlier };
            Change::Together(vec![Change::Insert(Box::new(earlier)), first.clone()])
        }
        (Change::Insert(_) | Change::Edge { .. }, second) => Change::Together(vec![first.clone(), second]),
        (_, second @ (Change::Insert(_) | Change::Edge { .. })) => {
            Change::Together(vec![second, first.clone()])
        }
        (_, second) => Change::Together(vec![first.clone(), second]),
    }
}
