//! Who is given what by the resources of clouds: roles, policies and memberships.

use std::collections::HashMap;

use super::change::Change;
use super::configuration::{Configuration, Dependency, Place};
use super::grant_rules::{From, Kind, RULES, Rule};
use super::mapping::matches;
use super::order::place_of;
use super::values::{Tag, Tags};
use crate::source::{Span, Spanned};

/// A name in the cloud, or one that is not known until the plan is applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    Known(String),
    Unknown,
}

/// What is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Given {
    /// A role, a policy, a permission on something.
    Role,
    /// The membership in a group, or the right to act as another.
    Membership,
}

/// Somebody is given something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Grant {
    pub given: Given,
    pub grantee: Name,
    pub to: Name,
    /// Where the plan says so.
    pub grantee_span: Span,
    pub span: Span,
}

/// What the grants of a plan are found with.
pub(super) struct Grants<'a, 'j, 't> {
    pub changes: &'a [Change<'j, 't>],
    pub configuration: &'a Configuration<'j, 't>,
    /// The values after the plan, by change.
    pub after: &'a [Option<Tags>],
    of_resource: HashMap<Place, Vec<usize>>,
}

/// Whether the values before or after the plan are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    Before,
    After,
}

impl<'a, 'j, 't> Grants<'a, 'j, 't> {
    pub fn new(
        changes: &'a [Change<'j, 't>],
        configuration: &'a Configuration<'j, 't>,
        after: &'a [Option<Tags>],
    ) -> Self {
        let mut of_resource: HashMap<Place, Vec<usize>> = HashMap::new();
        for (at, change) in changes.iter().enumerate() {
            of_resource.entry(place_of(change)).or_default().push(at);
        }
        Self { changes, configuration, after, of_resource }
    }

    /// Says whether what a type of resource grants is known here.
    pub fn knows(resource_type: &str) -> bool {
        resource_type == "oci_identity_policy"
            || RULES.iter().any(|rule| matches(rule.types, resource_type))
            || super::grant_rules::WITHOUT_GRANTS.iter().any(|pattern| matches(pattern, resource_type))
    }

    /// What a resource grants with these values.
    pub fn of(&self, at: usize, tags: &Tags, when: When) -> Vec<Grant> {
        let Some(change) = self.changes.get(at) else { return Vec::new() };
        let resource_type = change.parsed.resource_type();
        let mut grants: Vec<Grant> = RULES
            .iter()
            .filter(|rule| matches(rule.types, resource_type))
            .flat_map(|rule| self.by_rule(at, rule, tags, when))
            .collect();
        if resource_type == "oci_identity_policy" {
            grants.extend(statements(change, tags));
        }
        grants.retain(|grant| grant.grantee != grant.to || grant.grantee == Name::Unknown);
        grants.sort();
        grants.dedup_by(|left, right| {
            (left.given, &left.grantee, &left.to) == (right.given, &right.grantee, &right.to)
        });
        grants
    }

    fn by_rule(&self, at: usize, rule: &Rule, tags: &Tags, when: When) -> Vec<Grant> {
        let to = self.names(at, &rule.to, tags, when);
        let scope = self.scope(at, rule.scope, tags, when);
        let mut grants = Vec::new();
        for from in rule.grantees {
            for grantee in self.names(at, from, tags, when) {
                for to in &to {
                    let scoped = match (&to.value, &scope) {
                        (Name::Known(name), Some(scope)) => Name::Known(format!("{name}{scope}")),
                        _ => Name::Unknown,
                    };
                    grants.push(Grant {
                        given: rule.given,
                        grantee: grantee.value.clone(),
                        to: scoped,
                        grantee_span: grantee.span,
                        span: to.span,
                    });
                }
            }
        }
        grants
    }

    /// The names that one part of a rule stands for.
    fn names(&self, at: usize, from: &From, tags: &Tags, when: When) -> Vec<Spanned<Name>> {
        let Some(change) = self.changes.get(at) else { return Vec::new() };
        let (attribute, kind) = match from {
            From::Itself(kind) => {
                return vec![Spanned::new(self.itself(at, *kind, tags), change.address.span)];
            }
            From::Address => {
                let name = Name::Known(format!("terraform:{}", change.address.value));
                return vec![Spanned::new(name, change.address.span)];
            }
            From::Attribute(attribute, kind) => (*attribute, *kind),
        };
        match self.told(at, attribute, tags, when) {
            None => Vec::new(),
            Some(Tag::Known(_, texts)) => texts
                .iter()
                .filter(|text| !text.value.is_empty())
                .filter_map(|text| Some(Spanned::new(Name::Known(kind.name(&text.value)?), text.span)))
                .collect(),
            Some(Tag::Unknown(span)) if when == When::After => {
                vec![Spanned::new(self.referred(at, attribute, kind), *span)]
            }
            Some(Tag::Unknown(span) | Tag::Sensitive(span) | Tag::Hidden(span)) => {
                vec![Spanned::new(Name::Unknown, *span)]
            }
        }
    }

