//! JSON text to nodes, strictly.

use jiter::{Jiter, JiterError, JiterErrorType, JsonErrorType, Peek};

use super::reading::{Reading, shown};
use super::scalar::integer;
use super::{keys, limits};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::Spanned;

/// Reads a text that is one JSON value.
pub(super) fn read(reading: &mut Reading<'_>) -> Option<Node> {
    let text = reading.text();
    read_part(reading, text, 0)
}

/// Reads a part of the text, which begins at an offset, as one JSON value.
pub(super) fn read_part(reading: &mut Reading<'_>, part: &str, start: usize) -> Option<Node> {
    let mut values = Values { text: part, start, parser: Jiter::new(part.as_bytes()), reading, count: 0 };
    values.document().ok()
}

/// Reads the JSON value that begins at an offset of the text, whatever follows it.
pub(super) fn read_value(reading: &mut Reading<'_>, start: usize) -> Option<Node> {
    let part = reading.text().get(start..)?;
    let mut values = Values { text: part, start, parser: Jiter::new(part.as_bytes()), reading, count: 0 };
    values.next().ok()
}

/// A message was pushed that ends the reading of the file.
struct Stopped;

struct Values<'r, 'a, 't> {
    text: &'t str,
    start: usize,
    parser: Jiter<'t>,
    reading: &'r mut Reading<'a>,
    count: usize,
}

impl Values<'_, '_, '_> {
    fn document(&mut self) -> Result<Node, Stopped> {
        let node = self.next()?;
        self.parser.finish().map_err(|error| self.stop(&error))?;
        Ok(node)
    }

    fn next(&mut self) -> Result<Node, Stopped> {
        let peek = self.parser.peek().map_err(|error| self.stop(&error))?;
        self.value(peek, 0)
    }

    /// Reads the value that the parser stands before; recursion ends at [`limits::NESTING`].
    fn value(&mut self, peek: Peek, depth: usize) -> Result<Node, Stopped> {
        let start = self.parser.current_index();
        self.count += 1;
        if self.reading.is_full() {
            return Err(Stopped);
        }
        if self.count > limits::VALUES {
            return Err(self.over_limit(start, "the file has more values", limits::VALUES));
        }
        if matches!(peek, Peek::Array | Peek::Object) && depth >= limits::NESTING {
            return Err(self.over_limit(start, "lists and mappings are nested deeper", limits::NESTING));
        }
        let kind = match peek {
            Peek::Null => return self.null(start),
            Peek::True | Peek::False => {
                NodeKind::Bool(self.parser.known_bool(peek).map_err(|error| self.stop(&error))?)
            }
            Peek::String => match self.parser.known_str() {
                Ok(text) => NodeKind::String(text.to_owned()),
                Err(error) => return Err(self.stop(&error)),
            },
            Peek::Array => self.list(depth)?,
            Peek::Object => self.map(depth)?,
            other => return self.number(other, start),
        };
        Ok(self.node(start, kind))
    }

    fn list(&mut self, depth: usize) -> Result<NodeKind, Stopped> {
        let mut items = Vec::new();
        let mut next = self.parser.known_array().map_err(|error| self.stop(&error))?;
        while let Some(peek) = next {
            items.push(self.value(peek, depth + 1)?);
            next = self.parser.array_step().map_err(|error| self.stop(&error))?;
        }
        Ok(NodeKind::List(items))
    }

    fn map(&mut self, depth: usize) -> Result<NodeKind, Stopped> {
        let mut entries = Vec::new();
        let mut before = self.parser.current_index() + 1;
        let mut next = self.parser.known_object().map(|key| key.map(str::to_owned));
        while let Some(key) = next.map_err(|error| self.stop(&error))? {
            let key = self.key(key, before);
            self.count += 1;
            let peek = self.parser.peek().map_err(|error| self.stop(&error))?;
            entries.push((key, self.value(peek, depth + 1)?));
            before = self.parser.current_index();
            next = self.parser.next_key().map(|key| key.map(str::to_owned));
        }
        keys::refuse_duplicates(self.reading, &entries);
        Ok(NodeKind::Map(entries))
    }

    /// A key with its span: the parser stands after its colon, and `before` is after what precedes it.
    fn key(&self, key: String, before: usize) -> Spanned<String> {
        let space = |character: char| character.is_ascii_whitespace() || character == ',';
        let passed = self.text.get(before..self.parser.current_index()).unwrap_or_default();
        let begun = passed.trim_start_matches(space);
        let ended = begun.strip_suffix(':').unwrap_or(begun).trim_end();
        let start = self.start + before + passed.len() - begun.len();
        Spanned::new(key, self.reading.span(start, start + ended.len()))
    }

    fn node(&self, start: usize, kind: NodeKind) -> Node {
        let end = self.start + self.parser.current_index();
        Node { span: self.reading.span(self.start + start, end), kind }
    }

    fn null(&mut self, start: usize) -> Result<Node, Stopped> {
        self.parser.known_null().map_err(|error| self.stop(&error))?;
        let node = self.node(start, NodeKind::String(String::new()));
        let diagnostic = Diagnostic::new(Code::Null, "a value is `null`")
            .label(node.span, "")
            .hint("leave the key out, or give it a value");
        self.reading.push_broken(&node, diagnostic);
        Ok(node)
    }

    fn number(&mut self, peek: Peek, start: usize) -> Result<Node, Stopped> {
        if !peek.is_num() && !matches!(peek.into_inner(), b'+' | b'.') {
            let error = JiterErrorType::JsonError(JsonErrorType::ExpectedSomeValue);
            return Err(self.stop(&JiterError { error_type: error, index: start }));
        }
        let text = match self.parser.known_number_bytes(peek) {
            Ok(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Err(_) => {
                let rest = self.text.get(start..).unwrap_or_default();
                let ends =
                    |character: char| !character.is_ascii_alphanumeric() && !"+-._".contains(character);
                let word = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default();
                let span = self.reading.span(self.start + start, self.start + start + word.len());
                let message = format!("`{}` is not a number", shown(word));
                self.reading.stop(number(message).label(span, ""));
                return Err(Stopped);
            }
        };
        match integer(&text) {
            Ok(value) => Ok(self.node(start, NodeKind::Integer(value))),
            Err(why) => {
                let node = self.node(start, NodeKind::Integer(0));
                let message = format!("`{}` is not a number that can be used: {why}", shown(&text));
                self.reading.push_broken(&node, number(message).label(node.span, ""));
                Ok(node)
            }
        }
    }

    fn stop(&mut self, error: &JiterError) -> Stopped {
        let (message, hint) = explain(&error.error_type);
        let at = self.reading.at(self.start + error.index);
        let mut diagnostic = Diagnostic::new(Code::Syntax, message).label(at, "");
        if let Some(hint) = hint {
            diagnostic = diagnostic.hint(hint);
        }
        self.reading.stop(diagnostic);
        Stopped
    }

    fn over_limit(&mut self, at: usize, what: &str, limit: usize) -> Stopped {
        let span = self.reading.at(self.start + at);
        self.reading.parse_limit(span, what, limit);
        Stopped
    }
}

