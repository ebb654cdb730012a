//! `rights` knows approvals and the age of the estate, like the commands that judge.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod cli_support;

use cli_support::{World, code, err, out};
use serde_json::Value as Json;

const SCHEMA: &str = "
namespace T {
  entity Group;
  entity User in [Group];
  entity Doc;
  action change appliesTo { principal: User, resource: Doc, context: { plan: { approvalCount: Long } } };
}
";
const POLICIES: &str = "
@id(\"approved-changes\")
permit (principal, action == T::Action::\"change\", resource)
when { principal in T::Group::\"ops\" && context.plan.approvalCount > 0 };
";
const ESTATE: &str = "
schema: countersign.estate/1
taken: 2026-11-20T06:00:00Z
entities:
  - uid: Group::\"ops\"
  - { uid: User::\"dana\", parents: ['Group::\"ops\"'] }
  - uid: User::\"erin\"
  - uid: Doc::\"x\"
";
const PLAN: &str = "
schema: countersign.plan/1
id: P
author: User::\"dana\"
phases:
  - id: one
    by: User::\"dana\"
    steps:
      - { id: change, do: change, target: 'Doc::\"x\"' }
";

fn world() -> World {
    let world = World::new();
    world.write("bundle/schema.cedarschema", SCHEMA);
    world.write("bundle/rights.cedar", POLICIES);
    world.write(
        "bundle/operations.yaml",
        "schema: countersign.operations/1\noperations:\n  change: { changes: [] }\n",
    );
    world.write("estate.yaml", ESTATE);
    world.write("plan.yaml", PLAN);
    let digest = out(&world.run(&["digest", "plan.yaml"]));
    let digest = digest.split_whitespace().find(|word| word.starts_with("sha256:")).unwrap();
    world.write(
        "approvals.yaml",
        format!(
            "schema: countersign.approvals/1\napprovals:\n  - {{ plan: P, digest: \"{digest}\", by: 'User::\"erin\"', at: 2026-11-21T06:00:00Z }}\n"
        ),
    );
    world
}

const FIXED: [&str; 7] =
    ["rights", "plan.yaml", "--bundle", "bundle", "--estate", "estate.yaml", "--at=2026-11-22T06:00:00Z"];

fn alternatives(world: &World, more: &[&str]) -> Json {
    let output = world.run(&[&FIXED[..], &["--format", "json"], more].concat());
    assert_eq!(code(&output), 0, "{}", err(&output));
    let table: Json = serde_json::from_str(&out(&output)).unwrap();
    table["phases"][0]["needs"][0]["alternatives"].clone()
}

#[test]
fn what_a_right_is_worth_depends_on_the_approvals() {
    let world = world();
    assert_eq!(alternatives(&world, &[]).as_array().unwrap().len(), 0);
    let approved = alternatives(&world, &["--approvals", "approvals.yaml"]);
    assert_eq!(approved[0]["requirements"][0]["in"], "T::Group::\"ops\"", "{approved}");
}

#[test]
fn an_estate_that_is_too_old_is_refused() {
    let world = world();
    let asked = |age: &'static str| world.run(&[&FIXED[..], &["--max-age", age]].concat());
    assert_eq!(code(&asked("72h")), 0);
    let refused = asked("24h");
    assert_eq!(code(&refused), 2);
    assert!(err(&refused).contains("old-estate") || err(&refused).contains("estate"), "{}", err(&refused));
}
