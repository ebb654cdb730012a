//! Template links, in the form of the Cedar command line.

use super::super::reading::Reading;
use super::super::{json, limits};
use super::estate::uid;
use super::fields::Fields;
use crate::diagnostic::Sink;
use crate::document::{LinkDocument, Node};
use crate::source::{SourceId, SourceMap};

const LINK: &[&str] = &["template_id", "link_id", "args"];
const SLOTS: &[&str] = &["?principal", "?resource"];

/// Reads `links.json`.
pub(in crate::import) fn links(
    sources: &SourceMap,
    id: SourceId,
    sink: &mut Sink,
) -> Option<Vec<LinkDocument>> {
    let mut reading = Reading::open(sources, id, sink)?;
    let links = json::read(&mut reading).and_then(|root| document(&mut reading, root));
    reading.close(links)
}

fn document(reading: &mut Reading<'_>, root: Node) -> Option<Vec<LinkDocument>> {
    let span = root.span;
    let items = reading.list("links", root)?;
    if items.len() > limits::LINKS {
        reading.over_limit(span, &format!("the bundle has {} links", items.len()), limits::LINKS);
        return None;
    }
    Some(items.into_iter().filter_map(|item| link(reading, item)).collect())
}

fn link(reading: &mut Reading<'_>, node: Node) -> Option<LinkDocument> {
    let mut fields = Fields::open(reading, node, "a link", LINK)?;
    let template = fields.required(reading, "template_id").and_then(|node| reading.name("template_id", node));
    let link = fields.required(reading, "link_id").and_then(|node| reading.name("link_id", node));
    let slots = fields.required(reading, "args");
    let mut slots = slots.and_then(|node| Fields::open(reading, node, "the arguments of a link", SLOTS))?;
    let principal = slots.take("?principal").and_then(|node| uid(reading, "?principal", node));
    let resource = slots.take("?resource").and_then(|node| uid(reading, "?resource", node));
    Some(LinkDocument { span: fields.span, template: template?, link: link?, principal, resource })
}
