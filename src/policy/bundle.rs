//! A bundle: schema, policies, templates, links, levels and catalogue, all checked.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU64;
use std::sync::Arc;

use cedar_policy_core::ast::{self, EntityUID, PolicySet};
use cedar_policy_core::validator::ValidatorSchema;

use super::catalogue::{self, Operation};
use super::cross_check::CrossCheck;
use super::environments::Environments;
use super::evaluate::{Last, find_policies_for};
use super::expression::Expressions;
use super::literals::Literal;
use super::reads::ActionReads;
use super::rulebook::Rulebook;
use super::slice::Interest;
use super::{absence, guard, links, literals, parse, schema, validate};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{BundleDocuments, Level, LinkDocument, ManifestDocument};
use crate::model::{Link, Schema, Type, Uid};
use crate::source::{SourceMap, Span};

/// Whether a policy allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// It allows.
    Permit,
    /// It denies, and wins.
    Forbid,
}

/// A policy or template, known by its `@id`.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its `@id`.
    pub id: String,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// How strictly it is enforced; `hard` for a permit.
    pub level: Level,
    /// Its annotations, `@id` included.
    pub annotations: BTreeMap<String, String>,
    /// Where it stands.
    pub span: Span,
    /// Where its `@id` stands.
    pub id_span: Span,
    /// Its slots, `?principal` and `?resource`; none for a static policy.
    pub slots: BTreeSet<String>,
}

impl Policy {
    /// Says whether it is a forbid that states a condition of the world, not a right.
    pub fn is_prerequisite(&self) -> bool {
        self.effect == Effect::Forbid && self.annotations.contains_key("prerequisite")
    }

    /// The text of an annotation.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(key).map(String::as_str)
    }
}

/// A checked bundle.
pub struct Bundle {
    /// Its name.
    pub name: String,
    pub(super) cedar_schema: ValidatorSchema,
    pub(super) schema: Schema,
    pub(super) policies: BTreeMap<String, Policy>,
    pub(super) set: PolicySet,
    pub(super) links: BTreeMap<Link, (Arc<str>, Span)>,
    pub(super) operations: BTreeMap<Uid, Operation>,
    pub(super) literals: Vec<Literal>,
    pub(super) interest: Interest,
    pub(super) action_entities: BTreeMap<EntityUID, Arc<ast::Entity>>,
    /// The ids of the policies whose scope covers each action.
    pub(super) covering: BTreeMap<Uid, Vec<String>>,
    action_reads: BTreeMap<Uid, Arc<ActionReads>>,
    change_reads: BTreeMap<Uid, Arc<ActionReads>>,
    pub(super) rulebook: Rulebook,
    pub(super) last_sets: Last,
    /// The type of the context of each action.
    pub(super) contexts: HashMap<Uid, Type>,
    pub(super) cross_check: CrossCheck,
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Checks a bundle's documents and texts; all problems are reported together.
pub fn compile(sources: &SourceMap, documents: &BundleDocuments, sink: &mut Sink) -> Option<Bundle> {
    guard::with_stack(|| compile_here(sources, documents, sink))
}

fn compile_here(sources: &SourceMap, documents: &BundleDocuments, sink: &mut Sink) -> Option<Bundle> {
    let errors = sink.errors();
    let namespace = documents.manifest.namespace.as_ref().map_or("", |namespace| namespace.value.as_str());
    let (schema, (parsed, expressions, found)) = guard::both(
        || schema::compile(sources, documents.schema, namespace, sink),
        || {
            let mut found = Sink::new();
            let parsed = parse::parse(sources, &documents.policies, &mut found);
            let parsed = parsed.map(|parsed| (validate::confusable(&parsed), parsed));
            (parsed, Expressions::of(&documents.operations), found)
        },
    );
    sink.extend(found);
    let (schema, (confusable, mut parsed)) = (schema?, parsed?);
    if parsed.policies.is_empty() {
        let whole = Span::new(documents.manifest.source, 0, 0);
        let hint = "a bundle needs at least one policy in a file that ends in `.cedar`";
        sink.push(Diagnostic::new(Code::Bundle, "the bundle has no policy").label(whole, "").hint(hint));
        return None;
    }
    apply_levels(&documents.manifest, &mut parsed.policies, sink);
    let links = links::compile(&documents.links, &schema.model, &mut parsed, sink);
    let environments = Environments::of(&schema.cedar);
    let ground = validate::Ground { schema: &schema, environments: &environments, parsed: &parsed };
    let (_, (operations, found)) = guard::both(
        || validate::validate(ground, &confusable, &links, sink),
        || {
            let mut found = Sink::new();
            let operations = &documents.operations;
            let operations = catalogue::compile(operations, ground, &expressions, &mut found);
            (operations, found)
        },
    );
    absence::check(&schema.model, &environments, &parsed, sink);
    sink.extend(found);
    let literals = literals::collect(&parsed, &links);
    let interest = Interest::of(&parsed.set, operations.values());
    let action_entities = action_entities(&schema.cedar)?;
    let rulebook = Rulebook::of(&parsed.set, &parsed.policies, &schema.model);
    let mut bundle = Bundle {
        name: documents.manifest.name.value.clone(),
        cedar_schema: schema.cedar,
        schema: schema.model,
        policies: parsed.policies,
        set: parsed.set,
        links,
        operations,
        literals,
        interest,
        action_entities,
        covering: BTreeMap::new(),
        action_reads: BTreeMap::new(),
        change_reads: BTreeMap::new(),
        rulebook,
        last_sets: Last::default(),
        contexts: HashMap::new(),
        cross_check: CrossCheck::default(),
    };
    if sink.errors() > errors {
        return None;
    }
    let contexts = bundle.schema.actions.iter();
    bundle.contexts =
        contexts.map(|(uid, action)| (uid.clone(), Type::Record(action.context.clone()))).collect();
    let actions: Vec<Uid> = bundle.operations.keys().cloned().collect();
    for action in actions {
        let covering =
            find_policies_for(&bundle, &action).into_iter().map(|policy| policy.id.clone()).collect();
        bundle.covering.insert(action.clone(), covering);
        let reads = ActionReads::of(&bundle, &action);
        let of_changes = ActionReads::of_changes(&bundle, &action);
        bundle.change_reads.insert(action.clone(), Arc::new(of_changes));
        bundle.action_reads.insert(action, Arc::new(reads));
    }
    Some(bundle)
}

fn apply_levels(manifest: &ManifestDocument, policies: &mut BTreeMap<String, Policy>, sink: &mut Sink) {
    for (id, level) in &manifest.enforcement {
        let known: Vec<String> = policies.keys().cloned().collect();
        match policies.get_mut(&id.value) {
            None => sink.push(
                Diagnostic::new(Code::Enforcement, format!("there is no policy `{}`", id.value))
                    .label(id.span, "unknown policy")
                    .did_you_mean(&id.value, known.iter().map(String::as_str)),
            ),
            Some(policy) if policy.effect == Effect::Permit && level.value != Level::Hard => {
                let message = format!("`{}` is a permit, and levels are for forbids", id.value);
                sink.push(
                    Diagnostic::new(Code::Enforcement, message)
                        .label(level.span, "a level other than `hard`")
                        .label(policy.id_span, "the permit"),
                );
            }
            Some(policy) => policy.level = level.value,
        }
    }
}

fn action_entities(schema: &ValidatorSchema) -> Option<BTreeMap<EntityUID, Arc<ast::Entity>>> {
    let entities = schema.action_entities().ok()?;
    Some(entities.iter().map(|entity| (entity.uid().clone(), Arc::new(entity.clone()))).collect())
}

impl Bundle {
    /// What the policies and changes for an action can read.
    pub(super) fn action_reads(&self, action: &Uid) -> Arc<ActionReads> {
        self.action_reads.get(action).map_or_else(|| Arc::new(ActionReads::of(self, action)), Arc::clone)
    }

