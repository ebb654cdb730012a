//! Uids by number: each is kept once, and known by a handle of four bytes.

use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use super::sparse::Sparse;
use super::{TypeName, Uid};

/// Names an entity of a [`State`](super::State) and of every copy of it.
///
/// The order of handles is the order in which they were made, and says nothing about uids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(u32);

impl EntityId {
    pub(super) fn new(position: usize) -> Self {
        Self(u32::try_from(position).expect("fewer than 2^32 uids fit in memory"))
    }

    /// The handle's number: handles of one estate are counted from 0.
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// Names an entity type of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindId(u32);

impl KindId {
    /// The handle's number, counted from 0.
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// The uids of a state: those of the estate, and those that came later.
///
/// Hashes are keyed by a secret of the run, because names come from whoever writes an estate.
#[derive(Debug, Default)]
pub(super) struct Names {
    hasher: RandomState,
    kinds: Vec<TypeName>,
    kind_of: Vec<u32>,
    text: String,
    ends: Vec<u64>,
    numbers: HashTable<u32>,
    uids: Sparse<Uid>,
    late: Late,
}

impl Names {
    /// How many uids the estate names.
    pub fn len(&self) -> usize {
        self.kind_of.len()
    }

    /// The handle of a type.
    pub fn kind(&mut self, name: &TypeName) -> KindId {
        let position = self.kinds.iter().position(|known| known == name).unwrap_or_else(|| {
            self.kinds.push(name.clone());
            self.kinds.len() - 1
        });
        KindId(u32::try_from(position).unwrap_or(u32::MAX))
    }

    /// The handle of a uid of the estate, which is made where there is none yet.
    pub fn early(&mut self, kind: KindId, id: &str) -> EntityId {
        let hash = self.hasher.hash_one((kind.0, id));
        let Self { kind_of, text, ends, numbers, hasher, .. } = self;
        let same = |number: &u32| {
            let at = *number as usize;
            kind_of.get(at) == Some(&kind.0) && id_at(text, ends, at) == id
        };
        if let Some(known) = numbers.find(hash, same) {
            return EntityId(*known);
        }
        let new = EntityId::new(kind_of.len());
        kind_of.push(kind.0);
        text.push_str(id);
        ends.push(text.len() as u64);
        numbers.insert_unique(hash, new.0, |number| {
            let at = *number as usize;
            hasher.hash_one((kind_of.get(at).copied().unwrap_or_default(), id_at(text, ends, at)))
        });
        new
    }

    /// Frees what only making new handles of the estate needs.
    pub fn settle(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.kind_of.shrink_to_fit();
        self.uids = Sparse::new(self.kind_of.len());
    }

    /// The handle of a uid, where it has one.
    pub fn find(&self, uid: &Uid) -> Option<EntityId> {
        self.find_early(uid).or_else(|| self.late.find(&self.hasher, uid, self.len()))
    }

    fn find_early(&self, uid: &Uid) -> Option<EntityId> {
        let kind = self.kinds.iter().position(|known| known == uid.type_name())?;
        let kind = u32::try_from(kind).ok()?;
        let id = uid.id().unescaped();
        let same = |number: &u32| {
            let at = *number as usize;
            self.kind_of.get(at) == Some(&kind) && id_at(&self.text, &self.ends, at) == id
        };
        self.numbers.find(self.hasher.hash_one((kind, id)), same).map(|known| EntityId(*known))
    }

    /// The handle of a uid, which is made where there is none yet.
    pub fn intern(&self, uid: &Uid) -> EntityId {
        self.find_early(uid).unwrap_or_else(|| self.late.intern(&self.hasher, uid, self.len()))
    }

    /// The uid of a handle.
    pub fn uid(&self, id: EntityId) -> &Uid {
        match id.position().checked_sub(self.len()) {
            Some(late) => self.late.uid(late),
            None => self.uids.get_or_make(id.position(), || self.make(id)),
        }
    }

    /// The type of a handle's uid.
    pub fn type_name(&self, id: EntityId) -> &TypeName {
        match self.kind_of.get(id.position()).and_then(|kind| self.kinds.get(*kind as usize)) {
            Some(name) => name,
            None => self.uid(id).type_name(),
        }
    }

    /// The id of a handle's uid, without its type.
    pub fn id(&self, id: EntityId) -> &str {
        match id.position() < self.len() {
            true => id_at(&self.text, &self.ends, id.position()),
            false => self.uid(id).id().unescaped(),
        }
    }

