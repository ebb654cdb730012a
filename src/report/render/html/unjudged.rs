//! The plans that have no verdict, and why.

use super::{Page, findings};
use crate::report::Problems;
use crate::report::render::counted;

/// Writes the part of the page that is about them.
pub(super) fn write(page: &mut Page, problems: &Problems) {
    page.raw("<div class=\"sheet\">\n<header class=\"unjudged\">\n");
    page.element(
        "<p class=\"over\">Authorisation report without a verdict on <b>",
        &what(problems),
        "</b></p>\n",
    );
    page.raw(
        "<h1>No verdict</h1>\n<div class=\"verdict\"><span class=\"seal\" aria-hidden=\"true\">!</span><div>",
    );
    page.raw("<p class=\"word\">not judged</p><p>Nothing is known of whether the steps are authorised. ");
    page.raw("The plan must not be carried out as it is.</p></div></div>\n");
    page.raw("<ul>\n");
    for plan in &problems.plans {
        page.raw("<li><code>").text(&plan.path).raw("</code> ").raw(plan.why.words()).raw("</li>\n");
    }
    page.raw("</ul>\n</header>\n");
    page.raw("<section aria-labelledby=\"unjudged-title\">\n<h2 id=\"unjudged-title\">What is wrong</h2>\n");
    findings::told(page, &problems.findings, &problems.sources, None);
    page.raw("</section>\n</div>\n");
}

fn what(problems: &Problems) -> String {
    match problems.plans.as_slice() {
        [only] => only.path.clone(),
        several => counted(several.len(), "plan"),
    }
}
