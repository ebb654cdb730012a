//! Remedies as the report has them.

use crate::model::{Edit, StepId, Value};
use crate::remedy::{Change, Patched, Remedies, Remedy};
use crate::report::{self, AttributeChange, Finding, RemedyChange, RemedyFact};

/// How many remedies a finding tells.
const HINTS: usize = 3;

/// The remedies of a step, each with the patch where it has one.
pub(super) fn of_step(found: &[Remedies], step: StepId, patched: Option<&Patched>) -> Vec<report::Remedy> {
    let remedies = found.iter().filter(|found| found.step == step).flat_map(|found| &found.remedies);
    let patch_of = |number: usize| patched.filter(|patched| patched.step == step && patched.number == number);
    let told = remedies.enumerate().filter_map(|(number, remedy)| {
        let patch = patch_of(number).map(|patched| patched.diff.clone());
        Some(report::Remedy { patch, ..told(remedy)? })
    });
    told.collect()
}

/// Adds the first remedies of a step to the first finding that stops it.
pub(super) fn hint(findings: &mut [Finding], address: &str, found: &Remedies) {
    let of_step = |finding: &&mut Finding| {
        finding.step.as_deref() == Some(address) && finding.level == report::FindingLevel::Error
    };
    let about = findings.iter().filter(|finding| finding.step.as_deref() == Some(address));
    let known: Vec<String> = about.flat_map(|finding| finding.hints.iter().cloned()).collect();
    let Some(finding) = findings.iter_mut().find(of_step) else { return };
    let is_said = |remedy: &&Remedy| {
        let what = remedy.text.split_once(" (this allows").map_or(remedy.text.as_str(), |(what, _)| what);
        known.iter().any(|hint| hint.starts_with(what))
    };
    let told = found.remedies.iter().take(HINTS).filter(|remedy| !is_said(remedy));
    let told: Vec<String> = told.map(|remedy| remedy.text.clone()).collect();
    finding.hints.extend(told);
    if !found.complete {
        finding.hints.push("there may be other ways: the search ended early".to_owned());
    }
}

fn told(remedy: &Remedy) -> Option<report::Remedy> {
    Some(report::Remedy {
        text: remedy.text.clone(),
        change: change(&remedy.change)?,
        others: remedy.others.iter().filter_map(change).collect(),
        opens: remedy.opens,
        patch: None,
    })
}

fn change(change: &Change) -> Option<RemedyChange> {
    Some(match change {
        Change::Principal { by, .. } => RemedyChange::Principal { by: by.to_string() },
        Change::Insert(insertion) => RemedyChange::Insert {
            before: insertion.before.clone(),
            step: insertion.address(),
            by: insertion.by.to_string(),
            action: insertion.action.to_string(),
            target: insertion.target.to_string(),
            with: insertion.with.iter().map(|(field, value)| (field.clone(), value.to_json())).collect(),
        },
        Change::Edge { before, after } => RemedyChange::Edge { before: before.clone(), after: after.clone() },
        Change::Reverse { before, after, of, need } => RemedyChange::Reverse {
            before: before.clone(),
            after: after.clone(),
            of: of.clone(),
            need: need.clone(),
        },
        Change::Context { field, value, .. } => {
            RemedyChange::Context { field: field.clone(), value: value.as_ref().map(Value::to_json) }
        }
        Change::Target { target, .. } => RemedyChange::Target { target: target.to_string() },
        Change::Estate(edits) => {
            RemedyChange::Estate { facts: edits.iter().map(fact).collect::<Option<_>>()? }
        }
        Change::Approval { by, among } => RemedyChange::Approval {
            by: by.iter().map(ToString::to_string).collect(),
            among: among.iter().map(ToString::to_string).collect(),
        },
        Change::Time { at, .. } => RemedyChange::Time { at: at.to_string() },
        Change::Together(changes) => {
            let changes = changes.iter().map(self::change).collect::<Option<_>>()?;
            RemedyChange::Together { changes }
        }
    })
}

fn fact(edit: &Edit) -> Option<RemedyFact> {
    let attribute = |entity: &crate::model::Uid, attribute: &String, operation, value: &Value| {
        let (entity, attribute) = (entity.to_string(), attribute.clone());
        Some(RemedyFact::Attribute { entity, attribute, operation, value: value.to_json() })
    };
    match edit {
        Edit::Create { uid, .. } => Some(RemedyFact::Entity { entity: uid.to_string() }),
        Edit::Join(child, parent) => {
            Some(RemedyFact::Membership { entity: child.to_string(), parent: parent.to_string() })
        }
        Edit::SetAttribute(uid, name, value) => attribute(uid, name, AttributeChange::Set, value),
        Edit::AddToAttribute(uid, name, value) => attribute(uid, name, AttributeChange::Add, value),
        Edit::RemoveFromAttribute(uid, name, value) => attribute(uid, name, AttributeChange::Remove, value),
        _ => None,
    }
}
