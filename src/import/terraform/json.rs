//! The JSON of a plan as a tree that borrows from its text.
//!
//! Our own files have no nulls, no fractions and no numbers past 64 bits; a plan has all of them, and
//! is large. What no decision needs is checked to be JSON and not kept.

use std::borrow::Cow;
use std::collections::HashSet;

use jiter::{Jiter, JiterError, Peek};

use super::super::json::explain;
use super::super::limits;
use super::super::reading::Reading;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Json<'t> {
    pub span: Span,
    pub kind: Kind<'t>,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Kind<'t> {
    Null,
    Bool(bool),
    /// A number, as it is written.
    Number(&'t str),
    String(Cow<'t, str>),
    List(Vec<Json<'t>>),
    Map(Vec<(Spanned<Cow<'t, str>>, Json<'t>)>),
    /// A value that nothing here reads.
    Skipped,
}

impl<'t> Json<'t> {
    /// The value of a key; a `null` counts as absent.
    pub fn get(&self, key: &str) -> Option<&Json<'t>> {
        self.entries()
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, value)| value)
            .filter(|v| !v.is_null())
    }

    /// The text of a key, where it has one.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Json::as_text)
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn is_true(&self) -> bool {
        matches!(self.kind, Kind::Bool(true))
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[(Spanned<Cow<'t, str>>, Json<'t>)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Json<'t>] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The items of the list at a key.
    pub fn list(&self, key: &str) -> &[Json<'t>] {
        self.get(key).map(Json::items).unwrap_or_default()
    }

    /// What the value is, with its article.
    pub fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Null => "`null`",
            Kind::Bool(_) => "a boolean",
            Kind::Number(_) => "a number",
            Kind::String(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) | Kind::Skipped => "a mapping",
        }
    }
}

/// Which parts of a text are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The top of the plan.
    Top,
    /// All of it.
    Whole,
    /// The prior state: addresses and dependencies, without any value.
    State,
    /// Whatever lies below the resources of a state.
    StateResource,
}

impl Part {
    /// What is kept of the value of a key; nothing where nothing reads it.
    fn of(self, key: &str) -> Option<Part> {
        match (self, key) {
            (Part::Top, "planned_values" | "provider_schemas" | "relevant_attributes" | "checks") => None,
            (Part::Top, "prior_state") => Some(Part::State),
            (Part::Top, _) => Some(Part::Whole),
            (Part::State, "outputs") => None,
            (Part::State, "resources") => Some(Part::StateResource),
            (Part::StateResource, "values" | "sensitive_values" | "identity") => None,
            (part, _) => Some(part),
        }
    }
}

/// Reads the text as one value.
pub(super) fn read<'t>(reading: &mut Reading<'t>) -> Option<Json<'t>> {
    let text = reading.text();
    let mut values = Values { text, parser: Jiter::new(text.as_bytes()), reading, count: 0 };
    let peek = values.parser.peek().map_err(|error| values.stop(&error)).ok()?;
    let value = values.value(peek, 0, Part::Top).ok()?;
    values.parser.finish().map_err(|error| values.stop(&error)).ok()?;
    Some(value)
}

/// A message was pushed that ends the reading of the file.
struct Stopped;

struct Values<'r, 't> {
    text: &'t str,
    parser: Jiter<'t>,
    reading: &'r mut Reading<'t>,
    count: usize,
}

