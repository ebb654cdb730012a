//! The engine of this project, through its public library.

use std::collections::BTreeSet;

use countersign::decide::initial_state;
use countersign::diagnostic::Sink;
use countersign::import::{self, BundleFiles, Options};
use countersign::model::{Plan, State};
use countersign::policy::{self, Bundle, PolicySets, Prerequisites, Request, rule};
use countersign::resolve;
use countersign::source::{Role, SourceMap};

use crate::answer::Answer;
use crate::big_world::{BigWorld, texts};

/// A compiled bundle, the state before the plan, and the plan's steps as requests.
pub struct Ours {
    bundle: Bundle,
    state: State,
    plan: Plan,
    /// The position of each step of the world in the plan, which has them in an order of its own.
    positions: Vec<usize>,
}

/// The parts of an engine that are borrowed from it while it is asked.
pub struct Asking<'a> {
    world: &'a Ours,
    sets: PolicySets,
}

impl Ours {
    pub fn new(world: &BigWorld) -> Self {
        let mut sources = SourceMap::new();
        let mut sink = Sink::new();
        let files = BundleFiles {
            manifest: sources.add("bundle.toml", Role::Manifest, texts::MANIFEST),
            schema: sources.add("schema.cedarschema", Role::Schema, texts::SCHEMA),
            policies: vec![sources.add("policies.cedar", Role::Policy, world.policies())],
            links: Some(sources.add("links.json", Role::Links, world.links())),
            operations: sources.add("operations.yaml", Role::Operations, texts::OPERATIONS),
        };
        let text = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = Vec::new();
            write(&mut bytes);
            String::from_utf8(bytes).expect("a world is text")
        };
        let estate = text(&|to| world.write_estate(to).expect("memory takes everything"));
        let plan = text(&|to| world.write_plan(to).expect("memory takes everything"));
        let estate = sources.add("estate.jsonl", Role::Estate, estate);
        let plan = sources.add("plan.json", Role::Plan, plan);
        let options = Options::default();
        let documents = import::bundle(&sources, &files, &mut sink).expect("the bundle is readable");
        let bundle = policy::compile(&sources, &documents, &mut sink).expect("the bundle is valid");
        let part = import::estate(&sources, estate, &options, &mut sink).expect("the estate is readable");
        let estate =
            resolve::estate(&[part.estate], bundle.schema(), &mut sink).expect("the estate is valid");
        let document = import::plan(&sources, plan, &options, &mut sink).expect("the plan is readable");
        let operations: BTreeSet<_> = bundle.operations().map(|(action, _)| action.clone()).collect();
        let plan = resolve::plan(&document.plan, bundle.schema(), &operations, &estate.state, &mut sink)
            .expect("the plan is valid");
        let state = initial_state(&estate, &bundle);
        let number = |position: &usize| plan.steps[*position].address.rsplit('-').next().map(str::to_owned);
        let mut positions: Vec<usize> = (0..plan.steps.len()).collect();
        positions.sort_by_key(number);
        Self { bundle, state, plan, positions }
    }

    pub fn asking(&self) -> Asking<'_> {
        Asking { world: self, sets: PolicySets::new(&self.bundle, &self.state, Prerequisites::Kept) }
    }
}

impl Asking<'_> {
    /// The answer to the request that a step is.
    pub fn answer(&self, number: usize) -> Answer {
        let step = &self.world.plan.steps[self.world.positions[number]];
        let request = Request {
            principal: &step.principal,
            action: &step.action,
            resource: &step.resource,
            context: &step.context,
        };
        let ruling = rule(&self.world.bundle, &self.sets, &self.world.state, request);
        Answer { allowed: ruling.allowed, determining: Some(ruling.determining.len()) }
    }
}
