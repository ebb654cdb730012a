//! Threats to policies and their evaluation: a forbid that does not apply and says nothing.

mod fixtures;

use std::time::Duration;

use fixtures::{ESTATE, LINKS, MANIFEST, OPERATIONS, PLAN, POLICIES, SCHEMA, World};

const LEVELS: [&str; 3] = ["hard", "soft", "advisory"];

/// Three evaluations that validate and fail: overflow twice, and an entity that is in no estate.
const FAILING: [&str; 3] = [
    "principal is Shop::User && principal.level + 9223372036854775807 > 0",
    "principal is Shop::User && principal.level * 9223372036854775807 == 1",
    "Shop::User::\"nobody\".level == 1",
];

fn level(world: World, level: &str) -> World {
    world.append(MANIFEST, &format!("[enforcement]\nadded = \"{level}\"\n"))
}

#[test]
fn t045_a_forbid_that_fails_never_lets_a_step_pass() {
    for condition in FAILING {
        let world = World::tiny().forbid_when(condition);
        level(world.clone(), "hard")
            .check()
            .rejected(condition)
            .says("indeterminate", condition)
            .says("`added`", condition);
        let soft = level(world.clone(), "soft").check();
        soft.rejected(condition).says("`added`", condition).says("cannot be evaluated", condition);
        let advisory = level(world, "advisory").check();
        advisory.approved(condition).says("warning[advisory]", condition).says("`added`", condition);
    }
}

#[test]
fn t045_a_permit_that_fails_is_a_warning() {
    for condition in FAILING {
        let permit = format!("@id(\"added\")\npermit(principal, action, resource) when {{ {condition} }};\n");
        let ran = World::tiny().append(POLICIES, &permit).check();
        ran.approved(condition).says("warning[permit-error]", condition).says("`added`", condition);
        let alone = World::tiny().append(POLICIES, &permit).edit(PLAN, "do: Deploy", "do: Read");
        let alone = alone.edit(POLICIES, ", Shop::Action::\"Read\"],", "],").check();
        alone.rejected(condition).says("permit-error", condition);
    }
}

#[test]
fn t045_a_value_of_an_extension_that_is_none_is_refused() {
    World::tiny()
        .forbid_when("ip(\"999.0.0.1\").isLoopback()")
        .check()
        .refused("in a policy")
        .says("999.0.0.1", "the value");
    World::tiny()
        .parameters("address: 999.0.0.1")
        .check()
        .refused("in a plan")
        .says("999.0.0.1", "the value");
    World::tiny().forbid_when("decimal(\"1.23456\").lessThan(decimal(\"1.0\"))").check().refused("a decimal");
}

#[test]
fn t045_a_failing_forbid_of_a_template_counts_under_any_id() {
    let overflow = "forbid(principal in ?principal, action == Shop::Action::\"Deploy\", resource) when { resource.owner.level + 9223372036854775807 > 0 };";
    for id in ["plain", "hiring@x", "operators@", "@", "nothing@there"] {
        let link = format!(
            "[{{ \"template_id\": \"{id}\", \"link_id\": \"l@m\", \"args\": {{ \"?principal\": \"Group::\\\"operators\\\"\" }} }}]"
        );
        let world = World::tiny().append(POLICIES, &format!("@id(\"{id}\")\n{overflow}\n"));
        world.clone().with(LINKS, link).check().rejected(id).says("indeterminate", id);
        let frozen = freeze(
            world.edit(OPERATIONS, "{ link: frozen,", &format!("{{ link: \"{id}\",")),
            "interns",
            "operators",
        );
        frozen.check().approved(&format!("{id}, linked for interns"));
        let frozen = freeze(
            World::tiny().append(POLICIES, &format!("@id(\"{id}\")\n{overflow}\n")),
            "operators",
            "interns",
        );
        let frozen = frozen.edit(OPERATIONS, "{ link: frozen,", &format!("{{ link: \"{id}\","));
        frozen.check().rejected(&format!("{id}, linked by the plan")).says("indeterminate", id);
    }
}

/// The plan freezes groups before it deploys.
fn freeze(world: World, group: &str, other: &str) -> World {
    let step = format!(
        "    steps:\n      - {{ id: f, title: Freeze, do: Freeze, target: 'Group::\"{group}\"', with: {{ other: 'Group::\"{other}\"' }} }}\n"
    );
    world.edit(PLAN, "    steps:\n", &step)
}

