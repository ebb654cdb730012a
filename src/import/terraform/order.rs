//! Which of a plan's actions come before which, as Terraform orders them when it applies the plan.
//!
//! What is brought about follows what its configuration refers to. What is deleted goes the other way:
//! what depends on an object is deleted before it, and what is still there and depends on it is changed
//! after it, unless the object is one whose replacement is created first. An edge that is missing makes
//! the judgement stricter, because it leaves more orders open; one too many would hide an order in which
//! the plan can run. So what a plan does not tell is no edge.

use std::collections::{BTreeSet, HashMap};

use super::change::{Action, Change};
use super::configuration::{Configuration, Dependency, Node, Place};
use super::json::Json;
use super::reference::{Reference, reference};

/// One action of one change, by their positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Act {
    pub change: usize,
    pub action: Action,
}

/// Which act comes after which.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Pairs of a later and an earlier act.
    pub edges: BTreeSet<(Act, Act)>,
    /// How many edges were left out because they would close a circle.
    pub dropped: usize,
}

/// Orders the acts of all changes.
pub(super) fn order(
    changes: &[Change<'_, '_>],
    configuration: &Configuration<'_, '_>,
    plan: &Json<'_>,
) -> Order {
    let world = World::new(changes, configuration, plan);
    let mut forward = BTreeSet::new();
    let mut backward = BTreeSet::new();
    world.within_changes(&mut forward);
    world.references(&mut forward);
    world.deletions(&mut backward);
    without_circles(forward, backward)
}

struct World<'a, 'j, 't> {
    changes: &'a [Change<'j, 't>],
    configuration: &'a Configuration<'j, 't>,
    /// The changes of each resource of the configuration, all instances.
    of_resource: HashMap<Place, Vec<usize>>,
    /// What the objects of the prior state depend on, by address of the instance.
    state: HashMap<String, Vec<Place>>,
    /// What each node waits for: the nearest changes that bring something about.
    frontiers: Vec<Vec<usize>>,
}

impl<'a, 'j, 't> World<'a, 'j, 't> {
    fn new(changes: &'a [Change<'j, 't>], configuration: &'a Configuration<'j, 't>, plan: &Json<'_>) -> Self {
        let mut of_resource: HashMap<Place, Vec<usize>> = HashMap::new();
        for (at, change) in changes.iter().enumerate() {
            of_resource.entry(place_of(change)).or_default().push(at);
        }
        let mut world = Self {
            changes,
            configuration,
            of_resource,
            state: dependencies_of_state(plan),
            frontiers: vec![Vec::new(); configuration.len()],
        };
        world.compute_frontiers();
        world
    }

    /// The actions on one object follow each other as listed; an object that is left over is deleted
    /// when its address has its new one.
    fn within_changes(&self, edges: &mut BTreeSet<(Act, Act)>) {
        for (at, change) in self.changes.iter().enumerate() {
            let acts: Vec<Act> =
                change.actions.iter().map(|action| Act { change: at, action: action.value }).collect();
            for (earlier, later) in acts.iter().zip(acts.iter().skip(1)) {
                edges.insert((*later, *earlier));
            }
            if change.deposed.is_some() {
                let same = self.of_resource.get(&place_of(change)).into_iter().flatten();
                let current = same.filter(|other| {
                    self.changes
                        .get(**other)
                        .is_some_and(|other| other.deposed.is_none() && other.parsed == change.parsed)
                });
                for other in current {
                    if let Some(bringing) = self.bringing(*other) {
                        edges.insert((Act { change: at, action: Action::Delete }, bringing));
                    }
                }
            }
        }
    }

    /// What is brought about or deleted follows what its configuration or its provider refers to.
    fn references(&self, edges: &mut BTreeSet<(Act, Act)>) {
        for (at, change) in self.changes.iter().enumerate() {
            let Some(node) = self.configuration.find(&place_of(change)) else { continue };
            if let Some(later) = self.bringing(at) {
                self.follow(later, self.frontier(node), edges);
            }
            if change.deletes()
                && let Some(provider) = self.configuration.provider(node)
            {
                self.follow(Act { change: at, action: Action::Delete }, self.frontier(provider), edges);
            }
        }
    }

    fn follow(&self, later: Act, earlier: &[usize], edges: &mut BTreeSet<(Act, Act)>) {
        let acts =
            earlier.iter().filter(|other| **other != later.change).filter_map(|other| self.bringing(*other));
        edges.extend(acts.map(|earlier| (later, earlier)));
    }

