//! Judges plans: the whole journey, from texts to reports.

mod assemble;
mod consent;
mod controls;
mod gate;
mod remedies;
mod standing;
mod stream;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU64;
use std::ops::ControlFlow;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::decide::{Briefing, Effort, Judgement, brief, circles_are_left_alone, decide_watched};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{ApprovalsDocument, EstateDocument, Level};
use crate::explain::{Examiner, explain};
use crate::import::{self, BundleFiles, ImportedEstate, ImportedPlan};
use crate::model::{Approvals, Estate, Plan, Step, Uid};
use crate::parallel::{self, Threads};
use crate::policy::{self, Bundle};
use crate::progress::{Progress, Stage};
use crate::remedy::{self, Patched, Question, Remedies};
use crate::report::{FindingLevel, ImportReport, Outcome, Report, Verdict};
use crate::resolve::{self, Places};
use crate::source::{SourceId, SourceMap};
use world::{Parts, World};

/// The texts that a check is about.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The plans, each judged by itself.
    pub plans: Vec<SourceId>,
    /// The parts of the estate, which together are one.
    pub estates: Vec<SourceId>,
    /// The files of the bundle.
    pub bundle: BundleFiles,
}

/// How to judge.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The instant of judgement.
    pub at: Timestamp,
    /// The texts of approvals and overrides.
    pub approvals: Vec<SourceId>,
    /// Who submitted the plan, as the surroundings know it; must be the plan's author.
    pub author: Option<String>,
    /// How old the estate may be, where that is limited.
    pub max_age: Option<SignedDuration>,
    /// How much work judging a plan may be.
    pub effort: Effort,
    /// How much is found out about each step.
    pub detail: Detail,
    /// The bundle as it was before the change that is being checked, where that may have changed it too:
    /// it judges, and the other only shows what would differ.
    pub base: Option<BundleFiles>,
    /// The texts of approvals and overrides as they were before the change that is being checked, where
    /// that may have changed them too: they count, and one that only the others have rejects.
    pub base_approvals: Option<Vec<SourceId>>,
    /// Whether to say what would make the steps of a rejected plan allowed.
    pub advice: Advice,
    /// Who is told how far the work is.
    pub progress: Progress,
    /// One of so many decisions is made a second time by plain Cedar, from all policies.
    pub cross_check: Option<NonZeroU64>,
    /// How plans and estates of other programs are read.
    pub import: import::Options,
    /// Warnings about the inputs from before they were read; they become findings of every report.
    pub remarks: Sink,
}

/// How much is found out about each step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The outcome, with a sentence for each reason.
    #[default]
    Outcomes,
    /// Of the step at that address also the policies, part by part.
    Step(String),
    /// Of so many of the steps that are not allowed, the first in plan order, also the policies.
    Refused(usize),
    /// Of so many steps also the policies, part by part: first of those that are not allowed, then of the
    /// others, each in plan order.
    Worst(usize),
    /// Of every step also the policies, part by part.
    AllSteps,
}

impl Detail {
    /// Says whether the policies of a step are asked for, whatever its outcome.
    pub fn covers(&self, address: &str) -> bool {
        match self {
            Detail::Outcomes | Detail::Refused(_) | Detail::Worst(_) => false,
            Detail::Step(asked) => asked == address,
            Detail::AllSteps => true,
        }
    }
}

/// Whether remedies are sought for a rejected plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Advice {
    /// They are sought: the plan is judged again with each change that could mend it.
    Sought,
    /// One is sought for each of the first steps of a small plan.
    Brief,
    /// They are not.
    #[default]
    Omitted,
}

impl Settings {
    /// To judge as of an instant, without approvals and without remedies.
    pub fn at(at: Timestamp) -> Self {
        Self {
            at,
            approvals: Vec::new(),
            author: None,
            max_age: None,
            effort: Effort::default(),
            detail: Detail::Outcomes,
            base: None,
            base_approvals: None,
            advice: Advice::Omitted,
            progress: Progress::untold(),
            cross_check: None,
            import: import::Options::default(),
            remarks: Sink::new(),
        }
    }
}

