//! The policies that decided a step, and those that nearly did, part by part.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::words;
use crate::decide::{
    Because, Case, Claim, FactId, Given, Ledger, PartClaim, PolicyClaim, Recorder, StepJudgement,
};
use crate::model::{Estate, Plan, StepId, Value};
use crate::policy::{Bundle, ClauseKind, Effect, Evaluation, Form, Membership, Read};
use crate::report::{
    self, ClauseReport, Decision, EdgeReport, Location, MembershipReport, PartReport, PolicyReport,
    ReadReport, Role, TemplateReport, Truth,
};
use crate::resolve::Places;
use crate::source::{SourceMap, Span};

/// How many permits that do not apply are shown.
const MOST_NEAR_MISSES: usize = 5;

/// What is known of the policies for one step.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// The decision that is told, where there are several.
    pub told_for: Option<Decision>,
    /// Those that decided, failed or apply, the permits that come nearest to applying, and the forbids
    /// that do not apply and read what a step of the plan made.
    pub policies: Vec<PolicyReport>,
    /// How many more permits do not apply.
    pub further_permits: usize,
    /// The other forbids that do not apply.
    pub passed_forbids: Vec<String>,
    /// The uids of the entities that the decision rests on.
    pub entities: BTreeSet<String>,
}

/// Looks into the policies for the steps of one plan, by walking the ledger of each.
#[derive(Debug)]
pub struct Examiner<'a> {
    plan: &'a Plan,
    bundle: &'a Bundle,
    sources: &'a SourceMap,
    recorder: Recorder<'a>,
}

impl<'a> Examiner<'a> {
    /// Begins with the state before the plan.
    pub fn new(
        plan: &'a Plan,
        estate: &Estate,
        bundle: &'a Bundle,
        sources: &'a SourceMap,
        places: &'a Places,
    ) -> Self {
        Self { plan, bundle, sources, recorder: Recorder::new(plan, estate, bundle, Some(places)) }
    }

    /// Looks into the policies for a step, in a state that leads to its worst decision.
    ///
    /// No policy was asked about a step that names what does not exist.
    pub fn step(&mut self, id: StepId, judged: &StepJudgement) -> Examined {
        let ledger = self.recorder.record(id, judged);
        let Some(case) = worst(judged) else { return Examined::default() };
        let Some(decision) = ledger.find(&Claim::Decision(case.decision)) else { return Examined::default() };
        let walk = ledger.walk(decision);
        let telling =
            Telling { plan: self.plan, bundle: self.bundle, sources: self.sources, ledger: &ledger };
        let told_for = (judged.cases.len() > 1).then_some(case.decision);
        let mut examined = Examined { told_for, ..Examined::default() };
        examined.entities = cited(&ledger, &walk);
        let besides = ledger.find(&Claim::Besides(case.decision));
        let besides = besides.map_or(&[][..], |fact| ledger.causes(fact));
        telling.policies(walk.iter().chain(besides).copied(), &case.determining, &mut examined);
        examined
    }
}

/// The entities that the facts of a walk are about.
fn cited(ledger: &Ledger, walk: &[FactId]) -> BTreeSet<String> {
    walk.iter().flat_map(|fact| ledger.fact(*fact).claim.entities()).map(ToString::to_string).collect()
}

/// The case that is told of a step: one that keeps it from being allowed, where there is one.
fn worst(judged: &StepJudgement) -> Option<&Case> {
    let order =
        [Decision::Deny, Decision::Inapplicable, Decision::Indeterminate, Decision::Missing, Decision::Allow];
    order.iter().find_map(|decision| judged.cases.get(decision))
}

fn applies(result: &Evaluation) -> bool {
    result.truth() == Some(true)
}

fn role(policy: &PolicyClaim, determining: &BTreeSet<Arc<str>>) -> Role {
    match &policy.result {
        _ if determining.contains(policy.id.as_str()) => Role::Determining,
        Evaluation::Value(Value::Bool(true)) => Role::Applies,
        Evaluation::Value(_) | Evaluation::NotEvaluated => Role::NearMiss,
        Evaluation::Failed(_) | Evaluation::Unknown(_) => Role::Failed,
    }
}

/// Tells what a ledger holds.
struct Telling<'a> {
    plan: &'a Plan,
    bundle: &'a Bundle,
    sources: &'a SourceMap,
    ledger: &'a Ledger,
}

