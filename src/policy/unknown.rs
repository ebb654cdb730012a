//! Whether evaluating an expression reads a value that is not known yet.
//!
//! Cedar is given a slice without the unknown values. That is exact as long as none of them is read,
//! and this walk says whether one is: it follows an expression in Cedar's own order, with Cedar's own
//! short-circuits, and lets Cedar evaluate every part that cannot touch an unknown value.

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, Literal, PolicySet, SlotEnv, UnaryOp, Var};
use cedar_policy_core::ast::{Value as CedarValue, ValueKind};
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use super::request::Request;
use super::slice::{Slice, Unknowns};
use super::value;
use crate::model::{Uid, Value};

/// What came of a walk.
pub(super) enum Found {
    /// A value that is wholly known.
    Known(CedarValue),
    /// A record that holds an unknown value, which was not read.
    Partly(Value),
}

/// Why a walk ended early.
pub(super) enum Stop {
    /// It read an unknown value; the words name it.
    Read(String),
    /// Evaluation failed before it read one.
    Failed(String),
}

/// The first unknown value that evaluating any of the policies reads, by order of policy id.
pub(super) fn first_read(slice: &Slice, request: Request<'_>, sets: [&PolicySet; 2]) -> Option<String> {
    let mut policies: Vec<_> = sets.into_iter().flat_map(PolicySet::policies).collect();
    policies.sort_by_key(|policy| policy.id().to_string());
    let walk = Walk::new(slice, request);
    policies.into_iter().find_map(|policy| match walk.visit(&policy.condition(), policy.env()) {
        Err(Stop::Read(what)) => Some(what),
        _ => None,
    })
}

/// The unknown value that evaluating one expression reads.
pub(super) fn read_by(
    slice: &Slice,
    request: Request<'_>,
    expression: &Expr,
    slots: &SlotEnv,
) -> Option<String> {
    if slice.unknowns.is_empty() {
        return None;
    }
    match Walk::new(slice, request).visit(expression, slots) {
        Err(Stop::Read(what)) => Some(what),
        _ => None,
    }
}

/// Evaluates an expression of the catalogue, unknown values and all.
///
/// # Errors
/// An unknown value that had to be read, or Cedar's message.
pub(super) fn evaluate(slice: &Slice, request: Request<'_>, expression: &Expr) -> Result<Value, Stop> {
    match Walk::new(slice, request).visit(expression, &SlotEnv::new())? {
        Found::Known(value) => Ok(value::from_cedar(&value)),
        Found::Partly(value) => Ok(value),
    }
}

/// The whole of an expression's value.
///
/// # Errors
/// An unknown value that had to be read, or Cedar's message.
pub(super) fn whole_value(
    slice: &Slice,
    request: Request<'_>,
    expression: &Expr,
    slots: &SlotEnv,
) -> Result<CedarValue, Stop> {
    Walk::new(slice, request).whole(expression, slots)
}

/// Whether an expression is true; `None` where it cannot be evaluated or reads an unknown value.
pub(super) fn truth_of(slice: &Slice, request: Request<'_>, expression: &Expr) -> Option<bool> {
    Walk::new(slice, request).truth(expression, &SlotEnv::new()).ok()
}

struct Walk<'a> {
    evaluator: Evaluator<'a>,
    unknowns: &'a Unknowns,
}

impl<'a> Walk<'a> {
    fn new(slice: &'a Slice, request: Request<'_>) -> Self {
        let evaluator = Evaluator::new(request.to_cedar(), &slice.entities, Extensions::all_available());
        Self { evaluator, unknowns: &slice.unknowns }
    }

    fn ask(&self, expression: &Expr, slots: &SlotEnv) -> Result<Found, Stop> {
        match self.evaluator.interpret(expression, slots) {
            Ok(value) => Ok(Found::Known(value)),
            Err(error) => Err(Stop::Failed(super::diagnose::sentence(&error.to_string()))),
        }
    }

