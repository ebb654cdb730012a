//! What judging every order of a plan costs, against judging the same steps in one order.
//!
//! `cargo bench --bench orders [-- NAME]`: `size`, `interactions`, `width` or `race`; plans are read already,
//! and what came of their steps is printed once.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it measured, and ends where its world breaks"
)]

#[path = "../tests/big_world/mod.rs"]
mod big_world;

use std::cell::LazyCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;

use big_world::loaded::{Loaded, Texts};
use big_world::{BigWorld, Options};
use countersign::decide::{Effort, Judgement, decide};
use criterion::{BenchmarkId, Criterion, SamplingMode};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    // A tenth of the steps changes something, and a fiftieth of those changes who may do another.
    let sizes = [1_000, 10_000, 100_000];
    let of_size = |steps: usize| Options { changing: 0.1, interacting: 0.02, ..world(steps) };
    compare(&mut criterion, "size", sizes.map(|steps| (steps.to_string(), of_size(steps))));
    let shares = [0.0, 0.05, 0.2, 0.5, 1.0];
    let of_share = |interacting: f64| Options { changing: 0.3, interacting, ..world(10_000) };
    compare(&mut criterion, "interactions", shares.map(|share| (share.to_string(), of_share(share))));
    let widths = [2, 10, 50, 250];
    let of_width = |width: usize| Options { changing: 0.3, interacting: 0.2, width, ..world(10_000) };
    compare(&mut criterion, "width", widths.map(|width| (width.to_string(), of_width(width))));
    races(&mut criterion);
    criterion.final_summary();
}

fn world(steps: usize) -> Options {
    Options { listed: false, ..Options::new(20_000, 200, steps) }
}

/// Judges plans in every order, and the same plans with their steps in one order.
fn compare<const N: usize>(criterion: &mut Criterion, name: &str, plans: [(String, Options); N]) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for (parameter, options) in plans {
        let one = Options { listed: true, chained: true, ..options.clone() };
        for (orders, options) in [("every order", options), ("one order", one)] {
            let title = format!("{name} {parameter}, {orders}");
            let loaded = LazyCell::new(|| told(&title, Texts::of(&BigWorld::new(options))));
            group.bench_function(BenchmarkId::new(orders, &parameter), |bencher| {
                let loaded = LazyCell::force(&loaded);
                bencher.iter_with_large_drop(|| judge(black_box(loaded)));
            });
        }
    }
    group.finish();
}

/// Unordered steps that all set one attribute, each to a value of its own: every set of them is a state of its own.
fn races(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("race");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for width in [2, 4, 6, 8, 10] {
        let loaded = LazyCell::new(|| told(&format!("race {width}"), race(width)));
        group.bench_function(BenchmarkId::new("every order", width), |bencher| {
            let loaded = LazyCell::force(&loaded);
            bencher.iter_with_large_drop(|| judge(black_box(loaded)));
        });
    }
    group.finish();
}

/// A world that is read, after saying what comes of its steps.
fn told(title: &str, texts: Texts) -> Loaded {
    let loaded = Loaded::new(texts);
    println!("{title}: {}", outcomes(&judge(&loaded)));
    loaded
}

fn judge(world: &Loaded) -> Judgement {
    let Loaded { bundle, estate, plan, briefing } = world;
    decide(plan, estate, bundle, briefing, Effort::default())
}

fn outcomes(judgement: &Judgement) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for step in &judgement.steps {
        *counts.entry(format!("{:?}", step.outcome)).or_default() += 1;
    }
    let counts = counts.into_iter().map(|(outcome, count)| format!("{outcome} {count}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// A plan of the example `orders` in which unordered steps set one attribute, and all states differ.
fn race(width: usize) -> Texts {
    let mut plan = String::from(
        "schema: countersign.plan/1\nid: RACE\nphases:\n  - id: race\n    by: User::\"dana\"\n    order: any\n    steps:\n",
    );
    for number in 0..width {
        writeln!(
            plan,
            "      - {{ id: s{number}, do: Set-VoicemailPolicy, target: 'VoicemailPolicy::\"Global\"', with: {{ destination: d{number} }} }}"
        )
        .unwrap();
    }
    Texts {
        manifest: include_str!("../examples/orders/bundle/bundle.toml").to_owned(),
        schema: include_str!("../examples/orders/bundle/schema.cedarschema").to_owned(),
        operations: include_str!("../examples/orders/bundle/operations.yaml").to_owned(),
        policies: include_str!("../examples/orders/bundle/rights.cedar").to_owned(),
        links: None,
        estate: ("estate.yaml", include_str!("../examples/orders/estate.yaml").to_owned()),
        plan: ("plan.yaml", plan),
    }
}
