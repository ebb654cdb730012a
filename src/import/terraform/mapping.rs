//! The section `terraform` of a mapping file.

use super::super::native::Fields;
use super::super::reading::Reading;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::Spanned;

const SECTION: &[&str] =
    &["id", "title", "author", "workspace", "by", "principals", "environments", "protected", "types"];
const PRINCIPAL: &[&str] = &["by", "provider", "module", "workspace", "address", "type"];
const ENVIRONMENT: &[&str] = &["name", "protected", "modules", "workspaces"];
const TYPES: &[&str] = &["group", "types"];

/// What a user says about a plan.
#[derive(Clone, Debug, Default)]
pub(super) struct Mapping {
    pub id: Option<Spanned<String>>,
    pub title: Option<Spanned<String>>,
    pub author: Option<Spanned<String>>,
    /// The workspace that the plan is for; the plan itself does not say.
    pub workspace: Option<Spanned<String>>,
    /// The principal of what no rule is about.
    pub by: Option<Spanned<String>>,
    pub principals: Vec<PrincipalRule>,
    pub environments: Vec<EnvironmentRule>,
    /// Patterns of addresses.
    pub protected: Vec<Spanned<String>>,
    pub types: Vec<TypeRule>,
}

/// Who runs a part of the plan; every pattern that is given must match.
#[derive(Clone, Debug)]
pub(super) struct PrincipalRule {
    pub by: Spanned<String>,
    patterns: Vec<(&'static str, Spanned<String>)>,
}

/// Which modules or workspaces are one environment.
#[derive(Clone, Debug)]
pub(super) struct EnvironmentRule {
    pub name: Spanned<String>,
    pub protected: bool,
    pub modules: Vec<Spanned<String>>,
    pub workspaces: Vec<Spanned<String>>,
}

/// Which types are of a group.
#[derive(Clone, Debug)]
pub(super) struct TypeRule {
    pub group: Spanned<String>,
    pub types: Vec<Spanned<String>>,
}

/// What rules can be about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub provider: &'a str,
    /// The module instance, `module.a["x"]`; empty for the root.
    pub module: &'a str,
    pub address: &'a str,
    pub resource_type: &'a str,
}

impl Mapping {
    /// Reads the section.
    pub fn read(reading: &mut Reading<'_>, node: Node) -> Option<Self> {
        let mut fields = Fields::open(reading, node, "the section `terraform`", SECTION)?;
        let id = fields.take("id").and_then(|node| reading.id("id", node));
        let mut name = |field: &'static str, reading: &mut Reading<'_>| {
            fields.take(field).and_then(|node| reading.name(field, node))
        };
        let title = name("title", reading);
        let author = name("author", reading);
        let workspace = name("workspace", reading);
        let by = name("by", reading);
        let protected = names(reading, &mut fields, "protected");
        let mut list = |field: &'static str, reading: &mut Reading<'_>| {
            fields.take(field).and_then(|node| reading.list(field, node)).unwrap_or_default()
        };
        let (principals, environments, types) =
            (list("principals", reading), list("environments", reading), list("types", reading));
        Some(Self {
            id,
            title,
            author,
            workspace,
            by,
            protected,
            principals: principals.into_iter().filter_map(|node| principal(reading, node)).collect(),
            environments: environments.into_iter().filter_map(|node| environment(reading, node)).collect(),
            types: types.into_iter().filter_map(|node| type_rule(reading, node)).collect(),
        })
    }

    /// The principal that the first rule names that is about a subject.
    pub fn principal(&self, subject: Subject<'_>) -> Option<&Spanned<String>> {
        let workspace = self.workspace.as_ref().map_or("", |workspace| workspace.value.as_str());
        let text = |field: &str| match field {
            "provider" => subject.provider,
            "module" => subject.module,
            "workspace" => workspace,
            "type" => subject.resource_type,
            _ => subject.address,
        };
        let is_about = |rule: &&PrincipalRule| {
            rule.patterns.iter().all(|(field, pattern)| {
                matches(&pattern.value, text(field))
                    || (*field == "provider" && short_provider(&pattern.value, subject.provider))
            })
        };
        self.principals.iter().find(is_about).map(|rule| &rule.by)
    }

    /// The environment that a module is in.
    pub fn environment(&self, module: &str) -> Option<&EnvironmentRule> {
        let workspace = self.workspace.as_ref().map_or("", |workspace| workspace.value.as_str());
        let any = |patterns: &[Spanned<String>], text: &str| {
            patterns.is_empty() || patterns.iter().any(|pattern| matches(&pattern.value, text))
        };
        self.environments.iter().find(|rule| any(&rule.modules, module) && any(&rule.workspaces, workspace))
    }

    /// Says whether an address is protected.
    pub fn protects(&self, address: &str) -> bool {
        self.protected.iter().any(|pattern| matches(&pattern.value, address))
    }
}

fn names(reading: &mut Reading<'_>, fields: &mut Fields, field: &str) -> Vec<Spanned<String>> {
    fields.take(field).and_then(|node| reading.names(field, node)).unwrap_or_default()
}

fn principal(reading: &mut Reading<'_>, node: Node) -> Option<PrincipalRule> {
    let mut fields = Fields::open(reading, node, "a principal", PRINCIPAL)?;
    let by = fields.required(reading, "by").and_then(|node| reading.name("by", node));
    let mut patterns = Vec::new();
    for field in PRINCIPAL.iter().filter(|field| **field != "by") {
        if let Some(node) = fields.take(field) {
            patterns.extend(reading.name(field, node).map(|pattern| (*field, pattern)));
        }
    }
    Some(PrincipalRule { by: by?, patterns })
}

fn environment(reading: &mut Reading<'_>, node: Node) -> Option<EnvironmentRule> {
    let mut fields = Fields::open(reading, node, "an environment", ENVIRONMENT)?;
    let name = fields.required(reading, "name").and_then(|node| reading.name("name", node));
    let protected = match fields.take("protected") {
        None => false,
        Some(Node { kind: NodeKind::Bool(protected), .. }) => protected,
        Some(other) => {
            reading.wrong_shape("`protected`", &other, "`true` or `false`");
            false
        }
    };
    let modules = names(reading, &mut fields, "modules");
    let workspaces = names(reading, &mut fields, "workspaces");
    Some(EnvironmentRule { name: name?, protected, modules, workspaces })
}

fn type_rule(reading: &mut Reading<'_>, node: Node) -> Option<TypeRule> {
    let mut fields = Fields::open(reading, node, "a group of types", TYPES)?;
    let group = fields.required(reading, "group").and_then(|node| reading.name("group", node));
    let types = names(reading, &mut fields, "types");
    let group = group?;
    if !super::groups::GROUPS.contains(&group.value.as_str()) {
        let message = "a group of types is not one that the program knows";
        let diagnostic = Diagnostic::new(Code::InvalidValue, message).label(group.span, "");
        let known = super::groups::GROUPS.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
        reading.push(diagnostic.hint(format!("the groups are {}", known.join(", "))));
        return None;
    }
    Some(TypeRule { group, types })
}

/// Says whether a provider is meant by `aws` or `hashicorp/aws`.
fn short_provider(pattern: &str, provider: &str) -> bool {
    provider.strip_suffix(pattern).is_some_and(|before| before.ends_with('/'))
}

/// Says whether a text is like a pattern, in which `*` stands for any characters.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text) in
            [("*", ""), ("a*", "a"), ("module.*.x", "module.a.b.x"), ("a", "a"), ("*b*", "abc")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*c", "ab"), ("", "a"), ("ab*b", "ab"), ("*x", "xy")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
