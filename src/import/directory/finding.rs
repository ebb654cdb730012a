//! Names of a directory to the uids of the estate: one resolver for every way to name an object.

use std::collections::{BTreeMap, BTreeSet};

use super::dn;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{EntityDocument, EstateDocument, Node, NodeKind, PlanDocument};
use crate::import::reading::shown;
use crate::source::{Span, Spanned};

/// What stands before a name that is to be looked for.
const MARK: &str = "directory:";

/// The parameter of a deletion that says how many objects lie below the one that is deleted.
pub(in crate::import) const OBJECTS_BELOW: &str = "objectsBelow";

/// A text that stands for the object of a name until it is found in the estate.
pub(in crate::import) fn to_be_found(name: &str) -> String {
    format!("{MARK}{name}")
}

/// Replaces every name of a plan by the uid of the object that it means.
///
/// Names are targets and texts of contexts that an importer marked, and whoever does or wrote the plan where
/// that is no uid.
pub(in crate::import) fn find(
    plan: &mut PlanDocument,
    parts: &[&EstateDocument],
    sink: &mut Sink,
) -> Option<()> {
    let mut wanted = Wanted::default();
    objects_below(plan, parts);
    each(plan, &mut |text, _| wanted.want(text));
    people(plan, &mut |text, _| wanted.want(text));
    if !wanted.names.is_empty() {
        parts.iter().flat_map(|part| part.in_order()).for_each(|entity| wanted.offer(&entity));
    }
    let errors = sink.errors();
    each(plan, &mut |text, span| wanted.replace(text, span, sink));
    people(plan, &mut |text, span| wanted.replace(text, span, sink));
    actions(plan);
    (sink.errors() == errors).then_some(())
}

/// Visits every text of a plan that may be a marked name.
fn each(plan: &mut PlanDocument, visit: &mut impl FnMut(&mut String, Span)) {
    for step in plan.phases.iter_mut().flat_map(|phase| phase.steps.make_mut()) {
        if step.target.value.starts_with(MARK) {
            visit(&mut step.target.value, step.target.span);
        }
        if let Some(Node { kind: NodeKind::Map(entries), .. }) = &mut step.with {
            for (_, node) in entries {
                if let NodeKind::String(text) = &mut node.kind
                    && text.starts_with(MARK)
                {
                    visit(text, node.span);
                }
            }
        }
    }
}

/// Adds to each deletion of a named object how many objects the estate has below it.
fn objects_below(plan: &mut PlanDocument, parts: &[&EstateDocument]) {
    let steps = |plan: &mut PlanDocument, visit: &mut dyn FnMut(String, &mut i64)| {
        for step in plan.phases.iter_mut().flat_map(|phase| phase.steps.make_mut()) {
            let named = step.target.value.strip_prefix(MARK).and_then(|name| dn::parse(name).ok());
            let Some(Node { kind: NodeKind::Map(entries), .. }) = &mut step.with else { continue };
            for (_, node) in entries.iter_mut().filter(|(key, _)| key.value == OBJECTS_BELOW) {
                if let (NodeKind::Integer(count), Some(name)) = (&mut node.kind, &named) {
                    visit(name.key.clone(), count);
                }
            }
        }
    };
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    steps(plan, &mut |key, _| {
        counts.insert(key, 0);
    });
    if counts.is_empty() {
        return;
    }
    for entity in parts.iter().flat_map(|part| part.in_order()) {
        let key = distinguished(&entity.uid.value);
        let above = key.as_deref().and_then(dn::parent).and_then(|above| counts.get_mut(above));
        above.into_iter().for_each(|count| *count += 1);
    }
    steps(plan, &mut |key, count| *count += counts.get(&key).copied().unwrap_or_default());
}

/// The key of the distinguished name in a uid.
fn distinguished(uid: &str) -> Option<String> {
    let id = uid.split_once("::\"").and_then(|(_, rest)| rest.strip_suffix('"')).map(unescaped)?;
    dn::parse(&id).ok().filter(|_| id.contains('=')).map(|name| name.key)
}

/// Visits everybody that a plan names, where he is not named by a uid.
fn people(plan: &mut PlanDocument, visit: &mut impl FnMut(&mut String, Span)) {
    let phases = plan.phases.iter_mut();
    let by = phases.flat_map(|phase| {
        phase.by.iter_mut().chain(phase.steps.make_mut().iter_mut().filter_map(|step| step.by.as_mut()))
    });
    for Spanned { value, span } in plan.author.iter_mut().chain(by) {
        if !value.contains("::\"") {
            visit(value, *span);
        }
    }
}

