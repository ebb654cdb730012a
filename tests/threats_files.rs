//! Threats by files: what is missing, broken, doubled, or no file at all.

#![cfg(unix)]

mod fixtures;

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fixtures::{ESTATE, LINKS, MANIFEST, OPERATIONS, PLAN, POLICIES, Ran, SCHEMA, World};

const FORBID_ALL: &str = "@id(\"more\")\nforbid(principal, action, resource);\n";

#[test]
fn t033_every_required_field_is_required() {
    let fields: &[(&str, &str)] = &[
        (PLAN, "schema: countersign.plan/1\n"),
        (PLAN, "id: CHG-1\n"),
        (PLAN, "  - id: one\n    "),
        (PLAN, " id: a,"),
        (PLAN, " do: Deploy,"),
        (PLAN, " target: 'Server::\"web\"',"),
        (PLAN, "    by: 'User::\"dana\"'\n"),
        (ESTATE, "schema: countersign.estate/1\n"),
        (ESTATE, " uid: 'Group::\"interns\"'"),
        (OPERATIONS, "schema: countersign.operations/1\n"),
        (OPERATIONS, " id: context.name,"),
        (OPERATIONS, " create: User,"),
        (OPERATIONS, "level: 1, "),
        (OPERATIONS, ", principal: resource"),
        (MANIFEST, "schema = \"countersign.bundle/1\"\n"),
        (MANIFEST, "name = \"tiny\"\n"),
        (LINKS, "\"template_id\": \"frozen\", "),
        (LINKS, " \"link_id\": \"frozen-interns\","),
        (LINKS, " \"?principal\": \"Group::\\\"interns\\\"\" "),
        (POLICIES, "@id(\"vault\")\n"),
    ];
    for (file, field) in fields {
        let to = if field.starts_with("  - ") { "  - " } else { "" };
        let ran = World::tiny().edit(file, field, to).check();
        ran.refused(field).says(file, &format!("the file that lacks {field:?}"));
    }
    for (file, list) in [(PLAN, "phases:"), (ESTATE, "entities:"), (OPERATIONS, "operations:")] {
        let text = World::tiny().text(file);
        let head = text.split(list).next().expect("a list has a head").to_owned();
        World::tiny().with(file, head).check().refused(list).says(file, list);
        World::tiny().with(file, "").check().refused(&format!("empty {file}"));
        World::tiny().with(file, "{}").check().refused(&format!("bare {file}"));
    }
}

#[test]
fn a_broken_file_is_named_with_its_line_and_nothing_is_printed() {
    let broken = [
        (PLAN, ")(\n"),
        (ESTATE, ")(\n"),
        (OPERATIONS, ")(\n"),
        (MANIFEST, ")(\n"),
        (SCHEMA, ")(\n"),
        (POLICIES, ")(\n"),
        (LINKS, ")(\n"),
        (PLAN, "\u{7}\n"),
        (SCHEMA, "\u{7}\n"),
        (POLICIES, "\u{7}\n"),
        (MANIFEST, "\u{7}\n"),
    ];
    for (file, more) in broken {
        let lines = World::tiny().text(file).lines().count() + 1;
        let ran = World::tiny().append(file, more).check();
        ran.refused(file).says("error[", file);
        // YAML ends a value only where the next line begins.
        let places = [format!("{file}:{lines}:"), format!("{file}:{}:", lines + 1)];
        assert!(places.iter().any(|place| ran.err.contains(place)), "{}", ran.err);
    }
    for file in [PLAN, ESTATE, OPERATIONS, MANIFEST, SCHEMA, POLICIES, LINKS] {
        let ran = World::tiny().with(file, b"\xff\xfe\x00".to_vec()).check();
        ran.refused(file).says(&format!("{file}:1:"), file);
        let mut bytes = World::tiny().text(file).into_bytes();
        bytes.extend(b"\xc0\xaf\n");
        World::tiny().with(file, bytes).check().refused(file).says(file, file);
    }
}

