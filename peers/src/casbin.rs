//! casbin: a line for every grant, matched one after the other; who is in what is worked out before.

use std::collections::{HashMap, HashSet};
use std::sync::{OnceLock, PoisonError, RwLock};

use casbin::function_map::OperatorFunction;
use casbin::rhai::Dynamic;
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use crate::answer::Answer;
use crate::big_world::grants::{ACTION_SETS, READING};
use crate::big_world::{BigWorld, Deed, Target, texts};

const MODEL: &str = "
[request_definition]
r = sub, obj, act, ctx

[policy_definition]
p = sub, obj, act, cond, eft

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = acts(r.act, p.act) && member(r.sub, p.sub) && below(r.obj, p.obj) && holds(r.sub, r.obj, r.ctx, p.cond)
";

/// What the functions of the matcher look up; casbin takes functions without an environment.
#[derive(Default)]
struct Tables {
    users: HashMap<String, (HashSet<String>, u8, bool)>,
    things: HashMap<String, (HashSet<String>, Target, u8)>,
}

static TABLES: OnceLock<RwLock<Tables>> = OnceLock::new();

pub struct Casbin {
    enforcer: Enforcer,
    requests: Vec<[String; 4]>,
}

impl Casbin {
    /// For so many requests; the tables hold the users and things of these alone.
    pub fn new(world: &BigWorld, requests: usize) -> Self {
        let tables = TABLES.get_or_init(RwLock::default);
        *tables.write().unwrap_or_else(PoisonError::into_inner) = tabulate(world, requests);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let enforcer = runtime.block_on(async {
            let model = DefaultModel::from_str(MODEL).await.expect("the model is valid");
            let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await.expect("an enforcer");
            enforcer.add_policies(lines(world)).await.expect("the lines are taken");
            enforcer
        });
        let mut enforcer = enforcer;
        enforcer.add_function("acts", OperatorFunction::Arg2(acts));
        enforcer.add_function("member", OperatorFunction::Arg2(member));
        enforcer.add_function("below", OperatorFunction::Arg2(below));
        enforcer.add_function("holds", OperatorFunction::Arg4(holds));
        let requests = (0..requests).map(|number| request(world, number)).collect();
        Self { enforcer, requests }
    }

    pub fn answer(&self, number: usize) -> Answer {
        let [user, thing, action, context] = &self.requests[number];
        let asked = (user.as_str(), thing.as_str(), action.as_str(), context.as_str());
        let allowed = self.enforcer.enforce(asked).expect("casbin answers");
        Answer { allowed, determining: None }
    }
}

fn thing(target: Target) -> String {
    match target {
        Target::Contact(number) => texts::contact(number),
        Target::Server(number) => texts::server(number),
    }
}

fn request(world: &BigWorld, number: usize) -> [String; 4] {
    let step = &world.steps[number];
    let Deed::Read { action, target, urgent, count } = step.deed else {
        unreachable!("a world without changes is asked for")
    };
    let context = format!("{}{count}", if urgent { 'u' } else { 'n' });
    [texts::user(step.actor), thing(target), READING[action].to_owned(), context]
}

fn tabulate(world: &BigWorld, requests: usize) -> Tables {
    let directory = &world.directory;
    let mut tables = Tables::default();
    for step in world.steps.iter().take(requests) {
        let user = &directory.users[step.actor as usize];
        let groups = directory.groups_of(step.actor).into_iter().map(texts::group).collect();
        tables.users.insert(texts::user(step.actor), (groups, user.level, user.enabled));
        let Deed::Read { target, .. } = step.deed else { continue };
        let known = match target {
            Target::Contact(number) => &directory.contacts[number as usize],
            Target::Server(number) => &directory.servers[number as usize],
        };
        let chain = directory.chain(known.unit).into_iter().map(texts::unit).collect();
        tables.things.insert(thing(target), (chain, target, known.tier));
    }
    tables
}

/// A line for every grant, and one for each forbid that holds everywhere.
fn lines(world: &BigWorld) -> Vec<Vec<String>> {
    let line = |words: [&str; 5]| words.map(str::to_owned).to_vec();
    let everywhere = [("*", "disabled"), ("*", "important"), ("Move-Object Reset-Object", "bulk")];
    let mut lines: Vec<_> =
        everywhere.map(|(actions, rule)| line(["*", "*", actions, rule, "deny"])).to_vec();
    for grant in &world.grants {
        let actions: Vec<&str> = ACTION_SETS[grant.actions].iter().map(|action| READING[*action]).collect();
        let unit = grant.unit.map_or("*".to_owned(), texts::unit);
        let effect = if grant.forbids { "deny" } else { "allow" };
        let condition = grant.condition.to_string();
        lines.push(line([&texts::group(grant.group), &unit, &actions.join(" "), &condition, effect]));
    }
    // casbin keeps a set of lines: one that stands there twice is one.
    lines.sort();
    lines.dedup();
    lines
}

fn text(value: Dynamic) -> casbin::rhai::ImmutableString {
    value.into_immutable_string().expect("the model passes texts")
}

fn tables() -> std::sync::RwLockReadGuard<'static, Tables> {
    TABLES.get_or_init(RwLock::default).read().unwrap_or_else(PoisonError::into_inner)
}

fn acts(asked: Dynamic, actions: Dynamic) -> Dynamic {
    let (asked, actions) = (text(asked), text(actions));
    (actions == "*" || actions.split(' ').any(|action| action == asked.as_str())).into()
}

fn member(user: Dynamic, group: Dynamic) -> Dynamic {
    let (user, group) = (text(user), text(group));
    (group == "*" || tables().users[user.as_str()].0.contains(group.as_str())).into()
}

fn below(thing: Dynamic, unit: Dynamic) -> Dynamic {
    let (thing, unit) = (text(thing), text(unit));
    (unit == "*" || tables().things[thing.as_str()].0.contains(unit.as_str())).into()
}

fn holds(user: Dynamic, thing: Dynamic, context: Dynamic, condition: Dynamic) -> Dynamic {
    let (user, thing, context, condition) = (text(user), text(thing), text(context), text(condition));
    let tables = tables();
    let (_, level, enabled) = &tables.users[user.as_str()];
    let (_, target, tier) = &tables.things[thing.as_str()];
    let (urgent, count) = context.split_at(1);
    let (urgent, count) = (urgent == "u", count.parse::<u8>().unwrap_or_default());
    let server = matches!(target, Target::Server(_));
    let holds = match condition.as_str() {
        "1" => *level >= 3,
        "2" => urgent || count < 8,
        "3" if server => *tier < 2,
        "3" => *tier != 0,
        "disabled" => !enabled,
        "important" => server && *tier == 0 && *level < 2,
        "bulk" => !server && count > 8 && !urgent,
        _ => true,
    };
    holds.into()
}
