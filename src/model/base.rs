//! The entities of an estate, dense: columns by handle, and who is in whom.

use std::sync::OnceLock;

use super::names::{EntityId, KindId, Names};
use super::packed::{self, Fields, Rows, ValueView};
use super::sparse::Sparse;
use super::{Entity, TypeName, Uid, Value};

/// Marks what a handle does not have: a record, parents, children.
const NONE: u32 = u32::MAX;

/// How many edges the longest chain of parents may have.
pub const MAX_DEPTH: usize = 10_000;

/// How many pairs of an entity and an ancestor there may be.
pub const MAX_PAIRS: u64 = 500_000_000;

/// The entities of an estate, which no change touches.
#[derive(Debug, Default)]
pub(super) struct Base {
    pub names: Names,
    rows: Rows,
    /// The row of each handle, counted from 1; 0 where it has no record.
    row_of: Vec<u64>,
    count: usize,
    /// Where the parents of each handle stand in `edges`: their number, and then they.
    edges_of: Vec<u32>,
    edges: Vec<EntityId>,
    /// The place in `closures` of each handle that is the parent of another.
    inner: Vec<u32>,
    /// Of each handle that is a parent: itself and everything it is in, in order.
    closures: Lists,
    children: OnceLock<Children>,
    decoded: Sparse<Box<Entity>>,
}

/// Lists one after the other.
#[derive(Debug, Default)]
struct Lists {
    starts: Vec<u32>,
    items: Vec<EntityId>,
}

impl Lists {
    fn get(&self, at: usize) -> &[EntityId] {
        let start = self.starts.get(at).copied().unwrap_or(NONE) as usize;
        let end = self.starts.get(at + 1).map_or(self.items.len(), |end| *end as usize);
        self.items.get(start..end).unwrap_or_default()
    }

    fn begin(&mut self) {
        self.starts.push(u32::try_from(self.items.len()).unwrap_or(NONE));
    }
}

/// The children of each handle that is the parent of another, by its place in `closures`.
#[derive(Debug)]
struct Children(Lists);

impl Base {
    /// Says whether a handle has a record.
    pub fn contains(&self, id: EntityId) -> bool {
        self.row_of.get(id.position()).is_some_and(|row| *row > 0)
    }

    /// How many handles have a record.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The handles that have a record.
    pub fn ids(&self) -> impl Iterator<Item = EntityId> {
        let known = self.row_of.iter().enumerate().filter(|(_, row)| **row > 0);
        known.map(|(at, _)| EntityId::new(at))
    }

    fn row(&self, id: EntityId) -> Option<u64> {
        self.row_of.get(id.position())?.checked_sub(1)
    }

    /// The record of a handle.
    pub fn entity(&self, id: EntityId) -> Option<&Entity> {
        let row = self.row(id)?;
        Some(self.decoded.get_or_make(id.position(), || {
            let (attributes, tags) = self.rows.whole(row, &self.names);
            let parents = self.parents(id).iter().map(|parent| self.names.uid(*parent).clone()).collect();
            Box::new(Entity { parents, attributes, tags })
        }))
    }

