//! Small random worlds, their access delta, and the same by deciding everything.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where its world breaks"
)]

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use countersign::decide::{Passage, Rights, brief};
use countersign::diagnostic::Sink;
use countersign::impact::{Answer, Extent, Inputs, Settings, impact};
use countersign::import::{self, BundleFiles};
use countersign::model::{Estate, Plan, TypeName, Uid, Value};
use countersign::parallel::Threads;
use countersign::policy::{self, Bundle, Request};
use countersign::report::impact::{Change, ImpactReport};
use countersign::resolve;
use countersign::source::{Role, SourceMap};

const MANIFEST: &str = "schema = \"countersign.bundle/1\"\nname = \"w\"\nnamespace = \"W\"\n[enforcement]\nnight = \"soft\"\nadvice = \"advisory\"\n";
const SCHEMA: &str = include_str!("schema.cedarschema");
const POLICIES: &str = include_str!("policies.cedar");
const OPERATIONS: &str = include_str!("operations.yaml");
/// Links that a plan may take away.
const LINKS: &str = r#"[
  { "template_id": "team", "link_id": "l1", "args": { "?principal": "W::Group::\"g1\"", "?resource": "W::Folder::\"f0\"" } },
  { "template_id": "barred", "link_id": "l2", "args": { "?principal": "W::Group::\"g3\"" } },
  { "template_id": "frozen", "link_id": "l3", "args": { "?resource": "W::Folder::\"f1\"" } }
]"#;

/// An estate and a plan, as texts.
pub struct World {
    seed: u64,
    estate: String,
    plan: String,
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}\n{}\n{}", self.seed, self.estate, self.plan)
    }
}

/// A linear congruential generator, so that a seed is a world forever.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

impl World {
    /// The world of a seed.
    pub fn random(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(7919).wrapping_add(17));
        for _ in 0..3 {
            dice.roll(2);
        }
        Self { seed, estate: estate(&mut dice), plan: plan(&mut dice, 10) }
    }

    /// The world of a seed whose plan mostly makes links and takes them away, among moves of what they are about.
    pub fn of_links(seed: u64) -> Self {
        let mut dice = Dice(seed.wrapping_mul(6007).wrapping_add(29));
        Self { seed, estate: estate(&mut dice), plan: plan(&mut dice, 24) }
    }
}

fn estate(dice: &mut Dice) -> String {
    let mut text = "schema: countersign.estate/1\nentities:\n".to_owned();
    for group in 0..4_u64 {
        let parents = if group > 0 && dice.roll(2) == 0 {
            format!("Group::\"g{}\"", dice.roll(group))
        } else {
            String::new()
        };
        text.push_str(&format!("  - {{ uid: Group::\"g{group}\", parents: [{parents}] }}\n"));
    }
    for user in 0..6 {
        let group = dice.roll(5);
        let parents = if group < 4 { format!("Group::\"g{group}\"") } else { String::new() };
        let manager =
            if dice.roll(3) == 0 { format!(", manager: User::\"u{}\"", dice.roll(6)) } else { String::new() };
        let tags = if dice.roll(3) == 0 { "{ shift: night }" } else { "{}" };
        let level = dice.roll(3);
        text.push_str(&format!("  - {{ uid: User::\"u{user}\", parents: [{parents}], attrs: {{ level: {level}{manager} }}, tags: {tags} }}\n"));
    }
    for folder in 0..2 {
        text.push_str(&format!(
            "  - {{ uid: Folder::\"f{folder}\", attrs: {{ readers: Group::\"g{}\" }} }}\n",
            dice.roll(4)
        ));
    }
    for doc in 0..5 {
        let (folder, owner, level) = (dice.roll(2), dice.roll(6), dice.roll(3));
        text.push_str(&format!(
            "  - {{ uid: Doc::\"d{doc}\", parents: [Folder::\"f{folder}\"], attrs: {{ folder: Folder::\"f{folder}\", owner: User::\"u{owner}\", level: {level} }} }}\n"
        ));
    }
    text
}

