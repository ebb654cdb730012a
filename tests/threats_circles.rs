//! Threats by groups that are in each other: Active Directory has them and Cedar has not.

mod fixtures;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use fixtures::{PLAN, Ran, World};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const GROUPS: usize = 4;

/// A bundle in which everybody may everything that `forbid` does not deny.
fn world(forbid: &str) -> World {
    let mut world = World::tiny();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/active-directory");
    for file in ["bundle.toml", "schema.cedarschema"] {
        let text = fs::read_to_string(folder.join(file)).expect("the bundle is there");
        let text = text.split("\n[enforcement]").next().expect("a text has a beginning").to_owned();
        world = world.with(&format!("ad/{file}"), text);
    }
    let operations = "schema: countersign.operations/1\noperations:\n  change-attribute: { changes: [] }\n";
    world = world.with("ad/operations.yaml", operations);
    let permit = "@id(\"all\")\npermit(principal, action, resource);\n";
    world.with("ad/all.cedar", format!("{permit}@id(\"barred\")\nforbid({forbid});\n"))
}

fn group(number: usize) -> String {
    format!("CN=g{number},DC=x")
}

/// An export: each pair is a member and a group; `u` is in the first group.
fn export(edges: &BTreeSet<(usize, usize)>) -> String {
    let mut text =
        "dn: DC=x\nobjectClass: domainDNS\n\ndn: CN=u,DC=x\nobjectClass: user\nuserAccountControl: 512\n\n\
                    dn: OU=o,DC=x\nobjectClass: organizationalUnit\n\n"
            .to_owned();
    for number in 0..GROUPS {
        text += &format!("dn: {}\nobjectClass: group\n", group(number));
        if number == 0 {
            text += "member: CN=u,DC=x\n";
        }
        for (member, _) in edges.iter().filter(|(_, of)| *of == number) {
            text += &format!("member: {}\n", group(*member));
        }
        text += "\n";
    }
    text
}

/// A plan in which somebody changes the description of something.
fn plan(by: &str, target: &str) -> String {
    format!(
        "schema: countersign.plan/1\nid: c\nphases:\n  - id: p\n    by: '{by}'\n    steps:\n      - {{ id: s, do: change-attribute, target: '{target}', with: {{ attribute: description, change: replace }} }}\n"
    )
}

fn check(world: &World, edges: &BTreeSet<(usize, usize)>) -> Ran {
    let world = world.clone().with("export.ldif", export(edges));
    world.run_in(
        |_| {},
        &["check", PLAN, "--bundle", "ad", "--estate", "export.ldif", "--at", "2026-11-22T06:00:00Z"],
    )
}

/// Every edge goes to a larger number, so that there is no circle.
fn without_circles() -> impl Strategy<Value = BTreeSet<(usize, usize)>> {
    let edge = (0..GROUPS, 0..GROUPS).prop_filter("upwards", |(from, to)| from < to);
    proptest::collection::btree_set(edge, 0..6)
}

#[test]
fn t011_a_back_edge_never_removes_a_denial_that_a_forbid_causes() {
    let uid = |number| format!("Group::\"{}\"", group(number));
    let named = |number| format!("ActiveDirectory::Group::\"{}\"", group(number));
    let change = "ActiveDirectory::Action::\"change-attribute\"";
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let asked = (without_circles(), (0..GROUPS, 0..GROUPS), 0..GROUPS, 0..GROUPS, 0..4_u8);
    let denied = std::cell::Cell::new(0);
    let ran = runner.run(&asked, |(edges, (from, to), subject, barred, form)| {
        prop_assume!(from > to);
        let barred = named(barred);
        let (forbid, by, target) = match form {
            0 => (format!("principal in {barred}, action == {change}, resource"), "User::\"CN=u,DC=x\"".to_owned(), "Container::\"OU=o,DC=x\"".to_owned()),
            1 => (format!("principal, action == {change}, resource in {barred}"), "User::\"CN=u,DC=x\"".to_owned(), uid(subject)),
            2 => (format!("principal in {barred}, action == {change}, resource"), uid(subject), "Container::\"OU=o,DC=x\"".to_owned()),
            _ => (format!("principal, action == {change}, resource) when {{ {} in {barred} }}; @id(\"more\") forbid(principal == ActiveDirectory::User::\"CN=u,DC=x\", action == {change}, resource == ActiveDirectory::Container::\"DC=x\"", named(subject)), "User::\"CN=u,DC=x\"".to_owned(), "Container::\"OU=o,DC=x\"".to_owned()),
        };
        let world = world(&forbid).with(PLAN, plan(&by, &target));
        let before = check(&world, &edges);
        prop_assert!(["0", "1"].contains(&before.exit.as_str()), "{}{}", before.out, before.err);
        let mut more = edges.clone();
        more.insert((from, to));
        let after = check(&world, &more);
        prop_assert!(["0", "1", "2"].contains(&after.exit.as_str()), "{}{}", after.out, after.err);
        if before.exit == "1" {
            denied.set(denied.get() + 1);
            prop_assert_ne!(after.exit.as_str(), "0", "{:?} and {:?}: {}", edges, (from, to), forbid);
            prop_assert!(form != 0 || after.exit == "1", "of people all is known");
        }
        Ok(())
    });
    ran.expect("the law holds");
    assert!(denied.get() >= 4, "{} denials were looked at", denied.get());
}

