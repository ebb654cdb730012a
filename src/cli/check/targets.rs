//! Where results go.

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::super::Exit;
use super::super::output::{identity, not_written, print, write_file};
use super::super::terminal::{Stream, Wishes, style};
use super::{Arguments, summary};
use crate::report::Report;
use crate::report::render::{Batch, RENDERERS, Renderer, Style, Verbosity, WITH_POLICIES};
use crate::source::SourceMap;

/// A file to write, and what to write into it.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Target {
    pub(super) renderer: &'static Renderer,
    path: PathBuf,
}

impl Target {
    /// What is written.
    pub(super) fn renderer(&self) -> &'static Renderer {
        self.renderer
    }
}

/// Says whether a format shows what the policies of refused steps read; text does where it is to be verbose.
pub(super) fn shows_policies(renderer: &Renderer, verbosity: Verbosity) -> bool {
    WITH_POLICIES.contains(&renderer.name) || (renderer.name == "text" && verbosity == Verbosity::Verbose)
}

/// The words after `--format`.
pub(super) fn renderers() -> impl TypedValueParser<Value = &'static Renderer> {
    let values = RENDERERS.iter().map(|renderer| PossibleValue::new(renderer.name).help(renderer.doc));
    PossibleValuesParser::new(values).try_map(|name| Renderer::named(&name).ok_or("unknown format"))
}

/// Reads `FORMAT=PATH`.
pub(in crate::cli) fn target(text: &str) -> Result<Target, String> {
    let Some((name, path)) = text.split_once('=') else { return Err("write it as FORMAT=PATH".to_owned()) };
    let names = || RENDERERS.iter().map(|renderer| renderer.name).collect::<Vec<_>>().join(", ");
    let renderer = Renderer::named(name).ok_or_else(|| format!("the format is not one of {}", names()))?;
    match path {
        "" => Err("the path is missing".to_owned()),
        "-" => Err("what goes to standard output is said by `--format`".to_owned()),
        path => Ok(Target { renderer, path: PathBuf::from(path) }),
    }
}

/// A path that two results would be written to.
pub(super) fn twice(outputs: &[Target]) -> Option<String> {
    let paths: Vec<PathBuf> = outputs.iter().map(|output| identity(&output.path)).collect();
    let again =
        paths.iter().enumerate().find(|(at, path)| paths.iter().take(*at).any(|other| other == *path));
    again.and_then(|(at, _)| outputs.get(at)).map(|output| output.path.display().to_string())
}

/// An input that a result would be written over.
pub(super) fn overwritten(outputs: &[Target], sources: &SourceMap) -> Option<String> {
    if outputs.is_empty() {
        return None;
    }
    let targets: Vec<PathBuf> = outputs.iter().map(|output| identity(&output.path)).collect();
    let mut paths = sources.iter().map(|(_, source)| source.path());
    paths
        .find(|path| PathBuf::from(path).canonicalize().is_ok_and(|path| targets.contains(&path)))
        .map(str::to_owned)
}

/// Writes every result that was asked for; one that fails does not stop the others.
pub(super) fn write(arguments: &Arguments, batch: &Batch<'_>, wishes: Wishes) -> Exit {
    let views = Views::of(batch, arguments.renderers(), wishes.verbosity);
    let mut exit = files(&arguments.outputs, &views, wishes);
    if arguments.renderers().any(|renderer| renderer.name == "github")
        && let Err(error) = summary::write(batch)
    {
        exit = exit.worst(not_written(&error));
    }
    let printed = arguments.printed();
    // For people, standard error tells what is wrong.
    let problems = batch.problems.filter(|_| printed.name != "text");
    let batch = Batch { problems, ..views.for_format(printed) };
    if batch.reports.is_empty() && batch.problems.is_none() {
        return exit;
    }
    match print(&(printed.render)(&batch, &style(Stream::Output, wishes))) {
        Ok(()) => exit,
        Err(error) => exit.worst(not_written(&error)),
    }
}

/// Writes every file; one that fails does not stop the others.
pub(in crate::cli) fn write_files(outputs: &[Target], batch: &Batch<'_>, wishes: Wishes) -> Exit {
    files(outputs, &Views::of(batch, outputs.iter().map(Target::renderer), wishes.verbosity), wishes)
}

fn files(outputs: &[Target], views: &Views<'_>, wishes: Wishes) -> Exit {
    let mut exit = Exit::Success;
    let in_file = Style { verbosity: wishes.verbosity, ..Style::plain() };
    for output in outputs {
        let text = (output.renderer.render)(&views.for_format(output.renderer), &in_file);
        if let Err(error) = write_file(&output.path, &text) {
            exit = exit.worst(not_written(&error));
        }
    }
    exit
}

/// The reports as each format gets them: what one says must not depend on which others are written.
struct Views<'a> {
    whole: Batch<'a>,
    verbosity: Verbosity,
    /// Without the policies part by part, where some formats show them and others do not.
    plain: Option<Vec<Report>>,
}

impl<'a> Views<'a> {
    fn of(
        batch: &Batch<'a>,
        mut renderers: impl Iterator<Item = &'static Renderer>,
        verbosity: Verbosity,
    ) -> Self {
        let examined = batch.reports.iter().flat_map(|report| &report.steps);
        let examined = examined.into_iter().any(|step| !step.reasons.policies.is_empty());
        let mixed = examined && renderers.any(|renderer| !shows_policies(renderer, verbosity));
        let plain = || batch.reports.iter().map(Report::without_policies).collect();
        Self { whole: *batch, verbosity, plain: mixed.then(plain) }
    }

    fn for_format(&self, renderer: &Renderer) -> Batch<'_> {
        match &self.plain {
            Some(plain) if !shows_policies(renderer, self.verbosity) => {
                Batch { reports: plain, ..self.whole }
            }
            _ => self.whole,
        }
    }
}