    /// An attribute of a handle.
    pub fn attribute(&self, id: EntityId, name: &str) -> Option<ValueView<'_>> {
        self.rows.attribute(self.row(id)?, self.rows.name_number(name)?)
    }

    /// A tag of a handle.
    pub fn tag(&self, id: EntityId, name: &str) -> Option<ValueView<'_>> {
        self.rows.tag(self.row(id)?, self.rows.name_number(name)?)
    }

    /// The direct parents of a handle, in order.
    pub fn parents(&self, id: EntityId) -> &[EntityId] {
        parents(&self.edges, self.edges_of.get(id.position()).copied().unwrap_or(NONE))
    }

    /// A handle that is a parent and everything it is in, in order.
    pub fn closure(&self, id: EntityId) -> Option<&[EntityId]> {
        let place = self.inner.get(id.position()).filter(|place| **place != NONE)?;
        Some(self.closures.get(*place as usize))
    }

    /// The handles that have a handle among their direct parents, in order.
    pub fn children(&self, id: EntityId) -> &[EntityId] {
        let Some(place) = self.inner.get(id.position()).filter(|place| **place != NONE) else { return &[] };
        self.children.get_or_init(|| self.invert()).0.get(*place as usize)
    }

    fn invert(&self) -> Children {
        let places = |id: EntityId| {
            let inner = self.parents(id).iter().filter_map(|parent| self.inner.get(parent.position()));
            inner.map(|place| *place as usize)
        };
        let mut sizes = vec![0_u32; self.closures.starts.len()];
        let all = || (0..self.edges_of.len()).map(EntityId::new);
        all().flat_map(places).for_each(|place| {
            if let Some(size) = sizes.get_mut(place) {
                *size += 1;
            }
        });
        let mut lists = Lists::default();
        let mut next = 0;
        for size in &sizes {
            lists.starts.push(next);
            next += size;
        }
        let mut ends = lists.starts.clone();
        lists.items = vec![EntityId::new(0); next as usize];
        for id in all() {
            for place in places(id) {
                let Some(end) = ends.get_mut(place) else { continue };
                if let Some(item) = lists.items.get_mut(*end as usize) {
                    *item = id;
                }
                *end += 1;
            }
        }
        Children(lists)
    }
}

fn parents(edges: &[EntityId], start: u32) -> &[EntityId] {
    let start = start as usize;
    let count = edges.get(start).map_or(0, |count| count.position());
    edges.get(start + 1..start + 1 + count).unwrap_or_default()
}

/// Why some entities are no hierarchy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadHierarchy {
    /// Some of these entities are in themselves; the edges among them, child first.
    Cycle(Vec<(EntityId, EntityId)>),
    /// The longest chain of parents has so many edges.
    Deep(usize),
    /// There are more than [`MAX_PAIRS`] pairs of an entity and an ancestor.
    Dense,
}

/// Collects the entities of an estate.
#[derive(Debug, Default)]
pub struct EstateBuilder {
    base: Base,
    attributes: Fields,
    tags: Fields,
    in_tags: bool,
}

impl EstateBuilder {
    /// Without entities.
    pub fn new() -> Self {
        Self::default()
    }

    /// The handle of an entity type.
    pub fn kind(&mut self, name: &TypeName) -> KindId {
        self.base.names.kind(name)
    }

    /// The handle of a uid, whether it has a record or is only named.
    pub fn id(&mut self, kind: KindId, id: &str) -> EntityId {
        self.base.names.early(kind, id)
    }

    /// The handle of a whole uid.
    pub fn id_of(&mut self, uid: &Uid) -> EntityId {
        let kind = self.kind(uid.type_name());
        self.id(kind, uid.id().unescaped())
    }

    /// The uid of a handle.
    pub fn uid(&self, id: EntityId) -> Uid {
        let names = &self.base.names;
        let text = cedar_policy::EntityId::new(names.id(id));
        Uid::from_type_name_and_id(names.type_name(id).clone(), text)
    }

    /// How many uids have a handle: those of records, and those that are only named.
    pub fn named(&self) -> usize {
        self.base.names.len()
    }

    /// All uids that have a handle.
    pub fn ids(&self) -> impl Iterator<Item = EntityId> + use<> {
        (0..self.named()).map(EntityId::new)
    }

    /// The number of an attribute's or tag's name.
    pub fn name(&mut self, name: &str) -> u32 {
        self.base.rows.number_name(name)
    }

    /// Begins a record; its attributes come next.
    pub fn begin(&mut self) {
        self.attributes.clear();
        self.tags.clear();
        self.in_tags = false;
    }

    /// Says that what comes next are tags.
    pub fn begin_tags(&mut self) {
        self.in_tags = true;
    }

    /// Begins an attribute or tag, whose value must come next.
    pub fn field(&mut self, name: u32) {
        self.fields().begin(name);
    }

    /// A boolean.
    pub fn bool(&mut self, value: bool) {
        packed::write_bool(&mut self.fields().bytes, value);
    }

    /// An integer.
    pub fn long(&mut self, value: i64) {
        packed::write_long(&mut self.fields().bytes, value);
    }

