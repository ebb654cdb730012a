//! The engine on Cedar's public examples and integration tests: same decisions, reasons and errors.
//!
//! The data is others' and not part of the project: it is read from `$COUNTERSIGN_DATA`, else from
//! `../shared/data`, and the tests skip where it is absent.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it counted"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, EntityUid, Policy, PolicyId, PolicySet, Request, Schema,
};
use countersign::check::{Advice, Detail};
use serde_json::{Value as Json, json};
use support::run::{Answer, judge_with};
use support::world::Files;

/// A policy set with the requests that its authors asked of it.
struct Case {
    name: String,
    /// Policies and templates in order, each with its id in the data and its text.
    policies: Vec<(String, String)>,
    schema: String,
    entities: Json,
    requests: Vec<Asked>,
}

/// A request and what its authors expect.
struct Asked {
    principal: EntityUid,
    action: EntityUid,
    resource: EntityUid,
    context: Json,
    /// The decision, where the data has all that it depends on.
    allow: Option<bool>,
    /// The determining and the failing policies, where the data says them.
    detail: Option<(BTreeSet<String>, BTreeSet<String>)>,
}

/// What was counted.
#[derive(Debug, Default)]
struct Tally {
    sets: usize,
    requests: usize,
    decided_by_plans: usize,
    missing: usize,
    /// Policies that were taken apart.
    trees: usize,
    /// Sets whose entities had to be changed before they were an estate.
    repaired: Vec<String>,
    skipped: Vec<String>,
}

fn data() -> Option<PathBuf> {
    let given = std::env::var_os("COUNTERSIGN_DATA").map(PathBuf::from);
    let root =
        given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data")).join("cedar");
    if !root.is_dir() {
        eprintln!("skipped: there is no {}", root.display());
        return None;
    }
    Some(root)
}

#[test]
fn integration_tests_of_cedar_are_decided_as_their_authors_expect() {
    let Some(root) = data().map(|root| root.join("cedar-policy+cedar-integration-tests")) else { return };
    let mut tally = Tally::default();
    for file in files_below(&root.join("tests"), "json") {
        let test: Json = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let read = |field: &str| fs::read_to_string(root.join(test[field].as_str().unwrap())).unwrap();
        let case = Case {
            name: file.strip_prefix(&root).unwrap().display().to_string(),
            policies: policies(&read("policies")),
            schema: read("schema"),
            entities: serde_json::from_str(&read("entities")).unwrap(),
            requests: test["requests"].as_array().unwrap().iter().map(asked_with_detail).collect(),
        };
        run(&case, &mut tally);
    }
    eprintln!("{tally:#?}");
    assert!(tally.requests >= 70, "too few requests were judged");
}

#[test]
fn examples_of_cedar_are_decided_as_their_folders_say() {
    let Some(root) = data().map(|root| root.join("cedar-policy+cedar-examples")) else { return };
    let mut tally = Tally::default();
    for folder in ["cedar-example-use-cases", "cedar-policy-language-in-action"] {
        for allow in folders_named(&root.join(folder), "ALLOW") {
            let set = allow.parent().unwrap();
            let one = |extension: &str| {
                let files = files_below(set, extension).into_iter();
                let mut found =
                    files.filter(|file| file.parent() == Some(set) && !file.ends_with("links.json"));
                fs::read_to_string(
                    found.next().unwrap_or_else(|| panic!("no {extension} in {}", set.display())),
                )
                .unwrap()
            };
            let policies = policies(&one("cedar"));
            let is_linked =
                policies.iter().any(|(_, text)| text.contains("?principal") || text.contains("?resource"));
            // The links of templates are not in the data: these sets are compared with Cedar without links.
            let said = |allow: bool| (!is_linked).then_some(allow);
            let mut requests = asked_of_folder(&allow, said(true));
            requests.extend(asked_of_folder(&set.join("DENY"), said(false)));
            let name = set.strip_prefix(&root).unwrap().display().to_string();
            let entities = serde_json::from_str(&one("json")).unwrap();
            run(&Case { name, policies, schema: one("cedarschema"), entities, requests }, &mut tally);
        }
    }
    eprintln!("{tally:#?}");
    assert!(tally.requests >= 60, "too few requests were judged");
}

