//! Where an estate says what it says.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::quality::RandomState;

use crate::document::{EntityDocument, EstateDocument, PlainUid};
use crate::model::{Schema, Uid};
use crate::source::{Span, Spanned};

/// Finds records, parents, attributes and tags in the files of an estate.
#[derive(Debug)]
pub struct Places {
    documents: Vec<EstateDocument>,
    /// By uid, with the namespace that a type without one gets: the part, and the record in it.
    records: HashMap<String, (usize, At), RandomState>,
}

/// Which record of a part.
#[derive(Clone, Copy, Debug)]
enum At {
    Plain(usize),
    Described(usize),
}

impl Places {
    /// Notes where each record stands.
    pub fn new(documents: Vec<EstateDocument>, schema: &Schema) -> Self {
        let mut records = HashMap::default();
        for (part, document) in documents.iter().enumerate() {
            for (at, record) in document.plain.iter().flat_map(|plain| plain.iter()).enumerate() {
                if let Some(PlainUid { type_name, id, .. }) = record.uid() {
                    let uid = format!("{}::\"{id}\"", schema.qualified(type_name));
                    records.entry(uid).or_insert((part, At::Plain(at)));
                }
            }
            for (at, record) in document.entities.iter().enumerate() {
                if let Some(uid) = read(&record.uid, schema) {
                    records.entry(key(&uid)).or_insert((part, At::Described(at)));
                }
            }
        }
        Self { documents, records }
    }

    /// Where a record names itself.
    pub fn entity(&self, uid: &Uid) -> Option<Span> {
        self.record(uid).map(|record| record.uid.span)
    }

    /// Where a record names a parent.
    pub fn parent(&self, child: &Uid, parent: &Uid, schema: &Schema) -> Option<Span> {
        let record = self.record(child)?;
        let mut parents = record.parents.iter();
        parents.find(|text| read(text, schema).as_ref() == Some(parent)).map(|text| text.span)
    }

    /// Where an attribute has its value.
    pub fn attribute(&self, uid: &Uid, name: &str) -> Option<Span> {
        let record = self.record(uid)?;
        let mut attributes = record.attributes.iter();
        attributes.find(|(own, _)| own.value == name).map(|(_, node)| node.span)
    }

    /// Where a tag has its value.
    pub fn tag(&self, uid: &Uid, name: &str) -> Option<Span> {
        let record = self.record(uid)?;
        let mut tags = record.tags.iter();
        tags.find(|(own, _)| own.value == name).map(|(_, node)| node.span)
    }

    fn record(&self, uid: &Uid) -> Option<Cow<'_, EntityDocument>> {
        let (part, at) = self.records.get(&key(uid))?;
        let document = self.documents.get(*part)?;
        match at {
            At::Plain(at) => document.plain.as_ref()?.get(*at)?.document().map(Cow::Owned),
            At::Described(at) => document.entities.get(*at).map(Cow::Borrowed),
        }
    }
}

fn read(text: &Spanned<String>, schema: &Schema) -> Option<Uid> {
    schema.qualified_uid(&text.value).parse().ok()
}

fn key(uid: &Uid) -> String {
    format!("{}::\"{}\"", uid.type_name(), uid.id().unescaped())
}
