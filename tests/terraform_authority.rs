//! What a plan of Terraform gives to whoever applies it, in each cloud: found as a self-escalation where a
//! later change needs it, and as a difference of access.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends where its world breaks"
)]

use std::sync::Arc;

use countersign::check::{self, check_with};
use countersign::diagnostic::Sink;
use countersign::impact::{self, impact};
use countersign::import::Options;
use countersign::load::{Loader, NamedBundle, load_bundle};
use countersign::report::impact::Change;
use serde_json::{Value as Json, json};

use countersign::source::{Role, SourceId};

const AT: &str = "2026-11-22T06:00:00Z";

/// How a cloud gives something, to whom, and what that is in the estate.
struct Gift {
    kind: &'static str,
    after: Json,
    by: &'static str,
    given: &'static str,
}

fn gifts() -> Vec<Gift> {
    let gift = |kind, after, by, given| Gift { kind, after, by, given };
    let policy = "Role::\"arn:aws:iam::1:policy/data\"";
    let arn = "arn:aws:iam::1:policy/data";
    let role = "Identity::\"aws:role/deploy\"";
    let user = "Identity::\"aws:user/dana\"";
    let azure = "Identity::\"azure:1111\"";
    let google = "Identity::\"serviceAccount:ci@shop.iam.gserviceaccount.com\"";
    let account = "serviceAccount:ci@shop.iam.gserviceaccount.com";
    vec![
        gift("aws_iam_role_policy_attachment", json!({"role": "deploy", "policy_arn": arn}), role, policy),
        gift("aws_iam_user_policy_attachment", json!({"user": "dana", "policy_arn": arn}), user, policy),
        gift(
            "aws_iam_policy_attachment",
            json!({"name": "all", "roles": ["deploy"], "users": ["ben"], "policy_arn": arn}),
            role,
            policy,
        ),
        gift(
            "aws_iam_user_group_membership",
            json!({"user": "dana", "groups": ["dbas"]}),
            user,
            "Identity::\"aws:group/dbas\"",
        ),
        gift(
            "aws_iam_group_membership",
            json!({"name": "dbas", "group": "dbas", "users": ["dana"]}),
            user,
            "Identity::\"aws:group/dbas\"",
        ),
        gift(
            "azurerm_role_assignment",
            json!({"principal_id": "1111", "role_definition_name": "Contributor", "scope": "/subscriptions/s"}),
            azure,
            "Role::\"azure:Contributor@/subscriptions/s\"",
        ),
        gift(
            "azuread_group_member",
            json!({"group_object_id": "aaaa", "member_object_id": "1111"}),
            azure,
            "Identity::\"azure:aaaa\"",
        ),
        gift(
            "google_project_iam_member",
            json!({"project": "shop", "role": "roles/editor", "member": account}),
            google,
            "Role::\"roles/editor@shop\"",
        ),
        gift(
            "google_project_iam_binding",
            json!({"project": "shop", "role": "roles/editor", "members": [account]}),
            google,
            "Role::\"roles/editor@shop\"",
        ),
        gift(
            "oci_identity_user_group_membership",
            json!({"group_id": "ocid1.group.oc1..g", "user_id": "ocid1.user.oc1..u"}),
            "Identity::\"oci:ocid1.user.oc1..u\"",
            "Identity::\"oci:ocid1.group.oc1..g\"",
        ),
        gift(
            "oci_identity_policy",
            json!({"name": "p", "statements": ["Allow group Deployers to manage databases in compartment shop"]}),
            "Identity::\"oci:group/Deployers\"",
            "Role::\"oci:manage databases in compartment shop\"",
        ),
    ]
}

