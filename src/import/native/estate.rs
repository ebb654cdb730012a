//! Estates and their entities.

use std::fmt::Write as _;

use super::super::cedar_entities::entities_of;
use super::super::plain::{self, Listed};
use super::super::reading::{Reading, shown};
use super::super::{is_json, limits, read, values};
use super::fields::{Fields, header};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Account, EntityDocument, EstateDocument, Node, NodeKind};
use crate::source::{SourceId, SourceMap, Spanned};

const ESTATE: &[&str] = &["schema", "taken", "source", "circles", "entities"];
const HEADER: &[&str] = &["schema", "taken", "source", "circles"];
const ENTITY: &[&str] = &["uid", "parents", "attrs", "tags"];
const UID: &[&str] = &["type", "id"];

/// Reads a file of kind `countersign.estate/1`.
pub(in crate::import) fn estate(
    sources: &SourceMap,
    id: SourceId,
    sink: &mut Sink,
) -> Option<EstateDocument> {
    let mut reading = Reading::open(sources, id, sink)?;
    let estate = whole(&mut reading);
    reading.close(estate)
}

fn whole(reading: &mut Reading<'_>) -> Option<EstateDocument> {
    let followed = match is_json(reading) {
        true => {
            values::within_limit(reading)?;
            plain::estate(reading)
        }
        false => None,
    };
    match followed {
        Some((fields, listed)) => {
            let root = fields.read(reading, Some((listed.begin, listed.end)))?;
            document(reading, root, listed)
        }
        None => read(reading).and_then(|root| document(reading, root, Listed::default())),
    }
}

/// Reads the fields of an estate; `listed` are entities that are not among its nodes.
fn document(reading: &mut Reading<'_>, root: Node, listed: Listed) -> Option<EstateDocument> {
    let mut fields = Fields::open(reading, root, "an estate", ESTATE)?;
    header(reading, &mut fields, "estate");
    let taken = fields.take("taken").and_then(|node| reading.line("taken", node));
    let origin = fields.take("source").and_then(|node| reading.title("source", node));
    let circles = circles(reading, &mut fields);
    let items = fields.required(reading, "entities").and_then(|node| reading.list("entities", node))?;
    let (plain, others) = entities_of(reading, listed, fields.span)?;
    if items.len() > limits::ENTITIES {
        let what = format!("the estate has {} entities", items.len());
        reading.over_limit(fields.span, &what, limits::ENTITIES);
        return None;
    }
    let entities = others.into_iter().chain(entities(reading, items)).collect();
    let plain = Some(plain).filter(|plain| !plain.is_empty());
    Some(EstateDocument { source: reading.source(), taken, origin, circles, plain, entities })
}

/// The groups that are in each other, a list of lists of uids.
pub(in crate::import) fn circles(
    reading: &mut Reading<'_>,
    fields: &mut Fields,
) -> Vec<Vec<Spanned<String>>> {
    let circles = fields.take("circles").and_then(|node| reading.list("circles", node)).unwrap_or_default();
    let groups = circles.into_iter().filter_map(|circle| {
        let groups = reading.list("circles", circle)?;
        Some(groups.into_iter().filter_map(|group| uid(reading, "circles", group)).collect())
    });
    groups.collect()
}

/// Opens the header line of an estate in JSON Lines.
pub(in crate::import) fn open_estate_header(reading: &mut Reading<'_>, node: Node) -> Option<Fields> {
    Fields::open(reading, node, "the header of an estate", HEADER)
}

/// Reads entities; those with a problem are left out.
pub(in crate::import) fn entities(reading: &mut Reading<'_>, items: Vec<Node>) -> Vec<EntityDocument> {
    items.into_iter().filter_map(|item| entity(reading, item)).collect()
}

/// Reads an entity, as this program or as Cedar writes it.
pub(in crate::import) fn entity(reading: &mut Reading<'_>, node: Node) -> Option<EntityDocument> {
    let mut fields = Fields::open(reading, node, "an entity", ENTITY)?;
    let uid = fields.required(reading, "uid").and_then(|node| uid(reading, "uid", node));
    let parents = fields.take("parents").and_then(|node| reading.list("parents", node)).unwrap_or_default();
    let parents = parents.into_iter().filter_map(|parent| self::uid(reading, "parents", parent)).collect();
    let attributes = fields.take("attrs").and_then(|node| reading.map("attrs", node)).unwrap_or_default();
    let tags = fields.take("tags").and_then(|node| reading.map("tags", node)).unwrap_or_default();
    let account = Account::Described;
    Some(EntityDocument { span: fields.span, uid: uid?, parents, attributes, tags, account })
}

/// Reads a uid: `User::"dana"`, `{ type: User, id: dana }`, or the latter under `__entity`.
pub(super) fn uid(reading: &mut Reading<'_>, field: &str, node: Node) -> Option<Spanned<String>> {
    let span = node.span;
    let node = match node.kind {
        NodeKind::Map(mut entries) if matches!(&*entries, [(key, _)] if key.value == "__entity") => {
            entries.pop().map(|(_, value)| value)?
        }
        kind => Node { span, kind },
    };
    if !matches!(node.kind, NodeKind::Map(_)) {
        return reading.name(field, node);
    }
    let mut fields = Fields::open(reading, node, "a uid", UID)?;
    let entity_type = fields.required(reading, "type").and_then(|node| reading.name("type", node));
    let id = fields.required(reading, "id").and_then(|node| reading.line("id", node));
    let (entity_type, id) = (entity_type?, id?);
    if !is_type_name(&entity_type.value) {
        let message = format!("`{}` is not the name of an entity type", shown(&entity_type.value));
        reading.push(Diagnostic::new(Code::MalformedUid, message).label(entity_type.span, ""));
        return None;
    }
    Some(Spanned::new(format!("{}::\"{}\"", entity_type.value, escaped(&id.value)), span))
}

/// Says whether a text is identifiers joined by `::`.
pub(in crate::import) fn is_type_name(text: &str) -> bool {
    text.split("::").all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

/// A text as it stands between the quotes of a Cedar string.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => escaped.extend(['\\', character]),
            control if control.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "\\u{{{:x}}}", control as u32);
            }
            other => escaped.push(other),
        }
    }
    escaped
}
