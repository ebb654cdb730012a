//! The order of the nodes in each layer of a lane, with few crossings.

use std::collections::BTreeMap;

use super::{Cell, Plan, as_length};

/// How often the layers are gone through, down and up.
const SWEEPS: usize = 6;
/// Between the columns, in the units of a place in a row.
const APART: i64 = 1000;

/// The nodes of each layer and lane in their order.
type Cells = BTreeMap<(usize, usize), Vec<usize>>;

/// Gives every node its cell.
pub(super) fn place(plan: &mut Plan<'_>) {
    let mut cells = Cells::new();
    for (lane, nodes) in plan.figure.lanes.iter().enumerate() {
        for node in &nodes.nodes {
            cells.entry((plan.layer_of(*node), lane)).or_default().push(*node);
        }
    }
    let neighbours = Neighbours::of(plan);
    let mut best = (neighbours.crossings(plan, &cells), cells.clone());
    for sweep in 0..SWEEPS {
        neighbours.sweep(plan, &mut cells, sweep % 2 == 0);
        let crossings = neighbours.crossings(plan, &cells);
        if crossings < best.0 {
            best = (crossings, cells.clone());
        }
    }
    let abreast = plan.abreast.max(1);
    for ((_, lane), nodes) in best.1 {
        let column = plan.lanes.get(lane).copied().unwrap_or(0);
        for (at, node) in nodes.iter().enumerate() {
            let (row, rows) = (at / abreast, nodes.len().div_ceil(abreast));
            let cell = Cell {
                column,
                across: at % abreast,
                abreast: (nodes.len() - row * abreast).min(abreast),
                row,
                is_last: row + 1 == rows,
            };
            if let Some(own) = plan.cells.get_mut(*node) {
                *own = cell;
            }
        }
    }
}

/// Who is connected to whom, joints left out.
struct Neighbours {
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
}

impl Neighbours {
    fn of(plan: &Plan<'_>) -> Self {
        let number = plan.figure.nodes.len();
        let mut all = Self { above: vec![Vec::new(); number], below: vec![Vec::new(); number] };
        for edge in &plan.figure.edges {
            all.above.get_mut(edge.to).into_iter().for_each(|own| own.push(edge.from));
            all.below.get_mut(edge.from).into_iter().for_each(|own| own.push(edge.to));
        }
        all
    }

    /// Sorts every cell by the barycentre of the neighbours above, or of those below.
    fn sweep(&self, plan: &Plan<'_>, cells: &mut Cells, down: bool) {
        let keys: Vec<(usize, usize)> = cells.keys().copied().collect();
        let keys: Vec<_> = if down { keys } else { keys.into_iter().rev().collect() };
        let mut places = places(plan, cells);
        for key in keys {
            let Some(nodes) = cells.get_mut(&key) else { continue };
            let neighbours = if down { &self.above } else { &self.below };
            nodes.sort_by_key(|node| {
                let near = neighbours.get(*node).map(Vec::as_slice).unwrap_or_default();
                let near: Vec<i64> = near.iter().filter_map(|other| places.get(*other).copied()).collect();
                match near.is_empty() {
                    true => places.get(*node).copied().unwrap_or(0) * APART,
                    false => near.iter().sum::<i64>() * APART / as_length(near.len()),
                }
            });
            for (at, node) in nodes.iter().enumerate() {
                if let Some(place) = places.get_mut(*node) {
                    *place = across(plan, key.1, at);
                }
            }
        }
    }

    /// How many pairs of edges between the same two layers cross.
    fn crossings(&self, plan: &Plan<'_>, cells: &Cells) -> usize {
        let places = places(plan, cells);
        let mut between: BTreeMap<(usize, usize), Vec<(i64, i64)>> = BTreeMap::new();
        for edge in &plan.figure.edges {
            let layers = (plan.layer_of(edge.from), plan.layer_of(edge.to));
            if let (Some(from), Some(to)) = (places.get(edge.from), places.get(edge.to)) {
                between.entry(layers).or_default().push((*from, *to));
            }
        }
        let crosses = |one: &(i64, i64), other: &(i64, i64)| (one.0 < other.0 && one.1 > other.1) as usize;
        let of_layer = |edges: &Vec<(i64, i64)>| {
            edges
                .iter()
                .map(|one| edges.iter().map(|other| crosses(one, other)).sum::<usize>())
                .sum::<usize>()
        };
        between.values().map(of_layer).sum()
    }
}

/// A place from the left, by the order alone.
fn across(plan: &Plan<'_>, lane: usize, at: usize) -> i64 {
    let column = plan.lanes.get(lane).copied().unwrap_or(0);
    as_length(column) * APART + as_length(at)
}

fn places(plan: &Plan<'_>, cells: &Cells) -> Vec<i64> {
    let mut places = vec![0; plan.figure.nodes.len()];
    for ((_, lane), nodes) in cells {
        for (at, node) in nodes.iter().enumerate() {
            if let Some(place) = places.get_mut(*node) {
                *place = across(plan, *lane, at);
            }
        }
    }
    for (node, _) in plan.figure.nodes.iter().enumerate().filter(|(node, _)| plan.is_joint(*node)) {
        let near: Vec<i64> = plan
            .figure
            .edges
            .iter()
            .filter(|edge| edge.from == node)
            .filter_map(|edge| places.get(edge.to).copied())
            .collect();
        if let Some(place) = places.get_mut(node).filter(|_| !near.is_empty()) {
            *place = near.iter().sum::<i64>() / as_length(near.len());
        }
    }
    places
}
