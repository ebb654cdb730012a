//! Findings and reasons from the facts of a judgement.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::doings::Doings;
use super::{orders, overrides, rights, words};
use crate::decide::{Authority, Briefing, Case, Conflict, Judgement, MissingRole, Reason, StepJudgement};
use crate::diagnostic::{Code, Diagnostic, Severity, nearest};
use crate::document::Level;
use crate::model::{Estate, Override, Plan, Schema, Step, StepId, Uid};
use crate::policy::{Bundle, Effect, Literal, Policy, PolicyFailure};
use crate::report::{Decision, Outcome};
use crate::resolve::Alike;
use crate::source::Span;

/// So many names are compared before none is suggested any more.
const COMPARISONS: usize = 2_000_000;

/// A finding with what it is about.
#[derive(Clone, Debug)]
pub struct Found {
    /// The message.
    pub diagnostic: Diagnostic,
    /// The address of the step.
    pub step: Option<String>,
    /// The id of the policy.
    pub policy: Option<String>,
}

/// A judgement in words.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What was found, worst first, then in plan order.
    pub findings: Vec<Found>,
    /// For each step in plan order: why, each with the policy and the place it speaks of.
    pub reasons: Vec<Vec<Told>>,
}

/// A reason as a sentence, with the policy and the place it speaks of.
pub type Told = (String, Option<String>, Option<Span>);

/// Tells a judgement in words.
pub fn explain(
    plan: &Plan,
    estate: &Estate,
    bundle: &Bundle,
    briefing: &Briefing,
    judgement: &Judgement,
) -> Explanation {
    let teller = Teller::new(plan, estate, bundle, briefing, &judgement.created);
    let mut findings: Vec<Found> = Vec::new();
    let mut reasons = Vec::with_capacity(plan.steps.len());
    let mut used = Used::default();
    for (id, judged) in plan.step_ids().zip(&judgement.steps) {
        findings.extend(teller.step(id, judged));
        let told = judged.cases.values().flat_map(|case| &case.reasons);
        reasons.push(told.map(|reason| teller.reason(plan.step(id), reason)).collect());
        used.note(plan.step(id), judged);
    }
    let whole = teller.whole(&judgement.missing_literals, &judgement.conflicts, &used);
    findings.extend(whole.into_iter().map(|(_, found)| found));
    findings.sort_by_key(|found| found.diagnostic.severity);
    Explanation { findings, reasons }
}

/// Which overrides steps need.
#[derive(Debug, Default)]
pub struct Used(BTreeSet<(String, String)>);

impl Used {
    /// Notes the overrides that a step needs.
    pub fn note(&mut self, step: &Step, judged: &StepJudgement) {
        let used = overrides::used_by(judged).map(|policy| (step.address.clone(), policy.to_owned()));
        self.0.extend(used);
    }
}

/// Says whether nothing is found about a step, so that telling can be left out.
pub fn is_unremarkable(judged: &StepJudgement) -> bool {
    let mut cases = judged.cases.values();
    judged.outcome == Outcome::Allowed
        && judged.authority == Authority::Standing
        && cases.all(|case| case.reasons.iter().all(|reason| matches!(reason, Reason::Permitted(_))))
}

/// Says whether all that is found about a step is one denial.
pub fn is_plain_denial(judged: &StepJudgement) -> bool {
    let case = judged.cases.get(&Decision::Deny).filter(|_| judged.cases.len() == 1);
    let denies = |reason: &Reason| {
        matches!(reason, Reason::Forbidden(_) | Reason::SoftForbidden(_) | Reason::NoPermit)
    };
    judged.outcome == Outcome::Denied && case.is_some_and(|case| case.reasons.iter().all(denies))
}

/// Tells findings, of one step at a time or of the whole.
///
/// Steps are to be told in plan order: only for the first that are refused it is found out what other
/// steps have to do with it.
pub struct Teller<'a> {
    plan: &'a Plan,
    estate: &'a Estate,
    bundle: &'a Bundle,
    schema: &'a Schema,
    briefing: &'a Briefing,
    created: &'a [(StepId, Uid)],
    /// Made when a name is first looked for.
    alike: OnceCell<Alike>,
    /// How many names were compared to suggest one.
    compared: Cell<usize>,
    /// Made when a step is refused.
    doings: RefCell<Option<Doings<'a>>>,
    /// What to say where no permit applies, by action.
    rights: RefCell<BTreeMap<Uid, Vec<String>>>,
}

