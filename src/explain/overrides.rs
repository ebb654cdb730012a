//! Findings about overrides: which were used, which not.

use super::Found;
use crate::decide::{Briefing, Judgement, Reason, StepJudgement};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Override, Plan};

/// One note for each override that counts.
pub(super) fn all(plan: &Plan, briefing: &Briefing, judgement: &Judgement) -> Vec<Found> {
    briefing.overrides.iter().map(|given| note(given, plan, judgement)).collect()
}

/// Says whether a step passes a soft forbid by an override.
pub fn is_used(given: &Override, plan: &Plan, judgement: &Judgement) -> bool {
    let steps = plan.steps.iter().zip(&judgement.steps);
    let mut judged = steps.filter(|(step, _)| step.address == given.step);
    judged.any(|(_, judged)| uses(judged, &given.policy))
}

fn note(given: &Override, plan: &Plan, judgement: &Judgement) -> Found {
    let message = match is_used(given, plan, judgement) {
        true => format!(
            "the override of `{}` by `{}` lets the step pass until {}: {}",
            given.policy, given.by, given.expires, given.reason
        ),
        false => format!("the override of `{}` by `{}` is not needed", given.policy, given.by),
    };
    let diagnostic = Diagnostic::new(Code::Override, message).label(given.span, "this override");
    Found { diagnostic, step: Some(given.step.clone()), policy: Some(given.policy.clone()) }
}

fn uses(judged: &StepJudgement, policy: &str) -> bool {
    let reasons = judged.cases.values().flat_map(|case| &case.reasons);
    reasons.into_iter().any(|reason| *reason == Reason::Overridden(policy.to_owned()))
}
