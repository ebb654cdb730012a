//! Plans of any length that back databases up and migrate them.

#![allow(clippy::unwrap_used, reason = "text is written to memory")]

use std::fmt::Write as _;

use countersign::import::BundleFiles;
use countersign::source::{Role, SourceId, SourceMap};

const SCHEMA: &str = "
entity Team in [Team];
entity Person in [Team];
entity Database { backedUp: Bool, version: Long };
action backup appliesTo { principal: Person, resource: Database, context: {} };
action migrate appliesTo { principal: Person, resource: Database, context: { version: Long } };
";

const POLICIES: &str = r#"
@id("work-on-databases")
permit (principal in Team::"administrators", action, resource);
@id("backup-before-migration")
forbid (principal, action == Action::"migrate", resource) unless { resource.backedUp };
@id("no-step-back")
forbid (principal, action == Action::"migrate", resource) when { context.version < resource.version };
"#;

const OPERATIONS: &str = r#"{"schema":"countersign.operations/1","operations":{
  "backup":{"changes":[{"set":"resource","attr":"backedUp","value":true}]},
  "migrate":{"changes":[{"set":"resource","attr":"version","value":"context.version"},
                        {"set":"resource","attr":"backedUp","value":false}]}}}"#;

/// Two rules about migrations, and who may work on databases.
pub fn bundle(sources: &mut SourceMap) -> BundleFiles {
    BundleFiles {
        manifest: sources.add("b.toml", Role::Manifest, "schema = 'countersign.bundle/1'\nname = 'b'\n"),
        schema: sources.add("s.cedarschema", Role::Schema, SCHEMA),
        policies: vec![sources.add("p.cedar", Role::Policy, POLICIES)],
        links: None,
        operations: sources.add("o.json", Role::Operations, OPERATIONS),
    }
}

/// Every hundredth person is an administrator, through a team in a team.
pub fn estate(sources: &mut SourceMap, people: usize) -> SourceId {
    let mut text = "{\"schema\":\"countersign.estate/1\"}\n".to_owned();
    text.push_str("{\"uid\":\"Team::\\\"administrators\\\"\"}\n");
    text.push_str("{\"uid\":\"Team::\\\"shift\\\"\",\"parents\":[\"Team::\\\"administrators\\\"\"]}\n");
    for number in 0..people {
        let parents = if number % 100 == 0 { r#"["Team::\"shift\""]"# } else { "[]" };
        writeln!(text, r#"{{"uid":"Person::\"p{number}\"","parents":{parents}}}"#).unwrap();
    }
    for number in 0..100 {
        let attributes = r#"{"backedUp":false,"version":6}"#;
        writeln!(text, r#"{{"uid":"Database::\"d{number}\"","attrs":{attributes}}}"#).unwrap();
    }
    sources.add("estate.jsonl", Role::Estate, text)
}

/// One step after the other, a backup before each migration; one of ten is by somebody who may not.
pub fn plan(sources: &mut SourceMap, steps: usize) -> SourceId {
    let step = |number: usize| {
        let by = if number % 10 == 9 { 7 } else { 0 };
        let (action, with) = match number % 2 {
            0 => ("backup", String::new()),
            _ => ("migrate", format!(r#","with":{{"version":{}}}"#, 7 + number)),
        };
        let database = number / 2 % 100;
        format!(
            r#"{{"id":"s{number}","do":"{action}","target":"Database::\"d{database}\"","by":"Person::\"p{by}\""{with}}}"#
        )
    };
    let steps: Vec<String> = (0..steps).map(step).collect();
    let text = format!(
        r#"{{"schema":"countersign.plan/1","id":"P","phases":[{{"id":"a","steps":[{}]}}]}}"#,
        steps.join(",\n")
    );
    sources.add("plan.json", Role::Plan, text)
}
