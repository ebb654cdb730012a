//! Parts of the gate, each by itself, through the same functions.

use std::collections::BTreeSet;
use std::time::Instant;

use super::{Arguments, Failure, Read, read};
use crate::decide::{Journey, brief};
use crate::document::EstateDocument;
use crate::import::{self, ImportedEstate};
use crate::model::{Approvals, Uid};
use crate::policy;
use crate::report::bench::Timing;
use crate::resolve;

/// How long each run took, in seconds.
#[derive(Debug, Default)]
pub(super) struct Measured {
    policies_taken: Vec<f64>,
    estate_taken: Vec<f64>,
    plans_taken: Vec<f64>,
    ordered: Vec<f64>,
    pub(super) entities: u64,
    pub(super) policies: u64,
}

impl Measured {
    /// Measures every part once more.
    pub(super) fn run(&mut self, arguments: &Arguments) -> Result<(), Failure> {
        let Read { loaded, sources, mut loader } = read(arguments)?;
        let sink = &mut loader.sink;
        let clock = Instant::now();
        let documents = import::bundle(&sources, &loaded.inputs.bundle, sink);
        let bundle = documents.and_then(|documents| policy::compile(&sources, &documents, sink));
        self.policies_taken.push(clock.elapsed().as_secs_f64());
        let Some(bundle) = bundle else { return Err(Failure::Inputs(loader, sources)) };
        let clock = Instant::now();
        let ids = loaded.inputs.estates.iter();
        let parts: Option<Vec<ImportedEstate>> =
            ids.map(|id| import::estate(&sources, *id, &loaded.import, sink)).collect();
        let parts: Option<Vec<_>> = parts.map(|parts| parts.into_iter().map(|part| part.estate).collect());
        let estate = parts.as_ref().and_then(|parts| resolve::estate(parts, bundle.schema(), sink));
        self.estate_taken.push(clock.elapsed().as_secs_f64());
        let (Some(parts), Some(estate)) = (parts, estate) else {
            return Err(Failure::Inputs(loader, sources));
        };
        self.entities = estate.state.len() as u64;
        self.policies = bundle.policy_count() as u64;
        let operations: BTreeSet<Uid> = bundle.operations().map(|(action, _)| action.clone()).collect();
        let (mut taken, mut ordered) = (0.0, 0.0);
        for source in &loaded.inputs.plans {
            let clock = Instant::now();
            let mut document = import::plan(&sources, *source, &loaded.import, sink);
            let names: Vec<&EstateDocument> = parts.iter().collect();
            let found = document.as_mut().and_then(|plan| import::find_names(plan, &names, sink));
            taken += clock.elapsed().as_secs_f64();
            let Some(document) = document.filter(|_| found.is_some()) else { continue };
            // What a plan brings belongs to the estate; it is not measured here.
            let own = document.estate.clone().and_then(|part| {
                let parts: Vec<_> = parts.iter().cloned().chain([part]).collect();
                resolve::estate(&parts, bundle.schema(), sink)
            });
            let estate = own.as_ref().unwrap_or(&estate);
            let clock = Instant::now();
            let threads = arguments.inputs.effort().threads;
            let plan =
                resolve::plan(&document.plan, bundle.schema(), &operations, &estate.state, threads, sink);
            taken += clock.elapsed().as_secs_f64();
            let Some(mut plan) = plan else { continue };
            let clock = Instant::now();
            let at = arguments.inputs.instant();
            let briefing = brief(&mut plan, estate, &bundle, &Approvals::default(), at);
            drop(Journey::begin(&plan, estate, &bundle, &briefing, arguments.inputs.effort()));
            ordered += clock.elapsed().as_secs_f64();
        }
        self.plans_taken.push(taken);
        self.ordered.push(ordered);
        Ok(())
    }

    /// All of them, in the order in which the gate does them.
    pub(super) fn timings(self) -> Vec<Timing> {
        vec![
            Timing::of("policies: parsed, validated, indexed", self.policies_taken),
            Timing::of("estate: read and resolved", self.estate_taken),
            Timing::of("plans: read and resolved", self.plans_taken),
            Timing::of("orders: briefed, replayed, explored", self.ordered),
        ]
    }
}
