//! Forbids that are off where something optional is absent.
//!
//! A forbid with `principal has suspended` does not apply to whoever has no `suspended`: taking the
//! attribute out of the estate turns the forbid off, without an error that would block the step. Whoever
//! writes such a policy makes the attribute required, or says what its absence means.

use std::collections::BTreeSet;

use cedar_policy_core::ast::{
    EntityReference, EntityType, Expr, ExprKind, Literal, PolicyID, PrincipalOrResourceConstraint, Template,
    UnaryOp, Var,
};
use cedar_policy_core::validator::types::RequestEnv;

use super::bundle::{Effect, Policy};
use super::environments::Environments;
use super::parse::Parsed;
use super::{shape, value};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::Level;
use crate::model::{Record, Schema, Type, TypeName, Uid};
use crate::source::Span;

/// The annotation that says what the absence means.
const ANNOTATION: &str = "absent";

/// What the engine tells policies of a plan, and the plan's author can leave out.
const LEFT_TO_THE_AUTHOR: [&str; 2] = ["author", "window"];

/// Warns of forbids that an absence turns off, and of annotations that speak of none.
pub(super) fn check(schema: &Schema, environments: &Environments<'_>, parsed: &Parsed, sink: &mut Sink) {
    for policy in parsed.policies.values() {
        let Some(template) = parsed.set.get_template_arc(&PolicyID::from_string(&policy.id)) else {
            continue;
        };
        let found = match policy.effect {
            Effect::Forbid => tests_that_turn_off(&template, schema, environments),
            Effect::Permit => Vec::new(),
        };
        let reason = policy.annotation(ANNOTATION);
        if found.is_empty() && reason.is_some() {
            sink.push(unneeded(policy));
        } else if !found.is_empty() && reason.is_none_or(|reason| reason.trim().is_empty()) && decides(policy)
        {
            sink.push(warn(policy, &found));
        }
    }
}

/// Says whether a forbid denies of itself; a prerequisite is a condition that a plan brings about.
fn decides(policy: &Policy) -> bool {
    policy.level != Level::Advisory && !policy.is_prerequisite()
}

fn unneeded(policy: &Policy) -> Diagnostic {
    let message = format!("`{}` says what absence means, and no absence turns it off", policy.id);
    Diagnostic::new(Code::OptionalAttribute, message)
        .label(policy.id_span, "has `@absent`")
        .hint("take `@absent` away; it is for forbids that ask with `has` for something optional")
}

fn warn(policy: &Policy, found: &[&Expr]) -> Diagnostic {
    let names: BTreeSet<String> = found.iter().flat_map(|test| asked(test)).collect();
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let message = format!("leaving out {} turns the forbid `{}` off", names.join(" or "), policy.id);
    let mut diagnostic = Diagnostic::new(Code::OptionalAttribute, message);
    for test in found {
        let place = test.source_loc().map(|loc| Span::new(policy.span.source, loc.start(), loc.end()));
        diagnostic = diagnostic.label(place.unwrap_or(policy.span), "false where it is absent");
    }
    diagnostic
        .hint("make it required in the schema, decide in the policy with `if … has … then … else …`, or say what its absence means with `@absent(\"…\")`")
}

/// The names that a `has` asks for.
fn asked(test: &Expr) -> Vec<String> {
    match test.expr_kind() {
        ExprKind::HasAttr { attr, .. } => vec![attr.to_string()],
        ExprKind::ExtHasAttr { attrs, .. } => {
            let names: Vec<&str> = attrs.iter().map(|attr| attr.as_str()).collect();
            vec![names.join(".")]
        }
        _ => Vec::new(),
    }
}

/// The `has` of a forbid without which it does not apply, and that some request can leave false.
fn tests_that_turn_off<'a>(
    template: &'a Template,
    schema: &Schema,
    environments: &Environments<'_>,
) -> Vec<&'a Expr> {
    let Some(condition) = template.non_scope_constraints() else { return Vec::new() };
    let mut tests = Vec::new();
    turning(condition, true, &mut tests);
    if tests.is_empty() {
        return tests;
    }
    let requests = Requests::of(template, schema, environments);
    tests.retain(|test| requests.any_leaves_out(test));
    tests
}

