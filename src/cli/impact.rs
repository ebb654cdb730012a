//! `countersign impact`: the access delta.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;

use super::check::selection::bring_estates;
use super::importing::{self, ImportArguments};
use super::inputs::{instant, now};
use super::output::{identity, not_written, print, talk, write_file};
use super::terminal::{Colour, Stream, Wishes, style};
use super::{Exit, load_error};
use crate::diagnostic::{Code, Diagnostic};
use crate::impact::{Answer, Extent, Inputs, MAX_REQUESTS, Settings, impact};
use crate::import;
use crate::load::{
    Configuration, Loader, NamedBundle, NamedPath, Origin, find_configuration, load_bundle,
    load_configuration,
};
use crate::report::impact::ImpactReport;
use crate::report::render::{IMPACT_RENDERERS, ImpactRenderer, Impacts, Style, Verbosity, diagnostics};
use crate::source::{Role, SourceId, SourceMap};

/// Tell what a plan makes possible, and impossible, and for whom
///
/// Who could do what before the plan, and who can after it; what is possible only for a while; what a step takes
/// away although a later step needs it. What counts are rights: prerequisites, overrides and whether changes can
/// be made are left aside. The plan runs in plan order, whether or not it would be approved.
///
/// What is not given here is taken from `countersign.toml`, as `check` does.
#[derive(Debug, Args)]
#[command(after_help = TABLE)]
pub struct Arguments {
    /// Plans; `-` is standard input
    plans: Vec<PathBuf>,
    /// The bundle of policies: a folder, or the name of one that ships in the program
    #[arg(long, value_name = "DIR|NAME")]
    bundle: Option<String>,
    /// The entities as they are before the plan; several files are one estate
    #[arg(long = "estate", value_name = "FILE")]
    estates: Vec<PathBuf>,
    /// Approvals, where the policies look at them
    #[arg(long = "approvals", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// The instant to answer for, RFC 3339; the present if absent
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Timestamp>,
    /// List everything that is possible after the plan as well, not only what changes
    #[arg(long)]
    full: bool,
    /// How many kinds of request to decide for one action before it is left out
    #[arg(long, value_name = "N", default_value_t = MAX_REQUESTS)]
    max_requests: usize,
    /// What to print
    #[arg(long, value_name = "F", default_value = "text", value_parser = renderers())]
    format: &'static ImpactRenderer,
    /// Write a result to a file as well
    #[arg(long = "output", value_name = "F=PATH", value_parser = target)]
    outputs: Vec<Target>,
    /// The configuration to use, instead of looking for one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    importing: ImportArguments,
    /// Name everybody and everything, however many there are
    #[arg(short, long)]
    verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: Colour,
    /// Columns to fit the text into; those of the terminal if absent, any number in a pipe
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    width: Option<u16>,
}

const TABLE: &str = "\
Exit codes:
   0  answered for every plan given
   2  could not answer: unreadable, malformed or inconsistent input, bad usage or configuration
   3  no plan found, or a plan without steps
  70  a bug in the program
  74  the result could not be written";

/// A file to write, and what to write into it.
#[derive(Clone, Debug)]
struct Target {
    renderer: &'static ImpactRenderer,
    path: PathBuf,
}

fn renderers() -> impl TypedValueParser<Value = &'static ImpactRenderer> {
    let values = IMPACT_RENDERERS.iter().map(|renderer| PossibleValue::new(renderer.name).help(renderer.doc));
    PossibleValuesParser::new(values).try_map(|name| ImpactRenderer::named(&name).ok_or("unknown format"))
}

fn target(text: &str) -> Result<Target, String> {
    let (name, path) = text.split_once('=').ok_or("write it as FORMAT=PATH")?;
    let renderer = ImpactRenderer::named(name).ok_or("the format is not one of text, json, csv")?;
    match path {
        "" => Err("the path is missing".to_owned()),
        "-" => Err("what goes to standard output is said by `--format`".to_owned()),
        path => Ok(Target { renderer, path: PathBuf::from(path) }),
    }
}

/// Answers for the plans, writes the results, tells the rest.
pub fn run(arguments: &Arguments) -> Exit {
    let mut loader = Loader::new();
    let Some(chosen) = choose(arguments, &mut loader) else { return could_not(loader, arguments.wishes()) };
    if chosen.plans.is_empty() {
        talk(
            "countersign: nothing to answer for: no plan is given, neither here nor in `countersign.toml`\n",
        );
        return Exit::NothingToJudge;
    }
    let Some((inputs, approvals, import)) = load(arguments, &chosen, &mut loader) else {
        return could_not(loader, arguments.wishes());
    };
    if let Some(why) = clash(arguments, &loader.sources) {
        talk(&format!("countersign: {}\n", style(Stream::Errors, arguments.wishes()).shown(&why)));
        return Exit::CouldNotJudge;
    }
    let settings = Settings {
        at: arguments.at.unwrap_or_else(now),
        approvals,
        extent: if arguments.full { Extent::Everything } else { Extent::Changes },
        max_requests: arguments.max_requests,
        import,
    };
    let sources = Arc::new(std::mem::take(&mut loader.sources));
    let answers = impact(&sources, &inputs, &settings, &mut loader.sink);
    let mut exit = if inputs.plans.len() < chosen.plans.len() { Exit::CouldNotJudge } else { Exit::Success };
    let mut reports: Vec<ImpactReport> = Vec::new();
    for answer in answers {
        exit = exit.worst(match answer {
            Answer::Told(report) => {
                reports.push(*report);
                Exit::Success
            }
            Answer::NothingToJudge => {
                talk("countersign: nothing to answer for: a plan has no steps\n");
                Exit::NothingToJudge
            }
            Answer::CouldNotJudge => Exit::CouldNotJudge,
        });
    }
    tell(loader, &sources, &style(Stream::Errors, arguments.wishes()));
    let written = write(arguments, &Impacts { reports: &reports, given: chosen.plans.len() });
    importing::tell(reports.iter().flat_map(|report| &report.imports), arguments.wishes());
    exit.worst(written)
}

