//! Columns of lanes: phases that never share a layer stand below each other.

use std::cmp::Reverse;

use super::super::{Figure, Subject};

/// The first and the last layer of a lane.
pub(super) fn span(figure: &Figure<'_>, lane: usize) -> (usize, usize) {
    let nodes = figure.lanes.get(lane).map(|lane| lane.nodes.as_slice()).unwrap_or_default();
    let layers = nodes.iter().filter_map(|node| figure.nodes.get(*node)).map(|node| node.layer);
    layers
        .fold(None, |span, layer| {
            let (first, last) = span.unwrap_or((layer, layer));
            Some((layer.min(first), layer.max(last)))
        })
        .unwrap_or((0, 0))
}

/// The column of each lane, and how many columns there are.
///
/// Lanes are taken by their first layer; each goes to the free column that most of what comes before it is
/// in, else to the first free one, else to a new one.
pub(super) fn assign(figure: &Figure<'_>) -> (Vec<usize>, usize) {
    let spans: Vec<(usize, usize)> = (0..figure.lanes.len()).map(|lane| span(figure, lane)).collect();
    let mut lanes: Vec<usize> = (0..figure.lanes.len()).collect();
    lanes.sort_by_key(|lane| (spans.get(*lane).copied(), *lane));
    let mut assigned = vec![0; lanes.len()];
    let mut taken: Vec<usize> = Vec::new();
    let parents = parents(figure);
    for lane in lanes {
        let Some((first, last)) = spans.get(lane).copied() else { continue };
        let own = parents.get(lane).map(Vec::as_slice).unwrap_or_default();
        let from =
            |column: usize| own.iter().filter(|parent| assigned.get(**parent) == Some(&column)).count();
        let free = taken.iter().enumerate().filter(|(_, until)| **until < first).map(|(column, _)| column);
        let best = free.max_by_key(|column| (from(*column), Reverse(*column)));
        let column = best.unwrap_or(taken.len());
        match taken.get_mut(column) {
            Some(until) => *until = last,
            None => taken.push(last),
        }
        if let Some(own) = assigned.get_mut(lane) {
            *own = column;
        }
    }
    (assigned, taken.len().max(1))
}

/// The lanes that edges into each lane come from, one for each edge.
fn parents(figure: &Figure<'_>) -> Vec<Vec<usize>> {
    let mut parents = vec![Vec::new(); figure.lanes.len()];
    for edge in &figure.edges {
        let (Some(from), Some(to)) = (figure.nodes.get(edge.from), figure.nodes.get(edge.to)) else {
            continue;
        };
        if let Some(own) = parents.get_mut(to.lane).filter(|_| from.lane != to.lane) {
            own.push(from.lane);
        }
    }
    parents
}

/// How many nodes of one layer stand side by side in a column before the next row begins.
pub(super) fn abreast(figure: &Figure<'_>, columns: usize) -> usize {
    let mut widest = 0;
    for lane in &figure.lanes {
        let mut layers: Vec<usize> = lane
            .nodes
            .iter()
            .filter_map(|node| figure.nodes.get(*node))
            .filter(|node| !matches!(node.subject, Subject::Joint))
            .map(|node| node.layer)
            .collect();
        layers.sort_unstable();
        widest =
            layers.chunk_by(|one, other| one == other).map(<[usize]>::len).max().unwrap_or(0).max(widest);
    }
    let for_many = (widest / 4).isqrt() + 1;
    (5 / columns).max(1).max(for_many)
}
