//! Answers for people.

use super::super::conditions::{Words, named_rights, named_uids, undecided};
use super::super::ground::Ground;
use crate::model::{Schema, Uid};
use crate::report::render::{Naming, Paint, Style, Verbosity, counted, wrap};
use crate::who_can::{Answer, Question, Reasons, Way, WhyNot};

/// How many names a line shows where not all are asked for.
const MOST_NAMES: usize = 8;

/// Everybody who may.
pub(super) fn answer(ground: &Ground, question: &Question, answer: &Answer, style: &Style) -> String {
    let schema = ground.bundle.schema();
    let of_ways =
        answer.ways.iter().flat_map(|way| way.principals.iter().chain(way.reasons.paths.iter().flatten()));
    let uids: Vec<String> =
        of_ways.chain(answer.unclear.values().flatten()).map(ToString::to_string).collect();
    let words = Words { naming: Naming::of(uids.iter().map(String::as_str)), schema, style };
    let number: usize = answer.ways.iter().map(|way| way.principals.len()).sum();
    let asked = format!("{} on {}", action(question, schema, style), uid(&question.resource, style));
    let considered = counted(answer.considered, "principal");
    let head = match number {
        0 => format!("nobody may do {asked} ({considered} asked)"),
        _ => format!("{number} of {considered} may do {asked}"),
    };
    let mut text = line(&head, Paint::Strong, style);
    text.push_str(&assumed(question, style));
    for forbid in &answer.for_nobody {
        text.push_str(&forbids(ground, forbid, "denies it to everybody", &words));
    }
    for way in &answer.ways {
        text.push('\n');
        text.push_str(&one_way(ground, way, &words));
    }
    for (why, principals) in &answer.unclear {
        let who = names(principals, &words);
        text.push('\n');
        text.push_str(&line(
            &format!("it cannot be said for {who}: {}", style.shown(why)),
            Paint::Doubtful,
            style,
        ));
    }
    text
}

/// How it stands with one principal.
pub(super) fn standing(
    ground: &Ground,
    question: &Question,
    who: &Uid,
    found: &WhyNot,
    style: &Style,
) -> String {
    let schema = ground.bundle.schema();
    let alternatives = found.would_permit.as_deref().unwrap_or_default();
    let paths = found.may.iter().flat_map(|may| &may.paths).flatten();
    let mut uids: Vec<String> = paths.chain([who]).map(ToString::to_string).collect();
    uids.extend(named_uids(alternatives));
    let words = Words { naming: Naming::of(uids.iter().map(String::as_str)), schema, style };
    let asked = format!("do {} on {}", action(question, schema, style), uid(&question.resource, style));
    let name = uid(who, style);
    let head = match (&found.may, &found.unclear) {
        (Some(_), _) => format!("{name} may {asked}"),
        (None, Some(_)) => format!("it cannot be said whether {name} may {asked}"),
        (None, None) => format!("{name} may not {asked}"),
    };
    let mut text = line(&head, Paint::Strong, style);
    text.push_str(&assumed(question, style));
    if let Some(reasons) = &found.may {
        text.push_str(&because(ground, reasons, &words, Some(who)));
    }
    if let Some(why) = &found.unclear {
        text.push_str(&beside(&style.shown(why), style));
    }
    for forbid in &found.forbids {
        text.push_str(&forbids(ground, forbid, "applies", &words));
    }
    if found.no_permit {
        let would = match &found.would_permit {
            Ok(none) if none.is_empty() => "no permit of the bundle can apply here, whoever asks".to_owned(),
            Ok(some) => format!("no permit applies; one would with {}", words.alternatives(some)),
            Err(why) => format!("no permit applies; what would do {}", undecided(why, style)),
        };
        text.push_str(&beside(&would, style));
    }
    text
}

