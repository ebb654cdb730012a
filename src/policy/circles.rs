//! What a bundle can ask of entities besides those that a request names.

use std::collections::BTreeSet;

use super::bundle::Bundle;
use crate::model::{State, Uid, Value};

/// The entities, of some, that policies or changes name or get to through attributes and tags where their
/// parents could be asked for; each with the words for where.
///
/// An element of a set is none of them: Cedar takes nothing out of a set.
pub fn reached(bundle: &Bundle, state: &State, wanted: &BTreeSet<Uid>) -> Vec<(Uid, String)> {
    let interest = &bundle.interest;
    let named = wanted.iter().filter(|uid| interest.names(uid));
    let mut found: Vec<(Uid, String)> =
        named.map(|uid| (uid.clone(), "a policy or an operation names it".to_owned())).collect();
    for (uid, entity) in state.entities() {
        let attributes = entity.attributes.iter().filter(|(name, _)| interest.reads_attribute(name));
        let tags = entity.tags.iter().filter(|_| interest.reads_tags());
        for (name, value) in attributes.chain(tags) {
            single(value, &mut |other| {
                if wanted.contains(other) {
                    found.push((other.clone(), format!("it is the `{name}` of `{uid}`")));
                }
            });
        }
    }
    found
}

/// The entities of a value that no set holds.
fn single(value: &Value, visit: &mut impl FnMut(&Uid)) {
    match value {
        Value::Entity(uid) => visit(uid),
        Value::Record(fields) => fields.values().for_each(|field| single(field, visit)),
        _ => {}
    }
}