#[test]
fn everything_that_is_broken_is_told_together() {
    let ran = World::tiny()
        .edit(PLAN, "do: Deploy", "doo: Deploy")
        .edit(ESTATE, "uid: 'Group::\"interns\"'", "uuid: 'Group::\"interns\"'")
        .append(POLICIES, "@id(\"x\") permit(principal, action, resource) when { };\n")
        .check();
    ran.refused("three files").says("plan.yaml:10", "the plan").says("estate.yaml:5", "the estate");
    ran.says("policies.cedar:", "the policies");
}

#[test]
fn t031_limits_are_named_when_they_are_hit() {
    let id = |length: usize| {
        World::tiny().edit(PLAN, "{ id: a,", &format!("{{ id: {},", "a".repeat(length))).check()
    };
    id(256).approved("an id of 256 bytes");
    id(257).refused("an id of 257 bytes").says("256", "the limit");
    let title = |length: usize| {
        World::tiny().edit(PLAN, "title: One", &format!("title: {}", "a".repeat(length))).check()
    };
    title(64 << 10).approved("a title of 64 KiB");
    title((64 << 10) + 1).refused("a title of more").says("65,536", "the limit");
    let uid = |length: usize| {
        World::tiny().edit(ESTATE, "Group::\"interns\"", &format!("Group::\"{}\"", "a".repeat(length)))
    };
    uid(256)
        .edit(LINKS, "interns\\\"", &format!("{}\\\"", "a".repeat(256)))
        .check()
        .approved("a uid of 256 bytes");
    uid(257).check().refused("a uid of 257 bytes").says("256", "the limit");
    let policy = World::tiny().edit(POLICIES, "@id(\"vault\")", &format!("@id(\"{}\")", "a".repeat(257)));
    policy.check().refused("a policy's id of 257 bytes").says("256", "the limit");
    let (yaml, any) = ((257 << 20, "256 MiB"), (3 << 30, "2 GiB"));
    let files = [
        (PLAN, yaml),
        (ESTATE, yaml),
        (OPERATIONS, yaml),
        (PLAN, any),
        (POLICIES, any),
        (SCHEMA, any),
        (LINKS, any),
        (MANIFEST, any),
    ];
    for (path, (length, limit)) in files {
        let sparse = |folder: &Path| {
            let file = File::options().write(true).open(folder.join(path)).expect("the file is there");
            file.set_len(length).expect("a file can be sparse");
        };
        let ran = World::tiny().within(Duration::from_secs(5)).check_in(sparse);
        ran.refused(path).says(limit, path).says(path, path);
    }
}

/// Puts something into the bundle and runs.
fn with_entry(make: impl FnOnce(&Path)) -> Ran {
    World::tiny().within(Duration::from_secs(5)).check_in(|folder| make(&folder.join("bundle")))
}

