//! Manifests of bundles.

use super::super::reading::Reading;
use super::super::toml;
use super::estate::is_type_name;
use super::fields::{Fields, header};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Level, ManifestDocument, Node};
use crate::source::{SourceId, SourceMap, Spanned};

const MANIFEST: &[&str] = &["schema", "name", "namespace", "enforcement"];
const LEVELS: [Level; 3] = [Level::Hard, Level::Soft, Level::Advisory];

/// Reads a file of kind `countersign.bundle/1`.
pub(in crate::import) fn manifest(
    sources: &SourceMap,
    id: SourceId,
    sink: &mut Sink,
) -> Option<ManifestDocument> {
    let mut reading = Reading::open(sources, id, sink)?;
    let manifest = toml::read(&mut reading).and_then(|root| document(&mut reading, root));
    reading.close(manifest)
}

fn document(reading: &mut Reading<'_>, root: Node) -> Option<ManifestDocument> {
    let mut fields = Fields::open(reading, root, "a manifest", MANIFEST)?;
    header(reading, &mut fields, "bundle");
    let name = fields.required(reading, "name").and_then(|node| reading.name("name", node));
    let namespace = fields.take("namespace").and_then(|node| namespace(reading, node));
    let entries = fields.take("enforcement").and_then(|node| reading.map("enforcement", node));
    let enforcement = entries
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(policy, node)| level(reading, node).map(|level| (policy, level)))
        .collect();
    Some(ManifestDocument { source: reading.source(), name: name?, namespace, enforcement })
}

fn namespace(reading: &mut Reading<'_>, node: Node) -> Option<Spanned<String>> {
    let namespace = reading.line("namespace", node)?;
    if !namespace.value.is_empty() && !is_type_name(&namespace.value) {
        let diagnostic = Diagnostic::new(Code::InvalidValue, "`namespace` is not a name of Cedar");
        reading.push(
            diagnostic.label(namespace.span, "").hint("names are joined by `::`, as in `Company::Mail`"),
        );
        return None;
    }
    Some(namespace)
}

fn level(reading: &mut Reading<'_>, node: Node) -> Option<Spanned<Level>> {
    let word = reading.name("enforcement", node)?;
    if let Some(level) = LEVELS.into_iter().find(|level| level.as_str() == word.value) {
        return Some(Spanned::new(level, word.span));
    }
    let near = word.value.get(..word.value.len().min(64)).unwrap_or_default();
    reading.push(
        Diagnostic::new(Code::InvalidValue, "a level is none of `hard`, `soft` and `advisory`")
            .label(word.span, "")
            .did_you_mean(near, LEVELS.map(Level::as_str)),
    );
    None
}
