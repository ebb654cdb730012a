//! Where no single change makes a step allowed, two are told that do it together, and neither does it alone.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod remedy_support;
mod support;

use std::collections::BTreeSet;

use countersign::check::{Advice, Detail};
use remedy_support::{apply, parts};
use serde_json::Value as Json;
use support::run::{Answer, judge, judge_with};
use support::world::Files;

const SCHEMA: &str = "entity Person; entity Door { unlocked: Bool, lit: Bool, powered: Bool };
action unlock, light, power, enter, look appliesTo { principal: [Person], resource: [Door], context: {} };
";

const POLICIES: &str = r#"
@id("caretakers") permit (principal == Person::"kim", action, resource);
@id("guests") permit (principal == Person::"pat", action == Action::"look", resource);
@id("locked") @prerequisite("the door is unlocked")
forbid (principal, action == Action::"enter", resource) unless { resource.unlocked };
@id("dark") @prerequisite("there is light behind the door")
forbid (principal, action in [Action::"enter", Action::"look"], resource) unless { resource.lit };
@id("no-power") @prerequisite("the power is on")
forbid (principal, action == Action::"light", resource) unless { resource.powered };
"#;

const OPERATIONS: &str = "schema: countersign.operations/1
operations:
  unlock: { changes: [{ set: resource, attr: unlocked, value: true }] }
  light: { changes: [{ set: resource, attr: lit, value: true }] }
  power: { changes: [{ set: resource, attr: powered, value: true }] }
  enter: { changes: [] }
  look: { changes: [] }
";

/// A door that is as some attributes say, and one step by somebody.
fn files(door: &str, step: &str, order: &str) -> Files {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let estate = format!(
        "schema: countersign.estate/1\nentities: [{{ uid: 'Person::\"kim\"' }}, {{ uid: 'Person::\"pat\"' }}, \
         {{ uid: 'Door::\"d\"', attrs: {{ {door} }} }}]\n"
    );
    let plan = format!(
        "schema: countersign.plan/1\nid: P\nphases:\n  - id: p\n    order: {order}\n    steps:\n      - {step}\n"
    );
    Files {
        manifest: file("bundle.toml", "schema = \"countersign.bundle/1\"\nname = \"doors\"\n"),
        schema: file("schema.cedarschema", SCHEMA),
        policies: vec![file("policies.cedar", POLICIES)],
        links: None,
        operations: file("operations.yaml", OPERATIONS),
        estates: vec![file("estate.yaml", &estate)],
        plan: file("plan.yaml", &plan),
    }
}

fn allowed(report: &Json) -> BTreeSet<&str> {
    let steps = report["steps"].as_array().unwrap().iter().filter(|step| step["outcome"] == "allowed");
    steps.map(|step| step["id"].as_str().unwrap()).collect()
}

/// The plan with a change, judged.
fn with(files: &Files, change: &Json) -> Json {
    let read = |text: &str| serde_saphyr::from_str::<Json>(text).unwrap();
    let mut files = files.clone();
    let (mut plan, mut estate) = (read(&files.plan.1), read(&files.estates[0].1));
    apply(&mut plan, &mut estate, "p/s", change);
    (files.plan.1, files.estates[0].1) = (plan.to_string(), estate.to_string());
    match judge(&files) {
        Answer::Judged(report) => report,
        other => panic!("{other:?}"),
    }
}

/// The first remedy of the only step, which approves the plan whole and in no part.
fn first(files: &Files) -> String {
    let Answer::Judged(report) = judge_with(files, Detail::Outcomes, Advice::Sought) else { panic!() };
    let remedy = &report["steps"][0]["remedies"][0];
    let change = &remedy["change"];
    assert_eq!(change["kind"], "together", "{report:#}");
    let after = with(files, change);
    assert_eq!(after["verdict"], "approved", "{after:#}");
    for part in parts(change) {
        let after = with(files, &part);
        assert!(after["verdict"] == "rejected" || !allowed(&after).contains("p/s"), "{part}");
    }
    remedy["text"].as_str().unwrap().to_owned()
}

#[test]
fn two_prerequisites_take_two_steps() {
    let door = "unlocked: false, lit: false, powered: true";
    let files = files(door, "{ id: s, by: 'Person::\"kim\"', do: enter, target: 'Door::\"d\"' }", "listed");
    assert_eq!(
        first(&files),
        "run `light` on `Door::\"d\"` as `Person::\"kim\"`, then run `unlock` on `Door::\"d\"` as `Person::\"kim\"` first"
    );
}

#[test]
fn a_step_that_needs_another_one_comes_after_it() {
    for order in ["listed", "any"] {
        let door = "unlocked: true, lit: false, powered: false";
        let files = files(door, "{ id: s, by: 'Person::\"pat\"', do: look, target: 'Door::\"d\"' }", order);
        assert_eq!(
            first(&files),
            "run `power` on `Door::\"d\"` as `Person::\"kim\"`, then run `light` on `Door::\"d\"` as `Person::\"kim\"` first (this allows 1 other request)"
        );
    }
}

#[test]
fn somebody_else_and_a_step_before() {
    let door = "unlocked: false, lit: true, powered: true";
    let files = files(door, "{ id: s, by: 'Person::\"pat\"', do: enter, target: 'Door::\"d\"' }", "listed");
    assert_eq!(
        first(&files),
        "run `unlock` on `Door::\"d\"` as `Person::\"kim\"` first, and let it be done by `Person::\"kim\"`"
    );
}

#[test]
fn three_changes_are_not_told() {
    let door = "unlocked: false, lit: false, powered: false";
    let files = files(door, "{ id: s, by: 'Person::\"pat\"', do: enter, target: 'Door::\"d\"' }", "listed");
    let Answer::Judged(report) = judge_with(&files, Detail::Outcomes, Advice::Sought) else { panic!() };
    let remedies = report["steps"][0]["remedies"].as_array().unwrap();
    assert!(remedies.iter().all(|remedy| remedy["change"]["kind"] != "together"), "{remedies:#?}");
}
