//! Cedar's strict validation, and what it does not look for.

use cedar_policy::{
    PolicySet as CedarPolicySet, Schema as CedarSchema, ValidationMode, ValidationWarning, Validator,
};
use cedar_policy_core::ast::PrincipalOrResourceConstraint;

use super::bundle::{Effect, Policy};
use super::diagnose;
use super::links::Links;
use super::parse::Parsed;
use super::schema::CompiledSchema;
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::source::Span;

/// Validates every policy, template and link strictly.
///
/// Cedar's warnings are errors here: a policy that no request can match protects nothing, and a
/// name with mixed scripts is not the name that it looks like.
pub(super) fn validate(schema: &CompiledSchema, parsed: &Parsed, links: &Links, sink: &mut Sink) {
    let validator = Validator::new(CedarSchema::from(schema.cedar.clone()));
    let set = CedarPolicySet::from(parsed.set.clone());
    let result = validator.validate(&set, ValidationMode::Strict);
    for error in result.validation_errors() {
        let at = place(error.policy_id().as_ref(), parsed, links);
        let Some(at) = at else { continue };
        diagnose::push(Code::CedarValidation, error, at.source, Some(at), sink);
    }
    for warning in result.validation_warnings() {
        let at = place(warning.policy_id().as_ref(), parsed, links);
        let Some(at) = at else { continue };
        sink.push(warn(warning, at));
    }
    for policy in parsed.policies.values().filter(|policy| is_blanket(policy, parsed)) {
        let message = format!("`{}` allows everybody everything that no forbid denies", policy.id);
        let diagnostic = Diagnostic::new(Code::BlanketPermit, message)
            .label(policy.span, "no constraint and no condition");
        sink.push(diagnostic.hint("say which principal, action or resource it is for"));
    }
}

fn warn(warning: &ValidationWarning, at: Span) -> Diagnostic {
    let mut diagnostic = match warning {
        ValidationWarning::ImpossiblePolicy(_) | ValidationWarning::InvalidActionApplication(_) => {
            let message = "no request of the schema can match this policy";
            Diagnostic::new(Code::UnreachablePolicy, message)
                .label(at, "never applies")
                .hint("look for a misspelt action or type, a type that the action does not apply to, or a condition that is always false")
        }
        other => diagnose::convert(Code::CedarValidation, other, at.source, Some(at)),
    };
    diagnostic.severity = Severity::Error;
    diagnostic
}

/// Where the policy, template or link of that id stands.
fn place(id: &str, parsed: &Parsed, links: &Links) -> Option<Span> {
    let of_policy = parsed.policies.get(id).map(|policy| policy.span);
    of_policy.or_else(|| links.values().find(|(link, _)| link.as_ref() == id).map(|(_, span)| *span))
}

fn is_blanket(policy: &Policy, parsed: &Parsed) -> bool {
    let found = parsed.set.all_templates().find(|template| AsRef::<str>::as_ref(template.id()) == policy.id);
    policy.effect == Effect::Permit
        && found.is_some_and(|template| {
            template.non_scope_constraints().is_none()
                && matches!(template.principal_constraint().as_inner(), PrincipalOrResourceConstraint::Any)
                && matches!(template.resource_constraint().as_inner(), PrincipalOrResourceConstraint::Any)
                && matches!(template.action_constraint(), cedar_policy_core::ast::ActionConstraint::Any)
        })
}
