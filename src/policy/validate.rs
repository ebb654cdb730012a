//! Cedar's strict validation, and what it does not look for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cedar_policy::{
    PolicySet as CedarPolicySet, Schema as CedarSchema, ValidationMode, ValidationResult, ValidationWarning,
    Validator,
};
use cedar_policy_core::ast::{
    ActionConstraint, PolicyID, PolicySet, PrincipalOrResourceConstraint, Template,
};
use cedar_policy_core::validator::typecheck::{PolicyCheck, Typechecker};
use cedar_policy_core::validator::{self, confusable_string_checks};

use super::bundle::{Effect, Policy};
use super::environments::Environments;
use super::links::{self, Links};
use super::parse::Parsed;
use super::schema::CompiledSchema;
use super::shape::{self, Shape};
use super::{diagnose, guard};
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::model::{Link, TypeName, Uid};
use crate::source::Span;

/// Below this many shapes for each a thread costs more than it saves.
const LEAST: usize = 24;

/// What is validated, and by which schema.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub schema: &'a CompiledSchema,
    pub environments: &'a Environments<'a>,
    pub parsed: &'a Parsed,
}

/// Below this many policies for each a thread costs more than it saves.
const LEAST_TEXTS: usize = 256;

/// The policies with names that are not what they look like.
pub(super) fn confusable(parsed: &Parsed) -> BTreeSet<PolicyID> {
    let templates: Vec<&Template> = parsed.set.all_templates().collect();
    let found = guard::map_with_stack(&templates, LEAST_TEXTS, |template: &&Template| {
        confusable_string_checks(std::iter::once(*template)).next().is_some()
    });
    let found = templates.iter().zip(found).filter(|(_, found)| *found);
    found.map(|(template, _)| template.id().clone()).collect()
}

/// Validates every policy, template and link strictly.
///
/// Cedar's warnings are errors here: a policy that no request can match protects nothing, and a
/// name with mixed scripts is not the name that it looks like.
pub(super) fn validate(ground: Ground<'_>, confusable: &BTreeSet<PolicyID>, links: &Links, sink: &mut Sink) {
    let Ground { schema, parsed, .. } = ground;
    let doubtful = Doubtful::find(ground, confusable, links);
    if !doubtful.is_empty() {
        report(&doubtful.validate(schema, parsed), parsed, links, sink);
    }
    for policy in parsed.policies.values().filter(|policy| is_blanket(policy, parsed)) {
        let message = format!("`{}` allows everybody everything that no forbid denies", policy.id);
        let diagnostic = Diagnostic::new(Code::BlanketPermit, message)
            .label(policy.span, "no constraint and no condition");
        sink.push(diagnostic.hint("say which principal, action or resource it is for"));
    }
}

fn report(result: &ValidationResult, parsed: &Parsed, links: &Links, sink: &mut Sink) {
    let spans: HashMap<&str, Span> = links.values().map(|(id, span)| (id.as_ref(), *span)).collect();
    let place = |id: &str| {
        let of_policy = parsed.policies.get(id).map(|policy| policy.span);
        of_policy.or_else(|| spans.get(id).copied())
    };
    for error in result.validation_errors() {
        let Some(at) = place(error.policy_id().as_ref()) else { continue };
        diagnose::push(Code::CedarValidation, error, at.source, Some(at), sink);
    }
    for warning in result.validation_warnings() {
        let Some(at) = place(warning.policy_id().as_ref()) else { continue };
        sink.push(warn(warning, at));
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

/// The policies and links that Cedar's validator may find something in.
///
/// Of policies that differ only in what the type checker does not look at, one stands for all; where
/// that one is in doubt, all are, and Cedar validates each of them.
#[derive(Default)]
struct Doubtful<'a> {
    templates: Vec<&'a Template>,
    links: Vec<(&'a Link, &'a str)>,
}

/// What the validator looks at in a link: its template and the types of its arguments.
type LinkShape<'a> = (&'a str, Option<TypeName>, Option<TypeName>);

impl<'a> Doubtful<'a> {
    fn find(ground: Ground<'a>, confusable: &BTreeSet<PolicyID>, links: &'a Links) -> Self {
        let Ground { schema, environments, parsed } = ground;
        let mut shapes: HashMap<Shape, Vec<&Template>> = HashMap::new();
        let mut doubtful = Self::default();
        for template in parsed.set.all_templates() {
            if confusable.contains(template.id()) {
                doubtful.templates.push(template);
            } else {
                let shape = shape::of_types(&template.condition(), &schema.cedar);
                shapes.entry(shape).or_default().push(template);
            }
        }
        let (open, closed): (Vec<Vec<&Template>>, Vec<Vec<&Template>>) =
            shapes.into_values().partition(|alike| alike.first().is_some_and(|first| has_slots(first)));
        let clean = guard::map_with_stack(&closed, LEAST, |alike: &Vec<&Template>| {
            alike.first().is_some_and(|template| is_clean(template, schema, environments))
        });
        for (clean, alike) in clean.into_iter().zip(closed) {
            if !clean {
                doubtful.templates.extend(alike);
            }
        }
        doubtful.try_samples(&open, schema, parsed, links);
        doubtful.templates.sort_by(|left, right| left.id().cmp(right.id()));
        doubtful
    }

