//! A comment on a pull request: the verdict first, the worst first, never too long.

use std::collections::BTreeMap;

use super::results::{Found, worst_first};
use super::table::tally;
use super::{Batch, Style, Untrusted, counted};
use crate::report::{FindingLevel, Outcome, Report, StepReport, Verdict};

/// How long a comment may be, in bytes and so in characters; GitHub refuses more than 65,536.
const LONGEST: usize = 65_000;

/// What is kept for closing what is open and for saying what is left out.
const RESERVE: usize = 400;

/// How many findings are open; the others are one click away.
const OPEN: usize = 10;

/// Characters of a sentence that are shown.
const LONG: usize = 1_500;

/// Characters of a title that are shown.
const LONG_TITLE: usize = 120;

/// The end of every comment, by which the next run finds it to write it anew.
const MARKER: &str = "<!-- countersign -->\n";

/// Writes the verdict, which codes were found how often, the findings, and the steps of each plan.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    let found = worst_first(batch);
    let mut page = Page { text: headline(batch) + &codes(&found) + &tallies(batch) };
    let shown = found.iter().take(OPEN).take_while(|found| page.add(&item(found, batch))).count();
    let rest = found.get(shown..).unwrap_or_default();
    let noun = if shown == 0 { "finding" } else { "more finding" };
    let items = rest.iter().map(|found| item(found, batch));
    page.fold(&counted(rest.len(), noun), "", items, rest.len(), noun);
    for report in batch.reports {
        steps(report, batch, &mut page);
    }
    page.text.push('\n');
    page.text.push_str(MARKER);
    page.text
}

/// A text that keeps to its length.
struct Page {
    text: String,
}

impl Page {
    /// Adds a part where there is room for it.
    fn add(&mut self, part: &str) -> bool {
        let fits = self.text.len() + part.len() + RESERVE <= LONGEST;
        if fits {
            self.text.push_str(part);
        }
        fits
    }

    /// Adds parts that are folded away, and says how many there was no room for.
    fn fold(
        &mut self,
        title: &str,
        head: &str,
        parts: impl Iterator<Item = String>,
        number: usize,
        noun: &str,
    ) {
        let opening = format!("\n<details>\n<summary>{title}</summary>\n\n{head}");
        if number == 0 || !self.add(&opening) {
            return;
        }
        let added = parts.take_while(|part| self.add(part)).count();
        if let left @ 1.. = number.saturating_sub(added) {
            let noun = noun.strip_prefix("more ").unwrap_or(noun);
            let left = counted(left, &format!("more {noun}"));
            self.text.push_str(&format!("\n… and {left}; the JSON form lists all\n"));
        }
        self.text.push_str("\n</details>\n");
    }
}

/// The line that is seen in a list of notifications.
fn headline(batch: &Batch<'_>) -> String {
    let rejected = batch.reports.iter().filter(|report| report.verdict == Verdict::Rejected).count();
    let failing = batch.reports.iter().filter(|report| !report.passes()).count();
    let given = counted(batch.given, "plan");
    let one = match batch.reports {
        [report] if batch.given == 1 => format!(": {}", Untrusted::of(&report.plan.id).markdown_code()),
        _ => String::new(),
    };
    let line = match (batch.problems, rejected, failing) {
        (Some(_), 0, _) => {
            format!("⛔ Not judged: {} of {given}", batch.given.saturating_sub(batch.reports.len()))
        }
        (Some(_), ..) => format!("❌ Rejected: {rejected} of {given}, and others could not be judged"),
        (None, 0, 0) if batch.given == 1 => format!("✅ Approved{one}"),
        (None, 0, 0) => format!("✅ Approved: all of {given}"),
        (None, 0, _) => format!("❌ Approved, but the check fails{one}"),
        (None, ..) if batch.given == 1 => format!("❌ Rejected{one}"),
        (None, ..) => format!("❌ Rejected: {rejected} of {given}"),
    };
    format!("## {line}\n\n")
}

