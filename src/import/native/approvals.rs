//! Approvals and overrides.

use super::super::read;
use super::super::reading::Reading;
use super::fields::{Fields, header};
use crate::diagnostic::Sink;
use crate::document::{ApprovalDocument, ApprovalsDocument, Node, OverrideDocument};
use crate::source::{SourceId, SourceMap};

const FILE: &[&str] = &["schema", "approvals", "overrides"];
const APPROVAL: &[&str] = &["plan", "digest", "by", "at", "note"];
const OVERRIDE: &[&str] = &["plan", "digest", "policy", "step", "by", "reason", "expires"];

/// Reads a file of kind `countersign.approvals/1`.
pub(in crate::import) fn approvals(
    sources: &SourceMap,
    id: SourceId,
    sink: &mut Sink,
) -> Option<ApprovalsDocument> {
    let mut reading = Reading::open(sources, id, sink)?;
    let approvals = read(&mut reading).and_then(|root| document(&mut reading, root));
    reading.close(approvals)
}

fn document(reading: &mut Reading<'_>, root: Node) -> Option<ApprovalsDocument> {
    let mut fields = Fields::open(reading, root, "an approvals file", FILE)?;
    header(reading, &mut fields, "approvals");
    let approvals =
        fields.take("approvals").and_then(|node| reading.list("approvals", node)).unwrap_or_default();
    let overrides =
        fields.take("overrides").and_then(|node| reading.list("overrides", node)).unwrap_or_default();
    Some(ApprovalsDocument {
        approvals: approvals.into_iter().filter_map(|node| approval(reading, node)).collect(),
        overrides: overrides.into_iter().filter_map(|node| an_override(reading, node)).collect(),
    })
}

fn approval(reading: &mut Reading<'_>, node: Node) -> Option<ApprovalDocument> {
    let mut fields = Fields::open(reading, node, "an approval", APPROVAL)?;
    let plan = fields.required(reading, "plan").and_then(|node| reading.id("plan", node));
    let digest = fields.required(reading, "digest").and_then(|node| reading.name("digest", node));
    let by = fields.required(reading, "by").and_then(|node| reading.name("by", node));
    let at = fields.required(reading, "at").and_then(|node| reading.name("at", node));
    let note = fields.take("note").and_then(|node| reading.title("note", node));
    Some(ApprovalDocument { span: fields.span, plan: plan?, digest: digest?, by: by?, at: at?, note })
}

fn an_override(reading: &mut Reading<'_>, node: Node) -> Option<OverrideDocument> {
    let mut fields = Fields::open(reading, node, "an override", OVERRIDE)?;
    let plan = fields.required(reading, "plan").and_then(|node| reading.id("plan", node));
    let digest = fields.required(reading, "digest").and_then(|node| reading.name("digest", node));
    let policy = fields.required(reading, "policy").and_then(|node| reading.name("policy", node));
    let step = fields.required(reading, "step").and_then(|node| reading.name("step", node));
    let by = fields.required(reading, "by").and_then(|node| reading.name("by", node));
    let reason = fields.required(reading, "reason").and_then(|node| reading.title("reason", node));
    let expires = fields.required(reading, "expires").and_then(|node| reading.name("expires", node));
    Some(OverrideDocument {
        span: fields.span,
        plan: plan?,
        digest: digest?,
        policy: policy?,
        step: step?,
        by: by?,
        reason: reason?,
        expires: expires?,
    })
}
