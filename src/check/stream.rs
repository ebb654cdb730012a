//! Reports written in lines while the steps are judged.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};

use super::assemble::{errors, finding, list_inputs, provenance, summary, witnesses};
use super::{Answer, Ground, ReadPlan, Resolved, Told, World, standing};
use crate::decide::{Journey, StepJudgement};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::explain::{Found, Teller, Used, is_plain_denial, is_unremarkable};
use crate::model::{Plan, StepId, TypeName, Uid};
use crate::parallel;
use crate::policy::Bundle;
use crate::progress::Stage;
use crate::report::lines::{Gathered, Header, LINES_SCHEMA, Line, StepLine, Summary, order};
use crate::report::render::{Batch, Style, lines};
use crate::report::{Counts, Finding, FindingLevel, ImportReport, Outcome, Report, Tool, Verdict};
use crate::source::{SourceId, SourceMap};

/// How many steps a thread judges and writes down before they are handed over.
const CHUNK: usize = 1_024;

/// Steps as lines, and those of them about which more is to be said.
struct Part {
    bytes: Vec<u8>,
    outcomes: Vec<Outcome>,
    fit: usize,
    remarkable: Vec<(StepId, StepJudgement)>,
}

impl Ground<'_> {
    /// The journey of one plan, told on the way.
    pub(super) fn tell(
        &self,
        read: ReadPlan,
        common: &Sink,
        sink: &mut Sink,
        write: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Answer<Told> {
        if self.changed.is_some() || self.offered.is_some() {
            return self.tell_whole(read, common, sink, write);
        }
        let source = read.source;
        let Some(mut resolved) = self.resolve(read, sink) else { return Answer::CouldNotJudge };
        let imports = self.imports_with(source, &resolved.document);
        // Nothing looks at the steps as the text has them any more.
        resolved.document.plan.phases = Vec::new();
        let Resolved { plan, briefing, .. } = &resolved;
        if plan.steps.is_empty() {
            return Answer::NothingToJudge;
        }
        let World { estate, .. } = self.world_of(&resolved);
        let effort = self.settings.effort;
        let work = self.settings.progress.begin(Stage::Deciding, plan.steps.len() as u64);
        let journey = Journey::begin(plan, estate, &self.bundle, briefing, effort);
        let teller = Teller::new(plan, estate, &self.bundle, briefing, journey.created());
        let mut telling = Telling::new(self.sources, &self.bundle, plan, &teller);
        let mut bytes = Vec::new();
        lines::line(&mut bytes, &Line::Header(self.header(source, plan, &imports)));
        let mut flow = write(&bytes);
        let judge = |range| part(plan, &journey, range);
        if flow.is_continue() {
            parallel::in_chunks(effort.threads, plan.steps.len(), CHUNK, judge, |part| {
                work.advance(part.outcomes.len() as u64);
                flow = write(&part.bytes);
                telling.take(part);
                flow
            });
        }
        if flow.is_continue() {
            let mut last = teller.whole(journey.missing_literals(), journey.conflicts(), &telling.used);
            let standing = standing::notes(plan, estate, &self.bundle, &telling.given);
            last.extend(standing.into_iter().map(|(id, found)| (Some(id), found)));
            telling.finish(last, common.clone().and(sink).into_sorted());
        }
        let approved = flow.is_continue() && journey.verdict(telling.fit).is_approved();
        let verdict = if approved { Verdict::Approved } else { Verdict::Rejected };
        let Telling { gathered, counts, .. } = telling;
        let findings = gathered.by_level();
        if flow.is_continue() {
            let counts = Counts {
                phases: plan.phases.len(),
                steps: plan.steps.len(),
                policies: self.bundle.policy_count(),
                ..counts
            };
            bytes.clear();
            lines::end(&mut bytes, gathered, Summary { verdict, counts });
            // Where the last lines are not written, whoever writes knows, and the verdict is the same.
            let _ = write(&bytes);
        }
        Answer::Judged(Told { verdict, plan: plan.id.clone(), findings, imports })
    }

    /// The same by way of a whole report, where more than one bundle judges.
    fn tell_whole(
        &self,
        read: ReadPlan,
        common: &Sink,
        sink: &mut Sink,
        write: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Answer<Told> {
        let report = match self.judge(read, common, sink) {
            Answer::Judged(report) => report,
            Answer::NothingToJudge => return Answer::NothingToJudge,
            Answer::CouldNotJudge => return Answer::CouldNotJudge,
        };
        let batch = Batch { reports: std::slice::from_ref(&*report), given: 1, problems: None };
        let _ = write(lines::render(&batch, &Style::plain()).as_bytes());
        let mut findings = BTreeMap::new();
        report.findings.iter().for_each(|finding| *findings.entry(finding.level).or_default() += 1);
        let Report { verdict, plan, imports, .. } = *report;
        Answer::Judged(Told { verdict, plan: plan.id, findings, imports })
    }

    fn header(&self, source: SourceId, plan: &Plan, imports: &[ImportReport]) -> Header {
        Header {
            schema: LINES_SCHEMA.to_owned(),
            tool: Tool::this(),
            imports: imports.to_vec(),
            inputs: list_inputs(self.sources, self.inputs, self.settings, source),
            at: self.settings.at.to_string(),
            plan: summary(plan),
        }
    }
}

/// Judges some steps and writes them down.
fn part(plan: &Plan, journey: &Journey<'_>, range: Range<usize>) -> Part {
    let judged = journey.judge(range.clone());
    let mut part = Part {
        bytes: Vec::with_capacity(judged.len() * 384),
        outcomes: judged.iter().map(|step| step.outcome).collect(),
        fit: judged.iter().filter(|step| step.is_fit()).count(),
        remarkable: Vec::new(),
    };
    let mut spelling = Spelling::default();
    for (position, judged) in range.zip(judged) {
        let id = StepId::new(position);
        let step = plan.step(id);
        let line = StepLine {
            id: &step.address,
            wave: step.wave,
            principal: &spelling.of(&step.principal),
            action: &spelling.of(&step.action),
            resource: &spelling.of(&step.resource),
            outcome: judged.outcome,
            decisions: &judged.decisions(),
            determining: &judged.determining,
            errors: &errors(&judged),
            provenance: &provenance(plan, &judged),
            witnesses: &witnesses(plan, &judged),
        };
        lines::line(&mut part.bytes, &Line::Step(line));
        if !is_unremarkable(&judged) {
            part.remarkable.push((id, judged));
        }
    }
    part
}

/// Writes uids like their `Display`, and each type's name only once.
#[derive(Default)]
struct Spelling(Vec<(TypeName, String)>);

impl Spelling {
    fn of(&mut self, uid: &Uid) -> String {
        let id = uid.id().unescaped();
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\'' | b'\\');
        if !id.bytes().all(plain) {
            return uid.to_string();
        }
        let at = self.0.iter().position(|(known, _)| known == uid.type_name());
        let at = at.unwrap_or_else(|| {
            self.0.push((uid.type_name().clone(), uid.type_name().to_string()));
            self.0.len() - 1
        });
        let name = self.0.get(at).map_or("", |(_, name)| name.as_str());
        [name, "::\"", id, "\""].concat()
    }
}

