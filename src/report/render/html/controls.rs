//! The controls that a report has evidence for, and those that it has none for.

use super::{Page, Part};
use crate::report::render::counted;
use crate::report::{ControlReport, Standing};

/// So much of a digest names a file of one report; its row among the inputs has the whole.
const SHORT: usize = 12;

/// What answers a control that a judgement alone does not; the page has its answer where it was asked.
const IMPACT: &str = "`countersign impact`";

/// Writes the section.
pub(super) fn write(part: &Part<'_>, page: &mut Page) {
    part.section(page, "controls", "Controls");
    if part.report.controls.is_empty() {
        page.raw("<p class=\"lead\">This report speaks of no control of a framework.</p>\n");
    } else {
        page.raw("<p class=\"lead\">What this report supports; no report makes anybody compliant. A record is a file that the evidence is in, by the beginning of its digest.</p>\n");
    }
    for (standing, title) in [
        (Standing::Present, "<h3>Evidence present</h3>\n"),
        (Standing::Absent, "<h3>Evidence absent</h3>\n"),
        (Standing::NotInScope, "<h3>Not in scope</h3>\n"),
    ] {
        let of_standing = part.report.controls.iter().filter(|control| control.evidence == standing);
        let rows: Vec<&ControlReport> = of_standing.collect();
        if !rows.is_empty() {
            page.raw(title);
            table(part, page, &rows, standing == Standing::Present);
        }
    }
    page.raw("</section>\n");
}

fn table(part: &Part<'_>, page: &mut Page, rows: &[&ControlReport], recorded: bool) {
    page.raw("<div class=\"scroll table\" role=\"region\" aria-label=\"Controls\" tabindex=\"0\"><table class=\"controls\"><thead><tr>");
    page.raw("<th scope=\"col\">Control</th><th scope=\"col\">Asks</th><th scope=\"col\">Evidence</th>");
    page.raw("<th scope=\"col\">Policies</th><th scope=\"col\">Findings</th>");
    page.raw(if recorded { "<th scope=\"col\">Records</th>" } else { "" });
    page.raw("</tr></thead>\n<tbody>\n");
    for control in rows {
        page.element("<tr><th scope=\"row\">", &control.control, "</th>");
        page.element("<td data-label=\"Asks\">", control.asks.as_deref().unwrap_or_default(), "</td>");
        page.element("<td data-label=\"Evidence\">", &control.says, "");
        if part.report.appendix.impact.is_some() && control.says.contains(IMPACT) {
            page.raw("; <a href=\"#p").number(part.number).raw("-impact\">on this page</a>");
        }
        page.raw("</td>");
        page.element("<td data-label=\"Policies\">", &policies(control), "</td>");
        page.raw("<td data-label=\"Findings\">").number(control.findings).raw("</td>");
        if recorded {
            page.raw("<td data-label=\"Records\">");
            control.records.iter().for_each(|record| self::record(part, page, record));
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}

fn policies(control: &ControlReport) -> String {
    if control.policies.is_empty() {
        return String::new();
    }
    format!("{}, asked about {}", control.policies.join(", "), counted(control.steps.len(), "step"))
}

/// A record, with a link to the file of that digest.
fn record(part: &Part<'_>, page: &mut Page, record: &str) {
    let digest = record.strip_prefix("sha256:").unwrap_or(record);
    let short = digest.get(..SHORT).unwrap_or(digest);
    page.raw("<span class=\"record\">");
    match part.input(digest) {
        Some((number, role)) => {
            page.raw("<a href=\"#p").number(part.number).raw("-input-").number(number).raw("\"><code>");
            page.text(short).raw("</code></a> ").text(role);
        }
        None => {
            page.raw("<code>").text(digest).raw("</code>");
        }
    }
    page.raw("</span> ");
}
