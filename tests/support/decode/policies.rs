//! Tapes to policies, templates and links.

use std::cell::RefCell;
use std::collections::HashMap;

use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};

use super::{ACTIONS, Action, Ground, Reader, level, link};
use crate::support::generate::Tape;
use crate::support::world::{Level, Link, Policy};

/// One policy for each tape; those that are not strictly valid are left out.
pub fn policies(ground: &Ground, tapes: &[Tape], schema: &str) -> Vec<Policy> {
    let made = tapes.iter().enumerate().map(|(number, tape)| policy(ground, number, &mut Reader::new(tape)));
    let mut policies: Vec<Policy> = made.filter(|policy| is_valid(policy, schema)).collect();
    let wide = tapes.first().is_none_or(|tape| Reader::new(tape).chance(60));
    if wide || !policies.iter().any(Policy::is_permit) {
        let body = format!("permit (principal is {}, action, resource);", ground.kind("User"));
        policies.push(Policy { id: "base".to_owned(), level: Level::Hard, prerequisite: false, body });
    }
    policies
}

/// A forbid that no other policy has the id of.
pub fn forbid(ground: &Ground, tape: &Tape, schema: &str) -> Option<Policy> {
    let mut policy = policy(ground, 0, &mut Reader::new(tape));
    policy.id = "extra".to_owned();
    if let Some(rest) = policy.body.strip_prefix("permit") {
        policy.body = format!("forbid{rest}");
    }
    (!policy.is_template() && is_valid(&policy, schema)).then_some(policy)
}

/// Links of the templates there are.
pub fn links(ground: &Ground, tapes: &[Tape], policies: &[Policy], schema: &str) -> Vec<(String, Link)> {
    let templates: Vec<&Policy> = policies.iter().filter(|policy| policy.is_template()).collect();
    let mut links: Vec<(String, Link)> = Vec::new();
    if templates.is_empty() {
        return links;
    }
    for (number, tape) in tapes.iter().enumerate() {
        let mut reader = Reader::new(tape);
        let template = *reader.one(&templates);
        let mut argument = |slot: &str| {
            let kind = reader.word(slot_types(template, slot));
            template.has_slot(slot).then(|| ground.any(kind, &mut reader))
        };
        let link = link(template, argument("?principal"), argument("?resource"));
        let applies = is_valid(&linked(template, &link), schema);
        if applies && !links.iter().any(|(_, other)| *other == link) {
            // At times a link of the bundle is called what a link of the plan would be called.
            let id =
                if reader.chance(10) { format!("{}@a/s9", template.id) } else { format!("link{number}") };
            if !links.iter().any(|(other, _)| *other == id) {
                links.push((id, link));
            }
        }
    }
    links
}

/// A link as the static policy that it amounts to.
fn linked(template: &Policy, link: &Link) -> Policy {
    let mut policy = template.clone();
    for (slot, argument) in [("?principal", &link.principal), ("?resource", &link.resource)] {
        if let Some(uid) = argument {
            policy.body = policy.body.replace(slot, &uid.to_string());
        }
    }
    policy
}

/// The types that the argument of a template's slot may have.
pub fn slot_types(template: &Policy, slot: &str) -> &'static [&'static str] {
    match (slot, template.body.contains(&format!("== {slot}"))) {
        ("?principal", true) => &["User"],
        ("?principal", false) => &["Group"],
        (_, true) => &["Doc"],
        (_, false) => &["Group", "Doc"],
    }
}

fn policy(ground: &Ground, number: usize, reader: &mut Reader<'_>) -> Policy {
    let permit = !reader.chance(50);
    let level = if permit { Level::Hard } else { level(reader) };
    let template = reader.chance(30);
    let slots = if template { 1 + reader.pick(3) } else { 0 };
    let (action, actions) = action_scope(ground, reader);
    let mut resources: Vec<&str> = actions.iter().flat_map(|action| action.resources).copied().collect();
    let principal = principal_scope(ground, slots & 1 > 0, permit, reader);
    let resource = resource_scope(ground, slots & 2 > 0, &mut resources, reader);
    let mut body =
        format!("{} ({principal}, {action}, {resource})", if permit { "permit" } else { "forbid" });
    let conditions = if permit { reader.pick(3) / 2 } else { 1 + reader.pick(2) };
    for _ in 0..conditions {
        let word = if reader.chance(25) { "unless" } else { "when" };
        let condition = match !permit && reader.chance(15) {
            true => failing(ground, &resources, reader),
            false => condition(ground, &resources, reader),
        };
        body.push_str(&format!("\n{word} {{ {condition} }}"));
    }
    body.push(';');
    Policy { id: format!("p{number}"), level, prerequisite: !permit && reader.chance(15), body }
}

