//! Explaining costs about what judging costs, and questions about principals grow with their number.
//!
//! Time is compared with time of the same process, the least of some rounds, so that a busy machine does not matter.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking and says what it measured")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign::check::{Answer, Detail, Inputs, Settings, check_with};
use countersign::diagnostic::Sink;
use countersign::import::{self, BundleFiles, Options};
use countersign::policy;
use countersign::resolve;
use countersign::source::{Role, SourceId, SourceMap};
use countersign::who_can::{Asked, question, who_can};
use jiff::Timestamp;

const SCHEMA: &str = "
entity Team in [Team];
entity Person in [Team];
entity Database { backedUp: Bool, version: Long };
action backup appliesTo { principal: Person, resource: Database, context: {} };
action migrate appliesTo { principal: Person, resource: Database, context: { version: Long } };
";

const POLICIES: &str = r#"
@id("work-on-databases")
permit (principal in Team::"administrators", action, resource);
@id("backup-before-migration")
forbid (principal, action == Action::"migrate", resource) unless { resource.backedUp };
@id("no-step-back")
forbid (principal, action == Action::"migrate", resource) when { context.version < resource.version };
"#;

const OPERATIONS: &str = r#"{"schema":"countersign.operations/1","operations":{
  "backup":{"changes":[{"set":"resource","attr":"backedUp","value":true}]},
  "migrate":{"changes":[{"set":"resource","attr":"version","value":"context.version"},
                        {"set":"resource","attr":"backedUp","value":false}]}}}"#;

fn bundle(sources: &mut SourceMap) -> BundleFiles {
    BundleFiles {
        manifest: sources.add("b.toml", Role::Manifest, "schema = 'countersign.bundle/1'\nname = 'b'\n"),
        schema: sources.add("s.cedarschema", Role::Schema, SCHEMA),
        policies: vec![sources.add("p.cedar", Role::Policy, POLICIES)],
        links: None,
        operations: sources.add("o.json", Role::Operations, OPERATIONS),
    }
}

