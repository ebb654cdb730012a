//! The objects of a directory to the entities of an estate.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::access::{Accesses, Said, text, unknown};
use super::descriptor::everyone;
use super::dn;
use super::entry::{Directory, Entry, Kind, Reference};
use super::identifiers::Sid;
use super::membership::{GroupLines, Memberships, memberships};
use super::uid;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Account, EntityDocument, Node, NodeKind};
use crate::import::fidelity::Fidelity;
use crate::import::reading::{Reading, shown};
use crate::source::{Span, Spanned};

/// What a directory is made into.
pub(in crate::import) struct Built {
    /// Its objects.
    pub entities: Vec<EntityDocument>,
    /// The groups that are in each other.
    pub circles: Vec<Vec<Spanned<String>>>,
}

/// Makes the entities of a directory; what is wrong goes to the reading.
pub(in crate::import) fn build(
    directory: &mut Directory,
    reading: &mut Reading<'_>,
    fidelity: &mut Fidelity,
) -> Built {
    // What the entries say of groups is not needed for long, and is a large part of them.
    let lines: Vec<GroupLines> = directory.entries.iter_mut().map(GroupLines::take).collect();
    let directory = &*directory;
    let numbers = numbers(directory, reading);
    let memberships = memberships(directory, lines, &numbers, reading, fidelity);
    let domain = domain(directory);
    let mut accesses = Accesses::read(directory, domain.as_ref(), reading);
    let builder = Builder {
        directory,
        uids: directory.entries.iter().map(|entry| uid(entry.kind.as_str(), &id(entry))).collect(),
        numbers,
        identifiers: Identifiers::new(directory, &memberships, &accesses),
        memberships,
        accesses: &accesses,
    };
    let mut entities: Vec<EntityDocument> = Vec::with_capacity(directory.entries.len() + 64);
    entities.extend((0..directory.entries.len()).filter_map(|number| builder.entity(number)));
    builder.elsewhere(&mut entities, fidelity);
    builder.identifiers.entities(&mut entities);
    builder.tell(fidelity);
    let circles = builder.circles();
    accesses.entities(&mut entities, fidelity);
    Built { entities, circles }
}

/// The objects by the keys of their names; a second one of a name is reported.
fn numbers<'d>(directory: &'d Directory, reading: &mut Reading<'_>) -> HashMap<&'d str, usize> {
    let mut numbers: HashMap<&str, usize> = HashMap::with_capacity(directory.entries.len());
    for (number, entry) in directory.entries.iter().enumerate() {
        if let Some(first) = numbers.get(entry.name.key.as_str()) {
            let message = format!("`{}` stands twice in the file", shown(&entry.name.shown));
            let first = directory.entries.get(*first).map(|entry| entry.name_span);
            let diagnostic = Diagnostic::new(Code::Duplicate, message).label(entry.name_span, "the second");
            let hint = "names that differ only in case, spaces or escapes are one name";
            reading.push(diagnostic.label_at(first, "the first").hint(hint));
        } else {
            numbers.insert(&entry.name.key, number);
        }
    }
    numbers
}

/// The identifier of the domain: of its own object, or of any account.
fn domain(directory: &Directory) -> Option<Sid> {
    let sids = || directory.entries.iter().filter_map(|entry| entry.sid.as_ref());
    sids().find(|sid| sid.is_domain()).cloned().or_else(|| sids().find_map(Sid::domain))
}

/// What stands between the quotes of an object's uid.
fn id(entry: &Entry) -> String {
    match (entry.kind, &entry.sid) {
        (Kind::Sid, Some(sid)) => sid.to_string(),
        (Kind::Sid, None) => {
            dn::first(&entry.name.shown).split_once('=').map_or("", |(_, sid)| sid).to_owned()
        }
        _ => entry.name.shown.clone(),
    }
}

/// Who carries which of the identifiers that access control lists name.
struct Identifiers {
    /// Those that are asked for, each with its first place.
    wanted: BTreeMap<Sid, Span>,
    /// Those that are objects of the file already.
    objects: Vec<Sid>,
    /// Everybody, and everybody who is logged on: `S-1-1-0`, `S-1-5-11`, `S-1-5-15`, where they are asked for.
    all: Vec<(Sid, Span)>,
    /// The groups, by number, that everybody is in by one of these identifiers.
    of_all: HashSet<usize>,
}

