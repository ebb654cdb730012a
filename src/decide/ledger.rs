//! The ledger: what was found while deciding a step, each fact with what it rests on.
//!
//! A fact rests on something given or on earlier facts, so no fact can rest on itself, and the order of
//! the facts is one in which they can be told. What Cedar said of a step when it was decided is kept
//! with the judgement; [`Recorder`] records, for a step that somebody asks about, these same reasons
//! and below them the policies, part by part, as Cedar evaluates them on the same slice of the same
//! state. It never decides anything by itself.

mod claims;
mod membership;
mod parts;
mod recorder;

use std::collections::{BTreeSet, HashMap};

pub use claims::{Claim, PartClaim, PolicyClaim};
pub use recorder::Recorder;

use crate::model::{StepId, Uid};
use crate::source::Span;

/// A fact of a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(u32);

/// A claim, and why it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What is claimed.
    pub claim: Claim,
    /// Why it holds.
    pub because: Because,
}

/// Why a claim holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// Somebody says so.
    Given(Given),
    /// It follows from earlier facts, in the order in which they are told.
    Follows(Vec<FactId>),
}

/// Who or what says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A place in a file of the user's.
    Place(Span),
    /// The estate, where its files are not at hand.
    Estate,
    /// The bundle: a policy, the schema or the catalogue by itself.
    Bundle,
    /// The engine, which tells the policies of the plan.
    Engine,
    /// Nobody: what is not said is not so, and nothing is allowed that no permit allows.
    Default,
}

/// Facts, each after those that it rests on.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    facts: Vec<Fact>,
    /// The facts that can be shared, by what they are about.
    shared: HashMap<Uid, Vec<FactId>>,
    /// The steps that are known to have run.
    ran: HashMap<StepId, FactId>,
}

impl Ledger {
    /// The last fact: the outcome of the step that the ledger is about.
    pub fn conclusion(&self) -> Option<FactId> {
        let last = self.facts.len().checked_sub(1)?;
        u32::try_from(last).ok().map(FactId)
    }

    /// The fact that claims something, where there is one.
    pub fn find(&self, claim: &Claim) -> Option<FactId> {
        let at = self.facts.iter().position(|fact| fact.claim == *claim)?;
        u32::try_from(at).ok().map(FactId)
    }

    /// A fact of this ledger.
    pub fn fact(&self, id: FactId) -> &Fact {
        self.facts.get(id.0 as usize).expect("a fact is used with the ledger that it is of")
    }

    /// What a fact rests on, in the order in which it is told; empty for what is given.
    pub fn causes(&self, id: FactId) -> &[FactId] {
        match &self.fact(id).because {
            Because::Follows(causes) => causes,
            Because::Given(_) => &[],
        }
    }

    /// Everything that a fact rests on and the fact itself, each once, and each after what it rests on.
    pub fn walk(&self, from: FactId) -> Vec<FactId> {
        let mut wanted: BTreeSet<FactId> = [from].into();
        let mut open = vec![from];
        while let Some(next) = open.pop() {
            for cause in self.causes(next) {
                if wanted.insert(*cause) {
                    open.push(*cause);
                }
            }
        }
        wanted.into_iter().collect()
    }

    /// The step that a fact holds since, where a step made it so.
    pub fn since(&self, id: FactId) -> Option<StepId> {
        self.causes(id).iter().find_map(|cause| match self.fact(*cause).claim {
            Claim::Ran(step) => Some(step),
            _ => None,
        })
    }

    /// The place that says so.
    pub fn place(&self, id: FactId) -> Option<Span> {
        match self.fact(id).because {
            Because::Given(Given::Place(span)) => Some(span),
            _ => None,
        }
    }

    fn add(&mut self, claim: Claim, because: Because) -> FactId {
        let id = FactId(u32::try_from(self.facts.len()).expect("a step has fewer facts than 2^32"));
        self.facts.push(Fact { claim, because });
        id
    }

    /// Adds a fact about an entity unless the same one is there already.
    fn share(&mut self, about: &Uid, claim: Claim, because: Because) -> FactId {
        let known = self.shared.get(about).into_iter().flatten().copied().find(|id| {
            let fact = self.fact(*id);
            fact.claim == claim && fact.because == because
        });
        known.unwrap_or_else(|| {
            let id = self.add(claim, because);
            self.shared.entry(about.clone()).or_default().push(id);
            id
        })
    }

    /// The fact that a step ran before.
    fn ran(&mut self, step: StepId, place: Span) -> FactId {
        if let Some(known) = self.ran.get(&step) {
            return *known;
        }
        let id = self.add(Claim::Ran(step), Because::Given(Given::Place(place)));
        self.ran.insert(step, id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    #[test]
    fn a_walk_tells_each_fact_once_and_after_what_it_rests_on() {
        let mut sources = SourceMap::default();
        let file = sources.add("plan.yaml", crate::source::Role::Plan, "");
        let mut ledger = Ledger::default();
        let place = Span::new(file, 0, 0);
        let ran = ledger.ran(StepId::new(0), place);
        assert_eq!(ledger.ran(StepId::new(0), place), ran);
        let about: Uid = "G::\"a\"".parse().unwrap();
        let exists = |ledger: &mut Ledger| {
            ledger.share(&about, Claim::Exists(about.clone()), Because::Follows(vec![ran]))
        };
        let one = exists(&mut ledger);
        assert_eq!(exists(&mut ledger), one);
        let apart = ledger.add(Claim::Unopposed, Because::Given(Given::Default));
        let whole = ledger.add(Claim::Unopposed, Because::Follows(vec![one, ran]));
        assert_eq!(ledger.walk(whole), [ran, one, whole]);
        assert_eq!(ledger.since(one), Some(StepId::new(0)));
        assert_eq!(ledger.walk(apart), [apart]);
        assert_eq!(ledger.conclusion(), Some(whole));
    }
}
