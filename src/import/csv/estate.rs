//! Tables of entities to estates.

use std::collections::BTreeMap;

use super::super::directory::uid;
use super::super::fidelity::Fidelity;
use super::super::mapping::section;
use super::super::reading::{Reading, shown};
use super::super::{EstateParts, Options};
use super::mapping::{Column, Entities, Form, read};
use super::rows::{Row, rows};
use super::{column, unmapped};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Account, EntityDocument, EstateDocument, Node, NodeKind};
use crate::source::{SourceId, SourceMap, Span, Spanned};

/// Reads a table of entities.
pub(in crate::import) fn estate(
    sources: &SourceMap,
    id: SourceId,
    options: &Options,
    sink: &mut Sink,
) -> Option<EstateParts> {
    let mapping = section(sources, options.mapping, "csv", sink, read).ok()?;
    let separator = mapping.as_ref().map_or(',', |mapping| mapping.separator);
    let Some(table) = mapping.and_then(|mapping| mapping.entities) else {
        unmapped(sink, Span::new(id, 0, 0), "entities");
        return None;
    };
    let mut reading = Reading::open(sources, id, sink)?;
    let mut entities = rows(&mut reading, separator)
        .and_then(|(header, rows)| entities(&mut reading, &table, &header, &rows))
        .unwrap_or_default();
    let mut fidelity = Fidelity::default();
    fidelity.count("entities", entities.len());
    entities.extend(mentioned(&entities));
    let estate = EstateDocument { source: id, taken: table.taken, origin: None, entities, plain: None };
    reading.close(Some(EstateParts { estate, fidelity }))
}

fn entities(
    reading: &mut Reading<'_>,
    table: &Entities,
    header: &Row,
    rows: &[Row],
) -> Option<Vec<EntityDocument>> {
    let id = column(reading, header, &table.id);
    let parents: Vec<_> =
        table.parents.iter().map(|parent| (parent, column(reading, header, &parent.name))).collect();
    let attributes: Vec<_> = table
        .attributes
        .iter()
        .map(|(key, named)| (key, named, column(reading, header, &named.name)))
        .collect();
    let id = id.filter(|_| !reading.has_errors())?;
    let mut entities = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(name) = row.fields.get(id) else { continue };
        if name.value.is_empty() {
            let hint = "rows are never skipped; give every row a name";
            let diagnostic = Diagnostic::new(Code::InvalidValue, "a row has no name").label(row.span, "");
            reading.push(diagnostic.hint(hint));
            continue;
        }
        reading.check_line(name);
        let groups = parents.iter().filter_map(|(named, number)| Some((*named, row.fields.get((*number)?)?)));
        let groups: Vec<Spanned<String>> = groups.flat_map(|(named, field)| names(named, field)).collect();
        groups.iter().for_each(|group| reading.check_line(group));
        let values = attributes.iter().filter_map(|(key, named, number)| {
            let field = row.fields.get((*number)?)?;
            value(reading, named, field).map(|node| ((*key).clone(), node))
        });
        let values = values.collect();
        entities.push(EntityDocument {
            span: row.span,
            uid: Spanned::new(uid(&table.entity_type.value, &name.value), name.span),
            parents: groups,
            attributes: values,
            tags: Vec::new(),
            account: Account::Described,
        });
    }
    Some(entities)
}

/// The uids that a field names.
fn names(column: &Column, field: &Spanned<String>) -> Vec<Spanned<String>> {
    let entity_type = column.entity_type.as_ref().map_or("Group", |entity_type| entity_type.value.as_str());
    let parts: Vec<&str> = match column.separator {
        Some(separator) => field.value.split(separator).map(str::trim).collect(),
        None => vec![field.value.as_str()],
    };
    let named = parts.into_iter().filter(|part| !part.is_empty());
    named.map(|part| Spanned::new(uid(entity_type, part), field.span)).collect()
}

/// The value of a field; nothing for an empty one.
pub(super) fn value(reading: &mut Reading<'_>, column: &Column, field: &Spanned<String>) -> Option<Node> {
    if field.value.is_empty() {
        return None;
    }
    if let Some(separator) = column.separator {
        let single = Column {
            name: column.name.clone(),
            entity_type: column.entity_type.clone(),
            separator: None,
            form: column.form,
        };
        let parts: Vec<String> = field.value.split(separator).map(|part| part.trim().to_owned()).collect();
        let nodes =
            parts.into_iter().filter_map(|part| value(reading, &single, &Spanned::new(part, field.span)));
        let nodes = nodes.collect();
        return Some(Node { span: field.span, kind: NodeKind::List(nodes) });
    }
    let kind = match (&column.entity_type, column.form) {
        (Some(entity_type), _) => Some(NodeKind::String(uid(&entity_type.value, &field.value))),
        (None, Form::Text) => Some(NodeKind::String(field.value.clone())),
        (None, Form::Number) => field.value.parse().ok().map(NodeKind::Integer),
        (None, Form::Boolean) => match field.value.as_str() {
            "true" | "TRUE" => Some(NodeKind::Bool(true)),
            "false" | "FALSE" => Some(NodeKind::Bool(false)),
            _ => None,
        },
    };
    let Some(kind) = kind else {
        let what = if column.form == Form::Number { "a decimal integer" } else { "`true` or `false`" };
        let message = format!("`{}` is not {what}", shown(&field.value));
        reading.push(Diagnostic::new(Code::WrongValue, message).label(field.span, "the mapping says so"));
        return None;
    };
    let node = Node { span: field.span, kind };
    reading.check_value(&node);
    Some(node)
}

/// The entities that others are in, which another file may describe.
fn mentioned(entities: &[EntityDocument]) -> Vec<EntityDocument> {
    let parents = entities.iter().flat_map(|entity| &entity.parents);
    let parents: BTreeMap<&str, Span> = parents.map(|parent| (parent.value.as_str(), parent.span)).collect();
    let mention = |(uid, span): (&str, Span)| EntityDocument {
        span,
        uid: Spanned::new(uid.to_owned(), span),
        parents: Vec::new(),
        attributes: Vec::new(),
        tags: Vec::new(),
        account: Account::Mentioned,
    };
    parents.into_iter().map(mention).collect()
}
