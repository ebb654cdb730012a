//! The template links that a bundle brings.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cedar_policy_core::ast::{EntityUID, PolicyID, PolicySet, SlotId};

use super::bundle::{Policy, link_span};
use super::parse::Parsed;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::LinkDocument;
use crate::model::{Link, Schema, Uid};
use crate::resolve;
use crate::source::{Span, Spanned};

/// Links with their ids and places.
pub(super) type Links = BTreeMap<Link, (Arc<str>, Span)>;

/// Checks links against their templates and adds them to the set.
pub(super) fn compile(
    documents: &[LinkDocument],
    schema: &Schema,
    parsed: &mut Parsed,
    sink: &mut Sink,
) -> Links {
    let mut links = Links::new();
    let mut ids: BTreeMap<String, Span> = BTreeMap::new();
    for document in documents {
        let Some(link) = check(document, schema, &parsed.policies, sink) else { continue };
        let id = document.link.value.clone();
        let taken = ids.get(&id).copied().or_else(|| parsed.policies.get(&id).map(|policy| policy.id_span));
        if let Some(first) = taken {
            sink.push(
                Diagnostic::new(Code::Link, format!("the id `{id}` is taken"))
                    .label(link_span(document), "this link")
                    .label(first, "has the same id"),
            );
        } else if let Some((_, first)) = links.get(&link) {
            sink.push(
                Diagnostic::new(Code::Link, "two links have the same template and arguments")
                    .label(link_span(document), "the second")
                    .label(*first, "the first"),
            );
        } else if add(&mut parsed.set, &link, &id) {
            ids.insert(id.clone(), link_span(document));
            links.insert(link, (id.into(), link_span(document)));
        }
    }
    links
}

fn check(
    document: &LinkDocument,
    schema: &Schema,
    policies: &BTreeMap<String, Policy>,
    sink: &mut Sink,
) -> Option<Link> {
    let template = &document.template;
    let Some(policy) = policies.get(&template.value).filter(|policy| !policy.slots.is_empty()) else {
        let known =
            policies.values().filter(|policy| !policy.slots.is_empty()).map(|policy| policy.id.as_str());
        sink.push(
            Diagnostic::new(Code::Link, format!("there is no template `{}`", template.value))
                .label(template.span, "unknown template")
                .did_you_mean(&template.value, known),
        );
        return None;
    };
    let principal = argument("?principal", document.principal.as_ref(), document, policy, schema, sink);
    let resource = argument("?resource", document.resource.as_ref(), document, policy, schema, sink);
    Some(Link { template: template.value.clone(), principal: principal?, resource: resource? })
}

/// The value of one slot: absent where the template lacks the slot too.
fn argument(
    slot: &str,
    given: Option<&Spanned<String>>,
    document: &LinkDocument,
    policy: &Policy,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<Option<Uid>> {
    match (policy.slots.contains(slot), given) {
        (false, None) => Some(None),
        (true, Some(text)) => {
            let uid = resolve::uid(&text.value, text.span, schema, sink)?;
            Some(Some(uid))
        }
        (true, None) => {
            let message = format!("the link gives no value for `{slot}`");
            sink.push(
                Diagnostic::new(Code::Link, message)
                    .label(link_span(document), "this link")
                    .label(policy.id_span, "the template"),
            );
            None
        }
        (false, Some(text)) => {
            let message = format!("the template `{}` has no slot `{slot}`", policy.id);
            sink.push(
                Diagnostic::new(Code::Link, message)
                    .label(text.span, "value for no slot")
                    .label(policy.id_span, "the template"),
            );
            None
        }
    }
}

/// Links a template in a set; false where Cedar refuses it.
pub(super) fn add(set: &mut PolicySet, link: &Link, id: &str) -> bool {
    let mut values: HashMap<SlotId, EntityUID> = HashMap::new();
    if let Some(uid) = &link.principal {
        values.insert(SlotId::principal(), uid.clone().into());
    }
    if let Some(uid) = &link.resource {
        values.insert(SlotId::resource(), uid.clone().into());
    }
    set.link(PolicyID::from_string(&link.template), PolicyID::from_string(id), values).is_ok()
}
