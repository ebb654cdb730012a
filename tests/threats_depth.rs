//! Threats by depth: nesting and hierarchies that would exhaust the stack, the memory or the time.

mod fixtures;

use std::fmt::Write as _;
use std::time::Duration;

use fixtures::{ESTATE, OPERATIONS, POLICIES, SCHEMA, World};

/// A text of `depth` openings, a core, and as many closings.
fn nest(open: &str, core: &str, close: &str, depth: usize) -> String {
    format!("{}{core}{}", open.repeat(depth), close.repeat(depth))
}

/// Expressions that nest as deep as asked, in every way that Cedar's grammar knows.
fn deep(depth: usize) -> Vec<String> {
    vec![
        nest("(", "true", ")", depth),
        nest("!(", "true", ")", depth),
        nest("-(", "1", ")", depth) + " == 1",
        nest("[", "1", "]", depth) + " == []",
        nest("{ a: ", "1", " }", depth) + " == { a: 1 }",
        nest("if ", "true", " then true else false", depth),
        nest("if true then ", "true", " else false", depth),
        nest("if true then true else ", "true", "", depth),
        nest("(1 > ", "0", ")", depth),
        nest("(1 >= ", "0", ")", depth),
        nest("((1 > 0) == ", "true", ")", depth),
        nest("ip(", "\"::1\"", ")", depth),
        nest("principal.contains(", "1", ")", depth),
        "!".repeat(depth) + "true",
        "-".repeat(depth) + "1 == 1",
        "! ".repeat(depth) + "true",
        format!("principal{} == principal", ".manager".repeat(depth)),
        format!("principal{} == principal", "[\"manager\"]".repeat(depth)),
        format!("true{}", " && true".repeat(depth)),
        format!("true{}", " || true".repeat(depth)),
        format!("1{} == 1", " + 1".repeat(depth)),
        format!("1{} == 1", " - 1".repeat(depth)),
        format!("1{} == 1", " * 1".repeat(depth)),
        "(".repeat(depth),
        ")".repeat(depth),
        "(;".repeat(depth),
        "{".repeat(depth),
        "if ".repeat(depth),
    ]
}

#[test]
fn t030_deep_policies_are_refused_and_never_end_the_program() {
    for depth in [5_000, 100_000] {
        for condition in deep(depth) {
            let what = format!("{depth}: {}", condition.chars().take(40).collect::<String>());
            let ran = World::tiny().forbid_when(&condition).check();
            ran.refused(&what).says("policies.cedar:", &what);
        }
    }
}

#[test]
fn t030_the_size_of_the_main_stack_does_not_matter() {
    for condition in deep(64).into_iter().chain(deep(1_000)) {
        let what: String = condition.chars().take(40).collect();
        let ran = World::tiny().forbid_when(&condition).after("ulimit -s 256").check();
        assert!(["0", "1", "2"].contains(&ran.exit.as_str()), "{what}: {} {}", ran.exit, ran.err);
    }
    World::tiny().after("ulimit -s 256").check().approved("the tiny world");
}

#[test]
fn t030_ordinary_policies_are_not_taken_for_deep_ones() {
    let comparisons: Vec<String> = (0..200).map(|at| format!("principal.level < -{at}")).collect();
    let condition = format!("principal is Shop::User && ({})", comparisons.join(" || "));
    World::tiny().forbid_when(&condition).check().approved("two hundred comparisons");
    let others: Vec<String> = (0..200).map(|at| format!("principal.level > 1{at}")).collect();
    let condition = format!("principal is Shop::User && ({})", others.join(" || "));
    World::tiny().forbid_when(&condition).check().approved("two hundred other comparisons");
    let arrows: String = "// <<<<(((([[[[".repeat(100) + "\n";
    World::tiny().append(POLICIES, &arrows).check().approved("a comment");
    World::tiny()
        .forbid_when(&format!("principal is Shop::User && principal.level == {}", nest("(", "9", ")", 60)))
        .check()
        .approved("60 brackets");
}

