//! The values of a resource as tags: `ingress.cidr_blocks` to the set of all texts that stand there.
//!
//! Lists have no positions in tags, because no policy can walk through a list: the values of all items
//! are in one set. Numbers and booleans are texts, as the plan writes them.

use std::collections::BTreeMap;

use super::json::{Json, Kind};
use super::secrets::Secrets;
use crate::document::{Node, NodeKind};
use crate::source::{Span, Spanned, is_hidden};

/// What stands at one place of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// These texts, none where the plan has an empty list.
    Known(Span, Vec<Spanned<String>>),
    /// Something that is known only when the plan is applied.
    Unknown(Span),
    /// Something that must not be told. No policy can read it, and no output has it.
    Sensitive(Span),
    /// A text that a reader cannot see.
    Hidden(Span),
}

/// The tags of a resource at one time.
#[derive(Clone, Debug, Default)]
pub(super) struct Tags {
    tags: BTreeMap<String, Tag>,
}

/// The three trees of equal shape that a plan has for one object.
#[derive(Clone, Copy, Debug, Default)]
struct Trees<'j, 't> {
    value: Option<&'j Json<'t>>,
    unknown: Option<&'j Json<'t>>,
    sensitive: Option<&'j Json<'t>>,
}

impl Tags {
    /// Flattens a value; `whole` is where to point for what the plan leaves out.
    pub fn of(
        value: Option<&Json<'_>>,
        unknown: Option<&Json<'_>>,
        sensitive: Option<&Json<'_>>,
        secrets: &Secrets<'_>,
        whole: Span,
    ) -> Self {
        let mut flat = Flat { tags: BTreeMap::new(), secrets, whole };
        flat.walk(&mut String::new(), Trees { value, unknown, sensitive });
        let mut tags = flat.tags;
        spread(&mut tags);
        Self { tags }
    }

    /// Says that a value is not known, unless the plan says so already or says something of it.
    pub fn unknown_unless_told(&mut self, path: &str, span: Span) {
        let below = format!("{path}.");
        let told = self.tags.contains_key(path) || self.tags.keys().any(|known| known.starts_with(&below));
        if !told {
            self.tags.insert(path.to_owned(), Tag::Unknown(span));
            self.tags.insert(format!("{path}.*"), Tag::Unknown(span));
        }
    }

    /// What stands at a place.
    pub fn get(&self, path: &str) -> Option<&Tag> {
        self.tags.get(path)
    }

    /// All of it, by place.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tag)> {
        self.tags.iter().map(|(path, tag)| (path.as_str(), tag))
    }

    /// The tags as an entity has them.
    pub fn entries(&self) -> Vec<(Spanned<String>, Node)> {
        let entry = |(path, tag): (&String, &Tag)| {
            let node = tag.node();
            (Spanned::new(path.clone(), node.span), node)
        };
        self.tags.iter().map(entry).collect()
    }
}

impl Tag {
    fn node(&self) -> Node {
        match self {
            Tag::Known(span, texts) => {
                let item = |text: &Spanned<String>| Node {
                    span: text.span,
                    kind: NodeKind::String(text.value.clone()),
                };
                Node { span: *span, kind: NodeKind::List(texts.iter().map(item).collect()) }
            }
            Tag::Unknown(span) | Tag::Sensitive(span) | Tag::Hidden(span) => unknown(*span),
        }
    }
}

/// A value that no policy can read.
pub(super) fn unknown(span: Span) -> Node {
    let truth = Node { span, kind: NodeKind::Bool(true) };
    Node { span, kind: NodeKind::Map(vec![(Spanned::new("__unknown".to_owned(), span), truth)]) }
}

struct Flat<'s> {
    tags: BTreeMap<String, Tag>,
    secrets: &'s Secrets<'s>,
    whole: Span,
}

