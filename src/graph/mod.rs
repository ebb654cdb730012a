//! Directed graphs without cycles: order, waves, and the shortest cycle where there is one.

mod cycle;

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};

pub use cycle::{Cycle, shortest_cycle};

/// A node of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point(u32);

impl Point {
    /// The node at that position of the list the graph was made from.
    pub fn new(position: usize) -> Self {
        Self(u32::try_from(position).unwrap_or(u32::MAX))
    }

    /// The node's position.
    pub fn position(self) -> usize {
        self.0 as usize
    }

    fn node(self) -> NodeIndex {
        NodeIndex::new(self.position())
    }
}

/// Whether a node counts as a step on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It is a step, and paths through it are one longer.
    Step,
    /// It only passes order on: the beginning or end of a phase.
    Joint,
}

/// A graph without cycles.
#[derive(Clone, Debug)]
pub struct Graph {
    inner: DiGraph<Weight, ()>,
    order: Vec<Point>,
    waves: Vec<u32>,
}

impl Graph {
    /// Makes a graph of nodes and edges, each edge from what comes before to what comes after.
    ///
    /// # Errors
    /// The shortest cycle, where there is one.
    pub fn new(weights: &[Weight], edges: &[(Point, Point)]) -> Result<Self, Cycle> {
        let mut inner = DiGraph::with_capacity(weights.len(), edges.len());
        for weight in weights {
            inner.add_node(*weight);
        }
        for (before, after) in edges {
            inner.add_edge(before.node(), after.node(), ());
        }
        let order = match toposort(&inner, None) {
            Ok(order) => order.into_iter().map(|node| Point::new(node.index())).collect(),
            Err(_) => {
                return Err(
                    shortest_cycle(weights.len(), edges).expect("a graph that cannot be sorted has a cycle")
                );
            }
        };
        let mut graph = Self { inner, order, waves: vec![0; weights.len()] };
        graph.fill_waves();
        Ok(graph)
    }

    fn fill_waves(&mut self) {
        for at in 0..self.order.len() {
            let Some(point) = self.order.get(at).copied() else { continue };
            let before = self.before(point).map(|earlier| self.wave(earlier)).max().unwrap_or(0);
            let own = u32::from(self.inner.node_weight(point.node()) == Some(&Weight::Step));
            if let Some(wave) = self.waves.get_mut(point.position()) {
                *wave = before + own;
            }
        }
    }

    /// All nodes, each after everything that comes before it.
    pub fn order(&self) -> &[Point] {
        &self.order
    }

    /// The number of steps on the longest path to a node, the node included.
    pub fn wave(&self, point: Point) -> u32 {
        self.waves.get(point.position()).copied().unwrap_or(0)
    }

    /// The nodes immediately before a node.
    pub fn before(&self, point: Point) -> impl Iterator<Item = Point> + '_ {
        self.inner.neighbors_directed(point.node(), Direction::Incoming).map(|node| Point::new(node.index()))
    }

    /// The nodes immediately after a node.
    pub fn after(&self, point: Point) -> impl Iterator<Item = Point> + '_ {
        self.inner.neighbors_directed(point.node(), Direction::Outgoing).map(|node| Point::new(node.index()))
    }

    /// The steps immediately before a node, seen through joints; sorted.
    pub fn steps_before(&self, point: Point) -> Vec<Point> {
        let mut steps = std::collections::BTreeSet::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut open: Vec<Point> = self.before(point).collect();
        while let Some(next) = open.pop() {
            match self.inner.node_weight(next.node()) {
                Some(Weight::Step) => {
                    steps.insert(next);
                }
                _ if seen.insert(next) => open.extend(self.before(next)),
                _ => {}
            }
        }
        steps.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(pairs: &[(usize, usize)]) -> Vec<(Point, Point)> {
        pairs.iter().map(|(a, b)| (Point::new(*a), Point::new(*b))).collect()
    }

    #[test]
    fn waves_count_steps_and_not_joints() {
        let weights = [Weight::Step, Weight::Joint, Weight::Step, Weight::Step];
        let graph = Graph::new(&weights, &points(&[(0, 1), (1, 2), (2, 3)])).unwrap();
        assert_eq!((0..4).map(|p| graph.wave(Point::new(p))).collect::<Vec<_>>(), [1, 1, 2, 3]);
        assert_eq!(graph.steps_before(Point::new(2)), [Point::new(0)]);
    }

    #[test]
    fn a_digraph_of_up_to_four_nodes_is_accepted_exactly_when_it_is_acyclic() {
        let pairs: Vec<(usize, usize)> = (0..4).flat_map(|a| (0..4).map(move |b| (a, b))).collect();
        for chosen in 0..1_u32 << 12 {
            let off_diagonal = pairs.iter().filter(|(a, b)| a != b);
            let edges: Vec<_> = off_diagonal
                .enumerate()
                .filter(|(bit, _)| chosen >> bit & 1 == 1)
                .map(|(_, pair)| *pair)
                .collect();
            let mut reach = [[false; 4]; 4];
            edges.iter().for_each(|(a, b)| reach[*a][*b] = true);
            for via in 0..4 {
                for a in 0..4 {
                    for b in 0..4 {
                        reach[a][b] |= reach[a][via] && reach[via][b];
                    }
                }
            }
            let acyclic = (0..4).all(|node| !reach[node][node]);
            assert_eq!(Graph::new(&[Weight::Step; 4], &points(&edges)).is_ok(), acyclic, "{edges:?}");
        }
    }
}
