//! Tables of comma-separated values, whose columns a mapping file names.

mod estate;
mod mapping;
mod rows;
mod steps;
#[cfg(test)]
mod tests;

pub(super) use estate::estate;
pub(super) use steps::plan;

use super::reading::{Reading, shown};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::source::{Source, Spanned};
use rows::Row;

/// Says whether the path ends in `.csv`.
pub(super) fn recognises(source: &Source) -> bool {
    source.path().rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("csv"))
}

/// The number of the column that a mapping names.
fn column(reading: &mut Reading<'_>, header: &Row, name: &Spanned<String>) -> Option<usize> {
    let mut found = header.fields.iter().enumerate().filter(|(_, field)| field.value == name.value);
    let (first, second) = (found.next(), found.next());
    if let (Some(_), Some((_, second))) = (first, second) {
        let message = format!("the header has two columns `{}`", shown(&name.value));
        reading.push(Diagnostic::new(Code::DuplicateKey, message).label(second.span, "the second"));
        return None;
    }
    if first.is_none() {
        let message = format!("the header has no column `{}`", shown(&name.value));
        let known = header.fields.iter().map(|field| field.value.as_str());
        let diagnostic = Diagnostic::new(Code::UnknownField, message)
            .label(name.span, "named here")
            .label(header.span, "the header");
        reading.push(diagnostic.did_you_mean(&name.value, known));
    }
    first.map(|(number, _)| number)
}

/// Says that a table has no mapping.
fn unmapped(sink: &mut Sink, span: crate::source::Span, section: &str) {
    let message = format!("no mapping says what the columns of `{section}` mean");
    let hint = "give a mapping file with a section `csv` by `--mapping`";
    sink.push(Diagnostic::new(Code::Configuration, message).label(span, "a table").hint(hint));
}
