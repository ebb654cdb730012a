//! Reports as text for a person: the steps, the findings, the verdict.

use std::collections::HashMap;

use super::excerpt::{MOST_MESSAGES, Message, Place, message};
use super::names::Naming;
use super::table::{Table, tally};
use super::{Batch, Paint, Style, Verbosity, counted, explanation, wrap};
use crate::diagnostic::Severity;
use crate::report::{Finding, FindingLevel, PhaseReport, Problems, Report, StepReport, Verdict, Why};
use crate::source::SourceMap;

/// The line in front of a verdict that the exit code does not tell.
const WAIVED: &str = "--exit-zero: the exit code does not tell this verdict\n";

/// Writes each report, its verdict last; after several reports one line about all of them.
pub fn render(batch: &Batch<'_>, style: &Style) -> String {
    let mut texts: Vec<String> = batch.reports.iter().map(|report| one(report, batch, style)).collect();
    if let Some(problems) = batch.problems {
        texts.push(unjudged(problems, style));
    }
    if batch.given > 1 {
        texts.push(all(batch, style));
    }
    texts.join("\n")
}

/// What is wrong, then the plans that have no verdict because of it.
fn unjudged(problems: &Problems, style: &Style) -> String {
    let mut parts = findings(&problems.findings, &problems.sources, style);
    let plans = problems.plans.iter().map(|plan| {
        let why = match plan.why {
            Why::CouldNotJudge => "could not judge",
            Why::NothingToJudge => "nothing to judge in",
        };
        lines(&format!("{why} {}", style.shown(&plan.path)), Paint::Bad, style)
    });
    let last: String = plans.collect();
    parts.push(if last.is_empty() { style.paint(Paint::Bad, "not judged") + "\n" } else { last });
    parts.join("\n")
}

fn one(report: &Report, batch: &Batch<'_>, style: &Style) -> String {
    let mut parts = Vec::new();
    if style.verbosity != Verbosity::Quiet {
        parts.push(headline(report, style));
        parts.extend(steps(report, style));
    }
    if style.verbosity == Verbosity::Verbose {
        parts.extend(explanation::of_refused(report, style));
    }
    parts.extend(findings(&report.findings, &report.sources, style));
    let mut last = String::new();
    if style.verbosity != Verbosity::Quiet {
        last.push_str(&counts(report, style));
    }
    last.push_str(&verdict(report, batch, style));
    parts.push(last);
    parts.join("\n")
}

pub(super) fn headline(report: &Report, style: &Style) -> String {
    let plan = &report.plan;
    let title = plan.title.as_ref().map_or(String::new(), |title| format!(": {}", style.shown(title)));
    let mut text = lines(&format!("plan {}{title}", style.shown(&plan.id)), Paint::Strong, style);
    let mut remarks = Vec::new();
    if let Some(author) = &plan.author {
        let author = Naming::of(std::iter::once(author.as_str())).short(author, style);
        remarks.push(format!("by {author}"));
    }
    remarks.push(format!("judged for {}", style.shown(&report.at)));
    text.push_str(&lines(&remarks.join(style.dot()), Paint::Faint, style));
    if let Some(docs) = &plan.docs {
        text.push_str(&lines(&format!("see {}", style.shown(docs)), Paint::Faint, style));
    }
    text
}

/// A text that may need several lines; no line but the first begins with its words.
pub(super) fn lines(text: &str, paint: Paint, style: &Style) -> String {
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(2));
    let next = format!("\n{} ", style.gutter());
    let painted: Vec<String> = wrap(text, width).iter().map(|line| style.paint(paint, line)).collect();
    painted.join(&next) + "\n"
}

/// One part for each phase, the first with the names of the columns.
fn steps(report: &Report, style: &Style) -> Vec<String> {
    let table = Table::new(report, style);
    let mut of_phase: HashMap<&str, Vec<&StepReport>> = HashMap::new();
    for step in &report.steps {
        of_phase.entry(step.phase.as_str()).or_default().push(step);
    }
    let mut parts = Vec::new();
    for phase in &report.phases {
        let mut part = String::new();
        if parts.is_empty() {
            part.push_str(&table.header().unwrap_or_default());
        }
        part.push_str(&phase_line(phase, style));
        let steps = of_phase.remove(phase.id.as_str()).unwrap_or_default();
        if steps.is_empty() {
            part.push_str(&table.beside("no steps"));
        }
        for step in steps {
            part.push_str(&table.step(step));
            if style.verbosity == Verbosity::Verbose {
                part.push_str(
                    &details(step, style).iter().map(|remark| table.beside(remark)).collect::<String>(),
                );
            }
        }
        parts.push(part);
    }
    parts
}

fn phase_line(phase: &PhaseReport, style: &Style) -> String {
    let mut line = format!("phase {}", style.shown(&phase.id));
    if let Some(title) = &phase.title {
        line.push_str(&format!(": {}", style.shown(title)));
    }
    if !phase.needs.is_empty() {
        line.push_str(&format!(" (after {})", names(&phase.needs, style)));
    }
    if let Some(docs) = phase.docs.as_ref().filter(|_| style.verbosity == Verbosity::Verbose) {
        line.push_str(&format!(", see {}", style.shown(docs)));
    }
    lines(&line, Paint::Strong, style)
}

fn names(names: &[String], style: &Style) -> String {
    names.iter().map(|name| style.shown(name)).collect::<Vec<_>>().join(", ")
}

