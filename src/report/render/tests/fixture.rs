//! A plan of four phases, its reports, and a report with hostile text in every field.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use crate::report::*;
use crate::source::{Role, SourceMap};

const PLAN: &str = r#"schema: countersign.plan/1
id: CHG-2026-0142
title: Integrate hosted Exchange UM for contoso.com
author: User::"dana"
phases:
  - id: access
    title: Let the contact team work in its unit
    by: User::"dana"
    steps:
      - { id: grant, do: Grant-CsOUPermission, target: OU::"Contacts", with: { objectType: Contact } }
  - id: edge
    title: Configure the Edge Server
    by: User::"dana"
    needs: [access]
    steps:
      - { id: federation, do: Set-CsAccessEdgeConfiguration, target: AccessEdgeConfiguration::"Global" }
      - { id: provider, do: New-CsHostingProvider, target: AccessEdgeConfiguration::"Global" }
  - id: contacts
    title: Create the contact objects
    by: Group::"Contact team"
    needs: [access]
    order: any
    steps:
      - { id: aa, do: New-CsExUmContact, target: OU::"Contacts", with: { displayNumber: "+49 30 1000" } }
      - { id: sa, do: New-CsExUmContact, target: OU::"Contacts" }
      - { id: dial-plan, do: Set-CsDialPlan, target: DialPlan::"Berlin" }
"#;

const RIGHTS: &str = r#"// Who may do what.
@id("contact-permission")
permit (principal == ?principal, action == Lync::Action::"New-CsExUmContact", resource in ?resource);

@id("change-window")
forbid (principal, action == Lync::Action::"Set-CsDialPlan", resource)
unless { context.inWindow };
"#;

fn place(sources: &SourceMap, path: &str, words: &str) -> Location {
    let (_, source) = sources.iter().find(|(_, source)| source.path() == path).unwrap();
    let offset = source.text().find(words).unwrap();
    let (line, column) = source.position(offset);
    Location { path: path.to_owned(), line, column, offset, length: words.len() }
}

fn label(sources: &SourceMap, path: &str, words: &str, text: &str) -> LabelReport {
    let Location { path, line, column, offset, length } = place(sources, path, words);
    LabelReport { path, line, column, offset, length, text: text.to_owned() }
}

fn step(sources: &SourceMap, id: &str, who: &str, what: &str, on_what: &str, policy: &str) -> StepReport {
    let (phase, short) = id.split_once('/').unwrap();
    StepReport {
        id: id.to_owned(),
        phase: phase.to_owned(),
        title: None,
        docs: None,
        wave: 1,
        after: Vec::new(),
        principal: format!("Lync::{who}"),
        action: format!("Lync::Action::\"{what}\""),
        resource: format!("Lync::{on_what}"),
        context: json!({}),
        outcome: Outcome::Allowed,
        decisions: BTreeSet::from([Decision::Allow]),
        determining: BTreeSet::from([policy.into()]),
        errors: Vec::new(),
        provenance: Vec::new(),
        witnesses: BTreeMap::new(),
        reasons: Reasons::default(),
        remedies: Vec::new(),
        span: place(sources, "plan.yaml", &format!("id: {short},")),
    }
}

fn phase(id: &str, title: &str, needs: &[&str]) -> PhaseReport {
    PhaseReport {
        id: id.to_owned(),
        title: Some(title.to_owned()),
        docs: None,
        needs: needs.iter().map(|need| (*need).to_owned()).collect(),
        outcome: Outcome::Allowed,
    }
}

