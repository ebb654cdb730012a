//! The steps that can influence some steps, and which of them can come next.

use std::collections::{BTreeMap, BTreeSet};

use super::Ancestry;
use crate::decide::course::Ground;
use crate::decide::judgement::Settlement;
use crate::model::{Step, StepId, Uid, Value};
use crate::policy::Operation;

/// A down-closed set of the steps of a region, by their position in it.
pub(super) type Ideal = Vec<bool>;

/// The steps of a region and their order, by their position in it.
///
/// Steps that are the same request at the same place of the order are alike: swapping two of them in a
/// run changes no state of it. So they are run in one order only, the listed one.
pub(super) struct Region {
    pub(super) members: Vec<StepId>,
    /// By member: the members that come before it.
    needs: Vec<Vec<usize>>,
    /// The members that come before the steps that the region is of.
    required: Vec<usize>,
    /// The members that come after one of them.
    banned: Vec<bool>,
    /// By member: the members alike, it included.
    alike: Vec<Vec<usize>>,
}

impl Region {
    /// The region of some steps, under one more edge.
    pub(super) fn new(
        ground: &Ground<'_>,
        ancestry: &Ancestry<'_>,
        steps: &[StepId],
        region: &BTreeSet<StepId>,
        edge: Option<Settlement>,
    ) -> Self {
        let members: Vec<StepId> = region.iter().copied().collect();
        let earlier = |first: StepId, second: StepId| {
            ancestry.before(first, second)
                || edge.is_some_and(|edge| {
                    let from = first == edge.before || ancestry.before(first, edge.before);
                    from && (second == edge.after || ancestry.before(edge.after, second))
                })
        };
        let needs = members.iter().map(|step| positions(&members, |other| earlier(other, *step))).collect();
        let required = positions(&members, |other| steps.iter().any(|step| earlier(other, *step)));
        let banned = members.iter().map(|other| steps.iter().any(|step| earlier(*step, *other))).collect();
        let mut region = Self { members, needs, required, banned, alike: Vec::new() };
        region.alike = region.find_alike(ground);
        region
    }

    fn find_alike(&self, ground: &Ground<'_>) -> Vec<Vec<usize>> {
        let mut later: Vec<Vec<usize>> = vec![Vec::new(); self.members.len()];
        for (at, needs) in self.needs.iter().enumerate() {
            for need in needs {
                if let Some(later) = later.get_mut(*need) {
                    later.push(at);
                }
            }
        }
        let mut kinds: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, member) in self.members.iter().enumerate() {
            let step = ground.plan.step(*member);
            // A link is known by the step that makes it, so that no other step is like that one.
            let named = ground.bundle.operation(&step.action).is_none_or(Operation::makes_links);
            let place = (self.needs.get(at), later.get(at), self.required.contains(&at), self.banned.get(at));
            kinds.entry((request_of(step), named.then_some(at), place)).or_default().push(at);
        }
        let mut alike = vec![Vec::new(); self.members.len()];
        for kind in kinds.into_values() {
            for at in &kind {
                if let Some(alike) = alike.get_mut(*at) {
                    alike.clone_from(&kind);
                }
            }
        }
        alike
    }

    /// Says whether all of an ideal's steps that have to come first have come.
    pub(super) fn is_complete(&self, ideal: &Ideal) -> bool {
        self.required.iter().all(|at| has(ideal, *at))
    }

    /// The members that can come next, of those alike the first.
    pub(super) fn open(&self, ideal: &Ideal) -> Vec<(usize, StepId)> {
        let members = self.members.iter().copied().enumerate();
        let open = members.filter(|(at, _)| {
            let ready = self.needs.get(*at).is_some_and(|needs| needs.iter().all(|need| has(ideal, *need)));
            let first = || self.left_alike(*at, ideal).next() == Some(*at);
            ready && !has(ideal, *at) && self.banned.get(*at) == Some(&false) && first()
        });
        open.collect()
    }

    /// A member and those alike that have not come yet.
    pub(super) fn alike<'a>(&'a self, at: usize, ideal: &'a Ideal) -> impl Iterator<Item = StepId> + 'a {
        self.left_alike(at, ideal).filter_map(|other| self.members.get(other).copied())
    }

    fn left_alike<'a>(&'a self, at: usize, ideal: &'a Ideal) -> impl Iterator<Item = usize> + 'a {
        self.alike.get(at).into_iter().flatten().copied().filter(|other| !has(ideal, *other))
    }

    /// Says whether the members that need no other alone can come in more combinations than a bound.
    pub(super) fn surely_has_more_orders_than(&self, bound: usize) -> bool {
        let free = |at: &usize| {
            self.needs.get(*at).is_some_and(Vec::is_empty) && self.banned.get(*at) == Some(&false)
        };
        let first = |at: &usize| self.alike.get(*at).is_some_and(|alike| alike.first() == Some(at));
        let mut combinations = 1_usize;
        for at in (0..self.members.len()).filter(|at| free(at) && first(at)) {
            let alike = self.alike.get(at).map_or(1, Vec::len);
            combinations = combinations.saturating_mul(alike + 1);
        }
        combinations > bound
    }
}

/// What makes two steps the same request.
fn request_of(step: &Step) -> (&Uid, &Uid, &Uid, &Value) {
    (&step.principal, &step.action, &step.resource, &step.context)
}

fn has(ideal: &Ideal, at: usize) -> bool {
    ideal.get(at) == Some(&true)
}

fn positions(members: &[StepId], holds: impl Fn(StepId) -> bool) -> Vec<usize> {
    members.iter().enumerate().filter(|(_, member)| holds(**member)).map(|(at, _)| at).collect()
}
