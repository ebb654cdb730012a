//! Evaluates what of a policy does not depend on the principal, and keeps the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::ast::{
    BinaryOp, Effect as CedarEffect, Expr, ExprKind, Literal, Policy, SlotEnv, UnaryOp, Value as CedarValue,
    ValueKind, Var,
};

use super::super::bundle::{Bundle, Effect};
use super::super::request::Request;
use super::super::slice::Slice;
use super::super::unknown::{self, Stop};
use super::super::value;
use super::PolicyCondition;
use super::formula::{Atom, Formula};
use crate::model::{State, Uid};

/// When an expression is true and when it is false; where neither, evaluating it fails.
#[derive(Clone)]
struct Truth {
    yes: Formula,
    no: Formula,
}

impl Truth {
    fn of(value: bool) -> Self {
        Self { yes: Formula::Constant(value), no: Formula::Constant(!value) }
    }

    fn fails() -> Self {
        Self { yes: Formula::Constant(false), no: Formula::Constant(false) }
    }

    fn atom(atom: Atom) -> Self {
        let yes = Formula::Atom(atom);
        Self { no: yes.clone().negated(), yes }
    }

    /// Cedar's `&&`: what follows a false part is not evaluated.
    fn and(self, next: Truth) -> Self {
        let no = Formula::or([self.no, Formula::and([self.yes.clone(), next.no])]);
        Self { yes: Formula::and([self.yes, next.yes]), no }
    }

    fn or(self, next: Truth) -> Self {
        self.negated().and(next.negated()).negated()
    }

    fn negated(self) -> Self {
        Self { yes: self.no, no: self.yes }
    }
}