impl std::fmt::Debug for Teller<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Teller").field("plan", &self.plan.id).finish_non_exhaustive()
    }
}

impl<'a> Teller<'a> {
    /// Tells about a plan; `created` is what its steps would create.
    pub fn new(
        plan: &'a Plan,
        estate: &'a Estate,
        bundle: &'a Bundle,
        briefing: &'a Briefing,
        created: &'a [(StepId, Uid)],
    ) -> Self {
        Self {
            plan,
            estate,
            bundle,
            schema: bundle.schema(),
            briefing,
            created,
            alike: OnceCell::new(),
            compared: Cell::new(0),
            doings: RefCell::new(None),
            rights: RefCell::default(),
        }
    }

    /// Everything that is found about one step.
    pub fn step(&self, id: StepId, judged: &StepJudgement) -> Vec<Found> {
        let step = self.plan.step(id);
        let mut findings = self.decisions(id, step, judged);
        findings.extend(orders::of_step(self.plan, self.bundle, step, judged));
        findings
    }

    /// What is found about no step alone, each with the step that it is filed under.
    pub fn whole(
        &self,
        missing_literals: &[(Literal, Severity)],
        conflicts: &[Conflict],
        used: &Used,
    ) -> Vec<(Option<StepId>, Found)> {
        let mut findings = Vec::new();
        for (literal, severity) in missing_literals {
            let mut diagnostic =
                self.absent(Code::UnknownLiteral, &literal.uid, literal.span, "a policy names");
            diagnostic.severity = *severity;
            findings.push((None, Found { diagnostic, step: None, policy: Some(literal.policy.clone()) }));
        }
        for conflict in conflicts {
            findings.push((Some(conflict.second), orders::conflict(self.plan, self.bundle, conflict)));
        }
        for (id, uid) in self.created {
            findings.extend(self.look_alike(self.plan.step(*id), uid).map(|found| (Some(*id), found)));
        }
        let is_used = |given: &Override| used.0.contains(&(given.step.clone(), given.policy.clone()));
        for found in overrides::all(self.briefing, is_used) {
            let mut steps = self.plan.step_ids();
            let id = steps.find(|id| Some(&self.plan.step(*id).address) == found.step.as_ref());
            findings.push((id, found));
        }
        findings
    }

    fn alike(&self) -> &Alike {
        let created = self.created.iter().map(|(_, uid)| uid);
        self.alike.get_or_init(|| Alike::of(&self.estate.state, created))
    }

    fn rights(&self, step: &Step) -> Vec<String> {
        let mut known = self.rights.borrow_mut();
        known.entry(Uid::clone(&step.action)).or_insert_with(|| rights::hints(self.bundle, step)).clone()
    }

    /// Adds to a refusal what other steps have to do with it.
    fn add_doings(&self, id: StepId, case: &Case, diagnostic: &mut Diagnostic) {
        let mut doings = self.doings.borrow_mut();
        let make = || Doings::new(self.plan, self.estate, self.bundle, self.briefing);
        *diagnostic = doings.get_or_insert_with(make).tell(id, case, diagnostic.clone());
    }

    /// The findings of one step: the decisions first, then warnings.
    ///
    /// Where the decision depends on the order, that is one finding of its own.
    fn decisions(&self, id: StepId, step: &Step, judged: &StepJudgement) -> Vec<Found> {
        let mut findings = Vec::new();
        for case in judged.cases.values().filter(|_| judged.outcome != Outcome::OrderDependent) {
            let mut of_case = match case.decision {
                Decision::Allow => Vec::new(),
                Decision::Deny => self.denied(step, case),
                Decision::Missing => self.missing(step, case),
                Decision::Inapplicable => self.inapplicable(step, case),
                Decision::Indeterminate => self.indeterminate(step, case),
            };
            let refused =
                matches!(case.decision, Decision::Deny | Decision::Missing | Decision::Inapplicable);
            if let (true, Some(first)) = (refused, of_case.first_mut()) {
                self.add_doings(id, case, &mut first.diagnostic);
            }
            findings.extend(of_case);
        }
        let mut warned: Vec<&Reason> = Vec::new();
        for reason in judged.cases.values().flat_map(|case| &case.reasons) {
            if !warned.contains(&reason) {
                findings.extend(self.warning(step, reason));
                warned.push(reason);
            }
        }
        findings
    }

