//! One policy's expressions, each part evaluated by Cedar itself.

mod reads;
mod scope;
mod shape;

use std::ops::Range;

use cedar_policy_core::ast::{self, BinaryOp, Expr, ExprKind, SlotEnv, Template, UnaryOp};
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use super::syntax::{Syntax, one_line};
use super::{Clause, ClauseKind, Evaluation, Form, Membership, Part, split};
use crate::model::{State, Uid, Value};
use crate::policy::request::Request;
use crate::policy::slice::Slice;
use crate::policy::{diagnose, unknown, value};
use crate::source::{SourceId, Span};
use shape::{Spot, is_compound, is_in, is_rewritten, operands, operands_of_chain, whole};

/// How deep parts are taken apart; what lies deeper is shown as a whole.
const MAX_DEPTH: usize = 48;

/// Whether Cedar gets to a part at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    Yes,
    No,
}

/// Takes the expressions of one policy apart.
pub(super) struct Walker<'a> {
    evaluator: Evaluator<'a>,
    slice: &'a Slice,
    state: &'a State,
    request: Request<'a>,
    slots: &'a SlotEnv,
    source: SourceId,
    syntax: &'a Syntax,
}

impl<'a> Walker<'a> {
    pub(super) fn new(
        slice: &'a Slice,
        state: &'a State,
        request: Request<'a>,
        slots: &'a SlotEnv,
        source: SourceId,
        syntax: &'a Syntax,
    ) -> Self {
        let evaluator = Evaluator::new(request.to_cedar(), &slice.entities, Extensions::all_available());
        Self { evaluator, slice, state, request, slots, source, syntax }
    }