impl Identifiers {
    fn new(directory: &Directory, memberships: &Memberships, accesses: &Accesses) -> Self {
        let foreign = directory.entries.iter().filter(|entry| entry.kind == Kind::Sid);
        let foreign: Vec<(Sid, Span)> =
            foreign.filter_map(|entry| Some((id(entry).parse().ok()?, entry.span))).collect();
        let objects: Vec<Sid> = foreign.iter().map(|(sid, _)| sid.clone()).collect();
        let mut wanted = accesses.trustees.clone();
        wanted.extend(foreign);
        // Another file may have a list that names a group of this one.
        let groups =
            directory.entries.iter().filter(|entry| entry.kind == Kind::Group && !entry.distribution);
        wanted.extend(groups.filter_map(|entry| Some((entry.sid.clone()?, entry.name_span))));
        let everybody = [everyone(), Sid::new(5, &[11]), Sid::new(5, &[15])];
        let all =
            everybody.iter().cloned().filter_map(|sid| Some((sid.clone(), *wanted.get(&sid)?))).collect();
        let of_all = above(directory, memberships, &everybody);
        Self { wanted, objects, all, of_all }
    }

    /// The identifiers that an account or a group carries itself.
    ///
    /// A group that everybody is in is not in everybody: Cedar knows no circles.
    fn of(&self, number: usize, entry: &Entry) -> Vec<Spanned<String>> {
        if !matches!(entry.kind, Kind::User | Kind::Computer | Kind::Group) || entry.distribution {
            return Vec::new();
        }
        let named = |sid: &Sid| Spanned::new(uid("Sid", &sid.to_string()), entry.name_span);
        let own = entry.sid.iter().chain(&entry.former_sids).filter(|sid| self.wanted.contains_key(*sid));
        let all = self.all.iter().filter(|_| !self.of_all.contains(&number));
        own.map(named).chain(all.map(|(sid, _)| named(sid))).collect()
    }

    /// The entities of identifiers that are no objects of the file.
    fn entities(&self, entities: &mut Vec<EntityDocument>) {
        for (sid, span) in &self.wanted {
            if !self.objects.contains(sid) {
                entities.push(EntityDocument {
                    span: *span,
                    uid: Spanned::new(uid("Sid", &sid.to_string()), *span),
                    parents: Vec::new(),
                    attributes: Vec::new(),
                    tags: Vec::new(),
                    account: Account::Mentioned,
                });
            }
        }
    }
}

/// The groups that the objects of some identifiers are in, directly or not.
fn above(directory: &Directory, memberships: &Memberships, sids: &[Sid]) -> HashSet<usize> {
    let entries = directory.entries.iter().enumerate().filter(|(_, entry)| entry.kind == Kind::Sid);
    let named = entries.filter(|(_, entry)| id(entry).parse().is_ok_and(|sid| sids.contains(&sid)));
    let mut open: Vec<usize> = named.map(|(number, _)| number).collect();
    let mut found = HashSet::new();
    while let Some(number) = open.pop() {
        for (group, _) in memberships.groups.get(number).into_iter().flatten() {
            if found.insert(*group) {
                open.push(*group);
            }
        }
    }
    found
}

/// What one entity is made from.
struct Builder<'d> {
    directory: &'d Directory,
    uids: Vec<String>,
    numbers: HashMap<&'d str, usize>,
    memberships: Memberships,
    identifiers: Identifiers,
    accesses: &'d Accesses,
}

