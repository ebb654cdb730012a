//! Conditions in a form that is quick to evaluate, where it says exactly what Cedar says.
//!
//! What has no such form, and whatever fails, is Cedar's to say: a term never makes an error, and
//! never looks past a value that is not known.

mod run;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use cedar_policy_core::ast::{
    BinaryOp, EntityUID, Expr, ExprKind, Literal, Name, Pattern, SlotEnv, UnaryOp, Var,
};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

pub(super) use run::{Scene, truth, value_of};

use super::reads::parts;
use super::value;
use crate::model::{Extension, TypeName, Uid, Value};

/// A part of a condition.
#[derive(Debug)]
pub(super) enum Term {
    Bool(bool),
    Long(i64),
    String(Box<str>),
    /// An entity, by its place among the literals.
    Entity(usize),
    Constant(Scalar),
    Principal,
    Action,
    Resource,
    Context,
    And(Box<[Term; 2]>),
    Or(Box<[Term; 2]>),
    Not(Box<Term>),
    If(Box<[Term; 3]>),
    Negate(Box<Term>),
    Binary(Operator, Box<[Term; 2]>),
    /// Whether an entity is one of some others, or in one of them.
    InAny(Box<Term>, Box<[Term]>),
    Set(Box<[Term]>),
    IsEmpty(Box<Term>),
    Attribute(Box<Term>, Box<str>),
    /// Whether there is an attribute, and attributes of attributes.
    Has(Box<Term>, Box<[Box<str>]>),
    Tag(Box<[Term; 2]>),
    HasTag(Box<[Term; 2]>),
    Like(Box<Term>, Pattern),
    Is(Box<Term>, TypeName),
    Time(Function, Box<Term>),
}

/// What takes two values, both of which are always evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Add,
    Subtract,
    Multiply,
    In,
    Contains,
    ContainsAll,
    ContainsAny,
    Offset,
    DurationSince,
    DecimalLess,
    DecimalLessOrEqual,
    DecimalGreater,
    DecimalGreaterOrEqual,
}

/// What takes an instant or a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Date,
    TimeOfDay,
    /// How many whole times so many milliseconds.
    Count(i64),
}

/// A value of an extension type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    /// Milliseconds since 1970.
    Instant(i64),
    /// Milliseconds.
    Duration(i64),
    /// Ten-thousandths.
    Decimal(i64),
    /// An address.
    Other(Extension),
}

/// The functions of the extensions that take one value.
const UNARY: &[(&str, Function)] = &[
    ("toDate", Function::Date),
    ("toTime", Function::TimeOfDay),
    ("toMilliseconds", Function::Count(1)),
    ("toSeconds", Function::Count(1_000)),
    ("toMinutes", Function::Count(60_000)),
    ("toHours", Function::Count(3_600_000)),
    ("toDays", Function::Count(86_400_000)),
];

/// The functions of the extensions that take two values.
const BINARY: &[(&str, Operator)] = &[
    ("offset", Operator::Offset),
    ("durationSince", Operator::DurationSince),
    ("lessThan", Operator::DecimalLess),
    ("lessThanOrEqual", Operator::DecimalLessOrEqual),
    ("greaterThan", Operator::DecimalGreater),
    ("greaterThanOrEqual", Operator::DecimalGreaterOrEqual),
];

impl Scalar {
    /// The value that Cedar's canonical expression stands for.
    pub(super) fn of(extension: &Extension) -> Self {
        Self::exact(extension).unwrap_or_else(|| Self::Other(extension.clone()))
    }

    /// The value in Cedar's canonical words; nothing for those that have several.
    fn extension(self) -> Option<Extension> {
        let (type_name, canonical) = match self {
            Self::Instant(at) => {
                ("datetime", format!("datetime(\"1970-01-01\").offset(duration(\"{at}ms\"))"))
            }
            Self::Duration(long) => ("duration", format!("duration(\"{long}ms\")")),
            Self::Other(extension) => return Some(extension),
            Self::Decimal(_) => return None,
        };
        let canonical: Arc<str> = canonical.into();
        Some(Extension { type_name: type_name.into(), text: Arc::clone(&canonical), canonical })
    }