    fn found(&self, step: &Step, policy: Option<&str>, diagnostic: Diagnostic) -> Found {
        Found { diagnostic, step: Some(step.address.clone()), policy: policy.map(str::to_owned) }
    }

    /// One finding for a denial; it shows every forbid that applies.
    fn denied(&self, step: &Step, case: &Case) -> Vec<Found> {
        let forbids: Vec<&str> = case.reasons.iter().filter_map(deciding_forbid).collect();
        let act = words::act(self.schema, step);
        if forbids.is_empty() {
            let message = format!("{act}: no permit applies");
            let who = words::name(self.schema, &step.principal);
            let mut diagnostic = Diagnostic::new(Code::Denied, message)
                .label(step.spans.action, "nothing permits this")
                .label(step.spans.principal, format!("{who} has no right to it"));
            diagnostic.hints = self.rights(step);
            return vec![self.found(step, None, diagnostic)];
        }
        let failure = |id: &str| {
            let failures = case
                .failures
                .iter()
                .find(|failure| *failure.policy == *id && failure.effect == Effect::Forbid);
            failures.map(|failure| format!("the forbid `{id}` cannot be evaluated: {}", failure.message))
        };
        let says: Vec<String> =
            forbids.iter().map(|id| failure(id).unwrap_or_else(|| words::says(self.bundle, id))).collect();
        let waits = !case.reasons.contains(&Reason::NoPermit)
            && forbids.iter().all(|id| self.bundle.policy_of(id).is_some_and(Policy::is_prerequisite));
        let act = if waits { words::not_yet(self.schema, step) } else { act };
        let mut diagnostic = Diagnostic::new(Code::Denied, format!("{act}: {}", says.join("; and ")))
            .label(step.spans.action, "denied");
        for id in &forbids {
            let Some(policy) = self.bundle.policy_of(id) else { continue };
            let soft = if policy.level == Level::Soft { " and has no override" } else { "" };
            let what =
                if failure(id).is_some() { "evaluating this forbid fails" } else { "this forbid applies" };
            diagnostic = diagnostic.label(policy.id_span, format!("{what}{soft}"));
            if let Some(remedy) =
                words::remedy(Some(policy)).filter(|remedy| !diagnostic.hints.contains(remedy))
            {
                diagnostic = diagnostic.hint(remedy);
            }
        }
        if case.reasons.contains(&Reason::NoPermit) {
            let who = words::name(self.schema, &step.principal);
            diagnostic = diagnostic.label(step.spans.principal, format!("besides, {who} has no right to it"));
            diagnostic.hints.extend(self.rights(step));
        }
        let only = if let [one] = forbids.as_slice() { Some(*one) } else { None };
        vec![self.found(step, only, diagnostic)]
    }

    fn missing(&self, step: &Step, case: &Case) -> Vec<Found> {
        let missing = case.reasons.iter().filter_map(|reason| match reason {
            Reason::Missing(role, uid) => Some((*role, uid)),
            _ => None,
        });
        missing
            .map(|(role, uid)| {
                let (span, subject) = match role {
                    MissingRole::Principal => (step.spans.principal, "the principal"),
                    MissingRole::Resource => (step.spans.resource, "the target"),
                    MissingRole::Context => (step.spans.context, "a parameter"),
                };
                self.found(step, None, self.absent(Code::Missing, uid, span, subject))
            })
            .collect()
    }

    /// A message about a name of something that does not exist.
    fn absent(&self, code: Code, uid: &Uid, span: Span, subject: &str) -> Diagnostic {
        let shown = words::name(self.schema, uid);
        let message = match code {
            Code::Missing => format!("{subject} {shown} does not exist when the step runs"),
            _ => format!("{subject} {shown}, which does not exist and which no step creates"),
        };
        let diagnostic = Diagnostic::new(code, message).label(span, "not in the estate");
        match self.alike().other(uid) {
            Some(other) => {
                let other = words::name(self.schema, other);
                diagnostic.hint(format!(
                    "did you mean {other}? names are compared byte for byte, and this one looks alike"
                ))
            }
            None => self.guessed(uid, code, diagnostic),
        }
    }

