//! The answer to every request of a plan's world, each kind of request asked once.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::classes::Population;
use super::pairs::Pairs;
use super::questions::Question;
use crate::decide::{Passage, Rights};
use crate::model::{StepId, TypeName, Uid};
use crate::policy::{Bundle, Cell, Request, distinctions, named_reads, reach};
use crate::report::impact::{About, Change, Relation};

/// What becomes of some requests that differ in nothing that matters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fate {
    /// What becomes of them.
    pub(super) change: Change,
    /// Whether the plan makes or deletes what they are about.
    pub(super) about: About,
    /// The steps that make it so.
    pub(super) steps: Vec<StepId>,
}

/// The requests of one question that share a fate: principals with resources.
#[derive(Clone, Debug)]
pub(super) struct Block<'a> {
    pub(super) fate: Fate,
    pub(super) relation: Relation,
    pub(super) principals: Vec<&'a Uid>,
    pub(super) resources: Vec<&'a Uid>,
}

/// The answers to one question.
pub(super) struct Answered<'a> {
    pub(super) blocks: Vec<Block<'a>>,
    /// How many requests the question has.
    pub(super) requests: u64,
}

/// Whether only changes are looked for, or everything that is possible at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Only what the plan changes; what its changes cannot touch is not asked.
    Changes,
    /// All that is possible after the plan as well.
    Everything,
}

/// Asks questions along a passage.
pub(super) struct Asker<'a> {
    pub(super) bundle: &'a Bundle,
    pub(super) passage: &'a Passage,
    pub(super) population: &'a Population<'a>,
    pub(super) rights: Rights<'a>,
    pub(super) extent: Extent,
    /// How many requests are asked one by one for one question.
    pub(super) most: usize,
    /// The classes for an action with the entities of a context, which many questions share.
    pub(super) known: BTreeMap<(Uid, BTreeSet<Uid>), Rc<Vec<Class<'a>>>>,
}

/// A class with its entities, and whether the plan can touch what is read by way of it.
pub(super) struct Class<'a> {
    pub(super) members: Vec<&'a Uid>,
    pub(super) touched: bool,
}

/// Which classes share a fate with a class: those that do whole, with others, with themselves.
type Fates<'a> = BTreeMap<(Fate, Relation), BTreeMap<usize, BTreeSet<usize>>>;

impl<'a> Asker<'a> {
    /// The answers to a question, as few blocks as its classes allow.
    ///
    /// # Errors
    /// How many requests would have to be asked one by one, where these are too many.
    pub(super) fn answer(&mut self, question: &Question) -> Result<Answered<'a>, usize> {
        let bundle = self.bundle;
        let Some(action) = bundle.schema().actions.get(&question.action) else {
            return Ok(Answered { blocks: Vec::new(), requests: 0 });
        };
        let classes = self.known_classes(question, &action.principals, &action.resources);
        let may_be = |types: &BTreeSet<TypeName>| -> Vec<usize> {
            let fits =
                |class: &Class<'_>| class.members.first().is_some_and(|uid| types.contains(uid.type_name()));
            classes.iter().enumerate().filter(|(_, class)| fits(class)).map(|(at, _)| at).collect()
        };
        let (principals, resources) = (may_be(&action.principals), may_be(&action.resources));
        let count = |of: &[usize]| {
            of.iter().filter_map(|at| classes.get(*at)).map(|class| class.members.len() as u64).sum::<u64>()
        };
        let requests = count(&principals).saturating_mul(count(&resources));
        let (named, templates) = named_reads(bundle, &question.action);
        let everything = self.extent == Extent::Everything || self.shared_ground_is_touched(question, named);
        let links = self.passage.changed_links_of(&templates);
        let pairs = Pairs::new(self.passage.before(), &classes, principals, resources, &links, everything);
        let candidates = pairs.within(self.most)?;
        let mut fates: Fates<'_> = BTreeMap::new();
        for (who, what) in candidates {
            let (Some(principal), Some(resource)) = (classes.get(who), classes.get(what)) else { continue };
            for (relation, one, other) in kinds(who == what, &principal.members, &resource.members) {
                for fate in self.fates(question, one, other) {
                    fates.entry((fate, relation)).or_default().entry(what).or_default().insert(who);
                }
            }
        }
        Ok(Answered { blocks: blocks(&classes, fates), requests })
    }

    fn known_classes(
        &mut self,
        question: &Question,
        principals: &BTreeSet<TypeName>,
        resources: &BTreeSet<TypeName>,
    ) -> Rc<Vec<Class<'a>>> {
        let mut of_context: BTreeSet<Uid> = BTreeSet::new();
        question.context.for_each_entity(&mut |uid| {
            of_context.insert(uid.clone());
        });
        let key = (question.action.clone(), of_context);
        if let Some(known) = self.known.get(&key) {
            return Rc::clone(known);
        }
        let classes = Rc::new(self.classes(question, principals, resources));
        self.known.insert(key, Rc::clone(&classes));
        classes
    }

    fn classes(
        &self,
        question: &Question,
        principals: &BTreeSet<TypeName>,
        resources: &BTreeSet<TypeName>,
    ) -> Vec<Class<'a>> {
        let bundle = self.bundle;
        let apart = distinctions(bundle, &question.action);
        let mut mentioned = apart.named.clone();
        mentioned.extend(
            self.passage.links().into_iter().flat_map(|link| link.principal.into_iter().chain(link.resource)),
        );
        question.context.for_each_entity(&mut |uid| {
            mentioned.insert(uid.clone());
        });
        let meant = |uid: &&&Uid| principals.contains(uid.type_name()) || resources.contains(uid.type_name());
        let population = self.population;
        let meant: Vec<&'a Uid> = population.entities.iter().filter(meant).copied().collect();
        let classes = population.classes(&meant, &apart, &mentioned).into_iter();
        classes
            .map(|members| {
                let first: Vec<Uid> = members.first().map(|uid| (*uid).clone()).into_iter().collect();
                let reads = reach(bundle, self.passage.before(), &question.action, &first);
                Class { members, touched: self.passage.next_change(&reads, 0).is_some() }
            })
            .collect()
    }

    /// Says whether the plan can touch what every request of a question reads, links left aside; `shared`
    /// is what policies and changes name.
    fn shared_ground_is_touched(&self, question: &Question, mut shared: BTreeSet<Uid>) -> bool {
        let mut of_context: BTreeSet<Uid> = BTreeSet::new();
        question.context.for_each_entity(&mut |uid| {
            of_context.insert(uid.clone());
        });
        let existence: Vec<Cell> = of_context.iter().cloned().map(Cell::Existence).collect();
        if distinctions(self.bundle, &question.action).context {
            shared.extend(of_context);
        }
        let shared: Vec<Uid> = shared.into_iter().collect();
        let mut reads = reach(self.bundle, self.passage.before(), &question.action, &shared);
        reads.extend(existence);
        self.passage.next_change(&reads, 0).is_some()
    }

    /// What becomes of a request; nothing where it never changes and the end does not matter.
    fn fates(&mut self, question: &Question, principal: &Uid, resource: &Uid) -> Vec<Fate> {
        let request = Request { principal, action: &question.action, resource, context: &question.context };
        let history = self.rights.history(request);
        let (Some((_, before)), Some((last, after))) = (history.first().copied(), history.last().copied())
        else {
            return Vec::new();
        };
        let step = |moment: usize| self.passage.step_to(moment);
        let change = match (before, after) {
            (false, true) => Some((Change::Gained, vec![step(last)])),
            (true, false) => Some((Change::Lost, vec![step(last)])),
            (_, _) if history.len() < 3 => None,
            (false, false) => Some((
                Change::Temporary,
                vec![history.get(1).and_then(|(first, _)| step(*first)), step(last)],
            )),
            (true, true) => Some((
                Change::Interrupted,
                vec![history.get(1).and_then(|(first, _)| step(*first)), step(last)],
            )),
        };
        let mut named = vec![principal, resource];
        question.context.for_each_entity(&mut |uid| named.push(uid));
        let about = self.about(&named);
        let mut fates: Vec<Fate> = change
            .map(|(change, steps)| Fate { change, about, steps: steps.into_iter().flatten().collect() })
            .into_iter()
            .collect();
        if self.extent == Extent::Everything && after {
            fates.push(Fate { change: Change::Possible, about: About::Existing, steps: Vec::new() });
        }
        fates
    }

    fn about(&self, of: &[&Uid]) -> About {
        let schema = self.bundle.schema();
        let is_there = |uid: &Uid, moment: usize| {
            self.passage.state(moment).contains(uid) || schema.enumerates(uid) || schema.declares_action(uid)
        };
        if of.iter().any(|uid| !is_there(uid, 0)) {
            About::Created
        } else if of.iter().any(|uid| !is_there(uid, self.passage.last())) {
            About::Deleted
        } else {
            About::Existing
        }
    }
}

