//! What a descriptor says, as sets of identifiers that a policy can ask about.
//!
//! Active Directory goes through the entries in their order, and the first that is about a right and about
//! somebody decides. In the order that it keeps, what an object itself denies comes first, then what it itself
//! allows, then what it inherits as denied, then what it inherits as allowed; four sets for each right say the
//! same. Where a list is in another order, or inherits from two places that contradict each other, denials
//! come first here: nobody gets a right that Active Directory would refuse.

use std::collections::{BTreeMap, BTreeSet};

use super::super::identifiers::{Guid, Sid};
use super::{Ace, AceFlags, Descriptor, Effect, mask, schema};

/// The classes that rights to create and to delete are told apart for.
pub(in super::super) const CLASSES: [&str; 5] =
    ["user", "group", "computer", "contact", "organizationalUnit"];

/// What a right is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Right {
    /// A right on the whole object, by the name that policies have for it.
    Whole(&'static str),
    /// The right to write one property, by the property's name in lower case.
    Property(&'static str),
}

/// Who has each right.
pub(in super::super) type Rights = BTreeMap<Right, BTreeSet<Sid>>;

/// The names of the rights on whole objects.
pub(in super::super) const RIGHTS: [&str; 20] = [
    "changePermissions",
    "createComputer",
    "createContact",
    "createGroup",
    "createOrganizationalUnit",
    "createUser",
    "delete",
    "deleteAny",
    "deleteComputer",
    "deleteContact",
    "deleteGroup",
    "deleteOrganizationalUnit",
    "deleteTree",
    "deleteUser",
    "rename",
    "resetPassword",
    "takeOwnership",
    "write",
    "writeAccountControl",
    "writeMember",
];

/// Who is denied and who is allowed what; the denials come first.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Lists {
    /// Denied.
    pub deny: Rights,
    /// Allowed.
    pub allow: Rights,
}

/// What a descriptor says about its own object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Access {
    /// By entries of the object itself.
    pub explicit: Lists,
    /// By entries from above.
    pub inherited: Lists,
    /// The owner, where being the owner gives the right to change the list.
    pub owner: Option<Sid>,
    /// Whether a denial is taken for stronger than Active Directory takes it.
    pub stricter: bool,
    /// Whether everybody may do everything, because there is no list.
    pub open: bool,
}

/// What a descriptor says about its own object.
pub(in super::super) fn on(descriptor: &Descriptor) -> Access {
    let mut access = Access { owner: descriptor.owner.clone(), ..Access::default() };
    let Some(entries) = &descriptor.entries else {
        access.open = true;
        let everything = Ace {
            effect: Effect::Allow,
            conditional: false,
            flags: AceFlags::default(),
            mask: mask::ALL,
            object: None,
            inheriting: None,
            trustee: everyone(),
        };
        collect([&everything].into_iter(), &mut access.explicit);
        return access;
    };
    let effective: Vec<&Ace> = entries.iter().filter(|ace| !ace.flags.has(AceFlags::INHERIT_ONLY)).collect();
    if effective.iter().any(|ace| ace.trustee == owner_rights()) {
        access.owner = None;
    }
    let inherited = |ace: &&&Ace| ace.flags.has(AceFlags::INHERITED);
    let first_inherited = effective.iter().position(|ace| inherited(&ace)).unwrap_or(effective.len());
    let own = || effective.iter().filter(|ace| !inherited(ace)).copied();
    let from_above = || effective.iter().filter(inherited).copied();
    // An entry of the object itself that stands behind one from above: no denial may come too late.
    let ordered = effective.iter().skip(first_inherited).all(|ace| ace.flags.has(AceFlags::INHERITED));
    let denials = from_above().filter(|ace| !ordered && ace.effect == Effect::Deny);
    access.stricter = !ordered;
    access.stricter |= collect(denials.chain(own()), &mut access.explicit);
    access.stricter |= collect(from_above(), &mut access.inherited);
    access
}

/// What objects of a class inherit from the object that a descriptor is of.
pub(in super::super) fn below(descriptor: &Descriptor, class: &str) -> Lists {
    let mut lists = Lists::default();
    let reaches = |ace: &&Ace| {
        let meant = |guid: Guid| schema::class(guid) == Some(class);
        ace.flags.has(AceFlags::CONTAINER) && ace.inheriting.is_none_or(meant)
    };
    collect(descriptor.entries.iter().flatten().filter(reaches), &mut lists);
    lists
}

