//! Every plan of the examples gets the verdict, and the outputs, that a person has read.
//!
//! After a wanted change, `INSTA_UPDATE=always cargo test --test examples` writes the outputs anew; read the
//! difference before it is kept.
#![allow(clippy::unwrap_used, reason = "a test ends where its world breaks")]

mod examples_support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Output;
use std::sync::Mutex;
use std::thread;

use examples_support::{AT, Case, Example, countersign, countersign_in, err, examples, out, root};
use serde_json::Value;

const SNAPSHOTS: &str = "snapshots/examples";

/// The outputs of one case.
struct Judged {
    output: Output,
    json: String,
}

/// Judges every case of an example, as many at a time as the machine has processors.
fn judge_all(example: &Example) -> Vec<Judged> {
    let todo = Mutex::new(example.cases.iter().enumerate());
    let done = Mutex::new(BTreeMap::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = todo.lock().unwrap().next();
                    let Some((number, case)) = next else { return };
                    let judged = judge(example, case);
                    done.lock().unwrap().insert(number, judged);
                }
            });
        }
    });
    done.into_inner().unwrap().into_values().collect()
}

fn judge(example: &Example, case: &Case) -> Judged {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("report.json");
    let target = format!("json={}", json.display());
    let fixed = ["check", "--bundle", &example.bundle, "--width", "100", "--color", "never"];
    let output = countersign(&[&fixed[..], &case.flags(), &["--output", &target, &case.plan]].concat());
    let json = fs::read_to_string(json).unwrap_or_else(|_| unreachable!("{}: {}", case.plan, err(&output)));
    Judged { output, json }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// The name of a case's snapshots.
fn name(example: &Example, case: &Case) -> String {
    format!("{}.{}", example.name, case.name)
}

/// The report without what changes although nothing was judged differently.
fn redacted(json: &str) -> String {
    let redact = |line: &str| match line.trim_start().split_once(": \"") {
        Some((key @ ("\"sha256\"" | "\"version\""), _)) => {
            let indent: String = line.chars().take_while(|character| *character == ' ').collect();
            format!("{indent}{key}: \"[redacted]\"{}", if line.ends_with(',') { "," } else { "" })
        }
        _ => line.to_owned(),
    };
    // The section on controls is long and has its own tests; each finding keeps its list.
    let mut controls = false;
    let mut text = String::new();
    for line in json.lines() {
        controls |= line == "  \"controls\": [";
        if !controls {
            text.push_str(&(redact(line) + "\n"));
        }
        controls &= line.trim_end_matches(',') != "  ]";
    }
    text
}

#[test]
fn every_plan_gets_its_verdict_for_its_reasons() {
    for example in examples() {
        for (case, judged) in example.cases.iter().zip(judge_all(&example)) {
            let plan = &case.plan;
            assert_eq!(judged.output.status.code(), Some(case.exit), "{plan}: {}", err(&judged.output));
            let talk = err(&judged.output);
            let imported = plan.ends_with(".json") || plan.ends_with(".ldif");
            assert!(talk.lines().all(|line| imported && line.starts_with("import: ")), "{plan}: {talk}");
            let report: Value = serde_json::from_str(&judged.json).unwrap();
            assert_eq!(report["verdict"], *case.verdict, "{plan}");
            let denied: BTreeSet<_> = report["steps"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|step| step["outcome"] != "allowed")
                .map(|step| {
                    let decisions = strings(&step["decisions"]).join(" ");
                    (step["id"].as_str().unwrap().to_owned(), decisions, strings(&step["determining"]))
                })
                .collect();
            assert_eq!(denied, case.denied.iter().cloned().collect(), "{plan}");
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(SNAPSHOTS);
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| {
                let name = name(&example, case);
                insta::assert_snapshot!(format!("{name}.text"), out(&judged.output));
                insta::assert_snapshot!(format!("{name}.json"), redacted(&judged.json));
            });
        }
    }
}

#[test]
fn every_plan_has_a_case_and_every_snapshot_a_plan() {
    let mut plans = BTreeSet::new();
    let mut snapshots = BTreeSet::new();
    for example in examples() {
        for case in &example.cases {
            plans.insert(case.plan.clone());
            let name = name(&example, case);
            snapshots.insert(format!("{name}.json.snap"));
            snapshots.insert(format!("{name}.text.snap"));
        }
    }
    let is_plan = |path: &String| {
        let text = fs::read_to_string(root().join(path)).unwrap();
        (path.ends_with(".yaml") && text.contains("countersign.plan/1"))
            || (path.ends_with(".json") && text.contains("resource_changes"))
            || (path.ends_with(".ldif") && !text.contains("nTSecurityDescriptor"))
    };
    let found: BTreeSet<String> =
        examples_support::files_below("examples").into_iter().filter(is_plan).collect();
    assert_eq!(found, plans);
    let folder = root().join("tests").join(SNAPSHOTS);
    let found: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, snapshots);
}

/// The reports about plans, by plan, from one run.
fn reports(example: &Example, estate: &str, plans: &[&str]) -> BTreeMap<String, Value> {
    let fixed = ["check", "--bundle", &example.bundle, "--estate", estate, "--at", AT, "--format", "json"];
    let text = out(&countersign(&[&fixed[..], plans].concat()));
    let Ok(Value::Array(reports)) = serde_json::from_str(&text) else {
        unreachable!("a list of reports: {text}")
    };
    assert_eq!(reports.len(), plans.len());
    plans.iter().map(|plan| (*plan).to_owned()).zip(reports).collect()
}

#[test]
fn neither_the_other_plans_nor_their_order_change_a_report() {
    for example in examples() {
        let mut plans: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for case in example.cases.iter().filter(|case| case.is_plain()) {
            plans.entry(&case.estate).or_default().push(&case.plan);
        }
        for (estate, mut plans) in plans.into_iter().filter(|(_, plans)| plans.len() > 1) {
            let forwards = reports(&example, estate, &plans);
            plans.reverse();
            assert_eq!(forwards, reports(&example, estate, &plans), "{estate}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_twice_and_from_another_folder() {
    for (flags, exit) in [
        (&[][..], 0),
        (&["--format", "json"], 0),
        (&["-v", "--width", "80"], 0),
        (&["examples/hosted-exchange-um/wrong/the-hosting-provider-before-replication.yaml"], 1),
    ] {
        let arguments = [&["check", "--at", AT][..], flags].concat();
        let first = countersign(&arguments);
        assert_eq!((first.status.code(), err(&first)), (Some(exit), String::new()));
        assert_eq!(first.stdout, countersign(&arguments).stdout, "{flags:?}");
        // Paths are shown as they are reached from the working folder; nothing else may differ.
        let below = root().join("examples/guide/wrong");
        let config = "../../../countersign.toml";
        let from_below: Vec<String> =
            arguments.iter().map(|word| word.replacen("examples/", "../../../examples/", 1)).collect();
        let from_below: Vec<&str> =
            from_below.iter().map(String::as_str).chain(["--config", config]).collect();
        let second = countersign_in(&below, &from_below);
        assert_eq!(out(&second).replace("../../../", ""), out(&first), "{flags:?}");
    }
}

#[test]
fn the_configuration_of_the_nearest_folder_is_used() {
    let nearest = countersign_in(&root().join("examples/guide/wrong"), &["check", "--at", AT]);
    assert!(out(&nearest).starts_with("plan SHOP-17"), "{}{}", out(&nearest), err(&nearest));
    let above = countersign_in(&root().join("examples/lync-2013"), &["check", "--at", AT]);
    assert!(out(&above).starts_with("plan CHG-2026-0142"), "{}{}", out(&above), err(&above));
}
