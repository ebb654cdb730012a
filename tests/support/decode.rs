//! Genes to worlds: every tape is read choice by choice.

use std::collections::{BTreeMap, BTreeSet};

use super::generate::{Genes, Tape};
use super::world::{Change, Layout, Level, Link, Phase, Policy, Record, Step, Uid, Value, World};

mod changes;
mod policies;
mod themes;

pub use themes::THEMES;

/// An action: its name, its group, the types of principal and of resource.
pub struct Action {
    pub name: &'static str,
    pub group: &'static str,
    pub principals: &'static [&'static str],
    pub resources: &'static [&'static str],
}

/// The actions of every world.
pub static ACTIONS: &[Action] = &[
    Action { name: "look", group: "all", principals: &["User"], resources: &["Doc"] },
    Action { name: "paint", group: "edits", principals: &["User"], resources: &["Doc"] },
    Action { name: "move", group: "edits", principals: &["User"], resources: &["Doc"] },
    Action { name: "hire", group: "grants", principals: &["User"], resources: &["User"] },
    Action { name: "admit", group: "grants", principals: &["User", "Group"], resources: &["Group"] },
    Action { name: "sweep", group: "all", principals: &["User"], resources: &["Doc", "User", "Group"] },
];

/// The types that have records, with the letter of their names.
static TYPES: &[(&str, &str)] = &[("User", "u"), ("Group", "g"), ("Doc", "d")];

/// Reads choices off a tape; past its end every choice is the simplest.
pub struct Reader<'a> {
    tape: &'a [u8],
}

impl<'a> Reader<'a> {
    fn new(tape: &'a Tape) -> Self {
        Self { tape }
    }

    fn byte(&mut self) -> usize {
        let Some((first, rest)) = self.tape.split_first() else { return 0 };
        self.tape = rest;
        usize::from(*first)
    }

    /// One of `count` choices.
    fn pick(&mut self, count: usize) -> usize {
        let wide = if count > 256 { self.byte() * 256 } else { 0 };
        (wide + self.byte()) % count.max(1)
    }

    /// One of some items.
    fn one<'b, T>(&mut self, items: &'b [T]) -> &'b T {
        &items[self.pick(items.len())]
    }

    /// One of some words.
    fn word<'b>(&mut self, words: &[&'b str]) -> &'b str {
        words[self.pick(words.len())]
    }

    /// True in about that many of a hundred cases; false for zero.
    fn chance(&mut self, percent: usize) -> bool {
        self.byte() * 100 >= 256 * (100 - percent)
    }
}

/// What is decided before the rest: names, and which of them exist.
pub struct Ground {
    prefix: String,
    names: usize,
    existing: Vec<Uid>,
}

impl Ground {
    fn kind(&self, short: &str) -> String {
        format!("{}{short}", self.prefix)
    }

    /// A uid of the nth name of a type; one document has a name that needs quoting.
    fn uid(&self, short: &str, number: usize) -> Uid {
        let letter = TYPES
            .iter()
            .find(|(name, _)| *name == short)
            .map(|(_, letter)| *letter)
            .expect("a type with records");
        let id =
            if (short, number) == ("Doc", 1) { "d \"1\"".to_owned() } else { format!("{letter}{number}") };
        Uid { kind: self.kind(short), id }
    }

    /// Mostly an entity of the estate, at times one that does not exist.
    fn any(&self, short: &str, reader: &mut Reader<'_>) -> Uid {
        if reader.chance(6) { self.uid(short, reader.pick(self.names)) } else { self.existing(short, reader) }
    }

    /// An entity of the estate.
    fn existing(&self, short: &str, reader: &mut Reader<'_>) -> Uid {
        let kind = self.kind(short);
        let of_type: Vec<&Uid> = self.existing.iter().filter(|uid| uid.kind == kind).collect();
        (*reader.one(&of_type)).clone()
    }

    fn mode(&self, reader: &mut Reader<'_>) -> Uid {
        Uid { kind: self.kind("Mode"), id: reader.word(&["red", "green"]).to_owned() }
    }
}

