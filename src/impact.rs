//! What a plan makes possible and impossible, and for whom.

mod ask;
mod classes;
mod cover;
mod ground;
mod pairs;
mod questions;
mod tell;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

pub use ask::Extent;

use crate::decide::{Passage, Rights};
use crate::diagnostic::Sink;
use crate::import::{self, BundleFiles};
use crate::model::{TypeName, Uid};
use crate::report::impact::{About, Access, Change, ImpactCounts, ImpactReport, NotAsked};
use crate::source::{SourceId, SourceMap};
use ask::{Asker, Block};
use classes::Population;
use cover::Covers;
use ground::{Asked, Ground};
use questions::{Question, questions};
use tell::Teller;

/// How many requests are asked one by one for one question unless said otherwise.
pub const MAX_REQUESTS: usize = 1 << 20;

/// The texts that an impact is about.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The plans, each by itself.
    pub plans: Vec<SourceId>,
    /// The parts of the estate, which together are one.
    pub estates: Vec<SourceId>,
    /// The files of the bundle.
    pub bundle: BundleFiles,
}

/// How to ask.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The instant that the contexts of the plan's steps are for.
    pub at: Timestamp,
    /// The texts of approvals.
    pub approvals: Vec<SourceId>,
    /// Only changes, or everything that is possible after the plan as well.
    pub extent: Extent,
    /// How many requests are asked one by one for one question before it is left out.
    pub max_requests: usize,
    /// How plans and estates of other programs are read.
    pub import: import::Options,
}

impl Settings {
    /// The changes, as of an instant, without approvals.
    pub fn at(at: Timestamp) -> Self {
        Self {
            at,
            approvals: Vec::new(),
            extent: Extent::Changes,
            max_requests: MAX_REQUESTS,
            import: import::Options::default(),
        }
    }
}

/// What came of one plan.
#[derive(Debug)]
pub enum Answer {
    /// The delta.
    Told(Box<ImpactReport>),
    /// It has no steps.
    NothingToJudge,
    /// Something is wrong with the texts; the sink says what.
    CouldNotJudge,
}

/// The access delta of plans: which requests are possible after a plan and were not before, and the
/// reverse, with the step that makes it so; one answer for each plan, in order.
///
/// The plan runs in plan order. What counts are rights: prerequisites, overrides and whether changes can
/// be made are left aside. The answer is exact: a request is left out only where nothing that deciding
/// it can read differs, or where another request stands for it that no policy can tell from it.
pub fn impact(
    sources: &Arc<SourceMap>,
    inputs: &Inputs,
    settings: &Settings,
    sink: &mut Sink,
) -> Vec<Answer> {
    let mut common = Sink::new();
    let ground = Ground::prepare(sources, inputs, settings, &mut common);
    let mut answers = Vec::with_capacity(inputs.plans.len());
    for source in &inputs.plans {
        let mut own = Sink::new();
        let plan = match &ground {
            Some(ground) => ground.plan(*source, &mut own),
            None => {
                import::plan(sources, *source, &settings.import, &mut own);
                None
            }
        };
        answers.push(match (&ground, plan) {
            (Some(_), Some(asked)) if asked.plan.steps.is_empty() => Answer::NothingToJudge,
            (Some(ground), Some(asked)) => {
                let teller = Teller {
                    sources,
                    inputs,
                    settings,
                    source: *source,
                    bundle: &ground.bundle,
                    plan: &asked.plan,
                    imports: &asked.imports,
                };
                Answer::Told(Box::new(delta(ground, &asked, settings, &teller)))
            }
            _ => {
                sink.extend(own);
                Answer::CouldNotJudge
            }
        });
    }
    if answers.iter().any(|answer| matches!(answer, Answer::CouldNotJudge)) {
        sink.extend(common);
    }
    answers
}

