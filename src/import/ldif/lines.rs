//! The lines of an LDIF text, unfolded.

use std::borrow::Cow;
use std::ops::Range;

/// A line with what was folded out of it, and the bytes that it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// The text without line ends and without the spaces that begin folded lines.
    pub text: Cow<'t, str>,
    /// Its bytes in the file, the last line end left out.
    pub range: Range<usize>,
}

/// Cuts a text into lines (RFC 2849): a line that begins with a space continues the one before it.
///
/// Comments are left out, with everything that continues them. An empty line is given as one.
pub(super) struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lines<'t> {
    /// Begins at the start of a text.
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// One line of the file as it stands there, without its end; where it ends; where the next begins.
    fn physical(&self, at: usize) -> Option<(&'t str, usize)> {
        let rest = self.text.get(at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let line = rest.get(..length).unwrap_or_default();
        Some((line.trim_end_matches(['\r', '\n']), at + length))
    }

    /// The next line with all that continues it, a comment too.
    fn unfolded(&mut self) -> Option<Line<'t>> {
        let start = self.at;
        let (first, next) = self.physical(start)?;
        self.at = next;
        let mut line = Line { text: Cow::Borrowed(first), range: start..start + first.len() };
        if first.is_empty() {
            return Some(line);
        }
        while let Some((more, next)) = self.physical(self.at).filter(|(more, _)| more.starts_with(' ')) {
            line.text.to_mut().push_str(more.get(1..).unwrap_or_default());
            line.range.end = self.at + more.len();
            self.at = next;
        }
        Some(line)
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        loop {
            let line = self.unfolded()?;
            if !line.text.starts_with('#') {
                return Some(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_and_comments_are_put_together() {
        let text = "# a\n  comment\ndn: a\r\n b\n  c\n\nx: 1";
        let lines: Vec<Line<'_>> = Lines::new(text).collect();
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_ref()).collect();
        assert_eq!(texts, ["dn: ab c", "", "x: 1"]);
        assert_eq!(text.get(lines[0].range.clone()), Some("dn: a\r\n b\n  c"));
    }
}
