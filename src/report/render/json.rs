//! Reports as JSON, each character that hides itself escaped.

use std::io;

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::{Batch, Style};
use crate::report::{Problems, Report};
use crate::source::{is_command, is_hidden};

/// Writes one report as an object and several as a list of objects; what is wrong is the last of them.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    let items: Vec<Item<'_>> =
        batch.reports.iter().map(Item::Report).chain(batch.problems.map(Item::Problems)).collect();
    of_batch(&items, batch.given)
}

/// One object of the output, known by its `schema`.
enum Item<'a> {
    Report(&'a Report),
    Problems(&'a Problems),
}

impl Serialize for Item<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Item::Report(report) => report.serialize(serializer),
            Item::Problems(problems) => problems.serialize(serializer),
        }
    }
}

/// Writes one value as an object and several as a list of objects, by how many were asked for.
pub(super) fn of_batch(values: &[impl Serialize], given: usize) -> String {
    match values {
        [] if given <= 1 => String::new(),
        [value] if given <= 1 => written(value),
        values => written(values),
    }
}

/// A value as JSON, each character that hides itself escaped, with a line end.
pub fn written(value: &(impl Serialize + ?Sized)) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Visible(PrettyFormatter::new()));
    value.serialize(&mut serializer).expect("a report has only string keys, and memory takes every byte");
    bytes.push(b'\n');
    String::from_utf8(bytes).expect("a JSON serializer writes UTF-8")
}

/// What is written into bytes line by line, as a text.
pub(super) fn of_lines(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes);
    String::from_utf8(bytes).expect("a JSON serializer writes UTF-8")
}

/// Appends a value as JSON on one line, each character that hides itself escaped.
pub fn append(bytes: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    let mut serializer = Serializer::with_formatter(&mut *bytes, Visible(CompactFormatter));
    value.serialize(&mut serializer).expect("a line has only string keys, and memory takes every byte");
    bytes.push(b'\n');
}

/// Writes a part of a string that needs no escapes of JSON.
fn visible_fragment<W: ?Sized + io::Write>(writer: &mut W, fragment: &str) -> io::Result<()> {
    if fragment.bytes().all(|byte| (b' '..0x7f).contains(&byte) && byte != b'#') {
        return writer.write_all(fragment.as_bytes());
    }
    let mut plain = 0;
    let unsafe_at =
        |at: usize, character: char| is_hidden(character) || character == '#' && is_command(fragment, at);
    for (at, character) in fragment.char_indices().filter(|(at, character)| unsafe_at(*at, *character)) {
        writer.write_all(fragment.get(plain..at).unwrap_or_default().as_bytes())?;
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(writer, "\\u{unit:04x}")?;
        }
        plain = at + character.len_utf8();
    }
    writer.write_all(fragment.get(plain..).unwrap_or_default().as_bytes())
}

/// A form of JSON, with hidden characters as `\u` escapes.
///
/// JSON itself asks this only of the controls below U+0020; a reader of a log needs it of all, and an agent
/// that reads the log must find no command in it.
struct Visible<Form>(Form);

impl<Form: Formatter> Formatter for Visible<Form> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        visible_fragment(writer, fragment)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
