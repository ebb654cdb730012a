//! Tables of people and of memberships, each a file of its own, as one estate.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where its world breaks")]

use std::fs;
use std::process::Command;

const MAPPING: &str = "schema: countersign.mapping/1
csv:
  separator: \";\"
  entities: { type: User, id: Login, parents: [{ column: Department, type: Group }] }
  memberships:
    member: { column: Login, type: User }
    group: { column: Group, type: Group, separator: \"|\" }
";

const PLAN: &str = "schema: countersign.plan/1
id: T-1
phases:
  - id: contacts
    by: User::\"nina\"
    steps:
      - { id: one, do: New-Contact, target: 'OrganizationalUnit::\"OU=Reception\"', with: { address: a, number: b } }
";

/// What a command says of the tables, with the directory of the example `orders`, and its exit code.
fn said(words: &[&str], people: &str, memberships: &str) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("mapping.yaml", MAPPING),
        ("plan.yaml", PLAN),
        ("people.csv", people),
        ("members.csv", memberships),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let orders = format!("{}/examples/orders", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.current_dir(folder.path()).env_clear().args(words).args(["--mapping", "mapping.yaml"]);
    if words[0] == "check" {
        for estate in [&format!("{orders}/estate.yaml"), "people.csv", "members.csv"] {
            command.args(["--estate", estate]);
        }
        command.args(["--bundle", &format!("{orders}/bundle"), "plan.yaml"]);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (text, output.status.code())
}

#[test]
fn a_table_of_memberships_adds_to_what_other_files_describe() {
    let people = "Login;Department\nnina;Staff\nomar;Staff\n";
    let (text, exit) = said(&["check"], people, "Login;Group\nnina;Contact Admins|Server Admins\n");
    assert_eq!(exit, Some(0), "{text}");
    let (text, exit) = said(&["check"], people, "Login;Group\nomar;Contact Admins\n");
    assert_eq!(exit, Some(1), "{text}");
    // Somebody of a file of another kind gets memberships too.
    let (text, exit) = said(&["check"], people, "Group;Login\nContact Admins;nina\nServer Admins;bob\n");
    assert_eq!(exit, Some(0), "{text}");
}

#[test]
fn a_membership_of_nobody_or_in_nothing_is_refused_with_its_place() {
    let people = "Login;Department\nnina;Staff\n";
    for (memberships, part) in [
        ("Login;Group\nnobody;Staff\n", "members.csv:2:1"),
        ("Login;Group\nnina;\n", "does not say who is in what"),
        ("Login;Group\nnina;Nothing\n", "members.csv:2:6"),
        ("Login;Groups\nnina;Staff\n", "no column `Department`"),
    ] {
        let (text, exit) = said(&["check"], people, memberships);
        assert_eq!(exit, Some(2), "{memberships}{text}");
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_import_prints_holds_the_memberships() {
    let people = "Login;Department\nnina;Staff\n";
    let words = ["import", "--kind", "estate", "people.csv", "--estate", "members.csv"];
    let (text, exit) = said(&words, people, "Login;Group\nnina;Contact Admins\n");
    assert_eq!(exit, Some(0), "{text}");
    let at = text.find("nina").unwrap_or(text.len());
    let record: Vec<&str> = text[at..].lines().take(2).collect();
    assert!(record.join(" ").contains("Contact Admins"), "{text}");
    let alone = ["import", "--kind", "estate", "members.csv"];
    let (text, exit) = said(&alone, people, "Login;Group\nnina;Contact Admins\n");
    assert_eq!(exit, Some(2), "{text}");
    assert!(text.contains("members.csv:2:1"), "{text}");
}
