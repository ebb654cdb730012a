//! Deterministic worlds of any size, shaped like directories that administrators work in.
//!
//! Used by tests with `mod big_world;`, and by benches and the example `big_world` with `#[path]`.

#![allow(dead_code, reason = "each binary uses its own part")]
#![allow(clippy::indexing_slicing, reason = "a world is indexed by the numbers that it is made of")]

pub mod dice;
pub mod directory;
pub mod grants;
pub mod loaded;
pub mod steps;
pub mod texts;

use dice::Dice;
use directory::Directory;
pub use grants::Grant;
pub use steps::{Deed, Step, Target};

/// How a world is to be.
#[derive(Clone, Debug)]
pub struct Options {
    pub seed: u64,
    /// How many entities the estate has, about.
    pub entities: usize,
    /// How many policies and links together give or take something away, besides the four that every world has.
    pub policies: usize,
    /// How many steps the plan has.
    pub steps: usize,
    /// The share of policies in units that are links of templates.
    pub linked: f64,
    /// The share of steps that change something.
    pub changing: f64,
    /// What changing steps do, one after the other.
    pub changes: Vec<ChangeKind>,
    /// The share of changing steps that change the rights of somebody who acts in the phase before.
    pub interacting: f64,
    /// The share of reading steps that are aimed at a grant; the others are anybody's of anything.
    pub aimed: f64,
    /// How many steps a phase has.
    pub width: usize,
    /// Whether a phase waits for the one before it.
    pub chained: bool,
    /// Whether the steps of a phase come one after the other.
    pub listed: bool,
}

/// What a changing step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    Join,
    Create,
    Link,
}

impl Options {
    /// A world in which nothing changes, in unordered phases of ten listed steps.
    pub fn new(entities: usize, policies: usize, steps: usize) -> Self {
        Self {
            seed: 1,
            entities,
            policies,
            steps,
            linked: 0.5,
            changing: 0.0,
            changes: vec![ChangeKind::Join, ChangeKind::Create, ChangeKind::Link],
            interacting: 0.0,
            aimed: 0.7,
            width: 10,
            chained: false,
            listed: true,
        }
    }
}

/// A world: an estate, a bundle and a plan.
#[derive(Clone, Debug)]
pub struct BigWorld {
    pub options: Options,
    pub directory: Directory,
    pub grants: Vec<Grant>,
    pub steps: Vec<Step>,
}

impl BigWorld {
    /// The world of some options; the same options give the same world.
    pub fn new(options: Options) -> Self {
        // Each part has dice of its own, so that its size does not change the others.
        let dice = |part: u64| Dice::new(options.seed.wrapping_mul(31).wrapping_add(part));
        let directory = Directory::new(options.entities, &mut dice(1));
        let grants = grants::grants(&directory, options.policies, options.linked, &mut dice(2));
        let steps = steps::steps(&options, &directory, &grants, &mut dice(3));
        Self { options, directory, grants, steps }
    }
}
