//! A directory with grants to groups on units, for the engine and for plain Cedar.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use cedar_policy::{Context, Entities, Entity, PolicySet, RestrictedExpression, Schema};
use countersign::diagnostic::Sink;
use countersign::import::{self, BundleFiles};
use countersign::model::{EstateBuilder, State, Uid, Value};
use countersign::policy::{self, Bundle};
use countersign::source::{Role, SourceMap};

/// Who evaluates the conditions of a world's policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conditions {
    /// The engine itself.
    Quick,
    /// Cedar, because the engine has no form of its own for them.
    ForCedar,
}

/// A request without its context.
pub struct Asked {
    pub principal: Uid,
    pub action: Uid,
    pub resource: Uid,
}

/// Policies, half of them links of templates, and a directory.
pub struct World {
    pub bundle: Bundle,
    pub state: State,
    pub context: Value,
    policies: String,
    links: Vec<(String, String, String, String)>,
    parents: Vec<(Uid, Vec<Uid>)>,
    ancestors: HashMap<Uid, HashSet<Uid>>,
}

const SCHEMA: &str = r#"
entity Group in [Group];
entity User in [Group] = { level: Long, net: ipaddr };
entity Unit in [Unit];
entity Server in [Unit] = { tier: Long, frozen: Bool };
action read, write, restart, move, grow appliesTo {
  principal: User, resource: Server, context: { now: datetime, urgent: Bool }
};
"#;

const USERS: usize = 2_000;
const GROUPS: usize = 400;
const UNITS: usize = 400;
const SERVERS: usize = 3_000;
const ACTIONS: [&str; 5] = ["read", "write", "restart", "move", "grow"];
const TEMPLATES: usize = 40;

/// A number between 0 and `end` that depends on two others alone.
fn dice(seed: usize, salt: usize, end: usize) -> usize {
    let mut mixed =
        (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (salt as u64).wrapping_mul(0xd1b5_4a32_d192_ed03);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^= mixed >> 32;
    (mixed % end as u64) as usize
}

fn uid(kind: &str, number: usize) -> Uid {
    format!("{kind}::\"{kind}{number}\"").parse().unwrap()
}

fn condition(conditions: Conditions, number: usize) -> &'static str {
    let quick = [
        "resource.tier < 3",
        "context.urgent || principal.level > 2",
        "!resource.frozen",
        "principal.level >= resource.tier",
    ];
    let for_cedar = [
        "principal.net.isInRange(ip(\"10.0.0.0/9\"))",
        "!principal.net.isLoopback()",
        "principal.net.isIpv4()",
        "principal.net.isInRange(ip(\"10.0.0.0/8\"))",
    ];
    match conditions {
        Conditions::Quick => quick[number % 4],
        Conditions::ForCedar => for_cedar[number % 4],
    }
}

impl World {
    pub fn new(count: usize, conditions: Conditions) -> Self {
        let (policies, links) = texts(count, conditions);
        let bundle = compile(&policies, &links);
        let parents = parents();
        let mut state = estate(&parents);
        bundle.links().for_each(|(link, id)| state.link(link.clone(), Arc::clone(id)));
        let now = (bundle.schema().read_extension)("datetime", "2026-11-28T22:00:00Z").unwrap();
        let context = Value::record([
            ("now".to_owned(), Value::Extension(now)),
            ("urgent".to_owned(), Value::Bool(true)),
        ]);
        let mut ancestors: HashMap<Uid, HashSet<Uid>> = HashMap::new();
        for (uid, _) in &parents {
            ancestors.insert(uid.clone(), state.ancestors(uid).into_iter().cloned().collect());
        }
        Self { bundle, state, context, policies, links, parents, ancestors }
    }

    pub fn request(&self, number: usize) -> Asked {
        Asked {
            principal: uid("User", dice(number, 1, USERS)),
            action: format!("Action::\"{}\"", ACTIONS[dice(number, 2, 5)]).parse().unwrap(),
            resource: uid("Server", dice(number, 3, SERVERS)),
        }
    }

