//! Entities and template links at some point of a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Uid, Value};

/// An entity's record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entity {
    /// Its direct parents.
    pub parents: BTreeSet<Uid>,
    /// Its attributes.
    pub attributes: BTreeMap<String, Value>,
    /// Its tags.
    pub tags: BTreeMap<String, Value>,
}

/// A template link, known by its template and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The template's id.
    pub template: String,
    /// What `?principal` stands for.
    pub principal: Option<Uid>,
    /// What `?resource` stands for.
    pub resource: Option<Uid>,
}

/// The world before the plan: the state that its records describe, without links.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    /// The entities.
    pub state: State,
    /// When the snapshot was true, where every part of it says so.
    pub taken: Option<jiff::Timestamp>,
}

/// The world at some point of a plan.
///
/// Copies are cheap: they share everything that does not differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    entities: imbl::HashMap<Uid, Arc<Entity>>,
    children: imbl::HashMap<Uid, imbl::OrdSet<Uid>>,
    links: imbl::OrdMap<Link, Arc<str>>,
}

impl State {
    /// The record of an entity.
    pub fn entity(&self, uid: &Uid) -> Option<&Entity> {
        self.entities.get(uid).map(Arc::as_ref)
    }

    /// Says whether an entity has a record.
    pub fn contains(&self, uid: &Uid) -> bool {
        self.entities.contains_key(uid)
    }

    /// How many entities have a record.
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Says whether no entity has a record.
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// The entities that have a record, in no particular order.
    pub fn entities(&self) -> impl Iterator<Item = (&Uid, &Entity)> {
        self.entities.iter().map(|(uid, entity)| (uid, entity.as_ref()))
    }

    /// The template links with their ids, in order.
    pub fn links(&self) -> impl Iterator<Item = (&Link, &Arc<str>)> {
        self.links.iter()
    }

    /// The links that name an entity.
    pub fn links_naming<'a>(&'a self, uid: &'a Uid) -> impl Iterator<Item = &'a Link> {
        self.links
            .keys()
            .filter(move |link| link.principal.as_ref() == Some(uid) || link.resource.as_ref() == Some(uid))
    }

    /// The entities that have an entity among their direct parents, in order.
    pub fn children<'a>(&'a self, uid: &Uid) -> impl Iterator<Item = &'a Uid> {
        self.children.get(uid).into_iter().flatten()
    }

    /// Says whether two states have the same entities, and the same links whatever their ids.
    pub fn same_world(&self, other: &State) -> bool {
        self.entities == other.entities && self.links.keys().eq(other.links.keys())
    }

    /// Says whether two states, which can differ only in some entities and in links, are the same,
    /// the ids of links included.
    pub fn agrees(&self, other: &State, entities: &BTreeSet<Uid>) -> bool {
        entities.iter().all(|uid| self.entity(uid) == other.entity(uid)) && self.same_links(other)
    }

    /// The first entity, by uid, that two states have different records of.
    pub fn first_difference(&self, other: &State) -> Option<Uid> {
        let here = self.entities.iter().filter(|(uid, entity)| other.entities.get(*uid) != Some(*entity));
        let there = other.entities.iter().filter(|(uid, _)| !self.entities.contains_key(*uid));
        here.chain(there).map(|(uid, _)| uid).min().cloned()
    }

    /// Says whether two states have the same links under the same ids.
    pub fn same_links(&self, other: &State) -> bool {
        self.links.ptr_eq(&other.links) || self.links == other.links
    }

    /// Everything that an entity is in, directly or not, itself left out.
    pub fn ancestors(&self, uid: &Uid) -> BTreeSet<&Uid> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Uid> = self.entity(uid).into_iter().flat_map(|entity| &entity.parents).collect();
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(self.entity(next).into_iter().flat_map(|entity| &entity.parents));
            }
        }
        found
    }

    /// Adds or replaces the record of an entity.
    pub fn insert(&mut self, uid: Uid, entity: Entity) {
        self.detach(&uid);
        for parent in &entity.parents {
            self.children.entry(parent.clone()).or_default().insert(uid.clone());
        }
        self.entities.insert(uid, Arc::new(entity));
    }

    /// Changes the record of an entity, where it has one.
    pub fn update(&mut self, uid: &Uid, change: impl FnOnce(&mut Entity)) {
        if let Some(entity) = self.entities.get(uid) {
            let mut changed = Entity::clone(entity);
            change(&mut changed);
            if changed != **entity {
                self.insert(uid.clone(), changed);
            }
        }
    }

    /// Removes an entity, every parent edge to it and every link that names it.
    pub fn delete(&mut self, uid: &Uid) {
        let children: Vec<Uid> = self.children(uid).cloned().collect();
        for child in children {
            self.update(&child, |entity| {
                entity.parents.remove(uid);
            });
        }
        self.detach(uid);
        self.entities.remove(uid);
        self.children.remove(uid);
        let named: Vec<Link> = self.links_naming(uid).cloned().collect();
        for link in named {
            self.links.remove(&link);
        }
    }

    /// Adds a link under an id, where the same link is not there yet.
    pub fn link(&mut self, link: Link, id: Arc<str>) {
        if !self.links.contains_key(&link) {
            self.links.insert(link, id);
        }
    }

    /// Removes a link.
    pub fn unlink(&mut self, link: &Link) {
        self.links.remove(link);
    }

    fn detach(&mut self, uid: &Uid) {
        let parents: Vec<Uid> =
            self.entity(uid).into_iter().flat_map(|entity| &entity.parents).cloned().collect();
        for parent in parents {
            if let Some(children) = self.children.get_mut(&parent) {
                children.remove(uid);
                if children.is_empty() {
                    self.children.remove(&parent);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(text: &str) -> Uid {
        text.parse().unwrap()
    }

    #[test]
    fn deleting_an_entity_takes_its_edges_and_links_along() {
        let mut state = State::default();
        state.insert(uid("G::\"g\""), Entity::default());
        state.insert(uid("U::\"u\""), Entity { parents: [uid("G::\"g\"")].into(), ..Entity::default() });
        let link = Link { template: "t".into(), principal: Some(uid("G::\"g\"")), resource: None };
        state.link(link, "l".into());
        let before = state.clone();
        state.delete(&uid("G::\"g\""));
        assert!(state.entity(&uid("U::\"u\"")).unwrap().parents.is_empty());
        assert_eq!(state.links().count(), 0);
        assert_eq!(before.ancestors(&uid("U::\"u\"")).len(), 1);
    }
}
