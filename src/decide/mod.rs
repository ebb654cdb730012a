//! The decision of every step, and the verdict.

mod authority;
mod brief;
mod journey;
mod judgement;
mod orders;
mod passage;
mod replay;
mod state;

pub use brief::{Briefing, brief};
pub use journey::decide;
pub use judgement::{
    ApprovedPlan, Authority, Case, Conflict, Difference, Judgement, MissingRole, Reason, Settlement, StepJudgement, Verdict,
};
pub use orders::MAX_ORDERS;
pub use passage::{Passage, Rights};
pub use replay::Replay;
