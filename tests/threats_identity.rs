//! Threats to identity and authority: names that are not what they seem.

mod fixtures;

use fixtures::{ESTATE, LINKS, OPERATIONS, PLAN, POLICIES, SCHEMA, World};

/// The hidden characters of each kind: soft hyphen, zero-width, bidi, tag, filler, variation selector, control.
const HIDDEN: &[char] = &[
    '\u{ad}',
    '\u{200b}',
    '\u{200d}',
    '\u{200e}',
    '\u{202e}',
    '\u{2060}',
    '\u{2066}',
    '\u{2028}',
    '\u{feff}',
    '\u{e0041}',
    '\u{3164}',
    '\u{fe0f}',
    '\u{61c}',
    '\u{0}',
    '\u{8}',
    '\u{1b}',
    '\u{85}',
    '\u{7f}',
];

/// One name, written as others that look like it: another case, another script, full width.
fn disguises(name: &str) -> Vec<String> {
    let first = |to: char| format!("{to}{}", &name[1..]);
    let cyrillic = name.replace('a', "\u{430}").replace('e', "\u{435}").replace('o', "\u{43e}");
    let wide = name
        .chars()
        .map(|c| char::from_u32(c as u32 + 0xfee0).expect("ASCII has full-width forms"))
        .collect();
    let first_upper = first(name.chars().next().expect("a name has characters").to_ascii_uppercase());
    vec![name.to_uppercase(), first_upper, cyrillic, wide]
}

#[test]
fn t002_no_entity_can_be_taken_out_of_the_estate_unnoticed() {
    let world = World::tiny();
    world.check().approved("the tiny world");
    let estate = world.text(ESTATE);
    let records: Vec<&str> = estate.lines().filter(|line| line.contains("- { uid:")).collect();
    assert_eq!(records.len(), 7);
    for record in records {
        let ran = World::tiny().edit(ESTATE, &format!("{record}\n"), "").check();
        let uid = record.split('\'').nth(1).expect("the uid is quoted");
        ran.not_approved(record).says(uid.split('"').nth(1).expect("a uid has an id"), record);
    }
}

#[test]
fn t002_an_edge_to_nothing_is_refused_with_all_of_them_listed() {
    let world = World::tiny()
        .edit(
            ESTATE,
            "parents: ['Group::\"operators\"']",
            "parents: ['Group::\"ghost-1\"', 'Group::\"operators\"']",
        )
        .edit(ESTATE, "owner: 'User::\"mike\"'", "owner: 'User::\"ghost-2\"'");
    let ran = world.check();
    ran.refused("two references to nothing").says("ghost-1", "first").says("ghost-2", "second");
    ran.says("estate.yaml:6", "line of the first").says("estate.yaml:9", "line of the second");
}

#[test]
fn t003_t004_a_disguised_reference_is_an_error_that_names_the_uid() {
    for name in disguises("dana") {
        for from in ["author: 'User::\"dana\"'", "by: 'User::\"dana\"'"] {
            let ran = World::tiny().edit(PLAN, from, &from.replace("dana", &name)).check();
            ran.not_approved(&name).says("User::\"dana\"`?", &format!("{name} in {from}"));
        }
        let ran = World::tiny().parameters(&format!("helper: 'User::\"{name}\"'")).check();
        ran.not_approved(&name).says("User::\"dana\"`?", &format!("{name} in a parameter"));
    }
    for name in disguises("contractors") {
        let policy =
            World::tiny().edit(POLICIES, "Group::\"contractors\"", &format!("Group::\"{name}\"")).check();
        policy.not_approved(&name);
        let record =
            World::tiny().edit(ESTATE, "uid: 'Group::\"contractors\"'", &format!("uid: 'Group::\"{name}\"'"));
        record.check().refused(&name).says(&format!("Group::\"{name}\"`?"), "the record that is there");
        let parent =
            World::tiny().edit(ESTATE, "['Group::\"contractors\"',", &format!("['Group::\"{name}\"',"));
        parent.check().refused(&name).says("Group::\"contractors\"`?", "the group that is meant");
    }
    for name in disguises("web") {
        let ran = World::tiny().edit(PLAN, "Server::\"web\"", &format!("Server::\"{name}\"")).check();
        ran.not_approved(&name).says("Server::\"web\"`?", &name);
    }
}

