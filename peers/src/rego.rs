//! regorus on its virtual machine, with the grants as data, indexed by hand.

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::{Engine, Rc, Value};
use serde_json::{Map, json};

use crate::answer::Answer;
use crate::big_world::grants::{ACTION_SETS, READING};
use crate::big_world::{BigWorld, Deed, Target, texts};

const POLICY: &str = include_str!("authz.rego");
const RULE: &str = "data.authz.answer";

pub struct Rego {
    machine: RegoVM,
    inputs: Vec<Value>,
}

impl Rego {
    /// For so many requests; the data hold the users and things of these alone, their ancestors worked out.
    pub fn new(world: &BigWorld, requests: usize) -> Self {
        let data = Value::from_json_str(&data(world, requests).to_string()).expect("the data are JSON");
        let mut engine = Engine::new();
        engine.add_policy("authz.rego".to_owned(), POLICY.to_owned()).expect("the policy parses");
        engine.add_data(data.clone()).expect("the data are taken");
        let rule: Rc<str> = Rc::from(RULE);
        let policy = engine.compile_with_entrypoint(&rule).expect("the policy compiles");
        let program = Compiler::compile_from_policy(&policy, &[RULE]).expect("the policy becomes a program");
        let mut machine = RegoVM::new();
        machine.set_max_instructions(100_000_000);
        machine.load_program(program);
        machine.set_data(data).expect("the machine takes the data");
        let inputs = (0..requests).map(|number| input(world, number)).collect();
        Self { machine, inputs }
    }

    pub fn answer(&mut self, number: usize) -> Answer {
        self.machine.set_input(self.inputs[number].clone());
        let value = self.machine.execute().expect("the program runs");
        let count = |name: &str| value[name].as_set().map_or(0, |set| set.len());
        Answer::of(count("permits"), count("forbids"))
    }
}

fn thing(target: Target) -> String {
    match target {
        Target::Contact(number) => texts::contact(number),
        Target::Server(number) => texts::server(number),
    }
}

fn input(world: &BigWorld, number: usize) -> Value {
    let step = &world.steps[number];
    let Deed::Read { action, target, urgent, count } = step.deed else {
        unreachable!("a world without changes is asked for")
    };
    let input = json!({
        "user": texts::user(step.actor), "action": READING[action], "thing": thing(target),
        "urgent": urgent, "count": count,
    });
    Value::from_json_str(&input.to_string()).expect("the input is JSON")
}

fn data(world: &BigWorld, requests: usize) -> serde_json::Value {
    let directory = &world.directory;
    let (mut users, mut things) = (Map::new(), Map::new());
    for step in world.steps.iter().take(requests) {
        let known = &directory.users[step.actor as usize];
        let groups: Map<_, _> = directory
            .groups_of(step.actor)
            .into_iter()
            .map(|group| (texts::group(group), json!(true)))
            .collect();
        let user = json!({ "groups": groups, "level": known.level, "enabled": known.enabled });
        users.insert(texts::user(step.actor), user);
        let Deed::Read { target, .. } = step.deed else { continue };
        let (unit, own) = match target {
            Target::Contact(number) => {
                let contact = &directory.contacts[number as usize];
                (contact.unit, json!({ "kind": "contact", "internal": contact.tier == 0 }))
            }
            Target::Server(number) => {
                let server = &directory.servers[number as usize];
                (server.unit, json!({ "kind": "server", "tier": server.tier }))
            }
        };
        let mut own = own;
        own["chain"] = directory.chain(unit).into_iter().map(texts::unit).collect();
        things.insert(thing(target), own);
    }
    let (mut by_unit, mut by_group) = (Map::new(), Map::new());
    for (number, grant) in world.grants.iter().enumerate() {
        let group = texts::group(grant.group);
        let actions: Map<_, _> = ACTION_SETS[grant.actions]
            .iter()
            .map(|action| (READING[*action].to_owned(), json!(true)))
            .collect();
        let entry = json!({
            "id": grant.id(number), "group": group, "actions": actions, "condition": grant.condition,
            "effect": if grant.forbids { "forbid" } else { "permit" },
        });
        let (index, key) = match grant.unit {
            Some(unit) => (&mut by_unit, texts::unit(unit)),
            None => (&mut by_group, group),
        };
        let entries = index.entry(key).or_insert_with(|| json!([]));
        entries.as_array_mut().expect("a list was put there").push(entry);
    }
    json!({ "users": users, "things": things, "by_unit": by_unit, "by_group": by_group })
}