/// Collects the `has` that, where they are false, can keep an expression from being `wanted`.
fn turning<'a>(expression: &'a Expr, wanted: bool, found: &mut Vec<&'a Expr>) {
    let before = found.len();
    match expression.expr_kind() {
        ExprKind::HasAttr { .. } | ExprKind::ExtHasAttr { .. } if wanted => found.push(expression),
        ExprKind::HasAttr { .. } | ExprKind::ExtHasAttr { .. } => {}
        ExprKind::And { left, right } | ExprKind::Or { left, right } => {
            turning(left, wanted, found);
            turning(right, wanted, found);
        }
        ExprKind::UnaryApp { op: UnaryOp::Not, arg } => turning(arg, !wanted, found),
        ExprKind::If { test_expr, then_expr, else_expr } => {
            // A policy that says what is so without the attribute has said what its absence means.
            if is_literally(else_expr, !wanted) {
                turning(test_expr, true, found);
            }
            if is_literally(then_expr, !wanted) {
                turning(test_expr, false, found);
            }
            turning(then_expr, wanted, found);
            turning(else_expr, wanted, found);
        }
        // Of a truth that is compared or put into a set, nobody can say which way it works.
        _ => found.extend(expression.subexpressions().filter(|part| {
            matches!(part.expr_kind(), ExprKind::HasAttr { .. } | ExprKind::ExtHasAttr { .. })
        })),
    }
    let mut at = before;
    while let Some(test) = found.get(at) {
        match without(expression, &shape::exact(test)) == Some(wanted) {
            true => drop(found.remove(at)),
            false => at += 1,
        }
    }
}

fn is_literally(expression: &Expr, truth: bool) -> bool {
    matches!(expression.expr_kind(), ExprKind::Lit(Literal::Bool(found)) if *found == truth)
}

