//! Which dependency, missing or the wrong way round, keeps a step from being allowed.

use super::change::{Change, need_name};
use super::replay::{Replay, ancestors};
use super::seek::Candidate;
use crate::document::PlanDocument;
use crate::model::{Plan, StepId};

/// The edge that settles a race, and needs that stand the wrong way round.
pub(super) fn seek(replay: &Replay<'_>) -> Vec<Candidate> {
    let question = replay.question;
    let address = |step: StepId| question.plan.step(step).address.clone();
    let judged = question.judgement.steps.get(replay.id.position());
    let settled = judged.and_then(|judged| judged.settlement).map(|edge| {
        Candidate::new(Change::Edge { before: address(edge.before), after: address(edge.after) })
    });
    let mut found: Vec<Candidate> = settled.into_iter().collect();
    if found.is_empty() {
        found.extend(reversed(question.document, question.plan, replay.id));
    }
    found
}

/// Every need on the way to a step turned round: the step first, then what it was made to wait for;
/// and every need that makes another step wait for this one.
fn reversed(document: &PlanDocument, plan: &Plan, id: StepId) -> Vec<Candidate> {
    let own = plan.step(id).address.clone();
    let earlier: Vec<String> =
        ancestors(plan, id).into_iter().map(|step| plan.step(step).address.clone()).collect();
    let later: Vec<String> = plan
        .step_ids()
        .filter(|step| ancestors(plan, *step).contains(&id))
        .map(|step| plan.step(step).address.clone())
        .collect();
    let mut found = Vec::new();
    for (of, need) in needs(document) {
        for other in &earlier {
            found.push(
                reverse(own.clone(), other.clone(), &of, &need).map(|candidate| candidate.evading(true)),
            );
        }
        for other in &later {
            found.push(reverse(other.clone(), own.clone(), &of, &need));
        }
    }
    found.retain(|candidate| candidate.is_some());
    found.into_iter().flatten().take(40).collect()
}

fn reverse(before: String, after: String, of: &str, need: &str) -> Option<Candidate> {
    let phase = |address: &str| address.split_once('/').map_or(String::new(), |(phase, _)| phase.to_owned());
    let waits = of == before || of == phase(&before);
    let waited_for = need == after || need == phase(&after) || need == need_name(&after, of);
    (waits && waited_for).then(|| {
        let (of, need) = (of.to_owned(), need.to_owned());
        Candidate::new(Change::Reverse { before, after, of, need })
    })
}

/// Every need of the document: of a phase by its id, of a step by its address.
fn needs(document: &PlanDocument) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for phase in &document.phases {
        found.extend(phase.needs.iter().map(|need| (phase.id.value.clone(), need.value.clone())));
        for step in phase.steps.iter() {
            let address = format!("{}/{}", phase.id.value, step.id.value);
            found.extend(step.needs.iter().map(|need| (address.clone(), need.value.clone())));
        }
    }
    found
}
