//! Which of the rules of a state apply to a request.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy_core::ast::{self, Expr, Literal, SlotEnv, ValueKind};
use cedar_policy_core::evaluator::Evaluator;
use cedar_policy_core::extensions::Extensions;

use super::bundle::{Bundle, Effect};
use super::evaluate::{PolicyFailure, PolicySets, Prerequisites, Ruling};
use super::index::{Asked, Rule};
use super::request::Request;
use super::rulebook::Entry;
use super::slice::{self, Slice};
use super::term::{Scene, truth};
use super::{diagnose, unknown};
use crate::document::Level;
use crate::model::{EntityId, State};

/// A rule whose scope holds.
type Matched<'a> = (&'a Rule, &'a Entry);

/// What the rules of a state say of a request.
#[derive(Debug, Default)]
pub(super) struct Answer<'a> {
    /// Those that apply.
    applying: Vec<Matched<'a>>,
    /// Those that could not be evaluated, with Cedar's messages.
    failing: Vec<(Matched<'a>, Arc<str>)>,
    /// Those that read a value which is not known, with words for it.
    reading: Vec<(Matched<'a>, Arc<str>)>,
}

/// What came of a condition.
#[derive(Clone, Debug)]
enum Came {
    Truth(bool),
    Failed(Arc<str>),
    /// It read a value that is not known.
    Read(Arc<str>),
}

/// Evaluates conditions for one request, each once.
pub(super) struct Weighing<'a> {
    bundle: &'a Bundle,
    sets: &'a PolicySets,
    state: &'a State,
    request: Request<'a>,
    slice: OnceCell<(Slice, ast::Request)>,
    known: Vec<(usize, bool, Came)>,
}

impl<'a> Weighing<'a> {
    pub(super) fn new(
        bundle: &'a Bundle,
        sets: &'a PolicySets,
        state: &'a State,
        request: Request<'a>,
    ) -> Self {
        Self { bundle, sets, state, request, slice: OnceCell::new(), known: Vec::new() }
    }

    /// What the rules say, for the action of the request by its number, and for the handles of its
    /// principal and its resource.
    pub(super) fn answer(mut self, action: usize, handles: (EntityId, EntityId)) -> Answer<'a> {
        let (state, sets, book) = (self.state, self.sets, &self.bundle.rulebook);
        let (principal, resource) = handles;
        let above_principal = state.with_ancestors_of(principal);
        let above_resource = state.with_ancestors_of(resource);
        let asked = Asked {
            state,
            action,
            principal,
            resource,
            above_principal: &above_principal,
            above_resource: &above_resource,
        };
        let scene = Scene {
            state,
            literals: &sets.index.literals,
            principal,
            action: sets
                .index
                .actions
                .get(action)
                .copied()
                .unwrap_or_else(|| state.intern(self.request.action)),
            resource,
            context: state.view(self.request.context),
        };
        let mut answer = Answer::default();
        let mut weigh = |rule: &'a Rule, entry: &'a Entry| {
            let came = match entry.condition {
                None => Came::Truth(true),
                Some(condition) => self.weigh(condition, entry.level == Level::Advisory, &scene),
            };
            match came {
                Came::Truth(true) => answer.applying.push((rule, entry)),
                Came::Truth(false) => {}
                Came::Failed(message) => answer.failing.push(((rule, entry), message)),
                Came::Read(what) => answer.reading.push(((rule, entry), what)),
            }
        };
        let counts = |entry: &Entry| sets.prerequisites == Prerequisites::Kept || !entry.is_prerequisite;
        let overlay = &sets.overlay;
        sets.index.matching(book, &asked, |number, rule, entry| {
            if counts(entry) && !overlay.lacks(number) {
                weigh(rule, entry);
            }
        });
        overlay.matching(book, &asked, |rule, entry| {
            if counts(entry) {
                weigh(rule, entry);
            }
        });
        answer
    }

    /// What comes of a condition; one of an advisory forbid never decides, so it may read what is
    /// not known, as if that were not there.
    fn weigh(&mut self, condition: usize, advisory: bool, scene: &Scene<'_>) -> Came {
        let same = |(number, advises, _): &&(usize, bool, Came)| *number == condition && *advises == advisory;
        if let Some((_, _, came)) = self.known.iter().find(same) {
            return came.clone();
        }
        let found = self.bundle.rulebook.conditions.get(condition);
        let found = found.expect("the condition of a rule is in its rulebook");
        let came = match found.term.as_ref().and_then(|term| truth(term, scene)) {
            Some(truth) => Came::Truth(truth),
            None => self.ask_cedar(&found.cedar, advisory),
        };
        self.known.push((condition, advisory, came.clone()));
        came
    }

    fn ask_cedar(&self, condition: &Expr, advisory: bool) -> Came {
        let make = || (slice::cut(self.bundle, self.state, self.request), self.request.to_cedar());
        let (slice, request) = self.slice.get_or_init(make);
        if !advisory && let Some(what) = unknown::read_by(slice, self.request, condition, &SlotEnv::new()) {
            return Came::Read(what.into());
        }
        let evaluator = Evaluator::new(request.clone(), &slice.entities, Extensions::all_available());
        let evaluate = |condition: &Expr| evaluator.interpret(condition, &SlotEnv::new());
        let value = evaluate(condition).map(|value| match value.value_kind() {
            ValueKind::Lit(Literal::Bool(truth)) => Some(*truth),
            _ => None,
        });
        match value {
            Ok(Some(truth)) => Came::Truth(truth),
            // What is no boolean fails where it is joined to the scope.
            Ok(None) => match evaluate(&Expr::and(Expr::val(true), condition.clone())) {
                Ok(_) => Came::Truth(true),
                Err(error) => Came::Failed(diagnose::sentence(&error.to_string()).into()),
            },
            Err(error) => Came::Failed(diagnose::sentence(&error.to_string()).into()),
        }
    }
}

impl Answer<'_> {
    /// The answer by enforcement level, with names.
    pub(super) fn ruling(&self) -> Ruling {
        let mut ruling = Ruling::default();
        let first = self
            .reading
            .iter()
            .min_by_key(|((rule, entry), _)| (&entry.id, rule.link.as_ref().map(|(_, link)| link)));
        if let Some((_, what)) = first {
            ruling.unknown = Some(what.to_string());
            return ruling;
        }
        let (mut permits, mut forbids) = (BTreeSet::new(), BTreeSet::new());
        for (rule, entry) in &self.applying {
            let of = match (entry.effect, entry.level) {
                (Effect::Permit, _) => &mut permits,
                (Effect::Forbid, Level::Hard) => &mut forbids,
                (Effect::Forbid, Level::Soft) => &mut ruling.soft,
                (Effect::Forbid, Level::Advisory) => &mut ruling.advisory,
            };
            of.insert(Arc::clone(rule.name(entry)));
        }
        ruling.allowed = forbids.is_empty() && !permits.is_empty();
        ruling.permits = Arc::new(permits);
        ruling.determining = if ruling.allowed { Arc::clone(&ruling.permits) } else { Arc::new(forbids) };
        ruling.failures = self
            .failing
            .iter()
            .map(|((rule, entry), message)| PolicyFailure {
                policy: Arc::clone(rule.name(entry)),
                effect: entry.effect,
                level: entry.level,
                message: message.to_string(),
            })
            .collect();
        ruling.failures.sort();
        ruling
    }
}
