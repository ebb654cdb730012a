//! The policies that decided a step, and those that nearly did, part by part.

use std::collections::BTreeSet;

use super::membership::{first_names, is_in, path, would_do};
use super::words;
use crate::decide::{Case, Replay, StepJudgement};
use crate::model::{Estate, Link, Plan, State, Step, StepId, Uid, Value};
use crate::policy::{
    Bundle, Clause, ClauseKind, Effect, Evaluation, Examination, Form, Membership, Part, PolicyTree, Read,
    Request, Subject,
};
use crate::report::{
    self, ClauseReport, Decision, EdgeReport, Location, MembershipReport, PartReport, PolicyReport,
    ReadReport, Role, TemplateReport, Truth,
};
use crate::resolve::Places;
use crate::simulate::Moment;
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
}

/// Looks into the policies for the steps of one plan.
#[derive(Debug)]
pub struct Examiner<'a> {
    plan: &'a Plan,
    bundle: &'a Bundle,
    sources: &'a SourceMap,
    places: &'a Places,
    replay: Replay<'a>,
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
        Self { plan, bundle, sources, places, replay: Replay::new(plan, estate, bundle) }
    }

    /// Looks into the policies for a step, in a state that leads to its worst decision.
    ///
    /// No policy was asked about a step that names what does not exist.
    pub fn step(&mut self, id: StepId, judged: &StepJudgement) -> Examined {
        let Some(case) = worst(judged).filter(|case| case.decision != Decision::Missing) else {
            return Examined::default();
        };
        let moment = self.replay.after(&case.run);
        let state = self.replay.state(moment);
        let step = Examination::new(self.bundle, state, request(self.plan.step(id)));
        let trees = step.trees();
        let is_permitted = trees.iter().any(|tree| tree.effect == Effect::Permit && applies(tree));
        let mut passed: Vec<&PolicyTree> = Vec::new();
        let mut shown: Vec<(Role, usize, &PolicyTree)> = Vec::new();
        let told_for = (judged.cases.len() > 1).then_some(case.decision);
        let mut examined = Examined { told_for, ..Examined::default() };
        for tree in &trees {
            let role = role(tree, &case.determining);
            match (role, tree.effect) {
                (Role::NearMiss, Effect::Forbid) => passed.push(tree),
                (Role::NearMiss, Effect::Permit) if is_permitted => examined.further_permits += 1,
                (Role::NearMiss, Effect::Permit) => shown.push((role, distance(tree), tree)),
                _ => shown.push((role, 0, tree)),
            }
        }
        shown.sort_by(|left, right| (left.0, left.1, &left.2.id).cmp(&(right.0, right.1, &right.2.id)));
        let sure = shown.iter().filter(|(role, ..)| *role != Role::NearMiss).count();
        examined.further_permits += shown.len().saturating_sub(sure + MOST_NEAR_MISSES);
        shown.truncate(sure + MOST_NEAR_MISSES);
        let telling = Telling { of: self, step: self.plan.step(id), moment, state };
        examined.policies =
            shown.into_iter().filter_map(|(role, _, tree)| telling.policy(role, tree)).collect();
        for tree in passed {
            match telling.policy(Role::NearMiss, tree).filter(is_the_plans_doing) {
                Some(told) => examined.policies.push(told),
                None => examined.passed_forbids.push(tree.id.clone()),
            }
        }
        examined
    }
}

/// Says whether a step of the plan made something that a policy reads.
fn is_the_plans_doing(policy: &PolicyReport) -> bool {
    let clauses = policy.clauses.iter().map(|clause| &clause.part);
    policy.scope.iter().chain(clauses).any(reads_what_a_step_made)
}

fn reads_what_a_step_made(part: &PartReport) -> bool {
    let of_membership = |asked: &MembershipReport| {
        asked.since.is_some() || asked.path.iter().any(|edge| edge.since.is_some())
    };
    part.reads.iter().any(|read| read.since.is_some())
        || part.membership.as_ref().is_some_and(of_membership)
        || part.parts.iter().any(reads_what_a_step_made)
}

