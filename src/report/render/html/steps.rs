//! Every step: who does what, what came of it, and why.

use super::{Page, Part};
use crate::report::render::explanation::{left_out, told_for, trees};
use crate::report::render::figure::label::action;
use crate::report::render::names::Naming;
use crate::report::render::tree::Branch;
use crate::report::render::{Paint, Style, counted};
use crate::report::{Location, Outcome, PhaseReport, Remedy, Report, StepReport};

/// With more steps than this, phases in which all is well are closed at first.
const MOST_OPEN: usize = 300;
/// Of more addresses than this the rest is counted.
const MOST_ADDRESSES: usize = 40;

/// Writes the section.
pub(super) fn write(part: &Part<'_>, page: &mut Page) {
    part.section(page, "steps", "Steps");
    page.raw(
        "<p class=\"lead\">Each step opens to what was asked, what decided, and the policies part by part. ",
    );
    page.raw("<span class=\"key\"><span><b>✓</b> true</span> <span><b>✗</b> false</span> <span><b>?</b> not known</span> <span><b>!</b> cannot be evaluated</span> <span><b>·</b> not evaluated</span> <span><b>=</b> has this value</span></span></p>\n");
    page.raw("<div class=\"filter\" hidden><label>Filter <input type=\"search\" placeholder=\"step, person, operation, object\"></label>");
    page.raw(" <label><input type=\"checkbox\"> only what is not allowed</label> <button type=\"button\" class=\"open\">Open all</button> <button type=\"button\" class=\"close\">Close all</button> <span role=\"status\"></span></div>\n");
    let writer = Writer::new(part);
    let start = page.len();
    for (at, phase) in part.report.phases.iter().enumerate() {
        writer.phase(page, phase, at, start);
    }
    page.raw("</section>\n");
}

struct Writer<'a> {
    part: &'a Part<'a>,
    style: Style,
    people: Naming<'a>,
    things: Naming<'a>,
    of_phase: std::collections::HashMap<&'a str, Vec<(usize, &'a StepReport)>>,
}

impl<'a> Writer<'a> {
    fn new(part: &'a Part<'a>) -> Self {
        let report: &Report = part.report;
        let mut of_phase: std::collections::HashMap<&str, Vec<(usize, &StepReport)>> = Default::default();
        for (position, step) in report.steps.iter().enumerate() {
            of_phase.entry(step.phase.as_str()).or_default().push((position, step));
        }
        Self {
            part,
            style: Style::plain(),
            people: Naming::of(report.steps.iter().map(|step| step.principal.as_str())),
            things: Naming::of(report.steps.iter().map(|step| step.resource.as_str())),
            of_phase,
        }
    }