/// Policies by position, as the data names them.
fn policies(text: &str) -> Vec<(String, String)> {
    let set: PolicySet = text.parse().unwrap();
    let policies = set.policies().map(|policy| (policy.id().to_string(), policy.to_string()));
    let mut all: Vec<(String, String)> = policies
        .chain(set.templates().map(|template| (template.id().to_string(), template.to_string())))
        .collect();
    all.sort_by_key(|(id, _)| id.trim_start_matches("policy").parse::<usize>().unwrap());
    all
}

fn asked_with_detail(request: &Json) -> Asked {
    let uid = |field: &str| EntityUid::from_json(request[field].clone()).unwrap();
    let ids = |field: &str| {
        request[field].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    Asked {
        principal: uid("principal"),
        action: uid("action"),
        resource: uid("resource"),
        context: request["context"].clone(),
        allow: Some(request["decision"] == "allow"),
        detail: Some((ids("reason"), ids("errors"))),
    }
}

fn asked_of_folder(folder: &Path, allow: Option<bool>) -> Vec<Asked> {
    let ask = |file: PathBuf| {
        let request: Json = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let uid = |field: &str| request[field].as_str().unwrap().parse().unwrap();
        let context = request.get("context").cloned().unwrap_or_else(|| json!({}));
        let (principal, action, resource) = (uid("principal"), uid("action"), uid("resource"));
        Asked { principal, action, resource, context, allow, detail: None }
    };
    files_below(folder, "json").into_iter().map(ask).collect()
}

/// Asks the engine everything that a case asks.
///
/// Entities that are no estate as they are lose their actions, which the schema declares, and then get
/// an empty record for each entity that is referred to and has none, which no policy can tell apart.
fn run(case: &Case, tally: &mut Tally) {
    tally.sets += 1;
    let schema = Schema::from_cedarschema_str(&case.schema).unwrap().0;
    if let Err(error) = Entities::from_json_value(case.entities.clone(), Some(&schema)) {
        let why = format!(
            "{}: {} requests: Cedar refuses the entities as well: {error}",
            case.name,
            case.requests.len()
        );
        tally.skipped.push(why);
        return;
    }
    let mut entities = case.entities.clone();
    let mut answer = judge(&files(case, &entities));
    for repair in [without_actions, with_empty_records] {
        let Answer::CouldNotJudge(messages) = &answer else { break };
        let repaired = repair(&entities);
        if repaired != entities {
            tally.repaired.push(format!("{}: {}", case.name, messages.join("; ")));
            entities = repaired;
            answer = judge(&files(case, &entities));
        }
    }
    match answer {
        Answer::Judged(report) => {
            for (number, asked) in case.requests.iter().enumerate() {
                check(case, asked, step(&report, number), tally);
            }
        }
        Answer::NothingToJudge => panic!("{}: nothing to judge", case.name),
        Answer::CouldNotJudge(messages) => {
            tally.skipped.push(format!(
                "{}: {} requests: {}",
                case.name,
                case.requests.len(),
                messages.join("; ")
            ));
        }
    }
}

/// Judges, and tells everything that there is to tell.
fn judge(files: &Files) -> Answer {
    judge_with(files, Detail::AllSteps, Advice::Omitted)
}

/// The uid in an entity's or a reference's JSON.
fn uid(json: &Json) -> Option<EntityUid> {
    let inner = json.get("__entity").unwrap_or(json);
    let fields = inner.as_object()?;
    let is_uid = fields.len() == 2 && fields.contains_key("type") && fields.contains_key("id");
    is_uid.then(|| EntityUid::from_json(inner.clone()).unwrap())
}

fn without_actions(entities: &Json) -> Json {
    let is_action = |entity: &&Json| uid(&entity["uid"]).unwrap().type_name().basename() == "Action";
    entities.as_array().unwrap().iter().filter(|entity| !is_action(entity)).cloned().collect()
}

fn with_empty_records(entities: &Json) -> Json {
    fn references(json: &Json, found: &mut BTreeSet<EntityUid>) {
        match (uid(json), json) {
            (Some(uid), _) => drop(found.insert(uid)),
            (None, Json::Object(fields)) => fields.values().for_each(|field| references(field, found)),
            (None, Json::Array(items)) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let mut entities = entities.as_array().unwrap().clone();
    let mut referred = BTreeSet::new();
    entities.iter().for_each(|entity| references(entity, &mut referred));
    for entity in &entities {
        referred.remove(&uid(&entity["uid"]).unwrap());
    }
    entities.extend(referred.iter().map(|uid| {
        json!({"uid": {"type": uid.type_name().to_string(), "id": uid.id().unescaped()}, "attrs": {}, "parents": []})
    }));
    Json::Array(entities)
}

fn step(report: &Json, number: usize) -> &Json {
    let address = format!("all/s{number}");
    report["steps"].as_array().unwrap().iter().find(|step| step["id"] == *address).unwrap()
}

/// Compares the engine's answer with the data, and with what Cedar says of the same files.
fn check(case: &Case, asked: &Asked, step: &Json, tally: &mut Tally) {
    let plain = Plain::ask(case, asked);
    let about = format!("{}: {} {} {}", case.name, asked.principal, asked.action, asked.resource);
    assert_eq!(plain.allow, asked.allow.unwrap_or(plain.allow), "{about}: Cedar itself");
    if let Some((reasons, errors)) = &asked.detail {
        assert_eq!((&plain.reasons, &plain.errors), (reasons, errors), "{about}: Cedar itself");
    }
    tally.requests += 1;
    let ids = |list: &Json| -> BTreeSet<String> {
        list.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    if ids(&step["decisions"]) == BTreeSet::from(["missing".to_owned()]) {
        assert!(plain.absent, "{about}: everything exists\n{step:#}");
        tally.missing += 1;
        return;
    }
    tally.decided_by_plans += 1;
    let decision = match (plain.failed_forbid, plain.allow) {
        (true, _) => "indeterminate",
        (false, true) => "allow",
        (false, false) => "deny",
    };
    assert_eq!(ids(&step["decisions"]), BTreeSet::from([decision.to_owned()]), "{about}\n{step:#}");
    if !plain.failed_forbid {
        assert_eq!(ids(&step["determining"]), plain.reasons, "{about}\n{step:#}");
    }
    let errors =
        step["errors"].as_array().unwrap().iter().map(|error| error["policy"].as_str().unwrap().to_owned());
    assert_eq!(errors.collect::<BTreeSet<String>>(), plain.errors, "{about}\n{step:#}");
    for policy in step["reasons"]["policies"].as_array().into_iter().flatten() {
        let id = policy["policy"].as_str().unwrap();
        let of_role = |role: &str| policy["role"] == role;
        assert_eq!(of_role("failed"), plain.errors.contains(id), "{about}: the tree of {id}\n{step:#}");
        if !plain.failed_forbid {
            assert_eq!(of_role("determining"), plain.reasons.contains(id), "{about}: the tree of {id}");
        }
        tally.trees += 1;
    }
}

/// What Cedar says of a request when nobody stands between.
struct Plain {
    allow: bool,
    reasons: BTreeSet<String>,
    errors: BTreeSet<String>,
    failed_forbid: bool,
    /// Whether the principal, the resource or an entity of the context has no record.
    absent: bool,
}

impl Plain {
    fn ask(case: &Case, asked: &Asked) -> Self {
        let schema = Schema::from_cedarschema_str(&case.schema).unwrap().0;
        let entities = Entities::from_json_value(case.entities.clone(), Some(&schema)).unwrap();
        let mut set = PolicySet::new();
        for (id, text) in &case.policies {
            if let Ok(policy) = Policy::parse(Some(PolicyId::new(id)), text) {
                set.add(policy).unwrap();
            }
        }
        let context =
            Context::from_json_value(asked.context.clone(), Some((&schema, &asked.action))).unwrap();
        let named = context.to_json_value().unwrap().to_string();
        let (principal, resource) = (asked.principal.clone(), asked.resource.clone());
        let absent = [&principal, &resource].iter().any(|uid| entities.get(uid).is_none())
            || named.contains("__entity");
        let request = Request::new(principal, asked.action.clone(), resource, context, None).unwrap();
        let response = Authorizer::new().is_authorized(&request, &set, &entities);
        let failed: Vec<PolicyId> = response
            .diagnostics()
            .errors()
            .map(|error| match error {
                cedar_policy::AuthorizationError::PolicyEvaluationError(error) => error.policy_id().clone(),
            })
            .collect();
        let is_forbid =
            |id: &PolicyId| set.policy(id).is_some_and(|policy| policy.effect() == Effect::Forbid);
        Self {
            allow: response.decision() == Decision::Allow,
            reasons: response.diagnostics().reason().map(ToString::to_string).collect(),
            failed_forbid: failed.iter().any(is_forbid),
            errors: failed.iter().map(ToString::to_string).collect(),
            absent,
        }
    }
}

/// A bundle, an estate and a plan with one step for each request.
fn files(case: &Case, entities: &Json) -> Files {
    let asked = &case.requests;
    let actions: BTreeSet<String> = asked.iter().map(|asked| asked.action.to_string()).collect();
    let operations: serde_json::Map<String, Json> =
        actions.into_iter().map(|action| (action, json!({"changes": []}))).collect();
    let steps: Vec<Json> = asked
        .iter()
        .enumerate()
        .map(|(number, asked)| {
            json!({"id": format!("s{number}"), "by": asked.principal.to_string(), "do": asked.action.to_string(),
                "target": asked.resource.to_string(), "with": asked.context})
        })
        .collect();
    let plan = json!({"schema": "countersign.plan/1", "id": "requests",
        "phases": [{"id": "all", "order": "any", "steps": steps}]});
    let policies = case.policies.iter().map(|(id, text)| format!("@id(\"{id}\")\n{}\n", without_id(text)));
    let file = |path: &str, text: String| (path.to_owned(), text);
    Files {
        manifest: file("bundle.toml", "schema = \"countersign.bundle/1\"\nname = \"data\"\n".to_owned()),
        schema: file("schema.cedarschema", case.schema.clone()),
        policies: vec![file("policies.cedar", policies.collect())],
        links: None,
        operations: file(
            "operations.json",
            json!({"schema": "countersign.operations/1", "operations": operations}).to_string(),
        ),
        estates: vec![file("estate.json", entities.to_string())],
        plan: file("plan.json", plan.to_string()),
    }
}

/// A policy without the `@id` that it brings: reasons in the data go by position.
fn without_id(text: &str) -> String {
    let Some((before, rest)) = text.split_once("@id(") else { return text.to_owned() };
    let (_, after) = rest.split_once(')').unwrap();
    format!("{before}{after}")
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in entries(folder) {
        if entry.is_dir() {
            found.extend(files_below(&entry, extension));
        } else if entry.extension().is_some_and(|given| given == extension) {
            found.push(entry);
        }
    }
    found
}

fn folders_named(folder: &Path, name: &str) -> Vec<PathBuf> {
    let folders = entries(folder).into_iter().filter(|entry| entry.is_dir());
    folders
        .flat_map(|entry| if entry.ends_with(name) { vec![entry] } else { folders_named(&entry, name) })
        .collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}
