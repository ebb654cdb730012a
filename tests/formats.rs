//! Each format for an approved plan, a denied one, a race and a plan that cannot be read: compared with files that
//! a person has read, and with what readers make of it that nobody here wrote.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where its world breaks")]

mod examples_support;

use countersign::report::render::RENDERERS;
use examples_support::{AT, countersign, err, out};
use serde_json::Value;

/// A plan, its exit code, and its name among the files.
const CASES: [(&str, i32, &str); 4] = [
    ("examples/guide/plan.yaml", 0, "approved"),
    ("examples/guide/wrong/somebody-else.yaml", 1, "denied"),
    ("examples/guide/wrong/a-race.yaml", 1, "race"),
    ("tests/formats/broken.yaml", 2, "broken"),
];

/// The formats with files of their own here; those with other readers have their own tests.
const FORMATS: [&str; 8] =
    ["sarif", "junit", "github", "gitlab", "azuredevops", "markdown", "csv", "controls"];

fn check(plan: &str, format: &str) -> (i32, String) {
    let fixed = ["--bundle", "examples/guide/bundle", "--estate", "examples/guide/estate.yaml", "--at", AT];
    let output = countersign(&[&["check", plan, "--format", format], &fixed[..]].concat());
    assert!(!err(&output).contains("bug"), "{}", err(&output));
    (output.status.code().unwrap(), out(&output))
}

#[test]
fn every_format_says_what_was_read_and_agreed() {
    for (plan, exit, case) in CASES {
        for format in FORMATS {
            let (code, text) = check(plan, format);
            assert_eq!(code, exit, "{plan} as {format}");
            let text = text.replace(env!("CARGO_PKG_VERSION"), "VERSION").replace("\r\n", "⏎\n");
            insta::with_settings!({ snapshot_path => "snapshots/formats", prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(format!("{case}_as_{format}"), text);
            });
        }
    }
}

#[test]
fn what_is_broken_stands_on_its_line_in_every_format_that_shows_lines() {
    let (_, sarif) = check("tests/formats/broken.yaml", "sarif");
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let result = run["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == "unknown-need");
    let place = &result.unwrap()["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "tests/formats/broken.yaml");
    assert_eq!(place["region"]["startLine"], 13);
    let (_, github) = check("tests/formats/broken.yaml", "github");
    assert!(github.contains("::error file=tests/formats/broken.yaml,line=13,endLine=13,col="), "{github}");
    let (_, azure) = check("tests/formats/broken.yaml", "azuredevops");
    assert!(azure.contains("sourcepath=tests/formats/broken.yaml;linenumber=13;"), "{azure}");
    let (_, gitlab) = check("tests/formats/broken.yaml", "gitlab");
    let gitlab: Value = serde_json::from_str(&gitlab).unwrap();
    let lines: Vec<_> = gitlab
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["location"]["positions"]["begin"]["line"])
        .collect();
    assert!(lines.contains(&&Value::from(13)), "{lines:?}");
    let (_, junit) = check("tests/formats/broken.yaml", "junit");
    let junit = roxmltree::Document::parse(&junit).unwrap();
    let error = junit.descendants().find(|node| node.has_tag_name("error")).unwrap();
    assert!(error.text().unwrap().contains("at tests/formats/broken.yaml:13:"));
}

#[test]
fn a_race_has_a_run_of_each_kind_and_a_fingerprint_that_survives_new_lines() {
    let (_, text) = check("examples/guide/wrong/a-race.yaml", "sarif");
    let log: Value = serde_json::from_str(&text).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let race = results.iter().find(|result| result["ruleId"] == "order-dependent").unwrap();
    assert_eq!(race["codeFlows"].as_array().unwrap().len(), 2);
    let plan =
        std::fs::read_to_string(examples_support::root().join("examples/guide/wrong/a-race.yaml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let moved = folder.path().join("moved.yaml");
    std::fs::write(&moved, format!("# one\n\n# two\n{plan}")).unwrap();
    let (_, text) = check(moved.to_str().unwrap(), "sarif");
    let log: Value = serde_json::from_str(&text).unwrap();
    let moved = log["runs"][0]["results"].as_array().unwrap();
    let prints = |results: &[Value]| -> Vec<Value> {
        results.iter().map(|result| result["partialFingerprints"].clone()).collect()
    };
    assert_eq!(prints(results), prints(moved));
    let line =
        |results: &[Value]| results[0]["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64();
    assert_eq!(line(results).map(|line| line + 3), line(moved));
}

#[test]
fn every_renderer_writes_every_case() {
    for renderer in RENDERERS {
        for (plan, exit, _) in CASES {
            assert_eq!(check(plan, renderer.name).0, exit, "{plan} as {}", renderer.name);
        }
    }
}
