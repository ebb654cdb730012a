//! The rules of one state by the entities that their scopes name.
//!
//! A policy whose scope is false neither applies nor fails, whatever its condition, so only those
//! are looked at whose scopes can hold: a scope that names an entity holds only for what is that
//! entity or in it, and that is the principal or resource of the request, or an ancestor of it.

mod overlay;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use foldhash::fast::FixedState;

use super::rulebook::{Bond, Entry, Named, Rulebook, Side};
use crate::model::{EntityId, Link, State};

pub(super) use overlay::Overlay;

/// A policy, or a link of a template, with the entities that its scope names in a state.
#[derive(Debug)]
pub(super) struct Rule {
    /// The number of the policy or template in the rulebook.
    pub entry: usize,
    principal: Option<EntityId>,
    resource: Option<EntityId>,
    /// The name of a link.
    pub link: Option<(Arc<str>, Link)>,
}

/// The rules of a bundle and of the links of one state.
#[derive(Debug)]
pub(super) struct Index {
    /// The entities that terms and scopes name, by place.
    pub literals: Vec<EntityId>,
    /// The actions of the schema, by number.
    pub actions: Vec<EntityId>,
    rules: Vec<Rule>,
    by_resource: Buckets,
    by_principal: Buckets,
    /// For each action, the rules that name no entity.
    free: Vec<Vec<u32>>,
    /// The rules of links, made when one of them is looked for first.
    of_links: OnceLock<HashMap<Link, u32>>,
}

/// Where a rule is found: the entity that its other side names, or the greatest number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    other: Option<EntityId>,
    rule: u32,
    actions: u32,
}

#[derive(Debug, Default)]
struct Buckets {
    ranges: HashMap<EntityId, Range<u32>, FixedState>,
    /// Within each bucket in order: first those whose other side names nothing.
    slots: Vec<Slot>,
}

impl Buckets {
    fn of(mut keyed: Vec<(EntityId, Slot)>) -> Self {
        keyed.sort_unstable();
        let mut buckets = Self { slots: keyed.iter().map(|(_, slot)| *slot).collect(), ..Self::default() };
        let mut start = 0;
        for group in keyed.chunk_by(|(one, _), (other, _)| one == other) {
            let end = start + number(group.len());
            buckets.ranges.extend(group.first().map(|(key, _)| (*key, start..end)));
            start = end;
        }
        buckets
    }

    fn get(&self, key: EntityId) -> &[Slot] {
        let range = self.ranges.get(&key).map(|range| range.start as usize..range.end as usize);
        range.and_then(|range| self.slots.get(range)).unwrap_or_default()
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("fewer than 2^32 policies fit in memory")
}

/// The principal, action and resource of a request, with everything that they are in.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub state: &'a State,
    /// The number of the action in the rulebook.
    pub action: usize,
    pub principal: EntityId,
    pub resource: EntityId,
    /// The principal and its ancestors, in order.
    pub above_principal: &'a [EntityId],
    /// The resource and its ancestors, in order.
    pub above_resource: &'a [EntityId],
}

impl Index {
    /// The rules of a bundle in a state.
    pub(super) fn of(book: &Rulebook, state: &State) -> Self {
        let literals: Vec<EntityId> = book.literals.uids().iter().map(|uid| state.intern(uid)).collect();
        let statics = book.entries.iter().enumerate().filter(|(_, entry)| !entry.is_template);
        let mut rules: Vec<Rule> =
            statics.map(|(number, entry)| Rule::of(number, entry, &literals, None, state)).collect();
        for (link, name) in state.links() {
            if let Some((number, entry)) = entry_of(book, link) {
                let link = Some((Arc::clone(name), link.clone()));
                rules.push(Rule::of(number, entry, &literals, link, state));
            }
        }
        let (mut by_resource, mut by_principal) = (Vec::new(), Vec::new());
        let mut free = vec![Vec::new(); book.actions().count()];
        for (at, rule) in rules.iter().enumerate() {
            let Some(entry) = book.entries.get(rule.entry) else { continue };
            let slot = |other| Slot { other, rule: number(at), actions: number(entry.actions) };
            match (rule.resource, rule.principal) {
                (Some(resource), principal) => by_resource.push((resource, slot(principal))),
                (None, Some(principal)) => by_principal.push((principal, slot(None))),
                (None, None) => {
                    let covering = free.iter_mut().enumerate();
                    let covered = covering.filter(|(action, _)| book.covers(entry.actions, *action));
                    covered.for_each(|(_, rules)| rules.push(number(at)));
                }
            }
        }
        Self {
            literals,
            actions: book.actions().map(|uid| state.intern(uid)).collect(),
            rules,
            by_resource: Buckets::of(by_resource),
            by_principal: Buckets::of(by_principal),
            free,
            of_links: OnceLock::new(),
        }
    }

