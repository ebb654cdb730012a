//! `countersign check`: the gate.

use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args};
use jiff::Timestamp;

use super::output::{identity, not_written, print, talk, write_file};
use super::terminal::{Colour, Stream, Wishes, style};
use super::{Exit, load_error};
use crate::check::{Answer, Inputs, check};
use crate::diagnostic::{Code, Diagnostic};
use crate::load::{
    Configuration, Loader, NamedBundle, NamedPath, Origin, find_configuration, load_bundle, load_configuration,
};
use crate::report::render::{Batch, RENDERERS, Renderer, Style, Verbosity, counted, diagnostics};
use crate::report::{Report, Verdict};
use crate::source::{Role, SourceId};

/// Judge plans: is every step authorised in the state that the steps before it leave behind?
///
/// What is not given here is taken from `countersign.toml`, which is looked for in the working directory and
/// above it: `bundle`, `estate`, `plans`. A flag replaces the key of the file.
///
/// The result goes to standard output, everything else to standard error. With one plan, `--format json` prints a
/// report object; with several, a list of objects, in which a plan that could not be judged is absent. The exit
/// code tells about all plans: 0 only where each was judged and approved.
#[derive(Debug, Args)]
#[command(after_help = super::exit::TABLE)]
pub struct Arguments {
    /// Plans to judge; `-` is standard input
    plans: Vec<PathBuf>,
    /// The bundle of policies: a folder, or the name of one that ships in the program
    #[arg(long, value_name = "DIR|NAME")]
    bundle: Option<String>,
    /// The entities as they are before the plan; several files are one estate
    #[arg(long = "estate", value_name = "FILE")]
    estates: Vec<PathBuf>,
    /// The instant to judge for, RFC 3339; the present if absent
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Timestamp>,
    /// What to print
    #[arg(long, value_name = "F", default_value = "text", value_parser = renderers())]
    format: &'static Renderer,
    /// Write a result to a file as well
    #[arg(long = "output", value_name = "F=PATH", value_parser = target)]
    outputs: Vec<Target>,
    /// The configuration to use, instead of looking for one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print only findings and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Print the reasons, the context and the place in the order of every step
    #[arg(short, long, action = ArgAction::SetTrue)]
    verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: Colour,
    /// Columns to fit the text into; those of the terminal if absent, any number in a pipe
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    width: Option<u16>,
}

/// A file to write, and what to write into it.
#[derive(Clone, Debug)]
struct Target {
    renderer: &'static Renderer,
    path: PathBuf,
}

fn renderers() -> impl TypedValueParser<Value = &'static Renderer> {
    let values = RENDERERS.iter().map(|renderer| PossibleValue::new(renderer.name).help(renderer.doc));
    PossibleValuesParser::new(values).try_map(|name| Renderer::named(&name).ok_or("unknown format"))
}

fn target(text: &str) -> Result<Target, String> {
    let Some((name, path)) = text.split_once('=') else { return Err("write it as FORMAT=PATH".to_owned()) };
    let names = || RENDERERS.iter().map(|renderer| renderer.name).collect::<Vec<_>>().join(", ");
    let renderer = Renderer::named(name).ok_or_else(|| format!("the format is not one of {}", names()))?;
    match path {
        "" => Err("the path is missing".to_owned()),
        "-" => Err("what goes to standard output is said by `--format`".to_owned()),
        path => Ok(Target { renderer, path: PathBuf::from(path) }),
    }
}

/// RFC 3339, which the parser below would extend by time zone annotations and shorter forms.
fn instant(text: &str) -> Result<Timestamp, String> {
    let form = "write it as 2026-11-22T06:00:00Z";
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-+:.TZtz".contains(&byte));
    match text.parse::<Timestamp>() {
        Ok(instant) if plain && text.len() >= "2026-11-22T06:00:00Z".len() => Ok(instant),
        _ => Err(form.to_owned()),
    }
}