#[test]
fn t035_t036_a_bundle_holds_regular_files_and_folders_only() {
    with_entry(|bundle| symlink("policies.cedar", bundle.join("again.cedar")).expect("a link"))
        .refused("a link")
        .says("again.cedar", "its name");
    with_entry(|bundle| symlink("/etc/passwd", bundle.join("more.cedar")).expect("a link"))
        .refused("a link out")
        .says("more.cedar", "its name");
    with_entry(|bundle| symlink("/nowhere", bundle.join("more.cedar")).expect("a link"))
        .refused("a broken link")
        .says("more.cedar", "its name");
    with_entry(|bundle| symlink("/etc", bundle.join("more")).expect("a link"))
        .refused("a linked folder")
        .says("more", "its name");
    with_entry(|bundle| symlink("..", bundle.join("loop")).expect("a link"))
        .refused("a loop")
        .says("loop", "its name");
    with_entry(|bundle| symlink("/dev/zero", bundle.join("z.cedar")).expect("a link"))
        .refused("a linked device")
        .says("z.cedar", "its name");
    let pipe = |path: std::path::PathBuf| {
        assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo is there").success())
    };
    with_entry(|bundle| pipe(bundle.join("pipe.cedar")))
        .refused("a pipe")
        .says("pipe.cedar", "its name")
        .says("a pipe", "what it is");
    with_entry(|bundle| pipe(bundle.join("pipe"))).refused("a pipe that is no policy");
    for part in [POLICIES, SCHEMA, OPERATIONS, MANIFEST, LINKS] {
        let name = part.trim_start_matches("bundle/");
        let linked = |bundle: &Path| {
            fs::rename(bundle.join(name), bundle.join("../elsewhere")).expect("a file can be moved");
            symlink("../elsewhere", bundle.join(name)).expect("a link");
        };
        with_entry(linked).refused(part).says(name, part);
        let folder = |bundle: &Path| {
            fs::remove_file(bundle.join(name)).expect("a file can be removed");
            fs::create_dir(bundle.join(name)).expect("a folder can be made");
        };
        // Links are optional, and the program cannot know that the folder was meant for them.
        if part != LINKS {
            with_entry(folder).refused(part);
        }
    }
    let ran = with_entry(|bundle| symlink("/etc/passwd", bundle.join("x.cedar")).expect("a link"));
    assert!(!ran.err.contains("root:"), "{}", ran.err);
}

#[test]
fn t036_inputs_that_are_no_files_are_refused_at_once() {
    let run = |arguments: &[&str], before: &str| {
        World::tiny()
            .within(Duration::from_secs(10))
            .after(before)
            .run_in(|_| {}, &[&["check", "--at", "2026-11-22T06:00:00Z"], arguments].concat())
    };
    let bundle = ["--bundle", "bundle", "--estate", ESTATE];
    for path in ["/dev/zero", "/dev/null", "/dev/full", ".", "bundle", "/", "nowhere.yaml", "plan.yaml/"] {
        run(&[&[path], bundle.as_slice()].concat(), "")
            .refused(&format!("plan {path:?}"))
            .says("cannot read", path);
        run(&[PLAN, "--bundle", "bundle", "--estate", path], "")
            .refused(&format!("estate {path:?}"))
            .says("cannot read", path);
    }
    for path in ["/dev/zero", PLAN, "nowhere", "bundle/policies.cedar", "../bundle-of-nobody"] {
        run(&[PLAN, "--estate", ESTATE, "--bundle", path], "")
            .refused(&format!("bundle {path:?}"))
            .says("bundle", path);
    }
    run(&[&["-"], bundle.as_slice()].concat(), "exec < plan.yaml").approved("standard input");
    run(&[&["-"], bundle.as_slice()].concat(), "ulimit -v 8000000; exec < /dev/zero")
        .refused("an endless input")
        .says("256 MiB", "the limit");
    run(&["-", "--bundle", "bundle", "--estate", "-"], "exec < plan.yaml")
        .refused("standard input twice")
        .says("twice", "why");
    run(&[&[PLAN, PLAN], bundle.as_slice()].concat(), "").approved("the same plan twice");
    run(&[&[PLAN, "nowhere.yaml"], bundle.as_slice()].concat(), "")
        .says("approved", "one of two")
        .says("nowhere.yaml", "the other");
    run(&[PLAN, "--bundle", "bundle", "--estate", ESTATE, "--estate", ESTATE], "")
        .refused("an estate twice")
        .says("twice", "why");
}

#[test]
fn t036_a_plan_behind_a_link_or_a_pipe_is_read() {
    let link = |folder: &Path| {
        fs::rename(folder.join(PLAN), folder.join("real.yaml")).expect("a file can be moved");
        symlink("real.yaml", folder.join(PLAN)).expect("a link");
    };
    World::tiny().check_in(link).approved("a link that the user names");
    let loops = |folder: &Path| {
        fs::remove_file(folder.join(PLAN)).expect("a file can be removed");
        symlink(PLAN, folder.join(PLAN)).expect("a link");
    };
    World::tiny().check_in(loops).refused("a link to itself").says(PLAN, "its name");
}

