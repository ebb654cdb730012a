//! An object of a directory, as far as a judgement can need it.

use std::sync::Arc;

use super::dn::Name;
use super::identifiers::{Guid, Sid};
use crate::source::Span;

/// What an object is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::import) enum Kind {
    /// An account of a person or a service.
    User,
    /// A group.
    Group,
    /// An account of a computer.
    Computer,
    /// A contact, which is no account.
    Contact,
    /// An organizational unit, a container, a domain, and whatever else there is.
    Container,
    /// Somebody of elsewhere, known by the security identifier alone.
    Sid,
}

impl Kind {
    /// The entity type.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::User => "User",
            Kind::Group => "Group",
            Kind::Computer => "Computer",
            Kind::Contact => "Contact",
            Kind::Container => "Container",
            Kind::Sid => "Sid",
        }
    }

    /// What an object of these classes is; the classes in lower case.
    pub fn of<'a>(classes: impl Iterator<Item = &'a str>) -> Kind {
        let mut kind = Kind::Container;
        let mut rank = 0;
        for class in classes {
            let (found, found_rank) = match class {
                "foreignsecurityprincipal" => (Kind::Sid, 5),
                "computer" | "msds-managedserviceaccount" | "msds-groupmanagedserviceaccount" => {
                    (Kind::Computer, 4)
                }
                "group" | "groupofnames" | "groupofuniquenames" => (Kind::Group, 3),
                "user" | "inetorgperson" | "person" | "account" | "posixaccount" => (Kind::User, 2),
                "contact" => (Kind::Contact, 3),
                _ => continue,
            };
            if found_rank > rank {
                (kind, rank) = (found, found_rank);
            }
        }
        kind
    }
}

/// A reference to another object.
#[derive(Clone, Debug)]
pub(in crate::import) struct Reference {
    /// The key of the name.
    pub name: Arc<Name>,
    /// Where it stands.
    pub span: Span,
}

/// An object of a directory.
#[derive(Clone, Debug)]
pub(in crate::import) struct Entry {
    /// All of its record.
    pub span: Span,
    /// Its name.
    pub name: Arc<Name>,
    /// Where the name stands.
    pub name_span: Span,
    /// What it is.
    pub kind: Kind,
    /// The most special of its classes, as it is written.
    pub class: String,
    /// Its security identifier, and those that it had before.
    pub sid: Option<Sid>,
    /// The identifiers that it had in other domains.
    pub former_sids: Vec<Sid>,
    /// Its GUID.
    pub guid: Option<Guid>,
    /// `sAMAccountName`.
    pub account_name: Option<String>,
    /// `userPrincipalName`.
    pub principal_name: Option<String>,
    /// Whether the account is enabled, where the file tells.
    pub enabled: Option<bool>,
    /// Whether the account is locked out.
    pub locked_out: bool,
    /// When the account expires: an RFC 3339 instant.
    pub expires: Option<String>,
    /// Whether `adminCount` is set.
    pub protected: bool,
    /// Whether it is a group that only mail is sent to.
    pub distribution: bool,
    /// The last part of the primary group's identifier, and where it stands.
    pub primary_group: Option<(u32, Span)>,
    /// Its members.
    pub members: Vec<Reference>,
    /// The groups that say they have it as a member.
    pub member_of: Vec<Reference>,
    /// The number of its security descriptor among those of the file.
    pub descriptor: Option<usize>,
}

/// Everything that a file tells of a directory.
#[derive(Debug, Default)]
pub(in crate::import) struct Directory {
    /// The objects in the order of the file.
    pub entries: Vec<Entry>,
    /// The different security descriptors, each with the first place that it stands at.
    pub descriptors: Vec<(RawDescriptor, Span)>,
    /// Which places are of which tier.
    pub tiers: Tiers,
    /// Whether the file tells which groups objects are in.
    pub tells_member_of: bool,
    /// Whether the file tells of protected accounts.
    pub tells_protected: bool,
}

/// A security descriptor as a file has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::import) enum RawDescriptor {
    /// Bytes.
    Binary(Vec<u8>),
    /// SDDL.
    Text(String),
}

/// Places of a directory with the tiers that everything below them is of.
#[derive(Debug, Default)]
pub(in crate::import) struct Tiers(pub std::collections::BTreeMap<String, i64>);

impl Tiers {
    /// The tier of a name: of the nearest place that has one.
    pub fn of(&self, key: &str) -> Option<i64> {
        let mut at = Some(key).filter(|_| !self.0.is_empty());
        while let Some(key) = at {
            if let Some(tier) = self.0.get(key) {
                return Some(*tier);
            }
            at = super::dn::parent(key);
        }
        None
    }
}