impl Arguments {
    fn wishes(&self) -> Wishes {
        let verbosity = if self.verbose { Verbosity::Verbose } else { Verbosity::Normal };
        Wishes { colour: self.color, width: self.width.map(usize::from), verbosity }
    }
}

/// Takes each key from the command line, or else from the configuration.
fn choose(arguments: &Arguments, loader: &mut Loader) -> Option<Configuration> {
    let given = |paths: &[PathBuf]| paths.iter().map(NamedPath::given).collect::<Vec<_>>();
    let complete = !arguments.plans.is_empty() && !arguments.estates.is_empty() && arguments.bundle.is_some();
    let file = match &arguments.config {
        Some(path) => Some((path.clone(), Origin::Named)),
        None if complete => None,
        None => find_configuration().map(|path| (path, Origin::Found)),
    };
    let mut chosen = match file {
        Some((path, origin)) => load_configuration(loader, &path, origin)?,
        None => Configuration::default(),
    };
    if !arguments.plans.is_empty() {
        chosen.plans = given(&arguments.plans);
    }
    if !arguments.estates.is_empty() {
        chosen.estates = given(&arguments.estates);
    }
    if let Some(bundle) = &arguments.bundle {
        chosen.bundle = Some(NamedBundle::given(bundle));
    }
    Some(chosen)
}

/// Reads everything; `None` where the bundle, the estate or the approvals are not usable.
fn load(
    arguments: &Arguments,
    chosen: &Configuration,
    loader: &mut Loader,
) -> Option<(Inputs, Vec<SourceId>, import::Options)> {
    let import = arguments.importing.options(loader);
    let plans: Vec<_> = chosen.plans.iter().map(|plan| loader.named(plan, Role::Plan)).collect();
    let estates: Vec<_> = chosen.estates.iter().map(|estate| loader.named(estate, Role::Estate)).collect();
    let approvals = arguments.approvals.iter().map(NamedPath::given);
    let approvals: Vec<_> = approvals.map(|file| loader.named(&file, Role::Approvals)).collect();
    let absent = |what: &str, flag: &str| {
        Diagnostic::new(Code::Configuration, format!("no {what} is given"))
            .hint(format!("name one with `{flag}`, or in `countersign.toml`"))
    };
    let needs_estate = estates.is_empty() && !bring_estates(&plans, import.as_ref(), loader);
    if needs_estate {
        loader.sink.push(absent("estate", "--estate"));
    }
    let bundle = match &chosen.bundle {
        Some(bundle) => load_bundle(loader, bundle),
        None => {
            loader.sink.push(absent("bundle", "--bundle"));
            None
        }
    };
    let estates = estates.into_iter().collect::<Option<Vec<_>>>().filter(|_| !needs_estate);
    let inputs = Inputs { plans: plans.into_iter().flatten().collect(), estates: estates?, bundle: bundle? };
    Some((inputs, approvals.into_iter().collect::<Option<_>>()?, import?))
}

/// Why the results cannot go where they should: two to one file, or one over an input.
fn clash(arguments: &Arguments, sources: &SourceMap) -> Option<String> {
    let mut targets: Vec<PathBuf> = Vec::new();
    for output in &arguments.outputs {
        let target = identity(&output.path);
        if targets.contains(&target) {
            return Some(format!("two results would be written to `{}`", output.path.display()));
        }
        targets.push(target);
    }
    let is_target = |path: &str| PathBuf::from(path).canonicalize().is_ok_and(|path| targets.contains(&path));
    let input = sources.iter().map(|(_, source)| source.path()).find(|path| is_target(path))?;
    Some(format!("a result would be written over the input `{input}`"))
}

/// Tells everything that was found while reading.
fn tell(loader: Loader, sources: &SourceMap, style: &Style) {
    let mut texts: Vec<String> = loader.errors.iter().map(|error| load_error(error, style)).collect();
    let found = loader.sink.into_sorted();
    if !found.is_empty() {
        texts.push(diagnostics(&found, sources, style));
    }
    if !texts.is_empty() {
        talk(&(texts.join("\n") + "\n"));
    }
}

fn could_not(mut loader: Loader, wishes: Wishes) -> Exit {
    let sources = std::mem::take(&mut loader.sources);
    tell(loader, &sources, &style(Stream::Errors, wishes));
    talk("countersign: could not answer\n");
    Exit::CouldNotJudge
}

/// Writes every result that was asked for; one that fails does not stop the others.
fn write(arguments: &Arguments, impacts: &Impacts<'_>) -> Exit {
    if impacts.reports.is_empty() {
        return Exit::Success;
    }
    let mut exit = Exit::Success;
    let in_file = Style { verbosity: arguments.wishes().verbosity, ..Style::plain() };
    for output in &arguments.outputs {
        if let Err(error) = write_file(&output.path, &(output.renderer.render)(impacts, &in_file)) {
            exit = exit.worst(not_written(&error));
        }
    }
    match print(&(arguments.format.render)(impacts, &style(Stream::Output, arguments.wishes()))) {
        Ok(()) => exit,
        Err(error) => exit.worst(not_written(&error)),
    }
}
