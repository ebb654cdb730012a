//! Reports as lines of JSON, one for each step.

use std::collections::HashMap;

use super::json::{append, of_lines};
use super::{Batch, Style};
use crate::report::Report;
use crate::report::lines::{Gathered, Header, LINES_SCHEMA, Line, StepLine, Summary};

pub use super::json::append as line;

/// Writes the reports one after the other.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    of_lines(|bytes| {
        batch.reports.iter().for_each(|report| one(report, bytes));
        batch.problems.iter().for_each(|problems| append(bytes, &Line::Problems(problems)));
    })
}

fn one(report: &Report, bytes: &mut Vec<u8>) {
    let header = Header {
        schema: LINES_SCHEMA.to_owned(),
        tool: report.tool.clone(),
        inputs: report.inputs.clone(),
        imports: report.imports.clone(),
        at: report.at.clone(),
        plan: report.plan.clone(),
    };
    append(bytes, &Line::Header(header));
    for step in &report.steps {
        let line = StepLine {
            id: &step.id,
            wave: step.wave,
            principal: &step.principal,
            action: &step.action,
            resource: &step.resource,
            outcome: step.outcome,
            decisions: &step.decisions,
            determining: &step.determining,
            errors: &step.errors,
            provenance: &step.provenance,
            witnesses: &step.witnesses,
        };
        append(bytes, &Line::Step(line));
    }
    let places: HashMap<&str, usize> =
        report.steps.iter().enumerate().map(|(at, step)| (step.id.as_str(), at)).collect();
    let mut gathered = Gathered::default();
    for finding in &report.findings {
        let position = finding.step.as_deref().and_then(|step| places.get(step)).copied();
        gathered.take(position, finding.clone());
    }
    let counts = report.counts.clone();
    end(bytes, gathered, Summary { verdict: report.verdict, counts });
}

/// Writes the lines after the steps: findings, their numbers, and the verdict.
pub fn end(bytes: &mut Vec<u8>, gathered: Gathered, summary: Summary) {
    let (findings, groups) = gathered.into_order();
    findings.iter().for_each(|finding| append(bytes, &Line::Finding(finding)));
    groups.into_iter().for_each(|group| append(bytes, &Line::Findings(group)));
    append(bytes, &Line::Verdict(summary));
}
