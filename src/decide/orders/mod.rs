//! Outcomes over every order that the step graph allows, without enumerating the orders.
//!
//! Two runs of a plan that differ only in the order of steps which do not touch each other lead every
//! step through the same states (they are one Mazurkiewicz trace). So only steps that race matter:
//! unordered steps of which one writes what the other reads or writes. For a step that a race can
//! reach, the runs of the steps that can influence it are explored state by state; every other step
//! has one state.
//!
//! What a step reads and writes depends on the state, so footprints grow while exploring, until they
//! are closed.

mod ancestry;
mod conflicts;
mod explore;
mod touch;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(super) use ancestry::Ancestry;
pub(super) use touch::Touches;

use super::brief::Briefing;
use super::judgement::{Case, Conflict, Settlement};
use super::state::request;
use crate::model::{Plan, State, StepId};
use crate::policy::{Bundle, Footprint, footprint};
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
pub(super) struct OrderFacts {
    explored: BTreeMap<StepId, Explored>,
    /// The pairs of steps that conflict.
    pub conflicts: Vec<Conflict>,
    /// Which steps come before which.
    pub ancestry: Rc<Ancestry>,
    /// Which steps can touch which.
    pub touches: Touches,
}

impl OrderFacts {
    /// What exploring found about a step; nothing where it has one state.
    pub(super) fn explored(&self, step: StepId) -> Option<&Explored> {
        self.explored.get(&step)
    }
}

/// Explores the orders of a plan; `states` holds the state before each step when its ancestors ran
/// in plan order.
pub(super) fn explore(
    plan: &Plan,
    bundle: &Bundle,
    briefing: &Briefing,
    initial: &State,
    states: &[&State],
    changing: &[bool],
    max_orders: usize,
) -> OrderFacts {
    let mut facts = OrderFacts {
        explored: BTreeMap::new(),
        conflicts: Vec::new(),
        ancestry: Rc::new(Ancestry::new(plan, changing)),
        touches: Touches::default(),
    };
    if !changing.contains(&true) {
        return facts;
    }
    let mut footprints: Vec<Footprint> = plan
        .step_ids()
        .zip(states)
        .map(|(id, state)| footprint(bundle, state, request(plan.step(id))))
        .collect();
    let ancestry = Rc::clone(&facts.ancestry);
    loop {
        facts.touches = Touches::find(&footprints, changing, &facts.ancestry);
        let racing = facts.touches.races();
        if racing.is_empty() {
            return facts;
        }
        let mut explorer =
            Explorer::new(plan, bundle, briefing, initial, &ancestry, &mut footprints, max_orders);
        facts.explored.clear();
        for step in facts.touches.reached_by_races() {
            let region = facts.touches.region(&[step], &facts.ancestry);
            facts.explored.insert(step, explorer.step(step, &region, None));
        }
        if !explorer.grew() {
            settle(&mut explorer, &mut facts);
            conflicts::find(&mut explorer, &mut facts, &racing, changing);
            return facts;
        }
    }
}

/// Looks for the edge that makes each order-dependent step allowed.
fn settle(explorer: &mut Explorer<'_>, facts: &mut OrderFacts) {
    use crate::report::Decision::Allow;
    let depends = |explored: &Explored| {
        let decisions: BTreeSet<_> = explored.cases.iter().map(|case| case.decision).collect();
        explored.too_many.is_none() && decisions.contains(&Allow) && decisions.len() > 1
    };
    let open: Vec<StepId> =
        facts.explored.iter().filter(|(_, explored)| depends(explored)).map(|(step, _)| *step).collect();
    for step in open {
        let region = facts.touches.region(&[step], &facts.ancestry);
        let settlement = candidates(step, &region, &facts.ancestry).into_iter().find(|edge| {
            let with_edge = explorer.step(step, &region, Some(*edge));
            !with_edge.cases.is_empty()
                && with_edge.too_many.is_none()
                && with_edge.cases.iter().all(|case| case.decision == Allow)
        });
        if let Some(explored) = facts.explored.get_mut(&step) {
            explored.settlement = settlement;
        }
    }
}

/// The edges that could settle a step: first those at the step itself, then those among what it reads.
fn candidates(step: StepId, region: &BTreeSet<StepId>, ancestry: &Ancestry) -> Vec<Settlement> {
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
