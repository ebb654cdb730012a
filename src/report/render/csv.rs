//! Steps as comma-separated values, safe to open in a spreadsheet.

use std::collections::{HashMap, HashSet};

use super::{Batch, Style, Untrusted};
use crate::report::{Finding, FindingLevel, Report, StepReport, Unjudged, Verdict};

const HEAD: [&str; 20] = [
    "plan",
    "verdict",
    "step",
    "phase",
    "wave",
    "title",
    "principal",
    "action",
    "resource",
    "outcome",
    "decisions",
    "determining",
    "provenance",
    "errors",
    "codes",
    "message",
    "controls",
    "path",
    "line",
    "column",
];

/// Writes a line of names, then one line for each step; RFC 4180, lines end in CR LF.
///
/// A plan without a verdict has a line for each problem, without a step: those in its own text, and those
/// in texts that it shares with other plans.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    let mut text = line(&HEAD.map(str::to_owned));
    for report in batch.reports {
        let mut of_step: HashMap<&str, Vec<&Finding>> = HashMap::new();
        for finding in &report.findings {
            if let Some(step) = &finding.step {
                of_step.entry(step).or_default().push(finding);
            }
        }
        for step in &report.steps {
            let found = of_step.get(step.id.as_str()).map_or(&[][..], Vec::as_slice);
            text.push_str(&line(&row(report, step, found)));
        }
    }
    for problems in batch.problems.iter() {
        let place = |found: &Finding| found.labels.first().map(|label| label.path.clone());
        let plans: HashSet<&str> = problems.plans.iter().map(|plan| plan.path.as_str()).collect();
        for plan in &problems.plans {
            let is_of_it = |found: &&Finding| {
                place(found).is_none_or(|path| path == plan.path || !plans.contains(path.as_str()))
            };
            let mut found = problems.findings.iter().filter(is_of_it).peekable();
            if found.peek().is_none() {
                text.push_str(&line(&problem(plan, None)));
            }
            found.for_each(|found| text.push_str(&line(&problem(plan, Some(found)))));
        }
    }
    text
}

fn problem(plan: &Unjudged, found: Option<&Finding>) -> [String; 20] {
    let mut cells = HEAD.map(|_| String::new());
    let [path, verdict, .., codes, message, _, place, at, column] = &mut cells;
    (*path, *verdict) = (plan.path.clone(), plan.why.as_str().to_owned());
    (*codes, *message) =
        found.map_or_else(Default::default, |found| (found.code.clone(), found.message.clone()));
    if let Some(label) = found.and_then(|found| found.labels.first()) {
        (*place, *at, *column) = (label.path.clone(), label.line.to_string(), label.column.to_string());
    }
    cells
}

fn row(report: &Report, step: &StepReport, found: &[&Finding]) -> [String; 20] {
    let words = |words: &mut dyn Iterator<Item = &str>| {
        let mut all: Vec<&str> = words.collect();
        all.dedup();
        all.join(" ")
    };
    let mut controls: Vec<&str> =
        found.iter().flat_map(|found| &found.controls).map(String::as_str).collect();
    controls.sort_unstable();
    controls.dedup();
    let named = found.iter().find(|found| found.code == step.outcome.as_str());
    [
        report.plan.id.clone(),
        match report.verdict {
            Verdict::Approved => "approved".to_owned(),
            Verdict::Rejected => "rejected".to_owned(),
        },
        step.id.clone(),
        step.phase.clone(),
        step.wave.to_string(),
        step.title.clone().unwrap_or_default(),
        step.principal.clone(),
        step.action.clone(),
        step.resource.clone(),
        step.outcome.as_str().to_owned(),
        words(&mut step.decisions.iter().map(|decision| decision.as_str())),
        words(&mut step.determining.iter().map(|policy| &**policy)),
        words(&mut step.provenance.iter().map(String::as_str)),
        found.iter().filter(|found| found.level == FindingLevel::Error).count().to_string(),
        words(&mut found.iter().map(|found| found.code.as_str())),
        named.or(found.first()).map(|found| found.message.clone()).unwrap_or_default(),
        controls.join("; "),
        step.span.path.clone(),
        step.span.line.to_string(),
        step.span.column.to_string(),
    ]
}

fn line(cells: &[String; 20]) -> String {
    cells.each_ref().map(|cell| Untrusted::of(cell).csv()).join(",") + "\r\n"
}