/// The case that is told of a step: one that keeps it from being allowed, where there is one.
fn worst(judged: &StepJudgement) -> Option<&Case> {
    let order =
        [Decision::Deny, Decision::Inapplicable, Decision::Indeterminate, Decision::Missing, Decision::Allow];
    order.iter().find_map(|decision| judged.cases.get(decision))
}

fn request(step: &Step) -> Request<'_> {
    Request {
        principal: &step.principal,
        action: &step.action,
        resource: &step.resource,
        context: &step.context,
    }
}

fn applies(tree: &PolicyTree) -> bool {
    tree.result.truth() == Some(true)
}

fn role(tree: &PolicyTree, determining: &BTreeSet<String>) -> Role {
    match &tree.result {
        _ if determining.contains(&tree.id) => Role::Determining,
        Evaluation::Value(Value::Bool(true)) => Role::Applies,
        Evaluation::Value(_) | Evaluation::NotEvaluated => Role::NearMiss,
        Evaluation::Failed(_) | Evaluation::Unknown(_) => Role::Failed,
    }
}

/// How many tests of a policy would have to come out differently, as far as they were made.
fn distance(tree: &PolicyTree) -> usize {
    let scope: usize = tree.scope.iter().map(|part| against(part, true)).sum();
    let clauses = tree.clauses.iter().map(|clause| against(&clause.part, clause.kind == ClauseKind::When));
    scope + clauses.sum::<usize>()
}

/// How many tests in a part stand against its being `wanted`.
fn against(part: &Part, wanted: bool) -> usize {
    if part.evaluation == Evaluation::NotEvaluated || part.evaluation.truth() == Some(wanted) {
        return 0;
    }
    let each = part.parts.iter().map(|inner| against(inner, wanted));
    match (part.form, wanted) {
        (Form::All, true) | (Form::Any, false) => each.sum(),
        (Form::All, false) | (Form::Any, true) => each.min().unwrap_or(1),
        (Form::Not, _) => part.parts.iter().map(|inner| against(inner, !wanted)).sum(),
        (Form::Choice, _) => part.parts.iter().skip(1).map(|inner| against(inner, wanted)).sum(),
        (Form::Anything | Form::Test, _) => 1,
    }
}

/// Tells the trees of one step, with what the estate and the plan have to do with them.
struct Telling<'a> {
    of: &'a Examiner<'a>,
    step: &'a Step,
    moment: Moment,
    state: &'a State,
}

