//! Entities that no decision about an action tells apart.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::decide::Passage;
use crate::model::{Entity, TypeName, Uid, Value};
use crate::policy::Distinctions;

/// What two entities must share to be told apart by nothing.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness<'a> {
    /// The plan touches it, or something mentions it: it is like nothing else.
    Unique(&'a Uid),
    /// Its type, its values, its tags, and what it is in as far as that matters.
    Shared(String, Vec<Option<&'a Value>>, Option<&'a BTreeMap<String, Value>>, BTreeSet<&'a Uid>),
}

/// The entities of a plan's world, for asking what can be told apart.
pub(super) struct Population<'a> {
    passage: &'a Passage,
    touched: &'a BTreeSet<Uid>,
    /// Everything that is a principal or a resource of something at some moment, in order.
    pub(super) entities: Vec<&'a Uid>,
    /// The records that a touched entity has on the way.
    on_the_way: Vec<(&'a Uid, &'a Entity)>,
}

impl<'a> Population<'a> {
    /// Everything that exists at some moment; `listed` are the entities that need no record.
    pub(super) fn new(passage: &'a Passage, touched: &'a BTreeSet<Uid>, listed: &'a BTreeSet<Uid>) -> Self {
        let mut entities: BTreeSet<&Uid> = passage.before().uids().collect();
        entities.extend(listed);
        entities.extend(touched);
        let records = touched.iter().flat_map(|uid| {
            let changes = passage.changes_of(uid).into_iter();
            changes.filter_map(move |moment| Some((uid, passage.state(moment).entity(uid)?)))
        });
        Self { passage, touched, entities: entities.into_iter().collect(), on_the_way: records.collect() }
    }

    /// How many entities are of some types.
    pub(super) fn count(&self, types: &BTreeSet<TypeName>) -> usize {
        self.entities.iter().filter(|uid| types.contains(uid.type_name())).count()
    }

    /// The classes of some entities: whatever is true of one request is true of every other that has
    /// entities of the same classes in its place, as long as it is on itself where the other is.
    ///
    /// `mentioned` are entities that something else than a record mentions.
    pub(super) fn classes(
        &self,
        of: &[&'a Uid],
        apart: &Distinctions,
        mentioned: &BTreeSet<Uid>,
    ) -> Vec<Vec<&'a Uid>> {
        let referred = self.referred(apart);
        let mut classes: BTreeMap<Likeness<'_>, Vec<&'a Uid>> = BTreeMap::new();
        for uid in of {
            let unique = self.touched.contains(*uid) || mentioned.contains(*uid) || referred.contains(*uid);
            let likeness = match self.passage.before().entity(uid) {
                Some(entity) if !unique => self.likeness(uid, entity, apart, mentioned),
                _ => Likeness::Unique(uid),
            };
            classes.entry(likeness).or_default().push(uid);
        }
        let mut classes: Vec<Vec<&Uid>> = classes.into_values().collect();
        classes.sort();
        classes
    }

    fn likeness(
        &self,
        uid: &'a Uid,
        entity: &'a Entity,
        apart: &Distinctions,
        named: &BTreeSet<Uid>,
    ) -> Likeness<'a> {
        if apart.any_ancestor && self.passage.before().children(uid).next().is_some() {
            return Likeness::Unique(uid);
        }
        let values = apart.attributes.iter().map(|name| entity.attributes.get(name)).collect();
        let tags = apart.tags.then_some(&entity.tags);
        Likeness::Shared(uid.type_name().to_string(), values, tags, self.shores(entity, apart, named))
    }

    /// What an entity is in, as far as a policy names it or the plan touches it; beyond what the plan
    /// touches, being in it is all that counts.
    fn shores(&self, entity: &'a Entity, apart: &Distinctions, named: &BTreeSet<Uid>) -> BTreeSet<&'a Uid> {
        let before = self.passage.before();
        let mut shores = BTreeSet::new();
        let mut seen: BTreeSet<&Uid> = BTreeSet::new();
        let mut open: Vec<&Uid> = entity.parents.iter().collect();
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            let touched = self.touched.contains(next);
            if touched || apart.any_ancestor || named.contains(next) {
                shores.insert(next);
            }
            if !touched {
                open.extend(before.entity(next).into_iter().flat_map(|entity| &entity.parents));
            }
        }
        shores
    }

    /// The entities that a value which policies read refers to, at any moment.
    fn referred(&self, apart: &Distinctions) -> HashSet<&'a Uid> {
        let mut referred = HashSet::new();
        if apart.any_ancestor {
            referred.extend(self.on_the_way.iter().flat_map(|(_, entity)| &entity.parents));
        }
        let records = self.passage.before().entities().chain(self.on_the_way.iter().copied());
        for (_, entity) in records {
            let values = apart.attributes.iter().filter_map(|name| entity.attributes.get(name));
            let tags = entity.tags.values().filter(|_| apart.tags);
            for value in values.chain(tags) {
                value.for_each_entity(&mut |uid| {
                    referred.insert(uid);
                });
            }
        }
        referred
    }
}
