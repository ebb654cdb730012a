//! Law 8 on random worlds: a remedy makes its step allowed and nothing worse, and no proper part of it does.
//!
//! Each remedy is made by the words of the report alone, on the plan or the estate as JSON, and judged again.
//! `COUNTERSIGN_LAW_CASES=5000` runs fifty times as many cases.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod remedy_support;
mod support;

use std::collections::BTreeSet;

use countersign::check::{Advice, Detail};
use proptest::prelude::*;
use remedy_support::{apply, names_only_steps, parts};
use serde_json::Value as Json;
use support::generate::{Sizes, cases, worlds};
use support::run::{Answer, judge, judge_with};
use support::world::Files;

fn read(text: &str) -> Json {
    serde_saphyr::from_str(text).unwrap()
}

fn allowed(report: &Json) -> BTreeSet<String> {
    let steps = report["steps"].as_array().unwrap().iter().filter(|step| step["outcome"] == "allowed");
    steps.map(|step| step["id"].as_str().unwrap().to_owned()).collect()
}

/// The steps of findings that reject a plan although every step is allowed.
fn escalations(report: &Json) -> BTreeSet<String> {
    let findings = report["findings"].as_array().unwrap().iter();
    let found = findings.filter(|finding| finding["code"] == "self-escalation");
    found.map(|finding| finding["step"].as_str().unwrap().to_owned()).collect()
}

/// The report of the files with a remedy; nothing where there is no plan or estate then.
fn with(files: &Files, step: &str, change: &Json) -> Option<Json> {
    let mut files = files.clone();
    let (mut plan, mut estate) = (read(&files.plan.1), read(&files.estates[0].1));
    if !names_only_steps(&plan, change) {
        return None;
    }
    apply(&mut plan, &mut estate, step, change);
    files.plan.1 = plan.to_string();
    files.estates[0].1 = estate.to_string();
    match judge(&files) {
        Answer::Judged(report) => Some(report),
        _ => None,
    }
}

/// Says whether a report allows a step, and everything else that it inserts.
fn mends(report: &Json, step: &str, change: &Json) -> bool {
    let fine: BTreeSet<String> = allowed(report).difference(&escalations(report)).cloned().collect();
    let several = change["changes"].as_array().into_iter().flatten();
    let mut inserted = several.chain([change]).filter_map(|change| change["step"].as_str());
    fine.contains(step) && inserted.all(|step| fine.contains(step))
}

/// A law about remedies is worth nothing where there are none, or only of one kind.
#[test]
fn random_worlds_have_remedies_of_every_kind() {
    let mut kinds: BTreeSet<String> = BTreeSet::new();
    for seed in 0..u64::from(cases(60).cases.max(60)) {
        let files = support::generate::world(seed, &Sizes::with_steps(1..=4)).files();
        let Answer::Judged(report) = judge_with(&files, Detail::Outcomes, Advice::Sought) else { continue };
        let remedies = report["steps"].as_array().unwrap().iter();
        let remedies = remedies.flat_map(|step| step["remedies"].as_array().unwrap());
        kinds.extend(remedies.map(|remedy| remedy["change"]["kind"].as_str().unwrap().to_owned()));
    }
    for kind in ["principal", "insert", "edge", "context", "estate", "together"] {
        assert!(kinds.contains(kind), "no remedy is a change of the {kind}: {kinds:?}");
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn law_8_a_remedy_is_sound_and_minimal(mut world in worlds(&Sizes::with_steps(1..=4))) {
        world.layout = support::world::Layout::default();
        let files = world.files();
        let Answer::Judged(report) = judge_with(&files, Detail::Outcomes, Advice::Sought) else { return Ok(()) };
        let before: BTreeSet<String> = allowed(&report).difference(&escalations(&report)).cloned().collect();
        for step in report["steps"].as_array().unwrap() {
            let id = step["id"].as_str().unwrap();
            for remedy in step["remedies"].as_array().unwrap() {
                let others = remedy["others"].as_array().unwrap();
                for change in [&remedy["change"]].into_iter().chain(others) {
                    if change.to_string().contains("\"kind\":\"entity\"") {
                        continue;
                    }
                    let after = with(&files, id, change);
                    let after = after.unwrap_or_else(|| panic!("{id}: no plan after {change}"));
                    prop_assert!(mends(&after, id, change), "{}: not allowed after {}", id, change);
                    let fine: BTreeSet<String> = allowed(&after);
                    prop_assert!(fine.is_superset(&before), "{}: worse after {}", id, change);
                }
                for part in parts(&remedy["change"]) {
                    let does = with(&files, id, &part).is_some_and(|after| {
                        mends(&after, id, &part) && allowed(&after).is_superset(&before)
                    });
                    prop_assert!(!does, "{}: a part does as well: {}", id, part);
                }
            }
        }
    }
}
