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
