//! Records what the parts of policies come to, and what they rest on: values, memberships, links.

use super::membership::{first, is_in, path, would_do};
use super::recorder::Here;
use super::{Because, Claim, FactId, Given, Ledger, PartClaim, PolicyClaim};
use crate::decide::trail::About;
use crate::model::{Link, State, Uid};
use crate::policy::{Clause, Membership, Part, PolicyTree, Read, Subject};
use crate::source::Span;

impl Here<'_> {
    /// A policy, which follows from its link, its scope and its clauses.
    pub(super) fn policy(&self, ledger: &mut Ledger, tree: PolicyTree) -> FactId {
        let PolicyTree { id, policy, effect, level, arguments, result, scope, clauses } = tree;
        let mut causes: Vec<FactId> = Vec::new();
        if !arguments.is_empty() {
            causes.push(self.link(ledger, &policy, &arguments));
        }
        causes.extend(scope.into_iter().map(|part| self.part(ledger, part)).collect::<Vec<_>>());
        causes.extend(clauses.into_iter().map(|clause| self.clause(ledger, clause)).collect::<Vec<_>>());
        let claim = PolicyClaim { id, policy, effect, level, arguments, result };
        ledger.add(Claim::Policy(Box::new(claim)), Because::Follows(causes))
    }

    fn clause(&self, ledger: &mut Ledger, clause: Clause) -> FactId {
        let part = self.part(ledger, clause.part);
        ledger.add(Claim::Clause(clause.kind, clause.span), Because::Follows(vec![part]))
    }

    /// A part, which follows from what it reads and from its parts; by itself, the policy says it.
    fn part(&self, ledger: &mut Ledger, part: Part) -> FactId {
        let Part { text, span, form, evaluation, reads, membership, parts } = part;
        let mut causes: Vec<FactId> = reads.into_iter().map(|read| self.value(ledger, read)).collect();
        causes.extend(membership.map(|asked| self.membership(ledger, asked)));
        causes.extend(parts.into_iter().map(|inner| self.part(ledger, inner)).collect::<Vec<_>>());
        let because = match (causes.is_empty(), span) {
            (false, _) => Because::Follows(causes),
            (true, Some(span)) => Because::Given(Given::Place(span)),
            (true, None) => Because::Given(Given::Bundle),
        };
        ledger.add(Claim::Part(Box::new(PartClaim { text, span, form, evaluation })), because)
    }

    /// The value of an attribute, a tag or a parameter.
    fn value(&self, ledger: &mut Ledger, read: Read) -> FactId {
        let places = self.places;
        let (about, because) = match &read.of {
            Subject::Attribute(uid, name) => {
                let value =
                    |state: &State| state.entity(uid).and_then(|entity| entity.attributes.get(name)).cloned();
                let place = places.and_then(|at| at.attribute(uid, name).or_else(|| at.entity(uid)));
                (uid.clone(), self.because(ledger, place, uid, value))
            }
            Subject::Tag(uid, name) => {
                let value =
                    |state: &State| state.entity(uid).and_then(|entity| entity.tags.get(name)).cloned();
                let place = places.and_then(|at| at.tag(uid, name).or_else(|| at.entity(uid)));
                (uid.clone(), self.because(ledger, place, uid, value))
            }
            Subject::Other => (Uid::clone(&self.step.action), Because::Given(self.said(&read.text))),
        };
        ledger.share(&about, Claim::Value(Box::new(read)), because)
    }

    /// Who says what is neither an attribute nor a tag.
    fn said(&self, text: &str) -> Given {
        match text.strip_prefix("context.") {
            Some(name) if name == "plan" || name.starts_with("plan.") => Given::Engine,
            Some(_) => Given::Place(self.step.spans.context),
            None => Given::Bundle,
        }
    }

    fn membership(&self, ledger: &mut Ledger, asked: Membership) -> FactId {
        let schema = self.bundle.schema();
        let Membership { child, targets } = &asked;
        let found = path(self.state, schema, child, targets);
        let above = |state: &State| {
            About::Entities([child].into_iter().chain(is_in(state, child)).cloned().collect())
        };
        let since = self.ran(ledger, above, |state| path(state, schema, child, targets).is_some());
        match found {
            Some(edges) => {
                let mut causes: Vec<FactId> =
                    edges.iter().map(|(child, parent)| self.edge(ledger, child, parent)).collect();
                causes.extend(since);
                let because = match causes.is_empty() {
                    true => Because::Given(Given::Default),
                    false => Because::Follows(causes),
                };
                ledger.share(&child.clone(), Claim::Inside(asked), because)
            }
            None => {
                let above = is_in(self.state, child);
                let below = would_do(self.state, schema, child, targets);
                let (in_all, is_in, would_do) = (above.len(), first(above), first(below));
                let more = in_all.saturating_sub(is_in.len());
                let because = since.map_or(Because::Given(Given::Default), |ran| Because::Follows(vec![ran]));
                ledger.share(&child.clone(), Claim::Outside { asked, is_in, more, would_do }, because)
            }
        }
    }

    fn edge(&self, ledger: &mut Ledger, child: &Uid, parent: &Uid) -> FactId {
        let holds = |state: &State| state.entity(child).is_some_and(|entity| entity.parents.contains(parent));
        let schema = self.bundle.schema();
        let place = self.places.and_then(|at| at.parent(child, parent, schema));
        let because = match schema.declares_action(child) {
            true => Because::Given(Given::Bundle),
            false => self.because(ledger, place, child, holds),
        };
        ledger.share(child, Claim::Edge(child.clone(), parent.clone()), because)
    }

    fn link(&self, ledger: &mut Ledger, template: &str, arguments: &[(String, Uid)]) -> FactId {
        let argument =
            |slot: &str| arguments.iter().find(|(name, _)| name == slot).map(|(_, uid)| uid.clone());
        let link = Link {
            template: template.to_owned(),
            principal: argument("?principal"),
            resource: argument("?resource"),
        };
        let holds = |state: &State| state.links().any(|(own, _)| *own == link);
        let because = match self.ran(ledger, |_| About::Links, holds) {
            Some(ran) => Because::Follows(vec![ran]),
            None => Because::Given(self.bundle.link_place(&link).map_or(Given::Bundle, Given::Place)),
        };
        ledger.add(Claim::Link(link), because)
    }

    /// Whether an entity exists.
    pub(super) fn existence(&self, ledger: &mut Ledger, uid: &Uid) -> FactId {
        let exists = self.state.contains(uid);
        let claim = if exists { Claim::Exists(uid.clone()) } else { Claim::Absent(uid.clone()) };
        let place = self.places.and_then(|at| at.entity(uid));
        let because =
            match self.ran(ledger, |_| About::Entities(vec![uid.clone()]), |state| state.contains(uid)) {
                Some(ran) => Because::Follows(vec![ran]),
                None if !exists => Because::Given(Given::Default),
                None => Because::Given(place.map_or(Given::Estate, Given::Place)),
            };
        ledger.share(uid, claim, because)
    }

    /// Why a fact about an entity is what it is: a step of the plan made it so, or else the estate says so.
    fn because<T: PartialEq>(
        &self,
        ledger: &mut Ledger,
        place: Option<Span>,
        about: &Uid,
        fact: impl Fn(&State) -> T,
    ) -> Because {
        match self.ran(ledger, |_| About::Entities(vec![about.clone()]), fact) {
            Some(ran) => Because::Follows(vec![ran]),
            None => Because::Given(place.map_or(Given::Estate, Given::Place)),
        }
    }

    /// The last step before this one that changed a fact of the state.
    fn ran<T: PartialEq>(
        &self,
        ledger: &mut Ledger,
        about: impl Fn(&State) -> About,
        fact: impl Fn(&State) -> T,
    ) -> Option<FactId> {
        let step = self.replay.changed(self.moment, about, fact)?;
        Some(ledger.ran(step, self.plan.step(step).spans.id))
    }
}