impl Flat<'_> {
    fn walk(&mut self, path: &mut String, trees: Trees<'_, '_>) {
        let span = trees.value.map_or(self.whole, |value| value.span);
        if trees.sensitive.is_some_and(Json::is_true) {
            return self.cut(path, Tag::Sensitive(span));
        }
        if trees.unknown.is_some_and(Json::is_true) {
            return self.cut(path, Tag::Unknown(trees.unknown.map_or(span, |unknown| unknown.span)));
        }
        let lists = |tree: Option<&Json<'_>>| tree.is_some_and(|tree| matches!(tree.kind, Kind::List(_)));
        match trees.value.map(|value| &value.kind) {
            Some(Kind::Bool(value)) => self.text(path, span, &value.to_string()),
            Some(Kind::Number(text)) => self.text(path, span, text),
            Some(Kind::String(text)) => self.text(path, span, text),
            Some(Kind::Skipped) => self.cut(path, Tag::Unknown(span)),
            Some(Kind::List(_)) => self.list(path, trees),
            Some(Kind::Map(_)) => self.map(path, trees),
            Some(Kind::Null) | None if lists(trees.unknown) => self.list(path, trees),
            Some(Kind::Null) | None => self.map(path, trees),
        }
    }

    fn list(&mut self, path: &mut String, trees: Trees<'_, '_>) {
        let items = |tree: Option<&'_ Json<'_>>| tree.map_or(0, |tree| tree.items().len());
        let count = items(trees.value).max(items(trees.unknown));
        if count == 0 {
            if let Some(value) = trees.value {
                self.add(path, Tag::Known(value.span, Vec::new()));
            }
            return;
        }
        for at in 0..count {
            let of_item = Trees {
                value: item(trees.value, at),
                unknown: item(trees.unknown, at),
                sensitive: item(trees.sensitive, at),
            };
            self.walk(path, of_item);
        }
    }

    fn map(&mut self, path: &mut String, trees: Trees<'_, '_>) {
        let keys = |tree: Option<&'_ Json<'_>>| -> Vec<String> {
            tree.map(Json::entries).unwrap_or_default().iter().map(|(key, _)| key.value.to_string()).collect()
        };
        let mut names = keys(trees.value);
        names.extend(keys(trees.unknown));
        names.extend(keys(trees.sensitive));
        names.sort();
        names.dedup();
        for name in names {
            let length = path.len();
            if !path.is_empty() {
                path.push('.');
            }
            let seen: String =
                name.chars().filter(|character| !is_hidden(*character) && !character.is_control()).collect();
            path.push_str(&seen);
            let below = Trees {
                value: trees.value.and_then(|tree| tree.get(&name)),
                unknown: trees.unknown.and_then(|tree| tree.get(&name)),
                sensitive: trees.sensitive.and_then(|tree| tree.get(&name)),
            };
            self.walk(path, below);
            path.truncate(length);
        }
    }

    fn text(&mut self, path: &mut String, span: Span, text: &str) {
        if self.secrets.holds(text) {
            return self.cut(path, Tag::Sensitive(span));
        }
        let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !plain && text.chars().any(is_unseen) {
            return self.cut(path, Tag::Hidden(span));
        }
        if text.starts_with('{')
            && let Ok(inner) = serde_json::from_str::<serde_json::Value>(text)
        {
            self.inner(path, span, &inner);
        }
        self.add(path, Tag::Known(span, vec![Spanned::new(text.to_owned(), span)]));
    }

    /// A document in a text, as policies of clouds are: what stands in it stands below its own place.
    fn inner(&mut self, path: &mut String, span: Span, value: &serde_json::Value) {
        use serde_json::Value;
        match value {
            Value::Object(entries) => {
                for (name, value) in entries {
                    let length = path.len();
                    path.push('.');
                    path.push_str(name);
                    self.inner(path, span, value);
                    path.truncate(length);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.inner(path, span, item)),
            Value::Null => {}
            Value::String(text) => self.inner_text(path, span, text),
            other => self.inner_text(path, span, &other.to_string()),
        }
    }

    fn inner_text(&mut self, path: &str, span: Span, text: &str) {
        if self.secrets.holds(text) {
            return self.cut(path, Tag::Sensitive(span));
        }
        if text.chars().chain(path.chars()).any(is_unseen) {
            let seen: String = path.chars().filter(|character| !is_unseen(*character)).collect();
            return self.cut(&seen, Tag::Hidden(span));
        }
        self.add(path, Tag::Known(span, vec![Spanned::new(text.to_owned(), span)]));
    }

    /// What must not be read, and with it everything below it.
    fn cut(&mut self, path: &str, tag: Tag) {
        if path.is_empty() {
            return self.add("*", tag);
        }
        self.add(path, tag.clone());
        self.add(&format!("{path}.*"), tag);
    }

    /// Joins what stands at a place with what stands there already; what cannot be read wins.
    fn add(&mut self, path: &str, tag: Tag) {
        match (self.tags.get_mut(path), tag) {
            (None, tag) => {
                self.tags.insert(path.to_owned(), tag);
            }
            (Some(Tag::Known(_, known)), Tag::Known(_, more)) => known.extend(more),
            (Some(known @ Tag::Known(..)), tag) => *known = tag,
            (Some(_), _) => {}
        }
    }
}

/// Says whether a character would not be seen in a value.
fn is_unseen(character: char) -> bool {
    is_hidden(character) || character == '\r'
}

/// The item of a list at a position.
fn item<'j, 't>(tree: Option<&'j Json<'t>>, at: usize) -> Option<&'j Json<'t>> {
    match &tree?.kind {
        Kind::List(items) => items.get(at),
        _ => None,
    }
}

/// Makes what stands below something unreadable unreadable too: a list of which one item is not known
/// may hold anything wherever the other items hold something.
fn spread(tags: &mut BTreeMap<String, Tag>) {
    let cuts: Vec<(String, Tag)> = tags
        .iter()
        .filter_map(|(path, tag)| Some((path.strip_suffix('*')?.to_owned(), tag.clone())))
        .filter(|(_, tag)| !matches!(tag, Tag::Known(..)))
        .collect();
    for (prefix, cut) in cuts {
        let below = tags.range_mut(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
        below.filter(|(_, tag)| matches!(tag, Tag::Known(..))).for_each(|(_, tag)| *tag = cut.clone());
    }
    for tag in tags.values_mut() {
        if let Tag::Known(_, texts) = tag {
            texts.sort_by(|left, right| left.value.cmp(&right.value));
            texts.dedup_by(|left, right| left.value == right.value);
        }
    }
}
