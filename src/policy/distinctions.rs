//! What can tell two entities apart in the decisions about one action.

use std::collections::BTreeSet;

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal as CedarLiteral, PolicyID, Var};

use super::bundle::Bundle;
use super::evaluate::policies_for;
use super::value;
use crate::document::Level;
use crate::model::Uid;

/// What the permits and the hard and soft forbids for one action look at; prerequisites are left aside.
///
/// Two entities of one type that agree in all of it, and that nothing mentions, get the same decisions:
/// to swap them changes nothing that these policies can see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distinctions {
    /// The names of all attributes that are read.
    pub attributes: BTreeSet<String>,
    /// Whether tags are read.
    pub tags: bool,
    /// The entities that the policies name.
    pub named: BTreeSet<Uid>,
    /// Whether something is asked to be in an entity that no policy names, as in
    /// `principal in resource.owners`.
    pub any_ancestor: bool,
    /// Whether attributes, tags or ancestors of entities in the context are read.
    pub context: bool,
}

impl Distinctions {
    fn visit(&mut self, expression: &Expr) {
        for part in expression.subexpressions() {
            match part.expr_kind() {
                ExprKind::Lit(CedarLiteral::EntityUID(uid)) => {
                    self.named.insert(value::uid_from_cedar(uid));
                }
                ExprKind::GetAttr { attr, .. } | ExprKind::HasAttr { attr, .. } => {
                    self.attributes.insert(attr.to_string());
                }
                ExprKind::ExtHasAttr { attrs, .. } => {
                    self.attributes.extend(attrs.iter().map(ToString::to_string));
                }
                ExprKind::BinaryApp { op: BinaryOp::GetTag | BinaryOp::HasTag, .. } => self.tags = true,
                ExprKind::BinaryApp { op: BinaryOp::In, arg2, .. } => self.any_ancestor |= !is_named(arg2),
                _ => {}
            }
            self.context |= reads_context(part);
        }
    }
}

/// Says whether an expression looks at an entity that comes from the context.
fn reads_context(expression: &Expr) -> bool {
    let subject = match expression.expr_kind() {
        ExprKind::GetAttr { expr, .. }
        | ExprKind::HasAttr { expr, .. }
        | ExprKind::ExtHasAttr { expr, .. } => expr,
        ExprKind::BinaryApp { op: BinaryOp::In | BinaryOp::GetTag | BinaryOp::HasTag, arg1, .. } => arg1,
        _ => return false,
    };
    let is_context = |part: &Expr| matches!(part.expr_kind(), ExprKind::Var(Var::Context));
    !is_context(subject) && subject.subexpressions().any(is_context)
}

/// Says whether an expression is an entity that a policy or a link names, or a set of such.
fn is_named(expression: &Expr) -> bool {
    match expression.expr_kind() {
        ExprKind::Lit(_) | ExprKind::Slot(_) => true,
        ExprKind::Set(elements) => elements.iter().all(is_named),
        _ => false,
    }
}

/// Looks at every policy that has a say in the rights to an action.
pub fn distinctions(bundle: &Bundle, action: &Uid) -> Distinctions {
    let mut found = Distinctions::default();
    for policy in policies_for(bundle, action) {
        if policy.is_prerequisite() || policy.level == Level::Advisory {
            continue;
        }
        if let Some(template) = bundle.set.get_template(&PolicyID::from_string(&policy.id)) {
            found.visit(&template.condition());
        }
    }
    found
}
