//! The top of the page: the verdict, what was judged, and the contents.

use super::{Page, Part, word};
use crate::report::render::names::Naming;
use crate::report::render::table::tally;
use crate::report::render::{Style, counted};
use crate::report::{FindingLevel, Verdict};

/// Writes the head of a part.
pub(super) fn write(part: &Part<'_>, page: &mut Page) {
    let report = part.report;
    page.raw("<header id=\"p")
        .number(part.number)
        .raw("-verdict\" class=\"")
        .raw(word(report.verdict))
        .raw("\">\n");
    page.element("<p class=\"over\">Authorisation report for plan <b>", &report.plan.id, "</b></p>\n");
    page.element("<h1>", report.plan.title.as_ref().unwrap_or(&report.plan.id), "</h1>\n");
    let (sign, says) = match report.verdict {
        Verdict::Approved => (
            "✓",
            "Every step is authorised by these policies, in the state that the steps before it leave behind, in every order that the plan permits.",
        ),
        Verdict::Rejected => ("✗", "The plan must not be carried out as it is."),
    };
    page.raw("<div class=\"verdict\"><span class=\"seal\" aria-hidden=\"true\">")
        .raw(sign)
        .raw("</span><div>");
    page.element("<p class=\"word\">", word(report.verdict), "</p>");
    page.raw("<p>").text(&capital(&tally(report))).raw(". ").raw(says).raw("</p></div></div>\n");
    terms(part, page);
    facts(part, page);
    page.raw("</header>\n");
    contents(part, page);
}

/// What the command line says of the check, where it says more than usual.
fn terms(part: &Part<'_>, page: &mut Page) {
    let terms = part.report.terms;
    if terms.fail_level != FindingLevel::Error {
        let level = terms.fail_level.as_str();
        let said = format!("The check was asked to fail at findings of the level {level} too.");
        page.element("<p class=\"note\">", &said, "</p>\n");
    }
    if terms.exit_zero {
        page.raw("<p class=\"waived\">The program was told to end with success whatever the verdict (<code>--exit-zero</code>): whoever looked only at its exit code saw a pass.</p>\n");
    }
}

/// A sentence begins with a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

fn facts(part: &Part<'_>, page: &mut Page) {
    let (report, style) = (part.report, Style::plain());
    page.raw("<dl class=\"facts\">\n");
    let mut fact = |name: &'static str, text: &str| {
        page.raw("<div><dt>").raw(name).raw("</dt><dd>").text(text).raw("</dd></div>\n");
    };
    let author = report.plan.author.as_ref();
    fact(
        "Author",
        &author.map_or("not named".to_owned(), |author| {
            Naming::of([author.as_str()].into_iter()).short(author, &style)
        }),
    );
    fact("Judged for", &report.at);
    let counts = &report.counts;
    fact("Extent", &format!("{}, {}", counted(counts.phases, "phase"), counted(counts.steps, "step")));
    let policies = if counts.policies == 1 { "policy" } else { "policies" };
    fact("Rules", &format!("{} {policies}", counts.policies));
    let number = |level| report.findings.iter().filter(|finding| finding.level == level).count();
    let levels =
        [(FindingLevel::Error, "error"), (FindingLevel::Warning, "warning"), (FindingLevel::Note, "note")];
    let levels: Vec<String> = levels.into_iter().map(|(level, noun)| counted(number(level), noun)).collect();
    fact("Findings", &levels.join(", "));
    fact("Judged by", &format!("{} {}", report.tool.name, report.tool.version));
    let digest = report.inputs.iter().find(|input| input.role == "plan").map(|input| input.sha256.as_str());
    page.raw("<div class=\"wide\"><dt>Plan digest</dt><dd><code>sha256:")
        .text(digest.unwrap_or("unknown"))
        .raw("</code></dd></div>\n");
    if let Some(docs) = &report.plan.docs {
        page.raw("<div class=\"wide\"><dt>Documentation</dt><dd>").web_link(docs).raw("</dd></div>\n");
    }
    page.raw("</dl>\n");
}

fn contents(part: &Part<'_>, page: &mut Page) {
    page.raw("<nav class=\"contents\" aria-label=\"Contents of this report\"><ol>");
    for (id, title) in [
        ("findings", "Findings"),
        ("order", "Order"),
        ("steps", "Steps"),
        ("rights", "Rights"),
        ("impact", "Impact"),
        ("approvals", "Approvals and overrides"),
        ("controls", "Controls"),
        ("inputs", "Inputs"),
        ("about", "About this report"),
    ] {
        page.raw("<li><a href=\"#p")
            .number(part.number)
            .raw("-")
            .raw(id)
            .raw("\">")
            .raw(title)
            .raw("</a></li>");
    }
    page.raw("</ol></nav>\n");
}
