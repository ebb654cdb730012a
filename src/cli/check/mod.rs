//! `countersign check`: the gate.

mod judged;
mod selection;
mod targets;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::output::talk;
use super::terminal::{Colour, Stream, Wishes, style};
use super::{Exit, load_error};
use crate::check::{Answer, Settings, check_with};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::load::Loader;
use crate::report::render::{Batch, Renderer, Verbosity, counted, diagnostics};
use crate::source::SourceMap;
use judged::{Judged, names};
use selection::{Loaded, Selection};
use targets::Target;

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
    /// Approvals and overrides, from where the plan's author cannot write
    #[arg(long = "approvals", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// Who submits the plan, as the surroundings know it; must be the plan's author
    #[arg(long, value_name = "UID")]
    author: Option<String>,
    /// The oldest that the estate's `taken` may be, such as 36h; an older or undated one is refused
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    max_age: Option<SignedDuration>,
    /// How many states to look at for one step before it is indeterminate
    #[arg(long, value_name = "N", default_value_t = crate::decide::MAX_ORDERS)]
    max_orders: usize,
    /// The instant to judge for, RFC 3339; the present if absent
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Timestamp>,
    /// What to print
    #[arg(long, value_name = "F", default_value = "text", value_parser = targets::renderers())]
    format: &'static Renderer,
    /// Write a result to a file as well
    #[arg(long = "output", value_name = "F=PATH", value_parser = targets::target)]
    outputs: Vec<Target>,
    /// The configuration to use, instead of looking for one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print only findings and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Print the reasons, the context and the place in the order of every step
    #[arg(short, long)]
    verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: Colour,
    /// Columns to fit the text into; those of the terminal if absent, any number in a pipe
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    width: Option<u16>,
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

fn duration(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration.is_positive() => Ok(duration),
        _ => Err("write it as 36h, 90m or PT36H".to_owned()),
    }
}

/// Judges the plans, writes the results, tells the rest.
pub fn run(arguments: &Arguments) -> Exit {
    let mut run = Run { wishes: arguments.wishes(), loader: Loader::new() };
    if let Some(path) = targets::twice(&arguments.outputs) {
        return run.refuse(&format!("two results would be written to `{path}`"));
    }
    let Some(selection) = selection::select(arguments, &mut run.loader) else {
        return run.could_not_judge("anything");
    };
    if selection.plans.is_empty() {
        talk("countersign: nothing to judge: no plan is given, neither here nor in `countersign.toml`\n");
        return Exit::NothingToJudge;
    }
    let Some(inputs) = selection::load(&selection, &mut run.loader) else {
        let plans: Vec<&str> = selection.plans.iter().map(|plan| plan.shown.as_str()).collect();
        return run.could_not_judge(&names(&plans));
    };
    if let Some(path) = targets::overwritten(&arguments.outputs, &run.loader.sources) {
        return run.refuse(&format!("a result would be written over the input `{path}`"));
    }
    run.judge(arguments, &selection, inputs)
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

/// One run of the command.
#[derive(Debug)]
struct Run {
    wishes: Wishes,
    loader: Loader,
}

impl Run {
    fn judge(mut self, arguments: &Arguments, selection: &Selection, loaded: Loaded) -> Exit {
        let settings = Settings {
            at: arguments.at.unwrap_or_else(now),
            approvals: loaded.approvals,
            author: arguments.author.clone(),
            max_age: arguments.max_age,
            max_orders: arguments.max_orders,
        };
        let sources = Arc::new(std::mem::take(&mut self.loader.sources));
        let mut answers = check_with(&sources, &loaded.inputs, &settings, &mut self.loader.sink).into_iter();
        let mut judged = Judged::default();
        for (plan, id) in selection.plans.iter().zip(&loaded.plans) {
            let answer = id.and_then(|_| answers.next()).unwrap_or(Answer::CouldNotJudge);
            judged.take(&plan.shown, answer);
        }
        let wishes = self.wishes;
        let errors = self.tell(&sources);
        let batch = Batch { reports: &judged.reports, given: selection.plans.len() };
        let written = targets::write(arguments, &batch, wishes);
        judged.tell(errors, &style(Stream::Errors, wishes));
        judged.exit.worst(written)
    }

    /// Tells everything that was found while reading, and gives the number of errors.
    fn tell(self, sources: &SourceMap) -> usize {
        let style = style(Stream::Errors, self.wishes);
        let found = self.loader.sink.into_sorted();
        let is_error =
            |found: &&Diagnostic| found.severity == Severity::Error && found.code != Code::NothingToJudge;
        let errors = self.loader.errors.len() + found.iter().filter(is_error).count();
        let mut texts: Vec<String> =
            self.loader.errors.iter().map(|error| load_error(error, &style)).collect();
        if !found.is_empty() {
            texts.push(diagnostics(&found, sources, &style));
        }
        if !texts.is_empty() {
            talk(&(texts.join("\n") + "\n"));
        }
        errors
    }

    fn could_not_judge(mut self, what: &str) -> Exit {
        let style = style(Stream::Errors, self.wishes);
        let sources = std::mem::take(&mut self.loader.sources);
        let errors = self.tell(&sources);
        talk(&format!("countersign: could not judge {}: {}\n", style.shown(what), counted(errors, "error")));
        Exit::CouldNotJudge
    }

    fn refuse(&self, why: &str) -> Exit {
        talk(&format!("countersign: {}\n", style(Stream::Errors, self.wishes).shown(why)));
        Exit::CouldNotJudge
    }
}
