//! The entities that one request can read, in Cedar's form.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use cedar_policy_core::ast::{
    self, BinaryOp, EntityUID, Expr, ExprKind, Literal as CedarLiteral, PartialValue, PolicySet,
};
use cedar_policy_core::entities::{Entities, NoEntitiesSchema, TCComputation};
use cedar_policy_core::extensions::Extensions;

use super::bundle::Bundle;
use super::catalogue::Operation;
use super::reads::parts;
use super::request::Request;
use super::value;
use crate::model::{State, Uid, Value};

/// What the policies and the catalogue of a bundle can read of any entity at all.
#[derive(Clone, Debug, Default)]
pub(super) struct Interest {
    attributes: BTreeSet<String>,
    tags: bool,
    entities: BTreeSet<Uid>,
}

impl Interest {
    /// Collects the names of attributes that are read anywhere, and the entities that are named
    /// where their attributes, tags or ancestors could be read.
    pub(super) fn of<'a>(set: &PolicySet, operations: impl Iterator<Item = &'a Operation>) -> Self {
        let mut interest = Self::default();
        for template in set.all_templates() {
            if let Some(condition) = template.non_scope_constraints() {
                interest.visit(condition);
            }
        }
        for change in operations.flat_map(|operation| &operation.changes) {
            for expression in change.expressions() {
                interest.visit(&expression.cedar);
            }
        }
        interest
    }

    /// Says whether an entity is named where its record could be read.
    pub(super) fn names(&self, uid: &Uid) -> bool {
        self.entities.contains(uid)
    }

    /// Says whether an attribute of that name is read of anything.
    pub(super) fn reads_attribute(&self, name: &str) -> bool {
        self.attributes.contains(name)
    }

    /// Says whether tags are read of anything.
    pub(super) fn reads_tags(&self) -> bool {
        self.tags
    }

    fn visit(&mut self, expression: &Expr) {
        note_subjects(expression, Position::Active, &mut self.entities);
        for part in expression.subexpressions() {
            match part.expr_kind() {
                ExprKind::GetAttr { attr, .. } | ExprKind::HasAttr { attr, .. } => {
                    self.attributes.insert(attr.to_string());
                }
                ExprKind::ExtHasAttr { attrs, .. } => {
                    self.attributes.extend(attrs.iter().map(ToString::to_string));
                }
                ExprKind::BinaryApp { op: BinaryOp::GetTag | BinaryOp::HasTag, .. } => self.tags = true,
                _ => {}
            }
        }
    }
}

/// Whether an entity that stands somewhere in an expression could have its record read there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// It could, directly or through what the expression is a part of.
    Active,
    /// It is only compared.
    Compared,
}

/// Collects the entities that an expression names where their records could be read.
///
/// Only what `==` compares, and what stands right of `in`, is left out.
pub(super) fn note_subjects(expression: &Expr, position: Position, found: &mut BTreeSet<Uid>) {
    match expression.expr_kind() {
        ExprKind::Lit(CedarLiteral::EntityUID(uid)) if position == Position::Active => {
            found.insert(value::uid_from_cedar(uid));
        }
        ExprKind::BinaryApp { op: BinaryOp::Eq, arg1, arg2 } => {
            note_subjects(arg1, Position::Compared, found);
            note_subjects(arg2, Position::Compared, found);
        }
        ExprKind::BinaryApp { op: BinaryOp::In, arg1, arg2 } => {
            note_subjects(arg1, Position::Active, found);
            note_subjects(arg2, Position::Compared, found);
        }
        ExprKind::Set(elements) => {
            elements.iter().for_each(|element| note_subjects(element, position, found))
        }
        _ => parts(expression).into_iter().for_each(|part| note_subjects(part, Position::Active, found)),
    }
}

/// What of a slice is not known yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Unknowns {
    /// Attributes that are, or hold, an unknown value.
    pub attributes: BTreeMap<Uid, BTreeMap<String, Value>>,
    /// Tags that are, or hold, an unknown value.
    pub tags: BTreeMap<Uid, BTreeMap<String, Value>>,
    /// The context, where it holds an unknown value.
    pub context: Option<Value>,
}

