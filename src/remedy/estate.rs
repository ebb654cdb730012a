//! Which fact of the estate, were it another one, would make a step allowed.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use super::pool::Pool;
use super::rank::Harm;
use super::replay::{Replay, obstacles, warnings};
use super::seek::Candidate;
use crate::model::{Edit, State, Type, Uid, Value};
use crate::policy::{Cell, constants, policies_for};
use crate::simulate;

/// The id of an entity that the estate would need and that nobody has named.
pub(super) const NEW: &str = "new";
/// How many values of one attribute are tried.
const VALUES: usize = 12;

/// The single facts that mend the step.
///
/// None is sought for a rule about the plan itself, its approvals or its time: another world in which the
/// rule does not hold is no way to follow it.
pub(super) fn seek(replay: &mut Replay<'_>) -> Vec<Candidate> {
    if replay.is_about_the_plan() {
        return Vec::new();
    }
    let state = replay.state(replay.id);
    let step = replay.step();
    let schema = replay.question.bundle.schema();
    let mut found = Vec::new();
    for edits in edits(replay, &state) {
        let numbered: Vec<(usize, Edit)> = edits.iter().cloned().enumerate().collect();
        let Ok(other) = simulate::apply(&state, &numbered, "", schema) else { continue };
        let Some(case) = replay.ask(step, &other) else { break };
        if obstacles(&case) == 0 {
            let destroys = edits.iter().any(|edit| matches!(edit, Edit::RemoveFromAttribute(..)));
            let size = edits.len();
            let candidate = Candidate::new(Change::Estate(edits)).warned(warnings(&case)).sized(size);
            found.push(candidate.harming(Harm { destroys, undone: 0 }));
        }
    }
    found
}

fn edits(replay: &Replay<'_>, state: &State) -> Vec<Vec<Edit>> {
    let step = replay.step();
    let mut single = memberships(replay, state, &step.principal);
    single.extend(memberships(replay, state, &step.resource));
    let pool = Pool::new(replay, state, &[], &[]);
    let cells = replay.probe.footprint(step, state).reads;
    let attributes: BTreeSet<(&Uid, &String)> = cells
        .iter()
        .filter_map(|cell| match cell {
            Cell::Attribute(uid, name) | Cell::Element(uid, name, _) => Some((uid, name)),
            _ => None,
        })
        .filter(|(uid, _)| !replay.question.is_of_the_plan(uid))
        .collect();
    single.extend(memberships_in_values(replay, state, &attributes));
    let mut pairs = Vec::new();
    let (own, others): (Vec<_>, Vec<_>) =
        attributes.into_iter().partition(|(uid, _)| **uid == *step.resource);
    for (uid, name) in own.into_iter().chain(others) {
        single.extend(of_attribute(replay, state, &pool, uid, name));
        pairs.extend(newcomer(replay, state, &pool, uid, name));
    }
    single.into_iter().map(|edit| vec![edit]).chain(pairs).collect()
}

/// A new entity in a set for which there is none to choose.
fn newcomer(replay: &Replay<'_>, state: &State, pool: &Pool, uid: &Uid, name: &str) -> Option<Vec<Edit>> {
    let schema = replay.question.bundle.schema();
    let declared = schema.types.get(uid.type_name())?.attributes.fields.get(name);
    let Some((Type::Set(element), _)) = declared else { return None };
    let Type::Entity(entity_type) = element.as_ref() else { return None };
    if state.entities().any(|(other, _)| other.type_name() == entity_type) {
        return None;
    }
    let new: Uid = format!("{entity_type}::{NEW:?}").parse().ok()?;
    let required =
        schema.types.get(entity_type)?.attributes.fields.iter().filter(|(_, (_, required))| *required);
    let attributes: Option<BTreeMap<String, Value>> = required
        .map(|(name, (expected, _))| {
            let value = pool.values(replay, state, name, expected, None).into_iter().next()?;
            Some((name.clone(), value))
        })
        .collect();
    let (parents, tags) = (BTreeSet::new(), BTreeMap::new());
    let create = Edit::Create { uid: new.clone(), parents, attributes: attributes?, tags };
    Some(vec![create, Edit::AddToAttribute(uid.clone(), name.to_owned(), Value::Entity(new))])
}

/// Memberships in what the policies for the step name.
fn memberships(replay: &Replay<'_>, state: &State, child: &Uid) -> Vec<Edit> {
    let bundle = replay.question.bundle;
    let policies = policies_for(bundle, &replay.step().action);
    let Some(declared) = bundle.schema().types.get(child.type_name()) else { return Vec::new() };
    let named = constants(bundle, policies.iter().map(|policy| policy.id.as_str())).into_iter();
    let groups = named.filter_map(|value| match value {
        Value::Entity(uid) => Some(uid),
        _ => None,
    });
    let joinable =
        |uid: &Uid| declared.ancestors.contains(uid.type_name()) && !state.ancestors(child).contains(uid);
    groups.filter(joinable).map(|group| Edit::Join(Uid::clone(child), group)).collect()
}

/// Memberships of the principal in what attributes name that the policies read: the requesters of an authority.
fn memberships_in_values(
    replay: &Replay<'_>,
    state: &State,
    attributes: &BTreeSet<(&Uid, &String)>,
) -> Vec<Edit> {
    let child: &Uid = &replay.step().principal;
    let Some(declared) = replay.question.bundle.schema().types.get(child.type_name()) else {
        return Vec::new();
    };
    let values =
        attributes.iter().filter_map(|(uid, name)| state.entity(uid)?.attributes.get(*name).cloned());
    let groups: BTreeSet<Uid> = values
        .filter_map(|value| match value {
            Value::Entity(group) => Some(group),
            _ => None,
        })
        .collect();
    let joinable = |group: &Uid| {
        declared.ancestors.contains(group.type_name()) && !state.ancestors(child).contains(group)
    };
    groups.into_iter().filter(joinable).map(|group| Edit::Join(Uid::clone(child), group)).collect()
}

fn is_of_entities(expected: &Type) -> bool {
    match expected {
        Type::Entity(_) => true,
        Type::Set(element) => is_of_entities(element),
        _ => false,
    }
}

fn of_attribute(replay: &Replay<'_>, state: &State, pool: &Pool, uid: &Uid, name: &str) -> Vec<Edit> {
    let schema = replay.question.bundle.schema();
    let declared = schema.types.get(uid.type_name()).and_then(|found| found.attributes.fields.get(name));
    let (Some((expected, _)), Some(entity)) = (declared, state.entity(uid)) else { return Vec::new() };
    let now = entity.attributes.get(name);
    // Links in files of other programs stand for what is written there in another way.
    if !replay.question.own && is_of_entities(expected) {
        return Vec::new();
    }
    // What says where the entity is says the same as its parents, and not alone.
    if matches!(now, Some(Value::Entity(place)) if entity.parents.contains(place)) {
        return Vec::new();
    }
    let set = |value: Value| Edit::SetAttribute(uid.clone(), name.to_owned(), value);
    match (expected, now) {
        (Type::Set(element), Some(Value::Set(elements))) => {
            let values = pool.values(replay, state, name, element, None).into_iter().take(VALUES);
            let add = |value: Value| Edit::AddToAttribute(uid.clone(), name.to_owned(), value);
            let remove =
                |value: &Value| Edit::RemoveFromAttribute(uid.clone(), name.to_owned(), value.clone());
            let more = values.filter(|value| !elements.contains(value)).map(add);
            more.chain(elements.iter().take(VALUES).map(remove)).collect()
        }
        _ => pool.values(replay, state, name, expected, now).into_iter().take(VALUES).map(set).collect(),
    }
}
