//! The parameters and the principal with which one operation on one target mends a step.
//!
//! Both are found by climbing: one field at a time is changed so that fewer obstacles are left, first
//! for the step that is to be mended, then for the operation itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::{Change, Insertion};
use super::people;
use super::pool::Pool;
use super::rank;
use super::replay::{Replay, obstacles, warnings};
use super::seek::Candidate;
use crate::decide::{Case, Reason};
use crate::model::{Edit, State, Step, StepId, Type, Uid, Value};
use crate::policy::{Cell, Effect, context_fields, parameters, policies_for, writes};

/// Parameters by name.
type With = BTreeMap<String, Value>;

/// How many decisions one operation on one target may cost.
const DECISIONS: usize = 1_200;
/// How often making the operation itself allowed may fail for one person.
const FAILURES: usize = 2;
/// How many ways to mend the step are looked at for one that the operation may take.
const WAYS: usize = 24;
/// How many people are tried as principals.
const PEOPLE: usize = 500;
/// How many of those who may are tried.
const ABLE: usize = 3;

/// Changes with their numbers in the catalogue, and what they come to for a step.
type Effects = (Vec<(usize, Edit)>, Option<usize>);

/// One operation on one target.
pub(super) struct Fitting<'r, 'a> {
    replay: &'r mut Replay<'a>,
    state: &'r State,
    before: StepId,
    between: Vec<StepId>,
    action: Uid,
    target: Uid,
    /// By field: the values to try, and whether it must be there.
    fields: BTreeMap<String, (Vec<Value>, bool)>,
    /// The fields that the operation's changes read.
    effective: BTreeSet<String>,
    /// What the step's decision depends on.
    cells: &'r BTreeSet<Cell>,
    id: String,
    /// What some changes of the operation come to for the step.
    effects: Vec<Effects>,
}

impl<'r, 'a> Fitting<'r, 'a> {
    pub(super) fn new(
        replay: &'r mut Replay<'a>,
        before: StepId,
        state: &'r State,
        action: Uid,
        target: Uid,
        pool: &Pool,
        cells: &'r BTreeSet<Cell>,
    ) -> Option<Self> {
        let bundle = replay.question.bundle;
        let declared = bundle.schema().actions.get(&action)?;
        let own = declared.context.fields.iter().filter(|(name, _)| *name != "plan");
        let values = |name: &str, expected: &Type| pool.values(replay, state, name, expected, None);
        let fields = own
            .map(|(name, (expected, required))| (name.clone(), (values(name, expected), *required)))
            .collect();
        let effective = parameters(bundle, &action);
        let between = replay.between(before);
        let id = fresh_id(replay, before, &action);
        let effects = Vec::new();
        Some(Self { replay, state, before, between, action, target, fields, effective, cells, id, effects })
    }

    /// The operation with the people who may run it so that the step is mended, the likeliest first.
    pub(super) fn candidates(&mut self) -> Vec<Candidate> {
        let rest = self.replay.left.saturating_sub(DECISIONS);
        self.replay.left -= rest;
        let found = self.search();
        self.replay.left += rest;
        found
    }

    /// The operation where it brings the step nearer to being allowed, and where it mends the step while
    /// something keeps whoever has the right from running it.
    pub(super) fn halves(&mut self) -> Vec<Candidate> {
        let rest = self.replay.left.saturating_sub(DECISIONS / 4);
        self.replay.left -= rest;
        let found = self.half();
        self.replay.left += rest;
        found.into_iter().collect()
    }

    fn half(&mut self) -> Option<Candidate> {
        let least = self.least()?;
        let step = self.replay.step();
        let here = self.replay.state(self.replay.id);
        let now = obstacles(&self.replay.ask(step, &here)?);
        let mut best: Option<(usize, With)> = None;
        for with in [least.clone()].into_iter().chain(self.variations(&least, Some(&self.effective))) {
            match self.effect(&with) {
                Some(left) if left < best.as_ref().map_or(now, |(known, _)| *known) => {
                    best = Some((left, with))
                }
                _ => {}
            }
            if matches!(best, Some((0, _))) || self.replay.left == 0 {
                break;
            }
        }
        let (left, with) = best?;
        let by = self.able(&with).into_iter().next()?;
        let own = self.own_obstacles(&with, &by)?;
        // What mends the step and is allowed is no half.
        ((left == 0) != (own == 0)).then(|| self.candidate(with, &by, 0))
    }

