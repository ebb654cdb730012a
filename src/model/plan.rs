//! A plan whose names are resolved and whose order is known.

use std::sync::Arc;

use super::{Named, Uid, Value};
use crate::graph::{Graph, Point};
use crate::source::Span;

/// A step of a plan; steps are numbered in plan order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(u32);

impl StepId {
    /// The step at that position of the plan order.
    pub fn new(position: usize) -> Self {
        Self(u32::try_from(position).unwrap_or(u32::MAX))
    }

    /// The step's position in plan order.
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// Where the id stands.
    pub span: Span,
    /// Its title.
    pub title: Option<String>,
    /// A link to documentation.
    pub docs: Option<String>,
    /// Who wrote it.
    pub author: Option<Uid>,
    /// The IANA name of its time zone.
    pub zone: String,
    /// Its change window.
    pub window: Option<Window>,
    /// Its phases, in plan order.
    pub phases: Vec<Phase>,
    /// Its steps, in plan order: by wave, ties by address.
    pub steps: Vec<Step>,
    /// The order; [`Plan::point`] gives a step's node.
    pub graph: Graph,
    points: Vec<Point>,
    steps_of_points: Vec<Option<StepId>>,
}

/// A half-open time window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant in it.
    pub start: jiff::Timestamp,
    /// The first instant after it.
    pub end: jiff::Timestamp,
}

/// A phase of a plan.
#[derive(Clone, Debug)]
pub struct Phase {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// A link to documentation.
    pub docs: Option<String>,
    /// What comes before it, as the plan names it.
    pub needs: Vec<String>,
}

/// A step of a plan: one request, and the operation that it is.
///
/// Steps of one plan share their uids, because the same people and things occur again and again.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its address, `phase/step`.
    pub address: String,
    /// The position of its phase in [`Plan::phases`].
    pub phase: usize,
    /// Its title.
    pub title: Option<String>,
    /// A link to documentation.
    pub docs: Option<String>,
    /// The principal.
    pub principal: Arc<Named>,
    /// The action.
    pub action: Arc<Uid>,
    /// The resource.
    pub resource: Arc<Named>,
    /// The context, a record.
    pub context: Value,
    /// Its wave, counted from 1.
    pub wave: usize,
    /// Where its parts stand.
    pub spans: StepSpans,
    /// Whether the engine filled a part of its context.
    pub informed: bool,
}

/// Where the parts of a step stand.
#[derive(Clone, Copy, Debug)]
pub struct StepSpans {
    /// Its id.
    pub id: Span,
    /// Who does it: its own `by`, or its phase's.
    pub principal: Span,
    /// What it does.
    pub action: Span,
    /// What it does it to.
    pub resource: Span,
    /// Its context, or its id where it has none.
    pub context: Span,
}

impl Step {
    /// Adds a field to the context that the engine fills, in place of one of the same name.
    pub fn inform(&mut self, name: &str, value: Value) {
        if let Value::Record(fields) = &self.context {
            let others = fields.iter().filter(|(known, _)| *known != name);
            let fields = others.map(|(name, field)| (name.clone(), field.clone()));
            self.context = Value::record(fields.chain([(name.to_owned(), value)]));
            self.informed = true;
        }
    }

    /// Calls back with every entity that the plan's file names in the context; what the engine
    /// filled is left out.
    pub fn for_each_context_entity<'a>(&'a self, found: &mut impl FnMut(&'a Uid)) {
        match &self.context {
            Value::Record(fields) if self.informed => {
                let own = fields.iter().filter(|(name, _)| name.as_str() != "plan");
                own.for_each(|(_, field)| field.for_each_entity(found));
            }
            context => context.for_each_entity(found),
        }
    }
}

impl Plan {
    /// Records which node of the graph each step is; `points` is in plan order.
    pub fn place_steps(&mut self, points: Vec<Point>) {
        self.steps_of_points = vec![None; self.graph.order().len()];
        for (position, point) in points.iter().enumerate() {
            if let Some(slot) = self.steps_of_points.get_mut(point.position()) {
                *slot = Some(StepId::new(position));
            }
        }
        self.points = points;
    }

    /// A plan without places for its steps yet.
    pub fn new(id: String, span: Span, graph: Graph) -> Self {
        Self {
            id,
            span,
            title: None,
            docs: None,
            author: None,
            zone: "UTC".to_owned(),
            window: None,
            phases: Vec::new(),
            steps: Vec::new(),
            graph,
            points: Vec::new(),
            steps_of_points: Vec::new(),
        }
    }

    /// The step of that number.
    ///
    /// # Panics
    /// When the number comes from another plan, which is a bug in the caller.
    pub fn step(&self, id: StepId) -> &Step {
        self.steps.get(id.position()).expect("a step id is used with the plan that made it")
    }

    /// The numbers of all steps, in plan order.
    pub fn step_ids(&self) -> impl Iterator<Item = StepId> + use<> {
        (0..self.steps.len()).map(StepId::new)
    }

    /// A step's node of the graph.
    pub fn point(&self, id: StepId) -> Point {
        self.points.get(id.position()).copied().expect("every step has a node")
    }

    /// The step that a node of the graph is, where it is one.
    pub fn step_at(&self, point: Point) -> Option<StepId> {
        self.steps_of_points.get(point.position()).copied().flatten()
    }

    /// The steps immediately before a step, in plan order.
    pub fn after(&self, id: StepId) -> Vec<StepId> {
        let mut steps: Vec<StepId> = self
            .graph
            .steps_before(self.point(id))
            .into_iter()
            .filter_map(|point| self.step_at(point))
            .collect();
        steps.sort_unstable();
        steps
    }
}
