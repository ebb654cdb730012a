//! Each kind of expression, with the places that Cedar's rewriting leaves.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Sink;
use crate::import::{self, BundleFiles};
use crate::source::{Role, SourceMap};

const SCHEMA: &str = r#"
entity Group in [Group];
entity User in [Group] {
  level: Long, name: String, roles: Set<String>, suspended?: Bool,
  home: { city: String, since: datetime, lan?: ipaddr }, boss?: User
} tags String;
entity Doc { owner: User, rating: decimal };
action view appliesTo { principal: User, resource: Doc, context: { now: datetime, note?: String, n: Long } };
"#;

const ESTATE: &str = r#"
schema: countersign.estate/1
entities:
  - uid: Group::"all"
  - uid: Group::"staff"
    parents: [Group::"all"]
  - uid: Group::"guests"
  - uid: User::"ann"
    parents: [Group::"staff"]
    tags: { desk: "B1" }
    attrs: { level: 3, name: Ann, roles: [dc, web], boss: User::"bob", home: { city: Bonn, since: "2026-01-01", lan: 192.0.2.0/24 } }
  - uid: User::"bob"
    attrs: { level: 9223372036854775807, name: Bob, roles: [], home: { city: Berlin, since: "2026-01-01" } }
  - uid: Doc::"x"
    attrs: { owner: User::"ann", rating: "1.5" }
"#;

/// The trees of some policies for a request by Ann; `note` is absent, `n` is 2.
fn trees(policies: &str, links: &str) -> (SourceMap, Vec<PolicyTree>) {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let files = BundleFiles {
        manifest: sources.add(
            "bundle.toml",
            Role::Manifest,
            "schema = \"countersign.bundle/1\"\nname = \"t\"\n",
        ),
        schema: sources.add("schema.cedarschema", Role::Schema, SCHEMA),
        policies: vec![sources.add("a.cedar", Role::Policy, policies)],
        links: (!links.is_empty()).then(|| sources.add("links.json", Role::Links, links)),
        operations: sources.add(
            "operations.yaml",
            Role::Operations,
            "schema: countersign.operations/1\noperations: { view: { changes: [] } }\n",
        ),
    };
    let estate = sources.add("estate.yaml", Role::Estate, ESTATE);
    let bundle = import::bundle(&sources, &files, &mut sink)
        .and_then(|documents| crate::policy::compile(&sources, &documents, &mut sink));
    let estate =
        import::estate(&sources, estate, &import::Options::default(), &mut sink).map(|part| part.estate);
    let (Some(bundle), Some(estate)) = (bundle, estate) else { panic!("{:#?}", sink.into_sorted()) };
    let estate = crate::resolve::estate(&[estate], bundle.schema(), &mut sink);
    let Some(estate) = estate else { panic!("{:#?}", sink.into_sorted()) };
    let now = (bundle.schema().read_extension)("datetime", "2026-11-28T22:00:00Z").unwrap();
    let context =
        Value::record([("now".to_owned(), Value::Extension(now)), ("n".to_owned(), Value::Long(2))]);
    let uid = |text: &str| text.parse::<Uid>().unwrap();
    let (principal, action, resource) = (uid("User::\"ann\""), uid("Action::\"view\""), uid("Doc::\"x\""));
    let request = Request { principal: &principal, action: &action, resource: &resource, context: &context };
    let mut state = estate.state;
    bundle.links().for_each(|(link, id)| state.link(link.clone(), std::sync::Arc::clone(id)));
    let trees = Examination::new(&bundle, &state, request).trees();
    (sources, trees)
}

