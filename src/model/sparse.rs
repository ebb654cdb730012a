//! Values that are made when they are first asked for.

use std::sync::OnceLock;

/// How many values share a block.
const BLOCK: usize = 64;

/// Values that are each made once.
type Block<T> = Box<[OnceLock<T>]>;

/// A fixed number of small values of which few may be made; those that are not cost almost nothing.
#[derive(Debug)]
pub(super) struct Sparse<T> {
    blocks: Box<[OnceLock<Block<T>>]>,
}

impl<T> Default for Sparse<T> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<T> Sparse<T> {
    /// Room for so many values.
    pub fn new(count: usize) -> Self {
        Self { blocks: (0..count.div_ceil(BLOCK)).map(|_| OnceLock::new()).collect() }
    }

    /// A value, which is made where it was not asked for before.
    ///
    /// # Panics
    /// When there is no room for it, which is a bug in the caller.
    pub fn get_or_make(&self, at: usize, make: impl FnOnce() -> T) -> &T {
        let block = self.blocks.get(at / BLOCK).expect("a position lies within the room that was made");
        let slots = block.get_or_init(|| (0..BLOCK).map(|_| OnceLock::new()).collect());
        slots.get(at % BLOCK).expect("a block is full").get_or_init(make)
    }
}
