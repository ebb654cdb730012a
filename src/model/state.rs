//! Entities and template links at some point of a plan.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use imbl::ordmap::DiffItem;

use super::base::Base;
use super::{EntityId, KindId, Named, TypeName, Uid, Value, ValueView};

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
    /// Groups that are in each other where the snapshot comes from. The state has their members in all of
    /// them; of the groups themselves it cannot have each in each.
    pub circles: Vec<BTreeSet<Uid>>,
}

/// The world at some point of a plan.
///
/// It is what the estate says, and what changed since. Copies are cheap: they share the estate, and
/// everything else that does not differ. A handle is good for a state and all its copies, whatever
/// changes are made to them.
#[derive(Clone, Debug, Default)]
pub struct State {
    base: Arc<Base>,
    /// What is not as in the base; nothing for what was deleted.
    records: imbl::OrdMap<EntityId, Option<Arc<Record>>>,
    /// How the children of an entity are not as in the base.
    children: imbl::OrdMap<EntityId, Arc<Moves>>,
    /// Entities that have children in the base, and whose own parents may not be as there.
    moved: imbl::OrdSet<EntityId>,
    count: usize,
    links: imbl::OrdMap<Arc<Link>, Arc<str>>,
    /// The links that name an entity.
    named: imbl::OrdMap<EntityId, imbl::OrdSet<Arc<Link>>>,
}

/// A record that a change made.
#[derive(Debug)]
struct Record {
    /// By handle, in order.
    parents: Box<[EntityId]>,
    /// Attributes and tags, where they are not those of the base.
    own: Option<Arc<Entity>>,
    /// The whole, where only the parents are not those of the base, once it was asked for.
    whole: OnceLock<Box<Entity>>,
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        let own = match (&self.own, &other.own) {
            (Some(own), Some(other)) => own.attributes == other.attributes && own.tags == other.tags,
            (None, None) => true,
            _ => false,
        };
        own && self.parents == other.parents
    }
}

impl Eq for Record {}

/// Children that came, and children of the base that went.
#[derive(Clone, Debug, Default)]
struct Moves {
    came: imbl::OrdSet<EntityId>,
    went: imbl::OrdSet<EntityId>,
}

/// By uid.
impl State {
    /// The record of an entity.
    pub fn entity(&self, uid: &Uid) -> Option<&Entity> {
        self.entity_of(self.id(uid)?)
    }

    /// Says whether an entity has a record.
    pub fn contains(&self, uid: &Uid) -> bool {
        self.id(uid).is_some_and(|id| self.exists(id))
    }

    /// How many entities have a record.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Says whether no entity has a record.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The entities that have a record, in no particular order. Where the records are not needed,
    /// [`State::uids`] is much cheaper.
    pub fn entities(&self) -> impl Iterator<Item = (&Uid, &Entity)> {
        self.ids().filter_map(|id| Some((self.uid(id), self.entity_of(id)?)))
    }

    /// The uids of the entities that have a record, in no particular order.
    pub fn uids(&self) -> impl Iterator<Item = &Uid> {
        self.ids().map(|id| self.uid(id))
    }

    /// The entities that have an entity among their direct parents, in order.
    pub fn children(&self, uid: &Uid) -> impl Iterator<Item = &Uid> {
        let children = self.id(uid).map(|id| self.children_of(id)).unwrap_or_default();
        let mut children: Vec<&Uid> = children.into_iter().map(|id| self.uid(id)).collect();
        children.sort_unstable();
        children.into_iter()
    }

    /// Everything that an entity is in, directly or not, itself left out.
    pub fn ancestors(&self, uid: &Uid) -> BTreeSet<&Uid> {
        let ancestors = self.id(uid).map(|id| self.ancestors_of(id)).unwrap_or_default();
        ancestors.iter().map(|id| self.uid(*id)).collect()
    }
}

/// By handle.
impl State {
    /// The handle of a uid; there is none for a uid that neither the estate nor a change named.
    pub fn id(&self, uid: &Uid) -> Option<EntityId> {
        self.base.names.find(uid)
    }