    /// Looks at the first ways, which mostly are enough, and at all of them where they give warnings.
    fn search(&mut self) -> Vec<Candidate> {
        let first = self.ways(FAILURES);
        let found = self.search_among(&first);
        let is_clean = found.iter().all(|candidate| candidate.warnings() == 0);
        if is_clean || first.len() < FAILURES {
            return found;
        }
        let all = self.ways(WAYS);
        self.search_among(&all)
    }

    fn search_among(&mut self, ways: &[With]) -> Vec<Candidate> {
        let Some(first) = ways.first() else { return Vec::new() };
        let people = self.able(first);
        let mut found = Vec::new();
        for by in people {
            let mut best: Option<(usize, With)> = None;
            let mut failures = 0;
            for way in ways {
                let Some(with) = self.climb(way.clone(), &by) else {
                    failures += 1;
                    if failures >= FAILURES {
                        break;
                    }
                    continue;
                };
                let with = self.shrink(with, &by);
                let Some(warned) = self.warned(&with, &by) else { continue };
                if best.as_ref().is_none_or(|(known, _)| warned < *known) {
                    best = Some((warned, with));
                }
                if warned == 0 {
                    break;
                }
            }
            if let Some((warned, with)) = best {
                let richer = self.richer(&with, &by);
                found.push(self.candidate(with, &by, warned));
                found.extend(richer.into_iter().map(|with| self.candidate(with, &by, warned)));
            }
        }
        found
    }

    /// Parameters with which the operation, whoever runs it, leaves the step without obstacles.
    fn ways(&mut self, most: usize) -> Vec<With> {
        let Some(mut at) = self.least() else { return Vec::new() };
        let step = self.replay.step();
        let here = self.replay.state(self.replay.id);
        let Some(now) = self.replay.ask(step, &here) else { return Vec::new() };
        let mut lowest = obstacles(&now);
        for _ in 0..3 {
            let mut mended: Vec<With> = Vec::new();
            let mut better: Option<(usize, With)> = None;
            for with in [at.clone()].into_iter().chain(self.variations(&at, Some(&self.effective))) {
                match self.effect(&with) {
                    Some(0) if !mended.contains(&with) => mended.push(with),
                    Some(left) if left < better.as_ref().map_or(lowest, |(known, _)| *known) => {
                        better = Some((left, with))
                    }
                    _ => {}
                }
                if mended.len() >= most || self.replay.left == 0 {
                    break;
                }
            }
            match better {
                _ if !mended.is_empty() => return mended,
                Some((left, with)) => (lowest, at) = (left, with),
                None => return Vec::new(),
            }
        }
        Vec::new()
    }

    /// The fields that must be there, each with its likeliest value.
    fn least(&self) -> Option<With> {
        let required = self.fields.iter().filter(|(_, (_, required))| *required);
        required.map(|(name, (values, _))| Some((name.clone(), values.first()?.clone()))).collect()
    }

    /// Parameters that differ in one field, or in one of some fields.
    fn variations(&self, with: &With, among: Option<&BTreeSet<String>>) -> Vec<With> {
        let mut found = Vec::new();
        for (name, (values, required)) in &self.fields {
            if among.is_some_and(|among| !among.contains(name)) {
                continue;
            }
            if !required && with.contains_key(name) {
                found.push(without(with, name));
            }
            for value in values.iter().filter(|value| with.get(name) != Some(*value)) {
                let mut other = with.clone();
                other.insert(name.clone(), value.clone());
                found.push(other);
            }
        }
        found
    }

