//! What the steps of a plan write, to be asked which of them a request depends on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::bundle::Bundle;
use super::cell::Cell;
use super::reads::{self, Footprint, Hierarchy};
use super::request::Request;
use crate::model::{Edit, EntityId, Link, State, StepId, Uid, ValueView};

/// The links that steps make, by what stands for `?principal`.
type ByPrincipal = HashMap<Option<EntityId>, Vec<(Link, StepId)>>;

/// The cells that steps write, with their writers, by what cells must share to touch each other.
///
/// Entities are known by their handles, so that it is for the states of one estate.
#[derive(Clone, Debug)]
pub struct Written {
    initial: State,
    /// For each handle, whether the record of its entity is written.
    marked: Vec<bool>,
    of_entities: HashMap<EntityId, Vec<(Cell, StepId)>>,
    /// The parent edges that steps make or take away, by child.
    edges: HashMap<EntityId, Vec<EntityId>>,
    /// By template.
    of_links: HashMap<String, ByPrincipal>,
}

/// The steps that write what a request depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touching {
    /// Those that its decision can depend on, its changes included.
    pub deciding: BTreeSet<StepId>,
    /// Those that its changes can depend on, and those that write what it writes.
    pub shaping: BTreeSet<StepId>,
}

impl Written {
    /// Nothing is written yet to the state before the plan.
    pub fn new(initial: State) -> Self {
        let (marked, of_entities) = (Vec::new(), HashMap::new());
        Self { initial, marked, of_entities, edges: HashMap::new(), of_links: HashMap::new() }
    }

    /// Notes that a step writes a cell, in a state of the estate.
    pub fn add(&mut self, state: &State, writer: StepId, cell: &Cell) {
        match (cell, cell.entity()) {
            (_, Some(uid)) => {
                let id = state.intern(uid);
                if self.marked.len() <= id.position() {
                    self.marked.resize(id.position() + 1, false);
                }
                if let Some(mark) = self.marked.get_mut(id.position()) {
                    *mark = true;
                }
                self.of_entities.entry(id).or_default().push((cell.clone(), writer));
                if let Cell::Edge(_, parent) = cell {
                    self.edges.entry(id).or_default().push(state.intern(parent));
                }
            }
            (Cell::Link(link), None) => {
                let principal = link.principal.as_ref().map(|uid| state.intern(uid));
                let of_template = self.of_links.entry(link.template.clone()).or_default();
                of_template.entry(principal).or_default().push((link.clone(), writer));
            }
            _ => {}
        }
    }

