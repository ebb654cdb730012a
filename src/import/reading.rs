//! One file while it is read: its text, its problems, and where it may hold hidden characters.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::{limits, text};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::document::{Node, NodeKind};
use crate::source::{Source, SourceId, SourceMap, Span, Spanned, is_hidden, visible};

/// A file that is being read.
///
/// Everything that is wrong with the file is pushed through it, so that it knows whether the file
/// is good, and so that a file with a million mistakes does not make a million messages.
pub(super) struct Reading<'a> {
    file: &'a Source,
    source: SourceId,
    sink: &'a mut Sink,
    errors: usize,
    hidden: Vec<(usize, char)>,
    exempt: Vec<Range<usize>>,
    broken: BTreeSet<u32>,
    parsed: bool,
}

impl<'a> Reading<'a> {
    /// Opens a file and checks its text; nothing where the text itself is not readable.
    pub fn open(sources: &'a SourceMap, source: SourceId, sink: &'a mut Sink) -> Option<Self> {
        let file = sources.get(source);
        let mut reading = Self {
            file,
            source,
            sink,
            errors: 0,
            hidden: Vec::new(),
            exempt: Vec::new(),
            broken: BTreeSet::new(),
            parsed: true,
        };
        reading.hidden = text::check(&mut reading);
        (reading.errors == 0).then_some(reading)
    }

    /// Reports what only the end of a file can tell, and gives the result where nothing was wrong.
    pub fn close<T>(mut self, result: Option<T>) -> Option<T> {
        if self.parsed {
            text::refuse_hidden(&mut self);
        }
        result.filter(|_| self.errors == 0)
    }

    /// The whole text.
    pub fn text(&self) -> &'a str {
        self.file.text()
    }

    /// The path as the user gave it.
    pub fn path(&self) -> &'a str {
        self.file.path()
    }

    /// The file's name in the source map.
    pub fn source(&self) -> SourceId {
        self.source
    }

    /// The span of a range of bytes of this file.
    pub fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    /// The span of the character at an offset.
    pub fn at(&self, offset: usize) -> Span {
        let offset = offset.min(self.text().len());
        let character = self.text().get(offset..).and_then(|rest| rest.chars().next());
        self.span(offset, offset + character.map_or(0, char::len_utf8))
    }

    /// Takes a message, up to [`limits::PROBLEMS`] errors.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        if self.errors <= limits::PROBLEMS {
            self.sink.push(diagnostic);
        } else if self.errors == limits::PROBLEMS + 1 {
            let message = format!("the file has more than {} problems", limits::PROBLEMS);
            let place = diagnostic.labels.first().map_or_else(|| self.at(0), |label| label.span);
            self.sink.push(Diagnostic::new(Code::Limit, message).label(place, "the first that is not shown"));
        }
    }

    /// Takes a message that ends the reading of the file before its end.
    ///
    /// Hidden characters are not reported then: whether they stand in a title is not known.
    pub fn stop(&mut self, diagnostic: Diagnostic) {
        self.parsed = false;
        self.push(diagnostic);
    }

    /// Takes a message about a value that is to be replaced by something else.
    ///
    /// The node that stands for it says nothing about what the author meant, so nothing more is
    /// said about it.
    pub fn push_broken(&mut self, node: &Node, diagnostic: Diagnostic) {
        self.broken.insert(node.span.start);
        self.push(diagnostic);
    }

    /// Says whether a node stands for a value that was refused already.
    pub fn is_broken(&self, node: &Node) -> bool {
        !self.broken.is_empty() && self.broken.contains(&node.span.start)
    }

    /// Says that a size is over its limit.
    pub fn over_limit(&mut self, span: Span, what: &str, limit: usize) {
        let message = format!("{what}, and the limit is {}", grouped(limit));
        self.push(Diagnostic::new(Code::Limit, message).label(span, ""));
    }

    /// Says that a size is over its limit, and that the reading of the file ends there.
    pub fn parse_limit(&mut self, span: Span, what: &str, limit: usize) {
        self.parsed = false;
        let message = format!("{what} than the limit of {}", grouped(limit));
        self.push(Diagnostic::new(Code::Limit, message).label(span, ""));
    }

    /// The raw hidden characters of the text, in order.
    pub fn hidden(&self) -> &[(usize, char)] {
        &self.hidden
    }

    /// Where hidden characters are allowed.
    pub fn exempt(&self) -> &[Range<usize>] {
        &self.exempt
    }

    /// A text.
    pub fn string(&mut self, field: &str, node: Node) -> Option<Spanned<String>> {
        match node.kind {
            NodeKind::String(value) if !self.broken.contains(&node.span.start) => {
                Some(Spanned::new(value, node.span))
            }
            _ => {
                self.wrong_shape(&format!("`{field}`"), &node, "a string");
                None
            }
        }
    }

    /// A title or note: a text that may hold any character.
    pub fn title(&mut self, field: &str, node: Node) -> Option<Spanned<String>> {
        let title = self.string(field, node)?;
        self.exempt.push(title.span.range());
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
            self.push(Diagnostic::new(Code::InvalidValue, format!("`{field}` is empty")).label(name.span, ""));
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
        if self.is_broken(node) {
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
        let raw = self.hidden.partition_point(|(at, _)| *at < range.start);
        if self.hidden.get(raw).is_some_and(|(at, _)| *at < range.end) {
            return; // The character itself is reported at the end of the file.
        }
        if let Some(character) = text.chars().find(|character| refused(*character)) {
            let message = format!("the text holds {}", text::describe(character));
            self.push(Diagnostic::new(Code::HiddenCharacter, message).label(span, "written as an escape"));
        }
    }
}

/// The user's words for a message: on one line, visible, and not too long.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(80) {
        None => visible(text),
        Some((end, _)) => Cow::Owned(format!("{}…", visible(text.get(..end).unwrap_or_default()))),
    }
}

fn is_id_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

/// A number with its digits in groups of three, `2,000,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
