//! The decision of one step in one state, by the rules in their order.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::brief::Briefing;
use super::judgement::{Case, MissingRole, Reason};
use crate::document::Level;
use crate::model::{Edit, EntityId, Impossible, Override, State, Step, Uid};
use crate::policy::{
    Bundle, Effect, Failure, PolicyFailure, PolicySets, Prerequisites, Request, Ruling, evaluate_changes,
    rule_of,
};
use crate::report::Decision;
use crate::simulate::apply;

/// The request that a step is.
pub(super) fn request(step: &Step) -> Request<'_> {
    Request {
        principal: &step.principal,
        action: &step.action,
        resource: &step.resource,
        context: &step.context,
    }
}

/// The state after a step; what cannot be changed stays, whether or not the step is allowed.
pub(super) fn after(bundle: &Bundle, step: &Step, state: &State) -> State {
    try_after(bundle, step, state).unwrap_or_else(|| state.clone())
}

/// The state after a step, where its changes are applicable.
pub(super) fn try_after(bundle: &Bundle, step: &Step, state: &State) -> Option<State> {
    made(bundle, step, state).map(|(_, after)| after)
}

/// The changes of a step, and the state after it, where they are applicable.
pub(super) fn made(bundle: &Bundle, step: &Step, state: &State) -> Option<(Vec<(usize, Edit)>, State)> {
    let edits = evaluate_changes(bundle, state, request(step)).ok()?;
    let after = apply(state, &edits, &step.address, bundle.schema()).ok()?;
    Some((edits, after))
}

/// Decides steps in states; keeps the policy sets of the last state's links, which mostly fit the next one.
pub(super) struct Decider<'a> {
    bundle: &'a Bundle,
    briefing: &'a Briefing,
    prerequisites: Prerequisites,
    /// The policies with the links of the last state.
    sets: Option<PolicySets>,
}

impl<'a> Decider<'a> {
    pub(super) fn new(bundle: &'a Bundle, briefing: &'a Briefing, prerequisites: Prerequisites) -> Self {
        Self { bundle, briefing, prerequisites, sets: None }
    }

    /// The decision of a step in a state; the case's run is left out.
    pub(super) fn decide(&mut self, step: &Step, state: &State) -> Case {
        let handles = (state.handle(&step.principal), state.handle(&step.resource));
        let missing = missing(step, state, self.bundle, handles);
        if !missing.is_empty() {
            return case(Decision::Missing, Vec::new(), missing);
        }
        let edits = evaluate_changes(self.bundle, state, request(step));
        let ruling = rule_of(self.bundle, self.sets(state), state, request(step), handles);
        if let Some(what) = ruling.unknown {
            return case(Decision::Indeterminate, Vec::new(), vec![Reason::UnknownValue(what)]);
        }
        if let Err(Failure::Unknown(position, what)) = edits {
            return case(Decision::Indeterminate, Vec::new(), vec![Reason::UnknownInChange(position, what)]);
        }
        let reasons = self.side_reasons(step, &ruling);
        if ruling.failures.iter().any(is_hard_forbid) {
            return case(Decision::Indeterminate, ruling.failures, reasons);
        }
        match self.denial(step, &ruling, reasons) {
            Some(denied) => denied,
            None => self.allowed(step, state, ruling, edits),
        }
    }

    /// Says whether a step is allowed in a state, its changes left aside.
    pub(super) fn permits(&mut self, step: &Step, state: &State) -> bool {
        let handles = (state.handle(&step.principal), state.handle(&step.resource));
        if !missing(step, state, self.bundle, handles).is_empty() {
            return false;
        }
        let ruling = rule_of(self.bundle, self.sets(state), state, request(step), handles);
        let clean = ruling.unknown.is_none() && !ruling.failures.iter().any(is_hard_forbid);
        clean && self.denial(step, &ruling, Vec::new()).is_none()
    }

    fn allowed(
        &self,
        step: &Step,
        state: &State,
        ruling: Ruling,
        edits: Result<Vec<(usize, Edit)>, Failure>,
    ) -> Case {
        let mut reasons: Vec<Reason> = ruling.determining.iter().cloned().map(Reason::Permitted).collect();
        reasons.extend(self.side_reasons(step, &ruling));
        let made = match edits {
            Ok(edits) => apply(state, &edits, &step.address, self.bundle.schema()).map(|_| ()),
            Err(Failure::Fails(position, why) | Failure::Unknown(position, why)) => {
                Err((position, Impossible::Fails(why)))
            }
        };
        match made {
            Ok(()) => {
                let allowed = case(Decision::Allow, ruling.failures, reasons);
                Case { determining: ruling.determining, ..allowed }
            }
            Err((position, why)) => {
                reasons.insert(0, Reason::Impossible(position, why));
                case(Decision::Inapplicable, ruling.failures, reasons)
            }
        }
    }

