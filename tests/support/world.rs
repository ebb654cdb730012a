//! A world: schema, estate, bundle and plan as plain structures, and the files that say the same.
//!
//! These are the tests' own types. The reference reads them; the engine reads only the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value as Json, json};

/// The name of an entity: its type with namespace, and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid {
    pub kind: String,
    pub id: String,
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::\"{}\"", self.kind, self.id.escape_debug())
    }
}

/// A value of an attribute, a tag or a context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    Bool(bool),
    Long(i64),
    Text(String),
    Entity(Uid),
    Set(BTreeSet<Value>),
    /// An extension value as the Cedar expression that makes it.
    Extension(String),
}

/// An entity's record.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Record {
    pub parents: BTreeSet<Uid>,
    pub attrs: BTreeMap<String, Value>,
    pub tags: BTreeMap<String, Value>,
}

/// A template link: a template and its arguments.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    pub template: String,
    pub principal: Option<Uid>,
    pub resource: Option<Uid>,
}

/// How strictly a forbid is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Hard,
    Soft,
    Advisory,
}

/// A policy or template; `body` is its text from the effect on.
#[derive(Clone, Debug)]
pub struct Policy {
    pub id: String,
    pub level: Level,
    pub prerequisite: bool,
    pub body: String,
}

impl Policy {
    pub fn is_permit(&self) -> bool {
        self.body.starts_with("permit")
    }

    pub fn has_slot(&self, slot: &str) -> bool {
        self.body.contains(slot)
    }

    pub fn is_template(&self) -> bool {
        self.has_slot("?principal") || self.has_slot("?resource")
    }

    pub fn text(&self) -> String {
        let prerequisite =
            if self.prerequisite { "@prerequisite(\"a condition of the world\")\n" } else { "" };
        format!("@id(\"{}\")\n{prerequisite}{}\n", self.id, self.body)
    }
}

/// What an operation does to the state; every text is a Cedar expression.
#[derive(Clone, Debug)]
pub struct Change {
    pub when: Option<String>,
    pub kind: ChangeKind,
}

#[derive(Clone, Debug)]
pub enum ChangeKind {
    Create {
        kind: String,
        id: String,
        parents: Vec<String>,
        attrs: Vec<(String, String)>,
        tags: Vec<(String, String)>,
    },
    Delete(String),
    Set(String, Place, String),
    Unset(String, Place),
    Add(String, Place, String),
    Remove(String, Place, String),
    Join(String, String),
    Leave(String, String),
    Link(String, Option<String>, Option<String>),
    Unlink(String, Option<String>, Option<String>),
}

/// An attribute or a tag.
#[derive(Clone, Debug)]
pub enum Place {
    Attr(String),
    Tag(String),
}

#[derive(Clone, Debug)]
pub struct Step {
    pub id: String,
    pub by: Option<Uid>,
    pub operation: String,
    pub target: Uid,
    pub context: BTreeMap<String, Value>,
    pub needs: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Phase {
    pub id: String,
    pub by: Option<Uid>,
    pub needs: Vec<String>,
    pub listed: bool,
    pub steps: Vec<Step>,
}

/// Everything that a check is about.
#[derive(Clone)]
pub struct World {
    pub namespace: String,
    pub schema: String,
    /// The entities that exist because the schema lists them.
    pub listed: BTreeSet<Uid>,
    pub entities: Vec<(Uid, Record)>,
    pub policies: Vec<Policy>,
    pub links: Vec<(String, Link)>,
    pub operations: Vec<(String, Vec<Change>)>,
    pub author: Option<Uid>,
    pub phases: Vec<Phase>,
    pub layout: Layout,
}

/// How the same world is written down; it means nothing.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// After how many entities a second estate file begins.
    pub estate_split: Option<usize>,
    /// After how many policies a second policy file begins.
    pub policy_split: Option<usize>,
    /// Whether the files of the same kind are given in reverse.
    pub reversed: bool,
}

/// A file: its path and its text.
pub type File = (String, String);

/// The files of a world.
#[derive(Clone)]
pub struct Files {
    pub manifest: File,
    pub schema: File,
    pub policies: Vec<File>,
    pub links: Option<File>,
    pub operations: File,
    pub estates: Vec<File>,
    pub plan: File,
}

impl Files {
    /// Every file, so that a test can mutate one of them.
    pub fn all_mut(&mut self) -> Vec<&mut File> {
        let single = [&mut self.manifest, &mut self.schema, &mut self.operations, &mut self.plan];
        single.into_iter().chain(&mut self.policies).chain(&mut self.estates).chain(&mut self.links).collect()
    }
}

impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let single = [&self.manifest, &self.schema, &self.operations];
        let all = single
            .into_iter()
            .chain(&self.policies)
            .chain(&self.links)
            .chain(&self.estates)
            .chain([&self.plan]);
        all.into_iter().try_for_each(|(path, text)| writeln!(f, "\n--- {path}\n{text}"))
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.files())
    }
}

impl World {
    /// A name as Cedar wants it, with the namespace.
    pub fn qualified(&self, name: &str) -> String {
        if self.namespace.is_empty() { name.to_owned() } else { format!("{}::{name}", self.namespace) }
    }

    /// The uid of the action of an operation.
    pub fn action(&self, operation: &str) -> Uid {
        Uid { kind: self.qualified("Action"), id: operation.to_owned() }
    }

    pub fn changes(&self, operation: &str) -> &[Change] {
        let found = self.operations.iter().find(|(name, _)| name == operation);
        found.map(|(_, changes)| changes.as_slice()).expect("every operation of a plan has an entry")
    }

    /// The files that say this world.
    pub fn files(&self) -> Files {
        let mut policies =
            self.split("policies", "cedar", &self.policies, self.layout.policy_split, policy_file);
        let mut estates = self
            .split("estate", "yaml", &self.entities, self.layout.estate_split, |part| self.estate_file(part));
        if self.layout.reversed {
            policies.reverse();
            estates.reverse();
        }
        Files {
            manifest: ("bundle/bundle.toml".into(), self.manifest()),
            schema: ("bundle/schema.cedarschema".into(), self.schema.clone()),
            policies,
            links: (!self.links.is_empty()).then(|| ("bundle/links.json".into(), self.links_file())),
            operations: ("bundle/operations.yaml".into(), self.catalogue()),
            estates,
            plan: ("plan.yaml".into(), self.plan()),
        }
    }

    fn split<T>(
        &self,
        name: &str,
        extension: &str,
        items: &[T],
        at: Option<usize>,
        write: impl Fn(&[T]) -> String,
    ) -> Vec<File> {
        match at.filter(|at| *at > 0 && *at < items.len()) {
            None => vec![(format!("{name}.{extension}"), write(items))],
            Some(at) => {
                let (first, second) = items.split_at(at);
                let file = |number, part| (format!("{name}{number}.{extension}"), write(part));
                vec![file(1, first), file(2, second)]
            }
        }
    }

    fn manifest(&self) -> String {
        let mut text = format!(
            "schema = \"countersign.bundle/1\"\nname = \"random\"\nnamespace = \"{}\"\n",
            self.namespace
        );
        text.push_str("[enforcement]\n");
        for policy in self.policies.iter().filter(|policy| policy.level != Level::Hard) {
            let level = if policy.level == Level::Soft { "soft" } else { "advisory" };
            text.push_str(&format!("{} = \"{level}\"\n", policy.id));
        }
        text
    }

    fn links_file(&self) -> String {
        let link = |(id, link): &(String, Link)| {
            let slots = [("?principal", &link.principal), ("?resource", &link.resource)];
            let args: serde_json::Map<String, Json> = slots
                .iter()
                .filter_map(|(slot, uid)| Some(((*slot).to_owned(), json!(uid.as_ref()?.to_string()))))
                .collect();
            format!("  {}", json!({"template_id": link.template, "link_id": id, "args": args}))
        };
        let lines: Vec<String> = self.links.iter().map(link).collect();
        format!("[\n{}\n]\n", lines.join(",\n"))
    }

    fn catalogue(&self) -> String {
        let mut text = String::from("schema: countersign.operations/1\noperations:\n");
        for (name, changes) in &self.operations {
            text.push_str(&format!(
                "  {name}:\n    changes:{}\n",
                if changes.is_empty() { " []" } else { "" }
            ));
            for change in changes {
                text.push_str(&format!("      - {}\n", change_json(change)));
            }
        }
        text
    }

    fn estate_file(&self, entities: &[(Uid, Record)]) -> String {
        let mut text = String::from("schema: countersign.estate/1\nentities:\n");
        for (uid, record) in entities {
            let parents: Vec<String> = record.parents.iter().map(|uid| self.short(uid)).collect();
            let line = json!({"uid": self.short(uid), "parents": parents,
                "attrs": self.values(&record.attrs), "tags": self.values(&record.tags)});
            text.push_str(&format!("  - {line}\n"));
        }
        text
    }

