//! Ratios and growth that must not get lost: against plain Cedar in the same process, never against a clock.
//!
//! Each fails below half of what is aimed at, so that a busy machine does not matter. They mean something
//! in a release build only: `cargo test --release --test speed`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "a test fails by panicking and says what it measured"
)]

mod big_world;
mod speed_support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use big_world::loaded::{Loaded, Texts};
use big_world::{BigWorld, Options};
use cedar_policy::{Authorizer, Decision, ValidationMode, Validator};
use countersign::decide::{Effort, decide};
use countersign::policy::{PolicySets, Prerequisites, Request, rule};
use speed_support::{Asked, Conditions, World};

/// The median of what some rounds took, each of so many calls, for one call.
fn each(rounds: usize, calls: usize, mut call: impl FnMut(usize)) -> Duration {
    let mut took: Vec<Duration> = (0..rounds)
        .map(|round| {
            let start = Instant::now();
            (0..calls).for_each(|number| call(round * calls + number));
            start.elapsed() / u32::try_from(calls).unwrap()
        })
        .collect();
    took.sort();
    took[rounds / 2]
}

/// What one decision takes the engine.
fn ours(world: &World) -> Duration {
    const ROUNDS: usize = 9;
    const CALLS: usize = 2_000;
    let sets = PolicySets::new(&world.bundle, &world.state, Prerequisites::Kept);
    // As for plain Cedar, the requests are there before.
    let requests: Vec<Asked> = (0..ROUNDS * CALLS).map(|number| world.request(number)).collect();
    each(ROUNDS, CALLS, |number| {
        let asked = &requests[number];
        let request = Request {
            principal: &asked.principal,
            action: &asked.action,
            resource: &asked.resource,
            context: &world.context,
        };
        std::hint::black_box(rule(&world.bundle, &sets, &world.state, request));
    })
}

/// What one decision takes plain Cedar; both must say the same.
fn plain(world: &World) -> Duration {
    let sets = PolicySets::new(&world.bundle, &world.state, Prerequisites::Kept);
    let (policies, entities) = (world.cedar_policies(), world.cedar_entities());
    let authorizer = Authorizer::new();
    let mut took: Vec<Duration> = (0..15)
        .map(|number| {
            let asked = world.request(number * 131);
            let request = world.cedar_request(&asked);
            let start = Instant::now();
            let answer = authorizer.is_authorized(&request, &policies, &entities);
            let took = start.elapsed();
            let request = Request {
                principal: &asked.principal,
                action: &asked.action,
                resource: &asked.resource,
                context: &world.context,
            };
            let ruling = rule(&world.bundle, &sets, &world.state, request);
            assert_eq!(ruling.allowed, answer.decision() == Decision::Allow);
            let name = |id: &cedar_policy::PolicyId| {
                let policy = policies.policy(id).unwrap();
                if policy.is_static() {
                    policy.annotation("id").unwrap().into()
                } else {
                    id.to_string().into()
                }
            };
            let determining: BTreeSet<Arc<str>> = answer.diagnostics().reason().map(name).collect();
            assert_eq!(*ruling.determining, determining);
            assert_eq!(ruling.failures.len(), answer.diagnostics().errors().count());
            took
        })
        .collect();
    took.sort();
    took[took.len() / 2]
}

fn ratio(conditions: Conditions) -> f64 {
    let world = World::new(10_000, conditions);
    let (plain, ours) = (plain(&world), ours(&world));
    let ratio = plain.as_secs_f64() / ours.as_secs_f64();
    eprintln!(
        "10,000 policies, {conditions:?}: plain Cedar {plain:?}, this engine {ours:?}: {ratio:.0} times"
    );
    ratio
}

#[test]
#[cfg_attr(debug_assertions, ignore = "ratios are those of a release build")]
fn a_decision_with_conditions_of_its_own_is_ten_thousand_times_as_fast() {
    assert!(ratio(Conditions::Quick) >= 10_000.0 / 2.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "ratios are those of a release build")]
fn a_decision_with_conditions_for_cedar_is_a_thousand_times_as_fast() {
    assert!(ratio(Conditions::ForCedar) >= 1_000.0 / 2.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "ratios are those of a release build")]
fn a_decision_hardly_takes_longer_with_a_thousand_times_the_policies() {
    let few = ours(&World::new(100, Conditions::Quick));
    let many = ours(&World::new(100_000, Conditions::Quick));
    let exponent = (many.as_secs_f64() / few.as_secs_f64()).ln() / 1_000_f64.ln();
    eprintln!("100 policies {few:?}, 100,000 policies {many:?}: exponent {exponent:.2}");
    assert!(exponent <= 0.2 * 2.0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "ratios are those of a release build")]
fn reading_and_validating_policies_takes_less_than_validating_each() {
    let mut took: Vec<(Duration, Duration)> = (0..3)
        .map(|_| {
            let start = Instant::now();
            let world = World::new(10_000, Conditions::Quick);
            let ours = start.elapsed();
            let validator = Validator::new(world.cedar_schema());
            let policies = world.cedar_policies();
            let start = Instant::now();
            assert!(validator.validate(&policies, ValidationMode::Strict).validation_passed());
            (ours, start.elapsed())
        })
        .collect();
    took.sort();
    let (ours, each) = took[1];
    eprintln!("10,000 policies: read, validated and indexed in {ours:?}, each validated in {each:?}");
    assert!(ours < each);
}

/// What it takes to decide a plan of so many steps, of which few interact.
fn decided(steps: usize, ordered: bool) -> Duration {
    let options = Options { changing: 0.1, interacting: 0.02, ..Options::new(20_000, 200, steps) };
    let world = BigWorld::new(Options { listed: ordered, chained: ordered, ..options });
    let Loaded { bundle, estate, plan, briefing } = Loaded::new(Texts::of(&world));
    each(3, 1, |_| {
        std::hint::black_box(decide(&plan, &estate, &bundle, &briefing, Effort::default()));
    })
}

#[test]
#[cfg_attr(debug_assertions, ignore = "ratios are those of a release build")]
fn deciding_every_order_takes_about_as_long_as_deciding_one_where_few_steps_interact() {
    let steps = 100_000;
    let (every, one) = (decided(steps, false), decided(steps, true));
    let ratio = every.as_secs_f64() / one.as_secs_f64();
    eprintln!("{steps} steps, every order {every:?}, one order {one:?}: {ratio:.2} times");
    assert!(ratio <= 1.0 * 2.0);
}
