//! What the README and the manual show is what the program does.
//!
//! A block after `<!-- tested: countersign ARGUMENTS; exit N -->` is compared with the output, `…` standing for lines
//! left out, and a block after `<!-- file: PATH -->` with the file. `COUNTERSIGN_BLESS=1 cargo test --test readme`
//! writes `docs/codes.md` and the outputs without `…` anew.
#![allow(clippy::unwrap_used, reason = "a test ends where its world breaks")]

mod examples_support;

use std::collections::BTreeSet;
use std::fs;

use countersign::diagnostic::CODES;
use countersign::import::limits;
use examples_support::{AT, countersign, countersign_in, err, examples, files_below, out, root};

const MARKER: &str = "<!-- ";

/// Every page for people, with its text.
fn pages() -> Vec<(String, String)> {
    let mut paths: Vec<String> = ["README.md", "CHANGELOG.md"].map(str::to_owned).into();
    let more = files_below("docs").into_iter().chain(files_below("examples"));
    paths.extend(more.filter(|path| path.ends_with(".md")));
    paths.into_iter().map(|path| (path.clone(), page(&path))).collect()
}

fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The fenced blocks of a page, each with the marker in front of it, its language and its text.
fn blocks(page: &str) -> Vec<(Option<&str>, &str, String)> {
    let mut found = Vec::new();
    let mut marker = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            found.push((marker.take(), language, text));
        } else if let Some(rest) = line.strip_prefix(MARKER) {
            marker = rest.strip_suffix(" -->");
        } else if !line.is_empty() {
            assert_eq!(marker, None, "a marker stands right before its block");
        }
    }
    found
}

/// The lines that are shown, in pieces with lines left out between them.
fn pieces(shown: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for line in shown.lines() {
        if line == "…" {
            pieces.push(String::new());
        } else {
            pieces.last_mut().unwrap().push_str(&format!("{line}\n"));
        }
    }
    pieces
}

#[track_caller]
fn is_shortened(shown: &str, real: &str, what: &str) {
    let pieces = pieces(shown);
    let (first, last) = (pieces.first().unwrap(), pieces.last().unwrap());
    assert!(real.starts_with(first.as_str()), "{what}: begins as\n{real}");
    assert!(real.ends_with(last.as_str()), "{what}: ends as\n{real}");
    let mut rest = real;
    for piece in &pieces {
        let at = rest
            .find(piece.as_str())
            .unwrap_or_else(|| unreachable!("{what}: prints\n{real}\nand not\n{piece}"));
        rest = rest.get(at + piece.len()..).unwrap();
    }
}

/// The words of a command without those that only fit its output to the page.
fn without_width(command: &str) -> String {
    let mut words: Vec<&str> = command.split(' ').collect();
    if let Some(at) = words.iter().position(|word| *word == "--width") {
        words.drain(at..at + 2);
    }
    words.join(" ")
}

fn tested(path: &str, marker: &str, text: &str) {
    let (mut folder, mut command, mut exit) = (".", "", "0");
    for part in marker.split("; ") {
        match part.split_once(' ') {
            Some(("cd", to)) => folder = to,
            Some(("exit", code)) => exit = code,
            _ => command = part,
        }
    }
    let what = format!("{path}: {command}");
    let (shown_command, shown) = text.split_once('\n').unwrap();
    let typed = shown_command.strip_prefix("$ ").unwrap();
    // In a shell a uid stands between quotes.
    let words = typed.replace("cargo run --release --", "countersign").replace('\'', "");
    assert_eq!(words, without_width(command), "{what}");
    let mut arguments: Vec<&str> = command.split(' ').skip(1).collect();
    if arguments.contains(&"check") {
        arguments.extend(["--at", AT]);
    }
    let output = countersign_in(&root().join(folder), &arguments);
    assert_eq!(output.status.code().unwrap().to_string(), exit, "{what}: {}", err(&output));
    let real = out(&output) + &err(&output);
    if blesses() && pieces(shown).len() == 1 {
        let text = page(path).replace(text, &format!("{shown_command}\n{real}"));
        fs::write(root().join(path), text).unwrap();
    } else {
        is_shortened(shown, &real, &what);
    }
}

