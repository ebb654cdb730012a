//! Where the authority for a step comes from: from before the plan, from others, or from itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::brief::Briefing;
use super::judgement::{Authority, StepJudgement};
use super::orders::OrderFacts;
use super::state::{Decider, request};
use crate::model::{Edit, Plan, State, Step, StepId, Uid};
use crate::policy::{
    Bundle, KindCell, KindFootprint, Prerequisites, evaluate_changes, evaluate_creates, kind_footprint,
};
use crate::report::Outcome;
use crate::simulate::apply;

/// Finds the authority of every allowed step.
pub(super) fn fill(
    plan: &Plan,
    bundle: &Bundle,
    briefing: &Briefing,
    initial: &State,
    facts: &OrderFacts,
    steps: &mut [StepJudgement],
) {
    let actions: BTreeSet<&Uid> = plan.steps.iter().map(|step| &step.action).collect();
    let mut tracer = Tracer {
        plan,
        bundle,
        initial,
        facts,
        decider: Decider::new(bundle, briefing, Prerequisites::Aside),
        kinds: actions.into_iter().map(|action| (action.clone(), kind_footprint(bundle, action))).collect(),
        influences: HashMap::new(),
        known: HashMap::new(),
        taint: BTreeMap::new(),
    };
    for (id, judged) in plan.step_ids().zip(steps) {
        if judged.outcome == Outcome::Allowed {
            judged.authority = tracer.authority(id);
        }
    }
}

struct Tracer<'a> {
    plan: &'a Plan,
    bundle: &'a Bundle,
    initial: &'a State,
    facts: &'a OrderFacts,
    decider: Decider<'a>,
    kinds: BTreeMap<Uid, KindFootprint>,
    influences: HashMap<StepId, Rc<Vec<StepId>>>,
    known: HashMap<(StepId, Vec<StepId>), bool>,
    /// By principal: of each step that was asked about, whether that principal taints it.
    taint: BTreeMap<Uid, BTreeMap<StepId, bool>>,
}

