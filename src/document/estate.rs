//! An estate as its file says it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::{Node, PlainEntities};
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
    /// Groups that are in each other where the snapshot comes from, which no `parents` can say.
    pub circles: Vec<Vec<Spanned<String>>>,
    /// The entities that are written plainly, in the order of the file.
    pub plain: Option<PlainEntities>,
    /// The other entities, in the order of the file.
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
    /// That it is in something: its parents are added to those of a description elsewhere.
    Joined,
}

impl EstateDocument {
    /// The records of several parts of one estate: all descriptions, with the parents that other records
    /// add, and each mention of an entity that is not described, once. Uids are compared as they are written.
    pub fn records<'a>(parts: &[&'a EstateDocument]) -> Vec<Cow<'a, EntityDocument>> {
        let all: Vec<Cow<'a, EntityDocument>> = parts.iter().flat_map(|part| part.in_order()).collect();
        let (joined, mut all): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|entity| entity.account == Account::Joined);
        let described = |entity: &EntityDocument| entity.account == Account::Described;
        let mut known: HashSet<String> =
            all.iter().filter(|entity| described(entity)).map(|entity| entity.uid.value.clone()).collect();
        let mut more: HashMap<&str, Vec<&Spanned<String>>> = HashMap::new();
        for entity in &joined {
            more.entry(&entity.uid.value).or_default().extend(&entity.parents);
        }
        for entity in all.iter_mut().filter(|entity| !more.is_empty() && described(entity)) {
            if let Some(parents) = more.get(entity.uid.value.as_str()) {
                let parents: Vec<Spanned<String>> = parents.iter().copied().cloned().collect();
                entity.to_mut().parents.extend(parents);
            }
        }
        let kept =
            all.into_iter().filter(|entity| described(entity) || known.insert(entity.uid.value.clone()));
        kept.collect()
    }

    /// The records that add parents to something that no part describes.
    pub fn joined_to_nothing<'a>(parts: &[&'a EstateDocument]) -> Vec<&'a EntityDocument> {
        let joins = |entity: &&EntityDocument| entity.account == Account::Joined;
        let joined: Vec<&EntityDocument> =
            parts.iter().flat_map(|part| &part.entities).filter(joins).collect();
        if joined.is_empty() {
            return joined;
        }
        let described: HashSet<String> = EstateDocument::records(parts)
            .into_iter()
            .filter(|entity| entity.account == Account::Described)
            .map(|entity| entity.uid.value.clone())
            .collect();
        joined.into_iter().filter(|entity| !described.contains(&entity.uid.value)).collect()
    }

    /// All records, in the order of the file.
    pub fn in_order(&self) -> Vec<Cow<'_, EntityDocument>> {
        let plain = self.plain.iter().flat_map(|plain| plain.iter());
        let plain = plain.filter_map(|entity| entity.document()).map(Cow::Owned);
        let mut records: Vec<Cow<'_, EntityDocument>> =
            plain.chain(self.entities.iter().map(Cow::Borrowed)).collect();
        if self.plain.is_some() {
            records.sort_by_key(|record| record.span.start);
        }
        records
    }
}
