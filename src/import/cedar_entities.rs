//! Cedar's own entity JSON: a list of `{uid, attrs, parents, tags}`.

use super::native::{entities, entity};
use super::plain::{self, Listed};
use super::reading::Reading;
use super::{extension, first_byte, json, limits, values};
use crate::diagnostic::Sink;
use crate::document::{EntityDocument, EstateDocument, NodeKind, PlainEntities};
use crate::source::{Source, SourceId, SourceMap, Span};

/// Says whether a text is a JSON list.
pub(super) fn recognises(source: &Source) -> bool {
    matches!(extension(source.path()), None | Some("json")) && first_byte(source.text()) == Some(b'[')
}

/// Reads the list as an estate that says neither when it was true nor where it comes from.
pub(super) fn estate(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> Option<EstateDocument> {
    let mut reading = Reading::open(sources, id, sink)?;
    let estate = values::within_limit(&mut reading).and_then(|()| list(&mut reading));
    let estate = estate.map(|(plain, entities)| EstateDocument {
        source: id,
        taken: None,
        origin: None,
        circles: Vec::new(),
        plain,
        entities,
    });
    reading.close(estate)
}

/// The entities that were taken by a scan, and the others.
fn list(reading: &mut Reading<'_>) -> Option<(Option<PlainEntities>, Vec<EntityDocument>)> {
    let begin = reading.text().len() - reading.text().trim_ascii_start().len();
    let listed = plain::list(reading, begin);
    match listed.filter(|listed| reading.text().trim_ascii_end().len() == listed.end) {
        Some(listed) => {
            let span = reading.span(begin, listed.end);
            let (plain, entities) = entities_of(reading, listed, span)?;
            Some((Some(plain), entities))
        }
        None => whole(reading).map(|entities| (None, entities)),
    }
}

/// Reads the list as one value, whatever is wrong with it.
fn whole(reading: &mut Reading<'_>) -> Option<Vec<EntityDocument>> {
    let root = json::read(reading)?;
    let NodeKind::List(items) = root.kind else { return None };
    within_limit(reading, items.len(), root.span)?;
    Some(entities(reading, items))
}

/// The entities of a list: those that were taken already, and the others, which are read now.
pub(super) fn entities_of(
    reading: &mut Reading<'_>,
    listed: Listed,
    span: Span,
) -> Option<(PlainEntities, Vec<EntityDocument>)> {
    within_limit(reading, listed.plain.starts.len() + listed.others.len(), span)?;
    let mut others = Vec::new();
    for start in listed.others {
        let node = json::read_value(reading, start)?;
        others.extend(entity(reading, node));
    }
    Some((listed.plain.of(reading), others))
}

fn within_limit(reading: &mut Reading<'_>, count: usize, span: Span) -> Option<()> {
    if count > limits::ENTITIES {
        reading.over_limit(span, &format!("the estate has {count} entities"), limits::ENTITIES);
        return None;
    }
    Some(())
}
