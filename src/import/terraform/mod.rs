//! Plans of Terraform and OpenTofu, as `terraform show -json` prints them.

mod address;
mod change;
mod configuration;
mod entities;
mod grant_rules;
mod grants;
mod groups;
mod ids;
mod json;
mod mapping;
mod order;
mod reference;
mod secrets;
mod steps;
mod values;

use super::mapping::section;
use super::reading::Reading;
use super::{Fidelity, Options, PlanParts};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{EstateDocument, PlanDocument};
use crate::source::{Source, SourceId, SourceMap, Span, Spanned};
use change::{Change, unfit};
use configuration::Configuration;
use grants::Grants;
use json::Json;
use mapping::Mapping;
use secrets::Secrets;
use values::{Tag, Tags};

/// What a text is recognised by, wherever it begins: whatever holds one of these may hold secrets.
const MARKS: &[&str] =
    &["\"resource_changes\"", "\"planned_values\"", "\"prior_state\"", "\"terraform_version\""];

/// Says whether a text is, or was, a plan or a state of Terraform.
pub(super) fn recognises(source: &Source) -> bool {
    MARKS.iter().any(|mark| source.text().contains(mark))
}

/// Reads a plan, with the resources that it is about as its estate.
pub(super) fn plan(
    sources: &SourceMap,
    id: SourceId,
    options: &Options,
    sink: &mut Sink,
) -> Option<PlanParts> {
    let mapping = section(sources, options.mapping, "terraform", sink, Mapping::read);
    let by = options.by.map(|by| {
        let text = sources.get(by).text();
        Spanned::new(text.to_owned(), Span::new(by, 0, text.len()))
    });
    let mut reading = Reading::open(sources, id, sink)?;
    // Values may hold any character; those that a reader cannot see are left out of what policies see.
    reading.exempt_range(0..reading.text().len());
    let said = Said { by, mapping: mapping.as_ref().ok().cloned().flatten().unwrap_or_default() };
    let parts = if begins_as_json(&mut reading) { parts(&mut reading, said) } else { None };
    let parts = reading.close(parts)?;
    mapping.is_ok().then_some(parts)
}

/// What the user says about the plan.
struct Said {
    by: Option<Spanned<String>>,
    mapping: Mapping,
}

/// Refuses a file that has something else before the plan.
fn begins_as_json(reading: &mut Reading<'_>) -> bool {
    let begins = super::first_byte(reading.text()) == Some(b'{');
    if !begins {
        let start = reading.text().find(|character: char| !character.is_ascii_whitespace()).unwrap_or(0);
        let at = reading.at(start);
        unfit(reading, at, "the file does not begin with the JSON of a plan");
    }
    begins
}

/// Everything that the parts of the import read.
struct Facts<'j, 't> {
    changes: Vec<Change<'j, 't>>,
    before: Vec<Option<Tags>>,
    after: Vec<Option<Tags>>,
    configuration: Configuration<'j, 't>,
    said: Said,
}

fn parts(reading: &mut Reading<'_>, said: Said) -> Option<PlanParts> {
    let json = json::read(reading)?;
    change::check_plan(reading, &json)?;
    let changes = change::changes(reading, &json);
    one_change_each(reading, &changes);
    let secrets = Secrets::of(&json);
    let configuration = Configuration::of(&json);
    let before = changes.iter().map(|change| before(change, &secrets)).collect();
    let after = changes.iter().map(|change| after(change, &configuration, &secrets)).collect();
    let facts = Facts { changes, before, after, configuration, said };
    let mut fidelity = Fidelity::default();
    left_out(&json, &facts, &mut fidelity);
    let grants = Grants::new(&facts.changes, &facts.configuration, &facts.after);
    let order = order::order(&facts.changes, &facts.configuration, &json);
    if order.dropped > 0 {
        fidelity
            .opaque(head(&json), format!("{} dependencies go in a circle and are left out", order.dropped));
    }
    let built = steps::steps(&facts, &grants, &order, &mut fidelity);
    let id = plan_id(reading, &facts.said.mapping, &json);
    let by = &facts.said.by;
    no_principal(reading, &built, &json);
    let plan = PlanDocument {
        span: head(&json),
        id,
        title: facts.said.mapping.title.clone(),
        docs: None,
        author: facts.said.mapping.author.clone().or_else(|| by.clone()),
        zone: None,
        window: None,
        phases: built.phases,
    };
    let taken =
        json.get("timestamp").and_then(|node| Some(Spanned::new(node.as_text()?.to_owned(), node.span)));
    let entities = entities::entities(&facts, &built.names, &mut fidelity);
    let estate = EstateDocument {
        source: reading.source(),
        taken,
        origin: None,
        circles: Vec::new(),
        plain: None,
        entities,
    };
    Some(PlanParts { plan, estate: Some(estate), fidelity })
}

/// The first key of the plan: where to point for the plan as a whole.
fn head(plan: &Json<'_>) -> Span {
    plan.entries().first().map_or(plan.span, |(key, _)| key.span)
}

fn before(change: &Change<'_, '_>, secrets: &Secrets<'_>) -> Option<Tags> {
    let value = change.before?;
    Some(Tags::of(Some(value), None, change.before_sensitive, secrets, change.span))
}

