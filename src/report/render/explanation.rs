//! Explanations as text for a person: each policy as a tree of what holds and what does not.

use std::collections::BTreeSet;

use super::names::Naming;
use super::tree::Branch;
use super::{Paint, Style, counted, text, wrap};
use crate::report::{
    ClauseReport, Form, Location, MembershipReport, Outcome, PartReport, PolicyReport, ReadReport, Report,
    Role, StepReport, TemplateReport, Truth,
};

/// Of more parts alike than this, some are only counted.
const MOST_ALIKE: usize = 6;

/// Of more refused steps than this, the verbose text of a report tells the policies of the first.
const MOST_REFUSED: usize = 200;

/// Tells everything about the steps of a report.
pub fn explanation(report: &Report, style: &Style) -> String {
    let mut parts: Vec<String> = Vec::new();
    for step in &report.steps {
        parts.push(heading(step, style));
        parts.extend(policies(step, style));
        parts.extend(rest(step, style));
        parts.extend(remedies(step, style));
    }
    let mut last = legend(report, style);
    last.push_str(&text::plan_verdict(report, style));
    parts.push(last);
    parts.join("\n")
}

/// Tells what the policies say of the steps that are not allowed, where that was looked into.
pub(super) fn of_refused(report: &Report, style: &Style) -> Vec<String> {
    let refused = report.steps.iter().filter(|step| step.outcome != Outcome::Allowed);
    let told = refused.filter(|step| !step.reasons.policies.is_empty()).take(MOST_REFUSED);
    told.flat_map(|step| {
        [heading(step, style)].into_iter().chain(policies(step, style)).chain(rest(step, style))
    })
    .collect()
}

fn heading(step: &StepReport, style: &Style) -> String {
    let naming =
        Naming::of([step.principal.as_str(), step.resource.as_str(), step.action.as_str()].into_iter());
    let (sign, paint) = match step.outcome {
        Outcome::Allowed => mark(Truth::True, style),
        Outcome::Denied => mark(Truth::False, style),
        Outcome::Indeterminate | Outcome::OrderDependent => mark(Truth::Unknown, style),
    };
    let mut head =
        Branch::new((sign, paint), format!("{} is {}", style.shown(&step.id), step.outcome.as_str()));
    head.remarks.extend(step.title.as_ref().map(|title| style.shown(title).into_owned()));
    let action = step.action.rsplit_once("::").map_or(step.action.as_str(), |(_, id)| id.trim_matches('"'));
    head.remarks.push(format!(
        "{} does {} on {}",
        naming.short(&step.principal, style),
        style.shown(action),
        naming.short(&step.resource, style)
    ));
    for reason in &step.reasons.because {
        head.remarks.push(style.shown(&reason.text).into_owned());
    }
    head.remarks.extend(told_for(step, style));
    head.draw(style)
}

/// Which of several decisions the policies are told for.
pub(super) fn told_for(step: &StepReport, style: &Style) -> Option<String> {
    let decision = step.reasons.told_for?;
    let run = match step.witnesses.get(&decision).map(Vec::as_slice) {
        None => String::new(),
        Some([]) => ", as where nothing runs before it".to_owned(),
        Some(run) => format!(", as after {}", run.join(", ")),
    };
    let told = format!("the order of other steps matters; this is told for `{}`{run}", decision.as_str());
    Some(style.shown(&told).into_owned())
}

fn policies(step: &StepReport, style: &Style) -> Vec<String> {
    trees(step, style).iter().map(|tree| tree.draw(style)).collect()
}

/// Each policy that decided a step, or nearly did, part by part.
pub(super) fn trees(step: &StepReport, style: &Style) -> Vec<Branch> {
    step.reasons.policies.iter().map(|policy| Teller::new(policy, style).policy(policy)).collect()
}

fn rest(step: &StepReport, style: &Style) -> Option<String> {
    let width = style.width.unwrap_or(usize::MAX);
    let sentences = left_out(step, style);
    let lines: Vec<String> = sentences.iter().flat_map(|sentence| wrap(sentence, width)).collect();
    let lines: Vec<String> = lines.iter().map(|line| style.paint(Paint::Faint, line)).collect();
    (!lines.is_empty()).then(|| lines.join("\n") + "\n")
}

