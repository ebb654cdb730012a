//! Who may do an action to a resource: the answers, and that they are those of judging plans.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

mod cli_support;

use cli_support::{World, code, err, out};

const SCHEMA: &str = r#"
namespace T {
  entity Team in [Team];
  entity User in [Team] { level: Long, clearance?: Long };
  entity Doc { owner: User, open: Bool, score?: Long };
  action view appliesTo { principal: [User, Team], resource: [Doc], context: {} };
  action edit appliesTo { principal: [User], resource: [Doc], context: { reason: String, urgent?: Bool } };
  action seal appliesTo { principal: [User], resource: [Doc], context: { plan: { author: User, approvalCount: Long } } };
}
"#;

const POLICIES: &str = r#"
@id("readers-view") @right("Readers")
permit (principal in T::Team::"readers", action == T::Action::"view", resource);

@id("owners") @right("owner of the document")
permit (principal, action in [T::Action::"view", T::Action::"edit"], resource) when { principal == resource.owner };

@id("seniors-edit") @right("senior")
permit (principal is T::User, action == T::Action::"edit", resource) when { principal.level > 3 };

@id("shared") @right("a share")
permit (principal in ?principal, action == T::Action::"view", resource == ?resource);

@id("keepers-seal") @right("Keepers")
permit (principal in T::Team::"keepers", action == T::Action::"seal", resource);

@id("no-interns") @title("interns only read")
forbid (principal in T::Team::"interns", action == T::Action::"edit", resource) unless { context has urgent && context.urgent };

@id("clearance") @title("the clearance must do")
@absent("who has no clearance, and what has no score, is not compared")
forbid (principal is T::User, action in [T::Action::"view", T::Action::"edit"], resource)
when { resource has score && principal has clearance && principal.clearance * resource.score < 0 };

@id("closed") @title("a closed document is edited by keepers") @remedy("ask a keeper")
forbid (principal, action == T::Action::"edit", resource) when { !resource.open } unless { principal in T::Team::"keepers" };

@id("not-the-author") @title("who wrote the plan does not seal")
forbid (principal, action == T::Action::"seal", resource) when { principal == context.plan.author };
"#;

const ESTATE: &str = r#"
schema: countersign.estate/1
entities:
  - uid: Team::"readers"
  - uid: Team::"office"
    parents: [Team::"readers"]
  - uid: Team::"interns"
    parents: [Team::"office"]
  - uid: Team::"keepers"
  - uid: User::"ann"
    parents: [Team::"office", Team::"keepers"]
    attrs: { level: 5 }
  - uid: User::"bob"
    parents: [Team::"interns"]
    attrs: { level: 4, clearance: 2 }
  - uid: User::"cid"
    attrs: { level: 1, clearance: -1 }
  - uid: User::"dan"
    parents: [Team::"readers"]
    attrs: { level: 9, clearance: 3 }
  - uid: User::"eve"
    attrs: { level: 3, clearance: 9223372036854775807 }
  - uid: User::"fay"
    parents: [Team::"keepers"]
    attrs: { level: { __unknown: true } }
  - uid: Doc::"open"
    attrs: { owner: User::"cid", open: true }
  - uid: Doc::"closed"
    attrs: { owner: User::"bob", open: false }
  - uid: Doc::"scored"
    attrs: { owner: User::"eve", open: true, score: 4 }
"#;

