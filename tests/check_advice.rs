//! What `check` says besides the verdict without being asked: one way out, and what it did not use.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cli_support;

use cli_support::{World, code, err, out};
use serde_json::Value;

const WAY_OUT: &str = "let it be done by `User::\"dana\"`";

fn report(world: &World, arguments: &[&str]) -> Value {
    let output = world.check(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&out(&output)).unwrap()
}

#[test]
fn a_refused_step_of_a_small_plan_comes_with_one_change_that_mends_it() {
    let world = World::new();
    assert!(out(&world.check(&["rejected.yaml"])).contains(WAY_OUT));
    assert!(!out(&world.check(&["rejected.yaml", "--no-remedies"])).contains(WAY_OUT));
    assert!(!out(&world.check(&["approved.yaml"])).contains("let it"));
    let remedies =
        |arguments: &[&str]| report(&world, arguments)["steps"][0]["remedies"].as_array().unwrap().len();
    assert_eq!(remedies(&["rejected.yaml"]), 1);
    assert_eq!(remedies(&["rejected.yaml", "--no-remedies"]), 0);
    assert_eq!(code(&world.check(&["rejected.yaml", "--no-remedies", "--remedies"])), 2);
    assert_eq!(code(&world.check(&["rejected.yaml", "--no-remedies", "--fix"])), 2);
}

#[test]
fn it_is_sought_for_the_first_steps_and_in_small_plans_alone() {
    let world = World::new();
    let plan = |count: usize| {
        let step = |number| format!("      - {{ id: s{number:03}, do: view, target: 'Doc::\"x\"' }}\n");
        let steps: String = (0..count).map(step).collect();
        format!(
            "schema: countersign.plan/1\nid: P\nphases:\n  - id: a\n    by: User::\"mallory\"\n    steps:\n{steps}"
        )
    };
    let told = |count: usize| {
        world.write("many.yaml", plan(count));
        let report = report(&world, &["many.yaml"]);
        let steps = report["steps"].as_array().unwrap().iter();
        steps.filter(|step| !step["remedies"].as_array().unwrap().is_empty()).count()
    };
    assert_eq!([told(2), told(200), told(201)], [2, 3, 0]);
}

#[test]
fn verbose_text_shows_the_policies_of_refused_steps_part_by_part() {
    let world = World::new();
    let tree = "permit dana-views does not apply";
    assert!(out(&world.check(&["-v", "rejected.yaml"])).contains(tree));
    assert!(!out(&world.check(&["rejected.yaml"])).contains(tree));
    assert!(!out(&world.check(&["-v", "approved.yaml"])).contains("permit dana-views"));
}

#[test]
fn a_file_of_a_bundle_that_means_nothing_is_a_finding() {
    let world = World::new();
    world.write("bundle/notes.txt", "about the bundle");
    let told = report(&world, &["approved.yaml"]);
    assert_eq!(told["verdict"], "approved");
    assert_eq!(told["findings"].as_array().unwrap().len(), 1, "{told:#}");
    assert_eq!(
        (&told["findings"][0]["code"], &told["findings"][0]["level"]),
        (&"unknown-file".into(), &"warning".into())
    );
    let printed = world.check(&["approved.yaml"]);
    assert!(out(&printed).contains("does not use `notes.txt`"), "{}", out(&printed));
    assert!(out(&printed).contains("1 warning"), "{}", out(&printed));
    assert_eq!((code(&printed), err(&printed)), (0, String::new()));
    assert_eq!(code(&world.check(&["approved.yaml", "--fail-level", "warning"])), 1);
    for without_verdict in ["malformed.yaml", "empty.yaml"] {
        let output = world.check(&[without_verdict]);
        assert!(err(&output).contains("does not use `notes.txt`"), "{without_verdict}: {}", err(&output));
    }
}
