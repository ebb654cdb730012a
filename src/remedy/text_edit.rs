//! Edits to a YAML or JSON text at known places, made together.

use std::ops::Range;

use crate::document::{Node, NodeKind, StepDocument};
use crate::source::Spanned;

/// A text and the edits to it.
pub(super) struct Texts<'a> {
    text: &'a str,
    edits: Vec<(Range<usize>, String)>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, edits: Vec::new() }
    }

    /// The text with all edits; nothing where two of them overlap.
    pub(super) fn finish(mut self) -> Option<String> {
        self.edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut text = String::with_capacity(self.text.len() + 256);
        let mut at = 0;
        for (range, new) in &self.edits {
            text.push_str(self.text.get(at..range.start)?);
            text.push_str(new);
            at = range.end;
        }
        text.push_str(self.text.get(at..)?);
        Some(if self.text.contains("\r\n") { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text })
    }

    pub(super) fn replace(&mut self, range: Range<usize>, new: &str) {
        self.edits.push((range, new.to_owned()));
    }

    pub(super) fn insert(&mut self, at: usize, new: &str) {
        self.replace(at..at, new);
    }

    /// A text in the style of the one that it replaces: quoted where that is quoted or in a flow.
    pub(super) fn like(&self, range: Range<usize>, text: &str) -> String {
        let quoted = self.text.get(range).is_some_and(|old| old.starts_with(['"', '\'']));
        if quoted { serde_json::Value::from(text).to_string() } else { scalar(text) }
    }

    /// Says whether a mapping is written between braces.
    pub(super) fn is_flow(&self, range: Range<usize>) -> bool {
        self.text.get(range).is_some_and(|text| text.starts_with('{'))
    }

    /// Where the lines of a list item begin, comments right above it included, and its indentation.
    pub(super) fn item_start(&self, at: usize) -> Option<(usize, &'a str)> {
        let mut start = self.line_start(at);
        let indent = self.text.get(start..at)?.strip_suffix("- ")?;
        indent.trim().is_empty().then_some(())?;
        while start > 0 {
            let above = self.line_start(start - 1);
            if !self.text.get(above..start)?.trim_start().starts_with('#') {
                break;
            }
            start = above;
        }
        Some((start, indent))
    }

    /// Adds a field behind the id of a step.
    pub(super) fn add_field(
        &mut self,
        step: &StepDocument,
        name: &str,
        block: &str,
        flow: &str,
    ) -> Option<()> {
        let whole = step.span.range();
        if self.is_flow(whole.clone()) {
            let name = serde_json::Value::from(name);
            self.insert(step.id.span.range().end, &format!(", {name}: {flow}"));
            return Some(());
        }
        let (_, indent) = self.item_start(whole.start)?;
        let end = self.line_end(step.id.span.range().end);
        self.insert(end, &format!("{indent}  {name}: {block}\n"));
        Some(())
    }

    /// Adds an entry to a mapping that has some.
    pub(super) fn add_entry(
        &mut self,
        map: Range<usize>,
        entries: &[(Spanned<String>, Node)],
        field: &str,
        value: &str,
    ) -> Option<()> {
        let quoted = serde_json::Value::from(field);
        match entries.last() {
            None if self.is_flow(map.clone()) => self.insert(map.start + 1, &format!(" {quoted}: {value} ")),
            Some((_, last)) if self.is_flow(map) => {
                self.insert(last.span.range().end, &format!(", {quoted}: {value}"))
            }
            Some((name, last)) => {
                let start = self.line_start(name.span.range().start);
                let indent = self.text.get(start..name.span.range().start)?;
                indent.trim().is_empty().then_some(())?;
                let end = self.line_end(last.span.range().end);
                self.insert(end, &format!("{indent}{}: {value}\n", scalar(field)));
            }
            None => return None,
        }
        Some(())
    }

    /// Takes an entry out of a mapping that has others.
    pub(super) fn remove_entry(&mut self, entries: &[(Spanned<String>, Node)], at: usize) -> Option<()> {
        let (name, value) = entries.get(at)?;
        let (start, end) = (name.span.range().start, value.span.range().end);
        let line = self.line_start(start);
        if entries.len() > 1
            && self.text.get(line..start)?.trim().is_empty()
            && self.rest_of_line(end)?.trim().is_empty()
        {
            self.replace(line..self.line_end(end), "");
            return Some(());
        }
        match (at.checked_sub(1).and_then(|before| entries.get(before)), entries.get(at + 1)) {
            (_, Some((next, _))) => self.replace(start..next.span.range().start, ""),
            (Some((_, before)), None) => self.replace(before.span.range().end..end, ""),
            (None, None) if self.text.get(line..start)?.contains('{') => self.replace(start..end, ""),
            (None, None) => return None,
        }
        Some(())
    }

    /// Adds an item behind the last one of a list.
    pub(super) fn add_item(&mut self, last: Range<usize>, block: &str, flow: &str) -> Option<()> {
        let line = self.line_start(last.start);
        match self.text.get(line..last.start)?.strip_suffix("- ").filter(|indent| indent.trim().is_empty()) {
            Some(indent) => self.insert(self.line_end(last.end), &format!("{indent}- {block}\n")),
            None => self.insert(last.end, &format!(", {flow}")),
        }
        Some(())
    }

    /// Takes an item out of a list that is written between brackets, or out of a longer one in lines.
    pub(super) fn remove_item(&mut self, items: &[Spanned<String>], at: usize) -> Option<()> {
        let range = items.get(at)?.span.range();
        let line = self.line_start(range.start);
        let in_lines = self.text.get(line..range.start)?.trim() == "-";
        match (at.checked_sub(1).and_then(|before| items.get(before)), items.get(at + 1)) {
            _ if in_lines && items.len() == 1 => return None,
            _ if in_lines => self.replace(line..self.line_end(range.end), ""),
            (_, Some(next)) => self.replace(range.start..next.span.range().start, ""),
            (Some(before), None) => self.replace(before.span.range().end..range.end, ""),
            (None, None) => self.replace(range, ""),
        }
        Some(())
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
    }

    /// The first byte after the line.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..).and_then(|rest| rest.find('\n'));
        rest.map_or(self.text.len(), |found| at + found + 1)
    }

    fn rest_of_line(&self, at: usize) -> Option<&'a str> {
        self.text.get(at..self.line_end(at))
    }
}

