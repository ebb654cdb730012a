//! The decision of every step, and the verdict.

mod judge;
mod judgement;

pub use judge::decide;
pub use judgement::{ApprovedPlan, Judgement, MissingRole, Reason, StepJudgement, Verdict};