fn principal_scope(ground: &Ground, slot: bool, permit: bool, reader: &mut Reader<'_>) -> String {
    let (user, choices) = (ground.kind("User"), if permit { 8 } else { 6 });
    match (slot, reader.pick(choices)) {
        (true, choice) => {
            format!("principal {} ?principal", if choice.is_multiple_of(2) { "in" } else { "==" })
        }
        (false, 1) => format!("principal == {}", ground.any("User", reader)),
        (false, 2) => format!("principal in {}", ground.any("Group", reader)),
        (false, 3) => format!("principal is {user}"),
        (false, 4) => format!("principal is {user} in {}", ground.any("Group", reader)),
        _ => "principal".to_owned(),
    }
}

fn action_scope(ground: &Ground, reader: &mut Reader<'_>) -> (String, Vec<&'static Action>) {
    let uid = |name: &str| format!("{}::\"{name}\"", ground.kind("Action"));
    let all: Vec<&Action> = ACTIONS.iter().collect();
    match reader.pick(6) {
        1 => {
            let action = *reader.one(&all);
            (format!("action == {}", uid(action.name)), vec![action])
        }
        2 => {
            let (one, other) = (*reader.one(&all), *reader.one(&all));
            (format!("action in [{}, {}]", uid(one.name), uid(other.name)), vec![one, other])
        }
        3 => {
            let group = reader.word(&["edits", "grants"]);
            let members = all.into_iter().filter(|action| action.group == group).collect();
            (format!("action in {}", uid(group)), members)
        }
        4 => (format!("action in {}", uid("all")), all),
        _ => ("action".to_owned(), all),
    }
}

/// Narrows the types of resource to those that the scope lets through.
fn resource_scope(ground: &Ground, slot: bool, types: &mut Vec<&str>, reader: &mut Reader<'_>) -> String {
    let choice = reader.pick(7);
    if slot {
        return format!(
            "resource {} ?resource",
            if choice.is_multiple_of(2) || !types.contains(&"Doc") { "in" } else { "==" }
        );
    }
    let kind = reader.word(types);
    match choice {
        1 => {
            types.retain(|name| *name == kind);
            format!("resource == {}", ground.any(kind, reader))
        }
        2 => {
            types.retain(|name| *name == kind);
            format!("resource is {}", ground.kind(kind))
        }
        3 => format!("resource in {}", ground.any("Group", reader)),
        _ => "resource".to_owned(),
    }
}

/// A condition that is strictly valid and often fails at run time.
fn failing(ground: &Ground, resources: &[&str], reader: &mut Reader<'_>) -> String {
    let user = ground.kind("User");
    match reader.pick(4) {
        1 if resources.contains(&"Doc") => {
            format!("resource is {} && resource.owner.active", ground.kind("Doc"))
        }
        2 => format!("{}.active", ground.any("User", reader)),
        3 => "context.number * 4611686018427387904 > 0".to_owned(),
        _ => format!("principal is {user} && principal.level + 9223372036854775806 > 0"),
    }
}

fn condition(ground: &Ground, resources: &[&str], reader: &mut Reader<'_>) -> String {
    let one = atom(ground, resources, reader);
    match reader.pick(6) {
        3 => format!("{one} && {}", atom(ground, resources, reader)),
        4 => format!("({one}) || ({})", atom(ground, resources, reader)),
        5 => format!("!({one})"),
        _ => one,
    }
}

/// A condition that is valid for every request with one of these types of resource.
fn atom(ground: &Ground, resources: &[&str], reader: &mut Reader<'_>) -> String {
    let mut about: Vec<&str> = vec!["principal", "principal", "context"];
    about.extend(resources);
    match reader.word(&about) {
        "principal" => of_principal(ground, reader),
        "context" => of_context(ground, reader),
        "Doc" => format!("resource is {} && {}", ground.kind("Doc"), of_doc(ground, reader)),
        "Group" => format!("resource is {} && {}", ground.kind("Group"), of_group(ground, reader)),
        _ => format!("resource is {} && {}", ground.kind("User"), of_user("resource", ground, reader)),
    }
}