/// What is not shown in full.
pub(super) fn left_out(step: &StepReport, style: &Style) -> Vec<String> {
    let shown =
        step.reasons.policies.iter().any(|policy| policy.role == Role::NearMiss && policy.effect == "permit");
    let mut sentences = Vec::new();
    if let Some(more @ 1..) = step.reasons.further_permits {
        let further = counted(more, if shown { "more permit" } else { "other permit" });
        let verb = if more == 1 { "does" } else { "do" };
        sentences.push(format!("{further} for this action and type of resource {verb} not apply"));
    }
    if !step.reasons.passed_forbids.is_empty() {
        let ids: Vec<_> = step.reasons.passed_forbids.iter().map(|id| style.shown(id)).collect();
        let verb = if ids.len() == 1 { "does" } else { "do" };
        let forbids = counted(ids.len(), "other forbid");
        sentences.push(format!("{forbids} for this action {verb} not apply: {}", ids.join(", ")));
    }
    sentences
}

/// What would make the step allowed.
fn remedies(step: &StepReport, style: &Style) -> Option<String> {
    let width = style.width.unwrap_or(usize::MAX);
    let mut lines = wrap("this would make it allowed; each was tried:", width);
    for (number, remedy) in step.remedies.iter().enumerate() {
        let text = wrap(&style.shown(&remedy.text), width.saturating_sub(5));
        for (at, line) in text.into_iter().enumerate() {
            let margin = if at == 0 { format!("{:>3}. ", number + 1) } else { " ".repeat(5) };
            lines.push(format!("{margin}{line}"));
        }
    }
    (!step.remedies.is_empty()).then(|| lines.join("\n") + "\n")
}

/// What the words and signs mean that were shown.
fn legend(report: &Report, style: &Style) -> String {
    let mut seen: BTreeSet<Truth> = BTreeSet::new();
    for policy in report.steps.iter().flat_map(|step| &step.reasons.policies) {
        let parts = policy.scope.iter().chain(policy.clauses.iter().map(|clause| &clause.part));
        parts.for_each(|part| collect_truths(part, &mut seen));
    }
    let word = |truth: &Truth| match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Value => "has this value",
        Truth::Error => "cannot be evaluated",
        Truth::Unknown => "not known yet",
        Truth::NotEvaluated => "not evaluated, because what stands before it settles the matter",
    };
    let signs: Vec<String> =
        seen.iter().map(|truth| format!("{} {}", mark(*truth, style).0, word(truth))).collect();
    if signs.is_empty() {
        return String::new();
    }
    let width = style.width.unwrap_or(usize::MAX);
    let is_refused = report.steps.iter().any(|step| step.outcome != Outcome::Allowed);
    let rule = is_refused.then_some("a step is allowed where some permit applies and no forbid does");
    let mut lines: Vec<String> = rule.map(|rule| wrap(rule, width)).unwrap_or_default();
    lines.extend(wrap(&signs.join("; "), width));
    lines.iter().map(|line| style.paint(Paint::Faint, line) + "\n").collect()
}

fn mark(truth: Truth, style: &Style) -> (&'static str, Paint) {
    match (truth, style.unicode) {
        (Truth::True, true) => ("✓", Paint::Good),
        (Truth::True, false) => ("+", Paint::Good),
        (Truth::False, true) => ("✗", Paint::Bad),
        (Truth::False, false) => ("x", Paint::Bad),
        (Truth::Value, _) => ("=", Paint::Strong),
        (Truth::Error, _) => ("!", Paint::Doubtful),
        (Truth::Unknown, _) => ("?", Paint::Doubtful),
        (Truth::NotEvaluated, true) => ("·", Paint::Faint),
        (Truth::NotEvaluated, false) => (".", Paint::Faint),
    }
}

/// Tells one policy; what it reads is told once.
struct Teller<'a> {
    style: &'a Style,
    naming: Naming<'a>,
    told: BTreeSet<String>,
    /// The file of the policy, which is not repeated.
    path: &'a str,
}

impl<'a> Teller<'a> {
    fn new(policy: &'a PolicyReport, style: &'a Style) -> Self {
        let mut uids: Vec<&str> = Vec::new();
        let parts = policy.scope.iter().chain(policy.clauses.iter().map(|clause| &clause.part));
        parts.for_each(|part| collect_uids(part, &mut uids));
        uids.extend(
            policy.template.iter().flat_map(|template| template.arguments.values()).map(String::as_str),
        );
        // A type that nothing has keeps every type in sight.
        uids.push("::\"\"");
        Self { style, naming: Naming::of(uids.into_iter()), told: BTreeSet::new(), path: &policy.span.path }
    }