#[test]
fn t053_every_policy_file_is_read_wherever_it_hides() {
    let names = [
        "more.cedar",
        ".more.cedar",
        ".cedar",
        "more.CEDAR",
        "more.Cedar",
        "a/b/c/more.cedar",
        ".hidden/more.cedar",
        "a b/m\u{f6}re.cedar",
        "a/tests/more.cedar",
        "Tests/more.cedar",
        "tests.cedar",
        "policies.cedar.cedar",
        "-more.cedar",
        "links.json.cedar",
    ];
    for name in names {
        let ran = World::tiny().with(&format!("bundle/{name}"), FORBID_ALL).check();
        ran.rejected(name).says("`more`", name);
        World::tiny().with(&format!("bundle/{name}"), "forbid(").check().refused(name).says(name, name);
    }
    World::tiny().with("bundle/tests/more.cedar", "forbid(").check().approved("the folder of tests");
    for name in ["more.cedar.txt", "more.cedr", "more", "more.cedar~", "old/POLICY.bak", "Bundle.toml"] {
        let ran = World::tiny().with(&format!("bundle/{name}"), FORBID_ALL).check();
        ran.approved(name).says("warning[unknown-file]", name).says(name, name);
    }
}

#[test]
fn t053_a_bundle_without_a_readable_policy_is_refused() {
    let world = World::tiny().without(POLICIES).without(LINKS).edit(
        OPERATIONS,
        "- { link: frozen, principal: resource }",
        "[]",
    );
    let world = world.edit(OPERATIONS, "    changes:\n      []", "    changes: []");
    world.check().refused("no policy").says("no policy", "why");
    for text in ["", "\n\n", "// permit(principal, action, resource);\n"] {
        world.clone().with(POLICIES, text).check().refused(&format!("{text:?}")).says("no policy", "why");
    }
    world
        .clone()
        .with("bundle/policies.txt", FORBID_ALL)
        .check()
        .refused("another extension")
        .says("policies.txt", "its name");
    let emptied = |folder: &Path| {
        fs::remove_dir_all(folder.join("bundle")).expect("a folder can be removed");
        fs::create_dir(folder.join("bundle")).expect("a folder can be made");
    };
    let ran = World::tiny().check_in(emptied);
    ran.refused("an empty folder")
        .says("bundle.toml", "what is missing")
        .says("schema", "what is missing")
        .says("policy", "what is missing");
    for part in [MANIFEST, SCHEMA, OPERATIONS] {
        World::tiny().without(part).check().refused(part).says("does not have", part);
        let name = part.trim_start_matches("bundle/");
        let moved = World::tiny().text(part);
        World::tiny()
            .without(part)
            .with(&format!("bundle/sub/{name}"), moved)
            .check()
            .refused(part)
            .says("sub-folder", part);
    }
}

#[test]
fn t053_a_policy_that_may_not_be_read_is_not_skipped() {
    let close = |folder: &Path| {
        let path = folder.join("bundle/more.cedar");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).expect("permissions can be set");
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("permissions can be set");
    };
    let ran = World::tiny().with("bundle/more.cedar", FORBID_ALL).check_in(close);
    // The superuser reads it all the same, and then it forbids.
    ran.not_approved("no permission");
    let closed = |folder: &Path| {
        fs::set_permissions(folder.join("bundle/sub"), fs::Permissions::from_mode(0o0))
            .expect("permissions can be set");
    };
    World::tiny().with("bundle/sub/more.cedar", FORBID_ALL).check_in(closed).not_approved("a closed folder");
}

