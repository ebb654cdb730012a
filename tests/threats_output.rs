//! Threats by what commands print: texts of the input that move the cursor, turn the line or begin a command of CI.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod examples_support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use countersign::report::render::{IMPACT_RENDERERS, RENDERERS};
use examples_support::{AT, root};

/// Clears the screen, turns the direction, hides a letter, begins a line of its own.
const EVIL: &str =
    "\u{1b}[2J\u{1b}]8;;https://example.com\u{7}\u{202e}\u{200b}\r\n::error::x\n##vso[task.complete]";
/// The same as a double-quoted scalar has it.
const IN_YAML: &str =
    "\\e[2J\\e]8;;https://example.com\\a\\u202e\\u200b\\r\\n::error::x\\n##vso[task.complete]";

/// Everything that the program says to some arguments, with an input of that name.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null());
    let output = command.output().unwrap();
    assert!(matches!(output.status.code(), Some(0..=2)), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// Says that nothing of the input acts.
fn is_harmless(arguments: &[&str], output: &str) {
    let acts = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    // The lines of a table that is written by RFC 4180 end so.
    let output = if arguments.contains(&"csv") { output.replace("\r\n", "\n") } else { output.to_owned() };
    assert!(!output.chars().any(acts), "{arguments:?}: {output:?}");
    let begins = |line: &str| {
        let line = line.trim_start();
        line.starts_with("::error::x") || line.starts_with("##vso[task.complete]")
    };
    // A line of Markdown that begins with signs of a heading is our own.
    assert!(!output.lines().any(begins), "{arguments:?}: {output}");
}

#[test]
fn t075_t076_t077_no_command_prints_what_acts() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["bundle.toml", "operations.yaml", "rules.cedar", "schema.cedarschema"] {
        fs::create_dir_all(folder.path().join("bundle")).unwrap();
        let from = root().join("examples/guide/bundle").join(part);
        fs::copy(from, folder.path().join("bundle").join(part)).unwrap();
    }
    fs::copy(root().join("examples/guide/estate.yaml"), folder.path().join("estate.yaml")).unwrap();
    let text = format!(
        "schema: countersign.plan/1\nid: P\ntitle: \"{IN_YAML}\"\nauthor: Person::\"ada\"\nphases:\n  - id: a\n    \
         title: \"{IN_YAML}\"\n    by: Person::\"ben\"\n    steps:\n      - id: b\n        title: \"{IN_YAML}\"\n        \
         do: migrate\n        target: Database::\"orders\"\n        with: {{ version: 7 }}\n"
    );
    // Paths of Linux hold everything but a slash.
    let plan = format!("plan{}.yaml", EVIL.replace('/', ""));
    let broken = format!("broken{}.yaml", EVIL.replace('/', ""));
    fs::write(folder.path().join(&plan), &text).unwrap();
    fs::write(folder.path().join(&broken), text.replace("do: migrate", "do: elsewhere")).unwrap();

    let judging = ["--bundle", "bundle", "--estate", "estate.yaml", "--at", AT];
    let world = &judging[..4];
    let mut asked: Vec<Vec<&str>> = Vec::new();
    for plan in [plan.as_str(), broken.as_str()] {
        for renderer in RENDERERS {
            asked.push([&["check", "-v", "--format", renderer.name, plan], &judging[..]].concat());
        }
        asked.push([&["check", "--remedies", plan], &judging[..]].concat());
        asked.push([&["explain", plan, "a/b"], &judging[..]].concat());
        asked.push([&["explain", "--format", "json", plan, "a/b"], &judging[..]].concat());
        asked.push([&["graph", "-v", plan], &judging[..]].concat());
        asked.push([&["rights", plan], world].concat());
        asked.push([&["rights", "--format", "json", plan], world].concat());
        for renderer in IMPACT_RENDERERS {
            asked.push([&["impact", "--full", "--format", renderer.name, plan], &judging[..]].concat());
        }
        asked.push(vec!["digest", plan]);
        asked.push([&["check", "--estate", plan, plan], &judging[..2]].concat());
        asked.push([&["check", "--bundle", plan, plan], &judging[2..]].concat());
    }
    asked.push([&["who-can", EVIL, EVIL], world].concat());
    asked.push(vec!["code", EVIL]);
    asked.push(vec![EVIL]);
    let mut shown = 0;
    for arguments in &asked {
        let output = said(folder.path(), arguments);
        is_harmless(arguments, &output);
        shown += usize::from(output.contains("task.complete"));
    }
    // The text is there, escaped.
    assert!(shown > asked.len() / 2, "{shown} of {}", asked.len());
}