    /// Adds the way out for a name that stands for nothing, and the known name that it most likely means.
    fn guessed(&self, uid: &Uid, code: Code, diagnostic: Diagnostic) -> Diagnostic {
        let diagnostic = match self.nearest(uid) {
            Some(other) => diagnostic.hint(format!("did you mean {}?", words::name(self.schema, &other))),
            None => diagnostic,
        };
        match code {
            Code::Missing => {
                diagnostic.hint("correct the name, add it to the estate, or let an earlier step create it")
            }
            _ => diagnostic.hint(
                "a policy never matches what does not exist: correct the name, or add it to the estate",
            ),
        }
    }

    /// The entity of the estate whose name is nearest to that of one that is not in it.
    fn nearest(&self, uid: &Uid) -> Option<Uid> {
        let state = &self.estate.state;
        let is_made = self.created.iter().any(|(_, made)| made == uid);
        if is_made || state.contains(uid) || self.compared.get() > COMPARISONS {
            return None;
        }
        self.compared.set(self.compared.get() + state.len());
        let same_type = state.uids().filter(|other| other.type_name() == uid.type_name());
        let known: BTreeMap<&str, &Uid> = same_type.map(|other| (other.id().unescaped(), other)).collect();
        let found = nearest(uid.id().unescaped(), known.keys().copied())?;
        known.get(found).map(|other| Uid::clone(other))
    }

    /// A warning about an entity that a step creates beside one that it looks like.
    fn look_alike(&self, step: &Step, uid: &Uid) -> Option<Found> {
        let other = self.alike().other(uid)?;
        let message =
            format!("{} and {} look alike", words::name(self.schema, uid), words::name(self.schema, other));
        let diagnostic = Diagnostic::new(Code::LookAlike, message)
            .label(step.spans.id, "this step creates one of them")
            .hint("check that each of them is meant; policies compare names byte for byte");
        Some(self.found(step, None, diagnostic))
    }

    fn inapplicable(&self, step: &Step, case: &Case) -> Vec<Found> {
        let impossible = case.reasons.iter().filter_map(|reason| match reason {
            Reason::Impossible(position, why) => Some((*position, why)),
            _ => None,
        });
        impossible
            .map(|(position, why)| {
                let action = self.schema.action_name(&step.action);
                let operation = self.bundle.operation(&step.action);
                let diagnostic =
                    Diagnostic::new(Code::Inapplicable, format!("`{action}` cannot be done here: {why}"))
                        .label(step.spans.action, "authorised, and impossible when the step runs")
                        .label_at(
                            operation.map(|operation| operation.change_span(position)),
                            "this change cannot be made",
                        );
                self.found(step, None, diagnostic)
            })
            .collect()
    }

    fn indeterminate(&self, step: &Step, case: &Case) -> Vec<Found> {
        let mut findings = Vec::new();
        for reason in &case.reasons {
            match reason {
                Reason::UnknownValue(what) => {
                    let message = format!("the decision reads {what}, whose value is not known yet");
                    let diagnostic = Diagnostic::new(Code::Indeterminate, message)
                        .label(step.spans.action, "cannot be decided");
                    findings.push(self.found(
                        step,
                        None,
                        diagnostic.hint("supply the value, or judge again when it is known"),
                    ));
                }
                Reason::UnknownInChange(position, what) => {
                    let message =
                        format!("what the step changes depends on {what}, whose value is not known yet");
                    let operation = self.bundle.operation(&step.action);
                    let diagnostic = Diagnostic::new(Code::Indeterminate, message)
                        .label(step.spans.action, "cannot be decided")
                        .label_at(operation.map(|operation| operation.change_span(*position)), "this change");
                    findings.push(self.found(
                        step,
                        None,
                        diagnostic.hint("supply the value, or judge again when it is known"),
                    ));
                }
                Reason::Failed(failure)
                    if failure.effect == Effect::Forbid && failure.level == Level::Hard =>
                {
                    findings.push(self.found(step, Some(&failure.policy), self.failed(step, failure)));
                }
                _ => {}
            }
        }
        findings
    }