/// A walk over the policies for one request.
pub(super) struct Walk<'a> {
    bundle: &'a Bundle,
    state: &'a State,
    slice: &'a Slice,
    request: Request<'a>,
    /// The expressions of the conditions that have no form of their own.
    pub others: BTreeMap<Arc<str>, Expr>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(bundle: &'a Bundle, state: &'a State, slice: &'a Slice, request: Request<'a>) -> Self {
        Self { bundle, state, slice, request, others: BTreeMap::new() }
    }

    /// What a policy asks of the principal.
    pub(super) fn policy(&mut self, policy: &Policy) -> PolicyCondition {
        let slots = policy.env();
        let scope = [
            policy.principal_constraint().as_expr(),
            policy.action_constraint().as_expr(),
            policy.resource_constraint().as_expr(),
        ];
        let mut clauses = Vec::new();
        if let Some(condition) = policy.non_scope_constraints() {
            split(condition, &mut clauses);
        }
        let mut all = Truth::of(true);
        for part in &scope {
            all = all.and(self.truth(part, slots));
        }
        let mut about = vec![all.yes.clone()];
        let mut lifted_by_others = false;
        for clause in clauses {
            let truth = self.truth(clause, slots);
            match unless(clause) {
                Some(lifts) => lifted_by_others |= names_others(lifts),
                None => about.push(truth.yes.clone()),
            }
            all = all.and(truth);
        }
        let effect = if policy.effect() == CedarEffect::Permit { Effect::Permit } else { Effect::Forbid };
        let decides = if effect == Effect::Permit { all.yes } else { all.no.negated() };
        PolicyCondition {
            id: policy.id().to_string(),
            effect,
            decides,
            about: Formula::and(about),
            lifted_by_others,
        }
    }

    fn truth(&mut self, expression: &Expr, slots: &SlotEnv) -> Truth {
        if !on_principal(expression) {
            return match self.value(expression, slots) {
                Ok(value) => truth_value(&value).map_or_else(Truth::fails, Truth::of),
                Err(Stop::Failed(_)) => Truth::fails(),
                Err(Stop::Read(what)) => Truth::atom(Atom::Unknown(what.into())),
            };
        }
        match expression.expr_kind() {
            ExprKind::And { left, right } => self.truth(left, slots).and(self.truth(right, slots)),
            ExprKind::Or { left, right } => self.truth(left, slots).or(self.truth(right, slots)),
            ExprKind::UnaryApp { op: UnaryOp::Not, arg } => self.truth(arg, slots).negated(),
            ExprKind::If { test_expr, then_expr, else_expr } => {
                let test = self.truth(test_expr, slots);
                let (then, other) = (self.truth(then_expr, slots), self.truth(else_expr, slots));
                let either = |then: Formula, other: Formula| {
                    Formula::or([
                        Formula::and([test.yes.clone(), then]),
                        Formula::and([test.no.clone(), other]),
                    ])
                };
                Truth { yes: either(then.yes, other.yes), no: either(then.no, other.no) }
            }
            ExprKind::Is { expr, entity_type } if is_principal(expr) => {
                self.of_type(entity_type.clone().into())
            }
            ExprKind::BinaryApp { op: BinaryOp::In, arg1, arg2 }
                if is_principal(arg1) && !on_principal(arg2) =>
            {
                self.in_any(arg2, slots)
            }
            ExprKind::BinaryApp { op: BinaryOp::Eq, arg1, arg2 }
                if is_principal(arg1) && !on_principal(arg2) =>
            {
                self.same_as(arg2, slots)
            }
            ExprKind::BinaryApp { op: BinaryOp::Eq, arg1, arg2 }
                if is_principal(arg2) && !on_principal(arg1) =>
            {
                self.same_as(arg1, slots)
            }
            _ => self.other(expression, slots),
        }
    }

    /// A type that the action asks for is no condition where it is the only one.
    fn of_type(&self, name: crate::model::TypeName) -> Truth {
        let types = self.bundle.schema.actions.get(self.request.action).map(|action| &action.principals);
        match types {
            Some(types) if !types.contains(&name) => Truth::of(false),
            Some(types) if types.len() == 1 => Truth::of(true),
            _ => Truth::atom(Atom::OfType(name)),
        }
    }

    fn in_any(&mut self, groups: &Expr, slots: &SlotEnv) -> Truth {
        let groups = match self.value(groups, slots) {
            Ok(value) => value,
            Err(Stop::Failed(_)) => return Truth::fails(),
            Err(Stop::Read(what)) => return Truth::atom(Atom::Unknown(what.into())),
        };
        let Some(groups) = entities(&groups) else { return Truth::fails() };
        let conditions =
            groups.into_iter().filter(|group| self.exists(group)).map(|group| Formula::Atom(Atom::In(group)));
        let yes = Formula::or(conditions);
        Truth { no: yes.clone().negated(), yes }
    }

    fn same_as(&mut self, other: &Expr, slots: &SlotEnv) -> Truth {
        match self.value(other, slots) {
            Ok(value) => match entities(&value).as_deref() {
                Some([uid]) if self.may_be_principal(uid) => Truth::atom(Atom::Is(uid.clone())),
                _ => Truth::of(false),
            },
            Err(Stop::Failed(_)) => Truth::fails(),
            Err(Stop::Read(what)) => Truth::atom(Atom::Unknown(what.into())),
        }
    }

    fn other(&mut self, expression: &Expr, slots: &SlotEnv) -> Truth {
        match self.concrete(expression, slots) {
            Ok(concrete) => {
                let text: Arc<str> = concrete.to_string().into();
                self.others.insert(Arc::clone(&text), concrete);
                Truth::atom(Atom::Other(text))
            }
            Err(Stop::Failed(_)) => Truth::fails(),
            Err(Stop::Read(what)) => Truth::atom(Atom::Unknown(what.into())),
        }
    }

    /// The expression with the value of every part that does not depend on the principal.
    fn concrete(&self, expression: &Expr, slots: &SlotEnv) -> Result<Expr, Stop> {
        if !on_principal(expression) {
            return Ok(Expr::from(self.value(expression, slots)?));
        }
        let inner = |part: &Expr| self.concrete(part, slots);
        Ok(match expression.expr_kind() {
            ExprKind::UnaryApp { op, arg } => Expr::unary_app(*op, inner(arg)?),
            ExprKind::BinaryApp { op, arg1, arg2 } => Expr::binary_app(*op, inner(arg1)?, inner(arg2)?),
            ExprKind::GetAttr { expr, attr } => Expr::get_attr(inner(expr)?, attr.clone()),
            ExprKind::HasAttr { expr, attr } => Expr::has_attr(inner(expr)?, attr.clone()),
            ExprKind::Like { expr, pattern } => Expr::like(inner(expr)?, pattern.clone()),
            ExprKind::Is { expr, entity_type } => Expr::is_entity_type(inner(expr)?, entity_type.clone()),
            ExprKind::Set(parts) => Expr::set(parts.iter().map(inner).collect::<Result<Vec<_>, _>>()?),
            ExprKind::ExtensionFunctionApp { fn_name, args } => {
                let args = args.iter().map(inner).collect::<Result<Vec<_>, _>>()?;
                Expr::call_extension_fn(fn_name.clone(), args)
            }
            _ => expression.clone(),
        })
    }

    fn value(&self, expression: &Expr, slots: &SlotEnv) -> Result<CedarValue, Stop> {
        unknown::whole_value(self.slice, self.request, expression, slots)
    }

    fn exists(&self, uid: &Uid) -> bool {
        self.state.contains(uid) || self.bundle.schema.enumerates(uid)
    }

    fn may_be_principal(&self, uid: &Uid) -> bool {
        let types = self.bundle.schema.actions.get(self.request.action).map(|action| &action.principals);
        self.exists(uid) && types.is_none_or(|types| types.contains(uid.type_name()))
    }
}

