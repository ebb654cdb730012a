//! The report of a judgement.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Inputs, Settings, controls, remedies};
use crate::decide::{Authority, Briefing, Case, Judgement, StepJudgement};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::explain::{Explanation, is_used};
use crate::model::{Plan, Step, StepId};
use crate::policy::{Bundle, PolicyFailure, Request, check_request};
use crate::remedy::{Patched, Remedies};
use crate::report::lines;
use crate::report::{
    Appendix, ApprovalReport, Counts, Decision, Finding, ImportReport, Input, Location, Outcome,
    OverrideReport, PhaseReport, PlanSummary, PolicyError, REPORT_SCHEMA, Reason, Reasons, Report,
    StepReport, Terms, Tool, Verdict,
};
use crate::source::{Role, SourceId, SourceMap, Span};

/// Checks every step's request with Cedar's own check against the schema.
pub(super) fn requests_conform(plan: &Plan, bundle: &Bundle, sink: &mut Sink) -> bool {
    let errors = sink.errors();
    for step in &plan.steps {
        let request = Request {
            principal: &step.principal,
            action: &step.action,
            resource: &step.resource,
            context: &step.context,
        };
        if let Err(message) = check_request(bundle, request) {
            sink.push(Diagnostic::new(Code::InvalidRequest, message).label(step.spans.id, "this step"));
        }
    }
    sink.errors() == errors
}

/// What a report is made from besides the judgement.
pub(super) struct Assembly<'a> {
    pub sources: &'a Arc<SourceMap>,
    pub inputs: &'a Inputs,
    pub settings: &'a Settings,
    pub source: SourceId,
    pub bundle: &'a Bundle,
    pub briefing: &'a Briefing,
    pub remarks: Vec<Diagnostic>,
    /// What would mend the steps that stop the plan.
    pub remedies: &'a [Remedies],
    /// The plan's text with one of them.
    pub patched: Option<Patched>,
    /// What became of files of other programs.
    pub imports: Vec<ImportReport>,
}

impl Assembly<'_> {
    pub(super) fn report(&self, plan: &Plan, judgement: &Judgement, explanation: &Explanation) -> Report {
        let verdict = if judgement.verdict.is_approved() { Verdict::Approved } else { Verdict::Rejected };
        Report {
            schema: REPORT_SCHEMA.to_owned(),
            tool: Tool::this(),
            inputs: list_inputs(self.sources, self.inputs, self.settings, self.source),
            imports: self.imports.clone(),
            at: self.settings.at.to_string(),
            plan: summary(plan),
            verdict,
            counts: self.counts(plan, judgement),
            phases: phases(plan, judgement),
            steps: self.steps(plan, judgement, explanation),
            findings: self.findings(plan, explanation),
            overrides: self.overrides(plan, judgement),
            approvals: self.approvals(),
            controls: Vec::new(),
            terms: Terms::default(),
            sources: Arc::clone(self.sources),
            appendix: Appendix::default(),
        }
    }

    fn approvals(&self) -> Vec<ApprovalReport> {
        let given = self.briefing.approvals.iter();
        given
            .map(|approval| ApprovalReport {
                by: approval.by.to_string(),
                at: approval.at.to_string(),
                span: Location::of(self.sources, approval.span),
            })
            .collect()
    }

    fn overrides(&self, plan: &Plan, judgement: &Judgement) -> Vec<OverrideReport> {
        let given = self.briefing.overrides.iter();
        given
            .map(|given| OverrideReport {
                policy: given.policy.clone(),
                step: given.step.clone(),
                by: given.by.to_string(),
                reason: given.reason.clone(),
                expires: given.expires.to_string(),
                used: is_used(given, plan, judgement),
                span: Location::of(self.sources, given.span),
            })
            .collect()
    }

    fn counts(&self, plan: &Plan, judgement: &Judgement) -> Counts {
        let count = |outcome| judgement.steps.iter().filter(|step| step.outcome == outcome).count();
        Counts {
            phases: plan.phases.len(),
            steps: plan.steps.len(),
            allowed: count(Outcome::Allowed),
            denied: count(Outcome::Denied),
            indeterminate: count(Outcome::Indeterminate),
            order_dependent: count(Outcome::OrderDependent),
            policies: self.bundle.policy_count(),
        }
    }

    fn steps(&self, plan: &Plan, judgement: &Judgement, explanation: &Explanation) -> Vec<StepReport> {
        let judged = plan.step_ids().zip(&judgement.steps).zip(&explanation.reasons);
        judged.map(|((id, judged), reasons)| self.step(plan, id, judged, reasons)).collect()
    }

    fn step(
        &self,
        plan: &Plan,
        id: StepId,
        judged: &StepJudgement,
        reasons: &[(String, Option<String>, Option<Span>)],
    ) -> StepReport {
        let step: &Step = plan.step(id);
        let because = reasons.iter().map(|(text, policy, span)| Reason {
            text: text.clone(),
            policy: policy.clone(),
            span: span.map(|span| Location::of(self.sources, span)),
        });
        StepReport {
            id: step.address.clone(),
            phase: plan.phases.get(step.phase).map(|phase| phase.id.clone()).unwrap_or_default(),
            title: step.title.clone(),
            docs: step.docs.clone(),
            wave: step.wave,
            after: plan.after(id).into_iter().map(|before| plan.step(before).address.clone()).collect(),
            principal: step.principal.to_string(),
            action: step.action.to_string(),
            resource: step.resource.to_string(),
            context: step.context.to_json(),
            outcome: judged.outcome,
            decisions: judged.decisions(),
            determining: BTreeSet::clone(&judged.determining),
            errors: errors(judged),
            provenance: provenance(plan, judged),
            witnesses: witnesses(plan, judged),
            reasons: Reasons { because: because.collect(), ..Reasons::default() },
            remedies: remedies::of_step(self.remedies, id, self.patched.as_ref()),
            span: Location::of(self.sources, step.spans.id),
        }
    }

    /// The findings in an order that no position in a file decides.
    fn findings(&self, plan: &Plan, explanation: &Explanation) -> Vec<Finding> {
        let places: BTreeMap<String, usize> =
            plan.steps.iter().enumerate().map(|(at, step)| (step.address.clone(), at)).collect();
        let of_steps =
            explanation.findings.iter().map(|found| (&found.diagnostic, &found.step, &found.policy));
        let of_texts = self.remarks.iter().map(|diagnostic| (diagnostic, &None, &None));
        let mut findings: Vec<Finding> = of_steps
            .chain(of_texts)
            .map(|(diagnostic, step, policy)| {
                finding(self.sources, self.bundle, diagnostic, (step.clone(), policy.clone()))
            })
            .collect();
        let position = |step: &Option<String>| step.as_ref().and_then(|address| places.get(address)).copied();
        findings.sort_by(|left, right| {
            lines::order((position(&left.step), left), (position(&right.step), right))
        });
        for found in self.remedies {
            remedies::hint(&mut findings, &plan.step(found.step).address, found);
        }
        findings
    }
}

