//! Ten thousand steps and thirty thousand findings: drawings and the page are written quickly.
#![allow(clippy::unwrap_used, reason = "a test ends where its world breaks")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign::check::{Answer, Detail, Inputs, Settings, check_with};
use countersign::diagnostic::Sink;
use countersign::import::BundleFiles;
use countersign::report::Report;
use countersign::report::render::{Batch, Renderer, Style};
use countersign::source::{Role, SourceMap};

/// A plan of phases in a row, every second one unordered; every hundredth step is somebody's who may not do it.
fn plan(phases: usize, steps: usize) -> String {
    let mut plan = "schema: countersign.plan/1\nid: P\nphases:\n".to_owned();
    for phase in 0..phases {
        let needs = phase.checked_sub(1).map_or(String::new(), |before| format!("p{before}"));
        let order = if phase % 2 == 0 { "listed" } else { "any" };
        let head = format!("  - id: p{phase}\n    needs: [{needs}]\n    order: {order}\n    steps:\n");
        plan.push_str(&head);
        for step in 0..steps {
            let by = if step % 100 == 7 { "mallory" } else { "dana" };
            let words = "do: view, target: Doc::\"x\", by";
            writeln!(plan, "      - {{ id: s{step}, {words}: User::\"{by}\" }}").unwrap();
        }
    }
    plan
}

fn judged(plan: String, detail: Detail) -> Report {
    let mut sources = SourceMap::new();
    let bundle = BundleFiles {
        manifest: sources.add("bundle.toml", Role::Manifest, "schema = \"countersign.bundle/1\"\nname = \"small\"\nnamespace = \"T\"\n"),
        schema: sources.add(
            "schema.cedarschema",
            Role::Schema,
            "namespace T { entity User; entity Doc; action view appliesTo { principal: User, resource: Doc, context: {} }; }\n",
        ),
        policies: vec![sources.add(
            "rights.cedar",
            Role::Policy,
            "@id(\"dana-views\")\npermit (principal == T::User::\"dana\", action == T::Action::\"view\", resource);\n",
        )],
        links: None,
        operations: sources.add(
            "operations.yaml",
            Role::Operations,
            "schema: countersign.operations/1\noperations:\n  view: { changes: [] }\n",
        ),
    };
    let estate = "schema: countersign.estate/1\nentities:\n  - uid: User::\"dana\"\n  - uid: User::\"mallory\"\n  - uid: Doc::\"x\"\n";
    let estates = vec![sources.add("estate.yaml", Role::Estate, estate)];
    let inputs = Inputs { plans: vec![sources.add("plan.yaml", Role::Plan, plan)], estates, bundle };
    let at = "2026-11-22T06:00:00Z".parse().unwrap();
    let settings = Settings { detail, ..Settings::at(at) };
    let mut answers = check_with(&Arc::new(sources), &inputs, &settings, &mut Sink::new());
    match answers.remove(0) {
        Answer::Judged(report) => *report,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_large_report_is_drawn_and_written_within_two_seconds_and_within_bounds() {
    let mut report = judged(plan(40, 250), Detail::Worst(4_000));
    assert_eq!(report.steps.len(), 10_000);
    let findings = report.findings.clone();
    report.findings = findings.into_iter().cycle().take(30_000).collect();
    for (name, most) in [("html", 20 << 20), ("svg", 2 << 20), ("dot", 1 << 20), ("mermaid", 50_000)] {
        let render = Renderer::named(name).unwrap().render;
        let start = Instant::now();
        let text = render(&Batch::of(std::slice::from_ref(&report)), &Style::plain());
        let took = start.elapsed();
        println!("{name}: {} bytes in {took:?}", text.len());
        assert!(text.len() <= most, "{name}: {} bytes", text.len());
        assert!(text.contains("40 phases of 10000 steps drawn as one box each"), "{name}");
        // Only the optimised program is held to the bound that the manual names.
        let longest = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 2 });
        assert!(took < longest, "{name}: {took:?}");
    }
}

/// The policies of more steps are not looked into than a page shows: first of those that are refused.
#[test]
fn the_policies_of_the_worst_steps_are_looked_into() {
    let examined = |most| {
        let report = judged(plan(2, 10), Detail::Worst(most));
        let examined = report.steps.iter().filter(|step| !step.reasons.policies.is_empty());
        examined.map(|step| step.id.clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(examined(0), "");
    assert_eq!(examined(1), "p0/s7");
    assert_eq!(examined(4), "p0/s0 p0/s1 p0/s7 p1/s7");
    assert_eq!(examined(100).split(' ').count(), 20);
}
