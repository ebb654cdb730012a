use clap::ValueEnum;
use serde_json::{Value, json};

use super::*;

fn schema(kind: Kind) -> Value {
    serde_json::from_str(&text(kind)).unwrap()
}

fn accepts(kind: Kind, document: &Value) -> bool {
    jsonschema::validator_for(&schema(kind)).unwrap().is_valid(document)
}

#[test]
fn every_kind_has_a_schema_that_is_one() {
    for kind in Kind::value_variants() {
        let schema = schema(*kind);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{kind:?}");
        assert!(jsonschema::meta::is_valid(&schema), "{kind:?}");
    }
}

/// Says whether people write what a kind is about; what the program writes may get more fields.
fn is_of_a_file(kind: Kind) -> bool {
    !matches!(kind, Kind::Report | Kind::Problems | Kind::Rights | Kind::WhoCan | Kind::Impact | Kind::Bench)
}

/// An object without `additionalProperties` would let a misspelt key pass in an editor.
#[test]
fn every_object_of_a_file_says_what_else_it_may_hold() {
    fn walk(kind: Kind, value: &Value) {
        match value {
            Value::Object(map) => {
                if map.get("type") == Some(&json!("object")) {
                    assert!(map.contains_key("additionalProperties"), "{kind:?}: {value:#}");
                }
                map.values().for_each(|value| walk(kind, value));
            }
            Value::Array(values) => values.iter().for_each(|value| walk(kind, value)),
            _ => {}
        }
    }
    for kind in Kind::value_variants().iter().filter(|kind| is_of_a_file(**kind)) {
        walk(*kind, &schema(*kind));
    }
}

#[test]
fn the_plan_of_the_manual_conforms() {
    let mut plan = json!({
        "schema": "countersign.plan/1", "id": "CHG-2026-0142", "title": "Integrate", "docs": "https://example.com",
        "author": "User::\"dana\"", "zone": "Europe/Berlin",
        "window": { "start": "2026-11-28T22:00", "end": "2026-11-29T04:00" },
        "phases": [{
            "id": "edge", "title": "Configure", "by": "User::\"dana\"", "needs": ["dns"], "order": "listed",
            "steps": [{
                "id": "federation", "do": "Set-CsAccessEdgeConfiguration",
                "target": "AccessEdgeConfiguration::\"Global\"",
                "with": { "allow": true, "count": 3, "later": { "__unknown": true }, "list": ["a"] }, "needs": ["dns/srv"],
            }],
        }],
    });
    assert!(accepts(Kind::Plan, &plan));
    plan["phases"][0]["steps"][0]["with"]["count"] = json!(1.5);
    assert!(!accepts(Kind::Plan, &plan));
    plan["phases"][0]["steps"][0]["with"]["count"] = json!(1);
    plan["approvals"] = json!([]);
    assert!(!accepts(Kind::Plan, &plan));
}

#[test]
fn both_forms_of_an_estate_conform() {
    let entities = json!([
        { "uid": "User::\"dana\"", "parents": ["Group::\"a\""], "attrs": { "enabled": true }, "tags": {} },
        { "uid": { "type": "User", "id": "erin" }, "attrs": {}, "parents": [{ "__entity": { "type": "G", "id": "a" } }] },
    ]);
    assert!(accepts(Kind::Estate, &entities));
    let estate =
        json!({ "schema": "countersign.estate/1", "taken": "2026-11-20T08:00:00Z", "entities": entities });
    assert!(accepts(Kind::Estate, &estate));
    assert!(!accepts(Kind::Estate, &json!({ "schema": "countersign.estate/2", "entities": [] })));
    assert!(!accepts(Kind::Estate, &json!([{ "uid": "dana" }])));
}

#[test]
fn every_change_conforms_and_a_mixture_does_not() {
    let file = |change: Value| json!({ "schema": "countersign.operations/1", "operations": { "x": { "changes": [change] } } });
    let changes = [
        json!({ "create": "User", "id": "context.id", "parents": ["resource"], "attrs": { "a": 1 }, "tags": { "t": true } }),
        json!({ "delete": "resource", "when": "context.yes" }),
        json!({ "set": "resource", "attr": "a", "value": "context.a" }),
        json!({ "set": "resource", "tag": "a", "value": false }),
        json!({ "unset": "resource", "attr": "a" }),
        json!({ "add": "resource", "attr": "a", "value": "context.a" }),
        json!({ "remove": "resource", "tag": "a", "value": "context.a" }),
        json!({ "join": "principal", "parent": "resource" }),
        json!({ "leave": "principal", "parent": "resource" }),
        json!({ "link": "template", "principal": "principal", "resource": "resource" }),
        json!({ "unlink": "template", "resource": "resource" }),
    ];
    for change in changes {
        assert!(accepts(Kind::Operations, &file(change.clone())), "{change}");
    }
    for change in [
        json!({}),
        json!({ "delete": "resource", "attr": "a" }),
        json!({ "set": "resource", "attr": "a", "tag": "b", "value": 1 }),
        json!({ "set": "resource", "value": 1 }),
        json!({ "set": "a", "unset": "a", "attr": "a" }),
    ] {
        assert!(!accepts(Kind::Operations, &file(change.clone())), "{change}");
    }
}

#[test]
fn approvals_and_manifests_conform() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let approvals = json!({
        "schema": "countersign.approvals/1",
        "approvals": [{ "plan": "C", "digest": digest, "by": "User::\"erin\"", "at": "2026-11-26T09:30:00Z", "note": "CAB" }],
        "overrides": [{ "plan": "C", "digest": digest, "policy": "change-window", "step": "edge/federation",
            "by": "User::\"frank\"", "reason": "vendor slot", "expires": "2026-11-29T04:00:00Z" }],
    });
    assert!(accepts(Kind::Approvals, &approvals));
    let manifest = json!({ "schema": "countersign.bundle/1", "name": "b", "namespace": "Lync", "enforcement": { "w": "soft" } });
    assert!(accepts(Kind::Bundle, &manifest));
    assert!(!accepts(
        Kind::Bundle,
        &json!({ "schema": "countersign.bundle/1", "name": "b", "enforcement": { "w": "off" } })
    ));
}
