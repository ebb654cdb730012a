//! The composite action: its script, run with inputs that try to be more than inputs.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where its world breaks")]

mod cli_support;

use std::fs;
use std::path::Path;
use std::process::Output;

use cli_support::{World, code, err, out};
use serde_json::Value;

fn action() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml");
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn script() -> String {
    action()["runs"]["steps"][0]["run"].as_str().unwrap().to_owned()
}

/// Runs the script as a runner does, with the inputs in the environment.
fn run(world: &World, inputs: &[(&str, &str)]) -> Output {
    let folder = Path::new(env!("CARGO_BIN_EXE_countersign")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display());
    let file = world.write("script.sh", script());
    let mut command = std::process::Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(file).current_dir(world.path("."));
    command.env_clear().env("PATH", path).env("GITHUB_OUTPUT", world.path("output"));
    for (name, value) in [
        ("PLANS", "approved.yaml"),
        ("BUNDLE", "bundle"),
        ("ESTATE", "estate.yaml"),
        ("APPROVALS", ""),
        ("BASE_BUNDLE", ""),
        ("AUTHOR", ""),
        ("MAX_AGE", ""),
        ("FAIL_LEVEL", "error"),
        ("SARIF", "a.sarif"),
        ("REPORT", "a.json"),
        ("COMMENT", "a.md"),
    ] {
        command.env(name, value);
    }
    command.envs(inputs.iter().copied());
    command.output().unwrap()
}

#[test]
fn the_script_holds_no_expression_and_every_input_is_a_variable() {
    let action = action();
    assert!(!script().contains("${{"), "an expression in a script is code of whoever writes the input");
    let step = &action["runs"]["steps"][0];
    assert_eq!(step["shell"], "bash");
    let used: Vec<&str> =
        step["env"].as_object().unwrap().values().map(|value| value.as_str().unwrap()).collect();
    for name in action["inputs"].as_object().unwrap().keys().filter(|name| *name != "working-directory") {
        assert!(used.contains(&format!("${{{{ inputs.{name} }}}}").as_str()), "{name}");
    }
}

#[test]
fn the_action_ends_as_the_check_does_and_says_the_result() {
    let world = World::new();
    for (plans, exit, result) in [
        ("approved.yaml", 0, "passed"),
        ("rejected.yaml", 1, "failed"),
        ("approved.yaml\nrejected.yaml\n", 1, "failed"),
        ("a*d.yaml", 0, "passed"),
        ("malformed.yaml", 2, "not-judged"),
        ("none/*.yaml", 2, "not-judged"),
        ("", 3, "not-judged"),
    ] {
        world.write("output", "");
        let output = run(&world, &[("PLANS", plans)]);
        assert_eq!(code(&output), exit, "{plans:?}: {}{}", out(&output), err(&output));
        assert_eq!(
            fs::read_to_string(world.path("output")).unwrap(),
            format!("result={result}\n"),
            "{plans:?}"
        );
    }
    assert!(fs::read_to_string(world.path("a.sarif")).unwrap().contains("\"2.1.0\""));
}

#[test]
fn t078_an_input_is_never_a_command_and_never_an_output() {
    let world = World::new();
    let before = world.names().len();
    for payload in [
        "$(touch evil)",
        "`touch evil`",
        "\"; touch evil; \"",
        "x\nresult=passed",
        "--exit-zero",
        "a b.yaml",
        "EOF\nPATH=/evil",
        "-",
    ] {
        for name in
            ["PLANS", "BUNDLE", "ESTATE", "APPROVALS", "AUTHOR", "MAX_AGE", "BASE_BUNDLE", "FAIL_LEVEL"]
        {
            world.write("output", "");
            let output = run(&world, &[(name, payload)]);
            assert_ne!(code(&output), 0, "{name}={payload:?}: {}", out(&output));
            let told = fs::read_to_string(world.path("output")).unwrap();
            assert_eq!(told, "result=not-judged\n", "{name}={payload:?}");
            assert!(!cli_support::exists(&world.path("evil")), "{name}={payload:?}");
        }
    }
    assert!(world.names().len() <= before + 5, "{:?}", world.names());
}
