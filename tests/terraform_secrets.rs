//! No sensitive value of a plan is in any output of any command in any format.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod terraform_support;

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use countersign::report::render::{IMPACT_RENDERERS, RENDERERS};
use serde_json::Value;
use terraform_support::{data, files_below, fixture};

/// Everything that the program says to some arguments.
fn said(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env_clear().stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(matches!(output.status.code(), Some(0..=3)), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const JUDGING: &[&str] = &[
    "--bundle",
    "terraform",
    "--estate",
    "examples/terraform/people.yaml",
    "--by",
    "Person::\"ben\"",
    "--at",
    "2026-11-22T06:00:00Z",
];

/// All outputs about one file.
fn outputs(path: &str, extent: Extent) -> Vec<String> {
    let judged = |words: &[&str]| said(&[words, JUDGING].concat());
    let mut all = vec![judged(&["check", "-v", "--format", "json", path]), judged(&["check", "-v", path])];
    if extent == Extent::All {
        all.extend(
            RENDERERS.iter().map(|renderer| judged(&["check", "-v", "--format", renderer.name, path])),
        );
        all.extend([
            judged(&["check", "--remedies", path]),
            judged(&["check", "--fix", path]),
            judged(&["graph", "-v", path]),
            judged(&["graph", "--format", "svg", path]),
            judged(&["explain", "--all", path]),
            judged(&["explain", "--all", "--format", "json", path]),
            said(&[&["import", "-v", path], &JUDGING[4..6]].concat()),
            said(&[&["import", "--format", "json", path], &JUDGING[4..6]].concat()),
            said(&[&["import", "--format", "fidelity", path], &JUDGING[4..6]].concat()),
            said(&[&["import", "--kind", "estate", path], &JUDGING[4..6]].concat()),
            said(&[&["import", "--kind", "estate", "--format", "json", path], &JUDGING[4..6]].concat()),
            said(&["digest", path]),
        ]);
        let impacts = IMPACT_RENDERERS.iter();
        all.extend(impacts.map(|renderer| judged(&["impact", "--format", renderer.name, "--full", path])));
        let rights = [&JUDGING[..6], &["--format"]].concat();
        for format in ["text", "json"] {
            all.push(said(&[&["rights", path], &rights[..], &[format]].concat()));
        }
    }
    all
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    All,
    Checks,
}

#[test]
fn t085_no_output_holds_a_sensitive_value() {
    let text = fixture("sensitive.json");
    let secrets: BTreeSet<&str> =
        text.split(['"', '\\']).filter(|word| word.starts_with("s3cr3t-")).collect();
    assert!(secrets.len() >= 15, "{secrets:?}");
    for output in outputs("tests/fixtures/terraform/sensitive.json", Extent::All) {
        assert!(!output.contains("s3cr3t-"), "{}", around(&output, "s3cr3t-"));
        assert!(!output.contains("73919471"), "{}", around(&output, "73919471"));
    }
}

#[test]
fn t085_a_file_that_cannot_be_read_does_not_show_its_secrets_either() {
    let text = fixture("sensitive.json");
    let folder = tempfile::tempdir().unwrap();
    for (name, broken) in [
        ("truncated.json", text.get(..text.len() * 2 / 3).unwrap().to_owned()),
        ("wrapped.json", format!("[command]/usr/bin/terraform show -json plan\n{text}")),
        ("trailing.json", format!("{text}\n::debug::stdout")),
        ("version.json", text.replace("\"format_version\": \"1.2\"", "\"format_version\": \"9.0\"")),
        ("actions.json", text.replace("\"update\"", "\"s3cr3t-\"").replace("s3cr3t-\"", "wish\"")),
        ("twice.json", text.replacen("\"password\":", "\"password\": \"s3cr3t-twice\", \"password\":", 1)),
        ("number.json", text.replace("73919471", "7391947_")),
        ("one-line.json", text.replace('\n', " ").replace("\"delete\"", "\"x\"")),
        ("plan.yaml", text.clone()),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, broken).unwrap();
        let path = path.to_str().unwrap();
        for output in outputs(path, Extent::Checks) {
            assert!(!output.contains("s3cr3t-"), "{name}: {}", around(&output, "s3cr3t-"));
            assert!(!output.contains("7391947"), "{name}: {}", around(&output, "7391947"));
        }
        let estate =
            said(&["check", "--bundle", "terraform", "--estate", path, "examples/terraform/shop.json"]);
        assert!(!estate.contains("s3cr3t-"), "{name} as an estate: {}", around(&estate, "s3cr3t-"));
    }
}

#[test]
fn what_public_plans_mark_is_nowhere_either() {
    let Some(folder) = data() else { return };
    for path in files_below(&folder) {
        let Ok(Ok(plan)) = fs::read_to_string(&path).map(|text| serde_json::from_str::<Value>(&text)) else {
            continue;
        };
        let mut secrets = BTreeSet::new();
        for change in plan["resource_changes"].as_array().into_iter().flatten() {
            for (value, mask) in [("before", "before_sensitive"), ("after", "after_sensitive")] {
                marked(&change["change"][value], &change["change"][mask], &mut secrets);
            }
        }
        // A word such as `default` is also a part of addresses, which are no secret.
        let addresses: Vec<String> = addresses(&plan).collect();
        let is_plain = |secret: &str| {
            path.to_str().unwrap().contains(secret)
                || addresses.iter().any(|address| address.contains(secret))
        };
        secrets.retain(|secret| secret.len() >= 6 && !is_plain(secret));
        if secrets.is_empty() {
            continue;
        }
        for output in outputs(path.to_str().unwrap(), Extent::Checks) {
            for secret in &secrets {
                assert!(!output.contains(secret), "{}: {}", path.display(), around(&output, secret));
            }
        }
    }
}

fn addresses(plan: &Value) -> impl Iterator<Item = String> {
    let changes = plan["resource_changes"].as_array().into_iter().flatten();
    changes.map(|change| change["address"].to_string())
}

/// Collects the texts below everything that a mask marks.
fn marked(value: &Value, mask: &Value, found: &mut BTreeSet<String>) {
    match (mask, value) {
        (Value::Bool(true), Value::String(text)) => {
            found.insert(text.clone());
        }
        (Value::Bool(true), Value::Array(items)) => items.iter().for_each(|item| marked(item, mask, found)),
        (Value::Bool(true), Value::Object(entries)) => {
            entries.values().for_each(|item| marked(item, mask, found))
        }
        (Value::Array(masks), Value::Array(items)) => {
            items.iter().zip(masks).for_each(|(item, mask)| marked(item, mask, found));
        }
        (Value::Object(masks), Value::Object(_)) => {
            masks.iter().for_each(|(key, mask)| marked(&value[key], mask, found));
        }
        _ => {}
    }
}

/// Some text around a word, for a message.
fn around(text: &str, word: &str) -> String {
    let at = text.find(word).unwrap_or(0);
    text.chars()
        .skip(text.get(..at).map_or(0, |before| before.chars().count()).saturating_sub(80))
        .take(200)
        .collect()
}
