//! Where `explain` says that links, memberships and values come from.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its world breaks")]

mod cli_support;

use cli_support::{World, code, err, out};

const SCHEMA: &str = "
namespace T {
  entity Group in [Group];
  entity User in [Group] { trained?: Bool };
  entity Doc;
  action enrol appliesTo { principal: User, resource: User, context: { group: Group } };
  action share appliesTo { principal: User, resource: Doc, context: { with: Group } };
  action view appliesTo { principal: User, resource: Doc, context: {} };
}
";
const POLICIES: &str = "
@id(\"boss\")
permit (principal == T::User::\"boss\", action in [T::Action::\"enrol\", T::Action::\"share\"], resource);
@id(\"shared\")
@title(\"readers view what is shared with them\")
permit (principal in ?principal, action == T::Action::\"view\", resource == ?resource)
when { principal has trained && principal.trained };
@id(\"untrained\")
forbid (principal, action == T::Action::\"view\", resource) unless { principal has trained };
";
const LINKS: &str = r#"[{"template_id": "shared", "link_id": "archive", "args": {"?principal": "Group::\"guests\"", "?resource": "Doc::\"x\""}}]"#;
const OPERATIONS: &str = "
schema: countersign.operations/1
operations:
  enrol:
    changes:
      - { join: resource, parent: context.group }
      - { set: resource, attr: trained, value: true }
  share: { changes: [ { link: shared, principal: context.with, resource: resource } ] }
  view: { changes: [] }
";
const ESTATE: &str = "
schema: countersign.estate/1
entities:
  - uid: Group::\"guests\"
  - uid: Group::\"readers\"
  - uid: Group::\"novices\"
    parents: [Group::\"readers\"]
  - uid: User::\"boss\"
  - uid: User::\"ann\"
  - uid: Doc::\"x\"
";
const PLAN: &str = "
schema: countersign.plan/1
id: P
phases:
  - id: prepare
    by: User::\"boss\"
    steps:
      - { id: enrol, do: enrol, target: 'User::\"ann\"', with: { group: 'Group::\"novices\"' } }
      - { id: share, do: share, target: 'Doc::\"x\"', with: { with: 'Group::\"readers\"' } }
  - id: use
    by: User::\"ann\"
    needs: [prepare]
    steps:
      - { id: view, do: view, target: 'Doc::\"x\"' }
  - id: early
    by: User::\"ann\"
    steps:
      - { id: view, do: view, target: 'Doc::\"x\"' }
";

fn told(step: &str) -> String {
    let world = World::new();
    for (path, text) in [
        ("bundle/schema.cedarschema", SCHEMA),
        ("bundle/rights.cedar", POLICIES),
        ("bundle/links.json", LINKS),
        ("bundle/operations.yaml", OPERATIONS),
        ("estate.yaml", ESTATE),
        ("plan.yaml", PLAN),
    ] {
        world.write(path, text);
    }
    let fixed = ["--bundle", "bundle", "--estate", "estate.yaml", "--at", "2026-11-22T06:00:00Z"];
    let output = world.run(&[&["explain", "plan.yaml", step], &fixed[..]].concat());
    assert_eq!(code(&output), 1, "{}", err(&output));
    out(&output)
}

#[test]
fn a_fact_that_the_plan_brought_about_names_the_step() {
    insta::assert_snapshot!(told("use/view"));
}

#[test]
fn a_race_is_told_for_the_run_that_fails() {
    insta::assert_snapshot!(told("early/view"));
}
