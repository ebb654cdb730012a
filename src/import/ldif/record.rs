//! The records of an LDIF text.

use std::borrow::Cow;
use std::ops::Range;

use super::super::reading::{Reading, shown};
use super::super::text;
use super::base64;
use super::lines::{Line, Lines};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span, is_hidden};

/// What stands after the name of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) enum Content<'t> {
    /// `name: value`.
    Text(Cow<'t, str>),
    /// `name:: value`, not decoded yet.
    Base64(Cow<'t, str>),
    /// A line of a single hyphen, which ends a part of a modification.
    Hyphen,
}

/// One line of a record.
#[derive(Clone, Debug)]
pub(in crate::import) struct Item<'t> {
    /// The attribute's name with its options, as it is written.
    pub name: Cow<'t, str>,
    /// Where the name stands.
    pub name_range: Range<usize>,
    /// Its value.
    pub content: Content<'t>,
    /// Where the value stands, folding included.
    pub range: Range<usize>,
}

/// A record: a name and its lines.
#[derive(Clone, Debug)]
pub(in crate::import) struct Record<'t> {
    /// The file.
    pub source: SourceId,
    /// All of its bytes.
    pub range: Range<usize>,
    /// Its first line, `dn`.
    pub dn: Item<'t>,
    /// The lines after it.
    pub items: Vec<Item<'t>>,
}

impl<'t> Item<'t> {
    /// The value where it stands in the file as it is, neither folded nor encoded.
    pub fn plain(&self) -> Option<&'t str> {
        match &self.content {
            Content::Text(Cow::Borrowed(text)) if text.len() == self.range.len() => Some(text),
            _ => None,
        }
    }
}

impl Item<'_> {
    /// Says whether the attribute has that name, which is written in lower case here; options left aside.
    pub fn is(&self, name: &str) -> bool {
        self.base_name().eq_ignore_ascii_case(name)
    }

    /// The name without options.
    pub fn base_name(&self) -> &str {
        self.name.split_once(';').map_or(&*self.name, |(name, _)| name)
    }

    /// The place of the value.
    pub fn span(&self, reading: &Reading<'_>) -> Span {
        reading.span(self.range.start, self.range.end)
    }

    /// The place of the name.
    pub fn name_span(&self, reading: &Reading<'_>) -> Span {
        reading.span(self.name_range.start, self.name_range.end)
    }

    /// The value as bytes.
    pub fn bytes(&self, reading: &mut Reading<'_>) -> Option<Cow<'_, [u8]>> {
        match &self.content {
            Content::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
            Content::Hyphen => None,
            Content::Base64(encoded) => {
                let decoded = base64::decode(encoded);
                if decoded.is_none() {
                    let message = format!("the value of `{}` is not base64", shown(&self.name));
                    let diagnostic = Diagnostic::new(Code::Syntax, message).label(self.span(reading), "");
                    reading.push(diagnostic.hint("a value after one colon is text, after two colons base64"));
                }
                decoded.map(Cow::Owned)
            }
        }
    }

    /// The value as text, by the rules of every text whether it was written as one or as base64.
    pub fn text(&self, reading: &mut Reading<'_>) -> Option<Cow<'_, str>> {
        let (text, decoded) = match &self.content {
            Content::Text(text) => (Cow::Borrowed(&**text), text.len() != self.range.len()),
            Content::Hyphen => return None,
            Content::Base64(_) => {
                let bytes = self.bytes(reading)?.into_owned();
                match String::from_utf8(bytes) {
                    Ok(text) => (Cow::Owned(text), true),
                    Err(_) => {
                        let message = format!("the value of `{}` is not UTF-8", shown(&self.name));
                        let diagnostic = Diagnostic::new(Code::Encoding, message);
                        let label = self.span(reading);
                        reading.push(diagnostic.label(label, "base64 of other bytes than a text's"));
                        return None;
                    }
                }
            }
        };
        // What stands in the file as it is was looked at when the file was opened.
        let refused = |character: &char| is_hidden(*character) || matches!(character, '\r' | '\n' | '\t');
        if decoded && let Some(character) = text.chars().find(refused) {
            let message = format!("the value of `{}` holds {}", shown(&self.name), text::describe(character));
            let label = self.span(reading);
            reading.push(Diagnostic::new(Code::HiddenCharacter, message).label(label, "written as base64"));
            return None;
        }
        Some(text)
    }
}

/// Reads the records of a text one after the other; what is wrong goes to the reading.
pub(in crate::import) struct Records<'t> {
    lines: Lines<'t>,
    started: bool,
}

impl<'t> Records<'t> {
    /// Begins at the start of a text.
    pub fn new(text: &'t str) -> Self {
        Self { lines: Lines::new(text), started: false }
    }