    /// Deletions, which go against the dependencies.
    fn deletions(&self, edges: &mut BTreeSet<(Act, Act)>) {
        if !self.changes.iter().any(Change::deletes) {
            return;
        }
        for (at, change) in self.changes.iter().enumerate() {
            if change.before.is_none() {
                continue;
            }
            let own_delete = change.deletes().then_some(Act { change: at, action: Action::Delete });
            for other in self.depended_on(at, change) {
                if let Some(delete) = own_delete {
                    self.delete_before(delete, other, edges);
                }
                if let Some(bringing) = self.bringing(at) {
                    self.change_after(bringing, other, edges);
                }
            }
        }
    }

    /// What depends on something is deleted before that is deleted or changed.
    fn delete_before(&self, delete: Act, other: usize, edges: &mut BTreeSet<(Act, Act)>) {
        let Some((own, change)) = self.changes.get(delete.change).zip(self.changes.get(other)) else {
            return;
        };
        if change.deletes() {
            edges.insert((Act { change: other, action: Action::Delete }, delete));
        }
        if let Some(bringing) = self.bringing(other) {
            edges.insert(if own.deletes_late() { (delete, bringing) } else { (bringing, delete) });
        }
    }

    /// What stays and depends on something is changed after that is deleted; before it, where the
    /// replacement is created first.
    fn change_after(&self, bringing: Act, other: usize, edges: &mut BTreeSet<(Act, Act)>) {
        let Some(change) = self.changes.get(other).filter(|change| change.deletes()) else { return };
        let delete = Act { change: other, action: Action::Delete };
        edges.insert(if change.deletes_late() { (delete, bringing) } else { (bringing, delete) });
    }

    /// The changes of what an object depends on, as the prior state has it, else the configuration.
    fn depended_on(&self, at: usize, change: &Change<'_, '_>) -> Vec<usize> {
        let places = match self.state.get(&change.address.value) {
            Some(places) => places.clone(),
            None => self.reachable(&place_of(change)),
        };
        let all = places.iter().filter_map(|place| self.of_resource.get(place)).flatten().copied();
        let other_instance = |other: &usize| {
            let Some(other) = self.changes.get(*other) else { return true };
            other.parsed.module() == change.parsed.module()
                && other.parsed.module_instance() != change.parsed.module_instance()
        };
        all.filter(|other| *other != at && !other_instance(other)).collect()
    }

    /// Every resource that a place of the configuration depends on, directly or not.
    fn reachable(&self, from: &Place) -> Vec<Place> {
        let Some(start) = self.configuration.find(from) else { return Vec::new() };
        let mut seen = BTreeSet::from([start]);
        let mut open = vec![start];
        let mut found = Vec::new();
        while let Some(node) = open.pop() {
            for dependency in self.configuration.dependencies(node) {
                if seen.insert(dependency.node) {
                    open.push(dependency.node);
                    found.extend(self.configuration.place(dependency.node).cloned());
                }
            }
        }
        found.retain(|place| matches!(place, Place::Resource(..)));
        found
    }

    fn bringing(&self, change: usize) -> Option<Act> {
        Some(Act { change, action: self.changes.get(change)?.bringing()? })
    }

