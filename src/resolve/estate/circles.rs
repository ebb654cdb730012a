//! The groups that are in each other where an estate comes from.

use std::collections::BTreeSet;

use super::super::uid;
use super::Gathering;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::Uid;

/// Resolves the circles of all parts; one that names no other group or nothing is reported.
pub(super) fn circles(gathering: &mut Gathering<'_>, sink: &mut Sink) -> Vec<BTreeSet<Uid>> {
    let mut found = Vec::new();
    for circle in gathering.documents.iter().flat_map(|document| &document.circles) {
        let mut groups = BTreeSet::new();
        for text in circle {
            let Some(group) = uid::read(&text.value, text.span, gathering.schema, sink) else { continue };
            let id = gathering.builder.id_of(&group);
            if gathering.record_of(id).is_none() {
                let message = format!("`{group}` is not in the estate");
                sink.push(
                    Diagnostic::new(Code::UnknownEntity, message).label(text.span, "refers to nothing"),
                );
            }
            groups.insert(group);
        }
        if let (true, Some(only)) = (groups.len() < 2, circle.first()) {
            let message = "a circle is made of two groups or more";
            sink.push(Diagnostic::new(Code::InvalidValue, message).label(only.span, ""));
        }
        found.push(groups);
    }
    found
}