#[test]
fn t011_what_is_asked_of_a_group_in_a_circle_is_refused_and_of_its_members_is_answered() {
    let circle: BTreeSet<(usize, usize)> = [(0, 1), (1, 2), (2, 0)].into();
    let change = "action == ActiveDirectory::Action::\"change-attribute\"";
    for barred in 0..3 {
        let forbid =
            format!("principal in ActiveDirectory::Group::\"{}\", {change}, resource", group(barred));
        let people = world(&forbid).with(PLAN, plan("User::\"CN=u,DC=x\"", "Container::\"OU=o,DC=x\""));
        let ran = check(&people, &circle);
        ran.rejected("a member").says("warning[group-cycle]", "a member").says("`barred`", "a member");
        for asked in 0..3 {
            let groups = world(&forbid)
                .with(PLAN, plan(&format!("Group::\"{}\"", group(asked)), "Container::\"OU=o,DC=x\""));
            let ran = check(&groups, &circle);
            ran.refused("a group").says("error[group-cycle]", "a group").says("export it again", "a group");
        }
    }
    let outside =
        world(&format!("principal, {change}, resource in ActiveDirectory::Group::\"{}\"", group(3)));
    let outside = outside.with(PLAN, plan("User::\"CN=u,DC=x\"", &format!("Group::\"{}\"", group(3))));
    check(&outside, &circle).rejected("a group outside of the circle");
}

#[test]
fn t011_a_circle_survives_the_round_trip() {
    let circle: BTreeSet<(usize, usize)> = [(0, 1), (1, 0)].into();
    let forbid = format!(
        "principal, action == ActiveDirectory::Action::\"change-attribute\", resource in ActiveDirectory::Group::\"{}\"",
        group(1)
    );
    let world = world(&forbid)
        .with("export.ldif", export(&circle))
        .with(PLAN, plan("User::\"CN=u,DC=x\"", &format!("Group::\"{}\"", group(0))));
    let native = world.run_in(|_| {}, &["import", "--kind", "estate", "export.ldif"]);
    let ran = world.with("export.yaml", native.out.clone()).run_in(
        |_| {},
        &["check", PLAN, "--bundle", "ad", "--estate", "export.yaml", "--at", "2026-11-22T06:00:00Z"],
    );
    ran.refused("the native form").says("error[group-cycle]", "the native form");
    assert!(native.out.contains("circles"), "{}", native.out);
}

#[test]
fn t011_a_circle_is_written_of_groups_that_exist() {
    let with = |circles: &str| {
        let world = World::tiny();
        let text = world.text("estate.yaml");
        world
            .with("estate.yaml", text.replace("entities:", &format!("circles: {circles}\nentities:")))
            .check()
    };
    with("[]").approved("no circle");
    with("[[Group::\"operators\", Group::\"interns\"]]").approved("nothing is asked of the groups");
    with("[[Group::\"operators\", Group::\"nobody\"]]").refused("nobody").says("not in the estate", "nobody");
    with("[[Group::\"operators\"]]").refused("one group").says("two groups or more", "one group");
    with("[[Server::\"web\", Group::\"interns\"]]").refused("the plan names it").says("group-cycle", "web");
}

#[test]
fn t011_no_question_is_answered_about_a_group_of_a_circle() {
    let ask = |circle: &str, arguments: &[&str]| {
        let world = World::tiny();
        let text = world.text("estate.yaml").replace("entities:", &format!("circles: [{circle}]\nentities:"));
        let given = ["--bundle", "bundle", "--estate", "estate.yaml", "--at", "2026-11-22T06:00:00Z"];
        world.with("estate.yaml", text).run_in(|_| {}, &[arguments, &given].concat())
    };
    let groups = "[Group::\"operators\", Group::\"interns\"]";
    let things = "[Server::\"web\", Group::\"interns\"]";
    let about = |resource: &'static str| ["who-can", "Hire", resource, "--with", "name=x"];
    ask(groups, &about("Group::\"contractors\"")).approved("another group");
    ask(groups, &about("Group::\"operators\"")).refused("the group").says("error[group-cycle]", "the group");
    // Groups deploy too.
    let deploy = ["who-can", "Deploy", "Server::\"web\""];
    ask(groups, &deploy).refused("all groups").says("error[group-cycle]", "all groups");
    ask(groups, &["rights", PLAN]).approved("no step names a group");
    ask(things, &["rights", PLAN])
        .refused("the step names it")
        .says("error[group-cycle]", "the step names it");
    ask(groups, &["impact", PLAN]).refused("the delta").says("error[group-cycle]", "the delta");
}
