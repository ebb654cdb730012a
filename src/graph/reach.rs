//! Whether there is a path between two nodes, answered without walking the graph where that can be.

use std::collections::HashSet;

use super::{Graph, Point};

/// An index of a graph that answers whether there is a path from one node to another.
///
/// Nodes of one chain are compared by their positions in it. Two depth-first forests, with the
/// successors in opposite orders, give each node an interval that holds the intervals of everything
/// after it (GRAIL, Yildirim, Chaoji and Zaki 2010): where one of them does not, there is no path, and
/// below a node in one of the forests there is one. Only what is left is searched, and the intervals
/// keep that search to the nodes between the two.
#[derive(Clone, Debug)]
pub struct Reach {
    /// For each node: its chain, and its position in it.
    chains: Vec<(u32, u32)>,
    forests: [Vec<Labels>; 2],
}

/// The labels of a node in a depth-first forest.
#[derive(Clone, Copy, Debug, Default)]
struct Labels {
    /// When the node was entered.
    entered: u32,
    /// When it was left, counted in nodes left before it.
    left: u32,
    /// The least `left` of it and of everything after it.
    least: u32,
    /// The greatest `entered` of what stands below it in the forest.
    last_below: u32,
}

impl Reach {
    /// Makes the index, in time proportional to the graph.
    pub fn new(graph: &Graph) -> Self {
        let forward = forest(graph, |neighbours, at| neighbours.get(at).copied());
        let backward = forest(graph, |neighbours, at| {
            neighbours.len().checked_sub(at + 1).and_then(|from_end| neighbours.get(from_end)).copied()
        });
        Self { chains: chains(graph), forests: [forward, backward] }
    }

    /// Says whether there is a path of at least one edge from the first node to the second.
    pub fn before(&self, graph: &Graph, first: Point, second: Point) -> bool {
        match self.known(first, second) {
            Some(known) => known,
            None => self.search(graph, first, second),
        }
    }

    fn search(&self, graph: &Graph, first: Point, second: Point) -> bool {
        let mut seen: HashSet<Point> = HashSet::new();
        let mut open = vec![first];
        while let Some(next) = open.pop() {
            for after in graph.after(next) {
                match self.known(after, second) {
                    _ if after == second => return true,
                    Some(true) => return true,
                    Some(false) => {}
                    None if seen.insert(after) => open.push(after),
                    None => {}
                }
            }
        }
        false
    }

    /// What the labels alone say.
    fn known(&self, first: Point, second: Point) -> Option<bool> {
        if first == second {
            return Some(false);
        }
        let (one, other) = (self.chain(first), self.chain(second));
        if one.0 == other.0 {
            return Some(one.1 < other.1);
        }
        for forest in &self.forests {
            let label = |point: Point| forest.get(point.position()).copied().unwrap_or_default();
            let (one, other) = (label(first), label(second));
            if other.left >= one.left || other.least < one.least {
                return Some(false);
            }
            if one.entered < other.entered && other.entered <= one.last_below {
                return Some(true);
            }
        }
        None
    }

    fn chain(&self, point: Point) -> (u32, u32) {
        self.chains.get(point.position()).copied().unwrap_or_default()
    }
}

/// Takes the graph apart into chains: paths that are begun where the ones before them left off.
fn chains(graph: &Graph) -> Vec<(u32, u32)> {
    let mut chains = vec![(u32::MAX, 0); graph.order().len()];
    let mut next = 0;
    for start in graph.order().iter().copied() {
        let mut here = Some(start).filter(|point| is_free(&chains, *point));
        let mut position = 0;
        while let Some(point) = here {
            if let Some(slot) = chains.get_mut(point.position()) {
                *slot = (next, position);
            }
            position += 1;
            here = graph.after(point).find(|after| is_free(&chains, *after));
        }
        next += u32::from(position > 0);
    }
    chains
}

