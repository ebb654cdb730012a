//! Findings as a code quality report of GitLab.

use serde_json::{Value, json};

use super::results::{Found, MOST_RESULTS, relative, worst_first};
use super::{Batch, Style, Untrusted, counted, json};
use crate::report::FindingLevel;
use crate::source::sha256;

/// Writes a list with an entry for each finding that has a place, worst first.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    let found = worst_first(batch);
    let mut entries: Vec<Value> = found.iter().take(MOST_RESULTS).map(entry).collect();
    let last = found.get(MOST_RESULTS..).and_then(<[_]>::first);
    if let (Some(last), Some(more)) = (last, found.len().checked_sub(MOST_RESULTS)) {
        let says = format!(
            "{}, none worse than those shown; the JSON form lists all",
            counted(more, "more finding")
        );
        entries.push(json!({
            "description": says,
            "check_name": "overflow",
            "fingerprint": sha256(says.as_bytes()),
            "severity": severity(last.finding.level),
            "location": location(last),
        }));
    }
    if let Some(waived) = found.first().filter(|_| batch.reports.iter().any(|report| report.terms.exit_zero))
    {
        let says = "--exit-zero: the exit code does not tell the verdict";
        entries.push(json!({
            "description": says,
            "check_name": "exit-zero",
            "fingerprint": sha256(says.as_bytes()),
            "severity": "major",
            "location": location(waived),
        }));
    }
    json::written(&entries)
}

fn entry(found: &Found<'_>) -> Value {
    let step = found.finding.step.as_ref().map_or(String::new(), |step| format!("{step}: "));
    let says = format!("{step}{}", found.sentences(str::to_owned, "; "));
    json!({
        "description": Untrusted::of(&says).to_string(),
        "check_name": Untrusted::of(&found.finding.code).to_string(),
        "fingerprint": sha256(found.fingerprint.as_bytes()),
        "severity": severity(found.finding.level),
        "location": location(found),
    })
}

/// The place; an entry without one would make the whole report unreadable.
fn location(found: &Found<'_>) -> Value {
    let (path, begin, end) = match found.region() {
        Some(region) => (
            relative(&region.path),
            json!({ "line": region.line, "column": region.column }),
            json!({ "line": region.end_line, "column": region.end_column }),
        ),
        None => (".".to_owned(), json!({ "line": 1, "column": 1 }), json!({ "line": 1, "column": 1 })),
    };
    json!({ "path": Untrusted::of(&path).to_string(), "positions": { "begin": begin, "end": end } })
}

fn severity(level: FindingLevel) -> &'static str {
    match level {
        FindingLevel::Error => "critical",
        FindingLevel::Warning => "minor",
        FindingLevel::Note => "info",
    }
}
