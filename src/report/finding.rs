//! Findings from messages.

use super::{Finding, FindingLevel, LabelReport};
use crate::diagnostic::{Diagnostic, Severity, controls_of};
use crate::source::SourceMap;

impl Finding {
    /// A message about no step and no policy.
    pub fn of(sources: &SourceMap, diagnostic: &Diagnostic) -> Self {
        let labels = diagnostic.labels.iter();
        Finding {
            code: diagnostic.code.as_str().to_owned(),
            level: FindingLevel::of(diagnostic.severity),
            step: None,
            policy: None,
            controls: controls_of(diagnostic.code).map(str::to_owned).collect(),
            message: diagnostic.message.clone(),
            labels: labels.map(|label| LabelReport::of(sources, label.span, &label.text)).collect(),
            hints: diagnostic.hints.clone(),
        }
    }
}

impl FindingLevel {
    /// The level of a message.
    pub fn of(severity: Severity) -> Self {
        match severity {
            Severity::Error => FindingLevel::Error,
            Severity::Warning => FindingLevel::Warning,
            Severity::Note => FindingLevel::Note,
        }
    }
}
