//! Approvals and overrides as their file says them.

use crate::source::{Span, Spanned};

/// A file of kind `countersign.approvals/1`.
#[derive(Clone, Debug)]
pub struct ApprovalsDocument {
    /// Who approves what.
    pub approvals: Vec<ApprovalDocument>,
    /// Which soft forbids are overridden for which steps.
    pub overrides: Vec<OverrideDocument>,
}

/// One approval.
#[derive(Clone, Debug)]
pub struct ApprovalDocument {
    /// The whole entry.
    pub span: Span,
    /// The id of the plan it is for.
    pub plan: Spanned<String>,
    /// The digest of the plan's bytes, `sha256:…`.
    pub digest: Spanned<String>,
    /// The uid of the person.
    pub by: Spanned<String>,
    /// When it was given: an RFC 3339 instant.
    pub at: Spanned<String>,
    /// A remark; may hold any character.
    pub note: Option<Spanned<String>>,
}

/// One override.
#[derive(Clone, Debug)]
pub struct OverrideDocument {
    /// The whole entry.
    pub span: Span,
    /// The id of the plan it is for.
    pub plan: Spanned<String>,
    /// The digest of the plan's bytes, `sha256:…`.
    pub digest: Spanned<String>,
    /// The `@id` of the soft forbid.
    pub policy: Spanned<String>,
    /// The address of the step.
    pub step: Spanned<String>,
    /// The uid of the person.
    pub by: Spanned<String>,
    /// Why; may hold any character.
    pub reason: Spanned<String>,
    /// The first instant at which it counts no more: RFC 3339.
    pub expires: Spanned<String>,
}