    /// A text.
    pub fn string(&mut self, value: &str) {
        let fields = if self.in_tags { &mut self.tags } else { &mut self.attributes };
        self.base.rows.write_string(&mut fields.bytes, value);
    }

    /// A reference to an entity.
    pub fn entity(&mut self, id: EntityId) {
        packed::write_entity(&mut self.fields().bytes, id);
    }

    /// Any value.
    pub fn value(&mut self, value: &Value) {
        let fields = if self.in_tags { &mut self.tags } else { &mut self.attributes };
        let Base { names, rows, .. } = &mut self.base;
        rows.write(&mut fields.bytes, value, &mut |uid| {
            let kind = names.kind(uid.type_name());
            names.early(kind, uid.id().unescaped())
        });
    }

    /// Ends a record; `parents` may name one more than once.
    pub fn end(&mut self, id: EntityId, parents: &mut Vec<EntityId>) {
        let base = &mut self.base;
        let row = base.rows.push(&self.attributes, &self.tags);
        let size = base.names.len();
        base.row_of.resize(size.max(base.row_of.len()), 0);
        base.edges_of.resize(size.max(base.edges_of.len()), NONE);
        if let Some(slot) = base.row_of.get_mut(id.position()) {
            base.count += usize::from(*slot == 0);
            *slot = row + 1;
        }
        parents.sort_unstable();
        parents.dedup();
        if !parents.is_empty()
            && let Some(slot) = base.edges_of.get_mut(id.position())
        {
            *slot = u32::try_from(base.edges.len()).unwrap_or(NONE);
            base.edges.push(EntityId::new(parents.len()));
            base.edges.extend_from_slice(parents);
        }
    }

    fn fields(&mut self) -> &mut Fields {
        if self.in_tags { &mut self.tags } else { &mut self.attributes }
    }

    /// The state of the entities.
    ///
    /// # Errors
    /// That they are in themselves, or that the hierarchy is too deep or too dense.
    pub fn finish(mut self) -> Result<super::State, (BadHierarchy, Box<Self>)> {
        if let Err(bad) = self.close() {
            return Err((bad, Box::new(self)));
        }
        let base = &mut self.base;
        base.rows.settle();
        base.names.settle();
        base.edges.shrink_to_fit();
        base.decoded = Sparse::new(base.names.len());
        Ok(super::State::of(self.base))
    }

    fn close(&mut self) -> Result<(), BadHierarchy> {
        let base = &mut self.base;
        let size = base.names.len();
        base.row_of.resize(size, 0);
        base.edges_of.resize(size, NONE);
        base.inner = vec![NONE; size];
        for id in (0..size).map(EntityId::new) {
            let own = base.edges_of.get(id.position()).copied().unwrap_or(NONE);
            for parent in parents(&base.edges, own) {
                if let Some(place) = base.inner.get_mut(parent.position()) {
                    *place = 0;
                }
            }
        }
        close(base)
    }
}

/// Computes the closures of all parents, parents first (Kahn's order), without recursion.
fn close(base: &mut Base) -> Result<(), BadHierarchy> {
    let inner: Vec<EntityId> = base.ids_of_inner().collect();
    let order = parents_first(base, &inner)?;
    let depth = longest_chain(base, &order);
    if depth > MAX_DEPTH {
        return Err(BadHierarchy::Deep(depth));
    }
    let mut pairs: u64 = 0;
    let mut union = Union::new(base.names.len());
    for (at, id) in order.iter().enumerate() {
        let above = base.parents(*id).iter().filter_map(|parent| base.closure(*parent));
        let found = union.of(std::iter::once(std::slice::from_ref(id)).chain(above));
        pairs += found.len() as u64 - 1;
        if pairs > MAX_PAIRS {
            return Err(BadHierarchy::Dense);
        }
        if let Some(slot) = base.inner.get_mut(id.position()) {
            *slot = u32::try_from(at).unwrap_or(NONE);
        }
        base.closures.begin();
        base.closures.items.extend_from_slice(found);
    }
    base.closures.items.shrink_to_fit();
    leaves(base, pairs)
}

/// Unites lists of handles, each in the time of its length.
struct Union {
    /// The round in which each handle was last found.
    rounds: Vec<u32>,
    round: u32,
    found: Vec<EntityId>,
}