fn number(message: String) -> Diagnostic {
    Diagnostic::new(Code::Number, message)
        .hint("write a decimal integer, or put the value in quotes if it is a text")
}

pub(super) fn explain(error: &JiterErrorType) -> (&'static str, Option<&'static str>) {
    use JsonErrorType as J;
    let JiterErrorType::JsonError(error) = error else { return ("the JSON cannot be read here", None) };
    match error {
        J::EofWhileParsingList => ("a list is not closed", Some("write `]`")),
        J::EofWhileParsingObject => ("a mapping is not closed", Some("write `}`")),
        J::EofWhileParsingString => ("a string is not closed", Some("write `\"`")),
        J::EofWhileParsingValue => ("the file ends where a value is expected", None),
        J::ExpectedColon => ("a colon is missing after a key", None),
        J::ExpectedListCommaOrEnd => ("a comma or `]` is missing", None),
        J::ExpectedObjectCommaOrEnd => ("a comma or `}` is missing", None),
        J::ExpectedSomeIdent | J::ExpectedSomeValue => {
            ("a value is expected here", Some("texts are written in double quotes; JSON has no comments"))
        }
        J::UnexpectedEndOfHexEscape => ("an escape is half of a surrogate pair, or cut short", None),
        J::InvalidEscape => ("a backslash is not followed by an escape of JSON", None),
        J::InvalidUnicodeCodePoint => ("an escape names no character", None),
        J::LoneLeadingSurrogateInHexEscape => ("an escape is half of a surrogate pair", None),
        J::ControlCharacterWhileParsingString => {
            ("a string holds a raw tab or line end", Some("write `\\t` or `\\n`, or close the string"))
        }
        J::KeyMustBeAString => ("a key is expected here", Some("keys are written in double quotes")),
        J::TrailingComma => ("a comma is not followed by another value", Some("delete the comma")),
        J::TrailingCharacters => ("text follows the end of the value", None),
        _ => ("the JSON cannot be read here", None),
    }
}
