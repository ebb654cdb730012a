//! Cedar texts before Cedar reads them: their characters and how deep they nest.

use super::reading::Reading;
use super::{extension, json, limits};
use crate::diagnostic::Sink;
use crate::source::{SourceId, SourceMap};

/// Checks a file of policies or a schema; says whether Cedar may read it.
///
/// Cedar's parser recurses once for each bracket and each `if`, and overflows a small stack at
/// some hundred; so they are counted first.
pub(super) fn check(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> bool {
    let Some(mut reading) = Reading::open(sources, id, sink) else { return false };
    if extension(reading.path()) == Some("json") {
        let read = json::read(&mut reading).map(|_| ());
        return reading.close(read).is_some();
    }
    if let Some(at) = too_deep(reading.text()) {
        let span = reading.at(at);
        reading.parse_limit(span, "brackets and conditions are nested deeper", limits::NESTING);
    }
    reading.close(Some(())).is_some()
}

/// Where a Cedar text nests deeper than [`limits::NESTING`].
///
/// Brackets count, those of `Set<…>` too, and each `if` counts up to the next closing bracket, comma or semicolon around
/// it, because `else if` nests to the right.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied();
    let is_word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let mut open: Vec<(u8, usize)> = vec![(b';', 0)];
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(next) = byte(at) {
        match next {
            b'"' => at = end_of_string(bytes, at),
            b'/' if byte(at + 1) == Some(b'/') => {
                at += bytes.get(at..)?.iter().take_while(|byte| **byte != b'\n').count();
            }
            b'(' | b'[' | b'{' => {
                open.push((next, 0));
                depth += 1;
            }
            b'<' if at.checked_sub(3).and_then(|start| bytes.get(start..at)) == Some(b"Set") => {
                open.push((next, 0));
                depth += 1;
            }
            b'>' if open.last().is_none_or(|(bracket, _)| *bracket != b'<') => {}
            b')' | b']' | b'}' | b'>' => {
                let closed = if open.len() > 1 { open.pop() } else { None };
                depth = closed.map_or(depth, |(_, conditions)| depth.saturating_sub(conditions + 1));
            }
            b',' | b';' => {
                let closed =
                    open.last_mut().map(|(_, conditions)| std::mem::take(conditions)).unwrap_or_default();
                depth = depth.saturating_sub(closed);
            }
            b'i' if byte(at + 1) == Some(b'f')
                && !is_word(byte(at + 2))
                && !is_word(at.checked_sub(1).and_then(byte)) =>
            {
                depth += 1;
                if let Some((_, conditions)) = open.last_mut() {
                    *conditions += 1;
                }
            }
            _ => {}
        }
        if depth > limits::NESTING {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The closing quote of the string that opens at an offset, or the end of the text.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_conditions_are_counted_outside_of_texts() {
        let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
        assert_eq!(too_deep(&nested(64)), None);
        assert_eq!(too_deep(&nested(65)), Some(64));
        assert_eq!(too_deep(&format!("{} {}", nested(64), nested(64))), None);
        assert_eq!(too_deep(&format!("\"{}\\\"((\" // {}", "(".repeat(99), "(".repeat(99))), None);
        let chain = |length: usize| format!("{}1", "if a then b else ".repeat(length));
        assert_eq!(too_deep(&chain(64)), None);
        assert!(too_deep(&chain(65)).is_some());
        assert_eq!(too_deep(&format!("[{}, {}]", chain(40), chain(40))), None);
        assert_eq!(too_deep(&"permit (principal, action, resource) when { if_x.a };\n".repeat(99)), None);
    }
}
