//! The links that a plan makes and takes away, beside the index of the links before it.

use std::sync::Arc;

use super::{Asked, Entry, Index, Rule, Rulebook, entry_of};
use crate::model::{EntityId, Link, State};

/// How the links of a state are not as they are in an index. Copies are cheap.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Overlay {
    gone: imbl::OrdSet<u32>,
    /// By an entity that the scope names; nothing where it names none.
    came: imbl::OrdMap<(Option<EntityId>, Link), Arc<Rule>>,
}

impl Overlay {
    /// How many links differ.
    pub(in super::super) fn len(&self) -> usize {
        self.gone.len() + self.came.len()
    }

    /// Takes in that a link is there now under a name, or is not.
    pub(in super::super) fn note(
        &mut self,
        index: &Index,
        book: &Rulebook,
        state: &State,
        link: &Link,
        name: Option<&Arc<str>>,
    ) {
        let Some((number, entry)) = entry_of(book, link) else { return };
        let known = index.number_of(link);
        if let Some(known) = known {
            self.gone.insert(known);
        }
        let shown = name.map_or_else(|| Arc::from(""), Arc::clone);
        let rule = Rule::of(number, entry, &index.literals, Some((shown, link.clone())), state);
        let key = (rule.resource.or(rule.principal), link.clone());
        match name {
            None => drop(self.came.remove(&key)),
            Some(_) => drop(self.came.insert(key, Arc::new(rule))),
        }
    }

    /// Says whether a rule of the index is gone.
    pub(in super::super) fn lacks(&self, rule: u32) -> bool {
        !self.gone.is_empty() && self.gone.contains(&rule)
    }

    /// Calls back with every rule that came and whose scope holds.
    pub(in super::super) fn matching<'i>(
        &'i self,
        book: &'i Rulebook,
        asked: &Asked<'_>,
        mut found: impl FnMut(&'i Rule, &'i Entry),
    ) {
        if self.came.is_empty() {
            return;
        }
        let mut consider = |rule: &'i Rule| {
            let Some(entry) = book.entries.get(rule.entry) else { return };
            if book.covers(entry.actions, asked.action) && rule.holds(entry, asked) {
                found(rule, entry);
            }
        };
        let few = asked.above_resource.len() + asked.above_principal.len();
        if self.came.len() <= few {
            self.came.values().for_each(|rule| consider(rule));
            return;
        }
        let mut keys: Vec<Option<EntityId>> =
            asked.above_resource.iter().chain(asked.above_principal).copied().map(Some).collect();
        keys.push(None);
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let least = Link { template: String::new(), principal: None, resource: None };
            let same = self.came.range((key, least)..).take_while(|((own, _), _)| *own == key);
            same.for_each(|(_, rule)| consider(rule));
        }
    }
}