#[test]
fn t003_a_disguised_literal_of_a_policy_is_never_silent() {
    let ran = World::tiny().edit(POLICIES, "Group::\"contractors\"", "Group::\"Contractors\"").check();
    ran.rejected("a forbid").says("unknown-literal", "a forbid").says("Group::\"contractors\"`?", "a forbid");
    let ran = World::tiny().edit(POLICIES, "Group::\"operators\"", "Group::\"Operators\"").check();
    ran.rejected("a permit").says("Group::\"operators\"`?", "a permit");
    let ran = World::tiny().edit(LINKS, "interns\\\"", "Interns\\\"").check();
    ran.rejected("a link").says("Group::\"interns\"`?", "a link");
    let ran =
        World::tiny().edit(POLICIES, "Action::\"Deploy\", resource", "Action::\"deploy\", resource").check();
    ran.refused("an action").says("deploy", "an action");
    World::tiny()
        .edit(POLICIES, "Shop::Group::\"contractors\"", "Shop::group::\"contractors\"")
        .check()
        .refused("a type");
    World::tiny()
        .edit(PLAN, "do: Deploy", "do: deploy")
        .check()
        .refused("an operation")
        .says("`Deploy`?", "an operation");
}

#[test]
fn t004_t005_look_alikes_in_the_estate_are_a_warning() {
    let names = [
        "Dana",
        "DANA",
        "d\u{430}na",
        "\u{501}ana",
        "dan\u{e1}",
        "dan\u{e0}",
        "da\u{578}a",
        "\u{ff44}\u{ff41}\u{ff4e}\u{ff41}",
        "\u{1d41d}ana",
        "dan\u{aa}",
        "d\u{e4}na",
        "da\u{306}na",
    ];
    for name in names {
        let record = format!("  - {{ uid: 'User::\"{name}\"', attrs: {{ level: 1, enabled: true }} }}\n");
        let ran = World::tiny().append(ESTATE, &record).check();
        ran.approved(name).says("warning[look-alike]", name).says(&format!("User::\"{name}\""), name);
    }
    let two = "  - { uid: 'Server::\"bj\u{f6}rn\"', attrs: { tier: a, owner: 'User::\"dana\"' } }\n  - { uid: 'Server::\"bjo\u{308}rn\"', attrs: { tier: b, owner: 'User::\"dana\"' } }\n";
    World::tiny().append(ESTATE, two).check().approved("NFC and NFD").says("look-alike", "NFC and NFD");
}

#[test]
fn t004_a_plan_that_creates_a_look_alike_does_so_with_a_warning() {
    let hire = |name: &str| {
        World::tiny()
            .edit(PLAN, "do: Deploy, target: 'Server::\"web\"'", "do: Hire, target: 'Group::\"operators\"'")
            .parameters(&format!("name: \"{name}\""))
            .check()
    };
    hire("erin").approved("a name of its own");
    hire("dana").rejected("exists already").says("inapplicable", "exists already");
    hire("Dana").says("look-alike", "another case of dana");
    hire("d\u{430}na").says("look-alike", "a Cyrillic letter in dana");
}

#[test]
fn t006_hidden_characters_are_refused_in_the_ids_of_the_estate() {
    let records: String = HIDDEN
        .iter()
        .enumerate()
        .map(|(at, character)| {
            let escape = format!("\\U{:08X}", *character as u32);
            format!("  - {{ uid: \"Group::\\\"x{at}{escape}\\\"\" }}\n")
        })
        .collect();
    let ran = World::tiny().append(ESTATE, &records).check();
    ran.refused("escapes of YAML").says(&format!("{} errors", HIDDEN.len()), "escapes of YAML");
    let in_cedar: String = HIDDEN
        .iter()
        .enumerate()
        .map(|(at, character)| format!("  - {{ uid: 'Group::\"x{at}\\u{{{:x}}}\"' }}\n", *character as u32))
        .collect();
    let ran = World::tiny().append(ESTATE, &in_cedar).check();
    ran.refused("escapes of Cedar").says(&format!("{} errors", HIDDEN.len()), "escapes of Cedar");
    assert!(ran.err.chars().all(|shown| shown == '\n' || !HIDDEN.contains(&shown)), "{}", ran.err);
}