    /// The handle of a uid, which gets one where it has none: then all states of this estate know it.
    pub fn intern(&self, uid: &Uid) -> EntityId {
        self.base.names.intern(uid)
    }

    /// The handle of a uid, like [`State::intern`]; one that knows its handle is not looked for.
    pub fn handle(&self, named: &Named) -> EntityId {
        self.base.names.handle(named)
    }

    /// The handle of a type that the estate names.
    pub fn kind(&self, name: &TypeName) -> Option<KindId> {
        self.base.names.known_kind(name)
    }

    /// The uid with that id, if the estate names it; it knows its handle.
    pub fn named(&self, kind: KindId, id: &str) -> Option<Arc<Named>> {
        let names = &self.base.names;
        names.find_in(kind, id).map(|id| Arc::clone(names.shared(id)))
    }

    /// The uid of a handle.
    pub fn uid(&self, id: EntityId) -> &Uid {
        self.base.names.uid(id)
    }

    /// The type of a handle's uid.
    pub fn type_of(&self, id: EntityId) -> &TypeName {
        self.base.names.type_name(id)
    }

    /// The id of a handle's uid, without its type and without escapes.
    pub fn name_of(&self, id: EntityId) -> &str {
        self.base.names.id(id)
    }

    /// Says whether an entity has a record.
    pub fn exists(&self, id: EntityId) -> bool {
        match self.records.get(&id) {
            Some(record) => record.is_some(),
            None => self.base.contains(id),
        }
    }

    /// The handles of the entities that have a record, in no particular order.
    pub fn ids(&self) -> impl Iterator<Item = EntityId> {
        let base = self.base.ids().filter(|id| self.records.is_empty() || !self.records.contains_key(id));
        base.chain(self.records.iter().filter_map(|(id, record)| record.as_ref().map(|_| *id)))
    }

    /// The record of an entity. One of the estate is decoded and kept when it is first asked for;
    /// [`State::attribute_of`] and [`State::parents_of`] do without.
    pub fn entity_of(&self, id: EntityId) -> Option<&Entity> {
        match self.records.get(&id) {
            Some(record) => self.whole(id, record.as_deref()?),
            None => self.base.entity(id),
        }
    }

    fn whole<'a>(&'a self, id: EntityId, record: &'a Record) -> Option<&'a Entity> {
        if let Some(own) = &record.own
            && own.parents.len() == record.parents.len()
            && record.parents.iter().all(|parent| own.parents.contains(self.uid(*parent)))
        {
            return Some(own);
        }
        let rest = record.own.as_deref().or_else(|| self.base.entity(id))?;
        Some(record.whole.get_or_init(|| {
            let parents = record.parents.iter().map(|parent| self.uid(*parent).clone()).collect();
            Box::new(Entity { parents, attributes: rest.attributes.clone(), tags: rest.tags.clone() })
        }))
    }

