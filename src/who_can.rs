//! Who may do an action to a resource, and through what.

mod paths;
mod question;
mod why_not;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use question::{Asked, Question, exists, question};
pub use why_not::{WhyNot, why_not};

use crate::decide::initial_state;
use crate::document::Level;
use crate::model::{Entity, EntityKind, Estate, State, Uid, Value};
use crate::parallel::{self, Threads};
use crate::policy::{
    Atom, Bundle, Conditions, Effect, Formula, PolicyCondition, PolicyFailure, PolicySets, Prerequisites,
    Request, Ruling, conditions, rule,
};
use paths::Members;

/// Everybody who may.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Those who may, together with whoever may in the same way; the most common way first.
    pub ways: Vec<Way>,
    /// Those of whom it cannot be said, by the reason.
    pub unclear: BTreeMap<String, Vec<Uid>>,
    /// The hard and soft forbids that deny it to whoever asks, in order.
    pub for_nobody: Vec<String>,
    /// How many principals there are of the types that the action is for.
    pub considered: usize,
}

/// Principals that may for the same reasons.
#[derive(Clone, Debug)]
pub struct Way {
    /// Why.
    pub reasons: Reasons,
    /// Who, in order.
    pub principals: Vec<Uid>,
}

/// Why a principal may.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reasons {
    /// The permits that apply.
    pub permits: BTreeSet<String>,
    /// The shortest chain of memberships to each entity that they name, from the principal's parent on.
    pub paths: BTreeSet<Vec<Uid>>,
    /// Other conditions of the permits that hold of the principal, in Cedar's words.
    pub conditions: BTreeSet<String>,
}

/// Finds everybody who may.
pub fn who_can(bundle: &Bundle, estate: &Estate, question: &Question) -> Answer {
    let state = initial_state(estate, bundle);
    let candidates = candidates(bundle, &state, question);
    let Some(anybody) = candidates.first() else {
        return Answer { ways: Vec::new(), unclear: BTreeMap::new(), for_nobody: Vec::new(), considered: 0 };
    };
    let conditions = conditions(bundle, &state, question.about(anybody), Prerequisites::Kept);
    let clerk = Clerk {
        bundle,
        state: &state,
        question,
        sets: PolicySets::new(bundle, &state, Prerequisites::Kept),
        members: Members::of(&state, &conditions),
        all_known: all_known(&state, question),
        conditions,
    };
    let always = |policy: &&PolicyCondition| {
        policy.effect == Effect::Forbid && policy.decides == Formula::Constant(true)
    };
    let for_nobody =
        clerk.conditions.policies.iter().filter(always).map(|policy| policy.id.clone()).collect();
    let considered = candidates.len();
    let possible: Vec<Uid> =
        candidates.into_iter().filter(|principal| clerk.may_have_permit(principal)).collect();
    let findings = parallel::map(Threads::default(), 512, &possible, |principal| clerk.ask(principal));
    let mut ways: BTreeMap<Reasons, Vec<Uid>> = BTreeMap::new();
    let mut unclear: BTreeMap<String, Vec<Uid>> = BTreeMap::new();
    for (principal, finding) in possible.into_iter().zip(findings) {
        match finding {
            Finding::May(reasons) => ways.entry(reasons).or_default().push(principal),
            Finding::Unclear(why) => unclear.entry(why).or_default().push(principal),
            Finding::MayNot => {}
        }
    }
    let mut ways: Vec<Way> =
        ways.into_iter().map(|(reasons, principals)| Way { reasons, principals }).collect();
    ways.sort_by_key(|way| std::cmp::Reverse(way.principals.len()));
    Answer { ways, unclear, for_nobody, considered }
}

