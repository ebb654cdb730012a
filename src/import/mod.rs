//! Texts to documents, with every problem of a file reported at its place.

mod cedar;
mod cedar_entities;
mod json;
mod json_lines;
mod keys;
pub mod limits;
mod native;
mod offsets;
mod reading;
mod scalar;
mod shapes;
mod text;
mod toml;
mod yaml;

pub use text::{EncodingProblem, decode};

use reading::Reading;

use crate::diagnostic::Sink;
use crate::document::{
    ApprovalsDocument, BundleDocuments, ConfigurationDocument, EstateDocument, Node, PlanDocument,
};
use crate::source::{Source, SourceId, SourceMap};

/// Reads one kind of document from a text; problems go to the sink.
pub type Import<T> = fn(&SourceMap, SourceId, &mut Sink) -> Option<T>;

/// A format that plans or estates can be written in.
#[derive(Clone, Copy, Debug)]
pub struct Importer {
    /// The format's name.
    pub name: &'static str,
    /// What it is, in one line.
    pub doc: &'static str,
    /// Says whether a text is written in it, by its path and its first bytes.
    pub recognises: fn(&Source) -> bool,
    /// Reads a plan, where the format has plans.
    pub plan: Option<Import<PlanDocument>>,
    /// Reads an estate, where the format has estates.
    pub estate: Option<Import<EstateDocument>>,
}

/// Every format. The last that recognises a text reads it; the first recognises all.
pub static IMPORTERS: &[Importer] = &[
    Importer {
        name: "countersign",
        doc: "the program's own YAML or JSON files",
        recognises: |_| true,
        plan: Some(native::plan),
        estate: Some(native::estate),
    },
    Importer {
        name: "cedar-entities",
        doc: "Cedar's own entity JSON, a list of entities",
        recognises: cedar_entities::recognises,
        plan: None,
        estate: Some(cedar_entities::estate),
    },
    Importer {
        name: "json-lines",
        doc: "an estate with one JSON entity a line, after a header line",
        recognises: json_lines::recognises,
        plan: None,
        estate: Some(json_lines::estate),
    },
];

/// The files of a bundle.
#[derive(Clone, Debug)]
pub struct BundleFiles {
    /// `bundle.toml`.
    pub manifest: SourceId,
    /// The Cedar schema.
    pub schema: SourceId,
    /// The files of policies and templates.
    pub policies: Vec<SourceId>,
    /// `links.json`, where there is one.
    pub links: Option<SourceId>,
    /// The catalogue of operations.
    pub operations: SourceId,
}

/// Reads a plan.
pub fn plan(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> Option<PlanDocument> {
    importer(sources.get(id), |importer| importer.plan)?(sources, id, sink)
}

/// Reads an estate, or a part of one.
pub fn estate(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> Option<EstateDocument> {
    importer(sources.get(id), |importer| importer.estate)?(sources, id, sink)
}

/// Reads a bundle. Its policies and its schema stay texts, whose characters are checked here.
pub fn bundle(sources: &SourceMap, files: &BundleFiles, sink: &mut Sink) -> Option<BundleDocuments> {
    let manifest = native::manifest(sources, files.manifest, sink);
    let operations = native::operations(sources, files.operations, sink);
    let links = match files.links {
        Some(links) => native::links(sources, links, sink),
        None => Some(Vec::new()),
    };
    let texts = std::iter::once(files.schema).chain(files.policies.iter().copied());
    let unreadable = texts.filter(|text| !cedar::check(sources, *text, sink)).count();
    let (manifest, operations, links) = (manifest?, operations?, links?);
    (unreadable == 0).then(|| BundleDocuments {
        manifest,
        schema: files.schema,
        policies: files.policies.clone(),
        links,
        operations,
    })
}

/// Reads approvals and overrides.
pub fn approvals(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> Option<ApprovalsDocument> {
    native::approvals(sources, id, sink)
}

/// Reads a YAML or JSON text that is of no kind of its own.
pub fn node(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> Option<Node> {
    let mut reading = Reading::open(sources, id, sink)?;
    let node = read(&mut reading);
    reading.close(node)
}

/// Reads the program's configuration, `countersign.toml`.
pub fn configuration(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> Option<ConfigurationDocument> {
    native::configuration(sources, id, sink)
}

fn importer<T>(source: &Source, reads: impl Fn(&Importer) -> Option<T>) -> Option<T> {
    IMPORTERS.iter().rev().filter(|importer| (importer.recognises)(source)).find_map(reads)
}

/// Reads a YAML, JSON or TOML text into nodes.
///
/// The path's extension says which; without one (standard input), the first character does.
fn read(reading: &mut Reading<'_>) -> Option<Node> {
    match extension(reading.path()) {
        Some("json") => json::read(reading),
        Some("yaml" | "yml") => yaml::read(reading),
        Some("toml") => toml::read(reading),
        _ if matches!(first_byte(reading.text()), Some(b'{' | b'[')) => json::read(reading),
        _ => yaml::read(reading),
    }
}

/// The extension of a path in lower case, where it is one that says a format.
fn extension(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit_once('.')?;
    ["json", "jsonl", "yaml", "yml", "toml"].into_iter().find(|known| extension.eq_ignore_ascii_case(known))
}

/// The first byte that is no space.
fn first_byte(text: &str) -> Option<u8> {
    text.bytes().find(|byte| !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn importers_have_distinct_names_and_say_what_they_are() {
        for (at, importer) in IMPORTERS.iter().enumerate() {
            assert!(!importer.doc.is_empty());
            assert!(IMPORTERS.iter().skip(at + 1).all(|other| other.name != importer.name));
        }
    }
}
