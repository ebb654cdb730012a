//! Why one principal may not, and what would do.

use super::question::Question;
use super::{Reasons, Standing, paths::Members, standing};
use crate::decide::initial_state;
use crate::document::Level;
use crate::model::{Estate, Uid};
use crate::policy::{
    Alternative, Atom, Bundle, Effect, PolicySets, Prerequisites, Request, Undecided, World, alternatives,
    conditions, rule,
};

/// How it stands with one principal.
#[derive(Clone, Debug)]
pub struct WhyNot {
    /// Why it may, where it may.
    pub may: Option<Reasons>,
    /// Why it cannot be said.
    pub unclear: Option<String>,
    /// The hard and soft forbids that apply or cannot be evaluated, in order.
    pub forbids: Vec<String>,
    /// Whether no permit applies.
    pub no_permit: bool,
    /// What a principal must be for a permit to apply.
    pub would_permit: Result<Vec<Alternative>, Undecided>,
}

/// Finds why a principal, which exists, may or may not.
pub fn why_not(bundle: &Bundle, estate: &Estate, question: &Question, principal: &Uid) -> WhyNot {
    let state = initial_state(estate, bundle);
    let context = question.context_of(principal);
    let request = Request { context: &context, ..question.about(principal) };
    let sets = PolicySets::new(bundle, &state, Prerequisites::Kept);
    let ruling = rule(bundle, &sets, &state, request);
    let conditions = conditions(bundle, &state, request, Prerequisites::Kept);
    let world = World { bundle, state: &state, request, conditions: &conditions };
    let (may, unclear) = match standing(&ruling) {
        Standing::May => {
            let members = Members::of(&state, &conditions);
            let applying =
                conditions.policies.iter().filter(|policy| ruling.determining.contains(policy.id.as_str()));
            let atoms = applying.flat_map(|permit| permit.decides.atoms());
            let paths = atoms.filter_map(|atom| match atom {
                Atom::In(group) => members.path(group, principal),
                _ => None,
            });
            let reasons = Reasons {
                paths: paths.collect(),
                permits: ruling.determining.iter().map(ToString::to_string).collect(),
                ..Reasons::default()
            };
            (Some(reasons), None)
        }
        Standing::MayNot => (None, None),
        Standing::Unclear(why) => (None, Some(why)),
    };
    let failed = ruling
        .failures
        .iter()
        .filter(|failure| failure.effect == Effect::Forbid && failure.level != Level::Advisory);
    let hard = ruling.determining.iter().filter(|_| !ruling.allowed);
    let mut forbids: Vec<String> = hard.chain(&ruling.soft).map(ToString::to_string).collect();
    forbids.extend(failed.map(|failure| failure.policy.to_string()));
    forbids.sort();
    forbids.dedup();
    WhyNot {
        no_permit: may.is_none() && unclear.is_none() && ruling.permits.is_empty(),
        may,
        unclear,
        forbids,
        would_permit: alternatives(&conditions.allowed(|_| false), world),
    }
}
