//! The findings of a whole run, as systems that show them beside lines of files want them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::report::{Finding, LabelReport, Location, Report, StepReport};
use crate::source::sha256;
use crate::source::{Source, SourceMap};

use super::Batch;

/// How many findings an output of this kind holds before the rest is only counted.
///
/// GitHub shows no more of a SARIF file, and nobody reads more.
pub(super) const MOST_RESULTS: usize = 5_000;

/// A finding with the plan that it is of.
#[derive(Clone, Debug)]
pub(super) struct Found<'a> {
    pub finding: &'a Finding,
    /// The plan; none where it is why plans were not judged.
    pub report: Option<&'a Report>,
    /// What stays the same when lines move: SHA-256 of what the finding means.
    pub fingerprint: String,
    texts: Arc<Texts<'a>>,
    steps: Arc<Steps<'a>>,
}

type Steps<'a> = HashMap<&'a str, &'a StepReport>;
type Texts<'a> = HashMap<&'a str, &'a Source>;

/// A place as editors count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    /// One past the last character.
    pub end_column: usize,
    pub offset: usize,
    pub length: usize,
}

/// Every finding of a run, worst first; one that several plans share only once.
pub(super) fn worst_first<'a>(batch: &Batch<'a>) -> Vec<Found<'a>> {
    let mut found = Vec::new();
    let mut texts: Option<(*const SourceMap, Arc<Texts<'a>>)> = None;
    let mut texts_of = |sources: &'a Arc<SourceMap>| match &texts {
        Some((known, texts)) if std::ptr::eq(*known, Arc::as_ptr(sources)) => Arc::clone(texts),
        _ => {
            let made: Texts<'a> = sources.iter().map(|(_, source)| (source.path(), source)).collect();
            let made = Arc::new(made);
            texts = Some((Arc::as_ptr(sources), Arc::clone(&made)));
            made
        }
    };
    let mut shared: BTreeSet<(&str, &str, Option<&LabelReport>)> = BTreeSet::new();
    let mut take =
        |finding: &'a Finding, report: Option<&'a Report>, texts: &Arc<Texts<'a>>, steps: &Arc<_>| {
            let key = (finding.code.as_str(), finding.message.as_str(), finding.labels.first());
            if finding.step.is_some() || shared.insert(key) {
                let (texts, steps) = (Arc::clone(texts), Arc::clone(steps));
                found.push(Found { finding, report, fingerprint: String::new(), texts, steps });
            }
        };
    for problems in batch.problems.iter() {
        let (texts, steps) = (texts_of(&problems.sources), Arc::default());
        problems.findings.iter().for_each(|finding| take(finding, None, &texts, &steps));
    }
    for report in batch.reports {
        let texts = texts_of(&report.sources);
        let steps: Steps<'a> = report.steps.iter().map(|step| (step.id.as_str(), step)).collect();
        let steps = Arc::new(steps);
        report.findings.iter().for_each(|finding| take(finding, Some(report), &texts, &steps));
    }
    found.sort_by_key(|found| found.finding.level);
    let mut equals: BTreeMap<String, usize> = BTreeMap::new();
    for found in &mut found {
        let digest = sha256(found.meaning().as_bytes());
        let number = equals.entry(digest.clone()).or_default();
        *number += 1;
        found.fingerprint = format!("{digest}/{number}");
    }
    found
}

impl<'a> Found<'a> {
    /// What is the same in two runs if the finding is: no place, and words only where there is nothing else.
    fn meaning(&self) -> String {
        let finding = self.finding;
        let plan = self.report.map_or("", |report| report.plan.id.as_str());
        let policy = finding.policy.as_deref().unwrap_or_default();
        match &finding.step {
            Some(step) => [finding.code.as_str(), plan, step, policy].join("\0"),
            None => {
                let path = finding.labels.first().map_or("", |label| label.path.as_str());
                [finding.code.as_str(), path, policy, finding.message.as_str()].join("\0")
            }
        }
    }

    /// A step of its plan.
    pub(super) fn step(&self, address: &str) -> Option<&'a StepReport> {
        self.steps.get(address).copied()
    }

    /// The place to show it at: its first, or the start of the plan.
    pub(super) fn region(&self) -> Option<Region> {
        if let Some(label) = self.finding.labels.first() {
            return Some(self.region_of(label));
        }
        let plan = self.report?.inputs.iter().find(|input| input.role == "plan")?;
        let start = Location { path: plan.path.clone(), line: 1, column: 1, offset: 0, length: 0 };
        Some(self.region_at(&start))
    }

    /// The place of a label.
    pub(super) fn region_of(&self, label: &LabelReport) -> Region {
        let LabelReport { path, line, column, offset, length, .. } = label.clone();
        self.region_at(&Location { path, line, column, offset, length })
    }

    /// A place with its end.
    pub(super) fn region_at(&self, place: &Location) -> Region {
        let source = self.texts.get(place.path.as_str());
        let end = source.map(|source| source.position(place.offset + place.length));
        let (end_line, end_column) = end.unwrap_or((place.line, place.column));
        Region {
            path: place.path.clone(),
            line: place.line,
            column: place.column,
            end_line,
            end_column,
            offset: place.offset,
            length: place.length,
        }
    }

    /// The sentence with the ways out below it, each on a line of its own.
    pub(super) fn sentences(&self, written: impl Fn(&str) -> String, between: &str) -> String {
        let hints = self.finding.hints.iter().map(|hint| format!("help: {}", written(hint)));
        let all: Vec<String> = std::iter::once(written(&self.finding.message)).chain(hints).collect();
        all.join(between)
    }
}

/// The segments of a path from the root of a repository, and whether it leaves that.
///
/// An absolute path and one that climbs are outside: what is shown there begins with `outside`.
pub(super) fn segments(path: &str) -> Vec<String> {
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() };
    let mut kept: Vec<String> = Vec::new();
    let mut outside = path.starts_with('/');
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => outside |= kept.pop().is_none(),
            name => kept.push(name.to_owned()),
        }
    }
    if outside {
        kept.insert(0, "outside".to_owned());
    }
    kept
}

/// A path from the root of a repository.
pub(super) fn relative(path: &str) -> String {
    segments(path).join("/")
}

#[cfg(test)]
mod tests {
    use super::{relative, segments};

    #[test]
    fn a_path_never_climbs_out_of_the_root() {
        assert_eq!(relative("./a/../b//c.yaml"), "b/c.yaml");
        assert_eq!(relative("../../x"), "outside/x");
        assert_eq!(relative("/etc/passwd"), "outside/etc/passwd");
        assert_eq!(segments("javascript:x"), ["javascript:x"]);
    }
}
