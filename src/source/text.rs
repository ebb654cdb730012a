//! Characters that a reader of a text cannot see.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Says whether a character is invisible or changes how its neighbours are shown.
///
/// These are the controls (Cc, without tab and line ends), the format characters (Cf: bidi
/// overrides, zero-width characters, tags), the line and paragraph separators, the Hangul fillers
/// and the variation selectors of the Unicode Character Database, version 16.
pub fn is_hidden(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        ' '..='~' => false,
        other => HIDDEN.iter().any(|(first, last)| (*first..=*last).contains(&(other as u32))),
    }
}

const HIDDEN: &[(u32, u32)] = &[
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x0600, 0x0605),
    (0x061c, 0x061c),
    (0x06dd, 0x06dd),
    (0x070f, 0x070f),
    (0x0890, 0x0891),
    (0x08e2, 0x08e2),
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x200b, 0x200f),
    (0x2028, 0x202e),
    (0x2060, 0x206f),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfffb),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
];

/// The hidden characters of a text with their byte offsets.
pub fn hidden_characters(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(_, character)| is_hidden(*character))
}

/// Says whether the `#` at a byte offset makes a text a command of a build agent: `##[…` or `##word[…`.
///
/// Azure's and TeamCity's agents look for these anywhere in a line.
pub fn is_command(text: &str, at: usize) -> bool {
    let is_second = text.get(..at).is_some_and(|before| before.ends_with('#'));
    let after = text.get(at..).and_then(|rest| rest.strip_prefix('#')).filter(|_| is_second);
    after.is_some_and(|rest| rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('['))
}

/// The text with every hidden character written as `\u{…}`, for showing it to a person.
///
/// Tabs and line ends are written as `\t`, `\n`, `\r`, so the result is always one line. What a build
/// agent would take for a command is broken in the same way: `##[` is written as `#\u{23}[`.
pub fn visible(text: &str) -> Cow<'_, str> {
    let plain = |character: char| !is_hidden(character) && !matches!(character, '\t' | '\n' | '\r');
    if text.chars().all(plain) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for (at, character) in text.char_indices() {
        match character {
            '#' if is_command(text, at) => shown.push_str("\\u{23}"),
            '\t' => shown.push_str("\\t"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            hidden if is_hidden(hidden) => {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", hidden as u32);
            }
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_shown_as_escapes() {
        assert_eq!(visible("a\u{202e}b\nc\u{1b}[2J"), "a\\u{202e}b\\nc\\u{1b}[2J");
        assert_eq!(visible("plain ä"), "plain ä");
    }

    #[test]
    fn what_a_build_agent_takes_for_a_command_is_broken() {
        assert_eq!(visible("a ##vso[task.complete]"), "a #\\u{23}vso[task.complete]");
        assert_eq!(visible("###[error]"), "##\\u{23}[error]");
        assert_eq!(visible("## a [b] #1 ##2 ##vso"), "## a [b] #1 ##2 ##vso");
        assert_eq!(visible(&visible("##teamcity[x]")), visible("##teamcity[x]"));
    }
}
