//! Worlds as the engine holds them.

#![allow(clippy::unwrap_used, reason = "a world that cannot be read is a mistake of its maker")]

use std::sync::Arc;

use countersign::decide::{Briefing, brief};
use countersign::diagnostic::Sink;
use countersign::import::{self, BundleFiles};
use countersign::model::{Estate, Plan};
use countersign::parallel::Threads;
use countersign::policy::{self, Bundle};
use countersign::resolve;
use countersign::source::{Role, SourceMap};
use jiff::Timestamp;

use super::{BigWorld, texts};

/// The texts of a world: of its bundle, its estate and its plan.
pub struct Texts {
    pub manifest: String,
    pub schema: String,
    pub operations: String,
    pub policies: String,
    pub links: Option<String>,
    pub estate: (&'static str, String),
    pub plan: (&'static str, String),
}

impl Texts {
    pub fn of(world: &BigWorld) -> Self {
        let (mut estate, mut plan) = (Vec::new(), Vec::new());
        world.write_estate(&mut estate).unwrap();
        world.write_plan(&mut plan).unwrap();
        Self {
            manifest: texts::MANIFEST.to_owned(),
            schema: texts::SCHEMA.to_owned(),
            operations: texts::OPERATIONS.to_owned(),
            policies: world.policies(),
            links: Some(world.links()),
            estate: ("estate.jsonl", String::from_utf8(estate).unwrap()),
            plan: ("plan.json", String::from_utf8(plan).unwrap()),
        }
    }

    /// The texts as sources: the bundle, the estate and the plan.
    pub fn sources(self) -> (Arc<SourceMap>, BundleFiles, [countersign::source::SourceId; 2]) {
        let mut sources = SourceMap::new();
        let mut add = |path: &str, role: Role, text: String| sources.add(path, role, text);
        let bundle = BundleFiles {
            manifest: add("bundle.toml", Role::Manifest, self.manifest),
            schema: add("schema.cedarschema", Role::Schema, self.schema),
            policies: vec![add("policies.cedar", Role::Policy, self.policies)],
            links: self.links.map(|text| add("links.json", Role::Links, text)),
            operations: add("operations.yaml", Role::Operations, self.operations),
        };
        let estate = add(self.estate.0, Role::Estate, self.estate.1);
        let plan = add(self.plan.0, Role::Plan, self.plan.1);
        (Arc::new(sources), bundle, [estate, plan])
    }
}

/// A world with nothing left to read.
pub struct Loaded {
    pub bundle: Bundle,
    pub estate: Estate,
    pub plan: Plan,
    pub briefing: Briefing,
}

impl Loaded {
    pub fn new(texts: Texts) -> Self {
        let (sources, files, [estate, plan]) = texts.sources();
        let mut sink = Sink::new();
        let documents = import::bundle(&sources, &files, &mut sink).unwrap();
        let bundle = policy::compile(&sources, &documents, &mut sink).unwrap();
        let options = import::Options::default();
        let document = import::estate(&sources, estate, &options, &mut sink).unwrap().estate;
        let estate = resolve::estate(&[document], bundle.schema(), &mut sink).unwrap();
        let operations = bundle.operations().map(|(action, _)| action.clone()).collect();
        let document = import::plan(&sources, plan, &options, &mut sink).unwrap().plan;
        let mut plan = resolve::plan(
            &document,
            bundle.schema(),
            &operations,
            &estate.state,
            Threads::default(),
            &mut sink,
        )
        .unwrap();
        let at: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let briefing = brief(&mut plan, &estate, &bundle, &Default::default(), at);
        Self { bundle, estate, plan, briefing }
    }
}
