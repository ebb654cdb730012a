//! The exit codes of `formats.md`, for every command and every format.

mod cli_support;

use std::fs::OpenOptions;
use std::io::Write;
use std::process::Stdio;

use cli_support::{World, code, err, out};

#[test]
fn the_exit_code_is_the_worst_of_all_plans() {
    let world = World::new();
    for (plans, expected) in [
        (vec!["approved.yaml"], 0),
        (vec!["rejected.yaml"], 1),
        (vec!["malformed.yaml"], 2),
        (vec!["absent.yaml"], 2),
        (vec!["empty.yaml"], 3),
        (vec!["approved.yaml", "approved.yaml"], 0),
        (vec!["approved.yaml", "empty.yaml"], 3),
        (vec!["empty.yaml", "rejected.yaml", "approved.yaml"], 1),
        (vec!["rejected.yaml", "malformed.yaml"], 2),
        (vec!["absent.yaml", "rejected.yaml", "empty.yaml"], 2),
    ] {
        for format in ["text", "json"] {
            let output = world.check(&[&plans[..], &["--format", format]].concat());
            assert_eq!(code(&output), expected, "{plans:?} as {format}: {}", err(&output));
        }
    }
}

#[test]
fn wrong_usage_is_2_and_help_is_0() {
    let world = World::new();
    for arguments in [
        vec![],
        vec!["--unknown"],
        vec!["unknown"],
        vec!["check", "--unknown"],
        vec!["check", "--format", "unknown", "approved.yaml"],
        vec!["check", "--at", "yesterday", "approved.yaml"],
        vec!["check", "--at", "2026-11-22T06:00:00+01:00[Europe/Berlin]", "approved.yaml"],
        vec!["check", "--output", "approved.yaml"],
        vec!["check", "--output", "json=", "approved.yaml"],
        vec!["check", "--output", "json=-", "approved.yaml"],
        vec!["check", "-q", "-v", "approved.yaml"],
        vec!["check", "--width", "wide", "approved.yaml"],
        vec!["schema"],
        vec!["schema", "unknown"],
        vec!["code", "unknown"],
        vec!["digest"],
        vec!["digest", "absent.yaml"],
    ] {
        let output = world.run(&arguments);
        assert_eq!((code(&output), out(&output)), (2, String::new()), "{arguments:?}");
        assert!(!err(&output).is_empty(), "{arguments:?}");
    }
    for arguments in [vec!["--help"], vec!["--version"], vec!["check", "--help"], vec!["help", "schema"]] {
        let output = world.run(&arguments);
        assert_eq!((code(&output), err(&output)), (0, String::new()), "{arguments:?}");
    }
}

#[test]
fn what_is_not_given_is_named() {
    let world = World::new();
    let nothing = world.run(&["check"]);
    assert_eq!(code(&nothing), 3);
    assert!(err(&nothing).contains("no plan is given"));
    let no_bundle = world.run(&["check", "approved.yaml"]);
    assert_eq!(code(&no_bundle), 2);
    assert!(err(&no_bundle).contains("--bundle") && err(&no_bundle).contains("--estate"));
    let absent = world.check(&["absent.yaml"]);
    assert!(err(&absent).contains("cannot read `absent.yaml`: no such file or directory"));
    assert!(err(&absent).ends_with("countersign: could not judge absent.yaml: 1 error\n"));
    let unknown = world.run(&["check", "approved.yaml", "--estate", "estate.yaml", "--bundle", "unknown"]);
    assert_eq!(code(&unknown), 2);
    assert!(err(&unknown).contains("there is no bundle `unknown`"));
}

#[test]
fn a_plan_without_steps_says_so() {
    let world = World::new();
    let output = world.check(&["empty.yaml"]);
    assert_eq!((code(&output), out(&output)), (3, String::new()));
    assert!(err(&output).ends_with("countersign: nothing to judge in empty.yaml\n"));
}

