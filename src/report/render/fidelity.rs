//! What became of imported files, in a few lines for people.

use super::{Style, counted};
use crate::report::{ImportRemark, ImportReport};

/// How many opaque parts are told unless all are asked for; unknown values are only counted then.
const TOLD: usize = 5;

/// Says of each file what was mapped, what is opaque and what is unknown.
pub fn fidelity(imports: &[ImportReport], all: bool, style: &Style) -> String {
    imports.iter().map(|import| one(import, all, style)).collect()
}

fn one(import: &ImportReport, all: bool, style: &Style) -> String {
    let most = if all { usize::MAX } else { TOLD };
    let mapped: Vec<String> = import.mapped.iter().map(|(kind, number)| format!("{kind} {number}")).collect();
    let mapped = if mapped.is_empty() { "nothing".to_owned() } else { mapped.join(", ") };
    let mut text = format!(
        "import: {} as {}: mapped {mapped}; {}; {}\n",
        style.shown(&import.path),
        import.format,
        counted(import.opaque.len(), "opaque part"),
        counted(import.unknown.len(), "unknown value"),
    );
    text.push_str(&remarks("opaque", &import.opaque, most, style));
    if all {
        text.push_str(&remarks("unknown", &import.unknown, most, style));
    }
    text
}

fn remarks(kind: &str, remarks: &[ImportRemark], most: usize, style: &Style) -> String {
    let mut text = String::new();
    for remark in remarks.iter().take(most) {
        let at = format!("{}:{}:{}", remark.span.path, remark.span.line, remark.span.column);
        text.push_str(&format!("  {kind}: {} ({})\n", style.shown(&remark.text), style.shown(&at)));
    }
    if remarks.len() > most {
        text.push_str(&format!("  {kind}: {} more\n", remarks.len() - most));
    }
    text
}
