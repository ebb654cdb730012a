//! Remedies made by the words of a report alone, on plans and estates as JSON.

#![allow(dead_code, reason = "each test binary uses its own part")]

use serde_json::{Value, json};

/// A uid as files write it, and an action by its id: the bundle's namespace is understood.
fn short(uid: &Value) -> Value {
    let text = uid.as_str().unwrap();
    let (kind, id) = text.split_once("::\"").unwrap();
    let kind = kind.rsplit("::").next().unwrap();
    json!(if kind == "Action" { id.trim_end_matches('"').to_owned() } else { format!("{kind}::\"{id}") })
}

pub fn step_of<'a>(plan: &'a mut Value, address: &str) -> &'a mut Value {
    let (phase, id) = address.split_once('/').unwrap();
    let phases = plan["phases"].as_array_mut().unwrap();
    let phase = phases.iter_mut().find(|found| found["id"] == phase).unwrap();
    phase["steps"].as_array_mut().unwrap().iter_mut().find(|step| step["id"] == id).unwrap()
}

pub fn push(list: &mut Value, item: Value) {
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().unwrap().push(item);
}

/// Says whether the edges of a change are between steps that a plan has, or that the change inserts.
///
/// A part of several changes can have an edge to a step that another part inserts; alone it cannot be made.
pub fn names_only_steps(plan: &Value, change: &Value) -> bool {
    let changes: Vec<&Value> = change["changes"].as_array().into_iter().flatten().chain([change]).collect();
    let inserted: Vec<&str> = changes.iter().filter_map(|change| change["step"].as_str()).collect();
    let phases = || plan["phases"].as_array().unwrap().iter();
    let is_step = |address: &str| {
        phases().any(|phase| {
            let mut steps = phase["steps"].as_array().unwrap().iter();
            let of_phase = address.strip_prefix(phase["id"].as_str().unwrap());
            steps.any(|step| of_phase.and_then(|rest| rest.strip_prefix('/')) == step["id"].as_str())
        })
    };
    let ends = |change: &Value| ["before", "after"].map(|end| change[end].as_str().map(str::to_owned));
    let edges = changes.iter().filter(|change| change["kind"] == "edge");
    edges.flat_map(|edge| ends(edge)).flatten().all(|end| inserted.contains(&end.as_str()) || is_step(&end))
}

/// The plan and the estate with a remedy, by the words of the report alone.
pub fn apply(plan: &mut Value, estate: &mut Value, step: &str, change: &Value) {
    match change["kind"].as_str().unwrap() {
        "principal" => step_of(plan, step)["by"] = short(&change["by"]),
        "target" => step_of(plan, step)["target"] = short(&change["target"]),
        "context" => match change.get("value") {
            Some(value) => step_of(plan, step)["with"][change["field"].as_str().unwrap()] = value.clone(),
            None => {
                let with = step_of(plan, step)["with"].as_object_mut().unwrap();
                with.remove(change["field"].as_str().unwrap());
            }
        },
        "edge" => {
            push(&mut step_of(plan, change["after"].as_str().unwrap())["needs"], change["before"].clone())
        }
        "reverse" => {
            let of = change["of"].as_str().unwrap();
            let place = match of.contains('/') {
                true => step_of(plan, of),
                false => {
                    let phases = plan["phases"].as_array_mut().unwrap();
                    phases.iter_mut().find(|phase| phase["id"] == of).unwrap()
                }
            };
            place["needs"].as_array_mut().unwrap().retain(|need| *need != change["need"]);
            push(&mut step_of(plan, change["after"].as_str().unwrap())["needs"], change["before"].clone());
        }
        "insert" => insert(plan, change),
        "together" => {
            for part in change["changes"].as_array().unwrap() {
                apply(plan, estate, step, part);
            }
        }
        "estate" => change["facts"].as_array().unwrap().iter().for_each(|fact| assume(estate, fact)),
        other => panic!("an unknown kind {other}"),
    }
}

fn insert(plan: &mut Value, change: &Value) {
    let (phase, before) = change["before"].as_str().unwrap().split_once('/').unwrap();
    let phases = plan["phases"].as_array_mut().unwrap();
    let phase = phases.iter_mut().find(|found| found["id"] == phase).unwrap();
    let is_listed = phase["order"] != "any";
    let id = change["step"].as_str().unwrap().split_once('/').unwrap().1;
    let with = change["with"].as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone()));
    let (by, action, target) = (short(&change["by"]), short(&change["action"]), short(&change["target"]));
    let steps = phase["steps"].as_array_mut().unwrap();
    let position = steps.iter().position(|step| step["id"] == before).unwrap();
    let with: serde_json::Map<String, Value> = with.collect();
    let mut new = json!({ "id": id, "by": by, "do": action, "target": target, "with": with });
    if !steps[position]["needs"].is_null() {
        new["needs"] = steps[position]["needs"].clone();
    }
    if !is_listed {
        push(&mut steps[position]["needs"], json!(id));
    }
    steps.insert(position, new);
}

fn assume(estate: &mut Value, fact: &Value) {
    let entities = estate["entities"].as_array_mut().unwrap();
    let uid = short(&fact["entity"]);
    if fact["kind"] == "entity" {
        // The facts name the entity only; the rest of its record is whatever the schema wants.
        let attrs = json!({ "deployment": "Deployment::\"contoso.com\"", "running": true });
        entities.push(json!({ "uid": uid, "attrs": attrs }));
        return;
    }
    let entity = entities.iter_mut().find(|entity| entity["uid"] == uid).unwrap();
    if fact["kind"] == "membership" {
        return push(&mut entity["parents"], short(&fact["parent"]));
    }
    let attribute = &mut entity["attrs"][fact["attribute"].as_str().unwrap()];
    match fact["operation"].as_str().unwrap() {
        "set" => *attribute = fact["value"].clone(),
        "add" => push(attribute, fact["value"].clone()),
        _ => attribute.as_array_mut().unwrap().retain(|element| *element != fact["value"]),
    }
}

/// The changes with one part left out: a parameter, an element of a set, a fact, one of several changes.
pub fn parts(change: &Value) -> Vec<Value> {
    let mut parts = Vec::new();
    for (at, part) in change["changes"].as_array().into_iter().flatten().enumerate() {
        let mut without = change.clone();
        without["changes"].as_array_mut().unwrap().remove(at);
        parts.push(without);
        for smaller in self::parts(part) {
            let mut other = change.clone();
            other["changes"][at] = smaller;
            parts.push(other);
        }
    }
    for (name, value) in change["with"].as_object().into_iter().flatten() {
        let mut other = change.clone();
        other["with"].as_object_mut().unwrap().remove(name);
        parts.push(other);
        for at in 0..value.as_array().filter(|elements| elements.len() > 1).map_or(0, Vec::len) {
            let mut other = change.clone();
            other["with"][name].as_array_mut().unwrap().remove(at);
            parts.push(other);
        }
    }
    for at in 0..change["facts"].as_array().filter(|facts| facts.len() > 1).map_or(0, Vec::len) {
        let mut other = change.clone();
        other["facts"].as_array_mut().unwrap().remove(at);
        parts.push(other);
    }
    parts
}
