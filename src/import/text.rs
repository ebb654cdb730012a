//! Bytes to text, and the characters that no text may hold.

use super::limits;
use super::reading::Reading;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::is_hidden;

/// Why bytes are not a text that this program reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodingProblem {
    /// The first byte that is wrong.
    pub offset: usize,
    /// What is wrong, as a message.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
}

/// Decodes UTF-8 without a byte order mark.
///
/// # Errors
/// The first place where the bytes are something else: another encoding, an overlong form, a
/// surrogate, a code point past U+10FFFF, or a sequence cut short.
pub fn decode(bytes: &[u8]) -> Result<&str, EncodingProblem> {
    if let Some((name, hint)) = byte_order_mark(bytes) {
        let message = format!("the file starts with the byte order mark of {name}");
        return Err(EncodingProblem { offset: 0, message, hint: Some(hint.to_string()) });
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let rest = bytes.get(offset..).unwrap_or_default();
        EncodingProblem {
            offset,
            message: format!("the file is not UTF-8: {}", wrong_bytes(rest)),
            hint: Some("save the file as UTF-8".to_string()),
        }
    })
}

/// Decodes UTF-8 without a byte order mark, without copying it.
///
/// # Errors
/// The bytes, and what [`decode`] says of them.
pub fn decoded(bytes: Vec<u8>) -> Result<String, (Vec<u8>, EncodingProblem)> {
    match decode(&bytes) {
        Err(problem) => Err((bytes, problem)),
        Ok(_) => Ok(String::from_utf8(bytes).expect("the bytes were decoded above")),
    }
}

fn byte_order_mark(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let without = "save the file as UTF-8 without a byte order mark";
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => Some(("UTF-8", without)),
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some(("UTF-32", without)),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(("UTF-16", without)),
        _ => None,
    }
}

fn wrong_bytes(rest: &[u8]) -> String {
    match rest {
        [0xc0 | 0xc1, ..] | [0xe0, 0x80..=0x9f, ..] | [0xf0, 0x80..=0x8f, ..] => {
            "a character is written in more bytes than it needs".to_string()
        }
        [0xed, 0xa0..=0xbf, ..] => "half of a surrogate pair is written as a character".to_string(),
        [0xf4, 0x90..=0xbf, ..] | [0xf5..=0xff, ..] => {
            "a byte starts a character past the end of Unicode".to_string()
        }
        [byte @ 0x80..=0xbf, ..] => format!("the byte 0x{byte:02x} continues a character that has not begun"),
        [byte, ..] => format!("the byte 0x{byte:02x} begins a character that is not complete"),
        [] => "the last character is not complete".to_string(),
    }
}

/// Refuses a text that is too large or holds characters that no file may hold, and finds the
/// hidden characters that only titles may hold.
pub(super) fn check(reading: &mut Reading<'_>) -> Vec<(usize, char)> {
    let text = reading.text();
    let mut hidden = Vec::new();
    if text.len() > limits::FILE_BYTES {
        let span = reading.at(0);
        reading.over_limit(span, &format!("the file has {} bytes", text.len()), limits::FILE_BYTES);
        return hidden;
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(next) = next_notable(bytes, at) {
        at = next;
        let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
        let after = bytes.get(at + 1).copied();
        if is_refused(character, after) || (character == '\u{feff}' && at == 0) {
            refuse(reading, at, character);
        } else if is_hidden(character) {
            hidden.push((at, character));
        }
        at += character.len_utf8();
        if reading.is_full() {
            break;
        }
    }
    hidden
}

/// The next byte from a place on that may begin a character to look at.
fn next_notable(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    for chunk in bytes.get(from..)?.chunks(256) {
        // Without a way out in the middle, many bytes are looked at in one instruction.
        if chunk.iter().fold(false, |found, byte| found | is_notable(*byte)) {
            return chunk.iter().position(|byte| is_notable(*byte)).map(|next| at + next);
        }
        at += chunk.len();
    }
    None
}

fn is_notable(byte: u8) -> bool {
    !matches!(byte, b' '..=b'~' | b'\n' | b'\t')
}

fn is_refused(character: char, after: Option<u8>) -> bool {
    match character {
        '\t' | '\n' => false,
        '\r' => after != Some(b'\n'),
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => true,
        _ => false,
    }
}

fn refuse(reading: &mut Reading<'_>, at: usize, character: char) {
    let message = format!("the file holds {}", describe(character));
    let hint = match character {
        '\r' => "end lines with a line feed, or with a carriage return and a line feed",
        '\u{feff}' => "save the file as UTF-8 without a byte order mark",
        _ => "delete the character",
    };
    let label = reading.at(at);
    reading.push(Diagnostic::new(Code::Encoding, message).label(label, "").hint(hint));
}

/// Reports the hidden characters that stand outside of titles and notes.
pub(super) fn refuse_hidden(reading: &mut Reading<'_>) {
    if reading.hidden().is_empty() {
        return;
    }
    let mut exempt = reading.exempt().to_vec();
    exempt.sort_by_key(|range| range.start);
    let refused: Vec<_> = reading
        .hidden()
        .iter()
        .filter(|(at, _)| {
            let before = exempt.partition_point(|range| range.start <= *at);
            !before.checked_sub(1).and_then(|last| exempt.get(last)).is_some_and(|range| range.contains(at))
        })
        .take(limits::PROBLEMS + 1)
        .copied()
        .collect();
    for (at, character) in refused {
        let message = format!("{} stands outside of a title or note", describe(character));
        let label = reading.at(at);
        reading.push(
            Diagnostic::new(Code::HiddenCharacter, message)
                .label(label, "it cannot be seen")
                .hint("delete the character"),
        );
    }
}

/// A character that cannot be shown, by name and code point.
pub(super) fn describe(character: char) -> String {
    let code = format!("U+{:04X}", character as u32);
    match name(character) {
        Some(name) => format!("{name} ({code})"),
        None => format!("the hidden character {code}"),
    }
}

fn name(character: char) -> Option<&'static str> {
    Some(match character {
        '\0' => "a NUL",
        '\t' => "a tab",
        '\n' => "a line feed",
        '\r' => "a carriage return that stands alone",
        '\u{1b}' => "an escape character",
        '\u{7f}' => "a delete character",
        '\u{85}' => "a next-line character",
        '\0'..='\u{1f}' | '\u{80}'..='\u{9f}' => "a control character",
        '\u{ad}' => "a soft hyphen",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' => "a zero-width non-joiner",
        '\u{200d}' => "a zero-width joiner",
        '\u{200e}' | '\u{200f}' | '\u{61c}' => "a direction mark",
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a bidirectional control",
        '\u{2028}' => "a line separator",
        '\u{2029}' => "a paragraph separator",
        '\u{2060}' => "a word joiner",
        '\u{feff}' => "a byte order mark",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "a variation selector",
        '\u{e0000}'..='\u{e007f}' => "a tag character",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_encodings_are_named() {
        for (bytes, offset, part) in [
            (&b"\xff\xfea\0"[..], 0, "UTF-16"),
            (b"\xff\xfe\0\0", 0, "UTF-32"),
            (b"ab\xc0\xaf", 2, "more bytes than it needs"),
            (b"a\xed\xa0\x80", 1, "surrogate"),
            (b"caf\xe9", 3, "not complete"),
        ] {
            let problem = decode(bytes).unwrap_err();
            assert_eq!(problem.offset, offset);
            assert!(problem.message.contains(part), "{}", problem.message);
        }
        assert_eq!(decode("ä".as_bytes()), Ok("ä"));
    }
}
