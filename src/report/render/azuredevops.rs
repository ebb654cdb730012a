//! Findings as logging commands of Azure Pipelines, then the text for the log.

use super::results::{Found, relative, worst_first};
use super::{Batch, Style, Untrusted, counted, text};
use crate::report::FindingLevel;

/// How many findings become issues of the run.
const MOST_ISSUES: usize = 100;

/// Writes an issue for each of the worst errors and warnings, the text, and a failed result where there is one.
pub fn render(batch: &Batch<'_>, style: &Style) -> String {
    let found = worst_first(batch);
    let mut issues = found.iter().filter(|found| found.finding.level != FindingLevel::Note);
    let mut written: String = issues.by_ref().take(MOST_ISSUES).map(issue).collect();
    if let more @ 1.. = issues.count() {
        let counted = counted(more, "more finding");
        written.push_str(&format!(
            "##vso[task.logissue type=warning]{counted} in the log and the other outputs\n"
        ));
    }
    written.push_str(&text::render(batch, &Style { width: None, colour: false, ..*style }));
    let waived = batch.reports.iter().any(|report| report.terms.exit_zero);
    if waived {
        let says = "--exit-zero: the exit code does not tell the verdict";
        written.push_str(&format!("##vso[task.logissue type=warning]{says}\n"));
    }
    let passes = batch.problems.is_none() && batch.reports.iter().all(|report| report.passes());
    match (passes, waived) {
        (true, _) => {}
        (false, true) => {
            written.push_str("##vso[task.complete result=SucceededWithIssues]the check fails\n");
        }
        (false, false) => written.push_str("##vso[task.complete result=Failed]the check fails\n"),
    }
    written
}

fn issue(found: &Found<'_>) -> String {
    let kind = if found.finding.level == FindingLevel::Error { "error" } else { "warning" };
    let place = found.region().map_or(String::new(), |region| {
        let path = relative(&region.path);
        let path = Untrusted::of(&path).azure();
        format!("sourcepath={path};linenumber={};columnnumber={};", region.line, region.column)
    });
    let code = Untrusted::of(&found.finding.code).azure();
    let step = found.finding.step.as_ref().map_or(String::new(), |step| format!("{step}: "));
    let message = found.sentences(|sentence| Untrusted::of(sentence).azure(), "%0A");
    format!("##vso[task.logissue type={kind};{place}code={code}]{}{message}\n", Untrusted::of(&step).azure())
}
