//! The shortest cycle of a directed graph.

use std::collections::VecDeque;

use super::Point;
use super::adjacency::Adjacency;

/// Nodes that come before themselves: each comes before the next, and the last before the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The nodes, beginning with the one of the lowest position.
    pub points: Vec<Point>,
}

/// How many nodes are tried as the start of a cycle, so that hostile input stays cheap.
const STARTS: usize = 2_000;

/// How many nodes are visited in all, for the same reason.
const WORK: usize = 50_000_000;

/// A shortest cycle, or nothing where there is none.
///
/// Nodes that cannot lie on a cycle are peeled away first (Kahn's algorithm, in both directions);
/// then a breadth-first search from each of what is left finds the shortest way back. Only the
/// first 2,000 of them are tried, fewer in a knot of many nodes: there the cycle shown is short, not
/// always shortest.
pub fn shortest_cycle(nodes: usize, edges: &[(Point, Point)]) -> Option<Cycle> {
    let forward = Adjacency::new(nodes, edges.iter().map(|(a, b)| (a.position(), b.position())));
    let backward = Adjacency::new(nodes, edges.iter().map(|(a, b)| (b.position(), a.position())));
    let mut alive = vec![true; nodes];
    peel(&forward, &backward, &mut alive);
    peel(&backward, &forward, &mut alive);
    let knot: Vec<usize> = (0..nodes).filter(|node| alive.get(*node) == Some(&true)).collect();
    let mut best: Option<Vec<usize>> = None;
    let mut previous = vec![usize::MAX; nodes];
    let starts = (WORK / knot.len().max(1)).clamp(1, STARTS);
    for start in knot.into_iter().take(starts) {
        let limit = best.as_ref().map_or(usize::MAX, Vec::len);
        if let Some(found) = way_back(&forward, &alive, start, limit, &mut previous) {
            best = Some(found);
        }
    }
    best.map(|found| Cycle { points: found.into_iter().map(Point::new).collect() })
}

/// Marks every node dead that no living node leads to, until none is left to mark.
fn peel(forward: &Adjacency, backward: &Adjacency, alive: &mut [bool]) {
    let mut before: Vec<usize> = (0..alive.len())
        .map(|node| backward.of(node).iter().filter(|from| alive.get(**from as usize) == Some(&true)).count())
        .collect();
    let mut open: Vec<usize> = (0..alive.len())
        .filter(|node| alive.get(*node) == Some(&true) && before.get(*node) == Some(&0))
        .collect();
    while let Some(node) = open.pop() {
        if let Some(flag) = alive.get_mut(node) {
            *flag = false;
        }
        for next in forward.of(node).iter().map(|next| *next as usize) {
            if let Some(count) = before.get_mut(next) {
                *count = count.saturating_sub(1);
                if *count == 0 && alive.get(next) == Some(&true) {
                    open.push(next);
                }
            }
        }
    }
}

/// The shortest path from a node back to itself with fewer than `limit` nodes.
fn way_back(
    forward: &Adjacency,
    alive: &[bool],
    start: usize,
    limit: usize,
    previous: &mut [usize],
) -> Option<Vec<usize>> {
    previous.fill(usize::MAX);
    let mut open = VecDeque::from([(start, 1)]);
    while let Some((node, length)) = open.pop_front() {
        if length >= limit {
            return None;
        }
        for next in forward.of(node).iter().map(|next| *next as usize) {
            if next == start {
                let mut path = vec![node];
                let mut at = node;
                while at != start {
                    at = *previous.get(at)?;
                    path.push(at);
                }
                path.reverse();
                return Some(path);
            }
            let unseen = previous.get(next) == Some(&usize::MAX) && alive.get(next) == Some(&true);
            if unseen {
                if let Some(slot) = previous.get_mut(next) {
                    *slot = node;
                }
                open.push_back((next, length + 1));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycle(nodes: usize, pairs: &[(usize, usize)]) -> Option<Vec<usize>> {
        let edges: Vec<_> = pairs.iter().map(|(a, b)| (Point::new(*a), Point::new(*b))).collect();
        shortest_cycle(nodes, &edges).map(|cycle| cycle.points.into_iter().map(Point::position).collect())
    }

    #[test]
    fn the_shortest_of_several_cycles_is_found() {
        assert_eq!(cycle(6, &[(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 0)]), Some(vec![3, 4]));
        assert_eq!(cycle(3, &[(0, 1), (1, 2)]), None);
        assert_eq!(cycle(2, &[(1, 1)]), Some(vec![1]));
    }

    #[test]
    fn a_long_cycle_does_not_overflow_the_stack() {
        let nodes = 1_000_000;
        let edges: Vec<_> =
            (0..nodes).map(|node| (Point::new(node), Point::new((node + 1) % nodes))).collect();
        assert_eq!(shortest_cycle(nodes, &edges).unwrap().points.len(), nodes);
    }
}
