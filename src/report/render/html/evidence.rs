//! The lower part of the page: rights, impact, approvals, controls, inputs, and how to judge again.

use super::{Page, Part, controls};
use crate::report::render::impact::sheets;
use crate::report::render::{Style, counted};
use crate::report::{ApprovalReport, Finding, Location, OverrideReport, Verdict};
use crate::source::visible;

/// A table shows so many rows; the rest is counted.
pub(super) const MOST_ROWS: usize = 1000;
/// The codes of findings about approvals and overrides.
const ABOUT_APPROVALS: &[&str] = &["override", "wrong-override", "stale-approval", "uncounted-approval"];

/// Writes the sections.
pub(super) fn write(part: &Part<'_>, page: &mut Page) {
    rights(part, page);
    impact(part, page);
    approvals(part, page);
    controls::write(part, page);
    inputs(part, page);
    about(part, page);
}

/// A table; cells may have several lines, and the first cell of a row is its name.
fn table(page: &mut Page, head: &[&str], rows: &[Vec<String>]) {
    page.raw(
        "<div class=\"scroll table\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table><thead><tr>",
    );
    for name in head {
        page.element("<th scope=\"col\">", &super::verdict::capital(name), "</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for row in rows.iter().take(MOST_ROWS) {
        page.raw("<tr>");
        for (at, cell) in row.iter().enumerate() {
            match head.get(at).filter(|_| at > 0) {
                None => page.raw("<th scope=\"row\">"),
                // On a narrow screen a row is a list of cells, each with its name before it.
                Some(name) => page.element("<td data-label=\"", &super::verdict::capital(name), "\">"),
            };
            for (number, line) in cell.split('\n').enumerate() {
                page.raw(if number > 0 { "<br>" } else { "" });
                page.web_link(line);
            }
            page.raw(if at == 0 { "</th>" } else { "</td>" });
        }
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    if let Some(more @ 1..) = rows.len().checked_sub(MOST_ROWS) {
        page.element(
            "<p class=\"note\">",
            &format!("{} not shown here.", counted(more, "more row")),
            "</p>\n",
        );
    }
}

fn rights(part: &Part<'_>, page: &mut Page) {
    part.section(page, "rights", "Rights");
    match &part.report.appendix.rights {
        None => {
            page.raw("<p class=\"lead\">Not part of this file: <code>countersign report</code> and <code>countersign rights</code> tell which rights each phase needs and who holds them.</p>\n");
        }
        Some(rights) => {
            page.raw("<p class=\"lead\">Which rights each phase needs, derived from the policies alone, and who held them before the plan.</p>\n");
            let head: Vec<&str> = rights.head.iter().map(String::as_str).collect();
            table(page, &head, &rights.rows);
            if !rights.remarks.is_empty() {
                page.raw("<ul class=\"remarks\">\n");
                for remark in rights.remarks.iter().take(MOST_ROWS) {
                    page.element("<li>", remark, "</li>\n");
                }
                page.raw("</ul>\n");
            }
        }
    }
    page.raw("</section>\n");
}

fn impact(part: &Part<'_>, page: &mut Page) {
    part.section(page, "impact", "Impact");
    match &part.report.appendix.impact {
        None => {
            page.raw("<p class=\"lead\">Not part of this file: <code>countersign report</code> and <code>countersign impact</code> tell what the plan makes possible and impossible, and for whom.</p>\n");
        }
        Some(impact) => {
            let (sheets, sum) = sheets(impact, &Style::plain());
            page.raw("<p class=\"lead\">What the plan makes possible and impossible, and for whom. Rights only: prerequisites and overrides are left aside.</p>\n");
            page.element("<p><b>", &super::verdict::capital(&sum), ".</b></p>\n");
            for sheet in sheets {
                page.element("<h3>", &super::verdict::capital(sheet.title), "</h3>\n");
                table(page, sheet.head, &sheet.rows);
            }
        }
    }
    page.raw("</section>\n");
}

/// What people said of the plan, and what became of it.
fn approvals(part: &Part<'_>, page: &mut Page) {
    part.section(page, "approvals", "Approvals and overrides");
    let files = part.report.inputs.iter().filter(|input| input.role == "approvals").count();
    let said: Vec<&Finding> = part
        .report
        .findings
        .iter()
        .filter(|finding| ABOUT_APPROVALS.contains(&finding.code.as_str()))
        .collect();
    match files {
        0 => page.raw("<p class=\"lead\">No file of approvals and overrides was given.</p>\n"),
        number => page.element(
            "<p class=\"lead\">",
            &format!("{} of approvals and overrides was read.", counted(number, "file")),
            "</p>\n",
        ),
    };
    given(part, page);
    overrides(part, page);
    if files > 0 && said.is_empty() {
        page.raw("<p>No entry was left out.</p>\n");
    }
    if !said.is_empty() {
        page.raw("<ul>\n");
        for finding in said.iter().take(MOST_ROWS) {
            page.raw("<li><code>").text(&finding.code).raw("</code> ").text(&finding.message).raw("</li>\n");
        }
        page.raw("</ul>\n");
    }
    page.raw("</section>\n");
}

/// The approvals that count.
fn given(part: &Part<'_>, page: &mut Page) {
    let row =
        |approval: &ApprovalReport| vec![shown(&approval.by), shown(&approval.at), place(&approval.span)];
    let rows: Vec<Vec<String>> = part.report.approvals.iter().map(row).collect();
    if !rows.is_empty() {
        page.raw("<h3>Approvals that count</h3>\n");
        table(page, &["by", "at", "written in"], &rows);
    }
}

/// The overrides that count, used or not.
fn overrides(part: &Part<'_>, page: &mut Page) {
    let row = |one: &OverrideReport| {
        let used = if one.used { "used" } else { "not used" };
        vec![
            shown(&one.step),
            shown(&one.policy),
            shown(&one.by),
            shown(&one.reason),
            shown(&one.expires),
            used.to_owned(),
            place(&one.span),
        ]
    };
    let rows: Vec<Vec<String>> = part.report.overrides.iter().map(row).collect();
    if !rows.is_empty() {
        page.raw("<h3>Overrides that count</h3>\n");
        let head = ["step", "soft forbid", "by", "reason", "until", "used", "written in"];
        table(page, &head, &rows);
    }
}

/// A text from the input on one line; a line end in a cell is one of ours.
fn shown(text: &str) -> String {
    visible(text).into_owned()
}

fn place(span: &Location) -> String {
    format!("{}:{}:{}", shown(&span.path), span.line, span.column)
}

fn inputs(part: &Part<'_>, page: &mut Page) {
    part.section(page, "inputs", "Inputs");
    page.raw("<p class=\"lead\">Every file that the verdict rests on, with the digest of its bytes.</p>\n");
    page.raw("<div class=\"scroll table\" role=\"region\" aria-label=\"Inputs\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Read as</th><th scope=\"col\">File</th><th scope=\"col\">SHA-256</th></tr></thead>\n<tbody>\n");
    for (at, input) in part.report.inputs.iter().take(MOST_ROWS).enumerate() {
        page.raw("<tr id=\"p")
            .number(part.number)
            .raw("-input-")
            .number(at + 1)
            .raw("\"><td>")
            .text(&input.role);
        page.raw("</td><th scope=\"row\"><code>").text(&input.path);
        page.raw("</code></th><td><code class=\"digest\">").text(&input.sha256).raw("</code></td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
    if let Some(more @ 1..) = part.report.inputs.len().checked_sub(MOST_ROWS) {
        page.element(
            "<p class=\"note\">",
            &format!("{} not shown here; the JSON form lists them all.", counted(more, "more file")),
            "</p>\n",
        );
    }
    imports(part, page);
    page.raw("</section>\n");
}

/// What became of files in the formats of other programs.
fn imports(part: &Part<'_>, page: &mut Page) {
    for import in &part.report.imports {
        page.raw("<h3>Read from <code>").text(&import.format).raw("</code>: <code>").text(&import.path);
        page.raw("</code></h3>\n");
        let mapped: Vec<String> =
            import.mapped.iter().map(|(kind, number)| format!("{kind}: {number}")).collect();
        page.element("<p>", &mapped.join(", "), "</p>\n");
        for (title, remarks) in
            [("left out, having no form here", &import.opaque), ("not told by the file", &import.unknown)]
        {
            if remarks.is_empty() {
                continue;
            }
            let rows: Vec<Vec<String>> =
                remarks.iter().map(|remark| vec![shown(&remark.text), place(&remark.span)]).collect();
            table(page, &[title, "place"], &rows);
        }
    }
}

fn about(part: &Part<'_>, page: &mut Page) {
    let report = part.report;
    part.section(page, "about", "About this report");
    page.raw("<p>Written by ").text(&report.tool.name).raw(" ").text(&report.tool.version);
    page.raw(". The same files, judged for the same instant by the same version, give this page again byte for byte.</p>\n");
    page.raw("<p>The verdict is about the texts whose digests are above: it says that whoever the plan names was authorised, the estate being as its file says and the operations changing what the catalogue says. It does not say that the plan was carried out, or carried out as written.</p>\n");
    if report.verdict == Verdict::Rejected {
        page.raw(
            "<p>A rejection is no accusation: most are a forgotten step. The findings say the way out.</p>\n",
        );
    }
    page.raw(
        "<p>This page loads nothing, sends nothing, and is complete without script. It is not signed.</p>\n",
    );
    page.raw("</section>\n");
}
