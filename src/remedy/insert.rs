//! Which operation of the catalogue, run before a step, brings about what the step lacks.

use std::collections::BTreeSet;

use super::insertion::Fitting;
use super::pool::Pool;
use super::replay::{Replay, ancestors};
use super::seek::Candidate;
use crate::decide::Reason;
use crate::model::{State, StepId, Uid};
use crate::policy::{Cell, Effect, KindCell, kind_footprint, kind_reads, policies_for};

/// How many targets of one operation are tried.
const TARGETS: usize = 40;
/// At how many points of the plan before the step itself an operation is tried.
const POINTS: usize = 6;
/// How many operations with their targets are enough.
const ENOUGH: usize = 6;

/// The operations that mend the step when they run right before it, or else before an earlier step.
pub(super) fn seek(replay: &mut Replay<'_>) -> Vec<Candidate> {
    let earlier = ancestors(replay.question.plan, replay.id);
    let here = replay.state(replay.id);
    let reads = replay.probe.footprint(replay.step(), &here).reads;
    let cells = decisive(replay, reads);
    let actions = operations(replay, &cells);
    let points: Vec<StepId> = [replay.id].into_iter().chain(earlier.into_iter().rev().take(POINTS)).collect();
    for point in points {
        let found = at(replay, point, &actions, &cells);
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn at(replay: &mut Replay<'_>, point: StepId, actions: &[Uid], cells: &BTreeSet<Cell>) -> Vec<Candidate> {
    let state = replay.state(point);
    let here = replay.state(replay.id);
    let wanted = missing(replay, &here);
    let pool = Pool::new(replay, &here, actions, &wanted);
    let mut found: Vec<Candidate> = Vec::new();
    let mut fitting = 0;
    for (action, target) in pairs(replay, &state, &pool, actions) {
        if fitting >= ENOUGH || replay.left == 0 {
            break;
        }
        if let Some(mut fit) = Fitting::new(replay, point, &state, action, target, &pool, cells) {
            let mended = fit.candidates();
            fitting += usize::from(!mended.is_empty());
            found.extend(mended);
        }
    }
    found
}

/// Operations right before the step that bring it nearer to being allowed without mending it, and such as mend
/// it and are not allowed themselves.
pub(super) fn halves(replay: &mut Replay<'_>, most: usize) -> Vec<Candidate> {
    let state = replay.state(replay.id);
    let cells = decisive(replay, replay.probe.footprint(replay.step(), &state).reads);
    let actions = operations(replay, &cells);
    let wanted = missing(replay, &state);
    let pool = Pool::new(replay, &state, &actions, &wanted);
    let mut found: Vec<Candidate> = Vec::new();
    for (action, target) in pairs(replay, &state, &pool, &actions) {
        if found.len() >= most || replay.left == 0 {
            break;
        }
        let fit = Fitting::new(replay, replay.id, &state, action, target, &pool, &cells);
        found.extend(fit.map(|mut fit| fit.halves()).unwrap_or_default());
    }
    found
}

/// Operations with their targets, the likeliest first.
fn pairs(replay: &Replay<'_>, state: &State, pool: &Pool, actions: &[Uid]) -> Vec<(Uid, Uid)> {
    let mut pairs: Vec<(bool, usize, Uid, Uid)> = Vec::new();
    for action in actions {
        let targets = targets(replay, action, state, pool);
        let ranked = targets.into_iter().enumerate().map(|(rank, target)| {
            let planned = replay
                .question
                .plan
                .steps
                .iter()
                .any(|step| *step.action == *action && *step.resource == target);
            (!planned, rank, action.clone(), target)
        });
        pairs.extend(ranked);
    }
    pairs.sort();
    pairs.into_iter().map(|(_, _, action, target)| (action, target)).collect()
}

/// What the step reads, as far as what keeps it from being allowed can depend on it.
fn decisive(replay: &Replay<'_>, mut reads: BTreeSet<Cell>) -> BTreeSet<Cell> {
    let judged = replay.question.judgement.steps.get(replay.id.position());
    let reasons = judged.into_iter().flat_map(|judged| judged.cases.values()).flat_map(|case| &case.reasons);
    let (bundle, action) = (replay.question.bundle, &replay.step().action);
    let mut policies: BTreeSet<String> = replay.deciding.clone();
    let (mut missing, mut others) = (BTreeSet::new(), false);
    for reason in reasons {
        match reason {
            Reason::Missing(_, uid) => {
                missing.insert(Cell::Existence(uid.clone()));
            }
            Reason::NoPermit => {
                let permits = policies_for(bundle, action).into_iter();
                let permits = permits.filter(|policy| policy.effect == Effect::Permit);
                policies.extend(permits.map(|policy| policy.id.clone()));
            }
            Reason::Failed(failure) => {
                policies.extend(bundle.policy_of(&failure.policy).map(|policy| policy.id.clone()));
            }
            Reason::UnknownValue(_) | Reason::UnknownInChange(..) | Reason::Impossible(..) => others = true,
            Reason::Forbidden(_)
            | Reason::SoftForbidden(_)
            | Reason::Overridden(_)
            | Reason::Permitted(_)
            | Reason::Advised(_) => {}
        }
    }
    match (missing.is_empty(), others || policies.is_empty()) {
        (false, true) => return missing,
        (true, false) => {
            let read = kind_reads(bundle, action, &policies);
            reads.retain(|cell| kinds(cell).iter().any(|kind| read.contains(kind)));
        }
        _ => {}
    }
    reads
}

/// The operations that can write some of these cells, by entity type.
fn operations(replay: &Replay<'_>, cells: &BTreeSet<Cell>) -> Vec<Uid> {
    let read: BTreeSet<KindCell> = cells.iter().flat_map(kinds).collect();
    let bundle = replay.question.bundle;
    let touches = |action: &&Uid| !kind_footprint(bundle, action).writes.is_disjoint(&read);
    let with_changes = bundle.operations().filter(|(_, operation)| operation.changes_something());
    with_changes.map(|(action, _)| action).filter(touches).cloned().collect()
}

/// The kinds of a cell, and the existence of what holds it.
fn kinds(cell: &Cell) -> Vec<KindCell> {
    let of = |uid: &Uid| uid.type_name().clone();
    match cell {
        Cell::Entity(uid) | Cell::Existence(uid) => vec![KindCell::Existence(of(uid))],
        Cell::Attribute(uid, name) | Cell::Element(uid, name, _) => {
            vec![KindCell::Attribute(of(uid), name.clone())]
        }
        Cell::Tags(uid) => vec![KindCell::Tags(of(uid))],
        Cell::Parents(uid) | Cell::Edge(uid, _) | Cell::Inside(uid, _) | Cell::InsideArgument(uid, _) => {
            vec![KindCell::Parents(of(uid))]
        }
        Cell::Link(link) => vec![KindCell::Links(link.template.clone())],
        Cell::Links(template, ..) => vec![KindCell::Links(template.clone())],
    }
}

/// The entities of the request that do not exist.
fn missing(replay: &mut Replay<'_>, state: &State) -> Vec<Uid> {
    let step = replay.step();
    let reasons = replay.ask(step, state).map(|case| case.reasons).unwrap_or_default();
    let missing = reasons.into_iter().filter_map(|reason| match reason {
        Reason::Missing(_, uid) => Some(uid),
        _ => None,
    });
    missing.collect()
}

/// What an operation could be run on: what is near the step first.
fn targets(replay: &Replay<'_>, action: &Uid, state: &State, pool: &Pool) -> Vec<Uid> {
    let Some(declared) = replay.question.bundle.schema().actions.get(action) else { return Vec::new() };
    let fits = |uid: &&Uid| declared.resources.contains(uid.type_name()) && state.contains(uid);
    let mut found: Vec<Uid> = pool.near().iter().filter(fits).cloned().collect();
    let mut others: Vec<&Uid> = state.uids().filter(fits).collect();
    others.sort();
    for other in others {
        if found.len() >= TARGETS {
            break;
        }
        if !found.contains(other) {
            found.push(other.clone());
        }
    }
    found
}
