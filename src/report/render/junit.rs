//! Steps as test cases in the XML of JUnit.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::table::tally;
use super::{Batch, Style, Untrusted};
use crate::report::{Finding, FindingLevel, Outcome, Problems, Report, StepReport};

/// Writes a suite for each plan, with a case for each step and one for the plan as a whole.
///
/// Nothing is ever skipped: what cannot be decided is an error, and what stops a plan fails a case.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    let suites: Vec<Suite> =
        batch.reports.iter().map(of_report).chain(batch.problems.map(of_problems)).collect();
    let sum = |number: fn(&Suite) -> usize| suites.iter().map(number).sum::<usize>();
    let (tests, failures, errors) =
        (sum(|suite| suite.tests), sum(|suite| suite.failures), sum(|suite| suite.errors));
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let head = format!("name=\"countersign\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
    push(&mut text, format_args!("<testsuites {head}>\n"));
    suites.iter().for_each(|suite| text.push_str(&suite.text));
    text.push_str("</testsuites>\n");
    text
}

/// A suite with its counts.
struct Suite {
    text: String,
    tests: usize,
    failures: usize,
    errors: usize,
}

/// The cases of a suite while it is made.
#[derive(Default)]
struct Cases {
    text: String,
    tests: usize,
    failures: usize,
    errors: usize,
}

/// How a case ends.
enum Ending<'a> {
    Passed,
    Failure(&'a str),
    Error(&'a str),
}

impl Cases {
    /// Adds a case with what was found, the first sentence as its message.
    fn add(
        &mut self,
        class: &str,
        name: &str,
        ending: &Ending<'_>,
        told_as: Option<&str>,
        found: &[&Finding],
    ) {
        self.tests += 1;
        let (class, name) = (xml(class), xml(name));
        push(&mut self.text, format_args!("    <testcase name=\"{name}\" classname=\"{class}\""));
        let stops = |finding: &&&Finding| finding.level == FindingLevel::Error;
        let (element, kind) = match ending {
            Ending::Passed => ("", ""),
            Ending::Failure(kind) => ("failure", *kind),
            Ending::Error(kind) => ("error", *kind),
        };
        self.failures += usize::from(element == "failure");
        self.errors += usize::from(element == "error");
        if element.is_empty() && found.is_empty() {
            self.text.push_str("/>\n");
            return;
        }
        self.text.push_str(">\n");
        if !element.is_empty() {
            let named = found.iter().find(|finding| finding.code == kind);
            let first =
                named.or(found.iter().find(stops)).or(found.first()).map(|first| first.message.as_str());
            let message = first.or(told_as).unwrap_or(kind);
            let (kind, message) = (xml(kind), xml(message));
            push(&mut self.text, format_args!("      <{element} type=\"{kind}\" message=\"{message}\">"));
            self.text.push_str(&told(found));
            push(&mut self.text, format_args!("</{element}>\n"));
        } else {
            push(&mut self.text, format_args!("      <system-out>{}</system-out>\n", told(found)));
        }
        self.text.push_str("    </testcase>\n");
    }

    fn suite(self, name: &str, timestamp: Option<&str>, properties: &str) -> Suite {
        let Cases { text, tests, failures, errors } = self;
        let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\"");
        let at = timestamp.map_or(String::new(), |at| format!(" timestamp=\"{}\"", xml(at)));
        let head = format!("  <testsuite name=\"{}\" {counts}{at}>\n{properties}", xml(name));
        Suite { text: format!("{head}{text}  </testsuite>\n"), tests, failures, errors }
    }
}

fn of_report(report: &Report) -> Suite {
    let mut of_step: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in &report.findings {
        of_step.entry(finding.step.as_deref().unwrap_or_default()).or_default().push(finding);
    }
    let plan = report.plan.id.as_str();
    let mut cases = Cases::default();
    for step in &report.steps {
        let found = of_step.remove(step.id.as_str()).unwrap_or_default();
        cases.add(&format!("{plan}.{}", step.phase), &step.id, &ending(report, step, &found), None, &found);
    }
    // What is left is about no step, or about one that the plan does not have.
    let mut rest: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| of_step.contains_key(finding.step.as_deref().unwrap_or_default()))
        .collect();
    rest.sort_by_key(|finding| finding.level);
    let whole = match (report.passes(), report.terms.exit_zero) {
        (true, _) => Ending::Passed,
        (false, false) => Ending::Failure("rejected"),
        (false, true) => Ending::Failure("rejected (--exit-zero: the exit code does not tell it)"),
    };
    cases.add(plan, "the plan as a whole", &whole, Some(&tally(report)), &rest);
    let tool = format!("{} {}", report.tool.name, report.tool.version);
    let properties = [("verdict", verdict_word(report)), ("at", report.at.as_str()), ("tool", tool.as_str())];
    let properties: String = properties
        .iter()
        .map(|(name, value)| format!("      <property name=\"{name}\" value=\"{}\"/>\n", xml(value)))
        .collect();
    let properties = format!("    <properties>\n{properties}    </properties>\n");
    // The schema of the form wants an instant without a zone; it is in UTC.
    cases.suite(plan, Some(report.at.trim_end_matches('Z')), &properties)
}

fn verdict_word(report: &Report) -> &'static str {
    match report.verdict {
        crate::report::Verdict::Approved => "approved",
        crate::report::Verdict::Rejected => "rejected",
    }
}

fn ending<'a>(report: &Report, step: &StepReport, found: &[&'a Finding]) -> Ending<'a> {
    let failing = found.iter().find(|finding| finding.level <= report.terms.fail_level);
    match (step.outcome, failing) {
        (Outcome::Indeterminate, _) => Ending::Error("indeterminate"),
        (Outcome::Denied, _) => Ending::Failure("denied"),
        (Outcome::OrderDependent, _) => Ending::Failure("order-dependent"),
        (Outcome::Allowed, Some(finding)) => Ending::Failure(&finding.code),
        (Outcome::Allowed, None) => Ending::Passed,
    }
}

fn of_problems(problems: &Problems) -> Suite {
    let mut cases = Cases::default();
    let found: Vec<&Finding> = problems.findings.iter().collect();
    for plan in &problems.plans {
        cases.add("not judged", &plan.path, &Ending::Error(plan.why.as_str()), None, &found);
    }
    if problems.plans.is_empty() {
        cases.add("not judged", "anything", &Ending::Error("could-not-judge"), None, &found);
    }
    cases.suite("plans without a verdict", None, "")
}

/// Findings as lines, each with its place.
fn told(found: &[&Finding]) -> String {
    let mut text = String::from("\n");
    for finding in found {
        let place = finding.labels.first();
        let place =
            place.map_or(String::new(), |at| format!(" at {}:{}:{}", xml(&at.path), at.line, at.column));
        let (level, code) = (finding.level.as_str(), xml(&finding.code));
        push(&mut text, format_args!("{level}[{code}]{place}: {}\n", xml(&finding.message)));
        for hint in &finding.hints {
            push(&mut text, format_args!("  help: {}\n", xml(hint)));
        }
    }
    text
}

fn xml(text: &str) -> String {
    Untrusted::of(text).xml()
}

fn push(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(more);
}
