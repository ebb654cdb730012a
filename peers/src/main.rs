//! Countersign beside plain Cedar, regorus and casbin on the same generated worlds, in one process.
//!
//! `cargo run --release --manifest-path peers/Cargo.toml -- [ENTITIES [POLICIES,POLICIES,…]]`. Every decision
//! that is measured is also compared; the program ends with an error where two engines differ.

#[path = "../../tests/big_world/mod.rs"]
mod big_world;

mod answer;
mod casbin;
mod cedar;
mod loading;
mod ours;
mod rego;

use std::collections::HashSet;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use answer::Answer;
use big_world::{BigWorld, Options};

/// How many requests are made of a world, in turn.
const REQUESTS: usize = 2_000;
/// How long an engine is measured, and the fewest samples that make a median.
const BUDGET: Duration = Duration::from_secs(4);
const FEWEST: usize = 15;

/// What one engine needs for one decision.
struct Measured {
    engine: &'static str,
    /// Microseconds, one for each number of policies.
    medians: Vec<f64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["load", engine, folder] => loading::load(engine, Path::new(folder)),
        [] => compare(100_000, &[100, 1_000, 10_000]),
        [entities] => compare(number(entities), &[100, 1_000, 10_000]),
        [entities, policies] => {
            compare(number(entities), &policies.split(',').map(number).collect::<Vec<_>>());
        }
        _ => panic!("usage: countersign-peers [ENTITIES [POLICIES,POLICIES,…]]"),
    }
}

fn number(text: &str) -> usize {
    text.replace('_', "").parse().expect("a number is expected")
}

fn compare(entities: usize, sizes: &[usize]) {
    let names = ["plain Cedar", "regorus, RVM, indexed by hand", "casbin", "countersign"];
    let mut table: Vec<Measured> =
        names.iter().map(|engine| Measured { engine, medians: Vec::new() }).collect();
    for policies in sizes {
        for (row, median) in table.iter_mut().zip(world(entities, *policies)) {
            row.medians.push(median);
        }
    }
    print(entities, sizes, &table);
    let [ours, cedar] = loading::compare(entities, 3);
    println!("\nReading an estate of {entities} entities with its schema, in processes of their own:");
    println!("  Entities::from_json_str {:>9.3} s {:>9.1} MB", cedar.seconds, cedar.memory / 1e6);
    println!("  countersign             {:>9.3} s {:>9.1} MB", ours.seconds, ours.memory / 1e6);
    println!(
        "  {:.0} times as fast, {:.1} times as small",
        cedar.seconds / ours.seconds,
        cedar.memory / ours.memory
    );
}

/// The medians of all engines in one world, in microseconds.
fn world(entities: usize, policies: usize) -> [f64; 4] {
    let mut world = BigWorld::new(Options::new(entities, policies, REQUESTS));
    // Dice fall alike now and then, and two links that say the same are refused.
    let mut links = HashSet::new();
    world.grants.retain(|grant| !grant.linked || links.insert((grant.template(), grant.group, grant.unit)));
    let ours = ours::Ours::new(&world);
    let asking = ours.asking();
    let answers: Vec<Answer> = (0..REQUESTS).map(|number| asking.answer(number)).collect();
    let allowed = answers.iter().filter(|answer| answer.allowed).count();
    eprintln!("{policies} policies: {allowed} of {REQUESTS} requests are allowed");
    let plain = cedar::Cedar::new(&world, REQUESTS);
    let plain = median("plain Cedar", 1, &answers, |number| plain.answer(number));
    let mut rego = rego::Rego::new(&world, REQUESTS);
    let rego = median("regorus", 1, &answers, |number| rego.answer(number));
    let casbin = casbin::Casbin::new(&world, REQUESTS);
    let casbin = median("casbin", 1, &answers, |number| casbin.answer(number));
    let ours = median("countersign", 20, &answers, |number| asking.answer(number));
    [plain, rego, casbin, ours]
}

/// The median of what a decision takes, in microseconds, over samples of so many decisions each.
///
/// Requests are taken in a stride through all of them, so that few samples are no neighbours.
fn median(engine: &str, each: usize, expected: &[Answer], mut answer: impl FnMut(usize) -> Answer) -> f64 {
    let started = Instant::now();
    let mut samples = Vec::new();
    let mut next = 0;
    let mut checked = 0;
    while samples.len() < FEWEST || (started.elapsed() < BUDGET && checked < 4 * REQUESTS) {
        let numbers: Vec<usize> = (0..each).map(|at| (next + at) * 131 % REQUESTS).collect();
        next += each;
        let clock = Instant::now();
        for number in &numbers {
            black_box(answer(*number));
        }
        samples.push(clock.elapsed().as_secs_f64() * 1e6 / each as f64);
        for number in numbers {
            let told = answer(number);
            assert!(
                told.agrees(expected[number]),
                "{engine} differs in request {number}: {told:?}, {:?}",
                expected[number]
            );
            checked += 1;
        }
    }
    eprintln!("  {engine}: {checked} decisions agree");
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}

fn print(entities: usize, sizes: &[usize], table: &[Measured]) {
    println!("\nOne decision, the median in µs; {entities} entities, {REQUESTS} requests, one thread.");
    let head: String = sizes.iter().map(|policies| format!(" {:>12}", format!("P = {policies}"))).collect();
    println!("{:<32}{head} {:>10}", "engine", "exponent");
    for row in table {
        let cells: String = row.medians.iter().map(|median| format!(" {median:>12.2}")).collect();
        println!("{:<32}{cells} {:>10.2}", row.engine, exponent(sizes, &row.medians));
    }
    let Some((ours, others)) = table.split_last() else { return };
    println!("\nHow many times as long as {}:", ours.engine);
    for row in others {
        let ratios = row.medians.iter().zip(&ours.medians).map(|(other, ours)| other / ours);
        let cells: String = ratios.map(|ratio| format!(" {ratio:>12.0}")).collect();
        println!("{:<32}{cells}", row.engine);
    }
}

/// By which power of the number of policies the cost grows, from the fewest to the most.
fn exponent(sizes: &[usize], medians: &[f64]) -> f64 {
    let ends = |values: &[f64]| Some((*values.first()?, *values.last()?));
    let sizes: Vec<f64> = sizes.iter().map(|size| *size as f64).collect();
    match (ends(&sizes), ends(medians)) {
        (Some((few, many)), Some((first, last))) if few < many => (last / first).ln() / (many / few).ln(),
        _ => f64::NAN,
    }
}