#[test]
fn t006_hidden_characters_are_refused_in_plans_and_policies() {
    for escape in ["\\u{200b}", "\\u{202e}", "\\u{e0041}", "\\u{ad}", "\\0", "\\n", "\\u{1b}"] {
        let uid = |name: &str| format!("'{name}::\"web{escape}\"'");
        World::tiny()
            .edit(PLAN, "'Server::\"web\"'", &uid("Server"))
            .check()
            .refused(&format!("target {escape}"));
        World::tiny()
            .parameters(&format!("helper: {}", uid("User")))
            .check()
            .refused(&format!("parameter {escape}"));
        let author =
            World::tiny().edit(PLAN, "author: 'User::\"dana\"'", &format!("author: {}", uid("User")));
        author.check().refused(&format!("author {escape}"));
        let id = World::tiny().edit(POLICIES, "@id(\"vault\")", &format!("@id(\"vault{escape}\")"));
        id.check().refused(&format!("policy id {escape}"));
        let literal =
            World::tiny().edit(POLICIES, "Server::\"vault\"", &format!("Server::\"vault{escape}\""));
        literal.check().not_approved(&format!("literal {escape}"));
        let link =
            World::tiny().edit(LINKS, "interns\\\"", &format!("interns{}\\\"", escape.replace('\\', "\\\\")));
        link.check().not_approved(&format!("link {escape}"));
    }
    for escape in ["\\u200b", "\\u202e", "\\0", "\\e"] {
        let id = World::tiny().edit(PLAN, "{ id: a,", &format!("{{ id: \"a{escape}\","));
        id.check().refused(&format!("step id {escape}"));
        let name = World::tiny().edit(PLAN, "do: Deploy", &format!("do: \"Deploy{escape}\""));
        name.check().refused(&format!("operation {escape}"));
        World::tiny().parameters(&format!("note: \"a{escape}\"")).check().refused(&format!("text {escape}"));
    }
}

#[test]
fn t006_what_a_plan_creates_has_an_id_that_an_estate_could_have() {
    let hire = |name: &str| {
        World::tiny()
            .edit(PLAN, "do: Deploy, target: 'Server::\"web\"'", "do: Hire, target: 'Group::\"operators\"'")
            .parameters(&format!("name: \"{name}\""))
            .check()
    };
    hire(&"x".repeat(256)).approved("256 bytes");
    hire(&"x".repeat(257)).not_approved("257 bytes");
    hire("").not_approved("the empty id");
    let made = World::tiny()
        .edit(OPERATIONS, "id: context.name", "id: '\"a\\u{202e}b\"'")
        .edit(PLAN, "do: Deploy, target: 'Server::\"web\"'", "do: Hire, target: 'Group::\"operators\"'")
        .parameters("name: x");
    made.check().not_approved("a hidden character of the catalogue");
}

#[test]
fn t009_a_required_attribute_cannot_be_left_out() {
    for attribute in ["level: 3, ", ", enabled: true", "tier: prod, ", ", owner: 'User::\"mike\"'"] {
        let estate = World::tiny().text(ESTATE).replacen(attribute, "", 1);
        let name = attribute.trim_matches([',', ' ']).split(':').next().expect("an attribute has a name");
        World::tiny()
            .with(ESTATE, estate)
            .check()
            .refused(attribute)
            .says(&format!("`{name}` is required"), attribute);
    }
    for value in ["~", "null", "''", "\"true\"", "yes", "[]", "{}"] {
        World::tiny()
            .edit(ESTATE, "level: 3, enabled: true", &format!("level: 3, enabled: {value}"))
            .check()
            .refused(value);
    }
}

#[test]
fn t011_a_parent_cycle_is_refused_with_its_shortest_path_and_lines() {
    let knot = "  - { uid: 'Group::\"a\"', parents: ['Group::\"b\"'] }\n\
                \x20 - { uid: 'Group::\"b\"', parents: ['Group::\"c\"', 'Group::\"d\"'] }\n\
                \x20 - { uid: 'Group::\"c\"', parents: ['Group::\"d\"'] }\n\
                \x20 - { uid: 'Group::\"d\"', parents: ['Group::\"a\"'] }\n";
    let ran = World::tiny().append(ESTATE, knot).check();
    ran.refused("a cycle").says("error[cycle]", "a cycle");
    ran.says(
        "`Shop::Group::\"a\"` in `Shop::Group::\"b\"` in `Shop::Group::\"d\"` in `Shop::Group::\"a\"`",
        "the path",
    );
    for line in ["10 │", "11 │", "13 │"] {
        ran.says(line, "the lines of its edges");
    }
    let alone = "  - { uid: 'Group::\"a\"', parents: ['Group::\"a\"'] }\n";
    World::tiny().append(ESTATE, alone).check().refused("in itself").says("error[cycle]", "in itself");
    let of_many: String = (0..50_u32)
        .map(|at| format!("  - {{ uid: 'Group::\"g{at}\"', parents: ['Group::\"g{}\"'] }}\n", (at + 1) % 50))
        .collect();
    World::tiny()
        .append(ESTATE, &of_many)
        .check()
        .refused("a long cycle")
        .says("error[cycle]", "a long cycle");
}

