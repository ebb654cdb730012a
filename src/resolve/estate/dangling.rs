//! References of an estate to entities that do not exist.

use std::collections::BTreeMap;

use super::super::alike::Alike;
use super::{Gathering, record, uid};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::EntityDocument;
use crate::model::{State, Uid};
use crate::source::Span;

/// How many names are compared, over all references, to find out what was meant.
const COMPARISONS: usize = 20_000_000;

/// Reports every reference to an entity that does not exist.
pub(super) fn report(gathering: &Gathering<'_>, sink: &mut Sink) {
    let schema = gathering.schema;
    let exists = |uid: &Uid| schema.enumerates(uid) || schema.declares_action(uid);
    let builder = &gathering.builder;
    let nameless = builder.ids().filter(|id| gathering.record_of(*id).is_none());
    let mut missing: BTreeMap<Uid, Option<Diagnostic>> =
        nameless.map(|id| (builder.uid(id), None)).filter(|(uid, _)| !exists(uid)).collect();
    if missing.is_empty() {
        return;
    }
    let records = builder.ids().filter(|id| gathering.record_of(*id).is_some());
    let known: Vec<Uid> = records.map(|id| builder.uid(id)).collect();
    let mut names: Vec<String> = known.iter().map(ToString::to_string).collect();
    names.sort();
    let alike = Alike::of(&State::default(), known.iter());
    let mut compared = 0;
    for number in 0.. {
        let Some(document) = gathering.document(number) else { break };
        for (uid, span) in references(gathering, &document) {
            let Some(known) = missing.get_mut(&uid) else { continue };
            let diagnostic = known.get_or_insert_with(|| {
                let named = uid.to_string();
                let diagnostic =
                    Diagnostic::new(Code::UnknownEntity, format!("`{named}` is not in the estate"));
                match alike.other(&uid) {
                    Some(other) => diagnostic.hint(format!("did you mean `{other}`? it looks alike")),
                    None if compared > COMPARISONS => diagnostic,
                    None => {
                        compared += names.len();
                        diagnostic.did_you_mean(&named, names.iter().map(String::as_str))
                    }
                }
            });
            sink.push(diagnostic.clone().label(span, "refers to nothing"));
        }
    }
}

/// The entities that a record names, each with its place; none where the record itself is wrong.
fn references(gathering: &Gathering<'_>, document: &EntityDocument) -> Vec<(Uid, Span)> {
    let schema = gathering.schema;
    let mut unsaid = Sink::new();
    let own = uid::read(&document.uid.value, document.uid.span, schema, &mut unsaid);
    let own = own.filter(|uid| !schema.declares_action(uid));
    let Some(entity) = own.and_then(|uid| record::record(&uid, document, schema, &mut unsaid)) else {
        return Vec::new();
    };
    let parents = document.parents.iter().filter_map(|text| {
        let parent = schema.qualified_uid(&text.value).parse::<Uid>();
        Some((parent.ok()?, text.span))
    });
    let mut found: Vec<(Uid, Span)> = parents.collect();
    let values =
        document.attributes.iter().map(|(name, node)| (entity.attributes.get(&name.value), node.span));
    let tags = document.tags.iter().map(|(name, node)| (entity.tags.get(&name.value), node.span));
    for (value, span) in values.chain(tags) {
        if let Some(value) = value {
            value.for_each_entity(&mut |uid| found.push((uid.clone(), span)));
        }
    }
    found
}
