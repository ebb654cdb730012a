//! Random bundles, states and requests, for tests of what policies say.

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Bundle, Request};
use crate::diagnostic::Sink;
use crate::import::{self, BundleFiles};
use crate::model::{EstateBuilder, Link, State, Uid, Value};
use crate::source::{Role, SourceMap};

/// A sequence of numbers that depends on nothing but its start.
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    pub fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

const CONTEXT: &str = "{ now: datetime, n: Long, note?: String, friend?: User, flags: Set<String>, \
                       inner: { deep: Bool, far?: Long } }";

pub(super) fn schema() -> String {
    format!(
        r#"
        entity Group in [Group] = {{ weight: Long }};
        entity Unit in [Unit];
        entity Kind enum ["a", "b"];
        entity User in [Group] = {{
            level: Long, name: String, roles: Set<String>, suspended?: Bool, boss?: User, teams: Set<Group>,
            home: {{ city: String, since: datetime, rank?: Long }}, quota: decimal, pause: duration,
            net: ipaddr, kind: Kind
        }} tags String;
        entity Doc in [Unit] = {{ owner: User, size: Long, since?: datetime, readers: Set<User>, secret: Bool }};
        action all;
        action read, write in [all] appliesTo {{ principal: User, resource: Doc, context: {CONTEXT} }};
        action share appliesTo {{ principal: User, resource: [Doc, Group], context: {CONTEXT} }};
        "#
    )
}

/// Conditions of which each type-checks by itself.
pub(super) const CONDITIONS: &[&str] = &[
    "principal.level > 2",
    "principal.level + context.n <= 4",
    "principal.level * 4611686018427387904 > 3",
    "-principal.level < context.n - 1",
    "principal.name like \"a*\"",
    "principal.name == \"bob\"",
    "principal.roles.contains(\"dc\")",
    "principal.roles.containsAll(context.flags)",
    "principal.roles.containsAny([\"web\", \"db\"])",
    "[\"dc\", \"web\"].contains(principal.name)",
    "principal.roles.isEmpty()",
    "principal.roles == context.flags",
    "principal has suspended && principal.suspended",
    "principal has suspended",
    "principal has boss && principal.boss.level > 1",
    "principal has boss && principal.boss in Group::\"g1\"",
    "principal has boss.home.rank && principal.boss.home.rank > 1",
    "principal has boss && context has friend && principal.boss == context.friend",
    "principal.teams.contains(Group::\"g2\")",
    "principal in principal.teams",
    "principal in [Group::\"g1\", Group::\"g3\"]",
    "principal in Group::\"g2\"",
    "principal == User::\"u1\"",
    "principal is User",
    "principal.home.city == \"Bonn\"",
    "principal.home has rank && principal.home.rank >= context.n",
    "principal.home.since < context.now",
    "context.now.toTime() >= duration(\"12h\")",
    "context.now.toDate() == datetime(\"2026-11-28\")",
    "context.now.durationSince(principal.home.since).toDays() > 30",
    "context.now.offset(principal.pause) > datetime(\"2026-12-01\")",
    "context.now.offset(duration(\"9223372036854775807ms\")) > context.now",
    "principal.pause.toHours() == 1",
    "principal.quota.lessThan(decimal(\"2.5\"))",
    "principal.quota == decimal(\"1.50\")",
    "principal.net.isInRange(ip(\"192.0.2.0/24\"))",
    "principal.net == ip(\"192.0.2.1\")",
    "principal.kind == Kind::\"a\"",
    "principal.hasTag(\"desk\") && principal.getTag(\"desk\") == \"B1\"",
    "principal.hasTag(principal.name)",
    "context has note && context.note == \"x\"",
    "context has note && context.note like \"*x*\"",
    "context has friend && context.friend in Group::\"g1\"",
    "context has friend && context.friend.level == principal.level",
    "context.inner.deep",
    "context has inner.far && context.inner.far * context.inner.far > 10",
    "context.inner == context.inner",
    "User::\"u2\" has boss && User::\"u2\".boss == principal",
    "User::\"u9\".level > 1",
    "context.flags.contains(principal.name)",
    "if context.inner.deep then principal.level > 1 else principal.hasTag(\"desk\")",
    "action in Action::\"all\"",
    "action == Action::\"write\"",
];

/// Conditions for documents alone.
const OF_DOCUMENTS: &[&str] = &[
    "resource.owner == principal",
    "resource.owner.level >= principal.level",
    "resource.owner in Group::\"g1\"",
    "resource.owner has boss && resource.owner.boss == principal",
    "resource.size < 10",
    "resource.size * resource.size > 100",
    "resource has since && resource.since < context.now",
    "resource.readers.contains(principal)",
    "resource.secret",
    "resource in Unit::\"n1\"",
    "principal in resource.owner.teams",
    "resource.readers.containsAny([User::\"u1\", principal])",
];

