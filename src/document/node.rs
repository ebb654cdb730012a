//! A YAML, JSON or TOML value with its place.

use crate::source::{Span, Spanned};

/// A value of a file and the place it stands at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where the value stands.
    pub span: Span,
    /// The value.
    pub kind: NodeKind,
}

/// A value of a file.
///
/// There are no floating-point numbers and no nulls: the readers refuse them with their place.
/// Nesting is at most 64 deep, so code may recurse on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// `true` or `false`.
    Bool(bool),
    /// A decimal integer.
    Integer(i64),
    /// A text.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order of the file; keys are distinct.
    Map(Vec<(Spanned<String>, Node)>),
}

impl Node {
    /// What the value is, in a reader's words, with its article.
    pub fn describe(&self) -> &'static str {
        match self.kind {
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Integer(_) => "a number",
            NodeKind::String(_) => "a string",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a mapping",
        }
    }

    /// The value of a key, where this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            NodeKind::Map(entries) => {
                entries.iter().find(|(name, _)| name.value == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Says whether this is `{ __unknown: true }`.
    pub fn is_unknown(&self) -> bool {
        matches!(&self.kind, NodeKind::Map(entries) if entries.len() == 1)
            && self.get("__unknown").is_some_and(|value| value.kind == NodeKind::Bool(true))
    }
}
