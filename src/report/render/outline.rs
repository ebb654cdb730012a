//! The step graph as text for a person: waves, what waits for what, the critical path.

use std::collections::{HashMap, HashSet};

use super::figure::label::Labels;
use super::figure::{Figure, Lane, Limits, Node, Subject};
use super::text::{headline, plan_verdict};
use super::{Paint, Style, Verbosity, counted, display_width, table, wrap};
use crate::report::{Report, StepReport};

/// More lines than this are not read on a terminal.
const LIMITS: Limits = Limits { nodes: 1000, edges: usize::MAX };

/// Tells the graph of a report.
pub fn outline(report: &Report, style: &Style) -> String {
    let most = if style.verbosity == Verbosity::Verbose { usize::MAX } else { LIMITS.nodes };
    let figure = Figure::of(report, Limits { nodes: most, ..LIMITS });
    let outliner = Outliner::new(report, &figure, style);
    let mut parts = vec![headline(report, style) + &outliner.shape()];
    parts.extend(figure.lanes.iter().map(|lane| outliner.lane(lane)));
    parts.extend(outliner.chain());
    parts.push(outliner.legend() + &plan_verdict(report, style));
    parts.join("\n")
}

struct Outliner<'a> {
    report: &'a Report,
    figure: &'a Figure<'a>,
    labels: Labels<'a>,
    style: &'a Style,
    on_chain: HashSet<&'a str>,
    phase_of: HashMap<&'a str, &'a str>,
    names: usize,
    waves: usize,
}

impl<'a> Outliner<'a> {
    fn new(report: &'a Report, figure: &'a Figure<'a>, style: &'a Style) -> Self {
        let labels = Labels::of(report, style);
        let names = figure.nodes.iter().filter_map(|node| labels.node(figure, node));
        Self {
            names: names.map(|label| display_width(&label.name)).max().unwrap_or(0).min(40),
            waves: report.steps.iter().map(|step| step.wave).max().unwrap_or(0),
            on_chain: figure.chain.iter().map(|step| step.id.as_str()).collect(),
            phase_of: report.steps.iter().map(|step| (step.id.as_str(), step.phase.as_str())).collect(),
            labels,
            report,
            figure,
            style,
        }
    }

    /// How large the graph is, and what is not shown of it.
    fn shape(&self) -> String {
        let counts = &self.report.counts;
        let shape = [
            counted(counts.steps, "step"),
            counted(counts.phases, "phase"),
            counted(self.waves, "wave"),
            format!("a critical path of {}", counted(self.figure.chain.len(), "step")),
        ];
        let mut text = self.faint(&shape.join(self.style.dot()), "");
        if let Some(omission) = self.figure.omission() {
            text.push_str(&self.faint(&format!("{omission}; `--verbose` shows every step"), ""));
        }
        text
    }

    fn faint(&self, text: &str, indent: &str) -> String {
        let width = self.style.width.map_or(usize::MAX, |width| width.saturating_sub(indent.len()));
        let lines = wrap(text, width);
        lines.iter().map(|line| format!("{indent}{}\n", self.style.paint(Paint::Faint, line))).collect()
    }

    fn lane(&self, lane: &Lane<'_>) -> String {
        let style = self.style;
        let title =
            lane.phase.title.as_ref().map_or(String::new(), |title| format!(": {}", style.shown(title)));
        let (sign, paint) = table::mark(lane.phase.outcome, style);
        let head = format!("phase {}{title} ({})", style.shown(&lane.phase.id), lane.words());
        let mut lines =
            wrap(&head, style.width.map_or(usize::MAX, |width| width.saturating_sub(2))).into_iter();
        let first = lines.next().unwrap_or_default();
        let mut text = format!("{} {}\n", style.paint(paint, sign), style.paint(Paint::Strong, &first));
        lines.for_each(|line| {
            text.push_str(&format!("{} {}\n", style.gutter(), style.paint(Paint::Strong, &line)))
        });
        let mut previous: Option<&StepReport> = None;
        for node in lane.nodes.iter().filter_map(|node| self.figure.nodes.get(*node)) {
            if let Subject::Step(step, _) = node.subject {
                text.push_str(&self.step(step, node, previous));
                previous = Some(step);
            }
        }
        text
    }

    fn step(&self, step: &StepReport, node: &Node<'_>, previous: Option<&StepReport>) -> String {
        let style = self.style;
        let Some(label) = self.labels.node(self.figure, node) else { return String::new() };
        let chain = if self.on_chain.contains(step.id.as_str()) { "*" } else { " " };
        let (sign, paint) = table::mark(step.outcome, style);
        let waves = self.waves.to_string().len();
        let name = &label.name;
        let gap = " ".repeat(self.names.saturating_sub(display_width(name)));
        let says = [step.outcome.as_str().to_owned(), self.after(step, previous)];
        let says: Vec<String> = says.into_iter().filter(|says| !says.is_empty()).collect();
        let start = format!("  {chain} {:waves$} {} {name}{gap}  ", step.wave, style.paint(paint, sign));
        let used = 2 + 2 + waves + 3 + display_width(name).max(self.names) + 2;
        let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(used));
        if width < 24 {
            let below =
                wrap(&says.join(", "), style.width.map_or(usize::MAX, |width| width.saturating_sub(8)));
            let below: String =
                below.iter().map(|line| format!("  {}     {line}\n", style.gutter())).collect();
            return format!("{}\n{below}", start.trim_end());
        }
        let lines = wrap(&says.join(", "), width);
        let next = format!("\n  {}{}", style.gutter(), " ".repeat(used.saturating_sub(3)));
        format!("{start}{}\n", lines.join(&next))
    }

    /// What comes immediately before a step, if that is not just the step on the line above.
    fn after(&self, step: &StepReport, previous: Option<&StepReport>) -> String {
        let same_phase = |address: &str| self.phase_of.get(address) == Some(&step.phase.as_str());
        match step.after.as_slice() {
            [] => "waits for nothing".to_owned(),
            [only] if previous.is_some_and(|previous| previous.id == *only) => String::new(),
            some => {
                let names = some.iter().take(8).map(|address| {
                    let short = address.split_once('/').map(|(_, id)| id).filter(|_| same_phase(address));
                    self.style.shown(short.unwrap_or(address)).into_owned()
                });
                let names: Vec<String> = names.collect();
                let more = some.len().saturating_sub(8);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("after {}{more}", names.join(", "))
            }
        }
    }

    /// The critical path, where there is more than one step in it.
    fn chain(&self) -> Option<String> {
        let arrow = if self.style.unicode { " → " } else { " -> " };
        let steps: Vec<_> = self.figure.chain.iter().map(|step| self.style.shown(&step.id)).collect();
        let shown =
            if steps.len() > 60 && self.style.verbosity != Verbosity::Verbose { 60 } else { steps.len() };
        let more = steps.len() - shown;
        let more = if more > 0 { format!("{arrow}{more} more") } else { String::new() };
        let path = steps.iter().take(shown).map(AsRef::as_ref).collect::<Vec<_>>().join(arrow);
        let width = self.style.width.map_or(usize::MAX, |width| width.saturating_sub(2));
        let next = format!("\n{} ", self.style.gutter());
        (steps.len() > 1).then(|| {
            format!(
                "critical path: {}\n",
                wrap(&format!("{path}{more}"), width.saturating_sub(15)).join(&next)
            )
        })
    }

    fn legend(&self) -> String {
        self.faint("each step with its wave; * is on the critical path; a step without `after` waits for the one above it", "")
    }
}
