//! What was measured, as a table for people.

use crate::report::bench::{BenchReport, Timing};
use crate::report::render::counted;

/// The table.
pub(super) fn of(report: &BenchReport) -> String {
    let amounts = &report.amounts;
    let mut text = format!(
        "{}: {}, {}, {}; {} approved\n",
        counted(amounts.plans, "plan"),
        many(amounts.steps, ["step", "steps"]),
        many(amounts.entities, ["entity", "entities"]),
        many(amounts.policies, ["policy", "policies"]),
        amounts.approved,
    );
    text += &format!(
        "{} read, {} written; {}, {}; the median of the runs, and the least to the most\n\n",
        bytes(amounts.bytes_read as f64),
        bytes(amounts.bytes_written as f64),
        counted(report.runs, "run"),
        counted(report.threads, "thread"),
    );
    text += &line("the gate", &report.gate);
    report.inside.iter().for_each(|timing| text += &line(&format!("  {}", timing.phase), timing));
    text += "\nparts of it, each measured apart\n";
    report.apart.iter().for_each(|timing| text += &line(&format!("  {}", timing.phase), timing));
    let rates = &report.rates;
    let rate = |what: &str, rate: Option<f64>| rate.map(|rate| format!("{:<38} {rate:>10.0}/s\n", what));
    text += "\n";
    text += &rate("steps, decided and formatted", rates.steps_decided).unwrap_or_default();
    text += &rate("steps, by the whole gate", rates.steps).unwrap_or_default();
    text += &rate("entities, read and resolved", rates.entities).unwrap_or_default();
    if let Some(rate) = rates.bytes {
        text += &format!("{:<38} {:>10}/s\n", "input, by the whole gate", bytes(rate));
    }
    text += &match report.peak_memory {
        Some(peak) => format!("{:<38} {:>10}\n", "most memory, in the first run", bytes(peak as f64)),
        None => "most memory: this system does not say\n".to_owned(),
    };
    text
}

fn line(what: &str, timing: &Timing) -> String {
    let Timing { median, least, most, .. } = timing;
    format!("{what:<38} {:>10}   {} to {}\n", duration(*median), duration(*least), duration(*most))
}

fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 0.001 => format!("{:.0} µs", seconds * 1e6),
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}

fn bytes(amount: f64) -> String {
    match amount {
        amount if amount < 1e4 => format!("{amount:.0} B"),
        amount if amount < 1e6 => format!("{:.1} kB", amount / 1e3),
        amount => format!("{:.1} MB", amount / 1e6),
    }
}

fn many(number: u64, [one, more]: [&str; 2]) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}
