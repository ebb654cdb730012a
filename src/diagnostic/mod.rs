//! Messages about the user's text, and the table of their codes.

mod codes;
mod controls;
mod nearest;

pub use codes::{CODES, Code, CodeRow};
pub use controls::{CONTROLS, ControlRow, Evidence, controls_of, named_controls};
pub use nearest::nearest;

use crate::source::Span;

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It stops the judgement, or rejects the plan.
    Error,
    /// It should be looked at and changes nothing.
    Warning,
    /// It is worth knowing.
    Note,
}

impl Severity {
    /// The word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A place with a remark.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The remark, lowercase and short; may be empty.
    pub text: String,
}

/// A message about the user's text: what is wrong, where, and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// Its row in [`CODES`].
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence, lowercase, present tense, no final period; the user's words in backticks.
    pub message: String,
    /// The places, the most important first.
    pub labels: Vec<Label>,
    /// Ways out, each a sentence.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// A message with the default severity of its code.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.row().severity,
            message: message.into(),
            labels: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Adds a place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a place where there is one.
    #[must_use]
    pub fn label_at(self, span: Option<Span>, text: impl Into<String>) -> Self {
        match span {
            Some(span) => self.label(span, text),
            None => self,
        }
    }

    /// Adds a way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds `did you mean …?` where a known name is near.
    #[must_use]
    pub fn did_you_mean<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(word, known) {
            Some(name) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }
}

/// Collects messages; a stage returns what it could make and leaves its messages here.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    /// An empty sink.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Takes the messages of another sink.
    pub fn extend(&mut self, other: Sink) {
        self.diagnostics.extend(other.diagnostics);
    }

    /// These messages and copies of those of another sink.
    #[must_use]
    pub fn and(mut self, other: &Sink) -> Self {
        self.diagnostics.extend(other.diagnostics.iter().cloned());
        self
    }

    /// Takes out everything that is no error.
    #[must_use]
    pub fn take_remarks(&mut self) -> Self {
        let all = std::mem::take(self);
        let (errors, remarks) =
            all.diagnostics.into_iter().partition(|found| found.severity == Severity::Error);
        self.diagnostics = errors;
        Self { diagnostics: remarks }
    }

    /// Says whether an error was pushed.
    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    /// How many errors were pushed; compare two counts to see whether a stage failed.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// The messages in a fixed order: by file and place, then by severity and text.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by(|left, right| {
            let key =
                |d: &Diagnostic| (d.labels.first().map(|label| label.span), d.severity, d.code.as_str());
            key(left).cmp(&key(right)).then_with(|| left.message.cmp(&right.message))
        });
        self.diagnostics.dedup();
        self.diagnostics
    }
}
