//! The rights that one step needs.

use std::collections::BTreeSet;

use crate::model::{State, Step, Uid};
use crate::policy::{
    Alternative, Bundle, Conditions, Effect, Formula, PolicyCondition, Prerequisites, Request, Undecided,
    World, alternatives, conditions,
};

/// The rights that a step needs.
#[derive(Clone, Debug)]
pub struct StepRights {
    /// The minimal alternatives of conditions on the principal; none where nobody could be allowed.
    ///
    /// The rights on the resource are taken to be there, and what stands in the way is left aside.
    pub alternatives: Result<Vec<Alternative>, Undecided>,
    /// The rights on the resource.
    pub on_resource: Vec<RightOnResource>,
    /// What allows the step as the state is, where a right on the resource is not there.
    pub instead: Option<Result<Vec<Alternative>, Undecided>>,
    /// The permits that can allow it.
    pub permits: BTreeSet<String>,
    /// The forbids that deny it to everybody in this state.
    pub in_the_way: BTreeSet<String>,
}

/// A right that the resource, and not the principal, must have been given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RightOnResource {
    /// Its name, from the forbid's `@right`.
    pub right: String,
    /// The forbid that applies without it.
    pub policy: String,
    /// The resource of the step.
    pub resource: Uid,
    /// How it stands.
    pub today: Today,
}

/// Whether a right on a resource is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Today {
    /// Before the plan.
    Held,
    /// When the step runs, and not before the plan.
    GivenInPlan,
    /// Not even when the step runs.
    Lacking,
}

/// What was found out about one step.
pub(super) struct Found<'a> {
    pub request: Request<'a>,
    pub conditions: Conditions,
    /// When the step is allowed, rights on the resource taken to be there.
    pub allowed: Formula,
    pub rights: StepRights,
}

/// Finds the rights that a step needs in a state.
pub(super) fn find<'a>(bundle: &Bundle, initial: &State, state: &State, step: &'a Step) -> Found<'a> {
    let request = Request {
        principal: &step.principal,
        action: &step.action,
        resource: &step.resource,
        context: &step.context,
    };
    let found = conditions(bundle, state, request, Prerequisites::Aside);
    let before = conditions(bundle, initial, request, Prerequisites::Aside);
    let existed = initial.contains(&step.resource);
    let on_resource: Vec<RightOnResource> = found
        .policies
        .iter()
        .filter_map(|policy| {
            let right = right_on_resource(bundle, policy)?;
            let lifted = |known: Option<&PolicyCondition>| known.is_some_and(|known| never(&known.decides));
            let earlier = before.policies.iter().find(|other| other.id == policy.id);
            let today = match (lifted(Some(policy)), existed && lifted(earlier)) {
                (false, _) => Today::Lacking,
                (true, true) => Today::Held,
                (true, false) => Today::GivenInPlan,
            };
            Some(RightOnResource {
                right,
                policy: policy.id.clone(),
                resource: Uid::clone(&step.resource),
                today,
            })
        })
        .collect();
    let lacking = |policy: &PolicyCondition| {
        on_resource.iter().any(|right| right.policy == policy.id && right.today == Today::Lacking)
    };
    let always = |policy: &PolicyCondition| policy.decides == Formula::Constant(true);
    let allowed = found.allowed(|policy| !always(policy) && !lacking(policy));
    let world = World { bundle, state, request, conditions: &found };
    let instead = (found.policies.iter().any(&lacking))
        .then(|| alternatives(&found.allowed(|policy| lacking(policy) || !always(policy)), world));
    let of = |effect: Effect| found.policies.iter().filter(move |policy| policy.effect == effect);
    let rights = StepRights {
        alternatives: alternatives(&allowed, world),
        instead,
        permits: of(Effect::Permit)
            .filter(|permit| !never(&permit.decides))
            .map(|permit| permit.id.clone())
            .collect(),
        in_the_way: of(Effect::Forbid)
            .filter(|policy| always(policy) && !lacking(policy))
            .map(|policy| policy.id.clone())
            .collect(),
        on_resource,
    };
    Found { request, conditions: found, allowed, rights }
}

/// The right on the resource that a forbid stands for: it is about this request whoever asks, and
/// an `unless` of it names more than the principal.
fn right_on_resource(bundle: &Bundle, policy: &PolicyCondition) -> Option<String> {
    let forbid = policy.effect == Effect::Forbid && policy.lifted_by_others && !never(&policy.about);
    let right = bundle.policy_of(&policy.id).filter(|_| forbid)?.annotation("right")?;
    Some(right.to_owned())
}

fn never(formula: &Formula) -> bool {
    *formula == Formula::Constant(false)
}
