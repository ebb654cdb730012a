//! The step graph of a report, ready to be drawn: nodes, edges, lanes and the longest chain.

mod chain;
mod choose;
mod edges;
pub(super) mod label;
pub(super) mod layout;

use std::collections::{BTreeMap, HashMap};

use super::counted;
use crate::report::{Outcome, PhaseReport, Report, StepReport};

/// How much a drawing can hold before whole phases become one node each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Nodes.
    pub nodes: usize,
    /// Edges.
    pub edges: usize,
}

/// The graph of a report's steps; where they are too many, whole phases are one node each.
#[derive(Clone, Debug)]
pub(super) struct Figure<'a> {
    /// The phases that are drawn, in plan order.
    pub lanes: Vec<Lane<'a>>,
    /// The nodes, those of steps in plan order.
    pub nodes: Vec<Node<'a>>,
    /// The edges, sorted.
    pub edges: Vec<Edge>,
    /// The longest chain of steps, the first such in plan order.
    pub chain: Vec<&'a StepReport>,
    /// What is not drawn one by one.
    pub omitted: Omitted,
}

/// What a drawing does not show one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Omitted {
    /// Phases with steps that are one node each.
    pub phases: usize,
    /// The steps in them.
    pub steps: usize,
    /// Phases that are not drawn at all.
    pub absent: usize,
}

/// A phase of the drawing.
#[derive(Clone, Debug)]
pub(super) struct Lane<'a> {
    /// The phase.
    pub phase: &'a PhaseReport,
    /// How many of its steps have which outcome, the worst first.
    pub tally: Vec<(Outcome, usize)>,
    /// The positions of its nodes.
    pub nodes: Vec<usize>,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// A step, with its position in the plan.
    Step(&'a StepReport, usize),
    /// All steps of a phase.
    Phase,
    /// Everything before it comes before everything after it.
    Joint,
}

/// A node of the drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    /// What it stands for.
    pub subject: Subject<'a>,
    /// The position of its lane; of a joint that of the first node after it.
    pub lane: usize,
    /// How many nodes the longest path to it has before it; of a joint that of the first layer after it.
    pub layer: usize,
    /// Whether it is on the longest chain.
    pub on_chain: bool,
}

/// An edge, from what comes before to what comes after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    /// The position of the node before.
    pub from: usize,
    /// The position of the node after.
    pub to: usize,
    /// Whether it is on the longest chain.
    pub on_chain: bool,
}

impl<'a> Figure<'a> {
    /// The graph of a report, within limits.
    pub(super) fn of(report: &'a Report, limits: Limits) -> Self {
        let of_phases = OfPhases::new(report);
        let chosen = choose::phases(&of_phases, limits.nodes);
        let figure = Self::drawn(report, &of_phases, &chosen);
        if figure.edges.len() <= limits.edges {
            return figure;
        }
        let fewer = choose::whole_phases(&of_phases, limits.nodes);
        let mut figure = Self::drawn(report, &of_phases, &fewer);
        figure.edges.truncate(limits.edges);
        figure
    }

    fn drawn(report: &'a Report, of_phases: &OfPhases<'a>, chosen: &[choose::Shown]) -> Self {
        let mut figure = Self {
            lanes: Vec::new(),
            nodes: Vec::new(),
            edges: Vec::new(),
            chain: chain::longest(report),
            omitted: Omitted::default(),
        };
        let mut node_of: HashMap<usize, usize> = HashMap::new();
        for (phase, shown) in of_phases.phases.iter().zip(chosen) {
            figure.lane(phase, *shown, &mut node_of);
        }
        edges::connect(&mut figure, of_phases, &node_of);
        figure
    }