/// Decodes a world.
pub fn world(genes: &Genes) -> World {
    let namespace = if genes.namespace { "Acme" } else { "" };
    let prefix = if genes.namespace { "Acme::".to_owned() } else { String::new() };
    let mut ground = Ground { prefix, names: genes.names.max(1), existing: Vec::new() };
    ground.existing = TYPES.iter().map(|(short, _)| ground.uid(short, 0)).collect();
    if genes.theme > 0 && ground.names > 1 {
        ground.existing.extend([ground.uid("Group", 1), ground.uid("User", 1)]);
    }
    for tape in &genes.entities {
        let mut reader = Reader::new(tape);
        let uid = ground.uid(reader.one(TYPES).0, reader.pick(ground.names));
        if !ground.existing.contains(&uid) {
            ground.existing.push(uid);
        }
    }
    let entities = entities(&ground, &genes.entities);
    let mut policies = policies::policies(&ground, &genes.policies, &schema(namespace));
    themes::add_policies(&ground, genes.theme, &mut policies);
    let links = policies::links(&ground, &genes.links, &policies, &schema(namespace));
    let templates: Vec<&Policy> = policies.iter().filter(|policy| policy.is_template()).collect();
    let changes = ACTIONS.iter().zip(&genes.operations).map(|(action, tapes)| {
        let tapes = tapes.iter().map(|tape| changes::change(&ground, action, &templates, Reader::new(tape)));
        (action.name.to_owned(), tapes.collect())
    });
    let mut operations: Vec<(String, Vec<Change>)> = changes.collect();
    themes::add_changes(&ground, genes.theme, &mut operations);
    let listed = ["red", "green"].map(|id| Uid { kind: ground.kind("Mode"), id: id.to_owned() });
    World {
        namespace: namespace.to_owned(),
        schema: schema(namespace),
        listed: listed.into(),
        entities,
        operations,
        author: genes.phases.first().map(|tape| ground.existing("User", &mut Reader::new(tape))),
        phases: phases(&ground, genes),
        policies,
        links,
        layout: Layout::default(),
    }
}

/// The schema of every world.
pub fn schema(namespace: &str) -> String {
    let mut text = String::from(
        "type Parameters = { word: String, number: Long, flag?: Bool, who: User, group: Group, doc?: Doc };
entity Group in [Group] { quota: Long, sealed?: Bool };
entity User in [Group] { active: Bool, level: Long, manager?: User, skills: Set<String> };
entity Doc in [Doc, Group] {
  owner: User, size: Long, open?: Bool, labels: Set<String>, readers?: Set<User>, due?: datetime, mode: Mode,
} tags Long;
entity Mode enum [\"red\", \"green\"];
action all;
action edits, grants in [all];
",
    );
    for action in ACTIONS {
        let types = |types: &[&str]| types.join(", ");
        text.push_str(&format!(
            "action {} in [{}] appliesTo {{ principal: [{}], resource: [{}], context: Parameters }};\n",
            action.name,
            action.group,
            types(action.principals),
            types(action.resources)
        ));
    }
    if namespace.is_empty() { text } else { format!("namespace {namespace} {{\n{text}}}\n") }
}

/// The records of the estate: those that every world has, then one for each tape with a new name.
fn entities(ground: &Ground, tapes: &[Tape]) -> Vec<(Uid, Record)> {
    let mut by_uid: BTreeMap<Uid, &[u8]> = BTreeMap::new();
    for tape in tapes {
        let mut reader = Reader::new(tape);
        let uid = ground.uid(reader.one(TYPES).0, reader.pick(ground.names));
        by_uid.entry(uid).or_insert(reader.tape);
    }
    let place = |uid: &Uid| ground.existing.iter().position(|other| other == uid);
    let of = |uid: &Uid| {
        let mut reader = Reader { tape: by_uid.get(uid).copied().unwrap_or_default() };
        let mut record = record(ground, uid, &mut reader);
        // Only what stands earlier can be a parent, so that there is no cycle.
        record.parents.retain(|parent| parent.kind != uid.kind || place(parent) < place(uid));
        (uid.clone(), record)
    };
    ground.existing.iter().map(of).collect()
}

fn record(ground: &Ground, uid: &Uid, reader: &mut Reader<'_>) -> Record {
    let mut record = Record::default();
    let mut attr = |name: &str, value: Value| {
        record.attrs.insert(name.to_owned(), value);
    };
    let words = |reader: &mut Reader<'_>| -> Value {
        let count = reader.pick(3);
        Value::Set((0..count).map(|_| Value::Text(reader.word(WORDS).to_owned())).collect())
    };
    if uid.kind == ground.kind("Group") {
        attr("quota", Value::Long(reader.pick(4) as i64));
        if reader.chance(40) {
            attr("sealed", Value::Bool(reader.chance(50)));
        }
        if reader.chance(60) {
            record.parents.insert(ground.existing("Group", reader));
        }
    } else if uid.kind == ground.kind("User") {
        attr("active", Value::Bool(!reader.chance(30)));
        attr("level", Value::Long(reader.pick(4) as i64));
        attr("skills", words(reader));
        if reader.chance(50) {
            attr("manager", Value::Entity(ground.existing("User", reader)));
        }
        if !reader.chance(30) {
            record.parents.insert(ground.existing("Group", reader));
        }
    } else {
        attr("owner", Value::Entity(ground.existing("User", reader)));
        attr("size", Value::Long(reader.pick(4) as i64));
        attr("mode", Value::Entity(ground.mode(reader)));
        attr("labels", words(reader));
        if reader.chance(50) {
            attr("open", Value::Bool(reader.chance(50)));
        }
        if reader.chance(40) {
            attr("readers", Value::Set([Value::Entity(ground.existing("User", reader))].into()));
        }
        if reader.chance(30) {
            attr("due", Value::Extension(reader.word(DATES).to_owned()));
        }
        if reader.chance(40) {
            record.tags.insert("t".to_owned(), Value::Long(reader.pick(4) as i64));
        }
        if reader.chance(50) {
            record.parents.insert(ground.existing(reader.word(&["Group", "Doc"]), reader));
        }
    }
    record
}

