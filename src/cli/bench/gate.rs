//! The gate as a whole, as `check --format jsonl` runs it.

use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Arguments, Failure, Read, read};
use crate::check::{Answer, Settings, check_in_lines};
use crate::progress::{Event, Progress, Stage};
use crate::report::Verdict;
use crate::report::bench::Amounts;

/// How long each run took, in seconds.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) whole: Vec<f64>,
    pub(super) loading: Vec<f64>,
    pub(super) reading: Vec<f64>,
    pub(super) deciding: Vec<f64>,
    pub(super) writing: Vec<f64>,
    /// Those of the last run.
    pub(super) amounts: Amounts,
}

/// What the gate says of itself while it runs.
#[derive(Debug, Default)]
struct Heard {
    since: Option<(Stage, Instant)>,
    reading: Duration,
    deciding: Duration,
    steps: u64,
}

impl Heard {
    fn hear(&mut self, event: Event) {
        match event {
            Event::Begin(stage, amount) => {
                self.since = Some((stage, Instant::now()));
                self.steps += if stage == Stage::Deciding { amount } else { 0 };
            }
            Event::Advance(_) => {}
            Event::End => match self.since.take() {
                Some((Stage::Reading, since)) => self.reading += since.elapsed(),
                Some((Stage::Deciding, since)) => self.deciding += since.elapsed(),
                _ => {}
            },
        }
    }
}

/// A file that takes lines, and how long it took to take them.
struct Taker {
    file: std::fs::File,
    took: Duration,
    bytes: u64,
    failed: Option<io::Error>,
}

impl Taker {
    fn take(&mut self, lines: &[u8]) -> ControlFlow<()> {
        let clock = Instant::now();
        let written = self.file.write_all(lines);
        self.took += clock.elapsed();
        self.bytes += lines.len() as u64;
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl Measured {
    /// Runs the gate once more.
    pub(super) fn run(&mut self, arguments: &Arguments) -> Result<(), Failure> {
        let file = tempfile::tempfile().map_err(Failure::Unwritten)?;
        let mut taker = Taker { file, took: Duration::ZERO, bytes: 0, failed: None };
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let told = Arc::clone(&heard);
        let tell = move |event| told.lock().unwrap_or_else(PoisonError::into_inner).hear(event);
        let clock = Instant::now();
        let Read { loaded, sources, mut loader, .. } = read(arguments)?;
        let loading = clock.elapsed();
        let inputs = &arguments.inputs;
        let settings = Settings {
            approvals: loaded.approvals,
            author: inputs.author.clone(),
            max_age: inputs.max_age,
            effort: inputs.effort(),
            base: loaded.base,
            base_approvals: loaded.base_approvals,
            progress: Progress::to(tell),
            import: loaded.import,
            ..Settings::at(inputs.instant())
        };
        let mut write = |lines: &[u8]| taker.take(lines);
        let answers = check_in_lines(&sources, &loaded.inputs, &settings, &mut loader.sink, &mut write);
        let whole = clock.elapsed();
        if let Some(error) = taker.failed {
            return Err(Failure::Unwritten(error));
        }
        let mut approved = 0;
        for answer in &answers {
            match answer {
                Answer::Judged(told) => approved += usize::from(told.verdict == Verdict::Approved),
                Answer::NothingToJudge => return Err(Failure::NoSteps),
                Answer::CouldNotJudge => return Err(Failure::Inputs(loader, sources)),
            }
        }
        let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        self.whole.push(whole.as_secs_f64());
        self.loading.push(loading.as_secs_f64());
        self.reading.push(heard.reading.as_secs_f64());
        self.deciding.push(heard.deciding.saturating_sub(taker.took).as_secs_f64());
        self.writing.push(taker.took.as_secs_f64());
        self.amounts = Amounts {
            plans: answers.len(),
            approved,
            steps: heard.steps,
            bytes_read: sources.iter().map(|(_, source)| source.text().len() as u64).sum(),
            bytes_written: taker.bytes,
            ..Amounts::default()
        };
        Ok(())
    }
}
