//! The step graph in the language of Graphviz.

use std::fmt::Write as _;

use super::figure::label::{Label, Labels, outcome};
use super::figure::{Figure, Limits, Subject};
use super::text::plan_verdict;
use super::{Batch, Style};
use crate::report::{Outcome, Report};

/// More than this takes Graphviz minutes.
const LIMITS: Limits = Limits { nodes: 500, edges: 4000 };

/// Writes one graph for each plan.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    batch.reports.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn one(report: &Report) -> String {
    let style = Style::plain();
    let figure = Figure::of(report, LIMITS);
    let labels = Labels::of(report, &style);
    let verdict = plan_verdict(report, &style);
    let omission = figure.omission().map_or(String::new(), |omission| format!("\n{omission}"));
    let title = format!("{}{omission}", verdict.trim_end());
    let mut text = String::from("digraph plan {\n");
    let _ = writeln!(text, "  graph [label=\"{}\", labelloc=t, fontname=\"sans-serif\"];", quoted(&title));
    text.push_str("  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n");
    text.push_str("  edge [color=\"#59636e\", arrowsize=0.7];\n");
    for (at, lane) in figure.lanes.iter().enumerate() {
        let title =
            lane.phase.title.as_ref().map_or(String::new(), |title| format!(": {}", style.shown(title)));
        let name = format!("{}{title}\n{}", style.shown(&lane.phase.id), lane.words());
        let _ = writeln!(
            text,
            "  subgraph cluster_{at} {{\n    label=\"{}\"; labeljust=l; color=\"#afb8c1\";",
            quoted(&name)
        );
        for node in &lane.nodes {
            let Some(of) = figure.nodes.get(*node) else { continue };
            let Some(label) = labels.node(&figure, of) else { continue };
            let _ =
                writeln!(text, "    n{node} [{}];", attributes(&label, outcome(&figure, of), of.on_chain));
        }
        text.push_str("  }\n");
    }
    for (at, _) in figure.nodes.iter().enumerate().filter(|(_, node)| matches!(node.subject, Subject::Joint))
    {
        let _ = writeln!(text, "  n{at} [shape=point, width=0.08];");
    }
    for edge in &figure.edges {
        let weight = if edge.on_chain { " [penwidth=2.5, color=\"#1f2328\"]" } else { "" };
        let _ = writeln!(text, "  n{} -> n{}{weight};", edge.from, edge.to);
    }
    text.push_str("}\n");
    text
}

fn attributes(label: &Label, outcome: Option<Outcome>, on_chain: bool) -> String {
    let (colour, fill, line) = match outcome {
        Some(Outcome::Denied) => ("#a40e26", "#ffebe9", "rounded,filled,bold"),
        Some(Outcome::OrderDependent) => ("#7d4e00", "#fff8c5", "rounded,filled,dashed"),
        Some(Outcome::Indeterminate) => ("#7d4e00", "#fff8c5", "rounded,filled,dotted"),
        Some(Outcome::Allowed) | None => ("#116329", "#ffffff", "rounded,filled"),
    };
    let words = format!("{} {}\n{}", label.sign, label.name, label.detail);
    let width = if on_chain { ", penwidth=2.5" } else { "" };
    format!(
        "label=\"{}\", tooltip=\"{}\", style=\"{line}\", color=\"{colour}\", fillcolor=\"{fill}\"{width}",
        quoted(&words),
        quoted(&label.whole)
    )
}

/// A text between the quotes of a string: nothing in it ends the string or is an escape or an entity.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '"' | '\\' | '&' | '<' | '>' => {
                let _ = write!(quoted, "&#{};", character as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted
}
