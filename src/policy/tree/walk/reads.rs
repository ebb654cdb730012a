//! What a part of a policy reads: attributes, tags, parameters and slots.

use cedar_policy_core::ast::{self, BinaryOp, Expr, ExprKind};

use super::Walker;
use super::shape::{Spot, is_compound, operands};
use crate::model::Value;
use crate::policy::tree::{Evaluation, Read, Subject};
use crate::policy::value;

impl Walker<'_> {
    /// Notes what an expression reads, from the inside out, other than in its compound operands.
    pub(super) fn read(&self, spot: Spot<'_>, reads: &mut Vec<Read>) {
        for operand in operands(spot) {
            if !is_compound(operand.expression) {
                self.read(operand, reads);
            }
        }
        let found = match spot.expression.expr_kind() {
            ExprKind::GetAttr { expr, .. } if is_compound(expr) => None,
            ExprKind::GetAttr { expr, attr } => {
                Some((self.text(spot, self.range(spot)), self.attribute(expr, attr)))
            }
            ExprKind::HasAttr { expr, attr } => {
                Some((format!("{}.{attr}", self.spot_text(Spot::of(expr))), self.attribute(expr, attr)))
            }
            ExprKind::ExtHasAttr { expr, attrs } => {
                let names: Vec<&str> = attrs.iter().map(|name| name.as_str()).collect();
                let (of, first) = self.attribute(expr, attrs.first());
                let found = first.and_then(|first| self.follow(first, names.get(1..).unwrap_or_default()));
                Some((format!("{}.{}", self.spot_text(Spot::of(expr)), names.join(".")), (of, found)))
            }
            ExprKind::BinaryApp { op: BinaryOp::GetTag | BinaryOp::HasTag, arg1, arg2 } => {
                let text = self.text(spot, self.range(spot)).replace(".hasTag(", ".getTag(");
                Some((text, self.tag(arg1, arg2)))
            }
            ExprKind::Slot(slot) => {
                let uid = self.slots.get(slot).map(|uid| Value::Entity(value::uid_from_cedar(uid)));
                Some((slot.to_string(), (Subject::Other, uid)))
            }
            _ => None,
        };
        let Some((text, (of, value))) = found else { return };
        let is_step_on_the_way = spot.dropped > 0 && matches!(value, Some(Value::Record(_)));
        if !is_step_on_the_way && !reads.iter().any(|read| read.text == text) {
            reads.push(Read { text, of, value });
        }
    }

    /// An attribute of an entity, or a field of a record.
    fn attribute(&self, subject: &Expr, name: &str) -> (Subject, Option<Value>) {
        match self.given(subject) {
            Some(Value::Entity(uid)) => {
                let found = self.state.entity(&uid).and_then(|entity| entity.attributes.get(name)).cloned();
                (Subject::Attribute(uid, name.to_owned()), found)
            }
            Some(Value::Record(fields)) => (Subject::Other, fields.get(name).cloned()),
            _ => (Subject::Other, None),
        }
    }

    /// The value of an expression, as the plan or the estate writes it where it is of theirs.
    fn given(&self, expression: &Expr) -> Option<Value> {
        match expression.expr_kind() {
            ExprKind::Var(ast::Var::Context) => Some(self.request.context.clone()),
            ExprKind::GetAttr { expr, attr } => self.attribute(expr, attr).1,
            _ => match self.evaluate(expression) {
                Evaluation::Value(found) => Some(found),
                _ => None,
            },
        }
    }

    /// What lies at the end of some names, through records and entities.
    fn follow(&self, from: Value, names: &[&str]) -> Option<Value> {
        names.iter().try_fold(from, |at, name| match at {
            Value::Record(fields) => fields.get(*name).cloned(),
            Value::Entity(uid) => {
                self.state.entity(&uid).and_then(|entity| entity.attributes.get(*name)).cloned()
            }
            _ => None,
        })
    }

    fn tag(&self, subject: &Expr, name: &Expr) -> (Subject, Option<Value>) {
        match (self.evaluate(subject), self.evaluate(name)) {
            (Evaluation::Value(Value::Entity(uid)), Evaluation::Value(Value::String(name))) => {
                let found = self.state.entity(&uid).and_then(|entity| entity.tags.get(&*name)).cloned();
                (Subject::Tag(uid, name.to_string()), found)
            }
            _ => (Subject::Other, None),
        }
    }
}
