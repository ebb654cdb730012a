//! The step graph of a plan: phases, listed order and needs to edges.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Order, PhaseDocument, PlanDocument, StepOf};
use crate::graph::{Cycle, Graph, Point, Weight};
use crate::source::{Span, Spanned};

/// How many names are compared, over all unknown needs, to find out what was meant.
const COMPARISONS: usize = 20_000_000;

/// An edge with the place that makes it, where one place does.
struct Edge {
    before: Point,
    after: Point,
    place: Option<(Span, Why)>,
}

/// What makes an edge.
#[derive(Clone, Copy)]
enum Why {
    Needs,
    Listed,
}

/// The nodes of a plan: the beginning and the end of each phase, and then the steps in the order of the
/// document.
struct Nodes<'a> {
    document: &'a PlanDocument,
    hasher: RandomState,
    /// The first phase of each id.
    phases: HashMap<&'a str, usize, RandomState>,
    /// How many steps are before those of each phase.
    offsets: Vec<usize>,
    /// The steps by the id of their phase and their own; the first of each.
    steps: HashTable<u32>,
    compared: Cell<usize>,
}

/// Makes the graph; duplicate ids, unknown needs and cycles are reported. The node of a step is
/// [`step_point`].
pub(super) fn order(document: &PlanDocument, sink: &mut Sink) -> Option<Graph> {
    let errors = sink.errors();
    let nodes = Nodes::new(document, sink);
    let mut edges: Vec<Edge> = Vec::new();
    for (number, phase) in document.phases.iter().enumerate() {
        if nodes.phases.get(phase.id.value.as_str()) == Some(&number) {
            nodes.phase_edges(number, phase, &mut edges, sink);
        }
    }
    if sink.errors() > errors {
        return None;
    }
    let joints = 2 * document.phases.len();
    let mut weights = vec![Weight::Joint; joints];
    weights.resize(joints + nodes.step_count(), Weight::Step);
    let pairs: Vec<(Point, Point)> = edges.iter().map(|edge| (edge.before, edge.after)).collect();
    match Graph::new(&weights, &pairs) {
        Ok(graph) => Some(graph),
        Err(cycle) => {
            sink.push(nodes.describe_cycle(&cycle, &edges));
            None
        }
    }
}

/// The node of a step, by its number in the document.
pub(super) fn step_point(document: &PlanDocument, number: usize) -> Point {
    Point::new(2 * document.phases.len() + number)
}

/// The positions of the phases of a document in plan order: by how many steps come before at the
/// most, ties by id.
pub(super) fn phases_in_order(document: &PlanDocument, graph: &Graph) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..document.phases.len()).collect();
    let id = |number: usize| document.phases.get(number).map(|phase| phase.id.value.as_str());
    numbers.sort_by_key(|number| (graph.wave(start(*number)), id(*number)));
    numbers
}

fn start(phase: usize) -> Point {
    Point::new(2 * phase)
}

fn end(phase: usize) -> Point {
    Point::new(2 * phase + 1)
}

fn duplicate(what: &str, name: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::Duplicate, format!("two {what}s have the id `{name}`"))
        .label(second, "the second")
        .label(first, "the first")
        .hint("rename one of them")
}

impl<'a> Nodes<'a> {
    fn new(document: &'a PlanDocument, sink: &mut Sink) -> Self {
        let count = document.phases.iter().map(|phase| phase.steps.len()).sum();
        let mut nodes = Self {
            document,
            hasher: RandomState::default(),
            phases: HashMap::default(),
            offsets: Vec::with_capacity(document.phases.len()),
            steps: HashTable::with_capacity(count),
            compared: Cell::new(0),
        };
        let mut offset = 0;
        for (number, phase) in document.phases.iter().enumerate() {
            nodes.offsets.push(offset);
            offset += phase.steps.len();
            let first = *nodes.phases.entry(&phase.id.value).or_insert(number);
            if let Some(first) = document.phases.get(first).filter(|_| first != number) {
                sink.push(duplicate("phase", &phase.id.value, phase.id.span, first.id.span));
            }
        }
        let mut number = 0;
        for phase in &document.phases {
            for at in 0..phase.steps.len() {
                if let Some(id) = phase.steps.id(at) {
                    nodes.add(number, &phase.id.value, id, sink);
                }
                number += 1;
            }
        }
        nodes
    }