    fn exact(extension: &Extension) -> Option<Self> {
        let text: &str = &extension.canonical;
        Some(match &*extension.type_name {
            "datetime" => {
                let inner = text.strip_prefix("datetime(\"1970-01-01\").offset(duration(\"")?;
                Self::Instant(inner.strip_suffix("ms\"))")?.parse().ok()?)
            }
            "duration" => {
                Self::Duration(text.strip_prefix("duration(\"")?.strip_suffix("ms\")")?.parse().ok()?)
            }
            "decimal" => {
                let (whole, fraction) =
                    text.strip_prefix("decimal(\"")?.strip_suffix("\")")?.split_once('.')?;
                let number = (fraction.len() == 4).then(|| format!("{whole}{fraction}"))?;
                Self::Decimal(number.parse().ok()?)
            }
            _ => return None,
        })
    }
}

/// The entities that terms name, each once.
#[derive(Debug, Default)]
pub(super) struct Literals {
    uids: Vec<Uid>,
    known: HashMap<Uid, usize>,
}

impl Literals {
    /// The place of an entity.
    pub(super) fn place(&mut self, uid: Uid) -> usize {
        let next = self.uids.len();
        *self.known.entry(uid).or_insert_with_key(|uid| {
            self.uids.push(uid.clone());
            next
        })
    }

    /// The entities by place.
    pub(super) fn into_uids(self) -> Vec<Uid> {
        self.uids
    }

    /// The entities by place.
    pub(super) fn uids(&self) -> &[Uid] {
        &self.uids
    }
}

/// How deep a term may nest: it is evaluated by recursion, on stacks of any size.
const DEEPEST: usize = 100;

/// The term of an expression, where it has one.
pub(super) fn compile(expression: &Expr, literals: &mut Literals) -> Option<Term> {
    (height(expression) <= DEEPEST).then(|| make(expression, literals))?
}

fn height(expression: &Expr) -> usize {
    parts(expression).into_iter().map(height).max().unwrap_or_default() + 1
}

fn make(expression: &Expr, literals: &mut Literals) -> Option<Term> {
    let mut one = |expression: &Expr| make(expression, literals);
    Some(match expression.expr_kind() {
        ExprKind::Lit(literal) => return of_literal(literal, literals),
        ExprKind::Var(Var::Principal) => Term::Principal,
        ExprKind::Var(Var::Action) => Term::Action,
        ExprKind::Var(Var::Resource) => Term::Resource,
        ExprKind::Var(Var::Context) => Term::Context,
        ExprKind::And { left, right } => Term::And(Box::new([one(left)?, one(right)?])),
        ExprKind::Or { left, right } => Term::Or(Box::new([one(left)?, one(right)?])),
        ExprKind::If { test_expr, then_expr, else_expr } => {
            Term::If(Box::new([one(test_expr)?, one(then_expr)?, one(else_expr)?]))
        }
        ExprKind::UnaryApp { op, arg } => {
            let arg = Box::new(one(arg)?);
            match op {
                UnaryOp::Not => Term::Not(arg),
                UnaryOp::Neg => Term::Negate(arg),
                UnaryOp::IsEmpty => Term::IsEmpty(arg),
            }
        }
        ExprKind::BinaryApp { op: BinaryOp::In, arg1, arg2 } => return of_in(arg1, arg2, literals),
        ExprKind::BinaryApp { op, arg1, arg2 } => {
            let both = Box::new([one(arg1)?, one(arg2)?]);
            match (op, operator(*op)) {
                (BinaryOp::GetTag, _) => Term::Tag(both),
                (BinaryOp::HasTag, _) => Term::HasTag(both),
                (_, operator) => Term::Binary(operator?, both),
            }
        }
        ExprKind::GetAttr { expr, attr } => Term::Attribute(Box::new(subject(expr, literals)?), text(attr)),
        ExprKind::HasAttr { expr, attr } => {
            Term::Has(Box::new(subject(expr, literals)?), Box::new([text(attr)]))
        }
        ExprKind::ExtHasAttr { expr, attrs } => {
            Term::Has(Box::new(subject(expr, literals)?), attrs.iter().map(|attr| text(attr)).collect())
        }
        ExprKind::Like { expr, pattern } => Term::Like(Box::new(one(expr)?), pattern.clone()),
        ExprKind::Is { expr, entity_type } => Term::Is(Box::new(one(expr)?), entity_type.clone().into()),
        ExprKind::Set(elements) => Term::Set(all(elements, literals)?),
        ExprKind::ExtensionFunctionApp { fn_name, args } => {
            return of_call(expression, fn_name, args, literals);
        }
        _ => return None,
    })
}