/// A forbid with its remedy.
fn forbids(ground: &Ground, id: &str, verb: &str, words: &Words<'_>) -> String {
    let style = words.style;
    let says = words.says(&ground.bundle, id);
    let text = beside(&format!("the forbid `{}` {verb}: {says}", style.shown(id)), style);
    match ground.bundle.policy_of(id).and_then(|policy| policy.annotation("remedy")) {
        Some(remedy) => text + &beside(&format!("help: {}", style.shown(remedy)), style),
        None => text,
    }
}

fn one_way(ground: &Ground, way: &Way, words: &Words<'_>) -> String {
    let who = match way.principals.as_slice() {
        [one] => words.uid(one),
        many => format!("{}: {}", counted(many.len(), "principal"), names(many, words)),
    };
    line(&who, Paint::Good, words.style)
        + &because(ground, &way.reasons, words, way.principals.first().filter(|_| way.principals.len() == 1))
}

/// The permits, the memberships and the conditions.
fn because(ground: &Ground, reasons: &Reasons, words: &Words<'_>, who: Option<&Uid>) -> String {
    let style = words.style;
    let mut text = String::new();
    let arrow = if style.unicode { " → " } else { " -> " };
    for path in reasons.paths.iter().filter(|path| !path.is_empty()) {
        let names = who.into_iter().chain(path).map(|uid| words.uid(uid)).collect::<Vec<_>>();
        let start = if who.is_some() { String::new() } else { format!("each{arrow}") };
        text.push_str(&beside(&format!("{start}{}", names.join(arrow)), style));
    }
    for condition in &reasons.conditions {
        text.push_str(&beside(&format!("`{}`", style.shown(condition)), style));
    }
    let rights: Vec<String> = named_rights(&ground.bundle, &reasons.permits)
        .into_iter()
        .map(|right| style.shown(right).into_owned())
        .collect();
    let permits: Vec<String> = reasons.permits.iter().map(|id| format!("`{}`", style.shown(id))).collect();
    let rights = if rights.is_empty() { String::new() } else { format!(" (right: {})", rights.join(", ")) };
    let noun = if permits.len() == 1 { "permit" } else { "permits" };
    text + &beside(&format!("by the {noun} {}{rights}", permits.join(", ")), style)
}

/// Names with commas; all of them only where that is asked for.
fn names(principals: &[Uid], words: &Words<'_>) -> String {
    let all = words.style.verbosity == Verbosity::Verbose || principals.len() <= MOST_NAMES + 1;
    let most = if all { principals.len() } else { MOST_NAMES };
    let mut names: Vec<String> = principals.iter().take(most).map(|uid| words.uid(uid)).collect();
    if most < principals.len() {
        names.push(format!("{} more", principals.len() - most));
    }
    names.join(", ")
}

fn assumed(question: &Question, style: &Style) -> String {
    match question.assumed.as_slice() {
        [] => String::new(),
        clauses => {
            let clauses: Vec<_> = clauses.iter().map(|clause| style.shown(clause).into_owned()).collect();
            line(&format!("assumed: {}", clauses.join("; ")), Paint::Faint, style)
        }
    }
}

fn action(question: &Question, schema: &Schema, style: &Style) -> String {
    style.shown(&schema.action_name(&question.action)).into_owned()
}

/// An entity by itself, its type with it.
fn uid(uid: &Uid, style: &Style) -> String {
    let text = uid.to_string();
    let short = text.split_once("::\"").map_or(text.as_str(), |(name, _)| {
        let namespace = name.rfind("::").map_or(0, |at| at + 2);
        text.get(namespace..).unwrap_or(&text)
    });
    style.shown(short).into_owned()
}

fn line(text: &str, paint: Paint, style: &Style) -> String {
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(2));
    let next = format!("\n{} ", style.gutter());
    let painted: Vec<String> = wrap(text, width).iter().map(|line| style.paint(paint, line)).collect();
    painted.join(&next) + "\n"
}

/// A remark, indented.
fn beside(text: &str, style: &Style) -> String {
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(4));
    let lines = wrap(text, width);
    let gutter = |at: usize| if at == 0 { "  " } else { style.gutter() };
    lines.iter().enumerate().map(|(at, line)| format!("{:<4}{line}\n", gutter(at))).collect()
}