/// One line for each part: sign, text, what it reads; `@` where its place says something else.
fn outline(sources: &SourceMap, part: &Part, depth: usize, text: &mut String) {
    let sign = match &part.evaluation {
        Evaluation::Value(Value::Bool(true)) => "+".to_owned(),
        Evaluation::Value(Value::Bool(false)) => "-".to_owned(),
        Evaluation::Value(value) => format!("{value} <-"),
        Evaluation::Failed(why) => format!("error ({why})"),
        Evaluation::Unknown(what) => format!("unknown ({what})"),
        Evaluation::NotEvaluated => ".".to_owned(),
    };
    let form = match part.form {
        Form::Test => String::new(),
        other => format!("{other:?} "),
    };
    write!(text, "{}{sign} {form}{}", "  ".repeat(depth), part.text).unwrap();
    let place = part.span.map_or("nowhere", |span| sources.slice(span));
    if syntax::one_line(place) != part.text {
        write!(text, " @ {place}").unwrap();
    }
    for read in &part.reads {
        let value = match &read.value {
            Some(Value::Extension(extension)) => extension.text.to_string(),
            Some(value) => value.to_string(),
            None => "absent".to_owned(),
        };
        write!(text, " | {} = {value}", read.text).unwrap();
    }
    text.push('\n');
    for inner in &part.parts {
        outline(sources, inner, depth + 1, text);
    }
}

/// The clauses of one policy without scope constraints, as an outline.
fn clauses(text: &str) -> String {
    let (sources, trees) = trees(&format!("@id(\"p\")\npermit (principal, action, resource)\n{text};"), "");
    let mut shown = String::new();
    for clause in &trees[0].clauses {
        let place = clause.span.map_or("nowhere", |span| sources.slice(span));
        writeln!(shown, "{:?} {}", clause.kind, place.split([' ', '{']).next().unwrap()).unwrap();
        outline(&sources, &clause.part, 1, &mut shown);
    }
    shown
}

/// One for each kind of expression, and for each that Cedar writes in another way.
const CLAUSES: &[&str] = &[
    "when { principal.level >= 2 && principal.level != 4 && (context.n > 3 || principal.name like \"A*\") }",
    "when { principal.level > 2 } unless { principal has suspended && principal.suspended } when { true }",
    "when { principal is User in Group::\"guests\" } when { 1 == 1 }",
    "when { principal is User in Group::\"all\" && context.n == 2 }",
    "when { principal has home.lan && principal.home.lan.isInRange(ip(\"192.0.2.0/16\")) }",
    "when { principal has boss && principal.boss.level + 1 > 2 || false }",
    "when { if principal.roles.isEmpty() then principal.level == 1 else !principal.roles.contains(\"dc\") }",
    "when { [principal.name, \"Bob\"].contains(\"Bob\") && principal.roles.containsAll([\"dc\", \"x\"]) }",
    "when { context.now.toTime() < duration(\"22h\") && resource.rating.lessThan(decimal(\"2.0\")) }",
    "when { principal.hasTag(\"desk\") && principal.getTag(\"desk\") == \"B2\" }",
    "when { context has note && context.note like \"x\" }",
    "when { (principal == resource.owner) == true }",
    "when { !(principal == resource.owner) }",
    "when { true } when { true }",
    "when { true } when { resource.owner == principal } when { true }",
    "when { resource.owner in [Group::\"guests\", Group::\"staff\"] }",
    "when { {a: principal.level}.a == 3 }",
    "when { resource[\"owner\"].home.city == \"Bonn\" }",
    "when { -principal.level < 0 && principal.level * 2 - 1 <= 5 }",
    "when {\n  principal.level // of clearance\n    == 3\n  && principal.roles\n    .contains(\"web\")\n}",
    "unless { false }",
];

