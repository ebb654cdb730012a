//! Rows of comma-separated values (RFC 4180), with the place of every field.

use std::borrow::Cow;

use super::super::limits;
use super::super::reading::Reading;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};

/// A row: its fields, and all of its bytes.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// The fields, quotes taken off.
    pub fields: Vec<Spanned<String>>,
    /// All of it.
    pub span: Span,
}

/// Reads all rows; the first is the header, and every other has as many fields.
///
/// A row that is no such row is an error: nothing is skipped.
pub(super) fn rows(reading: &mut Reading<'_>, separator: char) -> Option<(Row, Vec<Row>)> {
    let text = reading.text();
    let mut at = 0;
    let mut header: Option<Row> = None;
    let mut rows = Vec::new();
    while at < text.len() && !reading.is_full() {
        let row = row(reading, separator, &mut at)?;
        let Some(header) = &header else {
            header = Some(row);
            continue;
        };
        if row.fields.len() != header.fields.len() {
            let (has, needs) = (row.fields.len(), header.fields.len());
            let message = format!("a row has {has} fields, and the header has {needs}");
            let hint = "rows are never skipped; put fields that hold the separator in quotes";
            reading.push(Diagnostic::new(Code::Syntax, message).label(row.span, "").hint(hint));
            continue;
        }
        if rows.len() >= limits::ENTITIES {
            reading.parse_limit(row.span, "the file has more rows", limits::ENTITIES);
            return None;
        }
        rows.push(row);
    }
    if header.is_none() {
        let at = reading.at(0);
        reading.push(Diagnostic::new(Code::Syntax, "the file is empty").label(at, "no header"));
    }
    Some((header?, rows))
}

/// Reads one row and the end of its line.
fn row(reading: &mut Reading<'_>, separator: char, at: &mut usize) -> Option<Row> {
    let start = *at;
    let mut fields = Vec::new();
    loop {
        fields.push(field(reading, separator, at)?);
        let rest = reading.text().get(*at..).unwrap_or_default();
        match rest.chars().next() {
            Some(next) if next == separator => *at += next.len_utf8(),
            _ => {
                let span = reading.span(start, *at);
                *at += if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) };
                return Some(Row { fields, span });
            }
        }
    }
}

/// Reads one field; nothing where the rest of the file cannot be told apart.
fn field(reading: &mut Reading<'_>, separator: char, at: &mut usize) -> Option<Spanned<String>> {
    let start = *at;
    let rest = reading.text().get(start..).unwrap_or_default();
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find([separator, '\n', '\r', '"']).unwrap_or(rest.len());
        *at = start + end;
        if rest.get(end..).is_some_and(|rest| rest.starts_with('"')) {
            let label = reading.at(*at);
            let hint = "put the whole field in quotes, and write each quote in it twice";
            reading.stop(
                Diagnostic::new(Code::Syntax, "a quote stands inside of a field").label(label, "").hint(hint),
            );
            return None;
        }
        let value = rest.get(..end).unwrap_or_default().to_owned();
        return Some(Spanned::new(value, reading.span(start, *at)));
    };
    let Some((value, length)) = unquoted(quoted) else {
        let label = reading.at(start);
        reading.stop(Diagnostic::new(Code::Syntax, "a quoted field has no end").label(label, "begins here"));
        return None;
    };
    *at = start + 1 + length;
    let next = reading.text().get(*at..).and_then(|rest| rest.chars().next());
    if next.is_some_and(|next| next != separator && !matches!(next, '\r' | '\n')) {
        let label = reading.at(*at);
        reading
            .stop(Diagnostic::new(Code::Syntax, "something stands behind a quoted field").label(label, ""));
        return None;
    }
    Some(Spanned::new(value.into_owned(), reading.span(start, *at)))
}

/// The text up to the closing quote, and the length with it.
fn unquoted(text: &str) -> Option<(Cow<'_, str>, usize)> {
    let mut from = 0;
    loop {
        let end = from + text.get(from..)?.find('"')?;
        if !text.get(end + 1..).is_some_and(|rest| rest.starts_with('"')) {
            let raw = text.get(..end)?;
            let value = if from == 0 { Cow::Borrowed(raw) } else { Cow::Owned(raw.replace("\"\"", "\"")) };
            return Some((value, end + 1));
        }
        from = end + 2;
    }
}