#[test]
fn t045_every_link_that_a_step_makes_counts() {
    freeze(World::tiny(), "interns", "operators").check().approved("one link, for others");
    freeze(World::tiny(), "operators", "interns").check().rejected("one link, for the operators");
    let both = "- { link: frozen, principal: resource }\n      - { link: frozen, principal: context.other }";
    let world = World::tiny().edit(OPERATIONS, "- { link: frozen, principal: resource }", both);
    for (group, other) in [
        ("operators", "contractors"),
        ("contractors", "operators"),
        ("operators", "interns"),
        ("interns", "operators"),
    ] {
        freeze(world.clone(), group, other).check().rejected(&format!("two links: {group}, {other}"));
    }
}

#[test]
fn t045_the_link_of_a_step_is_not_lost_to_another_of_its_name() {
    let world = freeze(World::tiny(), "operators", "interns");
    world.check().rejected("the link of the step");
    let link = world.clone().edit(LINKS, "frozen-interns", "frozen@one/f");
    link.check().not_approved("a link of the bundle has its name");
    let other = "@id(\"frozen@one/f\")\nforbid(principal, action == Shop::Action::\"Read\", resource) when { context has note };\n";
    world.append(POLICIES, other).check().not_approved("a policy of the bundle has its name");
}

#[test]
fn t046_no_literal_of_a_forbid_can_be_wrong_unnoticed() {
    let literals = [
        "Shop::Group::\"contractors\"",
        "Shop::Action::\"Deploy\", resource",
        "Shop::Server::\"vault\"",
        "Shop::User::\"mike\"",
    ];
    for literal in literals {
        let (before, after) = literal.split_once("::\"").expect("a literal has an id");
        let policies = World::tiny().text(POLICIES);
        let at = policies.rfind(literal).expect("the literal is there") + before.len() + 3;
        let wrong = format!("{}x{}", &policies[..at], &policies[at..]);
        let ran = World::tiny().with(POLICIES, wrong).check();
        let id = after.split('"').next().expect("an id ends");
        ran.not_approved(literal).says(&format!("x{id}"), literal);
    }
    for condition in [
        "resource in Shop::Group::\"x\"",
        "principal is Shop::User && [Shop::User::\"x\"].contains(principal)",
        "principal is Shop::User && { a: Shop::User::\"x\" }.a == principal",
    ] {
        let ran = World::tiny().forbid_when(condition).check();
        ran.rejected(condition).says("unknown-literal", condition);
        level(World::tiny().forbid_when(condition), "soft").check().rejected(condition);
        let advisory = level(World::tiny().forbid_when(condition), "advisory").check();
        advisory.approved(condition).says("warning[unknown-literal]", condition);
    }
}

#[test]
fn t046_a_forbid_sees_the_entities_it_names_wherever_it_names_them() {
    let mike = "Shop::User::\"mike\"";
    let record = format!("{{ a: {mike} }}.a");
    let chosen = format!("(if context has note then {{ a: Shop::User::\"dana\" }} else {{ a: {mike} }}).a");
    let deep = format!("{{ a: {{ b: {mike} }} }}.a.b");
    let conditional = format!(
        "(if context has note then Shop::User::\"dana\" else (if context has count then Shop::User::\"dana\" else {mike}))"
    );
    for subject in [mike, &record, &chosen, &deep, &conditional] {
        for question in ["in Shop::Group::\"contractors\"", "has manager", "has roles", ".level == 1"] {
            let joint = if question.starts_with('.') { "" } else { " " };
            let condition = format!("{subject}{joint}{question}");
            let world =
                World::tiny().edit(ESTATE, "level: 1,", "level: 1, manager: 'User::\"dana\"', roles: [a],");
            world.forbid_when(&condition).check().rejected(&condition).says("denied", &condition);
        }
        let condition = format!("{subject}.hasTag(\"t\")");
        let world = World::tiny().edit(
            ESTATE,
            "attrs: { level: 1, enabled: true }",
            "attrs: { level: 1, enabled: true }, tags: { t: [x] }",
        );
        world.forbid_when(&condition).check().rejected(&condition).says("denied", &condition);
    }
}

