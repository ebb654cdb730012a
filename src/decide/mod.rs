//! The decision of every step, and the verdict.

mod authority;
mod brief;
mod circles;
mod course;
mod journey;
mod judgement;
mod ledger;
mod orders;
mod passage;
mod probe;
mod replay;
mod state;
mod trail;

pub use brief::{Briefing, brief, moment};
pub use circles::{circles_are_left_alone, circles_are_not_asked, circles_are_not_reached};
pub use journey::{Effort, Journey, decide, decide_watched, initial_state, states_before};
pub use judgement::{
    ApprovedPlan, Authority, Case, Cases, Conflict, Difference, Judgement, MissingRole, Reason, Settlement,
    StepJudgement, Verdict,
};
pub use ledger::{Because, Claim, Fact, FactId, Given, Ledger, PartClaim, PolicyClaim, Recorder};
pub use orders::MAX_ORDERS;
pub use passage::{Passage, Rights};
pub use probe::Probe;
pub use replay::Replay;
