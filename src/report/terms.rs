//! What lets a check pass besides its verdict.

use schemars::JsonSchema;
use serde::Serialize;

use super::{FindingLevel, Reasons, Report, Verdict};

/// By which rules the command line lets a check pass; they never change a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Terms {
    /// The mildest finding that fails the check; a rejected plan fails it in any case.
    pub fail_level: FindingLevel,
    /// Whether the process ends with 0 although the check failed.
    pub exit_zero: bool,
}

impl Default for Terms {
    fn default() -> Self {
        Terms { fail_level: FindingLevel::Error, exit_zero: false }
    }
}

impl Terms {
    /// Says whether these are the terms of a command line that says nothing of them.
    pub fn are_usual(&self) -> bool {
        *self == Terms::default()
    }
}

impl Report {
    /// The same without the policies of its steps, part by part.
    #[must_use]
    pub fn without_policies(&self) -> Report {
        let mut report = self.clone();
        for step in &mut report.steps {
            let because = std::mem::take(&mut step.reasons.because);
            step.reasons = Reasons { because, ..Reasons::default() };
        }
        report
    }

    /// Says whether the check of this plan passes: it is approved, and no finding reaches the fail level.
    pub fn passes(&self) -> bool {
        self.verdict == Verdict::Approved && self.failing() == 0
    }

    /// How many findings reach the fail level.
    pub fn failing(&self) -> usize {
        self.findings.iter().filter(|finding| finding.level <= self.terms.fail_level).count()
    }
}
