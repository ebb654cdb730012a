//! Notes about rights that a plan gives to those who carry it out, and does not take back.

use std::collections::BTreeSet;

use crate::decide::{Authority, Passage, Rights, StepJudgement};
use crate::diagnostic::{Code, Diagnostic};
use crate::explain::Found;
use crate::model::{Estate, Plan, Step, StepId};
use crate::policy::{Bundle, Request};

/// The steps that gave a step its authority, where steps of the plan did.
pub(super) fn given(judged: &StepJudgement) -> Option<&Vec<StepId>> {
    match &judged.authority {
        Authority::Granted(from) | Authority::SelfGiven(from) => Some(from),
        Authority::Standing => None,
    }
}

/// For each right that was given in the plan and that is there when the plan is done: a note; `given` says
/// for steps which steps gave their rights.
///
/// Only the plan's own requests are asked about; `countersign impact` asks about all of them.
pub(super) fn notes(
    plan: &Plan,
    estate: &Estate,
    bundle: &Bundle,
    given: &[(StepId, Vec<StepId>)],
) -> Vec<(StepId, Found)> {
    if given.is_empty() {
        return Vec::new();
    }
    let passage = Passage::of(plan, estate, bundle);
    let mut rights = Rights::new(bundle, &passage);
    let mut told = BTreeSet::new();
    let mut notes = Vec::new();
    for (id, from) in given {
        let step = plan.step(*id);
        let request = Request {
            principal: &step.principal,
            action: &step.action,
            resource: &step.resource,
            context: &step.context,
        };
        let new = told.insert((&**step.principal, &step.action, &**step.resource, &step.context));
        if new && rights.possible(request, passage.last()) {
            notes.push((*id, note(plan, bundle, step, from)));
        }
    }
    notes
}

fn note(plan: &Plan, bundle: &Bundle, step: &Step, from: &[StepId]) -> Found {
    let schema = bundle.schema();
    let prefix = if schema.namespace.is_empty() { String::new() } else { format!("{}::", schema.namespace) };
    let short = |uid: String| uid.strip_prefix(&prefix).map_or(uid.clone(), str::to_owned);
    let message = format!(
        "`{}` may do `{}` on `{}` when the plan is done too, which was not possible before",
        short(step.principal.to_string()),
        schema.action_name(&step.action),
        short(step.resource.to_string()),
    );
    let mut diagnostic =
        Diagnostic::new(Code::StandingAccess, message).label(step.spans.id, "not possible before the plan");
    for id in from {
        diagnostic = diagnostic.label(plan.step(*id).spans.id, "gives it, and no later step takes it back");
    }
    let hint = "`countersign impact` lists everything that the plan makes possible";
    Found { diagnostic: diagnostic.hint(hint), step: Some(step.address.clone()), policy: None }
}
