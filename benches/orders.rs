//! What judging every order of a plan costs, against judging the same steps in one order.
//!
//! `cargo bench --bench orders [size|interactions|width|race]`; each figure is the median of several
//! judgements on one thread, of plans that are read already.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench says what it measured, and ends where its world breaks"
)]

#[path = "../tests/big_world/mod.rs"]
mod big_world;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use big_world::loaded::{Loaded, Texts};
use big_world::{BigWorld, Options};
use countersign::decide::{Effort, Judgement, decide};

const RUNS: usize = 5;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let wanted = |name: &str| arguments.is_empty() || arguments.iter().any(|word| word == name);
    if wanted("size") {
        println!("size: a tenth of the steps changes something, and a fiftieth of those interacts");
        for steps in [1_000, 10_000, 100_000] {
            compare(&format!("{steps} steps"), Options { changing: 0.1, interacting: 0.02, ..world(steps) });
        }
    }
    if wanted("interactions") {
        println!("interactions: 10,000 steps of which three in ten change something");
        for interacting in [0.0, 0.05, 0.2, 0.5, 1.0] {
            compare(
                &format!("{interacting} interact"),
                Options { changing: 0.3, interacting, ..world(10_000) },
            );
        }
    }
    if wanted("width") {
        println!("width: 10,000 steps in phases of so many unordered ones");
        for width in [2, 10, 50, 250] {
            compare(
                &format!("{width} wide"),
                Options { changing: 0.3, interacting: 0.2, width, ..world(10_000) },
            );
        }
    }
    if wanted("race") {
        println!("race: so many unordered steps that all set one attribute, each to a value of its own");
        for width in [2, 4, 6, 8, 10] {
            let loaded = Loaded::new(race(width));
            let (took, judgement) = median(&loaded);
            println!("{width:>20} steps: {took:>10.1?}   {}", outcomes(&judgement));
        }
    }
}

fn world(steps: usize) -> Options {
    Options { listed: false, ..Options::new(20_000, 200, steps) }
}

/// Judges a plan in every order, and the same plan with its steps in one order.
fn compare(name: &str, options: Options) {
    let one = Options { listed: true, chained: true, ..options.clone() };
    let every = Loaded::new(Texts::of(&BigWorld::new(options)));
    let one = Loaded::new(Texts::of(&BigWorld::new(one)));
    let ((every, judgement), (one, _)) = (median(&every), median(&one));
    println!(
        "{name:>20}: every order {every:>8.1?}, one order {one:>8.1?}, ratio {:.2}   {}",
        every.as_secs_f64() / one.as_secs_f64(),
        outcomes(&judgement)
    );
}

fn median(world: &Loaded) -> (Duration, Judgement) {
    let Loaded { bundle, estate, plan, briefing } = world;
    let mut took = Vec::with_capacity(RUNS);
    let mut judgement = None;
    for _ in 0..RUNS {
        let start = Instant::now();
        judgement = Some(black_box(decide(plan, estate, bundle, briefing, Effort::default())));
        took.push(start.elapsed());
    }
    took.sort();
    (took[took.len() / 2], judgement.unwrap())
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