    fn lane(&mut self, phase: &PhaseSteps<'a>, shown: choose::Shown, node_of: &mut HashMap<usize, usize>) {
        let lane = self.lanes.len();
        let first = self.nodes.len();
        let node = |subject| Node { subject, lane, layer: 0, on_chain: false };
        match shown {
            choose::Shown::Not => {
                self.omitted.absent += 1;
                return;
            }
            choose::Shown::Whole => {
                self.nodes.push(node(Subject::Phase));
                node_of.extend(phase.steps.iter().map(|(_, position)| (*position, first)));
                self.omitted.phases += usize::from(!phase.steps.is_empty());
                self.omitted.steps += phase.steps.len();
            }
            choose::Shown::Steps => {
                for (at, (step, position)) in phase.steps.iter().enumerate() {
                    self.nodes.push(node(Subject::Step(step, *position)));
                    node_of.insert(*position, first + at);
                }
            }
        }
        let nodes = (first..self.nodes.len()).collect();
        self.lanes.push(Lane { phase: phase.phase, tally: phase.tally(), nodes });
    }

    /// What is not drawn one by one, as a sentence without its end.
    pub(super) fn omission(&self) -> Option<String> {
        let mut parts = Vec::new();
        let Omitted { phases, steps, absent } = self.omitted;
        if phases > 0 {
            let boxes = if phases == 1 { "one box" } else { "one box each" };
            parts.push(format!(
                "{} of {} drawn as {boxes}",
                counted(phases, "phase"),
                counted(steps, "step")
            ));
        }
        if absent > 0 {
            parts.push(format!("{} not drawn at all", counted(absent, "phase")));
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// How many layers there are.
    pub(super) fn layers(&self) -> usize {
        self.nodes.iter().map(|node| node.layer + 1).max().unwrap_or(0)
    }
}

impl Lane<'_> {
    /// How many steps of which outcome, as words.
    pub(super) fn words(&self) -> String {
        let all: usize = self.tally.iter().map(|(_, number)| number).sum();
        match self.tally.as_slice() {
            [] => "no steps".to_owned(),
            [(outcome, _)] => format!("{}, all {}", counted(all, "step"), outcome.as_str())
                .replace("1 step, all", "1 step,"),
            some => {
                let each: Vec<String> =
                    some.iter().map(|(outcome, number)| format!("{number} {}", outcome.as_str())).collect();
                format!("{}: {}", counted(all, "step"), each.join(", "))
            }
        }
    }
}

/// The steps of each phase, with their positions in the plan.
struct OfPhases<'a> {
    phases: Vec<PhaseSteps<'a>>,
    /// The position of a step by its address.
    positions: HashMap<&'a str, usize>,
}

struct PhaseSteps<'a> {
    phase: &'a PhaseReport,
    steps: Vec<(&'a StepReport, usize)>,
}

impl<'a> OfPhases<'a> {
    fn new(report: &'a Report) -> Self {
        let places: HashMap<&str, usize> =
            report.phases.iter().enumerate().rev().map(|(at, phase)| (phase.id.as_str(), at)).collect();
        let mut phases: Vec<PhaseSteps<'a>> =
            report.phases.iter().map(|phase| PhaseSteps { phase, steps: Vec::new() }).collect();
        for (position, step) in report.steps.iter().enumerate() {
            let phase = places.get(step.phase.as_str()).and_then(|at| phases.get_mut(*at));
            if let Some(phase) = phase {
                phase.steps.push((step, position));
            }
        }
        let steps = report.steps.iter().enumerate().rev();
        Self { phases, positions: steps.map(|(position, step)| (step.id.as_str(), position)).collect() }
    }
}

impl PhaseSteps<'_> {
    fn tally(&self) -> Vec<(Outcome, usize)> {
        let mut counts: BTreeMap<u8, (Outcome, usize)> = BTreeMap::new();
        for (step, _) in &self.steps {
            counts.entry(goodness(step.outcome)).or_insert((step.outcome, 0)).1 += 1;
        }
        counts.into_values().collect()
    }
}

/// The worst outcome has the lowest number.
fn goodness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Denied => 0,
        Outcome::OrderDependent => 1,
        Outcome::Indeterminate => 2,
        Outcome::Allowed => 3,
    }
}
