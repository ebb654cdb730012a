//! The law of explanations on random worlds: an explanation is sufficient, and its trees are Cedar's.
//!
//! `COUNTERSIGN_LAW_CASES=5000` runs fifty times as many cases.

#![expect(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::collections::BTreeSet;

use countersign::check::{Advice, Detail};
use proptest::prelude::*;
use serde_json::Value as Json;
use support::generate::{Sizes, cases, worlds};
use support::reference::{Decided, Reference, State};
use support::run::{Answer, judge_with};
use support::world::World;

fn explained(world: &World) -> Result<Json, TestCaseError> {
    match judge_with(&world.files(), Detail::AllSteps, Advice::Omitted) {
        Answer::Judged(report) => Ok(report),
        _ => Err(TestCaseError::reject("the engine refuses the world")),
    }
}

/// The same plan with one order only: every step after the one before it.
fn in_one_order(mut world: World) -> World {
    let mut previous: Option<String> = None;
    for phase in &mut world.phases {
        phase.listed = true;
        phase.needs.extend(previous.replace(phase.id.clone()));
        phase.needs.sort();
        phase.needs.dedup();
    }
    world
}

fn texts(list: &Json) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The policies and links that an explanation shows, and the templates of the links.
fn cited_policies(step: &Json) -> BTreeSet<String> {
    let policies = step["reasons"]["policies"].as_array().into_iter().flatten();
    let ids = policies.flat_map(|policy| [&policy["policy"], &policy["template"]["id"]]);
    ids.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// The state with only the entities that an explanation cites, besides those that the request names.
fn only_cited(state: &State, step: &Json, reference: &Reference<'_>, number: usize) -> State {
    let cited = texts(&step["reasons"]["entities"]);
    let request = reference.entities_of_request(number);
    let mut kept = state.clone();
    kept.entities.retain(|uid, _| cited.contains(&uid.to_string()) || request.contains(uid));
    let policies = cited_policies(step);
    kept.links.retain(|_, name| policies.contains(name));
    kept
}

/// The policies of an explanation came out as plain Cedar says.
fn agree(step: &Json, decided: &Decided) -> Result<(), TestCaseError> {
    for policy in step["reasons"]["policies"].as_array().into_iter().flatten() {
        let id = policy["policy"].as_str().unwrap();
        let is_determining = policy["role"] == "determining";
        prop_assert_eq!(is_determining, decided.determining.contains(id), "{} of {}", id, &step["id"]);
        prop_assert_eq!(
            policy["result"] == "error",
            decided.errors.contains(id),
            "{} of {}",
            id,
            &step["id"]
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn t086_law_7_an_explanation_is_sufficient(world in worlds(&Sizes::default())) {
        let world = in_one_order(world);
        let (report, reference) = (explained(&world)?, Reference::new(&world));
        for (number, step) in report["steps"].as_array().unwrap().iter().enumerate() {
            let state = reference.state_before(number);
            let whole = reference.decide(&state, number);
            let cited = cited_policies(step);
            let mut less = world.clone();
            less.policies.retain(|policy| cited.contains(&policy.id));
            let reference = Reference::new(&less);
            let part = reference.decide(&only_cited(&state, step, &reference, number), number);
            prop_assert_eq!(part.decision, whole.decision, "{}: {:#}", &step["id"], &step["reasons"]);
            prop_assert_eq!(&part.determining, &whole.determining, "{}: {:#}", &step["id"], &step["reasons"]);
            agree(step, &whole)?;
        }
    }
}
