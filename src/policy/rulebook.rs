//! The policies of a bundle as rules: their scopes taken apart, their conditions each kept once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cedar_policy_core::ast::{
    ActionConstraint, EntityReference, EntityUID, Expr, PolicyID, PolicySet, PrincipalOrResourceConstraint,
};

use foldhash::fast::FixedState;

use super::bundle::{Effect, Policy};
use super::shape::{self, Shape};
use super::term::{self, Literals, Term};
use super::value;
use crate::document::Level;
use crate::model::{Schema, TypeName, Uid};

/// Everything about the policies of a bundle that no state changes.
#[derive(Debug, Default)]
pub(super) struct Rulebook {
    /// The policies and templates, in the order of their ids.
    pub entries: Vec<Entry>,
    /// The distinct conditions.
    pub conditions: Vec<Condition>,
    /// The entities that scopes and conditions name.
    pub literals: Literals,
    by_id: HashMap<Arc<str>, usize>,
    actions: HashMap<Uid, usize, FixedState>,
    action_names: Vec<Uid>,
    action_sets: Vec<Vec<bool>>,
}

/// A policy or a template.
#[derive(Debug)]
pub(super) struct Entry {
    pub id: Arc<str>,
    pub effect: Effect,
    pub level: Level,
    pub is_prerequisite: bool,
    pub is_template: bool,
    pub principal: Side,
    pub resource: Side,
    /// The number of the set of actions that it covers.
    pub actions: usize,
    /// The number of its condition, where it has one.
    pub condition: Option<usize>,
}

/// One side of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Side {
    /// The type that it asks for.
    pub of_type: Option<TypeName>,
    /// The entity that it names.
    pub names: Option<(Bond, Named)>,
}

/// How one side of a scope is tied to the entity that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bond {
    /// It is the entity.
    Is,
    /// It is the entity or in it.
    In,
}

/// The entity that one side of a scope names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By its place among the literals.
    Literal(usize),
    /// The argument of a link.
    Slot,
}

/// What follows the scope of a policy.
#[derive(Debug)]
pub(super) struct Condition {
    pub cedar: Arc<Expr>,
    /// Its quick form, where it has one.
    pub term: Option<Term>,
}

impl Rulebook {
    /// Takes the policies of a set apart.
    pub(super) fn of(set: &PolicySet, policies: &BTreeMap<String, Policy>, schema: &Schema) -> Self {
        let action_names: Vec<Uid> = schema.actions.keys().cloned().collect();
        let actions = action_names.iter().cloned().enumerate().map(|(number, uid)| (uid, number)).collect();
        let mut book = Self { actions, action_names, ..Self::default() };
        let mut conditions: HashMap<Shape, usize> = HashMap::new();
        let mut action_sets: HashMap<Vec<bool>, usize> = HashMap::new();
        for policy in policies.values() {
            let Some(template) = set.get_template(&PolicyID::from_string(&policy.id)) else { continue };
            let condition = template
                .non_scope_constraints_arc()
                .map(|condition| book.condition(condition, &mut conditions));
            let covered = covered(template.action_constraint(), schema);
            let next = book.action_sets.len();
            let actions = *action_sets.entry(covered).or_insert_with_key(|covered| {
                book.action_sets.push(covered.clone());
                next
            });
            let id: Arc<str> = policy.id.as_str().into();
            book.by_id.insert(Arc::clone(&id), book.entries.len());
            let entry = Entry {
                id,
                effect: policy.effect,
                level: policy.level,
                is_prerequisite: policy.is_prerequisite(),
                is_template: !policy.slots.is_empty(),
                principal: book.side(template.principal_constraint().as_inner()),
                resource: book.side(template.resource_constraint().as_inner()),
                actions,
                condition,
            };
            book.entries.push(entry);
        }
        book
    }

    fn condition(&mut self, cedar: &Arc<Expr>, known: &mut HashMap<Shape, usize>) -> usize {
        let next = self.conditions.len();
        *known.entry(shape::exact(cedar)).or_insert_with(|| {
            let term = term::compile(cedar, &mut self.literals);
            self.conditions.push(Condition { cedar: Arc::clone(cedar), term });
            next
        })
    }

    fn side(&mut self, constraint: &PrincipalOrResourceConstraint) -> Side {
        use PrincipalOrResourceConstraint::{Any, Eq, In, Is, IsIn};
        let (of_type, names) = match constraint {
            Any => (None, None),
            Is(name) => (Some(name), None),
            Eq(named) => (None, Some((Bond::Is, named))),
            In(named) => (None, Some((Bond::In, named))),
            IsIn(name, named) => (Some(name), Some((Bond::In, named))),
        };
        let named = |named: &EntityReference, literals: &mut Literals| match named {
            EntityReference::EUID(uid) => Named::Literal(literals.place(value::uid_from_cedar(uid))),
            EntityReference::Slot(_) => Named::Slot,
        };
        Side {
            of_type: of_type.map(|name| name.as_ref().clone().into()),
            names: names.map(|(bond, reference)| (bond, named(reference, &mut self.literals))),
        }
    }

    /// The number of an action of the schema.
    pub(super) fn action(&self, uid: &Uid) -> Option<usize> {
        self.actions.get(uid).copied()
    }

    /// The actions of the schema, by number.
    pub(super) fn actions(&self) -> impl Iterator<Item = &Uid> {
        self.action_names.iter()
    }

    /// Says whether a set of actions holds one.
    pub(super) fn covers(&self, actions: usize, action: usize) -> bool {
        self.action_sets.get(actions).and_then(|covered| covered.get(action)).copied().unwrap_or_default()
    }

    /// The number of the policy or template with an id.
    pub(super) fn entry(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }
}

/// For each action of the schema, whether a scope covers it.
fn covered(constraint: &ActionConstraint, schema: &Schema) -> Vec<bool> {
    let is = |named: &EntityUID, action: &Uid| AsRef::<EntityUID>::as_ref(action) == named;
    let covers = |action: &Uid, groups: &std::collections::BTreeSet<Uid>| match constraint {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(named) => is(named, action),
        ActionConstraint::In(named) => {
            named.iter().any(|named| is(named, action) || groups.iter().any(|group| is(named, group)))
        }
    };
    schema.actions.iter().map(|(uid, action)| covers(uid, &action.ancestors)).collect()
}
