//! The access delta as text for a person, as JSON for a program, as CSV for a table.

mod csv;
mod grid;
mod text;

pub(super) use text::sheets;

use super::{Style, json};
use crate::report::impact::ImpactReport;

/// Every way to write access deltas down.
pub static IMPACT_RENDERERS: &[ImpactRenderer] = &[
    ImpactRenderer {
        name: "text",
        doc: "tables of what is gained, lost and taken away too early, for people",
        render: text::render,
    },
    ImpactRenderer {
        name: "json",
        doc: "countersign.impact/1: one object for one plan, a list of objects for several",
        render: |batch, _| json::of_batch(batch.reports, batch.given),
    },
    ImpactRenderer {
        name: "csv",
        doc: "one line for each principal, action and resource by name",
        render: csv::render,
    },
];

/// One way to write access deltas down; it reads the reports and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct ImpactRenderer {
    /// The word after `--format`.
    pub name: &'static str,
    /// What it writes, in one line.
    pub doc: &'static str,
    /// Writes the deltas of one run.
    pub render: fn(&Impacts<'_>, &Style) -> String,
}

impl ImpactRenderer {
    /// The renderer of that name.
    pub fn named(name: &str) -> Option<&'static ImpactRenderer> {
        IMPACT_RENDERERS.iter().find(|renderer| renderer.name == name)
    }
}

/// The deltas of one run.
#[derive(Clone, Copy, Debug)]
pub struct Impacts<'a> {
    /// One for each plan that could be read, in the order the plans were given.
    pub reports: &'a [ImpactReport],
    /// How many plans were given, readable or not.
    pub given: usize,
}