/// Every entity of a type that the action is for, in order.
fn candidates(bundle: &Bundle, state: &State, question: &Question) -> Vec<Uid> {
    let schema = bundle.schema();
    let Some(action) = schema.actions.get(&question.action) else { return Vec::new() };
    let of_type = |uid: &&Uid| action.principals.contains(uid.type_name());
    let mut found: Vec<Uid> = state.uids().filter(of_type).cloned().collect();
    for name in &action.principals {
        if let Some(EntityKind::Enumerated(ids)) = schema.types.get(name).map(|entity_type| &entity_type.kind)
        {
            found.extend(ids.iter().map(|id| {
                Uid::from_type_name_and_id(name.clone(), id.parse().unwrap_or_else(|never| match never {}))
            }));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What came of asking about one principal.
enum Finding {
    May(Reasons),
    MayNot,
    Unclear(String),
}

/// Answers for one principal after the other.
struct Clerk<'a> {
    bundle: &'a Bundle,
    state: &'a State,
    question: &'a Question,
    sets: PolicySets,
    conditions: Conditions,
    members: Members<'a>,
    /// Whether no value is unknown, so that no policy reads one.
    all_known: bool,
}

impl Clerk<'_> {
    /// Says whether some permit may apply; where none can, nothing else matters.
    fn may_have_permit(&self, principal: &Uid) -> bool {
        self.of_effect(Effect::Permit).any(|permit| self.decides(permit, principal) != Some(false))
    }

    fn of_effect(&self, effect: Effect) -> impl Iterator<Item = &PolicyCondition> {
        self.conditions.policies.iter().filter(move |policy| policy.effect == effect)
    }

    /// Says whether a policy decides for a principal, where memberships alone tell.
    fn decides(&self, policy: &PolicyCondition, principal: &Uid) -> Option<bool> {
        policy.decides.holds(&mut |atom: &Atom| match atom {
            Atom::In(group) => Some(self.members.contains(group, principal)),
            Atom::Is(uid) => Some(uid == principal),
            Atom::OfType(name) => Some(principal.type_name() == name),
            Atom::Other(_) | Atom::Unknown(_) => None,
        })
    }

    /// The permits that allow a principal, where memberships alone tell that they do: every permit is
    /// known to apply or not, and no forbid applies or fails.
    fn allowed_by_membership(&self, principal: &Uid) -> Option<BTreeSet<Arc<str>>> {
        let unhindered =
            self.of_effect(Effect::Forbid).all(|forbid| self.decides(forbid, principal) == Some(false));
        (self.all_known && unhindered).then_some(())?;
        let mut permits = BTreeSet::new();
        for permit in self.of_effect(Effect::Permit) {
            if self.decides(permit, principal)? {
                permits.insert(permit.id.as_str().into());
            }
        }
        (!permits.is_empty()).then_some(permits)
    }

    fn ask(&self, principal: &Uid) -> Finding {
        if let Some(permits) = self.allowed_by_membership(principal) {
            return Finding::May(self.reasons(self.question.about(principal), &permits));
        }
        let context = self.question.context_of(principal);
        let request = Request { context: &context, ..self.question.about(principal) };
        let ruling = rule(self.bundle, &self.sets, self.state, request);
        match standing(&ruling) {
            Standing::May => Finding::May(self.reasons(request, &ruling.determining)),
            Standing::MayNot => Finding::MayNot,
            Standing::Unclear(why) => Finding::Unclear(why),
        }
    }

    fn reasons(&self, request: Request<'_>, permits: &BTreeSet<Arc<str>>) -> Reasons {
        let names = permits.iter().map(ToString::to_string).collect();
        let mut reasons = Reasons { permits: names, ..Reasons::default() };
        let applying = self.conditions.policies.iter().filter(|policy| permits.contains(policy.id.as_str()));
        for atom in applying.flat_map(|permit| permit.decides.atoms()) {
            match atom {
                Atom::In(group) => reasons.paths.extend(self.members.path(group, request.principal)),
                Atom::Other(text)
                    if self.conditions.holds(self.bundle, self.state, request, atom) == Some(true) =>
                {
                    reasons.conditions.insert(text.to_string());
                }
                _ => {}
            }
        }
        reasons
    }
}

/// What a ruling means for who asked.
enum Standing {
    May,
    MayNot,
    Unclear(String),
}

/// The rules of a step's decision, without changes and without overrides.
fn standing(ruling: &Ruling) -> Standing {
    if let Some(what) = &ruling.unknown {
        return Standing::Unclear(format!("the decision reads {what}, whose value is not known"));
    }
    let failed = |level: Level| {
        let forbid =
            move |failure: &&PolicyFailure| failure.effect == Effect::Forbid && failure.level == level;
        ruling.failures.iter().find(forbid)
    };
    if let Some(failure) = failed(Level::Hard) {
        return Standing::Unclear(format!(
            "the forbid `{}` cannot be evaluated: {}",
            failure.policy, failure.message
        ));
    }
    match ruling.allowed && ruling.soft.is_empty() && failed(Level::Soft).is_none() {
        true => Standing::May,
        false => Standing::MayNot,
    }
}

/// Says whether no value of a state or a question is unknown.
fn all_known(state: &State, question: &Question) -> bool {
    let holds_unknown =
        |entity: &Entity| entity.attributes.values().chain(entity.tags.values()).any(Value::holds_unknown);
    !question.context.holds_unknown() && !state.entities().any(|(_, entity)| holds_unknown(entity))
}
