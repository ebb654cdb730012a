//! The steps of a plan, in phases that are its modules.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::Fidelity;
use super::Facts;
use super::change::{Action, Change};
use super::grants::{Given, Grant, Grants, Name, When};
use super::ids::{Ids, uid};
use super::mapping::Subject;
use super::order::{Act, Order as Edges, place_of};
use super::values::{Tags, unknown};
use crate::document::{Node, NodeKind, Order, PhaseDocument, StepDocument, Steps};
use crate::source::{Span, Spanned};

/// What came of the changes.
pub(super) struct Built {
    pub phases: Vec<PhaseDocument>,
    /// The identities and roles that steps name, with the place of each.
    pub names: BTreeMap<String, Span>,
}

/// The planned object that a step or an entity is about: its address, and the deposed object's key.
pub(super) fn object(change: &Change<'_, '_>) -> String {
    match &change.deposed {
        Some(key) => format!("{} (deposed {key})", change.address.value),
        None => change.address.value.clone(),
    }
}

/// The uid of the values of an object.
pub(super) fn values_uid(change: &Change<'_, '_>, when: When) -> String {
    match when {
        When::Before => uid("Values", &object(change)),
        When::After => uid("Values", &format!("{} as planned", object(change))),
    }
}

/// The name of the phase of the root module.
const ROOT: &str = "root";

/// Makes the steps of all changes.
pub(super) fn steps(
    facts: &Facts<'_, '_>,
    grants: &Grants<'_, '_, '_>,
    order: &Edges,
    fidelity: &mut Fidelity,
) -> Built {
    let mut builder = Builder {
        facts,
        grants,
        phases: Vec::new(),
        of_module: HashMap::new(),
        phase_ids: Ids::default(),
        acts: HashMap::new(),
        names: BTreeMap::new(),
        given: 0,
    };
    for at in 0..facts.changes.len() {
        builder.change(at);
    }
    let edges = builder.connect(order);
    let steps: usize = builder.phases.iter().map(|phase| phase.document.steps.len()).sum();
    fidelity.count("steps", steps);
    fidelity.count("edges", edges);
    fidelity.count("grants and revocations", builder.given);
    let phases = builder.phases.into_iter().map(|phase| phase.document).collect();
    Built { phases, names: builder.names }
}

struct Phase {
    document: PhaseDocument,
    ids: Ids,
}

/// A step by the positions of its phase and of itself in it.
type Place = (usize, usize);

struct Builder<'a, 'j, 't> {
    facts: &'a Facts<'j, 't>,
    grants: &'a Grants<'a, 'j, 't>,
    phases: Vec<Phase>,
    of_module: HashMap<String, usize>,
    phase_ids: Ids,
    /// The steps of each act: the act itself, then what it gives and takes.
    acts: HashMap<Act, Vec<Place>>,
    names: BTreeMap<String, Span>,
    given: usize,
}