/// Every hundredth person is an administrator, through a team in a team.
fn estate(sources: &mut SourceMap, people: usize) -> SourceId {
    let mut text = "{\"schema\":\"countersign.estate/1\"}\n".to_owned();
    text.push_str("{\"uid\":\"Team::\\\"administrators\\\"\"}\n");
    text.push_str("{\"uid\":\"Team::\\\"shift\\\"\",\"parents\":[\"Team::\\\"administrators\\\"\"]}\n");
    for number in 0..people {
        let parents = if number % 100 == 0 { r#"["Team::\"shift\""]"# } else { "[]" };
        writeln!(text, r#"{{"uid":"Person::\"p{number}\"","parents":{parents}}}"#).unwrap();
    }
    for number in 0..100 {
        let attributes = r#"{"backedUp":false,"version":6}"#;
        writeln!(text, r#"{{"uid":"Database::\"d{number}\"","attrs":{attributes}}}"#).unwrap();
    }
    sources.add("estate.jsonl", Role::Estate, text)
}

/// One step after the other, a backup before each migration; one of ten is by somebody who may not.
fn plan(sources: &mut SourceMap, steps: usize) -> SourceId {
    let step = |number: usize| {
        let by = if number % 10 == 9 { 7 } else { 0 };
        let (action, with) = match number % 2 {
            0 => ("backup", String::new()),
            _ => ("migrate", format!(r#","with":{{"version":{}}}"#, 7 + number)),
        };
        let database = number / 2 % 100;
        format!(
            r#"{{"id":"s{number}","do":"{action}","target":"Database::\"d{database}\"","by":"Person::\"p{by}\""{with}}}"#
        )
    };
    let steps: Vec<String> = (0..steps).map(step).collect();
    let text = format!(
        r#"{{"schema":"countersign.plan/1","id":"P","phases":[{{"id":"a","steps":[{}]}}]}}"#,
        steps.join(",\n")
    );
    sources.add("plan.json", Role::Plan, text)
}

fn least(rounds: usize, mut work: impl FnMut()) -> Duration {
    let mut once = || {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..rounds).map(|_| once()).min().unwrap()
}

/// How long judging a plan takes, and explaining every step of it besides.
fn judged_and_explained(steps: usize) -> (Duration, Duration) {
    let mut sources = SourceMap::new();
    let bundle = bundle(&mut sources);
    let estates = vec![estate(&mut sources, 100)];
    let plans = vec![plan(&mut sources, steps)];
    let (sources, inputs) = (Arc::new(sources), Inputs { plans, estates, bundle });
    let run = |detail: Detail| {
        let settings = Settings { detail, ..Settings::at(Timestamp::UNIX_EPOCH) };
        let mut sink = Sink::new();
        let answers = check_with(&sources, &inputs, &settings, &mut sink);
        let [Answer::Judged(report)] = answers.as_slice() else { panic!("{:#?}", sink.into_sorted()) };
        assert_eq!(report.steps.len(), steps);
        let told = report.steps.iter().filter(|step| !step.reasons.policies.is_empty()).count();
        assert_eq!(told, if settings.detail == Detail::AllSteps { steps } else { 0 });
    };
    (least(3, || run(Detail::Outcomes)), least(3, || run(Detail::AllSteps)))
}

#[test]
#[cfg_attr(debug_assertions, ignore = "ratios are those of a release build")]
fn explaining_every_step_costs_at_most_ten_times_judging_it() {
    let (judged, explained) = judged_and_explained(10_000);
    let ratio = explained.as_secs_f64() / judged.as_secs_f64();
    eprintln!("10,000 steps: judged in {judged:?}, explained in {explained:?}: {ratio:.1} times");
    assert!(ratio <= 10.0, "{ratio:.1}");
}

#[test]
fn explaining_a_step_costs_the_same_in_a_plan_four_times_as_long() {
    let besides = |steps: usize| {
        let (judged, explained) = judged_and_explained(steps);
        explained.saturating_sub(judged)
    };
    let (short, long) = (besides(100), besides(400));
    let ratio = long.as_secs_f64() / short.as_secs_f64();
    eprintln!("100 steps explained in {short:?}, 400 in {long:?}: {ratio:.1} times");
    // Four times is in proportion, and sixteen times what looking at every pair of steps would cost.
    assert!(ratio < 8.0, "{ratio:.1}");
}

/// How long it takes to say who may do something, the estate being read already.
fn who_may(people: usize) -> Duration {
    let mut sources = SourceMap::new();
    let files = bundle(&mut sources);
    let part = estate(&mut sources, people);
    let mut sink = Sink::new();
    let documents = import::bundle(&sources, &files, &mut sink).unwrap();
    let bundle = policy::compile(&sources, &documents, &mut sink).unwrap();
    let read = import::estate(&sources, part, &Options::default(), &mut sink).unwrap();
    let estate = resolve::estate(&[read.estate], bundle.schema(), &mut sink).unwrap();
    let asked =
        Asked { action: "backup", resource: "Database::\"d1\"", given: None, at: Timestamp::UNIX_EPOCH };
    let question = question(&bundle, &estate, asked, &mut sink).unwrap();
    least(3, || {
        let answer = who_can(&bundle, &estate, &question);
        let found: BTreeSet<_> = answer.ways.iter().flat_map(|way| &way.principals).collect();
        assert_eq!((found.len(), answer.considered), (people.div_ceil(100), people));
    })
}

#[test]
fn a_question_about_principals_grows_with_their_number() {
    let (few, many) = if cfg!(debug_assertions) { (2_000, 20_000) } else { (10_000, 100_000) };
    let (short, long) = (who_may(few), who_may(many));
    let ratio = long.as_secs_f64() / short.as_secs_f64();
    eprintln!("{few} principals asked in {short:?}, {many} in {long:?}: {ratio:.1} times");
    assert!(ratio < 25.0, "{ratio:.1}");
}
