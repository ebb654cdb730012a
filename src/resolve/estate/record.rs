//! One record of an estate to an entity, with everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{uid, value};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::EntityDocument;
use crate::model::{Entity, EntityType, Schema, Uid};

/// Checks the record of an action, which Cedar's own entity files may hold: it says nothing new.
pub(super) fn action(uid: &Uid, document: &EntityDocument, schema: &Schema, sink: &mut Sink) {
    let groups = schema.actions.get(uid).map(|action| &action.ancestors);
    let known = |text: &str| {
        let parent = schema.qualified_uid(text).parse::<Uid>();
        parent.is_ok_and(|parent| groups.is_some_and(|groups| groups.contains(&parent)))
    };
    let plain = document.attributes.is_empty() && document.tags.is_empty();
    if !plain || !document.parents.iter().all(|parent| known(&parent.value)) {
        let message = format!("the record of the action `{uid}` says something else than the schema");
        let hint = "actions come from the schema; leave the record out";
        sink.push(
            Diagnostic::new(Code::WrongValue, message).label(document.uid.span, "an action").hint(hint),
        );
    }
}

/// Converts a record; everything that does not conform is reported with its place.
pub(super) fn record(
    uid: &Uid,
    document: &EntityDocument,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<Entity> {
    let entity_type = schema.types.get(uid.type_name())?;
    let attributes =
        value::fields(&document.attributes, &entity_type.attributes, document.uid.span, schema, sink);
    let tags = tags(document, entity_type, schema, sink);
    let parents = parents(document, entity_type, schema, sink);
    Some(Entity { parents: parents?, attributes: attributes?, tags: tags? })
}

fn tags(
    document: &EntityDocument,
    entity_type: &EntityType,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<BTreeMap<String, crate::model::Value>> {
    let Some(tag_type) = &entity_type.tags else {
        return match document.tags.first() {
            None => Some(BTreeMap::new()),
            Some((name, _)) => {
                let message = format!("{} has no tags", entity_type.name);
                sink.push(
                    Diagnostic::new(Code::WrongValue, message).label(name.span, "the schema declares none"),
                );
                None
            }
        };
    };
    let converted: Vec<Option<_>> = document
        .tags
        .iter()
        .map(|(name, node)| Some((name.value.clone(), value::convert(node, tag_type, schema, sink)?)))
        .collect();
    converted.into_iter().collect()
}

fn parents(
    document: &EntityDocument,
    entity_type: &EntityType,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<BTreeSet<Uid>> {
    let mut parents = BTreeSet::new();
    let mut complete = true;
    for text in &document.parents {
        match uid::read(&text.value, text.span, schema, sink) {
            Some(parent) if entity_type.ancestors.contains(parent.type_name()) => {
                parents.insert(parent);
            }
            Some(parent) => {
                complete = false;
                let message = format!("{} may not be in {}", entity_type.name, parent.type_name());
                let allowed: Vec<String> = entity_type.ancestors.iter().map(ToString::to_string).collect();
                let allowed = match allowed.is_empty() {
                    true => "the schema allows no parent".to_owned(),
                    false => format!("the schema allows {}", uid::listed(allowed.iter().map(String::as_str))),
                };
                sink.push(Diagnostic::new(Code::WrongValue, message).label(text.span, allowed));
            }
            None => complete = false,
        }
    }
    complete.then_some(parents)
}
