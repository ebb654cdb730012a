//! `countersign report`: one page for the files.

use std::path::PathBuf;

use clap::Args;

use super::Exit;
use super::check::targets::{Target, target, write_files};
use super::check::{self, Task, Telling};
use super::inputs::InputArguments;
use super::output::printed;
use super::terminal::{Colour, Stream, Wishes, style};
use crate::check::{Advice, Detail};
use crate::report::Terms;
use crate::report::render::{Batch, MOST_STEPS_OF_A_PAGE, Renderer, Verbosity};

/// Write a page for the files: verdict, findings, order, every step explained, rights, impact, inputs
///
/// The page is one HTML file that loads nothing and can be read without script. It holds what `check --remedies`,
/// `explain --all`, `graph`, `rights` and `impact` say of the plan, and the digest of every file that was read.
/// Without `--output` it goes to standard output. The exit code is that of `check`.
#[derive(Debug, Args)]
#[command(after_help = super::exit::TABLE)]
pub struct Arguments {
    /// The plan, if it is not that of `countersign.toml`; `-` is standard input
    plans: Vec<PathBuf>,
    #[command(flatten)]
    inputs: InputArguments,
    /// Write to a file instead, such as html=report.html; other formats of the same judgement may follow
    #[arg(long = "output", value_name = "F=PATH", value_parser = target)]
    outputs: Vec<Target>,
    /// Print what the report is evidence of, control by control: present, absent or not in scope. The page is
    /// then written only where `--output` names it
    #[arg(long)]
    controls: bool,
    /// When to use colours in messages
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: Colour,
}

/// Judges the plan in full detail, and writes the page.
pub fn run(arguments: &Arguments) -> Exit {
    // Controls follow from the judgement alone.
    let in_full = !arguments.controls || !arguments.outputs.is_empty();
    let task = Task {
        plans: &arguments.plans,
        inputs: &arguments.inputs,
        outputs: &arguments.outputs,
        wishes: Wishes { colour: arguments.color, width: None, verbosity: Verbosity::Normal },
        detail: if in_full { Detail::Worst(MOST_STEPS_OF_A_PAGE) } else { Detail::Outcomes },
        advice: if in_full { Advice::Sought } else { Advice::Omitted },
        appendix: in_full,
        terms: Terms::default(),
        telling: Telling::Afterwards,
        cross_check: None,
    };
    check::judge(task, |batch, wishes| write(arguments, batch, wishes))
}

fn write(arguments: &Arguments, batch: &Batch<'_>, wishes: Wishes) -> Exit {
    if batch.reports.is_empty() && batch.problems.is_none() {
        return Exit::Success;
    }
    let written = match arguments.outputs.as_slice() {
        [] => Exit::Success,
        outputs => write_files(outputs, batch, wishes),
    };
    let shown = match (arguments.controls, arguments.outputs.is_empty()) {
        (true, _) => Renderer::named("controls"),
        (false, true) => Renderer::named("html"),
        (false, false) => None,
    };
    match shown {
        Some(shown) if written == Exit::Success => {
            printed(&(shown.render)(batch, &style(Stream::Output, wishes)))
        }
        _ => written,
    }
}