/// The kinds of request that two classes have, each with an example.
fn kinds<'a>(same: bool, principals: &[&'a Uid], resources: &[&'a Uid]) -> Vec<(Relation, &'a Uid, &'a Uid)> {
    match (same, principals, resources) {
        (false, [principal, ..], [resource, ..]) => vec![(Relation::All, *principal, *resource)],
        (true, [only], _) => vec![(Relation::All, *only, *only)],
        (true, [first, second, ..], _) => {
            vec![(Relation::Itself, *first, *first), (Relation::Others, *first, *second)]
        }
        _ => Vec::new(),
    }
}

/// Joins what shares a fate: a class with itself wholly where it does with itself and with others,
/// and resources that share their principals.
fn blocks<'a>(classes: &[Class<'a>], mut fates: Fates<'a>) -> Vec<Block<'a>> {
    let known: BTreeSet<Fate> = fates.keys().map(|(fate, _)| fate.clone()).collect();
    for fate in known {
        let itself = fates.get(&(fate.clone(), Relation::Itself)).cloned().unwrap_or_default();
        let others = fates.get(&(fate.clone(), Relation::Others)).cloned().unwrap_or_default();
        for class in itself.keys().filter(|class| others.contains_key(class)) {
            fates.entry((fate.clone(), Relation::All)).or_default().entry(*class).or_default().insert(*class);
            for part in [Relation::Itself, Relation::Others] {
                fates.entry((fate.clone(), part)).or_default().remove(class);
            }
        }
    }
    let mut blocks = Vec::new();
    for ((fate, relation), by_resource) in fates {
        let mut by_principals: BTreeMap<BTreeSet<usize>, Vec<usize>> = BTreeMap::new();
        for (resource, principals) in by_resource {
            by_principals.entry(principals).or_default().push(resource);
        }
        let members = |of: &mut dyn Iterator<Item = usize>| -> Vec<&'a Uid> {
            let mut members: Vec<&Uid> =
                of.filter_map(|at| classes.get(at)).flat_map(|class| class.members.iter().copied()).collect();
            members.sort();
            members
        };
        // A class with itself is no rectangle with another class.
        let apart = relation != Relation::All;
        for (principals, resources) in by_principals {
            let groups: Vec<Vec<usize>> =
                if apart { resources.into_iter().map(|one| vec![one]).collect() } else { vec![resources] };
            for group in groups {
                let principals = members(&mut principals.iter().copied());
                let resources = members(&mut group.into_iter());
                blocks.push(Block { fate: fate.clone(), relation, principals, resources });
            }
        }
    }
    blocks
}
