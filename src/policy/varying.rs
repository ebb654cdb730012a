//! Whether what an operation writes depends on the state it is done in.

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Var};

use super::bundle::Bundle;
use super::catalogue::{Change, Kind};
use super::expression::Expression;
use super::reads::parts;
use crate::model::Uid;

/// Says whether the cells that an action writes can differ between states.
///
/// Where they cannot, an action writes the same cells in every state, or none. What a condition decides
/// is left aside, because it only decides between the two.
pub fn writes_vary(bundle: &Bundle, action: &Uid) -> bool {
    bundle.operation(action).is_some_and(|operation| operation.changes.iter().any(varies))
}

fn varies(change: &Change) -> bool {
    let named = |expression: &Expression| !reads_only_the_request(&expression.cedar);
    match &change.kind {
        Kind::Create { id, .. } => named(id),
        // What is in the entity, and which links name it, is for the state to say.
        Kind::Delete(_) => true,
        Kind::Set(entity, ..) | Kind::Unset(entity, _) => named(entity),
        Kind::Add(entity, _, value) | Kind::Remove(entity, _, value) => named(entity) || named(value),
        Kind::Join(child, parent) | Kind::Leave(child, parent) => named(child) || named(parent),
        Kind::Link(_, principal, resource) | Kind::Unlink(_, principal, resource) => {
            principal.iter().chain(resource).any(named)
        }
    }
}

/// Says whether an expression has the same value in every state.
///
/// A path into the context is taken for one that leads on through an entity, unless it is one step long.
fn reads_only_the_request(expression: &Expr) -> bool {
    let is_context = |expr: &Expr| matches!(expr.expr_kind(), ExprKind::Var(Var::Context));
    match expression.expr_kind() {
        ExprKind::GetAttr { expr, .. } | ExprKind::HasAttr { expr, .. } => is_context(expr),
        ExprKind::ExtHasAttr { .. } => false,
        ExprKind::BinaryApp { op: BinaryOp::In | BinaryOp::GetTag | BinaryOp::HasTag, .. } => false,
        ExprKind::Lit(_) | ExprKind::Var(_) => true,
        ExprKind::Slot(_) | ExprKind::Unknown(_) => false,
        _ => parts(expression).into_iter().all(reads_only_the_request),
    }
}