    fn visit(&self, expression: &Expr, slots: &SlotEnv) -> Result<Found, Stop> {
        if self.unknowns.is_empty() {
            return self.ask(expression, slots);
        }
        match expression.expr_kind() {
            ExprKind::And { left, right } => match self.truth(left, slots)? {
                false => self.ask(left, slots),
                true => self.visit(right, slots),
            },
            ExprKind::Or { left, right } => match self.truth(left, slots)? {
                true => self.ask(left, slots),
                false => self.visit(right, slots),
            },
            ExprKind::If { test_expr, then_expr, else_expr } => match self.truth(test_expr, slots)? {
                true => self.visit(then_expr, slots),
                false => self.visit(else_expr, slots),
            },
            ExprKind::UnaryApp { op: UnaryOp::Not, arg } => {
                self.truth(arg, slots)?;
                self.ask(expression, slots)
            }
            ExprKind::Var(Var::Context) => match &self.unknowns.context {
                Some(context) => Ok(Found::Partly(context.clone())),
                None => self.ask(expression, slots),
            },
            ExprKind::GetAttr { expr, attr } => self.get(expr, attr, expression, slots),
            ExprKind::HasAttr { expr, attr } => self.has(expr, &[attr.as_str()], expression, slots),
            ExprKind::ExtHasAttr { expr, attrs } => {
                let names: Vec<&str> = attrs.iter().map(|attr| attr.as_str()).collect();
                self.has(expr, &names, expression, slots)
            }
            ExprKind::BinaryApp { op: BinaryOp::GetTag | BinaryOp::HasTag, arg1, arg2 } => {
                self.tag(arg1, arg2, expression, slots)
            }
            ExprKind::UnaryApp { arg, .. } => self.after(&[arg], expression, slots),
            ExprKind::BinaryApp { arg1, arg2, .. } => self.after(&[arg1, arg2], expression, slots),
            ExprKind::Like { expr, .. } | ExprKind::Is { expr, .. } => self.after(&[expr], expression, slots),
            ExprKind::ExtensionFunctionApp { args, .. } | ExprKind::Set(args) => {
                self.after(&args.iter().collect::<Vec<_>>(), expression, slots)
            }
            ExprKind::Record(fields) => self.after(&fields.values().collect::<Vec<_>>(), expression, slots),
            _ => self.ask(expression, slots),
        }
    }

    /// Reads the whole of an expression's value.
    fn whole(&self, expression: &Expr, slots: &SlotEnv) -> Result<CedarValue, Stop> {
        match self.visit(expression, slots)? {
            Found::Known(value) => Ok(value),
            Found::Partly(_) => Err(Stop::Read(format!("a part of `{expression}`"))),
        }
    }

    fn truth(&self, expression: &Expr, slots: &SlotEnv) -> Result<bool, Stop> {
        match self.whole(expression, slots)?.value_kind() {
            ValueKind::Lit(Literal::Bool(truth)) => Ok(*truth),
            _ => Err(Stop::Failed(format!("`{expression}` is not a boolean"))),
        }
    }

    /// Lets Cedar evaluate an expression whose parts are all wholly known.
    fn after(&self, parts: &[&Expr], expression: &Expr, slots: &SlotEnv) -> Result<Found, Stop> {
        for part in parts {
            self.whole(part, slots)?;
        }
        self.ask(expression, slots)
    }

    fn get(&self, subject: &Expr, name: &str, expression: &Expr, slots: &SlotEnv) -> Result<Found, Stop> {
        match self.visit(subject, slots)? {
            Found::Partly(Value::Record(fields)) => field(fields.get(name), name, expression),
            Found::Partly(_) => Err(Stop::Read(format!("`{subject}`"))),
            Found::Known(value) => {
                match entity(&value).and_then(|uid| known_part(&self.unknowns.attributes, &uid, name)) {
                    Some(partly) => field(Some(partly), name, expression),
                    None => self.ask(expression, slots),
                }
            }
        }
    }

