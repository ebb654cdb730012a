//! Plans that can run in very many orders: what they come to, and that it does not take long.

#![expect(clippy::unwrap_used, reason = "a test ends where its world breaks")]

mod big_world;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use big_world::loaded::{Loaded, Texts};
use countersign::decide::{Effort, Judgement, MAX_ORDERS, decide};

/// A step of Frank, who owns all groups: operation, target, parameters.
type Deed<'a> = (&'a str, &'a str, String, String);

/// Judges steps that nothing orders, with the bundle of the example `orders`.
fn judged(steps: &[Deed<'_>]) -> Judgement {
    let mut estate = String::from("schema: countersign.estate/1\nentities:\n");
    for group in ["Staff", "Contact Admins", "Directory Helpers", "Domain Admins", "Server Admins"] {
        writeln!(estate, "  - {{ uid: 'Group::\"{group}\"', attrs: {{ owner: User::\"frank\" }} }}").unwrap();
    }
    estate.push_str("  - { uid: User::\"frank\", parents: ['Group::\"Server Admins\"'] }\n");
    estate.push_str(
        "  - { uid: 'OrganizationalUnit::\"OU=Contacts\"', attrs: { grantedObjectTypes: [contact] } }\n",
    );
    estate.push_str("  - { uid: 'VoicemailPolicy::\"Global\"', attrs: { destination: '' } }\n");
    for number in 0..30 {
        writeln!(estate, "  - uid: User::\"u{number}\"").unwrap();
        writeln!(estate, "  - {{ uid: Group::\"g{number}\", attrs: {{ owner: User::\"frank\" }} }}").unwrap();
    }
    let mut plan = String::from(
        "schema: countersign.plan/1\nid: MANY\nphases:\n  - id: all\n    order: any\n    steps:\n",
    );
    for (number, (by, operation, target, with)) in steps.iter().enumerate() {
        writeln!(
            plan,
            "      - {{ id: s{number}, by: 'User::\"{by}\"', do: {operation}, target: '{target}', with: {{ {with} }} }}"
        )
        .unwrap();
    }
    let loaded = Loaded::new(Texts {
        manifest: include_str!("../examples/orders/bundle/bundle.toml").to_owned(),
        schema: include_str!("../examples/orders/bundle/schema.cedarschema").to_owned(),
        operations: include_str!("../examples/orders/bundle/operations.yaml").to_owned(),
        policies: include_str!("../examples/orders/bundle/rights.cedar").to_owned(),
        links: None,
        estate: ("estate.yaml", estate),
        plan: ("plan.yaml", plan),
    });
    decide(&loaded.plan, &loaded.estate, &loaded.bundle, &loaded.briefing, Effort::default())
}

/// How many steps end how, and how many pairs conflict.
fn outcomes(judgement: &Judgement) -> (BTreeMap<String, usize>, usize) {
    let mut counts = BTreeMap::new();
    for step in &judgement.steps {
        *counts.entry(format!("{:?}", step.outcome)).or_default() += 1;
    }
    (counts, judgement.conflicts.len())
}

fn counted(counts: &[(&str, usize)], conflicts: usize) -> (BTreeMap<String, usize>, usize) {
    (counts.iter().map(|(outcome, count)| ((*outcome).to_owned(), *count)).collect(), conflicts)
}

fn joins<'a>(member: impl Fn(usize) -> String, group: impl Fn(usize) -> String) -> Vec<Deed<'a>> {
    let join = |number| {
        let with = format!("member: 'User::\"{}\"'", member(number));
        ("frank", "Add-GroupMember", format!("Group::\"{}\"", group(number)), with)
    };
    (0..30).map(join).collect()
}

#[test]
fn thirty_memberships_need_no_order_where_none_matters_to_another() {
    let group = |_| "Contact Admins".to_owned();
    let many_into_one = judged(&joins(|number| format!("u{number}"), group));
    assert_eq!(outcomes(&many_into_one), counted(&[("Allowed", 30)], 0));
    let one_into_many = judged(&joins(|_| "u0".to_owned(), |number| format!("g{number}")));
    assert_eq!(outcomes(&one_into_many), counted(&[("Allowed", 30)], 0));
    let oneself_into_many = judged(&joins(|_| "frank".to_owned(), |number| format!("g{number}")));
    assert_eq!(outcomes(&oneself_into_many), counted(&[("Allowed", 30)], 0));
}

#[test]
fn of_thirty_memberships_each_is_a_race_with_whoever_needs_it_and_with_nobody_else() {
    let mut steps = joins(|number| format!("u{number}"), |_| "Contact Admins".to_owned());
    let users: Vec<String> = (0..30).map(|number| format!("u{number}")).collect();
    for (number, user) in users.iter().enumerate() {
        let with = format!("address: a{number}, number: b");
        steps.push((user, "New-Contact", "OrganizationalUnit::\"OU=Contacts\"".to_owned(), with));
    }
    let judgement = judged(&steps);
    assert_eq!(outcomes(&judgement), counted(&[("Allowed", 30), ("OrderDependent", 30)], 0));
    // In the shorter run of the two, nothing comes before the step.
    let raced = judgement.steps.iter().filter(|step| step.settlement.is_some());
    assert!(raced.clone().count() == 30);
    for step in raced {
        let mut runs: Vec<usize> =
            step.cases.values().map(|case| case.run.as_ref().map_or(0, Vec::len)).collect();
        runs.sort_unstable();
        assert_eq!(runs, [0, 1]);
    }
}

#[test]
fn the_same_step_many_times_leads_to_few_states() {
    let join = (
        "frank",
        "Add-GroupMember",
        "Group::\"Domain Admins\"".to_owned(),
        "member: User::\"frank\"".to_owned(),
    );
    let grant = (
        "frank",
        "Grant-OUPermission",
        "OrganizationalUnit::\"OU=Contacts\"".to_owned(),
        "objectType: device".to_owned(),
    );
    let steps: Vec<Deed<'_>> = (0..20).map(|_| join.clone()).chain([grant]).collect();
    assert_eq!(outcomes(&judged(&steps)), counted(&[("Allowed", 20), ("OrderDependent", 1)], 0));
}

#[test]
fn orders_that_are_too_many_are_told_at_once_and_never_approved() {
    let set = |number| {
        let with = format!("destination: d{number}");
        ("frank", "Set-VoicemailPolicy", "VoicemailPolicy::\"Global\"".to_owned(), with)
    };
    let judgement = judged(&(0..30).map(set).collect::<Vec<_>>());
    // Nobody's right to set it depends on what it is set to; what it is in the end is the question.
    let (counts, conflicts) = outcomes(&judgement);
    assert_eq!((counts, conflicts), counted(&[("Indeterminate", 30)], 30 * 29 / 2));
    assert!(judgement.steps.iter().all(|step| step.too_many == Some(MAX_ORDERS)));
}
