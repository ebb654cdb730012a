//! Threats by files that change while the program reads them.

mod cli_support;

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cli_support::World;
use countersign::load::{Loader, NamedPath};
use countersign::source::{Role, sha256};

/// A plan of many lines; the principal stands at its end, the id at its start.
fn plan(id: &str, principal: &str, lines: usize) -> String {
    let filling: String = (0..lines).map(|line| format!("# {id} {line}\n")).collect();
    format!(
        "schema: countersign.plan/1\nid: {id}\n{filling}phases:\n  - id: a\n    by: User::\"{principal}\"\n    steps:\n      \
         - {{ id: s, do: view, target: Doc::\"x\" }}\n"
    )
}

#[test]
fn t038_the_digest_is_that_of_the_plan_which_was_judged() {
    let world = World::new();
    let versions = [plan("GOOD", "dana", 40_000), plan("EVIL", "mallory", 40_000)];
    let path = world.write("swapped.yaml", &versions[0]);
    let stop = AtomicBool::new(false);
    let mut seen = BTreeSet::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            for version in versions.iter().cycle() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let other = world.write("other.yaml", version);
                fs::rename(other, &path).unwrap();
            }
        });
        for _ in 0..25 {
            let ran = world.check(&["--format", "json", "swapped.yaml"]);
            let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
            let digest = report["inputs"]
                .as_array()
                .unwrap()
                .iter()
                .find(|input| input["role"] == "plan")
                .and_then(|input| input["sha256"].as_str())
                .unwrap();
            let judged = match report["plan"]["id"].as_str().unwrap() {
                "GOOD" => (0, "approved", &versions[0]),
                "EVIL" => (1, "rejected", &versions[1]),
                other => panic!("no plan has the id {other}"),
            };
            assert_eq!(ran.status.code(), Some(judged.0));
            assert_eq!(report["verdict"], judged.1);
            assert_eq!(digest, sha256(judged.2.as_bytes()));
            seen.insert(judged.1);
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(!seen.is_empty());
}

#[test]
fn t038_a_text_that_is_written_while_it_is_read_is_refused_or_whole() {
    let world = World::new();
    let versions = ["a".repeat(8 << 20), "b".repeat(8 << 20)];
    let path = world.write("torn.yaml", &versions[0]);
    let stop = AtomicBool::new(false);
    let (mut whole, mut refused) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for version in versions.iter().cycle() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                fs::write(&path, version).unwrap();
            }
        });
        // A reader that comes while the writer rests sees a short file that does not change: it comes again.
        let patience = Instant::now() + Duration::from_secs(60);
        while refused == 0 && Instant::now() < patience {
            let mut loader = Loader::new();
            match loader.named(&NamedPath::given(&path), Role::Plan) {
                Some(source) => {
                    let text = loader.sources.get(source).text();
                    assert_eq!(loader.errors.len(), 0);
                    whole += usize::from(versions.iter().any(|version| version == text));
                }
                None => {
                    let said: Vec<String> = loader.errors.iter().map(ToString::to_string).collect();
                    assert!(said.join(" ").contains("changed while it was read"), "{said:?}");
                    refused += 1;
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(refused > 0, "a file that is written all the time is caught at least once: {whole} were whole");
}
