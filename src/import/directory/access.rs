//! Security descriptors to entities that objects share.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::descriptor::{
    Access, CLASSES, Descriptor, Lists, RIGHTS, Right, Rights, below, from_bytes, from_sddl, on,
};
use super::entry::{Directory, RawDescriptor};
use super::identifiers::Sid;
use super::uid;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Account, EntityDocument, Node, NodeKind};
use crate::import::fidelity::Fidelity;
use crate::import::reading::Reading;
use crate::source::sha256;
use crate::source::{Span, Spanned};

/// The id of the list that denies and allows nothing.
const NOTHING: &str = "nothing";

/// What the security descriptors of a directory say, by their numbers.
#[derive(Default)]
pub(super) struct Accesses {
    /// What each says of its own object and of objects below.
    pub by_number: Vec<Option<Said>>,
    /// Everybody that an entry is for, with the first place.
    pub trustees: BTreeMap<Sid, Span>,
    /// The identifiers that objects of the file have.
    known: HashSet<Sid>,
    rights: BTreeMap<String, (Rights, Span)>,
    lists: BTreeMap<String, (Lists, Span)>,
}

/// What a security descriptor says, as uids.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// The list of what the object itself says.
    pub explicit: String,
    /// The list of what it inherits.
    pub inherited: String,
    /// Whether nothing is inherited from above.
    pub protected: bool,
    /// Who may change the list because he is the owner.
    pub owner: Option<Sid>,
    /// The lists that objects of a class inherit, by the class.
    pub below: Vec<(&'static str, String)>,
}

impl Accesses {
    /// Reads all descriptors; what is wrong with one is reported at the first place that it stands at.
    pub fn read(directory: &Directory, domain: Option<&Sid>, reading: &mut Reading<'_>) -> Self {
        let sids = directory.entries.iter().flat_map(|entry| entry.sid.iter().chain(&entry.former_sids));
        let mut accesses = Self { known: sids.cloned().collect(), ..Self::default() };
        let start = Span::new(reading.source(), 0, 0);
        accesses.list(Lists::default(), directory.descriptors.first().map_or(start, |(_, span)| *span));
        for (raw, span) in &directory.descriptors {
            let read = match raw {
                RawDescriptor::Binary(bytes) => from_bytes(bytes),
                RawDescriptor::Text(text) => from_sddl(text, domain),
            };
            let said = match read {
                Ok(descriptor) => Some(accesses.said(&descriptor, *span, reading)),
                Err(why) => {
                    let message = format!("the security descriptor {why}");
                    reading.push(Diagnostic::new(Code::SecurityDescriptor, message).label(*span, ""));
                    None
                }
            };
            accesses.by_number.push(said);
        }
        accesses
    }

    fn said(&mut self, descriptor: &Descriptor, span: Span, reading: &mut Reading<'_>) -> Said {
        let Access { explicit, inherited, owner, stricter, open } = on(descriptor);
        if stricter {
            let message = "a denial that Active Directory reads after a permission is read before it here";
            let hint = "the entries are not in the usual order, or are inherited from two places that differ";
            reading.push(Diagnostic::new(Code::AccessList, message).label(span, "").hint(hint));
        }
        if open {
            let message = "the object has no access control list, and everybody may do everything with it";
            reading.push(Diagnostic::new(Code::AccessList, message).label(span, ""));
        }
        let of_class = CLASSES.iter().map(|class| (*class, below(descriptor, class)));
        let of_class: Vec<_> = of_class.filter(|(_, lists)| *lists != Lists::default()).collect();
        Said {
            explicit: self.list(explicit, span),
            inherited: self.list(inherited, span),
            protected: descriptor.protected,
            owner,
            below: of_class.into_iter().map(|(class, lists)| (class, self.list(lists, span))).collect(),
        }
    }

    /// The uid of a pair of lists.
    fn list(&mut self, lists: Lists, span: Span) -> String {
        for rights in [&lists.deny, &lists.allow] {
            for sid in rights.values().flatten() {
                self.trustees.entry(sid.clone()).or_insert(span);
            }
        }
        let (deny, allow) = (self.right(&lists.deny, span), self.right(&lists.allow, span));
        let id = match lists == Lists::default() {
            true => NOTHING.to_owned(),
            false => digest(&format!("{deny}\n{allow}")),
        };
        self.lists.entry(id.clone()).or_insert((lists, span));
        uid("AccessList", &id)
    }

