//! What `explain` tells about the example plans.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where its world breaks"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

/// Runs the program in the root of the repository, so that paths are the same everywhere.
fn explain(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_clear().arg("explain").args(arguments);
    if !arguments.contains(&"--at") {
        command.args(["--at", "2026-11-22T06:00:00Z"]);
    }
    command.output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// One step of a plan of `hosted-exchange-um`.
fn told(plan: &str, estate: &str, step: &str, more: &[&str]) -> Output {
    let folder = |name: &str| format!("examples/hosted-exchange-um/{name}");
    let (plan, estate) = (folder(plan), folder(estate));
    let fixed = [plan.as_str(), step, "--bundle", "policies/hosted-exchange-um", "--estate", estate.as_str()];
    explain(&[&fixed, more].concat())
}

fn at_100(plan: &str, estate: &str, step: &str) -> String {
    out(&told(plan, estate, step, &["--width", "100"]))
}

#[test]
fn a_grant_on_the_parent_unit_does_not_reach_the_unit() {
    let told =
        at_100("wrong/permission-on-the-parent-ou-only.yaml", "estate.yaml", "contacts/auto-attendant");
    insta::assert_snapshot!(told);
}

#[test]
fn no_permit_applies_and_the_nearest_is_shown() {
    let plan = "wrong/a-user-administrator-configures-the-edge.yaml";
    insta::assert_snapshot!(at_100(plan, "estate.yaml", "edge/federation"));
    let json = told(plan, "estate.yaml", "edge/federation", &["--format", "json"]);
    let report: Json = serde_json::from_str(&out(&json)).unwrap();
    insta::assert_json_snapshot!(report["steps"][0]["reasons"]);
}

#[test]
fn a_permission_that_the_plan_takes_away_names_the_step() {
    let plan = "wrong/the-permission-is-revoked-too-early.yaml";
    insta::assert_snapshot!(at_100(plan, "wrong/integrated.estate.yaml", "contacts/test-contact"));
}

#[test]
fn an_allowed_step_is_explained_as_fully() {
    insta::assert_snapshot!(at_100(
        "from-scratch/plan.yaml",
        "from-scratch/estate.yaml",
        "contacts/auto-attendant"
    ));
}

#[test]
fn a_narrow_terminal_gets_lines_that_fit() {
    let plan = "wrong/the-executives-ou-blocks-inheritance.yaml";
    for width in [20, 30, 40, 60, 80] {
        let output =
            told(plan, "wrong/integrated.estate.yaml", "users/david", &["--width", &width.to_string()]);
        let text = out(&output);
        let (tree, _verdict) = text.trim_end().rsplit_once('\n').unwrap();
        assert!(tree.lines().all(|line| line.chars().count() <= width), "{width}:\n{text}");
    }
}

#[test]
fn an_unknown_step_is_refused_with_the_nearest_name() {
    let output = told("plan.yaml", "estate.yaml", "users/karla", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no step `users/karla`; did you mean `users/carla`?"), "{said}");
}

#[test]
fn the_exit_code_is_that_of_the_plan() {
    assert_eq!(told("plan.yaml", "estate.yaml", "users/carla", &[]).status.code(), Some(0));
    let rejected = "wrong/a-user-administrator-configures-the-edge.yaml";
    assert_eq!(told(rejected, "estate.yaml", "edge/federation", &[]).status.code(), Some(1));
    assert_eq!(explain(&["--all", "a", "b"]).status.code(), Some(2));
    assert_eq!(explain(&[]).status.code(), Some(2));
}

/// Every example with every one of its steps.
fn examples() -> Vec<(String, Json)> {
    let mut reports = Vec::new();
    for bundle in ["hosted-exchange-um", "lync-2013"] {
        let folder = format!("examples/{bundle}");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder).join("verdicts.toml");
        let verdicts: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        for case in verdicts["case"].as_array().unwrap() {
            let file = |key: &str| format!("{folder}/{}", case[key].as_str().unwrap());
            let policies = format!("policies/{bundle}");
            let (plan, estate) = (file("plan"), file("estate"));
            let mut flags =
                vec!["--all", &plan, "--bundle", &policies, "--estate", &estate, "--format", "json"];
            let approvals = case.get("approvals").map(|_| file("approvals"));
            flags.extend(case.get("at").iter().flat_map(|at| ["--at", at.as_str().unwrap()]));
            flags.extend(approvals.iter().flat_map(|approvals| ["--approvals", approvals.as_str()]));
            let output = explain(&flags);
            assert_eq!(output.status.code().map(i64::from), case["exit"].as_integer(), "{plan}: {output:?}");
            if !output.stdout.is_empty() {
                reports.push((plan, serde_json::from_str(&out(&output)).unwrap()));
            }
        }
    }
    reports
}

fn strings(list: &Json) -> Vec<&str> {
    let mut strings: Vec<&str> =
        list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap()).collect();
    strings.sort_unstable();
    strings
}

#[test]
fn the_trees_of_every_example_agree_with_its_decisions() {
    let mut told = 0;
    for (plan, report) in examples() {
        for step in report["steps"].as_array().unwrap() {
            let place = format!("{plan} {}", step["id"]);
            let policies = step["reasons"]["policies"].as_array().cloned().unwrap_or_default();
            let role = |role: &str| -> Vec<&Json> {
                policies.iter().filter(|policy| policy["role"] == role).collect()
            };
            let mut determining: Vec<&str> =
                role("determining").iter().map(|policy| policy["policy"].as_str().unwrap()).collect();
            determining.sort_unstable();
            if strings(&step["decisions"]).len() == 1 {
                assert_eq!(determining, strings(&step["determining"]), "{place}");
            }
            assert!(role("determining").iter().all(|policy| policy["result"] == "true"), "{place}");
            assert!(role("near-miss").iter().all(|policy| policy["result"] == "false"), "{place}");
            assert!(role("failed").iter().all(|policy| policy["message"].is_string()), "{place}");
            told += policies.len();
        }
    }
    assert!(told > 100, "{told}");
}
