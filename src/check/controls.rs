//! What a report is evidence of, control by control.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{CONTROLS, Evidence, named_controls};
use crate::model::Plan;
use crate::policy::{Bundle, policies_for};
use crate::report::render::counted;
use crate::report::{ControlReport, Finding, Report, Standing};
use crate::source::Role;

/// The annotation of a policy that names the controls it implements.
const ANNOTATION: &str = "control";

/// Adds the controls that a finding's policy names to those of its code.
pub(super) fn add(finding: &mut Finding, bundle: &Bundle, policy: Option<&str>) {
    let named = policy.and_then(|id| bundle.policy_of(id)).and_then(|policy| policy.annotation(ANNOTATION));
    for control in named.into_iter().flat_map(named_controls) {
        if !finding.controls.iter().any(|known| known == control) {
            finding.controls.push(control.to_owned());
        }
    }
}

/// The policies of a control with the steps that they were asked about.
#[derive(Default)]
struct Named {
    policies: BTreeSet<String>,
    steps: Vec<String>,
}

/// Every control that the program or a policy of the bundle names, in the order of the manual.
pub(super) fn of(report: &Report, plan: &Plan, bundle: &Bundle) -> Vec<ControlReport> {
    let mut named = named(plan, bundle);
    let known = CONTROLS.iter().map(|row| {
        let (evidence, says) = evidence(row.evidence, report);
        let named = named.remove(row.number).unwrap_or_default();
        let records = records(row.evidence, report);
        control((row.number, Some(row.asks)), (evidence, says, records), named, report)
    });
    let mut controls: Vec<ControlReport> = known.collect();
    controls.extend(named.into_iter().map(|(number, named)| {
        let (evidence, says) = match named.policies.is_empty() {
            true => {
                (Standing::NotInScope, "no step of the plan is covered by the policies that name it".into())
            }
            false => (Standing::Present, "the policies that name it were asked about these steps".into()),
        };
        let records = records(Evidence::Decisions, report);
        control((&number, None), (evidence, says, records), named, report)
    }));
    controls
}

fn control(
    (number, asks): (&str, Option<&str>),
    (evidence, says, records): (Standing, String, Vec<String>),
    named: Named,
    report: &Report,
) -> ControlReport {
    let bears = |finding: &&Finding| finding.controls.iter().any(|control| control == number);
    ControlReport {
        control: number.to_owned(),
        asks: asks.map(str::to_owned),
        evidence,
        says,
        policies: named.policies.into_iter().collect(),
        steps: named.steps,
        findings: report.findings.iter().filter(bears).count(),
        records: if evidence == Standing::Present { records } else { Vec::new() },
    }
}

/// What the bundle's policies name; a control of policies that cover no step has an empty entry.
fn named(plan: &Plan, bundle: &Bundle) -> BTreeMap<String, Named> {
    let mut found: BTreeMap<String, Named> = BTreeMap::new();
    for policy in bundle.policies() {
        for control in policy.annotation(ANNOTATION).into_iter().flat_map(named_controls) {
            found.entry(control.to_owned()).or_default();
        }
    }
    if found.is_empty() {
        return found;
    }
    for step in &plan.steps {
        for policy in policies_for(bundle, &step.action) {
            for control in policy.annotation(ANNOTATION).into_iter().flat_map(named_controls) {
                let entry = found.entry(control.to_owned()).or_default();
                entry.policies.insert(policy.id.clone());
                if entry.steps.last() != Some(&step.address) {
                    entry.steps.push(step.address.clone());
                }
            }
        }
    }
    found
}

/// The digests of the files that hold the evidence.
fn records(kind: Evidence, report: &Report) -> Vec<String> {
    let holds = |role: &str| match kind {
        Evidence::Decisions => [Role::Plan, Role::Policy, Role::Links].iter().any(|of| of.as_str() == role),
        Evidence::Approvals | Evidence::Separation => {
            [Role::Plan, Role::Approvals].iter().any(|of| of.as_str() == role)
        }
        Evidence::Digests => true,
        _ => role == Role::Plan.as_str(),
    };
    let inputs = report.inputs.iter().filter(|input| holds(&input.role));
    inputs.map(|input| format!("sha256:{}", input.sha256)).collect()
}

fn evidence(kind: Evidence, report: &Report) -> (Standing, String) {
    let present = |says: String| (Standing::Present, says);
    let absent = |says: &str| (Standing::Absent, says.to_owned());
    let counts = &report.counts;
    match kind {
        Evidence::Decisions => present(format!(
            "{} of {} allowed by a policy that the report names; the others are refused",
            counts.allowed,
            counted(counts.steps, "step")
        )),
        Evidence::Records => present(format!(
            "{} with principal, action, resource, instant, outcome and the policies that decided",
            counted(counts.steps, "step")
        )),
        Evidence::Digests => {
            present(format!("the SHA-256 of {} that were read", counted(report.inputs.len(), "file")))
        }
        Evidence::Rights => {
            let given = report.steps.iter().filter(|step| !step.provenance.is_empty()).count();
            present(format!(
                "the policy that gave each right is named; {given} of {} rights come from the plan itself",
                counts.steps
            ))
        }
        Evidence::Approvals => match approvers(report) {
            Some(says) => present(says),
            None => absent("no approval that counts was given"),
        },
        Evidence::Separation => match (approvers(report), &report.plan.author) {
            (Some(says), Some(author)) => present(format!("the author is `{author}`; {says}")),
            _ => absent("no approval by somebody else than the author was given"),
        },
        Evidence::Elsewhere(command) => absent(&format!("`{command}` answers it")),
        Evidence::NotInScope(why) => (Standing::NotInScope, why.to_owned()),
    }
}

fn approvers(report: &Report) -> Option<String> {
    let people: BTreeSet<String> =
        report.approvals.iter().map(|approval| format!("`{}`", approval.by)).collect();
    let listed = people.into_iter().collect::<Vec<_>>().join(", ");
    (!listed.is_empty()).then(|| format!("approved by {listed} for exactly these bytes of the plan"))
}