#[test]
fn every_kind_of_expression_has_its_values_and_places() {
    let shown: Vec<String> = CLAUSES.iter().map(|text| format!("{text}\n{}", clauses(text))).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_link_shows_what_its_slots_stand_for() {
    let (sources, found) = trees(
        "@id(\"t\") permit (principal in ?principal, action == Action::\"view\", resource == ?resource);",
        r#"[{"template_id": "t", "link_id": "l", "args": {"?principal": "Group::\"all\"", "?resource": "Doc::\"x\""}}]"#,
    );
    let [tree] = found.as_slice() else { panic!("{found:?}") };
    let mut shown = String::new();
    tree.scope.iter().for_each(|part| outline(&sources, part, 0, &mut shown));
    assert_eq!(
        shown,
        "+ principal in ?principal | ?principal = Group::\"all\"\n\
         + action == Action::\"view\"\n\
         + resource == ?resource | ?resource = Doc::\"x\"\n"
    );
    let targets = tree.scope[0].membership.as_ref().map(|asked| asked.targets.clone());
    assert_eq!(targets, Some(vec!["Group::\"all\"".parse().unwrap()]));
    assert_eq!((tree.id.as_str(), tree.policy.as_str(), tree.arguments.len()), ("l", "t", 2));
}

#[test]
fn what_a_false_scope_leaves_out_is_not_evaluated() {
    let (_, found) = trees(
        "@id(\"p\") permit (principal in Group::\"guests\", action, resource is Doc) when { principal.level == 3 };",
        "",
    );
    assert_eq!(found[0].scope[0].evaluation.truth(), Some(false));
    assert_eq!(found[0].scope[2].evaluation.truth(), Some(true));
    assert_eq!(found[0].clauses[0].part.evaluation, Evaluation::NotEvaluated);
    assert_eq!(found[0].result.truth(), Some(false));
}

#[test]
fn a_long_chain_is_one_part_with_many() {
    let long = vec!["principal.level == 3"; 600].join(" && ");
    let (_, found) =
        trees(&format!("@id(\"p\") permit (principal, action, resource) when {{ {long} }};"), "");
    assert_eq!(found[0].clauses[0].part.parts.len(), 600);
}

/// Conditions of which none is constant; some fail, and some are absent.
fn condition() -> impl Strategy<Value = String> {
    let tests = [
        "principal.level > 2",
        "principal.level != 3",
        "context.n + principal.level * 2 >= 9",
        "principal.roles.contains(\"dc\")",
        "principal in Group::\"all\"",
        "principal in Group::\"guests\"",
        "principal is User in Group::\"staff\"",
        "principal.name like \"A*\"",
        "context has note && context.note == \"x\"",
        "principal.level + 9223372036854775807 > 0",
        "resource.owner == principal",
    ];
    prop::sample::select(tests.to_vec()).prop_map(str::to_owned).prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|all| format!("({})", all.join(" && "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|any| format!("({})", any.join(" || "))),
            inner.clone().prop_map(|inner| format!("!({inner})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(test, yes, no)| format!("(if {test} then {yes} else {no})")),
        ]
    })
}

/// Says that a part with parts is what its parts make it, and that nothing is told of what Cedar passed over.
fn is_what_its_parts_make_it(sources: &SourceMap, part: &Part) -> std::result::Result<(), TestCaseError> {
    let place = part.span.map(|span| syntax::one_line(sources.slice(span)));
    prop_assert_eq!(place.as_ref(), Some(&part.text));
    for inner in &part.parts {
        is_what_its_parts_make_it(sources, inner)?;
        prop_assert!(
            part.evaluation != Evaluation::NotEvaluated || inner.evaluation == Evaluation::NotEvaluated
        );
    }
    let last = part.parts.iter().rev().find(|inner| inner.evaluation != Evaluation::NotEvaluated);
    match (part.form, last) {
        (Form::All | Form::Any | Form::Choice, Some(last)) => {
            prop_assert_eq!(&part.evaluation, &last.evaluation)
        }
        (Form::Not, Some(last)) => {
            prop_assert_eq!(part.evaluation.truth(), last.evaluation.truth().map(|truth| !truth))
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// That the root is what Cedar says is asserted wherever a tree is made.
    #[test]
    fn every_part_is_what_its_parts_make_it(conditions in prop::collection::vec((any::<bool>(), condition()), 1..4)) {
        let clause = |(when, text): &(bool, String)| format!("{} {{ {text} }}", if *when { "when" } else { "unless" });
        let clauses: Vec<String> = conditions.iter().map(clause).collect();
        let text = format!("@id(\"p\") permit (principal, action, resource) {};", clauses.join(" "));
        let (sources, found) = trees(&text, "");
        prop_assert_eq!(found[0].clauses.len(), conditions.len());
        for clause in &found[0].clauses {
            is_what_its_parts_make_it(&sources, &clause.part)?;
        }
    }
}
