//! Why an entity is in another, or what it would have to be in.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::model::{Schema, State, Uid};

/// How many names of a list are shown.
const MOST: usize = 4;

/// How many entities below a target are looked at.
const MOST_BELOW: usize = 10_000;

/// The shortest chain of parents from an entity to one of the targets; ties are settled by name.
///
/// It is empty where the entity is a target itself, and nothing where there is no chain.
pub(super) fn path(state: &State, schema: &Schema, child: &Uid, targets: &[Uid]) -> Option<Vec<(Uid, Uid)>> {
    if targets.contains(child) {
        return Some(Vec::new());
    }
    if let Some(action) = schema.actions.get(child) {
        let group = targets.iter().find(|target| action.ancestors.contains(target))?;
        return Some(vec![(child.clone(), group.clone())]);
    }
    let mut came_from: HashMap<&Uid, &Uid> = HashMap::new();
    let target = walk_up(state, child, |parent, from| {
        came_from.insert(parent, from);
        targets.contains(parent)
    })?;
    let mut edges = Vec::new();
    let mut at = target;
    while let Some(from) = came_from.get(at) {
        edges.push((Uid::clone(from), at.clone()));
        at = from;
    }
    edges.reverse();
    Some(edges)
}

/// What an entity is in, the nearest first.
pub(super) fn is_in<'a>(state: &'a State, child: &'a Uid) -> Vec<&'a Uid> {
    let mut found = Vec::new();
    walk_up(state, child, |parent, _| {
        found.push(parent);
        false
    });
    found
}

/// Everything above an entity, level by level and each level by name, until `is_enough` says so.
fn walk_up<'a>(
    state: &'a State,
    child: &'a Uid,
    mut is_enough: impl FnMut(&'a Uid, &'a Uid) -> bool,
) -> Option<&'a Uid> {
    let mut seen: BTreeSet<&Uid> = [child].into();
    let mut open: VecDeque<&Uid> = [child].into();
    while let Some(from) = open.pop_front() {
        for parent in state.entity(from).into_iter().flat_map(|entity| &entity.parents) {
            if seen.insert(parent) {
                if is_enough(parent, from) {
                    return Some(parent);
                }
                open.push_back(parent);
            }
        }
    }
    None
}

/// What an entity would have to be in directly to be in a target: the targets, then what is in them.
pub(super) fn would_do<'a>(
    state: &'a State,
    schema: &Schema,
    child: &Uid,
    targets: &'a [Uid],
) -> Vec<&'a Uid> {
    let allowed = schema.types.get(child.type_name()).map(|found| &found.ancestors);
    let mut seen: BTreeSet<&Uid> = targets.iter().collect();
    let mut open: VecDeque<&Uid> = seen.iter().copied().collect();
    let mut found = Vec::new();
    while let Some(next) = open.pop_front() {
        if allowed.is_some_and(|types| types.contains(next.type_name()))
            && state.contains(next)
            && next != child
        {
            found.push(next);
        }
        if found.len() == MOST || seen.len() > MOST_BELOW {
            break;
        }
        open.extend(state.children(next).filter(|below| seen.insert(below)));
    }
    found
}

/// The first of a list.
pub(super) fn first(uids: Vec<&Uid>) -> Vec<Uid> {
    uids.into_iter().take(MOST).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Entity;

    fn uid(text: &str) -> Uid {
        format!("G::\"{text}\"").parse().unwrap()
    }

    fn state(edges: &[(&str, &str)]) -> State {
        let mut state = State::default();
        for (child, parent) in edges {
            for name in [child, parent] {
                if !state.contains(&uid(name)) {
                    state.insert(uid(name), Entity::default());
                }
            }
            state.update(&uid(child), |entity| {
                entity.parents.insert(uid(parent));
            });
        }
        state
    }

    fn schema() -> Schema {
        let read_extension = |_: &str, _: &str| Err(String::new());
        let (types, actions) = Default::default();
        Schema { namespace: String::new(), types, actions, read_extension }
    }

    #[test]
    fn the_shortest_chain_is_found_and_ties_are_settled_by_name() {
        let state =
            state(&[("u", "a"), ("a", "b"), ("b", "z"), ("u", "y"), ("y", "z"), ("u", "x"), ("x", "z")]);
        let found = path(&state, &schema(), &uid("u"), &[uid("z")]).unwrap();
        assert_eq!(found, [(uid("u"), uid("x")), (uid("x"), uid("z"))]);
        assert_eq!(path(&state, &schema(), &uid("u"), &[uid("u")]), Some(Vec::new()));
        assert_eq!(path(&state, &schema(), &uid("z"), &[uid("u")]), None);
        assert_eq!(is_in(&state, &uid("a")), [&uid("b"), &uid("z")]);
    }
}
