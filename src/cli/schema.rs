//! `countersign schema`: the JSON Schema of each kind of file.

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::output::printed;
use super::{Exit, rights, who_can};
use crate::report;

/// Print the JSON Schema of a kind of file
///
/// The schemas are of draft 2020-12. Editors use them to complete and check files while they are written; the
/// program itself checks more than a schema can say.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The kind of file
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// What is to be done, by whom, in which order
    Plan,
    /// Entities as they are before the plan
    Estate,
    /// What each action of a bundle changes
    Operations,
    /// Approvals of plans, and overrides of soft policies
    Approvals,
    /// What is added to files of other programs
    Mapping,
    /// The manifest of a bundle, `bundle.toml`
    Bundle,
    /// What `check` and `explain` print with `--format json`
    Report,
    /// What `check --format json` prints where a plan has no verdict
    Problems,
    /// What `bench --format json` prints
    Bench,
    /// What `rights --format json` prints
    Rights,
    /// What `who-can --format json` prints
    WhoCan,
    /// What `impact --format json` prints
    Impact,
}

/// Prints the schema.
pub fn run(arguments: &Arguments) -> Exit {
    printed(&text(arguments.kind))
}

/// The schema of a kind.
pub(super) fn text(kind: Kind) -> String {
    match kind {
        Kind::Plan => include_str!("schemas/plan.json").to_owned(),
        Kind::Estate => include_str!("schemas/estate.json").to_owned(),
        Kind::Operations => include_str!("schemas/operations.json").to_owned(),
        Kind::Approvals => include_str!("schemas/approvals.json").to_owned(),
        Kind::Mapping => include_str!("schemas/mapping.json").to_owned(),
        Kind::Bundle => include_str!("schemas/bundle.json").to_owned(),
        Kind::Report => named("report", report::json_schema()),
        Kind::Problems => named("problems", report::problems_json_schema()),
        Kind::Bench => named("bench", report::bench::json_schema()),
        Kind::Rights => named("rights", rights::json_schema()),
        Kind::WhoCan => named("who-can", who_can::json_schema()),
        Kind::Impact => named("impact", report::impact::json_schema()),
    }
}

/// A schema made from types, under the name of its kind, as the written ones have it.
fn named(kind: &str, mut schema: Value) -> String {
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$id".to_owned(), format!("urn:countersign:{kind}:1").into());
        schema.insert("title".to_owned(), format!("Countersign {kind}").into());
    }
    format!("{schema:#}\n")
}

#[cfg(test)]
mod tests;