fn of_principal(ground: &Ground, reader: &mut Reader<'_>) -> String {
    match reader.pick(8) {
        1 => format!("principal in {}", ground.any("Group", reader)),
        2 => format!("principal == {}", ground.any("User", reader)),
        3 => format!("{} in {}", ground.any("User", reader), ground.any("Group", reader)),
        4 => format!("{}.active", ground.any("User", reader)),
        5 => {
            let group = ground.any("Group", reader);
            format!("{group} has sealed && {group}.sealed")
        }
        _ => format!("principal is {} && {}", ground.kind("User"), of_user("principal", ground, reader)),
    }
}

/// About a user; some fail at run time: an overflow, or an attribute of what is no longer there.
fn of_user(user: &str, ground: &Ground, reader: &mut Reader<'_>) -> String {
    match reader.pick(8) {
        1 => format!("{user}.level > {}", reader.pick(3)),
        2 => format!("{user} has manager && {user}.manager == {}", ground.any("User", reader)),
        3 => format!("{user} has manager && {user}.manager.active"),
        4 => format!("{user}.level + 9223372036854775806 > 0"),
        5 => format!("{user}.skills.contains(\"x\")"),
        6 => format!("{user} in context.group"),
        7 => format!("{user} has manager && {user}.manager in {}", ground.any("Group", reader)),
        _ => format!("{user}.active"),
    }
}

fn of_doc(ground: &Ground, reader: &mut Reader<'_>) -> String {
    let user = ground.kind("User");
    match reader.pick(14) {
        1 => "resource has open && resource.open".to_owned(),
        2 => format!("principal is {user} && resource.owner == principal"),
        3 => "resource.owner.active".to_owned(),
        4 => "resource.hasTag(\"t\") && resource.getTag(\"t\") > 1".to_owned(),
        5 => format!("resource has readers && principal is {user} && resource.readers.contains(principal)"),
        6 => format!("resource.mode == {}", ground.mode(reader)),
        7 => "resource has due && resource.due < datetime(\"2026-06-01\")".to_owned(),
        8 => "resource.size + 9223372036854775805 > 0".to_owned(),
        9 => format!("resource.owner in {}", ground.any("Group", reader)),
        10 => "resource.owner has manager && resource.owner.manager.level > 1".to_owned(),
        11 => format!("resource in {}", ground.any("Doc", reader)),
        12 => "resource has readers && resource.readers.contains(context.who)".to_owned(),
        13 => format!("resource.mode in [{}]", ground.mode(reader)),
        _ => "resource.labels.contains(context.word)".to_owned(),
    }
}

fn of_group(ground: &Ground, reader: &mut Reader<'_>) -> String {
    match reader.pick(5) {
        1 => "resource has sealed && resource.sealed".to_owned(),
        2 => format!("resource in {}", ground.any("Group", reader)),
        3 => "principal in resource".to_owned(),
        4 => "resource.quota * 4611686018427387904 > 0".to_owned(),
        _ => "resource.quota > 1".to_owned(),
    }
}

fn of_context(ground: &Ground, reader: &mut Reader<'_>) -> String {
    match reader.pick(9) {
        1 => "context has flag && context.flag".to_owned(),
        2 => "context.who.active".to_owned(),
        3 => "context.who in context.group".to_owned(),
        4 => "context has doc && context.doc.size > 1".to_owned(),
        5 => "context has doc && context.doc.owner.active".to_owned(),
        6 => "context.word == \"x\"".to_owned(),
        7 => "context.number * 4611686018427387904 > 0".to_owned(),
        8 => format!("context.who == {}", ground.any("User", reader)),
        _ => "context.number > 1".to_owned(),
    }
}

fn is_valid(policy: &Policy, schema: &str) -> bool {
    thread_local! {
        static VALIDATORS: RefCell<HashMap<String, Validator>> = RefCell::default();
    }
    VALIDATORS.with_borrow_mut(|validators| {
        let validator = validators.entry(schema.to_owned()).or_insert_with(|| {
            Validator::new(Schema::from_cedarschema_str(schema).expect("the schema is fixed").0)
        });
        let set: PolicySet =
            policy.text().parse().unwrap_or_else(|error| panic!("{error}\n{}", policy.text()));
        validator.validate(&set, ValidationMode::Strict).validation_passed_without_warnings()
    })
}
