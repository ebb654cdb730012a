//! Explaining costs about what judging costs, and questions about principals grow with their number.
//!
//! Time is compared with time of the same process, the least of some rounds, so that a busy machine does not matter.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking and says what it measured")]

mod databases;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign::check::{Answer, Detail, Inputs, Settings, check_with};
use countersign::diagnostic::Sink;
use countersign::import::{self, Options};
use countersign::policy;
use countersign::resolve;
use countersign::source::SourceMap;
use countersign::who_can::{Asked, question, who_can};
use databases::{bundle, estate, plan};
use jiff::Timestamp;

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
    let ratio = || {
        let (short, long) = (besides(100), besides(400));
        let ratio = long.as_secs_f64() / short.as_secs_f64();
        eprintln!("100 steps explained in {short:?}, 400 in {long:?}: {ratio:.1} times");
        ratio
    };
    // Four times is in proportion, and sixteen times what looking at every pair of steps would cost; where the
    // machine was busy with something else, it is measured again.
    assert!((0..5).any(|_| ratio() < 8.0));
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
