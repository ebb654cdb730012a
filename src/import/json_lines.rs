//! Estates of one JSON entity a line, after a header line.

use super::native::{circles, entity, header, open_estate_header};
use super::plain::Plain;
use super::reading::Reading;
use super::{extension, json, limits, values};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::EstateDocument;
use crate::source::{Source, SourceId, SourceMap};

/// Says whether the path ends in `.jsonl`.
pub(super) fn recognises(source: &Source) -> bool {
    extension(source.path()) == Some("jsonl")
}

/// Reads the lines one by one, so that only one of them is a tree at a time.
pub(super) fn estate(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> Option<EstateDocument> {
    let mut reading = Reading::open(sources, id, sink)?;
    let estate = values::within_limit(&mut reading).map(|()| lines_of(&mut reading, id));
    reading.close(estate)
}

fn lines_of(reading: &mut Reading<'_>, id: SourceId) -> EstateDocument {
    let mut lines = lines(reading.text());
    let mut estate = EstateDocument {
        source: id,
        taken: None,
        origin: None,
        circles: Vec::new(),
        plain: None,
        entities: Vec::new(),
    };
    match lines.next().and_then(|(start, line)| json::read_part(reading, line, start)) {
        Some(first) => read_header(reading, first, &mut estate),
        None if reading.text().is_empty() => {
            let at = reading.at(0);
            reading.push(Diagnostic::new(Code::Syntax, "the file is empty").label(at, ""));
        }
        None => {}
    }
    // Where characters are hidden, all texts have to be looked at.
    let may_be_plain = reading.hidden().is_empty();
    let mut plain = Plain::default();
    for (start, line) in lines {
        if plain.starts.len() + estate.entities.len() >= limits::ENTITIES {
            let span = reading.at(start);
            reading.parse_limit(span, "the estate has more entities", limits::ENTITIES);
            break;
        }
        if may_be_plain && plain.take(line, start) {
            continue;
        }
        if let Some(node) = json::read_part(reading, line, start) {
            estate.entities.extend(entity(reading, node));
        }
    }
    estate.plain = Some(plain.of(reading));
    estate
}

fn read_header(reading: &mut Reading<'_>, node: crate::document::Node, estate: &mut EstateDocument) {
    let Some(mut fields) = open_estate_header(reading, node) else { return };
    header(reading, &mut fields, "estate");
    estate.taken = fields.take("taken").and_then(|node| reading.line("taken", node));
    estate.origin = fields.take("source").and_then(|node| reading.title("source", node));
    estate.circles = circles(reading, &mut fields);
}

/// The lines with the offsets of their first bytes; a line end at the very end begins no line.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\r', '\n']))
    })
}