    /// How many obstacles the step has after the operation; nothing where that cannot be or changes nothing.
    fn effect(&mut self, with: &With) -> Option<usize> {
        let operation = self.operation(with, &self.replay.step().principal);
        let edits = self.replay.probe.edits(&operation, self.state)?;
        if let Some((_, known)) = self.effects.iter().find(|(known, _)| *known == edits) {
            return *known;
        }
        let effect = self.effect_of(&operation, &edits);
        self.effects.push((edits, effect));
        effect
    }

    fn effect_of(&mut self, operation: &Step, edits: &[(usize, Edit)]) -> Option<usize> {
        let writes = writes(self.state, edits.iter().map(|(_, edit)| edit));
        let touched = writes.iter().any(|written| self.cells.iter().any(|cell| written.touches(cell)));
        let next = touched.then(|| self.replay.probe.made(operation, edits, self.state))??;
        let here = self.replay.replayed(next, &self.between);
        let step = self.replay.step();
        self.replay.ask(step, &here).map(|case| obstacles(&case))
    }

    /// What is said of the operation itself.
    fn own_case(&mut self, with: &With, by: &Uid) -> Option<Case> {
        let operation = self.replay.informed(self.operation(with, by));
        self.replay.ask(&operation, self.state)
    }

    /// How many obstacles the operation itself has.
    fn own_obstacles(&mut self, with: &With, by: &Uid) -> Option<usize> {
        self.own_case(with, by).map(|case| obstacles(&case))
    }

    fn warned(&mut self, with: &With, by: &Uid) -> Option<usize> {
        let operation = self.replay.informed(self.operation(with, by));
        let own = warnings(&self.replay.ask(&operation, self.state)?);
        let next = self.replay.probe.after(&operation, self.state);
        let here = self.replay.replayed(next, &self.between);
        let step = self.replay.step();
        Some(own + warnings(&self.replay.ask(step, &here)?))
    }

    /// Those who may run the operation, or at least have a right to it.
    fn able(&mut self, with: &With) -> Vec<Uid> {
        let everybody = people::principals(self.replay, self.state, &self.action, PEOPLE);
        let (mut free, mut hindered) = (Vec::new(), Vec::new());
        for by in everybody {
            match self.own_obstacles(with, &by) {
                None => break,
                Some(0) => free.push(by),
                Some(some) if some < 10 && hindered.len() < ABLE => hindered.push(by),
                Some(_) => {}
            }
            if free.len() >= ABLE {
                break;
            }
        }
        free.extend(hindered);
        free
    }

    /// Changes one field at a time until the operation is allowed and the step still mended.
    fn climb(&mut self, mut with: With, by: &Uid) -> Option<With> {
        let mut case = self.own_case(&with, by)?;
        for _ in 0..=self.fields.len() {
            let left = obstacles(&case);
            if left == 0 {
                return Some(with);
            }
            let among = self.hindering(&case);
            let mut better = None;
            for other in self.variations(&with, among.as_ref()) {
                let own = self.own_case(&other, by)?;
                if obstacles(&own) < left && self.effect(&other) == Some(0) {
                    better = Some((other, own));
                    break;
                }
            }
            (with, case) = better?;
        }
        (obstacles(&case) == 0).then_some(with)
    }

    /// The fields that what hinders the operation can depend on; nothing where that may be any.
    fn hindering(&self, case: &Case) -> Option<BTreeSet<String>> {
        let bundle = self.replay.question.bundle;
        let mut policies: BTreeSet<&str> = BTreeSet::new();
        for reason in &case.reasons {
            match reason {
                Reason::Forbidden(id) | Reason::SoftForbidden(id) => {
                    policies.insert(&bundle.policy_of(id)?.id);
                }
                Reason::Failed(failure) => {
                    policies.insert(&bundle.policy_of(&failure.policy)?.id);
                }
                Reason::NoPermit => {
                    let permits = policies_for(bundle, &self.action).into_iter();
                    let permits = permits.filter(|policy| policy.effect == Effect::Permit);
                    policies.extend(permits.map(|policy| policy.id.as_str()));
                }
                Reason::Overridden(_) | Reason::Permitted(_) | Reason::Advised(_) => {}
                Reason::Missing(..)
                | Reason::UnknownValue(_)
                | Reason::UnknownInChange(..)
                | Reason::Impossible(..) => return None,
            }
        }
        context_fields(bundle, policies)
    }