/// Everything known of a step that its row does not say.
fn details(step: &StepReport, style: &Style) -> Vec<String> {
    let mut remarks = Vec::new();
    remarks.extend(step.title.as_ref().map(|title| format!("title: {}", style.shown(title))));
    let after =
        if step.after.is_empty() { String::new() } else { format!(", after {}", names(&step.after, style)) };
    remarks.push(format!("wave {}{after}", step.wave));
    if step.context.as_object().is_none_or(|context| !context.is_empty()) {
        remarks.push(format!("context: {}", style.shown(&step.context.to_string())));
    }
    for reason in &step.reasons.because {
        let policy =
            reason.policy.as_ref().map_or(String::new(), |policy| format!(" [{}]", style.shown(policy)));
        let span = reason.span.as_ref();
        let place = span.map_or(String::new(), |span| {
            format!(" ({}:{}:{})", style.shown(&span.path), span.line, span.column)
        });
        remarks.push(format!("because: {}{policy}{place}", style.shown(&reason.text)));
    }
    for error in &step.errors {
        remarks.push(format!("error in {}: {}", style.shown(&error.policy), style.shown(&error.message)));
    }
    for (decision, run) in &step.witnesses {
        remarks.push(format!("{} after: {}", decision.as_str(), names(run, style)));
    }
    for remedy in &step.remedies {
        remarks.push(format!("remedy: {}", style.shown(&remedy.text)));
    }
    remarks.extend(step.docs.as_ref().map(|docs| format!("see {}", style.shown(docs))));
    remarks
}

fn findings(findings: &[Finding], sources: &SourceMap, style: &Style) -> Vec<String> {
    let one = |finding: &Finding| message(&of_finding(finding, sources), style);
    let mut parts: Vec<String> = findings.iter().take(MOST_MESSAGES).map(one).collect();
    if let Some(more @ 1..) = findings.len().checked_sub(MOST_MESSAGES) {
        parts.push(format!(
            "{} and {}; the JSON form lists them all\n",
            style.ellipsis(),
            counted(more, "more finding")
        ));
    }
    parts
}

fn of_finding<'a>(finding: &'a Finding, sources: &'a SourceMap) -> Message<'a> {
    let places = finding.labels.iter().filter_map(|label| {
        let (_, source) = sources.iter().find(|(_, source)| source.path() == label.path)?;
        Some(Place { source, offset: label.offset, length: label.length, text: &label.text })
    });
    Message {
        severity: match finding.level {
            FindingLevel::Error => Severity::Error,
            FindingLevel::Warning => Severity::Warning,
            FindingLevel::Note => Severity::Note,
        },
        code: &finding.code,
        step: finding.step.as_deref().unwrap_or_default(),
        message: &finding.message,
        places: places.collect(),
        hints: &finding.hints,
    }
}

fn counts(report: &Report, style: &Style) -> String {
    let number = |level| report.findings.iter().filter(|finding| finding.level == level).count();
    let parts = [
        counted(report.counts.phases, "phase"),
        counted(report.counts.steps, "step"),
        match report.counts.policies {
            1 => "1 policy".to_owned(),
            more => format!("{more} policies"),
        },
        counted(number(FindingLevel::Error), "error"),
        counted(number(FindingLevel::Warning), "warning"),
    ];
    style.paint(Paint::Faint, &parts.join(style.dot())) + "\n"
}

fn verdict(report: &Report, batch: &Batch<'_>, style: &Style) -> String {
    let plan =
        if batch.given > 1 { format!("plan {} ", style.shown(&report.plan.id)) } else { String::new() };
    let errors = report.findings.iter().filter(|finding| finding.level == FindingLevel::Error).count();
    let all_allowed = report.counts.allowed == report.counts.steps;
    let (word, paint) = word(report.verdict);
    let but = match report.verdict {
        Verdict::Rejected if all_allowed => format!(", but there {}", are(errors, "error")),
        Verdict::Approved if !report.passes() => {
            let level = report.terms.fail_level.as_str();
            format!(
                ", but the check fails: {} of the level {level} or worse",
                counted(report.failing(), "finding")
            )
        }
        _ => String::new(),
    };
    let waived = if report.terms.exit_zero { WAIVED } else { "" };
    format!("{waived}{plan}{}: {}{but}\n", style.paint(paint, word), tally(report))
}

/// The line about a whole plan, for outputs that show a part of it.
pub(super) fn plan_verdict(report: &Report, style: &Style) -> String {
    verdict(report, &Batch { reports: &[], given: 2, problems: None }, style)
}

fn word(verdict: Verdict) -> (&'static str, Paint) {
    match verdict {
        Verdict::Approved => ("approved", Paint::Good),
        Verdict::Rejected => ("rejected", Paint::Bad),
    }
}

fn are(number: usize, noun: &str) -> String {
    format!("{} {}", if number == 1 { "is" } else { "are" }, counted(number, noun))
}

/// The line about all plans of a run, of which some may not have been judged at all.
fn all(batch: &Batch<'_>, style: &Style) -> String {
    let given = counted(batch.given, "plan");
    let rejected = batch.reports.iter().filter(|report| report.verdict == Verdict::Rejected).count();
    let unjudged = batch.given.saturating_sub(batch.reports.len());
    let verb = |number: usize| if number == 1 { "is" } else { "are" };
    let (word, paint, rest) = match (rejected, unjudged) {
        (0, 0) => ("approved", Paint::Good, format!("{} of {given} are approved", batch.reports.len())),
        (0, _) => {
            ("not judged", Paint::Bad, format!("{unjudged} of {given} {} without a verdict", verb(unjudged)))
        }
        (_, 0) => ("rejected", Paint::Bad, format!("{rejected} of {given} {} rejected", verb(rejected))),
        _ => (
            "rejected",
            Paint::Bad,
            format!(
                "{rejected} of {given} {} rejected, {unjudged} {} without a verdict",
                verb(rejected),
                verb(unjudged)
            ),
        ),
    };
    format!("{}: {rest}\n", style.paint(paint, word))
}
