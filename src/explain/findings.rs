//! Findings and reasons from the facts of a judgement.

use super::doings::Doings;
use super::{orders, overrides, rights, words};
use crate::decide::{Briefing, Case, Judgement, MissingRole, Reason, StepJudgement};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::document::Level;
use crate::model::{Estate, Plan, Schema, Step, StepId, Uid};
use crate::policy::{Bundle, Effect, Policy, PolicyFailure};
use crate::report::{Decision, Outcome};
use crate::resolve::Alike;
use crate::source::Span;

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
    let needs_alike = judgement.steps.iter().any(|step| step.cases.contains_key(&Decision::Missing))
        || !judgement.missing_literals.is_empty()
        || !judgement.created.is_empty();
    let created = judgement.created.iter().map(|(_, uid)| uid);
    let alike = if needs_alike { Alike::of(&estate.state, created) } else { Alike::default() };
    let teller = Teller { bundle, schema: bundle.schema(), alike };
    let mut findings: Vec<Found> = Vec::new();
    for (literal, severity) in &judgement.missing_literals {
        let mut diagnostic =
            teller.absent(Code::UnknownLiteral, &literal.uid, literal.span, "a policy names");
        diagnostic.severity = *severity;
        findings.push(Found { diagnostic, step: None, policy: Some(literal.policy.clone()) });
    }
    let mut reasons = Vec::with_capacity(plan.steps.len());
    let any_refused = judgement.steps.iter().any(|judged| judged.outcome != Outcome::Allowed);
    let mut doings = any_refused.then(|| Doings::new(plan, estate, bundle, briefing));
    for (id, judged) in plan.step_ids().zip(&judgement.steps) {
        let step = plan.step(id);
        findings.extend(teller.step(id, step, judged, doings.as_mut()));
        findings.extend(orders::of_step(plan, bundle, step, judged));
        let told = judged.cases.values().flat_map(|case| &case.reasons);
        reasons.push(told.map(|reason| teller.reason(step, reason)).collect());
    }
    findings.extend(judgement.conflicts.iter().map(|conflict| orders::conflict(plan, bundle, conflict)));
    findings.extend(judgement.created.iter().filter_map(|(id, uid)| teller.created(plan.step(*id), uid)));
    findings.extend(overrides::all(plan, briefing, judgement));
    findings.sort_by_key(|found| found.diagnostic.severity);
    Explanation { findings, reasons }
}

struct Teller<'a> {
    bundle: &'a Bundle,
    schema: &'a Schema,
    alike: Alike,
}

impl Teller<'_> {
    /// The findings of one step: the decisions first, then warnings.
    ///
    /// Where the decision depends on the order, that is one finding of its own.
    fn step(
        &self,
        id: StepId,
        step: &Step,
        judged: &StepJudgement,
        mut doings: Option<&mut Doings<'_>>,
    ) -> Vec<Found> {
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
            if let (true, Some(first), Some(doings)) = (refused, of_case.first_mut(), doings.as_mut()) {
                first.diagnostic = doings.tell(id, judged, case, first.diagnostic.clone());
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
            diagnostic.hints = rights::hints(self.bundle, step);
            return vec![self.found(step, None, diagnostic)];
        }
        let failure = |id: &str| {
            let failures =
                case.failures.iter().find(|failure| failure.policy == id && failure.effect == Effect::Forbid);
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
            diagnostic.hints.extend(rights::hints(self.bundle, step));
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
        match self.alike.other(uid) {
            Some(other) => {
                let other = words::name(self.schema, other);
                diagnostic.hint(format!(
                    "did you mean {other}? names are compared byte for byte, and this one looks alike"
                ))
            }
            None if code == Code::Missing => {
                diagnostic.hint("correct the name, add it to the estate, or let an earlier step create it")
            }
            None => diagnostic.hint(
                "a policy never matches what does not exist: correct the name, or add it to the estate",
            ),
        }
    }

    /// A warning about an entity that a step creates beside one that it looks like.
    fn created(&self, step: &Step, uid: &Uid) -> Option<Found> {
        let other = self.alike.other(uid)?;
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