/// Judges the plans, writes the results, tells the rest.
pub fn run(arguments: &Arguments) -> Exit {
    let mut run = Run { wishes: arguments.wishes(), loader: Loader::new() };
    if let Some(path) = twice(&arguments.outputs) {
        return run.refuse(&format!("two results would be written to `{path}`"));
    }
    let Some(selection) = select(arguments, &mut run.loader) else { return run.could_not_judge("anything") };
    if selection.plans.is_empty() {
        talk("countersign: nothing to judge: no plan is given, neither here nor in `countersign.toml`\n");
        return Exit::NothingToJudge;
    }
    let Some(inputs) = load(&selection, &mut run.loader) else {
        let plans: Vec<&str> = selection.plans.iter().map(|plan| plan.shown.as_str()).collect();
        return run.could_not_judge(&names(&plans));
    };
    if let Some(path) = overwritten(&arguments.outputs, &run.loader) {
        return run.refuse(&format!("a result would be written over the input `{path}`"));
    }
    let at = arguments.at.unwrap_or_else(now);
    run.judge(arguments, &selection, inputs, at)
}

/// The present, in whole seconds.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

impl Arguments {
    fn wishes(&self) -> Wishes {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        Wishes { colour: self.color, width: self.width.map(usize::from), verbosity }
    }
}

/// What is to be judged, from the command line and the configuration.
#[derive(Debug)]
struct Selection {
    plans: Vec<NamedPath>,
    estates: Vec<NamedPath>,
    bundle: Option<NamedBundle>,
}

/// Takes each key from the command line, or else from the configuration.
fn select(arguments: &Arguments, loader: &mut Loader) -> Option<Selection> {
    let given = |paths: &[PathBuf]| paths.iter().map(NamedPath::given).collect::<Vec<_>>();
    let plans = given(&arguments.plans);
    let estates = given(&arguments.estates);
    let complete = !plans.is_empty() && !estates.is_empty() && arguments.bundle.is_some();
    let file = match &arguments.config {
        Some(path) => Some((path.clone(), Origin::Named)),
        None if complete => None,
        None => find_configuration().map(|path| (path, Origin::Found)),
    };
    let configuration = match file {
        Some((path, origin)) => load_configuration(loader, &path, origin)?,
        None => Configuration::default(),
    };
    let or = |flag: Vec<NamedPath>, key| if flag.is_empty() { key } else { flag };
    Some(Selection {
        plans: or(plans, configuration.plans),
        estates: or(estates, configuration.estates),
        bundle: arguments.bundle.as_ref().map(NamedBundle::given).or(configuration.bundle),
    })
}

/// What was loaded; a plan that could not be read is `None`, the others are judged all the same.
#[derive(Debug)]
struct Loaded {
    plans: Vec<Option<SourceId>>,
    inputs: Inputs,
}

fn load(selection: &Selection, loader: &mut Loader) -> Option<Loaded> {
    let plans: Vec<_> = selection.plans.iter().map(|plan| loader.named(plan, Role::Plan)).collect();
    let estates: Vec<_> = selection.estates.iter().map(|estate| loader.named(estate, Role::Estate)).collect();
    let absent = |what: &str, flag: &str| {
        Diagnostic::new(Code::Configuration, format!("no {what} is given"))
            .hint(format!("name one with `{flag}`, or in `countersign.toml`"))
    };
    if estates.is_empty() {
        loader.sink.push(absent("estate", "--estate"));
    }
    let bundle = match &selection.bundle {
        Some(bundle) => load_bundle(loader, bundle),
        None => {
            loader.sink.push(absent("bundle", "--bundle"));
            None
        }
    };
    let estates = estates.into_iter().collect::<Option<Vec<_>>>().filter(|estates| !estates.is_empty());
    let readable = plans.iter().copied().flatten().collect();
    Some(Loaded { plans, inputs: Inputs { plans: readable, estates: estates?, bundle: bundle? } })
}

/// A path that two results would be written to.
fn twice(outputs: &[Target]) -> Option<String> {
    let paths: Vec<PathBuf> = outputs.iter().map(|output| identity(&output.path)).collect();
    let again = paths.iter().enumerate().find(|(at, path)| paths.iter().take(*at).any(|other| other == *path));
    again.and_then(|(at, _)| outputs.get(at)).map(|output| output.path.display().to_string())
}

/// An input that a result would be written over.
fn overwritten(outputs: &[Target], loader: &Loader) -> Option<String> {
    if outputs.is_empty() {
        return None;
    }
    let targets: Vec<PathBuf> = outputs.iter().map(|output| identity(&output.path)).collect();
    let mut paths = loader.sources.iter().map(|(_, source)| source.path());
    paths.find(|path| PathBuf::from(path).canonicalize().is_ok_and(|path| targets.contains(&path))).map(str::to_owned)
}

/// One run of the command.
#[derive(Debug)]
struct Run {
    wishes: Wishes,
    loader: Loader,
}

