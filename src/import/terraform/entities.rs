//! The resources of a plan as entities, with their values, types, modules and providers.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Fidelity;
use super::Facts;
use super::change::Change;
use super::grants::When;
use super::groups::group;
use super::ids::uid;
use super::steps::{object, values_uid};
use crate::document::{Account, EntityDocument, Node, NodeKind};
use crate::source::{Span, Spanned};

/// The name of the root module.
const ROOT: &str = "root";

/// Makes the entities of a plan: everything that its steps name, and what policies can ask about that.
pub(super) fn entities(
    facts: &Facts<'_, '_>,
    names: &BTreeMap<String, Span>,
    fidelity: &mut Fidelity,
) -> Vec<EntityDocument> {
    let mut made = Made { facts, entities: Vec::new(), seen: BTreeSet::new() };
    for (at, change) in facts.changes.iter().enumerate() {
        made.resource(at, change);
    }
    fidelity.count("resources", facts.changes.len());
    for (uid, span) in names {
        made.add(uid.clone(), *span, Vec::new(), Vec::new(), Account::Mentioned);
    }
    fidelity.count("entities", made.entities.len());
    made.entities
}

struct Made<'a, 'j, 't> {
    facts: &'a Facts<'j, 't>,
    entities: Vec<EntityDocument>,
    seen: BTreeSet<String>,
}

type Attributes = Vec<(Spanned<String>, Node)>;

impl Made<'_, '_, '_> {
    fn resource(&mut self, at: usize, change: &Change<'_, '_>) {
        let span = change.address.span;
        let module = self.module(change);
        let resource_type = self.resource_type(change);
        let mut parents = vec![module, resource_type];
        if !change.provider.is_empty() {
            let provider = uid("Provider", &change.provider);
            self.once(&provider, span, Vec::new(), Vec::new());
            parents.push(provider);
        }
        let before = self.values(at, change, When::Before);
        self.values(at, change, When::After);
        let text = |name: &str, text: &str| attribute(name, NodeKind::String(text.to_owned()), span);
        let truth = |name: &str, truth: bool| attribute(name, NodeKind::Bool(truth), span);
        let deployed = change.before.is_some() && change.importing.is_none();
        let mut attributes = vec![
            text("address", &change.address.value),
            text("type", change.parsed.resource_type()),
            text("name", &change.parsed.resource),
            text("module", &change.parsed.module_instance()),
            text("provider", &change.provider),
            truth("data", change.parsed.resource.starts_with("data.")),
            truth("deployed", deployed),
            truth("protected", self.facts.said.mapping.protects(&change.address.value)),
        ];
        attributes.extend(before.map(|before| text("values", &before)));
        let environment = self.facts.said.mapping.environment(&change.parsed.module_instance());
        attributes.extend(environment.map(|rule| text("environment", &uid("Environment", &rule.name.value))));
        self.add(uid("Resource", &object(change)), span, parents, attributes, Account::Described);
    }

    /// The values before or after the plan, where there are any; gives their uid.
    fn values(&mut self, at: usize, change: &Change<'_, '_>, when: When) -> Option<String> {
        let (tags, span) = match when {
            When::Before => (&self.facts.before, change.before.map(|node| node.span)),
            When::After => (&self.facts.after, change.after.map(|node| node.span)),
        };
        if when == When::After && change.bringing().is_none() {
            return None;
        }
        let tags = tags.get(at)?.as_ref()?.entries();
        let uid = values_uid(change, when);
        let span = span.unwrap_or(change.span);
        self.entities.push(EntityDocument {
            span,
            uid: Spanned::new(uid.clone(), span),
            parents: Vec::new(),
            attributes: Vec::new(),
            tags,
            account: Account::Described,
        });
        Some(uid)
    }

    fn resource_type(&mut self, change: &Change<'_, '_>) -> String {
        let name = change.parsed.resource_type();
        let own = uid("Type", name);
        let of = uid("TypeGroup", group(name, &self.facts.said.mapping));
        self.once(&own, change.address.span, vec![of], Vec::new());
        own
    }

    /// The module of a change, with every module that it is in.
    fn module(&mut self, change: &Change<'_, '_>) -> String {
        let span = change.address.span;
        let mut above = uid("Module", ROOT);
        self.module_entity(&above, "", Vec::new(), span);
        let mut path = String::new();
        for (name, key) in &change.parsed.modules {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&format!("module.{name}{key}"));
            let own = uid("Module", &path);
            self.module_entity(&own, &path, vec![above], span);
            above = own;
        }
        above
    }

    fn module_entity(&mut self, own: &str, path: &str, mut parents: Vec<String>, span: Span) {
        if self.seen.contains(own) {
            return;
        }
        if let Some(rule) = self.facts.said.mapping.environment(path) {
            let environment = uid("Environment", &rule.name.value);
            let protected = attribute("protected", NodeKind::Bool(rule.protected), rule.name.span);
            self.once(&environment, rule.name.span, Vec::new(), vec![protected]);
            parents.push(environment);
        }
        self.once(own, span, parents, Vec::new());
    }

    fn once(&mut self, uid: &str, span: Span, parents: Vec<String>, attributes: Attributes) {
        if self.seen.insert(uid.to_owned()) {
            let says_nothing = attributes.is_empty() && parents.is_empty();
            let account = if says_nothing { Account::Mentioned } else { Account::Described };
            self.add(uid.to_owned(), span, parents, attributes, account);
        }
    }

    fn add(
        &mut self,
        uid: String,
        span: Span,
        parents: Vec<String>,
        attributes: Attributes,
        account: Account,
    ) {
        self.entities.push(EntityDocument {
            span,
            uid: Spanned::new(uid, span),
            parents: parents.into_iter().map(|parent| Spanned::new(parent, span)).collect(),
            attributes,
            tags: Vec::new(),
            account,
        });
    }
}

fn attribute(name: &str, kind: NodeKind, span: Span) -> (Spanned<String>, Node) {
    (Spanned::new(name.to_owned(), span), Node { span, kind })
}