    /// Says whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.of_entities.is_empty() && self.of_links.is_empty()
    }

    /// The steps that write what a request reads in a state, or what its changes read or write.
    ///
    /// Costs little where nothing of it is written.
    pub fn touching(
        &self,
        bundle: &Bundle,
        state: &State,
        request: Request<'_>,
        edits: &[(usize, Edit)],
    ) -> Touching {
        let mut found = Touching::default();
        let mut search = Search { written: self, bundle, state, request, seen: Vec::new(), hit: false };
        search.run();
        let among = Some((self, state));
        if search.hit {
            let reads = bundle.action_reads(request.action);
            let cells = reads::read(bundle, state, request, &reads, Hierarchy::Inside, among);
            self.add_writers(state, cells.iter(), &mut found.deciding);
        }
        self.add_links(bundle, state, request, &mut found.deciding);
        if !edits.is_empty() {
            let mut footprint = Footprint::default();
            for (_, edit) in edits {
                reads::add_edit(state, edit, Hierarchy::Inside, &mut footprint);
            }
            self.add_writers(state, footprint.reads.iter().chain(&footprint.writes), &mut found.shaping);
        }
        if search.hit && bundle.changes_something(request.action) {
            let reads = bundle.change_reads(request.action);
            let cells = reads::read(bundle, state, request, &reads, Hierarchy::Inside, among);
            self.add_writers(state, cells.iter(), &mut found.shaping);
        }
        found.deciding.extend(&found.shaping);
        found
    }

    /// The steps that write what any of some cells hold.
    pub fn touching_any<'a>(&self, state: &State, cells: impl Iterator<Item = &'a Cell>) -> BTreeSet<StepId> {
        let mut found = BTreeSet::new();
        self.add_writers(state, cells, &mut found);
        found
    }

    fn add_writers<'a>(
        &self,
        state: &State,
        cells: impl Iterator<Item = &'a Cell>,
        found: &mut BTreeSet<StepId>,
    ) {
        for read in cells {
            match (read, read.entity()) {
                (Cell::Inside(uid, targets), _) => {
                    let targets = targets.iter().filter_map(|target| state.id(target)).collect();
                    self.add_paths(uid, &targets, found);
                }
                (Cell::InsideArgument(uid, template), _) => {
                    let targets = self.arguments(template);
                    self.add_paths(uid, &targets, found);
                }
                (_, Some(uid)) => {
                    let near = state.id(uid).and_then(|id| self.of_entities.get(&id));
                    let touching = near.into_iter().flatten().filter(|(written, _)| written.touches(read));
                    found.extend(touching.map(|(_, writer)| *writer));
                }
                (Cell::Link(link), None) => {
                    let principal = link.principal.as_ref().and_then(|uid| state.id(uid));
                    let near = self.of_links.get(&link.template).and_then(|links| links.get(&principal));
                    let same = near.into_iter().flatten().filter(|(written, _)| written == link);
                    found.extend(same.map(|(_, writer)| *writer));
                }
                (Cell::Links(template, principals, _), None) => {
                    let Some(links) = self.of_links.get(template) else { continue };
                    let named = principals.iter().filter_map(|uid| links.get(&Some(state.id(uid)?)));
                    for (link, writer) in named.chain(links.get(&None)).flatten() {
                        if Cell::Link(link.clone()).touches(read) {
                            found.insert(*writer);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// The entities that links of a template name, before the plan or by what steps write.
    fn arguments(&self, template: &str) -> HashSet<EntityId> {
        let before = self.initial.links().map(|(link, _)| link).filter(|link| link.template == template);
        let made = self.of_links.get(template).into_iter().flat_map(HashMap::values).flatten();
        let links = before.chain(made.map(|(link, _)| link));
        links
            .flat_map(|link| link.principal.iter().chain(&link.resource))
            .map(|uid| self.initial.intern(uid))
            .collect()
    }

    /// The writers of whatever lies on a path from an entity to any of some others, in any state.
    ///
    /// The edges of every state are among those before the plan and those that steps write.
    fn add_paths(&self, from: &Uid, targets: &HashSet<EntityId>, found: &mut BTreeSet<StepId>) {
        let mut below: BTreeMap<EntityId, Vec<EntityId>> = BTreeMap::new();
        let mut seen: HashSet<EntityId> = HashSet::new();
        let mut open = vec![self.initial.intern(from)];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let written = self.edges.get(&id).into_iter().flatten();
            for parent in self.initial.parents_of(id).iter().chain(written) {
                below.entry(*parent).or_default().push(id);
                open.push(*parent);
            }
        }
        let mut between: HashSet<EntityId> = HashSet::new();
        let mut open: Vec<EntityId> = targets.iter().copied().filter(|id| seen.contains(id)).collect();
        while let Some(id) = open.pop() {
            if between.insert(id) {
                open.extend(below.get(&id).into_iter().flatten());
            }
        }
        for id in &between {
            for (cell, writer) in self.of_entities.get(id).into_iter().flatten() {
                let counts = match cell {
                    Cell::Entity(_) => true,
                    Cell::Edge(_, parent) => between.contains(&self.initial.intern(parent)),
                    _ => false,
                };
                if counts {
                    found.insert(*writer);
                }
            }
        }
    }

    /// The writers of links that match a request.
    fn add_links(&self, bundle: &Bundle, state: &State, request: Request<'_>, found: &mut BTreeSet<StepId>) {
        if self.of_links.is_empty() {
            return;
        }
        let reads = bundle.action_reads(request.action);
        let resource = state.id(request.resource);
        let is_in = |uid: &crate::model::Uid| {
            uid == request.resource
                || resource.zip(state.id(uid)).is_some_and(|(resource, id)| state.is_in(resource, id))
        };
        for (template, links) in self.of_links.iter().filter(|(template, _)| reads.asks_links_of(template)) {
            let _ = template;
            let principal = state.id(request.principal);
            let above = principal.map(|id| state.ancestors_of(id)).unwrap_or_default();
            let keys = principal.into_iter().chain(above.iter().copied()).map(Some).chain([None]);
            for (link, writer) in keys.filter_map(|key| links.get(&key)).flatten() {
                if link.resource.as_ref().is_none_or(is_in) {
                    found.insert(*writer);
                }
            }
        }
    }

    pub(super) fn has_cells_of(&self, id: EntityId) -> bool {
        self.marked.get(id.position()) == Some(&true)
    }
}

/// Looks whether a request can read the record of any entity that is written.
struct Search<'a> {
    written: &'a Written,
    bundle: &'a Bundle,
    state: &'a State,
    request: Request<'a>,
    seen: Vec<EntityId>,
    hit: bool,
}

impl Search<'_> {
    fn run(&mut self) {
        let reads = self.bundle.action_reads(self.request.action);
        let request = self.request;
        let mut open: Vec<EntityId> = Vec::new();
        let mut begin = |uid| open.extend(self.state.id(uid));
        begin(request.principal);
        begin(request.resource);
        request.context.for_each_entity(&mut begin);
        reads.subjects().for_each(&mut begin);
        while let Some(id) = open.pop().filter(|_| !self.hit) {
            if self.seen.contains(&id) {
                continue;
            }
            self.seen.push(id);
            self.hit = self.written.has_cells_of(id)
                || self.state.ancestors_of(id).iter().any(|above| self.written.has_cells_of(*above));
            for name in reads.leading_from(self.state.type_of(id)) {
                if let Some(value) = self.state.attribute_of(id, name) {
                    entities_in(value, &mut open);
                }
            }
            if reads.tags_lead_from(self.state.type_of(id)) {
                let tags = self.state.entity_of(id).into_iter().flat_map(|entity| entity.tags.values());
                tags.for_each(|tag| entities_in(self.state.view(tag), &mut open));
            }
        }
    }
}

/// The entities that a value names, at any depth.
fn entities_in(value: ValueView<'_>, found: &mut Vec<EntityId>) {
    match value {
        ValueView::Entity(id) => found.push(id),
        ValueView::Set(elements) => elements.iter().for_each(|element| entities_in(element, found)),
        ValueView::Record(fields) => fields.iter().for_each(|(_, field)| entities_in(field, found)),
        _ => {}
    }
}