#[test]
fn t030_deep_schemas_and_expressions_are_refused() {
    let types = [
        nest("Set<", "String", ">", 5_000),
        nest("{ a: ", "String", " }", 5_000),
        nest("Set<", "String", ">", 100_000),
        nest("Set<{ a: ", "String", " }>", 50_000),
    ];
    for deep_type in types {
        let what: String = deep_type.chars().take(20).collect();
        World::tiny()
            .edit(SCHEMA, "tags Set<String>", &format!("tags {deep_type}"))
            .check()
            .refused(&what)
            .says("64", &what);
    }
    for condition in deep(5_000).into_iter().chain(deep(100_000)) {
        let what: String = condition.chars().take(40).collect();
        let text = serde_json::to_string(&condition).expect("a text is JSON");
        let change = "- { link: frozen, principal: resource }";
        let ran = World::tiny()
            .edit(OPERATIONS, change, &format!("- {{ link: frozen, principal: resource, when: {text} }}"))
            .check();
        ran.refused(&what).says("operations.yaml:12", &what);
    }
    let json = |depth: usize| {
        let deep_type = nest("{\"type\":\"Set\",\"element\":", "{\"type\":\"String\"}", "}", depth);
        let schema = format!(
            "{{\"Shop\":{{\"entityTypes\":{{\"User\":{{\"tags\":{deep_type}}}}},\"actions\":{{}}}}}}"
        );
        World::tiny().without(SCHEMA).with("bundle/schema.json", schema).check()
    };
    json(100).refused("a schema in JSON").says("schema.json", "its name");
    json(100_000).refused("a deeper schema in JSON").says("schema.json", "its name");
}

#[test]
fn t030_common_types_that_double_are_bounded() {
    let mut types = String::from("type T0 = String;");
    for at in 1..40 {
        write!(types, "type T{at} = {{ a: T{0}, b: T{0} }};", at - 1).expect("a text can be written");
    }
    let world = World::tiny().edit(SCHEMA, "namespace Shop {", &format!("namespace Shop {{ {types}"));
    let ran = world
        .edit(SCHEMA, "tags Set<String>", "tags T39")
        .after("ulimit -v 4000000")
        .within(Duration::from_secs(5))
        .check();
    ran.refused("a type of 2^39 strings").says("schema.cedarschema", "its name");
}

/// A chain of groups: `g0` is in `g1`, and so on.
fn chain(edges: usize) -> String {
    let mut records = String::new();
    for at in 0..edges {
        writeln!(records, "  - {{ uid: 'Group::\"g{at}\"', parents: ['Group::\"g{}\"'] }}", at + 1)
            .expect("a text can be written");
    }
    records + &format!("  - {{ uid: 'Group::\"g{edges}\"' }}\n")
}

#[test]
fn t041_a_long_chain_of_groups_is_read_and_a_longer_one_refused() {
    let estate = |edges: usize| {
        let dana = "uid: 'User::\"dana\"', parents: [";
        World::tiny()
            .append(ESTATE, &chain(edges))
            .edit(ESTATE, dana, &format!("{dana}'Group::\"g0\"', "))
            .after("ulimit -v 1500000")
            .check()
    };
    estate(8_000).approved("8,000 groups");
    // Dana's own edge is the 10,000th.
    estate(9_999).approved("10,000 edges");
    estate(10_000).refused("10,001 edges").says("10001 edges", "how many").says("10000", "the limit");
    estate(60_000).refused("60,001 edges").says("10000", "the limit");
}

#[test]
fn t041_a_dense_hierarchy_is_bounded() {
    let mut dense = String::new();
    for at in 0..2_000_usize {
        let parents: Vec<String> =
            (at.saturating_sub(10)..at).map(|parent| format!("'Group::\"g{parent}\"'")).collect();
        writeln!(dense, "  - {{ uid: 'Group::\"g{at}\"', parents: [{}] }}", parents.join(", "))
            .expect("a text can be written");
    }
    World::tiny()
        .append(ESTATE, &dense)
        .after("ulimit -v 1500000")
        .check()
        .approved("2,000 groups in ten others each");
}

#[test]
fn t041_an_entity_of_many_groups_takes_no_squared_time() {
    let groups: Vec<String> = (0..10_000).map(|at| format!("'Group::\"g{at}\"'")).collect();
    let records: String = groups.iter().map(|uid| format!("  - {{ uid: {uid} }}\n")).collect();
    let last = format!(
        "  - {{ uid: 'Server::\"busy\"', attrs: {{ tier: x, owner: 'User::\"dana\"' }}, parents: [{}] }}\n",
        groups.join(", ")
    );
    let ran = World::tiny().append(ESTATE, &(records.clone() + &last)).check();
    ran.approved("after its groups");
    World::tiny().append(ESTATE, &(last + &records)).check().approved("before its groups");
}
