//! What the decision of a request depends on, apart from what its changes depend on.

use std::collections::BTreeSet;

use super::bundle::Bundle;
use super::cell::Cell;
use super::changes::evaluate_changes;
use super::reads::{Footprint, Hierarchy, add_edit, read};
use super::request::Request;
use crate::model::State;

/// What one request depends on in one state, and what it writes to it.
#[derive(Clone, Debug, Default)]
pub struct Dependence {
    /// What its decision can depend on: what policies and changes can read, and what the changes need.
    pub deciding: BTreeSet<Cell>,
    /// What its changes can depend on, and what they write.
    pub shaping: BTreeSet<Cell>,
    /// What its changes write.
    pub writes: BTreeSet<Cell>,
}

/// What a request depends on in a state.
///
/// Like a footprint, but of the hierarchy only what is asked for is read, where that can be said: a
/// membership in one group does not touch who asks for another.
pub fn dependence(bundle: &Bundle, state: &State, request: Request<'_>) -> Dependence {
    let reads = bundle.action_reads(request.action);
    let mut deciding = read(bundle, state, request, &reads, Hierarchy::Inside, None);
    if !bundle.changes_something(request.action) {
        return Dependence { deciding, ..Dependence::default() };
    }
    let of_changes = bundle.change_reads(request.action);
    let reads = read(bundle, state, request, &of_changes, Hierarchy::Inside, None);
    let mut footprint = Footprint { reads, writes: BTreeSet::new() };
    for (_, edit) in evaluate_changes(bundle, state, request).iter().flatten() {
        add_edit(state, edit, Hierarchy::Inside, &mut footprint);
    }
    let Footprint { reads: mut shaping, writes } = footprint;
    shaping.extend(writes.iter().cloned());
    deciding.extend(shaping.iter().cloned());
    Dependence { deciding, shaping, writes }
}
