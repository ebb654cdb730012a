//! Policy files to policies, each known by its `@id`.

use std::collections::BTreeMap;
use std::ops::Range;

use cedar_policy_core::ast::{self, PolicyID, PolicySet, Template};
use cedar_policy_core::parser::err::ParseErrors;
use cedar_policy_core::parser::{self, Loc};

use super::bundle::{Effect, Policy};
use super::{diagnose, guard};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::Level;
use crate::import::{grouped, limits};
use crate::source::{SourceId, SourceMap, Span};

/// The policies and templates of a bundle.
#[derive(Default)]
pub(super) struct Parsed {
    /// By `@id`.
    pub policies: BTreeMap<String, Policy>,
    /// Cedar's form, under the same ids.
    pub set: PolicySet,
}

/// Reads every policy file; nothing is left out silently.
pub(super) fn parse(sources: &SourceMap, files: &[SourceId], sink: &mut Sink) -> Option<Parsed> {
    let mut parsed = Parsed::default();
    let errors = sink.errors();
    for file in files {
        parse_file(sources, *file, &mut parsed, sink);
    }
    (sink.errors() == errors).then_some(parsed)
}

fn parse_file(sources: &SourceMap, file: SourceId, parsed: &mut Parsed, sink: &mut Sink) {
    let text = sources.get(file).text();
    if !guard::check(file, text, sink) {
        return;
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let sets = match parse_pieces(text, threads.min(text.len() / LEAST)) {
        Ok(sets) => sets,
        Err(errors) => {
            for error in errors.iter() {
                diagnose::push(Code::CedarSyntax, error, file, None, sink);
            }
            return;
        }
    };
    for set in sets {
        let mut templates: Vec<&Template> = set.all_templates().collect();
        templates.sort_by_key(|template| template.loc().map(Loc::start));
        for template in templates {
            let span = span_of(file, template.loc());
            if parsed.policies.len() >= limits::POLICIES {
                sink.push(too_many(span));
                return;
            }
            let Some(id) = checked_id(file, template, span, parsed, sink) else { continue };
            parsed.policies.insert(id.clone(), describe(&id, template, span));
            insert(&set, template, &id, &mut parsed.set);
        }
    }
}

/// More policies than a bundle may have, told once for each file that goes on.
fn too_many(span: Span) -> Diagnostic {
    let limit = grouped(limits::POLICIES);
    Diagnostic::new(Code::Limit, format!("the bundle has more policies than the limit of {limit}"))
        .label(span, "the first that is too many")
}

/// Below this many bytes for each a thread costs more than it saves.
const LEAST: usize = 256 << 10;

/// Parses a text in several pieces at the same time; where one has an error, the whole.
fn parse_pieces(text: &str, count: usize) -> Result<Vec<PolicySet>, ParseErrors> {
    if count > 1 {
        let pieces = split(text, count);
        // Blanks before a piece keep everything in it at its place.
        let parse = |piece: &Range<usize>| {
            let blank = " ".repeat(piece.start);
            parser::parse_policyset(&(blank + text.get(piece.clone()).unwrap_or_default())).ok()
        };
        let sets: Option<Vec<PolicySet>> = guard::map_with_stack(&pieces, 1, parse).into_iter().collect();
        if let Some(sets) = sets {
            return Ok(sets);
        }
    }
    Ok(vec![parser::parse_policyset(text)?])
}

/// Some ranges of about the same size, between whose policies a text can be split.
fn split(text: &str, count: usize) -> Vec<Range<usize>> {
    let share = text.len() / count.max(1);
    let mut ranges = Vec::new();
    let mut start = 0;
    for end in guard::policy_ends(text) {
        if end - start >= share {
            ranges.push(start..end);
            start = end;
        }
    }
    ranges.push(start..text.len());
    ranges
}

/// Where one of Cedar's things stands; the start of the file where Cedar does not say.
pub(super) fn span_of(file: SourceId, loc: Option<&Loc>) -> Span {
    loc.map_or(Span::new(file, 0, 0), |loc| Span::new(file, loc.start(), loc.end()))
}

fn checked_id(
    file: SourceId,
    template: &Template,
    span: Span,
    parsed: &Parsed,
    sink: &mut Sink,
) -> Option<String> {
    let head = Span::new(file, span.start as usize, (span.start as usize + 6).min(span.end as usize));
    let Some(annotation) =
        template.annotations().find(|(key, _)| key.as_ref() == "id").map(|(_, value)| value)
    else {
        sink.push(
            Diagnostic::new(Code::PolicyId, "a policy has no `@id`")
                .label(head, "this policy")
                .hint("write `@id(\"…\")` before it, with a name that no other policy has"),
        );
        return None;
    };
    let id = annotation.val.to_string();
    let at = annotation.loc.as_ref().map_or(head, |loc| span_of(file, Some(loc)));
    if id.is_empty() || id.len() > 256 || id.chars().any(|c| crate::source::is_hidden(c) || c.is_control()) {
        let message = "an `@id` is one to 256 bytes of visible text";
        sink.push(Diagnostic::new(Code::PolicyId, message).label(at, "this id"));
        return None;
    }
    if let Some(first) = parsed.policies.get(&id) {
        sink.push(
            Diagnostic::new(Code::PolicyId, format!("two policies have the `@id` `{id}`"))
                .label(at, "the second")
                .label(first.id_span, "the first")
                .hint("rename one of them"),
        );
        return None;
    }
    Some(id)
}

fn describe(id: &str, template: &Template, span: Span) -> Policy {
    let annotations: BTreeMap<String, String> = template
        .annotations()
        .map(|(key, value)| (AsRef::<str>::as_ref(key).to_owned(), value.val.to_string()))
        .collect();
    let id_span = template
        .annotations()
        .find(|(key, _)| key.as_ref() == "id")
        .and_then(|(_, value)| value.loc.as_ref())
        .map_or(span, |loc| span_of(span.source, Some(loc)));
    let effect = match template.effect() {
        ast::Effect::Permit => Effect::Permit,
        ast::Effect::Forbid => Effect::Forbid,
    };
    Policy {
        id: id.to_owned(),
        effect,
        level: Level::Hard,
        annotations,
        span,
        id_span,
        slots: template.slots().map(|slot| slot.id.to_string()).collect(),
    }
}

fn insert(from: &PolicySet, template: &Template, id: &str, into: &mut PolicySet) {
    let new_id = PolicyID::from_string(id);
    let added = match from.get(template.id()) {
        Some(policy) => into.add(policy.new_id(new_id)).map_err(|_| ()),
        None => into.add_template(template.new_id(new_id)).map_err(|_| ()),
    };
    added.expect("ids are distinct, checked just before");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Role;

    #[test]
    fn t031_policies_end_at_their_limit() {
        let parsed = |count: usize| {
            let mut sources = SourceMap::new();
            let mut sink = Sink::new();
            let policy = |number| format!("@id(\"p{number}\") permit(principal, action, resource);\n");
            let [first, second] =
                [0..count / 2, count / 2..count].map(|range| range.map(policy).collect::<String>());
            let files = [("a.cedar", first), ("b.cedar", second)]
                .map(|(path, text)| sources.add(path, Role::Policy, text));
            (parse(&sources, &files, &mut sink).is_some(), sink.into_sorted())
        };
        assert_eq!(parsed(limits::POLICIES), (true, Vec::new()));
        let (read, found) = parsed(limits::POLICIES + 1);
        assert!(!read);
        assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), [Code::Limit]);
        assert!(found[0].message.contains(&grouped(limits::POLICIES)), "{found:#?}");
        assert_eq!(found[0].labels.len(), 1);
    }

    fn places(sets: &[PolicySet]) -> Vec<(String, Option<std::ops::Range<usize>>)> {
        let mut found: Vec<_> = sets
            .iter()
            .flat_map(PolicySet::all_templates)
            .map(|template| {
                let id = template.annotations().next().unwrap().1.val.to_string();
                (id, template.loc().map(|loc| loc.start()..loc.end()))
            })
            .collect();
        found.sort_by_key(|(_, place)| place.as_ref().map(|place| place.start));
        found
    }

    #[test]
    fn pieces_hold_the_same_policies_at_the_same_places() {
        let mut text = String::from("// a comment; with a semicolon\n");
        for number in 0..50 {
            let note = if number % 7 == 0 { "// not; the end \"\n" } else { "" };
            text.push_str(&format!(
                "@id(\"p{number}\")\n@note(\"; \\\" ü;\") {note}permit(principal, action, resource) when {{ \"a;b\" == \"{{;\" }};\n"
            ));
        }
        let whole = places(&parse_pieces(&text, 1).unwrap());
        for count in [2, 3, 7, 200] {
            let sets = parse_pieces(&text, count).unwrap();
            assert!(sets.len() > 1);
            assert_eq!(places(&sets), whole);
        }
        assert_eq!(whole.len(), 50);
        let wrong = format!("{text} permit(principal); {text}");
        assert_eq!(parse_pieces(&wrong, 3).unwrap_err(), parse_pieces(&wrong, 1).unwrap_err());
    }
}