/// Says whether what is made from the program is written anew.
fn blesses() -> bool {
    std::env::var_os("COUNTERSIGN_BLESS").is_some_and(|bless| bless == "1")
}

#[test]
fn what_the_pages_show_is_what_the_program_prints() {
    let mut outputs = 0;
    for (path, page) in pages() {
        for (marker, _, text) in blocks(&page) {
            let Some(marker) = marker else { continue };
            if let Some(marker) = marker.strip_prefix("tested: ") {
                tested(&path, marker, &text);
                outputs += usize::from(path == "README.md");
            } else if let Some(file) = marker.strip_prefix("file: ") {
                assert_eq!(text, fs::read_to_string(root().join(file)).unwrap(), "{path} shows {file}");
            } else {
                assert!(marker.starts_with("fix: "), "{path}: {marker}");
            }
        }
    }
    assert_eq!(outputs, 2, "the README shows an approved and a rejected plan");
}

#[test]
fn the_fix_that_the_readme_shows_makes_the_plan_approved() {
    let readme = page("README.md");
    let blocks = blocks(&readme);
    let fix =
        blocks.iter().find_map(|(marker, _, text)| Some((marker.as_ref()?.strip_prefix("fix: ")?, text)));
    let ((path, before), text) =
        fix.map(|(marker, text)| (marker.split_once(" before ").unwrap(), text)).unwrap();
    let wrong = page(path);
    let step = format!("      {before}\n");
    let (head, tail) = wrong.split_once(&step).unwrap();
    let mended: String = text.lines().map(|line| format!("      {line}\n")).collect();
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.yaml");
    fs::write(&plan, format!("{head}{mended}{step}{tail}")).unwrap();
    let judge = |plan: &str| countersign(&["check", "--at", AT, plan]).status.code();
    assert_eq!((judge(path), judge(plan.to_str().unwrap())), (Some(1), Some(0)));
}

#[test]
fn the_numbers_of_the_readme_are_right() {
    let readme = page("README.md");
    let manifest: toml::Table = page("Cargo.toml").parse().unwrap();
    let rust = manifest["package"]["rust-version"].as_str().unwrap();
    assert!(readme.contains(&format!("Rust ({rust} or newer)")));
    let examples = examples();
    let example = examples.iter().find(|example| example.name == "hosted-exchange-um").unwrap();
    let wrong = example.cases.iter().filter(|case| case.plan.contains("/wrong/")).count();
    assert!(readme.contains(&format!("{wrong} plans that go wrong")));
    let catalogue: serde_json::Value =
        serde_saphyr::from_str(&page("policies/lync-2013/operations.yaml")).unwrap();
    let cmdlets = catalogue["operations"].as_object().unwrap().len();
    assert!(readme.contains(&format!("which of its {cmdlets} cmdlets")));
}

#[test]
fn the_page_of_codes_is_the_table_of_codes() {
    let mut text = String::from(
        "# Codes\n\nEach finding and each message about a file has a code. `countersign code CODE` prints the same text, and \
         `countersign code` the list. This page is made from the program's own table; `COUNTERSIGN_BLESS=1 cargo test \
         --test readme` makes it anew.\n\nAn **error** rejects the plan or stops its judgement, a **warning** should be \
         looked at, a **note** is worth knowing. The level is the usual one; a finding says its own.\n\n| code | level | \
         what it says |\n|---|---|---|\n",
    );
    for row in CODES {
        text += &format!("| [`{0}`](#{0}) | {1} | {2} |\n", row.name, row.severity.as_str(), row.summary);
    }
    for row in CODES {
        text += &format!(
            "\n## {}\n\n**{}**: {}.\n\n{}\n",
            row.name,
            row.severity.as_str(),
            row.summary,
            row.page
        );
    }
    if blesses() {
        fs::write(root().join("docs/codes.md"), &text).unwrap();
    }
    assert_eq!(
        page("docs/codes.md"),
        text,
        "`COUNTERSIGN_BLESS=1 cargo test --test readme` writes the page anew"
    );
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    kept.map(|character| if character == ' ' { '-' } else { character }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    for (path, text) in pages() {
        let folder = root().join(&path).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, section) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { root().join(&path) } else { folder.join(file) };
            assert!(target.exists(), "{path}: {link}");
            if !section.is_empty() {
                let text = fs::read_to_string(target).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                assert!(headings.any(|heading| anchor(heading) == section), "{path}: {link}");
            }
        }
    }
}

