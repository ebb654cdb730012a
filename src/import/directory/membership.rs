//! Who is in which group, directly.

use std::collections::HashMap;

use super::condense::components;
use super::entry::{Directory, Entry, Kind, Reference};
use super::identifiers::Sid;
use crate::diagnostic::{Code, Diagnostic};
use crate::import::fidelity::Fidelity;
use crate::import::reading::{Reading, shown};
use crate::source::Span;

/// The number of an object, and the groups by number that it is in, each with the place that says so.
#[derive(Debug, Default)]
pub(super) struct Memberships {
    /// For each object by number: its groups.
    pub groups: Vec<Vec<(usize, Span)>>,
    /// For each object by number: groups that the file only names.
    pub elsewhere: Vec<(usize, Reference)>,
    /// Groups that are in themselves.
    pub circles: Vec<Vec<usize>>,
}

/// What one entry says of groups.
#[derive(Debug)]
pub(super) struct GroupLines {
    members: Vec<Reference>,
    member_of: Vec<Reference>,
}

impl GroupLines {
    /// Takes it out of the entry.
    pub(super) fn take(entry: &mut Entry) -> Self {
        Self { members: std::mem::take(&mut entry.members), member_of: std::mem::take(&mut entry.member_of) }
    }
}

/// Finds who is in which group, from both sides; `lines` are those of each entry.
pub(super) fn memberships(
    directory: &Directory,
    lines: Vec<GroupLines>,
    numbers: &HashMap<&str, usize>,
    reading: &mut Reading<'_>,
    fidelity: &mut Fidelity,
) -> Memberships {
    let mut found =
        Memberships { groups: vec![Vec::new(); directory.entries.len()], ..Memberships::default() };
    // Pairs of group and member, as the groups say it and as the members say it.
    let mut by_groups: Vec<(usize, usize, Span)> = Vec::new();
    let mut by_members: Vec<(usize, usize, Span)> = Vec::new();
    for (number, (entry, lines)) in directory.entries.iter().zip(lines).enumerate() {
        for member in &lines.members {
            match numbers.get(member.name.key.as_str()) {
                Some(member_number) => by_groups.push((number, *member_number, member.span)),
                None if member.name.key == entry.name.key => {}
                None => {
                    let name = shown(&member.name.shown);
                    let text =
                        format!("the member `{name}` is not in the file, and its membership is left out");
                    fidelity.opaque(member.span, text);
                }
            }
        }
        for group in &lines.member_of {
            match numbers.get(group.name.key.as_str()) {
                Some(group_number) => by_members.push((*group_number, number, group.span)),
                None => found.elsewhere.push((number, group.clone())),
            }
        }
    }
    if directory.tells_member_of {
        compare(directory, &mut by_groups, &mut by_members, reading);
    }
    let of_groups = by_groups.iter().filter(|(group, member, _)| group != member);
    for (group, member, span) in of_groups {
        if let Some(groups) = found.groups.get_mut(*member) {
            groups.push((*group, *span));
        }
    }
    primary_groups(directory, &mut found, reading, fidelity);
    for groups in &mut found.groups {
        groups.sort_by_key(|(group, _)| *group);
        groups.dedup_by_key(|(group, _)| *group);
    }
    condense(directory, &mut found, reading);
    found
}

/// Refuses an export in which groups and members disagree: a part of it is missing.
fn compare(
    directory: &Directory,
    by_groups: &mut Vec<(usize, usize, Span)>,
    by_members: &mut Vec<(usize, usize, Span)>,
    reading: &mut Reading<'_>,
) {
    for pairs in [&mut *by_groups, &mut *by_members] {
        pairs.sort_by_key(|(group, member, _)| (*group, *member));
        pairs.dedup_by_key(|(group, member, _)| (*group, *member));
    }
    let (mut left, mut right) = (by_groups.iter().peekable(), by_members.iter().peekable());
    loop {
        let key = |pair: Option<&&(usize, usize, Span)>| pair.map(|(group, member, _)| (*group, *member));
        let (one, other) = (key(left.peek()), key(right.peek()));
        match (one, other) {
            (None, None) => return,
            (Some(one), Some(other)) if one == other => {
                left.next();
                right.next();
            }
            (Some(one), other) if other.is_none_or(|other| one < other) => {
                // A group in which somebody is by both ways is told once, by the side that lacks it.
                if let Some((group, member, span)) = left.next() {
                    mismatch(directory, *group, *member, *span, "memberOf", reading);
                }
            }
            _ => {
                if let Some((group, member, span)) = right.next() {
                    mismatch(directory, *group, *member, *span, "member", reading);
                }
            }
        }
    }
}

fn mismatch(
    directory: &Directory,
    group: usize,
    member: usize,
    span: Span,
    lacking: &str,
    reading: &mut Reading<'_>,
) {
    if reading.is_full() {
        return;
    }
    let entry = |number: usize| directory.entries.get(number);
    let name = |number: usize| entry(number).map_or("", |entry| entry.name.shown.as_str());
    let silent = if lacking == "member" { group } else { member };
    let message = format!(
        "`{}` is a member of `{}`, and the `{lacking}` of `{}` does not say so",
        shown(name(member)),
        shown(name(group)),
        shown(name(silent)),
    );
    let place = entry(silent).map(|entry| entry.name_span);
    let hint = "the export is not complete; export again with all attributes and without limits of size";
    reading.push(
        Diagnostic::new(Code::PartialExport, message)
            .label(span, "said here")
            .label_at(place, "not said here")
            .hint(hint),
    );
}