impl Unknowns {
    /// Says whether everything is known.
    pub(super) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.tags.is_empty() && self.context.is_none()
    }
}

/// The part of a state that a request can read.
pub(super) struct Slice {
    /// In Cedar's form: every entity with all its ancestors as parents; values that are not known
    /// are left out.
    pub entities: Entities,
    /// What was left out.
    pub unknowns: Unknowns,
}

impl Slice {
    /// A slice without entities, for expressions that read the request alone.
    pub(super) fn empty(request: Request<'_>) -> Self {
        let context = request.context.holds_unknown().then(|| request.context.clone());
        Self { entities: Entities::new(), unknowns: Unknowns { context, ..Unknowns::default() } }
    }
}

/// Cuts the slice of a request out of a state.
///
/// Starting from the request's own entities and the entities that policies name where they can be
/// read, it follows every attribute and tag that some policy or change reads. Evaluating any policy
/// of the bundle gives the same on the slice as on the whole state.
pub(super) fn cut(bundle: &Bundle, state: &State, request: Request<'_>) -> Slice {
    let mut unknowns = Unknowns::default();
    if request.context.holds_unknown() {
        unknowns.context = Some(request.context.clone());
    }
    let mut open: Vec<Uid> = vec![request.principal.clone(), request.resource.clone()];
    request.context.for_each_entity(&mut |uid| open.push(uid.clone()));
    open.extend(bundle.interest.entities.iter().cloned());
    let mut seen: BTreeSet<Uid> = BTreeSet::new();
    let mut entities: Vec<ast::Entity> = Vec::new();
    entities.extend(action_entity(bundle, request.action));
    while let Some(uid) = open.pop() {
        if !seen.insert(uid.clone()) {
            continue;
        }
        if uid != *request.action {
            entities.extend(action_entity(bundle, &uid));
        }
        entities.extend(cut_entity(bundle, state, &uid, &mut open, &mut unknowns));
    }
    let entities = Entities::from_entities(
        entities,
        None::<&NoEntitiesSchema>,
        TCComputation::AssumeAlreadyComputed,
        Extensions::all_available(),
    );
    Slice { entities: entities.expect("the entities of a slice are distinct"), unknowns }
}

fn action_entity(bundle: &Bundle, uid: &Uid) -> Option<ast::Entity> {
    let uid: &EntityUID = uid.as_ref();
    bundle.action_entities.get(uid).map(|entity| ast::Entity::clone(entity))
}

fn cut_entity(
    bundle: &Bundle,
    state: &State,
    uid: &Uid,
    open: &mut Vec<Uid>,
    unknowns: &mut Unknowns,
) -> Option<ast::Entity> {
    let entity = state.entity(uid)?;
    let interest = &bundle.interest;
    let read = entity.attributes.iter().filter(|(name, _)| interest.attributes.contains(*name));
    let attributes = known(read, uid, open, &mut unknowns.attributes);
    let tags = match interest.tags {
        true => known(entity.tags.iter(), uid, open, &mut unknowns.tags),
        false => Vec::new(),
    };
    let ancestors: HashSet<EntityUID> =
        state.ancestors(uid).into_iter().map(|uid| uid.clone().into()).collect();
    Some(ast::Entity::new_with_attr_partial_value(
        uid.clone().into(),
        attributes,
        HashSet::new(),
        ancestors,
        tags,
    ))
}

/// The known of some attributes or tags in Cedar's form; notes what they refer to and what is not known.
fn known<'a>(
    values: impl Iterator<Item = (&'a String, &'a Value)>,
    uid: &Uid,
    open: &mut Vec<Uid>,
    unknowns: &mut BTreeMap<Uid, BTreeMap<String, Value>>,
) -> Vec<(smol_str::SmolStr, PartialValue)> {
    let mut cedar_values = Vec::new();
    for (name, value) in values {
        value.for_each_entity(&mut |uid| open.push(uid.clone()));
        if value.holds_unknown() {
            unknowns.entry(uid.clone()).or_default().insert(name.clone(), value.clone());
        }
        if let Some(cedar) = value::to_cedar(value) {
            cedar_values.push((name.as_str().into(), PartialValue::from(cedar)));
        }
    }
    cedar_values
}