/// The values after the plan; nothing where the object is gone by then.
///
/// A plan has every attribute of an object, with `null` for those without a value, or says that it is not
/// known. Of one that the configuration gives a value to, and that the plan says neither of, nothing is known.
fn after(
    change: &Change<'_, '_>,
    configuration: &Configuration<'_, '_>,
    secrets: &Secrets<'_>,
) -> Option<Tags> {
    if change.bringing().is_none() && change.after.is_none() {
        return None;
    }
    let mut tags = Tags::of(change.after, change.after_unknown, change.after_sensitive, secrets, change.span);
    let node = configuration.find(&order::place_of(change));
    for name in node.and_then(|node| configuration.configured(node)).unwrap_or_default() {
        let told = change.after.is_some_and(|after| after.entries().iter().any(|(key, _)| key.value == name));
        if change.bringing().is_some() && !told {
            tags.unknown_unless_told(name, change.span);
        }
    }
    Some(tags)
}

/// Refuses two changes of one object.
fn one_change_each(reading: &mut Reading<'_>, changes: &[Change<'_, '_>]) {
    let mut first = std::collections::HashMap::new();
    for change in changes {
        if let Some(span) = first.insert((&change.address.value, &change.deposed), change.address.span) {
            let diagnostic =
                Diagnostic::new(Code::UnfitSource, "two resource changes are about the same object");
            reading.push(diagnostic.label(change.address.span, "the second").label(span, "the first"));
        }
    }
}

/// Says once that nobody is known who applies the plan, rather than for each step.
fn no_principal(reading: &mut Reading<'_>, built: &steps::Built, plan: &Json<'_>) {
    let without =
        built.phases.iter().flat_map(|phase| phase.steps.iter()).filter(|step| step.by.is_none()).count();
    if without > 0 {
        let message = format!(
            "a plan of Terraform does not say who applies it, and {without} of its steps have nobody"
        );
        let hint =
            "give `--by UID`, or a `--mapping` file whose section `terraform` has `by` or `principals`";
        reading.push(Diagnostic::new(Code::NoPrincipal, message).label(head(plan), "").hint(hint));
    }
}

/// The id that the mapping gives, else the name of the file.
fn plan_id(reading: &Reading<'_>, mapping: &Mapping, plan: &Json<'_>) -> Spanned<String> {
    mapping.id.clone().unwrap_or_else(|| {
        let file = reading.path().rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = file.split('.').next().filter(|stem| !stem.is_empty() && *stem != "-");
        Spanned::new(ids::sanitised(stem.unwrap_or("terraform")), head(plan))
    })
}

/// Notes what of the plan has no form here, and what it does not tell.
fn left_out(plan: &Json<'_>, facts: &Facts<'_, '_>, fidelity: &mut Fidelity) {
    for item in plan.list("resource_drift") {
        let address = item.text("address").unwrap_or("a resource");
        fidelity.opaque(item.span, format!("`{address}` has changed outside of Terraform"));
    }
    for item in plan.list("deferred_changes") {
        let change = item.get("resource_change").and_then(|change| change.text("address"));
        let address = change.unwrap_or("a resource");
        fidelity.opaque(item.span, format!("the change of `{address}` is put off to a later plan"));
    }
    for (list, what) in [
        ("action_invocations", "an action is invoked"),
        ("deferred_action_invocations", "an action is put off"),
    ] {
        plan.list(list).iter().for_each(|item| fidelity.opaque(item.span, what));
    }
    for (name, span) in &facts.configuration.locals {
        let text = format!(
            "what the local value `{name}` is made of is not in the plan, so there is no order by it"
        );
        fidelity.unknown(*span, text);
    }
    let mut sensitive = 0;
    for (at, change) in facts.changes.iter().enumerate() {
        let acts = !change.actions.is_empty();
        if acts && !Grants::knows(change.parsed.resource_type()) {
            let group = groups::group(change.parsed.resource_type(), &facts.said.mapping);
            if group == "iam" {
                let address = &change.address.value;
                fidelity.opaque(
                    change.span,
                    format!("what `{address}` permits to whom is not known; its values are"),
                );
            }
        }
        let Some(tags) = facts.after.get(at).and_then(Option::as_ref) else { continue };
        sensitive += tags
            .iter()
            .filter(|(path, tag)| matches!(tag, Tag::Sensitive(_)) && !path.ends_with('*'))
            .count();
        let names = |wanted: fn(&Tag) -> bool| -> Vec<String> {
            let found = tags.iter().filter(|(path, tag)| wanted(tag) && !path.ends_with('*'));
            found.map(|(path, _)| format!("`{path}`")).collect()
        };
        let unknown = names(|tag| matches!(tag, Tag::Unknown(_)));
        if acts && !unknown.is_empty() {
            let text = format!("{} of `{}` when it is applied", some(&unknown), change.address.value);
            fidelity.unknown(change.span, text);
        }
        let hidden = names(|tag| matches!(tag, Tag::Hidden(_)));
        if !hidden.is_empty() {
            let text = format!(
                "{} of `{}`, which hold characters that cannot be seen",
                some(&hidden),
                change.address.value
            );
            fidelity.unknown(change.span, text);
        }
    }
    fidelity.count("sensitive values kept back", sensitive);
}

/// A few names.
fn some(names: &[String]) -> String {
    const MOST: usize = 6;
    let shown = names.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(MOST) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}
