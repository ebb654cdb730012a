//! YAML text to nodes, refusing whatever makes a file mean something else than it shows.

mod extent;
mod watched;
mod words;

use std::cell::Cell;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::offsets::Offsets;
use super::reading::Reading;
use super::scalar::{Plain, classify};
use super::{keys, limits};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::{Span, Spanned};
use watched::Watched;
use words::{ambiguous, explain, feature, null, number, refuse_key};

/// Reads a text that is one YAML document.
pub(super) fn read(reading: &mut Reading<'_>) -> Option<Node> {
    let text = reading.text();
    if text.len() > limits::YAML_BYTES {
        let span = reading.at(0);
        reading.over_limit(span, &format!("the YAML file has {} bytes", text.len()), limits::YAML_BYTES);
        return None;
    }
    let mut builder = Builder {
        text,
        offsets: Offsets::new(text),
        open: Vec::new(),
        root: None,
        end: 0,
        values: 0,
        documents: 0,
    };
    let ahead = Cell::new(0);
    let mut parser = Parser::new(Watched::new(text, &ahead));
    while let Some(event) = parser.next_event() {
        if ahead.get() > limits::YAML_AHEAD {
            let at = reading.at(builder.end);
            reading.parse_limit(at, "a list or mapping in brackets has more parts", limits::YAML_AHEAD);
            return None;
        }
        ahead.set(0);
        match event {
            Ok((event, span)) => {
                let range =
                    (builder.offsets.byte(span.start.index()), builder.offsets.byte(span.end.index()));
                builder.take(reading, event, range).ok()?;
            }
            Err(error) => {
                let at = builder.offsets.byte(error.marker().index());
                let diagnostic = explain(&error).label(reading.at(at), "");
                reading.stop(diagnostic);
                return None;
            }
        }
    }
    if builder.root.is_none() {
        let at = reading.at(0);
        reading.stop(Diagnostic::new(Code::Syntax, "the file is empty").label(at, ""));
    }
    builder.root
}

/// A message was pushed that ends the reading of the file.
struct Stopped;

/// A list or mapping that has begun.
struct Open {
    start: usize,
    end: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>, Option<Spanned<String>>),
}

/// Makes nodes of events; its own stack, so that nesting costs no call stack.
struct Builder<'t> {
    text: &'t str,
    offsets: Offsets<'t>,
    open: Vec<Open>,
    root: Option<Node>,
    /// One past the last byte of the last scalar or closing bracket.
    end: usize,
    values: usize,
    documents: usize,
}