    fn add(&mut self, number: usize, phase: &str, id: Spanned<&str>, sink: &mut Sink) {
        if let Some(first) = self.step(phase, id.value) {
            let first = self.named(first).map_or(id.span, |(_, first)| first.span);
            let address = format!("{phase}/{}", id.value);
            sink.push(duplicate("step", &address, id.span, first));
            return;
        }
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let hash = self.hasher.hash_one((phase, id.value));
        let mut steps = std::mem::take(&mut self.steps);
        steps.insert_unique(hash, number, |number| {
            let (phase, id) = self.named(*number as usize).map_or(("", ""), |(phase, id)| (phase, id.value));
            self.hasher.hash_one((phase, id))
        });
        self.steps = steps;
    }

    /// How many steps the document has.
    fn step_count(&self) -> usize {
        self.document.phases.iter().map(|phase| phase.steps.len()).sum()
    }

    /// The id of a step's phase, and the step's own.
    fn named(&self, number: usize) -> Option<(&'a str, Spanned<&'a str>)> {
        let after = self.offsets.partition_point(|offset| *offset <= number);
        // Phases without steps share their offset with the next; the last of them has the step.
        let at = after.checked_sub(1)?;
        let phase = self.document.phases.get(at)?;
        Some((&phase.id.value, phase.steps.id(number - self.offsets.get(at)?)?))
    }

    fn step(&self, phase: &str, id: &str) -> Option<usize> {
        let same = |number: &u32| {
            self.named(*number as usize).is_some_and(|(own, known)| own == phase && known.value == id)
        };
        self.steps.find(self.hasher.hash_one((phase, id)), same).map(|number| *number as usize)
    }

    fn phase_edges(&self, number: usize, phase: &PhaseDocument, edges: &mut Vec<Edge>, sink: &mut Sink) {
        for need in &phase.needs {
            let need = Spanned::new(need.value.as_str(), need.span);
            if let Some(before) = self.find_need(need, None, sink) {
                edges.push(Edge { before, after: start(number), place: Some((need.span, Why::Needs)) });
            }
        }
        edges.push(Edge { before: start(number), after: end(number), place: None });
        let mut previous: Option<Point> = None;
        let first = self.offsets.get(number).copied().unwrap_or_default();
        for (at, step) in phase.steps.all_kept().enumerate() {
            let id = step.id();
            // The second of two steps with one id is an error already.
            if self.step(&phase.id.value, id.value) != Some(first + at) {
                continue;
            }
            let point = step_point(self.document, first + at);
            edges.push(Edge { before: start(number), after: point, place: None });
            edges.push(Edge { before: point, after: end(number), place: None });
            if let Some(before) = previous.filter(|_| phase.order == Order::Listed) {
                edges.push(Edge { before, after: point, place: Some((id.span, Why::Listed)) });
            }
            previous = Some(point);
            for need in step.needs() {
                if let Some(before) = self.find_need(need, Some(&phase.id.value), sink) {
                    edges.push(Edge { before, after: point, place: Some((need.span, Why::Needs)) });
                }
            }
        }
    }

    /// The node that a need means: for a phase its end, for a step the step.
    fn find_need(&self, need: Spanned<&str>, phase: Option<&str>, sink: &mut Sink) -> Option<Point> {
        let found = match (need.value.split_once('/'), phase) {
            (Some((phase, id)), _) => self.step(phase, id).map(|step| step_point(self.document, step)),
            (None, None) => self.phases.get(need.value).map(|number| end(*number)),
            (None, Some(phase)) => self.step(phase, need.value).map(|step| step_point(self.document, step)),
        };
        if found.is_none() {
            sink.push(self.unknown_need(need, phase));
        }
        found
    }

    fn unknown_need(&self, need: Spanned<&str>, phase: Option<&str>) -> Diagnostic {
        let known = match self.compared.get() > COMPARISONS {
            true => Vec::new(),
            false => self.known(need.value.contains('/'), phase),
        };
        self.compared.set(self.compared.get() + known.len());
        let label = if phase.is_some() { "not a step of this phase" } else { "not a phase of the plan" };
        let diagnostic =
            Diagnostic::new(Code::UnknownNeed, format!("there is no `{}` to come after", need.value))
                .label(need.span, label)
                .did_you_mean(need.value, known.iter().map(String::as_str));
        match phase.is_some() && self.phases.contains_key(need.value) {
            true => diagnostic.hint("a step needs steps; put a phase in the `needs` of its own phase"),
            false => diagnostic,
        }
    }

