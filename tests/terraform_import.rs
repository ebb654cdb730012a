//! Plans of Terraform through the program: recognised, refused, printed in our own form, and never
//! approved because they are broken.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod terraform_support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use terraform_support::{approves, fixture, import_text};

const PEOPLE: &str = "examples/terraform/people.yaml";
const MAPPING: &str = "examples/terraform/mapping.yaml";
const AT: &[&str] = &["--at", "2026-11-22T06:00:00Z"];

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env_clear().stdin(Stdio::null());
    command.output().unwrap()
}

fn out(arguments: &[&str]) -> String {
    let output = program(arguments);
    String::from_utf8(output.stdout).unwrap()
}

/// What a report says of each step, and of the whole.
fn judgement(arguments: &[&str]) -> Value {
    let fixed = ["check", "--bundle", "terraform", "--format", "json"];
    let report: Value = serde_json::from_str(&out(&[&fixed[..], AT, arguments].concat())).unwrap();
    let steps = report["steps"].as_array().unwrap().iter().map(|step| {
        json!({
            "id": step["id"], "after": step["after"], "principal": step["principal"], "context": step["context"],
            "outcome": step["outcome"], "decisions": step["decisions"], "determining": step["determining"],
        })
    });
    let findings = report["findings"].as_array().unwrap().iter().map(|found| found["message"].clone());
    json!({
        "plan": report["plan"], "verdict": report["verdict"], "counts": report["counts"],
        "steps": steps.collect::<Vec<_>>(), "findings": findings.collect::<Vec<_>>(),
    })
}

#[test]
fn what_is_printed_is_judged_like_what_it_was_made_of() {
    let folder = tempfile::tempdir().unwrap();
    for (plan, flags) in [
        ("examples/terraform/shop.json", ["--mapping", MAPPING]),
        ("examples/terraform/wrong/a-data-store-is-replaced.json", ["--mapping", MAPPING]),
        ("examples/terraform/wrong/nobody-knows-yet-who-may-connect.json", ["--mapping", MAPPING]),
        (
            "examples/terraform/wrong/the-pipeline-gives-itself-a-role.json",
            ["--by", "Identity::\"aws:role/deploy\""],
        ),
        ("tests/fixtures/terraform/references.json", ["--by", "Person::\"dana\""]),
        ("tests/fixtures/terraform/deletions.json", ["--by", "Person::\"dana\""]),
        ("tests/fixtures/terraform/grants.json", ["--by", "Person::\"dana\""]),
        ("tests/fixtures/terraform/sensitive.json", ["--by", "Person::\"dana\""]),
    ] {
        let direct = judgement(&[&flags[..], &["--estate", PEOPLE, plan]].concat());
        for form in ["yaml", "json"] {
            let (own_plan, own_estate) =
                (folder.path().join(format!("plan.{form}")), folder.path().join(format!("estate.{form}")));
            let fixed = ["import", "--format", form, plan];
            fs::write(&own_plan, out(&[&fixed[..], &flags].concat())).unwrap();
            let estate = ["--kind", "estate", "--estate", PEOPLE];
            fs::write(&own_estate, out(&[&fixed[..], &flags, &estate].concat())).unwrap();
            let (own_plan, own_estate) = (own_plan.to_str().unwrap(), own_estate.to_str().unwrap());
            assert_eq!(judgement(&["--estate", own_estate, own_plan]), direct, "{plan} as {form}");
            // Our own form is printed as it is.
            assert_eq!(out(&["import", "--format", form, own_plan]), fs::read_to_string(own_plan).unwrap());
            let again = out(&["import", "--format", form, "--kind", "estate", own_estate]);
            assert_eq!(again, fs::read_to_string(own_estate).unwrap());
        }
    }
}

#[test]
fn a_plan_is_recognised_by_its_content_and_read_as_what_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.txt");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/terraform/shop.json"), &path).unwrap();
    let path = path.to_str().unwrap();
    let check = ["check", "--bundle", "terraform", "--estate", PEOPLE, "--mapping", MAPPING, path];
    assert_eq!(program(&check).status.code(), Some(0));
    let asked = |format: &str| program(&[&check[..], &["--plan-format", format]].concat());
    assert_eq!(asked("terraform").status.code(), Some(0));
    assert_eq!(asked("countersign").status.code(), Some(2));
    assert_eq!(asked("nonsense").status.code(), Some(2));
    let nobody = program(&["check", "--bundle", "terraform", "--estate", PEOPLE, path]);
    let talk = String::from_utf8(nobody.stderr).unwrap();
    assert!(
        nobody.status.code() == Some(2) && talk.contains("no-principal") && talk.contains("--by"),
        "{talk}"
    );
}

