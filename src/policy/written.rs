//! What the steps of a plan write, to be asked which of them a request depends on.

use std::collections::{BTreeSet, HashMap};

use super::bundle::Bundle;
use super::reads::{self, Cell, Footprint};
use super::request::Request;
use crate::model::{Edit, Link, State, StepId, Uid};

/// The links of a template that steps write, with their writers, by what stands for `?principal`.
type ByArgument = HashMap<Option<Uid>, Vec<(Cell, StepId)>>;

/// The cells that steps write, with their writers, by what cells must share to touch each other.
#[derive(Clone, Debug, Default)]
pub struct Written {
    of_entities: HashMap<Uid, Vec<(Cell, StepId)>>,
    /// By template.
    of_links: HashMap<String, ByArgument>,
}

impl Written {
    /// Notes that a step writes a cell.
    pub fn add(&mut self, writer: StepId, cell: &Cell) {
        let entry = (cell.clone(), writer);
        match (cell, cell.entity()) {
            (_, Some(uid)) => self.of_entities.entry(uid.clone()).or_default().push(entry),
            (Cell::Link(Link { template, principal, .. }), None) => {
                let of_template = self.of_links.entry(template.clone()).or_default();
                of_template.entry(principal.clone()).or_default().push(entry);
            }
            _ => {}
        }
    }

    /// Says whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.of_entities.is_empty() && self.of_links.is_empty()
    }

    /// The steps that write what a cell holds.
    pub fn writers<'a>(&'a self, read: &'a Cell) -> impl Iterator<Item = StepId> + 'a {
        let near: Vec<&Vec<(Cell, StepId)>> = match (read.entity(), read.template()) {
            (Some(uid), _) => self.of_entities.get(uid).into_iter().collect(),
            (None, Some(template)) => self.links_near(template, read),
            (None, None) => Vec::new(),
        };
        near.into_iter().flatten().filter(|(written, _)| written.touches(read)).map(|(_, writer)| *writer)
    }

    fn links_near(&self, template: &str, read: &Cell) -> Vec<&Vec<(Cell, StepId)>> {
        let Some(links) = self.of_links.get(template) else { return Vec::new() };
        match read {
            Cell::Links(_, principals, _) => {
                let named = principals.iter().filter_map(|uid| links.get(&Some(uid.clone())));
                named.chain(links.get(&None)).collect()
            }
            Cell::Link(link) => links.get(&link.principal).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The steps that write what a request reads in a state, or what its changes read or write.
    pub fn touching(
        &self,
        bundle: &Bundle,
        state: &State,
        request: Request<'_>,
        edits: &[(usize, Edit)],
    ) -> BTreeSet<StepId> {
        let mut footprint =
            Footprint { reads: reads::read(bundle, state, request, Some(self)), writes: BTreeSet::new() };
        for (_, edit) in edits {
            reads::add_edit(state, edit, &mut footprint);
        }
        self.touching_any(footprint.reads.iter().chain(&footprint.writes))
    }

    /// The steps that write what any of some cells hold.
    pub fn touching_any<'a>(&self, cells: impl Iterator<Item = &'a Cell>) -> BTreeSet<StepId> {
        let mut found = BTreeSet::new();
        for cell in cells {
            found.extend(self.writers(cell));
        }
        found
    }

    pub(super) fn has_cells_of(&self, uid: &Uid) -> bool {
        self.of_entities.contains_key(uid)
    }

    pub(super) fn has_links_of(&self, template: &str) -> bool {
        self.of_links.contains_key(template)
    }
}
