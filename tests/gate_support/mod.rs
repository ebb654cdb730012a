//! A small world of doors, judged by the library: who may use a door, give others the right to, and when.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its world breaks")]

use std::sync::Arc;

use countersign::check::{Answer, Inputs, Settings, check_with};
use countersign::diagnostic::Sink;
use countersign::import::BundleFiles;
use countersign::source::sha256;
use countersign::source::{Role, SourceId, SourceMap};
use serde_json::Value as Json;

/// The instant that is judged for unless a case says another.
pub const AT: &str = "2026-11-22T06:00:00Z";

const MANIFEST: &str = "\
schema = \"countersign.bundle/1\"
name = \"doors\"
namespace = \"Doors\"
[enforcement]
window = \"soft\"
remark = \"advisory\"
";

const SCHEMA: &str = "\
namespace Doors {
  entity Group in [Group];
  entity User in [Group];
  entity Door { guarded: Bool, timed: Bool };
  type Plan = {
    author?: User,
    approvers: Set<User>,
    approvalCount: Long,
    window?: { start: datetime, end: datetime },
    at: { instant: datetime, date: String, weekday: String, minuteOfDay: Long, zone: String },
  };
  action Use appliesTo { principal: User, resource: Door, context: { plan: Plan } };
  action Look appliesTo { principal: User, resource: Door };
  action Give, Take appliesTo { principal: User, resource: Group, context: { member: User } };
  action Approve, Override appliesTo { principal: User, resource: [Door, Group] };
}
";