/// Sorts entries into what they deny and what they allow; says whether the order of a denial was lost.
fn collect<'a>(entries: impl Iterator<Item = &'a Ace>, lists: &mut Lists) -> bool {
    let mut stricter = false;
    for ace in entries {
        let Some(trustee) = meant(ace) else { continue };
        for right in named(ace) {
            if ace.effect == Effect::Deny
                && let Some(allowed) = lists.allow.get(&right)
            {
                // Whoever this very identifier was allowed to before is not reached by the denial.
                if allowed.contains(&trustee) {
                    continue;
                }
                stricter = true;
            }
            let into = match ace.effect {
                Effect::Allow => &mut lists.allow,
                Effect::Deny => &mut lists.deny,
            };
            into.entry(right).or_default().insert(trustee.clone());
        }
    }
    stricter
}

/// Whom an entry reaches; nobody for an entry that cannot be said to give anybody anything.
///
/// An entry for whoever the object itself, its creator or its owner is, for a kind of logon, or with a
/// condition, allows nothing here and denies everybody.
fn meant(ace: &Ace) -> Option<Sid> {
    let uncertain = ace.conditional || is_situational(&ace.trustee);
    match (uncertain, ace.effect) {
        (false, _) => Some(ace.trustee.clone()),
        (true, Effect::Allow) => None,
        (true, Effect::Deny) if ace.conditional && !is_situational(&ace.trustee) => Some(ace.trustee.clone()),
        (true, Effect::Deny) => Some(everyone()),
    }
}

/// Everybody: `S-1-1-0`.
pub(in super::super) fn everyone() -> Sid {
    Sid::new(1, &[0])
}

/// The owner, where an entry says what owning gives: `S-1-3-4`.
fn owner_rights() -> Sid {
    Sid::new(3, &[4])
}

/// Identifiers that somebody has or not by the object that is asked about, or by how he is logged on.
fn is_situational(sid: &Sid) -> bool {
    let logons = [1, 2, 3, 4, 6, 10, 13, 14].map(|part| Sid::new(5, &[part]));
    let creators = [0, 1, 2, 3, 4].map(|part| Sid::new(3, &[part]));
    logons.contains(sid) || creators.contains(sid) || *sid == Sid::new(2, &[0])
}

/// The rights that an entry is about.
fn named(ace: &Ace) -> Vec<Right> {
    let mask = mask::specific(ace.mask);
    let mut found = Vec::new();
    if mask & mask::CREATE_CHILD != 0 {
        children(ace, create, &mut found);
    }
    if mask & mask::DELETE_CHILD != 0 {
        children(ace, delete, &mut found);
        if ace.object.is_none() {
            found.push(Right::Whole("deleteAny"));
        }
    }
    if mask & mask::WRITE_PROPERTY != 0 {
        written(ace, &mut found);
    }
    if mask & mask::CONTROL_ACCESS != 0 && ace.object.is_none_or(|right| right == schema::RESET_PASSWORD) {
        found.push(Right::Whole("resetPassword"));
    }
    let standard = [
        (mask::DELETE, "delete"),
        (mask::DELETE_TREE, "deleteTree"),
        (mask::WRITE_DAC, "changePermissions"),
        (mask::WRITE_OWNER, "takeOwnership"),
    ];
    found.extend(standard.iter().filter(|(bit, _)| mask & bit != 0).map(|(_, name)| Right::Whole(name)));
    found
}

fn children(ace: &Ace, name: impl Fn(&str) -> &'static str, found: &mut Vec<Right>) {
    match ace.object {
        None => found.extend(CLASSES.iter().map(|class| Right::Whole(name(class)))),
        Some(guid) => found.extend(schema::class(guid).map(|class| Right::Whole(name(class)))),
    }
}

/// The right to create objects of a class.
pub(in super::super) fn create(class: &str) -> &'static str {
    match class {
        "user" => "createUser",
        "group" => "createGroup",
        "computer" => "createComputer",
        "contact" => "createContact",
        _ => "createOrganizationalUnit",
    }
}

fn delete(class: &str) -> &'static str {
    match class {
        "user" => "deleteUser",
        "group" => "deleteGroup",
        "computer" => "deleteComputer",
        "contact" => "deleteContact",
        _ => "deleteOrganizationalUnit",
    }
}

/// The rights that an entry about properties is about.
fn written(ace: &Ace, found: &mut Vec<Right>) {
    let Some(guid) = ace.object else {
        found.extend(["write", "writeMember", "writeAccountControl", "rename"].map(Right::Whole));
        return;
    };
    let Some(properties) = schema::properties(guid) else {
        // What is denied is not known, and may be the property that is written.
        if ace.effect == Effect::Deny {
            found.push(Right::Whole("write"));
        }
        return;
    };
    for property in properties {
        match property {
            "member" => found.push(Right::Whole("writeMember")),
            "useraccountcontrol" => found.push(Right::Whole("writeAccountControl")),
            // A new name takes the right to write two properties, of which one entry gives one.
            "name" | "cn" | "ou" if ace.effect == Effect::Deny => found.push(Right::Whole("rename")),
            _ => {}
        }
        found.push(Right::Property(property));
    }
}