impl Tracer<'_> {
    fn authority(&mut self, step: StepId) -> Authority {
        let ancestors = self.ancestors(step);
        if ancestors.is_empty() {
            return Authority::Standing;
        }
        let principal = self.plan.step(step).principal.clone();
        let clean: Vec<StepId> =
            ancestors.iter().copied().filter(|other| !self.tainted(*other, &principal)).collect();
        if !self.has_authority(step, &clean) {
            return Authority::SelfGiven(self.provenance(step, &ancestors));
        }
        if self.has_authority(step, &[]) {
            return Authority::Standing;
        }
        Authority::Granted(self.provenance(step, &ancestors))
    }

    /// The ancestors of a step that can influence its authority in any state, in plan order.
    ///
    /// They are found by entity types, which are the same in every state; the other ancestors write
    /// nothing that the step, or one of these, could read, so whether they run makes no difference.
    fn ancestors(&mut self, step: StepId) -> Rc<Vec<StepId>> {
        if let Some(known) = self.influences.get(&step) {
            return Rc::clone(known);
        }
        let mut wanted = self.kinds(step).authority.clone();
        wanted.extend(
            self.kinds(step).reads.iter().filter(|cell| matches!(cell, KindCell::Existence(_))).cloned(),
        );
        let mut left: Vec<StepId> = self.facts.ancestry.changing_before(step);
        let mut found: BTreeSet<StepId> = BTreeSet::new();
        loop {
            let (near, far): (Vec<StepId>, Vec<StepId>) =
                left.into_iter().partition(|other| !self.kinds(*other).writes.is_disjoint(&wanted));
            if near.is_empty() {
                break;
            }
            for other in near {
                wanted.extend(self.kinds(other).reads.iter().cloned());
                found.insert(other);
            }
            left = far;
        }
        let found = Rc::new(found.into_iter().collect());
        self.influences.insert(step, Rc::clone(&found));
        found
    }

    fn kinds(&self, step: StepId) -> &KindFootprint {
        let found = self.kinds.get(&self.plan.step(step).action);
        found.expect("the kinds of every action of the plan are known")
    }

    /// Says whether a step is a principal's doing: its own, or made possible only by what it did.
    fn tainted(&mut self, step: StepId, principal: &Uid) -> bool {
        if self.plan.step(step).principal == *principal {
            return true;
        }
        if let Some(known) = self.taint.get(principal).and_then(|known| known.get(&step)) {
            return *known;
        }
        let ancestors = self.ancestors(step);
        let clean: Vec<StepId> =
            ancestors.iter().copied().filter(|other| !self.tainted(*other, principal)).collect();
        let tainted = clean.len() < ancestors.len()
            && self.has_authority(step, &ancestors)
            && !self.has_authority(step, &clean);
        self.taint.entry(principal.clone()).or_default().insert(step, tainted);
        tainted
    }

    /// What is left of the ancestors when all that the step does not need are dropped, last first.
    fn provenance(&mut self, step: StepId, ancestors: &[StepId]) -> Vec<StepId> {
        let mut kept = ancestors.to_vec();
        for candidate in ancestors.iter().rev().copied() {
            let without: Vec<StepId> = kept.iter().copied().filter(|other| *other != candidate).collect();
            if self.has_authority(step, &without) {
                kept = without;
            }
        }
        kept
    }

    fn has_authority(&mut self, step: StepId, from: &[StepId]) -> bool {
        let key = (step, from.to_vec());
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let state = self.bare(step, from);
        let permitted = self.decider.permits(self.plan.step(step), &state);
        self.known.insert(key, permitted);
        permitted
    }

    /// The state in which only some of a step's ancestors acted, and the others only made what the
    /// step needs to exist.
    fn bare(&mut self, step: StepId, from: &[StepId]) -> State {
        let ancestors = self.ancestors(step);
        let target = self.plan.step(step);
        let mut needed: BTreeSet<Uid> = [target.principal.clone(), target.resource.clone()].into();
        target.for_each_context_entity(&mut |uid| {
            needed.insert(uid.clone());
        });
        loop {
            let before = needed.len();
            let state = self.replay(&ancestors, from, &mut needed);
            if needed.len() == before {
                return state;
            }
        }
    }

    /// Replays ancestors in plan order; adds the parents of what was needed to it.
    fn replay(&self, ancestors: &[StepId], from: &[StepId], needed: &mut BTreeSet<Uid>) -> State {
        let mut state = self.initial.clone();
        let mut made: BTreeSet<Uid> = BTreeSet::new();
        for ancestor in ancestors.iter().copied() {
            let acting = self.plan.step(ancestor);
            state = match from.contains(&ancestor) {
                true => self.act(acting, &state, &made),
                false => self.create_needed(acting, state, needed, &mut made),
            };
        }
        state
    }

    /// All changes of a step or none, creates that are already made aside.
    fn act(&self, step: &Step, state: &State, made: &BTreeSet<Uid>) -> State {
        let Ok(edits) = evaluate_changes(self.bundle, state, request(step)) else { return state.clone() };
        let is_made = |edit: &Edit| matches!(edit, Edit::Create { uid, .. } if made.contains(uid) && state.contains(uid));
        let left: Vec<(usize, Edit)> = edits.into_iter().filter(|(_, edit)| !is_made(edit)).collect();
        apply(state, &left, &step.address, self.bundle.schema()).unwrap_or_else(|_| state.clone())
    }

    /// Those creates of a step that are needed, each by itself.
    fn create_needed(
        &self,
        step: &Step,
        mut state: State,
        needed: &mut BTreeSet<Uid>,
        made: &mut BTreeSet<Uid>,
    ) -> State {
        for (position, edit) in &evaluate_creates(self.bundle, &state, request(step)) {
            let Edit::Create { uid, parents, .. } = edit else { continue };
            if !needed.contains(uid) {
                continue;
            }
            needed.extend(parents.iter().cloned());
            if let Ok(next) = apply(&state, &[(*position, edit.clone())], &step.address, self.bundle.schema())
            {
                state = next;
                made.insert(uid.clone());
            }
        }
        state
    }
}
