//! A remedy as a change to the user's own text, shown as a unified diff.

use similar::TextDiff;

use super::change::{Change, Insertion, find, need_name, node, short};
use super::seek::Remedies;
use super::text_edit::{Texts, flow, scalar};
use super::trial::Question;
use crate::diagnostic::Sink;
use crate::document::{Node, NodeKind, Order, PhaseDocument, StepDocument};
use crate::import;
use crate::model::StepId;
use crate::source::{Role, SourceId, SourceMap, hidden_characters};

/// The first remedy of a plan that its text can be changed by.
#[derive(Clone, Debug)]
pub struct Patched {
    /// The step that it mends.
    pub step: StepId,
    /// Its position among the remedies of the step.
    pub number: usize,
    /// The unified diff.
    pub diff: String,
}

/// Changes the plan's text by the first remedy that fits into it, and judges the changed text again.
///
/// The text is edited in place, so comments, order and style stay. Where the edited text does not
/// read as the same remedy, the next one is tried; so it is where characters that hide themselves
/// would be a part of the diff, which is printed as it is.
pub fn patch(
    question: &Question<'_>,
    sources: &SourceMap,
    source: SourceId,
    found: &[Remedies],
) -> Option<Patched> {
    let old = sources.get(source);
    found.iter().find_map(|of_step| {
        of_step.remedies.iter().enumerate().find_map(|(number, remedy)| {
            let new = edited_by_all(question, sources, source, remedy.change.parts())?;
            is_sound(question, sources, old.path(), &new, of_step.step).then_some(())?;
            let diff = diff(old.path(), old.text(), &new);
            diff.lines().all(|line| hidden_characters(line).next().is_none()).then_some(())?;
            Some(Patched { step: of_step.step, number, diff })
        })
    })
}

fn diff(path: &str, old: &str, new: &str) -> String {
    let (before, after) = match path {
        "-" => ("a/plan".to_owned(), "b/plan".to_owned()),
        path if path.starts_with('/') => (path.to_owned(), path.to_owned()),
        path => (format!("a/{path}"), format!("b/{path}")),
    };
    TextDiff::from_lines(old, new).unified_diff().context_radius(3).header(&before, &after).to_string()
}

/// Reads the edited text and judges it.
fn is_sound(question: &Question<'_>, sources: &SourceMap, path: &str, text: &str, step: StepId) -> bool {
    let mut sources = sources.clone();
    let source = sources.add(path, Role::Plan, text);
    let imported = import::plan(&sources, source, &import::Options::default(), &mut Sink::new());
    let trial =
        imported.and_then(|imported| question.judge_document(&imported.plan, question.estate.clone()));
    trial.is_some_and(|trial| question.mends(&trial, &question.plan.step(step).address))
}

/// The text with changes made one after the other; nothing where there is no place for one of them.
fn edited_by_all(
    question: &Question<'_>,
    sources: &SourceMap,
    source: SourceId,
    changes: &[Change],
) -> Option<String> {
    let path = sources.get(source).path();
    let (first, others) = changes.split_first()?;
    let mut text = edited(question, sources.get(source).text(), first)?;
    for change in others {
        let mut sources = SourceMap::new();
        let source = sources.add(path, Role::Plan, text.as_str());
        let read = import::plan(&sources, source, &import::Options::default(), &mut Sink::new())?;
        text = edited(&Question { document: &read.plan, ..*question }, &text, change)?;
    }
    Some(text)
}

/// The text with a change; nothing where there is no place for it.
fn edited(question: &Question<'_>, text: &str, change: &Change) -> Option<String> {
    let schema = question.bundle.schema();
    let mut document = question.document.clone();
    let mut texts = Texts::new(text);
    match change {
        Change::Principal { step, by } => {
            let (_, step) = find(&mut document, step)?;
            let by = short(schema, by);
            match &step.by {
                Some(old) => texts.replace(old.span.range(), &texts.like(old.span.range(), &by)),
                None => texts.add_field(step, "by", &scalar(&by), &flow_text(&by))?,
            }
        }
        Change::Insert(insertion) => insert(question, &mut texts, insertion)?,
        Change::Edge { before, after } => add_need(&mut texts, find(&mut document, after)?.1, before, after)?,
        Change::Reverse { before, after, of, need } => {
            let needs = match of.contains('/') {
                true => &find(&mut document, of)?.1.needs,
                false => &document.phases.iter().find(|phase| phase.id.value == *of)?.needs,
            };
            texts.remove_item(needs, needs.iter().position(|found| found.value == *need)?)?;
            add_need(&mut texts, find(&mut document, after)?.1, before, after)?;
        }
        Change::Context { step, field, value } => {
            let (_, step) = find(&mut document, step)?;
            let value = value.as_ref().map(|value| flow(&node(value, step.span, schema)));
            set_field(&mut texts, step, field, value.as_deref())?;
        }
        Change::Target { step, target } => {
            let (_, step) = find(&mut document, step)?;
            let old = step.target.span.range();
            texts.replace(old.clone(), &texts.like(old, &short(schema, target)));
        }
        Change::Estate(_) | Change::Approval { .. } | Change::Time { .. } | Change::Together(_) => {
            return None;
        }
    }
    texts.finish()
}