#[test]
fn a_configuration_with_errors_is_2() {
    let world = World::new();
    let whole = "bundle = \"bundle\"\nestate = [\"estate.yaml\"]\nplans = [\"approved.yaml\"]\n";
    for (text, expected) in [
        (whole.to_owned(), 0),
        (whole.replace("approved", "rejected"), 1),
        (whole.replace("approved", "absent"), 2),
        (whole.replace("[\"approved.yaml\"]", "[]"), 3),
        (whole.replace("estate", "estates"), 2),
        (format!("{whole}verdict = \"approved\"\n"), 2),
        (format!("{whole}bundle = \"other\"\n"), 2),
        ("\u{1b}[2J = 1".to_owned(), 2),
        ("bundle = 1".to_owned(), 2),
    ] {
        world.write("countersign.toml", &text);
        let output = world.run(&["check"]);
        assert_eq!(code(&output), expected, "{text:?}: {}", err(&output));
        assert!(!err(&output).contains('\u{1b}'));
    }
    world.write("countersign.toml", b"bundle = \"\xff\"");
    assert_eq!(code(&world.run(&["check"])), 2);
}

#[test]
fn a_full_disk_is_74() {
    let world = World::new();
    let approved = world.judging(&["approved.yaml"]);
    let rejected = world.judging(&["rejected.yaml", "--format", "json"]);
    for arguments in [
        &approved[..],
        &rejected,
        &["code"],
        &["code", "denied"],
        &["schema", "plan"],
        &["digest", "estate.yaml"],
        &["--help"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = world.command(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(code(&output), 74, "{arguments:?}");
        assert!(err(&output).contains("could not write to standard output"), "{arguments:?}");
    }
}

#[test]
fn a_closed_reader_never_makes_a_rejected_plan_0() {
    let world = World::new();
    for plan in ["approved.yaml", "rejected.yaml"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let arguments = world.judging(&[plan]);
        let output = world.command(&arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(code(&output), 74, "{plan}");
    }
}

#[test]
fn a_closed_standard_error_changes_nothing() {
    let world = World::new();
    for (plan, expected) in
        [("approved.yaml", 0), ("rejected.yaml", 1), ("absent.yaml", 2), ("empty.yaml", 3)]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = world.command(&world.judging(&[plan])).stderr(writer).output().unwrap();
        assert_eq!(code(&output), expected, "{plan}");
    }
}

#[test]
fn standard_input_is_read_once() {
    let world = World::new();
    let mut child = world
        .command(&world.judging(&["-"]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(cli_support::plan("dana").as_bytes()).unwrap();
    assert_eq!(code(&child.wait_with_output().unwrap()), 0);
    let twice = world.check(&["-", "-"]);
    assert_eq!(code(&twice), 2);
    assert!(err(&twice).contains("standard input is named twice"));
}

#[test]
fn folders_devices_and_endless_inputs_end_in_2() {
    let world = World::new();
    for plan in ["bundle", "/dev/zero", "/dev/null", ""] {
        let output = world.check(&[plan]);
        assert_eq!((code(&output), out(&output)), (2, String::new()), "{plan}");
    }
    let file = world.run(&["check", "approved.yaml", "--estate", "estate.yaml", "--bundle", "estate.yaml"]);
    assert_eq!(code(&file), 2);
}

#[test]
fn the_environment_changes_no_verdict() {
    let world = World::new();
    let plain = world.check(&["rejected.yaml"]);
    for (name, value) in [
        ("TZ", "Pacific/Apia"),
        ("LC_ALL", "tr_TR.ISO-8859-9"),
        ("TERM", "dumb"),
        ("NO_COLOR", "1"),
        ("COLUMNS", "40"),
        ("CI", "true"),
        ("HOME", "/nonexistent"),
        ("RUST_BACKTRACE", "full"),
        ("COUNTERSIGN_BUNDLE", "other"),
    ] {
        let arguments = world.judging(&["rejected.yaml"]);
        let output = world.command(&arguments).env(name, value).output().unwrap();
        assert_eq!(output, plain, "{name}");
    }
}
