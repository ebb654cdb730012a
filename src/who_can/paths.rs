//! Who is in the entities that policies name, and through which memberships.

use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::model::{State, Uid};
use crate::policy::{Atom, Conditions};

/// The members of every entity that the conditions of a request name.
pub(super) struct Members<'a> {
    /// By the entity: of each direct or indirect member, the parent that leads there soonest.
    groups: BTreeMap<Uid, HashMap<&'a Uid, &'a Uid>>,
}

impl<'a> Members<'a> {
    pub(super) fn of(state: &'a State, conditions: &Conditions) -> Self {
        let atoms = conditions.policies.iter().flat_map(|policy| policy.decides.atoms());
        let named = atoms.filter_map(|atom| match atom {
            Atom::In(group) => Some(group),
            _ => None,
        });
        let mut groups = BTreeMap::new();
        for group in named {
            if !groups.contains_key(group) {
                groups.insert(group.clone(), below(state, group));
            }
        }
        Self { groups }
    }

    /// Says whether a principal is an entity or in it.
    pub(super) fn contains(&self, group: &Uid, principal: &Uid) -> bool {
        principal == group || self.groups.get(group).is_some_and(|members| members.contains_key(principal))
    }

    /// The shortest chain from a principal's parent to an entity; none where it is not in it.
    pub(super) fn path(&self, group: &Uid, principal: &Uid) -> Option<Vec<Uid>> {
        if principal == group {
            return Some(Vec::new());
        }
        let members = self.groups.get(group)?;
        let mut path = Vec::new();
        let mut at = *members.get(principal)?;
        loop {
            path.push(at.clone());
            if at == group {
                return Some(path);
            }
            at = members.get(at)?;
        }
    }
}

/// Walks down from an entity, level by level, each in order.
fn below<'a>(state: &'a State, group: &Uid) -> HashMap<&'a Uid, &'a Uid> {
    let mut next: HashMap<&Uid, &Uid> = HashMap::new();
    let own = state.children(group).find_map(|child| state.entity(child)?.parents.get(group));
    let mut open: VecDeque<&Uid> = own.into_iter().collect();
    while let Some(parent) = open.pop_front() {
        for child in state.children(parent) {
            if child != group && !next.contains_key(child) {
                next.insert(child, parent);
                open.push_back(child);
            }
        }
    }
    next
}
