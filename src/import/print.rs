//! Nodes to YAML and JSON text that reads as the same nodes.

use std::fmt::Write as _;

use super::scalar::{Plain, classify};
use crate::document::{Node, NodeKind};

/// How a node is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// For people.
    #[default]
    Yaml,
    /// For programs.
    Json,
}

/// Writes a node as a whole file.
pub fn print(node: &Node, form: Form) -> String {
    let mut text = String::new();
    match form {
        Form::Yaml => block(node, 0, &mut text),
        Form::Json => {
            json(node, Some(0), &mut text);
            text.push('\n');
        }
    }
    text
}

/// A mapping or list in lines of its own; small ones that hold nothing deeper stand on one line.
fn block(node: &Node, indent: usize, text: &mut String) {
    match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() => {
            for (at, (key, value)) in entries.iter().enumerate() {
                if at > 0 {
                    spaces(indent, text);
                }
                scalar(&key.value, text);
                text.push(':');
                field(value, indent, text);
            }
        }
        NodeKind::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    spaces(indent, text);
                }
                text.push_str("- ");
                match is_flat(item) {
                    true => flow_line(item, text),
                    false => block(item, indent + 2, text),
                }
            }
        }
        _ => flow_line(node, text),
    }
}

/// The value of a key: on the key's line, or below it.
fn field(value: &Node, indent: usize, text: &mut String) {
    if is_flat(value) {
        text.push(' ');
        return flow_line(value, text);
    }
    text.push('\n');
    spaces(indent + 2, text);
    block(value, indent + 2, text);
}

/// Says whether a value has its place on one line.
fn is_flat(node: &Node) -> bool {
    let holds_nothing = |node: &Node| match &node.kind {
        NodeKind::Map(entries) => entries.is_empty(),
        NodeKind::List(items) => items.is_empty(),
        _ => true,
    };
    match &node.kind {
        NodeKind::List(items) => items.len() <= 8 && items.iter().all(holds_nothing),
        NodeKind::Map(entries) => {
            entries.len() <= 1
                && entries.iter().all(|(key, value)| key.value.starts_with("__") && holds_nothing(value))
        }
        _ => true,
    }
}

fn flow_line(node: &Node, text: &mut String) {
    flow(node, text);
    text.push('\n');
}

fn flow(node: &Node, text: &mut String) {
    match &node.kind {
        NodeKind::String(word) => scalar(word, text),
        NodeKind::List(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                flow(item, text);
            }
            text.push(']');
        }
        NodeKind::Map(entries) => {
            text.push_str(if entries.is_empty() { "{" } else { "{ " });
            for (at, (key, value)) in entries.iter().enumerate() {
                text.push_str(if at > 0 { ", " } else { "" });
                scalar(&key.value, text);
                text.push_str(": ");
                flow(value, text);
            }
            text.push_str(if entries.is_empty() { "}" } else { " }" });
        }
        NodeKind::Bool(_) | NodeKind::Integer(_) => json(node, None, text),
    }
}

/// A text, in quotes unless every reader takes it for the same text without.
fn scalar(word: &str, text: &mut String) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    let begins = word.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if begins && word.bytes().all(plain) && classify(word) == Plain::Text {
        text.push_str(word);
    } else {
        quoted(word, text);
    }
}

/// A text in the quotes that YAML and JSON share.
fn quoted(word: &str, text: &mut String) {
    text.push('"');
    for character in word.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{:04x}", character as u32);
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

/// JSON, with line ends where an indent is given.
fn json(node: &Node, indent: Option<usize>, text: &mut String) {
    match &node.kind {
        NodeKind::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        NodeKind::Integer(value) => {
            let _ = write!(text, "{value}");
        }
        NodeKind::String(word) => quoted(word, text),
        NodeKind::List(items) => {
            between('[', ']', items.len(), indent, text, |at, inner, text| {
                if let Some(item) = items.get(at) {
                    json(item, inner, text);
                }
            });
        }
        NodeKind::Map(entries) => {
            between('{', '}', entries.len(), indent, text, |at, inner, text| {
                if let Some((key, value)) = entries.get(at) {
                    quoted(&key.value, text);
                    text.push_str(": ");
                    json(value, inner, text);
                }
            });
        }
    }
}

fn between(
    open: char,
    close: char,
    count: usize,
    indent: Option<usize>,
    text: &mut String,
    item: impl Fn(usize, Option<usize>, &mut String),
) {
    text.push(open);
    let inner = indent.map(|indent| indent + 2);
    for at in 0..count {
        text.push_str(if at > 0 { "," } else { "" });
        line(inner, text);
        item(at, inner, text);
    }
    if count > 0 {
        line(indent, text);
    }
    text.push(close);
}

fn line(indent: Option<usize>, text: &mut String) {
    if let Some(indent) = indent {
        text.push('\n');
        spaces(indent, text);
    }
}

fn spaces(count: usize, text: &mut String) {
    text.extend(std::iter::repeat_n(' ', count));
}