#[test]
fn t017_there_are_no_empty_names_and_no_wildcards() {
    for uid in [
        "''",
        "'*'",
        "'.'",
        "'Server::\"\"'",
        "'Server::*'",
        "Server",
        "'Server::'",
        "'::\"web\"'",
        "'\"web\"'",
        "[]",
        "{}",
        "~",
    ] {
        World::tiny().edit(PLAN, "'Server::\"web\"'", uid).check().refused(&format!("target {uid}"));
        World::tiny()
            .edit(PLAN, "by: 'User::\"dana\"'", &format!("by: {uid}"))
            .check()
            .refused(&format!("by {uid}"));
    }
    for uid in ["'Server::\"*\"'", "'Server::\" web\"'", "'Server::\"web \"'", "'Server::\"we*\"'"] {
        World::tiny().edit(PLAN, "'Server::\"web\"'", uid).check().rejected(uid).says("missing", uid);
    }
    World::tiny()
        .edit(ESTATE, "Group::\"interns\"", "Group::\"\"")
        .check()
        .refused("an empty id in the estate");
    World::tiny()
        .edit(PLAN, "    by: 'User::\"dana\"'\n", "")
        .check()
        .refused("nobody")
        .says("`by`", "nobody");
    for uid in ["Server::\"web\"", "Group::\"operators\"", "Action::\"Deploy\""] {
        let ran = World::tiny().edit(PLAN, "target: 'Server::\"web\"'", &format!("target: '{uid}'"));
        let ran = ran.edit(PLAN, "by: 'User::\"dana\"'", &format!("by: '{uid}'")).check();
        ran.refused(uid);
    }
}

#[test]
fn t018_a_policy_that_can_match_no_request_is_refused() {
    let policies = [
        "forbid(principal, action == Shop::Action::\"Deplyo\", resource);",
        "forbid(principal, action == Shop::Action::\"Hire\", resource is Shop::Server);",
        "forbid(principal is Shop::Server, action, resource);",
        "forbid(principal, action, resource) when { false };",
        "forbid(principal, action, resource) unless { true };",
        "forbid(principal, action, resource) when { principal is Shop::Server };",
        "forbid(principal, action, resource) when { 1 == 2 && resource has tier };",
        "forbid(principal == Shop::Machine::\"x\", action, resource);",
        "permit(principal, action, resource) when { false };",
    ];
    for policy in policies {
        let ran = World::tiny().append(POLICIES, &format!("@id(\"added\")\n{policy}\n")).check();
        ran.refused(policy).says("policies.cedar:2", policy);
    }
    World::tiny()
        .edit(PLAN, "do: Deploy", "do: Destroy")
        .check()
        .refused("unknown operation")
        .says("Destroy", "its name");
    let extra = "  Destroy: { title: Destroy, changes: [] }\n";
    World::tiny()
        .append(OPERATIONS, extra)
        .check()
        .refused("an entry for no action")
        .says("Destroy", "its name");
    let undescribed = World::tiny().edit(SCHEMA, "action Deploy, Read", "action Deploy, Read, Restart");
    undescribed
        .edit(PLAN, "do: Deploy", "do: Restart")
        .check()
        .refused("no entry")
        .says("no-operation", "no entry");
}

#[test]
fn names_of_any_script_are_kept_as_they_are() {
    for name in
        ["J\u{fc}rgen", "\u{674e}\u{660e}", "\u{397}\u{3bb}\u{3ad}\u{3ba}\u{3c4}\u{3c1}\u{3b1}", "\u{1f680}"]
    {
        let world = World::tiny().edit(ESTATE, "Server::\"web\"", &format!("Server::\"{name}\""));
        let world = world.edit(PLAN, "Server::\"web\"", &format!("Server::\"{name}\""));
        world.check().approved(name).says(name, name);
        world.edit(PLAN, "do: Deploy", "do: Read").check().approved(name).says(name, name);
    }
}

#[test]
fn t002_a_name_that_is_nothing_comes_with_the_nearest_that_is() {
    let ran = World::tiny().edit(PLAN, "Server::\"web\"", "Server::\"wbe\"").check();
    ran.rejected("two letters change places").says("did you mean `Server::\"web\"`?", "two letters");
    let ran = World::tiny().edit(PLAN, "Server::\"web\"", "Server::\"something else\"").check();
    assert!(!ran.rejected("nothing is near").out.contains("did you mean"), "{}", ran.out);
    let literal = "@id(\"added\")\nforbid(principal, action, resource == Shop::Server::\"vautl\");\n";
    let ran = World::tiny().append(POLICIES, literal).check();
    ran.rejected("a policy").says("did you mean `Server::\"vault\"`?", "a policy");
}
