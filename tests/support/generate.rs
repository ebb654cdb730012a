//! Strategies for random worlds, seeded and shrinkable.
//!
//! A world is decoded from **genes**: lists of short byte tapes, one for each entity, policy, link,
//! change and step. Shrinking drops tapes and lowers their bytes, and zero always stands for the
//! simplest choice, so that a failure ends as a small world. See [`super::decode`].

use std::ops::RangeInclusive;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use super::decode;
use super::world::World;

/// What one thing of a world is decoded from.
pub type Tape = [u8; 14];

/// What a world is decoded from.
#[derive(Clone, Debug)]
pub struct Genes {
    pub namespace: bool,
    /// Which way a plan gives authority, see [`decode::THEMES`].
    pub theme: usize,
    pub names: usize,
    pub entities: Vec<Tape>,
    pub policies: Vec<Tape>,
    pub links: Vec<Tape>,
    /// For each action, its changes.
    pub operations: Vec<Vec<Tape>>,
    pub phases: Vec<Tape>,
    pub steps: Vec<Tape>,
}

/// How large worlds are.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// How many users, groups and documents have a name; few names make many interactions.
    pub names: usize,
    pub entities: RangeInclusive<usize>,
    pub policies: RangeInclusive<usize>,
    pub links: RangeInclusive<usize>,
    /// Changes of each operation.
    pub changes: RangeInclusive<usize>,
    pub phases: RangeInclusive<usize>,
    pub steps: RangeInclusive<usize>,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            names: 3,
            entities: 0..=7,
            policies: 2..=8,
            links: 0..=3,
            changes: 0..=3,
            phases: 1..=3,
            steps: 1..=7,
        }
    }
}

impl Sizes {
    /// Worlds with few steps, for laws that are about one decision.
    pub fn with_steps(steps: RangeInclusive<usize>) -> Self {
        Self { steps, ..Self::default() }
    }
}

/// Random worlds.
pub fn worlds(sizes: &Sizes) -> impl Strategy<Value = World> + use<> {
    genes(sizes).prop_map(|genes| decode::world(&genes))
}

/// Random genes.
pub fn genes(sizes: &Sizes) -> impl Strategy<Value = Genes> + use<> {
    let (names, actions) = (sizes.names, decode::ACTIONS.len());
    let tapes = |count: &RangeInclusive<usize>| vec(any::<Tape>(), count.clone());
    (
        (any::<bool>(), 0..decode::THEMES),
        tapes(&sizes.entities),
        tapes(&sizes.policies),
        tapes(&sizes.links),
        vec(tapes(&sizes.changes), actions),
        tapes(&sizes.phases),
        tapes(&sizes.steps),
    )
        .prop_map(move |((namespace, theme), entities, policies, links, operations, phases, steps)| {
            Genes { namespace, theme, names, entities, policies, links, operations, phases, steps }
        })
}

/// The world of a seed, for benches.
pub fn world(seed: u64, sizes: &Sizes) -> World {
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    });
    worlds(sizes).new_tree(&mut runner).expect("the strategy rejects nothing").current()
}

/// How many cases of a law run: `usual`, times `COUNTERSIGN_LAW_CASES` divided by 100.
///
/// `COUNTERSIGN_LAW_SEED` is a number, or `random`; by default every run sees the same worlds.
pub fn cases(usual: u32) -> Config {
    cases_apart(usual, 0)
}

/// Cases like those of [`cases`], of worlds that each `part` has of its own: parts run side by side.
pub fn cases_apart(usual: u32, part: u64) -> Config {
    let percent: u32 =
        std::env::var("COUNTERSIGN_LAW_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    let seed = match std::env::var("COUNTERSIGN_LAW_SEED").as_deref() {
        Ok("random") => RngSeed::Random,
        Ok(number) => {
            let number: u64 = number.parse().expect("COUNTERSIGN_LAW_SEED is a number or `random`");
            RngSeed::Fixed(number.wrapping_add(part))
        }
        Err(_) => RngSeed::Fixed(2026 + part),
    };
    Config {
        cases: (usual * percent / 100).max(1),
        rng_seed: seed,
        failure_persistence: None,
        max_shrink_iters: 4000,
        max_shrink_time: 60_000,
        ..Config::default()
    }
}
