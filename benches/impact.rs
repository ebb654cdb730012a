//! What the access delta of a plan costs as the estate grows.
//!
//! `cargo bench --bench impact [-- NAME]`: whole runs, reading the texts included, on plans of a hundred
//! steps; `all changes` joins groups, makes contacts and links, and `links` makes links only.

#![expect(
    clippy::print_stdout,
    clippy::panic,
    reason = "a bench says what it measured, and ends where its world breaks"
)]

#[path = "../tests/big_world/mod.rs"]
mod big_world;

use std::cell::LazyCell;
use std::hint::black_box;
use std::sync::Arc;

use big_world::loaded::Texts;
use big_world::{BigWorld, ChangeKind, Options};
use countersign::diagnostic::Sink;
use countersign::impact::{Answer, Inputs, Settings, impact};
use countersign::report::impact::ImpactReport;
use countersign::source::SourceMap;
use criterion::{BenchmarkId, Criterion, SamplingMode};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let all = vec![ChangeKind::Join, ChangeKind::Create, ChangeKind::Link];
    for (name, changes) in [("all changes", all), ("links", vec![ChangeKind::Link])] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        for principals in [1_000, 10_000, 100_000] {
            let world = LazyCell::new(|| texts(principals, changes.clone()));
            group.bench_function(BenchmarkId::from_parameter(principals), |bencher| {
                let (sources, inputs) = LazyCell::force(&world);
                bencher.iter_with_large_drop(|| run(black_box(sources), inputs));
            });
        }
        group.finish();
    }
    criterion.final_summary();
}

/// The texts of a world with so many principals, after saying what is told of it.
fn texts(principals: usize, changes: Vec<ChangeKind>) -> (Arc<SourceMap>, Inputs) {
    // Few groups and units have few grants: each link of a template is another one.
    let policies = (principals / 10).min(1_000);
    let entities = principals * 5 / 2;
    let options =
        Options { changing: 0.5, interacting: 0.2, changes, ..Options::new(entities, policies, 100) };
    let world = BigWorld::new(options);
    assert!(world.directory.users.len() >= principals, "{} users", world.directory.users.len());
    let (sources, bundle, [estate, plan]) = Texts::of(&world).sources();
    let inputs = Inputs { plans: vec![plan], estates: vec![estate], bundle };
    let report = run(&sources, &inputs);
    println!(
        "{principals} principals: {} rows, {} requests in them, {} questions not asked",
        report.changes.len(),
        report.changes.iter().map(|row| row.requests).sum::<u64>(),
        report.not_asked.len()
    );
    (sources, inputs)
}

fn run(sources: &Arc<SourceMap>, inputs: &Inputs) -> Box<ImpactReport> {
    let settings = Settings::at("2026-11-22T06:00:00Z".parse().unwrap_or_default());
    let mut sink = Sink::new();
    match impact(sources, inputs, &settings, &mut sink).into_iter().next() {
        Some(Answer::Told(report)) => report,
        other => panic!("{other:?}: {:?}", sink.into_sorted().first()),
    }
}
