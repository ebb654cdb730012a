//! What became of the plans, and the exit code that follows.

use super::super::Exit;
use super::super::output::talk;
use crate::check::{Answer, Told};
use crate::report::render::{Style, counted};
use crate::report::{Report, Terms, Unjudged, Verdict, Why};

/// What became of the plans.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) reports: Vec<Report>,
    /// The plans without a verdict.
    pub(super) unjudged: Vec<Unjudged>,
    pub(super) exit: Exit,
    /// The plans whose reports are written already.
    pub(super) told: Vec<Told>,
    terms: Terms,
}

impl Judged {
    /// Nothing yet.
    pub(super) fn by(terms: Terms) -> Self {
        Self { reports: Vec::new(), unjudged: Vec::new(), exit: Exit::Success, told: Vec::new(), terms }
    }

    /// Takes the answer about one plan.
    pub(super) fn take(&mut self, plan: &str, answer: Answer) {
        let exit = match answer {
            Answer::Judged(mut report) => {
                report.terms = self.terms;
                let exit = if report.passes() { Exit::Success } else { Exit::Rejected };
                self.reports.push(*report);
                exit
            }
            Answer::NothingToJudge => self.without_verdict(plan, Why::NothingToJudge),
            Answer::CouldNotJudge => self.without_verdict(plan, Why::CouldNotJudge),
        };
        self.exit = self.exit.worst(exit);
    }

    /// Takes the answer about one plan whose report is written already.
    pub(super) fn take_told(&mut self, plan: &str, answer: Answer<Told>) {
        let exit = match answer {
            Answer::Judged(told) => {
                let passes = told.verdict == Verdict::Approved && self.failing(&told) == 0;
                self.told.push(told);
                if passes { Exit::Success } else { Exit::Rejected }
            }
            Answer::NothingToJudge => self.without_verdict(plan, Why::NothingToJudge),
            Answer::CouldNotJudge => self.without_verdict(plan, Why::CouldNotJudge),
        };
        self.exit = self.exit.worst(exit);
    }

    /// How many findings reach the fail level.
    fn failing(&self, told: &Told) -> usize {
        told.findings
            .iter()
            .filter(|(level, _)| **level <= self.terms.fail_level)
            .map(|(_, count)| count)
            .sum()
    }

    fn without_verdict(&mut self, plan: &str, why: Why) -> Exit {
        self.unjudged.push(Unjudged { path: plan.to_owned(), why });
        match why {
            Why::CouldNotJudge => Exit::CouldNotJudge,
            Why::NothingToJudge => Exit::NothingToJudge,
        }
    }

    /// Names the plans that have no verdict.
    pub(super) fn tell(&self, errors: usize, style: &Style) {
        let line = |what: &str, why: Why, rest: &str| {
            let plans = self.unjudged.iter().filter(|plan| plan.why == why);
            let plans: Vec<&str> = plans.map(|plan| plan.path.as_str()).collect();
            if !plans.is_empty() {
                talk(&format!("countersign: {what} {}{rest}\n", style.shown(&names(&plans))));
            }
        };
        line("nothing to judge in", Why::NothingToJudge, "");
        line("could not judge", Why::CouldNotJudge, &format!(": {}", counted(errors, "error")));
        let reports = self.reports.iter();
        let reports = reports.map(|report| (report.verdict, report.plan.id.as_str(), report.failing()));
        let told = self.told.iter().map(|told| (told.verdict, told.plan.as_str(), self.failing(told)));
        for (verdict, plan, failing) in reports.chain(told) {
            if verdict == Verdict::Approved && failing > 0 {
                talk(&format!(
                    "countersign: the plan {} is approved, and the check fails: {} of the level {} or worse\n",
                    style.shown(plan),
                    counted(failing, "finding"),
                    self.terms.fail_level.as_str(),
                ));
            }
        }
    }

    /// The exit of the process: a rejection may be waived, loudly, and nothing else may.
    pub(super) fn ends(&self, exit: Exit) -> Exit {
        if !self.terms.exit_zero {
            return exit;
        }
        let (what, exit) = match exit {
            Exit::Rejected => ("THE CHECK FAILED, and this process ends with 0 all the same", Exit::Success),
            other => ("a check that fails would end with 0 all the same", other),
        };
        talk(&format!("countersign: --exit-zero: {what}\n"));
        exit
    }
}

/// A few plans by their names, many by their number.
pub(super) fn names(plans: &[&str]) -> String {
    if plans.len() > 3 { counted(plans.len(), "plan") } else { plans.join(", ") }
}
