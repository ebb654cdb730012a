//! What a report is evidence of, control by control, as text.

use super::text::lines;
use super::{Batch, Paint, Style, counted, wrap};
use crate::report::{ControlReport, Report, Standing};

/// Writes the controls of each plan: with evidence, without, and those that a report cannot speak of.
pub fn render(batch: &Batch<'_>, style: &Style) -> String {
    let mut texts: Vec<String> = batch.reports.iter().map(|report| one(report, style)).collect();
    texts.extend(batch.problems.map(|problems| {
        let plans = counted(problems.plans.len(), "plan");
        lines(&format!("no evidence: {plans} without a verdict"), Paint::Bad, style)
    }));
    texts.join("\n")
}

fn one(report: &Report, style: &Style) -> String {
    let mut text = lines(&format!("controls of plan {}", style.shown(&report.plan.id)), Paint::Strong, style);
    let remark = "what a report supports; no report makes anybody compliant";
    text.push_str(&lines(remark, Paint::Faint, style));
    for (standing, paint) in [
        (Standing::Present, Paint::Good),
        (Standing::Absent, Paint::Doubtful),
        (Standing::NotInScope, Paint::Faint),
    ] {
        let of_standing = report.controls.iter().filter(|control| control.evidence == standing);
        let controls: Vec<&ControlReport> = of_standing.collect();
        text.push_str(&format!(
            "\n{}: {}\n",
            style.paint(paint, &format!("evidence {}", standing.as_str())),
            counted(controls.len(), "control")
        ));
        controls.iter().for_each(|control| text.push_str(&entry(control, style)));
    }
    text
}

fn entry(control: &ControlReport, style: &Style) -> String {
    let asks = control.asks.as_ref().map_or(String::new(), |asks| format!(": {}", style.shown(asks)));
    let mut text = under("  - ", &format!("{}{asks}", style.shown(&control.control)), style);
    let mut remarks = vec![style.shown(&control.says).into_owned()];
    if !control.policies.is_empty() {
        let policies: Vec<_> = control.policies.iter().map(|policy| style.shown(policy)).collect();
        let steps = counted(control.steps.len(), "step");
        remarks.push(format!("asked about {steps}: {}", policies.join(", ")));
    }
    if control.findings > 0 {
        remarks.push(counted(control.findings, "finding"));
    }
    remarks.extend(control.records.iter().map(|record| format!("record {}", style.shown(record))));
    for remark in remarks {
        text.push_str(&under(&format!("  {} ", style.gutter()), &remark, style));
    }
    text
}

/// A text after a lead; no further line begins with its words.
fn under(lead: &str, text: &str, style: &Style) -> String {
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(4));
    let next = format!("\n  {}   ", style.gutter());
    format!("{lead}{}\n", wrap(text, width).join(&next))
}
