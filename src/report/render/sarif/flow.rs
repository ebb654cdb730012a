//! How a finding came about: the other places it speaks of, and the steps or rules that lead to it.

use serde_json::{Value, json};

use super::{add_message, physical, text};
use crate::diagnostic::Code;
use crate::report::{Location, Outcome, PartReport, StepReport};

use super::super::results::Found;

/// How many places of one kind are told.
const MOST_PLACES: usize = 100;

/// Every place of a finding but its first, and the facts of the estate that its policies read.
pub(super) fn related(found: &Found<'_>) -> Vec<Value> {
    let labels = found.finding.labels.iter().skip(1);
    let mut places: Vec<Value> = labels
        .map(|label| {
            let mut place = physical(&found.region_of(label));
            add_message(&mut place, &label.text);
            place
        })
        .collect();
    let mut facts: Vec<(Location, String)> = Vec::new();
    let refused = decided(found).filter(|step| step.outcome != Outcome::Allowed);
    for policy in refused.iter().flat_map(|step| &step.reasons.policies) {
        policy.scope.iter().for_each(|part| read(part, &mut facts));
        policy.clauses.iter().for_each(|clause| read(&clause.part, &mut facts));
    }
    facts.sort();
    facts.dedup();
    places.extend(facts.iter().map(|(place, what)| {
        let mut place = physical(&found.region_at(place));
        add_message(&mut place, what);
        place
    }));
    places.truncate(MOST_PLACES);
    for (at, place) in places.iter_mut().enumerate() {
        if let Some(place) = place.as_object_mut() {
            place.insert("id".into(), (at + 1).into());
        }
    }
    places
}

/// What a part of a policy reads, with the place in the estate or the plan that says so.
fn read(part: &PartReport, facts: &mut Vec<(Location, String)>) {
    for fact in &part.reads {
        if let Some(span) = &fact.span {
            let value = fact.value.as_deref().unwrap_or("absent");
            facts.push((span.clone(), format!("`{}` is {value}", fact.text)));
        }
    }
    let edges = part.membership.iter().flat_map(|membership| &membership.path);
    for edge in edges {
        if let Some(span) = &edge.span {
            facts.push((span.clone(), format!("`{}` is in `{}`", edge.child, edge.parent)));
        }
    }
    part.parts.iter().for_each(|part| read(part, facts));
}

/// The derivation of a finding: runs for a race, the steps that gave an authority, else the reasons.
pub(super) fn flows(found: &Found<'_>) -> Vec<Value> {
    let Some(step) = decided(found) else { return Vec::new() };
    let code = found.finding.code.as_str();
    let is = |codes: &[Code]| codes.iter().any(|known| known.as_str() == code);
    if is(&[Code::OrderDependent, Code::TooManyOrders]) {
        let runs = step.witnesses.iter();
        return runs
            .map(|(decision, run)| {
                let says = format!("a run in which the decision is {}", decision.as_str());
                flow(&says, steps(found, run, &says, step))
            })
            .collect();
    }
    if is(&[Code::SelfEscalation, Code::GrantedInPlan, Code::StandingAccess]) && !step.provenance.is_empty() {
        let says = "the steps that give the authority, then the step that uses it";
        return vec![flow(says, steps(found, &step.provenance, "gives authority", step))];
    }
    let because = step.reasons.because.iter();
    let reasons: Vec<Value> = because
        .filter_map(|reason| Some(thread_location(found, reason.span.as_ref()?, &reason.text)))
        .take(MOST_PLACES)
        .collect();
    if reasons.is_empty() {
        return Vec::new();
    }
    let mut locations = vec![thread_location(found, &step.span, "this step is judged")];
    locations.extend(reasons);
    vec![flow("how the decision came about", locations)]
}

/// The step whose decision a finding is about; changes that conflict do so whatever is decided.
fn decided<'a>(found: &Found<'a>) -> Option<&'a StepReport> {
    let about_changes = found.finding.code == Code::ConflictingChanges.as_str();
    let address = found.finding.step.as_deref().filter(|_| !about_changes)?;
    found.step(address)
}

/// The places of some steps, then that of the step they lead to.
fn steps(found: &Found<'_>, addresses: &[String], says: &str, last: &StepReport) -> Vec<Value> {
    let steps = addresses.iter().take(MOST_PLACES).filter_map(|address| found.step(address));
    let before = steps.filter(|step| step.id != last.id);
    let mut locations: Vec<Value> =
        before.map(|step| thread_location(found, &step.span, &format!("`{}`: {says}", step.id))).collect();
    locations.push(thread_location(found, &last.span, &format!("`{}` is judged", last.id)));
    locations
}

fn flow(says: &str, locations: Vec<Value>) -> Value {
    json!({ "message": { "text": says }, "threadFlows": [{ "locations": locations }] })
}

fn thread_location(found: &Found<'_>, place: &Location, says: &str) -> Value {
    let mut location = physical(&found.region_at(place));
    add_message(&mut location, &text(says));
    json!({ "location": location })
}
