//! What is written on a node.

use super::{Figure, Lane, Node, Subject};
use crate::report::render::names::Naming;
use crate::report::render::table::mark;
use crate::report::render::{Style, display_width};
use crate::report::{Outcome, Report, StepReport};

/// The words of a node, none of them escaped for any format, all of them on one line and without hidden
/// characters.
#[derive(Clone, Debug)]
pub(in crate::report::render) struct Label {
    /// The sign of the outcome.
    pub sign: &'static str,
    /// What it is called where its phase is in sight.
    pub name: String,
    /// What more there is to say in a line; begins with the outcome where that is not `allowed`.
    pub detail: String,
    /// Everything.
    pub whole: String,
}

/// Writes the words of nodes.
#[derive(Debug)]
pub(in crate::report::render) struct Labels<'a> {
    people: Naming<'a>,
    style: &'a Style,
}

impl<'a> Labels<'a> {
    /// For the nodes of a report.
    pub fn of(report: &'a Report, style: &'a Style) -> Self {
        Self { people: Naming::of(report.steps.iter().map(|step| step.principal.as_str())), style }
    }

    /// The words of a node; nothing for a joint.
    pub fn node(&self, figure: &Figure<'_>, node: &Node<'_>) -> Option<Label> {
        match node.subject {
            Subject::Joint => None,
            Subject::Step(step, _) => Some(self.step(step)),
            Subject::Phase => figure.lanes.get(node.lane).map(|lane| self.phase(lane)),
        }
    }

    fn step(&self, step: &StepReport) -> Label {
        let who = self.people.short(&step.principal, self.style);
        let what = self.style.shown(action(&step.action)).into_owned();
        let word = step.outcome.as_str();
        let said = if step.outcome == Outcome::Allowed { String::new() } else { format!("{word}: ") };
        let title =
            step.title.as_ref().map_or(String::new(), |title| format!(": {}", self.style.shown(title)));
        let id = self.style.shown(&step.id);
        Label {
            sign: mark(step.outcome, self.style).0,
            name: self
                .style
                .shown(step.id.split_once('/').map_or(step.id.as_str(), |(_, id)| id))
                .into_owned(),
            detail: format!("{said}{what}, {who}"),
            whole: format!("{id}{title} - {who} does {what} on {}: {word}", self.style.shown(&step.resource)),
        }
    }

    fn phase(&self, lane: &Lane<'_>) -> Label {
        let words = lane.words();
        let (name, detail) = words.split_once([',', ':']).unwrap_or((&words, ""));
        Label {
            sign: mark(lane.phase.outcome, self.style).0,
            name: name.to_owned(),
            detail: detail.trim().to_owned(),
            whole: format!("phase {}: {words}", self.style.shown(&lane.phase.id)),
        }
    }
}

/// The id of an action without its type.
pub(in crate::report::render) fn action(uid: &str) -> &str {
    uid.rsplit_once("::").map_or(uid, |(_, id)| id.trim_matches('"'))
}

/// The outcome that colours a node.
pub(in crate::report::render) fn outcome(figure: &Figure<'_>, node: &Node<'_>) -> Option<Outcome> {
    match node.subject {
        Subject::Joint => None,
        Subject::Step(step, _) => Some(step.outcome),
        Subject::Phase => figure.lanes.get(node.lane).map(|lane| lane.phase.outcome),
    }
}

/// A text cut to some columns, with a sign where something is left out.
pub(in crate::report::render) fn cut(text: &str, most: usize) -> String {
    if display_width(text) <= most {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        short.push(character);
        if display_width(&short) >= most {
            short.pop();
            break;
        }
    }
    short.trim_end().to_owned() + "…"
}