fn condition(dice: &mut Dice, depth: usize, document: bool) -> String {
    let inner = |dice: &mut Dice| condition(dice, depth - 1, document);
    match if depth == 0 { 9 } else { dice.below(10) } {
        0 | 1 => format!("({} && {})", inner(dice), inner(dice)),
        2 | 3 => format!("({} || {})", inner(dice), inner(dice)),
        4 => format!("!({})", inner(dice)),
        5 => format!("(if {} then {} else {})", inner(dice), inner(dice), inner(dice)),
        _ if document && dice.one_in(2) => format!("({})", dice.pick(OF_DOCUMENTS)),
        _ => format!("({})", dice.pick(CONDITIONS)),
    }
}

fn policy(dice: &mut Dice, number: usize) -> String {
    let effect = dice.pick(&["permit", "permit", "forbid"]);
    let prerequisite = if effect == "forbid" && dice.one_in(5) { "@prerequisite(\"p\") " } else { "" };
    let principal = dice.pick(&[
        "principal",
        "principal",
        "principal == User::\"u1\"",
        "principal in Group::\"g1\"",
        "principal in Group::\"g2\"",
        "principal is User in Group::\"g3\"",
        "principal == ?principal",
        "principal in ?principal",
    ]);
    let document = !dice.one_in(4);
    let action = match document {
        true => dice.pick(&[
            "action in [Action::\"all\"]",
            "action in [Action::\"read\", Action::\"write\"]",
            "action == Action::\"read\"",
        ]),
        false => dice.pick(&[
            "action",
            "action == Action::\"share\"",
            "action in [Action::\"all\", Action::\"share\"]",
        ]),
    };
    let resource = match document {
        true => dice.pick(&[
            "resource",
            "resource == Doc::\"d1\"",
            "resource in Unit::\"n1\"",
            "resource is Doc in Unit::\"n2\"",
            "resource in ?resource",
        ]),
        false => dice.pick(&["resource", "resource", "resource in ?resource", "resource is Doc"]),
    };
    let mut text = format!("@id(\"p{number}\") {prerequisite}{effect}({principal}, {action}, {resource})");
    for _ in 0..dice.below(3) {
        let kind = dice.pick(&["when", "when", "unless"]);
        let depth = dice.below(3);
        write!(text, " {kind} {{ {} }}", condition(dice, depth, document)).unwrap();
    }
    text + ";\n"
}

/// A random bundle; nothing where it is not a valid one.
pub(super) fn bundle(dice: &mut Dice) -> Option<Bundle> {
    let mut text = String::new();
    let mut levels = String::from("\n[enforcement]\n");
    let count = 1 + dice.below(10);
    for number in 0..count {
        let policy = policy(dice, number);
        if policy.contains("forbid(") && dice.one_in(3) {
            let level = dice.pick(&["soft", "advisory"]);
            writeln!(levels, "p{number} = \"{level}\"").unwrap();
        }
        text.push_str(&policy);
    }
    let levels = if levels.contains(" = ") { levels } else { String::new() };
    compile(&schema(), &text, &levels).ok()
}

/// A bundle of texts.
///
/// # Errors
/// What is wrong with it.
pub(super) fn compile(schema: &str, policies: &str, levels: &str) -> Result<Bundle, String> {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let manifest = format!("schema = \"countersign.bundle/1\"\nname = \"t\"\n{levels}");
    let operations = "schema: countersign.operations/1\noperations: {}\n";
    let files = BundleFiles {
        manifest: sources.add("bundle.toml", Role::Manifest, manifest),
        schema: sources.add("schema.cedarschema", Role::Schema, schema),
        policies: vec![sources.add("a.cedar", Role::Policy, policies)],
        links: None,
        operations: sources.add("operations.yaml", Role::Operations, operations),
    };
    let bundle = import::bundle(&sources, &files, &mut sink)
        .and_then(|documents| super::compile(&sources, &documents, &mut sink));
    bundle.ok_or_else(|| sink.into_sorted().into_iter().map(|found| found.message + "\n").collect())
}

pub(super) fn uid(kind: &str, id: &str) -> Uid {
    format!("{kind}::\"{id}\"").parse().unwrap()
}

pub(super) const USERS: &[&str] = &["u1", "u2", "u3", "u4"];
pub(super) const GROUPS: &[&str] = &["g1", "g2", "g3"];
pub(super) const UNITS: &[&str] = &["n1", "n2", "n3"];
pub(super) const DOCUMENTS: &[&str] = &["d1", "d2", "d3"];

/// Makes values; one of `unknown` of them is not known, where that is more than 0.
struct Values<'a> {
    dice: &'a mut Dice,
    bundle: &'a Bundle,
    unknown: usize,
}