    /// An attribute of an entity.
    pub fn attribute_of(&self, id: EntityId, name: &str) -> Option<ValueView<'_>> {
        match self.records.get(&id) {
            None => self.base.attribute(id, name),
            Some(record) => match &record.as_ref()?.own {
                None => self.base.attribute(id, name),
                Some(own) => Some(self.view(own.attributes.get(name)?)),
            },
        }
    }

    /// A tag of an entity.
    pub fn tag_of(&self, id: EntityId, name: &str) -> Option<ValueView<'_>> {
        match self.records.get(&id) {
            None => self.base.tag(id, name),
            Some(record) => match &record.as_ref()?.own {
                None => self.base.tag(id, name),
                Some(own) => Some(self.view(own.tags.get(name)?)),
            },
        }
    }

    /// A value seen as this state sees its own.
    pub fn view<'a>(&'a self, value: &'a Value) -> ValueView<'a> {
        ValueView::of(value, &self.base.names)
    }

    /// A copy of a value that was seen in this state.
    pub fn value(&self, view: ValueView<'_>) -> Value {
        view.to_value(&self.base.names)
    }

    /// The direct parents of an entity, in the order of handles.
    pub fn parents_of(&self, id: EntityId) -> &[EntityId] {
        match self.records.get(&id) {
            Some(record) => record.as_ref().map(|record| &*record.parents).unwrap_or_default(),
            None => self.base.parents(id),
        }
    }

    /// An entity and everything that it is in, directly or not, in the order of handles.
    pub fn with_ancestors_of(&self, id: EntityId) -> Cow<'_, [EntityId]> {
        if let Some(settled) = self.settled(id) {
            return Cow::Borrowed(settled);
        }
        let parents = self.parents_of(id);
        let known: Option<usize> =
            parents.iter().map(|parent| self.settled(*parent).map(<[EntityId]>::len)).sum();
        let mut found = Vec::with_capacity(known.unwrap_or_default() + 1);
        match known {
            Some(_) => {
                let settled = parents.iter().filter_map(|parent| self.settled(*parent));
                settled.for_each(|settled| found.extend_from_slice(settled));
            }
            None => found.extend_from_slice(&self.ancestors_of(id)),
        }
        found.push(id);
        found.sort_unstable();
        found.dedup();
        Cow::Owned(found)
    }

    /// Everything that an entity is in, directly or not, itself left out, in the order of handles.
    ///
    /// Nothing is copied where there is one parent and nothing above it moved.
    pub fn ancestors_of(&self, id: EntityId) -> Cow<'_, [EntityId]> {
        let parents = self.parents_of(id);
        match parents {
            [] => return Cow::Borrowed(&[]),
            [only] => {
                if let Some(settled) = self.settled(*only) {
                    return Cow::Borrowed(settled);
                }
            }
            _ => {}
        }
        let mut found: Vec<EntityId> = Vec::new();
        let mut walked: BTreeSet<EntityId> = BTreeSet::new();
        let mut open: Vec<EntityId> = parents.to_vec();
        while let Some(next) = open.pop() {
            match self.settled(next) {
                Some(settled) => found.extend_from_slice(settled),
                None if walked.insert(next) => {
                    found.push(next);
                    open.extend_from_slice(self.parents_of(next));
                }
                None => {}
            }
        }
        found.sort_unstable();
        found.dedup();
        Cow::Owned(found)
    }

    /// Says whether an entity is the other or in it, directly or not.
    pub fn is_in(&self, id: EntityId, other: EntityId) -> bool {
        if id == other {
            return true;
        }
        let mut walked: BTreeSet<EntityId> = BTreeSet::new();
        let mut open: Vec<EntityId> = Vec::new();
        let mut parents = self.parents_of(id);
        loop {
            for parent in parents {
                match self.settled(*parent) {
                    _ if *parent == other => return true,
                    Some(settled) if settled.binary_search(&other).is_ok() => return true,
                    None if walked.insert(*parent) => open.push(*parent),
                    _ => {}
                }
            }
            let Some(next) = open.pop() else { return false };
            parents = self.parents_of(next);
        }
    }

    /// An entity and everything it is in, where the base knows it and nothing of it moved.
    fn settled(&self, id: EntityId) -> Option<&[EntityId]> {
        let closure = self.base.closure(id)?;
        let moved = match self.moved.len() {
            0 => false,
            few if few < closure.len() => self.moved.iter().any(|id| closure.binary_search(id).is_ok()),
            _ => closure.iter().any(|id| self.moved.contains(id)),
        };
        (!moved).then_some(closure)
    }

    /// The entities that have an entity among their direct parents, in the order of handles.
    pub fn children_of(&self, id: EntityId) -> Vec<EntityId> {
        let base = self.base.children(id);
        match self.children.get(&id) {
            None => base.to_vec(),
            Some(moves) => {
                let kept = base.iter().copied().filter(|child| !moves.went.contains(child));
                let mut children: Vec<EntityId> = kept.chain(moves.came.iter().copied()).collect();
                children.sort_unstable();
                children
            }
        }
    }
}

