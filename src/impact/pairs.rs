//! The pairs of classes whose requests a plan can change.

use std::collections::{BTreeMap, BTreeSet};

use super::ask::Class;
use crate::model::{Link, State, Uid};

/// Principals and resources by their classes, and which of them have to be asked together.
pub(super) struct Pairs {
    /// The principals that are asked about every resource.
    moved: Vec<usize>,
    /// All resources.
    resources: Vec<usize>,
    /// The other principals, by what they are asked about: they meet the same changed links.
    still: Vec<(Vec<usize>, BTreeSet<usize>)>,
}

impl Pairs {
    /// Pairs of which the plan can touch one, or both by a link that comes or goes.
    ///
    /// What a class that is not touched is in, it is in at every moment. So a link can match it only where
    /// its argument is that class or something above it in `before`, and a request can change only where
    /// both match one link; an argument that a template does not have matches everything.
    pub(super) fn new(
        before: &State,
        classes: &[Class<'_>],
        principals: Vec<usize>,
        resources: Vec<usize>,
        links: &BTreeSet<&Link>,
        everything: bool,
    ) -> Self {
        if everything {
            return Self { moved: principals, resources, still: Vec::new() };
        }
        let touched = |at: &usize| classes.get(*at).is_some_and(|class| class.touched);
        let moving: BTreeSet<usize> = resources.iter().copied().filter(touched).collect();
        let (moved, others): (Vec<usize>, Vec<usize>) = principals.into_iter().partition(touched);
        let matched = |at: usize, argument: fn(&Link) -> Option<&Uid>| -> BTreeSet<usize> {
            let first = classes.get(at).and_then(|class| class.members.first());
            first.map(|uid| matched(before, uid, links, argument)).unwrap_or_default()
        };
        let mut of_link: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for resource in resources.iter().filter(|_| !links.is_empty() && !others.is_empty()) {
            for link in matched(*resource, |link| link.resource.as_ref()) {
                of_link.entry(link).or_default().insert(*resource);
            }
        }
        let mut alike: BTreeMap<BTreeSet<usize>, Vec<usize>> = BTreeMap::new();
        for principal in others {
            let met = matched(principal, |link| link.principal.as_ref());
            alike.entry(met).or_default().push(principal);
        }
        let still = alike.into_iter().map(|(met, principals)| {
            let by_links = met.iter().filter_map(|link| of_link.get(link)).flatten();
            (principals, by_links.chain(&moving).copied().collect())
        });
        Self { moved, still: still.collect(), resources }
    }

    /// The pairs, principal and resource.
    ///
    /// # Errors
    /// How many there are, if these are more than `most`.
    pub(super) fn within(self, most: usize) -> Result<Vec<(usize, usize)>, usize> {
        let whole = self.moved.len().saturating_mul(self.resources.len());
        let parts = self.still.iter().map(|(who, what)| who.len().saturating_mul(what.len()));
        let number = parts.fold(whole, usize::saturating_add);
        if number > most {
            return Err(number);
        }
        let mut pairs = Vec::with_capacity(number);
        let each = |who: usize, what: &mut dyn Iterator<Item = usize>, pairs: &mut Vec<(usize, usize)>| {
            pairs.extend(what.map(|resource| (who, resource)));
        };
        for who in &self.moved {
            each(*who, &mut self.resources.iter().copied(), &mut pairs);
        }
        for (principals, resources) in &self.still {
            for who in principals {
                each(*who, &mut resources.iter().copied(), &mut pairs);
            }
        }
        Ok(pairs)
    }
}

/// The links, by their position, whose argument is an entity or something above it, or which have none.
fn matched(
    before: &State,
    uid: &Uid,
    links: &BTreeSet<&Link>,
    argument: fn(&Link) -> Option<&Uid>,
) -> BTreeSet<usize> {
    if links.is_empty() {
        return BTreeSet::new();
    }
    let above = before.ancestors(uid);
    let matches = |link: &Link| argument(link).is_none_or(|of| of == uid || above.contains(of));
    links.iter().enumerate().filter(|(_, link)| matches(link)).map(|(at, _)| at).collect()
}