    fn has(&self, subject: &Expr, names: &[&str], expression: &Expr, slots: &SlotEnv) -> Result<Found, Stop> {
        let found = self.visit(subject, slots)?;
        let mut at = match found {
            Found::Partly(value) => Some(value),
            Found::Known(value) => {
                let first = names.first().copied().unwrap_or_default();
                let partly = entity(&value)
                    .and_then(|uid| known_part(&self.unknowns.attributes, &uid, first))
                    .cloned();
                partly.map(|partly| Value::record([(first.to_owned(), partly)]))
            }
        };
        for name in names {
            let next = match &at {
                Some(Value::Record(fields)) => fields.get(*name).cloned(),
                _ => break,
            };
            match next {
                Some(Value::Unknown) => return Err(Stop::Read(format!("`{name}` in `{expression}`"))),
                None => return Ok(Found::Known(CedarValue::from(false))),
                some => at = some,
            }
        }
        match at {
            Some(value) if value.holds_unknown() => Ok(Found::Known(CedarValue::from(true))),
            _ => self.ask(expression, slots),
        }
    }

    fn tag(&self, subject: &Expr, name: &Expr, expression: &Expr, slots: &SlotEnv) -> Result<Found, Stop> {
        let subject = self.whole(subject, slots)?;
        let name = self.whole(name, slots)?;
        let (Some(uid), ValueKind::Lit(Literal::String(name))) = (entity(&subject), name.value_kind()) else {
            return self.ask(expression, slots);
        };
        let gets = matches!(expression.expr_kind(), ExprKind::BinaryApp { op: BinaryOp::GetTag, .. });
        match known_part(&self.unknowns.tags, &uid, name) {
            Some(Value::Unknown) => Err(Stop::Read(format!("the tag `{name}` of `{uid}`"))),
            Some(value) if gets => Ok(Found::Partly(value.clone())),
            Some(_) => self.ask(expression, slots),
            None => match self.whole_unknown(&uid, name) {
                Some(whole) if !self.has_tag(&subject, name) => {
                    Err(Stop::Read(format!("the tag `{name}` of `{uid}`, because `{whole}` is unknown")))
                }
                _ => self.ask(expression, slots),
            },
        }
    }

    /// The unknown tag that stands for all tags that begin like it: `a.*` for `a.b.c`, `*` for every tag.
    fn whole_unknown(&self, uid: &Uid, name: &str) -> Option<String> {
        let of_entity = self.unknowns.tags.get(uid)?;
        let dots = name.match_indices('.').map(|(at, _)| name.get(..at).unwrap_or_default());
        let wholes = dots.map(|start| format!("{start}.*")).chain(["*".to_owned()]);
        wholes.into_iter().find(|whole| of_entity.get(whole) == Some(&Value::Unknown))
    }

    /// Says whether an entity is known to have a tag.
    fn has_tag(&self, subject: &CedarValue, name: &str) -> bool {
        let asked = Expr::has_tag(Expr::from(subject.clone()), Expr::val(name));
        let answer = self.evaluator.interpret(&asked, &SlotEnv::new());
        answer.is_ok_and(|answer| matches!(answer.value_kind(), ValueKind::Lit(Literal::Bool(true))))
    }
}

fn known_part<'a>(
    unknowns: &'a std::collections::BTreeMap<Uid, std::collections::BTreeMap<String, Value>>,
    uid: &Uid,
    name: &str,
) -> Option<&'a Value> {
    unknowns.get(uid).and_then(|of_entity| of_entity.get(name))
}

fn entity(value: &CedarValue) -> Option<Uid> {
    match value.value_kind() {
        ValueKind::Lit(Literal::EntityUID(uid)) => Some(value::uid_from_cedar(uid)),
        _ => None,
    }
}

/// The value of a field of a record that is partly known.
fn field(field: Option<&Value>, name: &str, expression: &Expr) -> Result<Found, Stop> {
    match field {
        None => Err(Stop::Failed(format!("there is no attribute `{name}`"))),
        Some(Value::Unknown) => Err(Stop::Read(format!("`{expression}`"))),
        Some(Value::Set(elements)) if elements.iter().any(Value::holds_unknown) => {
            Err(Stop::Read(format!("`{expression}`")))
        }
        Some(value) if value.holds_unknown() => Ok(Found::Partly(value.clone())),
        Some(value) => match value::to_cedar(value) {
            Some(cedar) => Ok(Found::Known(cedar)),
            None => Err(Stop::Read(format!("`{expression}`"))),
        },
    }
}