/// The verdict of each plan.
fn tallies(batch: &Batch<'_>) -> String {
    /// More plans than this are only counted.
    const MOST_PLANS: usize = 20;
    let mut text = String::new();
    let mut reports: Vec<&Report> = batch.reports.iter().collect();
    reports.sort_by_key(|report| report.passes());
    for report in reports.iter().take(MOST_PLANS) {
        let word = if report.verdict == Verdict::Approved { "approved" } else { "rejected" };
        let title = report.plan.title.as_ref().map_or(String::new(), |title| words(title, LONG_TITLE) + ": ");
        let id = Untrusted::of(&report.plan.id).markdown_code();
        let at = Untrusted::of(&report.at).markdown_code();
        text.push_str(&format!("- {id} is **{word}**: {title}{}, judged for {at}\n", tally(report)));
    }
    if let Some(more @ 1..) = reports.len().checked_sub(MOST_PLANS) {
        text.push_str(&format!("- … and {}\n", counted(more, "more plan")));
    }
    for plan in batch.problems.iter().flat_map(|problems| &problems.plans).take(MOST_PLANS) {
        let path = Untrusted::of(&plan.path).markdown_code();
        text.push_str(&format!("- {path} **{}**\n", plan.why.words()));
    }
    if batch.reports.iter().any(|report| report.terms.exit_zero) {
        text.push_str("- **the exit code does not tell the verdict**: the flag `exit-zero` is used\n");
    }
    text.push('\n');
    text
}

/// Every code with how often it was found, errors first.
fn codes(found: &[Found<'_>]) -> String {
    let mut numbers: BTreeMap<(FindingLevel, &str), usize> = BTreeMap::new();
    for found in found {
        *numbers.entry((found.finding.level, found.finding.code.as_str())).or_default() += 1;
    }
    let mut text = String::new();
    for (level, noun) in
        [(FindingLevel::Error, "error"), (FindingLevel::Warning, "warning"), (FindingLevel::Note, "note")]
    {
        let of_level = numbers.iter().filter(|((of, _), _)| *of == level);
        let listed: Vec<String> = of_level
            .clone()
            .map(|((_, code), number)| format!("{} × {number}", Untrusted::of(code).markdown_code()))
            .collect();
        let total: usize = of_level.map(|(_, number)| number).sum();
        if total > 0 {
            text.push_str(&format!("**{}**: {}\n\n", counted(total, noun), listed.join(", ")));
        }
    }
    text
}

/// A finding as an item of a list, its ways out below it.
fn item(found: &Found<'_>, batch: &Batch<'_>) -> String {
    let finding = found.finding;
    let code = |text: &str| Untrusted::of(text).markdown_code();
    let mut text = format!("- **{}** {}", finding.level.as_str(), code(&finding.code));
    if let Some(step) = &finding.step {
        let plan = found.report.filter(|_| batch.given > 1);
        let plan = plan.map_or(String::new(), |report| format!(" of {}", code(&report.plan.id)));
        text.push_str(&format!(" {}{plan}", code(step)));
    }
    if let Some(place) = finding.labels.first() {
        text.push_str(&format!(" at {}", code(&format!("{}:{}", place.path, place.line))));
    }
    text.push_str(&format!("\n  {}\n", words(&finding.message, LONG)));
    for hint in finding.hints.iter().take(5) {
        text.push_str(&format!("  - help: {}\n", words(hint, LONG)));
    }
    text
}

/// The steps of a plan as a table, those that are not allowed first.
fn steps(report: &Report, batch: &Batch<'_>, page: &mut Page) {
    let cell = |text: &str| Untrusted::of(text).markdown_code().replace('|', "\\|");
    let row = |step: &StepReport| {
        let sign = if step.outcome == Outcome::Allowed { "✅" } else { "❌" };
        let by: Vec<String> = step.determining.iter().map(|policy| cell(policy)).collect();
        format!(
            "| {sign} {} | {} | {} | {} | {} | {} |\n",
            step.outcome.as_str(),
            cell(&step.id),
            cell(&step.principal),
            cell(&step.action),
            cell(&step.resource),
            by.join(", "),
        )
    };
    let mut ordered: Vec<&StepReport> = report.steps.iter().collect();
    ordered.sort_by_key(|step| step.outcome == Outcome::Allowed);
    let title = match batch.given {
        1 => counted(ordered.len(), "step"),
        _ => format!("{} of a plan", counted(ordered.len(), "step")),
    };
    let plan =
        if batch.given > 1 { Untrusted::of(&report.plan.id).markdown_code() + "\n\n" } else { String::new() };
    let head = "| outcome | step | who | what | on what | by policy |\n|---|---|---|---|---|---|\n";
    page.fold(&title, &(plan + head), ordered.iter().map(|step| row(step)), ordered.len(), "step");
}

/// Words, cut where they are longer than so many characters.
fn words(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => Untrusted::of(text).markdown(),
        Some((end, _)) => Untrusted::of(text.get(..end).unwrap_or_default()).markdown() + " …",
    }
}