    fn plan(&self) -> String {
        let author = self
            .author
            .as_ref()
            .map(|uid| format!("author: {}\n", json!(self.short(uid))))
            .unwrap_or_default();
        let mut text = format!("schema: countersign.plan/1\nid: random\n{author}phases:\n");
        for phase in &self.phases {
            text.push_str(&format!("  - id: {}\n", phase.id));
            if let Some(by) = &phase.by {
                text.push_str(&format!("    by: {}\n", json!(self.short(by))));
            }
            if !phase.needs.is_empty() {
                text.push_str(&format!("    needs: {}\n", json!(phase.needs)));
            }
            if !phase.listed {
                text.push_str("    order: any\n");
            }
            text.push_str(if phase.steps.is_empty() { "    steps: []\n" } else { "    steps:\n" });
            for step in &phase.steps {
                text.push_str(&format!("      - {}\n", self.step(step)));
            }
        }
        text
    }

    fn step(&self, step: &Step) -> Json {
        let mut line = json!({"id": step.id, "do": step.operation, "target": self.short(&step.target),
            "with": self.values(&step.context)});
        if let Some(by) = &step.by {
            line["by"] = json!(self.short(by));
        }
        if !step.needs.is_empty() {
            line["needs"] = json!(step.needs);
        }
        line
    }

    /// A uid as files write it: the bundle's namespace is understood.
    fn short(&self, uid: &Uid) -> String {
        let prefix = format!("{}::", self.namespace);
        let kind = uid.kind.strip_prefix(&prefix).unwrap_or(&uid.kind);
        Uid { kind: kind.to_owned(), id: uid.id.clone() }.to_string()
    }

    fn values(&self, values: &BTreeMap<String, Value>) -> Json {
        Json::Object(values.iter().map(|(name, value)| (name.clone(), self.value(value))).collect())
    }

    fn value(&self, value: &Value) -> Json {
        match value {
            Value::Bool(value) => json!(value),
            Value::Long(value) => json!(value),
            Value::Text(value) => json!(value),
            Value::Entity(uid) => json!(self.short(uid)),
            Value::Set(elements) => elements.iter().map(|element| self.value(element)).collect(),
            Value::Extension(expression) => {
                json!(expression.split('"').nth(1).expect("a call with one text"))
            }
        }
    }
}

fn policy_file(policies: &[Policy]) -> String {
    policies.iter().map(Policy::text).collect::<Vec<String>>().join("\n")
}

fn change_json(change: &Change) -> Json {
    let place = |line: &mut Json, place: &Place| match place {
        Place::Attr(name) => line["attr"] = json!(name),
        Place::Tag(name) => line["tag"] = json!(name),
    };
    let fields = |fields: &[(String, String)]| -> Json {
        Json::Object(fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
    };
    let link = |word: &str, template: &String, principal: &Option<String>, resource: &Option<String>| {
        let mut line = json!({ word: template });
        for (slot, argument) in [("principal", principal), ("resource", resource)] {
            if let Some(argument) = argument {
                line[slot] = json!(argument);
            }
        }
        line
    };
    let mut line = match &change.kind {
        ChangeKind::Create { kind, id, parents, attrs, tags } => {
            json!({"create": kind, "id": id, "parents": parents, "attrs": fields(attrs), "tags": fields(tags)})
        }
        ChangeKind::Delete(entity) => json!({"delete": entity}),
        ChangeKind::Set(entity, _, value) => json!({"set": entity, "value": value}),
        ChangeKind::Unset(entity, _) => json!({"unset": entity}),
        ChangeKind::Add(entity, _, value) => json!({"add": entity, "value": value}),
        ChangeKind::Remove(entity, _, value) => json!({"remove": entity, "value": value}),
        ChangeKind::Join(child, parent) => json!({"join": child, "parent": parent}),
        ChangeKind::Leave(child, parent) => json!({"leave": child, "parent": parent}),
        ChangeKind::Link(template, principal, resource) => link("link", template, principal, resource),
        ChangeKind::Unlink(template, principal, resource) => link("unlink", template, principal, resource),
    };
    match &change.kind {
        ChangeKind::Set(_, at, _)
        | ChangeKind::Unset(_, at)
        | ChangeKind::Add(_, at, _)
        | ChangeKind::Remove(_, at, _) => {
            place(&mut line, at);
        }
        _ => {}
    }
    if let Some(when) = &change.when {
        line["when"] = json!(when);
    }
    line
}
