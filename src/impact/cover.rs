//! Few names for many entities: types, groups whose members are all meant, single entities.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::model::{State, TypeName, Uid};
use crate::report::impact::{About, Members, MembersKind};

/// What is named, which types can be meant, and what the row is about.
type Key<K> = (K, BTreeSet<TypeName>, About);

/// Names sets of entities by what they are in at one moment.
pub(super) struct Covers<'a> {
    /// The state that memberships are read from.
    state: &'a State,
    /// What is there at the other end of the plan too.
    other: &'a State,
    known: HashMap<Key<Vec<&'a Uid>>, Rc<Vec<Members>>>,
    /// How many entities each type has, and how many that are there at both ends.
    of_type: BTreeMap<&'a TypeName, (usize, usize)>,
    below: HashMap<Key<&'a Uid>, Rc<Vec<&'a Uid>>>,
}

impl<'a> Covers<'a> {
    /// Names by what holds in a state, at one end of the plan; `entities` is everything that could be meant.
    pub(super) fn new(state: &'a State, other: &'a State, entities: &[&'a Uid]) -> Self {
        let mut of_type: BTreeMap<&TypeName, (usize, usize)> = BTreeMap::new();
        for uid in entities {
            let (all, lasting) = of_type.entry(uid.type_name()).or_default();
            *all += 1;
            *lasting += usize::from(state.contains(uid) == other.contains(uid));
        }
        Self { state, other, known: HashMap::new(), of_type, below: HashMap::new() }
    }

    /// The names of some entities, where only entities of some types can be meant; sorted.
    ///
    /// A type stands for a set that holds all of it. A group stands for everything in it, and for itself
    /// where it can be meant, and the set holds all of that. The largest are taken first. Names may overlap; together they stand for
    /// exactly the set. Of what is about existing entities, a name stands for those that last.
    pub(super) fn name(
        &mut self,
        entities: &[&'a Uid],
        types: &BTreeSet<TypeName>,
        about: About,
    ) -> Rc<Vec<Members>> {
        let key = (entities.to_vec(), types.clone(), about);
        if let Some(known) = self.known.get(&key) {
            return Rc::clone(known);
        }
        let names = Rc::new(self.cover(entities, types, about));
        self.known.insert(key, Rc::clone(&names));
        names
    }

    fn cover(&mut self, entities: &[&'a Uid], types: &BTreeSet<TypeName>, about: About) -> Vec<Members> {
        let mut left: BTreeSet<&'a Uid> = entities.iter().copied().collect();
        let mut names = self.whole_types(&mut left, about);
        let all: BTreeSet<&'a Uid> = entities.iter().copied().collect();
        let mut groups: Vec<(Rc<Vec<&'a Uid>>, &'a Uid)> = Vec::new();
        if left.len() > 1 {
            for group in self.groups_of(&left) {
                let below = self.below(group, types, about);
                if below.len() > 1 && below.iter().all(|member| all.contains(*member)) {
                    groups.push((below, group));
                }
            }
        }
        groups.sort_by(|(left, one), (right, other)| right.len().cmp(&left.len()).then(one.cmp(other)));
        for (below, group) in groups {
            let new = below.iter().filter(|member| left.contains(*member)).count();
            // A group that says little more than the names before it makes a row no clearer.
            if new > 1 && new * 2 > below.len() {
                below.iter().for_each(|member| {
                    left.remove(member);
                });
                names.push(Members { kind: MembersKind::Group, name: group.to_string(), count: below.len() });
            }
        }
        names.extend(left.into_iter().map(|uid| Members {
            kind: MembersKind::Entity,
            name: uid.to_string(),
            count: 1,
        }));
        names.sort();
        names
    }

    /// Takes whole types out of a set of entities.
    fn whole_types(&self, left: &mut BTreeSet<&'a Uid>, about: About) -> Vec<Members> {
        let mut of_type: BTreeMap<&TypeName, usize> = BTreeMap::new();
        for uid in left.iter() {
            *of_type.entry(uid.type_name()).or_default() += 1;
        }
        let whole = |name: &TypeName| match (self.of_type.get(name), about) {
            (Some((_, lasting)), About::Existing) => *lasting,
            (counts, _) => counts.map_or(0, |(all, _)| *all),
        };
        of_type.retain(|name, count| *count > 1 && whole(name) == *count);
        left.retain(|uid| !of_type.contains_key(uid.type_name()));
        let named = of_type.into_iter();
        named
            .map(|(name, count)| Members { kind: MembersKind::Type, name: name.to_string(), count })
            .collect()
    }

    /// Everything that some of the entities are in, and they themselves, in order.
    fn groups_of(&self, entities: &BTreeSet<&'a Uid>) -> BTreeSet<&'a Uid> {
        let mut found: BTreeSet<&'a Uid> = BTreeSet::new();
        let mut open: Vec<&'a Uid> = entities.iter().copied().collect();
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(self.state.entity(next).into_iter().flat_map(|entity| &entity.parents));
            }
        }
        found
    }

    /// The entities of some types that a group stands for, in order.
    fn below(&mut self, group: &'a Uid, types: &BTreeSet<TypeName>, about: About) -> Rc<Vec<&'a Uid>> {
        if let Some(known) = self.below.get(&(group, types.clone(), about)) {
            return Rc::clone(known);
        }
        let mut found: BTreeSet<&'a Uid> = BTreeSet::new();
        let mut open: Vec<&'a Uid> = vec![group];
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(self.state.children(next));
            }
        }
        let lasts =
            |uid: &&Uid| about != About::Existing || self.state.contains(uid) == self.other.contains(uid);
        let members = found.into_iter().filter(|uid| types.contains(uid.type_name())).filter(lasts);
        let members = Rc::new(members.collect::<Vec<_>>());
        self.below.insert((group, types.clone(), about), Rc::clone(&members));
        members
    }
}
