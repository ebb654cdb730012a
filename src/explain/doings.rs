//! Which steps of the plan spoil a step, and which would mend it if they came first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::decide::{Briefing, Case, Probe, Reason, Replay};
use crate::diagnostic::Diagnostic;
use crate::model::{Estate, Plan, StepId, Uid};
use crate::policy::{Bundle, Effect, kind_footprint, kind_reads, policies_for};
use crate::report::Decision;

/// For how many steps of a plan this is found out.
const STEPS: usize = 50;
/// How many other steps are tried for one step.
const OTHERS: usize = 24;

/// Asks, for steps that are not allowed, what other steps of the plan have to do with it.
///
/// A step before the refused one that writes what it reads is left out, and one that does not come
/// before it is let run first; those are told with which it would be allowed.
pub(super) struct Doings<'a> {
    plan: &'a Plan,
    bundle: &'a Bundle,
    replay: Replay<'a>,
    probe: Probe<'a>,
    /// The steps of each action, in plan order, once they were asked for.
    by_action: Option<BTreeMap<&'a Uid, Vec<StepId>>>,
    left: usize,
}

impl<'a> Doings<'a> {
    pub(super) fn new(plan: &'a Plan, estate: &Estate, bundle: &'a Bundle, briefing: &'a Briefing) -> Self {
        Self {
            plan,
            bundle,
            replay: Replay::new(plan, estate, bundle),
            probe: Probe::new(bundle, briefing),
            by_action: None,
            left: STEPS,
        }
    }

    /// Adds to a finding about a refusal the steps that spoil the step or would mend it.
    pub(super) fn tell(&mut self, id: StepId, case: &Case, mut diagnostic: Diagnostic) -> Diagnostic {
        let Some(left) = self.left.checked_sub(1) else { return diagnostic };
        self.left = left;
        let run = case.run.clone().unwrap_or_else(|| self.replay.must_precede(id));
        for step in self.spoilers(id, &run) {
            let text = "without this step, which comes before, it would be allowed";
            diagnostic = diagnostic.label(self.plan.step(step).spans.id, text);
        }
        if let Some(step) = self.mender(id, case, &run) {
            let text = "this step would make it allowed if it came first";
            diagnostic = diagnostic.label(self.plan.step(step).spans.id, text);
        }
        diagnostic
    }

    /// The steps of a run that write what the refused step reads, and without which it were allowed.
    fn spoilers(&mut self, id: StepId, run: &[StepId]) -> Vec<StepId> {
        // The last ones first: what they wrote is what the refused step found.
        let suspects = self.replay.writers(id, run).into_iter().rev().take(OTHERS);
        let mut spoilers: Vec<StepId> = suspects
            .filter(|suspect| {
                let without: Vec<StepId> = run.iter().copied().filter(|step| step != suspect).collect();
                self.is_allowed_after(id, &without)
            })
            .collect();
        spoilers.reverse();
        spoilers
    }

    /// The first step that does not come before the refused one, and after which it would be allowed.
    fn mender(&mut self, id: StepId, case: &Case, run: &[StepId]) -> Option<StepId> {
        let wanted = kind_reads(self.bundle, &self.plan.step(id).action, &self.hindering(id, case));
        if wanted.is_empty() {
            return None;
        }
        let before: BTreeSet<StepId> = run.iter().copied().collect();
        let plan = self.plan;
        let by_action = self.by_action.get_or_insert_with(|| steps_by_action(plan));
        let writes = |action: &Uid| !kind_footprint(self.bundle, action).writes.is_disjoint(&wanted);
        let writing = by_action.iter().filter(|(action, _)| writes(action));
        let mut candidates: Vec<StepId> = writing
            .flat_map(|(_, steps)| {
                steps.iter().copied().filter(|other| *other != id && !before.contains(other)).take(OTHERS)
            })
            .collect();
        candidates.sort_unstable();
        candidates.truncate(OTHERS);
        candidates.into_iter().find(|other| {
            let with: Vec<StepId> = run.iter().copied().chain([*other]).collect();
            self.is_allowed_after(id, &with)
        })
    }

    /// The policies that keep the step from being allowed.
    fn hindering(&self, id: StepId, case: &Case) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for reason in &case.reasons {
            match reason {
                Reason::Forbidden(policy) | Reason::SoftForbidden(policy) => {
                    found.extend(self.bundle.policy_of(policy).map(|policy| policy.id.clone()));
                }
                Reason::NoPermit => {
                    let permits = policies_for(self.bundle, &self.plan.step(id).action).into_iter();
                    let permits = permits.filter(|policy| policy.effect == Effect::Permit);
                    found.extend(permits.map(|policy| policy.id.clone()));
                }
                _ => {}
            }
        }
        found
    }

    fn is_allowed_after(&mut self, id: StepId, run: &[StepId]) -> bool {
        let moment = self.replay.after(run);
        let case = self.probe.decide(self.plan.step(id), self.replay.state(moment));
        case.decision == Decision::Allow
    }
}

fn steps_by_action(plan: &Plan) -> BTreeMap<&Uid, Vec<StepId>> {
    let mut by_action: HashMap<&Uid, Vec<StepId>> = HashMap::new();
    for id in plan.step_ids() {
        by_action.entry(&plan.step(id).action).or_default().push(id);
    }
    by_action.into_iter().collect()
}
