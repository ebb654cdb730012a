//! `init` writes a project that works, and its comments are true.
#![allow(clippy::unwrap_used, reason = "a test ends where its world breaks")]

mod cli_support;

use std::fs;

use cli_support::{World, code, err, out};

/// A folder with nothing but the project in `new`.
fn project() -> World {
    let world = World::new();
    let output = world.run(&["init", "new"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    assert!(out(&output).contains("cd new\n  countersign check\n"));
    world
}

/// The exit code of `check` in the project, and everything it said.
fn check(world: &World) -> (i32, String) {
    let output = world.command(&["check"]).current_dir(world.path("new")).output().unwrap();
    (code(&output), out(&output) + &err(&output))
}

#[test]
fn the_project_is_approved_as_it_stands() {
    let (exit, said) = check(&project());
    assert_eq!(exit, 0, "{said}");
    assert!(said.ends_with("approved: 3 of 3 steps are allowed\n"), "{said}");
    assert!(said.contains("0 errors · 0 warnings"), "{said}");
}

#[test]
fn each_change_that_the_comments_suggest_is_refused_for_the_reason_that_they_give() {
    let plan = fs::read_to_string(project().path("new/plan.yaml")).unwrap();
    assert_eq!(plan.matches("# Try this: ").count(), 4);
    let step = "      - id: backup\n        do: backup\n        target: Database::\"orders\"\n";
    let with = "target: Database::\"orders\"\n        with";
    for (from, to, exit, reason) in [
        (step, "", 1, "back the database up in a step before this one"),
        (with, "target: Database::\"orderz\"\n        with", 1, "error[missing] prepare/migrate"),
        ("by: Person::\"ben\"", "by: Person::\"ada\"", 1, "error[denied] release/deploy"),
        ("needs: [prepare]", "needs: []", 1, "error[order-dependent] release/deploy"),
    ] {
        let world = project();
        assert_eq!(plan.matches(from).count(), 1, "{from}");
        world.write("new/plan.yaml", plan.replace(from, to));
        let (code, said) = check(&world);
        assert_eq!(code, exit, "{from}: {said}");
        assert!(said.contains(reason), "{from}: {said}");
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_is_written_beside_what_is_there() {
    let world = World::new();
    world.write("new/estate.yaml", "mine");
    let output = world.run(&["init", "new"]);
    assert_eq!(code(&output), 2);
    assert_eq!(
        err(&output),
        "countersign: nothing was written, because `estate.yaml` exists already; name another folder\n"
    );
    assert_eq!(fs::read_dir(world.path("new")).unwrap().count(), 1);
    let again = project();
    assert_eq!(code(&again.run(&["init", "new"])), 2);
}

#[test]
fn every_shell_gets_completions_and_every_command_a_manual_page() {
    let world = World::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = world.run(&["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(out(&output).contains("who-can"), "{shell}");
    }
    let page = out(&world.run(&["man"]));
    assert!(page.contains(".TH countersign 1") && page.contains("who\\-can"));
    for command in ["check", "explain", "graph", "report", "init", "who-can"] {
        let output = world.run(&["man", command]);
        assert_eq!(code(&output), 0, "{command}");
        assert!(out(&output).contains(&format!(".TH countersign-{command} 1")), "{command}");
    }
    let output = world.run(&["man", "chek"]);
    assert_eq!((code(&output), err(&output).contains("did you mean `check`?")), (2, true));
}

#[test]
fn a_pipe_sees_no_progress() {
    let world = World::new();
    let steps: String =
        (0..3000).map(|at| format!("      - {{ id: s{at}, do: view, target: Doc::\"x\" }}\n")).collect();
    let head = "schema: countersign.plan/1\nid: P\nphases:\n  - id: a\n    by: User::\"dana\"\n    steps:\n";
    world.write("long.yaml", format!("{head}{steps}"));
    let output = world.check(&["long.yaml"]);
    assert_eq!((code(&output), err(&output).as_str()), (0, ""));
}
