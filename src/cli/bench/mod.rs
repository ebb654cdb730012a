//! `countersign bench`: how long the gate takes on inputs of your own, part by part.

mod apart;
mod gate;
mod text;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::check::selection::{self, Loaded};
use super::ground::Format;
use super::inputs::InputArguments;
use super::output::{printed, talk};
use super::terminal::{Stream, Wishes, style};
use super::{Exit, load_error};
use crate::load::Loader;
use crate::report::Tool;
use crate::report::bench::{Amounts, BENCH_SCHEMA, BenchReport, Rates, Timing};
use crate::report::render::{counted, diagnostics};
use crate::source::SourceMap;

/// Measure the gate: how long each part of it takes, and how much memory it needs
///
/// Runs what `check --format jsonl` runs on the same inputs, into a file that is then dropped, and says how long it
/// took. Parts that can run by themselves are measured apart as well. Takes the inputs of `countersign.toml` as
/// `check` does. Whether the plans are approved makes no difference: what was measured ends with 0.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Plans to judge
    plans: Vec<PathBuf>,
    #[command(flatten)]
    inputs: InputArguments,
    /// How often to measure everything
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    runs: u16,
    /// What to print
    #[arg(long, value_enum, value_name = "F", default_value_t)]
    format: Format,
}

/// Inputs that were read.
struct Read {
    loaded: Loaded,
    sources: Arc<SourceMap>,
    loader: Loader,
}

/// Why there is nothing to tell.
enum Failure {
    /// What is wrong with the inputs is in the loader.
    Inputs(Loader, Arc<SourceMap>),
    /// A plan has no steps.
    NoSteps,
    /// The lines could not be written.
    Unwritten(std::io::Error),
}

/// Measures, and tells.
pub fn run(arguments: &Arguments) -> Exit {
    match measure(arguments) {
        Ok(report) => match arguments.format {
            Format::Json => printed(&crate::report::render::json(&report)),
            Format::Text => printed(&text::of(&report)),
        },
        Err(Failure::Inputs(loader, sources)) => tell(loader, &sources),
        Err(Failure::NoSteps) => {
            talk("countersign: nothing to measure: a plan has no steps\n");
            Exit::NothingToJudge
        }
        Err(Failure::Unwritten(error)) => {
            super::output::not_written(&super::output::WriteError::Output(error))
        }
    }
}

fn measure(arguments: &Arguments) -> Result<BenchReport, Failure> {
    let mut gate = gate::Measured::default();
    let mut peak_memory = None;
    for run in 0..arguments.runs {
        gate.run(arguments)?;
        if run == 0 {
            peak_memory = peak();
        }
    }
    let mut apart = apart::Measured::default();
    for _ in 0..arguments.runs {
        apart.run(arguments)?;
    }
    let amounts = Amounts { entities: apart.entities, policies: apart.policies, ..gate.amounts };
    let whole = Timing::of("gate", gate.whole);
    let inside = vec![
        Timing::of("files to texts", gate.loading),
        Timing::of("estate to document", gate.reading),
        Timing::of("deciding and formatting", gate.deciding),
        Timing::of("writing", gate.writing),
    ];
    let apart = apart.timings();
    let of = |phases: &[Timing], name: &str, amount| {
        phases.iter().find(|timing| timing.phase == name).and_then(|timing| timing.rate(amount))
    };
    let rates = Rates {
        steps_decided: of(&inside, "deciding and formatting", amounts.steps),
        steps: whole.rate(amounts.steps),
        entities: of(&apart, "estate: read and resolved", amounts.entities),
        bytes: whole.rate(amounts.bytes_read),
    };
    Ok(BenchReport {
        schema: BENCH_SCHEMA.to_owned(),
        tool: Tool::this(),
        runs: usize::from(arguments.runs),
        threads: arguments.inputs.effort().threads.count(),
        amounts,
        gate: whole,
        inside,
        apart,
        rates,
        peak_memory,
    })
}

/// Reads everything that is to be judged.
fn read(arguments: &Arguments) -> Result<Read, Failure> {
    let mut loader = Loader::new();
    let selection = selection::select(&arguments.plans, &arguments.inputs, &mut loader);
    let loaded = selection.and_then(|selection| {
        let loaded = selection::load(&selection, &arguments.inputs.importing, &mut loader)?;
        let complete = !loaded.plans.is_empty() && loaded.plans.iter().all(Option::is_some);
        complete.then_some(loaded)
    });
    let sources = Arc::new(std::mem::take(&mut loader.sources));
    match loaded {
        Some(loaded) => Ok(Read { loaded, sources, loader }),
        None => Err(Failure::Inputs(loader, sources)),
    }
}

/// Tells what is wrong with the inputs.
fn tell(loader: Loader, sources: &SourceMap) -> Exit {
    let style = style(Stream::Errors, Wishes::default());
    let errors = loader.failures();
    let mut texts: Vec<String> = loader.errors.iter().map(|error| load_error(error, &style)).collect();
    let found = loader.sink.into_sorted();
    if !found.is_empty() {
        texts.push(diagnostics(&found, sources, &style));
    }
    texts.push(format!("countersign: could not measure: {}", counted(errors, "error")));
    talk(&(texts.join("\n") + "\n"));
    Exit::CouldNotJudge
}

/// The most memory that this process held, in bytes, where the system is a Linux.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
