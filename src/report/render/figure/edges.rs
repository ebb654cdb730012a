//! The edges of a drawing, bundled where everything of one set comes before everything of another.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Edge, Figure, Node, OfPhases, Subject};

/// In graphs of more nodes than this, edges that follow from others are drawn.
const MOST_REDUCED: usize = 2000;

/// The nodes that come immediately before each node.
type Before = Vec<BTreeSet<usize>>;

/// Fills in the edges, the layers and the longest chain.
pub(super) fn connect(figure: &mut Figure<'_>, of_phases: &OfPhases<'_>, node_of: &HashMap<usize, usize>) {
    let mut before = before(figure, of_phases, node_of);
    let order = order(figure, of_phases, node_of);
    if order.len() <= MOST_REDUCED {
        reduce(&mut before, &order);
    }
    layer(figure, &before, &order);
    let chain: Vec<usize> = figure
        .chain
        .iter()
        .filter_map(|step| node_of.get(of_phases.positions.get(step.id.as_str())?).copied())
        .collect();
    for node in &chain {
        if let Some(node) = figure.nodes.get_mut(*node) {
            node.on_chain = true;
        }
    }
    let links: BTreeSet<(usize, usize)> =
        chain.iter().zip(chain.iter().skip(1)).map(|(from, to)| (*from, *to)).collect();
    bundle(figure, before, &links);
}

fn before(figure: &Figure<'_>, of_phases: &OfPhases<'_>, node_of: &HashMap<usize, usize>) -> Before {
    let mut before: Before = vec![BTreeSet::new(); figure.nodes.len()];
    for (step, position) in of_phases.phases.iter().flat_map(|phase| &phase.steps) {
        let Some(to) = node_of.get(position) else { continue };
        let Some(own) = before.get_mut(*to) else { continue };
        let addresses = step.after.iter().filter_map(|address| of_phases.positions.get(address.as_str()));
        own.extend(addresses.filter_map(|position| node_of.get(position)).filter(|from| *from != to));
    }
    before
}

/// The nodes by the earliest wave of their steps, and by their place in the plan.
///
/// Phases that are one node each may wait for each other; an edge against this order is drawn and counts
/// for no layer.
fn order(figure: &Figure<'_>, of_phases: &OfPhases<'_>, node_of: &HashMap<usize, usize>) -> Vec<usize> {
    let mut waves = vec![usize::MAX; figure.nodes.len()];
    for (step, position) in of_phases.phases.iter().flat_map(|phase| &phase.steps) {
        if let Some(wave) = node_of.get(position).and_then(|node| waves.get_mut(*node)) {
            *wave = step.wave.min(*wave);
        }
    }
    let mut order: Vec<usize> = (0..figure.nodes.len()).collect();
    order.sort_by_key(|node| (waves.get(*node).copied(), *node));
    order
}

/// Takes away the edges that follow from others: what a need says a second time.
fn reduce(before: &mut Before, order: &[usize]) {
    let mut above: Vec<HashSet<usize>> = vec![HashSet::new(); before.len()];
    let mut done: Vec<Option<usize>> = vec![None; before.len()];
    for (rank, node) in order.iter().enumerate() {
        let Some(own) = before.get_mut(*node) else { continue };
        let rank_of = |node: &usize| done.get(*node).copied().flatten();
        let mut nearest: Vec<usize> = own.iter().copied().filter(|from| rank_of(from).is_some()).collect();
        nearest.sort_by_key(|from| std::cmp::Reverse(rank_of(from)));
        let mut all: HashSet<usize> = HashSet::new();
        for from in nearest {
            if !all.insert(from) {
                own.remove(&from);
            } else if let Some(above) = above.get(from) {
                all.extend(above);
            }
        }
        if let Some(above) = above.get_mut(*node) {
            *above = all;
        }
        if let Some(done) = done.get_mut(*node) {
            *done = Some(rank);
        }
    }
}

fn layer(figure: &mut Figure<'_>, before: &Before, order: &[usize]) {
    let mut rank = vec![0; order.len()];
    for (at, node) in order.iter().enumerate() {
        if let Some(rank) = rank.get_mut(*node) {
            *rank = at;
        }
    }
    for node in order {
        let earlier =
            before.get(*node).into_iter().flatten().filter(|from| rank.get(**from) < rank.get(*node));
        let above = earlier.filter_map(|from| figure.nodes.get(*from)).map(|node| node.layer + 1).max();
        if let Some(node) = figure.nodes.get_mut(*node) {
            node.layer = above.unwrap_or(0);
        }
    }
}

/// Makes edges; where some nodes share all that comes before them, one joint stands between the two sets if
/// that makes fewer edges.
fn bundle(figure: &mut Figure<'_>, before: Before, links: &BTreeSet<(usize, usize)>) {
    let mut groups: BTreeMap<BTreeSet<usize>, Vec<usize>> = BTreeMap::new();
    for (to, from) in before.into_iter().enumerate() {
        groups.entry(from).or_default().push(to);
    }
    let mut edges = Vec::new();
    for (from, to) in groups {
        if from.len() * to.len() <= from.len() + to.len() {
            let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
            edges.extend(pairs.map(|(from, to)| Edge { from, to, on_chain: links.contains(&(from, to)) }));
            continue;
        }
        let joint = figure.nodes.len();
        let after = to.iter().filter_map(|to| figure.nodes.get(*to));
        let Some(first) = after.min_by_key(|node| node.layer).copied() else { continue };
        let linked = links.iter().find(|(one, other)| from.contains(one) && to.contains(other));
        let on_chain = linked.is_some();
        figure.nodes.push(Node { subject: Subject::Joint, on_chain, ..first });
        let is_link = |node: usize| linked.is_some_and(|(one, other)| node == *one || node == *other);
        edges.extend(from.iter().map(|from| Edge { from: *from, to: joint, on_chain: is_link(*from) }));
        edges.extend(to.iter().map(|to| Edge { from: joint, to: *to, on_chain: is_link(*to) }));
    }
    edges.sort();
    figure.edges = edges;
}
