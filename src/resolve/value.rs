//! Values of files to values of the schema's types.

use std::collections::BTreeMap;

use super::uid;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Node, NodeKind};
use crate::model::{Record, Schema, Type, Value};
use crate::source::{Span, Spanned};

/// Converts a value; everything that does not conform is reported with its place.
pub(super) fn convert(node: &Node, expected: &Type, schema: &Schema, sink: &mut Sink) -> Option<Value> {
    if node.is_unknown() {
        return Some(Value::Unknown);
    }
    match (expected, &node.kind) {
        (Type::Bool, NodeKind::Bool(value)) => Some(Value::Bool(*value)),
        (Type::Long, NodeKind::Integer(value)) => Some(Value::Long(*value)),
        (Type::String, NodeKind::String(value)) => Some(Value::String(value.as_str().into())),
        (Type::Set(element), NodeKind::List(items)) => {
            let values: Vec<Option<Value>> =
                items.iter().map(|item| convert(item, element, schema, sink)).collect();
            values.into_iter().collect::<Option<Vec<Value>>>().map(Value::set)
        }
        (Type::Record(record), NodeKind::Map(entries)) => {
            fields(entries, record, node.span, schema, sink).map(Value::record)
        }
        (Type::Entity(_), _) => entity(node, expected, schema, sink),
        (Type::Extension(name), _) => extension(node, name, schema, sink),
        _ => {
            sink.push(mismatch(node, expected));
            None
        }
    }
}

fn mismatch(node: &Node, expected: &Type) -> Diagnostic {
    let message = format!("expected {expected} and found {}", node.describe());
    let diagnostic =
        Diagnostic::new(Code::WrongValue, message).label(node.span, format!("the schema says {expected}"));
    match (expected, &node.kind) {
        (Type::String, NodeKind::Integer(_) | NodeKind::Bool(_)) => {
            diagnostic.hint("put it in quotes to make it a text")
        }
        (Type::Set(_), _) => diagnostic.hint("write a list, `[…]`"),
        _ => diagnostic,
    }
}

fn entity(node: &Node, expected: &Type, schema: &Schema, sink: &mut Sink) -> Option<Value> {
    let text = match &node.kind {
        NodeKind::String(text) => text.clone(),
        NodeKind::Map(_) => match uid_of_json(node) {
            Some(text) => text,
            None => {
                sink.push(mismatch(node, expected));
                return None;
            }
        },
        _ => {
            sink.push(mismatch(node, expected));
            return None;
        }
    };
    let uid = uid::read(&text, node.span, schema, sink)?;
    if *expected != Type::Entity(uid.type_name().clone()) {
        let message = format!("expected {expected} and found `{uid}`");
        sink.push(
            Diagnostic::new(Code::WrongValue, message)
                .label(node.span, format!("the schema says {expected}")),
        );
        return None;
    }
    Some(Value::Entity(uid))
}

/// The text of a uid in Cedar's JSON form, `{"__entity": {"type": …, "id": …}}` or the inner record.
fn uid_of_json(node: &Node) -> Option<String> {
    let inner = node.get("__entity").unwrap_or(node);
    let (Some(type_node), Some(id_node)) = (inner.get("type"), inner.get("id")) else { return None };
    match (&type_node.kind, &id_node.kind) {
        (NodeKind::String(type_name), NodeKind::String(id)) => {
            Some(format!("{type_name}::\"{}\"", id.escape_debug()))
        }
        _ => None,
    }
}

fn extension(node: &Node, name: &str, schema: &Schema, sink: &mut Sink) -> Option<Value> {
    let text = match &node.kind {
        NodeKind::String(text) => Some(text),
        NodeKind::Map(_) => {
            node.get("__extn").unwrap_or(node).get("arg").and_then(|argument| match &argument.kind {
                NodeKind::String(text) => Some(text),
                _ => None,
            })
        }
        _ => None,
    };
    let Some(text) = text else {
        let message = format!("expected {name} and found {}", node.describe());
        sink.push(Diagnostic::new(Code::WrongValue, message).label(node.span, "write it as a quoted text"));
        return None;
    };
    match (schema.read_extension)(name, text) {
        Ok(extension) => Some(Value::Extension(extension)),
        Err(why) => {
            sink.push(Diagnostic::new(Code::WrongValue, why).label(node.span, format!("not a {name}")));
            None
        }
    }
}

/// Converts the fields of a record, or the attributes of an entity.
pub fn fields(
    entries: &[(Spanned<String>, Node)],
    record: &Record,
    whole: Span,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<BTreeMap<String, Value>> {
    let mut converted = BTreeMap::new();
    let mut complete = true;
    for (name, node) in entries {
        match record.fields.get(&name.value) {
            Some((expected, _)) => match convert(node, expected, schema, sink) {
                Some(value) => {
                    converted.insert(name.value.clone(), value);
                }
                None => complete = false,
            },
            None => {
                complete = false;
                sink.push(
                    Diagnostic::new(
                        Code::WrongValue,
                        format!("the schema declares no `{}` here", name.value),
                    )
                    .label(name.span, "not declared")
                    .did_you_mean(&name.value, record.fields.keys().map(String::as_str)),
                );
            }
        }
    }
    for (name, (expected, required)) in &record.fields {
        if *required && !entries.iter().any(|(given, _)| given.value == *name) {
            complete = false;
            let message = format!("`{name}` is required and absent");
            sink.push(
                Diagnostic::new(Code::WrongValue, message)
                    .label(whole, format!("lacks `{name}`, {expected}")),
            );
        }
    }
    complete.then_some(converted)
}
