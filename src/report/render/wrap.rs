//! Lines that are no wider than a given number of columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How many columns a text takes on a terminal.
pub fn display_width(text: &str) -> usize {
    text.width()
}

/// Breaks a text into lines of at most `width` columns; there is always one line, maybe empty.
///
/// Lines end at spaces. A word that is wider than a line is broken after one of `-./_:,=`, or
/// anywhere where it holds none. No character is lost but the spaces at breaks.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let wide = display_width(word);
        if !line.is_empty() && used + 1 + wide <= width {
            line.push(' ');
            line.push_str(word);
            used += 1 + wide;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line = break_word(word, width, &mut lines);
        used = display_width(&line);
    }
    lines.push(line);
    lines
}

/// Pushes all full lines of a word and gives the rest.
fn break_word(word: &str, width: usize, lines: &mut Vec<String>) -> String {
    let mut rest = word;
    while display_width(rest) > width {
        let (head, tail) = rest.split_at(break_at(rest, width));
        lines.push(head.to_owned());
        rest = tail;
    }
    rest.to_owned()
}

/// The byte to break a too wide word at: at least one character, at most `width` columns.
fn break_at(word: &str, width: usize) -> usize {
    let mut used = 0;
    let mut hard = 0;
    let mut soft = 0;
    for (at, character) in word.char_indices() {
        used += character.width().unwrap_or(0);
        let end = at + character.len_utf8();
        if used > width && hard > 0 {
            break;
        }
        hard = end;
        // A break that leaves most of the line empty helps nobody.
        if "-./_:,=".contains(character) && used * 3 >= width {
            soft = end;
        }
    }
    if soft > 0 { soft } else { hard }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_spaces_and_then_at_signs() {
        assert_eq!(wrap("Group Lync servers team", 12), ["Group Lync", "servers team"]);
        assert_eq!(wrap("Set-CsAccessEdgeConfiguration", 16), ["Set-CsAccessEdge", "Configuration"]);
        assert_eq!(wrap("edge-configuration", 14), ["edge-", "configuration"]);
        assert_eq!(wrap("", 5), [""]);
    }

    #[test]
    fn no_character_is_lost_and_no_line_is_too_wide() {
        for width in 1..40 {
            let text = "edge/federation 日本語日本語 a-very-long-word.without.spaces ü";
            let lines = wrap(text, width);
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            assert!(lines.iter().all(|line| display_width(line) <= width.max(2)), "{width}: {lines:?}");
        }
    }
}