const POLICIES: &str = "\
@id(\"use\")
permit (principal in Doors::Group::\"keys\", action == Doors::Action::\"Use\", resource);
@id(\"look\")
permit (principal, action == Doors::Action::\"Look\", resource is Doors::Door);
@id(\"give\")
permit (principal in Doors::Group::\"porters\", action in [Doors::Action::\"Give\", Doors::Action::\"Take\"], resource);
@id(\"friend\")
permit (principal in Doors::Group::\"friends\", action == Doors::Action::\"Give\", resource);
@id(\"barred\")
forbid (principal in Doors::Group::\"barred\", action == Doors::Action::\"Use\", resource);
@id(\"window\")
forbid (principal, action == Doors::Action::\"Use\", resource)
when { resource.timed }
unless {
  context.plan has window &&
  context.plan.window.start <= context.plan.at.instant && context.plan.at.instant < context.plan.window.end
};
@id(\"remark\")
forbid (principal, action == Doors::Action::\"Use\", resource) when { context.plan.at.weekday == \"Friday\" };
@id(\"consent\")
forbid (principal, action == Doors::Action::\"Use\", resource)
when { resource.guarded && context.plan.approvalCount < 1 };
@id(\"may-approve\")
permit (principal in Doors::Group::\"board\", action in [Doors::Action::\"Approve\", Doors::Action::\"Override\"], resource);
";

const OPERATIONS: &str = "\
schema: countersign.operations/1
operations:
  Use: { changes: [] }
  Look: { changes: [] }
  Give: { changes: [{ join: context.member, parent: resource }] }
  Take: { changes: [{ leave: context.member, parent: resource }] }
";

/// dana has a key; paul is a porter, without one; mia is a friend of the porters, without one; the board is
/// bea and bob; sam has nothing; zed is barred, and a porter.
pub const ESTATE: &str = "\
schema: countersign.estate/1
taken: 2026-11-20T08:00:00Z
entities:
  - uid: Group::\"keys\"
  - uid: Group::\"porters\"
  - uid: Group::\"friends\"
  - uid: Group::\"barred\"
  - uid: Group::\"board\"
  - { uid: 'User::\"dana\"', parents: ['Group::\"keys\"'] }
  - { uid: 'User::\"paul\"', parents: ['Group::\"porters\"'] }
  - { uid: 'User::\"mia\"', parents: ['Group::\"friends\"'] }
  - { uid: 'User::\"bea\"', parents: ['Group::\"board\"'] }
  - { uid: 'User::\"bob\"', parents: ['Group::\"board\"'] }
  - { uid: 'User::\"sam\"' }
  - { uid: 'User::\"zed\"', parents: ['Group::\"barred\"', 'Group::\"porters\"', 'Group::\"keys\"'] }
  - { uid: 'Door::\"front\"', attrs: { guarded: false, timed: false } }
  - { uid: 'Door::\"safe\"', attrs: { guarded: true, timed: false } }
  - { uid: 'Door::\"night\"', attrs: { guarded: false, timed: true } }
";

/// What is judged, and what is said of it.
#[derive(Clone, Debug)]
pub struct Case {
    pub estate: String,
    /// The body of an approvals file; `DIGEST` stands for the digest of the first plan.
    pub approvals: Option<String>,
    pub author: Option<String>,
    pub at: String,
    pub max_age: Option<jiff::SignedDuration>,
}

impl Default for Case {
    fn default() -> Self {
        Self { estate: ESTATE.to_owned(), approvals: None, author: None, at: AT.to_owned(), max_age: None }
    }
}

/// What became of one plan.
#[derive(Clone, Debug)]
pub enum Judged {
    Report(Json),
    Nothing,
    /// The codes and messages of the errors.
    Refused(Vec<String>),
}

impl Judged {
    #[track_caller]
    pub fn report(&self) -> &Json {
        match self {
            Judged::Report(report) => report,
            other => panic!("not judged: {other:?}"),
        }
    }

    #[track_caller]
    pub fn is_approved(&self) -> bool {
        self.report()["verdict"] == "approved"
    }

    /// The outcome of a step.
    #[track_caller]
    pub fn outcome(&self, step: &str) -> &str {
        let steps = self.report()["steps"].as_array().unwrap();
        steps.iter().find(|found| found["id"] == step).unwrap()["outcome"].as_str().unwrap()
    }

    /// The messages of the findings with a code.
    #[track_caller]
    pub fn found(&self, code: &str) -> Vec<String> {
        let findings = self.report()["findings"].as_array().unwrap().iter();
        let coded = findings.filter(|finding| finding["code"] == code);
        coded.map(|finding| finding["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Says whether it could not be judged, for a reason with this in its words.
    pub fn refused_for(&self, words: &str) -> bool {
        matches!(self, Judged::Refused(messages) if messages.iter().any(|message| message.contains(words)))
    }
}

/// A plan of one phase `a`, each step `s1`, `s2`, … after those that it names.
pub fn plan(steps: &[(&str, &str, &str, &[usize])]) -> String {
    let mut text = String::from(
        "schema: countersign.plan/1\nid: P\nauthor: User::\"dana\"\nphases:\n  - id: a\n    order: any\n    steps:\n",
    );
    for (number, (by, action, target, needs)) in steps.iter().enumerate() {
        let needs: Vec<String> = needs.iter().map(|need| format!("s{need}")).collect();
        let (action, member) = action.split_once(' ').unwrap_or((action, ""));
        let with = if member.is_empty() {
            String::new()
        } else {
            format!(", with: {{ member: 'User::\"{member}\"' }}")
        };
        let kind = if matches!(action, "Give" | "Take") { "Group" } else { "Door" };
        text += &format!(
            "      - {{ id: s{}, by: 'User::\"{by}\"', do: {action}, target: '{kind}::\"{target}\"', needs: [{}]{with} }}\n",
            number + 1,
            needs.join(", ")
        );
    }
    text
}

/// A plan whose only step uses a door, with more lines at its head.
pub fn using(by: &str, door: &str, head: &str) -> String {
    plan(&[(by, "Use", door, &[])]).replacen("phases:", &format!("{head}phases:"), 1)
}

/// Judges plans in one run.
pub fn judge(case: &Case, plans: &[String]) -> Vec<Judged> {
    let mut sources = SourceMap::new();
    let mut add = |role: Role, path: &str, text: &str| sources.add(path, role, text);
    let bundle = BundleFiles {
        manifest: add(Role::Manifest, "bundle/bundle.toml", MANIFEST),
        schema: add(Role::Schema, "bundle/schema.cedarschema", SCHEMA),
        policies: vec![add(Role::Policy, "bundle/policies.cedar", POLICIES)],
        links: None,
        operations: add(Role::Operations, "bundle/operations.yaml", OPERATIONS),
    };
    let estates = vec![add(Role::Estate, "estate.yaml", &case.estate)];
    let digest = plans.first().map(|plan| format!("sha256:{}", sha256(plan.as_bytes())));
    let approvals: Vec<SourceId> = case
        .approvals
        .iter()
        .map(|body| {
            let body = body.replace("DIGEST", digest.as_deref().unwrap_or_default());
            add(Role::Approvals, "approvals.yaml", &format!("schema: countersign.approvals/1\n{body}"))
        })
        .collect();
    let plans = plans
        .iter()
        .enumerate()
        .map(|(number, text)| add(Role::Plan, &format!("{number}.yaml"), text))
        .collect();
    let inputs = Inputs { plans, estates, bundle };
    let settings = Settings {
        approvals,
        author: case.author.clone(),
        max_age: case.max_age,
        ..Settings::at(case.at.parse().unwrap())
    };
    let mut sink = Sink::new();
    let answers = check_with(&Arc::new(sources), &inputs, &settings, &mut sink);
    let messages: Vec<String> = sink
        .into_sorted()
        .into_iter()
        .map(|found| format!("{}: {}", found.code.as_str(), found.message))
        .collect();
    answers
        .into_iter()
        .map(|answer| match answer {
            Answer::Judged(report) => Judged::Report(serde_json::to_value(&*report).unwrap()),
            Answer::NothingToJudge => Judged::Nothing,
            Answer::CouldNotJudge => Judged::Refused(messages.clone()),
        })
        .collect()
}

/// Judges one plan.
pub fn judge_one(case: &Case, plan: &str) -> Judged {
    judge(case, &[plan.to_owned()]).remove(0)
}
