//! Texts to documents, with every problem of a file reported at its place.

mod cedar;
mod cedar_entities;
mod csv;
mod directory;
mod fidelity;
mod json;
mod json_lines;
mod keys;
mod ldif;
pub mod limits;
mod mapping;
mod native;
mod offsets;
mod options;
mod plain;
mod print;
mod reading;
mod scalar;
mod shapes;
mod terraform;
mod text;
mod toml;
mod values;
mod yaml;

pub use fidelity::{Fidelity, Remark};
pub use options::{Options, Strictness};
pub use print::{Form, print};
pub use reading::grouped;
pub use text::{EncodingProblem, decode, decoded};

use reading::Reading;

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{
    ApprovalsDocument, BundleDocuments, ConfigurationDocument, EstateDocument, Node, PlanDocument,
};
use crate::source::{Source, SourceId, SourceMap};

/// Makes something of a text; problems go to the sink.
pub type Import<T> = fn(&SourceMap, SourceId, &Options, &mut Sink) -> Option<T>;

/// A plan that was made of a text.
#[derive(Clone, Debug)]
pub struct ImportedPlan {
    /// The plan.
    pub plan: PlanDocument,
    /// The entities that the same text tells of; they are added to the estate for this plan alone.
    pub estate: Option<EstateDocument>,
    /// What became of the parts of the text.
    pub fidelity: Fidelity,
    /// The format that it was read as.
    pub format: &'static Importer,
}

/// An estate, or a part of one, that was made of a text.
#[derive(Clone, Debug)]
pub struct ImportedEstate {
    /// The estate.
    pub estate: EstateDocument,
    /// What became of the parts of the text.
    pub fidelity: Fidelity,
    /// The format that it was read as.
    pub format: &'static Importer,
}

/// What an importer makes of a text that is given as a plan.
#[derive(Clone, Debug)]
pub struct PlanParts {
    /// The plan.
    pub plan: PlanDocument,
    /// The entities that the same text tells of.
    pub estate: Option<EstateDocument>,
    /// What became of the parts of the text.
    pub fidelity: Fidelity,
}

/// What an importer makes of a text that is given as an estate.
#[derive(Clone, Debug)]
pub struct EstateParts {
    /// The estate.
    pub estate: EstateDocument,
    /// What became of the parts of the text.
    pub fidelity: Fidelity,
}

/// A format that plans or estates can be written in.
#[derive(Clone, Copy, Debug)]
pub struct Importer {
    /// The format's name.
    pub name: &'static str,
    /// What it is, in one line.
    pub doc: &'static str,
    /// Says whether a text is written in it, by its path and its content.
    pub recognises: fn(&Source) -> bool,
    /// Reads a plan, where the format has plans.
    pub plan: Option<Import<PlanParts>>,
    /// Whether its plans bring an estate of their own, so that none needs to be given.
    pub brings_estate: bool,
    /// Whether its texts say everything in our own terms, so that remedies can be written into them.
    pub own: bool,
    /// Says whether a text of the format can hold secrets, so that no excerpt of it is ever shown.
    pub holds_secrets: fn(&Source) -> bool,
    /// Reads an estate, where the format has estates.
    pub estate: Option<Import<EstateParts>>,
}

/// Every format. The last that recognises a text reads it; the first recognises all.
pub static IMPORTERS: &[Importer] = &[
    Importer {
        name: "countersign",
        doc: "the program's own YAML or JSON files",
        recognises: |_| true,
        plan: Some(|sources, id, _, sink| native::plan(sources, id, sink).map(PlanParts::native)),
        brings_estate: false,
        own: true,
        holds_secrets: |_| false,
        estate: Some(|sources, id, _, sink| native::estate(sources, id, sink).map(EstateParts::native)),
    },
    Importer {
        name: "cedar-entities",
        doc: "Cedar's own entity JSON, a list of entities",
        recognises: cedar_entities::recognises,
        plan: None,
        brings_estate: false,
        own: true,
        holds_secrets: |_| false,
        estate: Some(|sources, id, _, sink| {
            cedar_entities::estate(sources, id, sink).map(EstateParts::native)
        }),
    },
    Importer {
        name: "json-lines",
        doc: "an estate with one JSON entity a line, after a header line",
        recognises: json_lines::recognises,
        plan: None,
        brings_estate: false,
        own: true,
        holds_secrets: |_| false,
        estate: Some(|sources, id, _, sink| json_lines::estate(sources, id, sink).map(EstateParts::native)),
    },
    Importer {
        name: "terraform",
        doc: "a plan of Terraform or OpenTofu, as `terraform show -json` prints it",
        recognises: terraform::recognises,
        plan: Some(terraform::plan),
        brings_estate: true,
        own: false,
        holds_secrets: |_| true,
        estate: None,
    },
    Importer {
        name: "ldif",
        doc: "LDIF: an export of a directory as an estate, a list of changes as a plan",
        recognises: ldif::recognises,
        plan: Some(ldif::plan),
        brings_estate: false,
        own: false,
        holds_secrets: ldif::holds_secrets,
        estate: Some(ldif::estate),
    },
    Importer {
        name: "csv",
        doc: "a table whose columns the mapping file names: of entities as an estate, of steps as a plan",
        recognises: csv::recognises,
        plan: Some(csv::plan),
        brings_estate: false,
        own: false,
        holds_secrets: |_| false,
        estate: Some(csv::estate),
    },
];

impl Importer {
    /// The importer of a name.
    pub fn named(name: &str) -> Option<&'static Importer> {
        IMPORTERS.iter().find(|importer| importer.name == name)
    }
}

