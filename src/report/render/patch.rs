//! The first remedy of a plan that its text can be changed by, as a unified diff.

use super::{Batch, Style};

/// Writes the diffs of all plans that have one; nothing for the others.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    let remedies = batch.reports.iter().flat_map(|report| &report.steps).flat_map(|step| &step.remedies);
    remedies.filter_map(|remedy| remedy.patch.as_deref()).collect()
}
