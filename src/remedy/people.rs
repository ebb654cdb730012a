//! Who else could do a step.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::change::Change;
use super::replay::{Replay, obstacles};
use super::seek::Candidate;
use crate::model::{State, Step, TypeName, Uid, Value};
use crate::policy::{constants, policies_for};

/// How many principals are asked about.
const MOST: usize = 5_000;

/// The principals that an action could be done by, the likeliest first.
///
/// First those who act in the plan already; then those whom a policy's groups reach, those with the
/// fewest memberships first, for they can do the least else; then all others.
pub(super) fn principals(replay: &Replay<'_>, state: &State, action: &Uid, most: usize) -> Vec<Uid> {
    let question = replay.question;
    let Some(declared) = question.bundle.schema().actions.get(action) else { return Vec::new() };
    let own = &replay.step().principal;
    let policies = policies_for(question.bundle, action);
    let named: BTreeSet<Uid> = constants(question.bundle, policies.iter().map(|policy| policy.id.as_str()))
        .into_iter()
        .filter_map(|value| match value {
            Value::Entity(uid) => Some(uid),
            _ => None,
        })
        .collect();
    let performers: BTreeSet<&Uid> = question.plan.steps.iter().map(|step| &**step.principal).collect();
    let fits = |name: &TypeName| declared.principals.contains(name);
    let mut found: Vec<((u8, usize), &Uid)> = state
        .entities()
        .map(|(uid, _)| uid)
        .filter(|uid| fits(uid.type_name()))
        .map(|uid| {
            let ancestors = state.ancestors(uid);
            let reached = named.contains(uid) || ancestors.iter().any(|group| named.contains(*group));
            let rank = match uid {
                uid if *uid == **own => 0,
                uid if performers.contains(uid) => 1,
                uid if uid.type_name() != own.type_name() => 4,
                _ if reached => 2,
                _ => 3,
            };
            ((rank, ancestors.len()), uid)
        })
        .collect();
    found.sort();
    found.into_iter().take(most).map(|(_, uid)| uid.clone()).collect()
}

/// The principals who may do the step as it stands.
pub(super) fn seek(replay: &mut Replay<'_>) -> Vec<Candidate> {
    let asked = asked(replay).into_iter();
    asked.filter(|(left, _)| *left == 0).map(|(_, candidate)| candidate).collect()
}

/// Other principals, each with how many obstacles are left where that one does the step.
pub(super) fn asked(replay: &mut Replay<'_>) -> Vec<(usize, Candidate)> {
    let step = replay.step();
    let state = replay.state(replay.id);
    let mut found = Vec::new();
    for by in principals(replay, &state, &step.action, MOST) {
        if by == *step.principal {
            continue;
        }
        let instead = replay.informed(Step { principal: Arc::new(by.clone().into()), ..step.clone() });
        let Some(case) = replay.ask(&instead, &state) else { break };
        let change = Change::Principal { step: step.address.clone(), by };
        let candidate = Candidate::new(change).warned(super::replay::warnings(&case));
        found.push((obstacles(&case), candidate));
    }
    found
}