/// What the lint finds in a forbid with a condition, and the verdict, which it never changes.
fn lint(policy: &str, found: bool) {
    let ran = World::tiny().append(POLICIES, policy).check();
    ran.approved(policy);
    let said = [&ran.out, &ran.err].iter().any(|text| text.contains("warning[optional-attribute]"));
    assert_eq!(said, found, "{policy}\n{}{}", ran.out, ran.err);
}

#[test]
fn t047_a_forbid_that_an_absence_turns_off_is_a_warning() {
    let turned_off = [
        "when { principal is Shop::User && principal has locked && principal.locked }",
        "when { principal is Shop::User && principal has \"locked\" && principal.locked }",
        "unless { !(principal is Shop::User && principal has locked && principal.locked) }",
        "when { resource.owner has manager && resource.owner.manager == principal }",
        "when { resource.owner has manager.locked && resource.owner.manager.locked }",
        "when { context has helper && context.helper has locked && context.helper.locked }",
        "when { Shop::User::\"dana\" has locked && Shop::User::\"dana\".locked }",
        "when { if resource.owner has locked then resource.owner.locked else false }",
        "unless { if resource.owner has locked then !resource.owner.locked else true }",
        "when { resource.owner has locked && resource.owner.locked || resource.tier == \"lab\" }",
        "when { (resource.owner has locked) == true && resource.owner.level > 5 }",
    ];
    for clauses in turned_off {
        lint(
            &format!(
                "@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource)\n{clauses};\n"
            ),
            true,
        );
    }
}

#[test]
fn t047_a_forbid_that_an_absence_leaves_on_is_none() {
    let left_on = [
        "unless { resource.owner has roles || resource.tier == \"prod\" }",
        "unless { resource.owner has locked && !resource.owner.locked || resource.tier == \"prod\" }",
        "when { if resource.owner has locked then resource.owner.locked else resource.tier == \"lab\" }",
        "when { resource.tier != \"prod\" && (!(resource.owner has locked) || (resource.owner has locked && resource.owner.locked)) }",
        "when { context has note && context.note == \"lab\" }",
        "when { principal has level && principal.level > 5 }",
    ];
    for clauses in left_on {
        lint(
            &format!(
                "@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource)\n{clauses};\n"
            ),
            false,
        );
    }
    let has = "when { resource.owner has locked && resource.owner.locked };\n";
    lint(
        &format!(
            "@id(\"added\")\n@prerequisite(\"free\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) {has}"
        ),
        false,
    );
    lint(
        &format!("@id(\"added\")\npermit(principal, action == Shop::Action::\"Deploy\", resource) {has}"),
        false,
    );
    let advisory = World::tiny().append(
        POLICIES,
        &format!("@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) {has}"),
    );
    let ran = level(advisory, "advisory").check();
    assert!(!ran.approved("advice").err.contains("optional-attribute"), "{}", ran.err);
}

#[test]
fn t047_what_the_author_of_a_plan_can_leave_out_is_optional_too() {
    let world = World::tiny().edit(
        SCHEMA,
        "context: { note?: String,",
        "context: { plan: { author?: User, window?: { start: datetime, end: datetime }, id: String }, note?: String,",
    );
    for field in ["author", "window"] {
        let condition = format!("context.plan has {field} && context.plan.id == \"none\"");
        let policy = format!(
            "@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) when {{ {condition} }};\n"
        );
        let ran = world.clone().append(POLICIES, &policy).check();
        ran.approved(field).says("warning[optional-attribute]", field).says(&format!("`{field}`"), field);
    }
}

#[test]
fn t047_a_policy_says_what_absence_means_and_only_where_it_means_something() {
    let has = "forbid(principal, action == Shop::Action::\"Deploy\", resource) when { resource.owner has locked && resource.owner.locked };\n";
    lint(&format!("@id(\"added\")\n@absent(\"nobody locked it\")\n{has}"), false);
    lint(&format!("@id(\"added\")\n@absent(\" \")\n{has}"), true);
    lint(&format!("@id(\"added\")\n@absent\n{has}"), true);
    let policy = "@id(\"added\")\n@absent(\"of no use\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) when { resource.tier == \"lab\" };\n";
    lint(policy, true);
    let ran = World::tiny().append(POLICIES, policy).check();
    ran.says("no absence turns it off", policy);
}

