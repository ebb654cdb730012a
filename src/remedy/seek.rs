//! The search: candidates of every kind, ranked, judged again, and told in that order.

use std::sync::Arc;

use super::change::{Change, Insertion};
use super::insertion::less;
use super::rank::{Cause, Harm, class};
use super::replay::Replay;
use super::trial::{Question, Trial, is_fine};
use super::{consent, context, edge, estate, insert, pair, people, target, words};
use crate::decide::{Probe, states_before};
use crate::model::{State, Step, StepId, Uid};
use crate::report::{Decision, Outcome};

/// How far remedies are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every kind, with alternatives, for up to `STEPS` steps of a plan of up to `LARGEST_PLAN`.
    Thorough,
    /// One remedy for each of the first few steps of a small plan, with little work.
    Brief,
}

/// For how many steps of a plan remedies are sought.
pub const STEPS: usize = 20;
/// In how large a plan they are sought at all.
pub const LARGEST_PLAN: usize = 2_000;
/// For how many steps a brief search is made.
pub const BRIEF_STEPS: usize = 3;
/// In how large a plan a brief search is made.
pub const BRIEF_PLAN: usize = 200;

/// In how large a plan two changes are sought where no single one does.
const PAIRED_PLAN: usize = 200;
/// How many such pairs are enough.
const PAIRS: usize = 2;

/// From this class on a change dodges what it is about, or destroys something; no such change is told alone.
const DODGES: u8 = 6;

/// How much a search may come to.
#[derive(Clone, Copy)]
struct Bounds {
    steps: usize,
    plan: usize,
    /// How many decisions may be asked for to find candidates for one step.
    decisions: usize,
    /// How often the whole plan may be judged again for one step.
    trials: usize,
    /// How many remedies of one step are kept to choose from.
    kept: usize,
    /// How many remedies of one step are told.
    told: usize,
    /// How many alternatives of one remedy are told.
    others: usize,
}

impl Extent {
    fn bounds(self) -> Bounds {
        match self {
            Extent::Thorough => Bounds {
                steps: STEPS,
                plan: LARGEST_PLAN,
                decisions: 6_000,
                trials: 24,
                kept: 6,
                told: 5,
                others: 8,
            },
            Extent::Brief => Bounds {
                steps: BRIEF_STEPS,
                plan: BRIEF_PLAN,
                decisions: 1_500,
                trials: 6,
                kept: 1,
                told: 1,
                others: 0,
            },
        }
    }
}

/// How many principals are asked about to see what a remedy opens.
const OPENED: usize = 2_000;

/// A change that mends the step in its own state, not judged with the whole plan yet.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub change: Change,
    pub harm: Harm,
    /// It makes a condition not apply instead of fulfilling it.
    pub evades: bool,
    warnings: usize,
    planned: bool,
    size: usize,
}

impl Candidate {
    pub(super) fn new(change: Change) -> Self {
        Self { change, harm: Harm::default(), evades: false, warnings: 0, planned: false, size: 0 }
    }

    pub(super) fn with(self, change: Change) -> Self {
        Self { change, ..self }
    }

    pub(super) fn warned(self, warnings: usize) -> Self {
        Self { warnings, ..self }
    }

    pub(super) fn warnings(&self) -> usize {
        self.warnings
    }

    pub(super) fn harming(self, harm: Harm) -> Self {
        Self { harm, ..self }
    }

    pub(super) fn evading(self, evades: bool) -> Self {
        Self { evades, ..self }
    }

    pub(super) fn planned(self, planned: bool) -> Self {
        Self { planned, ..self }
    }

    pub(super) fn sized(self, size: usize) -> Self {
        Self { size, ..self }
    }

    /// What comes first, before it is known how much it opens, and after.
    fn key(&self, cause: Cause, opens: usize) -> (u8, usize, usize, usize, bool, usize) {
        (class(self, cause), opens, self.harm.undone, self.warnings, !self.planned, self.size)
    }

    /// Says whether two candidates differ only in the person or in the value.
    pub(super) fn is_like(&self, other: &Candidate) -> bool {
        match (&self.change, &other.change) {
            (Change::Principal { .. }, Change::Principal { .. })
            | (Change::Target { .. }, Change::Target { .. }) => true,
            (Change::Insert(one), Change::Insert(two)) => {
                one.action == two.action && one.target == two.target
            }
            (Change::Context { field, .. }, Change::Context { field: other, .. }) => field == other,
            (Change::Edge { .. } | Change::Reverse { .. }, Change::Edge { .. } | Change::Reverse { .. }) => {
                true
            }
            (Change::Together(one), Change::Together(other)) => one.iter().all(|part| other.contains(part)),
            _ => false,
        }
    }
}

/// A way to make a step allowed, judged with the whole plan.
#[derive(Clone, Debug)]
pub struct Remedy {
    /// What to change.
    pub change: Change,
    /// A sentence that says so.
    pub text: String,
    /// Changes that differ only in the person or in the value, each judged too.
    pub others: Vec<Change>,
    /// How many other requests it allows: steps of the plan, and the same by other principals.
    pub opens: usize,
}