/// A plan that gives something and then makes a data store, which depends on what was given.
fn plan(gift: &Gift) -> String {
    let provider = |kind: &str| match kind.split_once('_').unwrap().0 {
        "aws" => "registry.terraform.io/hashicorp/aws".to_owned(),
        prefix => format!("registry.terraform.io/hashicorp/{prefix}"),
    };
    let change = |kind: &str, name: &str, after: &Json| {
        json!({
            "address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
            "provider_name": provider(kind),
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {},
                       "before_sensitive": false, "after_sensitive": {}}
        })
    };
    let resource = |kind: &str, name: &str, needs: Json| {
        json!({"address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
               "provider_config_key": "p", "expressions": {}, "depends_on": needs})
    };
    json!({
        "format_version": "1.2", "terraform_version": "1.9.8", "complete": true, "errored": false,
        "resource_changes": [
            change(gift.kind, "gift", &gift.after),
            change("aws_db_instance", "orders", &json!({"engine": "postgres", "publicly_accessible": false, "storage_encrypted": true})),
        ],
        "configuration": {
            "provider_config": {"p": {"name": "p"}},
            "root_module": {"resources": [
                resource(gift.kind, "gift", json!([])),
                resource("aws_db_instance", "orders", json!([format!("{}.gift", gift.kind)])),
            ]}
        }
    })
    .to_string()
}

fn estate(gift: &Gift) -> String {
    let mut estate = format!(
        "schema: countersign.estate/1\nentities:\n  - uid: '{}'\n    parents: ['Right::\"grant\"', 'Right::\"change-iam\"', 'Right::\"change-other\"']\n",
        gift.by
    );
    estate.push_str(&format!("  - {{ uid: '{}', parents: ['Right::\"change-data\"'] }}\n", gift.given));
    estate
}

/// The sources of a case: bundle, plan and estate, and how they are read.
fn case(gift: &Gift) -> (Loader, countersign::import::BundleFiles, [SourceId; 2], Options) {
    let mut loader = Loader::new();
    let bundle = load_bundle(&mut loader, &NamedBundle::given("terraform")).unwrap();
    let plan = loader.sources.add("plan.json", Role::Plan, plan(gift));
    let estate = loader.sources.add("people.yaml", Role::Estate, estate(gift));
    let by = loader.sources.add("--by", Role::Argument, gift.by);
    (loader, bundle, [plan, estate], Options { by: Some(by), ..Options::default() })
}

#[test]
fn whoever_gives_itself_what_a_later_change_needs_escalates_in_every_cloud() {
    for gift in gifts() {
        let (loader, bundle, [plan, estate], import) = case(&gift);
        let inputs = check::Inputs { plans: vec![plan], estates: vec![estate], bundle };
        let settings = check::Settings { import, ..check::Settings::at(AT.parse().unwrap()) };
        let mut sink = Sink::new();
        let answers = check_with(&Arc::new(loader.sources), &inputs, &settings, &mut sink);
        let Some(check::Answer::Judged(report)) = answers.into_iter().next() else {
            panic!("{}: {:?}", gift.kind, sink.into_sorted());
        };
        let report = serde_json::to_value(&*report).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["code"] == "self-escalation");
        let step = found.unwrap_or_else(|| panic!("{}: {findings:#?}", gift.kind))["step"].as_str().unwrap();
        assert!(step.contains("aws_db_instance.orders"), "{}: {step}", gift.kind);
        assert_eq!(report["verdict"], "rejected", "{}", gift.kind);
    }
}

#[test]
fn what_a_plan_gives_is_a_difference_of_access_in_every_cloud() {
    for gift in gifts() {
        let (loader, bundle, [plan, estate], import) = case(&gift);
        let inputs = impact::Inputs { plans: vec![plan], estates: vec![estate], bundle };
        let settings = impact::Settings { import, ..impact::Settings::at(AT.parse().unwrap()) };
        let mut sink = Sink::new();
        let answers = impact(&Arc::new(loader.sources), &inputs, &settings, &mut sink);
        let Some(impact::Answer::Told(report)) = answers.into_iter().next() else {
            panic!("{}: {:?}", gift.kind, sink.into_sorted());
        };
        let gained = report.changes.iter().find(|row| {
            row.change == Change::Gained
                && row.action.contains("create")
                && row.principals.iter().any(|who| gift.by.contains(&format!("\"{}\"", short(&who.name))))
        });
        let gained = gained.unwrap_or_else(|| panic!("{}: {:#?}", gift.kind, report.changes));
        assert!(gained.steps.iter().any(|step| step.contains(&format!("{}.gift", gift.kind))), "{gained:?}");
    }
}

/// What stands between the quotes of a uid.
fn short(uid: &str) -> &str {
    uid.split('"').nth(1).unwrap_or(uid)
}