impl PlanParts {
    fn native(plan: PlanDocument) -> Self {
        Self { plan, estate: None, fidelity: Fidelity::default() }
    }
}

impl EstateParts {
    fn native(estate: EstateDocument) -> Self {
        Self { estate, fidelity: Fidelity::default() }
    }
}

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

/// Reads a plan in whatever format it is written.
pub fn plan(sources: &SourceMap, id: SourceId, options: &Options, sink: &mut Sink) -> Option<ImportedPlan> {
    let reads = |importer: &Importer| importer.plan;
    let (format, import) = importer(sources.get(id), options.plan_format, reads)?;
    let PlanParts { plan, estate, mut fidelity } = import(sources, id, options, sink)?;
    is_acceptable(format, &mut fidelity, options, sink).then_some(ImportedPlan {
        plan,
        estate,
        fidelity,
        format,
    })
}

/// Replaces what an imported plan names as another program does by uids of the estate.
pub fn find_names(plan: &mut ImportedPlan, parts: &[&EstateDocument], sink: &mut Sink) -> Option<()> {
    if plan.format.own {
        return Some(());
    }
    let own: Vec<&EstateDocument> = parts.iter().copied().chain(&plan.estate).collect();
    directory::find(&mut plan.plan, &own, sink)
}

/// Reads an estate, or a part of one, in whatever format it is written.
pub fn estate(
    sources: &SourceMap,
    id: SourceId,
    options: &Options,
    sink: &mut Sink,
) -> Option<ImportedEstate> {
    let reads = |importer: &Importer| importer.estate;
    let (format, import) = importer(sources.get(id), options.estate_format, reads)?;
    let EstateParts { estate, mut fidelity } = import(sources, id, options, sink)?;
    is_acceptable(format, &mut fidelity, options, sink).then_some(ImportedEstate { estate, fidelity, format })
}

/// Says whether a text, given as a plan, brings the estate that it is judged against.
pub fn brings_estate(source: &Source, options: &Options) -> bool {
    importer(source, options.plan_format, |importer| importer.plan)
        .is_some_and(|(importer, _)| importer.brings_estate)
}

/// Says whether reading a plan can need the estate's own documents: it brings one, or names objects as another
/// program does.
pub fn looks_at_estate(source: &Source, options: &Options) -> bool {
    importer(source, options.plan_format, |importer| importer.plan).is_some_and(|(importer, _)| !importer.own)
}

/// Says whether a text can hold secrets, whatever it is given as.
pub fn holds_secrets(source: &Source) -> bool {
    IMPORTERS.iter().any(|importer| (importer.recognises)(source) && (importer.holds_secrets)(source))
}

/// Refuses an import that leaves something out where that is not wanted.
fn is_acceptable(format: &Importer, fidelity: &mut Fidelity, options: &Options, sink: &mut Sink) -> bool {
    fidelity.sort();
    if options.strictness == Strictness::Lenient {
        return true;
    }
    for opaque in fidelity.opaque.iter().take(limits::PROBLEMS) {
        let message = format!("{} has no form here: {}", format.name, opaque.text);
        let hint = "without `--strict-import` it is left out and told";
        sink.push(Diagnostic::new(Code::OpaqueImport, message).label(opaque.span, "").hint(hint));
    }
    fidelity.opaque.is_empty()
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

/// A plan as a file of our own kind says it, and as an importer's result is printed.
pub fn native_plan(plan: &PlanDocument) -> Node {
    native::plan_node(plan)
}

/// Says whether whatever a membership names is described by some part; what is not is reported.
pub fn members_are_described(parts: &[&EstateDocument], sink: &mut Sink) -> Option<()> {
    let unknown = EstateDocument::joined_to_nothing(parts);
    for entity in &unknown {
        let message = format!("`{}` is not in the estate", entity.uid.value);
        let hint = "give the file that describes it with `--estate` as well";
        let diagnostic = Diagnostic::new(Code::UnknownEntity, message);
        sink.push(diagnostic.label(entity.uid.span, "a member").hint(hint));
    }
    unknown.is_empty().then_some(())
}

/// An estate as a file of our own kind says it.
pub fn native_estate<'a>(parts: impl IntoIterator<Item = &'a EstateDocument>) -> Option<Node> {
    native::estate_node(parts)
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

/// The importer that was asked for, or that recognises a text, and what it reads the text with.
fn importer<T>(
    source: &Source,
    asked: Option<&'static Importer>,
    reads: impl Fn(&Importer) -> Option<T>,
) -> Option<(&'static Importer, T)> {
    let with = |importer: &'static Importer| Some((importer, reads(importer)?));
    match asked {
        Some(asked) => with(asked),
        None => IMPORTERS.iter().rev().filter(|importer| (importer.recognises)(source)).find_map(with),
    }
}

/// Reads a YAML, JSON or TOML text into nodes.
///
/// The path's extension says which; without one (standard input), the first character does.
fn read(reading: &mut Reading<'_>) -> Option<Node> {
    match extension(reading.path()) {
        Some("yaml" | "yml") => yaml::read(reading),
        Some("toml") => toml::read(reading),
        _ if is_json(reading) => json::read(reading),
        _ => yaml::read(reading),
    }
}

fn is_json(reading: &Reading<'_>) -> bool {
    match extension(reading.path()) {
        Some("json") => true,
        Some("yaml" | "yml" | "toml") => false,
        _ => matches!(first_byte(reading.text()), Some(b'{' | b'[')),
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
