//! Which memberships policies and changes ask for: what has to be in what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal, Template, Var};

use super::cell::Cell;
use super::request::Request;
use super::value;
use crate::model::{State, Uid, Value};

/// The memberships that policies and changes ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Memberships {
    /// What has to be in what.
    asked: Vec<(Arc<Expr>, Arc<Expr>)>,
    /// What has to be in an argument of a link of the template.
    of_templates: Vec<(Arc<Expr>, String)>,
}

impl Memberships {
    /// Notes an `in` of a condition or a change.
    pub(super) fn note(&mut self, left: &Arc<Expr>, right: &Arc<Expr>) {
        // The groups of actions are the schema's.
        if !matches!(left.expr_kind(), ExprKind::Var(Var::Action)) {
            self.asked.push((Arc::clone(left), Arc::clone(right)));
        }
    }

    /// Notes the scope of a policy or template.
    pub(super) fn note_scope(&mut self, id: &str, template: &Template) {
        self.note_constraint(id, &template.principal_constraint().as_expr());
        self.note_constraint(id, &template.resource_constraint().as_expr());
    }

    fn note_constraint(&mut self, id: &str, constraint: &Expr) {
        match constraint.expr_kind() {
            ExprKind::And { left, right } => {
                self.note_constraint(id, left);
                self.note_constraint(id, right);
            }
            ExprKind::BinaryApp { op: BinaryOp::In, arg1, arg2 } => match arg2.expr_kind() {
                ExprKind::Slot(_) => {
                    self.of_templates.push((Arc::clone(arg1), id.to_owned()));
                }
                _ => self.note(arg1, arg2),
            },
            _ => {}
        }
    }

    /// What of the hierarchy a request depends on in a state; nothing where it takes Cedar to find out.
    pub(super) fn cells(&self, state: &State, request: Request<'_>) -> Option<Vec<Cell>> {
        let mut targets: BTreeMap<Uid, BTreeSet<Uid>> = BTreeMap::new();
        for (left, right) in &self.asked {
            let right = entities(state, request, right)?;
            for uid in entities(state, request, left)? {
                targets.entry(uid).or_default().extend(right.iter().cloned());
            }
        }
        let mut found = Vec::new();
        for (uid, targets) in targets.into_iter().filter(|(_, targets)| !targets.is_empty()) {
            found.push(Cell::Inside(uid, Arc::new(targets)));
        }
        for (left, template) in &self.of_templates {
            let entities = entities(state, request, left)?;
            found.extend(entities.into_iter().map(|uid| Cell::InsideArgument(uid, template.clone())));
        }
        Some(found)
    }
}

/// The entities that a side of an `in` stands for; nothing where it takes Cedar to find out.
fn entities(state: &State, request: Request<'_>, side: &Expr) -> Option<BTreeSet<Uid>> {
    let mut found = BTreeSet::new();
    for value in values(state, request, side)? {
        if value.holds_unknown() {
            return None;
        }
        value.for_each_entity(&mut |uid| {
            found.insert(uid.clone());
        });
    }
    Some(found)
}

/// The value of an expression, or none where reading it fails; nothing where it takes Cedar to find out.
fn values(state: &State, request: Request<'_>, expression: &Expr) -> Option<Vec<Value>> {
    let entity = |uid: &Uid| Some(vec![Value::Entity(uid.clone())]);
    match expression.expr_kind() {
        ExprKind::Lit(Literal::EntityUID(uid)) => entity(&value::uid_from_cedar(uid)),
        ExprKind::Var(Var::Principal) => entity(request.principal),
        ExprKind::Var(Var::Resource) => entity(request.resource),
        ExprKind::Var(Var::Context) => Some(vec![request.context.clone()]),
        ExprKind::Set(elements) => {
            let each = elements.iter().map(|element| values(state, request, element));
            Some(each.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
        }
        ExprKind::GetAttr { expr, attr } => {
            let mut found = Vec::new();
            for owner in values(state, request, expr)? {
                let field = match &owner {
                    Value::Record(fields) => fields.get(attr.as_str()).cloned(),
                    Value::Entity(uid) => {
                        state.entity(uid).and_then(|entity| entity.attributes.get(attr.as_str()).cloned())
                    }
                    _ => return None,
                };
                found.extend(field);
            }
            Some(found)
        }
        ExprKind::BinaryApp { op: BinaryOp::GetTag, arg1, arg2 } => {
            let ExprKind::Lit(Literal::String(tag)) = arg2.expr_kind() else { return None };
            let mut found = Vec::new();
            for owner in values(state, request, arg1)? {
                let Value::Entity(uid) = &owner else { return None };
                found.extend(state.entity(uid).and_then(|entity| entity.tags.get(tag.as_str()).cloned()));
            }
            Some(found)
        }
        _ => None,
    }
}
