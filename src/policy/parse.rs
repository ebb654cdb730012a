//! Policy files to policies, each known by its `@id`.

use std::collections::BTreeMap;

use cedar_policy_core::ast::{self, PolicyID, PolicySet, Template};
use cedar_policy_core::parser::{self, Loc};

use super::bundle::{Effect, Policy};
use super::{diagnose, guard};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::Level;
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
    let set = match parser::parse_policyset(text) {
        Ok(set) => set,
        Err(errors) => {
            for error in errors.iter() {
                diagnose::push(Code::CedarSyntax, error, file, None, sink);
            }
            return;
        }
    };
    let mut templates: Vec<&Template> = set.all_templates().collect();
    templates.sort_by_key(|template| template.loc().map(Loc::start));
    for template in templates {
        let span = span_of(file, template.loc());
        let Some(id) = checked_id(file, template, span, parsed, sink) else { continue };
        parsed.policies.insert(id.clone(), describe(&id, template, span));
        insert(&set, template, &id, &mut parsed.set);
    }
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
