//! Groups that are in themselves.

/// The strongly connected components of a graph that have more than one node, each sorted.
///
/// Tarjan's algorithm (1972), without recursion.
pub(super) fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut search = Search {
        number: vec![UNSEEN; edges.len()],
        low: vec![0; edges.len()],
        waiting: vec![false; edges.len()],
        stack: Vec::new(),
        next: 0,
        found: Vec::new(),
    };
    for start in 0..edges.len() {
        if search.number.get(start) == Some(&UNSEEN) {
            search.from(start, edges);
        }
    }
    search.found.sort();
    search.found
}

struct Search {
    number: Vec<usize>,
    low: Vec<usize>,
    waiting: Vec<bool>,
    stack: Vec<usize>,
    next: usize,
    found: Vec<Vec<usize>>,
}

impl Search {
    fn from(&mut self, start: usize, edges: &[Vec<usize>]) {
        let mut open = vec![(start, 0)];
        self.enter(start);
        while let Some((node, at)) = open.pop() {
            match edges.get(node).and_then(|next| next.get(at)).copied() {
                Some(next) => {
                    open.push((node, at + 1));
                    if self.number.get(next) == Some(&usize::MAX) {
                        self.enter(next);
                        open.push((next, 0));
                    } else if self.waiting.get(next) == Some(&true) {
                        let number = self.number.get(next).copied().unwrap_or(usize::MAX);
                        self.lower(node, number);
                    }
                }
                None => {
                    let low = self.low.get(node).copied().unwrap_or_default();
                    if let Some((above, _)) = open.last() {
                        self.lower(*above, low);
                    }
                    if self.number.get(node) == Some(&low) {
                        self.leave(node);
                    }
                }
            }
        }
    }

    fn enter(&mut self, node: usize) {
        set(&mut self.number, node, self.next);
        set(&mut self.low, node, self.next);
        set(&mut self.waiting, node, true);
        self.stack.push(node);
        self.next += 1;
    }

    fn lower(&mut self, node: usize, to: usize) {
        if let Some(low) = self.low.get_mut(node) {
            *low = to.min(*low);
        }
    }

    fn leave(&mut self, root: usize) {
        let begin = self.stack.iter().rposition(|node| *node == root).unwrap_or_default();
        let mut component = self.stack.split_off(begin);
        component.iter().for_each(|node| set(&mut self.waiting, *node, false));
        if component.len() > 1 {
            component.sort_unstable();
            self.found.push(component);
        }
    }
}

fn set<T>(list: &mut [T], at: usize, value: T) {
    if let Some(slot) = list.get_mut(at) {
        *slot = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Says whether there is a way from one node to another.
    fn reaches(edges: &[Vec<usize>], from: usize, to: usize) -> bool {
        let mut seen = vec![false; edges.len()];
        let mut open = edges[from].clone();
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut seen[node], true) {
                open.extend(&edges[node]);
            }
        }
        seen[to]
    }

    proptest! {
        #[test]
        fn nodes_are_together_where_each_reaches_the_other(
            edges in proptest::collection::vec(proptest::collection::vec(0_usize..8, 0..3), 8),
        ) {
            let found = components(&edges);
            for one in 0..8 {
                for other in 0..8 {
                    let together = found.iter().any(|group| group.contains(&one) && group.contains(&other));
                    let both = one != other && reaches(&edges, one, other) && reaches(&edges, other, one);
                    prop_assert_eq!(together && one != other, both);
                }
            }
        }
    }

    #[test]
    fn a_long_circle_is_found_without_recursion() {
        let edges: Vec<Vec<usize>> = (0..200_000).map(|node| vec![(node + 1) % 200_000]).collect();
        assert_eq!(components(&edges).len(), 1);
    }
}
