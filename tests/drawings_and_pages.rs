//! `graph` and `report` as a user runs them; Graphviz reads the drawings where it is installed.
#![allow(clippy::unwrap_used, reason = "a test ends where its world breaks")]

mod cli_support;

use std::io::Write as _;
use std::process::{Command, Stdio};

use cli_support::{World, code, err, out};

const FIXED: &[&str] = &["--bundle", "bundle", "--estate", "estate.yaml", "--at", "2026-11-22T06:00:00Z"];

fn judged(world: &World, command: &[&str], plan: &str) -> (i32, String) {
    let arguments: Vec<&str> = command.iter().chain(FIXED).copied().chain([plan]).collect();
    let output = world.run(&arguments);
    assert_eq!(err(&output), "", "{arguments:?}");
    (code(&output), out(&output))
}

#[test]
fn a_graph_ends_with_the_exit_code_of_its_plan_in_every_format() {
    let world = World::new();
    for (plan, exit, sign) in [("approved.yaml", 0, '✓'), ("rejected.yaml", 1, '✗')] {
        for (format, start) in [
            ("text", "plan P\n"),
            ("dot", "digraph plan {\n"),
            ("mermaid", "flowchart TD\n"),
            ("svg", "<svg "),
        ] {
            let (ended, text) = judged(&world, &["graph", "--format", format], plan);
            assert_eq!(ended, exit, "{format} of {plan}");
            assert!(text.starts_with(start) && text.contains(sign), "{format} of {plan}:\n{text}");
        }
    }
    assert_eq!(code(&world.run(&["graph", "absent.yaml"])), 2);
    let (_, several) = judged(&world, &["graph", "--format", "dot", "approved.yaml"], "rejected.yaml");
    assert_eq!(several.matches("digraph").count(), 2);
}

#[test]
fn a_page_goes_to_standard_output_or_to_a_file_and_holds_what_the_other_commands_say() {
    let world = World::new();
    let (exit, page) = judged(&world, &["report"], "rejected.yaml");
    assert_eq!(exit, 1);
    for part in [
        "<p class=\"word\">rejected</p>",
        "<code>denied</code>",
        "Policies, part by part",
        "dana-views does not apply",
        "<h4>Remedies</h4>",
        "let it be done by `User::&quot;dana&quot;`",
        "Rights needed",
        "0 gained, 0 lost",
        "<code>rejected.yaml</code>",
        "`countersign impact` answers it; <a href=\"#p1-impact\">on this page</a>",
    ] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    let (exit, nothing) = judged(
        &world,
        &["report", "--output", "html=page.html", "--output", "json=page.json"],
        "rejected.yaml",
    );
    assert_eq!((exit, nothing.as_str()), (1, ""));
    assert_eq!(std::fs::read_to_string(world.path("page.html")).unwrap(), page);
    assert!(std::fs::read_to_string(world.path("page.json")).unwrap().contains("\"verdict\": \"rejected\""));
    let (exit, text) =
        judged(&world, &["check", "--remedies", "--output", "html=gate.html"], "rejected.yaml");
    assert!(exit == 1 && text.ends_with("rejected: 1 of 1 step is denied\n"));
    assert_eq!(std::fs::read_to_string(world.path("gate.html")).unwrap(), page);
}

#[test]
fn controls_of_a_report_are_those_of_the_check() {
    let world = World::new();
    for (plan, expected) in [("rejected.yaml", 1), ("approved.yaml", 0)] {
        let (exit, controls) = judged(&world, &["report", "--controls"], plan);
        assert_eq!(exit, expected, "{controls}");
        for standing in ["evidence present: ", "evidence absent: ", "evidence not in scope: "] {
            assert!(controls.contains(standing), "{controls}");
        }
        assert_eq!(judged(&world, &["check", "--format", "controls"], plan), (expected, controls.clone()));
        let beside = judged(&world, &["report", "--controls", "--output", "html=beside.html"], plan);
        assert_eq!(beside, (expected, controls));
        let (_, page) = judged(&world, &["report"], plan);
        assert_eq!(std::fs::read_to_string(world.path("beside.html")).unwrap(), page);
    }
}

#[test]
fn graphviz_reads_the_drawings() {
    if Command::new("dot").arg("-V").output().is_err() {
        eprintln!("skipped: Graphviz is not installed");
        return;
    }
    let world = World::new();
    let hostile = "title: '\"];evil[label=\"x\" URL=\"https://example.com\"]; \\N </a>'";
    let plan = cli_support::plan("mallory").replace("id: P", &format!("id: P\n{hostile}"));
    world.write("hostile.yaml", plan.replace("id: a\n", &format!("id: a\n    {hostile}\n")));
    for plan in ["approved.yaml", "rejected.yaml", "hostile.yaml"] {
        let (_, text) = judged(&world, &["graph", "--format", "dot"], plan);
        let mut dot = Command::new("dot")
            .arg("-Tsvg")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        dot.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let drawn = dot.wait_with_output().unwrap();
        assert!(drawn.status.success() && drawn.stderr.is_empty(), "{plan}: {drawn:?}");
        let picture = out(&drawn);
        assert_eq!(picture.matches("class=\"node\"").count(), 1, "{plan}");
        assert!(!picture.contains("xlink:href"), "{plan}");
    }
}