/// The truth of an expression where a test is false, as far as that settles it.
fn without(expression: &Expr, test: &[u8]) -> Option<bool> {
    match expression.expr_kind() {
        ExprKind::Lit(Literal::Bool(truth)) => Some(*truth),
        ExprKind::HasAttr { .. } | ExprKind::ExtHasAttr { .. } => {
            (shape::exact(expression) == test).then_some(false)
        }
        ExprKind::UnaryApp { op: UnaryOp::Not, arg } => without(arg, test).map(|truth| !truth),
        ExprKind::And { left, right } => match (without(left, test), without(right, test)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        ExprKind::Or { left, right } => match (without(left, test), without(right, test)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        ExprKind::If { test_expr, then_expr, else_expr } => match without(test_expr, test) {
            Some(true) => without(then_expr, test),
            Some(false) => without(else_expr, test),
            None => None,
        },
        _ => None,
    }
}

/// Type of the principal, action, type of the resource.
type Kind = (TypeName, Uid, TypeName);

/// The kinds of requests that a scope covers.
struct Requests<'a> {
    schema: &'a Schema,
    kinds: Vec<Kind>,
}

impl<'a> Requests<'a> {
    fn of(template: &Template, schema: &'a Schema, environments: &Environments<'_>) -> Self {
        let principals = template.principal_constraint().as_inner();
        let resources = template.resource_constraint().as_inner();
        let mut kinds = Vec::new();
        for environment in environments.covered(template.action_constraint(), schema) {
            let RequestEnv::DeclaredAction { principal, action, resource, .. } = environment else {
                continue;
            };
            if may_be(principals, principal) && may_be(resources, resource) {
                let [principal, resource] = [principal, resource].map(|name| TypeName::from((*name).clone()));
                kinds.push((principal, Uid::from((*action).clone()), resource));
            }
        }
        Self { schema, kinds }
    }

    fn any_leaves_out(&self, test: &Expr) -> bool {
        self.kinds.iter().any(|kind| self.leaves_out(test, kind))
    }

    fn leaves_out(&self, test: &Expr, kind: &Kind) -> bool {
        let (of, names): (&Expr, Vec<&str>) = match test.expr_kind() {
            ExprKind::HasAttr { expr, attr } => (expr, vec![attr.as_str()]),
            ExprKind::ExtHasAttr { expr, attrs } => (expr, attrs.iter().map(|attr| attr.as_str()).collect()),
            _ => return false,
        };
        let Some(mut holder) = self.holder(of, kind) else { return false };
        for name in names {
            let Some((found, required)) = holder.record.fields.get(name) else { return false };
            if !required && holder.matters(name) {
                return true;
            }
            match self.follow(holder, name, found) {
                Some(next) => holder = next,
                None => return false,
            }
        }
        false
    }

    /// Whose fields an expression has; nothing where it is no path from a variable.
    fn holder(&self, of: &Expr, kind: &Kind) -> Option<Holder<'_>> {
        let (principal, action, resource) = kind;
        match of.expr_kind() {
            ExprKind::Var(Var::Principal) => self.of_entity(principal),
            ExprKind::Var(Var::Resource) => self.of_entity(resource),
            ExprKind::Var(Var::Context) => {
                let record = &self.schema.actions.get(action)?.context;
                Some(Holder { record, whose: Whose::Request })
            }
            ExprKind::Lit(Literal::EntityUID(uid)) => self.of_entity(value::uid_from_cedar(uid).type_name()),
            ExprKind::GetAttr { expr, attr } => {
                let holder = self.holder(expr, kind)?;
                let (found, _) = holder.record.fields.get(attr.as_str())?;
                self.follow(holder, attr, found)
            }
            _ => None,
        }
    }

    fn of_entity(&self, name: &TypeName) -> Option<Holder<'_>> {
        let found = self.schema.types.get(name)?;
        Some(Holder { record: &found.attributes, whose: Whose::Estate })
    }

    fn follow<'s>(&'s self, from: Holder<'s>, name: &str, found: &'s Type) -> Option<Holder<'s>> {
        match found {
            Type::Entity(name) => self.of_entity(name),
            Type::Record(record) => {
                let whose = match from.whose {
                    Whose::Request if name == "plan" => Whose::Plan,
                    Whose::Estate => Whose::Estate,
                    _ => Whose::Parameter,
                };
                Some(Holder { record, whose })
            }
            _ => None,
        }
    }
}

/// Something that has fields.
struct Holder<'a> {
    record: &'a Record,
    whose: Whose,
}

/// Who says which fields there are.
#[derive(Clone, Copy)]
enum Whose {
    /// The estate, which says it of an entity.
    Estate,
    /// The step: its context.
    Request,
    /// The engine, of the plan.
    Plan,
    /// The step or the engine, inside of a parameter.
    Parameter,
}

impl Holder<'_> {
    /// Says whether leaving a field out hides something: a step without a parameter asks for
    /// something else, but an entity without an attribute and a plan without a window are what they were.
    fn matters(&self, name: &str) -> bool {
        match self.whose {
            Whose::Estate => true,
            Whose::Plan => LEFT_TO_THE_AUTHOR.contains(&name),
            Whose::Request | Whose::Parameter => false,
        }
    }
}

/// Says whether a side of a scope lets entities of a type pass.
fn may_be(constraint: &PrincipalOrResourceConstraint, name: &EntityType) -> bool {
    use PrincipalOrResourceConstraint::{Any, Eq, In, Is, IsIn};
    match constraint {
        Is(asked) | IsIn(asked, _) => **asked == *name,
        Eq(EntityReference::EUID(uid)) => uid.entity_type() == name,
        Eq(EntityReference::Slot(_)) | Any | In(_) => true,
    }
}