/// What came of one plan.
#[derive(Debug)]
pub enum Answer<Account = Box<Report>> {
    /// It was judged.
    Judged(Account),
    /// It has no steps.
    NothingToJudge,
    /// Something is wrong with the texts; the sink says what.
    CouldNotJudge,
}

/// Judges plans against an estate by a bundle, as of an instant; see [`check_with`].
pub fn check(sources: &Arc<SourceMap>, inputs: &Inputs, at: Timestamp, sink: &mut Sink) -> Vec<Answer> {
    check_with(sources, inputs, &Settings::at(at), sink)
}

/// What is known of a plan whose report was written in lines.
#[derive(Clone, Debug)]
pub struct Told {
    /// What the whole says.
    pub verdict: Verdict,
    /// The id of the plan.
    pub plan: String,
    /// How many findings there are of each level.
    pub findings: BTreeMap<FindingLevel, usize>,
    /// What became of files of other programs.
    pub imports: Vec<ImportReport>,
}

/// Judges plans against an estate by a bundle; one answer for each plan, in order.
///
/// Warnings about the texts become findings of the reports. Whatever is wrong with the texts goes to
/// the sink, everything together.
pub fn check_with(
    sources: &Arc<SourceMap>,
    inputs: &Inputs,
    settings: &Settings,
    sink: &mut Sink,
) -> Vec<Answer> {
    each(sources, inputs, settings, sink, |ground, plan, common, own| ground.judge(plan, common, own))
}

