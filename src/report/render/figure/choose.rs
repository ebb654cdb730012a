//! Which phases are drawn step by step, and which as one node.

use std::cmp::Reverse;

use super::{OfPhases, PhaseSteps, goodness};
use crate::report::Outcome;

/// How a phase is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Step by step.
    Steps,
    /// As one node.
    Whole,
    /// Not at all.
    Not,
}

/// Every step where they fit; else the largest phases in which all is well become one node each, until the
/// rest fits; else all phases do.
pub(super) fn phases(of_phases: &OfPhases<'_>, most: usize) -> Vec<Shown> {
    let phases = &of_phases.phases;
    let mut shown: Vec<Shown> = phases.iter().map(whole_if_empty).collect();
    let mut nodes: usize = phases.iter().map(|phase| phase.steps.len().max(1)).sum();
    if nodes <= most {
        return shown;
    }
    let fine = |phase: &PhaseSteps<'_>| phase.phase.outcome == Outcome::Allowed;
    let mut candidates: Vec<usize> =
        phases.iter().enumerate().filter(|(_, phase)| fine(phase)).map(|(at, _)| at).collect();
    candidates.sort_by_key(|at| Reverse(phases.get(*at).map_or(0, |phase| phase.steps.len())));
    for at in candidates {
        let (Some(own), Some(phase)) = (shown.get_mut(at), phases.get(at)) else { continue };
        if nodes <= most {
            break;
        }
        *own = Shown::Whole;
        nodes -= phase.steps.len().max(1) - 1;
    }
    if nodes <= most { shown } else { whole_phases(of_phases, most) }
}

/// One node for each phase; where even these are too many, the first in plan order of the worst ones.
pub(super) fn whole_phases(of_phases: &OfPhases<'_>, most: usize) -> Vec<Shown> {
    let mut ranked: Vec<usize> = (0..of_phases.phases.len()).collect();
    ranked.sort_by_key(|at| of_phases.phases.get(*at).map(|phase| goodness(phase.phase.outcome)));
    let mut shown = vec![Shown::Not; of_phases.phases.len()];
    for at in ranked.into_iter().take(most.max(1)) {
        if let Some(own) = shown.get_mut(at) {
            *own = Shown::Whole;
        }
    }
    shown
}

fn whole_if_empty(phase: &PhaseSteps<'_>) -> Shown {
    if phase.steps.is_empty() { Shown::Whole } else { Shown::Steps }
}
