//! The page about mapping files knows every key and no other, and its examples are read.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where its world breaks")]

mod examples_support;

use std::collections::BTreeSet;
use std::fs;

use examples_support::{countersign, err, out, root};
use serde_json::Value;

fn page() -> String {
    fs::read_to_string(root().join("docs/mapping.md")).unwrap()
}

/// The rows of the page's tables of keys: the key and the other cells.
fn rows(text: &str) -> Vec<(String, Vec<String>)> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim_matches('|').replace("\\|", "\u{1}");
        line.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
    };
    let rows = text.lines().filter(|line| line.starts_with("| `")).map(cells);
    rows.map(|cells| (cells[0].trim_matches('`').to_owned(), cells[1..].to_vec())).collect()
}

/// The keys of a section of the schema and of everything that it is made of.
fn keys(schema: &Value, of: &Value, found: &mut BTreeSet<String>) {
    match of {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                keys(schema, &schema["$defs"][target.rsplit('/').next().unwrap()], found);
            }
            found.extend(
                fields
                    .get("properties")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flat_map(|p| p.keys().cloned()),
            );
            fields.values().for_each(|field| keys(schema, field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| keys(schema, item, found)),
        _ => {}
    }
}

#[test]
fn every_key_of_a_mapping_file_is_on_the_page_and_no_other() {
    let schema: Value = serde_json::from_str(&out(&countersign(&["schema", "mapping"]))).unwrap();
    let page = page();
    for section in ["terraform", "ldif", "csv"] {
        let text = page.split(&format!("## `{section}`\n")).nth(1).unwrap();
        let text = text.split("\n## ").next().unwrap();
        let told: BTreeSet<String> = rows(text).into_iter().map(|(key, _)| key).collect();
        let mut known = BTreeSet::new();
        keys(&schema, &schema["$defs"][section], &mut known);
        assert_eq!(told, known, "{section}");
    }
}

#[test]
fn every_example_of_a_key_is_one_of_that_key() {
    let mut examples = 0;
    for (key, cells) in rows(&page()) {
        let Some(example) = cells.last().unwrap().strip_prefix('`').and_then(|cell| cell.strip_suffix('`'))
        else {
            continue;
        };
        let Some((named, _)) = example.split_once(": ") else { continue };
        let parsed: Value = serde_saphyr::from_str(example).unwrap();
        assert_eq!((named, parsed.as_object().unwrap().len()), (key.as_str(), 1), "{example}");
        examples += 1;
    }
    assert!(examples > 25, "{examples} examples");
}

#[test]
fn every_mapping_file_of_the_page_is_read_with_the_files_that_it_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = BTreeSet::new();
    for (number, block) in page().split("```yaml\n").skip(1).enumerate() {
        let block = block.split("```").next().unwrap();
        let path = folder.path().join(format!("mapping-{number}.yaml"));
        fs::write(&path, block).unwrap();
        let mapping = path.to_str().unwrap();
        let of = |section: &str| block.contains(&format!("\n{section}:\n"));
        let (file, by) = match () {
            () if of("terraform") => ("examples/terraform/shop.json", None),
            () if of("ldif") => ("examples/active-directory/onboarding.ldif", Some("dana.ruiz@contoso.com")),
            () => ("examples/tables/steps.csv", None),
        };
        seen.insert(file);
        let file = root().join(file);
        let mut arguments = vec!["import", "--mapping", mapping, file.to_str().unwrap()];
        let export = root().join("examples/active-directory/estate.ldif");
        arguments.extend(by.iter().flat_map(|by| ["--by", by, "--estate", export.to_str().unwrap()]));
        let ran = countersign(&arguments);
        assert_eq!(ran.status.code(), Some(0), "{block}{}", err(&ran));
        assert!(out(&ran).contains("countersign.plan/1"), "{block}");
    }
    assert_eq!(seen.len(), 3, "an example of each section");
}
