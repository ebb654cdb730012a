//! The critical path: the longest chain of steps, each of which waits for the one before it.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::report::{Report, StepReport};

/// The longest chain, from its first step to its last; of several the one that ends first in plan order.
pub(super) fn longest(report: &Report) -> Vec<&StepReport> {
    let by_address: HashMap<&str, &StepReport> =
        report.steps.iter().rev().map(|step| (step.id.as_str(), step)).collect();
    let Some(most) = report.steps.iter().map(|step| step.wave).max() else { return Vec::new() };
    let mut chain: Vec<&StepReport> =
        report.steps.iter().find(|step| step.wave == most).into_iter().collect();
    while let Some(last) = chain.last() {
        let before = last.after.iter().filter_map(|address| by_address.get(address.as_str()).copied());
        // A wave is one more than the greatest of those before, so that one of them continues the chain.
        match before.filter(|step| step.wave < last.wave).min_by_key(|step| Reverse(step.wave)) {
            Some(before) => chain.push(before),
            None => break,
        }
    }
    chain.reverse();
    chain
}