/// Judges like [`check_with`], and writes each report in lines while it judges; see [`crate::report::lines`].
///
/// No report is kept, so that plans may be large. `write` is given whole lines, and breaks where it
/// could not write them; then there is nothing more to judge.
pub fn check_in_lines(
    sources: &Arc<SourceMap>,
    inputs: &Inputs,
    settings: &Settings,
    sink: &mut Sink,
    write: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> Vec<Answer<Told>> {
    each(sources, inputs, settings, sink, |ground, plan, common, own| ground.tell(plan, common, own, write))
}

fn each<Account>(
    sources: &Arc<SourceMap>,
    inputs: &Inputs,
    settings: &Settings,
    sink: &mut Sink,
    mut judge: impl FnMut(&Ground<'_>, ReadPlan, &Sink, &mut Sink) -> Answer<Account>,
) -> Vec<Answer<Account>> {
    let mut common = settings.remarks.clone();
    let base = settings.base.as_ref().unwrap_or(&inputs.bundle);
    let read = |plan: SourceId| {
        let mut own = Sink::new();
        (ReadPlan::of(sources, plan, settings, &mut own), own)
    };
    let large = |plan: &&SourceId| sources.get(**plan).text().len() >= LARGE;
    let first = inputs.plans.first().filter(large);
    let threads = if first.is_some() { settings.effort.threads } else { Threads::new(1) };
    let prepare = || Ground::prepare(sources, inputs, base, settings, &mut common);
    let (mut ground, mut first) = parallel::both(threads, prepare, || first.map(|plan| read(*plan)));
    if settings.base.is_some() {
        let changed = gate::Changed::prepare(sources, inputs, settings, &mut common);
        ground = ground.and_then(|ground| Some(Ground { changed: Some(changed?), ..ground }));
    }
    let mut answers = Vec::with_capacity(inputs.plans.len());
    for plan in &inputs.plans {
        let (document, mut own) = first.take().unwrap_or_else(|| read(*plan));
        let answer = match (&ground, document) {
            (Some(ground), Some(document)) => judge(ground, document, &common, &mut own),
            _ => Answer::CouldNotJudge,
        };
        if matches!(answer, Answer::CouldNotJudge) {
            sink.extend(own);
        }
        answers.push(answer);
    }
    if answers.iter().any(|answer| !matches!(answer, Answer::Judged(_))) {
        sink.extend(common);
    }
    answers
}

/// What all plans of a run are judged against.
struct Ground<'a> {
    sources: &'a Arc<SourceMap>,
    inputs: &'a Inputs,
    settings: &'a Settings,
    bundle: Bundle,
    world: World,
    /// What became of estates of other programs.
    imports: Vec<ImportReport>,
    approvals: Vec<ApprovalsDocument>,
    /// What the change that is being checked has in place of these.
    offered: Option<Vec<ApprovalsDocument>>,
    operations: BTreeSet<Uid>,
    /// The bundle that the bundle above was changed into.
    changed: Option<gate::Changed<'a>>,
}

/// A plan as its text says it.
struct ReadPlan {
    source: SourceId,
    document: ImportedPlan,
}

impl ReadPlan {
    fn of(sources: &SourceMap, source: SourceId, settings: &Settings, sink: &mut Sink) -> Option<Self> {
        let document = import::plan(sources, source, &settings.import, sink)?;
        Some(Self { source, document })
    }
}

/// From so many bytes on a plan is read while the estate is.
const LARGE: usize = 1 << 20;

/// A plan with its document, and with what people and the engine say of it.
struct Resolved {
    document: ImportedPlan,
    /// The estate with what the plan's own text adds to it, where it adds anything.
    own: Option<World>,
    plan: Plan,
    briefing: Briefing,
    approvals: Approvals,
}

/// What is read beside the bundle.
struct FactsRead {
    parts: Vec<Option<ImportedEstate>>,
    approvals: Option<Vec<ApprovalsDocument>>,
    base: Option<Option<Vec<ApprovalsDocument>>>,
    found: Sink,
}

impl FactsRead {
    fn of(sources: &SourceMap, inputs: &Inputs, settings: &Settings) -> Self {
        let mut found = Sink::new();
        let parts = read_estates(sources, inputs, settings, &mut found);
        let approvals = read_approvals(sources, &settings.approvals, &mut found);
        let base = settings.base_approvals.as_ref().map(|files| read_approvals(sources, files, &mut found));
        Self { parts, approvals, base, found }
    }
}

/// Reads the parts of the estate, which are the largest files.
fn read_estates(
    sources: &SourceMap,
    inputs: &Inputs,
    settings: &Settings,
    sink: &mut Sink,
) -> Vec<Option<ImportedEstate>> {
    let bytes = |part: &SourceId| sources.get(*part).text().len() as u64;
    let work = settings.progress.begin(Stage::Reading, inputs.estates.iter().map(bytes).sum());
    let read = |part: &SourceId| {
        let estate = import::estate(sources, *part, &settings.import, sink);
        work.advance(bytes(part));
        estate
    };
    inputs.estates.iter().map(read).collect()
}

impl<'a> Ground<'a> {
    fn prepare(
        sources: &'a Arc<SourceMap>,
        inputs: &'a Inputs,
        bundle: &BundleFiles,
        settings: &'a Settings,
        sink: &mut Sink,
    ) -> Option<Self> {
        let documents = import::bundle(sources, bundle, sink);
        let compile = || {
            let mut found = Sink::new();
            (documents.and_then(|documents| policy::compile(sources, &documents, &mut found)), found)
        };
        let (compiled, read) =
            parallel::both(settings.effort.threads, compile, || FactsRead::of(sources, inputs, settings));
        let FactsRead { parts, approvals, base, found } = read;
        let (bundle, found_in_bundle) = compiled;
        sink.extend(found);
        sink.extend(found_in_bundle);
        let bundle = bundle?;
        let bundle = match settings.cross_check {
            Some(every) => bundle.cross_checked(every),
            None => bundle,
        };
        let parts: Vec<ImportedEstate> = parts.into_iter().collect::<Option<_>>()?;
        let imports = parts.iter().zip(&inputs.estates).map(|(part, id)| part.report(sources, *id));
        let imports = imports.flatten().collect();
        let parts: Vec<EstateDocument> = parts.into_iter().map(|part| part.estate).collect();
        let (approvals, offered) = match base {
            Some(base) => (base?, Some(approvals?)),
            None => (approvals?, None),
        };
        let looks = |plan: &SourceId| import::looks_at_estate(sources.get(*plan), &settings.import);
        let keep = if inputs.plans.iter().any(looks) { Parts::Kept } else { Parts::Dropped };
        let world = World::new(parts, bundle.schema(), settings, keep, sink)?;
        let operations = bundle.operations().map(|(action, _)| action.clone()).collect();
        let changed = None;
        Some(Self {
            sources,
            inputs,
            settings,
            bundle,
            world,
            imports,
            approvals,
            offered,
            operations,
            changed,
        })
    }

    /// The journey of one plan.
    fn judge(&self, read: ReadPlan, common: &Sink, sink: &mut Sink) -> Answer {
        let source = read.source;
        let Some(resolved) = self.resolve(read, sink) else { return Answer::CouldNotJudge };
        let Resolved { plan, briefing, .. } = &resolved;
        if plan.steps.is_empty() {
            return Answer::NothingToJudge;
        }
        let World { estate, places, .. } = self.world_of(&resolved);
        let Settings { effort, progress, .. } = self.settings;
        let mut judgement = decide_watched(plan, estate, &self.bundle, briefing, *effort, progress);
        let mut explanation = explain(plan, estate, &self.bundle, briefing, &judgement);
        let given = plan.step_ids().zip(&judgement.steps);
        let given: Vec<_> =
            given.filter_map(|(id, judged)| Some((id, standing::given(judged)?.clone()))).collect();
        let standing = standing::notes(plan, estate, &self.bundle, &given);
        explanation.findings.extend(standing.into_iter().map(|(_, found)| found));
        if let Some(changed) = &self.changed {
            changed.forbid(source, &self.bundle, &mut judgement, &mut explanation);
        }
        if let Some(offered) = &self.offered {
            consent::forbid(offered, &self.approvals, plan, &mut judgement, &mut explanation);
        }
        let (remedies, patched) = self.remedies(source, &resolved, &judgement);
        let remarks = common.clone().and(sink).into_sorted();
        let assembly = assemble::Assembly {
            sources: self.sources,
            inputs: self.inputs,
            settings: self.settings,
            source,
            bundle: &self.bundle,
            briefing,
            remarks,
            remedies: &remedies,
            patched,
            imports: self.imports_with(source, &resolved.document),
        };
        let mut report = assembly.report(plan, &judgement, &explanation);
        report.controls = controls::of(&report, plan, &self.bundle);
        if let Some(places) = places {
            self.examine(plan, estate, places, &judgement, &mut report);
        }
        Answer::Judged(Box::new(report))
    }

    /// The estate with what the plan's own text adds to it.
    fn world_of<'b>(&'b self, resolved: &'b Resolved) -> &'b World {
        resolved.own.as_ref().unwrap_or(&self.world)
    }

    /// What became of the plan and of the estate, where they are files of other programs.
    fn imports_with(&self, source: SourceId, plan: &ImportedPlan) -> Vec<ImportReport> {
        plan.report(self.sources, source).into_iter().chain(self.imports.iter().cloned()).collect()
    }

    /// Adds to a report what the policies say of the steps that were asked for.
    fn examine(
        &self,
        plan: &Plan,
        estate: &Estate,
        places: &Places,
        judgement: &Judgement,
        report: &mut Report,
    ) {
        let mut examiner = Examiner::new(plan, estate, &self.bundle, self.sources, places);
        let refused = report.steps.iter().filter(|step| step.outcome != Outcome::Allowed).count();
        let (mut refused, mut allowed) = match self.settings.detail {
            Detail::Refused(most) => (most, 0),
            Detail::Worst(most) => (most, most.saturating_sub(refused)),
            _ => (0, 0),
        };
        let covered = report.steps.iter().filter(|step| self.settings.detail.covers(&step.id)).count();
        let amount = covered.max((refused + allowed).min(report.steps.len()));
        let work = self.settings.progress.begin(Stage::Explaining, amount as u64);
        for ((id, judged), step) in plan.step_ids().zip(&judgement.steps).zip(&mut report.steps) {
            let left = if step.outcome == Outcome::Allowed { &mut allowed } else { &mut refused };
            let is_next = *left > 0;
            *left -= usize::from(is_next);
            if is_next || self.settings.detail.covers(&step.id) {
                let examined = examiner.step(id, judged);
                step.reasons.told_for = examined.told_for;
                step.reasons.policies = examined.policies;
                step.reasons.further_permits = Some(examined.further_permits);
                step.reasons.passed_forbids = examined.passed_forbids;
                step.reasons.entities = examined.entities;
                work.advance(1);
            }
        }
    }

    /// What would make the steps of a rejected plan allowed, and the plan's text with one of these changes.
    fn remedies(
        &self,
        source: SourceId,
        resolved: &Resolved,
        judgement: &Judgement,
    ) -> (Vec<Remedies>, Option<Patched>) {
        let extent = match self.settings.advice {
            _ if judgement.verdict.is_approved() => return (Vec::new(), None),
            Advice::Omitted => return (Vec::new(), None),
            Advice::Brief => remedy::Extent::Brief,
            Advice::Sought => remedy::Extent::Thorough,
        };
        let question = Question {
            document: &resolved.document.plan,
            plan: &resolved.plan,
            estate: &self.world_of(resolved).estate,
            bundle: &self.bundle,
            operations: &self.operations,
            approvals: &resolved.approvals,
            briefing: &resolved.briefing,
            judgement,
            at: self.settings.at,
            effort: self.settings.effort,
            own: resolved.document.format.own,
            given: &self.world.estate,
        };
        let is_asked = |step: &Step| match &self.settings.detail {
            Detail::Step(asked) => *asked == step.address,
            Detail::Outcomes | Detail::AllSteps | Detail::Refused(_) | Detail::Worst(_) => true,
        };
        let found = remedy::seek(&question, extent, is_asked);
        let patchable = question.own && extent == remedy::Extent::Thorough;
        let patched = patchable.then(|| remedy::patch(&question, self.sources, source, &found)).flatten();
        (found, patched)
    }

    /// A plan with everything that the engine tells its policies.
    fn resolve(&self, read: ReadPlan, sink: &mut Sink) -> Option<Resolved> {
        let ReadPlan { source, mut document } = read;
        import::find_names(&mut document, &self.world.parts(), sink)?;
        let schema = self.bundle.schema();
        let own = match &document.estate {
            Some(part) => Some(self.world.with(part, schema, self.settings, sink)?),
            None => None,
        };
        let estate = &own.as_ref().unwrap_or(&self.world).estate;
        let threads = self.settings.effort.threads;
        let mut plan = resolve::plan(&document.plan, schema, &self.operations, &estate.state, threads, sink)?;
        self.same_author(&plan, sink)?;
        circles_are_left_alone(&plan, estate, &self.bundle, sink)?;
        let digest = self.sources.get(source).digest();
        let soft =
            self.bundle.policies().map(|policy| (policy.id.clone(), policy.level == Level::Soft)).collect();
        let approvals = resolve::approvals(&self.approvals, &plan, digest, &soft, schema, sink)?;
        let briefing = brief(&mut plan, estate, &self.bundle, &approvals, self.settings.at);
        briefing.remarks.iter().for_each(|remark| sink.push(remark.clone()));
        let conform = assemble::requests_conform(&plan, &self.bundle, sink);
        conform.then_some(Resolved { document, own, plan, briefing, approvals })
    }

    /// Refuses a plan whose author is not the one that the surroundings know.
    fn same_author(&self, plan: &Plan, sink: &mut Sink) -> Option<()> {
        let Some(given) = &self.settings.author else { return Some(()) };
        let known = resolve::uid_named(given, self.bundle.schema());
        let message = match (&known, &plan.author) {
            (Ok(known), Some(author)) if known == author => return Some(()),
            (Err(why), _) => format!("the author that was given is not usable: {why}"),
            (Ok(known), Some(author)) => {
                format!("the plan says that `{author}` wrote it, and `{known}` submits it")
            }
            (Ok(known), None) => format!("the plan names no author, and `{known}` submits it"),
        };
        let hint = "a plan is judged for the author who submits it";
        sink.push(Diagnostic::new(Code::WrongAuthor, message).label(plan.span, "this plan").hint(hint));
        None
    }
}

/// Reads approvals files; `None` where one is not usable.
fn read_approvals(
    sources: &SourceMap,
    files: &[SourceId],
    sink: &mut Sink,
) -> Option<Vec<ApprovalsDocument>> {
    let documents: Vec<_> = files.iter().map(|file| import::approvals(sources, *file, sink)).collect();
    documents.into_iter().collect()
}
