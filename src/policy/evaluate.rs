//! Cedar's answer about one request in one state, by enforcement level.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use cedar_policy_core::ast::{ActionConstraint, EntityUID};

use super::answer::Weighing;
use super::bundle::{Bundle, Effect, Policy};
use super::index::{Index, Overlay};
use super::plain::{CedarSets, rule_plainly};
use super::request::Request;
use crate::document::Level;
use crate::model::{EntityId, State, Uid};

/// The policies and links of one state, by what they say of the principal and the resource.
///
/// Copies are cheap. One that is made for a state is good for every copy of the state, as long as
/// [`PolicySets::follow`] is told which one is meant.
#[derive(Clone)]
pub struct PolicySets {
    pub(super) index: Arc<Index>,
    pub(super) overlay: Overlay,
    pub(super) prerequisites: Prerequisites,
    /// The state whose links they are.
    at: State,
}

/// Whether forbids that state a condition of the world count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prerequisites {
    /// They decide like any other forbid.
    Kept,
    /// They are left aside, to see rights alone.
    Aside,
}

impl std::fmt::Debug for PolicySets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PolicySets").finish_non_exhaustive()
    }
}

/// The policy sets that were made last; making them costs as much as a bundle has policies.
#[derive(Debug, Default)]
pub(super) struct Last(Mutex<Option<PolicySets>>);

/// So many links may differ before the index is made again.
const MOST_OVERLAID: usize = 4_096;

impl PolicySets {
    /// The policies of a bundle and the links of a state.
    pub fn new(bundle: &Bundle, state: &State, prerequisites: Prerequisites) -> Self {
        let last = bundle.last_sets.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut sets = match last {
            Some(last) if last.at.same_lineage(state) => last,
            _ => Self::make(bundle, state),
        };
        sets.follow(bundle, state);
        *bundle.last_sets.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sets.clone());
        Self { prerequisites, ..sets }
    }

    fn make(bundle: &Bundle, state: &State) -> Self {
        Self {
            index: Arc::new(Index::of(&bundle.rulebook, state)),
            overlay: Overlay::default(),
            prerequisites: Prerequisites::Kept,
            at: state.clone(),
        }
    }

    /// Takes over the links of another state; costs as much as they differ from those of the last one.
    pub fn follow(&mut self, bundle: &Bundle, state: &State) {
        if !self.at.same_lineage(state) {
            *self = Self { prerequisites: self.prerequisites, ..Self::make(bundle, state) };
            return;
        }
        let mut differ = false;
        for (link, name) in state.links_apart(&self.at) {
            self.overlay.note(&self.index, &bundle.rulebook, state, link, name);
            differ = true;
        }
        if !differ {
            return;
        }
        self.at = state.clone();
        if self.overlay.len() > MOST_OVERLAID.max(self.index.len() / 2) {
            *self = Self { prerequisites: self.prerequisites, ..Self::make(bundle, state) };
        }
    }
}

/// A policy that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyFailure {
    /// The policy's id.
    pub policy: Arc<str>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// How strictly it is enforced.
    pub level: Level,
    /// Cedar's message.
    pub message: String,
}

/// What Cedar says of one request in one state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruling {
    /// Whether the permits and the hard forbids allow it.
    pub allowed: bool,
    /// The permits or hard forbids that decided.
    pub determining: Arc<BTreeSet<Arc<str>>>,
    /// The permits that apply, whether or not a forbid wins over them.
    pub permits: Arc<BTreeSet<Arc<str>>>,
    /// The soft forbids that apply.
    pub soft: BTreeSet<Arc<str>>,
    /// The advisory forbids that apply.
    pub advisory: BTreeSet<Arc<str>>,
    /// The policies that could not be evaluated, in order.
    pub failures: Vec<PolicyFailure>,
    /// A value that is not known and that a permit or a hard or soft forbid reads, in words.
    pub unknown: Option<String>,
}

/// Says what Cedar would say about a request in a state.
///
/// The policies whose scopes cannot hold are not looked at, and conditions are evaluated by the
/// engine itself where it says exactly what Cedar says.
pub fn rule(bundle: &Bundle, sets: &PolicySets, state: &State, request: Request<'_>) -> Ruling {
    let handles = (state.intern(request.principal), state.intern(request.resource));
    rule_of(bundle, sets, state, request, handles)
}

/// Says what [`rule`] says, for a principal and a resource whose handles are known.
pub fn rule_of(
    bundle: &Bundle,
    sets: &PolicySets,
    state: &State,
    request: Request<'_>,
    handles: (EntityId, EntityId),
) -> Ruling {
    let Some(action) = bundle.rulebook.action(request.action) else {
        let sets = CedarSets::new(bundle, state, request.action, sets.prerequisites);
        return rule_plainly(bundle, &sets, state, request);
    };
    let ruling = Weighing::new(bundle, sets, state, request).answer(action, handles).ruling();
    bundle.cross_check.hold(bundle, sets, state, request, &ruling);
    ruling
}

/// The policies and templates whose scope covers an action, by `@id`.
pub fn policies_for<'a>(bundle: &'a Bundle, action: &Uid) -> Vec<&'a Policy> {
    match bundle.covering.get(action) {
        Some(ids) => ids.iter().filter_map(|id| bundle.policy(id)).collect(),
        None => find_policies_for(bundle, action),
    }
}

/// Looks at the action scope of every policy.
pub(super) fn find_policies_for<'a>(bundle: &'a Bundle, action: &Uid) -> Vec<&'a Policy> {
    let book = &bundle.rulebook;
    if let Some(action) = book.action(action) {
        let covering = book.entries.iter().filter(|entry| book.covers(entry.actions, action));
        return covering.filter_map(|entry| bundle.policy(&entry.id)).collect();
    }
    let groups = bundle.schema.actions.get(action).map(|found| &found.ancestors);
    let covers = |named: &EntityUID| {
        let named: Uid = named.clone().into();
        named == *action || groups.is_some_and(|groups| groups.contains(&named))
    };
    let mut found: Vec<&Policy> = bundle
        .set
        .all_templates()
        .filter(|template| match template.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::In(actions) => actions.iter().any(|named| covers(named)),
            ActionConstraint::Eq(named) => covers(named),
        })
        .filter_map(|template| bundle.policy(template.id().as_ref()))
        .collect();
    found.sort_by(|left, right| left.id.cmp(&right.id));
    found
}