    /// What a need could have named, in order: whole addresses, phases, or steps of one phase.
    fn known(&self, whole: bool, phase: Option<&str>) -> Vec<String> {
        let steps = || (0..self.step_count()).filter_map(|number| self.named(number));
        let mut known: Vec<String> = match (whole, phase) {
            (true, _) => steps().map(|(phase, id)| format!("{phase}/{}", id.value)).collect(),
            (false, None) => self.phases.keys().map(|id| (*id).to_owned()).collect(),
            (false, Some(own)) => {
                steps().filter(|(phase, _)| *phase == own).map(|(_, id)| id.value.to_owned()).collect()
            }
        };
        known.sort();
        known.dedup();
        known
    }

    /// A node in words: the phase or step that it is of.
    fn name(&self, point: Point) -> String {
        let joints = 2 * self.document.phases.len();
        match point.position().checked_sub(joints) {
            None => {
                let phase = self.document.phases.get(point.position() / 2);
                phase.map(|phase| format!("phase `{}`", phase.id.value)).unwrap_or_default()
            }
            Some(step) => {
                self.named(step).map(|(phase, id)| format!("`{phase}/{}`", id.value)).unwrap_or_default()
            }
        }
    }

    /// What makes an edge, in words.
    fn because(&self, edge: &Edge, why: Why) -> String {
        let joints = 2 * self.document.phases.len();
        let step = |point: Point| point.position().checked_sub(joints).and_then(|step| self.named(step));
        match why {
            Why::Listed => {
                format!("listed after `{}`", step(edge.before).map_or("", |(_, id)| id.value))
            }
            Why::Needs => {
                let own = self.name(edge.after);
                let own = own.trim_start_matches("phase ");
                format!("{own} comes after `{}`", self.need_as_written(edge))
            }
        }
    }

    /// The text of the need that makes an edge.
    fn need_as_written(&self, edge: &Edge) -> String {
        let at = |span: Span| edge.place.is_some_and(|(place, _)| place == span);
        let joints = 2 * self.document.phases.len();
        let found = match edge.after.position().checked_sub(joints) {
            None => {
                let phase = self.document.phases.get(edge.after.position() / 2);
                let need = phase.and_then(|phase| phase.needs.iter().find(|need| at(need.span)));
                need.map(|need| need.value.clone())
            }
            Some(number) => {
                let after = self.offsets.partition_point(|offset| *offset <= number);
                let phase = after.checked_sub(1).and_then(|at| self.document.phases.get(at));
                let step = phase.and_then(|phase| phase.steps.kept(number - self.offsets.get(after - 1)?));
                step.and_then(|step: StepOf<'_>| {
                    step.needs().find(|need| at(need.span)).map(|need| need.value.to_owned())
                })
            }
        };
        found.unwrap_or_default()
    }

    fn describe_cycle(&self, cycle: &Cycle, edges: &[Edge]) -> Diagnostic {
        let mut path: Vec<String> = cycle.points.iter().map(|point| self.name(*point)).collect();
        path.dedup();
        if path.len() > 1 && path.first() == path.last() {
            path.pop();
        }
        path.extend(path.first().cloned());
        let message = format!("steps come before themselves: {}", path.join(" before "));
        let mut diagnostic = Diagnostic::new(Code::Cycle, message);
        let mut made: HashMap<(Point, Point), &Edge> = HashMap::new();
        for edge in edges.iter().filter(|edge| edge.place.is_some()) {
            made.entry((edge.before, edge.after)).or_insert(edge);
        }
        for (at, point) in cycle.points.iter().enumerate() {
            let next = cycle.points.get((at + 1) % cycle.points.len());
            let edge = next.and_then(|next| made.get(&(*point, *next)));
            if let Some((edge, (span, why))) = edge.and_then(|edge| Some((edge, edge.place?))) {
                diagnostic = diagnostic.label(span, self.because(edge, why));
            }
        }
        diagnostic.hint("remove one of these dependencies")
    }
}
