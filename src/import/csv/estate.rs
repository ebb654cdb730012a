//! Tables of entities to estates.

use std::collections::BTreeMap;

use super::super::directory::uid;
use super::super::fidelity::Fidelity;
use super::super::mapping::section;
use super::super::reading::{Reading, shown};
use super::super::{EstateParts, Options};
use super::mapping::{Column, Entities, Form, Mapping, Memberships, read};
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
    let Some(Mapping { entities: described, memberships, .. }) =
        mapping.filter(|mapping| mapping.entities.is_some() || mapping.memberships.is_some())
    else {
        unmapped(sink, Span::new(id, 0, 0), "entities` or `memberships");
        return None;
    };
    let mut reading = Reading::open(sources, id, sink)?;
    let mut fidelity = Fidelity::default();
    let mut taken = None;
    let mut entities = match rows(&mut reading, separator) {
        Some((header, rows)) => match table(&header, described.as_ref(), memberships.as_ref())? {
            Table::Entities(table) => {
                taken.clone_from(&table.taken);
                let found = entities(&mut reading, table, &header, &rows).unwrap_or_default();
                fidelity.count("entities", found.len());
                found
            }
            Table::Memberships(table) => {
                let found = joined(&mut reading, table, &header, &rows).unwrap_or_default();
                fidelity.count("memberships", found.iter().map(|entity| entity.parents.len()).sum());
                found
            }
        },
        None => Vec::new(),
    };
    entities.extend(mentioned(&entities));
    let estate =
        EstateDocument { source: id, taken, origin: None, circles: Vec::new(), entities, plain: None };
    reading.close(Some(EstateParts { estate, fidelity }))
}

/// What a file of a mapping is.
enum Table<'a> {
    Entities(&'a Entities),
    Memberships(&'a Memberships),
}

/// A file has memberships where it has their columns, and not all those of a table of entities.
fn table<'a>(
    header: &Row,
    entities: Option<&'a Entities>,
    memberships: Option<&'a Memberships>,
) -> Option<Table<'a>> {
    let has = |name: &Spanned<String>| header.fields.iter().any(|field| field.value == name.value);
    let described = |table: &Entities| {
        has(&table.id)
            && table.parents.iter().all(|parent| has(&parent.name))
            && table.attributes.iter().all(|(_, column)| has(&column.name))
    };
    let joins = |table: &Memberships| has(&table.member.name) && has(&table.group.name);
    match (entities, memberships) {
        (Some(entities), Some(memberships)) if joins(memberships) && !described(entities) => {
            Some(Table::Memberships(memberships))
        }
        (Some(entities), _) => Some(Table::Entities(entities)),
        (None, memberships) => memberships.map(Table::Memberships),
    }
}

/// The memberships of a table, each as a record that adds parents to its member.
fn joined(
    reading: &mut Reading<'_>,
    table: &Memberships,
    header: &Row,
    rows: &[Row],
) -> Option<Vec<EntityDocument>> {
    let member = column(reading, header, &table.member.name);
    let group = column(reading, header, &table.group.name);
    let (member, group) = (member?, group?);
    let mut entities = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(one), Some(other)) = (row.fields.get(member), row.fields.get(group)) else { continue };
        let (members, groups) = (names(&table.member, one), names(&table.group, other));
        if members.is_empty() || groups.is_empty() {
            let message = "a row does not say who is in what";
            let diagnostic = Diagnostic::new(Code::InvalidValue, message).label(row.span, "");
            reading.push(diagnostic.hint("rows are never skipped; give every row a member and a group"));
            continue;
        }
        members.iter().chain(&groups).for_each(|name| reading.check_line(name));
        entities.extend(members.into_iter().map(|member| EntityDocument {
            span: row.span,
            uid: member,
            parents: groups.clone(),
            attributes: Vec::new(),
            tags: Vec::new(),
            account: Account::Joined,
        }));
    }
    Some(entities)
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