/// The words of attributes and contexts; some are ids that something can be created with.
static WORDS: &[&str] = &["x", "u1", "g1", "d2", "u2"];

static DATES: &[&str] = &["datetime(\"2026-01-01\")", "datetime(\"2026-11-28T22:00:00Z\")"];

fn phases(ground: &Ground, genes: &Genes) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    for (number, tape) in genes.phases.iter().enumerate() {
        let mut reader = Reader::new(tape);
        let by = ground.existing("User", &mut reader);
        let by = (!reader.chance(30)).then_some(by);
        let listed = !reader.chance(45);
        let before = phases.iter().map(|phase| phase.id.clone());
        let needs = before.filter(|_| reader.chance(40)).collect();
        // Names are not in the order of the file, so that plan order cannot be mistaken for it.
        let id = ["b", "a", "c"].get(number).map_or_else(|| format!("p{number}"), |id| (*id).to_owned());
        phases.push(Phase { id, by, needs, listed, steps: Vec::new() });
    }
    for (number, tape) in genes.steps.iter().enumerate() {
        let mut reader = Reader::new(tape);
        let at = reader.pick(phases.len());
        let earlier: Vec<String> = phases[..=at]
            .iter()
            .flat_map(|phase| phase.steps.iter().map(|step| format!("{}/{}", phase.id, step.id)))
            .collect();
        let own = format!("{}/", phases[at].id);
        let mut step = step(ground, number, genes.theme > 0, &mut reader);
        if phases[at].by.is_none() && step.by.is_none() {
            step.by = Some(ground.existing("User", &mut reader));
        }
        for address in earlier {
            if reader.chance(20) {
                step.needs.push(address.strip_prefix(&own).map_or(address.clone(), str::to_owned));
            }
        }
        phases[at].steps.push(step);
    }
    phases
}

/// A step; where the plan has a theme, it is often the one that gives authority.
fn step(ground: &Ground, number: usize, themed: bool, reader: &mut Reader<'_>) -> Step {
    let gives = themed && reader.chance(35);
    let found = ACTIONS.iter().find(|action| gives && action.name == "hire");
    let action = found.unwrap_or_else(|| reader.one(ACTIONS));
    let target = ground.any(reader.word(action.resources), reader);
    let by = reader.chance(50).then(|| ground.any(reader.word(action.principals), reader));
    let mut context = BTreeMap::new();
    context.insert("word".to_owned(), Value::Text(reader.word(WORDS).to_owned()));
    context.insert("number".to_owned(), Value::Long(reader.pick(4) as i64));
    context.insert("who".to_owned(), Value::Entity(ground.any("User", reader)));
    let group = if gives { ground.uid("Group", 1) } else { ground.any("Group", reader) };
    context.insert("group".to_owned(), Value::Entity(group));
    if reader.chance(30) {
        context.insert("flag".to_owned(), Value::Bool(reader.chance(50)));
    }
    if reader.chance(30) {
        context.insert("doc".to_owned(), Value::Entity(ground.existing("Doc", reader)));
    }
    // Ids that sort against the order of the file.
    let id = format!("s{}", 9 - number.min(9) + number.saturating_sub(9) * 10);
    Step { id, by, operation: action.name.to_owned(), target, context, needs: Vec::new() }
}

/// The distinct ids of some policies, for tests that drop one.
pub fn ids(policies: &[Policy]) -> BTreeSet<String> {
    policies.iter().map(|policy| policy.id.clone()).collect()
}

/// A forbid of its own, for tests that add one; none where the tape makes an invalid one.
pub fn extra_forbid(world: &World, tape: &Tape) -> Option<Policy> {
    let prefix = if world.namespace.is_empty() { String::new() } else { format!("{}::", world.namespace) };
    let ground =
        Ground { prefix, names: 3, existing: world.entities.iter().map(|(uid, _)| uid.clone()).collect() };
    policies::forbid(&ground, tape, &world.schema)
}

/// A link as the bundle writes it.
fn link(template: &Policy, principal: Option<Uid>, resource: Option<Uid>) -> Link {
    Link { template: template.id.clone(), principal, resource }
}

/// The level of a forbid.
fn level(reader: &mut Reader<'_>) -> Level {
    match reader.pick(10) {
        0..=6 => Level::Hard,
        7..=8 => Level::Soft,
        _ => Level::Advisory,
    }
}