    /// Leaves out every optional field and every element of a set that nothing depends on.
    fn shrink(&mut self, with: With, by: &Uid) -> With {
        let mut least = with;
        for (name, value) in least.clone() {
            let optional = self.fields.get(&name).is_some_and(|(_, required)| !required);
            let smaller = less(&least, &name, &value);
            let warned = self.warned(&least, by);
            let enough =
                smaller.into_iter().filter(|other| optional || other.contains_key(&name)).find(|other| {
                    self.own_obstacles(other, by) == Some(0)
                        && self.effect(other) == Some(0)
                        && self.warned(other, by) <= warned
                });
            least = enough.unwrap_or(least);
        }
        least
    }

    /// The same with one more field each, for plans in which the least would make another step worse.
    fn richer(&mut self, with: &With, by: &Uid) -> Vec<With> {
        let mut found: Vec<With> = Vec::new();
        for other in
            self.variations(with, Some(&self.effective)).into_iter().filter(|other| other.len() > with.len())
        {
            let known = found.iter().any(|known| known.keys().eq(other.keys()));
            if !known && self.own_obstacles(&other, by) == Some(0) && self.effect(&other) == Some(0) {
                found.push(other);
            }
        }
        found
    }

    fn operation(&self, with: &With, by: &Uid) -> Step {
        let step = self.replay.question.plan.step(self.before);
        let phase = step.address.split_once('/').map_or("", |(phase, _)| phase);
        Step {
            address: format!("{phase}/{}", self.id),
            title: None,
            docs: None,
            principal: Arc::new(by.clone().into()),
            action: Arc::new(self.action.clone()),
            resource: Arc::new(self.target.clone().into()),
            context: Value::record(with.clone()),
            informed: false,
            ..step.clone()
        }
    }

    fn candidate(&self, with: With, by: &Uid, warned: usize) -> Candidate {
        let question = self.replay.question;
        let operation = self.operation(&with, by);
        let harm = rank::harm(self.replay, self.before, self.state, &operation);
        let planned = |step: &Step| *step.action == self.action && *step.resource == self.target;
        let title = question.bundle.operation(&self.action).and_then(|operation| operation.title.clone());
        let size = with.len();
        let change = Change::Insert(Box::new(Insertion {
            before: question.plan.step(self.before).address.clone(),
            id: self.id.clone(),
            title,
            by: by.clone(),
            action: self.action.clone(),
            target: self.target.clone(),
            with,
        }));
        let candidate = Candidate::new(change).warned(warned).harming(harm).sized(size);
        candidate.planned(question.plan.steps.iter().any(planned))
    }
}

/// The parameters without one of them, and with each element of it left out, where it is a set of several.
pub(super) fn less(with: &With, name: &str, value: &Value) -> Vec<With> {
    let mut found = vec![without(with, name)];
    if let Value::Set(elements) = value {
        for element in elements.iter().filter(|_| elements.len() > 1) {
            let mut other = with.clone();
            let left = elements.iter().filter(|kept| *kept != element).cloned();
            other.insert(name.to_owned(), Value::set(left));
            found.push(other);
        }
    }
    found
}

fn without(with: &With, name: &str) -> With {
    with.iter()
        .filter(|(known, _)| *known != name)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// An id for a step that the phase does not have, made of the operation's name.
fn fresh_id(replay: &Replay<'_>, before: StepId, action: &Uid) -> String {
    let plan = replay.question.plan;
    let phase = plan.step(before).address.split_once('/').map_or("", |(phase, _)| phase);
    let allowed =
        |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c.to_ascii_lowercase() } else { '-' };
    let name: String = action.id().unescaped().chars().map(allowed).take(200).collect();
    let name = if name.is_empty() { "step".to_owned() } else { name };
    let taken = |id: &str| plan.steps.iter().any(|step| step.address == format!("{phase}/{id}"));
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    [name.clone()].into_iter().chain(numbered).find(|id| !taken(id)).unwrap_or(name)
}
