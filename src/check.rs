//! Judges plans: the whole journey, from texts to reports.

mod assemble;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::decide::{MAX_ORDERS, decide};
use crate::diagnostic::{Diagnostic, Sink};
use crate::document::EstateDocument;
use crate::explain::explain;
use crate::import::{self, BundleFiles};
use crate::model::{Estate, Uid};
use crate::policy::{self, Bundle};
use crate::report::Report;
use crate::resolve::{self, Alike};
use crate::source::{SourceId, SourceMap};

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

/// What came of one plan.
#[derive(Debug)]
pub enum Answer {
    /// It was judged.
    Judged(Box<Report>),
    /// It has no steps.
    NothingToJudge,
    /// Something is wrong with the texts; the sink says what.
    CouldNotJudge,
}

/// Judges plans against an estate by a bundle, as of an instant; one answer for each plan, in order.
///
/// Warnings about the texts become findings of the reports. Whatever is wrong with the texts goes to
/// the sink, everything together.
pub fn check(sources: &Arc<SourceMap>, inputs: &Inputs, at: Timestamp, sink: &mut Sink) -> Vec<Answer> {
    let mut common = Sink::new();
    let ground = Ground::prepare(sources, inputs, &mut common);
    let mut answers = Vec::with_capacity(inputs.plans.len());
    for plan in &inputs.plans {
        let mut own = Sink::new();
        let answer = match &ground {
            Some(ground) => ground.judge(sources, inputs, *plan, at, &common, &mut own),
            None => {
                import::plan(sources, *plan, &mut own);
                Answer::CouldNotJudge
            }
        };
        if matches!(answer, Answer::CouldNotJudge) {
            sink.extend(own);
        }
        answers.push(answer);
    }
    if answers.iter().any(|answer| matches!(answer, Answer::CouldNotJudge)) {
        sink.extend(common);
    }
    answers
}

/// What all plans of a run are judged against.
struct Ground {
    bundle: Bundle,
    estate: Estate,
    operations: BTreeSet<Uid>,
}

impl Ground {
    fn prepare(sources: &SourceMap, inputs: &Inputs, sink: &mut Sink) -> Option<Self> {
        let documents = import::bundle(sources, &inputs.bundle, sink);
        let parts: Vec<Option<EstateDocument>> =
            inputs.estates.iter().map(|part| import::estate(sources, *part, sink)).collect();
        let bundle = policy::compile(sources, &documents?, sink)?;
        let parts: Vec<EstateDocument> = parts.into_iter().collect::<Option<_>>()?;
        let estate = resolve::estate(&parts, bundle.schema(), sink)?;
        resolve::look_alikes(&parts, bundle.schema(), &Alike::new(&estate.state), sink);
        let operations = bundle.operations().map(|(action, _)| action.clone()).collect();
        Some(Self { bundle, estate, operations })
    }

    fn judge(
        &self,
        sources: &Arc<SourceMap>,
        inputs: &Inputs,
        source: SourceId,
        at: Timestamp,
        common: &Sink,
        sink: &mut Sink,
    ) -> Answer {
        let plan = import::plan(sources, source, sink)
            .and_then(|document| {
                resolve::plan(&document, self.bundle.schema(), &self.operations, &self.estate.state, sink)
            })
            .filter(|plan| assemble::requests_conform(plan, &self.bundle, sink));
        match plan {
            None => Answer::CouldNotJudge,
            Some(plan) if plan.steps.is_empty() => Answer::NothingToJudge,
            Some(plan) => {
                let judgement = decide(&plan, &self.estate, &self.bundle, MAX_ORDERS);
                let explanation = explain(&plan, &self.estate, &self.bundle, &judgement);
                let remarks: Vec<Diagnostic> = common.clone().and(sink).into_sorted();
                let assembly = assemble::Assembly { sources, inputs, source, at, bundle: &self.bundle, remarks };
                Answer::Judged(Box::new(assembly.report(&plan, &judgement, &explanation)))
            }
        }
    }
}
