//! Approvals and overrides that are changed together with the plan that they are for.

use std::collections::BTreeSet;

use crate::decide::{Judgement, Verdict};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{ApprovalDocument, ApprovalsDocument, OverrideDocument};
use crate::explain::{Explanation, Found};
use crate::model::Plan;

/// The most entries that one finding points to.
const SHOWN: usize = 20;

/// Rejects a plan where entries for it are offered that the base does not have; those of the base count.
pub(super) fn forbid(
    offered: &[ApprovalsDocument],
    base: &[ApprovalsDocument],
    plan: &Plan,
    judgement: &mut Judgement,
    explanation: &mut Explanation,
) {
    let known: BTreeSet<[&str; 4]> =
        base.iter().flat_map(|document| &document.approvals).map(approval).collect();
    let known_overrides: BTreeSet<[&str; 7]> =
        base.iter().flat_map(|document| &document.overrides).map(overriding).collect();
    let of_plan = |id: &str| id == plan.id;
    let overrides = offered.iter().flat_map(|document| &document.overrides);
    let overrides = overrides.filter(|entry| of_plan(&entry.plan.value));
    let approvals = offered.iter().flat_map(|document| &document.approvals);
    let approvals = approvals.filter(|entry| of_plan(&entry.plan.value));
    let new: Vec<_> = overrides
        .filter(|entry| !known_overrides.contains(&overriding(entry)))
        .map(|entry| (entry.span, "this override is not in the base"))
        .chain(
            approvals
                .filter(|entry| !known.contains(&approval(entry)))
                .map(|entry| (entry.span, "this approval is not in the base")),
        )
        .collect();
    if new.is_empty() {
        return;
    }
    let message = "approvals or overrides are changed together with the plan";
    let mut diagnostic = Diagnostic::new(Code::GateChanged, message);
    for (span, text) in new.iter().take(SHOWN) {
        diagnostic = diagnostic.label(*span, *text);
    }
    if new.len() > SHOWN {
        diagnostic.hints.push(format!("{} more entries are not in the base", new.len() - SHOWN));
    }
    diagnostic.hints.push(
        "those of the base count; have the others added to the base, by somebody who may, before the plan is judged"
            .to_owned(),
    );
    judgement.verdict = Verdict::Rejected;
    explanation.findings.insert(0, Found { diagnostic, step: None, policy: None });
}

/// What makes an approval the one that it is; the note does not.
fn approval(entry: &ApprovalDocument) -> [&str; 4] {
    [&entry.plan.value, &entry.digest.value, &entry.by.value, &entry.at.value]
}

/// What makes an override the one that it is.
fn overriding(entry: &OverrideDocument) -> [&str; 7] {
    [
        &entry.plan.value,
        &entry.digest.value,
        &entry.policy.value,
        &entry.step.value,
        &entry.by.value,
        &entry.reason.value,
        &entry.expires.value,
    ]
}
