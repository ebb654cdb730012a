//! Findings about overrides: which were used, which not.

use super::Found;
use crate::decide::{Briefing, Judgement, Reason, StepJudgement};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Override, Plan};

/// One note for each override that counts; `used` says whether its step needs it.
pub(super) fn all(briefing: &Briefing, used: impl Fn(&Override) -> bool) -> Vec<Found> {
    briefing.overrides.iter().map(|given| note(given, used(given))).collect()
}

/// Says whether a step passes a soft forbid by an override.
pub fn is_used(given: &Override, plan: &Plan, judgement: &Judgement) -> bool {
    let steps = plan.steps.iter().zip(&judgement.steps);
    let mut judged = steps.filter(|(step, _)| step.address == given.step);
    judged.any(|(_, judged)| used_by(judged).any(|policy| *policy == given.policy))
}

fn note(given: &Override, used: bool) -> Found {
    let message = match used {
        true => format!(
            "the override of `{}` by `{}` lets the step pass until {}: {}",
            given.policy, given.by, given.expires, given.reason
        ),
        false => format!("the override of `{}` by `{}` is not needed", given.policy, given.by),
    };
    let diagnostic = Diagnostic::new(Code::Override, message).label(given.span, "this override");
    Found { diagnostic, step: Some(given.step.clone()), policy: Some(given.policy.clone()) }
}

/// The policies whose overrides a step needs.
pub(super) fn used_by(judged: &StepJudgement) -> impl Iterator<Item = &str> {
    let reasons = judged.cases.values().flat_map(|case| &case.reasons);
    reasons.filter_map(|reason| match reason {
        Reason::Overridden(policy) => Some(&**policy),
        _ => None,
    })
}
