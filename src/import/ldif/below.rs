//! How many objects a list of changes has put below another, less those that it took away.

use std::collections::HashMap;

use super::naming::{Meaning, Naming};
use crate::import::directory::dn::{self, Name};

/// The objects that are more or fewer below an object than before the list.
#[derive(Default)]
pub(super) struct Below {
    more: HashMap<String, i64>,
}

impl Below {
    /// Notes that an object of that name comes, with 1, or goes, with -1.
    pub fn note(&mut self, naming: &Naming, name: &Name, count: i64) {
        let above = dn::first(&name.shown).len() + 1;
        let above = name.shown.get(above..).and_then(|above| dn::parse(above).ok());
        if let Some(key) = above.and_then(|above| key(naming, &above)) {
            *self.more.entry(key).or_default() += count;
        }
    }

    /// How many more objects are below an object than before the list.
    pub fn more(&self, naming: &Naming, name: &Name) -> i64 {
        key(naming, name).and_then(|key| self.more.get(&key).copied()).unwrap_or_default()
    }
}

/// What stands for the object of a name, whatever it is called at the time.
fn key(naming: &Naming, name: &Name) -> Option<String> {
    match naming.meaning(name) {
        Meaning::Made(uid) => Some(uid),
        Meaning::Before(name) => Some(name.key),
        Meaning::Gone(_) => None,
    }
}
