//! Where a scalar begins and ends.

use saphyr_parser::ScalarStyle;

use super::super::reading::Reading;
use crate::source::Span;

/// The bytes of a scalar itself: the parser counts what follows a quoted one to it.
pub(super) fn of(reading: &Reading<'_>, style: ScalarStyle, at: (usize, usize)) -> Span {
    let covered = reading.text().get(at.0..at.1).unwrap_or_default();
    let start = match style {
        ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => 0,
        ScalarStyle::SingleQuoted => covered.find('\'').unwrap_or(0),
        ScalarStyle::DoubleQuoted => covered.find('"').unwrap_or(0),
    };
    let body = covered.get(start + 1..).unwrap_or_default();
    let length = match style {
        ScalarStyle::SingleQuoted => closing_single(body),
        ScalarStyle::DoubleQuoted => closing_double(body),
        _ => None,
    };
    match length {
        Some(length) => reading.span(at.0 + start, at.0 + start + 1 + length + 1),
        None => reading.span(at.0, at.0 + covered.trim_end().len()),
    }
}

/// The length of what stands before the closing single quote.
fn closing_single(body: &str) -> Option<usize> {
    let mut bytes = body.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte == b'\'' && bytes.next_if(|(_, next)| *next == b'\'').is_none() {
            return Some(at);
        }
    }
    None
}

/// The length of what stands before the closing double quote.
fn closing_double(body: &str) -> Option<usize> {
    let mut bytes = body.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

/// Says whether a key is written with a question mark before it.
pub(super) fn is_explicit(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let trimmed = before.trim_end_matches([' ', '\t']);
    trimmed.len() < before.len() && trimmed.ends_with('?')
}