impl<'j, 't> Builder<'_, 'j, 't> {
    fn change(&mut self, at: usize) {
        let Some(change) = self.facts.changes.get(at).filter(|change| !change.actions.is_empty()) else {
            return;
        };
        let phase = self.phase(change);
        for action in &change.actions {
            let act = Act { change: at, action: action.value };
            let name = format!("{}.{}", local(change), action.value.as_str());
            let with = self.context(change, action.value);
            let target = Spanned::new(uid("Resource", &object(change)), change.address.span);
            let main = self.step(phase, change, &name, action, target.clone(), with);
            let mut places = vec![main];
            for (number, (operation, grant)) in self.given(at, action.value).into_iter().enumerate() {
                let name = format!("{}.{operation}-{}", local(change), number + 1);
                let operation = Spanned::new(operation, grant.span);
                let with = self.grant_context(&grant);
                places.push(self.raw_step(
                    phase,
                    change,
                    &name,
                    operation,
                    target.clone(),
                    with,
                    change.span,
                ));
                self.given += 1;
            }
            self.acts.insert(act, places);
        }
    }

    /// The phase of the module that a change is in.
    fn phase(&mut self, change: &Change<'_, '_>) -> usize {
        let module = change.parsed.module_instance();
        if let Some(phase) = self.of_module.get(&module) {
            return *phase;
        }
        let name = if module.is_empty() { ROOT } else { module.as_str() };
        let id = self.phase_ids.take(name, &module);
        let document = PhaseDocument {
            span: change.span,
            id: Spanned::new(id, change.address.span),
            title: (!module.is_empty()).then(|| Spanned::new(module.clone(), change.address.span)),
            docs: None,
            by: None,
            needs: Vec::new(),
            order: Order::Any,
            steps: Steps::default(),
        };
        self.phases.push(Phase { document, ids: Ids::default() });
        self.of_module.insert(module, self.phases.len() - 1);
        self.phases.len() - 1
    }

    fn step(
        &mut self,
        phase: usize,
        change: &Change<'_, '_>,
        name: &str,
        action: &Spanned<Action>,
        target: Spanned<String>,
        with: Node,
    ) -> Place {
        let operation = Spanned::new(action.value.as_str(), action.span);
        self.raw_step(phase, change, name, operation, target, with, change.span)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a step has this many parts, and none of them has a default"
    )]
    fn raw_step(
        &mut self,
        phase: usize,
        change: &Change<'_, '_>,
        name: &str,
        operation: Spanned<&'static str>,
        target: Spanned<String>,
        with: Node,
        span: Span,
    ) -> Place {
        let by = self.principal(change);
        let title = format!("{} {}", operation.value, object(change));
        let Some(own) = self.phases.get_mut(phase) else { return (phase, 0) };
        let id = own.ids.take(name, &format!("{} {name}", object(change)));
        own.document.steps.push(StepDocument {
            span,
            id: Spanned::new(id, change.address.span),
            title: Some(Spanned::new(title, change.address.span)),
            docs: None,
            by,
            operation: operation.map(str::to_owned),
            target,
            with: Some(with),
            needs: Vec::new(),
        });
        (phase, own.document.steps.len() - 1)
    }

    /// Who does it: whom a rule of the mapping names, else `--by`, else whom the mapping names for the rest.
    fn principal(&self, change: &Change<'_, '_>) -> Option<Spanned<String>> {
        let said = &self.facts.said;
        let module = change.parsed.module_instance();
        let subject = Subject {
            provider: &change.provider,
            module: &module,
            address: &change.address.value,
            resource_type: change.parsed.resource_type(),
        };
        let rule = said.mapping.principal(subject).cloned();
        rule.or_else(|| said.by.clone()).or_else(|| said.mapping.by.clone())
    }

    /// What the policies are told of an action, besides its resource.
    fn context(&self, change: &Change<'j, 't>, action: Action) -> Node {
        let mut fields = Fields { span: change.span, entries: Vec::new() };
        let deletes = change.deletes();
        match action {
            Action::Read | Action::Create | Action::Update => {
                fields.text("after", values_uid(change, When::After), change.after.map(|after| after.span));
                if action != Action::Read {
                    let configured = self.configured(change);
                    fields.set("configured", configured);
                }
                if action == Action::Create {
                    fields.truth("replaces", deletes);
                }
            }
            Action::Delete => {
                if change.before.is_some() {
                    fields.text(
                        "before",
                        values_uid(change, When::Before),
                        change.before.map(|node| node.span),
                    );
                }
                fields.truth("replaced", change.bringing().is_some());
                fields.truth("current", !change.deletes_late());
            }
            Action::Move => {
                if let Some(from) = &change.previous {
                    fields.text("from", from.value.clone(), Some(from.span));
                }
            }
            Action::Import => {
                let id = change.importing.and_then(|importing| importing.get("id"));
                match id.and_then(|node| Some((node.as_text()?, node.span))) {
                    Some((id, span)) => fields.text("id", id.to_owned(), Some(span)),
                    None => fields.set("id", unknown(change.span)),
                }
            }
            Action::Forget => {}
        }
        if let Some(reason) =
            change.reason.as_ref().filter(|_| action != Action::Move && action != Action::Import)
        {
            fields.text("reason", reason.value.clone(), Some(reason.span));
        }
        fields.node()
    }

    /// The attributes that the configuration gives a value to. Whatever else has one has it from the provider.
    fn configured(&self, change: &Change<'j, 't>) -> Node {
        let configuration = &self.facts.configuration;
        let node = configuration.find(&place_of(change));
        match node.and_then(|node| configuration.configured(node)) {
            Some(names) => {
                let text = |name: &str| Node { span: change.span, kind: NodeKind::String(name.to_owned()) };
                Node { span: change.span, kind: NodeKind::List(names.into_iter().map(text).collect()) }
            }
            None => unknown(change.span),
        }
    }

    /// What an action gives and takes, as operations.
    fn given(&self, at: usize, action: Action) -> Vec<(&'static str, Grant)> {
        let of = |tags: &[Option<Tags>], when| match tags.get(at).and_then(Option::as_ref) {
            Some(tags) => self.grants.of(at, tags, when),
            None => Vec::new(),
        };
        let before = || of(&self.facts.before, When::Before);
        let after = || of(&self.facts.after, When::After);
        let same = |grant: &Grant, others: &[Grant]| {
            let key = |grant: &Grant| (grant.given, grant.grantee.clone(), grant.to.clone());
            let known = grant.grantee != Name::Unknown && grant.to != Name::Unknown;
            known && others.iter().any(|other| key(other) == key(grant))
        };
        let (taken, given) = match action {
            Action::Create => (Vec::new(), after()),
            Action::Delete => (before(), Vec::new()),
            Action::Update => {
                let (old, new) = (before(), after());
                let taken = old.iter().filter(|grant| !same(grant, &new)).cloned().collect();
                (taken, new.into_iter().filter(|grant| !same(grant, &old)).collect())
            }
            _ => (Vec::new(), Vec::new()),
        };
        let word = |given: Given, gives: bool| match (given, gives) {
            (Given::Role, true) => "grant",
            (Given::Role, false) => "revoke",
            (Given::Membership, true) => "join",
            (Given::Membership, false) => "leave",
        };
        let taken = taken.into_iter().map(|grant| (word(grant.given, false), grant));
        taken.chain(given.into_iter().map(|grant| (word(grant.given, true), grant))).collect()
    }

    fn grant_context(&mut self, grant: &Grant) -> Node {
        let mut fields = Fields { span: grant.span, entries: Vec::new() };
        let (field, entity_type) = match grant.given {
            Given::Role => ("role", "Role"),
            Given::Membership => ("group", "Identity"),
        };
        for (field, entity_type, name, span) in [
            ("grantee", "Identity", &grant.grantee, grant.grantee_span),
            (field, entity_type, &grant.to, grant.span),
        ] {
            match name {
                Name::Known(name) => {
                    let uid = uid(entity_type, name);
                    self.names.entry(uid.clone()).or_insert(span);
                    fields.text(field, uid, Some(span));
                }
                Name::Unknown => fields.set(field, unknown(span)),
            }
        }
        match &grant.to {
            Name::Known(name) => fields.text("name", name.clone(), Some(grant.span)),
            Name::Unknown => fields.set("name", unknown(grant.span)),
        }
        fields.node()
    }

    /// Writes the order into the steps, and gives the number of edges.
    fn connect(&mut self, order: &Edges) -> usize {
        let mut needs: BTreeMap<Place, BTreeSet<Place>> = BTreeMap::new();
        for places in self.acts.values() {
            if let Some((main, rest)) = places.split_first() {
                rest.iter().for_each(|place| {
                    needs.entry(*place).or_default().insert(*main);
                });
            }
        }
        for (later, earlier) in &order.edges {
            let (Some(later), Some(earlier)) = (self.acts.get(later), self.acts.get(earlier)) else {
                continue;
            };
            if let Some(first) = later.first() {
                needs.entry(*first).or_default().extend(earlier.iter().copied());
            }
        }
        let count = needs.values().map(BTreeSet::len).sum();
        for (later, earlier) in needs {
            let names: Vec<Spanned<String>> =
                earlier.iter().filter_map(|place| self.need(later, *place)).collect();
            if let Some(step) = self
                .phases
                .get_mut(later.0)
                .and_then(|phase| phase.document.steps.make_mut().get_mut(later.1))
            {
                step.needs = names;
            }
        }
        count
    }

    fn need(&self, later: Place, earlier: Place) -> Option<Spanned<String>> {
        let phase = &self.phases.get(earlier.0)?.document;
        let step = phase.steps.get(earlier.1)?;
        let name = match later.0 == earlier.0 {
            true => step.id.value.clone(),
            false => format!("{}/{}", phase.id.value, step.id.value),
        };
        Some(Spanned::new(name, step.id.span))
    }
}

/// The address in its module, with the key of a deposed object.
fn local(change: &Change<'_, '_>) -> String {
    match &change.deposed {
        Some(key) => format!("{}.deposed-{key}", change.parsed.local()),
        None => change.parsed.local(),
    }
}

/// A context that is being made.
struct Fields {
    span: Span,
    entries: Vec<(Spanned<String>, Node)>,
}

impl Fields {
    fn set(&mut self, name: &str, node: Node) {
        self.entries.push((Spanned::new(name.to_owned(), node.span), node));
    }

    fn text(&mut self, name: &str, text: String, span: Option<Span>) {
        let node = Node { span: span.unwrap_or(self.span), kind: NodeKind::String(text) };
        self.set(name, node);
    }

    fn truth(&mut self, name: &str, truth: bool) {
        let node = Node { span: self.span, kind: NodeKind::Bool(truth) };
        self.set(name, node);
    }

    fn node(self) -> Node {
        Node { span: self.span, kind: NodeKind::Map(self.entries) }
    }
}
