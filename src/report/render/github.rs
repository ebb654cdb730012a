//! Findings as workflow commands of GitHub Actions, then the text for the log.

use super::results::{Found, Region, relative, worst_first};
use super::{Batch, Style, Untrusted, counted, text};
use crate::report::FindingLevel;
use crate::source::sha256;

/// How many findings become annotations; a run shows fewer.
const MOST_ANNOTATIONS: usize = 100;

/// Writes an annotation for each of the worst findings, then everything as text that is no command.
pub fn render(batch: &Batch<'_>, style: &Style) -> String {
    let found = worst_first(batch);
    let mut written: String = found.iter().take(MOST_ANNOTATIONS).map(annotation).collect();
    if let Some(more @ 1..) = found.len().checked_sub(MOST_ANNOTATIONS) {
        let counted = counted(more, "more finding");
        written
            .push_str(&format!("::notice title=countersign::{counted} in the log and the other outputs\n"));
    }
    if batch.reports.iter().any(|report| report.terms.exit_zero) {
        written
            .push_str("::warning title=countersign --exit-zero::the exit code does not tell the verdict\n");
    }
    let log = text::render(batch, &Style { width: None, colour: false, ..*style });
    // Nobody can write a text that holds the digest of itself.
    let token = sha256(log.as_bytes());
    written.push_str(&format!("::stop-commands::{token}\n{log}::{token}::\n"));
    written
}

fn annotation(found: &Found<'_>) -> String {
    let command = match found.finding.level {
        FindingLevel::Error => "error",
        FindingLevel::Warning => "warning",
        FindingLevel::Note => "notice",
    };
    let step = found.finding.step.as_ref().map_or(String::new(), |step| format!(" {step}"));
    let title = format!("{}{step}", found.finding.code);
    let place = found.region().map_or(String::new(), |region| place(&region));
    let title = Untrusted::of(&title).github_property();
    let message = found.sentences(|sentence| Untrusted::of(sentence).github_message(), "%0A");
    format!("::{command} {place}title={title}::{message}\n")
}

fn place(region: &Region) -> String {
    let Region { line, column, end_line, end_column, .. } = region;
    let path = relative(&region.path);
    let file = Untrusted::of(&path).github_property();
    // Columns are for one line only, and the last one counts.
    let columns = match line == end_line {
        true => format!("col={column},endColumn={},", end_column.saturating_sub(1).max(*column)),
        false => String::new(),
    };
    format!("file={file},line={line},endLine={end_line},{columns}")
}
