//! What became of a file of another program.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::Location;

/// What an importer made of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportReport {
    /// The file's path as given.
    pub path: String,
    /// The format it was read as.
    pub format: String,
    /// How many of each kind were made.
    pub mapped: BTreeMap<String, usize>,
    /// Parts of the file that have no form here and were left out.
    pub opaque: Vec<ImportRemark>,
    /// Values that the file does not tell.
    pub unknown: Vec<ImportRemark>,
}

/// A part of an imported file, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImportRemark {
    /// What it is and what became of it.
    pub text: String,
    /// Where it stands.
    pub span: Location,
}
