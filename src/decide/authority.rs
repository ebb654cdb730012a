//! Where the authority for a step comes from: from before the plan, from others, or from itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::course::Ground;
use super::judgement::Authority;
use super::orders::OrderFacts;
use super::state::{Decider, request};
use crate::model::{Edit, Plan, State, Step, StepId, Uid};
use crate::policy::{
    Bundle, KindCell, KindFootprint, Prerequisites, evaluate_changes, evaluate_creates, kind_footprint,
    writes_vary,
};
use crate::simulate::apply;

/// The steps whose writes vary with the state, and what actions read and write by entity type.
#[derive(Default)]
pub(super) struct Varying {
    steps: Vec<StepId>,
    /// Empty where there is no such step.
    kinds: BTreeMap<Uid, KindFootprint>,
}

impl Varying {
    pub(super) fn of(ground: &Ground<'_>) -> Self {
        let actions = &ground.actions;
        let vary: BTreeSet<&Uid> =
            actions.iter().copied().filter(|action| writes_vary(ground.bundle, action)).collect();
        if vary.is_empty() {
            return Self::default();
        }
        let steps = ground.changing_steps().into_iter();
        let steps = steps.filter(|step| vary.contains(&*ground.plan.step(*step).action)).collect();
        let kinds =
            actions.iter().map(|action| ((*action).clone(), kind_footprint(ground.bundle, action))).collect();
        Self { steps, kinds }
    }
}

/// Finds the authority of allowed steps.
///
/// What an operation writes mostly depends on its request alone. Then the steps that can influence a
/// step are found by the cells that it reads, in every state that is looked at; where an operation's
/// writes vary with the state, by the types of the entities.
pub(super) struct Tracer<'g, 'a> {
    ground: &'g Ground<'a>,
    plan: &'g Plan,
    bundle: &'g Bundle,
    facts: &'g OrderFacts<'a>,
    varying: &'g Varying,
    decider: Decider<'g>,
    influences: HashMap<StepId, Rc<Vec<StepId>>>,
    known: HashMap<(StepId, Vec<StepId>), bool>,
    /// By principal: of each step that was asked about, whether that principal taints it.
    taint: BTreeMap<Uid, BTreeMap<StepId, bool>>,
    /// Writers of what steps read in states other than that before them.
    found: BTreeMap<StepId, BTreeSet<StepId>>,
    /// Whether more of them were found than the answers so far know of.
    grew: bool,
}

impl<'g, 'a> Tracer<'g, 'a> {
    pub(super) fn new(ground: &'g Ground<'a>, facts: &'g OrderFacts<'a>, varying: &'g Varying) -> Self {
        Self {
            ground,
            plan: ground.plan,
            bundle: ground.bundle,
            facts,
            varying,
            decider: Decider::new(ground.bundle, ground.briefing, Prerequisites::Aside),
            influences: HashMap::new(),
            known: HashMap::new(),
            taint: BTreeMap::new(),
            found: BTreeMap::new(),
            grew: false,
        }
    }

    /// Where the authority for a step comes from that is allowed.
    pub(super) fn authority(&mut self, step: StepId) -> Authority {
        loop {
            let authority = self.authority_as_known(step);
            if !std::mem::take(&mut self.grew) {
                return authority;
            }
            self.influences.clear();
            self.known.clear();
            self.taint.clear();
        }
    }

    fn authority_as_known(&mut self, step: StepId) -> Authority {
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

    /// The ancestors of a step that can influence its authority, in plan order.
    ///
    /// The other ancestors write nothing that the step, or one of these, reads, so whether they run
    /// makes no difference.
    fn ancestors(&mut self, step: StepId) -> Rc<Vec<StepId>> {
        if let Some(known) = self.influences.get(&step) {
            return Rc::clone(known);
        }
        let ancestry = &self.facts.ancestry;
        let mut found: BTreeSet<StepId> = BTreeSet::new();
        let mut open = vec![step];
        let mut wanted: BTreeSet<&KindCell> = BTreeSet::new();
        let mut left: Vec<StepId> =
            self.varying.steps.iter().copied().filter(|other| ancestry.before(*other, step)).collect();
        while let Some(reader) = open.pop() {
            let writers = self
                .facts
                .touches
                .writers(reader)
                .chain(self.found.get(&reader).into_iter().flatten().copied());
            let near = writers.filter(|writer| !found.contains(writer) && ancestry.before(*writer, step));
            let mut near: Vec<StepId> = near.collect();
            if !left.is_empty() {
                wanted.extend(
                    self.kinds(reader).map(|kinds| reads_of(kinds, reader == step)).into_iter().flatten(),
                );
                let by_kind = |other: &StepId| {
                    self.kinds(*other)
                        .is_some_and(|kinds| kinds.writes.iter().any(|cell| wanted.contains(cell)))
                };
                let (more, far): (Vec<StepId>, Vec<StepId>) = left.into_iter().partition(by_kind);
                near.extend(more);
                left = far;
            }
            for writer in near {
                if found.insert(writer) {
                    open.push(writer);
                }
            }
        }
        let found = Rc::new(found.into_iter().collect());
        self.influences.insert(step, Rc::clone(&found));
        found
    }

    fn kinds(&self, step: StepId) -> Option<&'g KindFootprint> {
        self.varying.kinds.get(&self.plan.step(step).action)
    }

