//! Catalogues of operations.

use super::super::cedar::too_deep;
use super::super::reading::Reading;
use super::super::{limits, read};
use super::fields::{Fields, header, unknown};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{
    ChangeDocument, ChangeKind, Node, NodeKind, OperationDocument, OperationsDocument, Slot,
};
use crate::source::{SourceId, SourceMap, Span, Spanned};

const CATALOGUE: &[&str] = &["schema", "operations"];
const OPERATION: &[&str] = &["title", "docs", "changes"];

/// The forms of a change: the word that says which it is, and all its fields.
const FORMS: &[(&str, &[&str])] = &[
    ("create", &["create", "id", "parents", "attrs", "tags", "when"]),
    ("delete", &["delete", "when"]),
    ("set", &["set", "attr", "tag", "value", "when"]),
    ("unset", &["unset", "attr", "tag", "when"]),
    ("add", &["add", "attr", "tag", "value", "when"]),
    ("remove", &["remove", "attr", "tag", "value", "when"]),
    ("join", &["join", "parent", "when"]),
    ("leave", &["leave", "parent", "when"]),
    ("link", &["link", "principal", "resource", "when"]),
    ("unlink", &["unlink", "principal", "resource", "when"]),
];

/// Reads a file of kind `countersign.operations/1`.
pub(in crate::import) fn operations(
    sources: &SourceMap,
    id: SourceId,
    sink: &mut Sink,
) -> Option<OperationsDocument> {
    let mut reading = Reading::open(sources, id, sink)?;
    let operations = read(&mut reading).and_then(|root| document(&mut reading, root));
    reading.close(operations)
}

fn document(reading: &mut Reading<'_>, root: Node) -> Option<OperationsDocument> {
    let mut fields = Fields::open(reading, root, "a catalogue of operations", CATALOGUE)?;
    header(reading, &mut fields, "operations");
    let node = fields.required(reading, "operations")?;
    let NodeKind::Map(entries) = node.kind else {
        reading.wrong_shape("`operations`", &node, "a mapping");
        return None;
    };
    let operations = entries.into_iter().filter_map(|(name, node)| operation(reading, name, node)).collect();
    Some(OperationsDocument { span: fields.span, operations })
}

fn operation(reading: &mut Reading<'_>, name: Spanned<String>, node: Node) -> Option<OperationDocument> {
    reading.check_line(&name);
    let mut fields = Fields::open(reading, node, "an operation", OPERATION)?;
    let title = fields.take("title").and_then(|node| reading.title("title", node));
    let docs = fields.take("docs").and_then(|node| reading.line("docs", node));
    let changes = fields.required(reading, "changes").and_then(|node| reading.list("changes", node))?;
    let changes = changes.into_iter().filter_map(|item| change(reading, item)).collect();
    Some(OperationDocument { name, title, docs, changes })
}

fn change(reading: &mut Reading<'_>, node: Node) -> Option<ChangeDocument> {
    let (form, known) = form(reading, &node)?;
    let mut fields = Fields::open(reading, node, "a change", known)?;
    let when = fields.take("when").and_then(|node| expression(reading, "when", node));
    let span = fields.span;
    let subject = fields.take(form)?;
    let kind = match form {
        "create" => create(reading, &mut fields, subject),
        "link" | "unlink" => link(reading, &mut fields, form, subject),
        _ => entity_change(reading, &mut fields, form, subject),
    };
    Some(ChangeDocument { span, when, kind: kind? })
}

/// Which change a mapping is, by the one word of [`FORMS`] that it has.
fn form(reading: &mut Reading<'_>, node: &Node) -> Option<(&'static str, &'static [&'static str])> {
    let NodeKind::Map(entries) = &node.kind else {
        reading.wrong_shape("a change", node, "a mapping");
        return None;
    };
    let said = |name: &str| entries.iter().find(|(key, _)| key.value == name).map(|(key, _)| key.span);
    let mut found: Vec<_> = FORMS.iter().filter_map(|form| said(form.0).map(|span| (span, *form))).collect();
    found.sort_by_key(|(span, _)| *span);
    match &*found {
        [(_, form)] => Some(*form),
        [] => {
            no_form(reading, node.span, entries);
            None
        }
        [(first, one), (second, other), ..] => {
            let message = format!("a change has both `{}` and `{}`", one.0, other.0);
            reading.push(
                Diagnostic::new(Code::WrongShape, message)
                    .label(*second, "")
                    .label(*first, "")
                    .hint("write two changes"),
            );
            None
        }
    }
}