fn is_free(chains: &[(u32, u32)], point: Point) -> bool {
    chains.get(point.position()).is_some_and(|(chain, _)| *chain == u32::MAX)
}

/// A depth-first forest; `pick` gives the neighbour to visit at a position of a list.
fn forest(graph: &Graph, pick: impl Fn(&[u32], usize) -> Option<u32>) -> Vec<Labels> {
    let nodes = graph.order().len();
    let mut labels: Vec<Option<Labels>> = vec![None; nodes];
    let (mut entered, mut left) = (0_u32, 0_u32);
    let mut open: Vec<(u32, usize)> = Vec::new();
    for root in graph.order().iter().filter(|point| graph.backward.of(point.position()).is_empty()) {
        open.push((root.0, 0));
        enter(&mut labels, root.0, &mut entered);
        while let Some((node, at)) = open.last_mut() {
            let node = *node;
            let next = pick(graph.forward.of(node as usize), *at);
            *at += 1;
            match next {
                Some(next) if labels.get(next as usize).is_some_and(Option::is_none) => {
                    enter(&mut labels, next, &mut entered);
                    open.push((next, 0));
                }
                Some(_) => {}
                None => {
                    open.pop();
                    leave(graph, &mut labels, node, (entered, &mut left));
                }
            }
        }
    }
    labels.into_iter().map(Option::unwrap_or_default).collect()
}

fn enter(labels: &mut [Option<Labels>], node: u32, entered: &mut u32) {
    if let Some(slot) = labels.get_mut(node as usize) {
        *entered += 1;
        *slot = Some(Labels { entered: *entered, ..Labels::default() });
    }
}

fn leave(graph: &Graph, labels: &mut [Option<Labels>], node: u32, (entered, left): (u32, &mut u32)) {
    *left += 1;
    let of = |after: &u32| labels.get(*after as usize).copied().flatten();
    let least = graph.forward.of(node as usize).iter().filter_map(of).map(|labels| labels.least).min();
    if let Some(Some(own)) = labels.get_mut(node as usize) {
        own.left = *left;
        own.least = least.unwrap_or(*left).min(*left);
        own.last_below = entered;
    }
}

#[cfg(test)]
mod tests {
    use super::super::Weight;
    use super::*;

    /// Every pair of every graph of five nodes whose edges go upwards.
    #[test]
    fn the_index_agrees_with_walking() {
        let pairs: Vec<(usize, usize)> = (0..5).flat_map(|a| (a + 1..5).map(move |b| (a, b))).collect();
        for chosen in 0..1_u32 << pairs.len() {
            let edges: Vec<_> = pairs
                .iter()
                .enumerate()
                .filter(|(bit, _)| chosen >> bit & 1 == 1)
                .map(|(_, (a, b))| (Point::new(*a), Point::new(*b)))
                .collect();
            let graph = Graph::new(&[Weight::Step; 5], &edges).unwrap();
            let reach = Reach::new(&graph);
            for to in (0..5).map(Point::new) {
                let ancestors = graph.ancestors(to);
                for from in (0..5).map(Point::new) {
                    assert_eq!(reach.before(&graph, from, to), ancestors.contains(&from), "{edges:?}");
                }
            }
        }
    }

    #[test]
    fn a_long_chain_and_many_short_ones_are_answered_by_their_labels() {
        let nodes = 300_000;
        let edges: Vec<_> = (1..nodes)
            .filter(|node| node % 10 != 0 || *node > nodes / 2)
            .map(|node| (Point::new(node - 1), Point::new(node)))
            .collect();
        let graph = Graph::new(&vec![Weight::Step; nodes], &edges).unwrap();
        let reach = Reach::new(&graph);
        assert_eq!(reach.known(Point::new(nodes / 2), Point::new(nodes - 1)), Some(true));
        assert_eq!(reach.known(Point::new(0), Point::new(nodes - 1)), Some(false));
        assert_eq!(reach.known(Point::new(3), Point::new(14)), Some(false));
    }
}
