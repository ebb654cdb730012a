//! An estate as its file says it.

use std::collections::HashSet;

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
    /// Whether the file describes it, or only names it.
    pub account: Account,
}

/// How much a file says of an entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Account {
    /// All that is known of it: a second description is an error.
    #[default]
    Described,
    /// That it exists: a description elsewhere counts instead.
    Mentioned,
}

impl EstateDocument {
    /// The records of several parts of one estate: all descriptions, and each mention of an entity that
    /// is not described, once. Uids are compared as they are written.
    pub fn records<'a>(parts: &[&'a EstateDocument]) -> Vec<&'a EntityDocument> {
        let all = || parts.iter().flat_map(|part| &part.entities);
        let mut known: HashSet<&str> = all()
            .filter(|entity| entity.account == Account::Described)
            .map(|entity| entity.uid.value.as_str())
            .collect();
        let mut records = Vec::new();
        for entity in all() {
            if entity.account == Account::Described || known.insert(entity.uid.value.as_str()) {
                records.push(entity);
            }
        }
        records
    }
}
