//! The way of a plan through its states in plan order, and what is possible at each moment of it.

use std::collections::{BTreeSet, HashMap};

use super::journey::initial_state;
use super::state::made;
use crate::document::Level;
use crate::model::{Estate, Link, Plan, State, StepId, Uid};
use crate::policy::{Bundle, Cell, Effect, PolicySets, Prerequisites, Request, rule, writes};

/// The states that a plan leads through when its steps run in plan order.
///
/// Moments are counted in steps: moment 0 is before the plan, moment `n` after `n` steps.
#[derive(Debug)]
pub struct Passage {
    states: Vec<State>,
    /// What each step writes; empty where its changes are impossible.
    writes: Vec<BTreeSet<Cell>>,
    of_entities: HashMap<Uid, Vec<(usize, Cell)>>,
    of_templates: HashMap<String, Vec<(usize, Cell)>>,
    /// For each moment, the first moment that has the same links.
    links_since: Vec<usize>,
}

impl Passage {
    /// Runs a plan; as everywhere, a step that is not allowed changes the state all the same.
    pub fn of(plan: &Plan, estate: &Estate, bundle: &Bundle) -> Self {
        let mut passage = Self {
            states: vec![initial_state(estate, bundle)],
            writes: Vec::with_capacity(plan.steps.len()),
            of_entities: HashMap::new(),
            of_templates: HashMap::new(),
            links_since: vec![0],
        };
        for (position, step) in plan.steps.iter().enumerate() {
            let before = passage.after().clone();
            let (state, writes) = match made(bundle, step, &before) {
                Some((edits, after)) => (after, writes(&before, edits.iter().map(|(_, edit)| edit))),
                None => (before.clone(), BTreeSet::new()),
            };
            let since = match before.same_links(&state) {
                true => passage.links_since.last().copied().unwrap_or(0),
                false => position + 1,
            };
            passage.index(position, &writes);
            passage.links_since.push(since);
            passage.states.push(state);
            passage.writes.push(writes);
        }
        passage
    }

    fn index(&mut self, position: usize, writes: &BTreeSet<Cell>) {
        for cell in writes {
            let entry = match (cell.entity(), cell.template()) {
                (Some(uid), _) => self.of_entities.entry(uid.clone()).or_default(),
                (None, Some(template)) => self.of_templates.entry(template.to_owned()).or_default(),
                (None, None) => continue,
            };
            entry.push((position, cell.clone()));
        }
    }

    /// The state before the plan.
    pub fn before(&self) -> &State {
        self.state(0)
    }

    /// The state after the plan.
    pub fn after(&self) -> &State {
        self.state(self.last())
    }

    /// The last moment.
    pub fn last(&self) -> usize {
        self.states.len().saturating_sub(1)
    }

    /// The state at a moment.
    pub fn state(&self, moment: usize) -> &State {
        self.states.get(moment).expect("a moment is counted in the steps of the passage")
    }

    /// The step that leads to a moment; none leads to the first.
    pub fn step_to(&self, moment: usize) -> Option<StepId> {
        moment.checked_sub(1).map(StepId::new)
    }

    /// The entities that come, go or change by themselves somewhere on the way.
    ///
    /// What only loses its edge to an entity that goes is left out.
    pub fn touched(&self) -> BTreeSet<Uid> {
        let own = |cell: &&Cell, writes: &BTreeSet<Cell>| match cell {
            Cell::Edge(_, parent) => !writes.contains(&Cell::Entity(parent.clone())),
            _ => true,
        };
        let cells = self.writes.iter().flat_map(|writes| writes.iter().filter(move |cell| own(cell, writes)));
        cells.filter_map(Cell::entity).cloned().collect()
    }

    /// The moments to which a step leads that writes a part of an entity's record.
    pub fn changes_of(&self, uid: &Uid) -> BTreeSet<usize> {
        self.of_entities.get(uid).into_iter().flatten().map(|(step, _)| step + 1).collect()
    }

