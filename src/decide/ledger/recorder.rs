//! Records the ledger of one step: what was seen while deciding, and what that rests on.

use std::collections::BTreeSet;

use super::{Because, Claim, FactId, Given, Ledger};
use crate::decide::Replay;
use crate::decide::judgement::{Authority, Case, Reason, StepJudgement};
use crate::decide::state::request;
use crate::model::{Estate, Plan, State, Step, StepId, Uid};
use crate::policy::{Bundle, Effect, Evaluation, Examination, change_reads};
use crate::report::Decision;
use crate::resolve::Places;
use crate::simulate::Moment;

/// Records the ledgers of the steps of one plan, each when it is asked for.
#[derive(Debug)]
pub struct Recorder<'a> {
    plan: &'a Plan,
    bundle: &'a Bundle,
    places: Option<&'a Places>,
    replay: Replay<'a>,
}

/// A step in one state.
pub(super) struct Here<'a> {
    pub plan: &'a Plan,
    pub bundle: &'a Bundle,
    pub places: Option<&'a Places>,
    pub replay: &'a Replay<'a>,
    pub step: &'a Step,
    pub moment: Moment,
    pub state: &'a State,
}

impl<'a> Recorder<'a> {
    /// Begins with the state before the plan; without `places`, what the estate says has no place.
    pub fn new(plan: &'a Plan, estate: &Estate, bundle: &'a Bundle, places: Option<&'a Places>) -> Self {
        Self { plan, bundle, places, replay: Replay::new(plan, estate, bundle) }
    }

    /// The ledger of a step; its last fact is the outcome, which follows from a decision for each case.
    pub fn record(&mut self, id: StepId, judged: &StepJudgement) -> Ledger {
        let mut ledger = Ledger::default();
        let mut causes: Vec<FactId> = Vec::new();
        for case in judged.cases.values() {
            let moment = match &case.run {
                Some(run) => self.replay.after(run),
                None => self.replay.before(id),
            };
            let here = Here {
                plan: self.plan,
                bundle: self.bundle,
                places: self.places,
                replay: &self.replay,
                step: self.plan.step(id),
                moment,
                state: self.replay.state(moment),
            };
            causes.push(here.decision(&mut ledger, case));
        }
        if let Authority::Granted(steps) | Authority::SelfGiven(steps) = &judged.authority {
            let ran = steps.iter().map(|step| ledger.ran(*step, self.plan.step(*step).spans.id)).collect();
            causes.push(ledger.add(Claim::Authority(steps.clone()), Because::Follows(ran)));
        }
        ledger.add(Claim::Outcome(judged.outcome), Because::Follows(causes));
        ledger
    }
}

impl Here<'_> {
    /// A decision, which follows from the reasons that were seen while it was made.
    fn decision(&self, ledger: &mut Ledger, case: &Case) -> FactId {
        let (policies, idle) = self.policies(ledger, case);
        let mut causes: Vec<FactId> = Vec::with_capacity(case.reasons.len() + 2);
        for reason in &case.reasons {
            let because = self.because_of(ledger, reason, &policies);
            causes.push(ledger.add(Claim::Reason(reason.clone()), because));
        }
        if matches!(case.decision, Decision::Allow | Decision::Inapplicable) {
            let forbids = of_effect(ledger, &policies, Effect::Forbid, |_| true);
            causes.push(ledger.add(Claim::Unopposed, follows_or_default(forbids)));
        }
        if idle > 0 {
            causes.push(ledger.add(Claim::Idle(idle), Because::Given(Given::Default)));
        }
        if case.decision == Decision::Allow {
            causes.extend(self.changes(ledger));
        }
        let decision = ledger.add(Claim::Decision(case.decision), Because::Follows(causes));
        let decisive = ledger.walk(decision);
        let besides: Vec<FactId> = policies.into_iter().filter(|fact| !decisive.contains(fact)).collect();
        if !besides.is_empty() {
            ledger.add(Claim::Besides(case.decision), Because::Follows(besides));
        }
        decision
    }

    /// The policies and links for the step's action and type of resource, and how many are left out:
    /// permits that do not apply, where others do.
    fn policies(&self, ledger: &mut Ledger, case: &Case) -> (Vec<FactId>, usize) {
        // No policy was asked about a step that names what does not exist.
        if case.decision == Decision::Missing {
            return (Vec::new(), 0);
        }
        let names = case.reasons.iter().filter_map(|reason| match reason {
            Reason::Permitted(id) => Some(&**id),
            Reason::Failed(failure) => Some(&*failure.policy),
            _ => None,
        });
        let named: BTreeSet<&str> = names.collect();
        let is_permitted = matches!(case.decision, Decision::Allow | Decision::Inapplicable);
        let is_wanted =
            |id: &str, effect: Effect| !is_permitted || effect == Effect::Forbid || named.contains(id);
        let examination = Examination::new(self.bundle, self.state, request(self.step));
        let (trees, idle) = examination.trees_of(is_wanted);
        (trees.into_iter().map(|tree| self.policy(ledger, tree)).collect(), idle)
    }

    fn because_of(&self, ledger: &mut Ledger, reason: &Reason, policies: &[FactId]) -> Because {
        let of = |id: &str| -> Vec<FactId> {
            policies.iter().copied().filter(|fact| is_policy(ledger, *fact, id)).collect()
        };
        match reason {
            Reason::Missing(_, uid) => Because::Follows(vec![self.existence(ledger, uid)]),
            Reason::Forbidden(id)
            | Reason::SoftForbidden(id)
            | Reason::Overridden(id)
            | Reason::Permitted(id)
            | Reason::Advised(id) => follows_or_default(of(id)),
            Reason::Failed(failure) => follows_or_default(of(&failure.policy)),
            Reason::NoPermit => follows_or_default(of_effect(ledger, policies, Effect::Permit, |_| true)),
            Reason::UnknownValue(_) => {
                let unknown = |result: &Evaluation| matches!(result, Evaluation::Unknown(_));
                let mut all = of_effect(ledger, policies, Effect::Permit, unknown);
                all.extend(of_effect(ledger, policies, Effect::Forbid, unknown));
                follows_or_default(all)
            }
            Reason::UnknownInChange(..) | Reason::Impossible(..) => {
                follows_or_default(self.changes(ledger).into_iter().collect())
            }
        }
    }

    /// What the changes of the step depend on, where it has any.
    fn changes(&self, ledger: &mut Ledger) -> Option<FactId> {
        let uids: Vec<Uid> = change_reads(self.bundle, self.state, request(self.step)).into_iter().collect();
        if uids.is_empty() {
            return None;
        }
        let causes = uids.iter().map(|uid| self.existence(ledger, uid)).collect();
        Some(ledger.add(Claim::Changes(uids), Because::Follows(causes)))
    }
}

fn is_policy(ledger: &Ledger, fact: FactId, id: &str) -> bool {
    matches!(&ledger.fact(fact).claim, Claim::Policy(policy) if policy.id == id)
}

fn of_effect(
    ledger: &Ledger,
    policies: &[FactId],
    effect: Effect,
    counts: impl Fn(&Evaluation) -> bool,
) -> Vec<FactId> {
    let is_meant = |fact: &FactId| matches!(&ledger.fact(*fact).claim, Claim::Policy(policy) if policy.effect == effect && counts(&policy.result));
    policies.iter().copied().filter(is_meant).collect()
}

fn follows_or_default(causes: Vec<FactId>) -> Because {
    match causes.is_empty() {
        true => Because::Given(Given::Default),
        false => Because::Follows(causes),
    }
}