    /// What Cedar says of a whole policy.
    pub(super) fn whole(&self, policy: &ast::Policy) -> Result<bool, ()> {
        self.evaluator.evaluate(policy).map_err(|_| ())
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range.start, range.end)
    }

    /// The clauses, or the whole condition as one where Cedar has changed their number.
    pub(super) fn clauses(&self, template: &Template, in_scope: bool) -> Vec<Clause> {
        let Some(condition) = template.non_scope_constraints() else { return Vec::new() };
        let whole =
            || vec![(ClauseKind::When, condition.source_loc().map(|loc| loc.start()..loc.end()), condition)];
        let mut reached = if in_scope { Reached::Yes } else { Reached::No };
        let mut clauses = Vec::new();
        for (kind, range, expression) in split(condition, self.syntax).unwrap_or_else(whole) {
            let part = self.part(Spot { expression, dropped: 0 }, reached, 0);
            if part.evaluation.truth() != Some(kind == ClauseKind::When) {
                reached = Reached::No;
            }
            clauses.push(Clause { kind, span: range.map(|range| self.span(range)), part });
        }
        clauses
    }

    fn evaluate(&self, expression: &Expr) -> Evaluation {
        if let Some(what) = unknown::read_by(self.slice, self.request, expression, self.slots) {
            return Evaluation::Unknown(what);
        }
        match self.evaluator.interpret(expression, self.slots) {
            Ok(found) => Evaluation::Value(value::from_cedar(&found)),
            Err(error) => Evaluation::Failed(diagnose::sentence(&error.to_string())),
        }
    }

    /// A part with its parts; recursion is as deep as brackets nest, and never deeper than the limit.
    fn part(&self, spot: Spot<'_>, reached: Reached, depth: usize) -> Part {
        let evaluation = match reached {
            Reached::Yes => self.evaluate(spot.expression),
            Reached::No => Evaluation::NotEvaluated,
        };
        let range = self.range(spot);
        let mut part = Part {
            text: self.text(spot, range.clone()),
            span: range.or_else(|| whole(spot.expression)).map(|range| self.span(range)),
            form: Form::Test,
            evaluation,
            reads: Vec::new(),
            membership: None,
            parts: Vec::new(),
        };
        if depth < MAX_DEPTH {
            self.take_apart(spot.expression, &mut part, reached, depth + 1);
        }
        part
    }

    fn take_apart(&self, expression: &Expr, part: &mut Part, reached: Reached, depth: usize) {
        match expression.expr_kind() {
            ExprKind::And { .. } if is_in(expression).is_some() => {
                self.test(expression, part, reached, depth)
            }
            ExprKind::And { .. } => self.chain(expression, Form::All, part, reached, depth),
            ExprKind::Or { .. } => self.chain(expression, Form::Any, part, reached, depth),
            ExprKind::UnaryApp { op: UnaryOp::Not, arg } if !is_rewritten(expression, arg) => {
                part.form = Form::Not;
                part.parts.push(self.part(Spot::of(arg), reached, depth));
            }
            ExprKind::UnaryApp { op: UnaryOp::Not, arg } => self.test(arg, part, reached, depth),
            ExprKind::If { test_expr, then_expr, else_expr } => {
                part.form = Form::Choice;
                let test = self.part(Spot::of(test_expr), reached, depth);
                let if_it_is =
                    |truth| if test.evaluation.truth() == Some(truth) { reached } else { Reached::No };
                let (yes, no) = (if_it_is(true), if_it_is(false));
                part.parts.push(test);
                part.parts.push(self.part(Spot::of(then_expr), yes, depth));
                part.parts.push(self.part(Spot::of(else_expr), no, depth));
            }
            _ => self.test(expression, part, reached, depth),
        }
    }

    /// The operands of a chain of one operator, side by side.
    fn chain(&self, expression: &Expr, form: Form, part: &mut Part, reached: Reached, depth: usize) {
        part.form = form;
        let mut reached = reached;
        for operand in operands_of_chain(expression, form) {
            let own = self.part(Spot::of(operand), reached, depth);
            if own.evaluation.truth() != Some(form == Form::All) {
                reached = Reached::No;
            }
            part.parts.push(own);
        }
    }

    /// A part that is no truth table: what it reads, and those of its operands that say more.
    fn test(&self, expression: &Expr, part: &mut Part, reached: Reached, depth: usize) {
        let mut reached = reached;
        for spot in operands(Spot::of(expression)) {
            if is_compound(spot.expression) {
                let own = self.part(spot, reached, depth);
                if matches!(own.evaluation, Evaluation::Failed(_) | Evaluation::Unknown(_)) {
                    reached = Reached::No;
                }
                part.parts.push(own);
            }
        }
        if part.evaluation != Evaluation::NotEvaluated {
            self.read(Spot::of(expression), &mut part.reads);
            part.membership = self.membership(expression);
        }
    }

    fn membership(&self, expression: &Expr) -> Option<Membership> {
        let expression = is_in(expression).map_or(expression, |(_, membership)| membership);
        let ExprKind::BinaryApp { op: BinaryOp::In, arg1, arg2 } = expression.expr_kind() else {
            return None;
        };
        let Evaluation::Value(Value::Entity(child)) = self.evaluate(arg1) else { return None };
        let targets = match self.evaluate(arg2) {
            Evaluation::Value(Value::Entity(target)) => vec![target],
            Evaluation::Value(Value::Set(targets)) => targets.iter().filter_map(entity).collect(),
            _ => return None,
        };
        Some(Membership { child, targets })
    }

    fn range(&self, spot: Spot<'_>) -> Option<Range<usize>> {
        self.syntax.prefix(spot.expression.source_loc()?, spot.dropped)
    }

    fn spot_text(&self, spot: Spot<'_>) -> String {
        self.text(spot, self.range(spot))
    }

    fn text(&self, spot: Spot<'_>, range: Option<Range<usize>>) -> String {
        let source = spot.expression.source_loc().map(|loc| &loc.src);
        let text = source.zip(range).and_then(|(text, range)| text.get(range));
        text.map_or_else(|| spot.expression.to_string(), one_line)
    }
}

fn entity(value: &Value) -> Option<Uid> {
    match value {
        Value::Entity(uid) => Some(uid.clone()),
        _ => None,
    }
}
