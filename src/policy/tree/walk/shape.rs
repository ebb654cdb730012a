//! What Cedar's expressions are made of, and what its rewriting has made of the text.

use std::ops::Range;

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal as CedarLiteral, UnaryOp};
use cedar_policy_core::parser::Loc;

use crate::policy::tree::Form;

/// An expression as it stands in the text: the last members of its chain may belong to what is around it.
#[derive(Clone, Copy)]
pub(super) struct Spot<'e> {
    pub(super) expression: &'e Expr,
    pub(super) dropped: usize,
}

impl<'e> Spot<'e> {
    pub(super) fn of(expression: &'e Expr) -> Self {
        Self { expression, dropped: 0 }
    }
}

pub(super) fn whole(expression: &Expr) -> Option<Range<usize>> {
    expression.source_loc().map(|loc| loc.start()..loc.end())
}

fn place(expression: &Expr) -> Option<(usize, usize)> {
    expression.source_loc().map(|loc: &Loc| (loc.start(), loc.end()))
}

/// Says whether a negation is how Cedar writes `!=`, `>` or `>=`: both have the same place.
pub(super) fn is_rewritten(negation: &Expr, argument: &Expr) -> bool {
    let comparison = matches!(
        argument.expr_kind(),
        ExprKind::BinaryApp { op: BinaryOp::Eq | BinaryOp::Less | BinaryOp::LessEq, .. }
    );
    comparison && place(negation).is_some() && place(negation) == place(argument)
}

/// The two questions that Cedar makes of `x is T in e`; both have the place of the whole.
pub(super) fn is_in(expression: &Expr) -> Option<(&Expr, &Expr)> {
    let ExprKind::And { left, right } = expression.expr_kind() else { return None };
    let is_one = matches!(left.expr_kind(), ExprKind::Is { .. })
        && matches!(right.expr_kind(), ExprKind::BinaryApp { op: BinaryOp::In, .. })
        && place(left).is_some()
        && place(left) == place(right);
    is_one.then_some((left, right))
}

/// The operands of `a && b && c`, which Cedar nests to the left.
pub(super) fn operands_of_chain(expression: &Expr, form: Form) -> Vec<&Expr> {
    let mut operands = Vec::new();
    let mut rest = expression;
    loop {
        match (rest.expr_kind(), form) {
            _ if is_in(rest).is_some() => break,
            (ExprKind::And { left, right }, Form::All) | (ExprKind::Or { left, right }, Form::Any) => {
                operands.push(right.as_ref());
                rest = left;
            }
            _ => break,
        }
    }
    operands.push(rest);
    operands.reverse();
    operands
}

/// Says whether an operand is more than a name, a literal, an attribute or a list of these.
pub(super) fn is_compound(expression: &Expr) -> bool {
    match expression.expr_kind() {
        ExprKind::Lit(_) | ExprKind::Var(_) | ExprKind::Slot(_) => false,
        ExprKind::GetAttr { expr, .. } => is_compound(expr),
        ExprKind::BinaryApp { op: BinaryOp::GetTag, arg1, arg2 } => is_compound(arg1) || is_compound(arg2),
        ExprKind::Set(elements) => elements.iter().any(is_compound),
        ExprKind::ExtensionFunctionApp { args, .. } => args
            .iter()
            .any(|argument| !matches!(argument.expr_kind(), ExprKind::Lit(CedarLiteral::String(_)))),
        _ => true,
    }
}

/// The operands of an expression that is no truth table, in the order in which Cedar evaluates them.
pub(super) fn operands(spot: Spot<'_>) -> Vec<Spot<'_>> {
    let expression = spot.expression;
    // A receiver has the place of the whole chain; `members` of it belong to the call.
    let receiver = |inner: &Expr, members: usize| match place(inner) == place(expression) {
        true => spot.dropped + members,
        false => 0,
    };
    if let Some((_, membership)) = is_in(expression) {
        return operands(Spot::of(membership));
    }
    match expression.expr_kind() {
        ExprKind::UnaryApp { op: UnaryOp::IsEmpty, arg } => {
            vec![Spot { expression: arg, dropped: receiver(arg, 2) }]
        }
        ExprKind::UnaryApp { arg, .. } => vec![Spot::of(arg)],
        ExprKind::BinaryApp { op, arg1, arg2 } => {
            let members = if is_method(*op) { 2 } else { 0 };
            vec![Spot { expression: arg1, dropped: receiver(arg1, members) }, Spot::of(arg2)]
        }
        ExprKind::GetAttr { expr, .. } => vec![Spot { expression: expr, dropped: receiver(expr, 1) }],
        ExprKind::HasAttr { expr, .. } | ExprKind::ExtHasAttr { expr, .. } => vec![Spot::of(expr)],
        ExprKind::Like { expr, .. } | ExprKind::Is { expr, .. } => vec![Spot::of(expr)],
        ExprKind::ExtensionFunctionApp { args, .. } => args
            .iter()
            .map(|argument| Spot { expression: argument, dropped: receiver(argument, 2) })
            .collect(),
        ExprKind::Set(elements) => elements.iter().map(Spot::of).collect(),
        ExprKind::Record(fields) => fields.values().map(Spot::of).collect(),
        _ => Vec::new(),
    }
}

fn is_method(op: BinaryOp) -> bool {
    use BinaryOp::{Contains, ContainsAll, ContainsAny, GetTag, HasTag};
    matches!(op, Contains | ContainsAll | ContainsAny | GetTag | HasTag)
}