impl<'t> Values<'_, 't> {
    /// Reads the value that the parser stands before; recursion ends at [`limits::NESTING`].
    fn value(&mut self, peek: Peek, depth: usize, part: Part) -> Result<Json<'t>, Stopped> {
        let start = self.parser.current_index();
        self.count += 1;
        if self.count > limits::VALUES || depth > limits::NESTING {
            let what = if depth > limits::NESTING {
                "the file is nested deeper"
            } else {
                "the file has more values"
            };
            let limit = if depth > limits::NESTING { limits::NESTING } else { limits::VALUES };
            let span = self.reading.at(start);
            self.reading.parse_limit(span, what, limit);
            return Err(Stopped);
        }
        let kind = match peek {
            Peek::Null => self.parser.known_null().map(|()| Kind::Null),
            Peek::True | Peek::False => self.parser.known_bool(peek).map(Kind::Bool),
            Peek::String => return self.string(start),
            Peek::Array => return self.list(start, depth, part),
            Peek::Object => return self.map(start, depth, part),
            _ => return self.number(peek, start),
        };
        let kind = kind.map_err(|error| self.stop(&error))?;
        Ok(self.node(start, kind))
    }

    fn node(&self, start: usize, kind: Kind<'t>) -> Json<'t> {
        Json { span: self.reading.span(start, self.parser.current_index()), kind }
    }

    fn string(&mut self, start: usize) -> Result<Json<'t>, Stopped> {
        let decoded = match self.parser.known_str() {
            // Most strings have no escapes, and are a part of the text.
            Ok(decoded) => decoded.len(),
            Err(error) => return Err(self.stop(&error)),
        };
        let end = self.parser.current_index();
        let raw = self.text.get(start + 1..end.saturating_sub(1)).unwrap_or_default();
        if raw.len() == decoded {
            return Ok(self.node(start, Kind::String(Cow::Borrowed(raw))));
        }
        let mut again = Jiter::new(self.text.get(start..end).unwrap_or_default().as_bytes());
        let decoded = match again.next_str() {
            Ok(decoded) => decoded.to_owned(),
            Err(error) => return Err(self.stop(&error)),
        };
        Ok(self.node(start, Kind::String(Cow::Owned(decoded))))
    }

    fn number(&mut self, peek: Peek, start: usize) -> Result<Json<'t>, Stopped> {
        match self.parser.known_skip(peek) {
            Ok(()) => {
                let end = self.parser.current_index();
                let text = self.text.get(start..end).unwrap_or_default();
                let digits = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
                match digits && !text.starts_with('+') {
                    true => Ok(self.node(start, Kind::Number(text))),
                    false => Err(self.not_a_number(start)),
                }
            }
            Err(error) => Err(self.stop(&error)),
        }
    }

    fn not_a_number(&mut self, start: usize) -> Stopped {
        let at = self.reading.at(start);
        self.reading.stop(Diagnostic::new(Code::Number, "a number is not one of JSON").label(at, ""));
        Stopped
    }

    fn list(&mut self, start: usize, depth: usize, part: Part) -> Result<Json<'t>, Stopped> {
        let mut items = Vec::new();
        let mut next = self.parser.known_array().map_err(|error| self.stop(&error))?;
        while let Some(peek) = next {
            items.push(self.value(peek, depth + 1, part)?);
            next = self.parser.array_step().map_err(|error| self.stop(&error))?;
        }
        Ok(self.node(start, Kind::List(items)))
    }

    fn map(&mut self, start: usize, depth: usize, part: Part) -> Result<Json<'t>, Stopped> {
        let mut entries: Vec<(Spanned<Cow<'t, str>>, Json<'t>)> = Vec::new();
        let mut before = self.parser.current_index() + 1;
        let mut next = self.parser.known_object().map(|key| key.map(str::to_owned));
        while let Some(key) = next.map_err(|error| self.stop(&error))? {
            let key = self.key(key, before);
            let peek = self.parser.peek().map_err(|error| self.stop(&error))?;
            let value = match part.of(&key.value) {
                Some(part) => self.value(peek, depth + 1, part)?,
                None => {
                    let start = self.parser.current_index();
                    self.parser.known_skip(peek).map_err(|error| self.stop(&error))?;
                    self.node(start, Kind::Skipped)
                }
            };
            entries.push((key, value));
            before = self.parser.current_index();
            next = self.parser.next_key().map(|key| key.map(str::to_owned));
        }
        self.refuse_duplicates(&entries);
        Ok(self.node(start, Kind::Map(entries)))
    }

    /// A key with its span: the parser stands after its colon, and `before` is after what precedes it.
    fn key(&self, key: String, before: usize) -> Spanned<Cow<'t, str>> {
        let space = |character: char| character.is_ascii_whitespace() || character == ',';
        let passed = self.text.get(before..self.parser.current_index()).unwrap_or_default();
        let begun = passed.trim_start_matches(space);
        let ended = begun.strip_suffix(':').unwrap_or(begun).trim_end();
        let start = before + passed.len() - begun.len();
        let raw = ended.get(1..ended.len().saturating_sub(1)).unwrap_or_default();
        let value = if raw == key { Cow::Borrowed(raw) } else { Cow::Owned(key) };
        Spanned::new(value, self.reading.span(start, start + ended.len()))
    }

    fn refuse_duplicates(&mut self, entries: &[(Spanned<Cow<'t, str>>, Json<'t>)]) {
        let twice = |at: usize, key: &str| {
            entries.iter().take(at).find(|(earlier, _)| earlier.value == key).map(|(earlier, _)| earlier.span)
        };
        let mut seen: HashSet<&str> = HashSet::new();
        for (at, (key, _)) in entries.iter().enumerate() {
            // Most mappings are small, and comparing is cheaper than hashing there.
            let first = match entries.len() {
                0..=16 => twice(at, &key.value),
                _ if seen.insert(&key.value) => None,
                _ => twice(at, &key.value),
            };
            if let Some(first) = first {
                let diagnostic = Diagnostic::new(Code::DuplicateKey, "a key stands twice in one mapping");
                self.reading.push(
                    diagnostic
                        .label(key.span, "again here")
                        .label(first, "first here")
                        .hint("readers disagree about which of them counts; make the plan's JSON anew"),
                );
            }
        }
    }

    fn stop(&mut self, error: &JiterError) -> Stopped {
        let (message, hint) = explain(&error.error_type);
        let at = self.reading.at(error.index);
        let mut diagnostic = Diagnostic::new(Code::Syntax, message).label(at, "");
        if let Some(hint) = hint {
            diagnostic = diagnostic.hint(hint);
        }
        self.reading.stop(diagnostic);
        Stopped
    }
}