/// The clauses of a condition: what is joined by `&&` at its top.
fn split<'e>(condition: &'e Expr, clauses: &mut Vec<&'e Expr>) {
    let mut open = vec![condition];
    while let Some(expression) = open.pop() {
        match expression.expr_kind() {
            ExprKind::And { left, right } => open.extend([right.as_ref(), left.as_ref()]),
            _ => clauses.push(expression),
        }
    }
}

/// What is in an `unless`. Cedar's form is a negation that stands where the clause does.
fn unless(clause: &Expr) -> Option<&Expr> {
    let text = clause.source_loc().and_then(|place| place.snippet()).unwrap_or_default();
    match clause.expr_kind() {
        ExprKind::UnaryApp { op: UnaryOp::Not, arg } if text.starts_with("unless") => Some(arg),
        _ => None,
    }
}

/// Says whether something that does not depend on the principal can make an expression true.
fn names_others(expression: &Expr) -> bool {
    if !on_principal(expression) {
        return !matches!(expression.expr_kind(), ExprKind::Lit(_));
    }
    match expression.expr_kind() {
        ExprKind::And { left, right } | ExprKind::Or { left, right } => {
            names_others(left) || names_others(right)
        }
        ExprKind::UnaryApp { op: UnaryOp::Not, arg } => names_others(arg),
        ExprKind::If { test_expr, then_expr, else_expr } => {
            [test_expr, then_expr, else_expr].into_iter().any(|part| names_others(part))
        }
        _ => false,
    }
}

fn on_principal(expression: &Expr) -> bool {
    expression.subexpressions().any(is_principal)
}

fn is_principal(expression: &Expr) -> bool {
    matches!(expression.expr_kind(), ExprKind::Var(Var::Principal))
}

fn truth_value(value: &CedarValue) -> Option<bool> {
    match value.value_kind() {
        ValueKind::Lit(Literal::Bool(truth)) => Some(*truth),
        _ => None,
    }
}

/// The entity that a value is, or the entities of a set.
fn entities(value: &CedarValue) -> Option<Vec<Uid>> {
    match value.value_kind() {
        ValueKind::Lit(Literal::EntityUID(uid)) => Some(vec![value::uid_from_cedar(uid)]),
        ValueKind::Set(elements) => {
            elements.iter().map(|element| entities(element).and_then(|mut one| one.pop())).collect()
        }
        _ => None,
    }
}
