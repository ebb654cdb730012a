//! What explaining every step of a plan costs, against judging the plan.
//!
//! `cargo bench --bench explain [-- NAME]`: `databases` are plans with three policies, and `directory` is a
//! plan in an estate of 20,000 entities with 100 policies; texts are read in each round.

#![expect(clippy::panic, reason = "a bench ends where its world breaks")]

#[path = "../tests/big_world/mod.rs"]
mod big_world;
#[path = "../tests/databases/mod.rs"]
mod databases;

use std::cell::LazyCell;
use std::hint::black_box;
use std::sync::Arc;

use big_world::loaded::Texts;
use big_world::{BigWorld, Options};
use countersign::check::{Answer, Detail, Inputs, Settings, check_with};
use countersign::diagnostic::Sink;
use countersign::report::Report;
use countersign::source::SourceMap;
use criterion::{BenchmarkId, Criterion, SamplingMode};
use jiff::Timestamp;

type World = (Arc<SourceMap>, Inputs);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    compare(&mut criterion, "databases", databases);
    compare(&mut criterion, "directory", directory);
    criterion.final_summary();
}

fn compare(criterion: &mut Criterion, name: &str, world: fn(usize) -> World) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for steps in [1_000, 10_000] {
        let world = LazyCell::new(|| world(steps));
        for (work, detail) in [("judged", Detail::Outcomes), ("explained", Detail::AllSteps)] {
            group.bench_function(BenchmarkId::new(work, steps), |bencher| {
                let world = LazyCell::force(&world);
                bencher.iter_with_large_drop(|| run(black_box(world), &detail));
            });
        }
    }
    group.finish();
}

fn databases(steps: usize) -> World {
    let mut sources = SourceMap::new();
    let bundle = databases::bundle(&mut sources);
    let estates = vec![databases::estate(&mut sources, 100)];
    let plans = vec![databases::plan(&mut sources, steps)];
    (Arc::new(sources), Inputs { plans, estates, bundle })
}

fn directory(steps: usize) -> World {
    let options = Options { changing: 0.1, interacting: 0.2, ..Options::new(20_000, 100, steps) };
    let (sources, bundle, [estate, plan]) = Texts::of(&BigWorld::new(options)).sources();
    (sources, Inputs { plans: vec![plan], estates: vec![estate], bundle })
}

fn run((sources, inputs): &World, detail: &Detail) -> Box<Report> {
    let settings = Settings { detail: detail.clone(), ..Settings::at(Timestamp::UNIX_EPOCH) };
    let mut sink = Sink::new();
    match check_with(sources, inputs, &settings, &mut sink).into_iter().next() {
        Some(Answer::Judged(report)) => report,
        other => panic!("{other:?}: {:?}", sink.into_sorted().first()),
    }
}