impl Builder<'_> {
    fn circles(&self) -> Vec<Vec<Spanned<String>>> {
        let group = |number: &usize| {
            let place = self.directory.entries.get(*number)?.name_span;
            self.named(*number, place)
        };
        self.memberships.circles.iter().map(|circle| circle.iter().filter_map(group).collect()).collect()
    }

    fn entity(&self, number: usize) -> Option<EntityDocument> {
        let entry = self.directory.entries.get(number)?;
        let container = self.containing(entry);
        let mut parents: Vec<Spanned<String>> =
            container.iter().filter_map(|(above, _)| self.named(*above, entry.name_span)).collect();
        let groups = self.memberships.groups.get(number).into_iter().flatten();
        parents.extend(groups.filter_map(|(group, span)| self.named(*group, *span)));
        let elsewhere = &self.memberships.elsewhere;
        let first = elsewhere.partition_point(|(member, _)| *member < number);
        let elsewhere = elsewhere.iter().skip(first).take_while(|(member, _)| *member == number);
        parents.extend(elsewhere.map(|(_, group)| Spanned::new(uid("Group", &group.name.shown), group.span)));
        parents.extend(self.identifiers.of(number, entry));
        if entry.kind == Kind::Sid {
            parents.retain(|parent| parent.value.starts_with("Group::"));
        }
        let said = entry.descriptor.and_then(|number| self.accesses.by_number.get(number)?.as_ref());
        Some(EntityDocument {
            span: entry.span,
            uid: Spanned::new(self.uids.get(number)?.clone(), entry.name_span),
            parents,
            attributes: self.attributes(entry, container, said),
            tags: said.map(|said| below(entry, said)).unwrap_or_default(),
            account: Account::Described,
        })
    }

    /// Whether an object, or something above it that is in the file, inherits nothing; unknown where one of
    /// them says nothing about it.
    fn blocked(&self, entry: &Entry) -> Option<bool> {
        let said = |entry: &Entry| {
            let said = entry.descriptor.and_then(|number| self.accesses.by_number.get(number)?.as_ref());
            said.map(|said| said.protected)
        };
        let mut blocked = said(entry);
        let mut above = dn::parent(&entry.name.key);
        // A domain has nothing above it that it could inherit from.
        let is_root = |key: &str| key.starts_with("dc=");
        while let Some(key) = above.filter(|_| blocked == Some(false)) {
            if let Some(container) =
                self.numbers.get(key).and_then(|number| self.directory.entries.get(*number))
            {
                blocked = said(container).map(|protected| protected && !is_root(key));
            }
            above = dn::parent(key);
        }
        blocked
    }

    fn named(&self, number: usize, span: Span) -> Option<Spanned<String>> {
        Some(Spanned::new(self.uids.get(number)?.clone(), span))
    }

    /// The nearest object above that is in the file, and whether it is the one directly above.
    fn containing(&self, entry: &Entry) -> Option<(usize, bool)> {
        let mut above = dn::parent(&entry.name.key);
        let mut direct = true;
        while let Some(key) = above {
            if let Some(number) = self.numbers.get(key) {
                return Some((*number, direct));
            }
            direct = false;
            above = dn::parent(key);
        }
        None
    }

    fn attributes(
        &self,
        entry: &Entry,
        container: Option<(usize, bool)>,
        said: Option<&Said>,
    ) -> Vec<(Spanned<String>, Node)> {
        let mut attributes = Attributes { list: Vec::with_capacity(12), span: entry.name_span };
        if entry.kind == Kind::Sid {
            return attributes.list;
        }
        let container = container.filter(|(_, direct)| *direct).and_then(|(number, _)| {
            let above = self.directory.entries.get(number).filter(|above| above.kind == Kind::Container);
            above.and_then(|_| self.uids.get(number))
        });
        attributes.text("container", container.map(String::as_str));
        attributes.text("objectSid", entry.sid.as_ref().map(Sid::to_string).as_deref());
        attributes.text("objectGuid", entry.guid.map(|guid| guid.to_string()).as_deref());
        attributes.text("samAccountName", entry.account_name.as_deref());
        match entry.kind {
            Kind::User | Kind::Computer => {
                attributes.text("userPrincipalName", entry.principal_name.as_deref());
                attributes.flag("enabled", entry.enabled);
                attributes.flag("lockedOut", Some(entry.locked_out));
                attributes.text("expires", entry.expires.as_deref());
            }
            Kind::Group => attributes.flag("security", Some(!entry.distribution)),
            Kind::Container => attributes.text("class", Some(&entry.class)),
            Kind::Contact | Kind::Sid => {}
        }
        if matches!(entry.kind, Kind::User | Kind::Computer | Kind::Group) {
            let told = self.directory.tells_protected;
            attributes.flag("protected", told.then_some(entry.protected));
        }
        match said {
            Some(said) => {
                attributes.text("explicit", Some(&said.explicit));
                attributes.text("inherited", Some(&said.inherited));
                let owner = said.owner.as_ref().filter(|owner| self.identifiers.wanted.contains_key(*owner));
                attributes.text("owner", owner.map(|owner| uid("Sid", &owner.to_string())).as_deref());
            }
            None => ["explicit", "inherited"].into_iter().for_each(|name| attributes.unknown(name)),
        }
        attributes.flag("inheritanceBlocked", self.blocked(entry));
        if let Some(tier) = self.directory.tiers.of(&entry.name.key) {
            attributes.set("tier", NodeKind::Integer(tier));
        }
        attributes.list
    }

    /// Groups that members name and the file does not describe.
    fn elsewhere(&self, entities: &mut Vec<EntityDocument>, fidelity: &mut Fidelity) {
        let groups: BTreeMap<&str, &Reference> = self
            .memberships
            .elsewhere
            .iter()
            .rev()
            .map(|(_, group)| (group.name.key.as_str(), group))
            .collect();
        for group in groups.into_values() {
            let text = format!("the group `{}` is not in the file", shown(&group.name.shown));
            fidelity.unknown(group.span, text);
            let mut attributes = Attributes { list: Vec::new(), span: group.span };
            ["security", "protected", "explicit", "inherited", "inheritanceBlocked"]
                .into_iter()
                .for_each(|name| attributes.unknown(name));
            entities.push(EntityDocument {
                span: group.span,
                uid: Spanned::new(uid("Group", &group.name.shown), group.span),
                parents: Vec::new(),
                attributes: attributes.list,
                tags: Vec::new(),
                account: Account::Mentioned,
            });
        }
    }

    /// Tells what was made, and what the file does not say of whole kinds of objects.
    fn tell(&self, fidelity: &mut Fidelity) {
        let entries = &self.directory.entries;
        for (kind, plural) in [
            (Kind::User, "users"),
            (Kind::Group, "groups"),
            (Kind::Computer, "computers"),
            (Kind::Contact, "contacts"),
            (Kind::Container, "containers"),
            (Kind::Sid, "foreign identifiers"),
        ] {
            fidelity.count(plural, entries.iter().filter(|entry| entry.kind == kind).count());
        }
        fidelity.count("memberships", self.memberships.groups.iter().map(Vec::len).sum());
        fidelity.count("security descriptors", self.accesses.by_number.len());
        let accounts = || entries.iter().filter(|entry| matches!(entry.kind, Kind::User | Kind::Computer));
        if let Some(first) = accounts().find(|entry| entry.enabled.is_none()) {
            let number = accounts().filter(|entry| entry.enabled.is_none()).count();
            let text = format!("whether accounts are enabled is not told of {number}, first here");
            fidelity.unknown(first.name_span, text);
        }
        let silent = || entries.iter().filter(|entry| entry.kind != Kind::Sid && entry.descriptor.is_none());
        if let Some(first) = silent().next() {
            let number = silent().count();
            let text = format!("who may change objects is not told of {number}, first here");
            fidelity.unknown(first.name_span, text);
        }
        if !self.directory.tells_protected
            && let Some(first) = accounts().next()
        {
            fidelity.unknown(
                first.name_span,
                "which accounts are protected is not told: no object has `adminCount`",
            );
        }
    }
}

/// What objects below inherit, by their class, for what can have any.
fn below(entry: &Entry, said: &Said) -> Vec<(Spanned<String>, Node)> {
    if entry.kind != Kind::Container {
        return Vec::new();
    }
    said.below.iter().map(|(class, list)| text(class, list, entry.name_span)).collect()
}

/// Attributes that are being collected.
struct Attributes {
    list: Vec<(Spanned<String>, Node)>,
    span: Span,
}

impl Attributes {
    fn text(&mut self, name: &str, value: Option<&str>) {
        self.list.extend(value.map(|value| text(name, value, self.span)));
    }

    fn flag(&mut self, name: &str, value: Option<bool>) {
        match value {
            Some(value) => self.set(name, NodeKind::Bool(value)),
            None => self.unknown(name),
        }
    }

    fn unknown(&mut self, name: &str) {
        self.set(name, unknown(self.span));
    }

    fn set(&mut self, name: &str, kind: NodeKind) {
        self.list.push((Spanned::new(name.to_owned(), self.span), Node { span: self.span, kind }));
    }
}
