//! Uids by number: each is kept once, and known by a handle of four bytes.

use std::fmt;
use std::hash::BuildHasher as _;
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use super::sparse::Sparse;
use super::{TypeName, Uid, uid_of};

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

/// A uid that knows its handle, if it has one in the states of an estate.
#[derive(Clone, Debug)]
pub struct Named {
    uid: Uid,
    /// Which [`Names`] the handle is of; 0 where there is none.
    home: u64,
    id: EntityId,
}

impl Deref for Named {
    type Target = Uid;

    fn deref(&self) -> &Uid {
        &self.uid
    }
}

impl From<Uid> for Named {
    fn from(uid: Uid) -> Self {
        Self { uid, home: 0, id: EntityId(u32::MAX) }
    }
}

impl PartialEq<Uid> for Named {
    fn eq(&self, uid: &Uid) -> bool {
        self.uid == *uid
    }
}

impl PartialEq<Named> for Uid {
    fn eq(&self, named: &Named) -> bool {
        *self == named.uid
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uid.fmt(f)
    }
}

/// How many [`Names`] there were in this process.
static HOMES: AtomicU64 = AtomicU64::new(0);

/// How many bits of a spot say where a text ends; those above say the type.
const END_BITS: u32 = 40;

/// The uids of a state: those of the estate, and those that came later.
///
/// Hashes are keyed by a secret of the run, because names come from whoever writes an estate.
#[derive(Debug, Default)]
pub(super) struct Names {
    hasher: RandomState,
    /// Tells these names from all others; 0 until they are settled.
    home: u64,
    kinds: Vec<TypeName>,
    spots: Spots,
    numbers: HashTable<u32>,
    uids: Sparse<Arc<Named>>,
    late: Late,
}

/// Types and ids by handle.
#[derive(Debug, Default)]
struct Spots {
    text: String,
    /// Of each handle, the number of its type and where its id ends in the text; it begins where the
    /// one before ends. One number for both, because a look at a handle mostly waits for memory.
    packed: Vec<u64>,
}

impl Spots {
    fn push(&mut self, kind: KindId, id: &str) {
        self.text.push_str(id);
        let end = self.text.len() as u64;
        let fits = end < 1 << END_BITS && kind.0 < 1 << (u64::BITS - END_BITS);
        assert!(fits, "an estate has less than a terabyte of ids and fewer than 2^24 types");
        self.packed.push(u64::from(kind.0) << END_BITS | end);
    }

    fn kind(&self, at: usize) -> Option<u32> {
        self.packed.get(at).and_then(|packed| u32::try_from(packed >> END_BITS).ok())
    }

    fn id(&self, at: usize) -> &str {
        let end = |at: usize| {
            let packed = self.packed.get(at).copied().unwrap_or_default();
            usize::try_from(packed & ((1 << END_BITS) - 1)).unwrap_or(usize::MAX)
        };
        let start = at.checked_sub(1).map_or(0, end);
        self.text.get(start..end(at)).unwrap_or_default()
    }

    fn is(&self, at: usize, kind: u32, id: &str) -> bool {
        self.kind(at) == Some(kind) && self.id(at) == id
    }
}

impl Names {
    /// How many uids the estate names.
    pub fn len(&self) -> usize {
        self.spots.packed.len()
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
        let Self { spots, numbers, hasher, .. } = self;
        if let Some(known) = numbers.find(hash, |number| spots.is(*number as usize, kind.0, id)) {
            return EntityId(*known);
        }
        let new = EntityId::new(spots.packed.len());
        spots.push(kind, id);
        numbers.insert_unique(hash, new.0, |number| {
            let at = *number as usize;
            hasher.hash_one((spots.kind(at).unwrap_or_default(), spots.id(at)))
        });
        new
    }

    /// Frees what only making new handles of the estate needs.
    pub fn settle(&mut self) {
        self.spots.text.shrink_to_fit();
        self.spots.packed.shrink_to_fit();
        self.uids = Sparse::new(self.len());
        self.home = HOMES.fetch_add(1, Ordering::Relaxed) + 1;
    }

    /// The handle of a uid, where it has one.
    pub fn find(&self, uid: &Uid) -> Option<EntityId> {
        self.find_early(uid).or_else(|| self.late.find(&self.hasher, uid, self.len()))
    }

    fn find_early(&self, uid: &Uid) -> Option<EntityId> {
        self.find_in(self.known_kind(uid.type_name())?, uid.id().unescaped())
    }

    /// The handle of a type that the estate names.
    pub fn known_kind(&self, name: &TypeName) -> Option<KindId> {
        let at = self.kinds.iter().position(|known| known == name)?;
        u32::try_from(at).ok().map(KindId)
    }

    /// The handle of a uid that the estate names.
    pub fn find_in(&self, kind: KindId, id: &str) -> Option<EntityId> {
        let hash = self.hasher.hash_one((kind.0, id));
        let found = self.numbers.find(hash, |number| self.spots.is(*number as usize, kind.0, id));
        found.map(|known| EntityId(*known))
    }

    /// The handle of a uid, which is made where there is none yet.
    pub fn intern(&self, uid: &Uid) -> EntityId {
        self.find_early(uid).unwrap_or_else(|| self.late.intern(&self.hasher, uid, self.len()))
    }

    /// The uid of a handle.
    pub fn uid(&self, id: EntityId) -> &Uid {
        match id.position().checked_sub(self.len()) {
            Some(late) => self.late.uid(late),
            None => self.shared(id),
        }
    }

    /// The uid of a handle that is the estate's, to be kept.
    ///
    /// # Panics
    /// When it is not the estate's.
    pub fn shared(&self, id: EntityId) -> &Arc<Named> {
        self.uids.get_or_make(id.position(), || {
            let uid = uid_of(self.type_name(id), self.spots.id(id.position()));
            Arc::new(Named { uid, home: self.home, id })
        })
    }

    /// The handle of a uid, which is made where there is none yet; one that knows it is not looked for.
    pub fn handle(&self, named: &Named) -> EntityId {
        if named.home == self.home && self.home > 0 { named.id } else { self.intern(named) }
    }

    /// The type of a handle's uid.
    pub fn type_name(&self, id: EntityId) -> &TypeName {
        match self.spots.kind(id.position()).and_then(|kind| self.kinds.get(kind as usize)) {
            Some(name) => name,
            None => self.uid(id).type_name(),
        }
    }

    /// The id of a handle's uid, without its type.
    pub fn id(&self, id: EntityId) -> &str {
        match id.position() < self.len() {
            true => self.spots.id(id.position()),
            false => self.uid(id).id().unescaped(),
        }
    }
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
