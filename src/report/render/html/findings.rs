//! What was found, worst first.

use std::collections::BTreeMap;

use super::{Page, Part};
use crate::report::render::counted;
use crate::report::{Finding, FindingLevel, LabelReport};
use crate::source::{Excerpts, SourceMap, visible};

/// The first findings are told in full, the others are counted by code.
const MOST_FINDINGS: usize = 500;
/// So many places of a finding are shown.
const MOST_PLACES: usize = 4;
/// So much of a line is shown on each side of what matters.
const BESIDE: usize = 90;

/// Writes the section.
pub(super) fn write(part: &Part<'_>, page: &mut Page) {
    part.section(page, "findings", "Findings");
    let findings = &part.report.findings;
    if findings.is_empty() {
        page.raw("<p class=\"lead\">Nothing was found: no error, no warning, no note.</p>\n");
    }
    told(page, findings, &part.report.sources, Some(part));
    page.raw("</section>\n");
}

/// Writes findings, with the lines that they are about; of those about a plan also links to its steps.
pub(super) fn told(page: &mut Page, findings: &[Finding], sources: &SourceMap, part: Option<&Part<'_>>) {
    for finding in findings.iter().take(MOST_FINDINGS) {
        one(page, finding, sources, part);
    }
    rest(page, findings.get(MOST_FINDINGS..).unwrap_or_default());
}

fn one(page: &mut Page, finding: &Finding, sources: &SourceMap, part: Option<&Part<'_>>) {
    let (class, word) = match finding.level {
        FindingLevel::Error => ("error", "Error"),
        FindingLevel::Warning => ("warning", "Warning"),
        FindingLevel::Note => ("note", "Note"),
    };
    page.raw("<article class=\"finding ")
        .raw(class)
        .raw("\">\n<p class=\"what\"><span class=\"level\">")
        .raw(word);
    page.raw("</span> <code>").text(&finding.code).raw("</code>");
    if let (Some(step), Some(part)) = (&finding.step, part) {
        page.raw(" <span class=\"of\">step ");
        part.step_link(page, step);
        page.raw("</span>");
    }
    if let Some(policy) = &finding.policy {
        page.raw(" <span class=\"of\">policy <code>").text(policy).raw("</code></span>");
    }
    page.raw("</p>\n").element("<p class=\"message\">", &finding.message, "</p>\n");
    let places: Vec<&LabelReport> = finding.labels.iter().take(MOST_PLACES).collect();
    if !places.is_empty() {
        page.raw("<ul class=\"places\">\n");
        places.iter().for_each(|label| place(page, label, sources));
        if let Some(more @ 1..) = finding.labels.len().checked_sub(MOST_PLACES) {
            page.element("<li>", &format!("and {} more", counted(more, "place")), "</li>\n");
        }
        page.raw("</ul>\n");
    }
    if !finding.hints.is_empty() {
        page.raw("<ul class=\"hints\" aria-label=\"Ways out\">\n");
        for hint in &finding.hints {
            page.element("<li>", hint, "</li>\n");
        }
        page.raw("</ul>\n");
    }
    controls(&finding.controls, page);
    page.raw("</article>\n");
}

/// The controls that a finding bears on: a few in a line, many only for who asks, and on paper.
fn controls(controls: &[String], page: &mut Page) {
    match controls.len() {
        0 => {}
        1..=3 => {
            page.element("<p class=\"note\">Bears on ", &controls.join(", "), "</p>\n");
        }
        many => {
            page.element(
                "<details class=\"note\"><summary>Bears on ",
                &counted(many, "control"),
                "</summary> ",
            );
            page.element("", &controls.join(", "), "</details>\n");
        }
    }
}

/// A place with its line of text and what of it is meant.
fn place(page: &mut Page, label: &LabelReport, sources: &SourceMap) {
    page.raw("<li><span class=\"path\">")
        .text(&label.path)
        .raw(":")
        .number(label.line)
        .raw(":")
        .number(label.column);
    page.raw("</span>");
    if !label.text.is_empty() {
        page.raw(" <span class=\"remark\">").text(&label.text).raw("</span>");
    }
    if let Some([before, marked, after]) = excerpt(sources, label) {
        page.raw("<pre><code><span class=\"line\" aria-hidden=\"true\">").number(label.line).raw("</span>");
        page.text(&before).raw("<mark>").text(&marked).raw("</mark>").text(&after).raw("</code></pre>");
    }
    page.raw("</li>\n");
}

/// The line of a place, in three: before, meant, after; nothing of a file that can hold secrets.
fn excerpt(sources: &SourceMap, label: &LabelReport) -> Option<[String; 3]> {
    let (_, source) = sources.iter().find(|(_, source)| source.path() == label.path)?;
    if source.excerpts() == Excerpts::Withheld {
        return None;
    }
    let text = source.text();
    let (before, rest) = (text.get(..label.offset)?, text.get(label.offset..)?);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest_of_line = rest.lines().next().unwrap_or_default();
    let length = label.length.min(rest_of_line.len());
    let (marked, after) = (rest_of_line.get(..length)?, rest_of_line.get(length..)?);
    let from_end: String = {
        let head = visible(before.get(start..)?).into_owned();
        let skip = head.chars().count().saturating_sub(BESIDE);
        let cut: String = head.chars().skip(skip).collect();
        if skip > 0 { format!("…{cut}") } else { cut }
    };
    Some([from_end, shortened(marked, 2 * BESIDE), shortened(after, BESIDE)])
}

fn shortened(text: &str, most: usize) -> String {
    let text = visible(text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

/// The findings that are only counted.
fn rest(page: &mut Page, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    let mut codes: BTreeMap<(FindingLevel, &str), usize> = BTreeMap::new();
    for finding in findings {
        *codes.entry((finding.level, finding.code.as_str())).or_default() += 1;
    }
    let more = counted(findings.len(), "more finding");
    page.element(
        "<p class=\"note\">",
        &format!("There are {more}; the JSON form lists them all. By code:"),
        "</p>\n",
    );
    page.raw("<table class=\"narrow\"><thead><tr><th scope=\"col\">Code</th><th scope=\"col\">Level</th>");
    page.raw("<th scope=\"col\">Number</th></tr></thead>\n<tbody>\n");
    for ((level, code), number) in codes {
        let level = match level {
            FindingLevel::Error => "error",
            FindingLevel::Warning => "warning",
            FindingLevel::Note => "note",
        };
        page.raw("<tr><th scope=\"row\"><code>")
            .text(code)
            .raw("</code></th><td>")
            .raw(level)
            .raw("</td><td>");
        page.number(number).raw("</td></tr>\n");
    }
    page.raw("</tbody></table>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_controls_are_folded_and_few_are_not() {
        let told = |count: usize| {
            let all: Vec<String> = (0..count).map(|number| format!("<AC-{number}>")).collect();
            let mut page = Page::default();
            controls(&all, &mut page);
            page.into_markup()
        };
        assert_eq!(told(0), "");
        assert_eq!(told(1), "<p class=\"note\">Bears on &lt;AC-0&gt;</p>\n");
        assert!(
            told(11).starts_with(
                "<details class=\"note\"><summary>Bears on 11 controls</summary> &lt;AC-0&gt;, "
            )
        );
    }
}
