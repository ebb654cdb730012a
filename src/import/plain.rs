//! Entities that are written plainly, at the speed of a scan.
//!
//! The scan takes what the strict reader would take without a word, and nothing else: whatever it does
//! not take is left to that reader, which knows what to say of it.

mod scan;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::reading::Reading;
use super::{json, keys, limits};
use crate::document::{Node, NodeKind, PlainEntities, Token, TokenKind};
use crate::source::Spanned;
use scan::Scan;

/// The tokens of some entities, and where each begins in them.
#[derive(Debug, Default)]
pub(super) struct Plain {
    pub tokens: Vec<Token>,
    pub starts: Vec<u32>,
}

impl Plain {
    /// Takes the entity that a part of a text is, which begins at an offset; says whether it did.
    pub fn take(&mut self, part: &str, start: usize) -> bool {
        self.read(part, start, 0).is_some_and(|end| end == part.trim_ascii_end().len())
    }

    /// What was taken, as a part of the document of its file.
    pub fn of(mut self, reading: &Reading<'_>) -> PlainEntities {
        self.tokens.shrink_to_fit();
        self.starts.shrink_to_fit();
        PlainEntities::new(reading.source(), reading.shared_text(), self.tokens, self.starts)
    }

    /// Takes the entity that begins at a place of a part; gives the place after it.
    fn read(&mut self, part: &str, start: usize, at: usize) -> Option<usize> {
        let before = self.tokens.len();
        let first = u32::try_from(before).ok()?;
        let mut scan = Scan { bytes: part.as_bytes(), text: part, start, at, tokens: &mut self.tokens };
        match scan.entity() {
            Some(()) => {
                let end = scan.at;
                self.starts.push(first);
                Some(end)
            }
            None => {
                self.tokens.truncate(before);
                None
            }
        }
    }
}

/// A JSON list of entities.
#[derive(Default)]
pub(super) struct Listed {
    /// The entities that were taken.
    pub plain: Plain,
    /// Where the others begin.
    pub others: Vec<usize>,
    /// The opening bracket.
    pub begin: usize,
    /// One past the closing bracket.
    pub end: usize,
}

/// Reads the list of entities that begins at an offset; nothing where it is no list that this scan can
/// follow to its end, or where characters are hidden, so that all texts have to be looked at.
pub(super) fn list(reading: &Reading<'_>, start: usize) -> Option<Listed> {
    reading.hidden().is_empty().then_some(())?;
    let text = reading.text();
    let mut listed = Listed { begin: start, ..Listed::default() };
    let mut nothing = Vec::new();
    let mut scan = Scan { bytes: text.as_bytes(), text, start: 0, at: start, tokens: &mut nothing };
    scan.each(|scan| {
        match listed.plain.read(text, 0, scan.at) {
            Some(end) => scan.at = end,
            None => {
                listed.others.push(scan.at);
                scan.skip_value()?;
            }
        }
        Some(())
    })?;
    listed.end = scan.at;
    Some(listed)
}

/// Where the keys and values of a JSON mapping stand.
#[derive(Default)]
pub(super) struct Keyed {
    /// The keys with their quotes.
    pub keys: Vec<Range<usize>>,
    /// Where the values begin.
    pub values: Vec<usize>,
    /// The whole mapping.
    pub extent: Range<usize>,
}

impl Keyed {
    /// Reads the mapping strictly, without the value of one key, for which there is an empty list.
    pub fn read(&self, reading: &mut Reading<'_>, without: Option<(usize, usize)>) -> Option<Node> {
        let mut entries = Vec::with_capacity(self.keys.len());
        for (key, value) in self.keys.iter().zip(&self.values) {
            let name = reading.text().get(key.start + 1..key.end - 1).unwrap_or_default().to_owned();
            let node = match without.filter(|(begin, _)| begin == value) {
                Some((begin, end)) => {
                    Node { span: reading.span(begin, end), kind: NodeKind::List(Vec::new()) }
                }
                None => json::read_value(reading, *value)?,
            };
            entries.push((Spanned::new(name, reading.span(key.start, key.end)), node));
        }
        keys::refuse_duplicates(reading, &entries);
        let span = reading.span(self.extent.start, self.extent.end);
        Some(Node { span, kind: NodeKind::Map(entries) })
    }
}

/// A phase whose steps were followed to their end.
pub(super) struct Phase {
    /// The other fields.
    pub fields: Keyed,
    /// The steps; a token of kind `Parts` stands for one that was not taken.
    pub steps: Plain,
    /// Where the steps begin that were not taken.
    pub others: Vec<usize>,
    /// Where the list of steps begins and ends.
    pub list: (usize, usize),
}

/// A plan that is a whole JSON text: its other fields, its phases, and where their list begins and ends.
/// Nothing where this scan cannot follow it.
pub(super) fn plan(reading: &Reading<'_>) -> Option<(Keyed, Vec<Phase>, (usize, usize))> {
    reading.hidden().is_empty().then_some(())?;
    let text = reading.text();
    let mut nothing = Vec::new();
    let mut scan = Scan { bytes: text.as_bytes(), text, start: 0, at: 0, tokens: &mut nothing };
    let mut phases = Vec::new();
    let mut list = None;
    let fields = scan.keyed(|scan, name| {
        if name != "phases" || list.is_some() {
            return scan.skip_value();
        }
        let begin = scan.at;
        scan.each(|scan| {
            phases.push(phase(scan)?);
            (phases.len() <= limits::PHASES).then_some(())
        })?;
        list = Some((begin, scan.at));
        Some(())
    })?;
    scan.space();
    (scan.at == text.len()).then_some((fields, phases, list?))
}

fn phase(scan: &mut Scan<'_, '_>) -> Option<Phase> {
    let mut steps = Plain::default();
    let mut others = Vec::new();
    let mut list = None;
    let fields = scan.keyed(|scan, name| {
        if name != "steps" || list.is_some() {
            return scan.skip_value();
        }
        let begin = scan.at;
        scan.each(|scan| {
            let first = u32::try_from(steps.tokens.len()).ok()?;
            steps.starts.push(first);
            let mut one =
                Scan { bytes: scan.bytes, text: scan.text, start: 0, at: scan.at, tokens: &mut steps.tokens };
            match one.step() {
                Some(()) => scan.at = one.at,
                None => {
                    steps.tokens.truncate(first as usize);
                    steps.tokens.push(Token::new(TokenKind::Parts, others.len(), 0)?);
                    others.push(scan.at);
                    scan.skip_value()?;
                }
            }
            Some(())
        })?;
        list = Some((begin, scan.at));
        Some(())
    })?;
    steps.tokens.shrink_to_fit();
    steps.starts.shrink_to_fit();
    Some(Phase { fields, steps, others, list: list? })
}

/// An estate that is a whole JSON text: its other fields and its list of entities. Nothing where this
/// scan cannot follow it.
pub(super) fn estate(reading: &Reading<'_>) -> Option<(Keyed, Listed)> {
    let text = reading.text();
    let mut nothing = Vec::new();
    let mut scan = Scan { bytes: text.as_bytes(), text, start: 0, at: 0, tokens: &mut nothing };
    let mut listed = None;
    let fields = scan.keyed(|scan, name| {
        if name != "entities" || listed.is_some() {
            return scan.skip_value();
        }
        let found = list(reading, scan.at)?;
        scan.at = found.end;
        listed = Some(found);
        Some(())
    })?;
    scan.space();
    (scan.at == text.len()).then_some((fields, listed?))
}
