//! `countersign graph`: the order of the steps, with their outcomes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Exit;
use super::check::{self, Task, Telling};
use super::inputs::InputArguments;
use super::output::printed;
use super::terminal::{Colour, Stream, Wishes, style};
use crate::check::{Advice, Detail};
use crate::report::Terms;
use crate::report::render::{Batch, Renderer, Verbosity, outline};

/// Draw the order of the steps: phases, waves, outcomes and the critical path
///
/// Steps of one wave can run side by side; the critical path is a longest chain of steps that wait for each other.
/// Drawings of thousands of steps show whole phases as one box each, and say so. The exit code is that of `check`.
#[derive(Debug, Args)]
#[command(after_help = super::exit::TABLE)]
pub struct Arguments {
    /// The plan, if it is not that of `countersign.toml`; `-` is standard input
    plans: Vec<PathBuf>,
    #[command(flatten)]
    inputs: InputArguments,
    /// What to print
    #[arg(long, value_enum, value_name = "F", default_value_t)]
    format: Format,
    /// Print every step, however many there are
    #[arg(short, long)]
    verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: Colour,
    /// Columns to fit the text into; those of the terminal if absent, any number in a pipe
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    width: Option<u16>,
}

/// How a graph is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Waves and what waits for what, for people
    #[default]
    Text,
    /// The language of Graphviz
    Dot,
    /// A Mermaid flowchart
    Mermaid,
    /// A picture
    Svg,
}

impl Format {
    fn renderer(self) -> Option<&'static Renderer> {
        match self {
            Format::Text => None,
            Format::Dot => Renderer::named("dot"),
            Format::Mermaid => Renderer::named("mermaid"),
            Format::Svg => Renderer::named("svg"),
        }
    }
}

/// Judges the plan, and draws its graph.
pub fn run(arguments: &Arguments) -> Exit {
    let verbosity = if arguments.verbose { Verbosity::Verbose } else { Verbosity::Normal };
    let task = Task {
        plans: &arguments.plans,
        inputs: &arguments.inputs,
        outputs: &[],
        wishes: Wishes { colour: arguments.color, width: arguments.width.map(usize::from), verbosity },
        detail: Detail::Outcomes,
        advice: Advice::Omitted,
        appendix: false,
        terms: Terms::default(),
        telling: Telling::Afterwards,
        cross_check: None,
    };
    check::judge(task, |batch, wishes| draw(batch, arguments.format, wishes))
}

fn draw(batch: &Batch<'_>, format: Format, wishes: Wishes) -> Exit {
    if batch.reports.is_empty() {
        return Exit::Success;
    }
    let style = style(Stream::Output, wishes);
    match format.renderer() {
        Some(renderer) => printed(&(renderer.render)(batch, &style)),
        None => {
            let graphs: Vec<String> = batch.reports.iter().map(|report| outline(report, &style)).collect();
            printed(&graphs.join("\n"))
        }
    }
}
