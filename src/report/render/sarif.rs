//! Findings as SARIF 2.1.0, for code scanning and editors.

mod flow;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::results::{Found, MOST_RESULTS, Region, segments, worst_first};
use super::{Batch, Style, Untrusted, counted, json};
use crate::diagnostic::{CODES, CodeRow, controls_of};
use crate::report::{Finding, FindingLevel, Report, Tool};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What relative paths start at: the root of the repository that the check is run in.
const ROOT: &str = "%SRCROOT%";

/// Writes one log with one run, whatever number of plans were judged.
pub fn render(batch: &Batch<'_>, _: &Style) -> String {
    let found = worst_first(batch);
    let shown = found.get(..MOST_RESULTS).unwrap_or(&found);
    let rules = rules(shown);
    let results: Vec<Value> = shown.iter().map(|found| result(found, &rules)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(&rules) },
            "automationDetails": { "id": "countersign/" },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { ROOT: { "description": { "text": "the folder that the check was run in" } } },
            "invocations": [invocation(batch, found.len())],
            "artifacts": artifacts(batch),
            "results": results,
            "properties": properties(batch, found.len()),
        }],
    });
    json::written(&log)
}

/// The rows of the codes that occur, with their position among the rules.
fn rules<'a>(shown: &[Found<'a>]) -> BTreeMap<&'a str, (usize, Option<&'static CodeRow>)> {
    let codes: BTreeSet<&str> = shown.iter().map(|found| found.finding.code.as_str()).collect();
    let row = |code: &str| CODES.iter().find(|row| row.name == code);
    codes.into_iter().enumerate().map(|(at, code)| (code, (at, row(code)))).collect()
}

fn driver(rules: &BTreeMap<&str, (usize, Option<&'static CodeRow>)>) -> Value {
    let Tool { name, version } = Tool::this();
    let rules: Vec<Value> = rules.iter().map(|(code, (_, row))| rule(code, *row)).collect();
    json!({ "name": name, "version": version, "semanticVersion": version, "rules": rules })
}

fn rule(code: &str, row: Option<&'static CodeRow>) -> Value {
    let id = Untrusted::of(code).to_string();
    let Some(row) = row else { return json!({ "id": id }) };
    let mut tags = vec!["authorization".to_owned()];
    // No more than twenty are read.
    tags.extend(controls_of(row.code).take(19).map(str::to_owned));
    let help = format!("{} `countersign code {}` prints this page.", row.page, row.name);
    let name = pascal(row.name);
    let mut rule = json!({
        "id": id,
        "shortDescription": { "text": row.summary },
        "fullDescription": { "text": row.page },
        "help": { "text": help, "markdown": help },
        "defaultConfiguration": { "level": row.severity.as_str() },
        "properties": { "tags": tags, "precision": "very-high", "problem.severity": problem_severity(row) },
    });
    // A name that is the id again would say that the id is no opaque one.
    if let (Some(rule), false) = (rule.as_object_mut(), name.eq_ignore_ascii_case(row.name)) {
        rule.insert("name".into(), name.into());
    }
    rule
}

fn problem_severity(row: &CodeRow) -> &'static str {
    match row.severity {
        crate::diagnostic::Severity::Note => "recommendation",
        other => other.as_str(),
    }
}

/// `order-dependent` as `OrderDependent`.
fn pascal(name: &str) -> String {
    let mut parts = name.split('-').map(|part| {
        let mut letters = part.chars();
        letters
            .next()
            .map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + letters.as_str())
    });
    parts.by_ref().collect()
}

fn result(found: &Found<'_>, rules: &BTreeMap<&str, (usize, Option<&'static CodeRow>)>) -> Value {
    let finding = found.finding;
    let code = Untrusted::of(&finding.code).to_string();
    let mut result = json!({
        "ruleId": code,
        "ruleIndex": rules.get(finding.code.as_str()).map_or(0, |(at, _)| *at),
        "level": finding.level.as_str(),
        "message": { "text": found.sentences(text, "\n") },
        "partialFingerprints": { "meaning/v1": found.fingerprint },
        "properties": {
            "plan": found.report.map(|report| text(&report.plan.id)),
            "step": finding.step.as_deref().map(text),
            "policy": finding.policy.as_deref().map(text),
            "controls": finding.controls.iter().map(|control| text(control)).collect::<Vec<_>>(),
        },
    });
    let Some(map) = result.as_object_mut() else { return result };
    if let Some(region) = found.region() {
        let first = finding.labels.first().map_or("", |label| label.text.as_str());
        let mut location = physical(&region);
        add_message(&mut location, first);
        if let (Some(location), Some(step)) = (location.as_object_mut(), &finding.step) {
            let name = text(step);
            location
                .insert("logicalLocations".into(), json!([{ "fullyQualifiedName": name, "kind": "member" }]));
        }
        map.insert("locations".into(), json!([location]));
    }
    let related = flow::related(found);
    if !related.is_empty() {
        map.insert("relatedLocations".into(), related.into());
    }
    let flows = flow::flows(found);
    if !flows.is_empty() {
        map.insert("codeFlows".into(), flows.into());
    }
    if let Some(suppression) = found.report.and_then(|report| suppression(found, finding, report)) {
        map.insert("suppressions".into(), json!([suppression]));
    }
    result
}

