//! What the steps of a plan write, to be asked which of them a request depends on.

use std::collections::{BTreeSet, HashMap};

use super::bundle::Bundle;
use super::reads::{self, Cell, Footprint};
use super::request::Request;
use crate::model::{Edit, EntityId, Link, State, StepId, ValueView};

/// The links that steps make, by what stands for `?principal`.
type ByPrincipal = HashMap<Option<EntityId>, Vec<(Link, StepId)>>;

/// The cells that steps write, with their writers, by what cells must share to touch each other.
///
/// Entities are known by their handles, so that it is for the states of one estate.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// For each handle, whether the record of its entity is written.
    marked: Vec<bool>,
    of_entities: HashMap<EntityId, Vec<(Cell, StepId)>>,
    /// By template.
    of_links: HashMap<String, ByPrincipal>,
}

impl Written {
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
    ) -> BTreeSet<StepId> {
        let mut found = BTreeSet::new();
        let mut search = Search { written: self, bundle, state, request, seen: Vec::new(), hit: false };
        search.run();
        if search.hit {
            let cells = reads::read(bundle, state, request, Some((self, state)));
            self.add_writers(state, cells.iter(), &mut found);
        }
        self.add_links(bundle, state, request, &mut found);
        if !edits.is_empty() {
            let mut footprint = Footprint::default();
            for (_, edit) in edits {
                reads::add_edit(state, edit, &mut footprint);
            }
            self.add_writers(state, footprint.reads.iter().chain(&footprint.writes), &mut found);
        }
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