impl Builder<'_> {
    fn take(
        &mut self,
        reading: &mut Reading<'_>,
        event: Event<'_>,
        at: (usize, usize),
    ) -> Result<(), Stopped> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.document(reading, at),
            Event::Alias(_) => {
                let span = reading.span(at.0, at.1);
                let node = Node { span, kind: NodeKind::String(String::new()) };
                self.end = at.1;
                reading.push_broken(&node, feature("an alias stands for a value written elsewhere", span));
                self.value(reading, node)
            }
            Event::Scalar(value, style, anchor, tag) => {
                self.refuse_properties(reading, at.0, anchor, tag.is_some());
                self.scalar(reading, value.into_owned(), style, at)
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_properties(reading, at.0, anchor, tag.is_some());
                self.begin(reading, at.0, OpenKind::List(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_properties(reading, at.0, anchor, tag.is_some());
                self.begin(reading, at.0, OpenKind::Map(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.finish(reading, at.0),
        }
    }

    fn document(&mut self, reading: &mut Reading<'_>, at: (usize, usize)) -> Result<(), Stopped> {
        self.documents += 1;
        if self.documents > 1 {
            let span = reading.span(at.0, at.1.max(at.0));
            reading.stop(feature("a second document begins in the same file", span));
            return Err(Stopped);
        }
        let before = self.text.get(..at.0).unwrap_or_default();
        let mut line_start = 0;
        for line in before.split_inclusive('\n') {
            if line.starts_with('%') {
                let span = reading.span(line_start, line_start + line.trim_end().len());
                reading.push(feature("a directive changes how the file is read", span));
            }
            line_start += line.len();
        }
        Ok(())
    }

    fn refuse_properties(&mut self, reading: &mut Reading<'_>, start: usize, anchor: usize, tagged: bool) {
        if anchor == 0 && !tagged {
            return;
        }
        let word = self.text.get(start..).unwrap_or_default();
        let shown = word.chars().take(80).take_while(|letter| !letter.is_ascii_whitespace());
        let length: usize = shown.map(char::len_utf8).sum();
        let span = reading.span(start, start + length);
        if anchor > 0 {
            reading.push(feature("an anchor names a value for use elsewhere", span));
        }
        if tagged {
            reading.push(feature("a tag changes the type of a value", span));
        }
    }

    fn scalar(
        &mut self,
        reading: &mut Reading<'_>,
        value: String,
        style: ScalarStyle,
        at: (usize, usize),
    ) -> Result<(), Stopped> {
        let empty = style == ScalarStyle::Plain && value.is_empty();
        let span = if empty { reading.span(self.end, self.end) } else { extent::of(reading, style, at) };
        if !empty {
            self.end = span.range().end;
        }
        let plain = if style == ScalarStyle::Plain { classify(&value) } else { Plain::Text };
        if let Some(Open { kind: OpenKind::Map(_, key @ None), .. }) = self.open.last_mut() {
            refuse_key(reading, &value, plain, span, extent::is_explicit(self.text, span.range().start));
            *key = Some(Spanned::new(value, span));
            return self.count(reading, span);
        }
        let node = self.plain_node(reading, value, plain, span);
        self.value(reading, node)
    }

    fn plain_node(&self, reading: &mut Reading<'_>, value: String, plain: Plain, span: Span) -> Node {
        let diagnostic = match plain {
            Plain::Text => return Node { span, kind: NodeKind::String(value) },
            Plain::Bool(value) => return Node { span, kind: NodeKind::Bool(value) },
            Plain::Integer(value) => return Node { span, kind: NodeKind::Integer(value) },
            Plain::Null => null(self.key().map(|key| key.value.as_str())),
            Plain::Ambiguous(other) => ambiguous(&value, other),
            Plain::Number(why) => number(&value, why),
        };
        let place = match self.key() {
            Some(key) if value.is_empty() => key.span,
            _ => span,
        };
        let node = Node { span, kind: NodeKind::String(value) };
        reading.push_broken(&node, diagnostic.label(place, ""));
        node
    }

    /// The key whose value comes next.
    fn key(&self) -> Option<&Spanned<String>> {
        match self.open.last() {
            Some(Open { kind: OpenKind::Map(_, key), .. }) => key.as_ref(),
            _ => None,
        }
    }

    fn begin(&mut self, reading: &mut Reading<'_>, start: usize, kind: OpenKind) -> Result<(), Stopped> {
        if let Some(Open { kind: OpenKind::Map(_, None), .. }) = self.open.last() {
            let span = reading.at(start);
            reading.stop(feature("a key is a list or a mapping", span));
            return Err(Stopped);
        }
        if self.open.len() >= limits::NESTING {
            let span = reading.at(start);
            reading.parse_limit(span, "lists and mappings are nested deeper", limits::NESTING);
            return Err(Stopped);
        }
        self.open.push(Open { start, end: start, kind });
        Ok(())
    }

    fn finish(&mut self, reading: &mut Reading<'_>, at: usize) -> Result<(), Stopped> {
        let Some(Open { start, end, kind }) = self.open.pop() else { return Ok(()) };
        let byte = |at: usize| self.text.as_bytes().get(at).copied();
        let in_brackets =
            matches!((byte(start), byte(at)), (Some(b'['), Some(b']')) | (Some(b'{'), Some(b'}')));
        let end = if in_brackets { at + 1 } else { end };
        self.end = self.end.max(end);
        let span = reading.span(start, end);
        let kind = match kind {
            OpenKind::List(items) => NodeKind::List(items),
            OpenKind::Map(entries, _) => {
                keys::refuse_duplicates(reading, &entries);
                NodeKind::Map(entries)
            }
        };
        self.value(reading, Node { span, kind })
    }

    fn value(&mut self, reading: &mut Reading<'_>, node: Node) -> Result<(), Stopped> {
        let span = node.span;
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(open) => {
                open.end = open.end.max(span.range().end);
                match &mut open.kind {
                    OpenKind::List(items) => items.push(node),
                    OpenKind::Map(entries, key) => match key.take() {
                        Some(key) => entries.push((key, node)),
                        None => *key = Some(Spanned::new(String::new(), span)),
                    },
                }
            }
        }
        self.count(reading, span)
    }

    fn count(&mut self, reading: &mut Reading<'_>, span: Span) -> Result<(), Stopped> {
        self.values += 1;
        if reading.is_full() {
            return Err(Stopped);
        }
        if self.values > limits::VALUES {
            reading.parse_limit(span, "the file has more values", limits::VALUES);
            return Err(Stopped);
        }
        Ok(())
    }
}
