//! YAML text to nodes, refusing whatever makes a file mean something else than it shows.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError};

use super::offsets::Offsets;
use super::reading::{Reading, shown};
use super::scalar::{Plain, classify};
use super::{keys, limits};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::{Span, Spanned};

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
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        match event {
            Ok((event, span)) => {
                let range = (builder.offsets.byte(span.start.index()), builder.offsets.byte(span.end.index()));
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
    fn take(&mut self, reading: &mut Reading<'_>, event: Event<'_>, at: (usize, usize)) -> Result<(), Stopped> {
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
        let length = word.bytes().take(80).take_while(|byte| !byte.is_ascii_whitespace()).count();
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
        let span = if empty { reading.span(self.end, self.end) } else { self.extent(reading, style, at) };
        if !empty {
            self.end = span.range().end;
        }
        let plain = if style == ScalarStyle::Plain { classify(&value) } else { Plain::Text };
        if let Some(Open { kind: OpenKind::Map(_, key @ None), .. }) = self.open.last_mut() {
            refuse_key(reading, &value, plain, span, is_explicit(self.text, span.range().start));
            *key = Some(Spanned::new(value, span));
            return self.count(reading, span);
        }
        let node = self.plain_node(reading, value, plain, span);
        self.value(reading, node)
    }

    /// The bytes of a scalar itself: the parser counts what follows a quoted one to it.
    fn extent(&self, reading: &Reading<'_>, style: ScalarStyle, at: (usize, usize)) -> Span {
        let covered = self.text.get(at.0..at.1).unwrap_or_default();
        let start = match style {
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => 0,
            ScalarStyle::SingleQuoted => covered.find('\'').unwrap_or(0),
            ScalarStyle::DoubleQuoted => covered.find('"').unwrap_or(0),
        };
        let body = covered.get(start + 1..).unwrap_or_default();
        let length = match style {
            ScalarStyle::SingleQuoted => closing_single(body),
            ScalarStyle::DoubleQuoted => closing_double(body),
            _ => None,
        };
        match length {
            Some(length) => reading.span(at.0 + start, at.0 + start + 1 + length + 1),
            None => reading.span(at.0, at.0 + covered.trim_end().len()),
        }
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
        let in_brackets = matches!((byte(start), byte(at)), (Some(b'['), Some(b']')) | (Some(b'{'), Some(b'}')));
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
        if self.values > limits::VALUES {
            reading.parse_limit(span, "the file has more values", limits::VALUES);
            return Err(Stopped);
        }
        Ok(())
    }
}

/// The length of what stands before the closing single quote.
fn closing_single(body: &str) -> Option<usize> {
    let mut bytes = body.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte == b'\'' && bytes.next_if(|(_, next)| *next == b'\'').is_none() {
            return Some(at);
        }
    }
    None
}

/// The length of what stands before the closing double quote.
fn closing_double(body: &str) -> Option<usize> {
    let mut bytes = body.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

/// Says whether a key is written with a question mark before it.
fn is_explicit(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default();
    let trimmed = before.trim_end_matches([' ', '\t']);
    trimmed.len() < before.len() && trimmed.ends_with('?')
}

fn refuse_key(reading: &mut Reading<'_>, key: &str, plain: Plain, span: Span, explicit: bool) {
    let diagnostic = match plain {
        _ if explicit => feature("a key is written with a question mark", span),
        Plain::Text => return,
        Plain::Null => Diagnostic::new(Code::Null, "a key is empty").label(span, ""),
        Plain::Ambiguous("a merge key") => feature("a merge key copies another mapping", span),
        Plain::Ambiguous(other) => ambiguous(key, other).label(span, ""),
        Plain::Number(why) => number(key, why).label(span, ""),
        Plain::Bool(_) => ambiguous(key, "a boolean").label(span, ""),
        Plain::Integer(_) => ambiguous(key, "a number").label(span, ""),
    };
    reading.push(diagnostic);
}

fn feature(message: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::YamlFeature, message).label(span, "").hint("write the values out in one plain document")
}

fn null(key: Option<&str>) -> Diagnostic {
    let message = match key {
        Some(key) => format!("`{}` has no value", shown(key)),
        None => "an item has no value".to_string(),
    };
    Diagnostic::new(Code::Null, message).hint("leave it out, or give it a value; an empty text is written `\"\"`")
}

fn ambiguous(value: &str, other: &str) -> Diagnostic {
    let value = shown(value);
    let diagnostic =
        Diagnostic::new(Code::AmbiguousScalar, format!("`{value}` is read as {other} by some and as a text by others"))
            .hint(format!("write `\"{value}\"` if it is a text"));
    match other {
        "a boolean" => diagnostic.hint("write `true` or `false` if it is a boolean"),
        _ => diagnostic,
    }
}

fn number(value: &str, why: &str) -> Diagnostic {
    let value = shown(value);
    Diagnostic::new(Code::Number, format!("`{value}` is not a number that can be used: {why}"))
        .hint(format!("write a decimal integer, or `\"{value}\"` if it is a text"))
}

/// The parser's message in this program's words.
fn explain(error: &ScanError) -> Diagnostic {
    let said = error.info();
    let has = |part: &str| said.contains(part);
    let syntax = |message: &str| Diagnostic::new(Code::Syntax, message);
    if has("unknown anchor") {
        return Diagnostic::new(Code::YamlFeature, "an alias stands for a value written elsewhere")
            .hint("quote the value if it begins with `*`");
    }
    if has("tag") || has("the handle wasn't declared") {
        return Diagnostic::new(Code::YamlFeature, "a tag changes the type of a value")
            .hint("quote the value if it begins with `!`");
    }
    if has("directive") {
        return Diagnostic::new(Code::YamlFeature, "a directive changes how the file is read");
    }
    if has("document end marker") || has("<document start>") {
        return Diagnostic::new(Code::YamlFeature, "text follows the end of the document");
    }
    if has("recursion limit") {
        return Diagnostic::new(
            Code::Limit,
            format!("lists and mappings are nested deeper than the limit of {}", limits::NESTING),
        );
    }
    if has("tab") {
        return syntax("a tab is used for indentation").hint("indent with spaces");
    }
    if has("mapping values are not allowed") {
        return syntax("a colon followed by a space stands inside a value")
            .hint("quote the value, or begin the key on its own line");
    }
    if has("unexpected end of stream") || has("unexpected eof") {
        return syntax("a quoted text or a bracket is not closed before the end of the file");
    }
    if has("trailing content") {
        return syntax("text follows the closing quote of a value")
            .hint("quote the whole value, and write a quote inside single quotes twice");
    }
    if has("simple key expect") || has("did not find expected key") {
        return syntax("a line is neither a key with a colon nor part of the value before it")
            .hint("check the indentation of this line and of the one before");
    }
    if has("indentation") || has("indented") {
        return syntax("the indentation does not fit to the lines before");
    }
    if has("expected ',' or") {
        return syntax("a comma or a closing bracket is missing");
    }
    if has("unexpected character") {
        return syntax("a value begins with a character that YAML keeps for itself").hint("quote the value");
    }
    syntax(&format!("the YAML cannot be read: {said}"))
}
