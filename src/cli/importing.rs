//! The flags that say how files of other programs are read.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::output::talk;
use super::terminal::{Stream, Wishes, style};
use crate::import::{IMPORTERS, Importer, Options, Strictness};
use crate::load::{Loader, NamedPath};
use crate::report::ImportReport;
use crate::report::render::{Verbosity, fidelity};
use crate::source::Role;

/// The flags of every command that reads plans or estates.
#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// The format of the plans; recognised by their content if absent
    #[arg(long, value_name = "NAME", value_parser = plan_formats())]
    plan_format: Option<&'static Importer>,
    /// The format of the estate; recognised by its content if absent
    #[arg(long, value_name = "NAME", value_parser = estate_formats())]
    estate_format: Option<&'static Importer>,
    /// The principal of the steps of an imported plan that have none, `Type::"id"`
    #[arg(long, value_name = "UID")]
    by: Option<String>,
    /// What is to be added to imported files: principals, environments, names of columns
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Refuse an imported file of which a part has no form here
    #[arg(long)]
    strict_import: bool,
}

fn plan_formats() -> impl TypedValueParser<Value = &'static Importer> {
    formats(|importer| importer.plan.is_some())
}

fn estate_formats() -> impl TypedValueParser<Value = &'static Importer> {
    formats(|importer| importer.estate.is_some())
}

fn formats(has: fn(&Importer) -> bool) -> impl TypedValueParser<Value = &'static Importer> {
    let values = IMPORTERS.iter().filter(move |importer| has(importer));
    let values = values.map(|importer| PossibleValue::new(importer.name).help(importer.doc));
    PossibleValuesParser::new(values).try_map(|name| Importer::named(&name).ok_or("unknown format"))
}

impl ImportArguments {
    /// Reads what the flags name; `None` where the loader holds why not.
    pub(super) fn options(&self, loader: &mut Loader) -> Option<Options> {
        let by = self.by.as_ref().map(|by| loader.sources.add("--by", Role::Argument, by.as_str()));
        let mapping = match &self.mapping {
            Some(path) => Some(loader.named(&NamedPath::given(path), Role::Mapping)?),
            None => None,
        };
        let strictness = if self.strict_import { Strictness::Strict } else { Strictness::Lenient };
        Some(Options {
            plan_format: self.plan_format,
            estate_format: self.estate_format,
            by,
            mapping,
            strictness,
        })
    }
}

/// Tells what became of imported files, each once.
pub(super) fn tell<'a>(imports: impl Iterator<Item = &'a ImportReport>, wishes: Wishes) {
    if wishes.verbosity == Verbosity::Quiet {
        return;
    }
    let mut told: Vec<ImportReport> = Vec::new();
    for import in imports {
        if !told.contains(import) {
            told.push(import.clone());
        }
    }
    talk(&fidelity(&told, wishes.verbosity == Verbosity::Verbose, &style(Stream::Errors, wishes)));
}