impl Telling<'_> {
    /// Chooses the policies that are told, and tells them.
    fn policies(
        &self,
        facts: impl Iterator<Item = FactId>,
        determining: &BTreeSet<Arc<str>>,
        examined: &mut Examined,
    ) {
        let mut policies: Vec<(FactId, &PolicyClaim)> = Vec::new();
        for fact in facts {
            match &self.ledger.fact(fact).claim {
                Claim::Policy(policy) => policies.push((fact, policy.as_ref())),
                Claim::Idle(permits) => examined.further_permits += permits,
                _ => {}
            }
        }
        policies.sort_by_key(|(fact, _)| *fact);
        let is_permitted =
            policies.iter().any(|(_, policy)| policy.effect == Effect::Permit && applies(&policy.result));
        let mut passed: Vec<(FactId, &PolicyClaim)> = Vec::new();
        let mut shown: Vec<(Role, usize, FactId, &PolicyClaim)> = Vec::new();
        for (fact, policy) in policies {
            let role = role(policy, determining);
            match (role, policy.effect) {
                (Role::NearMiss, Effect::Forbid) => passed.push((fact, policy)),
                (Role::NearMiss, Effect::Permit) if is_permitted => examined.further_permits += 1,
                (Role::NearMiss, Effect::Permit) => shown.push((role, self.distance(fact), fact, policy)),
                _ => shown.push((role, 0, fact, policy)),
            }
        }
        shown.sort_by(|left, right| (left.0, left.1, &left.3.id).cmp(&(right.0, right.1, &right.3.id)));
        let sure = shown.iter().filter(|(role, ..)| *role != Role::NearMiss).count();
        examined.further_permits += shown.len().saturating_sub(sure + MOST_NEAR_MISSES);
        shown.truncate(sure + MOST_NEAR_MISSES);
        let told = shown.into_iter().filter_map(|(role, _, fact, policy)| self.policy(role, fact, policy));
        examined.policies = told.collect();
        for (fact, policy) in passed {
            let ran = |fact: &FactId| matches!(self.ledger.fact(*fact).claim, Claim::Ran(_));
            let told = match self.ledger.walk(fact).iter().any(ran) {
                true => self.policy(Role::NearMiss, fact, policy),
                false => None,
            };
            match told {
                Some(told) => examined.policies.push(told),
                None => examined.passed_forbids.push(policy.id.clone()),
            }
        }
    }

    /// How many tests of a policy would have to come out differently, as far as they were made.
    fn distance(&self, policy: FactId) -> usize {
        let of_cause = |cause: &FactId| match self.ledger.fact(*cause).claim {
            Claim::Part(_) => self.against(*cause, true),
            Claim::Clause(kind, _) => {
                let parts = self.ledger.causes(*cause).iter();
                parts.map(|part| self.against(*part, kind == ClauseKind::When)).sum()
            }
            _ => 0,
        };
        self.ledger.causes(policy).iter().map(of_cause).sum()
    }

    /// How many tests in a part stand against its being `wanted`.
    fn against(&self, fact: FactId, wanted: bool) -> usize {
        let Claim::Part(part) = &self.ledger.fact(fact).claim else { return 0 };
        if part.evaluation == Evaluation::NotEvaluated || part.evaluation.truth() == Some(wanted) {
            return 0;
        }
        let is_part = |cause: &&FactId| matches!(self.ledger.fact(**cause).claim, Claim::Part(_));
        let parts = self.ledger.causes(fact).iter().filter(is_part);
        match (part.form, wanted) {
            (Form::All, true) | (Form::Any, false) => parts.map(|inner| self.against(*inner, wanted)).sum(),
            (Form::All, false) | (Form::Any, true) => {
                parts.map(|inner| self.against(*inner, wanted)).min().unwrap_or(1)
            }
            (Form::Not, _) => parts.map(|inner| self.against(*inner, !wanted)).sum(),
            (Form::Choice, _) => parts.skip(1).map(|inner| self.against(*inner, wanted)).sum(),
            (Form::Anything | Form::Test, _) => 1,
        }
    }

    fn policy(&self, role: Role, fact: FactId, claim: &PolicyClaim) -> Option<PolicyReport> {
        let policy = self.bundle.policy(&claim.policy)?;
        let (result, _, message) = told(&claim.result);
        let title = policy.annotation("title").or_else(|| policy.annotation("prerequisite"));
        let (mut template, mut scope, mut clauses) = (None, Vec::new(), Vec::new());
        for cause in self.ledger.causes(fact) {
            match &self.ledger.fact(*cause).claim {
                Claim::Link(_) => template = Some(self.template(*cause, claim)),
                Claim::Part(part) => scope.push(self.part(*cause, part)),
                Claim::Clause(kind, span) => clauses.extend(self.clause(*cause, *kind, *span)),
                _ => {}
            }
        }
        Some(PolicyReport {
            policy: claim.id.clone(),
            role,
            effect: if claim.effect == Effect::Permit { "permit" } else { "forbid" }.to_owned(),
            level: claim.level.as_str().to_owned(),
            title: title.filter(|title| !title.is_empty()).map(str::to_owned),
            template,
            result,
            message,
            span: self.location(policy.span),
            scope,
            clauses,
        })
    }

    fn template(&self, fact: FactId, claim: &PolicyClaim) -> TemplateReport {
        let arguments = claim.arguments.iter();
        TemplateReport {
            id: claim.policy.clone(),
            arguments: arguments.map(|(slot, uid)| (slot.clone(), uid.to_string())).collect(),
            since: self.since(fact),
            span: self.place(fact),
        }
    }

    fn clause(&self, fact: FactId, kind: ClauseKind, span: Option<Span>) -> Option<ClauseReport> {
        let kind = match kind {
            ClauseKind::When => "when",
            ClauseKind::Unless => "unless",
        };
        self.ledger.causes(fact).iter().find_map(|cause| match &self.ledger.fact(*cause).claim {
            Claim::Part(part) => Some(ClauseReport {
                kind: kind.to_owned(),
                span: span.map(|span| self.location(span)),
                part: self.part(*cause, part),
            }),
            _ => None,
        })
    }

    fn part(&self, fact: FactId, part: &PartClaim) -> PartReport {
        let (result, value, message) = told(&part.evaluation);
        let form = match part.form {
            Form::All => report::Form::All,
            Form::Any => report::Form::Any,
            Form::Not => report::Form::Not,
            Form::Choice => report::Form::Choice,
            Form::Anything => report::Form::Anything,
            Form::Test => report::Form::Test,
        };
        let (mut reads, mut membership, mut parts) = (Vec::new(), None, Vec::new());
        for cause in self.ledger.causes(fact) {
            match &self.ledger.fact(*cause).claim {
                Claim::Value(read) => reads.push(self.read(*cause, read)),
                Claim::Inside(asked) => membership = Some(self.inside(*cause, asked)),
                Claim::Outside { .. } => membership = self.outside(*cause),
                Claim::Part(inner) => parts.push(self.part(*cause, inner)),
                _ => {}
            }
        }
        PartReport {
            text: part.text.clone(),
            span: part.span.map(|span| self.location(span)),
            form,
            result,
            value,
            message,
            reads,
            membership,
            parts,
        }
    }

    fn read(&self, fact: FactId, read: &Read) -> ReadReport {
        ReadReport {
            text: read.text.clone(),
            value: read.value.as_ref().map(words::value),
            span: self.place(fact),
            since: self.since(fact),
        }
    }

    fn inside(&self, fact: FactId, asked: &Membership) -> MembershipReport {
        let edges =
            self.ledger.causes(fact).iter().filter_map(|cause| match &self.ledger.fact(*cause).claim {
                Claim::Edge(child, parent) => Some(EdgeReport {
                    child: child.to_string(),
                    parent: parent.to_string(),
                    since: self.since(*cause),
                    span: self.place(*cause),
                }),
                _ => None,
            });
        MembershipReport {
            child: asked.child.to_string(),
            targets: asked.targets.iter().map(ToString::to_string).collect(),
            path: edges.collect(),
            is_in: Vec::new(),
            in_more: None,
            would_do: Vec::new(),
            since: self.since(fact),
        }
    }

    fn outside(&self, fact: FactId) -> Option<MembershipReport> {
        let Claim::Outside { asked, is_in, more, would_do } = &self.ledger.fact(fact).claim else {
            return None;
        };
        Some(MembershipReport {
            is_in: is_in.iter().map(ToString::to_string).collect(),
            in_more: Some(*more).filter(|more| *more > 0),
            would_do: would_do.iter().map(ToString::to_string).collect(),
            ..self.inside(fact, asked)
        })
    }

    /// The address of the step that made a fact what it is.
    fn since(&self, fact: FactId) -> Option<String> {
        self.ledger.since(fact).map(|step| self.plan.step(step).address.clone())
    }

    /// The place in a file that says so.
    fn place(&self, fact: FactId) -> Option<Location> {
        match self.ledger.fact(fact).because {
            Because::Given(Given::Place(span)) => Some(self.location(span)),
            _ => None,
        }
    }

    fn location(&self, span: Span) -> Location {
        Location::of(self.sources, span)
    }
}

/// An evaluation as a word, with its value where it is no boolean, or why there is none.
fn told(evaluation: &Evaluation) -> (Truth, Option<String>, Option<String>) {
    match evaluation {
        Evaluation::Value(Value::Bool(true)) => (Truth::True, None, None),
        Evaluation::Value(Value::Bool(false)) => (Truth::False, None, None),
        Evaluation::Value(value) => (Truth::Value, Some(words::value(value)), None),
        Evaluation::Failed(why) => (Truth::Error, None, Some(why.clone())),
        Evaluation::Unknown(what) => (Truth::Unknown, None, Some(format!("{what} is not known yet"))),
        Evaluation::NotEvaluated => (Truth::NotEvaluated, None, None),
    }
}