/// What is gathered about the steps that were written, for what comes after them.
struct Telling<'a> {
    sources: &'a SourceMap,
    bundle: &'a Bundle,
    plan: &'a Plan,
    teller: &'a Teller<'a>,
    gathered: Gathered,
    counts: Counts,
    fit: usize,
    used: Used,
    given: Vec<(StepId, Vec<StepId>)>,
}

impl<'a> Telling<'a> {
    fn new(sources: &'a SourceMap, bundle: &'a Bundle, plan: &'a Plan, teller: &'a Teller<'a>) -> Self {
        Self {
            sources,
            bundle,
            plan,
            teller,
            gathered: Gathered::default(),
            counts: Counts::default(),
            fit: 0,
            used: Used::default(),
            given: Vec::new(),
        }
    }

    fn take(&mut self, part: Part) {
        self.fit += part.fit;
        for outcome in part.outcomes {
            *match outcome {
                Outcome::Allowed => &mut self.counts.allowed,
                Outcome::Denied => &mut self.counts.denied,
                Outcome::Indeterminate => &mut self.counts.indeterminate,
                Outcome::OrderDependent => &mut self.counts.order_dependent,
            } += 1;
        }
        for (id, judged) in part.remarkable {
            let denied = (FindingLevel::Error, Code::Denied.as_str());
            if is_plain_denial(&judged) && self.gathered.is_full(denied.0, denied.1) {
                self.gathered.count(denied.0, denied.1);
                continue;
            }
            self.used.note(self.plan.step(id), &judged);
            self.given.extend(standing::given(&judged).map(|from| (id, from.clone())));
            let found = self.teller.step(id, &judged).into_iter();
            let mut found: Vec<Finding> = found.map(|found| self.finding(found)).collect();
            found.sort_by(|one, other| order((None, one), (None, other)));
            found.into_iter().for_each(|finding| self.gathered.take(Some(id.position()), finding));
        }
    }

    /// Takes what is found about no step alone, and what is worth knowing about the texts.
    fn finish(&mut self, last: Vec<(Option<StepId>, Found)>, remarks: Vec<Diagnostic>) {
        let found = last.into_iter().map(|(id, found)| (id.map(StepId::position), self.finding(found)));
        let of_text = |remark: &Diagnostic| finding(self.sources, self.bundle, remark, (None, None));
        let remarks = remarks.iter().map(|remark| (None, of_text(remark)));
        let mut findings: Vec<(Option<usize>, Finding)> = found.chain(remarks).collect();
        findings.sort_by(|one, other| order((one.0, &one.1), (other.0, &other.1)));
        findings.into_iter().for_each(|(position, finding)| self.gathered.take(position, finding));
    }

    fn finding(&self, found: Found) -> Finding {
        finding(self.sources, self.bundle, &found.diagnostic, (found.step, found.policy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::uid_of;

    #[test]
    fn uids_are_written_as_cedar_writes_them() {
        let mut spelling = Spelling::default();
        for id in ["a", "", "a b", "a\"b", "it's", "back\\slash", "é", "tab\t", "\u{202e}x", "a::\"b\""] {
            for name in ["User", "A::B::User"] {
                let uid = uid_of(&name.parse().unwrap(), id);
                assert_eq!(spelling.of(&uid), uid.to_string());
            }
        }
    }
}