/// A plan of six steps, each allowed.
pub fn approved() -> Report {
    let mut sources = SourceMap::new();
    sources.add("plan.yaml", Role::Plan, PLAN);
    sources.add("lync/rights.cedar", Role::Policy, RIGHTS);
    let sources = Arc::new(sources);
    let (dana, team) = ("User::\"dana\"", "Group::\"Contact team\"");
    let (edge, unit) = ("AccessEdgeConfiguration::\"Global\"", "OU::\"Contacts\"");
    let mut steps = vec![
        step(&sources, "access/grant", dana, "Grant-CsOUPermission", unit, "server-administrators"),
        step(
            &sources,
            "edge/federation",
            dana,
            "Set-CsAccessEdgeConfiguration",
            edge,
            "server-administrators",
        ),
        step(&sources, "edge/provider", dana, "New-CsHostingProvider", edge, "server-administrators"),
        step(&sources, "contacts/aa", team, "New-CsExUmContact", unit, "contact-permission@access/grant"),
        step(&sources, "contacts/sa", team, "New-CsExUmContact", unit, "contact-permission@access/grant"),
        step(&sources, "contacts/dial-plan", team, "Set-CsDialPlan", "DialPlan::\"Berlin\"", "dial-plans"),
    ];
    for step in steps.iter_mut().skip(3).take(2) {
        step.wave = 2;
        step.after = vec!["access/grant".to_owned()];
        step.provenance = vec!["access/grant".to_owned()];
        step.title = Some("A contact for callers".to_owned());
        step.context = json!({ "displayNumber": "+49 30 1000" });
        step.reasons.because.push(Reason {
            text: "the permit holds for everything in the unit".to_owned(),
            policy: Some("contact-permission@access/grant".to_owned()),
            span: Some(place(&sources, "lync/rights.cedar", "permit")),
        });
    }
    Report {
        schema: REPORT_SCHEMA.to_owned(),
        tool: Tool { name: "countersign".to_owned(), version: "0.1.0".to_owned() },
        imports: Vec::new(),
        inputs: vec![Input {
            role: "plan".to_owned(),
            path: "plan.yaml".to_owned(),
            sha256: crate::source::sha256(PLAN.as_bytes()),
        }],
        at: "2026-11-22T06:00:00Z".to_owned(),
        plan: PlanSummary {
            id: "CHG-2026-0142".to_owned(),
            title: Some("Integrate hosted Exchange UM for contoso.com".to_owned()),
            author: Some("Lync::User::\"dana\"".to_owned()),
            docs: None,
        },
        verdict: Verdict::Approved,
        counts: Counts { phases: 3, steps: 6, allowed: 6, policies: 31, ..Counts::default() },
        phases: vec![
            phase("access", "Let the contact team work in its unit", &[]),
            phase("edge", "Configure the Edge Server", &["access"]),
            phase("contacts", "Create the contact objects", &["access"]),
        ],
        steps,
        findings: Vec::new(),
        overrides: Vec::new(),
        approvals: Vec::new(),
        controls: Vec::new(),
        terms: Terms::default(),
        sources,
        appendix: Appendix::default(),
    }
}

/// The same plan with one step denied by a forbid, one for want of a permit, and one missing its resource.
pub fn rejected() -> Report {
    let mut report = approved();
    report.verdict = Verdict::Rejected;
    report.counts = Counts { allowed: 3, denied: 3, ..report.counts };
    let sources = Arc::clone(&report.sources);
    for (at, decision, policies) in [
        (2, Decision::Deny, vec![]),
        (4, Decision::Missing, vec![]),
        (5, Decision::Deny, vec!["change-window"]),
    ] {
        let step = &mut report.steps[at];
        step.outcome = Outcome::Denied;
        step.decisions = BTreeSet::from([decision]);
        step.determining = policies.into_iter().map(Arc::from).collect();
        step.provenance.clear();
    }
    let finding = |code: &str, step: &str, message: &str, labels, hints: &[&str]| Finding {
        code: code.to_owned(),
        level: FindingLevel::Error,
        step: Some(step.to_owned()),
        policy: None,
        controls: vec!["NIST AC-3".to_owned()],
        message: message.to_owned(),
        labels,
        hints: hints.iter().map(|hint| (*hint).to_owned()).collect(),
    };
    report.findings = vec![
        finding(
            "denied",
            "contacts/dial-plan",
            "the forbid `change-window` denies the step `contacts/dial-plan`",
            vec![
                label(&sources, "plan.yaml", "do: Set-CsDialPlan", "this step"),
                label(&sources, "lync/rights.cedar", "forbid", "is outside of the change window"),
            ],
            &[
                "run the step within the change window",
                "or let somebody override the soft policy `change-window`",
            ],
        ),
        finding(
            "denied",
            "edge/provider",
            "no permit applies to the step `edge/provider`",
            vec![label(
                &sources,
                "plan.yaml",
                "do: New-CsHostingProvider",
                "nobody gave `User::\"dana\"` this right",
            )],
            &["the right `RTCUniversalServerAdmins` would allow it"],
        ),
        finding(
            "missing",
            "contacts/sa",
            "the resource of the step `contacts/sa` does not exist when the step runs",
            vec![label(&sources, "plan.yaml", "{ id: sa", "")],
            &[],
        ),
    ];
    report
}

