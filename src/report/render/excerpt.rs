//! A message with the lines of the user's files that it speaks of.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};

use super::window::Windows;
use super::{Paint, Style, wrap};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::SourceMap;

pub use super::window::Place;

/// How many messages a text shows before it only counts them.
pub(super) const MOST_MESSAGES: usize = 100;

/// How many places of one message are shown.
const MOST_PLACES: usize = 12;

/// A message as it is shown: a diagnostic, a finding, or a sentence about the world.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// How bad it is.
    pub severity: Severity,
    /// Its code; empty for none.
    pub code: &'a str,
    /// The step that it is about; empty for none.
    pub step: &'a str,
    /// One sentence.
    pub message: &'a str,
    /// The places, the most important first.
    pub places: Vec<Place<'a>>,
    /// Ways out.
    pub hints: &'a [String],
}

/// A message as text: the sentence, the excerpts, then the ways out.
pub fn message(message: &Message<'_>, style: &Style) -> String {
    let shown = message.places.get(..MOST_PLACES).unwrap_or(&message.places);
    let told = Told {
        sentence: sentence(message, style),
        severity: message.severity,
        windows: Windows::new(shown, style),
    };
    let handler = GraphicalReportHandler::new_themed(theme(style))
        .with_urls(false)
        .without_cause_chain()
        .without_syntax_highlighting()
        // The sentence has its lines already: the drawing would break words at hyphens and slashes.
        .with_wrap_lines(false);
    let mut text = String::new();
    if handler.render_report(&mut text, &told).is_err() {
        // The sentence is never lost, whatever becomes of the excerpt.
        text = format!("  {}\n", told.sentence);
    }
    if let Some(more @ 1..) = message.places.len().checked_sub(MOST_PLACES) {
        text.push_str(&format!("  {} and {}\n", style.ellipsis(), super::counted(more, "more place")));
    }
    for hint in message.hints {
        push_hint(&mut text, hint, style);
    }
    text
}

/// Diagnostics as text, in their order; past the first hundred they are only counted.
pub fn diagnostics(list: &[Diagnostic], sources: &SourceMap, style: &Style) -> String {
    let one = |diagnostic: &Diagnostic| message(&of_diagnostic(diagnostic, sources), style);
    let mut texts: Vec<String> = list.iter().take(MOST_MESSAGES).map(one).collect();
    if let Some(more @ 1..) = list.len().checked_sub(MOST_MESSAGES) {
        texts.push(format!("{} and {}\n", style.ellipsis(), super::counted(more, "more message")));
    }
    texts.join("\n")
}

fn of_diagnostic<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Message<'a> {
    let places = diagnostic.labels.iter().map(|label| {
        let range = label.span.range();
        Place {
            source: sources.get(label.span.source),
            offset: range.start,
            length: range.len(),
            text: &label.text,
        }
    });
    Message {
        severity: diagnostic.severity,
        code: diagnostic.code.as_str(),
        step: "",
        message: &diagnostic.message,
        places: places.collect(),
        hints: &diagnostic.hints,
    }
}

/// Severity, code and message over as many lines as they need.
fn sentence(message: &Message<'_>, style: &Style) -> String {
    let word = match message.code {
        "" => message.severity.as_str().to_owned(),
        code => format!("{}[{}]", message.severity.as_str(), style.shown(code)),
    };
    let paint = match message.severity {
        Severity::Error => Paint::Bad,
        Severity::Warning => Paint::Doubtful,
        Severity::Note => Paint::Help,
    };
    let about = match message.step {
        "" => String::new(),
        step => format!(" {}", style.shown(step)),
    };
    let plain = format!("{word}{about}: {}", style.shown(message.message));
    let lines = wrap(&plain, style.width.map_or(usize::MAX, |width| width.saturating_sub(4)));
    let text = lines.join("\n");
    match text.strip_prefix(word.as_str()) {
        Some(rest) => style.paint(paint, &word) + rest,
        None => text,
    }
}

fn push_hint(text: &mut String, hint: &str, style: &Style) {
    let hint = style.shown(hint);
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(8));
    for (at, line) in wrap(&hint, width).iter().enumerate() {
        let start =
            if at == 0 { style.paint(Paint::Help, "help:") } else { format!("{}    ", style.gutter()) };
        text.push_str(&format!("  {start} {line}\n"));
    }
}

fn theme(style: &Style) -> GraphicalTheme {
    match (style.unicode, style.colour) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    }
}

/// A message in the form that `miette` draws.
#[derive(Debug)]
struct Told {
    sentence: String,
    severity: Severity,
    windows: Windows,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Told {}

impl miette::Diagnostic for Told {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (!self.windows.is_empty()).then_some(&self.windows as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.windows.is_empty()).then(|| Box::new(self.windows.labels().into_iter()) as Box<_>)
    }
}