/// A plan of the first so many kinds of steps.
fn plan(dice: &mut Dice, kinds: u64) -> String {
    let mut text =
        "schema: countersign.plan/1\nid: P\nphases:\n  - id: a\n    by: User::\"u0\"\n    steps:\n"
            .to_owned();
    for step in 0..=dice.roll(6) {
        let (user, group, doc) = (dice.roll(6), dice.roll(4), dice.roll(6));
        let (action, target, with) = match dice.roll(kinds) {
            0 | 1 => ("enter", format!("User::\"u{user}\""), format!("{{ group: Group::\"g{group}\" }}")),
            2 | 3 => ("exit", format!("User::\"u{user}\""), format!("{{ group: Group::\"g{group}\" }}")),
            4 => {
                ("nest", format!("Group::\"g{group}\""), format!("{{ group: Group::\"g{}\" }}", dice.roll(4)))
            }
            5 => (
                "give",
                format!("Doc::\"d{doc}\""),
                format!("{{ owner: User::\"u{user}\", level: {} }}", dice.roll(3)),
            ),
            6 => (
                "make",
                format!("Folder::\"f{}\"", dice.roll(2)),
                format!("{{ name: d5, owner: User::\"u{user}\" }}"),
            ),
            7 => ("drop", format!("Doc::\"d{doc}\""), "{}".to_owned()),
            8 => {
                ("share", format!("Folder::\"f{}\"", dice.roll(2)), format!("{{ with: User::\"u{user}\" }}"))
            }
            9 => (
                "unshare",
                format!("Folder::\"f{}\"", dice.roll(2)),
                format!("{{ with: User::\"u{user}\" }}"),
            ),
            kind => of_links(dice, kind),
        };
        text.push_str(&format!(
            "      - {{ id: s{step}, do: {action}, target: '{target}', with: {with} }}\n"
        ));
    }
    // Some leave a group and come back.
    let user = dice.roll(12);
    for action in ["exit", "enter"].iter().filter(|_| user < 6) {
        for group in ["g1", "g2"] {
            text.push_str(&format!("      - {{ id: z{action}{group}, do: {action}, target: User::\"u{user}\", with: {{ group: Group::\"{group}\" }} }}\n"));
        }
    }
    text
}

/// A step that makes a link or takes it away, or that moves what links are about.
fn of_links(dice: &mut Dice, kind: u64) -> (&'static str, String, String) {
    let group = format!("Group::\"g{}\"", dice.roll(4));
    let folder = format!("Folder::\"f{}\"", dice.roll(2));
    let doc = format!("Doc::\"d{}\"", dice.roll(5));
    let anybody = if dice.roll(2) == 0 { group.clone() } else { format!("User::\"u{}\"", dice.roll(6)) };
    let anything = if dice.roll(2) == 0 { folder.clone() } else { doc.clone() };
    let none = "{}".to_owned();
    match kind {
        10 => ("move", doc, format!("{{ to: {folder} }}")),
        11 => ("dissolve", group, none),
        12 | 13 => ("open", anything, format!("{{ team: {group} }}")),
        14 | 15 => ("close", folder, format!("{{ team: {group} }}")),
        16 | 17 => ("bar", anybody, none),
        18 => ("unbar", group, none),
        19 | 20 => ("freeze", anything, none),
        21 => ("thaw", folder, none),
        _ => ("curate", anybody, none),
    }
}

/// A delta with what it was computed from.
pub struct Told {
    pub report: ImpactReport,
    pub plan: Plan,
    pub bundle: Bundle,
    pub passage: Passage,
    pub everything: BTreeSet<Uid>,
}

impl Told {
    /// The types of principal or of resource of an action.
    pub fn types_of(&self, action: &str, principals: bool) -> BTreeSet<TypeName> {
        let action = &self.bundle.schema().actions[&action.parse::<Uid>().unwrap()];
        if principals { action.principals.clone() } else { action.resources.clone() }
    }

    /// Every action with every context that it is asked with.
    fn questions(&self) -> Vec<(Uid, Value, String)> {
        let mut questions = BTreeSet::new();
        for (uid, _) in self.bundle.operations() {
            let context = &self.bundle.schema().actions[uid].context;
            if context.fields.values().all(|(_, required)| !required) {
                questions.insert((uid.clone(), Value::record([]), "{}".to_owned()));
            }
            for step in self.plan.steps.iter().filter(|step| *step.action == *uid) {
                questions.insert((uid.clone(), step.context.clone(), json(&step.context)));
            }
        }
        questions.into_iter().collect()
    }

    /// Whether a request is possible at each moment.
    pub fn answers(&self, who: &str, action: &str, context: &str, what: &str) -> Vec<bool> {
        let (who, what): (Uid, Uid) = (who.parse().unwrap(), what.parse().unwrap());
        let question =
            self.questions().into_iter().find(|(uid, _, json)| uid.to_string() == action && json == context);
        let (action, context, _) = question.unwrap();
        let request = Request { principal: &who, action: &action, resource: &what, context: &context };
        let mut rights = Rights::new(&self.bundle, &self.passage);
        (0..=self.passage.last()).map(|moment| rights.possible(request, moment)).collect()
    }
}

