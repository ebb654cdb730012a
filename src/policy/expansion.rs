//! How large a schema becomes when its common types are written out.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// How many types a schema may hold with every common type written out where it is used.
pub(super) const MAX_TYPES: usize = 200_000;

/// How deep types may nest, through common types too.
pub(super) const MAX_NESTING: usize = 64;

/// Why a schema is too large to be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Excess {
    /// It holds more than [`MAX_TYPES`].
    Types,
    /// It nests deeper than [`MAX_NESTING`].
    Nesting,
}

/// Says whether a schema in Cedar's JSON form is too large when its common types are written out.
///
/// Cedar copies a common type to every place that names it, so a dozen lines can stand for billions
/// of types. Common types that name each other in a circle are left to Cedar, which refuses them.
pub(super) fn excess(schema: &Json) -> Option<Excess> {
    let Json::Object(namespaces) = schema else { return None };
    let mut common: BTreeMap<(String, String), &Json> = BTreeMap::new();
    for (namespace, definitions) in namespaces {
        for (name, definition) in
            definitions.get("commonTypes").and_then(Json::as_object).into_iter().flatten()
        {
            common.insert((namespace.clone(), name.clone()), definition);
        }
    }
    let mut expansion = Expansion { common, known: BTreeMap::new(), too_deep: false };
    let mut whole = Extent::default();
    for (namespace, definitions) in namespaces {
        whole = whole.and(expansion.measure(definitions, namespace, 0));
    }
    if expansion.too_deep || whole.height > MAX_NESTING {
        return Some(Excess::Nesting);
    }
    (whole.types > MAX_TYPES).then_some(Excess::Types)
}

/// How many types something holds, and how deep they nest.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    types: usize,
    height: usize,
}

impl Extent {
    fn and(self, other: Self) -> Self {
        Self { types: self.types.saturating_add(other.types), height: self.height.max(other.height) }
    }
}

struct Expansion<'a> {
    common: BTreeMap<(String, String), &'a Json>,
    /// The extent of each common type; nothing while it is being measured.
    known: BTreeMap<(String, String), Option<Extent>>,
    too_deep: bool,
}

impl Expansion<'_> {
    fn measure(&mut self, part: &Json, namespace: &str, depth: usize) -> Extent {
        // Every level of types is a few levels of JSON.
        if depth > 8 * MAX_NESTING {
            self.too_deep = true;
            return Extent::default();
        }
        match part {
            Json::Object(fields) => {
                let mut inside = self.named(part, namespace, depth);
                for field in fields.values() {
                    inside = inside.and(self.measure(field, namespace, depth + 1));
                }
                let own = usize::from(fields.contains_key("type"));
                Extent { types: inside.types.saturating_add(own), height: inside.height + own }
            }
            Json::Array(items) => items
                .iter()
                .fold(Extent::default(), |sum, item| sum.and(self.measure(item, namespace, depth + 1))),
            _ => Extent::default(),
        }
    }

    /// The extent of the common type that a type names, where it names one.
    fn named(&mut self, part: &Json, namespace: &str, depth: usize) -> Extent {
        let text = |key: &str| part.get(key).and_then(Json::as_str);
        let Some(name) = text("name").or_else(|| text("type")) else { return Extent::default() };
        let (namespace, name) = name.rsplit_once("::").unwrap_or((namespace, name));
        let keys = [(namespace.to_owned(), name.to_owned()), (String::new(), name.to_owned())];
        let Some(key) = keys.into_iter().find(|key| self.common.contains_key(key)) else {
            return Extent::default();
        };
        if let Some(known) = self.known.get(&key) {
            return known.unwrap_or_default();
        }
        let Some(definition) = self.common.get(&key).copied() else { return Extent::default() };
        self.known.insert(key.clone(), None);
        let extent = self.measure(definition, &key.0.clone(), depth + 1);
        self.known.insert(key, Some(extent));
        extent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubling(levels: usize) -> Json {
        let mut types = serde_json::Map::new();
        types.insert("T0".to_owned(), serde_json::json!({"type": "String"}));
        for level in 1..=levels {
            let inner = serde_json::json!({"type": "EntityOrCommon", "name": format!("T{}", level - 1)});
            let record = serde_json::json!({"type": "Record", "attributes": {"a": inner, "b": inner}});
            types.insert(format!("T{level}"), record);
        }
        serde_json::json!({"": {"commonTypes": types, "entityTypes": {}, "actions": {}}})
    }

    #[test]
    fn types_that_double_are_measured_and_not_written_out() {
        assert_eq!(excess(&doubling(10)), None);
        assert_eq!(excess(&doubling(25)), Some(Excess::Types));
    }

    #[test]
    fn chains_of_types_are_limited_like_nesting() {
        let mut types = serde_json::Map::new();
        types.insert("T0".to_owned(), serde_json::json!({"type": "String"}));
        for level in 1..=20_000 {
            let element = serde_json::json!({"type": "EntityOrCommon", "name": format!("T{}", level - 1)});
            types.insert(format!("T{level}"), serde_json::json!({"type": "Set", "element": element}));
        }
        let schema = serde_json::json!({"": {"commonTypes": types}});
        assert_eq!(excess(&schema), Some(Excess::Nesting));
    }
}
