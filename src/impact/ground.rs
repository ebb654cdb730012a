//! What an impact is computed from: texts to plans, estate and bundle.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::decide::brief;
use crate::diagnostic::Sink;
use crate::document::{ApprovalsDocument, EstateDocument, Level};
use crate::import;
use crate::model::{Estate, Plan, Uid};
use crate::policy::{self, Bundle};
use crate::report::sha256;
use crate::resolve;
use crate::source::{SourceId, SourceMap};

use super::{Inputs, Settings};

/// What is the same for all plans of a run.
pub(super) struct Ground<'a> {
    sources: &'a Arc<SourceMap>,
    settings: &'a Settings,
    pub(super) bundle: Bundle,
    pub(super) estate: Estate,
    approvals: Vec<ApprovalsDocument>,
    operations: BTreeSet<Uid>,
}

impl<'a> Ground<'a> {
    /// Reads the bundle, the estate and the approvals; everything that is wrong goes to the sink.
    pub(super) fn prepare(
        sources: &'a Arc<SourceMap>,
        inputs: &Inputs,
        settings: &'a Settings,
        sink: &mut Sink,
    ) -> Option<Self> {
        let documents = import::bundle(sources, &inputs.bundle, sink);
        let parts: Vec<Option<EstateDocument>> =
            inputs.estates.iter().map(|part| import::estate(sources, *part, sink)).collect();
        let approvals: Vec<Option<ApprovalsDocument>> =
            settings.approvals.iter().map(|file| import::approvals(sources, *file, sink)).collect();
        let bundle = policy::compile(sources, &documents?, sink)?;
        let parts: Vec<EstateDocument> = parts.into_iter().collect::<Option<_>>()?;
        let approvals = approvals.into_iter().collect::<Option<_>>()?;
        let estate = resolve::estate(&parts, bundle.schema(), sink)?;
        let operations = bundle.operations().map(|(action, _)| action.clone()).collect();
        Some(Self { sources, settings, bundle, estate, approvals, operations })
    }

    /// A plan whose contexts hold what the engine tells its policies.
    pub(super) fn plan(&self, source: SourceId, sink: &mut Sink) -> Option<Plan> {
        let document = import::plan(self.sources, source, sink)?;
        let schema = self.bundle.schema();
        let mut plan = resolve::plan(&document, schema, &self.operations, &self.estate.state, sink)?;
        let digest = sha256(self.sources.get(source).text().as_bytes());
        let soft =
            self.bundle.policies().map(|policy| (policy.id.clone(), policy.level == Level::Soft)).collect();
        let approvals = resolve::approvals(&self.approvals, &plan, &digest, &soft, schema, sink)?;
        brief(&mut plan, &self.estate, &self.bundle, &approvals, self.settings.at);
        Some(plan)
    }
}
