//! A bundle that is changed together with the plan that it judges rejects the plan.
#![allow(clippy::unwrap_used, reason = "a test ends where its world breaks")]

mod cli_support;

use std::fs;

use cli_support::World;
use serde_json::Value;

/// Copies the bundle of a world.
fn copy_bundle(world: &World) {
    for file in ["bundle.toml", "schema.cedarschema", "rights.cedar", "operations.yaml"] {
        world.write(&format!("base/{file}"), fs::read(world.path(&format!("bundle/{file}"))).unwrap());
    }
}

/// Judges a plan by the base bundle: the report and the exit code.
fn judged(world: &World, plan: &str) -> (Value, Option<i32>) {
    let arguments = [
        "check",
        "--at",
        "2026-11-22T06:00:00Z",
        "--bundle",
        "bundle",
        "--base-bundle",
        "base",
        "--estate",
        "estate.yaml",
    ];
    let output = world.run(&[&arguments[..], &["--format", "json", plan]].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::String(errors));
    (report, output.status.code())
}

fn gate_changed(report: &Value) -> Vec<&Value> {
    let findings = report["findings"].as_array().map_or(&[][..], Vec::as_slice);
    findings.iter().filter(|finding| finding["code"] == "gate-changed").collect()
}

const MALLORY_MAY: &str = "@id(\"mallory-views\")\npermit (principal == T::User::\"mallory\", action == T::Action::\"view\", resource);\n";

#[test]
fn an_unchanged_bundle_changes_nothing() {
    let world = World::new();
    copy_bundle(&world);
    let (report, exit) = judged(&world, "approved.yaml");
    assert_eq!((exit, &report["verdict"]), (Some(0), &Value::from("approved")));
    assert!(gate_changed(&report).is_empty());
    assert_eq!(judged(&world, "rejected.yaml").1, Some(1));
}

#[test]
fn a_new_permit_judges_nothing_and_rejects() {
    let world = World::new();
    copy_bundle(&world);
    world.write("bundle/more.cedar", MALLORY_MAY);
    let (report, exit) = judged(&world, "rejected.yaml");
    assert_eq!(exit, Some(1));
    assert_eq!(report["steps"][0]["outcome"], "denied", "the base bundle judges");
    let found = gate_changed(&report);
    let finding = found.first().unwrap();
    assert_eq!((found.len(), &finding["level"]), (1, &Value::from("error")));
    assert!(finding["message"].as_str().unwrap().contains("`more.cedar`"), "{finding}");
    assert_eq!(finding["labels"][0]["text"], "the permit `mallory-views` is new");
    assert_eq!(finding["labels"][0]["path"], "bundle/more.cedar");
    let hints = finding["hints"].to_string();
    assert!(
        hints.contains("the base bundle rejects the plan, and the changed bundle approves it"),
        "{hints}"
    );
    let inputs = report["inputs"].to_string();
    assert!(inputs.contains("base/rights.cedar") && inputs.contains("bundle/more.cedar"), "{inputs}");
}

#[test]
fn even_a_plan_that_passes_is_rejected() {
    let world = World::new();
    copy_bundle(&world);
    world.write("bundle/more.cedar", MALLORY_MAY);
    let (report, exit) = judged(&world, "approved.yaml");
    assert_eq!((exit, &report["verdict"]), (Some(1), &Value::from("rejected")));
    assert_eq!(report["counts"]["allowed"], 1);
    assert_eq!(gate_changed(&report).len(), 1);
}

#[test]
fn every_part_of_a_bundle_counts() {
    const FORBID: &str = "@id(\"never\")\nforbid (principal == T::User::\"mallory\", action, resource);\n";
    let manifest = fs::read_to_string(World::new().path("bundle/bundle.toml")).unwrap();
    let level = format!("{manifest}[enforcement]\nnever = \"advisory\"\n");
    let rights = "@id(\"dana-views\")\npermit (principal, action == T::Action::\"view\", resource);\n";
    let deletes =
        "schema: countersign.operations/1\noperations:\n  view: { changes: [{ delete: resource }] }\n";
    let schema =
        fs::read_to_string(World::new().path("bundle/schema.cedarschema")).unwrap() + "// a remark\n";
    let cases: [(&str, &str, &str); 5] = [
        ("bundle.toml", &level, "the level of `never` was `hard`, and is `advisory`"),
        ("rights.cedar", rights, "the permit `dana-views` differs"),
        ("operations.yaml", deletes, "the operation `view` changes something else"),
        ("schema.cedarschema", &schema, "the schema differs"),
        (
            "forbids.cedar",
            "@id(\"other\")\nforbid (principal == T::User::\"mallory\", action, resource);\n",
            "the forbid `never` is taken out",
        ),
    ];
    for (file, text, told) in cases {
        let world = World::new();
        world.write("bundle/forbids.cedar", FORBID);
        copy_bundle(&world);
        world.write("base/forbids.cedar", FORBID);
        world.write(&format!("bundle/{file}"), text);
        let (report, exit) = judged(&world, "approved.yaml");
        let found = gate_changed(&report);
        assert_eq!((exit, found.len()), (Some(1), 1), "{file}: {report}");
        assert!(found[0].to_string().replace("\\\"", "\"").contains(told), "{file}: {}", found[0]);
        assert!(found[0]["message"].as_str().unwrap().contains(file), "{file}");
    }
}

