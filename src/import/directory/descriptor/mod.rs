//! Security descriptors: who may do what to an object, in the order in which it is asked.

mod binary;
mod facts;
mod schema;
mod sddl;
#[cfg(test)]
mod tests;

pub(super) use binary::read as from_bytes;
pub(super) use facts::{Access, CLASSES, Lists, RIGHTS, Right, Rights, below, everyone, on};
pub(in crate::import) use schema::is_secret;
pub(super) use sddl::read as from_sddl;

use super::identifiers::{Guid, Sid};

/// What is wrong with a descriptor of which only other parts were exported.
const NO_LIST: &str = "says nothing about who may do what";

/// A security descriptor, as far as it says who may change something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Descriptor {
    /// The owner.
    pub owner: Option<Sid>,
    /// The owner's group, which decides nothing in a directory.
    pub group: Option<Sid>,
    /// Whether nothing is inherited from above.
    pub protected: bool,
    /// The entries in their order; nothing where there is no list, and everybody may do everything.
    pub entries: Option<Vec<Ace>>,
}

/// An entry of an access control list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ace {
    /// Whether it gives or takes.
    pub effect: Effect,
    /// Whether it holds only under a condition, which is not read.
    pub conditional: bool,
    /// How it is handed down.
    pub flags: AceFlags,
    /// The rights.
    pub mask: u32,
    /// What the rights are limited to: a class, a property, a set of properties, or an extended right.
    pub object: Option<Guid>,
    /// The class of the objects that inherit it.
    pub inheriting: Option<Guid>,
    /// Whom it is for.
    pub trustee: Sid,
}

/// Whether an entry gives or takes rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    /// It takes.
    Deny,
    /// It gives.
    Allow,
}

/// How an entry is handed down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct AceFlags(pub u8);

impl AceFlags {
    /// Objects below inherit it; in a directory, every object can hold others.
    pub const CONTAINER: u8 = 0x02;
    /// Objects below do not hand it down.
    pub const NO_PROPAGATION: u8 = 0x04;
    /// It does not count for the object itself.
    pub const INHERIT_ONLY: u8 = 0x08;
    /// It was inherited.
    pub const INHERITED: u8 = 0x10;

    /// Says whether a flag is set.
    pub fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// The rights that a mask can hold.
pub(super) mod mask {
    /// Create an object below.
    pub const CREATE_CHILD: u32 = 0x1;
    /// Delete an object below.
    pub const DELETE_CHILD: u32 = 0x2;
    /// Change a membership in a way that is checked: oneself, or one's own name.
    pub const VALIDATED_WRITE: u32 = 0x8;
    /// Write a property.
    pub const WRITE_PROPERTY: u32 = 0x20;
    /// Delete the object with all below it.
    pub const DELETE_TREE: u32 = 0x40;
    /// An extended right.
    pub const CONTROL_ACCESS: u32 = 0x100;
    /// Delete the object.
    pub const DELETE: u32 = 0x1_0000;
    /// Change the access control list.
    pub const WRITE_DAC: u32 = 0x4_0000;
    /// Become the owner.
    pub const WRITE_OWNER: u32 = 0x8_0000;
    /// Everything.
    pub const GENERIC_ALL: u32 = 0x1000_0000;
    /// All properties and validated writes.
    pub const GENERIC_WRITE: u32 = 0x4000_0000;
    /// What everything means for an object of a directory.
    pub const ALL: u32 = 0xf_01ff;

    /// A mask with the generic rights written out as those of a directory.
    pub fn specific(mask: u32) -> u32 {
        let all = if mask & GENERIC_ALL != 0 { ALL } else { 0 };
        let write = if mask & GENERIC_WRITE != 0 { WRITE_PROPERTY | VALIDATED_WRITE } else { 0 };
        mask | all | write
    }
}
