//! Reports as one page for the files: no network, no other file, readable without script.

mod controls;
mod evidence;
mod findings;
mod page;
mod policy;
mod shown;
mod steps;
mod unjudged;
mod verdict;

use super::svg::Picture;
use super::{Batch, Style, counted};
use crate::report::{Report, Verdict};
use page::Page;
pub use shown::MOST_STEPS;
use shown::Shown;

/// Writes one page, with a part for each plan.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    let mut page = Page::default();
    head(&mut page, batch);
    page.raw("<body>\n");
    if !batch.reports.is_empty() {
        page.raw("<a class=\"skip\" href=\"#p1-verdict\">Skip to the verdict</a>\n");
    }
    if batch.reports.len() > 1 {
        overview(&mut page, batch);
    }
    if let Some(problems) = batch.problems {
        unjudged::write(&mut page, problems);
    }
    for (at, report) in batch.reports.iter().enumerate() {
        let part = Part { report, number: at + 1, shown: Shown::new(report, batch.reports.len()) };
        part.write(&mut page);
    }
    page.raw("<script>").raw(policy::SCRIPT).raw("</script>\n</body>\n</html>\n");
    page.into_markup()
}

fn head(page: &mut Page, batch: &Batch<'_>) {
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"")
        .text(&policy::content_security_policy());
    page.raw("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
    page.raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    match batch.reports {
        [only] => {
            page.text(word(only.verdict)).raw(": ").text(&only.plan.id);
        }
        [] => {
            page.raw("No verdict");
        }
        several => {
            page.text(&counted(several.len(), "plan")).raw(" judged");
        }
    }
    page.raw("</title>\n<style>").raw(policy::STYLE).raw("</style>\n</head>\n");
}

/// The table of several plans.
fn overview(page: &mut Page, batch: &Batch<'_>) {
    page.raw("<nav class=\"sheet\" aria-label=\"Plans\">\n<h2>Plans</h2>\n<table><thead><tr><th scope=\"col\">Plan</th>");
    page.raw("<th scope=\"col\">Verdict</th><th scope=\"col\">Steps</th></tr></thead>\n<tbody>\n");
    for (at, report) in batch.reports.iter().enumerate() {
        page.raw("<tr><th scope=\"row\"><a href=\"#p")
            .number(at + 1)
            .raw("-verdict\">")
            .text(&report.plan.id);
        page.raw("</a></th><td>").text(word(report.verdict)).raw("</td><td>");
        page.text(&super::table::tally(report)).raw("</td></tr>\n");
    }
    page.raw("</tbody></table>\n");
    page.raw("</nav>\n");
}

const LEGEND: &str = "<p class=\"note key\"><span><b class=\"good\">✓</b> allowed</span> <span><b class=\"bad\">✗</b> denied</span> \
    <span><b class=\"doubtful\">~</b> order-dependent</span> <span><b class=\"doubtful\">?</b> indeterminate</span> \
    <span><b>━</b> critical path</span> <span><b>•</b> all before it come before all after it</span></p>\n";

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approved => "approved",
        Verdict::Rejected => "rejected",
    }
}

/// The part of a page that is about one plan.
struct Part<'a> {
    report: &'a Report,
    /// Counted from 1; anchors begin with it.
    number: usize,
    shown: Shown<'a>,
}

impl Part<'_> {
    fn write(&self, page: &mut Page) {
        page.raw("<div class=\"sheet\">\n");
        verdict::write(self, page);
        page.raw("<main>\n");
        findings::write(self, page);
        self.graph(page);
        steps::write(self, page);
        evidence::write(self, page);
        page.raw("</main>\n");
        page.raw("</div>\n");
    }

    /// The beginning of a section that the contents link to.
    fn section(&self, page: &mut Page, id: &'static str, title: &'static str) {
        page.raw("<section id=\"p").number(self.number).raw("-").raw(id).raw("\" aria-labelledby=\"p");
        page.number(self.number).raw("-").raw(id).raw("-title\">\n<h2 id=\"p").number(self.number).raw("-");
        page.raw(id).raw("-title\">").raw(title).raw("</h2>\n");
    }

    /// A link to a step by its address; only the address where the step is not on the page.
    fn step_link(&self, page: &mut Page, address: &str) {
        match self.shown.listed(address) {
            Some(position) => {
                page.raw("<a class=\"address\" href=\"#p")
                    .number(self.number)
                    .raw("-step-")
                    .number(position + 1);
                page.raw("\">").text(address).raw("</a>");
            }
            None => {
                page.element("<span class=\"address\">", address, "</span>");
            }
        }
    }

    /// The number among the listed inputs, and the role, of the file with a digest.
    fn input(&self, digest: &str) -> Option<(usize, &str)> {
        let mut listed = self.report.inputs.iter().take(evidence::MOST_ROWS).enumerate();
        let (at, input) = listed.find(|(_, input)| input.sha256 == digest)?;
        Some((at + 1, &input.role))
    }

    fn graph(&self, page: &mut Page) {
        self.section(page, "order", "Order");
        let picture = Picture::of(self.report);
        let waves = self.report.steps.iter().map(|step| step.wave).max().unwrap_or(0);
        let sentence = format!(
            "{} in {}. Steps of one wave may run side by side; a step runs after every step that an arrow comes from. The \
             critical path, {}, is a longest chain of steps that wait for each other.",
            counted(self.report.counts.steps, "step"),
            counted(waves, "wave"),
            counted(picture.chain(), "step"),
        );
        page.element("<p class=\"lead\">", &sentence, "</p>\n");
        if let Some(omission) = picture.omission() {
            page.element("<p class=\"note\">", &format!("Not every step is drawn: {omission}."), "</p>\n");
        }
        page.raw("<div class=\"scroll\" role=\"region\" aria-label=\"The order of the steps as a picture\" tabindex=\"0\">\n");
        let link = |position: usize| {
            self.shown.is_listed(position).then(|| format!("p{}-step-{}", self.number, position + 1))
        };
        page.picture(&picture.element(&picture.size_in_page(), Some(&link)));
        page.raw("</div>\n").raw(LEGEND).raw("</section>\n");
    }
}