    /// Notes the writers of what a step reads in a state, or what its changes read there.
    fn note(&mut self, step: StepId, state: &State, edits: &[(usize, Edit)]) {
        let Some(footprints) = &self.facts.footprints else { return };
        let asked = request(self.plan.step(step));
        for writer in footprints.written().touching(self.bundle, state, asked, edits).deciding {
            let known = || self.facts.touches.writers(step).any(|known| known == writer);
            if writer != step && self.facts.ancestry.before(writer, step) && !known() {
                self.grew |= self.found.entry(step).or_default().insert(writer);
            }
        }
    }

    /// Says whether a step is a principal's doing: its own, or made possible only by what it did.
    fn tainted(&mut self, step: StepId, principal: &Uid) -> bool {
        if *self.plan.step(step).principal == *principal {
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
        self.note(step, &state, &[]);
        let permitted = self.decider.permits(self.plan.step(step), &state);
        self.known.insert(key, permitted);
        permitted
    }

    /// The state in which only some of a step's ancestors acted, and the others only made what the
    /// step needs to exist.
    fn bare(&mut self, step: StepId, from: &[StepId]) -> State {
        let ancestors = self.ancestors(step);
        let target = self.plan.step(step);
        let mut needed: BTreeSet<Uid> =
            [&target.principal, &target.resource].map(|uid| Uid::clone(uid)).into();
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
    fn replay(&mut self, ancestors: &[StepId], from: &[StepId], needed: &mut BTreeSet<Uid>) -> State {
        let mut state = self.ground.initial.clone();
        let mut made: BTreeSet<Uid> = BTreeSet::new();
        for ancestor in ancestors.iter().copied() {
            state = match from.contains(&ancestor) {
                true => self.act(ancestor, &state, &made),
                false => self.create_needed(ancestor, state, needed, &mut made),
            };
        }
        state
    }

    /// All changes of a step or none, creates that are already made aside.
    fn act(&mut self, id: StepId, state: &State, made: &BTreeSet<Uid>) -> State {
        let step: &'g Step = self.plan.step(id);
        let edits = evaluate_changes(self.bundle, state, request(step));
        self.note(id, state, edits.as_deref().unwrap_or_default());
        let Ok(edits) = edits else { return state.clone() };
        let is_made = |edit: &Edit| matches!(edit, Edit::Create { uid, .. } if made.contains(uid) && state.contains(uid));
        let left: Vec<(usize, Edit)> = edits.into_iter().filter(|(_, edit)| !is_made(edit)).collect();
        apply(state, &left, &step.address, self.bundle.schema()).unwrap_or_else(|_| state.clone())
    }

    /// Those creates of a step that are needed, each by itself.
    fn create_needed(
        &mut self,
        id: StepId,
        mut state: State,
        needed: &mut BTreeSet<Uid>,
        made: &mut BTreeSet<Uid>,
    ) -> State {
        let step: &'g Step = self.plan.step(id);
        let creates = evaluate_creates(self.bundle, &state, request(step));
        if !creates.is_empty() {
            self.note(id, &state, &creates);
        }
        for (position, edit) in &creates {
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

/// What of the state can decide whether a step may be done, or what its changes can read.
fn reads_of(kinds: &KindFootprint, is_target: bool) -> impl Iterator<Item = &KindCell> {
    let existence = |cell: &&KindCell| matches!(cell, KindCell::Existence(_));
    let of_target = kinds.authority.iter().filter(move |_| is_target);
    let of_changes = kinds.reads.iter().filter(move |cell| !is_target || existence(cell));
    of_target.chain(of_changes)
}