impl Telling<'_> {
    fn policy(&self, role: Role, tree: &PolicyTree) -> Option<PolicyReport> {
        let policy = self.of.bundle.policy(&tree.policy)?;
        let (result, _, message) = told(&tree.result);
        let title = policy.annotation("title").or_else(|| policy.annotation("prerequisite"));
        Some(PolicyReport {
            policy: tree.id.clone(),
            role,
            effect: if tree.effect == Effect::Permit { "permit" } else { "forbid" }.to_owned(),
            level: tree.level.as_str().to_owned(),
            title: title.filter(|title| !title.is_empty()).map(str::to_owned),
            template: (!policy.slots.is_empty()).then(|| self.template(tree)),
            result,
            message,
            span: self.location(policy.span),
            scope: tree.scope.iter().map(|part| self.part(part)).collect(),
            clauses: tree.clauses.iter().map(|clause| self.clause(clause)).collect(),
        })
    }

    fn template(&self, tree: &PolicyTree) -> TemplateReport {
        let argument =
            |slot: &str| tree.arguments.iter().find(|(name, _)| name == slot).map(|(_, uid)| uid.clone());
        let link = Link {
            template: tree.policy.clone(),
            principal: argument("?principal"),
            resource: argument("?resource"),
        };
        let since = self.since(|state| state.links().any(|(own, _)| *own == link));
        let span = self.of.bundle.link_place(&link).filter(|_| since.is_none());
        TemplateReport {
            id: tree.policy.clone(),
            arguments: tree.arguments.iter().map(|(slot, uid)| (slot.clone(), uid.to_string())).collect(),
            since,
            span: span.map(|span| self.location(span)),
        }
    }

    fn clause(&self, clause: &Clause) -> ClauseReport {
        let kind = match clause.kind {
            ClauseKind::When => "when",
            ClauseKind::Unless => "unless",
        };
        ClauseReport {
            kind: kind.to_owned(),
            span: clause.span.map(|span| self.location(span)),
            part: self.part(&clause.part),
        }
    }

    fn part(&self, part: &Part) -> PartReport {
        let (result, value, message) = told(&part.evaluation);
        let form = match part.form {
            Form::All => report::Form::All,
            Form::Any => report::Form::Any,
            Form::Not => report::Form::Not,
            Form::Choice => report::Form::Choice,
            Form::Anything => report::Form::Anything,
            Form::Test => report::Form::Test,
        };
        PartReport {
            text: part.text.clone(),
            span: part.span.map(|span| self.location(span)),
            form,
            result,
            value,
            message,
            reads: part.reads.iter().map(|read| self.read(read)).collect(),
            membership: part.membership.as_ref().map(|asked| self.membership(asked)),
            parts: part.parts.iter().map(|inner| self.part(inner)).collect(),
        }
    }

    fn read(&self, read: &Read) -> ReadReport {
        let places = self.of.places;
        let (since, span) = match &read.of {
            Subject::Attribute(uid, name) => {
                let value =
                    |state: &State| state.entity(uid).and_then(|entity| entity.attributes.get(name)).cloned();
                (self.since(value), places.attribute(uid, name).or_else(|| places.entity(uid)))
            }
            Subject::Tag(uid, name) => {
                let value =
                    |state: &State| state.entity(uid).and_then(|entity| entity.tags.get(name)).cloned();
                (self.since(value), places.tag(uid, name).or_else(|| places.entity(uid)))
            }
            Subject::Other if is_given(&read.text) => (None, Some(self.step.spans.context)),
            Subject::Other => (None, None),
        };
        ReadReport {
            text: read.text.clone(),
            value: read.value.as_ref().map(words::value),
            span: span.filter(|_| since.is_none()).map(|span| self.location(span)),
            since,
        }
    }

    fn membership(&self, asked: &Membership) -> MembershipReport {
        let schema = self.of.bundle.schema();
        let Membership { child, targets } = asked;
        let found = path(self.state, schema, child, targets);
        let since = self.since(|state| path(state, schema, child, targets).is_some());
        let (above, below) = match found {
            Some(_) => (Vec::new(), Vec::new()),
            None => (is_in(self.state, child), would_do(self.state, schema, child, targets)),
        };
        let in_all = above.len();
        let named = first_names(above);
        MembershipReport {
            child: child.to_string(),
            targets: targets.iter().map(ToString::to_string).collect(),
            path: found.unwrap_or_default().iter().map(|(child, parent)| self.edge(child, parent)).collect(),
            in_more: in_all.checked_sub(named.len()).filter(|more| *more > 0),
            is_in: named,
            would_do: first_names(below),
            since,
        }
    }

    fn edge(&self, child: &Uid, parent: &Uid) -> EdgeReport {
        let since =
            self.since(|state| state.entity(child).is_some_and(|entity| entity.parents.contains(parent)));
        let span = self.of.places.parent(child, parent, self.of.bundle.schema()).filter(|_| since.is_none());
        EdgeReport {
            child: child.to_string(),
            parent: parent.to_string(),
            since,
            span: span.map(|span| self.location(span)),
        }
    }

    /// The address of the step that made a fact what it is.
    fn since<T: PartialEq>(&self, fact: impl Fn(&State) -> T) -> Option<String> {
        let step = self.of.replay.changed(self.moment, fact)?;
        Some(self.of.plan.step(step).address.clone())
    }

    fn location(&self, span: Span) -> Location {
        Location::of(self.of.sources, span)
    }
}

/// Says whether the plan gives a parameter; the record `plan` is filled by the engine.
fn is_given(text: &str) -> bool {
    text.strip_prefix("context.").is_some_and(|name| name != "plan" && !name.starts_with("plan."))
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
