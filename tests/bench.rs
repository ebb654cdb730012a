//! The command `bench`: it measures what `check` judges, and says so in a form of its own.
#![allow(clippy::unwrap_used, reason = "a test ends where its world breaks")]

mod examples_support;

use examples_support::{countersign, err, out};
use serde_json::Value;

const GUIDE: [&str; 4] = ["--bundle", "examples/guide/bundle", "--estate", "examples/guide/estate.yaml"];

fn bench(more: &[&str]) -> std::process::Output {
    countersign(&[&["bench", "--runs", "2"], &GUIDE[..], more].concat())
}

#[test]
fn what_is_measured_conforms_and_is_what_check_judges() {
    let output = bench(&["--format", "json", "examples/guide/plan.yaml", "examples/guide/wrong/a-race.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let report: Value = serde_json::from_str(&out(&output)).unwrap();
    let schema: Value = serde_json::from_str(&out(&countersign(&["schema", "bench"]))).unwrap();
    let errors: Vec<String> = jsonschema::draft202012::new(&schema)
        .unwrap()
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let lines = |plan| out(&countersign(&[&["check", "--format", "jsonl", plan], &GUIDE[..]].concat()));
    let texts = lines("examples/guide/plan.yaml") + &lines("examples/guide/wrong/a-race.yaml");
    let amounts = &report["amounts"];
    assert_eq!((&amounts["plans"], &amounts["approved"]), (&2.into(), &1.into()));
    assert_eq!(amounts["steps"], texts.matches("{\"line\":\"step\"").count());
    assert_eq!(amounts["bytes_written"], texts.len());
    let verdict = texts.lines().find(|line| line.contains("\"line\":\"verdict\"")).unwrap();
    let verdict: Value = serde_json::from_str(verdict).unwrap();
    assert_eq!(amounts["policies"], verdict["counts"]["policies"]);
    assert_eq!(amounts["entities"], 4);
    // A part of the gate takes no longer than the gate.
    let median = |timing: &Value| timing["median"].as_f64().unwrap();
    let gate = &report["gate"];
    let inside: f64 = report["inside"].as_array().unwrap().iter().map(median).sum();
    assert!(inside > 0.0 && inside <= gate["most"].as_f64().unwrap() * 1.5, "{report:#}");
    assert!(report["apart"].as_array().unwrap().iter().all(|part| median(part) > 0.0), "{report:#}");
    assert_eq!(report["peak_memory"].is_null(), !cfg!(target_os = "linux"));
}

#[test]
fn people_get_a_table() {
    let output = bench(&["examples/guide/plan.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    assert!(text.starts_with("1 plan: 4 steps, 4 entities, 2 policies; 1 approved\n"), "{text}");
    for part in ["the gate", "deciding and formatting", "each measured apart", "steps, by the whole gate"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_cannot_be_judged_is_not_measured() {
    let broken = bench(&["tests/formats/broken.yaml"]);
    assert_eq!((broken.status.code(), out(&broken)), (Some(2), String::new()));
    assert!(err(&broken).contains("unknown operation `bakcup`"), "{}", err(&broken));
    let absent = bench(&["absent.yaml"]);
    assert_eq!(absent.status.code(), Some(2));
    assert!(err(&absent).contains("absent.yaml"), "{}", err(&absent));
}
