//! Why plans have no verdict.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Finding, Tool};
use crate::source::SourceMap;

/// The `schema` of the JSON form.
pub const PROBLEMS_SCHEMA: &str = "countersign.problems/1";

/// The plans of a run that have no verdict, and what is wrong; the JSON form is `countersign.problems/1`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Problems {
    /// Always `countersign.problems/1`.
    pub schema: String,
    /// The program that could not judge.
    pub tool: Tool,
    /// The plans, in the order they were given; empty where it is not even known which they are.
    pub plans: Vec<Unjudged>,
    /// What is wrong, by file and place.
    pub findings: Vec<Finding>,
    /// The texts that places point into; not part of the JSON form.
    #[serde(skip)]
    #[schemars(skip)]
    pub sources: Arc<SourceMap>,
}

/// A plan without a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unjudged {
    /// Its path as given.
    pub path: String,
    /// Why.
    pub why: Why,
}

/// Why a plan has no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Something that it is judged by, or it itself, is unreadable, malformed or inconsistent.
    CouldNotJudge,
    /// It has no steps.
    NothingToJudge,
}

impl Why {
    /// The word of the JSON form.
    pub fn as_str(self) -> &'static str {
        match self {
            Why::CouldNotJudge => "could-not-judge",
            Why::NothingToJudge => "nothing-to-judge",
        }
    }

    /// What a sentence says of the plan.
    pub fn words(self) -> &'static str {
        match self {
            Why::CouldNotJudge => "could not be judged",
            Why::NothingToJudge => "has no steps",
        }
    }
}
