//! Outcomes over every order that the step graph allows, without enumerating the orders.
//!
//! Two runs of a plan that differ only in the order of steps which do not touch each other lead every
//! step through the same states (they are one Mazurkiewicz trace). So only steps that race matter:
//! unordered steps of which one writes what the other reads or writes. For a step that a race can
//! reach, the runs of the steps that can influence it are explored state by state; every other step
//! has one state.
//!
//! What a step reads and writes depends on the state, so footprints grow while exploring, until they
//! are closed. They are indexed by what they write: a step that reads nothing of it costs one look.

mod ancestry;
mod conflicts;
mod explore;
mod footprints;
mod region;
mod touch;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use ancestry::Ancestry;
pub(super) use footprints::Footprints;
pub(super) use touch::{Influence, Touches};

use super::course::Ground;
use super::judgement::{Case, Conflict, Settlement};
use crate::model::StepId;
use explore::Explorer;

/// How many states are looked at for one step unless said otherwise.
pub const MAX_ORDERS: usize = 1 << 16;

/// What exploring the orders of a step found.
#[derive(Clone, Debug, Default)]
pub(super) struct Explored {
    /// Its decisions, one case for each state that differs to it.
    pub cases: Vec<Case>,
    /// Where the bound was hit: how many states were looked at.
    pub too_many: Option<usize>,
    /// The edge that would settle it, where it depends on the order.
    pub settlement: Option<Settlement>,
}

/// What is known about the orders of a plan.
pub(super) struct OrderFacts<'a> {
    explored: BTreeMap<StepId, Explored>,
    /// The pairs of steps that conflict.
    pub conflicts: Vec<Conflict>,
    /// Which steps come before which.
    pub ancestry: Ancestry<'a>,
    /// Which steps can touch which.
    pub touches: Touches,
    /// What steps write; nothing where no step changes anything.
    pub footprints: Option<Footprints>,
}

impl OrderFacts<'_> {
    /// What exploring found about a step; nothing where it has one state.
    pub(super) fn explored(&self, step: StepId) -> Option<&Explored> {
        self.explored.get(&step)
    }
}

/// Explores the orders of a plan.
pub(super) fn explore<'a>(ground: &Ground<'a>) -> OrderFacts<'a> {
    let mut facts = OrderFacts {
        explored: BTreeMap::new(),
        conflicts: Vec::new(),
        ancestry: Ancestry::new(ground.plan),
        touches: Touches::default(),
        footprints: None,
    };
    if ground.changing_steps().is_empty() {
        return facts;
    }
    let mut footprints = Footprints::new(ground);
    let mut regions: BTreeMap<StepId, BTreeSet<StepId>> = BTreeMap::new();
    let mut grown: BTreeSet<StepId> = BTreeSet::new();
    loop {
        facts.touches = Touches::find(footprints.touching(), &facts.ancestry);
        if facts.touches.is_settled() {
            break;
        }
        let mut explorer = Explorer::new(ground, &facts.ancestry, &mut footprints);
        let mut known = std::mem::take(&mut facts.explored);
        for step in facts.touches.reached_by_races() {
            let region = facts.touches.region(&[step], Influence::OnDecision, &facts.ancestry);
            let stays =
                regions.get(&step) == Some(&region) && !grown.contains(&step) && region.is_disjoint(&grown);
            let explored = known.remove(&step).filter(|_| stays);
            let explored = explored.unwrap_or_else(|| explorer.step(step, &region, None));
            facts.explored.insert(step, explored);
            regions.insert(step, region);
        }
        grown = explorer.take_grown();
        if grown.is_empty() {
            settle(&mut explorer, &mut facts.explored, &facts.touches);
            facts.conflicts = conflicts::find(&mut explorer, &facts.touches);
            break;
        }
    }
    facts.footprints = Some(footprints);
    facts
}

/// Looks for the edge that makes each order-dependent step allowed.
fn settle(explorer: &mut Explorer<'_, '_>, explored: &mut BTreeMap<StepId, Explored>, touches: &Touches) {
    use crate::report::Decision::Allow;
    for (step, explored) in explored {
        let decisions: BTreeSet<_> = explored.cases.iter().map(|case| case.decision).collect();
        if explored.too_many.is_some() || !decisions.contains(&Allow) || decisions.len() < 2 {
            continue;
        }
        let ancestry = explorer.ancestry;
        let region = touches.region(&[*step], Influence::OnDecision, ancestry);
        explored.settlement = candidates(*step, &region, ancestry).into_iter().find(|edge| {
            let with_edge = explorer.step(*step, &region, Some(*edge));
            !with_edge.cases.is_empty()
                && with_edge.too_many.is_none()
                && with_edge.cases.iter().all(|case| case.decision == Allow)
        });
    }
}

/// The edges that could settle a step: first those at the step itself, then those among what it reads.
fn candidates(step: StepId, region: &BTreeSet<StepId>, ancestry: &Ancestry<'_>) -> Vec<Settlement> {
    let mut edges = Vec::new();
    let loose: Vec<StepId> =
        region.iter().copied().filter(|other| ancestry.unordered(*other, step)).collect();
    edges.extend(loose.iter().map(|other| Settlement { before: *other, after: step }));
    edges.extend(loose.iter().map(|other| Settlement { before: step, after: *other }));
    for before in region {
        let others = region.iter().filter(|after| *after != before && ancestry.unordered(*before, **after));
        edges.extend(others.map(|after| Settlement { before: *before, after: *after }));
    }
    edges
}
