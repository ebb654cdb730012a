//! Where an estate says what it says.

use std::collections::HashMap;

use crate::document::{EntityDocument, EstateDocument};
use crate::model::{Schema, Uid};
use crate::source::{Span, Spanned};

/// Finds records, parents, attributes and tags in the files of an estate.
#[derive(Debug)]
pub struct Places {
    documents: Vec<EstateDocument>,
    records: HashMap<Uid, (usize, usize)>,
}

impl Places {
    /// Notes where each record stands.
    pub fn new(documents: Vec<EstateDocument>, schema: &Schema) -> Self {
        let mut records = HashMap::new();
        for (part, document) in documents.iter().enumerate() {
            for (at, record) in document.entities.iter().enumerate() {
                if let Some(uid) = read(&record.uid, schema) {
                    records.entry(uid).or_insert((part, at));
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
        let mut parents = self.record(child)?.parents.iter();
        parents.find(|text| read(text, schema).as_ref() == Some(parent)).map(|text| text.span)
    }

    /// Where an attribute has its value.
    pub fn attribute(&self, uid: &Uid, name: &str) -> Option<Span> {
        let mut attributes = self.record(uid)?.attributes.iter();
        attributes.find(|(own, _)| own.value == name).map(|(_, node)| node.span)
    }

    /// Where a tag has its value.
    pub fn tag(&self, uid: &Uid, name: &str) -> Option<Span> {
        let mut tags = self.record(uid)?.tags.iter();
        tags.find(|(own, _)| own.value == name).map(|(_, node)| node.span)
    }

    fn record(&self, uid: &Uid) -> Option<&EntityDocument> {
        let (part, at) = self.records.get(uid)?;
        self.documents.get(*part)?.entities.get(*at)
    }
}

fn read(text: &Spanned<String>, schema: &Schema) -> Option<Uid> {
    schema.qualified_uid(&text.value).parse().ok()
}