fn text(name: &str) -> Box<str> {
    name.into()
}

fn all(expressions: &[Expr], literals: &mut Literals) -> Option<Box<[Term]>> {
    expressions.iter().map(|expression| make(expression, literals)).collect()
}

/// What an attribute is read of: actions have none that a state knows.
fn subject(expression: &Expr, literals: &mut Literals) -> Option<Term> {
    match make(expression, literals)? {
        Term::Action => None,
        Term::Entity(place) if literals.uids.get(place).is_none_or(is_action) => None,
        other => Some(other),
    }
}

fn is_action(uid: &Uid) -> bool {
    AsRef::<EntityUID>::as_ref(uid).is_action()
}

fn of_literal(literal: &Literal, literals: &mut Literals) -> Option<Term> {
    Some(match literal {
        Literal::Bool(truth) => Term::Bool(*truth),
        Literal::Long(number) => Term::Long(*number),
        Literal::String(string) => Term::String(text(string)),
        Literal::EntityUID(uid) => Term::Entity(literals.place(value::uid_from_cedar(uid))),
    })
}

fn operator(op: BinaryOp) -> Option<Operator> {
    Some(match op {
        BinaryOp::Eq => Operator::Equal,
        BinaryOp::Less => Operator::Less,
        BinaryOp::LessEq => Operator::LessOrEqual,
        BinaryOp::Add => Operator::Add,
        BinaryOp::Sub => Operator::Subtract,
        BinaryOp::Mul => Operator::Multiply,
        BinaryOp::Contains => Operator::Contains,
        BinaryOp::ContainsAll => Operator::ContainsAll,
        BinaryOp::ContainsAny => Operator::ContainsAny,
        _ => return None,
    })
}

/// Membership: what actions are in is in the schema and not in a state, so that is left to Cedar.
fn of_in(left: &Expr, right: &Expr, literals: &mut Literals) -> Option<Term> {
    let left = subject(left, literals)?;
    if let ExprKind::Set(elements) = right.expr_kind() {
        let elements = all(elements, literals)?;
        let usable = elements.iter().all(|element| may_hold(element, literals));
        return usable.then(|| Term::InAny(Box::new(left), elements));
    }
    let right = make(right, literals)?;
    may_hold(&right, literals).then(|| Term::Binary(Operator::In, Box::new([left, right])))
}

/// Says whether something that a state knows may be in an entity.
fn may_hold(term: &Term, literals: &Literals) -> bool {
    match term {
        Term::Entity(place) => !literals.uids.get(*place).is_none_or(is_action),
        Term::Principal | Term::Resource => true,
        _ => false,
    }
}

fn of_call(expression: &Expr, function: &Name, arguments: &[Expr], literals: &mut Literals) -> Option<Term> {
    if let Some(constant) = constant(expression, arguments) {
        return Some(Term::Constant(constant));
    }
    let name = function.to_string();
    match arguments {
        [one] => {
            let (_, function) = UNARY.iter().find(|(own, _)| *own == name)?;
            Some(Term::Time(*function, Box::new(make(one, literals)?)))
        }
        [one, other] => {
            let (_, operator) = BINARY.iter().find(|(own, _)| *own == name)?;
            let both = [make(one, literals)?, make(other, literals)?];
            Some(Term::Binary(*operator, Box::new(both)))
        }
        _ => None,
    }
}

/// The value of a constructor that is called with a literal.
fn constant(expression: &Expr, arguments: &[Expr]) -> Option<Scalar> {
    let [argument] = arguments else { return None };
    if !matches!(argument.expr_kind(), ExprKind::Lit(Literal::String(_))) {
        return None;
    }
    let entities = Entities::new();
    let evaluator = Evaluator::new(value::no_request(), &entities, Extensions::all_available());
    match value::from_cedar(&evaluator.interpret(expression, &SlotEnv::new()).ok()?) {
        Value::Extension(extension) => Some(Scalar::of(&extension)),
        _ => None,
    }
}
