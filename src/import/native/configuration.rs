//! The program's configuration.

use super::super::reading::Reading;
use super::super::toml;
use super::fields::Fields;
use crate::diagnostic::Sink;
use crate::document::{ConfigurationDocument, Node, NodeKind};
use crate::source::{SourceId, SourceMap, Spanned};

const CONFIGURATION: &[&str] = &["bundle", "estate", "plans"];

/// Reads `countersign.toml`.
pub(in crate::import) fn configuration(
    sources: &SourceMap,
    id: SourceId,
    sink: &mut Sink,
) -> Option<ConfigurationDocument> {
    let mut reading = Reading::open(sources, id, sink)?;
    let configuration = toml::read(&mut reading).and_then(|root| document(&mut reading, root));
    reading.close(configuration)
}

fn document(reading: &mut Reading<'_>, root: Node) -> Option<ConfigurationDocument> {
    let mut fields = Fields::open(reading, root, "a configuration", CONFIGURATION)?;
    let bundle = fields.take("bundle").and_then(|node| reading.name("bundle", node));
    let estate = paths(reading, &mut fields, "estate");
    let plans = paths(reading, &mut fields, "plans");
    Some(ConfigurationDocument { source: reading.source(), bundle, estate, plans })
}

/// One path or a list of paths.
fn paths(reading: &mut Reading<'_>, fields: &mut Fields, name: &str) -> Vec<Spanned<String>> {
    let Some(node) = fields.take(name) else { return Vec::new() };
    match node.kind {
        NodeKind::List(_) => reading.names(name, node).unwrap_or_default(),
        _ => reading.name(name, node).into_iter().collect(),
    }
}