#[test]
fn a_changed_bundle_that_is_broken_cannot_judge() {
    let world = World::new();
    copy_bundle(&world);
    world.write("bundle/more.cedar", "permit (principal, action, resource);\n");
    assert_eq!(judged(&world, "approved.yaml").1, Some(2));
    let absent = [
        "check",
        "--bundle",
        "bundle",
        "--base-bundle",
        "nowhere",
        "--estate",
        "estate.yaml",
        "approved.yaml",
    ];
    assert_eq!(world.run(&absent).status.code(), Some(2));
}

/// A world whose only forbid is soft, and applies to everything.
fn frozen() -> World {
    let world = World::new();
    let manifest = fs::read_to_string(world.path("bundle/bundle.toml")).unwrap();
    world.write("bundle/bundle.toml", format!("{manifest}[enforcement]\nfreeze = \"soft\"\n"));
    world.write("bundle/freeze.cedar", "@id(\"freeze\")\nforbid (principal, action, resource);\n");
    world.write(
        "plan.yaml",
        "schema: countersign.plan/1\nid: P\nauthor: User::\"dana\"\nphases:\n  - id: a\n    by: User::\"dana\"\n    steps:\n      - \
         { id: s, do: view, target: Doc::\"x\" }\n",
    );
    world
}

/// An approvals file with an override by a person, or with none.
fn overriding(world: &World, by: Option<&str>) -> String {
    let digest = world.run(&["digest", "plan.yaml"]);
    let digest = String::from_utf8(digest.stdout).unwrap();
    let entry = |by: &str| {
        format!(
            "overrides:\n  - {{ plan: P, digest: \"{}\", policy: freeze, step: a/s, by: User::\"{by}\", reason: r, expires: \
             2026-12-01T00:00:00Z }}\n",
            digest.split_whitespace().next().unwrap()
        )
    };
    format!("schema: countersign.approvals/1\n{}", by.map_or_else(String::new, entry))
}

/// Judges the plan with these approvals, and with those as they were: the report and the exit code.
fn consented(world: &World, base: Option<&str>) -> (Value, Option<i32>) {
    let base: Vec<&str> = base.iter().flat_map(|file| ["--base-approvals", file]).collect();
    let fixed = ["--approvals", "now.yaml", "--format", "json", "plan.yaml"];
    let output = world.check(&[&base[..], &fixed].concat());
    let errors = String::from_utf8(output.stderr).unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::String(errors));
    (report, output.status.code())
}

#[test]
fn t051_an_override_that_comes_with_the_plan_does_not_count_and_rejects() {
    let world = frozen();
    world.write("now.yaml", overriding(&world, Some("mallory")));
    world.write("none.yaml", overriding(&world, None));
    assert_eq!(consented(&world, None).1, Some(0), "an override of a trusted file counts");
    let (report, exit) = consented(&world, Some("none.yaml"));
    assert_eq!((exit, &report["steps"][0]["outcome"]), (Some(1), &Value::from("denied")), "{report}");
    let found = gate_changed(&report);
    assert_eq!((found.len(), &found[0]["level"]), (1, &Value::from("error")));
    assert_eq!(found[0]["labels"][0]["text"], "this override is not in the base");
    assert_eq!(found[0]["labels"][0]["path"], "now.yaml");
    let (report, exit) = consented(&world, Some("now.yaml"));
    assert_eq!((exit, gate_changed(&report).len()), (Some(0), 0), "{report}");
}

#[test]
fn t051_an_override_that_only_the_base_has_counts() {
    let world = frozen();
    world.write("now.yaml", overriding(&world, None));
    world.write("base.yaml", overriding(&world, Some("mallory")));
    let (report, exit) = consented(&world, Some("base.yaml"));
    assert_eq!((exit, gate_changed(&report).len()), (Some(0), 0), "{report}");
}

#[test]
fn t051_a_new_approval_rejects_even_a_plan_that_needs_none() {
    let world = World::new();
    let digest = String::from_utf8(world.run(&["digest", "approved.yaml"]).stdout).unwrap();
    let digest = digest.split_whitespace().next().unwrap();
    let entry = format!(
        "approvals:\n  - {{ plan: P, digest: \"{digest}\", by: User::\"mallory\", at: 2026-11-20T00:00:00Z }}\n"
    );
    world.write("none.yaml", "schema: countersign.approvals/1\n");
    world.write("now.yaml", format!("schema: countersign.approvals/1\n{entry}"));
    fs::copy(world.path("approved.yaml"), world.path("plan.yaml")).unwrap();
    let (report, exit) = consented(&world, Some("none.yaml"));
    assert_eq!((exit, gate_changed(&report).len()), (Some(1), 1), "{report}");
    assert_eq!(gate_changed(&report)[0]["labels"][0]["text"], "this approval is not in the base");
    let other = fs::read_to_string(world.path("now.yaml")).unwrap().replace("plan: P,", "plan: Q,");
    world.write("now.yaml", other);
    assert_eq!(consented(&world, Some("none.yaml")).1, Some(0), "an entry for another plan is no matter");
}
