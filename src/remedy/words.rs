//! Remedies as sentences.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::change::{Change, Insertion, short};
use super::estate::NEW;
use super::seek::Remedy;
use crate::model::{Edit, Schema, Step, Uid, Value};

/// A remedy as a sentence about its step.
pub(super) fn text(schema: &Schema, step: &Step, remedy: &Remedy) -> String {
    let main = change(schema, step, &remedy.change);
    let or = match (remedy.others.as_slice(), &remedy.change) {
        ([], _) => String::new(),
        (others, Change::Principal { .. }) if others.len() > 2 => {
            format!(", or one of {} others", others.len())
        }
        (others, _) => {
            let others = others.iter().filter_map(|other| alternative(schema, other));
            others.map(|other| format!(", or {other}")).collect()
        }
    };
    let opens = match remedy.opens {
        0 => String::new(),
        1 => " (this allows 1 other request)".to_owned(),
        more => format!(" (this allows {more} other requests)"),
    };
    format!("{main}{or}{opens}")
}

fn change(schema: &Schema, step: &Step, change: &Change) -> String {
    match change {
        Change::Principal { by, .. } => format!("let it be done by {}", name(schema, by)),
        Change::Insert(insertion) => insert(schema, step, insertion),
        Change::Edge { before, after } => format!("add `{before}` to the `needs` of `{after}`"),
        Change::Reverse { before, after, of, need } => {
            format!(
                "let `{before}` come first: take `{need}` out of the `needs` of `{of}`, and add `{before}` to those of `{after}`"
            )
        }
        Change::Context { field, value: Some(value), .. } => {
            format!("set `{field}` to {}", shown(schema, value))
        }
        Change::Context { field, value: None, .. } => format!("leave `{field}` out"),
        Change::Target { target, .. } => format!("let it be done on {}", name(schema, target)),
        Change::Estate(edits) => {
            let facts: Vec<String> = edits.iter().filter_map(|edit| fact(schema, edit)).collect();
            format!("{}, before the plan: no operation brings it about", facts.join(", and "))
        }
        Change::Approval { by, among } => approval(schema, by, among),
        Change::Time { at, until, zone } => time(*at, *until, zone),
        Change::Together(changes) => together(schema, step, changes),
    }
}

/// Who is to approve, as few as it takes.
fn approval(schema: &Schema, by: &[Uid], among: &[Uid]) -> String {
    let names = |of: &[Uid], last: &str| {
        let names: Vec<String> = of.iter().map(|uid| name(schema, uid)).collect();
        match names.split_last() {
            Some((end, [])) => end.clone(),
            Some((end, others)) => format!("{} {last} {end}", others.join(", ")),
            None => String::new(),
        }
    };
    let whose = match (by.len(), among.len()) {
        (needed, all) if needed == all => names(by, "and"),
        (1, _) => names(among, "or"),
        (needed, _) => format!("{needed} of {}", names(among, "and")),
    };
    format!("have the plan approved by {whose}, and give the approval with `--approvals`")
}

/// When to run it, in the plan's own zone.
fn time(at: Timestamp, until: Option<Timestamp>, zone: &str) -> String {
    let known = jiff::tz::TimeZoneDatabase::bundled().get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let shown = |at: Timestamp| at.to_zoned(known.clone()).strftime("%A %Y-%m-%d %H:%M").to_string();
    match until {
        Some(until) => {
            format!("run it within the plan's window, from {} to {} (`{zone}`)", shown(at), shown(until))
        }
        None => format!("run it at another time: it is allowed on {} (`{zone}`)", shown(at)),
    }
}

fn together(schema: &Schema, step: &Step, changes: &[Change]) -> String {
    let insertions = changes.iter().filter(|other| matches!(other, Change::Insert(_))).count();
    let all_inserted = insertions == changes.len();
    let mut text = String::new();
    for (number, part) in changes.iter().enumerate() {
        let said = change(schema, step, part);
        let is_last = number + 1 == changes.len();
        text.push_str(match number {
            0 => "",
            _ if all_inserted => ", then ",
            _ => ", and ",
        });
        // Only the last of some steps says where all of them come.
        text.push_str(said.strip_suffix(" first").filter(|_| all_inserted && !is_last).unwrap_or(&said));
    }
    text
}

fn insert(schema: &Schema, step: &Step, insertion: &Insertion) -> String {
    let action = schema.action_name(&insertion.action);
    let target = name(schema, &insertion.target);
    let with = with(schema, &insertion.with);
    let first = match insertion.before == step.address {
        true => "first".to_owned(),
        false => format!("before `{}`", insertion.before),
    };
    format!("run `{action}` on {target}{with} as {} {first}", name(schema, &insertion.by))
}

fn with(schema: &Schema, with: &BTreeMap<String, Value>) -> String {
    let fields: Vec<String> =
        with.iter().map(|(field, value)| format!("`{field}` {}", shown(schema, value))).collect();
    match fields.is_empty() {
        true => String::new(),
        false => format!(" with {}", fields.join(", ")),
    }
}

/// What differs in an alternative.
fn alternative(schema: &Schema, change: &Change) -> Option<String> {
    match change {
        Change::Principal { by, .. } => Some(name(schema, by)),
        Change::Target { target, .. } => Some(format!("on {}", name(schema, target))),
        Change::Context { value: Some(value), .. } => Some(format!("to {}", shown(schema, value))),
        Change::Context { value: None, .. } => Some("leave it out".to_owned()),
        _ => None,
    }
}

/// What is to be true; nothing where another fact says it too.
fn fact(schema: &Schema, edit: &Edit) -> Option<String> {
    let of = |uid: &Uid, attribute: &str, what: String| {
        format!("have `{attribute}` of {} {what}", name(schema, uid))
    };
    Some(match edit {
        Edit::Join(child, parent) => format!("have {} in {}", name(schema, child), name(schema, parent)),
        Edit::SetAttribute(uid, attribute, value) => {
            of(uid, attribute, format!("be {}", shown(schema, value)))
        }
        Edit::AddToAttribute(uid, attribute, Value::Entity(new)) if new.id().unescaped() == NEW => {
            of(uid, attribute, format!("name a new `{}`", new.type_name().basename()))
        }
        Edit::AddToAttribute(uid, attribute, value) => {
            of(uid, attribute, format!("contain {}", shown(schema, value)))
        }
        Edit::RemoveFromAttribute(uid, attribute, value) => {
            of(uid, attribute, format!("no longer contain {}", shown(schema, value)))
        }
        _ => return None,
    })
}

fn name(schema: &Schema, uid: &Uid) -> String {
    format!("`{}`", short(schema, uid))
}

fn shown(schema: &Schema, value: &Value) -> String {
    match value {
        Value::Entity(uid) => name(schema, uid),
        Value::String(text) => format!("`{text}`"),
        Value::Set(elements) => {
            let elements: Vec<String> = elements.iter().map(|element| shown(schema, element)).collect();
            format!("[{}]", elements.join(", "))
        }
        other => format!("`{other}`"),
    }
}
