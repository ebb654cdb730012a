//! Which steps are on the page: all, or of very many those that matter most.

use std::collections::HashMap;

use crate::report::{Outcome, Report, StepReport};

/// More steps than this make a page that no browser opens gladly.
pub const MOST_STEPS: usize = 4000;
/// How many bytes of explanations a page holds.
const MOST_EXPLANATION: usize = 8 << 20;

/// What is listed of the steps of a report.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    positions: HashMap<&'a str, usize>,
    listed: Vec<bool>,
    /// How many bytes the explanations of the steps may have together.
    pub explanation: usize,
}

impl<'a> Shown<'a> {
    /// For one report of so many on the page.
    pub fn new(report: &'a Report, reports: usize) -> Self {
        let most = MOST_STEPS / reports.max(1);
        let mut listed = vec![report.steps.len() <= most; report.steps.len()];
        if report.steps.len() > most {
            let fine = |step: &StepReport| step.outcome == Outcome::Allowed;
            let (good, bad): (Vec<usize>, Vec<usize>) =
                (0..report.steps.len()).partition(|at| report.steps.get(*at).is_some_and(fine));
            for position in bad.into_iter().chain(good).take(most) {
                listed.get_mut(position).into_iter().for_each(|listed| *listed = true);
            }
        }
        let steps = report.steps.iter().enumerate().rev();
        Self {
            positions: steps.map(|(position, step)| (step.id.as_str(), position)).collect(),
            listed,
            explanation: MOST_EXPLANATION / reports.max(1),
        }
    }

    /// The position of the step at an address, if it is on the page.
    pub fn listed(&self, address: &str) -> Option<usize> {
        self.positions.get(address).copied().filter(|position| self.is_listed(*position))
    }

    /// Says whether the step at a position is on the page.
    pub fn is_listed(&self, position: usize) -> bool {
        self.listed.get(position).copied().unwrap_or(false)
    }
}
