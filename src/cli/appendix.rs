//! What a page for the files has besides the judgement: rights and impact.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rights::rows;
use crate::check::{Inputs, Settings};
use crate::decide::brief;
use crate::diagnostic::Sink;
use crate::document::EstateDocument;
use crate::impact::{self, Answer, impact};
use crate::import;
use crate::model::Approvals;
use crate::parallel::Threads;
use crate::policy::{self, Bundle};
use crate::report::render::Style;
use crate::report::{Appendix, RightsTable};
use crate::resolve;
use crate::rights::rights;
use crate::source::{SourceId, SourceMap};

/// The answers for each plan that could be read.
///
/// What is wrong with the texts was told when the plans were judged, and is not told again.
pub(super) fn appendices(
    sources: &Arc<SourceMap>,
    inputs: &Inputs,
    settings: &Settings,
) -> BTreeMap<SourceId, Appendix> {
    let question = impact::Inputs {
        plans: inputs.plans.clone(),
        estates: inputs.estates.clone(),
        bundle: inputs.bundle.clone(),
    };
    let how = impact::Settings {
        approvals: settings.approvals.clone(),
        import: settings.import.clone(),
        ..impact::Settings::at(settings.at)
    };
    let told = impact(sources, &question, &how, &mut Sink::new());
    let ground = Ground::prepare(sources, inputs, settings);
    let mut appendices = BTreeMap::new();
    for (plan, told) in inputs.plans.iter().zip(told) {
        let impact = match told {
            Answer::Told(report) => Some(*report),
            Answer::NothingToJudge | Answer::CouldNotJudge => None,
        };
        let rights = ground.as_ref().and_then(|ground| ground.rights(sources, *plan, settings));
        appendices.insert(*plan, Appendix { rights, impact });
    }
    appendices
}

/// What the plans have in common.
struct Ground {
    bundle: Bundle,
    parts: Vec<EstateDocument>,
}

impl Ground {
    fn prepare(sources: &SourceMap, inputs: &Inputs, settings: &Settings) -> Option<Self> {
        let mut sink = Sink::new();
        let documents = import::bundle(sources, &inputs.bundle, &mut sink)?;
        let bundle = policy::compile(sources, &documents, &mut sink)?;
        let parts = inputs.estates.iter().map(|part| {
            import::estate(sources, *part, &settings.import, &mut sink).map(|imported| imported.estate)
        });
        Some(Self { parts: parts.collect::<Option<_>>()?, bundle })
    }

    fn rights(&self, sources: &SourceMap, plan: SourceId, settings: &Settings) -> Option<RightsTable> {
        let mut sink = Sink::new();
        let imported = import::plan(sources, plan, &settings.import, &mut sink)?;
        let parts: Vec<EstateDocument> = self.parts.iter().cloned().chain(imported.estate).collect();
        let schema = self.bundle.schema();
        let estate = resolve::estate(&parts, schema, &mut sink)?;
        let operations = self.bundle.operations().map(|(action, _)| action.clone()).collect();
        let mut plan =
            resolve::plan(&imported.plan, schema, &operations, &estate.state, Threads::default(), &mut sink)?;
        brief(&mut plan, &estate, &self.bundle, &Approvals::default(), settings.at);
        let found = rights(&plan, &estate, &self.bundle);
        Some(rows(&self.bundle, &plan, &found, &Style::plain()))
    }
}
