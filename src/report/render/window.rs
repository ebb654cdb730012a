//! The few lines of the sources that a message points at.

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::Style;
use crate::source::{Excerpts, Source, is_command, is_hidden};

/// What stands for a line of a file that can hold secrets.
const WITHHELD: &str = "(not shown, because files of this kind can hold secrets)";

/// A place that a message points at.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// The text it lies in.
    pub source: &'a Source,
    /// Bytes from the start of the text.
    pub offset: usize,
    /// Bytes covered.
    pub length: usize,
    /// A remark; may be empty.
    pub text: &'a str,
}

/// Excerpts of several sources, laid end to end in one space of offsets.
///
/// `miette` reads one source from its start, at a cost that grows with the offset, and knows no
/// second file. This gives it copies of the lines around each place, wherever they come from, with
/// hidden characters replaced one for one and very long lines cut to the part that matters.
#[derive(Debug, Default)]
pub struct Windows {
    windows: Vec<Window>,
    labels: Vec<Mark>,
}

#[derive(Debug)]
struct Window {
    name: String,
    /// Where the window starts among all windows.
    base: usize,
    /// Number of its first line, counted from 0.
    line: usize,
    text: String,
}

/// A label, by its place among the windows and its place in the file.
#[derive(Debug)]
struct Mark {
    start: usize,
    end: usize,
    line: usize,
    column: usize,
    text: String,
}

/// A place on one line of a source; one that covers several lines is cut to the first of them.
#[derive(Debug)]
struct Spot<'a> {
    line: usize,
    column: usize,
    start: usize,
    end: usize,
    text: &'a str,
}

impl Windows {
    /// Copies the lines around each place.
    pub fn new(places: &[Place<'_>], style: &Style) -> Self {
        let mut windows = Windows::default();
        let mut sources: Vec<&Source> = Vec::new();
        for place in places {
            if !sources.iter().any(|source| std::ptr::eq(*source, place.source)) {
                sources.push(place.source);
            }
        }
        for source in sources {
            let of_source = places.iter().filter(|place| std::ptr::eq(place.source, source));
            let mut spots: Vec<Spot<'_>> = of_source.map(spot).collect();
            spots.sort_by_key(|spot| (spot.line, spot.start, spot.end));
            windows.add(source, &spots, style);
        }
        windows
    }

    /// The labels, in this space of offsets.
    pub fn labels(&self) -> Vec<LabeledSpan> {
        let text = |mark: &Mark| Some(mark.text.clone()).filter(|text| !text.is_empty());
        let span = |mark: &Mark| LabeledSpan::new(text(mark), mark.start, mark.end - mark.start);
        self.labels.iter().map(span).collect()
    }

    /// Says whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    fn add(&mut self, source: &Source, spots: &[Spot<'_>], style: &Style) {
        let budget = style.width.map_or(400, |width| width.saturating_sub(12)).max(40);
        let mut rest = spots;
        while let Some(first) = rest.first() {
            let long = line_text(source, first.line).len() > budget;
            let mut lines = if long { (first.line, first.line) } else { around(source, first.line) };
            let mut taken = 1;
            while let (Some(next), false) = (rest.get(taken), long) {
                let (start, end) = around(source, next.line);
                if start > lines.1 + 1 || line_text(source, next.line).len() > budget {
                    break;
                }
                lines.1 = end;
                taken += 1;
            }
            let (here, later) = rest.split_at(taken);
            self.copy(source, lines, here, budget, style);
            rest = later;
        }
    }

    /// Copies the lines `first..=last` as one window.
    fn copy(
        &mut self,
        source: &Source,
        (first, last): (usize, usize),
        spots: &[Spot<'_>],
        budget: usize,
        style: &Style,
    ) {
        let base = self.windows.last().map_or(0, |window| window.base + window.text.len() + 1);
        let mut text = String::new();
        for line in first..=last {
            let on_line: Vec<&Spot<'_>> = spots.iter().filter(|spot| spot.line == line).collect();
            let ranges = push_line(&mut text, line_text(source, line), &on_line, budget, style);
            for (spot, (start, end)) in on_line.iter().zip(ranges) {
                self.labels.push(Mark {
                    start: base + start,
                    end: base + end,
                    line: line - 1,
                    column: spot.column - 1,
                    text: style.shown(spot.text).into_owned(),
                });
            }
        }
        let name = style.shown(source.path()).into_owned();
        self.windows.push(Window { name, base, line: first - 1, text });
    }
}

fn spot<'a>(place: &Place<'a>) -> Spot<'a> {
    let (line, column) = place.source.position(place.offset);
    let (_, line_start) = place.source.lines(line, line);
    let most = line_text(place.source, line).len();
    let start = place.offset.saturating_sub(line_start).min(most);
    let end = start.saturating_add(place.length).min(most);
    Spot { line, column, start, end, text: place.text }
}