    fn phase(&self, page: &mut Page, phase: &PhaseReport, at: usize, start: usize) {
        let steps = self.of_phase.get(phase.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        let many = self.part.report.steps.len() > MOST_OPEN;
        page.raw("<details class=\"phase\" id=\"p")
            .number(self.part.number)
            .raw("-phase-")
            .number(at + 1)
            .raw("\"");
        page.raw(if many && phase.outcome == Outcome::Allowed { ">" } else { " open>" });
        page.raw("<summary><h3>");
        sign(page, phase.outcome);
        page.raw(" ")
            .text(phase.title.as_ref().unwrap_or(&phase.id))
            .raw("</h3> <span class=\"about\">phase <code>");
        page.text(&phase.id).raw("</code>, ").text(&counted(steps.len(), "step"));
        if !phase.needs.is_empty() {
            page.raw(", after ").text(&phase.needs.join(", "));
        }
        page.raw("</span></summary>\n");
        if let Some(docs) = &phase.docs {
            page.raw("<p class=\"docs\">Documentation: ").web_link(docs).raw("</p>\n");
        }
        let listed = steps.iter().filter(|(position, _)| self.part.shown.is_listed(*position));
        let mut number = 0;
        for (position, step) in listed {
            number += 1;
            self.step(page, *position, step, start);
        }
        if let Some(more @ 1..) = steps.len().checked_sub(number) {
            let said = format!(
                "{} of this phase, all allowed unless a finding names them, are not listed here; the JSON form lists every one.",
                counted(more, "more step")
            );
            page.element("<p class=\"note\">", &said, "</p>\n");
        }
        page.raw("</details>\n");
    }

    fn step(&self, page: &mut Page, position: usize, step: &StepReport, start: usize) {
        let class = match step.outcome {
            Outcome::Allowed => "allowed",
            Outcome::Denied => "denied",
            Outcome::OrderDependent => "race",
            Outcome::Indeterminate => "unsure",
        };
        page.raw("<details class=\"step ").raw(class).raw("\" id=\"p").number(self.part.number).raw("-step-");
        page.number(position + 1).raw("\"");
        let bad = step.outcome != Outcome::Allowed && page.len() - start < self.part.shown.explanation;
        page.raw(if bad { " open>" } else { ">" }).raw("<summary>");
        sign(page, step.outcome);
        page.raw("<span class=\"name\">");
        page.element("<b>", step.id.split_once('/').map_or(step.id.as_str(), |(_, id)| id), "</b>");
        page.element(" <span class=\"title\">", step.title.as_deref().unwrap_or_default(), "</span></span>");
        page.element("<span class=\"who\">", &self.people.short(&step.principal, &self.style), "</span>");
        page.element("<span class=\"does\">", action(&step.action), "</span>");
        page.element("<span class=\"thing\">", &self.things.short(&step.resource, &self.style), "</span>");
        page.raw("<span class=\"outcome\">")
            .raw(step.outcome.as_str())
            .raw("</span></summary>\n<div class=\"body\">\n");
        self.request(page, step);
        self.reasons(page, step);
        if page.len() - start < self.part.shown.explanation {
            self.policies(page, step);
        } else if !step.reasons.policies.is_empty() {
            page.raw("<p class=\"note\">This page holds no more explanations; `countersign explain` tells this step in full.</p>\n");
        }
        remedies(page, &step.remedies);
        page.raw("</div></details>\n");
    }

    /// What was asked, and when.
    fn request(&self, page: &mut Page, step: &StepReport) {
        page.raw("<dl class=\"request\">\n");
        page.element("<div><dt>Address</dt><dd><code>", &step.id, "</code></dd></div>\n");
        page.element("<div><dt>Principal</dt><dd><code>", &step.principal, "</code></dd></div>\n");
        page.element("<div><dt>Action</dt><dd><code>", &step.action, "</code></dd></div>\n");
        page.element("<div><dt>Resource</dt><dd><code>", &step.resource, "</code></dd></div>\n");
        page.raw("<div><dt>Order</dt><dd>wave ").number(step.wave);
        self.addresses(page, ", after ", &step.after);
        page.raw("</dd></div>\n");
        let decisions: Vec<&str> = step.decisions.iter().map(|decision| decision.as_str()).collect();
        page.element("<div><dt>Decisions</dt><dd>", &decisions.join(", "), "</dd></div>\n");
        let determining: Vec<&str> = step.determining.iter().map(|policy| &**policy).collect();
        if !determining.is_empty() {
            page.element(
                "<div><dt>Decided by</dt><dd><code>",
                &determining.join(", "),
                "</code></dd></div>\n",
            );
        }
        if !step.provenance.is_empty() {
            page.raw("<div><dt>Authority from</dt><dd>");
            self.addresses(page, "", &step.provenance);
            page.raw("</dd></div>\n");
        }
        if !step.reasons.entities.is_empty() {
            let entities: Vec<&str> = step.reasons.entities.iter().map(String::as_str).collect();
            page.element(
                "<div class=\"wide\"><dt>Rests on</dt><dd><code>",
                &entities.join(", "),
                "</code></dd></div>\n",
            );
        }
        for (decision, run) in &step.witnesses {
            page.raw("<div><dt>").raw(decision.as_str()).raw("</dt><dd>");
            if run.is_empty() {
                page.raw("where nothing runs before it");
            }
            self.addresses(page, "after ", run);
            page.raw("</dd></div>\n");
        }
        page.element(
            "<div class=\"wide\"><dt>Context</dt><dd><code>",
            &context(&step.context),
            "</code></dd></div>\n",
        );
        page.raw("<div class=\"wide\"><dt>Written in</dt><dd>");
        location(page, &step.span);
        page.raw("</dd></div>\n");
        if let Some(docs) = &step.docs {
            page.raw("<div><dt>Documentation</dt><dd>").web_link(docs).raw("</dd></div>\n");
        }
        page.raw("</dl>\n");
    }

    fn addresses(&self, page: &mut Page, word: &'static str, addresses: &[String]) {
        if addresses.is_empty() {
            return;
        }
        page.raw(word);
        for (at, address) in addresses.iter().take(MOST_ADDRESSES).enumerate() {
            page.raw(if at > 0 { ", " } else { "" });
            self.part.step_link(page, address);
        }
        if let Some(more @ 1..) = addresses.len().checked_sub(MOST_ADDRESSES) {
            page.raw(" and ").number(more).raw(" more");
        }
    }

    fn reasons(&self, page: &mut Page, step: &StepReport) {
        let told = told_for(step, &self.style);
        if step.reasons.because.is_empty() && step.errors.is_empty() && told.is_none() {
            return;
        }
        page.raw("<h4>Why</h4>\n<ul class=\"because\">\n");
        for reason in &step.reasons.because {
            page.raw("<li>").text(&reason.text);
            if let Some(policy) = &reason.policy {
                page.element(" <code class=\"policy\">", policy, "</code>");
            }
            if let Some(span) = &reason.span {
                page.raw(" ");
                location(page, span);
            }
            page.raw("</li>\n");
        }
        for error in &step.errors {
            page.raw("<li>The policy <code>").text(&error.policy).raw("</code> cannot be evaluated: ");
            page.text(&error.message).raw("</li>\n");
        }
        if let Some(told) = told {
            page.element("<li>", &super::verdict::capital(&told), "</li>\n");
        }
        page.raw("</ul>\n");
    }

    fn policies(&self, page: &mut Page, step: &StepReport) {
        let trees = trees(step, &self.style);
        let rest = left_out(step, &self.style);
        if trees.is_empty() && rest.is_empty() {
            return;
        }
        page.raw("<h4>Policies, part by part</h4>\n<ul class=\"tree\">\n");
        trees.iter().for_each(|tree| branch(page, tree));
        page.raw("</ul>\n");
        for sentence in rest {
            page.element("<p class=\"note\">", &super::verdict::capital(&sentence), ".</p>\n");
        }
    }
}

/// The fields of a context, each with its value as JSON.
fn context(context: &serde_json::Value) -> String {
    match context.as_object() {
        Some(fields) if fields.is_empty() => "empty".to_owned(),
        Some(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            fields.join(", ")
        }
        None => context.to_string(),
    }
}

/// A line of a tree with everything below it.
fn branch(page: &mut Page, tree: &Branch) {
    page.raw("<li><div class=\"line\">");
    if let Some((sign, paint)) = tree.mark {
        let class = match paint {
            Paint::Good => "good",
            Paint::Bad => "bad",
            Paint::Doubtful => "doubtful",
            Paint::Help | Paint::Strong | Paint::Faint => "plain",
        };
        page.raw("<span class=\"mark ").raw(class).raw("\"");
        match spoken(sign) {
            Some(word) => page.raw(" role=\"img\" aria-label=\"").raw(word).raw("\">"),
            None => page.raw(">"),
        };
        // A sign stays with the beginning of what it is about, however narrow the page.
        page.raw(sign).raw("</span>&#160;");
    }
    page.text(&tree.text).raw("</div>");
    for remark in &tree.remarks {
        page.element("<div class=\"remark\">", remark, "</div>");
    }
    if !tree.below.is_empty() {
        page.raw("\n<ul>\n");
        tree.below.iter().for_each(|below| branch(page, below));
        page.raw("</ul>");
    }
    page.raw("</li>\n");
}

/// What a sign is read as.
fn spoken(sign: &str) -> Option<&'static str> {
    match sign {
        "✓" => Some("true"),
        "✗" => Some("false"),
        "=" => Some("value"),
        "!" => Some("cannot be evaluated"),
        "?" => Some("not known"),
        "·" => Some("not evaluated"),
        _ => None,
    }
}

