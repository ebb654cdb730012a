//! Which moments touch an entity, and which of them lead to another moment.

use std::collections::{BTreeSet, HashMap};

use crate::model::Uid;
use crate::policy::Cell;
use crate::simulate::Moment;

/// What a moment's step wrote to.
#[derive(Debug, Default)]
pub(super) struct Touched {
    entities: Vec<Uid>,
    links: bool,
}

impl Touched {
    /// What is written; the children of what is deleted are among it.
    pub fn by(cells: BTreeSet<Cell>) -> Self {
        let mut touched = Self::default();
        for cell in cells {
            match cell {
                Cell::Link(_) | Cell::Links(..) => touched.links = true,
                Cell::Edge(uid, _) => touched.entities.push(uid),
                other => touched.entities.extend(other.entity().cloned()),
            }
        }
        touched.entities.sort();
        touched.entities.dedup();
        touched
    }
}

/// What a fact of a state depends on.
#[derive(Clone, Debug)]
pub enum About {
    /// The records of some entities, and which parents these have.
    Entities(Vec<Uid>),
    /// The template links.
    Links,
}

/// The moments of a timeline by what they touch.
///
/// Each moment also knows one far before it, so that all moments that lead to one are passed in a
/// number of steps that grows with the logarithm of theirs: [jump pointers](https://doi.org/10.1016/0020-0190(83)90106-0).
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// Of each moment: how many come before it, the one before it, and one far before it.
    moments: Vec<(u32, Moment, Moment)>,
    by_entity: HashMap<Uid, Vec<Moment>>,
    links: Vec<Moment>,
}

impl Trail {
    /// How many moments are known.
    pub fn len(&self) -> usize {
        self.moments.len()
    }

    /// Adds the first moment, which touches nothing.
    pub fn begin(&mut self, moment: Moment) {
        self.moments.push((0, moment, moment));
    }

    /// Adds the next moment of the timeline.
    pub fn push(&mut self, moment: Moment, before: Moment, touched: Touched) {
        let (depth, _, jump) = self.of(before);
        let (middle, _, far) = self.of(jump);
        let (end, ..) = self.of(far);
        let jump = if depth - middle == middle - end { far } else { before };
        self.moments.push((depth + 1, before, jump));
        for uid in touched.entities {
            self.by_entity.entry(uid).or_default().push(moment);
        }
        if touched.links {
            self.links.push(moment);
        }
    }

    /// The last moment up to another one, and leading to it, that touches what a fact is about.
    pub fn last(&self, about: &About, until: Moment) -> Option<Moment> {
        let last = |moments: &Vec<Moment>| {
            let earlier = moments.partition_point(|moment| *moment <= until);
            moments.iter().take(earlier).rev().copied().find(|moment| self.leads(*moment, until))
        };
        match about {
            About::Entities(uids) => {
                uids.iter().filter_map(|uid| self.by_entity.get(uid)).filter_map(last).max()
            }
            About::Links => last(&self.links),
        }
    }

    fn leads(&self, moment: Moment, mut to: Moment) -> bool {
        let (depth, ..) = self.of(moment);
        loop {
            let (here, before, jump) = self.of(to);
            if here <= depth {
                return to == moment;
            }
            to = if self.of(jump).0 >= depth { jump } else { before };
        }
    }

    fn of(&self, moment: Moment) -> (u32, Moment, Moment) {
        self.moments.get(moment.position()).copied().unwrap_or((0, moment, moment))
    }
}
