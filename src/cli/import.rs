//! `countersign import`: files of other programs in our own form.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::importing::{self, ImportArguments};
use super::output::{printed, talk};
use super::terminal::{Colour, Stream, Wishes, style};
use super::{Exit, load_error};
use crate::diagnostic::Sink;
use crate::document::{EstateDocument, Node};
use crate::import::{self, Form, ImportedEstate, Options};
use crate::load::{Loader, NamedPath};
use crate::report::ImportReport;
use crate::report::render::{Verbosity, counted, diagnostics};
use crate::source::{Role, SourceId};

/// Print a plan or an estate of another program as a file of our own form
///
/// What is printed is judged like the file that it was made of. A file may hold both, a plan and the entities that
/// it is about: `--kind` says which of them is printed, and with `--estate` the entities are printed as one estate
/// with those of the other files. What has no form here, and what the file does not tell, goes to standard error.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file to import; `-` is standard input
    #[arg(default_value = "-")]
    file: PathBuf,
    /// What to print
    #[arg(long, value_enum, value_name = "KIND", default_value_t)]
    kind: Kind,
    /// Files that are one estate with the entities of the imported file, or that a plan names objects of
    #[arg(long = "estate", value_name = "FILE")]
    estates: Vec<PathBuf>,
    #[command(flatten)]
    importing: ImportArguments,
    /// How to print it
    #[arg(long, value_enum, value_name = "F", default_value_t)]
    format: Format,
    /// Print only problems to standard error
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Tell every part of the file that has no form here, and every value that it does not tell
    #[arg(short, long)]
    verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: Colour,
}

/// What is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The plan
    #[default]
    Plan,
    /// The entities: those of the file, or those that a plan's file brings
    Estate,
}

/// How it is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Yaml,
    /// For programs
    Json,
    /// What was mapped, what is opaque and what is unknown, instead of the file
    Fidelity,
}

/// Imports the file and prints what came of it.
pub fn run(arguments: &Arguments) -> Exit {
    let mut loader = Loader::new();
    let found = imported(arguments, &mut loader);
    let (errors, wishes) = (loader.failures(), arguments.wishes());
    tell(loader, wishes);
    let Some(Imported { node, reports }) = found.filter(|_| errors == 0) else {
        talk(&format!("countersign: could not import: {}\n", counted(errors, "error")));
        return Exit::CouldNotJudge;
    };
    let exit = match arguments.format {
        Format::Yaml => printed(&import::print(&node, Form::Yaml)),
        Format::Json => printed(&import::print(&node, Form::Json)),
        Format::Fidelity => printed(&crate::report::render::json(&reports)),
    };
    importing::tell(reports.iter(), wishes);
    exit
}

/// What came of the file.
struct Imported {
    node: Node,
    reports: Vec<ImportReport>,
}

fn imported(arguments: &Arguments, loader: &mut Loader) -> Option<Imported> {
    let options = arguments.importing.options(loader);
    let role = if arguments.kind == Kind::Plan { Role::Plan } else { Role::Estate };
    let id = loader.named(&NamedPath::given(&arguments.file), role);
    let others: Vec<Option<SourceId>> =
        arguments.estates.iter().map(|path| loader.named(&NamedPath::given(path), Role::Estate)).collect();
    let (options, id) = (options?, id?);
    let others: Vec<SourceId> = others.into_iter().collect::<Option<_>>()?;
    match arguments.kind {
        Kind::Plan => {
            let mut plan = import::plan(&loader.sources, id, &options, &mut loader.sink)?;
            let parts: Vec<Option<ImportedEstate>> = others
                .iter()
                .map(|other| import::estate(&loader.sources, *other, &options, &mut loader.sink))
                .collect();
            let parts: Vec<ImportedEstate> = parts.into_iter().collect::<Option<_>>()?;
            let parts: Vec<&EstateDocument> = parts.iter().map(|part| &part.estate).collect();
            import::find_names(&mut plan, &parts, &mut loader.sink)?;
            let reports = plan.report(&loader.sources, id).into_iter().collect();
            Some(Imported { node: import::native_plan(&plan.plan), reports })
        }
        Kind::Estate => estate(id, &others, &options, loader),
    }
}

/// The entities of the file, whether it is an estate or a plan that brings one, with the other files.
fn estate(id: SourceId, others: &[SourceId], options: &Options, loader: &mut Loader) -> Option<Imported> {
    let mut reports = Vec::new();
    let mut parts: Vec<EstateDocument> = Vec::new();
    for other in others {
        let part = import::estate(&loader.sources, *other, options, &mut loader.sink)?;
        reports.extend(part.report(&loader.sources, *other));
        parts.push(part.estate);
    }
    if import::brings_estate(loader.sources.get(id), options) {
        let plan = import::plan(&loader.sources, id, options, &mut loader.sink)?;
        reports.extend(plan.report(&loader.sources, id));
        parts.extend(plan.estate);
    } else {
        let part = import::estate(&loader.sources, id, options, &mut loader.sink)?;
        reports.extend(part.report(&loader.sources, id));
        parts.push(part.estate);
    }
    import::members_are_described(&parts.iter().collect::<Vec<_>>(), &mut loader.sink)?;
    Some(Imported { node: import::native_estate(&parts)?, reports })
}

impl Arguments {
    fn wishes(&self) -> Wishes {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        Wishes { colour: self.color, width: None, verbosity }
    }
}

/// Tells everything that was found while reading.
fn tell(mut loader: Loader, wishes: Wishes) {
    let style = style(Stream::Errors, wishes);
    let mut texts: Vec<String> = loader.errors.iter().map(|error| load_error(error, &style)).collect();
    let found = std::mem::replace(&mut loader.sink, Sink::new()).into_sorted();
    if !found.is_empty() {
        texts.push(diagnostics(&found, &loader.sources, &style));
    }
    if !texts.is_empty() {
        talk(&(texts.join("\n") + "\n"));
    }
}
