//! An estate as its file says it.

use super::Node;
use crate::source::{SourceId, Span, Spanned};

/// A file of kind `countersign.estate/1`, a JSON Lines estate, or Cedar's own entity JSON.
#[derive(Clone, Debug)]
pub struct EstateDocument {
    /// The file.
    pub source: SourceId,
    /// When the snapshot was true: an RFC 3339 instant.
    pub taken: Option<Spanned<String>>,
    /// Where the snapshot comes from; may hold any character.
    pub origin: Option<Spanned<String>>,
    /// The entities, in the order of the file.
    pub entities: Vec<EntityDocument>,
}

/// An entity of an estate.
#[derive(Clone, Debug)]
pub struct EntityDocument {
    /// The whole record.
    pub span: Span,
    /// The uid as Cedar writes it, `User::"dana"`.
    pub uid: Spanned<String>,
    /// The uids of its direct parents.
    pub parents: Vec<Spanned<String>>,
    /// Its attributes, by name.
    pub attributes: Vec<(Spanned<String>, Node)>,
    /// Its tags, by name.
    pub tags: Vec<(Spanned<String>, Node)>,
}