fn world() -> World {
    let world = World::new();
    world.write("bundle/schema.cedarschema", SCHEMA);
    world.write("bundle/rights.cedar", POLICIES);
    world.write("bundle/links.json", r#"[{"template_id": "shared", "link_id": "shared-with-cid", "args": {"?principal": "T::User::\"cid\"", "?resource": "T::Doc::\"closed\""}}]"#);
    world.write("bundle/operations.yaml", "schema: countersign.operations/1\noperations:\n  view: { changes: [] }\n  edit: { changes: [] }\n  seal: { changes: [] }\n");
    let manifest = "schema = \"countersign.bundle/1\"\nname = \"small\"\nnamespace = \"T\"\n[enforcement]\nno-interns = \"soft\"\n";
    world.write("bundle/bundle.toml", manifest);
    world.write("estate.yaml", ESTATE);
    world
}

const FIXED: [&str; 6] = ["--bundle", "bundle", "--estate", "estate.yaml", "--at", "2026-11-22T06:00:00Z"];

fn ask(world: &World, question: &[&str]) -> std::process::Output {
    let arguments: Vec<&str> = ["who-can"].iter().chain(question).chain(&FIXED).copied().collect();
    world.run(&arguments)
}

fn answer(world: &World, question: &[&str]) -> Value {
    let arguments: Vec<&str> = question.iter().copied().chain(["--format", "json"]).collect();
    let output = ask(world, &arguments);
    assert_eq!(code(&output), 0, "{}", err(&output));
    serde_json::from_str(&out(&output)).unwrap()
}

fn principals(of: &Value) -> BTreeSet<String> {
    let ways = of.as_array().unwrap().iter();
    ways.flat_map(|way| way["principals"].as_array().unwrap())
        .map(|uid| uid.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn everybody_is_shown_with_the_shortest_membership_and_the_permit() {
    let world = world();
    let output = ask(&world, &["view", "Doc::\"open\""]);
    assert_eq!((code(&output), err(&output)), (0, String::new()));
    insta::assert_snapshot!(out(&output), @r#"
7 of 10 principals may do view on Doc::"open"

2 principals: Team interns, User ann
    each → Team office → Team readers
    by the permit `readers-view` (right: Readers)

2 principals: Team office, User dan
    each → Team readers
    by the permit `readers-view` (right: Readers)

User cid
    by the permit `owners` (right: owner of the document)

Team readers
    by the permit `readers-view` (right: Readers)

User bob
    User bob → Team interns → Team office → Team readers
    by the permit `readers-view` (right: Readers)
"#);
}

#[test]
fn a_soft_forbid_denies_and_what_cannot_be_evaluated_is_listed_apart() {
    let world = world();
    let output = ask(&world, &["edit", "Doc::\"scored\"", "--with", "reason=typo"]);
    assert_eq!(code(&output), 0);
    insta::assert_snapshot!(out(&output), @r#"
2 of 6 principals may do edit on Doc::"scored"

2 principals: ann, dan
    by the permit `seniors-edit` (right: senior)

it cannot be said for fay: the decision reads `principal.level`, whose value is not known

it cannot be said for eve: the forbid `clearance` cannot be evaluated: integer overflow while attempting to multiply the values `9223372036854775807` and `4`
"#);
}

#[test]
fn why_not_tells_the_forbids_and_what_would_do() {
    let world = world();
    let bob =
        ask(&world, &["edit", "Doc::\"closed\"", "--with", "reason=typo", "--why-not", "User::\"bob\""]);
    insta::assert_snapshot!(out(&bob), @r#"
User::"bob" may not do edit on Doc::"closed"
    the forbid `closed` applies: a closed document is edited by keepers
    help: ask a keeper
    the forbid `no-interns` applies: interns only read
"#);
    let eve = ask(&world, &["view", "Doc::\"open\"", "--why-not", "User::\"eve\""]);
    insta::assert_snapshot!(out(&eve), @r#"
User::"eve" may not do view on Doc::"open"
    no permit applies; one would with Team readers; or being User cid
"#);
}

#[test]
fn nobody_is_an_answer() {
    let world = world();
    world.write(
        "bundle/rights.cedar",
        "@id(\"never\")\npermit (principal == T::User::\"nobody\", action, resource);\n",
    );
    world.write("bundle/links.json", "[]");
    world.write(
        "bundle/bundle.toml",
        "schema = \"countersign.bundle/1\"\nname = \"small\"\nnamespace = \"T\"\n",
    );
    let output = ask(&world, &["view", "Doc::\"open\""]);
    assert_eq!(
        (code(&output), out(&output)),
        (0, "nobody may do view on Doc::\"open\" (10 principals asked)\n".to_owned())
    );
}

#[test]
fn a_question_that_makes_no_sense_has_no_answer() {
    let world = world();
    let refused: [(&[&str], &[&str]); 7] = [
        (&["vew", "Doc::\"open\""], &["unknown action `vew`", "did you mean `view`"]),
        (&["view", "Doc::\"opne\""], &["is not in the estate", "did you mean"]),
        (&["view", "User::\"ann\""], &["cannot be done to a T::User"]),
        (&["edit", "Doc::\"open\""], &["lacks `reason`", "--with 'reason=…'"]),
        (&["edit", "Doc::\"open\"", "--with", "reason=3"], &["expected String"]),
        (&["edit", "Doc::\"open\"", "--with", "resaon=x"], &["did you mean `reason`", "lacks `reason`"]),
        (&["view", "Doc::\"open\"", "--why-not", "User::\"zed\""], &["is not in the estate"]),
    ];
    for (question, told) in refused {
        let output = ask(&world, question);
        assert_eq!((code(&output), out(&output)), (2, String::new()), "{question:?}");
        for text in told {
            assert!(err(&output).contains(text), "{question:?}\n{}", err(&output));
        }
    }
}

#[test]
fn what_the_engine_fills_is_assumed_aloud_or_unknown() {
    let world = world();
    let unknown = answer(&world, &["seal", "Doc::\"open\""]);
    assert_eq!(unknown["count"], 0);
    assert_eq!(
        principals(&unknown["unclear"]),
        ["T::User::\"ann\"", "T::User::\"fay\""].map(str::to_owned).into()
    );
    assert_eq!(unknown["assumed"].as_array().unwrap().len(), 2);
    let given = answer(&world, &["seal", "Doc::\"open\"", "--with", "plan.author=User::\"ann\""]);
    assert_eq!(principals(&given["ways"]), ["T::User::\"fay\"".to_owned()].into());
    assert_eq!(given["unclear"].as_array().unwrap().len(), 0);
}

/// One plan of one step for each principal, judged all at once: who was allowed, and who is indeterminate.
fn judged(
    world: &World,
    flags: &[&str],
    principals: &[String],
    step: &str,
) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut arguments: Vec<String> = vec!["check".to_owned(), "--format".to_owned(), "json".to_owned()];
    arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
    for (at, principal) in principals.iter().enumerate() {
        let plan = format!(
            "schema: countersign.plan/1\nid: P{at}\nauthor: T::User::\"ann\"\nphases:\n  - id: a\n    by: {principal}\n    steps:\n      - id: b\n{step}"
        );
        let plan = plan.replace(
            "author: T::User::\"ann\"\n",
            if step.contains("do: seal") { "author: T::User::\"ann\"\n" } else { "" },
        );
        world.write(
            &format!("plans/{at}.yaml"),
            plan.replace("by: ", "by: '").replace("\"\n    steps", "\"'\n    steps"),
        );
        arguments.push(format!("plans/{at}.yaml"));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = world.run(&arguments);
    assert!(code(&output) < 2, "{}", err(&output));
    let reports: Value = serde_json::from_str(&out(&output)).unwrap();
    let mut by_decision: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for report in reports.as_array().unwrap() {
        let step = &report["steps"][0];
        let decision = step["decisions"][0].as_str().unwrap();
        // Whether the changes can be made is no matter of authorisation.
        let decision = if decision == "inapplicable" { "allow" } else { decision };
        by_decision
            .entry(decision.to_owned())
            .or_default()
            .insert(step["principal"].as_str().unwrap().to_owned());
    }
    let mut of = |decision: &str| by_decision.remove(decision).unwrap_or_default();
    (of("allow"), of("indeterminate"))
}

#[test]
fn the_answer_is_that_of_judging_a_plan_of_one_step_for_each_principal() {
    let world = world();
    agrees_with_judging(&world);
    // Where everything is known, memberships alone decide most questions, by a shorter way.
    world.write("estate.yaml", ESTATE.replace("{ __unknown: true }", "4"));
    agrees_with_judging(&world);
}

/// An action, the principals that it applies to, and what is given.
type Question<'a> = (&'a str, &'a [String], &'a [(&'a str, &'a str)]);

fn agrees_with_judging(world: &World) {
    let users = ["ann", "bob", "cid", "dan", "eve", "fay"].map(|name| format!("T::User::\"{name}\""));
    let teams = ["readers", "office", "interns", "keepers"].map(|name| format!("T::Team::\"{name}\""));
    let all: Vec<String> = users.iter().chain(&teams).cloned().collect();
    let questions: [Question<'_>; 4] = [
        ("view", &all, &[]),
        ("edit", &users, &[("reason", "typo")]),
        ("edit", &users, &[("reason", "typo"), ("urgent", "true")]),
        ("seal", &users, &[("plan.author", "T::User::\"ann\"")]),
    ];
    for (action, principals_of_it, given) in questions {
        for doc in ["open", "closed", "scored"] {
            let target = format!("Doc::\"{doc}\"");
            let own: Vec<String> = given
                .iter()
                .filter(|(name, _)| !name.contains('.'))
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            let with = if own.is_empty() {
                String::new()
            } else {
                format!("        with: {{ {} }}\n", own.join(", "))
            };
            let step = format!("        do: {action}\n        target: {target}\n{with}");
            let (allowed, indeterminate) = judged(world, &FIXED, principals_of_it, &step);
            let fields: Vec<String> = given.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let mut question = vec![action, target.as_str()];
            fields.iter().for_each(|field| question.extend(["--with", field]));
            let found = answer(world, &question);
            assert_eq!(principals(&found["ways"]), allowed, "{action} {doc} {given:?}");
            let unclear = principals(&found["unclear"]);
            assert!(
                unclear.is_subset(&indeterminate),
                "{action} {doc} {given:?}: {unclear:?} {indeterminate:?}"
            );
        }
    }
}

#[test]
fn the_shipped_example_agrees_with_judging_plans_too() {
    let world = World::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    world.write("estate.yaml", std::fs::read(root.join("examples/hosted-exchange-um/estate.yaml")).unwrap());
    let flags = ["--bundle", "hosted-exchange-um", "--estate", "estate.yaml", "--at", "2026-11-22T06:00:00Z"];
    let names =
        ["alice", "ben", "dana", "sven", "erin", "tara", "frank", "greta", "nils", "olga", "rita", "victor"];
    let mut who: Vec<String> = names.iter().map(|name| format!("Lync::User::\"{name}\"")).collect();
    who.extend(
        ["UC-Platform", "RTCUniversalUserAdmins", "UC-Contacts", "Sales"]
            .map(|name| format!("Lync::Group::\"{name}\"")),
    );
    let questions: [(&str, &str, &[&str]); 6] = [
        (
            "Set-CsAccessEdgeConfiguration",
            "AccessEdgeConfiguration::\"Global\"",
            &["allowFederatedUsers=true"],
        ),
        ("Get-CsManagementStoreReplicationStatus", "EdgePool::\"edge01.contoso.com\"", &[]),
        (
            "Grant-CsHostedVoicemailPolicy",
            "User::\"victor\"",
            &["policyName=HostedVoicemailPolicy::\"Global\""],
        ),
        ("Set-CsUser", "User::\"alice\"", &[]),
        ("Remove-CsExUmContact", "ExUmContact::\"sip:um-test@contoso.com\"", &[]),
        (
            "Test-CsOUPermission",
            "OrganizationalUnit::\"OU=Voice Lab,DC=contoso,DC=com\"",
            &["objectType=[contact]"],
        ),
    ];
    for (action, target, given) in questions {
        let own: Vec<String> = given.iter().map(|field| field.replacen('=', ": ", 1)).collect();
        let with =
            if own.is_empty() { String::new() } else { format!("        with: {{ {} }}\n", own.join(", ")) };
        let step = format!("        do: {action}\n        target: '{target}'\n{with}");
        let (allowed, indeterminate) = judged(&world, &flags, &who, &step);
        let mut arguments = vec!["who-can", action, target, "--format", "json"];
        given.iter().for_each(|field| arguments.extend(["--with", field]));
        arguments.extend(flags);
        let output = world.run(&arguments);
        assert_eq!(code(&output), 0, "{action}: {}", err(&output));
        let found: Value = serde_json::from_str(&out(&output)).unwrap();
        let asked: BTreeSet<String> = who.iter().cloned().collect();
        let ways: BTreeSet<String> = principals(&found["ways"]).intersection(&asked).cloned().collect();
        assert_eq!(ways, allowed, "{action}");
        assert!(indeterminate.is_empty(), "{action}");
    }
}