/// The line before, the line itself and the line after, as far as they exist.
fn around(source: &Source, line: usize) -> (usize, usize) {
    if source.excerpts() == Excerpts::Withheld {
        return (line, line);
    }
    let next_is_empty_end = line + 1 == source.line_count() && line_text(source, line + 1).is_empty();
    let last = if next_is_empty_end { line } else { (line + 1).min(source.line_count()) };
    (line.saturating_sub(1).max(1), last.max(line))
}

/// A line without its end.
fn line_text(source: &Source, line: usize) -> &str {
    if source.excerpts() == Excerpts::Withheld {
        return WITHHELD;
    }
    let (text, _) = source.lines(line, line);
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

/// Appends a line as it is shown and gives the ranges of its places in the new text.
fn push_line(
    text: &mut String,
    line: &str,
    spots: &[&Spot<'_>],
    budget: usize,
    style: &Style,
) -> Vec<(usize, usize)> {
    let (from, to) = part(line, spots.first().map_or(0, |spot| spot.start), budget);
    let mut ranges: Vec<(Option<usize>, Option<usize>)> = vec![(None, None); spots.len()];
    if from > 0 {
        text.push_str(style.ellipsis());
    }
    for (at, character) in line.get(from..to).unwrap_or_default().char_indices() {
        for (spot, range) in spots.iter().zip(&mut ranges) {
            if range.0.is_none() && from + at >= spot.start {
                range.0 = Some(text.len());
            }
            if range.1.is_none() && from + at >= spot.end {
                range.1 = Some(text.len());
            }
        }
        // A sign in place of the second `#` breaks what a build agent would take for a command.
        let character = if character == '#' && is_command(line, from + at) { '\n' } else { character };
        text.push(shown(character, style));
    }
    let end = text.len();
    if to < line.len() {
        text.push_str(style.ellipsis());
    }
    text.push('\n');
    let whole = |(start, stop): (Option<usize>, Option<usize>)| {
        let start = start.unwrap_or(end);
        (start, stop.unwrap_or(end).max(start))
    };
    ranges.into_iter().map(whole).collect()
}

/// The part of a line that is shown: all of it, or some text around a place.
fn part(line: &str, start: usize, budget: usize) -> (usize, usize) {
    if line.len() <= budget {
        return (0, line.len());
    }
    let boundary = |mut at: usize| {
        at = at.min(line.len());
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let from = boundary(start.saturating_sub(budget / 3));
    (from, boundary(from + budget))
}

fn shown(character: char, style: &Style) -> char {
    match character {
        '\t' => '\t',
        '\n' | '\r' => {
            if style.unicode {
                '\u{fffd}'
            } else {
                '?'
            }
        }
        hidden if is_hidden(hidden) && style.unicode => '\u{fffd}',
        other if !style.unicode && (is_hidden(other) || !other.is_ascii()) => '?',
        other => other,
    }
}

impl SourceCode for Windows {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let holds = |window: &&Window| {
            window.base <= span.offset() && span.offset() + span.len() <= window.base + window.text.len()
        };
        let window = self.windows.iter().find(holds).ok_or(MietteError::OutOfBounds)?;
        let name = window.name.clone();
        let text = window.text.as_bytes();
        let mark = self.labels.iter().find(|mark| mark.start == span.offset());
        let contents = match mark {
            // Asked for without context, a span is asked for its position only.
            Some(mark) if lines_before == 0 => {
                MietteSpanContents::new_named(name, &[], *span, mark.line, mark.column, 1)
            }
            _ => {
                let whole = SourceSpan::from((window.base, text.len()));
                let lines = text.iter().filter(|byte| **byte == b'\n').count();
                MietteSpanContents::new_named(name, text, whole, window.line, 0, lines)
            }
        };
        Ok(Box::new(contents))
    }
}