    /// The links that are there at some moment.
    pub fn links(&self) -> BTreeSet<Link> {
        let made = self.writes.iter().flatten().filter_map(|cell| match cell {
            Cell::Link(link) => Some(link.clone()),
            _ => None,
        });
        made.chain(self.before().links().map(|(link, _)| link.clone())).collect()
    }

    /// The links of some templates that come or go on the way.
    pub fn changed_links_of(&self, templates: &BTreeSet<String>) -> BTreeSet<&Link> {
        let cells = templates.iter().filter_map(|template| self.of_templates.get(template)).flatten();
        let links = cells.filter_map(|(_, cell)| match cell {
            Cell::Link(link) => Some(link),
            _ => None,
        });
        links.collect()
    }

    /// The first moment after a given one to which a step leads that writes any of some cells.
    pub fn next_change(&self, reads: &BTreeSet<Cell>, moment: usize) -> Option<usize> {
        let writes = reads.iter().flat_map(|read| {
            let near = match (read.entity(), read.template()) {
                (Some(uid), _) => self.of_entities.get(uid),
                (None, template) => template.and_then(|template| self.of_templates.get(template)),
            };
            let later = near.into_iter().flatten().filter(move |(step, _)| *step >= moment);
            later.filter(|(_, written)| written.touches(read)).map(|(step, _)| *step)
        });
        writes.min().map(|step| step + 1)
    }
}

/// Says what is possible at the moments of a passage, as far as rights go.
///
/// Something is possible where its principal, its resource and the entities of its context exist, a
/// permit applies, and no hard or soft forbid does. Prerequisites, overrides and whether the changes
/// can be made are left aside; what cannot be said is not possible.
#[derive(Debug)]
pub struct Rights<'a> {
    bundle: &'a Bundle,
    passage: &'a Passage,
    sets: HashMap<usize, PolicySets>,
}

impl<'a> Rights<'a> {
    /// Rights by a bundle along a passage.
    pub fn new(bundle: &'a Bundle, passage: &'a Passage) -> Self {
        Self { bundle, passage, sets: HashMap::new() }
    }

    /// Says whether a request is possible at a moment.
    pub fn possible(&mut self, request: Request<'_>, moment: usize) -> bool {
        let state = self.passage.state(moment);
        if !self.all_exist(request, state) {
            return false;
        }
        let ruling = rule(self.bundle, self.sets(moment), state, request);
        let fails = ruling
            .failures
            .iter()
            .any(|failure| failure.effect == Effect::Forbid && failure.level != Level::Advisory);
        ruling.allowed && ruling.unknown.is_none() && ruling.soft.is_empty() && !fails
    }

    /// The moments at which the answer changes, the first moment included, each with its answer.
    pub fn history(&mut self, request: Request<'_>) -> Vec<(usize, bool)> {
        let mut history = vec![(0, self.possible(request, 0))];
        let mut moment = 0;
        loop {
            let reads = crate::policy::reads(self.bundle, self.passage.state(moment), request);
            let Some(next) = self.passage.next_change(&reads, moment) else { return history };
            moment = next;
            let possible = self.possible(request, moment);
            if history.last().is_some_and(|(_, known)| *known != possible) {
                history.push((moment, possible));
            }
        }
    }

    fn all_exist(&self, request: Request<'_>, state: &State) -> bool {
        let schema = self.bundle.schema();
        let exists = |uid: &Uid| state.contains(uid) || schema.enumerates(uid) || schema.declares_action(uid);
        let mut all = exists(request.principal) && exists(request.resource);
        if let crate::model::Value::Record(fields) = request.context {
            for (_, field) in fields.iter().filter(|(name, _)| name.as_str() != "plan") {
                field.for_each_entity(&mut |uid| all &= exists(uid));
            }
        }
        all
    }

    fn sets(&mut self, moment: usize) -> &PolicySets {
        let since = self.passage.links_since.get(moment).copied().unwrap_or(0);
        let make = || PolicySets::new(self.bundle, self.passage.state(since), Prerequisites::Aside);
        self.sets.entry(since).or_insert_with(make)
    }
}