    /// The next record that could be read.
    pub fn next(&mut self, reading: &mut Reading<'t>) -> Option<Record<'t>> {
        while !reading.is_full() {
            let first = self.lines.by_ref().find(|line| !line.text.is_empty())?;
            let version = !std::mem::replace(&mut self.started, true) && first.text.starts_with("version:");
            if version {
                check_version(reading, &first);
                continue;
            }
            if let Some(record) = self.record(reading, first) {
                return Some(record);
            }
        }
        None
    }

    fn record(&mut self, reading: &mut Reading<'t>, first: Line<'t>) -> Option<Record<'t>> {
        let mut range = first.range.clone();
        let dn = item(reading, first).filter(|item| starts(reading, item));
        let mut items = Vec::new();
        let mut complete = dn.is_some();
        for line in self.lines.by_ref().take_while(|line| !line.text.is_empty()) {
            range.end = line.range.end;
            // After a bad first line, the rest of the record says nothing new.
            if dn.is_some() {
                match item(reading, line) {
                    Some(item) => items.push(item),
                    None => complete = false,
                }
            }
        }
        Some(Record { source: reading.source(), range, dn: dn?, items }).filter(|_| complete)
    }
}

/// Refuses a record that does not begin with its name.
fn starts(reading: &mut Reading<'_>, item: &Item<'_>) -> bool {
    if &*item.name == "dn" || item.name.eq_ignore_ascii_case("dn") {
        return true;
    }
    let message = format!("a record begins with `{}` and must begin with `dn`", shown(&item.name));
    let label = item.name_span(reading);
    let hint = "an empty line ends a record; put the line into the record that it belongs to";
    reading.push(Diagnostic::new(Code::Syntax, message).label(label, "").hint(hint));
    false
}

fn check_version(reading: &mut Reading<'_>, line: &Line<'_>) {
    let version = line.text.strip_prefix("version:").unwrap_or_default().trim();
    if version != "1" {
        let message = format!("the file is LDIF of version `{}`", shown(version));
        let label = reading.span(line.range.start, line.range.end);
        reading.push(
            Diagnostic::new(Code::SchemaVersion, message).label(label, "").hint("there is only version 1"),
        );
    }
}

/// Reads one line of a record.
fn item<'t>(reading: &mut Reading<'t>, line: Line<'t>) -> Option<Item<'t>> {
    let Line { text, range } = line;
    if text == "-" {
        let item =
            Item { name: text, name_range: range.clone(), content: Content::Hyphen, range: range.clone() };
        return Some(item);
    }
    let colon = text.bytes().take(MAX_NAME).position(|byte| byte == b':').filter(|at| *at > 0);
    let Some(colon) = colon.filter(|_| !text.starts_with(' ')) else {
        refuse_line(reading, &text, range);
        return None;
    };
    let name_range = range.start..(range.start + colon).min(range.end);
    let rest = text.get(colon + 1..).unwrap_or_default();
    let (skip, kind) = match rest.bytes().next() {
        Some(b':') => (1, Kind::Base64),
        Some(b'<') => (1, Kind::Url),
        _ => (0, Kind::Text),
    };
    let spaces = rest.get(skip..).unwrap_or_default().bytes().take_while(|byte| *byte == b' ').count();
    let begin = colon + 1 + skip + spaces;
    let value_range = (range.start + begin).min(range.end)..range.end;
    let name = cut(&text, 0, colon);
    if !is_attribute_name(&name) {
        let message = format!("`{}` is not the name of an attribute", shown(&name));
        let label = reading.span(name_range.start, name_range.end);
        reading.push(Diagnostic::new(Code::Syntax, message).label(label, ""));
        return None;
    }
    let value = cut(&text, begin, text.len());
    let content = match kind {
        Kind::Text => Content::Text(value),
        Kind::Base64 => Content::Base64(value),
        Kind::Url => {
            let message =
                format!("the value of `{}` stands at an address outside of this file", shown(&name));
            let label = reading.span(value_range.start, value_range.end);
            let hint = "addresses after `:<` are never opened; write the value itself";
            reading.push(Diagnostic::new(Code::UrlValue, message).label(label, "not opened").hint(hint));
            return None;
        }
    };
    Some(Item { name, name_range, content, range: value_range })
}

/// No attribute's name with its options is longer.
const MAX_NAME: usize = 1024;

enum Kind {
    Text,
    Base64,
    Url,
}

/// A part of a text, borrowed from the file where the text is.
fn cut<'t>(text: &Cow<'t, str>, start: usize, end: usize) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(start..end).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(start..end).unwrap_or_default().to_owned()),
    }
}

fn is_attribute_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b';' | b'=' | b'*');
    name.bytes().all(legal) && name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
}

fn refuse_line(reading: &mut Reading<'_>, text: &str, range: Range<usize>) {
    let label = reading.span(range.start, range.end);
    let (message, hint) = match text.starts_with(' ') {
        true => ("a folded line continues nothing", "delete the space that the line begins with"),
        false => ("a line has no `:` after the name of an attribute", "lines are `name: value`"),
    };
    reading.push(Diagnostic::new(Code::Syntax, message).label(label, "").hint(hint));
}
