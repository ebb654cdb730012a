//! One small bundle for cases that were found by the laws: a step can bar two users from using things.

use super::world::Files;

const SCHEMA: &str = "entity Group; entity User in [Group]; entity Thing;
action bar appliesTo { principal: [User], resource: [User], context: { other: User } };
action use appliesTo { principal: [User], resource: [Thing], context: {} };
";

/// Everybody may do everything.
pub const EVERYBODY: &str = "@id(\"everybody\")
permit (principal, action, resource) when { principal is User };
";

/// Whom the template is linked for may use nothing.
pub const BARRED: &str = "@id(\"barred\")
forbid (principal == ?principal, action == Action::\"use\", resource);
";

const ESTATE: &str = "schema: countersign.estate/1
entities:
  - uid: User::\"root\"
  - uid: User::\"ann\"
  - uid: User::\"bob\"
  - uid: User::\"cy\"
  - uid: Thing::\"t\"
";

/// The policies of most cases.
pub fn policies() -> String {
    format!("{EVERYBODY}{BARRED}")
}

/// The files of a plan whose steps are YAML flow mappings in the phase `p`; `bar` says what barring changes.
pub fn files(bar: &[&str], policies: &str, links: Option<&str>, order: &str, steps: &[&str]) -> Files {
    let file = |path: &str, text: String| (path.to_owned(), text);
    let items = |items: &[&str]| items.iter().map(|item| format!("      - {item}\n")).collect::<String>();
    let operations = format!(
        "schema: countersign.operations/1\noperations:\n  use:\n    changes: []\n  bar:\n    changes:\n{}",
        items(bar)
    );
    let plan = format!(
        "schema: countersign.plan/1\nid: small\nphases:\n  - id: p\n    by: User::\"root\"\n    order: {order}\n    steps:\n{}",
        items(steps)
    );
    Files {
        manifest: file("bundle.toml", "schema = \"countersign.bundle/1\"\nname = \"small\"\n".to_owned()),
        schema: file("schema.cedarschema", SCHEMA.to_owned()),
        policies: vec![file("policies.cedar", policies.to_owned())],
        links: links.map(|links| file("links.json", links.to_owned())),
        operations: file("operations.yaml", operations),
        estates: vec![file("estate.yaml", ESTATE.to_owned())],
        plan: file("plan.yaml", plan),
    }
}