/// Adds the primary groups, which no group has as members.
fn primary_groups(
    directory: &Directory,
    found: &mut Memberships,
    reading: &mut Reading<'_>,
    fidelity: &mut Fidelity,
) {
    let by_sid: HashMap<&Sid, usize> = directory
        .entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.kind == Kind::Group)
        .filter_map(|(number, entry)| Some((entry.sid.as_ref()?, number)))
        .collect();
    for (entry, groups) in directory.entries.iter().zip(&mut found.groups) {
        let (part, span) = match (entry.primary_group, &entry.sid) {
            (Some(group), Some(_)) => group,
            (None, None) => continue,
            (None, Some(_)) if !matches!(entry.kind, Kind::User | Kind::Computer) => continue,
            (group, _) => {
                incomplete(entry, if group.is_some() { "objectSid" } else { "primaryGroupID" }, reading);
                continue;
            }
        };
        let sid = entry.sid.as_ref().and_then(Sid::domain).map(|domain| domain.with(part));
        match sid.as_ref().and_then(|sid| by_sid.get(sid)) {
            Some(group) => groups.push((*group, span)),
            None => {
                let text =
                    format!("the primary group `{part}` is not in the file, and its membership is left out");
                fidelity.opaque(span, text);
            }
        }
    }
}

fn incomplete(entry: &Entry, lacking: &str, reading: &mut Reading<'_>) {
    let message = format!("the account `{}` has no `{lacking}`", shown(&entry.name.shown));
    let hint = "without it the primary group of the account is not known; export both attributes";
    let diagnostic = Diagnostic::new(Code::PartialExport, message).label(entry.name_span, "");
    reading.push(diagnostic.hint(hint));
}

/// Takes groups that are in each other for one: whoever is in one of them is in all, and in what each is in.
///
/// Cedar knows no circles, so of the edges between the groups themselves those to a name that comes earlier
/// are kept, from each to each.
fn condense(directory: &Directory, found: &mut Memberships, reading: &mut Reading<'_>) {
    let edges: Vec<Vec<usize>> =
        found.groups.iter().map(|groups| groups.iter().map(|(group, _)| *group).collect()).collect();
    let mut circles = components(&edges);
    if circles.is_empty() {
        return;
    }
    let name = |number: &usize| directory.entries.get(*number).map(|entry| entry.name.key.as_str());
    let mut circle_of: HashMap<usize, usize> = HashMap::new();
    for (at, circle) in circles.iter_mut().enumerate() {
        circle.sort_by(|left, right| name(left).cmp(&name(right)));
        circle_of.extend(circle.iter().map(|group| (*group, at)));
        report(directory, circle, reading);
    }
    // What the groups of a circle are in, the circle itself left out.
    let mut outside: Vec<Vec<(usize, Span)>> = vec![Vec::new(); circles.len()];
    for (group, circle) in &circle_of {
        let groups = found.groups.get(*group).into_iter().flatten();
        let others = groups.filter(|(other, _)| circle_of.get(other) != Some(circle));
        if let Some(outside) = outside.get_mut(*circle) {
            outside.extend(others.copied());
        }
    }
    for (number, groups) in found.groups.iter_mut().enumerate() {
        let own = circle_of.get(&number);
        let span = groups.first().map(|(_, span)| *span);
        let mut all: Vec<(usize, Span)> = match own {
            Some(circle) => {
                let before = circles.get(*circle).into_iter().flatten().take_while(|group| **group != number);
                let before = before.filter_map(|group| Some((*group, span?)));
                before.chain(outside.get(*circle).into_iter().flatten().copied()).collect()
            }
            None => groups.clone(),
        };
        let reached: Vec<(usize, Span)> = all
            .iter()
            .filter(|(group, _)| circle_of.get(group) != own || own.is_none())
            .filter_map(|(group, span)| Some((circles.get(*circle_of.get(group)?)?, *span)))
            .flat_map(|(circle, span)| circle.iter().map(move |group| (*group, span)))
            .collect();
        all.extend(reached);
        all.sort();
        all.dedup_by_key(|(group, _)| *group);
        *groups = all;
    }
    found.circles = circles;
}

fn report(directory: &Directory, circle: &[usize], reading: &mut Reading<'_>) {
    let entries: Vec<&Entry> = circle.iter().filter_map(|number| directory.entries.get(*number)).collect();
    let names: Vec<String> =
        entries.iter().take(8).map(|entry| format!("`{}`", shown(&entry.name.shown))).collect();
    let more = if entries.len() > names.len() { " and others" } else { "" };
    let message = format!("groups are in each other: {}{more}", names.join(", "));
    let mut diagnostic = Diagnostic::new(Code::GroupCycle, message);
    for entry in entries.iter().take(8) {
        diagnostic = diagnostic.label(entry.name_span, "one of them");
    }
    let hint = "whoever is in one of them is taken to be in all; remove one of the memberships";
    reading.push(diagnostic.hint(hint));
}
