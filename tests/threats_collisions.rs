//! Threat T42: names that are made to collide in a hash table cost what ordinary names cost.
//!
//! Time is compared with time in the same process, the least of some rounds each, so that a busy machine does not
//! matter; a table with a chain of all names would take hundreds of times as long.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign::check::{Answer, Inputs, check};
use countersign::diagnostic::Sink;
use countersign::import::BundleFiles;
use countersign::report::Verdict;
use countersign::source::{Role, SourceMap};
use jiff::Timestamp;

/// How many names collide.
const COUNT: usize = if cfg!(debug_assertions) { 12_000 } else { 100_000 };

const SCHEMA: &str = "
entity Group;
entity User in [Group] tags String;
action read appliesTo { principal: User, resource: Group, context: {} };
";

/// Names with one and the same hash under FxHash, whose key is known: two words of eight letters, of which the
/// second undoes the first.
fn colliding_words(count: usize) -> Vec<String> {
    const KEY: u64 = 0x517c_c1b7_2722_0a95;
    let is_plain = |byte: &u8| (0x20..0x7f).contains(byte) && *byte != b'"' && *byte != b'\\';
    let mut found = Vec::with_capacity(count);
    let mut number: u64 = 0;
    while found.len() < count {
        number += 1;
        let first: [u8; 8] = std::array::from_fn(|at| b'0' + ((number >> (6 * at)) & 63) as u8);
        if !first.iter().all(is_plain) {
            continue;
        }
        let second = u64::from_le_bytes(first).wrapping_mul(KEY).rotate_left(5) ^ 0x6b6b_6b6b_6b6b_6b6b;
        let second = second.to_le_bytes();
        if second.iter().all(is_plain) {
            found.push(first.iter().chain(&second).map(|byte| char::from(*byte)).collect());
        }
    }
    found
}

/// Names with one and the same hash under every hash that multiplies by 31 and adds: `Aa` is as good as `BB`.
fn colliding_pairs(count: usize) -> Vec<String> {
    let name = |number: usize| (0..17).map(|bit| if number >> bit & 1 == 1 { "Aa" } else { "BB" }).collect();
    (0..count).map(name).collect()
}

/// As many names of the same lengths without anything in common.
fn ordinary(length: usize, count: usize) -> Vec<String> {
    let letter = |mixed: u64, at: usize| char::from(b'a' + ((mixed >> (at % 12 * 5)) % 26) as u8);
    let name = |number: usize| {
        let mixed = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..length).map(|at| letter(mixed ^ (mixed >> 29), at)).collect::<String>() + &number.to_string()
    };
    (0..count).map(name).collect()
}

struct Names {
    people: Vec<String>,
    steps: Vec<String>,
}

/// How long it takes to judge a plan in which each person does a step; every name is also a tag of one of them.
fn took(names: &Names) -> Duration {
    let mut sources = SourceMap::new();
    let mut estate = "{\"schema\":\"countersign.estate/1\"}\n{\"uid\":\"Group::\\\"g\\\"\"}\n".to_owned();
    let tags: Vec<String> = names.people.iter().map(|name| format!("\"{name}\":\"x\"")).collect();
    for (number, name) in names.people.iter().enumerate() {
        let tags = if number == 0 { tags.join(",") } else { String::new() };
        let parents = r#"["Group::\"g\""]"#;
        writeln!(estate, r#"{{"uid":"User::\"{name}\"","parents":{parents},"tags":{{{tags}}}}}"#)
            .unwrap_or_else(|error| panic!("{error}"));
    }
    let steps: Vec<String> = names
        .steps
        .iter()
        .zip(&names.people)
        .map(|(id, name)| {
            format!(r#"{{"id":"{id}","do":"read","target":"Group::\"g\"","by":"User::\"{name}\""}}"#)
        })
        .collect();
    let plan = format!(
        r#"{{"schema":"countersign.plan/1","id":"P","phases":[{{"id":"a","order":"any","steps":[{}]}}]}}"#,
        steps.join(",")
    );
    let policy =
        "@id(\"r\") permit(principal in Group::\"g\", action, resource) unless { principal.hasTag(\"no\") };";
    let bundle = BundleFiles {
        manifest: sources.add("b.toml", Role::Manifest, "schema = 'countersign.bundle/1'\nname = 'b'\n"),
        schema: sources.add("s.cedarschema", Role::Schema, SCHEMA),
        policies: vec![sources.add("p.cedar", Role::Policy, policy)],
        links: None,
        operations: sources.add(
            "o.json",
            Role::Operations,
            r#"{"schema":"countersign.operations/1","operations":{"read":{"changes":[]}}}"#,
        ),
    };
    let plans = vec![sources.add("plan.json", Role::Plan, plan)];
    let estates = vec![sources.add("estate.jsonl", Role::Estate, estate)];
    let (sources, mut sink) = (Arc::new(sources), Sink::new());
    let start = Instant::now();
    let answers = check(&sources, &Inputs { plans, estates, bundle }, Timestamp::UNIX_EPOCH, &mut sink);
    let took = start.elapsed();
    match answers.as_slice() {
        [Answer::Judged(report)] => {
            assert_eq!((report.verdict, report.counts.steps), (Verdict::Approved, names.steps.len()));
        }
        _ => panic!("{:#?}", sink.into_sorted().into_iter().take(3).collect::<Vec<_>>()),
    }
    took
}

#[test]
fn t042_names_that_collide_cost_what_ordinary_names_cost() {
    let hostile = Names { people: colliding_words(COUNT), steps: colliding_pairs(COUNT) };
    let ordinary = Names { people: ordinary(16, COUNT), steps: ordinary(34, COUNT) };
    let rounds = || (0..4).map(|_| (took(&hostile), took(&ordinary)));
    let least = |times: Vec<Duration>| times.into_iter().min().unwrap_or_default().as_secs_f64();
    let (colliding, usual): (Vec<Duration>, Vec<Duration>) = rounds().unzip();
    let ratio = least(colliding) / least(usual);
    eprintln!("{COUNT} names that collide take {ratio:.2} times as long as others");
    assert!(ratio < 3.0, "{ratio:.2}");
}