impl Values<'_> {
    fn or_unknown(&mut self, value: Value) -> Value {
        match self.unknown > 0 && self.dice.one_in(self.unknown) {
            true => Value::Unknown,
            false => value,
        }
    }

    fn long(&mut self) -> Value {
        let number = *self.dice.pick(&[&0, &1, &2, &3, &4, &12, &i64::MAX, &i64::MIN]);
        self.or_unknown(Value::Long(number))
    }

    fn text(&mut self) -> Value {
        let text = self.dice.pick(&["ann", "bob", "x", "dc", "axb"]);
        self.or_unknown(Value::String(text.into()))
    }

    fn truth(&mut self) -> Value {
        let truth = self.dice.one_in(2);
        self.or_unknown(Value::Bool(truth))
    }

    fn user(&mut self) -> Value {
        let id = self.dice.pick(&["u1", "u2", "u3", "u4", "u9"]);
        self.or_unknown(Value::Entity(uid("User", id)))
    }

    fn texts(&mut self) -> Value {
        let all = ["dc", "web", "db", "ann"];
        let some: Vec<Value> =
            all.into_iter().filter(|_| self.dice.one_in(2)).map(|text| Value::String(text.into())).collect();
        self.or_unknown(Value::set(some))
    }

    fn entities(&mut self, kind: &str, ids: &[&str]) -> Value {
        let some: Vec<Value> =
            ids.iter().filter(|_| self.dice.one_in(3)).map(|id| Value::Entity(uid(kind, id))).collect();
        self.or_unknown(Value::set(some))
    }

    fn extension(&mut self, kind: &str, texts: &[&str]) -> Value {
        let text = self.dice.pick(texts);
        let value = Value::Extension((self.bundle.schema().read_extension)(kind, text).unwrap());
        self.or_unknown(value)
    }

    fn instant(&mut self) -> Value {
        self.extension(
            "datetime",
            &[
                "2026-11-28T22:00:00Z",
                "2026-11-28",
                "1969-12-31T23:59:59Z",
                "2026-10-01T11:00:00.001Z",
                "0000-01-01",
            ],
        )
    }

    fn maybe(&mut self, fields: &mut Vec<(String, Value)>, name: &str, make: fn(&mut Self) -> Value) {
        if self.dice.one_in(2) {
            let value = make(self);
            fields.push((name.to_owned(), value));
        }
    }

    fn attributes_of_user(&mut self) -> Vec<(String, Value)> {
        let mut home = vec![("city".to_owned(), self.city()), ("since".to_owned(), self.instant())];
        self.maybe(&mut home, "rank", Self::long);
        let mut fields = vec![
            ("level".to_owned(), self.long()),
            ("name".to_owned(), self.text()),
            ("roles".to_owned(), self.texts()),
            ("teams".to_owned(), self.entities("Group", GROUPS)),
            ("home".to_owned(), Value::record(home)),
            ("quota".to_owned(), self.extension("decimal", &["1.5", "2.5", "-0.0001", "1.5000"])),
            ("pause".to_owned(), self.extension("duration", &["1h", "90m", "-1d", "9223372036854775807ms"])),
            ("net".to_owned(), self.extension("ipaddr", &["192.0.2.1", "192.0.2.1/32", "10.0.0.0/8", "::1"])),
            ("kind".to_owned(), Value::Entity(uid("Kind", "a"))),
        ];
        self.maybe(&mut fields, "suspended", Self::truth);
        self.maybe(&mut fields, "boss", Self::user);
        fields
    }

    fn city(&mut self) -> Value {
        let text = self.dice.pick(&["Bonn", "Berlin"]);
        self.or_unknown(Value::String(text.into()))
    }

    fn attributes_of_document(&mut self) -> Vec<(String, Value)> {
        let mut fields = vec![
            ("owner".to_owned(), self.user()),
            ("size".to_owned(), self.long()),
            ("readers".to_owned(), self.entities("User", USERS)),
            ("secret".to_owned(), self.truth()),
        ];
        self.maybe(&mut fields, "since", Self::instant);
        fields
    }
}