#[test]
fn the_pages_know_every_exit_code_command_and_flag_and_no_other() {
    let formats = page("docs/formats.md");
    let help = out(&countersign(&["--help"]));
    let (head, codes) = help.split_once("Exit codes:\n").unwrap();
    for line in codes.lines() {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        assert!(formats.contains(&format!("| {code} | {meaning} |\n")), "{line}");
    }
    let commands = head.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
    // A line that goes on from the one above begins further right.
    let lines = commands.lines().filter(|line| !line.starts_with("   "));
    for command in lines.filter_map(|line| line.split_whitespace().next()) {
        assert!(formats.contains(&format!("`countersign {command}")) || command == "help", "{command}");
    }
    let help = out(&countersign(&["check", "--help"]));
    let flags: BTreeSet<String> = words(&help).filter(|word| word.starts_with("--")).collect();
    for flag in &flags {
        assert!(formats.contains(&format!("`{flag}")) || flag == "--help", "{flag}");
    }
    for (path, text) in pages() {
        for arguments in text.lines().filter_map(|line| line.split("countersign check").nth(1)) {
            for flag in words(arguments).filter(|word| word.starts_with("--") && word.len() > 2) {
                assert!(flags.contains(&flag), "{path} uses {flag}");
            }
        }
    }
}

/// The words of a text: flags, names and numbers.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '-').map(str::to_owned)
}

#[test]
fn the_limits_of_the_manual_are_those_of_the_program() {
    let formats = page("docs/formats.md");
    for (what, limit) in [
        ("steps of a plan", limits::STEPS),
        ("phases of a plan", limits::PHASES),
        ("entities of an estate file", limits::ENTITIES),
        ("policies of a bundle", limits::POLICIES),
        ("template links of a bundle", limits::LINKS),
        ("lists and mappings inside each other", limits::NESTING),
        ("bytes of an id", limits::ID_BYTES),
        ("values and keys of a JSON file", limits::JSON_VALUES),
        ("values and keys of a YAML file", limits::VALUES),
        ("problems told of one file", limits::PROBLEMS),
        ("KiB of a title or note", limits::TITLE_BYTES >> 10),
        ("MiB of a YAML file", limits::YAML_BYTES >> 20),
        ("MiB of a TOML file", limits::TOML_BYTES >> 20),
        ("GiB of any other file", limits::FILE_BYTES >> 30),
    ] {
        let row = format!("| {what} | {} |\n", grouped(limit));
        assert!(formats.contains(&row), "{row}");
    }
}

/// A number with commas between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn the_yaml_of_the_pages_is_yaml() {
    for (path, text) in pages() {
        for (_, _, yaml) in blocks(&text).into_iter().filter(|(_, language, _)| *language == "yaml") {
            let parsed = serde_saphyr::from_str::<serde_json::Value>(&yaml);
            assert!(parsed.is_ok(), "{path}: {parsed:?}\n{yaml}");
        }
    }
}

/// In a text between three single quotes Groovy takes a backslash away, and the shell needs one.
#[test]
fn the_script_of_jenkins_reaches_the_shell_as_it_is_meant() {
    let text = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let (_, _, groovy) = blocks(&text).into_iter().find(|(_, language, _)| *language == "groovy").unwrap();
    let script = groovy.split("'''").nth(1).unwrap();
    let mut shell = String::new();
    let mut characters = script.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('\n') | None => {}
                Some(escaped @ ('\\' | '"' | '\'' | '$')) => shell.push(escaped),
                Some(other) => unreachable!("an escape that no script needs: {other}"),
            },
            (plain, false) => shell.push(plain),
        }
    }
    assert!(shell.starts_with("#!/bin/bash\n"), "{shell}");
    assert!(shell.contains(r#"--author "User::\"$SUBMITTER\"" --max-age"#), "{shell}");
}
