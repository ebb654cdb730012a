//! How many values and keys a JSON text has, counted before any of them is kept.

use super::limits;
use super::reading::Reading;

/// Refuses a text with more values and keys than a file may have, at the first that is too many.
///
/// Keeping a value takes more memory than writing it, so that the text is gone through once before. A
/// text in which all of them have place for a separator each is not looked at.
pub(super) fn within_limit(reading: &mut Reading<'_>) -> Option<()> {
    let text = reading.text();
    if text.len() / 2 < limits::JSON_VALUES {
        return Some(());
    }
    let Some(at) = first_over(text, limits::JSON_VALUES) else { return Some(()) };
    let span = reading.at(at);
    reading.parse_limit(span, "the file has more values", limits::JSON_VALUES);
    None
}

/// Where the value or key before the first one that is too many ends; nothing where none is.
///
/// One more begins after every comma and colon, and in every list and mapping that is not empty.
fn first_over(text: &str, limit: usize) -> Option<usize> {
    let start = text.len() - text.trim_ascii_start().len();
    let mut count = 1_usize;
    let mut is_quoted = false;
    let mut is_escaped = false;
    let mut is_open = false;
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        if is_quoted {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b' ' | b'\t' | b'\r' => continue,
            b']' | b'}' => is_open = false,
            b'\n' if is_open => continue,
            _ if is_open => {
                count += 1;
                is_open = false;
            }
            _ => {}
        }
        match byte {
            b'"' => is_quoted = true,
            b',' | b':' => count += 1,
            b'[' | b'{' => {
                // The first is counted from the beginning; more of them stand in lines of their own.
                count += usize::from(depth == 0 && at > start);
                is_open = true;
                depth += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if count > limit {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least limit within which a text is.
    fn count(text: &str) -> usize {
        (1..100).find(|limit| first_over(text, *limit).is_none()).unwrap()
    }

    #[test]
    fn every_value_and_every_key_counts_once() {
        for (text, expected) in [
            ("1", 1),
            ("[]", 1),
            ("[ \n ]", 1),
            ("[1]", 2),
            ("[[], [ ], {}]", 4),
            (r#"{"a": 1, "b": [2, "x,y:[z"]}"#, 7),
            (r#"["\"[,", "\\", {}]"#, 4),
            ("[[[1]], \"a\"]", 5),
            (" {}\n{\"a\":1}\n[]\n", 5),
        ] {
            assert_eq!(count(text), expected, "{text}");
        }
    }

    #[test]
    fn the_place_is_where_one_is_too_many() {
        assert_eq!(first_over("[1, 2, 3]", 3), Some(5));
        assert_eq!(first_over("[1, 2, 3]", 4), None);
    }
}