    fn policy(&mut self, policy: &PolicyReport) -> Branch {
        let verdict = match policy.result {
            Truth::True => "applies",
            Truth::False | Truth::Value | Truth::NotEvaluated => "does not apply",
            Truth::Error => "cannot be evaluated",
            Truth::Unknown => "cannot be decided",
        };
        let level = if policy.effect == "forbid" && policy.level != "hard" {
            format!("{}, ", policy.level)
        } else {
            String::new()
        };
        let id = self.style.shown(&policy.policy);
        let place = format!("{}:{}", self.style.shown(&policy.span.path), policy.span.line);
        let head = format!("{id} {verdict} ({level}{place})");
        let paint = match (policy.effect.as_str(), policy.result) {
            (_, Truth::Error | Truth::Unknown) => Paint::Doubtful,
            ("permit", Truth::True) => Paint::Good,
            ("permit", _) | (_, Truth::True) => Paint::Bad,
            _ => Paint::Good,
        };
        let effect = if policy.effect == "permit" { "permit" } else { "forbid" };
        let mut branch = Branch::new((effect, paint), head);
        branch.remarks.extend(policy.title.as_ref().map(|title| self.style.shown(title).into_owned()));
        branch.remarks.extend(policy.message.as_ref().map(|message| self.style.shown(message).into_owned()));
        branch.remarks.extend(policy.template.as_ref().map(|template| self.template(template)));
        branch.below.extend(policy.scope.iter().map(|part| self.part(part, "")));
        branch.below.extend(policy.clauses.iter().map(|clause| self.clause(clause)));
        branch
    }

    fn template(&self, template: &TemplateReport) -> String {
        let arguments: Vec<String> = template
            .arguments
            .iter()
            .map(|(slot, uid)| format!("{slot} = {}", self.naming.short(uid, self.style)))
            .collect();
        let from = match (&template.since, &template.span) {
            (Some(step), _) => format!(", linked by step {}", self.style.shown(step)),
            (None, Some(span)) => format!(", linked at {}", self.place(span)),
            (None, None) => String::new(),
        };
        format!("template {} with {}{from}", self.style.shown(&template.id), arguments.join(" and "))
    }

    fn clause(&mut self, clause: &ClauseReport) -> Branch {
        let says = match (clause.kind.as_str(), clause.part.result) {
            (_, Truth::NotEvaluated) => "not evaluated",
            (_, Truth::Error) => "cannot be evaluated",
            (_, Truth::Unknown) => "cannot be decided",
            ("unless", Truth::True) => "holds, so there is an exception",
            ("unless", _) => "does not hold, so there is no exception",
            (_, Truth::True) => "holds",
            _ => "does not hold",
        };
        let below = self.part(&clause.part, "");
        let (list, below) = match clause.part.form {
            _ if below.below.is_empty() => ("", vec![below]),
            Form::All => (" all of", below.below),
            Form::Any => (" one of", below.below),
            Form::Choice => ("", below.below),
            Form::Not | Form::Anything | Form::Test => ("", vec![below]),
        };
        let text = format!("{}{list}: ({says})", clause.kind);
        Branch { below, ..Branch::new(mark(clause.part.result, self.style), text) }
    }

    fn part(&mut self, part: &PartReport, word: &str) -> Branch {
        let text = self.style.shown(&part.text).into_owned();
        let says = match part.form {
            Form::Anything => format!("{text}: any"),
            _ if part.result == Truth::NotEvaluated => text,
            Form::All => "all of:".to_owned(),
            Form::Any => "one of:".to_owned(),
            Form::Not => "not:".to_owned(),
            Form::Choice => "one or the other:".to_owned(),
            Form::Test => text,
        };
        let line = match &part.span {
            Some(span) if part.form == Form::Test && word.is_empty() => format!(" (line {})", span.line),
            _ => String::new(),
        };
        let value =
            part.value.as_ref().map_or(String::new(), |value| format!(" = {}", self.style.shown(value)));
        let mut branch = Branch::new(mark(part.result, self.style), format!("{word}{says}{value}{line}"));
        if part.result == Truth::NotEvaluated {
            return branch;
        }
        if part.form == Form::Test && part.parts.iter().all(|inner| inner.message != part.message) {
            branch
                .remarks
                .extend(part.message.as_ref().map(|message| self.style.shown(message).into_owned()));
        }
        for read in &part.reads {
            let line = self.read(read);
            if self.told.insert(line.clone()) {
                branch.remarks.push(line);
            }
        }
        if let Some(membership) = &part.membership {
            branch.remarks.extend(self.membership(membership, part.result));
        }
        branch.below = self.parts(part);
        branch
    }

