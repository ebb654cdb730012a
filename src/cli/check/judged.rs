//! What became of the plans, and the exit code that follows.

use super::super::Exit;
use super::super::output::talk;
use crate::check::Answer;
use crate::report::render::{Style, counted};
use crate::report::{Report, Verdict};

/// What became of the plans.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) reports: Vec<Report>,
    empty: Vec<String>,
    failed: Vec<String>,
    pub(super) exit: Exit,
}

impl Default for Judged {
    fn default() -> Self {
        Self { reports: Vec::new(), empty: Vec::new(), failed: Vec::new(), exit: Exit::Success }
    }
}

impl Judged {
    /// Takes the answer about one plan.
    pub(super) fn take(&mut self, plan: &str, answer: Answer) {
        let exit = match answer {
            Answer::Judged(report) => {
                let exit = match report.verdict {
                    Verdict::Approved => Exit::Success,
                    Verdict::Rejected => Exit::Rejected,
                };
                self.reports.push(*report);
                exit
            }
            Answer::NothingToJudge => {
                self.empty.push(plan.to_owned());
                Exit::NothingToJudge
            }
            Answer::CouldNotJudge => {
                self.failed.push(plan.to_owned());
                Exit::CouldNotJudge
            }
        };
        self.exit = self.exit.worst(exit);
    }

    /// Names the plans that have no verdict.
    pub(super) fn tell(&self, errors: usize, style: &Style) {
        let line = |what: &str, plans: &[String], rest: &str| {
            let plans: Vec<&str> = plans.iter().map(String::as_str).collect();
            if !plans.is_empty() {
                talk(&format!("countersign: {what} {}{rest}\n", style.shown(&names(&plans))));
            }
        };
        line("nothing to judge in", &self.empty, "");
        line("could not judge", &self.failed, &format!(": {}", counted(errors, "error")));
    }
}

/// A few plans by their names, many by their number.
pub(super) fn names(plans: &[&str]) -> String {
    if plans.len() > 3 { counted(plans.len(), "plan") } else { plans.join(", ") }
}
