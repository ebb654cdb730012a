//! One file while it is read: its text, its problems, and where it may hold hidden characters.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use super::{limits, text};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::document::Node;
use crate::source::{Source, SourceId, SourceMap, Span, visible};

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

    /// The whole text, shared.
    pub fn shared_text(&self) -> std::sync::Arc<String> {
        self.file.shared_text()
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

    /// How many errors were pushed; compare two counts to see whether a part failed.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Says whether so much is wrong with the file that nothing more is reported.
    pub fn is_full(&self) -> bool {
        self.errors > limits::PROBLEMS
    }

    /// Says whether anything is wrong with the file so far.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
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

    /// Says where hidden characters are allowed from now on.
    pub fn exempt_range(&mut self, range: Range<usize>) {
        self.exempt.push(range);
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
}

/// The user's words for a message: on one line, visible, and not too long.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(80) {
        None => visible(text),
        Some((end, _)) => Cow::Owned(format!("{}…", visible(text.get(..end).unwrap_or_default()))),
    }
}

/// A number with its digits in groups of three, `2,000,000`.
pub fn grouped(number: usize) -> String {
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
