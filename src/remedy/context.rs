//! Which field of a step's own context, with another value, makes the step allowed.

use super::change::Change;
use super::pool::Pool;
use super::replay::{Replay, obstacles, warnings};
use super::seek::Candidate;
use crate::model::{Step, Type, Value};

/// How many values of one field are told.
const OF_FIELD: usize = 3;

/// The single fields that mend the step.
pub(super) fn seek(replay: &mut Replay<'_>) -> Vec<Candidate> {
    let asked = asked(replay).into_iter().filter(|(left, _)| *left == 0);
    let mut found: Vec<Candidate> = Vec::new();
    for (_, candidate) in asked {
        if found.iter().filter(|known| known.is_like(&candidate)).count() < OF_FIELD {
            found.push(candidate);
        }
    }
    found
}

/// Other values of single fields, each with how many obstacles are left with it.
pub(super) fn asked(replay: &mut Replay<'_>) -> Vec<(usize, Candidate)> {
    let step = replay.step();
    let state = replay.state(replay.id);
    let Some(declared) = replay.question.bundle.schema().actions.get(&step.action) else { return Vec::new() };
    let Value::Record(own) = &step.context else { return Vec::new() };
    let pool = Pool::new(replay, &state, &[], &[]);
    let mut found = Vec::new();
    for (field, (expected, required)) in declared.context.fields.iter().filter(|(name, _)| *name != "plan") {
        let now = own.get(field);
        // What another program's file says in numbers and words is counted and copied from elsewhere in it.
        if !replay.question.own && !matches!(expected, Type::Entity(_)) {
            continue;
        }
        if matches!(now, Some(Value::Entity(uid)) if replay.question.is_of_the_plan(uid)) {
            continue;
        }
        let values = pool.values(replay, &state, field, expected, now);
        let given = values.into_iter().map(Some).chain((!required && now.is_some()).then_some(None));
        for value in given {
            let fields = own
                .iter()
                .filter(|(name, _)| *name != field)
                .map(|(name, value)| (name.clone(), value.clone()));
            let context = Value::record(fields.chain(value.clone().map(|value| (field.clone(), value))));
            let Some(case) = replay.ask(&Step { context, ..step.clone() }, &state) else { return found };
            let turns = matches!(expected, Type::Bool) && now.is_some();
            let drops = value.is_none();
            let change = Change::Context { step: step.address.clone(), field: field.clone(), value };
            let candidate = Candidate::new(change).warned(warnings(&case));
            found.push((obstacles(&case), candidate.evading(turns || drops).sized(usize::from(drops))));
        }
    }
    found
}
