//! TOML text to nodes.

use toml::Spanned as Placed;
use toml::de::{DeTable, DeValue, Error};

use super::limits;
use super::reading::{Reading, shown};
use super::scalar::integer;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::Spanned;

/// Reads a text that is one TOML document; its parser goes on after an error.
pub(super) fn read(reading: &mut Reading<'_>) -> Option<Node> {
    let text = reading.text();
    if text.len() > limits::TOML_BYTES {
        let span = reading.at(0);
        reading.over_limit(span, &format!("the TOML file has {} bytes", text.len()), limits::TOML_BYTES);
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let root = table.span();
        let kind = map(reading, table.into_inner(), 1);
        return Some(Node { span: reading.span(root.start, root.end), kind });
    }
    for error in errors.iter().take(limits::PROBLEMS + 1) {
        let diagnostic = explain(reading, error);
        reading.stop(diagnostic);
    }
    None
}

/// Reads a table; the parser's own limit of 80 levels bounds the recursion.
fn map(reading: &mut Reading<'_>, table: DeTable<'_>, depth: usize) -> NodeKind {
    let mut entries: Vec<_> = table
        .into_iter()
        .map(|(key, value)| {
            let span = reading.span(key.span().start, key.span().end);
            let key = Spanned::new(key.into_inner().into_owned(), span);
            let value = node(reading, value, depth);
            (key, value)
        })
        .collect();
    entries.sort_by_key(|(key, _)| key.span);
    NodeKind::Map(entries)
}

fn node(reading: &mut Reading<'_>, value: Placed<DeValue<'_>>, depth: usize) -> Node {
    let place = value.span();
    let span = reading.span(place.start, place.end);
    let raw = reading.text().get(place).unwrap_or_default();
    let value = value.into_inner();
    if matches!(value, DeValue::Array(_) | DeValue::Table(_)) && depth >= limits::NESTING {
        reading.parse_limit(span, "lists and mappings are nested deeper", limits::NESTING);
        return Node { span, kind: NodeKind::List(Vec::new()) };
    }
    let refused = match value {
        DeValue::String(text) => return Node { span, kind: NodeKind::String(text.into_owned()) },
        DeValue::Boolean(value) => return Node { span, kind: NodeKind::Bool(value) },
        DeValue::Array(items) => {
            let items = items.into_iter().map(|item| node(reading, item, depth + 1)).collect();
            return Node { span, kind: NodeKind::List(items) };
        }
        DeValue::Table(table) => return Node { span, kind: map(reading, table, depth + 1) },
        DeValue::Integer(_) => match integer(raw) {
            Ok(value) => return Node { span, kind: NodeKind::Integer(value) },
            Err(why) => number(raw, why),
        },
        DeValue::Float(_) => number(raw, "it has a fraction or an exponent"),
        DeValue::Datetime(_) => {
            Diagnostic::new(Code::WrongShape, format!("`{}` is a date or time", shown(raw)))
                .hint("put the value in quotes")
        }
    };
    let node = Node { span, kind: NodeKind::String(raw.to_owned()) };
    reading.push_broken(&node, refused.label(span, ""));
    node
}

fn number(raw: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::Number, format!("`{}` is not a number that can be used: {why}", shown(raw)))
        .hint("write a decimal integer, or put the value in quotes if it is a text")
}

fn explain(reading: &Reading<'_>, error: &Error) -> Diagnostic {
    let place = error.span().unwrap_or(0..0);
    let span = reading.span(place.start, place.end);
    let said = error.message();
    if said.contains("duplicate key") {
        let key = reading.text().get(place).unwrap_or_default();
        return Diagnostic::new(
            Code::DuplicateKey,
            format!("the key `{}` stands twice in one table", shown(key)),
        )
        .label(span, "again here")
        .hint("delete one of them");
    }
    if said.contains("recurs") {
        let message = format!("lists and mappings are nested deeper than the limit of {}", limits::NESTING);
        return Diagnostic::new(Code::Limit, message).label(span, "");
    }
    Diagnostic::new(Code::Syntax, format!("the TOML cannot be read: {said}")).label(span, "")
}
