//! The ways of the edges: straight down where nothing is between, else through a gutter.

use super::{GUTTER, LAYER_GAP, NODE, Plan, ROW_GAP, as_length};

/// How far apart edges are that share a gutter, and how many have a track of their own.
const TRACK: i64 = 5;
const TRACKS: usize = 6;

/// An edge from its first point to its last; the last piece points down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::report::render) enum Route {
    /// Down to a height, then over to the end in one curve.
    Curve {
        /// Where it starts.
        from: (i64, i64),
        /// The height where the curve begins.
        until: i64,
        /// Where it ends.
        to: (i64, i64),
    },
    /// Along straight pieces.
    Corners(Vec<(i64, i64)>),
}

/// Puts each joint above the nodes after it, between their layer and the one before.
pub(super) fn place_joints(plan: &Plan<'_>, mut nodes: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    let mut in_gap: Vec<(usize, i64)> = Vec::new();
    for joint in (0..nodes.len()).filter(|node| plan.is_joint(*node)) {
        let layer = plan.layer_of(joint);
        let first =
            plan.figure.edges.iter().filter(|edge| edge.from == joint && plan.layer_of(edge.to) == layer);
        let centres: Vec<i64> =
            first.filter_map(|edge| nodes.get(edge.to)).map(|(x, _)| x + NODE.width / 2).collect();
        let mut x = centres.iter().sum::<i64>() / as_length(centres.len().max(1));
        while in_gap.iter().any(|(other, at)| *other == layer && (at - x).abs() < 2 * NODE.height) {
            x += NODE.width / 2;
        }
        in_gap.push((layer, x));
        let top = plan.down.get(layer).map_or(0, |(y, _)| *y);
        if let Some(place) = nodes.get_mut(joint) {
            *place = (x, top - LAYER_GAP / 2);
        }
    }
    nodes
}

/// One route for each edge.
pub(super) fn routes(plan: &Plan<'_>, nodes: &[(i64, i64)]) -> Vec<Route> {
    let router = Router { plan, nodes };
    plan.figure.edges.iter().enumerate().map(|(at, edge)| router.route(at, edge.from, edge.to)).collect()
}

struct Router<'p, 'f> {
    plan: &'p Plan<'f>,
    nodes: &'p [(i64, i64)],
}

impl Router<'_, '_> {
    fn route(&self, at: usize, from: usize, to: usize) -> Route {
        let (start, end) = (self.end(from, NODE.height), self.end(to, 0));
        if self.is_direct(from, to) {
            let joint = |node: usize| self.plan.is_joint(node);
            let until = match (joint(from), joint(to)) {
                (true, _) => start.1,
                (false, true) => self.layer_bottom(from).max(start.1),
                _ => self.layer_bottom(from).max(start.1),
            };
            return Route::Curve { from: start, until, to: end };
        }
        let shift = as_length(at % TRACKS) * TRACK - as_length(TRACKS - 1) * TRACK / 2;
        let gutter = self.gutter(self.column(from), self.column(to)) + shift;
        let out = if self.plan.is_joint(from) { start.1 } else { start.1 + ROW_GAP / 2 + shift / 4 };
        let into = if self.plan.is_joint(to) { end.1 } else { end.1 - ROW_GAP / 2 + shift / 4 };
        Route::Corners(vec![start, (start.0, out), (gutter, out), (gutter, into), (end.0, into), end])
    }

    /// The middle of a node's lower or upper border; of a joint its centre.
    fn end(&self, node: usize, down: i64) -> (i64, i64) {
        let (x, y) = self.nodes.get(node).copied().unwrap_or_default();
        if self.plan.is_joint(node) { (x, y) } else { (x + NODE.width / 2, y + down) }
    }

    /// Says whether nothing stands between the two ends of an edge.
    fn is_direct(&self, from: usize, to: usize) -> bool {
        let plan = self.plan;
        let leaves = plan.is_joint(from) || plan.cell(from).is_last;
        let arrives = plan.is_joint(to) || plan.cell(to).row == 0;
        // A joint stands in the gap above its own layer.
        let first = if plan.is_joint(from) { plan.layer_of(from) } else { plan.layer_of(from) + 1 };
        leaves && arrives && first == plan.layer_of(to)
    }

    fn layer_bottom(&self, node: usize) -> i64 {
        self.plan.down.get(self.plan.layer_of(node)).map_or(0, |(y, rows)| y + super::height(*rows))
    }

    fn column(&self, node: usize) -> usize {
        if !self.plan.is_joint(node) {
            return self.plan.cell(node).column;
        }
        let lane = self.plan.figure.nodes.get(node).map_or(0, |node| node.lane);
        self.plan.lanes.get(lane).copied().unwrap_or(0)
    }

    /// The middle of the gutter beside the column that an edge goes to, on the side that it comes from.
    fn gutter(&self, from: usize, to: usize) -> i64 {
        let (x, width) = self.plan.across.get(to).copied().unwrap_or_default();
        if to < from { x + width + GUTTER / 2 } else { x - GUTTER / 2 }
    }
}