    /// The parts of a part; of many that came out alike one after the other, the first stand for all.
    fn parts(&mut self, part: &PartReport) -> Vec<Branch> {
        let words: &[&str] = if part.form == Form::Choice { &["if ", "then ", "else "] } else { &[] };
        let mut words = words.iter().copied().chain(std::iter::repeat(""));
        let mut branches = Vec::new();
        for alike in part.parts.chunk_by(|left, right| left.result == right.result) {
            let shown = if alike.len() > MOST_ALIKE { MOST_ALIKE / 2 } else { alike.len() };
            branches
                .extend(alike.iter().zip(&mut words).take(shown).map(|(inner, word)| self.part(inner, word)));
            if let (Some(more @ 1..), Some(first)) = (alike.len().checked_sub(shown), alike.first()) {
                branches.push(Branch::new(mark(first.result, self.style), format!("{more} more like these")));
            }
        }
        branches
    }

    fn read(&self, read: &ReadReport) -> String {
        let text = self.style.shown(&read.text);
        let is = match &read.value {
            Some(value) => format!("{text} = {}", self.style.shown(value)),
            None => format!("{text} is absent"),
        };
        match (&read.since, &read.span) {
            (Some(step), _) => format!("{is}, since step {}", self.style.shown(step)),
            (None, Some(span)) => format!("{is} ({})", self.place(span)),
            (None, None) => is,
        }
    }

    fn membership(&self, asked: &MembershipReport, result: Truth) -> Vec<String> {
        let name = |uid: &String| self.naming.short(uid, self.style);
        let names = |uids: &[String], word: &str| uids.iter().map(name).collect::<Vec<_>>().join(word);
        let since = |step: &Option<String>, before: &str| {
            step.as_ref().map_or(String::new(), |step| format!("{before} step {}", self.style.shown(step)))
        };
        if result == Truth::True {
            let edges = asked.path.iter();
            return edges
                .map(|edge| {
                    let place =
                        edge.span.as_ref().map_or(String::new(), |span| format!(" ({})", self.place(span)));
                    let from = since(&edge.since, ", since");
                    format!("{} is in {}{from}{place}", name(&edge.child), name(&edge.parent))
                })
                .collect();
        }
        let child = name(&asked.child);
        let mut remarks = vec![match asked.is_in.is_empty() {
            true => format!("{child} is in nothing{}", since(&asked.since, ", since")),
            false => {
                let more = asked.in_more.map_or(String::new(), |more| format!(" and {more} more"));
                let from = since(&asked.since, "; this is so since");
                format!("{child} is in {}{more}{from}", names(&asked.is_in, ", "))
            }
        }];
        if !asked.would_do.is_empty() {
            remarks.push(format!("being in {} would make it true", names(&asked.would_do, " or in ")));
        }
        remarks
    }

    fn place(&self, span: &Location) -> String {
        match span.path == self.path {
            true => format!("line {}", span.line),
            false => format!("{}:{}", self.style.shown(&span.path), span.line),
        }
    }
}

fn collect_uids<'a>(part: &'a PartReport, uids: &mut Vec<&'a str>) {
    if let Some(asked) = &part.membership {
        uids.push(&asked.child);
        uids.extend(asked.targets.iter().chain(&asked.is_in).chain(&asked.would_do).map(String::as_str));
        uids.extend(asked.path.iter().flat_map(|edge| [edge.child.as_str(), edge.parent.as_str()]));
    }
    part.parts.iter().for_each(|inner| collect_uids(inner, uids));
}

fn collect_truths(part: &PartReport, seen: &mut BTreeSet<Truth>) {
    seen.insert(part.result);
    part.parts.iter().for_each(|inner| collect_truths(inner, seen));
}
