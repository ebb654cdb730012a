//! Reports in lines: the same as whole reports, whatever the number of threads, and never half a verdict.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod big_world;
mod examples_support;

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use big_world::{BigWorld, Options, texts};
use examples_support::{AT, countersign, examples, out};
use serde_json::Value as Json;
use tempfile::TempDir;

/// A world on disk in which much changes, and some of it what others rest on.
fn world() -> TempDir {
    let options =
        Options { changing: 0.2, interacting: 0.5, width: 6, listed: false, ..Options::new(6_000, 60, 600) };
    write(&BigWorld::new(options))
}

fn write(world: &BigWorld) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let bundle = folder.path().join("bundle");
    fs::create_dir(&bundle).unwrap();
    let mut file = fs::File::create(folder.path().join("estate.jsonl")).unwrap();
    world.write_estate(&mut file).unwrap();
    let mut file = fs::File::create(folder.path().join("plan.json")).unwrap();
    world.write_plan(&mut file).unwrap();
    fs::write(bundle.join("bundle.toml"), texts::MANIFEST).unwrap();
    fs::write(bundle.join("schema.cedarschema"), texts::SCHEMA).unwrap();
    fs::write(bundle.join("operations.yaml"), texts::OPERATIONS).unwrap();
    fs::write(bundle.join("policies.cedar"), world.policies()).unwrap();
    fs::write(bundle.join("links.json"), world.links()).unwrap();
    folder
}

fn check(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(["check", "--bundle", "bundle", "--estate", "estate.jsonl", "plan.json", "--at", AT]);
    command.args(more).current_dir(folder).env_clear().stdin(Stdio::null());
    command
}

fn lines(text: &str) -> Vec<Json> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn lines_written_meanwhile_are_those_of_the_whole_report() {
    let folder = tempfile::tempdir().unwrap();
    let plain = ["guide", "orders", "hosted-exchange-um"];
    for example in examples().iter().filter(|example| plain.contains(&example.name.as_str())) {
        for case in &example.cases {
            let path = folder.path().join("report.jsonl");
            let target = format!("jsonl={}", path.display());
            let common = [&["--bundle", &example.bundle, &case.plan][..], &case.flags()].concat();
            let meanwhile = countersign(&[&["check", "--format", "jsonl"], &common[..]].concat());
            let whole = countersign(&[&["check", "-q", "--output", &target], &common[..]].concat());
            assert_eq!(meanwhile.status.code(), Some(case.exit), "{}", case.plan);
            assert_eq!(whole.status.code(), Some(case.exit), "{}", case.plan);
            if case.exit < 2 {
                assert_eq!(out(&meanwhile), fs::read_to_string(&path).unwrap(), "{}", case.plan);
                assert_eq!(lines(&out(&meanwhile)).pop().unwrap()["verdict"], case.verdict.as_str());
            }
        }
    }
}

#[test]
fn a_large_plan_gives_the_same_bytes_on_any_number_of_threads() {
    let folder = world();
    let path = folder.path().join("whole.jsonl");
    let target = format!("jsonl={}", path.display());
    let whole = check(folder.path(), &["-q", "--output", &target]).output().unwrap();
    assert_eq!(whole.status.code(), Some(1), "{}", String::from_utf8_lossy(&whole.stderr));
    let whole = fs::read_to_string(&path).unwrap();
    for threads in ["1", "2", "5"] {
        let told = check(folder.path(), &["--format", "jsonl", "--threads", threads]).output().unwrap();
        assert_eq!(told.status.code(), Some(1));
        assert!(out(&told) == whole, "the bytes differ with {threads} threads");
    }
    let lines = lines(&whole);
    let of = |kind: &str| lines.iter().filter(|line| line["line"] == kind).count();
    assert_eq!((of("header"), of("step"), of("verdict")), (1, 600, 1));
    let verdict = lines.last().unwrap();
    let denied = lines.iter().filter(|line| line["outcome"] == "denied").count();
    assert_eq!(verdict["counts"]["denied"], denied);
    let races = lines.iter().filter(|line| line["line"] == "finding" && line["code"] == "order-dependent");
    assert!(races.count() > 0, "something races");
}

#[test]
fn findings_beyond_the_bound_are_counted() {
    let world = BigWorld::new(Options { aimed: 0.0, ..Options::new(300, 10, 2_600) });
    let folder = write(&world);
    let told = check(folder.path(), &["--format", "jsonl"]).output().unwrap();
    let lines = lines(&out(&told));
    let written = lines.iter().filter(|line| line["line"] == "finding" && line["code"] == "denied").count();
    let group = lines.iter().find(|line| line["line"] == "findings" && line["code"] == "denied").unwrap();
    let denied = lines.iter().filter(|line| line["outcome"] == "denied").count();
    assert_eq!(written, 1_000);
    assert!(denied > 1_000);
    assert_eq!((&group["count"], &group["shown"]), (&Json::from(denied), &Json::from(written)));
}

#[test]
fn a_reader_that_goes_away_is_no_approval() {
    let folder = world();
    let mut child = check(folder.path(), &["--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut [0; 100]).unwrap();
    drop(output);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(74));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("could not write to standard output"));
}
