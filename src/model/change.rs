//! Changes to a state with all their values known, and why one may be impossible.

use std::collections::{BTreeMap, BTreeSet};

use super::{Link, Uid, Value};

/// One change with its values: what an operation does to a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The entity comes into being.
    Create {
        /// The entity.
        uid: Uid,
        /// Its direct parents.
        parents: BTreeSet<Uid>,
        /// Its attributes.
        attributes: BTreeMap<String, Value>,
        /// Its tags.
        tags: BTreeMap<String, Value>,
    },
    /// The entity, the edges to it and the links that name it go.
    Delete(Uid),
    /// An attribute gets a value.
    SetAttribute(Uid, String, Value),
    /// A tag gets a value.
    SetTag(Uid, String, Value),
    /// An attribute goes.
    UnsetAttribute(Uid, String),
    /// A tag goes.
    UnsetTag(Uid, String),
    /// The set in an attribute gets an element.
    AddToAttribute(Uid, String, Value),
    /// The set in a tag gets an element.
    AddToTag(Uid, String, Value),
    /// The set in an attribute loses an element.
    RemoveFromAttribute(Uid, String, Value),
    /// The set in a tag loses an element.
    RemoveFromTag(Uid, String, Value),
    /// A parent edge comes: child, parent.
    Join(Uid, Uid),
    /// A parent edge goes: child, parent.
    Leave(Uid, Uid),
    /// A template link comes.
    Link(Link),
    /// A template link goes.
    Unlink(Link),
}

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Impossible {
    /// It creates what exists already.
    Exists(Uid),
    /// It changes, joins or stores what does not exist.
    Absent(Uid),
    /// The edge from the first to the second would close a cycle.
    ClosesCycle(Uid, Uid),
    /// An entity would not conform to the schema.
    DoesNotConform(Uid, String),
    /// An expression of the change cannot be evaluated.
    Fails(String),
}

impl std::fmt::Display for Impossible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Impossible::Exists(uid) => write!(f, "`{uid}` exists already"),
            Impossible::Absent(uid) => write!(f, "`{uid}` does not exist"),
            Impossible::ClosesCycle(child, parent) => {
                write!(f, "`{parent}` is in `{child}`, so `{child}` cannot be in `{parent}`")
            }
            Impossible::DoesNotConform(uid, why) => {
                write!(f, "`{uid}` would not conform to the schema: {why}")
            }
            Impossible::Fails(why) => f.write_str(why),
        }
    }
}