#[test]
fn t047_dropping_the_attribute_is_what_the_warning_speaks_of() {
    let policy = "@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) when { resource.owner has locked && resource.owner.locked };\n";
    let world = World::tiny().append(POLICIES, policy);
    let ran = world.clone().dana_has("locked: true").check();
    ran.rejected("locked").says("`added`", "locked").says("optional-attribute", "locked");
    let ran = world.check();
    ran.approved("the attribute is dropped")
        .says("leaving out `locked` turns the forbid `added` off", "dropped");
}

#[test]
fn t048_a_schema_that_is_broken_or_absent_is_refused() {
    World::tiny().without(SCHEMA).check().refused("no schema").says("schema", "no schema");
    for schema in [
        "",
        "namespace Shop {",
        "entity User;",
        "namespace Shop { entity User in [Nothing]; }",
        "permit(principal, action, resource);",
    ] {
        World::tiny().with(SCHEMA, schema).check().refused(&format!("schema {schema:?}"));
    }
    let undeclared = [
        "principal.nothing == 1",
        "principal has nothing && principal.nothing",
        "context.note == 1",
        "context.note == \"x\"",
        "resource.tier == \"prod\"",
        "principal in Shop::Nothing::\"x\"",
        "1 + \"a\" == 2",
        "principal.locked",
    ];
    for condition in undeclared {
        World::tiny().forbid_when(condition).check().refused(condition).says("policies.cedar:2", condition);
    }
}

#[test]
fn t049_mixed_scripts_and_bidi_in_policies_are_refused() {
    for text in ["pr\u{43e}d", "p\u{202e}rod", "pr\u{200b}od", "\u{430}dmin", "pr\\u{43e}d"] {
        let condition = format!("resource is Shop::Server && resource.tier == \"{text}\"");
        World::tiny().forbid_when(&condition).check().refused(text);
    }
    World::tiny()
        .append(POLICIES, "// a comment with a \u{202e} bidi control\n")
        .check()
        .refused("in a comment");
    World::tiny()
        .append(POLICIES, "// ein Kommentar \u{fc}ber gro\u{df}e Dinge\n")
        .check()
        .approved("a comment in German");
}

#[test]
fn t050_a_permit_for_everybody_and_everything_is_a_warning() {
    let ran = World::tiny().append(POLICIES, "@id(\"all\")\npermit(principal, action, resource);\n").check();
    ran.approved("no condition")
        .says("warning[blanket-permit]", "no condition")
        .says("`all`", "no condition");
    World::tiny().append(POLICIES, "permit(principal, action, resource);\n").check().refused("without an id");
}

#[test]
fn t054_hostile_arguments_of_links_are_arguments() {
    let hostile = ["\\\\\\\"", ");", ";", "//", "/*", "\\\\\\\") || true //", "?principal", "${x}", "*"];
    for text in hostile {
        let link = |target: &str| {
            format!(
                "[{{ \"template_id\": \"frozen\", \"link_id\": \"l\", \"args\": {{ \"?principal\": \"{target}\" }} }}]"
            )
        };
        let world = World::tiny().with(LINKS, link(&format!("Group::\\\"x{text}y\\\"")));
        world.check().rejected(text).says("unknown-literal", text).says("5 policies", text);
        World::tiny().with(LINKS, link(text)).check().refused(text);
        World::tiny().with(LINKS, link(&format!("Group::\\\"interns\\\"{text}"))).check().refused(text);
    }
    for id in ["\\n", "\\u0000", "\\u202e", ""] {
        World::tiny().edit(LINKS, "frozen-interns", id).check().refused(&format!("link id {id:?}"));
    }
    let long = "g".repeat(257);
    for id in ["", "interns\\u200b", "interns\\u202e", long.as_str()] {
        World::tiny()
            .edit(LINKS, "\\\"interns\\\"", &format!("\\\"{id}\\\""))
            .check()
            .refused(&format!("argument {id:?}"));
    }
    for (from, to) in [
        ("frozen\"", "none\""),
        ("?principal", "?resource"),
        ("?principal", "principal"),
        ("template_id", "template"),
    ] {
        World::tiny().edit(LINKS, from, to).check().refused(to);
    }
    World::tiny().edit(LINKS, "Group::", "Nothing::").check().refused("a type that is not in the schema");
    World::tiny()
        .edit(LINKS, "frozen-interns", "vault")
        .check()
        .refused("the id of a policy")
        .says("vault", "its name");
}