    pub fn cedar_request(&self, asked: &Asked) -> cedar_policy::Request {
        let now = RestrictedExpression::new_datetime("2026-11-28T22:00:00Z");
        let fields = [("now".to_owned(), now), ("urgent".to_owned(), RestrictedExpression::new_bool(true))];
        let context = Context::from_pairs(fields).unwrap();
        let (principal, action, resource) =
            (asked.principal.clone(), asked.action.clone(), asked.resource.clone());
        cedar_policy::Request::new(principal, action, resource, context, None).unwrap()
    }

    pub fn cedar_schema(&self) -> Schema {
        Schema::from_cedarschema_str(SCHEMA).unwrap().0
    }

    pub fn cedar_policies(&self) -> PolicySet {
        let mut set: PolicySet = self.policies.parse().unwrap();
        let templates: HashMap<String, cedar_policy::PolicyId> = set
            .templates()
            .map(|template| (template.annotation("id").unwrap().to_owned(), template.id().clone()))
            .collect();
        for (id, template, principal, resource) in &self.links {
            let values = HashMap::from([
                (cedar_policy::SlotId::principal(), principal.parse().unwrap()),
                (cedar_policy::SlotId::resource(), resource.parse().unwrap()),
            ]);
            set.link(templates[template].clone(), cedar_policy::PolicyId::new(id), values).unwrap();
        }
        set
    }

    pub fn cedar_entities(&self) -> Entities {
        let entities = self.parents.iter().map(|(uid, _)| {
            let attributes = attributes(uid).into_iter().map(|(name, value)| {
                let value = match value {
                    Value::Bool(truth) => RestrictedExpression::new_bool(truth),
                    Value::Long(number) => RestrictedExpression::new_long(number),
                    _ => RestrictedExpression::new_ip(address(uid)),
                };
                (name.to_owned(), value)
            });
            Entity::new(uid.clone(), attributes.collect(), self.ancestors[uid].clone()).unwrap()
        });
        Entities::from_entities(entities, None).unwrap()
    }
}

fn address(uid: &Uid) -> String {
    format!("10.{}.0.1", uid.id().unescaped().len() * 30 % 256)
}

/// The attributes of an entity; an address stands for itself by its uid.
fn attributes(uid: &Uid) -> Vec<(&'static str, Value)> {
    let number: usize = uid.id().unescaped().trim_start_matches(char::is_alphabetic).parse().unwrap();
    match uid.type_name().to_string().as_str() {
        "User" => vec![("level", Value::Long((number % 5) as i64)), ("net", Value::Unknown)],
        "Server" => {
            vec![
                ("tier", Value::Long((number % 4) as i64)),
                ("frozen", Value::Bool(number.is_multiple_of(7))),
            ]
        }
        _ => Vec::new(),
    }
}

fn parents() -> Vec<(Uid, Vec<Uid>)> {
    let mut all = Vec::new();
    for number in 0..GROUPS {
        let above =
            (0..2).filter(|_| number >= 8).map(|salt| uid("Group", dice(number, 10 + salt, number / 3 + 1)));
        all.push((uid("Group", number), above.collect()));
    }
    for number in 0..UNITS {
        let above = (number > 0).then(|| uid("Unit", number / 4));
        all.push((
            uid("Unit", number),
            above.filter(|above| *above != uid("Unit", number)).into_iter().collect(),
        ));
    }
    for number in 0..USERS {
        let groups = (0..8).map(|salt| uid("Group", dice(number, 20 + salt, GROUPS)));
        all.push((uid("User", number), groups.collect()));
    }
    for number in 0..SERVERS {
        all.push((uid("Server", number), vec![uid("Unit", dice(number, 30, UNITS))]));
    }
    all
}

fn estate(parents: &[(Uid, Vec<Uid>)]) -> State {
    let mut builder = EstateBuilder::new();
    let reader = |text: &str| {
        let mut sources = SourceMap::new();
        let schema = compile_schema(&mut sources);
        (schema.schema().read_extension)("ipaddr", text).unwrap()
    };
    let mut addresses: HashMap<String, Value> = HashMap::new();
    for (uid, above) in parents {
        builder.begin();
        for (name, value) in attributes(uid) {
            let name = builder.name(name);
            builder.field(name);
            match value {
                Value::Unknown => {
                    let text = address(uid);
                    let known =
                        addresses.entry(text.clone()).or_insert_with(|| Value::Extension(reader(&text)));
                    builder.value(known);
                }
                value => builder.value(&value),
            }
        }
        builder.begin_tags();
        let id = builder.id_of(uid);
        let mut above = above.iter().map(|parent| builder.id_of(parent)).collect();
        builder.end(id, &mut above);
    }
    builder.finish().unwrap()
}