#[test]
fn strict_imports_refuse_what_has_no_form_here() {
    let grants = [
        "check",
        "--bundle",
        "terraform",
        "--estate",
        PEOPLE,
        "--by",
        "Person::\"dana\"",
        "tests/fixtures/terraform/grants.json",
    ];
    let lenient = program(&grants);
    assert_eq!(lenient.status.code(), Some(1));
    assert!(String::from_utf8(lenient.stderr).unwrap().contains("1 opaque part"));
    let strict = program(&[&grants[..], &["--strict-import"]].concat());
    let talk = String::from_utf8(strict.stderr).unwrap();
    assert!(strict.status.code() == Some(2) && talk.contains("error[opaque-import]"), "{talk}");
    let shop = [
        "check",
        "--bundle",
        "terraform",
        "--estate",
        PEOPLE,
        "--mapping",
        MAPPING,
        "examples/terraform/shop.json",
    ];
    assert_eq!(program(&[&shop[..], &["--strict-import"]].concat()).status.code(), Some(0));
}

#[test]
fn plans_that_cannot_be_judged_are_refused_with_the_reason() {
    let text = fixture("deletions.json");
    for (from, to, reason) in [
        (
            "\"format_version\": \"1.2\"",
            "\"format_version\": \"2.0\"",
            "`format_version` of the plan is not known",
        ),
        ("\"format_version\": \"1.2\"", "\"format_version\": 1", "`format_version` of the plan is not known"),
        ("\"errored\": false", "\"errored\": true", "planning failed"),
        ("\"complete\": true", "\"complete\": false", "the plan is partial"),
        (
            "\"actions\": [\n          \"delete\"\n        ]",
            "\"actions\": [\"destroy\"]",
            "`actions` of a resource change are none",
        ),
        ("\"toy_gone.user\"", "\"toy_gone.base\"", "two resource changes are about the same object"),
        ("\"address\": \"toy_gone.user\"", "\"address\": \"nonsense\"", "is not one of a resource"),
        ("\"type\": \"toy_gone\"", "\"type\": \"toy_other\"", "does not fit its `type`"),
        ("\"after_unknown\": false,", "", "has no `after_unknown`"),
        ("\"resource_changes\"", "\"renamed\"", "neither"),
    ] {
        assert!(text.contains(from), "{from}");
        let imported =
            import_text("plan.json", &text.replacen(from, to, if from.starts_with("\"toy") { 9 } else { 1 }));
        let messages: Vec<&str> = imported.found.iter().map(|found| found.message.as_str()).collect();
        let fits = messages.iter().any(|message| message.contains(reason));
        let empty = reason == "neither" && imported.plan.is_some_and(|plan| plan.plan.phases.is_empty());
        assert!(fits || empty, "{from}: {messages:?}");
        assert!(empty || imported.found.iter().all(|found| !found.labels.is_empty()));
    }
}

#[test]
fn what_stands_below_an_unknown_value_is_unknown_too() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/terraform/wrong/nobody-knows-yet-who-may-connect.json");
    let mut plan: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let group = plan.pointer_mut("/resource_changes/1").unwrap();
    group["address"] = json!("aws_security_group.office");
    group["type"] = json!("aws_security_group");
    group["name"] = json!("office");
    group["change"]["after"] = json!({"name": "office"});
    group["change"]["after_sensitive"] = json!({});
    let block = "/configuration/root_module/resources/1";
    plan.pointer_mut(block).unwrap()["address"] = json!("aws_security_group.office");
    // No tag says anything of `ingress.cidr_blocks`, on which the bundle decides: only that all of `ingress` is unknown.
    for (unknown, configured, exit, told) in [
        (json!({"id": true, "ingress": true}), true, 1, true),
        (json!({"id": true, "ingress": [{"cidr_blocks": true}]}), true, 1, true),
        (json!({"id": true}), true, 1, true),
        (json!({"id": true, "ingress": true}), false, 0, false),
    ] {
        plan.pointer_mut("/resource_changes/1/change").unwrap()["after_unknown"] = unknown.clone();
        let expressions =
            if configured { json!({"ingress": {"references": ["var.rules"]}}) } else { json!({"name": {}}) };
        plan.pointer_mut(block).unwrap()["expressions"] = expressions;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        fs::write(&path, plan.to_string()).unwrap();
        let output = program(&[
            "check",
            "--bundle",
            "terraform",
            "--estate",
            PEOPLE,
            "--mapping",
            MAPPING,
            path.to_str().unwrap(),
        ]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{unknown} {configured}: {text}");
        assert_eq!(text.contains("the tag `ingress.cidr_blocks`"), told, "{unknown} {configured}: {text}");
    }
}

