//! Tables with good and bad rows.

use super::super::{Options, estate, plan};
use crate::diagnostic::Sink;
use crate::source::{Role, SourceMap};

const MAPPING: &str = r#"schema: countersign.mapping/1
csv:
  separator: ";"
  entities:
    type: User
    id: Login
    parents: [{ column: Groups, type: Group, separator: "|" }]
    attrs: { enabled: { column: Active, is: boolean }, floor: { column: Floor, is: number } }
  steps:
    plan: CHG-1
    id: Step
    by: Who
    do: What
    target: Target
    type: Server
    with: { version: Version }
"#;

fn read(table: &str, role: Role) -> Result<String, Vec<(String, String)>> {
    let mut sources = SourceMap::new();
    let mapping = Some(sources.add("mapping.yaml", Role::Mapping, MAPPING));
    let id = sources.add("table.csv", role, table);
    let options = Options { mapping, ..Options::default() };
    let mut sink = Sink::new();
    let found = match role {
        Role::Plan => plan(&sources, id, &options, &mut sink).map(|found| format!("{:?}", found.plan.phases)),
        _ => estate(&sources, id, &options, &mut sink).map(|found| {
            let entities = found.estate.entities.iter();
            let shown = entities.map(|entity| {
                let parents: Vec<&str> = entity.parents.iter().map(|parent| parent.value.as_str()).collect();
                format!(
                    "{} in {}, {} attributes",
                    entity.uid.value,
                    parents.join(" "),
                    entity.attributes.len()
                )
            });
            shown.collect::<Vec<_>>().join("\n")
        }),
    };
    let said = sink.into_sorted().into_iter();
    found.ok_or_else(|| said.map(|said| (said.code.as_str().to_owned(), said.message)).collect())
}

#[test]
fn a_table_of_people_is_an_estate() {
    let table = "Login;Groups;Active;Floor\r\n\"ruiz;\"\"d\"\"\";Admins|Staff;TRUE;3\r\nlin;;false;\r\n";
    assert_eq!(
        read(table, Role::Estate).unwrap(),
        "User::\"ruiz;\\\"d\\\"\" in Group::\"Admins\" Group::\"Staff\", 2 attributes\n\
         User::\"lin\" in , 1 attributes\nGroup::\"Admins\" in , 0 attributes\nGroup::\"Staff\" in , 0 attributes"
    );
}

#[test]
fn no_row_is_skipped() {
    for (table, code, part) in [
        ("", "syntax", "empty"),
        ("Login;Groups;Active;Floor\na;b\n", "syntax", "has 2 fields, and the header has 4"),
        ("Login;Groups;Active;Floor\n\na;;true;1\n", "syntax", "has 1 fields"),
        ("Login;Groups;Active;Floor\n;;true;1\n", "invalid-value", "no name"),
        ("Login;Groups;Active;Floor\na;;yes;1\n", "wrong-value", "`true` or `false`"),
        ("Login;Groups;Active;Floor\na;;true;1.5\n", "wrong-value", "decimal integer"),
        ("Login;Groups;Active;Floor\n\"a;;true;1\n", "syntax", "no end"),
        ("Login;Groups;Active;Floor\na\"b;;true;1\n", "syntax", "inside of a field"),
        ("Login;Groups;Active;Floor\n\"a\"b;;true;1\n", "syntax", "behind a quoted field"),
        ("Login;Groups;Active\na;;true\n", "unknown-field", "no column `Floor`"),
        ("Login;Login;Groups;Active;Floor\na;b;;true;1\n", "duplicate-key", "two columns `Login`"),
    ] {
        let said = read(table, Role::Estate).unwrap_err();
        assert!(said.iter().any(|(c, message)| c == code && message.contains(part)), "{table}: {said:?}");
    }
}

#[test]
fn a_table_of_steps_is_a_plan() {
    let plan =
        read("Step;Who;What;Target;Version\na;\"User::\"\"x\"\"\";deploy;web-1;2\n", Role::Plan).unwrap();
    for part in ["Server::\\\"web-1\\\"", "deploy", "version", "steps"] {
        assert!(plan.contains(part), "{part}: {plan}");
    }
    assert!(read("Step;Who;What;Target;Version\na b;;deploy;web-1;2\n", Role::Plan).is_err());
}

mod hostile {
    use super::{Role, read};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_table_is_read_or_refused(table in "(Login;Groups;Active;Floor\n)?([a-z;\"\r\n|]|true|;\\PC){0,40}") {
            let read = read(&table, Role::Estate);
            prop_assert!(read.is_ok() || read.is_err_and(|said| !said.is_empty()));
        }
    }
}
