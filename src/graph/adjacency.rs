//! Neighbours of nodes in one flat list.

/// The neighbours of each node, in the order in which the edges were given.
#[derive(Clone, Debug)]
pub(super) struct Adjacency {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Adjacency {
    /// Makes the lists from edges, each from the first to the second.
    pub(super) fn new(nodes: usize, edges: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut starts = vec![0_u32; nodes + 1];
        for (from, _) in edges.clone() {
            if let Some(count) = starts.get_mut(from + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut next = starts.clone();
        let mut targets = vec![0; sum as usize];
        for (from, to) in edges {
            if let Some(slot) = next.get_mut(from) {
                if let Some(target) = targets.get_mut(*slot as usize) {
                    *target = u32::try_from(to).unwrap_or(u32::MAX);
                }
                *slot += 1;
            }
        }
        Self { starts, targets }
    }

    /// The neighbours of a node.
    pub(super) fn of(&self, node: usize) -> &[u32] {
        let start = self.starts.get(node).copied().unwrap_or(0) as usize;
        let end = self.starts.get(node + 1).copied().unwrap_or(0) as usize;
        self.targets.get(start..end).unwrap_or_default()
    }

    /// How many nodes there are.
    pub(super) fn nodes(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }
}
