//! What the access delta of a plan costs as the estate grows.
//!
//! `cargo bench --bench impact [PRINCIPALS]`; each figure is the median of several whole runs, reading
//! the texts included, on plans of a hundred steps.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a bench says what it measured, and ends where its world breaks"
)]

#[path = "../tests/big_world/mod.rs"]
mod big_world;

use std::time::{Duration, Instant};

use big_world::loaded::Texts;
use big_world::{BigWorld, Options};
use countersign::diagnostic::Sink;
use countersign::impact::{Answer, Inputs, Settings, impact};
use countersign::report::impact::ImpactReport;

const RUNS: usize = 3;

fn main() {
    let principals = std::env::args().skip(1).find_map(|word| word.parse().ok());
    let sizes = principals.map_or_else(|| vec![1_000, 10_000, 100_000], |size| vec![size]);
    for principals in sizes {
        let mut took: Vec<Duration> = Vec::new();
        let mut told = None;
        for _ in 0..RUNS {
            let (time, report) = run(principals);
            took.push(time);
            told = Some(report);
        }
        took.sort();
        let report = told.unwrap();
        println!(
            "{principals:>7} principals: {:.2?}, {} rows, {} requests in them, {} questions not asked",
            took[took.len() / 2],
            report.changes.len(),
            report.changes.iter().map(|row| row.requests).sum::<u64>(),
            report.not_asked.len()
        );
    }
}

fn run(principals: usize) -> (Duration, ImpactReport) {
    let options = Options { changing: 0.5, interacting: 0.2, ..Options::new(principals * 5 / 2, 1_000, 100) };
    let world = BigWorld::new(options);
    assert!(world.directory.users.len() >= principals, "{} users", world.directory.users.len());
    let (sources, bundle, [estate, plan]) = Texts::of(&world).sources();
    let inputs = Inputs { plans: vec![plan], estates: vec![estate], bundle };
    let settings = Settings::at("2026-11-22T06:00:00Z".parse().unwrap());
    let mut sink = Sink::new();
    let start = Instant::now();
    let answers = impact(&sources, &inputs, &settings, &mut sink);
    let time = start.elapsed();
    match answers.into_iter().next() {
        Some(Answer::Told(report)) => (time, *report),
        other => panic!("{other:?}: {:?}", sink.into_sorted().first()),
    }
}
