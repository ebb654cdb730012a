//! What a principal must be for one request to be allowed.
//!
//! The action, the resource, the context and the state of a request are given, so whatever in a
//! policy does not depend on the principal is evaluated by Cedar. What is left of each policy is a
//! formula over conditions on the principal.

mod alternatives;
mod formula;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::ast::Expr;

pub use alternatives::{Alternative, MOST_ATOMS, Requirement, Undecided, World, alternatives};
pub use formula::{Atom, Formula};

use super::bundle::{Bundle, Effect};
use super::evaluate::Prerequisites;
use super::plain::CedarSets;
use super::request::Request;
use super::{slice, unknown};
use crate::model::State;

/// What a request's policies ask of its principal.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// The permits and the hard and soft forbids, by id.
    pub policies: Vec<PolicyCondition>,
    /// The expressions of [`Atom::Other`], by their text.
    others: BTreeMap<Arc<str>, Expr>,
}

/// What one policy asks of the principal.
#[derive(Clone, Debug)]
pub struct PolicyCondition {
    /// The id of the policy, or of the link of a template.
    pub id: String,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// When it decides: a permit where it applies, a forbid also where it cannot be evaluated.
    pub decides: Formula,
    /// When a forbid is about the request: its scope and every `when`, whatever its `unless` say.
    pub about: Formula,
    /// Whether an `unless` holds something that does not depend on the principal.
    pub lifted_by_others: bool,
}

/// Finds what the policies for a request ask of its principal; who that is does not matter.
pub fn conditions(
    bundle: &Bundle,
    state: &State,
    request: Request<'_>,
    prerequisites: Prerequisites,
) -> Conditions {
    let sets = CedarSets::new(bundle, state, request.action, prerequisites);
    let slice = slice::cut(bundle, state, request);
    let mut walk = walk::Walk::new(bundle, state, &slice, request);
    let mut policies: Vec<PolicyCondition> =
        sets.decisive.policies().chain(sets.soft.policies()).map(|policy| walk.policy(policy)).collect();
    policies.sort_by(|left, right| left.id.cmp(&right.id));
    Conditions { policies, others: walk.others }
}

impl Conditions {
    /// When a principal is allowed: some permit decides and none of the forbids that count.
    pub fn allowed(&self, counts: impl Fn(&PolicyCondition) -> bool) -> Formula {
        let of = |effect: Effect| self.policies.iter().filter(move |policy| policy.effect == effect);
        let permitted = Formula::or(of(Effect::Permit).map(|policy| policy.decides.clone()));
        let forbidden =
            of(Effect::Forbid).filter(|policy| counts(policy)).map(|policy| policy.decides.clone().negated());
        Formula::and(std::iter::once(permitted).chain(forbidden))
    }

    /// Takes the conditions of another request in, so that [`Conditions::holds`] knows them too.
    pub fn learn(&mut self, other: &Conditions) {
        self.others
            .extend(other.others.iter().map(|(text, expression)| (Arc::clone(text), expression.clone())));
    }

    /// Says whether a condition holds for the principal of a request; `None` where nobody can say.
    pub fn holds(&self, bundle: &Bundle, state: &State, request: Request<'_>, atom: &Atom) -> Option<bool> {
        match atom {
            Atom::In(group) => {
                Some(request.principal == group || state.ancestors(request.principal).contains(group))
            }
            Atom::Is(uid) => Some(request.principal == uid),
            Atom::OfType(name) => Some(request.principal.type_name() == name),
            Atom::Unknown(_) => None,
            Atom::Other(text) => {
                let slice = slice::cut(bundle, state, request);
                unknown::truth_of(&slice, request, self.others.get(text)?)
            }
        }
    }
}