    /// What stands at an attribute. What the provider will fill in, and nobody has configured, is not told.
    fn told<'b>(&self, at: usize, attribute: &str, tags: &'b Tags, when: When) -> Option<&'b Tag> {
        let tag = tags.get(attribute)?;
        if !matches!(tag, Tag::Unknown(_)) || when == When::Before {
            return Some(tag);
        }
        let node = self.changes.get(at).and_then(|change| self.configuration.find(&place_of(change)));
        let top = attribute.split('.').next().unwrap_or(attribute);
        let configured = node.is_none_or(|node| self.configuration.configures(node, top));
        configured.then_some(tag)
    }

    /// What a role is given on: the first of the attributes that the resource has. Nothing where that is not known.
    fn scope(&self, at: usize, attributes: &[&str], tags: &Tags, when: When) -> Option<String> {
        match attributes.iter().find_map(|attribute| self.told(at, attribute, tags, when)) {
            None => Some(String::new()),
            Some(Tag::Known(_, texts)) => Some(format!("@{}", texts.first()?.value)),
            Some(_) => None,
        }
    }

    /// The name of what an attribute refers to, where that is one resource of the plan.
    fn referred(&self, at: usize, attribute: &str, kind: Kind) -> Name {
        let found = || {
            let change = self.changes.get(at)?;
            let node = self.configuration.find(&place_of(change))?;
            let top = attribute.split('.').next().unwrap_or(attribute);
            let target = self.one_resource(self.configuration.referred(node, top))?;
            let place = self.configuration.place(target.node)?;
            let all = self.of_resource.get(place)?;
            let fits = |other: &&usize, same_key: bool| {
                self.changes.get(**other).is_some_and(|other| {
                    let key = match &target.key {
                        Some(key) => other.parsed.key == *key,
                        None => !same_key || other.parsed.key == change.parsed.key,
                    };
                    key && (other.parsed.module() != change.parsed.module()
                        || other.parsed.module_instance() == change.parsed.module_instance())
                })
            };
            let loose: Vec<usize> = all.iter().filter(|other| fits(other, false)).copied().collect();
            let strict: Vec<usize> = all.iter().filter(|other| fits(other, true)).copied().collect();
            let only = match (loose.as_slice(), strict.as_slice()) {
                ([only], _) | (_, [only]) => *only,
                _ => return None,
            };
            let tags = self.after.get(only).and_then(Option::as_ref)?;
            Some(self.itself(only, kind, tags))
        };
        found().unwrap_or(Name::Unknown)
    }

    /// Follows inputs and outputs of modules to the one resource that they stand for.
    fn one_resource(&self, mut found: Vec<Dependency>) -> Option<Dependency> {
        for _ in 0..64 {
            let [only] = found.as_slice() else { return None };
            match self.configuration.place(only.node)? {
                Place::Resource(..) => return Some(only.clone()),
                Place::Variable(..) | Place::Output(..) => {
                    let next = self.configuration.dependencies(only.node).iter();
                    let is_start =
                        |to: &&Dependency| matches!(self.configuration.place(to.node), Some(Place::Begin(_)));
                    found = next.filter(|to| !is_start(to)).cloned().collect();
                }
                _ => return None,
            }
        }
        None
    }

    /// What a resource is called where others name it.
    fn itself(&self, at: usize, kind: Kind, tags: &Tags) -> Name {
        let Some(change) = self.changes.get(at) else { return Name::Unknown };
        let (attribute, kind) = match (change.parsed.resource_type(), kind) {
            ("aws_iam_role", _) => ("name", Kind::AwsRole),
            ("aws_iam_user", _) => ("name", Kind::AwsUser),
            ("aws_iam_group", _) => ("name", Kind::AwsGroup),
            ("aws_iam_policy", _) => ("arn", Kind::Plain),
            ("google_service_account", _) => ("member", Kind::Plain),
            ("azuread_group" | "azuread_user" | "azuread_service_principal", _) => ("object_id", Kind::Azure),
            ("azurerm_user_assigned_identity", _) => ("principal_id", Kind::Azure),
            ("oci_identity_group" | "oci_identity_user", kind) => ("id", kind),
            (_, kind) => ("", kind),
        };
        match tags.get(attribute) {
            Some(Tag::Known(_, texts)) if texts.len() == 1 => {
                let name = texts.first().and_then(|text| kind.name(&text.value));
                name.map_or(Name::Unknown, Name::Known)
            }
            _ => Name::Known(format!("terraform:{}", change.address.value)),
        }
    }
}

/// The grants of an Oracle policy: `Allow group admins to manage all-resources in tenancy`.
fn statements(change: &Change<'_, '_>, tags: &Tags) -> Vec<Grant> {
    match tags.get("statements") {
        None => Vec::new(),
        Some(Tag::Known(_, texts)) => texts.iter().flat_map(statement).collect(),
        Some(_) => vec![Grant {
            given: Given::Role,
            grantee: Name::Unknown,
            to: Name::Unknown,
            grantee_span: change.span,
            span: change.span,
        }],
    }
}

fn statement(text: &Spanned<String>) -> Vec<Grant> {
    let words: Vec<&str> = text.value.split_whitespace().collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let to = lower.iter().position(|word| word == "to");
    let (Some(to), Some("allow")) = (to, lower.first().map(String::as_str)) else {
        // Whatever else a statement does, somebody may get something by it.
        let allows = lower.first().is_none_or(|word| word != "define");
        return if allows { vec![oracle(text, Name::Unknown, Name::Unknown)] } else { Vec::new() };
    };
    let who = words.get(1..to).unwrap_or_default().join(" ");
    let what = words.get(to + 1..).unwrap_or_default().join(" ");
    let (kind, names) = match lower.get(1).map(String::as_str) {
        Some(kind @ ("group" | "dynamic-group" | "service")) => {
            (kind, who.split_once(' ').map_or("", |(_, names)| names))
        }
        _ => ("", who.as_str()),
    };
    let name = |name: &str| match kind {
        "" => format!("oci:{}", name.trim().to_ascii_lowercase()),
        kind => format!("oci:{kind}/{}", name.trim()),
    };
    let role = Name::Known(format!("oci:{what}"));
    names.split(',').map(|who| oracle(text, Name::Known(name(who)), role.clone())).collect()
}

fn oracle(text: &Spanned<String>, grantee: Name, to: Name) -> Grant {
    Grant { given: Given::Role, grantee, to, grantee_span: text.span, span: text.span }
}