/// Every text of a run with one plan, with its digest.
pub(super) fn list_inputs(
    sources: &SourceMap,
    inputs: &Inputs,
    settings: &Settings,
    plan: SourceId,
) -> Vec<Input> {
    let mut ids = vec![plan];
    for bundle in settings.base.iter().chain([&inputs.bundle]) {
        ids.extend(super::gate::files(bundle));
    }
    ids.extend(inputs.estates.iter().chain(&settings.approvals));
    ids.extend(settings.base_approvals.iter().flatten());
    ids.extend(settings.import.mapping);
    ids.extend(sources.with_role(Role::Configuration));
    let mut listed: Vec<Input> = ids
        .into_iter()
        .map(|id| {
            let source = sources.get(id);
            let (role, path) = (source.role().as_str().to_owned(), source.path().to_owned());
            Input { role, path, sha256: source.digest().to_owned() }
        })
        .collect();
    listed.sort();
    listed.dedup();
    listed
}

/// A diagnostic as reports have it; `about` is the step and the policy.
pub(super) fn finding(
    sources: &SourceMap,
    bundle: &Bundle,
    diagnostic: &Diagnostic,
    about: (Option<String>, Option<String>),
) -> Finding {
    let (step, policy) = about;
    let mut finding = Finding::of(sources, diagnostic);
    controls::add(&mut finding, bundle, policy.as_deref());
    Finding { step, policy, ..finding }
}

/// What a report says of a plan.
pub(super) fn summary(plan: &Plan) -> PlanSummary {
    PlanSummary {
        id: plan.id.clone(),
        title: plan.title.clone(),
        author: plan.author.as_ref().map(ToString::to_string),
        docs: plan.docs.clone(),
    }
}

/// The policies of a step that could not be evaluated.
pub(super) fn errors(judged: &StepJudgement) -> Vec<PolicyError> {
    let error = |failure: &PolicyFailure| PolicyError {
        policy: failure.policy.to_string(),
        message: failure.message.clone(),
    };
    judged.failures.iter().map(error).collect()
}

/// The steps that gave a step its authority.
pub(super) fn provenance(plan: &Plan, judged: &StepJudgement) -> Vec<String> {
    match &judged.authority {
        Authority::Standing => Vec::new(),
        Authority::Granted(steps) | Authority::SelfGiven(steps) => addresses(plan, steps),
    }
}

/// Where a step has several decisions, a shortest run that leads to each.
pub(super) fn witnesses(plan: &Plan, judged: &StepJudgement) -> BTreeMap<Decision, Vec<String>> {
    let cases = judged.cases.values().filter(|_| judged.cases.len() > 1);
    let run = |case: &Case| addresses(plan, case.run.as_deref().unwrap_or_default());
    cases.map(|case| (case.decision, run(case))).collect()
}

fn addresses(plan: &Plan, steps: &[StepId]) -> Vec<String> {
    steps.iter().map(|step| plan.step(*step).address.clone()).collect()
}

fn phases(plan: &Plan, judgement: &Judgement) -> Vec<PhaseReport> {
    let mut worst = vec![Outcome::Allowed; plan.phases.len()];
    for (step, judged) in plan.steps.iter().zip(&judgement.steps) {
        if let Some(outcome) =
            worst.get_mut(step.phase).filter(|known| badness(judged.outcome) > badness(**known))
        {
            *outcome = judged.outcome;
        }
    }
    let phases = plan.phases.iter().zip(worst);
    phases
        .map(|(phase, outcome)| PhaseReport {
            id: phase.id.clone(),
            title: phase.title.clone(),
            docs: phase.docs.clone(),
            needs: phase.needs.clone(),
            outcome,
        })
        .collect()
}

fn badness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Allowed => 0,
        Outcome::OrderDependent => 1,
        Outcome::Indeterminate => 2,
        Outcome::Denied => 3,
    }
}
