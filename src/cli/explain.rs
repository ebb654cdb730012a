//! `countersign explain`: everything about the outcome of one step.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Exit;
use super::check::{self, Task, Telling};
use super::inputs::InputArguments;
use super::output::{printed, talk};
use super::terminal::{Colour, Stream, Wishes, style};
use crate::check::{Advice, Detail};
use crate::diagnostic::nearest;
use crate::report::render::{Batch, Renderer, Verbosity, explanation};
use crate::report::{Report, Terms};
use crate::source::visible;

/// Explain the outcome of a step: every policy that decided, or nearly did, part by part
///
/// Each part of a policy is shown with its value, with what it read, and with where that comes from: a place in a
/// file, or the step of the plan that brought it about. Permits are explained as fully as denials. One refused step
/// comes with the changes that would make it allowed, each judged before it is told; `--all` leaves them out. The
/// exit code is that of `check`.
#[derive(Debug, Args)]
#[command(after_help = super::exit::TABLE, override_usage = "countersign explain [OPTIONS] [PLAN] STEP\n       countersign explain [OPTIONS] --all [PLAN]")]
pub struct Arguments {
    /// The plan, if it is not that of `countersign.toml`, and the step as `phase/step`
    #[arg(value_name = "[PLAN] STEP", num_args = 1..=2, required_unless_present = "all")]
    words: Vec<PathBuf>,
    /// Explain every step of the plan
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    inputs: InputArguments,
    /// What to print
    #[arg(long, value_enum, value_name = "F", default_value_t)]
    format: Format,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: Colour,
    /// Columns to fit the text into; those of the terminal if absent, any number in a pipe
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    width: Option<u16>,
}

/// How an explanation is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Trees, for people.
    #[default]
    Text,
    /// countersign.report/1, with the steps that were asked for.
    Json,
}

/// Judges the plan, and tells one step or all.
pub fn run(arguments: &Arguments) -> Exit {
    let (plans, detail) = match (arguments.all, arguments.words.as_slice()) {
        (true, plans @ ([] | [_])) => (plans, Detail::AllSteps),
        (false, [plans @ .., step]) => (plans, Detail::Step(step.to_string_lossy().into_owned())),
        _ => {
            talk("countersign: name a step, or give `--all` and at most a plan\n");
            return Exit::CouldNotJudge;
        }
    };
    let wishes = Wishes {
        colour: arguments.color,
        width: arguments.width.map(usize::from),
        verbosity: Verbosity::Normal,
    };
    let advice = match detail {
        Detail::Step(_) => Advice::Sought,
        Detail::Outcomes | Detail::AllSteps | Detail::Refused(_) | Detail::Worst(_) => Advice::Omitted,
    };
    let task = Task {
        plans,
        inputs: &arguments.inputs,
        outputs: &[],
        wishes,
        detail: detail.clone(),
        advice,
        appendix: false,
        terms: Terms::default(),
        telling: Telling::Afterwards,
        cross_check: None,
    };
    check::judge(task, |batch, wishes| tell(batch, &detail, arguments.format, wishes))
}

/// Prints what was asked for; a step that no plan has is an error.
fn tell(batch: &Batch<'_>, detail: &Detail, format: Format, wishes: Wishes) -> Exit {
    let told: Vec<Report> = batch.reports.iter().filter_map(|report| part(report, detail)).collect();
    if let (Detail::Step(asked), true) = (detail, told.is_empty() && !batch.reports.is_empty()) {
        let known = batch.reports.iter().flat_map(|report| &report.steps).map(|step| step.id.as_str());
        let meant = nearest(asked, known)
            .map_or(String::new(), |name| format!("; did you mean `{}`?", visible(name)));
        talk(&format!("countersign: the plan has no step `{}`{meant}\n", visible(asked)));
        return Exit::CouldNotJudge;
    }
    let style = style(Stream::Output, wishes);
    match (format, Renderer::named("json")) {
        (Format::Json, Some(json)) => {
            let given = if told.len() == 1 { 1 } else { batch.given };
            printed(&(json.render)(&Batch { reports: &told, given, problems: None }, &style))
        }
        _ => printed(&told.iter().map(|report| explanation(report, &style)).collect::<Vec<_>>().join("\n")),
    }
}

/// A report cut to the steps that were asked for; nothing where it has none of them.
fn part(report: &Report, detail: &Detail) -> Option<Report> {
    let mut part = report.clone();
    part.steps.retain(|step| detail.covers(&step.id));
    part.findings.retain(|finding| finding.step.as_ref().is_none_or(|step| detail.covers(step)));
    (!part.steps.is_empty()).then_some(part)
}