    fn failed(&self, step: &Step, failure: &PolicyFailure) -> Diagnostic {
        let message = format!("the forbid `{}` cannot be evaluated: {}", failure.policy, failure.message);
        let policy = self.bundle.policy_of(&failure.policy);
        Diagnostic::new(Code::Indeterminate, message)
            .label(step.spans.action, "cannot be decided")
            .label_at(policy.map(|policy| policy.id_span), "evaluating this forbid fails")
            .hint("guard the condition with `has`, or correct the data that it reads")
    }

    /// A warning about a policy, whatever was decided.
    fn warning(&self, step: &Step, reason: &Reason) -> Option<Found> {
        let (code, id, message) = match reason {
            Reason::Advised(id) => (Code::Advisory, id, format!("advice: {}", words::says(self.bundle, id))),
            Reason::Failed(failure) if failure.effect == Effect::Permit => {
                let message =
                    format!("the permit `{}` cannot be evaluated: {}", failure.policy, failure.message);
                (Code::PermitError, &failure.policy, message)
            }
            Reason::Failed(failure) if failure.level == Level::Advisory => {
                let message = format!(
                    "the advisory forbid `{}` cannot be evaluated: {}",
                    failure.policy, failure.message
                );
                (Code::Advisory, &failure.policy, message)
            }
            _ => return None,
        };
        let policy = self.bundle.policy_of(id);
        let mut diagnostic = Diagnostic::new(code, message)
            .label(step.spans.action, "for this step")
            .label_at(policy.map(|policy| policy.id_span), "this policy");
        diagnostic.severity = Severity::Warning;
        diagnostic.hints.extend(words::remedy(policy));
        Some(self.found(step, Some(id), diagnostic))
    }

    /// A reason as a sentence, with the policy and the place it speaks of.
    fn reason(&self, step: &Step, reason: &Reason) -> (String, Option<String>, Option<Span>) {
        let of_policy = |id: &str, text: String| {
            let span = self.bundle.policy_of(id).map(|policy| policy.span);
            (text, Some(id.to_owned()), span)
        };
        let of_change = |position: usize, text: String| {
            let operation = self.bundle.operation(&step.action);
            (text, None, operation.map(|operation| operation.change_span(position)))
        };
        match reason {
            Reason::Missing(_, uid) => {
                (format!("{} does not exist", words::name(self.schema, uid)), None, None)
            }
            Reason::UnknownValue(what) => (format!("{what} is not known yet"), None, None),
            Reason::UnknownInChange(position, what) => {
                of_change(*position, format!("{what} is not known yet"))
            }
            Reason::Failed(failure) => of_policy(
                &failure.policy,
                format!("`{}` cannot be evaluated: {}", failure.policy, failure.message),
            ),
            Reason::Forbidden(id) => {
                of_policy(id, format!("the forbid `{id}` applies: {}", words::says(self.bundle, id)))
            }
            Reason::SoftForbidden(id) => {
                let says = words::says(self.bundle, id);
                of_policy(id, format!("the soft forbid `{id}` applies and nothing overrides it: {says}"))
            }
            Reason::Overridden(id) => of_policy(id, format!("the soft forbid `{id}` is overridden")),
            Reason::NoPermit => ("no permit applies".to_owned(), None, None),
            Reason::Permitted(id) => {
                let right = self.bundle.policy_of(id).and_then(|policy| policy.annotation("right"));
                let right = right.map(|right| format!(", which stands for `{right}`")).unwrap_or_default();
                of_policy(id, format!("the permit `{id}` applies{right}"))
            }
            Reason::Advised(id) => of_policy(id, format!("advice: {}", words::says(self.bundle, id))),
            Reason::Impossible(position, why) => of_change(*position, why.to_string()),
        }
    }
}

/// The forbid that a reason for a denial is about.
fn deciding_forbid(reason: &Reason) -> Option<&str> {
    match reason {
        Reason::Forbidden(id) | Reason::SoftForbidden(id) => Some(id),
        Reason::Failed(failure) if failure.effect == Effect::Forbid && failure.level == Level::Soft => {
            Some(&failure.policy)
        }
        _ => None,
    }
}
