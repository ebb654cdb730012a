//! What is wrong, for the outputs of a run in which plans have no verdict.

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic};
use crate::load::LoadError;
use crate::report::{Finding, LabelReport, PROBLEMS_SCHEMA, Problems, Tool, Unjudged, Why};
use crate::source::SourceMap;

/// Everything that was found while reading, and the plans that have no verdict because of it.
pub(super) fn problems(
    plans: Vec<Unjudged>,
    errors: &[LoadError],
    found: &[Diagnostic],
    sources: &Arc<SourceMap>,
) -> Problems {
    let mut findings: Vec<Finding> = errors.iter().map(|error| unreadable(error, sources)).collect();
    findings.extend(found.iter().map(|diagnostic| Finding::of(sources, diagnostic)));
    let empty = plans.iter().filter(|plan| plan.why == Why::NothingToJudge);
    findings.extend(empty.map(|plan| nothing(&plan.path, sources)));
    findings.sort_by_key(|finding| finding.level);
    Problems {
        schema: PROBLEMS_SCHEMA.to_owned(),
        tool: Tool::this(),
        plans,
        findings,
        sources: Arc::clone(sources),
    }
}

/// What there is to say where no plan is given at all.
pub(super) fn no_plan() -> Diagnostic {
    Diagnostic::new(Code::NothingToJudge, "no plan is given, neither here nor in `countersign.toml`")
}

fn unreadable(error: &LoadError, sources: &SourceMap) -> Finding {
    let mut finding = Finding::of(sources, &Diagnostic::new(error.code(), error.to_string()));
    finding.labels = error.path().map(|path| start_of(&path.to_string_lossy())).into_iter().collect();
    finding.hints = error.hints();
    finding
}

fn nothing(path: &str, sources: &SourceMap) -> Finding {
    let mut finding = Finding::of(sources, &Diagnostic::new(Code::NothingToJudge, "the plan has no steps"));
    finding.labels = vec![start_of(path)];
    finding
}

/// The first place of a file of which nothing else is known.
fn start_of(path: &str) -> LabelReport {
    LabelReport { path: path.to_owned(), line: 1, column: 1, offset: 0, length: 0, text: String::new() }
}
