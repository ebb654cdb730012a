//! The step graph as a Mermaid flowchart, which GitHub, GitLab and many wikis draw.

use std::fmt::Write as _;

use super::figure::label::{Labels, cut, outcome};
use super::figure::{Figure, Limits, Subject};
use super::text::plan_verdict;
use super::{Batch, Style};
use crate::report::{Outcome, Report};

/// Mermaid refuses more than 500 edges and more than 50,000 characters.
const LIMITS: Limits = Limits { nodes: 200, edges: 480 };
const LONGEST: usize = 48_000;
/// How wide a label may be.
const WIDEST: usize = 60;

/// Writes one flowchart for each plan.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    batch.reports.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// The flowchart of a report, by smaller and smaller limits until it is short enough.
fn one(report: &Report) -> String {
    let mut limits = LIMITS;
    loop {
        let text = drawn(report, &Figure::of(report, limits));
        if text.chars().count() <= LONGEST || limits.nodes <= 1 {
            return text;
        }
        limits.nodes /= 2;
    }
}

fn drawn(report: &Report, figure: &Figure<'_>) -> String {
    let style = Style::plain();
    let labels = Labels::of(report, &style);
    let omission = figure.omission().map_or(String::new(), |omission| format!("; {omission}"));
    let title = format!("{}{omission}", plan_verdict(report, &style).trim_end());
    let mut text = String::from("flowchart TD\n");
    let _ = writeln!(text, "  accTitle: {}", plain(&title));
    for (at, lane) in figure.lanes.iter().enumerate() {
        let title =
            lane.phase.title.as_ref().map_or(String::new(), |title| format!(": {}", style.shown(title)));
        let name = cut(&format!("{}{title}", style.shown(&lane.phase.id)), WIDEST);
        let _ = writeln!(text, "  subgraph p{at}[\"{}\"]", quoted(&name));
        for node in &lane.nodes {
            let Some(of) = figure.nodes.get(*node) else { continue };
            let Some(label) = labels.node(figure, of) else { continue };
            let words = [format!("{} {}", label.sign, label.name), label.detail];
            let words: Vec<String> = words.iter().map(|line| quoted(&cut(line, WIDEST))).collect();
            let _ = writeln!(
                text,
                "    n{node}(\"{}\"):::{}",
                words.join("<br/>"),
                class(outcome(figure, of), of.on_chain)
            );
        }
        text.push_str("  end\n");
    }
    for (at, _) in figure.nodes.iter().enumerate().filter(|(_, node)| matches!(node.subject, Subject::Joint))
    {
        let _ = writeln!(text, "  n{at}((\" \")):::joint");
    }
    for edge in &figure.edges {
        let arrow = if edge.on_chain { "==>" } else { "-->" };
        let _ = writeln!(text, "  n{} {arrow} n{}", edge.from, edge.to);
    }
    text.push_str(CLASSES);
    text
}

const CLASSES: &str = "  classDef allowed fill:#ffffff,stroke:#116329,color:#1f2328
  classDef allowedCritical fill:#ffffff,stroke:#116329,stroke-width:3px,color:#1f2328
  classDef denied fill:#ffebe9,stroke:#a40e26,stroke-width:2px,color:#1f2328
  classDef deniedCritical fill:#ffebe9,stroke:#a40e26,stroke-width:4px,color:#1f2328
  classDef doubtful fill:#fff8c5,stroke:#7d4e00,stroke-dasharray:5 3,color:#1f2328
  classDef doubtfulCritical fill:#fff8c5,stroke:#7d4e00,stroke-width:3px,stroke-dasharray:5 3,color:#1f2328
  classDef joint fill:#59636e,stroke:#59636e
";

fn class(outcome: Option<Outcome>, on_chain: bool) -> &'static str {
    match (outcome, on_chain) {
        (Some(Outcome::Denied), false) => "denied",
        (Some(Outcome::Denied), true) => "deniedCritical",
        (Some(Outcome::OrderDependent | Outcome::Indeterminate), false) => "doubtful",
        (Some(Outcome::OrderDependent | Outcome::Indeterminate), true) => "doubtfulCritical",
        (_, false) => "allowed",
        (_, true) => "allowedCritical",
    }
}

/// A text between the quotes of a label: of ASCII only letters, digits and a few signs stay as they are, the
/// rest is written as entity codes.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            ' ' | ',' | '/' | '.' | '_' | '+' => quoted.push(character),
            other if other.is_alphanumeric() || (!other.is_ascii() && !other.is_control()) => {
                quoted.push(other)
            }
            other => {
                let _ = write!(quoted, "#{};", other as u32);
            }
        }
    }
    quoted
}

/// A text where there are no entity codes: whatever could be more than a letter is left out.
fn plain(text: &str) -> String {
    let keeps = |character: &char| {
        character.is_alphanumeric() || " ,./_-".contains(*character) || !character.is_ascii()
    };
    let kept: String = text.replace(": ", " - ").chars().filter(keeps).collect();
    kept.trim().to_owned()
}
