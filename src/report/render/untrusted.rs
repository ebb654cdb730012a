//! Texts from the input, written so that no reader of an output takes them for anything else.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use crate::source::visible;

/// A text that comes from the input or speaks of it.
///
/// It is shown on one line with every hidden character as an escape, and each of the other forms adds what
/// its language needs. There is no way to get the raw text back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untrusted<'a>(Cow<'a, str>);

impl fmt::Display for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> Untrusted<'a> {
    /// Takes a text.
    pub fn of(text: &'a str) -> Self {
        Self(visible(text))
    }

    /// For the text and the attributes of XML and HTML, which have no place for two noncharacters either.
    pub fn xml(&self) -> String {
        let mut written = String::with_capacity(self.0.len() + 16);
        for character in self.0.chars() {
            match character {
                '&' => written.push_str("&amp;"),
                '<' => written.push_str("&lt;"),
                '>' => written.push_str("&gt;"),
                '"' => written.push_str("&quot;"),
                '\'' => written.push_str("&#39;"),
                '\u{fffe}' | '\u{ffff}' => push_escape(&mut written, character),
                other => written.push(other),
            }
        }
        written
    }

    /// For a cell of comma-separated values: no formula of a spreadsheet, no command of a build agent where
    /// it begins a line, and quoted where it must be.
    pub fn csv(&self) -> String {
        let begins_badly = |character| "=+-@＝＋－＠:#".contains(character);
        let guard = if self.0.trim_start().starts_with(begins_badly) { "'" } else { "" };
        match self.0.contains([',', '"']) || self.0.starts_with(' ') || self.0.ends_with(' ') {
            true => format!("\"{guard}{}\"", self.0.replace('"', "\"\"")),
            false => format!("{guard}{}", self.0),
        }
    }

    /// For the inside of a line of CommonMark: plain words as they are, everything else as code.
    ///
    /// Code is the one place where no reader looks for markup, mentions, references, emoji or links. What
    /// stands in backticks is code already.
    pub fn markdown(&self) -> String {
        let mut written = String::with_capacity(self.0.len() + 16);
        let balanced = self.0.matches('`').count().is_multiple_of(2) && !self.0.contains("``");
        if !balanced {
            return code_span(&self.0);
        }
        for (at, part) in self.0.split('`').enumerate() {
            let code = at % 2 == 1 || !is_prose(part);
            // Two spans that touch would be read as one.
            if code && written.ends_with('`') && !part.is_empty() {
                written.push(' ');
            }
            written.push_str(&if code { code_span(part) } else { part.to_owned() });
        }
        written
    }

    /// As code in a line of CommonMark.
    pub fn markdown_code(&self) -> String {
        code_span(&self.0)
    }

    /// For the message of a workflow command of GitHub.
    pub fn github_message(&self) -> String {
        self.0.replace('%', "%25")
    }

    /// For a property of a workflow command of GitHub.
    pub fn github_property(&self) -> String {
        self.github_message().replace(':', "%3A").replace(',', "%2C")
    }

    /// For the message or a property of a logging command of Azure Pipelines.
    pub fn azure(&self) -> String {
        self.0.replace('%', "%AZP25").replace(';', "%3B").replace(']', "%5D")
    }

    /// For a message of SARIF, in which brackets before parentheses are a link.
    pub fn sarif(&self) -> String {
        match self.0.contains("](") {
            true => self.0.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"),
            false => self.0.clone().into_owned(),
        }
    }
}

/// Words that no dialect of Markdown gives a meaning, wherever in a line they stand.
fn is_prose(text: &str) -> bool {
    let plain = |character: char| character.is_alphanumeric() || " .,;?'()/%-:".contains(character);
    let mut words = text.split(|character: char| !character.is_ascii_alphanumeric());
    // A dialect makes a reference of a long hexadecimal number, and a link of a host.
    let is_number = |word: &str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lower = text.to_lowercase();
    text.chars().all(plain)
        && !words.any(is_number)
        && !["www.", "://", "mailto:", "xmpp:", "gh-"].iter().any(|word| lower.contains(word))
        && text.match_indices(':').all(|(at, _)| matches!(text.as_bytes().get(at + 1), None | Some(b' ')))
}

/// A code span whose fence is longer than any in the text.
fn code_span(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let blank = text.chars().all(|character| character == ' ');
    let pad = if !blank && (text.starts_with(['`', ' ']) || text.ends_with(['`', ' '])) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn push_escape(written: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = write!(written, "\\u{{{:x}}}", character as u32);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Untrusted<'_> {
        Untrusted::of(text)
    }

    #[test]
    fn a_cell_is_never_a_formula_and_never_two_cells() {
        assert_eq!(of("a/b").csv(), "a/b");
        assert_eq!(of("User::\"dana\"").csv(), "\"User::\"\"dana\"\"\"");
        assert_eq!(of("=1+1").csv(), "'=1+1");
        assert_eq!(of("-1,2").csv(), "\"'-1,2\"");
        assert_eq!(of("@x\r\ny").csv(), "'@x\\r\\ny");
        assert_eq!(of("\t=x").csv(), "\\t=x");
        assert_eq!(of(" =x").csv(), "\"' =x\"");
    }

    #[test]
    fn words_are_prose_and_everything_else_is_code() {
        assert_eq!(of("no permit applies (yet)").markdown(), "no permit applies (yet)");
        assert_eq!(of("`a` may do: `b c`").markdown(), "`a` may do: `b c`");
        assert_eq!(of("see @team, #1").markdown(), "`see @team, #1`");
        assert_eq!(of("a `b").markdown(), "``a `b``");
        assert_eq!(of("`a`: @b").markdown(), "`a` `: @b`");
        assert_eq!(of("``x`` y").markdown(), "``` ``x`` y ```");
        assert_eq!(of("x:smile: y").markdown(), "`x:smile: y`");
        assert_eq!(of("at deadbeef1").markdown(), "`at deadbeef1`");
        assert_eq!(of("see www.example").markdown(), "`see www.example`");
        assert_eq!(of("").markdown(), "");
    }

    #[test]
    fn an_escape_is_escaped_first() {
        assert_eq!(of("a%0Ab\n").github_message(), "a%250Ab\\n");
        assert_eq!(of("a,b:c").github_property(), "a%2Cb%3Ac");
        assert_eq!(of("a%3B;b]").azure(), "a%AZP253B%3Bb%5D");
        assert_eq!(of("<a b='\u{ffff}'>&").xml(), "&lt;a b=&#39;\\u{ffff}&#39;&gt;&amp;");
        assert_eq!(of("[x](y) \\").sarif(), "\\[x\\](y) \\\\");
        assert_eq!(of("a[1]").sarif(), "a[1]");
    }
}