impl Run {
    fn judge(mut self, arguments: &Arguments, selection: &Selection, loaded: Loaded, at: Timestamp) -> Exit {
        let sources = Arc::new(std::mem::take(&mut self.loader.sources));
        let mut answers = check(&sources, &loaded.inputs, at, &mut self.loader.sink).into_iter();
        self.loader.sources = (*sources).clone();
        let mut judged = Judged::default();
        for (plan, id) in selection.plans.iter().zip(&loaded.plans) {
            let answer = id.and_then(|_| answers.next()).unwrap_or(Answer::CouldNotJudge);
            judged.take(&plan.shown, answer);
        }
        let errors = self.tell();
        let batch = Batch { reports: &judged.reports, given: selection.plans.len() };
        let written = write(arguments, &batch, self.wishes);
        judged.tell(errors, &style(Stream::Errors, self.wishes));
        judged.exit.worst(written)
    }

    /// Tells everything that was found while reading, and gives the number of errors.
    fn tell(&mut self) -> usize {
        let style = style(Stream::Errors, self.wishes);
        let errors = self.loader.failures();
        let mut texts: Vec<String> = self.loader.errors.iter().map(|error| load_error(error, &style)).collect();
        let found = std::mem::take(&mut self.loader.sink).into_sorted();
        if !found.is_empty() {
            texts.push(diagnostics(&found, &self.loader.sources, &style));
        }
        if !texts.is_empty() {
            talk(&(texts.join("\n") + "\n"));
        }
        errors
    }

    fn could_not_judge(mut self, what: &str) -> Exit {
        let errors = self.tell();
        let style = style(Stream::Errors, self.wishes);
        talk(&format!("countersign: could not judge {}: {}\n", style.shown(what), counted(errors, "error")));
        Exit::CouldNotJudge
    }

    fn refuse(&self, why: &str) -> Exit {
        talk(&format!("countersign: {}\n", style(Stream::Errors, self.wishes).shown(why)));
        Exit::CouldNotJudge
    }
}

/// What became of the plans.
#[derive(Debug)]
struct Judged {
    reports: Vec<Report>,
    empty: Vec<String>,
    failed: Vec<String>,
    exit: Exit,
}

impl Default for Judged {
    fn default() -> Self {
        Self { reports: Vec::new(), empty: Vec::new(), failed: Vec::new(), exit: Exit::Success }
    }
}

impl Judged {
    fn take(&mut self, plan: &str, answer: Answer) {
        let exit = match answer {
            Answer::Judged(report) => {
                let exit = match report.verdict {
                    Verdict::Approved => Exit::Success,
                    Verdict::Rejected => Exit::Rejected,
                };
                self.reports.push(*report);
                exit
            }
            Answer::NothingToJudge => {
                self.empty.push(plan.to_owned());
                Exit::NothingToJudge
            }
            Answer::CouldNotJudge => {
                self.failed.push(plan.to_owned());
                Exit::CouldNotJudge
            }
        };
        self.exit = self.exit.worst(exit);
    }

    fn tell(&self, errors: usize, style: &Style) {
        let line = |what: &str, plans: &[String], rest: &str| {
            let plans: Vec<&str> = plans.iter().map(String::as_str).collect();
            if !plans.is_empty() {
                talk(&format!("countersign: {what} {}{rest}\n", style.shown(&names(&plans))));
            }
        };
        line("nothing to judge in", &self.empty, "");
        line("could not judge", &self.failed, &format!(": {}", counted(errors, "error")));
    }
}

fn names(plans: &[&str]) -> String {
    if plans.len() > 3 { counted(plans.len(), "plan") } else { plans.join(", ") }
}

/// Writes every result that was asked for; one that fails does not stop the others.
fn write(arguments: &Arguments, batch: &Batch<'_>, wishes: Wishes) -> Exit {
    if batch.reports.is_empty() {
        return Exit::Success;
    }
    let mut exit = Exit::Success;
    let in_file = Style { verbosity: wishes.verbosity, ..Style::plain() };
    for output in &arguments.outputs {
        if let Err(error) = write_file(&output.path, &(output.renderer.render)(batch, &in_file)) {
            exit = exit.worst(not_written(&error));
        }
    }
    let text = (arguments.format.render)(batch, &style(Stream::Output, wishes));
    match print(&text) {
        Ok(()) => exit,
        Err(error) => exit.worst(not_written(&error)),
    }
}