    /// Lets Cedar validate one template and one link of each shape.
    fn try_samples(
        &mut self,
        open: &[Vec<&'a Template>],
        schema: &CompiledSchema,
        parsed: &Parsed,
        links: &'a Links,
    ) {
        let mut shapes: BTreeMap<LinkShape<'_>, Vec<(&Link, &str)>> = BTreeMap::new();
        for (link, (id, _)) in links {
            let of = |uid: &Option<Uid>| uid.as_ref().map(|uid| uid.type_name().clone());
            let shape = (link.template.as_str(), of(&link.principal), of(&link.resource));
            shapes.entry(shape).or_default().push((link, id));
        }
        let sample = Doubtful {
            templates: open.iter().filter_map(|alike| alike.first().copied()).collect(),
            links: shapes.values().filter_map(|alike| alike.first().copied()).collect(),
        };
        if sample.is_empty() {
            return;
        }
        let result = sample.validate(schema, parsed);
        let errors = result.validation_errors().map(|error| error.policy_id());
        let warnings = result.validation_warnings().map(|warning| warning.policy_id());
        // The text of an id escapes what the id itself holds.
        let found: BTreeSet<&str> = errors.chain(warnings).map(AsRef::<str>::as_ref).collect();
        let found_in = |template: &&Template| found.contains(AsRef::<str>::as_ref(template.id()));
        let templates = open.iter().filter(|alike| alike.first().is_some_and(found_in));
        self.templates.extend(templates.flatten());
        let links =
            shapes.into_values().filter(|alike| alike.first().is_some_and(|(_, id)| found.contains(*id)));
        self.links.extend(links.flatten());
    }

    fn is_empty(&self) -> bool {
        self.templates.is_empty() && self.links.is_empty()
    }

    /// Lets Cedar validate each of them.
    fn validate(&self, schema: &CompiledSchema, parsed: &Parsed) -> ValidationResult {
        let mut set = PolicySet::new();
        let mut added: BTreeSet<&PolicyID> = BTreeSet::new();
        let of_links = self.links.iter().filter_map(|(link, _)| template(parsed, &link.template));
        for template in self.templates.iter().copied().chain(of_links) {
            if added.insert(template.id()) {
                let fits = match parsed.set.get(template.id()) {
                    Some(policy) => set.add(policy.clone()).is_ok(),
                    None => set.add_template(template.clone()).is_ok(),
                };
                assert!(fits, "the ids of a bundle's policies are distinct");
            }
        }
        for (link, id) in &self.links {
            assert!(links::add(&mut set, link, id), "a link fits its template, checked before");
        }
        let validator = Validator::new(CedarSchema::from(schema.cedar.clone()));
        validator.validate(&CedarPolicySet::from(set), ValidationMode::Strict)
    }
}

/// Says whether Cedar's validator is sure to find nothing in a policy, its strings left aside.
///
/// In an environment of another action the policy is false by its scope, and the type checker looks
/// no further. A policy that can be true in some environment has a scope that fits it.
fn is_clean(template: &Template, schema: &CompiledSchema, environments: &Environments<'_>) -> bool {
    if validator::Validator::validate_entity_types_and_literals(&schema.cedar, template).next().is_some() {
        return false;
    }
    let typechecker = Typechecker::new(&schema.cedar, validator::ValidationMode::Strict);
    let mut can_be_true = false;
    for environment in environments.covered(template.action_constraint(), &schema.model) {
        match typechecker.typecheck_by_single_request_env(template, environment) {
            PolicyCheck::Success(_) => can_be_true = true,
            PolicyCheck::Irrelevant(errors, _) if errors.is_empty() => {}
            PolicyCheck::Irrelevant(..) | PolicyCheck::Fail(_) => return false,
        }
    }
    can_be_true
}

/// Says whether the validator has types to try for a slot.
fn has_slots(template: &Template) -> bool {
    template.slots().next().is_some()
}

fn template<'a>(parsed: &'a Parsed, id: &str) -> Option<&'a Template> {
    let id = PolicyID::from_string(id);
    parsed.set.get_template(&id)
}

fn is_blanket(policy: &Policy, parsed: &Parsed) -> bool {
    policy.effect == Effect::Permit
        && template(parsed, &policy.id).is_some_and(|template| {
            template.non_scope_constraints().is_none()
                && matches!(template.principal_constraint().as_inner(), PrincipalOrResourceConstraint::Any)
                && matches!(template.resource_constraint().as_inner(), PrincipalOrResourceConstraint::Any)
                && matches!(template.action_constraint(), ActionConstraint::Any)
        })
}

#[cfg(test)]
mod tests;
