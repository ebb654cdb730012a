//! The entities that policies name, and those of them that do not exist.

use std::collections::BTreeSet;

use cedar_policy_core::ast::{EntityUID, Expr, ExprKind, Literal as CedarLiteral, Template};
use cedar_policy_core::parser::Loc;

use super::bundle::{Bundle, Effect};
use super::links::Links;
use super::parse::{Parsed, span_of};
use super::value;
use crate::diagnostic::Severity;
use crate::document::Level;
use crate::model::{State, Uid};
use crate::source::Span;

/// An entity that a policy names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Literal {
    /// The policy's `@id`, or the id of the link whose argument it is.
    pub policy: String,
    /// The entity.
    pub uid: Uid,
    /// Where it is named.
    pub span: Span,
    template: String,
}

/// Every entity that a policy, template or link names, in order.
pub(super) fn collect(parsed: &Parsed, links: &Links) -> Vec<Literal> {
    let mut literals = Vec::new();
    for template in parsed.set.all_templates() {
        let id: &str = template.id().as_ref();
        let Some(policy) = parsed.policies.get(id) else { continue };
        for_each_literal(template, |uid, loc| {
            let span = loc.map_or(policy.span, |loc| span_of(policy.span.source, Some(loc)));
            literals.push(Literal {
                policy: id.to_owned(),
                uid: value::uid_from_cedar(uid),
                span,
                template: id.to_owned(),
            });
        });
    }
    for (link, (id, span)) in links {
        for uid in link.principal.iter().chain(&link.resource) {
            literals.push(Literal {
                policy: id.to_string(),
                uid: uid.clone(),
                span: *span,
                template: link.template.clone(),
            });
        }
    }
    literals.sort();
    literals.dedup();
    literals
}

fn for_each_literal(template: &Template, mut found: impl FnMut(&EntityUID, Option<&Loc>)) {
    for_each_in(&template.principal_constraint().as_expr(), &mut found);
    for_each_in(&template.resource_constraint().as_expr(), &mut found);
    for_each_in(&template.action_constraint().as_expr(), &mut found);
    if let Some(condition) = template.non_scope_constraints() {
        for_each_in(condition, &mut found);
    }
}

/// Calls back with every entity that an expression names.
pub(super) fn for_each_in(expression: &Expr, found: &mut impl FnMut(&EntityUID, Option<&Loc>)) {
    for part in expression.subexpressions() {
        if let ExprKind::Lit(CedarLiteral::EntityUID(uid)) = part.expr_kind() {
            found(uid, part.source_loc().or_else(|| uid.loc()));
        }
    }
}

/// The entities that policies name and that neither exist nor can come to exist.
///
/// Such a name never matches: an error in a hard or soft forbid, a warning elsewhere.
pub fn missing_literals<'a>(
    bundle: &'a Bundle,
    estate: &State,
    creatable: &BTreeSet<Uid>,
) -> Vec<(&'a Literal, Severity)> {
    let exists = |uid: &Uid| {
        estate.contains(uid)
            || bundle.schema.declares_action(uid)
            || bundle.schema.enumerates(uid)
            || creatable.contains(uid)
    };
    let severity = |literal: &Literal| match bundle.policy(&literal.template) {
        Some(policy) if policy.effect == Effect::Forbid && policy.level != Level::Advisory => Severity::Error,
        _ => Severity::Warning,
    };
    bundle
        .literals
        .iter()
        .filter(|literal| !exists(&literal.uid))
        .map(|literal| (literal, severity(literal)))
        .collect()
}
