//! Cedar's own entity JSON: a list of `{uid, attrs, parents, tags}`.

use super::native::entities;
use super::reading::Reading;
use super::{extension, first_byte, json, limits};
use crate::diagnostic::Sink;
use crate::document::{EstateDocument, NodeKind};
use crate::source::{Source, SourceId, SourceMap};

/// Says whether a text is a JSON list.
pub(super) fn recognises(source: &Source) -> bool {
    matches!(extension(source.path()), None | Some("json")) && first_byte(source.text()) == Some(b'[')
}

/// Reads the list as an estate that says neither when it was true nor where it comes from.
pub(super) fn estate(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> Option<EstateDocument> {
    let mut reading = Reading::open(sources, id, sink)?;
    let estate = json::read(&mut reading).and_then(|root| match root.kind {
        NodeKind::List(items) => {
            if items.len() > limits::ENTITIES {
                reading.over_limit(
                    root.span,
                    &format!("the estate has {} entities", items.len()),
                    limits::ENTITIES,
                );
                return None;
            }
            let entities = entities(&mut reading, items);
            Some(EstateDocument { source: id, taken: None, origin: None, entities })
        }
        _ => None,
    });
    reading.close(estate)
}
