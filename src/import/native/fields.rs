//! Mappings with known keys.

use super::super::reading::{Reading, shown};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::{Span, Spanned};

/// A mapping whose fields are handed out by name.
pub(in crate::import) struct Fields {
    /// What the mapping is, with its article: `a step`.
    what: &'static str,
    /// The whole mapping.
    pub span: Span,
    /// Where to point for what is not there.
    head: Span,
    entries: Vec<(Spanned<String>, Node)>,
}

impl Fields {
    /// Opens a mapping and reports every key that is not among the known ones.
    pub fn open(
        reading: &mut Reading<'_>,
        node: Node,
        what: &'static str,
        known: &[&'static str],
    ) -> Option<Self> {
        if reading.is_full() {
            return None;
        }
        let NodeKind::Map(entries) = node.kind else {
            reading.wrong_shape(what, &node, "a mapping");
            return None;
        };
        let head = entries.first().map_or(node.span, |(key, _)| key.span);
        let mut fields = Self { what, span: node.span, head, entries: Vec::new() };
        for (key, value) in entries {
            if known.contains(&key.value.as_str()) {
                fields.entries.push((key, value));
            } else {
                unknown(reading, &key, what, known);
            }
        }
        Some(fields)
    }

    /// The value of a field that may be missing.
    pub fn take(&mut self, name: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(key, _)| key.value == name)?;
        Some(self.entries.swap_remove(at).1)
    }

    /// The value of a field that must be there.
    pub fn required(&mut self, reading: &mut Reading<'_>, name: &str) -> Option<Node> {
        let value = self.take(name);
        if value.is_none() {
            let message = format!("{} has no `{name}`", self.what);
            reading.push(
                Diagnostic::new(Code::MissingField, message)
                    .label(self.head, "")
                    .hint(format!("add `{name}`")),
            );
        }
        value
    }
}

/// Reports a key that a mapping does not have.
pub(super) fn unknown(reading: &mut Reading<'_>, key: &Spanned<String>, what: &str, known: &[&'static str]) {
    if reading.is_full() {
        return;
    }
    let message = format!("{what} has no field `{}`", shown(&key.value));
    let mut diagnostic = Diagnostic::new(Code::UnknownField, message).label(key.span, "");
    let suggested = diagnostic.hints.len();
    if key.value.len() <= 64 {
        diagnostic = diagnostic.did_you_mean(&key.value, known.iter().copied());
    }
    if diagnostic.hints.len() == suggested {
        let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        diagnostic = diagnostic.hint(format!("its fields are {}", known.join(", ")));
    }
    reading.push(diagnostic);
}

/// Checks that a file says it is of the expected kind and version.
pub(in crate::import) fn header(reading: &mut Reading<'_>, fields: &mut Fields, kind: &str) {
    let Some(schema) = fields.required(reading, "schema").and_then(|node| reading.line("schema", node))
    else {
        return;
    };
    let expected = format!("countersign.{kind}/1");
    if schema.value != expected {
        let message =
            format!("the file is of kind `{}`, and `{expected}` is expected here", shown(&schema.value));
        let hint = match schema.value.split_once('/') {
            Some((name, _)) if name == format!("countersign.{kind}") => {
                "this program reads version 1; a newer program may read the file".to_string()
            }
            _ => format!("write `schema: {expected}` if it is one"),
        };
        reading.push(Diagnostic::new(Code::SchemaVersion, message).label(schema.span, "").hint(hint));
    }
}
