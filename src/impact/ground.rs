//! What an impact is computed from: texts to plans, estate and bundle.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::decide::{brief, circles_are_left_alone, circles_are_not_asked};
use crate::diagnostic::Sink;
use crate::document::{ApprovalsDocument, EstateDocument, Level};
use crate::import::{self, ImportedEstate};
use crate::model::{Estate, Plan, Uid};
use crate::parallel::Threads;
use crate::policy::{self, Bundle};
use crate::report::ImportReport;
use crate::resolve;
use crate::source::{SourceId, SourceMap};

use super::{Inputs, Settings};

/// What is the same for all plans of a run.
pub(super) struct Ground<'a> {
    sources: &'a Arc<SourceMap>,
    settings: &'a Settings,
    pub(super) bundle: Bundle,
    parts: Vec<EstateDocument>,
    estate: Estate,
    /// What became of estates of other programs.
    imports: Vec<ImportReport>,
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
        let parts: Vec<Option<ImportedEstate>> = inputs
            .estates
            .iter()
            .map(|part| import::estate(sources, *part, &settings.import, sink))
            .collect();
        let approvals: Vec<Option<ApprovalsDocument>> =
            settings.approvals.iter().map(|file| import::approvals(sources, *file, sink)).collect();
        let bundle = policy::compile(sources, &documents?, sink)?;
        let parts: Vec<ImportedEstate> = parts.into_iter().collect::<Option<_>>()?;
        let imports = parts.iter().zip(&inputs.estates).map(|(part, id)| part.report(sources, *id));
        let imports = imports.flatten().collect();
        let parts: Vec<EstateDocument> = parts.into_iter().map(|part| part.estate).collect();
        let approvals = approvals.into_iter().collect::<Option<_>>()?;
        let estate = resolve::estate(&parts, bundle.schema(), sink)?;
        let operations = bundle.operations().map(|(action, _)| action.clone()).collect();
        Some(Self { sources, settings, bundle, parts, estate, imports, approvals, operations })
    }

    /// A plan whose contexts hold what the engine tells its policies.
    pub(super) fn plan(&self, source: SourceId, sink: &mut Sink) -> Option<Asked> {
        let mut imported = import::plan(self.sources, source, &self.settings.import, sink)?;
        import::find_names(&mut imported, &self.parts.iter().collect::<Vec<_>>(), sink)?;
        let own_report = imported.report(self.sources, source);
        let imports = own_report.into_iter().chain(self.imports.iter().cloned()).collect();
        let schema = self.bundle.schema();
        let own = match imported.estate {
            Some(part) => {
                let parts: Vec<EstateDocument> = self.parts.iter().cloned().chain([part]).collect();
                Some(resolve::estate(&parts, schema, sink)?)
            }
            None => None,
        };
        let estate = own.as_ref().unwrap_or(&self.estate);
        let mut plan =
            resolve::plan(&imported.plan, schema, &self.operations, &estate.state, Threads::default(), sink)?;
        circles_are_left_alone(&plan, estate, &self.bundle, sink)?;
        let actions = || schema.actions.values();
        let types = actions().flat_map(|action| action.principals.iter().chain(&action.resources)).collect();
        circles_are_not_asked(&types, &BTreeSet::new(), estate, sink)?;
        let digest = self.sources.get(source).digest();
        let soft =
            self.bundle.policies().map(|policy| (policy.id.clone(), policy.level == Level::Soft)).collect();
        let approvals = resolve::approvals(&self.approvals, &plan, digest, &soft, schema, sink)?;
        brief(&mut plan, estate, &self.bundle, &approvals, self.settings.at);
        Some(Asked { plan, own, imports })
    }

    /// The estate that a plan is asked about.
    pub(super) fn estate_of<'b>(&'b self, asked: &'b Asked) -> &'b Estate {
        asked.own.as_ref().unwrap_or(&self.estate)
    }
}

/// A plan that is asked about.
pub(super) struct Asked {
    pub(super) plan: Plan,
    /// The estate with what the plan's own text adds to it, where it adds anything.
    own: Option<Estate>,
    /// What became of the plan and of the estate, where they are files of other programs.
    pub(super) imports: Vec<ImportReport>,
}