/// A text as a value in block style: plain where no reader of YAML takes it for anything else.
pub(super) fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:\" ()=,@".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let word = words.contains(&text.to_ascii_lowercase().as_str());
    let odd = text.contains(": ") || text.ends_with([':', ' ']);
    match begins && !word && !odd && text.chars().all(plain) {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}

/// A value in flow style, as JSON has it.
pub(super) fn flow(node: &Node) -> String {
    match &node.kind {
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Integer(value) => value.to_string(),
        NodeKind::String(text) => serde_json::Value::from(text.as_str()).to_string(),
        NodeKind::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        NodeKind::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(name, value)| {
                format!("{}: {}", serde_json::Value::from(name.value.as_str()), flow(value))
            });
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_stays_plain_and_an_odd_one_is_quoted() {
        assert_eq!(scalar("User::\"dana\""), "User::\"dana\"");
        assert_eq!(scalar("no"), "\"no\"");
        assert_eq!(scalar("+49"), "\"+49\"");
        assert_eq!(scalar("a: b"), "\"a: b\"");
    }

    #[test]
    fn an_item_begins_with_the_comment_above_it() {
        let text = "steps:\n  # why\n  - id: a\n";
        let texts = Texts::new(text);
        assert_eq!(texts.item_start(text.find("id").unwrap()), Some((7, "  ")));
    }
}