    /// How many rules there are.
    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }

    /// Calls back with every rule whose scope holds, and with its number.
    pub(super) fn matching<'i>(
        &'i self,
        book: &'i Rulebook,
        asked: &Asked<'_>,
        mut found: impl FnMut(u32, &'i Rule, &'i Entry),
    ) {
        let mut consider = |slot: u32| {
            let Some(rule) = self.rules.get(slot as usize) else { return };
            let Some(entry) = book.entries.get(rule.entry) else { return };
            if rule.holds(entry, asked) {
                found(slot, rule, entry);
            }
        };
        for key in asked.above_resource {
            let bucket = self.by_resource.get(*key);
            let keyed = bucket.partition_point(|slot| slot.other.is_none());
            let (open, keyed) = bucket.split_at(keyed);
            let covers = |slot: &&Slot| book.covers(slot.actions as usize, asked.action);
            open.iter().filter(covers).for_each(|slot| consider(slot.rule));
            join(keyed, asked.above_principal, |slot| {
                if covers(&slot) {
                    consider(slot.rule);
                }
            });
        }
        if !self.by_principal.slots.is_empty() {
            for key in asked.above_principal {
                for slot in self.by_principal.get(*key) {
                    if book.covers(slot.actions as usize, asked.action) {
                        consider(slot.rule);
                    }
                }
            }
        }
        self.free.get(asked.action).into_iter().flatten().for_each(|rule| consider(*rule));
    }

    /// An index that misses what it should find, to see that this is noticed.
    #[cfg(test)]
    pub(super) fn broken(self) -> Self {
        Self { by_principal: Buckets::default(), by_resource: Buckets::default(), ..self }
    }

    /// The number of the rule of a link.
    fn number_of(&self, link: &Link) -> Option<u32> {
        let all = self.of_links.get_or_init(|| {
            let rules = self.rules.iter().enumerate();
            rules.filter_map(|(at, rule)| Some((rule.link.as_ref()?.1.clone(), number(at)))).collect()
        });
        all.get(link).copied()
    }
}

/// Calls back with the slots whose other entity is among some, from the side that takes fewer steps.
fn join<'s>(slots: &'s [Slot], among: &[EntityId], mut found: impl FnMut(&'s Slot)) {
    let steps = |long: usize| (usize::BITS - long.leading_zeros()) as usize + 1;
    if slots.len() * steps(among.len()) <= among.len() * steps(slots.len()) {
        for slot in slots {
            if slot.other.is_some_and(|other| among.binary_search(&other).is_ok()) {
                found(slot);
            }
        }
        return;
    }
    for id in among {
        let start = slots.partition_point(|slot| slot.other < Some(*id));
        let rest = slots.get(start..).unwrap_or_default();
        rest.iter().take_while(|slot| slot.other == Some(*id)).for_each(&mut found);
    }
}

fn entry_of<'b>(book: &'b Rulebook, link: &Link) -> Option<(usize, &'b Entry)> {
    let number = book.entry(&link.template)?;
    Some((number, book.entries.get(number)?))
}

impl Rule {
    fn of(
        number: usize,
        entry: &Entry,
        literals: &[EntityId],
        link: Option<(Arc<str>, Link)>,
        state: &State,
    ) -> Self {
        let named = |side: &Side, argument: Option<&crate::model::Uid>| match side.names? {
            (_, Named::Literal(place)) => literals.get(place).copied(),
            (_, Named::Slot) => argument.map(|uid| state.intern(uid)),
        };
        let argument =
            |of: fn(&Link) -> Option<&crate::model::Uid>| link.as_ref().and_then(|(_, link)| of(link));
        Self {
            entry: number,
            principal: named(&entry.principal, argument(|link| link.principal.as_ref())),
            resource: named(&entry.resource, argument(|link| link.resource.as_ref())),
            link,
        }
    }

    /// Says whether the scope holds, its action left aside.
    fn holds(&self, entry: &Entry, asked: &Asked<'_>) -> bool {
        side_holds(&entry.principal, self.principal, asked.principal, asked.above_principal, asked.state)
            && side_holds(&entry.resource, self.resource, asked.resource, asked.above_resource, asked.state)
    }

    /// The name of the policy or link in reports.
    pub(super) fn name<'r>(&'r self, entry: &'r Entry) -> &'r Arc<str> {
        self.link.as_ref().map_or(&entry.id, |(name, _)| name)
    }
}

fn side_holds(
    side: &Side,
    named: Option<EntityId>,
    own: EntityId,
    above: &[EntityId],
    state: &State,
) -> bool {
    let is_meant = match (side.names, named) {
        (None, _) => true,
        (Some((Bond::Is, _)), Some(named)) => named == own,
        (Some((Bond::In, _)), Some(named)) => above.binary_search(&named).is_ok(),
        (Some(_), None) => false,
    };
    is_meant && side.of_type.as_ref().is_none_or(|name| state.type_of(own) == name)
}