/// Two states.
impl State {
    /// Says whether two states are of one estate, so that a handle means the same in both.
    pub fn same_lineage(&self, other: &State) -> bool {
        Arc::ptr_eq(&self.base, &other.base)
    }

    /// The links that came since an earlier state, with their ids, and those that went.
    pub fn links_apart<'a>(
        &'a self,
        since: &'a State,
    ) -> impl Iterator<Item = (&'a Link, Option<&'a Arc<str>>)> {
        since.links.diff(&self.links).map(|difference| match difference {
            DiffItem::Add(link, id) | DiffItem::Update { new: (link, id), .. } => (link.as_ref(), Some(id)),
            DiffItem::Remove(link, _) => (link.as_ref(), None),
        })
    }

    /// Says whether two states have the same entities, and the same links whatever their ids.
    pub fn same_world(&self, other: &State) -> bool {
        self.same_entities(other) && self.links.keys().eq(other.links.keys())
    }

    /// Says whether two states, which can differ only in some entities and in links, are the same,
    /// the ids of links included.
    pub fn agrees(&self, other: &State, entities: &BTreeSet<Uid>) -> bool {
        entities.iter().all(|uid| self.entity(uid) == other.entity(uid)) && self.same_links(other)
    }

    /// The first entity, by uid, that two states have different records of.
    pub fn first_difference(&self, other: &State) -> Option<Uid> {
        let differs = |uid: &&Uid| self.entity(uid) != other.entity(uid);
        if self.same_lineage(other) {
            return self.touched_apart(other).map(|id| self.uid(id)).filter(differs).min().cloned();
        }
        self.uids().chain(other.uids()).filter(differs).min().cloned()
    }

    /// Says whether two states have the same links under the same ids.
    pub fn same_links(&self, other: &State) -> bool {
        self.links.ptr_eq(&other.links) || self.links == other.links
    }

    fn same_entities(&self, other: &State) -> bool {
        self.len() == other.len() && self.first_difference(other).is_none()
    }

    /// The entities that changes touched differently, in two states of one estate.
    fn touched_apart<'a>(&'a self, other: &'a State) -> impl Iterator<Item = EntityId> + 'a {
        self.records.diff(&other.records).map(|difference| match difference {
            DiffItem::Add(id, _) | DiffItem::Remove(id, _) => *id,
            DiffItem::Update { new: (id, _), .. } => *id,
        })
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.same_entities(other) && self.same_links(other)
    }
}

impl Eq for State {}

/// Links.
impl State {
    /// The template links with their ids, in order.
    pub fn links(&self) -> impl Iterator<Item = (&Link, &Arc<str>)> {
        self.links.iter().map(|(link, id)| (link.as_ref(), id))
    }

    /// The links that name an entity, in order.
    pub fn links_naming(&self, uid: &Uid) -> impl Iterator<Item = &Link> {
        let named = self.id(uid).and_then(|id| self.named.get(&id));
        named.into_iter().flatten().map(Arc::as_ref)
    }

    /// Adds a link under an id, where the same link is not there yet.
    pub fn link(&mut self, link: Link, id: Arc<str>) {
        if self.links.contains_key(&link) {
            return;
        }
        let link = Arc::new(link);
        for uid in link.principal.iter().chain(&link.resource) {
            let named = self.base.names.intern(uid);
            self.named.entry(named).or_default().insert(Arc::clone(&link));
        }
        self.links.insert(link, id);
    }

    /// Removes a link.
    pub fn unlink(&mut self, link: &Link) {
        if self.links.remove(link).is_none() {
            return;
        }
        for uid in link.principal.iter().chain(&link.resource) {
            let id = self.base.names.intern(uid);
            if let Some(named) = self.named.get_mut(&id) {
                named.remove(link);
                if named.is_empty() {
                    self.named.remove(&id);
                }
            }
        }
    }
}

/// Changes.
impl State {
    /// The state that an estate describes.
    pub(super) fn of(base: Base) -> Self {
        Self { count: base.len(), base: Arc::new(base), ..Self::default() }
    }

    /// Adds or replaces the record of an entity.
    pub fn insert(&mut self, uid: Uid, entity: Entity) {
        let id = self.base.names.intern(&uid);
        self.put(id, entity);
    }

