//! The access delta as comma-separated values, safe to open in a spreadsheet.

use super::super::Untrusted;
use super::{Impacts, Style};
use crate::report::impact::{Access, ImpactReport, Members};

const HEAD: [&str; 14] = [
    "plan",
    "change",
    "about",
    "principal",
    "principal_kind",
    "principals",
    "action",
    "context",
    "resource",
    "resource_kind",
    "resources",
    "relation",
    "step",
    "ended_by",
];

/// Writes a line of names, then one line for each pair of names of each row; RFC 4180, lines end in CR LF.
pub(super) fn render(impacts: &Impacts<'_>, _: &Style) -> String {
    let mut text = line(&HEAD.map(str::to_owned));
    for report in impacts.reports {
        for access in report.changes.iter().chain(report.possible.iter().flatten()) {
            rows(report, access, &mut text);
        }
        for needed in &report.needed_later {
            let mut cells = HEAD.map(|_| String::new());
            let [
                plan,
                change,
                about,
                principal,
                kind,
                count,
                action,
                _,
                resource,
                resource_kind,
                resources,
                relation,
                step,
                ended,
            ] = &mut cells;
            (*plan, *change, *about) =
                (report.plan.id.clone(), "needed-later".to_owned(), "existing".to_owned());
            (*principal, *kind, *count) = (needed.principal.clone(), "entity".to_owned(), "1".to_owned());
            (*action, *resource, *relation) =
                (needed.action.clone(), needed.resource.clone(), "all".to_owned());
            (*resource_kind, *resources) = ("entity".to_owned(), "1".to_owned());
            (*step, *ended) = (needed.step.clone(), needed.taken_by.clone());
            text.push_str(&line(&cells));
        }
    }
    text
}

fn rows(report: &ImpactReport, access: &Access, text: &mut String) {
    let mut steps = access.steps.iter();
    let (step, ended_by) =
        (steps.next().cloned().unwrap_or_default(), steps.next().cloned().unwrap_or_default());
    let contexts: Vec<String> = access.contexts.iter().map(ToString::to_string).collect();
    let context = if contexts == ["{}"] { String::new() } else { contexts.join(" ") };
    let named = |members: &Members| {
        [members.name.clone(), members.kind.as_str().to_owned(), members.count.to_string()]
    };
    for who in &access.principals {
        for what in &access.resources {
            let [principal, principal_kind, principals] = named(who);
            let [resource, resource_kind, resources] = named(what);
            text.push_str(&line(&[
                report.plan.id.clone(),
                access.change.as_str().to_owned(),
                access.about.as_str().to_owned(),
                principal,
                principal_kind,
                principals,
                access.action.clone(),
                context.clone(),
                resource,
                resource_kind,
                resources,
                access.relation.as_str().to_owned(),
                step.clone(),
                ended_by.clone(),
            ]));
        }
    }
}

fn line(cells: &[String; 14]) -> String {
    cells.each_ref().map(|cell| Untrusted::of(cell).csv()).join(",") + "\r\n"
}
