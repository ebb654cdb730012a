//! The step graph of a plan: phases, listed order and needs to edges.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{NeedDocument, Order, PhaseDocument, PlanDocument};
use crate::graph::{Cycle, Graph, Point, Weight};
use crate::source::Span;

/// The graph of a plan, and the node of each step by address.
pub(super) struct StepOrder {
    pub graph: Graph,
    pub points: BTreeMap<String, Point>,
}

/// An edge with the place that makes it, where one place does.
type Edge = (Point, Point, Option<(Span, String)>);

struct Nodes<'a> {
    phases: BTreeMap<&'a str, usize>,
    steps: BTreeMap<String, Point>,
    names: Vec<String>,
}

/// Makes the graph; duplicate ids, unknown needs and cycles are reported.
pub(super) fn order(document: &PlanDocument, sink: &mut Sink) -> Option<StepOrder> {
    let errors = sink.errors();
    let nodes = name_nodes(document, sink);
    let mut edges: Vec<Edge> = Vec::new();
    let mut previous_phases: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, phase) in document.phases.iter().enumerate() {
        if previous_phases.insert(&phase.id.value, number).is_none() {
            phase_edges(number, phase, &nodes, &mut edges, sink);
        }
    }
    if sink.errors() > errors {
        return None;
    }
    let mut weights = vec![Weight::Joint; 2 * document.phases.len()];
    weights.resize(nodes.names.len(), Weight::Step);
    let pairs: Vec<(Point, Point)> = edges.iter().map(|(before, after, _)| (*before, *after)).collect();
    match Graph::new(&weights, &pairs) {
        Ok(graph) => Some(StepOrder { graph, points: nodes.steps }),
        Err(cycle) => {
            sink.push(describe_cycle(&cycle, &edges, &nodes));
            None
        }
    }
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

fn name_nodes<'a>(document: &'a PlanDocument, sink: &mut Sink) -> Nodes<'a> {
    let mut nodes = Nodes { phases: BTreeMap::new(), steps: BTreeMap::new(), names: Vec::new() };
    let mut places: BTreeMap<String, Span> = BTreeMap::new();
    for (number, phase) in document.phases.iter().enumerate() {
        nodes.names.extend([format!("phase `{}`", phase.id.value), format!("phase `{}`", phase.id.value)]);
        match places.insert(phase.id.value.clone(), phase.id.span) {
            Some(first) => sink.push(duplicate("phase", &phase.id.value, phase.id.span, first)),
            None => {
                nodes.phases.insert(&phase.id.value, number);
            }
        }
    }
    for phase in &document.phases {
        for step in &phase.steps {
            let address = format!("{}/{}", phase.id.value, step.id.value);
            let point = Point::new(nodes.names.len());
            nodes.names.push(format!("`{address}`"));
            match places.insert(address.clone(), step.id.span) {
                Some(first) => sink.push(duplicate("step", &address, step.id.span, first)),
                None => {
                    nodes.steps.insert(address, point);
                }
            }
        }
    }
    nodes
}

fn duplicate(what: &str, name: &str, second: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::Duplicate, format!("two {what}s have the id `{name}`"))
        .label(second, "the second")
        .label(first, "the first")
        .hint("rename one of them")
}

fn phase_edges(
    number: usize,
    phase: &PhaseDocument,
    nodes: &Nodes<'_>,
    edges: &mut Vec<Edge>,
    sink: &mut Sink,
) {
    for need in &phase.needs {
        if let Some(before) = find_need(need, None, nodes, sink) {
            let text = format!("`{}` comes after `{}`", phase.id.value, need.value);
            edges.push((before, start(number), Some((need.span, text))));
        }
    }
    edges.push((start(number), end(number), None));
    let mut previous: Option<(Point, &str)> = None;
    for step in &phase.steps {
        let address = format!("{}/{}", phase.id.value, step.id.value);
        let Some(point) = nodes.steps.get(&address).copied() else { continue };
        edges.push((start(number), point, None));
        edges.push((point, end(number), None));
        if phase.order == Order::Listed
            && let Some((before, name)) = previous.filter(|(before, _)| *before != point)
        {
            let text = format!("listed after `{name}`");
            edges.push((before, point, Some((step.id.span, text))));
        }
        previous = Some((point, &step.id.value));
        for need in &step.needs {
            if let Some(before) = find_need(need, Some(&phase.id.value), nodes, sink) {
                let text = format!("`{address}` comes after `{}`", need.value);
                edges.push((before, point, Some((need.span, text))));
            }
        }
    }
}

/// The node that a need means: for a phase its end, for a step the step.
fn find_need(need: &NeedDocument, phase: Option<&str>, nodes: &Nodes<'_>, sink: &mut Sink) -> Option<Point> {
    let found = match (need.value.contains('/'), phase) {
        (true, _) => nodes.steps.get(&need.value).copied(),
        (false, None) => nodes.phases.get(need.value.as_str()).map(|number| end(*number)),
        (false, Some(phase)) => nodes.steps.get(&format!("{phase}/{}", need.value)).copied(),
    };
    if found.is_some() {
        return found;
    }
    let of_phase = |address: &&String| phase.is_none_or(|phase| address.starts_with(&format!("{phase}/")));
    let known: Vec<&str> = match (need.value.contains('/'), phase) {
        (true, _) => nodes.steps.keys().map(String::as_str).collect(),
        (false, None) => nodes.phases.keys().copied().collect(),
        (false, Some(_)) => {
            let own = nodes.steps.keys().filter(of_phase);
            own.filter_map(|address| address.split_once('/')).map(|(_, step)| step).collect()
        }
    };
    let mut diagnostic =
        Diagnostic::new(Code::UnknownNeed, format!("there is no `{}` to come after", need.value))
            .label(
                need.span,
                if phase.is_some() { "not a step of this phase" } else { "not a phase of the plan" },
            )
            .did_you_mean(&need.value, known);
    if phase.is_some() && nodes.phases.contains_key(need.value.as_str()) {
        diagnostic = diagnostic.hint("a step needs steps; put a phase in the `needs` of its own phase");
    }
    sink.push(diagnostic);
    None
}

fn describe_cycle(cycle: &Cycle, edges: &[Edge], nodes: &Nodes<'_>) -> Diagnostic {
    let name = |point: &Point| nodes.names.get(point.position()).cloned().unwrap_or_default();
    let mut path: Vec<String> = cycle.points.iter().map(name).collect();
    path.dedup();
    if path.len() > 1 && path.first() == path.last() {
        path.pop();
    }
    path.extend(path.first().cloned());
    let mut diagnostic =
        Diagnostic::new(Code::Cycle, format!("steps come before themselves: {}", path.join(" before ")));
    for (at, point) in cycle.points.iter().enumerate() {
        let next = cycle.points.get((at + 1) % cycle.points.len());
        let edge = edges
            .iter()
            .find(|(before, after, place)| before == point && Some(after) == next && place.is_some());
        if let Some((_, _, Some((span, text)))) = edge {
            diagnostic = diagnostic.label(*span, text.clone());
        }
    }
    diagnostic.hint("remove one of these dependencies")
}