impl Union {
    fn new(size: usize) -> Self {
        Self { rounds: vec![0; size], round: 0, found: Vec::new() }
    }

    /// The handles that are in any of some lists, in order.
    fn of<'a>(&mut self, lists: impl Iterator<Item = &'a [EntityId]>) -> &[EntityId] {
        self.round += 1;
        self.found.clear();
        for id in lists.flatten() {
            if let Some(round) = self.rounds.get_mut(id.position()).filter(|round| **round != self.round) {
                *round = self.round;
                self.found.push(*id);
            }
        }
        self.found.sort_unstable();
        &self.found
    }
}

/// Checks the number of ancestors of those that are nobody's parent.
fn leaves(base: &Base, of_inner: u64) -> Result<(), BadHierarchy> {
    let leaves = || (0..base.inner.len()).map(EntityId::new).filter(|id| base.closure(*id).is_none());
    let above = |id: EntityId| base.parents(id).iter().filter_map(|parent| base.closure(*parent));
    let bound = leaves().flat_map(above).fold(of_inner, |bound, closure| bound + closure.len() as u64);
    if bound <= MAX_PAIRS {
        return Ok(());
    }
    let mut pairs = of_inner;
    let mut union = Union::new(base.names.len());
    for id in leaves() {
        pairs += union.of(above(id)).len() as u64;
        if pairs > MAX_PAIRS {
            return Err(BadHierarchy::Dense);
        }
    }
    Ok(())
}

impl Base {
    fn ids_of_inner(&self) -> impl Iterator<Item = EntityId> {
        let inner = self.inner.iter().enumerate().filter(|(_, place)| **place != NONE);
        inner.map(|(at, _)| EntityId::new(at))
    }
}

/// The parents among the entities, each after its own parents.
fn parents_first(base: &Base, inner: &[EntityId]) -> Result<Vec<EntityId>, BadHierarchy> {
    let position = |id: EntityId| inner.binary_search(&id).ok();
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); inner.len()];
    let mut open = vec![0_u32; inner.len()];
    for (at, id) in inner.iter().enumerate() {
        for parent in base.parents(*id).iter().filter_map(|parent| position(*parent)) {
            if let (Some(list), Some(count)) = (children.get_mut(parent), open.get_mut(at)) {
                list.push(u32::try_from(at).unwrap_or(NONE));
                *count += 1;
            }
        }
    }
    let mut ready: Vec<usize> = (0..inner.len()).filter(|at| open.get(*at) == Some(&0)).collect();
    let mut order = Vec::with_capacity(inner.len());
    let mut next = 0;
    while let Some(at) = ready.get(next).copied() {
        next += 1;
        order.extend(inner.get(at));
        for child in children.get(at).into_iter().flatten() {
            let child = *child as usize;
            if let Some(count) = open.get_mut(child) {
                *count -= 1;
                if *count == 0 {
                    ready.push(child);
                }
            }
        }
    }
    if order.len() == inner.len() {
        return Ok(order);
    }
    let stuck = |id: EntityId| position(id).is_some_and(|at| open.get(at).is_some_and(|count| *count > 0));
    let among = inner.iter().copied().filter(|id| stuck(*id));
    let edges = among.flat_map(|id| {
        base.parents(id).iter().copied().filter(|parent| stuck(*parent)).map(move |parent| (id, parent))
    });
    Err(BadHierarchy::Cycle(edges.collect()))
}

/// The number of edges of the longest chain.
fn longest_chain(base: &Base, order: &[EntityId]) -> usize {
    let mut depths = vec![0_usize; base.inner.len()];
    let mut longest = 0;
    let leaves = (0..base.inner.len()).map(EntityId::new);
    let leaves = leaves.filter(|id| base.inner.get(id.position()) == Some(&NONE));
    for id in order.iter().copied().chain(leaves) {
        let above = base.parents(id).iter().filter_map(|parent| depths.get(parent.position()));
        let depth = above.map(|depth| depth + 1).max().unwrap_or_default();
        longest = longest.max(depth);
        if let Some(slot) = depths.get_mut(id.position()) {
            *slot = depth;
        }
    }
    longest
}