fn compile_schema(_: &mut SourceMap) -> Bundle {
    compile("@id(\"p\") permit(principal is User, action, resource);", &[])
}

fn scope(number: usize) -> (String, String, String) {
    let group = uid("Group", dice(number, 40, GROUPS)).to_string();
    let unit = uid("Unit", dice(number, 41, UNITS)).to_string();
    let action = match dice(number, 42, 3) {
        0 => format!("action == Action::\"{}\"", ACTIONS[dice(number, 43, 5)]),
        1 => format!(
            "action in [Action::\"{}\", Action::\"{}\"]",
            ACTIONS[dice(number, 44, 5)],
            ACTIONS[dice(number, 45, 5)]
        ),
        _ => "action in [Action::\"read\", Action::\"write\", Action::\"restart\"]".to_owned(),
    };
    (group, action, unit)
}

/// Policies, and links: id, template, principal, resource.
fn texts(count: usize, conditions: Conditions) -> (String, Vec<(String, String, String, String)>) {
    let mut text = String::new();
    let mut links = Vec::new();
    for number in 0..3 {
        let condition = condition(conditions, number);
        writeln!(text, "@id(\"g{number}\") forbid(principal, action == Action::\"grow\", resource) when {{ {condition} }};").unwrap();
    }
    for number in 0..TEMPLATES {
        let effect = if number % 12 == 0 { "forbid" } else { "permit" };
        let when = if number % 5 == 0 {
            format!(" when {{ {} }}", condition(conditions, number))
        } else {
            String::new()
        };
        let (_, action, _) = scope(number);
        writeln!(
            text,
            "@id(\"t{number}\") {effect}(principal in ?principal, {action}, resource in ?resource){when};"
        )
        .unwrap();
    }
    for number in 0..count {
        let (group, action, unit) = scope(number);
        if number % 2 == 0 {
            links.push((format!("l{number}"), format!("t{}", dice(number, 46, TEMPLATES)), group, unit));
            continue;
        }
        let effect = if dice(number, 47, 12) == 0 { "forbid" } else { "permit" };
        let when = match dice(number, 48, 5) {
            0 => format!(" when {{ {} }}", condition(conditions, number)),
            _ => String::new(),
        };
        writeln!(
            text,
            "@id(\"p{number}\") {effect}(principal in {group}, {action}, resource in {unit}){when};"
        )
        .unwrap();
    }
    let mut seen = HashSet::new();
    links.retain(|(_, template, principal, resource)| {
        seen.insert((template.clone(), principal.clone(), resource.clone()))
    });
    (text, links)
}

fn compile(policies: &str, links: &[(String, String, String, String)]) -> Bundle {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let links: Vec<serde_json::Value> = links
        .iter()
        .map(|(id, template, principal, resource)| {
            let args = serde_json::json!({"?principal": principal, "?resource": resource});
            serde_json::json!({"template_id": template, "link_id": id, "args": args})
        })
        .collect();
    let files = BundleFiles {
        manifest: sources.add(
            "bundle.toml",
            Role::Manifest,
            "schema = \"countersign.bundle/1\"\nname = \"t\"\n",
        ),
        schema: sources.add("schema.cedarschema", Role::Schema, SCHEMA),
        policies: vec![sources.add("a.cedar", Role::Policy, policies)],
        links: (!links.is_empty())
            .then(|| sources.add("links.json", Role::Links, serde_json::to_string(&links).unwrap())),
        operations: sources.add(
            "operations.yaml",
            Role::Operations,
            "schema: countersign.operations/1\noperations: {}\n",
        ),
    };
    let bundle = import::bundle(&sources, &files, &mut sink)
        .and_then(|documents| policy::compile(&sources, &documents, &mut sink));
    bundle.unwrap_or_else(|| panic!("{:#?}", sink.into_sorted().into_iter().take(3).collect::<Vec<_>>()))
}