/// The sign of an outcome; its word stands beside it.
fn sign(page: &mut Page, outcome: Outcome) {
    let (class, sign) = match outcome {
        Outcome::Allowed => ("good", "✓"),
        Outcome::Denied => ("bad", "✗"),
        Outcome::OrderDependent => ("doubtful", "~"),
        Outcome::Indeterminate => ("doubtful", "?"),
    };
    page.raw("<span class=\"sign ").raw(class).raw("\" role=\"img\" aria-label=\"").raw(outcome.as_str());
    page.raw("\">").raw(sign).raw("</span>");
}

fn location(page: &mut Page, span: &Location) {
    page.raw("<span class=\"path\">")
        .text(&span.path)
        .raw(":")
        .number(span.line)
        .raw(":")
        .number(span.column);
    page.raw("</span>");
}

fn remedies(page: &mut Page, remedies: &[Remedy]) {
    if remedies.is_empty() {
        return;
    }
    page.raw("<h4>Remedies</h4>\n<p class=\"note\">Each was judged again before it is told here.</p>\n<ol class=\"remedies\">\n");
    for remedy in remedies {
        page.raw("<li>").text(&remedy.text);
        if !remedy.others.is_empty() {
            page.raw(" <span class=\"remark\">").text(&counted(remedy.others.len(), "other change"));
            page.raw(" would do as well.</span>");
        }
        if let Some(patch) = &remedy.patch {
            page.raw("<pre><code>").lines(patch).raw("</code></pre>");
        }
        page.raw("</li>\n");
    }
    page.raw("</ol>\n");
}