/// The remedies of one step.
#[derive(Clone, Debug)]
pub struct Remedies {
    /// The step.
    pub step: StepId,
    /// Its remedies, the best first.
    pub remedies: Vec<Remedy>,
    /// Whether everything that could be a remedy was looked at.
    pub complete: bool,
}

/// Seeks remedies for those of the steps that stop a plan that are asked about, in plan order.
pub fn seek(question: &Question<'_>, extent: Extent, is_asked: impl Fn(&Step) -> bool) -> Vec<Remedies> {
    let bounds = extent.bounds();
    let stopped =
        question.plan.step_ids().zip(&question.judgement.steps).filter(|(_, judged)| !is_fine(judged));
    let asked = stopped.map(|(step, _)| step).filter(|step| is_asked(question.plan.step(*step)));
    let stopped: Vec<StepId> = asked.take(bounds.steps).collect();
    if stopped.is_empty() || question.plan.steps.len() > bounds.plan {
        return Vec::new();
    }
    let states = states_before(question.plan, question.estate, question.bundle);
    stopped.into_iter().map(|step| of_step(question, extent, &states, step)).collect()
}

fn of_step(question: &Question<'_>, extent: Extent, states: &[State], id: StepId) -> Remedies {
    let bounds = extent.bounds();
    let mut replay = Replay::new(question, states, id, bounds.decisions);
    let cause = question.judgement.steps.get(id.position()).map(|judged| Cause::of(question.bundle, judged));
    let cause = cause.unwrap_or_default();
    let mut candidates = people::seek(&mut replay);
    candidates.extend(consent::seek(&mut replay));
    // A rule about the plan says itself what it takes; by whom the step is done is all that a short look is for.
    if extent == Extent::Thorough || !replay.is_about_the_plan() {
        candidates.extend(edge::seek(&replay));
        candidates.extend(context::seek(&mut replay));
        if cause.is_of_the_world() {
            candidates.extend(target::seek(&mut replay));
        }
        let best = candidates.iter().any(|candidate| class(candidate, cause) == 0);
        if extent == Extent::Thorough || !best {
            candidates.extend(insert::seek(&mut replay));
        }
    }
    let (found, failed) = (Vec::new(), Vec::new());
    let mut trials = Trials { replay, cause, bounds, left: bounds.trials, found, failed };
    trials.verify(candidates);
    if trials.found.is_empty() && extent == Extent::Thorough && question.plan.steps.len() <= PAIRED_PLAN {
        trials.pair();
    }
    let brought_about = |(candidate, _): &(Candidate, Remedy)| class(candidate, cause) < 4;
    if !trials.found.iter().any(brought_about) {
        let facts = estate::seek(&mut trials.replay);
        trials.left = trials.left.max(bounds.trials / 2);
        trials.verify(facts);
    }
    let complete = extent == Extent::Brief || (trials.replay.left > 0 && trials.left > 0);
    let mut found = trials.found;
    found.sort_by_key(|(candidate, remedy)| candidate.key(cause, remedy.opens));
    let remedies = found.into_iter().take(bounds.told).map(|(_, remedy)| remedy).collect();
    Remedies { step: id, remedies, complete }
}

struct Trials<'q> {
    replay: Replay<'q>,
    cause: Cause,
    bounds: Bounds,
    left: usize,
    found: Vec<(Candidate, Remedy)>,
    /// Changes that mend the step in its own state, and not the plan.
    failed: Vec<Change>,
}

