//! A plan as its file says it.

use super::{Node, Steps};
use crate::source::{Span, Spanned};

/// A file of kind `countersign.plan/1`.
#[derive(Clone, Debug)]
pub struct PlanDocument {
    /// The whole document.
    pub span: Span,
    /// The plan's id.
    pub id: Spanned<String>,
    /// A title for people; may hold any character.
    pub title: Option<Spanned<String>>,
    /// A link to documentation.
    pub docs: Option<Spanned<String>>,
    /// The uid of the person who wrote the plan.
    pub author: Option<Spanned<String>>,
    /// An IANA time zone.
    pub zone: Option<Spanned<String>>,
    /// The change window, in `zone`.
    pub window: Option<WindowDocument>,
    /// The phases, in the order of the file.
    pub phases: Vec<PhaseDocument>,
}

/// A half-open time window without a zone of its own.
#[derive(Clone, Debug)]
pub struct WindowDocument {
    /// The whole mapping.
    pub span: Span,
    /// A local date and time, `2026-11-28T22:00`.
    pub start: Spanned<String>,
    /// A local date and time.
    pub end: Spanned<String>,
}

/// A phase of a plan.
#[derive(Clone, Debug)]
pub struct PhaseDocument {
    /// The whole mapping.
    pub span: Span,
    /// The phase's id, unique in the plan.
    pub id: Spanned<String>,
    /// A title for people.
    pub title: Option<Spanned<String>>,
    /// A link to documentation.
    pub docs: Option<Spanned<String>>,
    /// The uid of the principal of its steps that name none.
    pub by: Option<Spanned<String>>,
    /// What comes first.
    pub needs: Vec<NeedDocument>,
    /// How the steps follow each other.
    pub order: Order,
    /// The steps, in the order of the file.
    pub steps: Steps,
}

/// How the steps of a phase are ordered among themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Each step comes after the one listed before it.
    #[default]
    Listed,
    /// The list says nothing about the order.
    Any,
}

/// The name of something that comes first: `phase`, `phase/step`, or a step of the same phase.
pub type NeedDocument = Spanned<String>;

/// A step of a phase.
#[derive(Clone, Debug)]
pub struct StepDocument {
    /// The whole mapping.
    pub span: Span,
    /// The step's id, unique in its phase.
    pub id: Spanned<String>,
    /// A title for people.
    pub title: Option<Spanned<String>>,
    /// A link to documentation.
    pub docs: Option<Spanned<String>>,
    /// The uid of the principal.
    pub by: Option<Spanned<String>>,
    /// The operation: an action's id or whole uid.
    pub operation: Spanned<String>,
    /// The uid of the resource.
    pub target: Spanned<String>,
    /// The Cedar context, a mapping.
    pub with: Option<Node>,
    /// What comes first.
    pub needs: Vec<NeedDocument>,
}