fn json(value: &Value) -> String {
    match value {
        Value::Record(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, field)| format!("{name:?}:{}", json(field))).collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Entity(uid) => format!("{:?}", uid.to_string()),
        other => other.to_string(),
    }
}

/// The delta of a world, of everything or of what the plan can touch.
pub fn delta(world: &World, everything: bool) -> Told {
    let mut sources = SourceMap::new();
    let bundle_files = BundleFiles {
        manifest: sources.add("b/bundle.toml", Role::Manifest, MANIFEST),
        schema: sources.add("b/schema.cedarschema", Role::Schema, SCHEMA),
        policies: vec![sources.add("b/p.cedar", Role::Policy, POLICIES)],
        links: Some(sources.add("b/links.json", Role::Links, LINKS)),
        operations: sources.add("b/operations.yaml", Role::Operations, OPERATIONS),
    };
    let estate = sources.add("estate.yaml", Role::Estate, world.estate.as_str());
    let plan = sources.add("plan.yaml", Role::Plan, world.plan.as_str());
    let sources = Arc::new(sources);
    let inputs = Inputs { plans: vec![plan], estates: vec![estate], bundle: bundle_files };
    let extent = if everything { Extent::Everything } else { Extent::Changes };
    let settings = Settings { extent, ..Settings::at("2026-11-22T06:00:00Z".parse().unwrap()) };
    let mut sink = Sink::new();
    let answer = impact(&sources, &inputs, &settings, &mut sink).remove(0);
    let report = match answer {
        Answer::Told(report) => *report,
        other => panic!("{world}{other:?} {:#?}", sink.into_sorted()),
    };
    let (bundle, estate, plan) = resolved(&sources, &inputs, &mut sink);
    let passage = Passage::of(&plan, &estate, &bundle);
    let states = (0..=passage.last()).map(|moment| passage.state(moment));
    let everything = states.flat_map(|state| state.entities().map(|(uid, _)| uid.clone())).collect();
    Told { report, plan, bundle, passage, everything }
}

fn resolved(sources: &Arc<SourceMap>, inputs: &Inputs, sink: &mut Sink) -> (Bundle, Estate, Plan) {
    let documents = import::bundle(sources, &inputs.bundle, sink).unwrap();
    let bundle = policy::compile(sources, &documents, sink).unwrap();
    let document =
        import::estate(sources, inputs.estates[0], &import::Options::default(), sink).unwrap().estate;
    let estate = resolve::estate(&[document], bundle.schema(), sink).unwrap();
    let operations = bundle.operations().map(|(action, _)| action.clone()).collect();
    let document = import::plan(sources, inputs.plans[0], &import::Options::default(), sink).unwrap().plan;
    let mut plan =
        resolve::plan(&document, bundle.schema(), &operations, &estate.state, Threads::default(), sink)
            .unwrap();
    brief(&mut plan, &estate, &bundle, &Default::default(), "2026-11-22T06:00:00Z".parse().unwrap());
    (bundle, estate, plan)
}

/// The delta by asking every request at every moment.
pub fn naive(told: &Told) -> BTreeSet<(Change, String, String, String, String)> {
    let mut rights = Rights::new(&told.bundle, &told.passage);
    let mut found = BTreeSet::new();
    for (action, context, json) in told.questions() {
        let declared = &told.bundle.schema().actions[&action];
        for who in told.everything.iter().filter(|uid| declared.principals.contains(uid.type_name())) {
            for what in told.everything.iter().filter(|uid| declared.resources.contains(uid.type_name())) {
                let request = Request { principal: who, action: &action, resource: what, context: &context };
                let answers: Vec<bool> =
                    (0..=told.passage.last()).map(|moment| rights.possible(request, moment)).collect();
                let (before, after) = (answers[0], answers[answers.len() - 1]);
                let constant = answers.iter().all(|answer| *answer == before);
                let row =
                    |change| (change, who.to_string(), action.to_string(), json.clone(), what.to_string());
                found.extend(match (before, after) {
                    (false, true) => Some(row(Change::Gained)),
                    (true, false) => Some(row(Change::Lost)),
                    _ if constant => None,
                    (false, false) => Some(row(Change::Temporary)),
                    (true, true) => Some(row(Change::Interrupted)),
                });
                found.extend(after.then(|| row(Change::Possible)));
            }
        }
    }
    found
}