/// The delta of one plan.
fn delta(ground: &Ground<'_>, asked: &Asked, settings: &Settings, teller: &Teller<'_>) -> ImpactReport {
    let (bundle, plan) = (&ground.bundle, &asked.plan);
    let passage = Passage::of(plan, ground.estate_of(asked), bundle);
    let touched = passage.touched();
    let listed = questions::listed(bundle);
    let population = Population::new(&passage, &touched, &listed);
    let rights = Rights::new(bundle, &passage);
    let (before, after) = (passage.before(), passage.after());
    let ends = [(before, after), (after, before)];
    let mut covers = ends.map(|(state, other)| Covers::new(state, other, &population.entities));
    let mut asker = Asker {
        bundle,
        passage: &passage,
        population: &population,
        rights,
        extent: settings.extent,
        most: settings.max_requests,
        known: BTreeMap::new(),
    };
    let (questions, mut not_asked) = questions(plan, bundle);
    let mut counts = ImpactCounts { questions: questions.len(), ..ImpactCounts::default() };
    let mut access: Vec<Access> = Vec::new();
    for question in &questions {
        match asker.answer(question) {
            Ok(answered) => {
                counts.requests = counts.requests.saturating_add(answered.requests);
                access.extend(
                    answered.blocks.into_iter().map(|block| row(question, block, &mut covers, teller)),
                );
            }
            Err(number) => not_asked.push(too_many(question, number)),
        }
    }
    tally(&access, &mut counts);
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for question in &questions {
        *asked.entry(question.action.to_string()).or_default() += 1;
    }
    let access = whatever_context(access, &asked);
    let needed = questions::taken_though_needed(plan, &passage, &mut asker.rights);
    counts.principals = population.count(&types(bundle, |action| &action.principals));
    counts.resources = population.count(&types(bundle, |action| &action.resources));
    not_asked.sort();
    not_asked.dedup();
    teller.report(counts, access, needed, not_asked)
}

/// A block with names: of what is lost by what held before the plan, of all else by what holds after it.
fn row<'a>(
    question: &Question,
    block: Block<'a>,
    covers: &mut [Covers<'a>; 2],
    teller: &Teller<'_>,
) -> Access {
    let [before, after] = covers;
    let covers = if block.fate.change == Change::Lost { before } else { after };
    let none = BTreeSet::new();
    let action = teller.bundle.schema().actions.get(&question.action);
    let (may, can) = action.map_or((&none, &none), |action| (&action.principals, &action.resources));
    // The matrix of what is possible at the end is about everything that is there then.
    let about = if block.fate.change == Change::Possible { About::Created } else { block.fate.about };
    let (who, what) = (block.principals.len() as u64, block.resources.len() as u64);
    let requests = match block.relation {
        crate::report::impact::Relation::All => who.saturating_mul(what),
        crate::report::impact::Relation::Others => who.saturating_mul(what.saturating_sub(1)),
        crate::report::impact::Relation::Itself => who,
    };
    Access {
        change: block.fate.change,
        about: block.fate.about,
        action: question.action.to_string(),
        contexts: vec![question.context.to_json()],
        all_contexts: false,
        principals: covers.name(&block.principals, may, about).to_vec(),
        resources: covers.name(&block.resources, can, about).to_vec(),
        relation: block.relation,
        requests,
        steps: block.fate.steps.iter().map(|step| teller.plan.step(*step).address.clone()).collect(),
    }
}

/// Joins rows that differ in nothing but the context; `asked` counts the contexts of each action.
fn whatever_context(access: Vec<Access>, asked: &BTreeMap<String, usize>) -> Vec<Access> {
    let mut joined: Vec<Access> = Vec::new();
    let mut places: BTreeMap<_, usize> = BTreeMap::new();
    for row in access {
        let kind = (row.change, row.about, row.relation);
        let key =
            (row.action.clone(), kind, row.steps.clone(), row.principals.clone(), row.resources.clone());
        match places.get(&key).and_then(|place| joined.get_mut(*place)) {
            Some(known) => {
                known.requests = known.requests.saturating_add(row.requests);
                known.contexts.extend(row.contexts);
            }
            None => {
                places.insert(key, joined.len());
                joined.push(row);
            }
        }
    }
    for row in &mut joined {
        row.contexts.sort_by_cached_key(ToString::to_string);
        row.all_contexts = asked.get(&row.action) == Some(&row.contexts.len());
    }
    joined
}

fn too_many(question: &Question, number: usize) -> NotAsked {
    let why = format!("the plan can touch {number} kinds of request, more than are asked");
    NotAsked { action: question.action.to_string(), why }
}

fn tally(access: &[Access], counts: &mut ImpactCounts) {
    let sum = |change| access.iter().filter(|row| row.change == change).map(|row| row.requests).sum();
    counts.gained = sum(Change::Gained);
    counts.lost = sum(Change::Lost);
    counts.temporary = sum(Change::Temporary);
    counts.interrupted = sum(Change::Interrupted);
}

/// The types that some part of any request of the catalogue can have.
fn types(
    bundle: &crate::policy::Bundle,
    part: impl Fn(&crate::model::Action) -> &BTreeSet<TypeName>,
) -> BTreeSet<TypeName> {
    let actions = bundle.operations().filter_map(|(uid, _): (&Uid, _)| bundle.schema().actions.get(uid));
    actions.flat_map(|action| part(action).iter().cloned()).collect()
}