    /// The denial that a ruling means, where it means one.
    fn denial(&self, step: &Step, ruling: &Ruling, side: Vec<Reason>) -> Option<Case> {
        let overridden = |id: &Arc<str>| self.override_for(id, step).is_some();
        let soft: Vec<&Arc<str>> = ruling.soft.iter().filter(|id| !overridden(id)).collect();
        let failed =
            ruling.failures.iter().filter(|failure| is_soft_forbid(failure)).map(|failure| &failure.policy);
        let mut determining: BTreeSet<Arc<str>> = failed.filter(|id| !overridden(id)).cloned().collect();
        determining.extend(soft.iter().copied().cloned());
        if ruling.allowed && determining.is_empty() {
            return None;
        }
        let mut reasons: Vec<Reason> = Vec::new();
        if !ruling.allowed {
            reasons.extend(ruling.determining.iter().cloned().map(Reason::Forbidden));
            determining.extend(ruling.determining.iter().cloned());
        }
        reasons.extend(soft.into_iter().cloned().map(Reason::SoftForbidden));
        if ruling.permits.is_empty() {
            reasons.push(Reason::NoPermit);
        }
        reasons.extend(side);
        let denied = case(Decision::Deny, ruling.failures.clone(), reasons);
        Some(Case { determining: Arc::new(determining), ..denied })
    }

    /// What is worth knowing whatever the decision: overrides, failed policies and advice.
    fn side_reasons(&self, step: &Step, ruling: &Ruling) -> Vec<Reason> {
        let failed =
            ruling.failures.iter().filter(|failure| is_soft_forbid(failure)).map(|failure| &failure.policy);
        let overridden = ruling.soft.iter().chain(failed).filter_map(|id| self.override_for(id, step));
        let mut reasons: Vec<Reason> =
            overridden.map(|found| Reason::Overridden(found.policy.as_str().into())).collect();
        reasons.extend(ruling.failures.iter().cloned().map(Reason::Failed));
        reasons.extend(ruling.advisory.iter().cloned().map(Reason::Advised));
        reasons
    }

    /// The override that lets a step pass a soft forbid, or a link of a soft template.
    fn override_for(&self, id: &str, step: &Step) -> Option<&'a Override> {
        let policy = self.bundle.policy_of(id)?;
        self.briefing.override_of(&policy.id, step)
    }

    fn sets(&mut self, state: &State) -> &PolicySets {
        let make = || PolicySets::new(self.bundle, state, self.prerequisites);
        let sets = self.sets.get_or_insert_with(make);
        sets.follow(self.bundle, state);
        sets
    }
}

fn case(decision: Decision, failures: Vec<PolicyFailure>, reasons: Vec<Reason>) -> Case {
    Case { decision, determining: Arc::default(), failures, reasons, run: None }
}

fn is_hard_forbid(failure: &PolicyFailure) -> bool {
    failure.effect == Effect::Forbid && failure.level == Level::Hard
}

fn is_soft_forbid(failure: &PolicyFailure) -> bool {
    failure.effect == Effect::Forbid && failure.level == Level::Soft
}

/// The entities of a request that do not exist in a state; the handles are those of the principal and
/// the resource.
fn missing(step: &Step, state: &State, bundle: &Bundle, handles: (EntityId, EntityId)) -> Vec<Reason> {
    let schema = bundle.schema();
    let declared = |uid: &Uid| schema.enumerates(uid) || schema.declares_action(uid);
    let exists = |uid: &Uid| state.contains(uid) || declared(uid);
    let mut found: BTreeSet<(MissingRole, &Uid)> = BTreeSet::new();
    let (principal, resource) = handles;
    for (role, uid, id) in [
        (MissingRole::Principal, &step.principal, principal),
        (MissingRole::Resource, &step.resource, resource),
    ] {
        if !state.exists(id) && !declared(uid) {
            found.insert((role, uid));
        }
    }
    step.for_each_context_entity(&mut |uid| {
        if !exists(uid) {
            found.insert((MissingRole::Context, uid));
        }
    });
    found.into_iter().map(|(role, uid)| Reason::Missing(role, uid.clone())).collect()
}
