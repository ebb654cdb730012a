//! Plans of public projects: each is read or refused with a reason and a place, and none gets past the gate.
//!
//! The data is others' and not part of the project: it is read from `$COUNTERSIGN_DATA`, else from
//! `../shared/data`, and the tests skip where it is absent.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking and says what it counted")]

mod terraform_support;

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Output, Stdio};

use countersign::diagnostic::Severity;
use terraform_support::{data, files_below, import_text};

fn program(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env_clear().stdin(Stdio::null());
    command.output().unwrap()
}

#[test]
fn every_plan_is_read_or_refused_with_a_reason_and_a_place() {
    let Some(folder) = data() else {
        return eprintln!("skipped: no public data");
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut sums: BTreeMap<&str, usize> = BTreeMap::new();
    for path in files_below(&folder) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let imported = import_text(path.to_str().unwrap(), &text);
        *counts.entry("files".to_owned()).or_default() += 1;
        match &imported.plan {
            Some(plan) => {
                *counts.entry("read".to_owned()).or_default() += 1;
                assert_eq!(plan.format.name, "terraform", "{}", path.display());
                plan.fidelity
                    .mapped
                    .iter()
                    .for_each(|(kind, number)| *sums.entry(kind).or_default() += number);
                *sums.entry("opaque parts").or_default() += plan.fidelity.opaque.len();
                let spans =
                    plan.plan.phases.iter().flat_map(|phase| phase.steps.iter()).map(|step| step.span);
                assert!(spans.map(|span| imported.sources.slice(span)).all(|text| text.starts_with('{')));
            }
            None => {
                let first = imported.found.iter().find(|found| found.severity == Severity::Error);
                let first = first.unwrap_or_else(|| unreachable!("{}: no reason", path.display()));
                assert!(!first.labels.is_empty() && !first.message.is_empty(), "{}", path.display());
                *counts.entry(format!("refused: {}", first.message)).or_default() += 1;
                eprintln!("refused {}: {}", path.strip_prefix(&folder).unwrap().display(), first.message);
            }
        }
    }
    eprintln!("{counts:#?}\n{sums:#?}");
    let read = counts.get("read").copied().unwrap_or_default();
    let files = counts.get("files").copied().unwrap_or_default();
    // Six of them are no plans: fragments, a file with text around it, changes that are not whole.
    assert!(read * 20 >= files * 19, "{read} of {files} are read");
}

#[test]
fn the_gate_answers_for_every_plan() {
    let Some(folder) = data() else {
        return eprintln!("skipped: no public data");
    };
    let files = files_below(&folder);
    let mut exits: BTreeMap<Option<i32>, usize> = BTreeMap::new();
    for path in files.iter().step_by(if cfg!(debug_assertions) { 7 } else { 1 }) {
        let output = program(&[
            "check",
            "--bundle",
            "terraform",
            "--estate",
            "examples/terraform/people.yaml",
            "--mapping",
            "examples/terraform/mapping.yaml",
            path.to_str().unwrap(),
        ]);
        assert!(matches!(output.status.code(), Some(0..=3)), "{}: {output:?}", path.display());
        *exits.entry(output.status.code()).or_default() += 1;
    }
    eprintln!("exit codes: {exits:?}");
}
