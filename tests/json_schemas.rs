//! The JSON Schemas describe the files: what the program reads and writes conforms, what is broken does not.
#![allow(clippy::unwrap_used, reason = "a test ends where its world breaks")]

mod examples_support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use examples_support::{countersign, err, examples, files_below, out, root};
use jsonschema::Validator;
use serde_json::{Value, json};

const KINDS: [&str; 12] = [
    "plan",
    "estate",
    "operations",
    "approvals",
    "mapping",
    "bundle",
    "report",
    "problems",
    "rights",
    "who-can",
    "impact",
    "bench",
];

fn schema(kind: &str) -> Value {
    let output = countersign(&["schema", kind]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    serde_json::from_str(&out(&output)).unwrap()
}

#[test]
fn every_schema_has_the_name_of_its_kind() {
    for kind in KINDS {
        let schema = schema(kind);
        assert_eq!(schema["$id"], format!("urn:countersign:{kind}:1"));
        assert_eq!(schema["title"], format!("Countersign {kind}"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
}

fn validator(kind: &str) -> Validator {
    jsonschema::draft202012::new(&schema(kind)).unwrap()
}

/// The file as JSON, by a reader that is not this program's.
fn yaml(path: &str) -> Value {
    let text = fs::read_to_string(root().join(path)).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| unreachable!("{path}: {error}"))
}

/// Every YAML file of the examples and of the shipped bundles, by its kind.
fn yaml_files() -> BTreeMap<String, Vec<(String, Value)>> {
    let mut files: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
    for path in files_below("examples").into_iter().chain(files_below("policies")) {
        if !path.ends_with(".yaml") {
            continue;
        }
        let value = yaml(&path);
        let schema = value
            .get("schema")
            .and_then(Value::as_str)
            .unwrap_or_else(|| unreachable!("{path} says no schema"));
        let kind =
            schema.strip_prefix("countersign.").and_then(|kind| kind.strip_suffix("/1")).unwrap().to_owned();
        files.entry(kind).or_default().push((path, value));
    }
    files
}

#[track_caller]
fn conforms(validator: &Validator, value: &Value, what: &str) {
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

#[test]
fn the_schemas_are_json_schemas() {
    for kind in KINDS {
        let schema = schema(kind);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{kind}");
        if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
            unreachable!("{kind}: {error}");
        }
    }
}

#[test]
fn every_file_conforms_to_the_schema_of_its_kind() {
    let files = yaml_files();
    let kinds: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(kinds, BTreeSet::from(["approvals", "estate", "mapping", "operations", "plan"]));
    for (kind, files) in &files {
        let validator = validator(kind);
        files.iter().for_each(|(path, value)| conforms(&validator, value, path));
    }
}

#[test]
fn every_manifest_conforms() {
    let validator = validator("bundle");
    let paths = files_below("examples").into_iter().chain(files_below("policies"));
    for path in paths.filter(|path| path.ends_with("/bundle.toml")) {
        let table: toml::Table = fs::read_to_string(root().join(&path)).unwrap().parse().unwrap();
        conforms(&validator, &serde_json::to_value(table).unwrap(), &path);
    }
}

#[test]
fn every_report_conforms() {
    let validator = validator("report");
    let mut reports = 0;
    for example in examples() {
        let mut runs: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
        for case in &example.cases {
            runs.entry(case.flags()).or_default().push(&case.plan);
        }
        for (flags, plans) in runs {
            let fixed = ["check", "--bundle", &example.bundle, "--format", "json"];
            let output = countersign(&[&fixed[..], &flags, &plans].concat());
            let found: Value = serde_json::from_str(&out(&output)).unwrap();
            let found = if found.is_array() { found } else { json!([found]) };
            for (plan, report) in plans.iter().zip(found.as_array().unwrap()) {
                conforms(&validator, report, plan);
                reports += 1;
            }
        }
    }
    assert_eq!(reports, examples().iter().map(|example| example.cases.len()).sum::<usize>());
}

/// The mapping files of the manual.
fn mappings_of_the_manual() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for page in ["docs/formats.md", "docs/terraform.md", "docs/directories.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("\n```"));
        let mappings = blocks.filter(|(block, _)| block.starts_with("schema: countersign.mapping/1"));
        found.extend(
            mappings.map(|(block, _)| (page.to_owned(), serde_saphyr::from_str::<Value>(block).unwrap())),
        );
    }
    found
}

#[test]
fn the_mappings_of_the_manual_conform_and_are_read() {
    let validator = validator("mapping");
    let mappings = mappings_of_the_manual();
    assert!(mappings.len() >= 4, "{}", mappings.len());
    mappings.iter().for_each(|(page, value)| conforms(&validator, value, page));
}

#[test]
fn broken_mappings_do_not_conform() {
    let validator = validator("mapping");
    let mappings = mappings_of_the_manual();
    let of = |section: &str, key: &str| {
        let has = |value: &&(String, Value)| value.1[section].get(key).is_some();
        mappings.iter().find(has).unwrap().1.clone()
    };
    for (section, key, pointer, broken) in [
        ("terraform", "principals", "/schema", json!("countersign.mapping/2")),
        ("terraform", "principals", "/ansible", json!({})),
        ("terraform", "principals", "/terraform/principal", json!([])),
        ("terraform", "principals", "/terraform/principals/0/by", Value::Null),
        ("terraform", "principals", "/terraform/environments/0/protected", json!("yes")),
        ("terraform", "principals", "/terraform/types/0/group", json!("secrets")),
        ("ldif", "tiers", "/ldif/tiers/OU=Staff,DC=contoso,DC=com", json!("2")),
        ("csv", "entities", "/csv/separator", json!("ab")),
        ("csv", "entities", "/csv/entities/id", Value::Null),
        ("csv", "entities", "/csv/entities/attrs/enabled/is", json!("flag")),
        ("csv", "entities", "/csv/memberships/group", Value::Null),
        ("csv", "entities", "/csv/memberships/group/type", Value::Null),
        ("csv", "entities", "/csv/steps/do", Value::Null),
    ] {
        refused(&validator, &of(section, key), pointer, &broken);
    }
}

/// What a command prints as JSON; a list where it is one.
fn printed(arguments: &[&str]) -> Vec<Value> {
    let output = countersign(&[arguments, &["--format", "json"]].concat());
    let found: Value = serde_json::from_str(&out(&output))
        .unwrap_or_else(|error| unreachable!("{arguments:?}: {error}\n{}", err(&output)));
    if let Value::Array(found) = found { found } else { vec![found] }
}

#[test]
fn every_explanation_conforms() {
    let validator = validator("report");
    for example in examples() {
        for case in example.cases.iter().filter(|case| case.exit == 1).take(2) {
            let fixed = ["explain", "--all", "--bundle", &example.bundle, &case.plan];
            for report in printed(&[&fixed[..], &case.flags()].concat()) {
                conforms(&validator, &report, &case.plan);
            }
        }
    }
}

#[test]
fn every_table_of_rights_and_every_access_delta_conforms() {
    for (kind, command) in [("rights", "rights"), ("impact", "impact")] {
        let validator = validator(kind);
        for example in examples() {
            let mut seen = BTreeSet::new();
            let plain = example.cases.iter().filter(|case| case.more.is_empty());
            for case in plain.filter(|case| seen.insert(case.verdict.clone())) {
                let fixed = [command, "--bundle", &example.bundle, &case.plan];
                for told in printed(&[&fixed[..], &case.flags()].concat()) {
                    conforms(&validator, &told, &format!("{command} {}", case.plan));
                }
            }
        }
    }
}

#[test]
fn every_answer_about_principals_conforms() {
    let validator = validator("who-can");
    let mut answered = 0;
    for example in examples() {
        let cases = example.cases.iter().filter(|case| case.more.is_empty() && !case.denied.is_empty());
        for case in cases.take(6) {
            let fixed = ["check", "--bundle", &example.bundle, &case.plan];
            for report in printed(&[&fixed[..], &case.flags()].concat()) {
                let (step, _, _) = &case.denied[0];
                let step =
                    report["steps"].as_array().unwrap().iter().find(|told| told["id"] == **step).unwrap();
                let text = |key: &str| step[key].as_str().unwrap().to_owned();
                let (action, resource, principal) = (text("action"), text("resource"), text("principal"));
                let context = step["context"].as_object().unwrap().iter();
                let own = context.filter(|(name, _)| *name != "plan");
                let fields: Vec<String> = own.map(|(name, value)| format!("--with={name}={value}")).collect();
                let asked = ["who-can", &action, &resource, "--bundle", &example.bundle];
                let asked: Vec<&str> = asked.into_iter().chain(["--estate", &case.estate]).collect();
                let asked: Vec<&str> = asked.into_iter().chain(fields.iter().map(String::as_str)).collect();
                // What a plan makes itself cannot be asked about without the plan.
                if countersign(&asked).status.code() == Some(2) {
                    continue;
                }
                answered += 1;
                for (kind, more) in [("ways", vec![]), ("wouldPermit", vec!["--why-not", &principal])] {
                    for told in printed(&[&asked[..], &more].concat()) {
                        assert!(told.get(kind).is_some(), "{asked:?}: {told:#}");
                        conforms(&validator, &told, &format!("{asked:?}"));
                    }
                }
            }
        }
    }
    assert!(answered >= 12, "{answered}");
    for (pointer, broken) in
        [("/schema", json!("countersign.who-can/2")), ("/ways", Value::Null), ("/count", json!("two"))]
    {
        let asked = ["who-can", "backup", "Database::\"orders\"", "--bundle", "examples/guide/bundle"];
        let told = printed(&[&asked[..], &["--estate", "examples/guide/estate.yaml"]].concat()).remove(0);
        refused(&validator, &told, pointer, &broken);
    }
}

/// Breaks a file at a place and says whether the schema notices.
#[track_caller]
fn refused(validator: &Validator, value: &Value, pointer: &str, broken: &Value) {
    let mut value = value.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap_or_else(|| unreachable!("nothing is at {pointer}"));
    let object = parent.as_object_mut().unwrap_or_else(|| unreachable!("{pointer} is not in an object"));
    match broken {
        Value::Null => assert!(object.remove(key).is_some(), "nothing is at {pointer}"),
        broken => drop(object.insert(key.to_owned(), broken.clone())),
    }
    assert!(!validator.is_valid(&value), "{pointer} as {broken}");
}

#[test]
fn broken_plans_do_not_conform() {
    let (validator, plan) = (validator("plan"), yaml("examples/hosted-exchange-um/plan.yaml"));
    conforms(&validator, &plan, "the whole plan");
    for (pointer, broken) in [
        ("/schema", json!("countersign.plan/2")),
        ("/schema", Value::Null),
        ("/id", json!("a plan")),
        ("/phases", Value::Null),
        ("/phases", json!({})),
        ("/approvals", json!([])),
        ("/window/start", json!("22:00")),
        ("/window/end", Value::Null),
        ("/phases/0/order", json!("sorted")),
        ("/phases/0/needs", json!("dns")),
        ("/phases/0/steps/0/do", Value::Null),
        ("/phases/0/steps/0/target", json!("Global")),
        ("/phases/0/steps/0/with", json!(["allowFederatedUsers"])),
        ("/phases/0/steps/0/who", json!("User::\"dana\"")),
        ("/phases/0/steps/0/id", json!("a/b")),
    ] {
        refused(&validator, &plan, pointer, &broken);
    }
}

#[test]
fn broken_estates_do_not_conform() {
    let (validator, estate) = (validator("estate"), yaml("examples/guide/estate.yaml"));
    conforms(&validator, &estate, "the whole estate");
    for (pointer, broken) in [
        ("/schema", json!("countersign.plan/1")),
        ("/entities", Value::Null),
        ("/entities", json!({})),
        ("/users", json!([])),
        ("/entities/1/uid", json!("ada")),
        ("/entities/1/uid", Value::Null),
        ("/entities/1/parents", json!("Team::\"DatabaseAdmins\"")),
        ("/entities/3/attrs/version", json!(6.5)),
        ("/entities/3/attributes", json!({})),
    ] {
        refused(&validator, &estate, pointer, &broken);
    }
}

#[test]
fn broken_catalogues_do_not_conform() {
    let (validator, catalogue) = (validator("operations"), yaml("examples/guide/bundle/operations.yaml"));
    conforms(&validator, &catalogue, "the whole catalogue");
    for (pointer, broken) in [
        ("/schema", json!("countersign.operations/9")),
        ("/operations", json!([])),
        ("/operations/backup/changes", Value::Null),
        ("/operations/backup/change", json!([])),
        ("/operations/backup/changes/0/set", Value::Null),
        ("/operations/backup/changes/0/create", json!("Database")),
        ("/operations/backup/changes/0/attr", Value::Null),
        ("/operations/backup/changes/0/value", Value::Null),
        ("/operations/backup/changes/0/value", json!([true])),
        ("/operations/backup/changes/0/if", json!("true")),
    ] {
        refused(&validator, &catalogue, pointer, &broken);
    }
}