    /// What the changes for an action can read.
    pub(super) fn change_reads(&self, action: &Uid) -> Arc<ActionReads> {
        self.change_reads
            .get(action)
            .map_or_else(|| Arc::new(ActionReads::of_changes(self, action)), Arc::clone)
    }

    /// Has one of so many decisions made a second time by plain Cedar; where they differ, the program stops.
    pub fn cross_checked(self, every: NonZeroU64) -> Self {
        Self { cross_check: CrossCheck::every(every), ..self }
    }

    /// The schema, as plain data.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// A policy or template by its `@id`.
    pub fn policy(&self, id: &str) -> Option<&Policy> {
        self.policies.get(id)
    }

    /// The policy that a report's policy id means: a policy, or the template of a link.
    pub fn policy_of(&self, id: &str) -> Option<&Policy> {
        self.policy(id).or_else(|| {
            let of_bundle =
                self.links.iter().find(|(_, (link, _))| link.as_ref() == id).map(|(link, _)| &link.template);
            match of_bundle {
                Some(template) => self.policy(template),
                None => id.rsplit_once('@').and_then(|(template, _)| self.policy(template)),
            }
        })
    }

    /// All policies and templates, by `@id`.
    pub fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.policies.values()
    }

    /// How many static policies and template links there are.
    pub fn policy_count(&self) -> usize {
        self.policies.values().filter(|policy| policy.slots.is_empty()).count() + self.links.len()
    }

    /// The bundle's template links with their ids.
    pub fn links(&self) -> impl Iterator<Item = (&Link, &Arc<str>)> {
        self.links.iter().map(|(link, (id, _))| (link, id))
    }

    /// Where the bundle brings a link.
    pub fn link_place(&self, link: &Link) -> Option<Span> {
        self.links.get(link).map(|(_, span)| *span)
    }

    /// What the catalogue says of an action.
    pub fn operation(&self, action: &Uid) -> Option<&Operation> {
        self.operations.get(action)
    }

    /// Says whether an action can change anything.
    pub fn changes_something(&self, action: &Uid) -> bool {
        self.operation(action).is_some_and(Operation::changes_something)
    }

    /// The actions that the catalogue has an entry for.
    pub fn operations(&self) -> impl Iterator<Item = (&Uid, &Operation)> {
        self.operations.iter()
    }
}

/// The place that a link document stands at, for the modules that report about links.
pub(super) fn link_span(document: &LinkDocument) -> Span {
    document.link.span
}
