//! Approvals and overrides of one plan.

use super::Uid;
use crate::source::Span;

/// What people said of a plan whose bytes they saw.
#[derive(Clone, Debug, Default)]
pub struct Approvals {
    /// Who approves it.
    pub approvals: Vec<Approval>,
    /// Which soft forbids are overridden for which steps.
    pub overrides: Vec<Override>,
}

/// One approval.
#[derive(Clone, Debug)]
pub struct Approval {
    /// The person.
    pub by: Uid,
    /// When it was given.
    pub at: jiff::Timestamp,
    /// Where it stands.
    pub span: Span,
}

/// One override.
#[derive(Clone, Debug)]
pub struct Override {
    /// The person.
    pub by: Uid,
    /// The `@id` of the soft forbid.
    pub policy: String,
    /// The address of the step.
    pub step: String,
    /// Why.
    pub reason: String,
    /// The first instant at which it counts no more.
    pub expires: jiff::Timestamp,
    /// Where it stands.
    pub span: Span,
}