#[test]
fn drift_and_changes_that_are_put_off_are_told() {
    let text = fixture("deletions.json");
    let added = "\"resource_drift\": [{\"address\": \"a.b\", \"change\": {}}], \
                 \"deferred_changes\": [{\"reason\": \"x\", \"resource_change\": {\"address\": \"c.d\"}}], \"resource_changes\"";
    let imported = import_text("plan.json", &text.replacen("\"resource_changes\"", added, 1));
    let opaque: Vec<String> =
        imported.plan.unwrap().fidelity.opaque.into_iter().map(|remark| remark.text).collect();
    assert_eq!(
        opaque,
        ["`a.b` has changed outside of Terraform", "the change of `c.d` is put off to a later plan"]
    );
}

/// The plans that are rejected, each with who applies it there.
const REJECTED: &[(&str, &str)] = &[
    ("a-data-store-is-replaced", "Person::\"dana\""),
    ("the-pipeline-gives-itself-a-role", "Identity::\"aws:role/deploy\""),
    ("nobody-knows-yet-who-may-connect", "Person::\"dana\""),
];

fn rejected(at: usize) -> (String, &'static str) {
    let (name, by) = REJECTED[at];
    let path = format!("examples/terraform/wrong/{name}.json");
    (fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap(), by)
}

/// The places of everything that is not a value of a resource: `/resource_changes/0/change/actions`.
fn places(value: &Value, place: String, found: &mut Vec<String>) {
    if place.ends_with("/before") || place.ends_with("/after") || place.ends_with("/values") {
        return found.push(place);
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                places(value, format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            // What a list lacks is simply not planned, so only what is in its items is broken.
            for (at, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                places(item, format!("{place}/{at}"), found);
            }
        }
        _ => {}
    }
    let is_item = place.rsplit('/').next().is_some_and(|last| last.parse::<usize>().is_ok());
    if !place.is_empty() && !is_item {
        found.push(place);
    }
}

fn another(value: &Value, number: usize) -> Value {
    let others =
        [json!(null), json!(7), json!("x"), json!([]), json!({}), json!(true), json!([1]), json!({"a": 1})];
    let others: Vec<Value> = others.into_iter().filter(|other| other != value).collect();
    others[number % others.len()].clone()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_truncated_plan_is_refused(at in 0..3_usize, cut: Index) {
        let (text, _) = rejected(at);
        let end = cut.index(text.trim_end().len() - 1);
        prop_assert!(import_text("plan.json", text.get(..end).unwrap()).plan.is_none());
    }

    #[test]
    fn a_plan_that_is_rejected_is_not_approved_when_a_part_of_it_is_lost_or_of_another_kind(
        at in 0..3_usize, place: Index, change in prop::option::of(0..8_usize),
    ) {
        let (text, by) = rejected(at);
        let mut plan: Value = serde_json::from_str(&text).unwrap();
        let mut all = Vec::new();
        places(&plan, String::new(), &mut all);
        let place = &all[place.index(all.len())];
        match change {
            Some(number) => {
                let value = plan.pointer_mut(place).unwrap();
                *value = another(value, number);
            }
            None => {
                let (parent, key) = place.rsplit_once('/').unwrap();
                let key = key.replace("~1", "/").replace("~0", "~");
                plan.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(&key);
            }
        }
        prop_assert!(!approves(&plan.to_string(), by), "{place} {change:?}");
    }
}

#[test]
fn the_plans_that_are_broken_above_are_rejected_as_they_are() {
    for at in 0..REJECTED.len() {
        let (text, by) = rejected(at);
        assert!(!approves(&text, by));
    }
    let shop = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/terraform/shop.json"));
    assert!(approves(&shop.unwrap(), "Person::\"dana\""));
}
