//! Whose approval, or what time, a rule about the plan asks for.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::change::Change;
use super::replay::{Replay, obstacles, warnings};
use super::seek::Candidate;
use crate::decide::{brief, moment};
use crate::model::{Approval, Approvals, Plan, State, Step, Uid, Value};

/// How many people are asked about.
const PEOPLE: usize = 500;
/// How many approvals are tried.
const APPROVALS: usize = 8;
/// How many others than those named first are looked for.
const OTHERS: usize = 8;
/// How many hours after the instant of judgement are tried: a week and a day.
const HOURS: i64 = 192;

/// The approvals and the time that mend a step; nothing where no rule about the plan keeps it from being allowed.
pub(super) fn seek(replay: &mut Replay<'_>) -> Vec<Candidate> {
    let asked = asked(replay).into_iter();
    asked.filter(|(left, _)| *left == 0).map(|(_, candidate)| candidate).collect()
}

/// Approvals and a time that bring a step nearer to being allowed, each with how many obstacles are left.
pub(super) fn asked(replay: &mut Replay<'_>) -> Vec<(usize, Candidate)> {
    if !replay.is_about_the_plan() {
        return Vec::new();
    }
    let state = replay.state(replay.id);
    let step = replay.step();
    let Some(now) = replay.ask(step, &state).map(|case| obstacles(&case)) else { return Vec::new() };
    let approval = approval(replay, &state, now);
    approval.into_iter().chain(time(replay, &state, now)).collect()
}

/// As few approvals as do what all of them would, by people whose approvals count, so never by the author.
fn approval(replay: &mut Replay<'_>, state: &State, now: usize) -> Option<(usize, Candidate)> {
    let question = replay.question;
    let author = question.plan.author.as_ref()?;
    let given: BTreeSet<Uid> = counted(replay, question.approvals).into_iter().collect();
    let mut people: Vec<&Uid> = question.estate.state.uids().collect();
    people.retain(|uid| uid.type_name() == author.type_name() && *uid != author && !given.contains(*uid));
    people.sort();
    let span = replay.step().spans.id;
    let said = people.into_iter().take(PEOPLE).map(|by| Approval { by: by.clone(), at: question.at, span });
    let said = Approvals { approvals: said.collect(), overrides: Vec::new() };
    let new = counted(replay, &said);
    let mut case_with = |by: &[Uid]| {
        let approvers: BTreeSet<&Uid> = given.iter().chain(by).collect();
        let count = i64::try_from(approvers.len()).unwrap_or(i64::MAX);
        let approvers = Value::set(approvers.into_iter().cloned().map(Value::Entity));
        let told = told(replay.step(), &[("approvers", approvers), ("approvalCount", Value::Long(count))])?;
        replay.ask(&told, state).map(|case| (obstacles(&case), case))
    };
    let most = new.len().min(APPROVALS);
    let (left, _) = case_with(new.get(..most)?)?;
    (left < now).then_some(())?;
    let enough = (1..=most)
        .find_map(|count| Some((count, case_with(new.get(..count)?)?)).filter(|(_, (of, _))| *of == left));
    let (count, (_, case)) = enough?;
    let (by, others) = new.split_at(count);
    let fixed = by.split_last().map(|(_, fixed)| fixed).unwrap_or_default();
    let mut among = by.to_vec();
    for other in others.iter().take(OTHERS) {
        let instead: Vec<Uid> = fixed.iter().chain([other]).cloned().collect();
        if case_with(&instead).is_some_and(|(of, _)| of == left) {
            among.push(other.clone());
        }
    }
    let change = Change::Approval { by: by.to_vec(), among };
    Some((left, Candidate::new(change).warned(warnings(&case)).sized(count)))
}

/// The people whose approvals count for the step.
fn counted(replay: &Replay<'_>, approvals: &Approvals) -> Vec<Uid> {
    let question = replay.question;
    let mut alone: Plan = question.plan.clone();
    alone.steps = vec![replay.step().clone()];
    let briefing = brief(&mut alone, question.estate, question.bundle, approvals, question.at);
    let mut counted: Vec<Uid> = briefing.approvals.into_iter().map(|approval| approval.by).collect();
    counted.dedup();
    counted
}

/// The beginning of the plan's window, else the next full hour at which the step has fewer obstacles.
fn time(replay: &mut Replay<'_>, state: &State, now: usize) -> Option<(usize, Candidate)> {
    let plan = replay.question.plan;
    let instant = replay.question.at;
    let window = plan.window.filter(|window| window.start > instant);
    let first = Timestamp::from_second(instant.as_second().div_euclid(3600) * 3600).ok()?;
    let hours = (1..=HOURS).filter_map(|hours| first.checked_add(SignedDuration::from_hours(hours)).ok());
    let instants = window.map(|window| (window.start, Some(window.end))).into_iter();
    for (at, until) in instants.chain(hours.map(|at| (at, None))) {
        let facts = moment(&plan.zone, replay.question.bundle.schema(), at);
        let told = told(replay.step(), &[("at", facts)])?;
        let case = replay.ask(&told, state)?;
        let left = obstacles(&case);
        if left < now {
            let change = Change::Time { at, until, zone: plan.zone.clone() };
            return Some((left, Candidate::new(change).warned(warnings(&case))));
        }
    }
    None
}

/// The step as its policies see it with other facts about the plan, as far as they are told of them at all.
fn told(step: &Step, facts: &[(&str, Value)]) -> Option<Step> {
    let Value::Record(context) = &step.context else { return None };
    let Some(Value::Record(plan)) = context.get("plan") else { return None };
    facts.iter().any(|(name, _)| plan.get(*name).is_some()).then_some(())?;
    let instead = plan.iter().map(|(name, known)| {
        let fact = facts.iter().find(|(fact, _)| *fact == name.as_str());
        (name.clone(), fact.map_or_else(|| known.clone(), |(_, value)| like(value, known)))
    });
    let plan = Value::record(instead.collect::<Vec<_>>());
    let fields = context.iter().map(|(name, value)| {
        (name.clone(), if name.as_str() == "plan" { plan.clone() } else { value.clone() })
    });
    Some(Step { context: Value::record(fields.collect::<Vec<_>>()), ..step.clone() })
}

/// A record with the fields that another one has.
fn like(value: &Value, known: &Value) -> Value {
    match (value, known) {
        (Value::Record(fields), Value::Record(known)) => Value::record(
            fields
                .iter()
                .filter(|(name, _)| known.get(*name).is_some())
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect::<Vec<_>>(),
        ),
        _ => value.clone(),
    }
}