/// A report with the text in every field that can hold one.
pub fn hostile(text: &str) -> Report {
    let mut report = rejected();
    let owned = || text.to_owned();
    let mut sources = SourceMap::new();
    sources.add(text, Role::Plan, format!("a: {text}\nb: {text}\nc: 1\n"));
    report.sources = Arc::new(sources);
    report.inputs[0].path = owned();
    report.plan =
        PlanSummary { id: owned(), title: Some(owned()), author: Some(owned()), docs: Some(owned()) };
    report.at = owned();
    for phase in &mut report.phases {
        phase.id = format!("{}{text}", phase.id);
        (phase.title, phase.docs, phase.needs) = (Some(owned()), Some(owned()), vec![owned()]);
    }
    let span = Location { path: owned(), line: 2, column: 1, offset: 4 + text.len(), length: 2 + text.len() };
    for step in &mut report.steps {
        step.phase = format!("{}{text}", step.phase);
        (step.id, step.title, step.docs) = (owned(), Some(owned()), Some(owned()));
        (step.after, step.provenance) = (vec![owned()], vec![owned()]);
        step.principal = format!("{text}::User::\"{text}\"");
        step.action = format!("Action::\"{text}\"");
        step.resource = owned();
        step.context = json!({ text: [text] });
        step.determining = BTreeSet::from([owned().into()]);
        step.errors = vec![PolicyError { policy: owned(), message: owned() }];
        step.witnesses = BTreeMap::from([(Decision::Deny, vec![owned()])]);
        step.reasons.because =
            vec![Reason { text: owned(), policy: Some(owned()), span: Some(span.clone()) }];
        step.remedies = vec![Remedy {
            text: owned(),
            change: RemedyChange::Principal { by: owned() },
            others: vec![RemedyChange::Context { field: owned(), value: Some(json!(text)) }],
            opens: 1,
            patch: None,
        }];
        step.span = span.clone();
    }
    let remark = ImportRemark { text: owned(), span: span.clone() };
    report.imports = vec![ImportReport {
        path: owned(),
        format: owned(),
        mapped: BTreeMap::from([(owned(), 1)]),
        opaque: vec![remark.clone()],
        unknown: vec![remark],
    }];
    report.overrides = vec![OverrideReport {
        policy: owned(),
        step: owned(),
        by: owned(),
        reason: owned(),
        expires: owned(),
        used: true,
        span: span.clone(),
    }];
    report.approvals = vec![ApprovalReport { by: owned(), at: owned(), span: span.clone() }];
    report.controls = vec![ControlReport {
        control: owned(),
        asks: Some(owned()),
        evidence: Standing::Present,
        says: owned(),
        policies: vec![owned()],
        steps: vec![owned()],
        findings: 1,
        records: vec![owned()],
    }];
    report.findings.iter_mut().for_each(|finding| spoil(finding, text, &span));
    report
}

/// Puts the text into every field of a finding.
fn spoil(finding: &mut Finding, text: &str, span: &Location) {
    let owned = || text.to_owned();
    (finding.code, finding.step, finding.policy) = (owned(), Some(owned()), Some(owned()));
    finding.controls = vec![owned()];
    finding.message = owned();
    finding.hints = vec![owned()];
    finding.labels = vec![LabelReport {
        path: owned(),
        line: 2,
        column: 1,
        offset: span.offset,
        length: span.length,
        text: owned(),
    }];
}

/// Plans without a verdict, with the text in every field that can hold one.
pub fn hostile_problems(text: &str) -> Problems {
    let report = hostile(text);
    Problems {
        schema: PROBLEMS_SCHEMA.to_owned(),
        tool: Tool::this(),
        plans: vec![Unjudged { path: text.to_owned(), why: Why::CouldNotJudge }],
        findings: report.findings.into_iter().map(|finding| Finding { step: None, ..finding }).collect(),
        sources: report.sources,
    }
}