    /// The uid of a list of rights.
    fn right(&mut self, rights: &Rights, span: Span) -> String {
        let id = match rights.is_empty() {
            true => NOTHING.to_owned(),
            false => digest(&format!("{rights:?}")),
        };
        if !self.rights.contains_key(&id) {
            self.rights.insert(id.clone(), (rights.clone(), span));
        }
        uid("Rights", &id)
    }

    /// The entities that objects name.
    ///
    /// Where somebody is denied something who is not in the file, it is not known who is denied it.
    pub fn entities(&mut self, entities: &mut Vec<EntityDocument>, fidelity: &mut Fidelity) {
        let mut denials: BTreeSet<String> = BTreeSet::new();
        for (id, (lists, span)) in std::mem::take(&mut self.lists) {
            let (deny, allow) = (self.right(&lists.deny, span), self.right(&lists.allow, span));
            denials.insert(deny.clone());
            let attributes = vec![text("allow", &allow, span), text("deny", &deny, span)];
            entities.push(shared(uid("AccessList", &id), span, attributes, Vec::new()));
        }
        let none = BTreeSet::new();
        for (id, (rights, span)) in std::mem::take(&mut self.rights) {
            let uid = uid("Rights", &id);
            let denies = denials.contains(&uid);
            let mut named = |name: &'static str, trustees: &BTreeSet<Sid>| {
                let absent = trustees.iter().find(|sid| denies && !self.is_known(sid));
                if let Some(sid) = absent {
                    fidelity.unknown(span, format!("`{name}` is denied to `{sid}`, who is not in the file"));
                }
                sids(name, trustees, absent.is_some(), span)
            };
            let whole = |name: &&'static str| (*name, rights.get(&Right::Whole(name)).unwrap_or(&none));
            let attributes = RIGHTS.iter().map(whole).map(|(name, trustees)| named(name, trustees)).collect();
            let tags = rights.iter().filter_map(|(right, trustees)| match right {
                Right::Property(name) => Some(named(name, trustees)),
                Right::Whole(_) => None,
            });
            let tags = tags.collect();
            entities.push(shared(uid, span, attributes, tags));
        }
    }

    /// Says whether it is known who has an identifier: an object of the file, or nobody or everybody.
    fn is_known(&self, sid: &Sid) -> bool {
        self.known.contains(sid) || !sid.is_of_accounts()
    }
}

/// The beginning of a digest: enough that no two lists have the same.
fn digest(text: &str) -> String {
    let digest = sha256(text.as_bytes());
    let digits = digest.rsplit_once(':').map_or(digest.as_str(), |(_, digits)| digits);
    digits.get(..32).unwrap_or(digits).to_owned()
}

/// An entity that several objects name; another file may say the same of it.
fn shared(
    uid: String,
    span: Span,
    attributes: Vec<(Spanned<String>, Node)>,
    tags: Vec<(Spanned<String>, Node)>,
) -> EntityDocument {
    EntityDocument {
        span,
        uid: Spanned::new(uid, span),
        parents: Vec::new(),
        attributes,
        tags,
        account: Account::Mentioned,
    }
}

pub(super) fn text(name: &str, value: &str, span: Span) -> (Spanned<String>, Node) {
    (Spanned::new(name.to_owned(), span), Node { span, kind: NodeKind::String(value.to_owned()) })
}

fn sids(name: &str, trustees: &BTreeSet<Sid>, uncertain: bool, span: Span) -> (Spanned<String>, Node) {
    let node = |sid: &Sid| Node { span, kind: NodeKind::String(uid("Sid", &sid.to_string())) };
    let kind = match uncertain {
        true => unknown(span),
        false => NodeKind::List(trustees.iter().map(node).collect()),
    };
    (Spanned::new(name.to_owned(), span), Node { span, kind })
}

/// A value that is not known: `{ __unknown: true }`.
pub(super) fn unknown(span: Span) -> NodeKind {
    let inner = Node { span, kind: NodeKind::Bool(true) };
    NodeKind::Map(vec![(Spanned::new("__unknown".to_owned(), span), inner)])
}