/// Gives changes of groups the actions of their members' types.
fn actions(plan: &mut PlanDocument) {
    for step in plan.phases.iter_mut().flat_map(|phase| phase.steps.make_mut()) {
        let (verb, preposition) = match step.operation.value.as_str() {
            "add-member" => ("add", "to"),
            "remove-member" => ("remove", "from"),
            _ => continue,
        };
        let member = step.with.as_ref().and_then(|with| with.get("member")).map(|node| &node.kind);
        if let Some(NodeKind::String(uid)) = member
            && let Some((entity_type, _)) = uid.split_once("::")
        {
            step.operation.value = format!("{verb}-{}-{preposition}-group", entity_type.to_ascii_lowercase());
        }
    }
}

/// One way to name an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// By its distinguished name's key.
    Distinguished(String),
    /// By its security identifier.
    Sid(String),
    /// By its user principal name, or by its account name and the domain's name, in lower case.
    Principal(String),
    /// By its account name, in lower case, in a domain whose name begins like that.
    Account(Option<String>, String),
    /// In no way that there is; says why.
    Malformed(String),
}

impl Name {
    fn of(text: &str) -> Self {
        let marked = text.strip_prefix(MARK);
        let text = marked.unwrap_or(text).trim();
        if marked.is_some() || text.contains('=') {
            return dn::parse(text).map_or_else(Name::Malformed, |name| Name::Distinguished(name.key));
        }
        if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("S-1-")) {
            return Name::Sid(text.to_ascii_uppercase());
        }
        if text.contains('@') {
            return Name::Principal(text.to_lowercase());
        }
        match text.split_once('\\') {
            Some((domain, account)) => Name::Account(Some(domain.to_lowercase()), account.to_lowercase()),
            None => Name::Account(None, text.to_lowercase()),
        }
    }
}

/// Names that are looked for, each with the uids that were found.
#[derive(Default)]
struct Wanted {
    names: BTreeMap<Name, BTreeSet<String>>,
}

impl Wanted {
    fn want(&mut self, text: &str) {
        self.names.entry(Name::of(text)).or_default();
    }

    /// Notes an entity under each of its names that is looked for.
    fn offer(&mut self, entity: &EntityDocument) {
        let uid = &entity.uid.value;
        let key = distinguished(uid);
        let text = |name: &str| {
            let node =
                entity.attributes.iter().find(|(key, _)| key.value == name).map(|(_, node)| &node.kind);
            match node {
                Some(NodeKind::String(text)) => Some(text.to_lowercase()),
                _ => None,
            }
        };
        let mut names: Vec<Name> = Vec::new();
        names.extend(text("objectSid").map(|sid| Name::Sid(sid.to_ascii_uppercase())));
        names.extend(text("userPrincipalName").map(Name::Principal));
        if let Some(account) = text("samAccountName") {
            names.push(Name::Account(None, account.clone()));
            let labels: Vec<&str> = key
                .iter()
                .flat_map(|key| key.split(','))
                .filter_map(|part| part.strip_prefix("dc="))
                .collect();
            if let Some(first) = labels.first() {
                names.push(Name::Principal(format!("{account}@{}", labels.join("."))));
                names.push(Name::Account(Some((*first).to_owned()), account));
            }
        }
        names.extend(key.map(Name::Distinguished));
        for name in names {
            if let Some(found) = self.names.get_mut(&name) {
                found.insert(uid.clone());
            }
        }
    }

    /// Puts the uid that was found into the place of a name.
    fn replace(&self, text: &mut String, span: Span, sink: &mut Sink) {
        let name = Name::of(text);
        let found: Vec<&String> = self.names.get(&name).into_iter().flatten().collect();
        let written = shown(text.strip_prefix(MARK).unwrap_or(text)).into_owned();
        let diagnostic = match (&name, found.as_slice()) {
            (_, [only]) => {
                text.clone_from(only);
                return;
            }
            (Name::Malformed(why), _) => {
                Diagnostic::new(Code::DistinguishedName, format!("the name `{written}` {why}"))
                    .label(span, "")
            }
            (_, []) => Diagnostic::new(Code::UnknownName, format!("`{written}` is nothing in the estate"))
                .label(span, "no object of that name")
                .hint("give the export that holds it with `--estate`"),
            (_, several) => {
                let names: Vec<String> = several.iter().map(|uid| format!("`{uid}`")).collect();
                Diagnostic::new(Code::UnknownName, format!("`{written}` can be {}", names.join(" and ")))
                    .label(span, "more than one object")
                    .hint("name it by its distinguished name or its security identifier")
            }
        };
        sink.push(diagnostic);
    }
}

/// The text between the quotes of a uid, for what an importer writes there.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}