    fn put(&mut self, id: EntityId, entity: Entity) {
        for value in entity.attributes.values().chain(entity.tags.values()) {
            value.for_each_entity(&mut |uid| {
                self.base.names.intern(uid);
            });
        }
        let mut parents: Vec<EntityId> =
            entity.parents.iter().map(|uid| self.base.names.intern(uid)).collect();
        parents.sort_unstable();
        self.count += usize::from(!self.exists(id));
        self.reparent(id, &parents);
        let own = Some(Arc::new(entity));
        let record = Record { parents: parents.into(), own, whole: OnceLock::new() };
        self.records.insert(id, Some(Arc::new(record)));
    }

    /// Gives an entity other parents; its attributes and tags stay what they are.
    fn set_parents(&mut self, id: EntityId, mut parents: Vec<EntityId>) {
        parents.sort_unstable();
        self.reparent(id, &parents);
        let own = self.records.get(&id).and_then(|record| record.as_ref()?.own.clone());
        let record = Record { parents: parents.into(), own, whole: OnceLock::new() };
        self.records.insert(id, Some(Arc::new(record)));
    }

    /// Adds a parent edge, where the entity has a record and not yet that parent.
    pub fn join(&mut self, child: &Uid, parent: &Uid) {
        let Some(id) = self.id(child).filter(|id| self.exists(*id)) else { return };
        let parent = self.intern(parent);
        let parents = self.parents_of(id);
        if !parents.contains(&parent) {
            let parents = parents.iter().copied().chain([parent]).collect();
            self.set_parents(id, parents);
        }
    }

    /// Removes a parent edge, where there is one.
    pub fn leave(&mut self, child: &Uid, parent: &Uid) {
        if let (Some(id), Some(parent)) = (self.id(child), self.id(parent)) {
            self.remove_parent(id, parent);
        }
    }

    fn remove_parent(&mut self, id: EntityId, parent: EntityId) {
        let parents = self.parents_of(id);
        if parents.contains(&parent) {
            let parents = parents.iter().copied().filter(|other| *other != parent).collect();
            self.set_parents(id, parents);
        }
    }

    /// Changes the record of an entity, where it has one.
    pub fn update(&mut self, uid: &Uid, change: impl FnOnce(&mut Entity)) {
        let Some((id, entity)) = self.id(uid).and_then(|id| Some((id, self.entity_of(id)?))) else { return };
        let mut changed = Entity::clone(entity);
        change(&mut changed);
        if changed != *entity {
            self.put(id, changed);
        }
    }

    /// Removes an entity, every parent edge to it and every link that names it.
    pub fn delete(&mut self, uid: &Uid) {
        let Some(id) = self.id(uid) else { return };
        for child in self.children_of(id) {
            self.remove_parent(child, id);
        }
        if self.exists(id) {
            self.count -= 1;
            self.reparent(id, &[]);
            self.records.insert(id, None);
        }
        let named: Vec<Link> = self.links_naming(uid).cloned().collect();
        named.iter().for_each(|link| self.unlink(link));
    }

    /// Notes that an entity gets other parents, before it has them.
    fn reparent(&mut self, id: EntityId, parents: &[EntityId]) {
        let old = self.parents_of(id).to_vec();
        if old != parents && self.base.closure(id).is_some() {
            self.moved.insert(id);
        }
        for gone in old.iter().filter(|parent| !parents.contains(parent)) {
            let in_base = self.base.parents(id).contains(gone);
            let moves = Arc::make_mut(self.children.entry(*gone).or_default());
            match in_base {
                true => moves.went.insert(id),
                false => moves.came.remove(&id),
            };
        }
        for new in parents.iter().filter(|parent| !old.contains(parent)) {
            let in_base = self.base.parents(id).contains(new);
            let moves = Arc::make_mut(self.children.entry(*new).or_default());
            match in_base {
                true => moves.went.remove(&id),
                false => moves.came.insert(id),
            };
        }
    }
}