    fn make(&self, id: EntityId) -> Uid {
        let text = id_at(&self.text, &self.ends, id.position());
        Uid::from_type_name_and_id(self.type_name(id).clone(), cedar_policy::EntityId::new(text))
    }
}

fn id_at<'a>(text: &'a str, ends: &[u64], at: usize) -> &'a str {
    let end = |at: usize| ends.get(at).map_or(0, |end| usize::try_from(*end).unwrap_or(usize::MAX));
    let start = at.checked_sub(1).map_or(0, end);
    text.get(start..end(at)).unwrap_or_default()
}

/// How many uids the first room of [`Late`] holds; each further one holds twice as many.
const FIRST_ROOM: usize = 32;

/// Uids that came after the estate. Rooms never move, so that uids can be lent.
#[derive(Debug)]
struct Late {
    rooms: [OnceLock<Box<[OnceLock<Uid>]>>; 27],
    count: AtomicU32,
    numbers: RwLock<HashTable<u32>>,
}

impl Default for Late {
    fn default() -> Self {
        let rooms = std::array::from_fn(|_| OnceLock::new());
        Self { rooms, count: AtomicU32::new(0), numbers: RwLock::default() }
    }
}

impl Late {
    fn find(&self, hasher: &RandomState, uid: &Uid, first: usize) -> Option<EntityId> {
        if self.count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let numbers = self.numbers.read().unwrap_or_else(PoisonError::into_inner);
        let known = numbers.find(hasher.hash_one(uid), |number| self.uid(*number as usize) == uid);
        known.map(|number| EntityId::new(first + *number as usize))
    }

    fn intern(&self, hasher: &RandomState, uid: &Uid, first: usize) -> EntityId {
        if let Some(known) = self.find(hasher, uid, first) {
            return known;
        }
        let mut numbers = self.numbers.write().unwrap_or_else(PoisonError::into_inner);
        let hash = hasher.hash_one(uid);
        if let Some(known) = numbers.find(hash, |number| self.uid(*number as usize) == uid) {
            return EntityId::new(first + *known as usize);
        }
        let number = self.count.load(Ordering::Acquire);
        let (room, size, place) = Self::place(number as usize);
        let slots = self.rooms.get(room).expect("there are fewer than 2^32 uids");
        let slots = slots.get_or_init(|| (0..size).map(|_| OnceLock::new()).collect());
        slots.get(place).expect("a place lies in its room").get_or_init(|| uid.clone());
        self.count.store(number + 1, Ordering::Release);
        numbers.insert_unique(hash, number, |number| hasher.hash_one(self.uid(*number as usize)));
        EntityId::new(first + number as usize)
    }

    fn uid(&self, number: usize) -> &Uid {
        let (room, _, place) = Self::place(number);
        let slot = self.rooms.get(room).and_then(OnceLock::get).and_then(|slots| slots.get(place));
        slot.and_then(OnceLock::get).expect("a handle is used with the state that made it")
    }

    /// The room of a number, the size of the room and the place in it.
    fn place(number: usize) -> (usize, usize, usize) {
        let room = ((number + FIRST_ROOM) / FIRST_ROOM).ilog2() as usize;
        let size = FIRST_ROOM << room;
        (room, size, number + FIRST_ROOM - size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(text: &str) -> Uid {
        text.parse().unwrap()
    }

    #[test]
    fn a_uid_has_one_handle_and_a_handle_one_uid() {
        let mut names = Names::default();
        let kind = names.kind(uid("N::U::\"a\"").type_name());
        let early = names.early(kind, "a");
        assert_eq!(names.early(kind, "a"), early);
        assert_ne!(names.early(kind, "b"), early);
        names.settle();
        assert_eq!(names.find(&uid("N::U::\"a\"")), Some(early));
        assert_eq!(names.find(&uid("U::\"a\"")), None);
        let late: Vec<EntityId> = (0..200).map(|at| names.intern(&uid(&format!("U::\"{at}\"")))).collect();
        for (at, id) in late.iter().enumerate() {
            let text = format!("U::\"{at}\"");
            assert_eq!((names.uid(*id), names.find(&uid(&text))), (&uid(&text), Some(*id)));
        }
        assert_eq!(names.uid(early), &uid("N::U::\"a\""));
        assert_eq!(names.intern(&uid("N::U::\"a\"")), early);
    }
}