/// The report, without the digests of inputs and the places in them.
fn told(world: &World) -> serde_json::Value {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => {
                for place in
                    ["sha256", "records", "says", "span", "line", "column", "offset", "length", "path"]
                {
                    fields.remove(place);
                }
                fields.values_mut().for_each(strip);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let arguments = [
        "check",
        PLAN,
        "--bundle",
        "bundle",
        "--estate",
        ESTATE,
        "--at",
        "2026-11-22T06:00:00Z",
        "--format",
        "json",
    ];
    let ran = world.run_in(|_| {}, &arguments);
    let mut report: serde_json::Value = serde_json::from_str(&ran.out).expect("the report is JSON");
    report.as_object_mut().expect("the report is an object").remove("inputs");
    strip(&mut report);
    report
}

#[test]
fn t055_the_order_of_policies_and_files_changes_nothing() {
    let by_mike = World::tiny().edit(PLAN, "by: 'User::\"dana\"'", "by: 'User::\"mike\"'");
    for world in [World::tiny(), by_mike] {
        let policies = world.text(POLICIES);
        let mut parts: Vec<&str> = policies.split("\n\n").collect();
        let first = told(&world);
        for _ in 0..parts.len() {
            parts.rotate_left(1);
            assert_eq!(told(&world.clone().with(POLICIES, parts.join("\n\n"))), first);
        }
        parts.reverse();
        assert_eq!(told(&world.clone().with(POLICIES, parts.join("\n\n"))), first);
        let mut apart = world.clone().without(POLICIES);
        for (at, part) in parts.iter().enumerate() {
            apart = apart.with(&format!("bundle/folder-{at}/{}.cedar", parts.len() - at), *part);
        }
        assert_eq!(told(&apart), first);
    }
}

#[test]
fn t055_a_policy_given_twice_changes_no_verdict() {
    let again = World::tiny().text(POLICIES).replace("@id(\"", "@id(\"again-");
    World::tiny().append(POLICIES, &again).check().approved("everything twice");
    let by_mike =
        World::tiny().append(POLICIES, &again).edit(PLAN, "by: 'User::\"dana\"'", "by: 'User::\"mike\"'");
    by_mike
        .check()
        .rejected("everything twice")
        .says("contractors", "one")
        .says("again-contractors", "the other");
}

#[test]
fn t056_costly_policies_are_bounded() {
    let pattern = format!("context has note && context.note like \"{}b\"", "*a".repeat(500));
    let world = World::tiny().edit(POLICIES, "@id(\"vault\")", &format!(
        "@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) when {{ {pattern} }};\n@id(\"vault\")"
    ));
    let ran = world.parameters(&format!("note: {}", "a".repeat(60_000))).check();
    ran.approved("a pattern that nearly matches");
    let many: String = (0..10_000)
        .map(|at| format!("@id(\"p{at}\") forbid(principal, action == Shop::Action::\"Deploy\", resource) when {{ resource.tier == \"t{at}\" }};\n"))
        .collect();
    World::tiny()
        .append(POLICIES, &many)
        .within(Duration::from_secs(60))
        .check()
        .approved("ten thousand policies");
    let set: Vec<String> = (0..20_000).map(|at| format!("\"t{at}\"")).collect();
    let condition = format!("resource is Shop::Server && [{}].contains(resource.tier)", set.join(","));
    World::tiny().forbid_when(&condition).check().approved("a large set");
}

#[test]
fn t056_long_chains_of_attributes_are_bounded() {
    for links in [200, 1_000, 4_000] {
        let condition =
            format!("principal is Shop::User && principal has manager{}", ".manager".repeat(links));
        let ran = World::tiny().forbid_when(&condition).within(Duration::from_secs(5)).check();
        assert!(ran.exit == "0" || ran.exit == "2", "{links}: {}", ran.exit);
    }
}

const UNKNOWN: &str = "{ __unknown: true }";

#[test]
fn t057_an_unknown_value_that_is_read_rejects_and_is_named() {
    let read = [
        "context has note",
        "context has note && context.note == \"x\"",
        "context has note && context.note like \"*\"",
        "!(context has note && context.note == \"x\")",
        "context has note || principal is Shop::Group",
        "context == context && context has note",
    ];
    for condition in read {
        let deploy = format!(
            "@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) when {{ {condition} }};\n"
        );
        let world = World::tiny().append(POLICIES, &deploy).parameters(&format!("note: {UNKNOWN}"));
        world.check().rejected(condition).says("indeterminate", condition).says("note", condition);
        level(world.clone(), "soft").check().rejected(condition).says("indeterminate", condition);
        level(world, "advisory").check().approved(condition);
    }
    let helper = "context has helper && context.helper in Shop::Group::\"contractors\"";
    let deploy = format!(
        "@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) when {{ {helper} }};\n"
    );
    World::tiny()
        .append(POLICIES, &deploy)
        .parameters(&format!("helper: {UNKNOWN}"))
        .check()
        .rejected(helper)
        .says("helper", helper);
}

#[test]
fn t057_an_unknown_value_that_nobody_reads_is_no_matter() {
    World::tiny()
        .parameters(&format!("note: {UNKNOWN}, count: {UNKNOWN}, helper: {UNKNOWN}"))
        .check()
        .approved("in the plan");
    World::tiny()
        .dana_has(&format!("manager: {UNKNOWN}, roles: [a, {UNKNOWN}]"))
        .check()
        .approved("in the estate");
    let other = "@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) when { context has count && context.count > 3 };\n";
    World::tiny()
        .append(POLICIES, other)
        .parameters(&format!("note: {UNKNOWN}"))
        .check()
        .approved("beside it");
    for not_one in ["{ __unknown: false }", "{ __unknown: 1 }", "{ __unknown: true, x: 1 }", "'__unknown'"] {
        World::tiny().parameters(&format!("count: {not_one}")).check().refused(not_one);
    }
}

#[test]
fn t057_a_value_that_is_partly_unknown_is_still_there() {
    let roles = [
        "principal has roles",
        "principal has roles && principal.roles.contains(\"a\")",
        "principal has roles && !principal.roles.isEmpty()",
        "principal.hasTag(\"t\")",
        "principal.hasTag(\"t\") && principal.getTag(\"t\").contains(\"a\")",
        "principal has desk",
        "principal has desk.floor",
        "principal has desk && principal.desk.floor == 2",
        "principal has desk && principal.desk has floor",
    ];
    let estate = World::tiny()
        .dana_has(&format!("roles: [a, {UNKNOWN}], desk: {{ holder: {UNKNOWN}, floor: 2 }}"))
        .edit(ESTATE, "floor: 2 } }", &format!("floor: 2 }} }}, tags: {{ t: [a, {UNKNOWN}] }}"));
    for condition in roles {
        estate
            .clone()
            .forbid_when(&format!("principal is Shop::User && {condition}"))
            .check()
            .rejected(condition);
    }
    let labels = "@id(\"added\")\nforbid(principal, action == Shop::Action::\"Deploy\", resource) when { context has labels };\n";
    World::tiny()
        .append(POLICIES, labels)
        .parameters(&format!("labels: [a, {UNKNOWN}]"))
        .check()
        .rejected("in the plan");
}

#[test]
fn t059_a_plan_cannot_give_what_the_schema_does_not_declare() {
    for parameter in ["mfa: true", "plan: { approvalCount: 9 }", "Note: x", "note: x, __proto__: y"] {
        World::tiny().parameters(parameter).check().refused(parameter);
    }
}

#[test]
fn t062_levels_are_taken_only_from_the_manifest_and_only_as_they_are_written() {
    for wrong in ["Soft", "HARD", "none", "off", "info", "", "soft "] {
        level(World::tiny().forbid_when("context has note"), wrong).check().refused(wrong);
    }
    for id in ["Contractors", "nothing", "operators", "contractors "] {
        World::tiny()
            .append(MANIFEST, &format!("[enforcement]\n\"{id}\" = \"advisory\"\n"))
            .check()
            .refused(id);
    }
    let forbidden = World::tiny().forbid_when("principal is Shop::User && principal.level == 3");
    for (level_name, exit) in LEVELS.into_iter().zip(["1", "1", "0"]) {
        assert_eq!(level(forbidden.clone(), level_name).check().exit, exit, "{level_name}");
    }
    let annotated = forbidden.edit(
        POLICIES,
        "@id(\"added\")",
        "@id(\"added\") @level(\"advisory\") @enforcement(\"advisory\")",
    );
    annotated.check().rejected("an annotation is no level");
}
