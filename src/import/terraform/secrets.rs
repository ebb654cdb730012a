//! The values that a plan marks as sensitive.

use std::collections::HashSet;

use aho_corasick::AhoCorasick;

use super::json::{Json, Kind};

/// Texts shorter than this are too common to be looked for elsewhere: `on`, `443`.
const SHORTEST: usize = 4;

/// Texts shorter than this are too common to be looked for inside of others: `main`.
const SHORTEST_PART: usize = 6;

/// Every text that is marked as sensitive anywhere in a plan.
///
/// A plan marks a value where it knows it to be sensitive, and may hold the same value elsewhere without
/// a mark. What is sensitive in one place is sensitive in all.
#[derive(Debug, Default)]
pub(super) struct Secrets<'j> {
    texts: HashSet<&'j str>,
    /// Finds those that are long enough inside of other texts.
    parts: Option<AhoCorasick>,
}

impl<'j> Secrets<'j> {
    /// Collects them from changes, drift, outputs and variables.
    pub fn of(plan: &'j Json<'_>) -> Self {
        let mut secrets = Self::default();
        for list in ["resource_changes", "resource_drift", "deferred_changes"] {
            for item in plan.list(list) {
                let item = item.get("resource_change").unwrap_or(item);
                item.get("change").into_iter().for_each(|change| secrets.masked_change(change));
            }
        }
        for (_, change) in plan.get("output_changes").map(Json::entries).unwrap_or_default() {
            secrets.masked_change(change);
        }
        let declared = plan
            .get("configuration")
            .and_then(|node| node.get("root_module"))
            .and_then(|node| node.get("variables"))
            .map(Json::entries)
            .unwrap_or_default();
        for (name, declaration) in declared {
            if declaration.get("sensitive").is_some_and(Json::is_true) {
                let given = plan.get("variables").and_then(|given| given.get(&name.value));
                given.into_iter().for_each(|value| secrets.all(value));
                declaration.get("default").into_iter().for_each(|value| secrets.all(value));
            }
        }
        let mut long: Vec<&str> =
            secrets.texts.iter().copied().filter(|text| text.len() >= SHORTEST_PART).collect();
        long.sort_unstable();
        if !long.is_empty() {
            // It fails only for more texts than a plan can hold; then each is still found where it stands alone.
            secrets.parts = AhoCorasick::new(long).ok();
        }
        secrets
    }

    /// Says whether a text is one of them, or holds one.
    pub fn holds(&self, text: &str) -> bool {
        !self.texts.is_empty()
            && (self.texts.contains(text) || self.parts.as_ref().is_some_and(|parts| parts.is_match(text)))
    }

    fn masked_change(&mut self, change: &'j Json<'_>) {
        for (value, mask) in [("before", "before_sensitive"), ("after", "after_sensitive")] {
            if let (Some(value), Some(mask)) = (change.get(value), change.get(mask)) {
                self.masked(value, mask);
            }
        }
    }

    fn masked(&mut self, value: &'j Json<'_>, mask: &Json<'_>) {
        match &mask.kind {
            Kind::Bool(true) => self.all(value),
            Kind::Map(entries) => {
                for (key, mask) in entries {
                    value.get(&key.value).into_iter().for_each(|value| self.masked(value, mask));
                }
            }
            Kind::List(masks) => {
                value.items().iter().zip(masks).for_each(|(value, mask)| self.masked(value, mask));
            }
            _ => {}
        }
    }

    /// Takes every text below a value.
    fn all(&mut self, value: &'j Json<'_>) {
        match &value.kind {
            Kind::String(text) if text.len() >= SHORTEST => {
                self.texts.insert(text);
            }
            Kind::Number(text) if text.len() >= SHORTEST => {
                self.texts.insert(text);
            }
            Kind::List(items) => items.iter().for_each(|item| self.all(item)),
            Kind::Map(entries) => entries.iter().for_each(|(_, value)| self.all(value)),
            _ => {}
        }
    }
}