fn no_form(reading: &mut Reading<'_>, span: Span, entries: &[(Spanned<String>, Node)]) {
    let words: Vec<&'static str> = FORMS.iter().map(|form| form.0).collect();
    let fields = |name: &str| FORMS.iter().any(|form| form.1.contains(&name));
    let mut misspelt = entries.iter().filter(|(key, _)| !fields(&key.value)).peekable();
    if misspelt.peek().is_none() {
        let head = entries.first().map_or(span, |(key, _)| key.span);
        let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
        let diagnostic =
            Diagnostic::new(Code::MissingField, "a change does not say what it does").label(head, "");
        reading.push(diagnostic.hint(format!("add one of {}", words.join(", "))));
    }
    for (key, _) in misspelt {
        unknown(reading, key, "a change", &words);
    }
}

fn create(reading: &mut Reading<'_>, fields: &mut Fields, subject: Node) -> Option<ChangeKind> {
    let entity_type = reading.name("create", subject);
    let id = fields.required(reading, "id").and_then(|node| expression(reading, "id", node));
    let parents = fields.take("parents").and_then(|node| reading.list("parents", node)).unwrap_or_default();
    let parents = parents.into_iter().filter_map(|node| expression(reading, "parents", node)).collect();
    let attributes = expressions(reading, fields, "attrs");
    let tags = expressions(reading, fields, "tags");
    Some(ChangeKind::Create { entity_type: entity_type?, id: id?, parents, attributes, tags })
}

fn link(reading: &mut Reading<'_>, fields: &mut Fields, form: &str, subject: Node) -> Option<ChangeKind> {
    let template = reading.name(form, subject);
    let principal = fields.take("principal").and_then(|node| expression(reading, "principal", node));
    let resource = fields.take("resource").and_then(|node| expression(reading, "resource", node));
    let template = template?;
    Some(match form {
        "link" => ChangeKind::Link { template, principal, resource },
        _ => ChangeKind::Unlink { template, principal, resource },
    })
}

fn entity_change(
    reading: &mut Reading<'_>,
    fields: &mut Fields,
    form: &str,
    subject: Node,
) -> Option<ChangeKind> {
    let entity = expression(reading, form, subject);
    match form {
        "delete" => Some(ChangeKind::Delete { entity: entity? }),
        "join" | "leave" => {
            let parent =
                fields.required(reading, "parent").and_then(|node| expression(reading, "parent", node));
            let (entity, parent) = (entity?, parent?);
            Some(match form {
                "join" => ChangeKind::Join { entity, parent },
                _ => ChangeKind::Leave { entity, parent },
            })
        }
        "unset" => {
            let slot = slot(reading, fields);
            Some(ChangeKind::Unset { entity: entity?, slot: slot? })
        }
        _ => {
            let slot = slot(reading, fields);
            let value = fields.required(reading, "value").and_then(|node| expression(reading, "value", node));
            let (entity, slot, value) = (entity?, slot?, value?);
            Some(match form {
                "set" => ChangeKind::Set { entity, slot, value },
                "add" => ChangeKind::Add { entity, slot, value },
                _ => ChangeKind::Remove { entity, slot, value },
            })
        }
    }
}

fn slot(reading: &mut Reading<'_>, fields: &mut Fields) -> Option<Slot> {
    match (fields.take("attr"), fields.take("tag")) {
        (Some(node), None) => reading.name("attr", node).map(Slot::Attribute),
        (None, Some(node)) => reading.name("tag", node).map(Slot::Tag),
        (Some(attr), Some(tag)) => {
            reading.push(
                Diagnostic::new(Code::WrongShape, "a change has both `attr` and `tag`")
                    .label(tag.span, "")
                    .label(attr.span, "")
                    .hint("write two changes"),
            );
            None
        }
        (None, None) => {
            let diagnostic = Diagnostic::new(Code::MissingField, "a change names neither `attr` nor `tag`");
            reading.push(diagnostic.label(fields.span, "").hint("add `attr` or `tag`"));
            None
        }
    }
}

/// The values of a mapping, each an expression.
fn expressions(reading: &mut Reading<'_>, fields: &mut Fields, name: &str) -> Vec<(Spanned<String>, Node)> {
    let entries = fields.take(name).and_then(|node| reading.map(name, node)).unwrap_or_default();
    entries
        .into_iter()
        .filter_map(|(key, node)| expression(reading, name, node).map(|node| (key, node)))
        .collect()
}

/// A Cedar expression as a text, or a number or boolean that stands for itself.
fn expression(reading: &mut Reading<'_>, field: &str, node: Node) -> Option<Node> {
    match &node.kind {
        NodeKind::List(_) | NodeKind::Map(_) => {
            reading.wrong_shape(&format!("`{field}`"), &node, "an expression");
            None
        }
        NodeKind::String(text) if text.trim().is_empty() => {
            if !reading.is_broken(&node) {
                let message = format!("`{field}` is empty");
                reading.push(Diagnostic::new(Code::InvalidValue, message).label(node.span, ""));
            }
            None
        }
        NodeKind::String(text) if too_deep(text).is_some() => {
            reading.over_limit(node.span, "the expression is nested too deep", limits::NESTING);
            None
        }
        _ => {
            reading.check_value(&node);
            Some(node)
        }
    }
}
