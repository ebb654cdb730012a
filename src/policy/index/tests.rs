//! The index says what Cedar says about every policy.

use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::super::evaluate::{PolicySets, Prerequisites, rule};
use super::super::plain::{CedarSets, rule_plainly};
use super::super::worlds::{self, Dice};
use super::Index;

/// What came of some decisions.
#[derive(Debug, Default)]
struct Tally {
    decisions: usize,
    refused: usize,
    allowed: usize,
    forbidden: usize,
    soft: usize,
    advised: usize,
    failed: usize,
    unknown: usize,
    linked: usize,
}

fn compare(seed: u64, requests: usize, tally: &mut Tally) {
    let mut dice = Dice(seed);
    let Some(bundle) = worlds::bundle(&mut dice) else {
        tally.refused += 1;
        return;
    };
    let unknown = if dice.one_in(3) { 6 } else { 0 };
    let mut state = worlds::estate(&mut dice, &bundle, unknown);
    let prerequisites = *dice.pick(&[&Prerequisites::Kept, &Prerequisites::Aside]);
    let mut sets = PolicySets::new(&bundle, &state, prerequisites);
    for number in 0..requests {
        if number % 4 == 3 {
            worlds::change(&mut dice, &bundle, &mut state, unknown);
            match dice.one_in(4) {
                true => sets = PolicySets::new(&bundle, &state, prerequisites),
                false => sets.follow(&bundle, &state),
            }
        }
        worlds::ask(&mut dice, &bundle, unknown, |request| {
            let quick = rule(&bundle, &sets, &state, request);
            let plain = CedarSets::whole(&bundle, &state, prerequisites);
            let plain = rule_plainly(&bundle, &plain, &state, request);
            assert_eq!(quick, plain, "seed {seed}, request {number}: {request:?}");
            tally.decisions += 1;
            tally.allowed += usize::from(plain.allowed);
            tally.forbidden += usize::from(!plain.allowed && !plain.determining.is_empty());
            tally.soft += usize::from(!plain.soft.is_empty());
            tally.advised += usize::from(!plain.advisory.is_empty());
            tally.failed += usize::from(!plain.failures.is_empty());
            tally.unknown += usize::from(plain.unknown.is_some());
            tally.linked += usize::from(plain.permits.iter().any(|id| id.contains('@')));
        });
    }
}

/// Built with `COUNTERSIGN_DECISIONS=1000000` it compares as many.
#[test]
fn what_the_index_says_is_what_cedar_says() {
    let given = option_env!("COUNTERSIGN_DECISIONS").and_then(|count| count.parse().ok());
    let wanted: usize = given.unwrap_or(4_000);
    let mut tally = Tally::default();
    let mut seed = 0;
    while tally.decisions < wanted {
        compare(seed, 40, &mut tally);
        seed += 1;
    }
    eprintln!("{seed} bundles: {tally:?}");
    assert!(tally.refused * 2 < seed as usize, "too many bundles are refused: {tally:?}");
    let counts = [
        tally.allowed,
        tally.forbidden,
        tally.soft,
        tally.advised,
        tally.failed,
        tally.unknown,
        tally.linked,
    ];
    for count in counts {
        assert!(count * 200 > tally.decisions, "something hardly ever happens: {tally:?}");
    }
}

/// How many of some decisions stop the program, with an index that misses policies.
fn stopped(every: u64) -> (usize, usize) {
    let (mut stopped, mut made) = (0, 0);
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let Some(bundle) = worlds::bundle(&mut dice) else { continue };
        let bundle = bundle.cross_checked(NonZeroU64::new(every).unwrap());
        let state = worlds::estate(&mut dice, &bundle, 0);
        let mut sets = PolicySets::new(&bundle, &state, Prerequisites::Kept);
        sets.index = Arc::new(Index::of(&bundle.rulebook, &state).broken());
        for _ in 0..20 {
            let outcome = worlds::ask(&mut dice, &bundle, 0, |request| {
                catch_unwind(AssertUnwindSafe(|| rule(&bundle, &sets, &state, request)))
            });
            made += 1;
            if let Err(cause) = outcome {
                assert!(
                    cause.downcast_ref::<String>().unwrap().starts_with("the policy index and Cedar differ")
                );
                stopped += 1;
            }
        }
    }
    (stopped, made)
}

#[test]
fn a_broken_index_is_found_out_while_it_is_used() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let (all, made) = stopped(1);
    let (some, _) = stopped(3);
    std::panic::set_hook(hook);
    assert!(all > 10 && made > all, "{all} of {made}");
    assert!(0 < some && some < all, "{some} of {all}");
}