    fn frontier(&self, node: Node) -> &[usize] {
        self.frontiers.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    /// Computes what each node waits for, the dependencies of a node before the node itself.
    fn compute_frontiers(&mut self) {
        let count = self.configuration.len();
        // 0: not seen, 1: begun, 2: done. A circle, which no configuration has, is cut where it closes.
        let mut progress = vec![0_u8; count];
        for start in 0..count {
            let mut open = vec![start];
            while let Some(node) = open.last().copied() {
                match progress.get(node).copied() {
                    Some(0) => {
                        if let Some(mark) = progress.get_mut(node) {
                            *mark = 1;
                        }
                        let dependencies = self.configuration.dependencies(node).iter();
                        let unseen = dependencies.filter(|to| progress.get(to.node) == Some(&0));
                        open.extend(unseen.map(|to| to.node));
                    }
                    Some(1) => {
                        let frontier = self.waits_for(node);
                        if let Some((own, mark)) = self.frontiers.get_mut(node).zip(progress.get_mut(node)) {
                            *own = frontier;
                            *mark = 2;
                        }
                        open.pop();
                    }
                    _ => {
                        open.pop();
                    }
                }
            }
        }
    }

    fn waits_for(&self, node: Node) -> Vec<usize> {
        let mut found = BTreeSet::new();
        for dependency in self.configuration.dependencies(node) {
            match self.acting(dependency) {
                Some(changes) => found.extend(changes),
                None => found.extend(self.frontier(dependency.node)),
            }
        }
        found.into_iter().collect()
    }

    /// The changes of a dependency that bring something about; nothing where the plan leaves it as it is.
    fn acting(&self, dependency: &Dependency) -> Option<Vec<usize>> {
        let all = self.of_resource.get(self.configuration.place(dependency.node)?)?;
        let has_key =
            |at: &usize, key: &str| self.changes.get(*at).is_some_and(|change| change.parsed.key == key);
        let exact: Vec<usize> = match &dependency.key {
            Some(key) => all.iter().copied().filter(|at| has_key(at, key)).collect(),
            None => Vec::new(),
        };
        let asked = if exact.is_empty() { all } else { &exact };
        let acting: Vec<usize> = asked.iter().copied().filter(|at| self.bringing(*at).is_some()).collect();
        (!acting.is_empty()).then_some(acting)
    }
}

/// The resource of the configuration that a change is of.
pub(super) fn place_of(change: &Change<'_, '_>) -> Place {
    Place::Resource(change.parsed.module(), change.parsed.resource.clone())
}

/// What each object of the prior state depends on.
fn dependencies_of_state(plan: &Json<'_>) -> HashMap<String, Vec<Place>> {
    let mut found = HashMap::new();
    let root =
        plan.get("prior_state").and_then(|state| state.get("values")).and_then(|v| v.get("root_module"));
    let mut open: Vec<&Json<'_>> = root.into_iter().collect();
    while let Some(module) = open.pop() {
        open.extend(module.list("child_modules"));
        for resource in module.list("resources") {
            let Some(address) = resource.text("address") else { continue };
            let of = resource.list("depends_on").iter().filter_map(Json::as_text).filter_map(state_place);
            found.insert(address.to_owned(), of.collect());
        }
    }
    found
}

/// `module.a.aws_vpc.main` to the resource of the module.
fn state_place(text: &str) -> Option<Place> {
    let mut parts = super::address::split(text)?;
    let mut modules = Vec::new();
    while parts.len() > 3 && parts.first().is_some_and(|(name, _)| name == "module") {
        modules.push(parts.get(1).map(|(name, _)| name.clone())?);
        parts.drain(..2);
    }
    let rest: Vec<String> = parts.into_iter().map(|(name, key)| name + &key).collect();
    match reference(&rest.join("."))? {
        Reference::Resource(name, _) => Some(Place::Resource(modules.join("."), name)),
        _ => None,
    }
}

/// All edges, without those that would make an act come before itself.
fn without_circles(forward: BTreeSet<(Act, Act)>, backward: BTreeSet<(Act, Act)>) -> Order {
    let all: BTreeSet<(Act, Act)> = forward.union(&backward).copied().collect();
    let circular = circular(&all);
    if circular.is_empty() {
        return Order { edges: all, dropped: 0 };
    }
    let inside = |edge: &(Act, Act)| circular.contains(&edge.0) && circular.contains(&edge.1);
    let kept: BTreeSet<(Act, Act)> =
        all.iter().copied().filter(|edge| forward.contains(edge) || !inside(edge)).collect();
    let still = self::circular(&kept);
    let within_one = |edge: &(Act, Act)| edge.0.change == edge.1.change;
    let edges: BTreeSet<(Act, Act)> = kept
        .into_iter()
        .filter(|edge| within_one(edge) || !(still.contains(&edge.0) && still.contains(&edge.1)))
        .collect();
    let dropped = all.len() - edges.len();
    Order { edges, dropped }
}

/// The acts that lie on a circle, or between two.
fn circular(edges: &BTreeSet<(Act, Act)>) -> BTreeSet<Act> {
    let turned: BTreeSet<(Act, Act)> = edges.iter().map(|(later, earlier)| (*earlier, *later)).collect();
    let from_start = remaining(edges);
    let from_end = remaining(&turned);
    from_start.intersection(&from_end).copied().collect()
}

/// What is left when whatever waits for nothing is taken away, again and again.
fn remaining(edges: &BTreeSet<(Act, Act)>) -> BTreeSet<Act> {
    let mut waiting: HashMap<Act, usize> = HashMap::new();
    let mut followers: HashMap<Act, Vec<Act>> = HashMap::new();
    for (later, earlier) in edges {
        waiting.entry(*earlier).or_default();
        *waiting.entry(*later).or_default() += 1;
        followers.entry(*earlier).or_default().push(*later);
    }
    let mut free: Vec<Act> = waiting.iter().filter(|(_, count)| **count == 0).map(|(act, _)| *act).collect();
    while let Some(act) = free.pop() {
        waiting.remove(&act);
        for later in followers.get(&act).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(later) {
                *count -= 1;
                if *count == 0 {
                    free.push(*later);
                }
            }
        }
    }
    waiting.into_keys().collect()
}
