//! What questions about an estate and a bundle have in common: arguments, reading, telling.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use super::importing::{self, ImportArguments};
use super::output::talk;
use super::terminal::{Colour, Stream, Wishes, style};
use super::{Exit, load_error};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::EstateDocument;
use crate::import::{self, ImportedEstate};
use crate::load::{
    Configuration, Loader, NamedBundle, NamedPath, Origin, find_configuration, load_bundle,
    load_configuration,
};
use crate::model::Estate;
use crate::policy::{self, Bundle};
use crate::report::render::{Verbosity, counted, diagnostics};
use crate::resolve;
use crate::source::Role;

/// The arguments that say what is asked about, and how the answer looks.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The bundle of policies: a folder, or the name of one that ships in the program
    #[arg(long, value_name = "DIR|NAME")]
    bundle: Option<String>,
    /// The entities; several files are one estate
    #[arg(long = "estate", value_name = "FILE")]
    estates: Vec<PathBuf>,
    /// The instant to ask for, RFC 3339; the present if absent
    #[arg(long, value_name = "INSTANT", value_parser = super::inputs::instant)]
    at: Option<Timestamp>,
    /// What to print
    #[arg(long, value_enum, value_name = "F", default_value_t)]
    pub(super) format: Format,
    /// The configuration to use, instead of looking for one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    importing: ImportArguments,
    /// Say more
    #[arg(short, long)]
    verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: Colour,
    /// Columns to fit the text into; those of the terminal if absent, any number in a pipe
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    width: Option<u16>,
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// One object, for programs
    Json,
}

impl Options {
    pub(super) fn at(&self) -> Timestamp {
        self.at.unwrap_or_else(super::inputs::now)
    }

    pub(super) fn wishes(&self) -> Wishes {
        let verbosity = if self.verbose { Verbosity::Verbose } else { Verbosity::Normal };
        Wishes { colour: self.color, width: self.width.map(usize::from), verbosity }
    }
}

/// A bundle and an estate, and everything that was said about the texts.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) bundle: Bundle,
    pub(super) estate: Estate,
    parts: Vec<EstateDocument>,
    /// How plans and estates of other programs are read.
    pub(super) import: import::Options,
    /// The plans that the configuration names.
    pub(super) plans: Vec<NamedPath>,
}

/// Whether an estate must be given, or may come with the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// It must be given.
    Given,
    /// A plan may bring one; see [`Ground::add`].
    PerhapsOfPlan,
}

/// Reads the bundle and the estate; `None` where the loader holds why not.
pub(super) fn prepare(options: &Options, need: Need, loader: &mut Loader) -> Option<Ground> {
    let configuration = configuration(options, loader)?;
    let given: Vec<NamedPath> = options.estates.iter().map(NamedPath::given).collect();
    let paths = if given.is_empty() { configuration.estates } else { given };
    let named = options.bundle.as_ref().map(NamedBundle::given).or(configuration.bundle);
    if paths.is_empty() && need == Need::Given {
        loader.sink.push(absent("estate", "--estate"));
    }
    if named.is_none() {
        loader.sink.push(absent("bundle", "--bundle"));
    }
    let import = options.importing.options(loader);
    let files = named.and_then(|named| load_bundle(loader, &named));
    let ids: Vec<_> = paths.iter().map(|path| loader.named(path, Role::Estate)).collect();
    let (documents, import) = (import::bundle(&loader.sources, &files?, &mut loader.sink), import?);
    let ids = ids.into_iter().collect::<Option<Vec<_>>>();
    let ids = ids.filter(|ids| !ids.is_empty() || need == Need::PerhapsOfPlan)?;
    let parts: Vec<Option<ImportedEstate>> =
        ids.iter().map(|id| import::estate(&loader.sources, *id, &import, &mut loader.sink)).collect();
    let bundle = policy::compile(&loader.sources, &documents?, &mut loader.sink)?;
    let parts: Vec<ImportedEstate> = parts.into_iter().collect::<Option<_>>()?;
    let imports: Vec<_> =
        parts.iter().zip(&ids).filter_map(|(part, id)| part.report(&loader.sources, *id)).collect();
    importing::tell(imports.iter(), options.wishes());
    let parts: Vec<EstateDocument> = parts.into_iter().map(|part| part.estate).collect();
    let estate = resolve::estate(&parts, bundle.schema(), &mut loader.sink)?;
    Some(Ground { bundle, estate, parts, import, plans: configuration.plans })
}

impl Ground {
    /// The parts of the estate.
    pub(super) fn parts(&self) -> Vec<&EstateDocument> {
        self.parts.iter().collect()
    }

    /// Says whether the estate is young enough at an instant; the loader gets to know why not.
    pub(super) fn is_fresh(
        &self,
        at: Timestamp,
        max_age: Option<SignedDuration>,
        loader: &mut Loader,
    ) -> bool {
        resolve::is_fresh(&self.parts, self.estate.taken, at, max_age, &mut loader.sink)
    }

    /// Adds the entities that a plan brings; without any, an estate must have been given.
    pub(super) fn add(&mut self, part: Option<EstateDocument>, loader: &mut Loader) -> Option<()> {
        if part.is_none() && self.parts.is_empty() {
            loader.sink.push(absent("estate", "--estate"));
            return None;
        }
        if let Some(part) = part {
            self.parts.push(part);
            self.estate = resolve::estate(&self.parts, self.bundle.schema(), &mut loader.sink)?;
        }
        Some(())
    }
}

fn configuration(options: &Options, loader: &mut Loader) -> Option<Configuration> {
    let file = match &options.config {
        Some(path) => Some((path.clone(), Origin::Named)),
        None => find_configuration().map(|path| (path, Origin::Found)),
    };
    match file {
        Some((path, origin)) => load_configuration(loader, &path, origin),
        None => Some(Configuration::default()),
    }
}

fn absent(what: &str, flag: &str) -> Diagnostic {
    Diagnostic::new(Code::Configuration, format!("no {what} is given"))
        .hint(format!("name one with `{flag}`, or in `countersign.toml`"))
}

/// Tells everything that was found, and that there is therefore no answer.
pub(super) fn could_not_answer(options: &Options, loader: Loader) -> Exit {
    let errors = loader.failures();
    tell(options, loader);
    talk(&format!("countersign: could not answer: {}\n", counted(errors, "error")));
    Exit::CouldNotJudge
}

/// Tells everything that was found.
pub(super) fn tell(options: &Options, loader: Loader) {
    let style = style(Stream::Errors, options.wishes());
    let mut texts: Vec<String> = loader.errors.iter().map(|error| load_error(error, &style)).collect();
    let found = loader.sink.into_sorted();
    if !found.is_empty() {
        texts.push(diagnostics(&found, &loader.sources, &style));
    }
    if !texts.is_empty() {
        talk(&(texts.join("\n") + "\n"));
    }
}
