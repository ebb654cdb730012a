//! Cedar's own messages as ours, with their places.

use miette::Diagnostic as CedarDiagnostic;

use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::source::{SourceId, Span};

/// Pushes one of Cedar's messages and everything related to it.
///
/// Labels of the message are places in the text `source`; where it has none, `whole` is shown.
pub(super) fn push(
    code: Code,
    cedar: &dyn CedarDiagnostic,
    source: SourceId,
    whole: Option<Span>,
    sink: &mut Sink,
) {
    sink.push(convert(code, cedar, source, whole));
    for related in cedar.related().into_iter().flatten() {
        push(code, related, source, whole, sink);
    }
}

/// One of Cedar's messages as ours, at an error's severity.
pub(super) fn convert(
    code: Code,
    cedar: &dyn CedarDiagnostic,
    source: SourceId,
    whole: Option<Span>,
) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(code, sentence(&cedar.to_string()));
    diagnostic.severity = Severity::Error;
    for label in cedar.labels().into_iter().flatten() {
        let span = Span::new(source, label.offset(), label.offset() + label.len());
        diagnostic = diagnostic.label(span, label.label().unwrap_or_default());
    }
    if diagnostic.labels.is_empty()
        && let Some(span) = whole
    {
        diagnostic = diagnostic.label(span, "");
    }
    match cedar.help() {
        Some(help) => diagnostic.hint(sentence(&help.to_string())),
        None => diagnostic,
    }
}

/// The first line of a text without its final period.
pub(super) fn sentence(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}