#[test]
fn t043_whatever_stands_twice_is_refused_with_both_places() {
    let twice = |world: World, places: [&str; 2], what: &str| {
        let ran = world.check();
        ran.refused(what);
        places.iter().for_each(|place| {
            ran.says(place, what);
        });
    };
    let step = "      - { id: a, title: Again, do: Read, target: 'Server::\"web\"' }\n";
    twice(World::tiny().append(PLAN, step), ["10 │", "11 │"], "a step");
    let phase = "  - id: one\n    title: Again\n    by: 'User::\"dana\"'\n    steps: []\n";
    twice(World::tiny().append(PLAN, phase), ["6 │", "11 │"], "a phase");
    twice(World::tiny().append(ESTATE, "  - { uid: 'Group::\"interns\"' }\n"), ["5 │", "10 │"], "an entity");
    twice(
        World::tiny().append(ESTATE, "  - { uid: 'Shop::Group::\"interns\"' }\n"),
        ["5 │", "10 │"],
        "an entity, in full",
    );
    twice(
        World::tiny().append(ESTATE, "  - { uid: \"Group::\\\"\\x69nterns\\\"\" }\n"),
        ["5 │", "10 │"],
        "an entity, escaped",
    );
    let forbid = FORBID_ALL.replace("more", "vault");
    twice(World::tiny().append(POLICIES, &forbid), ["the first", "the second"], "a policy");
    twice(
        World::tiny().with("bundle/b.cedar", forbid),
        ["policies.cedar", "b.cedar"],
        "a policy in another file",
    );
    let operation = "  Read: { title: Again, changes: [] }\n";
    twice(World::tiny().append(OPERATIONS, operation), ["4 │", "13 │"], "an operation");
    let in_full = "  'Shop::Action::\"Read\"': { title: Again, changes: [] }\n";
    twice(World::tiny().append(OPERATIONS, in_full), ["4 │", "13 │"], "an operation, in full");
    let link = World::tiny().text(LINKS).replace("}]", "},").replace("\n", "")
        + "\n"
        + World::tiny().text(LINKS).trim_start_matches('[');
    twice(World::tiny().with(LINKS, link.clone()), ["1 │", "2 │"], "a link");
    twice(
        World::tiny().with(LINKS, link.replacen("frozen-interns", "other", 1)),
        ["1 │", "2 │"],
        "a link under two ids",
    );
    let level = "[enforcement]\nvault = \"soft\"\nvault = \"hard\"\n";
    twice(World::tiny().append(MANIFEST, level), ["bundle.toml:6", "bundle.toml"], "a level");
    for extra in [
        "bundle/schema.json",
        "bundle/operations.json",
        "bundle/operations.yml",
        "bundle/sub/bundle.toml",
        "bundle/sub/links.json",
    ] {
        let name = extra.trim_start_matches("bundle/");
        World::tiny().with(extra, "{}").check().refused(extra).says(name, extra);
    }
}

#[test]
fn t044_locale_zone_and_home_change_no_byte() {
    let by_mike = World::tiny().edit(PLAN, "by: 'User::\"dana\"'", "by: 'User::\"mike\"'");
    let broken = World::tiny().edit(PLAN, "do: Deploy", "do: I");
    for world in [World::tiny(), by_mike, broken] {
        let first = world.check();
        let settings: &[&[(&str, Option<&str>)]] = &[
            &[("LANG", Some("tr_TR.UTF-8")), ("LC_ALL", Some("tr_TR.UTF-8"))],
            &[("TZ", Some("Pacific/Apia"))],
            &[("TZ", Some(":/etc/passwd"))],
            &[("HOME", None), ("USER", None), ("PATH", Some("/usr/bin:/bin"))],
            &[("LC_ALL", Some("C")), ("COLUMNS", Some("20"))],
            &[("RUST_BACKTRACE", Some("0")), ("RUST_LOG", Some("trace"))],
            &[("NO_COLOR", Some("1")), ("CI", Some("true"))],
            &[("COUNTERSIGN_BUNDLE", Some("/")), ("COUNTERSIGN_FORMAT", Some("json"))],
        ];
        for setting in settings {
            let ran = setting
                .iter()
                .fold(world.clone(), |world, (name, value)| world.environment(name, *value))
                .check();
            assert_eq!((&ran.exit, &ran.out, &ran.err), (&first.exit, &first.out, &first.err), "{setting:?}");
        }
    }
}