impl Trials<'_> {
    /// Looks for two changes that do together what none does alone.
    fn pair(&mut self) {
        let left = self.left;
        self.left = self.bounds.trials;
        self.replay.left = self.replay.left.max(self.bounds.decisions / 2);
        let failed = std::mem::take(&mut self.failed);
        for first in pair::firsts(&mut self.replay, failed) {
            if self.left == 0 || self.found.len() >= PAIRS {
                break;
            }
            self.left -= 1;
            let seconds =
                pair::seconds(self.replay.question, &self.replay.step().address, &first, self.cause);
            self.verify(seconds);
        }
        self.left = left;
    }

    /// Judges candidates with the whole plan, the best first, and keeps those that mend the step.
    fn verify(&mut self, mut candidates: Vec<Candidate>) {
        if self.bounds.kept == 1 {
            candidates.retain(|candidate| class(candidate, self.cause) < DODGES);
        }
        candidates.sort_by_key(|candidate| candidate.key(self.cause, 0));
        for candidate in candidates {
            let known = self.found.iter().position(|(known, _)| known.is_like(&candidate));
            let others = known.and_then(|at| self.found.get(at)).map_or(0, |(_, remedy)| remedy.others.len());
            let of_one_kind = matches!(
                candidate.change,
                Change::Insert(_) | Change::Edge { .. } | Change::Reverse { .. } | Change::Together(_)
            );
            if (known.is_some() && of_one_kind)
                || others >= self.bounds.others && known.is_some()
                || self.left == 0
            {
                continue;
            }
            if known.is_none() && self.found.len() >= self.bounds.kept {
                continue;
            }
            self.left -= 1;
            let address = &self.replay.step().address;
            let Some(trial) = self.replay.question.judge(std::slice::from_ref(&candidate.change)) else {
                continue;
            };
            if !self.replay.question.mends(&trial, address) {
                self.failed.push(candidate.change);
                continue;
            }
            if let Some(single) = self.alone(&candidate) {
                self.verify(vec![single]);
                continue;
            }
            let (candidate, trial) = self.smallest(candidate, trial);
            match known.and_then(|at| self.found.get_mut(at)) {
                Some((_, remedy)) => remedy.others.push(candidate.change),
                None => self.keep(candidate, &trial),
            }
        }
        for (_, remedy) in &mut self.found {
            remedy.text = words::text(self.replay.question.bundle.schema(), self.replay.step(), remedy);
        }
    }

    /// One of two changes, where that one does without the other.
    fn alone(&self, candidate: &Candidate) -> Option<Candidate> {
        let Change::Together(parts) = &candidate.change else { return None };
        let (question, address) = (self.replay.question, &self.replay.step().address);
        let alone = parts.iter().find(|part| {
            let trial = question.judge(std::slice::from_ref(part));
            trial.is_some_and(|trial| question.mends(&trial, address))
        });
        alone.map(|change| candidate.clone().with(change.clone()))
    }

    /// Two changes that mend the step, without the parameters of inserted steps that nothing depends on.
    ///
    /// What an inserted step needs by itself, and what it needs with the other change, may differ.
    fn smallest(&self, candidate: Candidate, trial: Trial) -> (Candidate, Trial) {
        let (question, address) = (self.replay.question, &self.replay.step().address);
        let Change::Together(parts) = candidate.change.clone() else { return (candidate, trial) };
        for at in 0..parts.len() {
            let Some(Change::Insert(insertion)) = parts.get(at).cloned() else { continue };
            let smaller = insertion.with.iter().flat_map(|(name, value)| less(&insertion.with, name, value));
            for with in smaller {
                let smaller = Insertion { with, ..Insertion::clone(&insertion) };
                let mut fewer = parts.clone();
                if let Some(part) = fewer.get_mut(at) {
                    *part = Change::Insert(Box::new(smaller));
                }
                let change = Change::Together(fewer);
                let judged = question.judge(std::slice::from_ref(&change));
                if let Some(judged) = judged.filter(|judged| question.mends(judged, address)) {
                    return self.smallest(candidate.with(change), judged);
                }
            }
        }
        (candidate, trial)
    }

    fn keep(&mut self, candidate: Candidate, trial: &Trial) {
        let opens = self.opened_steps(trial) + self.opened_requests(&candidate, trial);
        let change = candidate.change.clone();
        self.found.push((candidate, Remedy { change, text: String::new(), others: Vec::new(), opens }));
    }

    /// Other steps of the plan that are allowed now.
    fn opened_steps(&self, trial: &Trial) -> usize {
        let question = self.replay.question;
        let own = &self.replay.step().address;
        let before = question.plan.steps.iter().zip(&question.judgement.steps);
        let opened = before.filter(|(step, judged)| {
            let now = trial.position(&step.address).and_then(|at| trial.judgement.steps.get(at));
            let allowed = now.is_some_and(|now| now.outcome == Outcome::Allowed);
            step.address != *own && judged.outcome != Outcome::Allowed && allowed
        });
        opened.count()
    }

    /// Other principals who may do the same now.
    fn opened_requests(&mut self, candidate: &Candidate, trial: &Trial) -> usize {
        let of_this_request = |change: &Change| {
            use Change::{Approval, Context, Principal, Time};
            matches!(change, Principal { .. } | Context { .. } | Approval { .. } | Time { .. })
        };
        if candidate.change.parts().iter().all(of_this_request) {
            return 0;
        }
        let question = self.replay.question;
        let step = self.replay.step();
        let Some(position) = trial.position(&step.address) else { return 0 };
        let states = states_before(&trial.plan, &trial.estate, question.bundle);
        let Some(after) = states.get(position) else { return 0 };
        let before = self.replay.state(self.replay.id);
        let everybody: Vec<Uid> = people::principals(&self.replay, &before, &step.action, OPENED);
        let mut probe = Probe::new(question.bundle, question.briefing);
        let mut allows = |step: &Step, state: &State| probe.decide(step, state).decision == Decision::Allow;
        let now = trial.plan.steps.get(position).map_or(&step.principal, |now| &now.principal);
        let others = everybody.into_iter().filter(|by| *by != *step.principal && *by != **now);
        let opened = others.filter(|by| {
            let other = Step { principal: Arc::new(by.clone().into()), ..step.clone() };
            !allows(&other, &before) && allows(&other, after)
        });
        opened.count()
    }
}