fn flow_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn set_field(texts: &mut Texts<'_>, step: &StepDocument, field: &str, value: Option<&str>) -> Option<()> {
    let Some(Node { span, kind: NodeKind::Map(entries) }) = &step.with else {
        let with = format!("{{ {}: {} }}", flow_text(field), value?);
        return texts.add_field(step, "with", &with, &with);
    };
    let known = entries.iter().position(|(name, _)| name.value == field);
    match (known, value) {
        (Some(at), Some(value)) => {
            let (_, old) = entries.get(at)?;
            texts.replace(old.span.range(), value);
            Some(())
        }
        (None, Some(value)) => texts.add_entry(span.range(), entries, field, value),
        (Some(at), None) => texts.remove_entry(entries, at),
        (None, None) => None,
    }
}

fn add_need(texts: &mut Texts<'_>, step: &StepDocument, before: &str, after: &str) -> Option<()> {
    let name = need_name(before, after);
    match step.needs.last() {
        Some(last) => texts.add_item(last.span.range(), &scalar(&name), &flow_text(&name)),
        None => {
            let list = format!("[{}]", flow_text(&name));
            texts.add_field(step, "needs", &format!("[{}]", scalar(&name)), &list)
        }
    }
}

/// Writes a step before another one, in the other's style.
fn insert(question: &Question<'_>, texts: &mut Texts<'_>, insertion: &Insertion) -> Option<()> {
    let (phase, id) = insertion.before.split_once('/')?;
    let phase: &PhaseDocument = question.document.phases.iter().find(|found| found.id.value == phase)?;
    let next = phase.steps.iter().find(|step| step.id.value == id)?;
    let fields = fields(question, phase, &next, insertion);
    match texts.is_flow(next.span.range()) {
        true => {
            let fields: Vec<String> =
                fields.iter().map(|(name, _, flow)| format!("{}: {flow}", flow_text(name))).collect();
            texts.insert(next.span.range().start, &format!("{{ {} }}, ", fields.join(", ")));
        }
        false => {
            let (start, indent) = texts.item_start(next.span.range().start)?;
            let lines = fields.iter().enumerate().map(|(at, (name, block, _))| {
                let mark = if at == 0 { "- " } else { "  " };
                format!("{indent}{mark}{name}: {block}\n")
            });
            let lines: String = lines.collect();
            texts.insert(start, &lines);
        }
    }
    match phase.order {
        Order::Listed => Some(()),
        Order::Any => add_need(texts, &next, &insertion.address(), &insertion.before),
    }
}

/// The fields of a new step: name, value in block style, value in flow style.
fn fields(
    question: &Question<'_>,
    phase: &PhaseDocument,
    next: &StepDocument,
    insertion: &Insertion,
) -> Vec<(&'static str, String, String)> {
    let schema = question.bundle.schema();
    let text = |name: &'static str, text: &str| (name, scalar(text), flow_text(text));
    let by = short(schema, &insertion.by);
    let mut fields = vec![text("id", &insertion.id)];
    fields.extend(insertion.title.as_ref().map(|title| text("title", title)));
    if phase.by.as_ref().map(|by| &by.value) != Some(&by) {
        fields.push(text("by", &by));
    }
    fields.push(text("do", &schema.action_name(&insertion.action)));
    fields.push(text("target", &short(schema, &insertion.target)));
    if !insertion.with.is_empty() {
        let entries = insertion.with.iter();
        let entries = entries
            .map(|(name, value)| format!("{}: {}", flow_text(name), flow(&node(value, next.span, schema))));
        let with = format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "));
        let plain = insertion.with.iter();
        let plain =
            plain.map(|(name, value)| format!("{}: {}", scalar(name), flow(&node(value, next.span, schema))));
        fields.push(("with", format!("{{ {} }}", plain.collect::<Vec<_>>().join(", ")), with));
    }
    if !next.needs.is_empty() {
        let needs: Vec<String> = next.needs.iter().map(|need| flow_text(&need.value)).collect();
        let list = format!("[{}]", needs.join(", "));
        fields.push(("needs", list.clone(), list));
    }
    fields
}
