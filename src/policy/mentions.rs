//! The constants that policies name, and the parameters that an operation's changes read.

use std::collections::BTreeSet;

use cedar_policy_core::ast::{self, Expr, ExprKind, PolicyID, ValueKind, Var};

use super::bundle::Bundle;
use super::value;
use crate::model::{Uid, Value};

/// The texts, numbers, entities and sets of them that some policies name, scopes included.
///
/// They come by policy and in the order in which the policy names them, each once. A set stands for
/// itself and for each of its elements: of `["contact", "device"]` come three values.
pub fn constants<'a>(bundle: &Bundle, policies: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    let wanted: BTreeSet<PolicyID> = policies.into_iter().map(PolicyID::from_string).collect();
    let mut found = Vec::new();
    for template in wanted.iter().filter_map(|id| bundle.set.get_template_arc(id)) {
        collect(&template.principal_constraint().as_expr(), &mut found);
        collect(&template.resource_constraint().as_expr(), &mut found);
        if let Some(condition) = template.non_scope_constraints() {
            collect(condition, &mut found);
        }
    }
    found
}

fn collect(expression: &Expr, found: &mut Vec<Value>) {
    let mut add = |value: Value| {
        if !found.contains(&value) {
            found.push(value);
        }
    };
    for part in expression.subexpressions() {
        match part.expr_kind() {
            ExprKind::Lit(literal) => {
                add(value::from_cedar(&ast::Value::new(ValueKind::Lit(literal.clone()), None)));
            }
            ExprKind::Set(elements) => {
                let literals = elements.iter().map(|element| match element.expr_kind() {
                    ExprKind::Lit(literal) => Some(ast::Value::new(ValueKind::Lit(literal.clone()), None)),
                    _ => None,
                });
                if let Some(literals) = literals.collect::<Option<Vec<_>>>() {
                    let elements: Vec<Value> = literals.iter().map(value::from_cedar).collect();
                    elements.iter().cloned().for_each(&mut add);
                    add(Value::set(elements));
                }
            }
            _ => {}
        }
    }
}

/// The fields of the context that the conditions of some policies read; nothing where one of them reads
/// the context as a whole.
pub fn context_fields<'a>(
    bundle: &Bundle,
    policies: impl IntoIterator<Item = &'a str>,
) -> Option<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for id in policies {
        let template = bundle.set.get_template_arc(&PolicyID::from_string(id))?;
        let Some(condition) = template.non_scope_constraints() else { continue };
        let uses = condition.subexpressions().filter(|part| is_context(part)).count();
        let mut fields = 0;
        for part in condition.subexpressions() {
            if let Some(field) = field_of_context(part) {
                found.insert(field);
                fields += 1;
            }
        }
        (uses == fields).then_some(())?;
    }
    Some(found)
}

/// The fields of the context that the changes of an action read.
pub fn parameters(bundle: &Bundle, action: &Uid) -> BTreeSet<String> {
    let changes = bundle.operation(action).into_iter().flat_map(|operation| &operation.changes);
    let mut found = BTreeSet::new();
    for expression in changes.flat_map(|change| change.expressions()) {
        found.extend(expression.cedar.subexpressions().filter_map(field_of_context));
    }
    found
}

/// The field, where an expression reads one of the context.
fn field_of_context(expression: &Expr) -> Option<String> {
    match expression.expr_kind() {
        ExprKind::GetAttr { expr, attr } | ExprKind::HasAttr { expr, attr } if is_context(expr) => {
            Some(attr.to_string())
        }
        ExprKind::ExtHasAttr { expr, attrs } if is_context(expr) => Some(attrs.first().to_string()),
        _ => None,
    }
}

fn is_context(expression: &Expr) -> bool {
    matches!(expression.expr_kind(), ExprKind::Var(Var::Context))
}
