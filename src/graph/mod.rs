//! Directed graphs without cycles: order, waves, and the shortest cycle where there is one.

mod adjacency;
mod cycle;
mod reach;

use std::collections::HashSet;

use adjacency::Adjacency;
pub use cycle::{Cycle, shortest_cycle};
pub use reach::Reach;

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
    weights: Vec<Weight>,
    forward: Adjacency,
    backward: Adjacency,
    order: Vec<Point>,
    waves: Vec<u32>,
}

impl Graph {
    /// Makes a graph of nodes and edges, each edge from what comes before to what comes after.
    ///
    /// # Errors
    /// The shortest cycle, where there is one.
    pub fn new(weights: &[Weight], edges: &[(Point, Point)]) -> Result<Self, Cycle> {
        let nodes = weights.len();
        let forward = Adjacency::new(nodes, edges.iter().map(|(a, b)| (a.position(), b.position())));
        let backward = Adjacency::new(nodes, edges.iter().map(|(a, b)| (b.position(), a.position())));
        let order = sorted(&forward, &backward);
        if order.len() < nodes {
            return Err(shortest_cycle(nodes, edges).expect("a graph that cannot be sorted has a cycle"));
        }
        let mut graph = Self { weights: weights.to_vec(), forward, backward, order, waves: vec![0; nodes] };
        graph.fill_waves();
        Ok(graph)
    }

    fn fill_waves(&mut self) {
        for at in 0..self.order.len() {
            let Some(point) = self.order.get(at).copied() else { continue };
            let before = self.before(point).map(|earlier| self.wave(earlier)).max().unwrap_or(0);
            let own = u32::from(self.is_step(point));
            if let Some(wave) = self.waves.get_mut(point.position()) {
                *wave = before + own;
            }
        }
    }

    fn is_step(&self, point: Point) -> bool {
        self.weights.get(point.position()) == Some(&Weight::Step)
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
        self.backward.of(point.position()).iter().map(|node| Point(*node))
    }

    /// The nodes immediately after a node.
    pub fn after(&self, point: Point) -> impl Iterator<Item = Point> + '_ {
        self.forward.of(point.position()).iter().map(|node| Point(*node))
    }

    /// The nodes before a node, without those that have an edge to another of them.
    ///
    /// The nodes of a phase all have edges to and from its joints, which would make everything before a
    /// phase come right before each of its steps.
    fn nearest(&self, point: Point) -> Vec<Point> {
        let all: HashSet<Point> = self.before(point).collect();
        let farther: HashSet<Point> =
            all.iter().flat_map(|near| self.before(*near)).filter(|far| all.contains(far)).collect();
        self.before(point).filter(|near| !farther.contains(near)).collect()
    }

    /// The steps immediately before a node, seen through joints; sorted.
    pub fn steps_before(&self, point: Point) -> Vec<Point> {
        let mut steps = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        let mut open: Vec<Point> = self.nearest(point);
        while let Some(next) = open.pop() {
            if self.is_step(next) {
                steps.push(next);
            } else if seen.insert(next) {
                open.extend(self.nearest(next));
            }
        }
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// All nodes from which there is a path to a node, in no particular order.
    pub fn ancestors(&self, point: Point) -> Vec<Point> {
        let mut seen = std::collections::HashSet::new();
        let mut found = Vec::new();
        let mut open = vec![point];
        while let Some(next) = open.pop() {
            for before in self.before(next).filter(|before| seen.insert(*before)) {
                found.push(before);
                open.push(before);
            }
        }
        found
    }
}

/// The nodes in an order that respects the edges, as far as they can be ordered (Kahn's algorithm).
fn sorted(forward: &Adjacency, backward: &Adjacency) -> Vec<Point> {
    let nodes = forward.nodes();
    let mut left: Vec<u32> =
        (0..nodes).map(|node| u32::try_from(backward.of(node).len()).unwrap_or(u32::MAX)).collect();
    let mut order: Vec<Point> =
        (0..nodes).filter(|node| left.get(*node) == Some(&0)).map(Point::new).collect();
    order.reserve(nodes - order.len());
    let mut at = 0;
    while let Some(point) = order.get(at).copied() {
        at += 1;
        for next in forward.of(point.position()) {
            if let Some(count) = left.get_mut(*next as usize) {
                *count -= 1;
                if *count == 0 {
                    order.push(Point(*next));
                }
            }
        }
    }
    order
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
    fn what_comes_before_something_that_comes_before_is_not_immediate() {
        // Joints 0 and 1 around the steps 4, 5, 6 in a row; joints 2 and 3 around the steps 7 and 8.
        let weights: Vec<Weight> =
            (0..9).map(|node| if node < 4 { Weight::Joint } else { Weight::Step }).collect();
        let first = [(0, 1), (0, 4), (0, 5), (0, 6), (4, 1), (5, 1), (6, 1), (4, 5), (5, 6)];
        let second = [(1, 2), (2, 3), (2, 7), (2, 8), (7, 3), (8, 3), (7, 8)];
        let graph = Graph::new(&weights, &points(&[first.as_slice(), &second].concat())).unwrap();
        let before = |node| graph.steps_before(Point::new(node));
        let points = |position| vec![Point::new(position)];
        assert_eq!((before(5), before(7), before(8)), (points(4), points(6), points(7)));
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
