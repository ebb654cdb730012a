//! The policies for one action in Cedar's own form, and Cedar's answer from all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy_core::ast::{Effect as CedarEffect, Policy as CedarPolicy, PolicyID, PolicySet};
use cedar_policy_core::authorizer::{AuthorizationError, Authorizer, Decision, Response};

use super::bundle::{Bundle, Policy};
use super::evaluate::{PolicyFailure, Prerequisites, Ruling, policies_for};
use super::request::Request;
use super::slice::{self, Slice};
use super::{diagnose, links, unknown};
use crate::document::Level;
use crate::model::{State, Uid};

/// The policies and links of one state, apart by what they can do to a decision.
pub(super) struct CedarSets {
    pub(super) decisive: PolicySet,
    pub(super) soft: PolicySet,
    advisory: PolicySet,
    /// The name and the template of each link, by the id that it has in the sets.
    links: BTreeMap<String, (Arc<str>, String)>,
}

impl std::fmt::Debug for CedarSets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CedarSets").finish_non_exhaustive()
    }
}

impl CedarSets {
    /// The policies whose scope covers an action, with the template links of a state.
    ///
    /// A policy whose action scope is false is false before anything else of it is looked at, so
    /// leaving it out changes no decision, no determining policy and no failure.
    pub(super) fn new(bundle: &Bundle, state: &State, action: &Uid, prerequisites: Prerequisites) -> Self {
        Self::of_policies(bundle, state, policies_for(bundle, action), prerequisites)
    }

    /// All policies, whatever their scopes, with the template links of a state.
    pub(super) fn whole(bundle: &Bundle, state: &State, prerequisites: Prerequisites) -> Self {
        Self::of_policies(bundle, state, bundle.policies().collect(), prerequisites)
    }

    fn of_policies(
        bundle: &Bundle,
        state: &State,
        policies: Vec<&Policy>,
        prerequisites: Prerequisites,
    ) -> Self {
        let mut sets = Self {
            decisive: PolicySet::new(),
            soft: PolicySet::new(),
            advisory: PolicySet::new(),
            links: BTreeMap::new(),
        };
        let kept = |policy: &&Policy| prerequisites == Prerequisites::Kept || !policy.is_prerequisite();
        let covering: BTreeMap<&str, &Policy> =
            policies.into_iter().filter(kept).map(|policy| (policy.id.as_str(), policy)).collect();
        for (id, policy) in &covering {
            let id = PolicyID::from_string(id);
            let set = sets.of(policy.level);
            let added = match bundle.set.get(&id) {
                Some(policy) => set.add(policy.clone()).is_ok(),
                None => bundle
                    .set
                    .get_template(&id)
                    .is_some_and(|template| set.add_template(template.clone()).is_ok()),
            };
            assert!(added, "the ids of a bundle's policies are distinct");
        }
        for (number, (link, name)) in state.links().enumerate() {
            if let Some(policy) = covering.get(link.template.as_str()) {
                // No `@id` holds a control character, so this is the id of no policy. The names of links need
                // not be distinct: one step can link a template twice.
                let id = format!("{}\u{1f}{number}", link.template);
                let added = links::add(sets.of(policy.level), link, &id);
                assert!(added, "a link fits its template, checked when the bundle is compiled");
                sets.links.insert(id, (Arc::clone(name), link.template.clone()));
            }
        }
        sets
    }

    /// All policies and links with their names in reports, in no particular order.
    pub(super) fn policies(&self) -> impl Iterator<Item = (&str, &CedarPolicy)> {
        let sets = [&self.decisive, &self.soft, &self.advisory];
        sets.into_iter()
            .flat_map(PolicySet::policies)
            .map(|policy| (self.name(policy.id().as_ref()).0, policy))
    }

    /// The name of a policy or link in reports, and the `@id` of the policy or template.
    fn name<'a>(&'a self, id: &'a str) -> (&'a str, &'a str) {
        self.links.get(id).map_or((id, id), |(name, template)| (name, template))
    }

    fn names(&self, answer: &Response) -> BTreeSet<Arc<str>> {
        answer.diagnostics.reason.iter().map(|id| self.name(id.as_ref()).0.into()).collect()
    }

    fn of(&mut self, level: Level) -> &mut PolicySet {
        match level {
            Level::Soft => &mut self.soft,
            Level::Advisory => &mut self.advisory,
            Level::Hard => &mut self.decisive,
        }
    }
}

/// Lets Cedar evaluate every policy for the action of a request, on the slice of the state that it can read.
pub(super) fn rule_plainly(bundle: &Bundle, sets: &CedarSets, state: &State, request: Request<'_>) -> Ruling {
    let slice = slice::cut(bundle, state, request);
    let mut ruling = Ruling {
        allowed: false,
        determining: Arc::default(),
        permits: Arc::default(),
        soft: BTreeSet::new(),
        advisory: BTreeSet::new(),
        failures: Vec::new(),
        unknown: None,
    };
    if !slice.unknowns.is_empty() {
        ruling.unknown = unknown::first_read(&slice, request, [&sets.decisive, &sets.soft]);
        if ruling.unknown.is_some() {
            return ruling;
        }
    }
    let partial = Authorizer::new().is_authorized_core(request.to_cedar(), &sets.decisive, &slice.entities);
    let permits = partial.definitely_satisfied().filter(|policy| policy.effect() == CedarEffect::Permit);
    ruling.permits = Arc::new(permits.map(|policy| sets.name(policy.id().as_ref()).0.into()).collect());
    let decisive = partial.concretize();
    ruling.allowed = decisive.decision == Decision::Allow;
    ruling.determining = Arc::new(sets.names(&decisive));
    collect_failures(bundle, sets, &decisive, &mut ruling.failures);
    for (set, applied) in [(&sets.soft, &mut ruling.soft), (&sets.advisory, &mut ruling.advisory)] {
        if !set.is_empty() {
            let answer = ask(set, &slice, request);
            *applied = sets.names(&answer);
            collect_failures(bundle, sets, &answer, &mut ruling.failures);
        }
    }
    ruling.failures.sort();
    ruling
}

fn ask(set: &PolicySet, slice: &Slice, request: Request<'_>) -> Response {
    Authorizer::new().is_authorized(request.to_cedar(), set, &slice.entities)
}

fn collect_failures(bundle: &Bundle, sets: &CedarSets, answer: &Response, failures: &mut Vec<PolicyFailure>) {
    for error in &answer.diagnostics.errors {
        let AuthorizationError::PolicyEvaluationError { id, error } = error;
        let (name, template) = sets.name(id.as_ref());
        let policy = bundle.policy(template).expect("every evaluated policy is one of the bundle's");
        failures.push(PolicyFailure {
            policy: name.into(),
            effect: policy.effect,
            level: policy.level,
            message: diagnose::sentence(&error.to_string()),
        });
    }
}
