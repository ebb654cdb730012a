//! Between the tests' own types and Cedar's.

use std::collections::{BTreeSet, HashMap};

use cedar_policy::{
    EntityId, EntityUid, EvalResult, Policy, PolicyId, PolicySet, RestrictedExpression, SlotId, Template,
};

use super::world::{self, Link, Uid, Value};

/// Every entity that a policy or template names.
pub fn literals(policy: &world::Policy) -> BTreeSet<Uid> {
    let id = PolicyId::new(&policy.id);
    if !policy.is_template() {
        let parsed = Policy::parse(Some(id), policy.text()).expect("policies parse");
        return parsed.entity_literals().iter().map(uid_of).collect();
    }
    let nobody = Uid { kind: "Nobody".to_owned(), id: String::new() };
    let argument = |slot: &str| policy.has_slot(slot).then(|| nobody.clone());
    let link = Link {
        template: policy.id.clone(),
        principal: argument("?principal"),
        resource: argument("?resource"),
    };
    let mut set = PolicySet::new();
    set.add_template(Template::parse(Some(id.clone()), policy.text()).expect("templates parse"))
        .expect("the first");
    set.link(id, PolicyId::new("link"), slots(&link)).expect("the link fits");
    let linked = set.policy(&PolicyId::new("link")).expect("just linked");
    linked.entity_literals().iter().map(uid_of).filter(|uid| *uid != nobody).collect()
}

pub fn slots(link: &Link) -> HashMap<SlotId, EntityUid> {
    let principal = link.principal.iter().map(|argument| (SlotId::principal(), uid(argument)));
    principal.chain(link.resource.iter().map(|argument| (SlotId::resource(), uid(argument)))).collect()
}

/// Every entity that a value names.
pub fn entities_of(value: &Value) -> Vec<Uid> {
    match value {
        Value::Entity(uid) => vec![uid.clone()],
        Value::Set(elements) => elements.iter().flat_map(entities_of).collect(),
        _ => Vec::new(),
    }
}

pub fn uid(uid: &Uid) -> EntityUid {
    EntityUid::from_type_name_and_id(
        uid.kind.parse().expect("types have valid names"),
        EntityId::new(&uid.id),
    )
}

pub fn uid_of(uid: &EntityUid) -> Uid {
    Uid { kind: uid.type_name().to_string(), id: uid.id().unescaped().to_owned() }
}

pub fn expression(value: &Value) -> RestrictedExpression {
    match value {
        Value::Bool(value) => RestrictedExpression::new_bool(*value),
        Value::Long(value) => RestrictedExpression::new_long(*value),
        Value::Text(value) => RestrictedExpression::new_string(value.clone()),
        Value::Entity(entity) => RestrictedExpression::new_entity_uid(uid(entity)),
        Value::Set(elements) => RestrictedExpression::new_set(elements.iter().map(expression)),
        Value::Extension(text) => text.parse().expect("extension values parse"),
    }
}

pub fn value_of(result: EvalResult) -> Value {
    match result {
        EvalResult::Bool(value) => Value::Bool(value),
        EvalResult::Long(value) => Value::Long(value),
        EvalResult::String(value) => Value::Text(value),
        EvalResult::EntityUid(uid) => Value::Entity(uid_of(&uid)),
        EvalResult::Set(set) => Value::Set(set.iter().cloned().map(value_of).collect()),
        EvalResult::ExtensionValue(text) => Value::Extension(text),
        EvalResult::Record(_) => panic!("these worlds have no records"),
    }
}
