//! Mappings that have the same key twice.

use super::reading::{Reading, shown};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Node;
use crate::source::Spanned;

/// Reports every key of a mapping that equals an earlier one.
///
/// Keys are compared decoded, so that `a`, `"a"` and `"\u0061"` are the same key.
pub(super) fn refuse_duplicates(reading: &mut Reading<'_>, entries: &[(Spanned<String>, Node)]) {
    if entries.len() < 2 {
        return;
    }
    let mut keys: Vec<&Spanned<String>> = entries.iter().map(|(key, _)| key).collect();
    keys.sort_by(|left, right| left.value.cmp(&right.value).then(left.span.start.cmp(&right.span.start)));
    let mut first: Option<&Spanned<String>> = None;
    for key in keys {
        if reading.is_full() {
            return;
        }
        match first {
            Some(first) if first.value == key.value => {
                let message = format!("the key `{}` stands twice in one mapping", shown(&key.value));
                reading.push(
                    Diagnostic::new(Code::DuplicateKey, message)
                        .label(key.span, "again here")
                        .label(first.span, "first here")
                        .hint("delete one of them"),
                );
            }
            _ => first = Some(key),
        }
    }
}
