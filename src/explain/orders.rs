//! Findings about orders, conflicts and authority that the plan gives itself.

use super::Found;
use super::words;
use crate::decide::{Authority, Case, Conflict, Difference, Reason, Settlement, StepJudgement};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Plan, Step, StepId};
use crate::policy::Bundle;
use crate::report::{Decision, Outcome};

/// The findings about the orders and the authority of one step.
pub(super) fn of_step(plan: &Plan, bundle: &Bundle, step: &Step, judged: &StepJudgement) -> Vec<Found> {
    let mut findings = Vec::new();
    let mut add = |diagnostic: Diagnostic| {
        findings.push(Found { diagnostic, step: Some(step.address.clone()), policy: None });
    };
    if let Some(looked_at) = judged.too_many {
        let message = format!("the plan can run in more than {looked_at} ways that matter to this step");
        let hint = "order some of the steps that change what this one depends on";
        add(Diagnostic::new(Code::TooManyOrders, message)
            .label(step.spans.id, "cannot be decided")
            .hint(hint));
    }
    if judged.outcome == Outcome::OrderDependent {
        add(race(plan, bundle, step, judged));
    }
    match &judged.authority {
        Authority::Standing => {}
        Authority::SelfGiven(from) => add(self_given(plan, bundle, step, from)),
        Authority::Granted(from) => add(granted(plan, bundle, step, from)),
    }
    findings
}

fn race(plan: &Plan, bundle: &Bundle, step: &Step, judged: &StepJudgement) -> Diagnostic {
    let name = words::name(bundle.schema(), &step.principal);
    let orders: Vec<String> = judged.cases.values().map(|case| order(plan, bundle, case)).collect();
    let message = format!("whether {name} may do this step depends on the order: {}", orders.join("; "));
    let diagnostic = Diagnostic::new(Code::OrderDependent, message).label(step.spans.action, "a race");
    match judged.settlement {
        Some(edge) => settle(diagnostic, plan, step, edge),
        None => diagnostic.hint("no single dependency settles it; order the steps that it depends on"),
    }
}

fn settle(diagnostic: Diagnostic, plan: &Plan, step: &Step, edge: Settlement) -> Diagnostic {
    let (before, after) = (plan.step(edge.before), plan.step(edge.after));
    let other = if before.address == step.address { after } else { before };
    diagnostic.label(other.spans.id, "the step that makes the difference").hint(format!(
        "add `{}` to the `needs` of `{}`: then it is allowed in every order",
        before.address, after.address
    ))
}

/// Why a case that is no permission came about, as a clause.
fn because(bundle: &Bundle, case: &Case) -> String {
    let first = case.reasons.iter().find_map(|reason| match reason {
        Reason::Forbidden(id) | Reason::SoftForbidden(id) => Some(words::says(bundle, id)),
        Reason::NoPermit => Some("no permit applies".to_owned()),
        Reason::Missing(_, uid) => Some(format!("{} does not exist", words::name(bundle.schema(), uid))),
        Reason::Impossible(_, why) => Some(why.to_string()),
        Reason::Failed(failure) => Some(failure.message.clone()),
        Reason::UnknownValue(what) | Reason::UnknownInChange(_, what) => {
            Some(format!("{what} is not known yet"))
        }
        Reason::Permitted(_) | Reason::Advised(_) | Reason::Overridden(_) => None,
    });
    match (case.decision, first) {
        (Decision::Allow, _) | (_, None) => String::new(),
        (_, Some(why)) => format!(", because {why}"),
    }
}

/// One of the orders, and what comes of it.
fn order(plan: &Plan, bundle: &Bundle, case: &Case) -> String {
    let when = match case.run.as_deref().unwrap_or_default() {
        [] => "if it runs first".to_owned(),
        steps => format!("after {}", run(plan, steps)),
    };
    format!("{} {when}{}", case.decision.as_str(), because(bundle, case))
}

fn run(plan: &Plan, steps: &[StepId]) -> String {
    let names: Vec<String> = steps.iter().map(|step| format!("`{}`", plan.step(*step).address)).collect();
    match names.len() {
        0..=6 => names.join(", "),
        more => {
            let last = names.iter().skip(more - 5).cloned().collect::<Vec<_>>().join(", ");
            format!("{} steps, the last of them {last}", names.len())
        }
    }
}

/// Who did what in which step, for the story of an authority.
fn story(plan: &Plan, bundle: &Bundle, from: &[StepId]) -> String {
    let schema = bundle.schema();
    let deeds: Vec<String> = from
        .iter()
        .map(|id| {
            let step = plan.step(*id);
            let action = schema.action_name(&step.action);
            format!("`{}`, where {} does `{action}`", step.address, words::name(schema, &step.principal))
        })
        .collect();
    deeds.join(", and ")
}

fn self_given(plan: &Plan, bundle: &Bundle, step: &Step, from: &[StepId]) -> Diagnostic {
    let name = words::name(bundle.schema(), &step.principal);
    let told =
        if from.is_empty() { String::new() } else { format!(": it rests on {}", story(plan, bundle, from)) };
    let message = format!("{name} could not do this step had it done nothing before{told}");
    let mut diagnostic = Diagnostic::new(Code::SelfEscalation, message)
        .label(step.spans.action, "allowed only by its own doing");
    for id in from {
        diagnostic = diagnostic.label(plan.step(*id).spans.id, "gives the authority");
    }
    diagnostic.hint("let somebody else give the authority, or somebody else do this step")
}

fn granted(plan: &Plan, bundle: &Bundle, step: &Step, from: &[StepId]) -> Diagnostic {
    let name = words::name(bundle.schema(), &step.principal);
    let told = if from.is_empty() { String::new() } else { format!(", in {}", story(plan, bundle, from)) };
    let message = format!("others give {name} the authority for this step in the plan itself{told}");
    let mut diagnostic = Diagnostic::new(Code::GrantedInPlan, message)
        .label(step.spans.action, "not possible before the plan");
    for id in from {
        diagnostic = diagnostic.label(plan.step(*id).spans.id, "gives the authority");
    }
    diagnostic
}

/// Two unordered steps that do not commute.
pub(super) fn conflict(plan: &Plan, bundle: &Bundle, conflict: &Conflict) -> Found {
    let (first, second) = (plan.step(conflict.first), plan.step(conflict.second));
    let address = |id: &StepId| &plan.step(*id).address;
    let difference = match &conflict.difference {
        Difference::ImpossibleAfter(step, rival) => {
            format!("`{}` is impossible after `{}`", address(step), address(rival))
        }
        Difference::PossibleOnlyAfter(step, rival) => {
            format!("`{}` is possible only after `{}`", address(step), address(rival))
        }
        Difference::Record(uid) => {
            format!("{} ends up different by which of them comes last", words::name(bundle.schema(), uid))
        }
        Difference::Links => "the template links end up different by which of them comes last".to_owned(),
        Difference::NotKnown(states) => format!("whether they commute is not known after {states} states"),
    };
    let message = format!("`{}` and `{}` are not ordered, and {difference}", first.address, second.address);
    let diagnostic = Diagnostic::new(Code::ConflictingChanges, message)
        .label(first.spans.id, "one of them")
        .label(second.spans.id, "the other")
        .hint(format!(
            "order them, for example by adding `{}` to the `needs` of `{}`",
            first.address, second.address
        ));
    Found { diagnostic, step: Some(second.address.clone()), policy: None }
}
