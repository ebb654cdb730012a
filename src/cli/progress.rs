//! A bar on the terminal while long work goes on.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::Wishes;
use crate::progress::{Event, Progress, Stage};
use crate::report::render::Verbosity;

/// Shorter work than this is done before anybody has read a bar.
const FEWEST_STEPS: u64 = 2_000;
const FEWEST_BYTES: u64 = 8 << 20;

/// A bar on standard error where a person sits there; else nothing at all.
pub(super) fn progress(wishes: Wishes) -> Progress {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    let watched = io::stderr().is_terminal() && !set("CI") && !set("NO_COLOR") && !dumb;
    match watched && wishes.verbosity != Verbosity::Quiet {
        true => shown(),
        false => Progress::untold(),
    }
}

fn shown() -> Progress {
    let bar: Mutex<Option<ProgressBar>> = Mutex::new(None);
    Progress::to(move |event| {
        let Ok(mut bar) = bar.lock() else { return };
        match event {
            Event::Begin(stage, amount) if is_long(stage, amount) => *bar = Some(bar_of(stage, amount)),
            Event::Begin(..) => *bar = None,
            Event::Advance(amount) => {
                if let Some(bar) = bar.as_ref() {
                    bar.inc(amount);
                }
            }
            Event::End => {
                if let Some(bar) = bar.take() {
                    bar.finish_and_clear();
                }
            }
        }
    })
}

fn is_long(stage: Stage, amount: u64) -> bool {
    match stage {
        Stage::Reading => amount >= FEWEST_BYTES,
        Stage::Deciding | Stage::Explaining => amount >= FEWEST_STEPS,
    }
}

fn bar_of(stage: Stage, amount: u64) -> ProgressBar {
    let (word, template) = match stage {
        Stage::Reading => ("reading", "{msg} {wide_bar} {bytes}/{total_bytes}"),
        Stage::Deciding => ("deciding", "{msg} {wide_bar} {human_pos}/{human_len} steps"),
        Stage::Explaining => ("explaining", "{msg} {wide_bar} {human_pos}/{human_len} steps"),
    };
    let bar = ProgressBar::with_draw_target(Some(amount), ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(word);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