/// A random estate without links; one of `unknown` values is not known, where that is more than 0.
pub(super) fn estate(dice: &mut Dice, bundle: &Bundle, unknown: usize) -> State {
    let mut builder = EstateBuilder::new();
    let mut add = |kind: &str,
                   id: &str,
                   attributes: Vec<(String, Value)>,
                   tags: Vec<(String, Value)>,
                   parents: Vec<Uid>| {
        builder.begin();
        for (name, value) in attributes {
            let name = builder.name(&name);
            builder.field(name);
            builder.value(&value);
        }
        builder.begin_tags();
        for (name, value) in tags {
            let name = builder.name(&name);
            builder.field(name);
            builder.value(&value);
        }
        let mut parents = parents.iter().map(|parent| builder.id_of(parent)).collect();
        let id = builder.id_of(&uid(kind, id));
        builder.end(id, &mut parents);
    };
    let some = |dice: &mut Dice, kind: &str, ids: &[&str]| -> Vec<Uid> {
        ids.iter().filter(|_| dice.one_in(2)).map(|id| uid(kind, id)).collect()
    };
    for (at, id) in GROUPS.iter().enumerate() {
        let weight = vec![("weight".to_owned(), Value::Long(at as i64))];
        add("Group", id, weight, Vec::new(), some(dice, "Group", &GROUPS[at + 1..]));
    }
    for (at, id) in UNITS.iter().enumerate() {
        add("Unit", id, Vec::new(), Vec::new(), some(dice, "Unit", &UNITS[at + 1..]));
    }
    for id in USERS {
        let mut values = Values { dice, bundle, unknown };
        let attributes = values.attributes_of_user();
        let mut tags = Vec::new();
        for name in ["desk", "bob", "x"] {
            if values.dice.one_in(2) {
                let text = Value::String(values.dice.pick(&["B1", "B2"]).into());
                tags.push((name.to_owned(), values.or_unknown(text)));
            }
        }
        add("User", id, attributes, tags, some(dice, "Group", GROUPS));
    }
    for id in DOCUMENTS {
        let attributes = Values { dice, bundle, unknown }.attributes_of_document();
        add("Doc", id, attributes, Vec::new(), some(dice, "Unit", UNITS));
    }
    builder.finish().unwrap()
}

pub(super) fn context(dice: &mut Dice, bundle: &Bundle, unknown: usize) -> Value {
    let mut values = Values { dice, bundle, unknown };
    let mut inner = vec![("deep".to_owned(), values.truth())];
    values.maybe(&mut inner, "far", Values::long);
    let mut fields = vec![
        ("now".to_owned(), values.instant()),
        ("n".to_owned(), values.long()),
        ("flags".to_owned(), values.texts()),
        ("inner".to_owned(), Value::record(inner)),
    ];
    values.maybe(&mut fields, "note", Values::text);
    values.maybe(&mut fields, "friend", Values::user);
    Value::record(fields)
}

/// Changes a state as a plan could: links come and go, entities go, change and come.
pub(super) fn change(dice: &mut Dice, bundle: &Bundle, state: &mut State, unknown: usize) {
    let templates: Vec<_> = bundle.policies().filter(|policy| !policy.slots.is_empty()).cloned().collect();
    for number in 0..dice.below(4) {
        let Some(template) = templates.get(dice.below(templates.len().max(1))) else { break };
        let principal =
            if dice.one_in(3) { uid("User", dice.pick(USERS)) } else { uid("Group", dice.pick(GROUPS)) };
        let resource =
            if dice.one_in(3) { uid("Doc", dice.pick(DOCUMENTS)) } else { uid("Unit", dice.pick(UNITS)) };
        let link = Link {
            template: template.id.clone(),
            principal: template.slots.contains("?principal").then_some(principal),
            resource: template.slots.contains("?resource").then_some(resource),
        };
        match dice.one_in(3) {
            true => state.unlink(&link),
            false => state.link(link, Arc::from(format!("{}@{number}", template.id))),
        }
    }
    match dice.below(6) {
        0 => state.delete(&uid("User", dice.pick(USERS))),
        1 => state.delete(&uid("Group", dice.pick(GROUPS))),
        2 => {
            let attributes = Values { dice, bundle, unknown }.attributes_of_user();
            state.update(&uid("User", dice.pick(USERS)), |entity| {
                entity.attributes = attributes.into_iter().collect()
            });
        }
        3 => {
            let group = uid("Group", dice.pick(GROUPS));
            state.update(&uid("User", dice.pick(USERS)), |entity| {
                entity.parents.insert(group);
            });
        }
        4 => {
            let attributes = Values { dice, bundle, unknown }.attributes_of_user().into_iter().collect();
            let entity = crate::model::Entity { attributes, ..crate::model::Entity::default() };
            state.insert(uid("User", "u9"), entity);
        }
        _ => {}
    }
}

/// Calls back with a random request, of all principals, actions and resources that there are.
pub(super) fn ask<T>(
    dice: &mut Dice,
    bundle: &Bundle,
    unknown: usize,
    about: impl FnOnce(Request<'_>) -> T,
) -> T {
    let principal = uid("User", dice.pick(&["u1", "u2", "u3", "u4", "u9"]));
    let action = uid("Action", dice.pick(&["read", "write", "share"]));
    let resource = match action.id().unescaped() == "share" && dice.one_in(2) {
        true => uid("Group", dice.pick(GROUPS)),
        false => uid("Doc", dice.pick(DOCUMENTS)),
    };
    let context = context(dice, bundle, unknown);
    about(Request { principal: &principal, action: &action, resource: &resource, context: &context })
}
