use super::*;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::import::{self, BundleFiles, Options};
use crate::source::{Role, SourceMap};

/// The messages about one file.
fn messages(role: Role, path: &str, text: &str) -> Vec<Diagnostic> {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let id = sources.add(path, role, text);
    let options = Options::default();
    match role {
        Role::Plan => drop(import::plan(&sources, id, &options, &mut sink)),
        Role::Estate => drop(import::estate(&sources, id, &options, &mut sink)),
        _ => bundle(&mut sources, id, &mut sink),
    }
    sink.into_sorted()
}

/// A bundle whose links are a text that is given.
fn bundle(sources: &mut SourceMap, links: crate::source::SourceId, sink: &mut Sink) {
    let files = BundleFiles {
        manifest: sources.add("bundle.toml", Role::Manifest, "schema = 'countersign.bundle/1'\nname = 'b'\n"),
        schema: sources.add("schema.cedarschema", Role::Schema, "entity User;"),
        policies: vec![sources.add("p.cedar", Role::Policy, "")],
        links: Some(links),
        operations: sources.add(
            "operations.json",
            Role::Operations,
            r#"{"schema":"countersign.operations/1","operations":{}}"#,
        ),
    };
    drop(import::bundle(sources, &files, sink));
}

/// Says that a number of things is read, and that one more is refused at a place with the limit named.
#[track_caller]
fn ends_at(limit: usize, role: Role, path: &str, text: impl Fn(usize) -> String) {
    assert_eq!(messages(role, path, &text(limit)), [], "{path} with {limit}");
    let found = messages(role, path, &text(limit + 1));
    let [message] = found.as_slice() else { panic!("{path} with {}: {found:#?}", limit + 1) };
    assert_eq!(message.code, Code::Limit, "{path}");
    assert!(message.message.contains(&import::grouped(limit)), "{path}: {}", message.message);
    assert!(!message.labels.is_empty(), "{path}: no place");
}

fn many(count: usize, separator: &str, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(separator)
}

#[test]
fn t031_steps_end_at_their_limit() {
    let step = |number| format!(r#"{{"id":"s{number}","do":"x","target":"U::\"a\""}}"#);
    let plan = |phases: String| format!(r#"{{"schema":"countersign.plan/1","id":"a","phases":[{phases}]}}"#);
    let phase = |id: &str, steps: String| format!(r#"{{"id":"{id}","steps":[{steps}]}}"#);
    ends_at(STEPS, Role::Plan, "p.json", |count| plan(phase("a", many(count, ",", step))));
    ends_at(STEPS, Role::Plan, "p.json", |count| {
        plan(
            [phase("a", many(STEPS / 2, ",", step)), phase("b", many(count - STEPS / 2, ",", step))]
                .join(","),
        )
    });
    ends_at(STEPS, Role::Plan, "p.yaml", |count| {
        let steps =
            many(count, "\n", |number| format!("      - {{ id: s{number}, do: x, target: 'U::\"a\"' }}"));
        format!("schema: countersign.plan/1\nid: a\nphases:\n  - id: a\n    steps:\n{steps}\n")
    });
}

#[test]
fn t031_phases_end_at_their_limit() {
    let phase = |number| format!(r#"{{"id":"p{number}","steps":[]}}"#);
    ends_at(PHASES, Role::Plan, "p.json", |count| {
        format!(r#"{{"schema":"countersign.plan/1","id":"a","phases":[{}]}}"#, many(count, ",", phase))
    });
    ends_at(PHASES, Role::Plan, "p.yaml", |count| {
        let phases = many(count, "\n", |number| format!("  - {{ id: p{number}, steps: [] }}"));
        format!("schema: countersign.plan/1\nid: a\nphases:\n{phases}\n")
    });
}

#[test]
fn t031_entities_end_at_their_limit_in_every_form() {
    let entity = |number| format!(r#"{{"uid":"U::\"{number}\""}}"#);
    let header = r#"{"schema":"countersign.estate/1"}"#;
    ends_at(ENTITIES, Role::Estate, "e.jsonl", |count| format!("{header}\n{}\n", many(count, "\n", entity)));
    ends_at(ENTITIES, Role::Estate, "e.json", |count| {
        format!(r#"{{"schema":"countersign.estate/1","entities":[{}]}}"#, many(count, ",", entity))
    });
    ends_at(ENTITIES, Role::Estate, "e.yaml", |count| {
        let entities = many(count, "\n", |number| format!("  - uid: 'U::\"{number}\"'"));
        format!("schema: countersign.estate/1\nentities:\n{entities}\n")
    });
    let cedar = |number| format!(r#"{{"uid":{{"type":"U","id":"{number}"}},"attrs":{{}},"parents":[]}}"#);
    ends_at(ENTITIES, Role::Estate, "e.json", |count| format!("[{}]", many(count, ",", cedar)));
}

#[test]
fn t031_links_end_at_their_limit() {
    let link = |number| format!(r#"{{"template_id":"t","link_id":"l{number}","args":{{}}}}"#);
    ends_at(LINKS, Role::Links, "links.json", |count| format!("[{}]", many(count, ",", link)));
}

/// The values of a file, keys among them, however they are spread.
#[test]
fn t031_values_end_at_their_limit() {
    let plan = |list: String| {
        let step = format!(r#"{{"id":"a","do":"x","target":"U::\"a\"","with":{{"a":[{list}]}}}}"#);
        format!(r#"{{"schema":"countersign.plan/1","id":"a","phases":[{{"id":"a","steps":[{step}]}}]}}"#)
    };
    let numbers = |count: usize| many(count, ",", |_| "1".to_owned());
    ends_at(JSON_VALUES, Role::Plan, "p.json", |count| plan(numbers(count - 23)));
    let entity = |attributes: String| format!(r#"{{"uid":"U::\"a\"","attrs":{{"a":[{attributes}]}}}}"#);
    ends_at(JSON_VALUES, Role::Estate, "e.json", |count| {
        let entity = entity(numbers(count - 12));
        format!(r#"{{"schema":"countersign.estate/1","entities":[{entity}]}}"#)
    });
    ends_at(JSON_VALUES, Role::Estate, "e.json", |count| format!("[{}]", entity(numbers(count - 8))));
    ends_at(JSON_VALUES, Role::Estate, "e.jsonl", |count| {
        let half = numbers((count - 17) / 2);
        let rest = numbers(count - 17 - (count - 17) / 2);
        format!("{{\"schema\":\"countersign.estate/1\"}}\n{}\n{}", entity(half), entity(rest))
    });
}