/// The override by which a step passes a soft forbid, where the finding is about that.
fn suppression(found: &Found<'_>, finding: &Finding, report: &Report) -> Option<Value> {
    if finding.code != "override" {
        return None;
    }
    let about = |policy: &str, step: &str| {
        finding.policy.as_deref() == Some(policy) && finding.step.as_deref() == Some(step)
    };
    let given = report.overrides.iter().find(|given| given.used && about(&given.policy, &given.step))?;
    Some(json!({
        "kind": "external",
        "status": "accepted",
        "justification": format!("{} ({}, until {})", text(&given.reason), text(&given.by), given.expires),
        "location": physical(&found.region_at(&given.span)),
    }))
}

/// A location with a region.
fn physical(region: &Region) -> Value {
    let mut artifact = json!({ "uri": uri(&region.path), "uriBaseId": ROOT });
    let parts = segments(&region.path);
    if let (Some("outside"), Some(map)) = (parts.first().map(String::as_str), artifact.as_object_mut()) {
        map.insert("description".into(), json!({ "text": text(&region.path) }));
    }
    json!({
        "physicalLocation": {
            "artifactLocation": artifact,
            "region": {
                "startLine": region.line,
                "startColumn": region.column,
                "endLine": region.end_line,
                "endColumn": region.end_column,
                "byteOffset": region.offset,
                "byteLength": region.length,
            },
        },
    })
}

fn add_message(location: &mut Value, message: &str) {
    if let (Some(map), false) = (location.as_object_mut(), message.is_empty()) {
        map.insert("message".into(), json!({ "text": text(message) }));
    }
}

fn text(untrusted: &str) -> String {
    Untrusted::of(untrusted).sarif()
}

/// A relative reference, every byte percent-encoded that is not unreserved.
fn uri(path: &str) -> String {
    let segments = segments(path);
    let encoded = segments.iter().map(|segment| {
        let mut written = String::with_capacity(segment.len());
        for byte in segment.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    written.push(char::from(byte));
                }
                other => written.push_str(&format!("%{other:02X}")),
            }
        }
        written
    });
    encoded.collect::<Vec<_>>().join("/")
}

fn artifacts(batch: &Batch<'_>) -> Vec<Value> {
    let inputs: BTreeSet<_> = batch.reports.iter().flat_map(|report| &report.inputs).collect();
    let artifact = |input: &crate::report::Input| {
        json!({
            "location": { "uri": uri(&input.path), "uriBaseId": ROOT },
            "roles": ["analysisTarget"],
            "hashes": { "sha-256": text(&input.sha256) },
            "properties": { "role": text(&input.role) },
        })
    };
    inputs.into_iter().map(artifact).collect()
}

/// Whether everything was judged, and what a reader must know before the results.
fn invocation(batch: &Batch<'_>, findings: usize) -> Value {
    let mut said = Vec::new();
    if let Some(more @ 1..) = findings.checked_sub(MOST_RESULTS) {
        let counted = counted(more, "more finding");
        said.push(format!(
            "{counted} are not among the results, none worse than those; the JSON form lists all"
        ));
    }
    if batch.reports.iter().any(|report| report.terms.exit_zero) {
        said.push("--exit-zero: the exit code does not tell the verdict".to_owned());
    }
    let said = said.iter().map(|said| json!({ "level": "warning", "message": { "text": said } }));
    json!({
        "executionSuccessful": batch.problems.is_none(),
        "toolExecutionNotifications": said.collect::<Vec<_>>(),
    })
}

fn properties(batch: &Batch<'_>, findings: usize) -> Value {
    let plan = |report: &Report| {
        let number = |level| report.findings.iter().filter(|finding| finding.level == level).count();
        json!({
            "plan": text(&report.plan.id),
            "verdict": report.verdict,
            "passes": report.passes(),
            "at": text(&report.at),
            "counts": report.counts,
            "errors": number(FindingLevel::Error),
            "warnings": number(FindingLevel::Warning),
        })
    };
    let unjudged = batch.problems.iter().flat_map(|problems| &problems.plans);
    json!({
        "plans": batch.reports.iter().map(plan).collect::<Vec<_>>(),
        "unjudged": unjudged.map(|plan| json!({ "path": text(&plan.path), "why": plan.why })).collect::<Vec<_>>(),
        "findings": findings,
    })
}
