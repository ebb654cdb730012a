//! The flags that say what is judged, and as of when.

use std::path::PathBuf;

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::importing::ImportArguments;
use crate::decide::Effort;
use crate::parallel::Threads;

/// The flags that every command has that judges plans.
#[derive(Debug, Args)]
pub(super) struct InputArguments {
    /// The bundle of policies: a folder, or the name of one that ships in the program
    #[arg(long, value_name = "DIR|NAME")]
    pub(super) bundle: Option<String>,
    /// The bundle as it was before the change that is checked: it judges, and a difference rejects
    #[arg(long, value_name = "DIR|NAME")]
    pub(super) base_bundle: Option<String>,
    /// The entities as they are before the plan; several files are one estate
    #[arg(long = "estate", value_name = "FILE")]
    pub(super) estates: Vec<PathBuf>,
    /// Approvals and overrides, from where the plan's author cannot write
    #[arg(long = "approvals", value_name = "FILE")]
    pub(super) approvals: Vec<PathBuf>,
    /// The approvals as they were before the change that is checked: they count, and a new one rejects
    #[arg(long = "base-approvals", value_name = "FILE")]
    pub(super) base_approvals: Vec<PathBuf>,
    /// Who submits the plan, as the surroundings know it; must be the plan's author
    #[arg(long, value_name = "UID")]
    pub(super) author: Option<String>,
    /// The oldest that the estate's `taken` may be, such as 36h; an older or undated one is refused
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) max_age: Option<SignedDuration>,
    /// How many states to look at for one step before it is indeterminate
    #[arg(long, value_name = "N", default_value_t = crate::decide::MAX_ORDERS)]
    pub(super) max_orders: usize,
    /// How many threads to work with; as many as the machine runs at the same time if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) threads: Option<u16>,
    /// The instant to judge for, RFC 3339; the present if absent
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(super) at: Option<Timestamp>,
    /// The configuration to use, instead of looking for one
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) importing: ImportArguments,
}

impl InputArguments {
    /// How much work judging may be.
    pub(super) fn effort(&self) -> Effort {
        let threads = self.threads.map_or_else(Threads::default, |count| Threads::new(count.into()));
        Effort { max_orders: self.max_orders, threads }
    }

    /// The instant to judge for; the present in whole seconds if none is given.
    pub(super) fn instant(&self) -> Timestamp {
        self.at.unwrap_or_else(now)
    }
}

/// The present, in whole seconds.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// RFC 3339, which the parser below would extend by time zone annotations and shorter forms.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let form = "write it as 2026-11-22T06:00:00Z";
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-+:.TZtz".contains(&byte));
    match text.parse::<Timestamp>() {
        Ok(instant) if plain && text.len() >= "2026-11-22T06:00:00Z".len() => Ok(instant),
        _ => Err(form.to_owned()),
    }
}

/// A positive duration.
pub(super) fn duration(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration.is_positive() => Ok(duration),
        _ => Err("write it as 36h, 90m or PT36H".to_owned()),
    }
}
