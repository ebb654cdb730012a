//! Values of the shape that a field expects.

use super::reading::{Reading, shown};
use super::{limits, text};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::{Span, Spanned, is_hidden, visible};

impl Reading<'_> {
    /// A text.
    pub fn string(&mut self, field: &str, node: Node) -> Option<Spanned<String>> {
        let broken = self.is_broken(&node);
        match node.kind {
            NodeKind::String(value) if !broken => Some(Spanned::new(value, node.span)),
            _ => {
                self.wrong_shape(&format!("`{field}`"), &node, "a string");
                None
            }
        }
    }

    /// A title or note: a text that may hold any character.
    pub fn title(&mut self, field: &str, node: Node) -> Option<Spanned<String>> {
        let title = self.string(field, node)?;
        self.exempt_range(title.span.range());
        if title.value.len() > limits::TITLE_BYTES {
            self.over_limit(
                title.span,
                &format!("`{field}` has {} bytes", title.value.len()),
                limits::TITLE_BYTES,
            );
        }
        Some(title)
    }

    /// A text of one line without hidden characters.
    pub fn line(&mut self, field: &str, node: Node) -> Option<Spanned<String>> {
        let line = self.string(field, node)?;
        self.check_line(&line);
        Some(line)
    }

    /// A text of one line without hidden characters that is not empty.
    pub fn name(&mut self, field: &str, node: Node) -> Option<Spanned<String>> {
        let name = self.line(field, node)?;
        if name.value.is_empty() {
            self.push(
                Diagnostic::new(Code::InvalidValue, format!("`{field}` is empty")).label(name.span, ""),
            );
            return None;
        }
        Some(name)
    }

    /// An id of a plan, phase or step.
    pub fn id(&mut self, field: &str, node: Node) -> Option<Spanned<String>> {
        let id = self.name(field, node)?;
        if id.value.len() > limits::ID_BYTES {
            self.over_limit(id.span, &format!("an id has {} bytes", id.value.len()), limits::ID_BYTES);
        } else if let Some(wrong) = id.value.chars().find(|character| !is_id_character(*character)) {
            let message = format!("the id `{}` holds `{}`", shown(&id.value), visible(&wrong.to_string()));
            self.push(
                Diagnostic::new(Code::InvalidId, message)
                    .label(id.span, "")
                    .hint("ids are made of ASCII letters, digits, `.`, `_` and `-`"),
            );
        }
        Some(id)
    }

    /// A list.
    pub fn list(&mut self, field: &str, node: Node) -> Option<Vec<Node>> {
        match node.kind {
            NodeKind::List(items) => Some(items),
            _ => {
                self.wrong_shape(&format!("`{field}`"), &node, "a list");
                None
            }
        }
    }

    /// A list of names.
    pub fn names(&mut self, field: &str, node: Node) -> Option<Vec<Spanned<String>>> {
        if let NodeKind::String(word) = &node.kind
            && !self.is_broken(&node)
        {
            let message = format!("`{field}` is a string and must be a list");
            let hint = format!("write `{field}: [{}]`", shown(word));
            self.push(Diagnostic::new(Code::WrongShape, message).label(node.span, "").hint(hint));
            return None;
        }
        let items = self.list(field, node)?;
        Some(items.into_iter().filter_map(|item| self.name(field, item)).collect())
    }

    /// A mapping whose keys are names and whose values are any values.
    pub fn map(&mut self, field: &str, node: Node) -> Option<Vec<(Spanned<String>, Node)>> {
        match node.kind {
            NodeKind::Map(entries) => {
                for (key, value) in &entries {
                    self.check_line(key);
                    self.check_value(value);
                }
                Some(entries)
            }
            _ => {
                self.wrong_shape(&format!("`{field}`"), &node, "a mapping");
                None
            }
        }
    }

    /// Says that a value is of another kind than its key expects.
    pub fn wrong_shape(&mut self, subject: &str, node: &Node, expected: &str) {
        if self.is_broken(node) || self.is_full() {
            return;
        }
        let message = format!("{subject} is {} and must be {expected}", node.describe());
        let mut diagnostic = Diagnostic::new(Code::WrongShape, message).label(node.span, "");
        if expected == "a string" && matches!(node.kind, NodeKind::Integer(_) | NodeKind::Bool(_)) {
            diagnostic = diagnostic.hint("put the value in quotes if it is a text");
        }
        self.push(diagnostic);
    }

    /// Refuses hidden characters and line ends in a value or key that is shown on one line.
    pub fn check_line(&mut self, text: &Spanned<String>) {
        self.refuse(text.span, &text.value, |character| {
            is_hidden(character) || matches!(character, '\t' | '\n' | '\r')
        });
    }

    /// Refuses hidden characters in a value, however deep; line ends and tabs are allowed in texts.
    pub fn check_value(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::String(text) => {
                self.refuse(node.span, text, |character| is_hidden(character) || character == '\r');
            }
            NodeKind::List(items) => items.iter().for_each(|item| self.check_value(item)),
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    self.check_line(key);
                    self.check_value(value);
                }
            }
            NodeKind::Bool(_) | NodeKind::Integer(_) => {}
        }
    }

    fn refuse(&mut self, span: Span, text: &str, refused: impl Fn(char) -> bool) {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return;
        }
        let range = span.range();
        let raw = self.hidden().partition_point(|(at, _)| *at < range.start);
        if self.hidden().get(raw).is_some_and(|(at, _)| *at < range.end) {
            return; // The character itself is reported at the end of the file.
        }
        if let Some(character) = text.chars().find(|character| refused(*character)) {
            let message = format!("the text holds {}", text::describe(character));
            self.push(Diagnostic::new(Code::HiddenCharacter, message).label(span, "written as an escape"));
        }
    }
}

fn is_id_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}
