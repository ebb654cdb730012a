//! The texts the program was given, and positions in them.

mod digest;
mod text;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub use digest::sha256;
pub use text::{hidden_characters, is_command, is_hidden, visible};

/// Names one text of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A range of bytes in one source.
///
/// Offsets count bytes from the start of the text; `end` is exclusive. A source holds at most
/// 2 GiB, so 32 bits are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text that the range lies in.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Makes a span from byte offsets; offsets past 4 GiB are clamped.
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { source, start: narrow(start), end: narrow(end.max(start)) }
    }

    /// The range as offsets into the text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The smallest span that covers both; `other` must lie in the same source.
    pub fn to(self, other: Span) -> Span {
        Span { source: self.source, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A value together with the place it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value and its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Changes the value and keeps the place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: change(self.value), span: self.span }
    }
}

/// What an input is read as; the `role` of a report's inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A plan.
    Plan,
    /// An estate, or a part of one.
    Estate,
    /// A bundle's manifest.
    Manifest,
    /// A bundle's Cedar schema.
    Schema,
    /// A file of Cedar policies and templates.
    Policy,
    /// A bundle's template links.
    Links,
    /// A bundle's catalogue of operations.
    Operations,
    /// Approvals and overrides.
    Approvals,
    /// The program's configuration.
    Configuration,
    /// What a user adds to files of other programs.
    Mapping,
    /// A value of the command line that messages point at.
    Argument,
}

impl Role {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Plan => "plan",
            Role::Estate => "estate",
            Role::Manifest => "manifest",
            Role::Schema => "schema",
            Role::Policy => "policy",
            Role::Links => "links",
            Role::Operations => "operations",
            Role::Approvals => "approvals",
            Role::Configuration => "configuration",
            Role::Mapping => "mapping",
            Role::Argument => "argument",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that was read, with the name it is shown under.
#[derive(Clone, Debug)]
pub struct Source {
    path: String,
    role: Role,
    text: Arc<String>,
    /// Where the lines begin; found out when it is first asked for.
    lines: OnceLock<Vec<u32>>,
    excerpts: Excerpts,
    /// Found out when it is first asked for.
    digest: OnceLock<String>,
}

/// Whether lines of a text are shown with messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Excerpts {
    /// They are.
    #[default]
    Shown,
    /// They are not, because they can hold secrets; messages say only where they point.
    Withheld,
}

impl Source {
    /// The path as the user gave it, `-` for standard input.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the text is read as.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether lines of the text are shown.
    pub fn excerpts(&self) -> Excerpts {
        self.excerpts
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole text, shared.
    pub fn shared_text(&self) -> Arc<String> {
        Arc::clone(&self.text)
    }

    /// SHA-256 of the text, as 64 lower-case hexadecimal digits.
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| sha256(self.text.as_bytes()))
    }

    fn starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            let after = breaks.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
            std::iter::once(0).chain(after).collect()
        })
    }

    /// Line and column of a byte offset, both counted from 1; columns count characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.starts().partition_point(|start| *start as usize <= offset);
        let start = self.starts().get(line.saturating_sub(1)).map_or(0, |start| *start as usize);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        (line.max(1), column + 1)
    }

    /// The text of the lines `first..=last`, counted from 1, with the offset of its first byte; empty where no
    /// line of the text may be shown.
    pub fn lines(&self, first: usize, last: usize) -> (&str, usize) {
        let start = self.starts().get(first.saturating_sub(1)).map_or(self.text.len(), |s| *s as usize);
        let end = self.starts().get(last).map_or(self.text.len(), |s| *s as usize);
        match self.excerpts {
            Excerpts::Shown => (self.text.get(start..end).unwrap_or_default(), start),
            Excerpts::Withheld => ("", start),
        }
    }

    /// How many lines the text has.
    pub fn line_count(&self) -> usize {
        self.starts().len()
    }
}

/// All texts of one run.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text and gives its name.
    pub fn add(&mut self, path: impl Into<String>, role: Role, text: impl Into<String>) -> SourceId {
        let text = Arc::new(text.into());
        let id = SourceId(u32::try_from(self.sources.len()).unwrap_or(u32::MAX));
        self.sources.push(Source {
            path: path.into(),
            role,
            text,
            lines: OnceLock::new(),
            excerpts: Excerpts::Shown,
            digest: OnceLock::new(),
        });
        id
    }

    /// Says that no line of a text may be shown.
    pub fn withhold_excerpts(&mut self, id: SourceId) {
        if let Some(source) = self.sources.get_mut(id.0 as usize) {
            source.excerpts = Excerpts::Withheld;
        }
    }

    /// The text of that name.
    ///
    /// # Panics
    /// When the name comes from another map, which is a bug in the caller.
    pub fn get(&self, id: SourceId) -> &Source {
        self.sources.get(id.0 as usize).expect("a source id is used with the map that made it")
    }

    /// All texts, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.sources
            .iter()
            .enumerate()
            .map(|(at, source)| (SourceId(u32::try_from(at).unwrap_or(u32::MAX)), source))
    }

    /// The texts that are read as one thing, in the order they were added.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = SourceId> {
        self.iter().filter(move |(_, source)| source.role() == role).map(|(id, _)| id)
    }

    /// The text that a span covers; empty where the span is out of range.
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.source).text().get(span.range()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_lines_from_one() {
        let mut map = SourceMap::new();
        let id = map.add("a.yaml", Role::Plan, "ä: 1\nb: 2\n");
        assert_eq!(map.get(id).position(0), (1, 1));
        assert_eq!(map.get(id).position(2), (1, 2));
        assert_eq!(map.get(id).position(6), (2, 1));
        assert_eq!(map.get(id).lines(2, 2), ("b: 2\n", 6));
    }
}
