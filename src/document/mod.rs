//! What a file says, with the place of every scalar.

mod approvals;
mod bundle;
mod configuration;
mod estate;
mod node;
mod operations;
mod plain;
mod plan;
mod steps;

pub use approvals::{ApprovalDocument, ApprovalsDocument, OverrideDocument};
pub use bundle::{Level, LinkDocument, ManifestDocument};
pub use configuration::ConfigurationDocument;
pub use estate::{Account, EntityDocument, EstateDocument};
pub use node::{Node, NodeKind};
pub use operations::{ChangeDocument, ChangeKind, OperationDocument, OperationsDocument, Slot};
pub use plain::{Pieces, PlainEntities, PlainEntity, PlainUid, Token, TokenKind, split_uid, unescaped};
pub use plan::{NeedDocument, Order, PhaseDocument, PlanDocument, StepDocument, WindowDocument};

use crate::source::SourceId;

/// Everything that one judgement reads, as documents.
#[derive(Clone, Debug)]
pub struct Documents {
    /// The plan.
    pub plan: PlanDocument,
    /// The parts of the estate, in the order given.
    pub estates: Vec<EstateDocument>,
}

/// A bundle as documents and Cedar texts.
#[derive(Clone, Debug)]
pub struct BundleDocuments {
    /// The manifest.
    pub manifest: ManifestDocument,
    /// The Cedar schema's text.
    pub schema: SourceId,
    /// The texts that hold policies and templates.
    pub policies: Vec<SourceId>,
    /// The template links.
    pub links: Vec<LinkDocument>,
    /// The catalogue.
    pub operations: OperationsDocument,
}
pub use steps::{PlainStep, PlainSteps, StepOf, Steps};
