//! Approvals files to the approvals and overrides of one plan.

use std::collections::BTreeMap;

use super::time::instant;
use super::uid;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{ApprovalsDocument, OverrideDocument};
use crate::model::{Approval, Approvals, Override, Plan, Schema};
use crate::source::{Span, Spanned};

/// Collects what is said of a plan with these bytes; what is said of others is noted and left out.
///
/// `soft` says of each policy, by `@id`, whether it is a soft forbid.
pub fn approvals(
    documents: &[ApprovalsDocument],
    plan: &Plan,
    digest: &str,
    soft: &BTreeMap<String, bool>,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<Approvals> {
    let errors = sink.errors();
    let digest = format!("sha256:{digest}");
    let mut found = Approvals::default();
    for document in documents.iter().flat_map(|document| &document.approvals) {
        if is_stale(&document.plan, &document.digest, plan, &digest, document.span, "approval", sink) {
            continue;
        }
        let by = uid::read(&document.by.value, document.by.span, schema, sink);
        let at = instant(&document.at, sink);
        if let (Some(by), Some(at)) = (by, at) {
            found.approvals.push(Approval { by, at, span: document.span });
        }
    }
    for document in documents.iter().flat_map(|document| &document.overrides) {
        if !is_stale(&document.plan, &document.digest, plan, &digest, document.span, "override", sink) {
            found.overrides.extend(read_override(document, plan, soft, schema, sink));
        }
    }
    (sink.errors() == errors).then_some(found)
}

/// Says whether an entry is for another plan, or for other bytes of this one; notes it if so.
fn is_stale(
    id: &Spanned<String>,
    seen: &Spanned<String>,
    plan: &Plan,
    digest: &str,
    span: Span,
    what: &str,
    sink: &mut Sink,
) -> bool {
    let (message, at) = match (id.value == plan.id, seen.value == digest) {
        (true, true) => return false,
        (false, _) => (format!("the {what} is for the plan `{}`, not for `{}`", id.value, plan.id), id.span),
        (true, false) => (format!("the {what} is for other bytes of the plan `{}`", plan.id), seen.span),
    };
    let hint = "it does not count; whoever gave it has to look at the plan as it is now";
    sink.push(
        Diagnostic::new(Code::StaleApproval, message).label(at, "").label(span, "this entry").hint(hint),
    );
    true
}

fn read_override(
    document: &OverrideDocument,
    plan: &Plan,
    soft: &BTreeMap<String, bool>,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<Override> {
    let errors = sink.errors();
    match soft.get(&document.policy.value) {
        Some(true) => {}
        Some(false) => {
            let message =
                format!("`{}` is not a soft forbid, and nothing overrides it", document.policy.value);
            sink.push(Diagnostic::new(Code::WrongOverride, message).label(document.policy.span, "not soft"));
        }
        None => {
            let message = format!("there is no policy `{}` to override", document.policy.value);
            let known = soft.iter().filter(|(_, soft)| **soft).map(|(id, _)| id.as_str());
            let diagnostic =
                Diagnostic::new(Code::WrongOverride, message).label(document.policy.span, "unknown policy");
            sink.push(diagnostic.did_you_mean(&document.policy.value, known));
        }
    }
    if !plan.steps.iter().any(|step| step.address == document.step.value) {
        let message = format!("there is no step `{}` to override a policy for", document.step.value);
        let known = plan.steps.iter().map(|step| step.address.as_str());
        let diagnostic =
            Diagnostic::new(Code::WrongOverride, message).label(document.step.span, "unknown step");
        sink.push(diagnostic.did_you_mean(&document.step.value, known));
    }
    let by = uid::read(&document.by.value, document.by.span, schema, sink);
    let expires = instant(&document.expires, sink);
    if sink.errors() > errors {
        return None;
    }
    Some(Override {
        by: by?,
        policy: document.policy.value.clone(),
        step: document.step.value.clone(),
        reason: document.reason.value.clone(),
        expires: expires?,
        span: document.span,
    })
}
