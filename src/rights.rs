//! The rights that each phase of a plan needs, from the policies alone.
//!
//! A right is derived and not read from a label: it is one of the minimal alternatives of conditions
//! on the principal under which a step is allowed, in the state that the steps before it leave
//! behind and with prerequisites left aside. `@right` only gives it a name.

mod phase;
mod step;

use std::collections::BTreeSet;

pub use step::{RightOnResource, StepRights, Today};

use crate::decide::{initial_state, states_before};
use crate::model::{Estate, Plan, Uid};
use crate::policy::{Alternative, Bundle, Undecided};

/// The rights that a plan needs.
#[derive(Clone, Debug)]
pub struct Rights {
    /// By phase, in plan order.
    pub phases: Vec<PhaseRights>,
    /// By step, in plan order.
    pub steps: Vec<StepRights>,
}

/// The rights that a phase needs.
#[derive(Clone, Debug)]
pub struct PhaseRights {
    /// The position of the phase in the plan.
    pub phase: usize,
    /// One need where whoever meets it can do every step, else one for each group of steps of equal need.
    pub needs: Vec<Need>,
}

/// What is needed for some steps of a phase.
#[derive(Clone, Debug)]
pub struct Need {
    /// The positions of the steps in plan order.
    pub steps: Vec<usize>,
    /// The alternatives, each with those who meet it before the plan.
    pub alternatives: Result<Vec<(Alternative, BTreeSet<Uid>)>, Undecided>,
    /// The rights on the resources.
    pub on_resources: Vec<RightOnResource>,
}

/// Derives the rights that a plan's steps need.
pub fn rights(plan: &Plan, estate: &Estate, bundle: &Bundle) -> Rights {
    let initial = initial_state(estate, bundle);
    let states = states_before(plan, estate, bundle);
    let found: Vec<step::Found> = plan
        .steps
        .iter()
        .zip(&states)
        .map(|(step, state)| step::find(bundle, &initial, state, step))
        .collect();
    let phases =
        (0..plan.phases.len()).map(|phase| phase::needs(plan, bundle, &initial, &found, phase)).collect();
    Rights { phases, steps: found.into_iter().map(|found| found.rights).collect() }
}
