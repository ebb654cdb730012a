//! The parts that remedies are made of, and how they change a plan's document.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::document::{Node, NodeKind, Order, PhaseDocument, PlanDocument, StepDocument};
use crate::model::{Edit, Schema, Uid, Value};
use crate::source::{Span, Spanned};

/// One change to a plan, or to the estate that it begins in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Somebody else does the step.
    Principal {
        /// The address of the step.
        step: String,
        /// The principal.
        by: Uid,
    },
    /// A step comes in before another one.
    Insert(Box<Insertion>),
    /// A step waits for another one.
    Edge {
        /// The address of the step that comes first.
        before: String,
        /// The address of the step that gets the dependency.
        after: String,
    },
    /// A step waits for another one no longer, and the other for it instead.
    Reverse {
        /// The address of the step that comes first from now on.
        before: String,
        /// The address of the step that waits from now on.
        after: String,
        /// The need that goes: of a phase, or of a step by its address.
        of: String,
        /// The name by which that phase or step needs it.
        need: String,
    },
    /// A field of the step's context gets a value, or goes.
    Context {
        /// The address of the step.
        step: String,
        /// The field.
        field: String,
        /// Its value; without one the field is left out.
        value: Option<Value>,
    },
    /// The step is done to something else.
    Target {
        /// The address of the step.
        step: String,
        /// The resource.
        target: Uid,
    },
    /// The world before the plan is another one: these edits, made together.
    Estate(Vec<Edit>),
    /// People approve the plan.
    Approval {
        /// As many as it takes.
        by: Vec<Uid>,
        /// Everybody found whose approval counts as well, these included.
        among: Vec<Uid>,
    },
    /// The plan runs at another time.
    Time {
        /// An instant at which the step is allowed.
        at: Timestamp,
        /// The end of the plan's window, where the instant is its beginning.
        until: Option<Timestamp>,
        /// The zone that the plan speaks of.
        zone: String,
    },
    /// Changes of which none does without the others, in this order.
    Together(Vec<Change>),
}

/// A step that is not in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// The address of the step that it comes right before.
    pub before: String,
    /// Its id in the phase of that step.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// The principal.
    pub by: Uid,
    /// The operation.
    pub action: Uid,
    /// The resource.
    pub target: Uid,
    /// The context.
    pub with: BTreeMap<String, Value>,
}

impl Insertion {
    /// Its address in the plan.
    pub fn address(&self) -> String {
        let phase = self.before.split_once('/').map_or("", |(phase, _)| phase);
        format!("{phase}/{}", self.id)
    }
}

/// The document with the changes that are about the plan; nothing where one of them has no place in it.
pub(super) fn changed(document: &PlanDocument, changes: &[Change], schema: &Schema) -> Option<PlanDocument> {
    let mut document = document.clone();
    for change in changes {
        change.make(&mut document, schema)?;
    }
    Some(document)
}

impl Change {
    /// The change, or those that it is made of.
    pub(super) fn parts(&self) -> &[Change] {
        match self {
            Change::Together(changes) => changes,
            single => std::slice::from_ref(single),
        }
    }

    fn make(&self, document: &mut PlanDocument, schema: &Schema) -> Option<()> {
        match self {
            Change::Principal { step, by } => {
                let (_, step) = find(document, step)?;
                step.by = Some(Spanned::new(short(schema, by), step.span));
            }
            Change::Insert(insertion) => insertion.make(document, schema)?,
            Change::Edge { before, after } => add_need(document, before, after)?,
            Change::Reverse { before, after, of, need } => {
                remove_need(document, of, need)?;
                add_need(document, before, after)?;
            }
            Change::Context { step, field, value } => {
                let (_, step) = find(document, step)?;
                let span = step.span;
                let entries = match step.with.take().map(|with| with.kind) {
                    Some(NodeKind::Map(entries)) => entries,
                    _ => Vec::new(),
                };
                let entries = with_field(entries, field, value.as_ref(), span, schema);
                step.with = Some(Node { span, kind: NodeKind::Map(entries) });
            }
            Change::Target { step, target } => {
                let (_, step) = find(document, step)?;
                step.target = Spanned::new(short(schema, target), step.target.span);
            }
            Change::Together(changes) => {
                for change in changes {
                    change.make(document, schema)?;
                }
            }
            Change::Estate(_) | Change::Approval { .. } | Change::Time { .. } => {}
        }
        Some(())
    }
}

/// The entries with a field changed in place, added at the end, or left out.
fn with_field(
    mut entries: Vec<(Spanned<String>, Node)>,
    field: &str,
    value: Option<&Value>,
    span: Span,
    schema: &Schema,
) -> Vec<(Spanned<String>, Node)> {
    match value {
        None => entries.retain(|(name, _)| name.value != field),
        Some(value) => {
            let value = node(value, span, schema);
            match entries.iter_mut().find(|(name, _)| name.value == field) {
                Some((_, slot)) => *slot = value,
                None => entries.push((Spanned::new(field.to_owned(), span), value)),
            }
        }
    }
    entries
}

impl Insertion {
    fn make(&self, document: &mut PlanDocument, schema: &Schema) -> Option<()> {
        let (phase, before) = self.before.split_once('/')?;
        let phase = document.phases.iter_mut().find(|found| found.id.value == phase)?;
        let steps = phase.steps.make_mut();
        let position = steps.iter().position(|step| step.id.value == before)?;
        let by_phase = phase.by.as_ref().map(|by| by.value.clone());
        let next = steps.get_mut(position)?;
        let span = next.span;
        let text = |text: String| Spanned::new(text, span);
        let new = StepDocument {
            span,
            id: text(self.id.clone()),
            title: self.title.clone().map(text),
            docs: None,
            by: Some(text(short(schema, &self.by))).filter(|by| by_phase.as_ref() != Some(&by.value)),
            operation: text(schema.action_name(&self.action)),
            target: text(short(schema, &self.target)),
            with: self.context(span, schema),
            needs: next.needs.clone(),
        };
        if phase.order == Order::Any {
            next.needs.push(text(self.id.clone()));
        }
        steps.insert(position, new);
        Some(())
    }

    fn context(&self, span: Span, schema: &Schema) -> Option<Node> {
        let entries = self.with.iter();
        let entries =
            entries.map(|(name, value)| (Spanned::new(name.clone(), span), node(value, span, schema)));
        (!self.with.is_empty()).then(|| Node { span, kind: NodeKind::Map(entries.collect()) })
    }
}

/// A step with its phase.
pub(super) fn find<'a>(
    document: &'a mut PlanDocument,
    address: &str,
) -> Option<(String, &'a mut StepDocument)> {
    let (phase, id) = address.split_once('/')?;
    let found: &mut PhaseDocument = document.phases.iter_mut().find(|found| found.id.value == phase)?;
    Some((phase.to_owned(), found.steps.make_mut().iter_mut().find(|step| step.id.value == id)?))
}

/// The name by which one step needs another: its id within the phase, else its address.
pub(super) fn need_name(before: &str, after: &str) -> String {
    match (before.split_once('/'), after.split_once('/')) {
        (Some((phase, id)), Some((other, _))) if phase == other => id.to_owned(),
        _ => before.to_owned(),
    }
}

fn add_need(document: &mut PlanDocument, before: &str, after: &str) -> Option<()> {
    let (_, step) = find(document, after)?;
    let name = need_name(before, after);
    step.needs.push(Spanned::new(name, step.span));
    Some(())
}

fn remove_need(document: &mut PlanDocument, of: &str, need: &str) -> Option<()> {
    let needs = match of.contains('/') {
        true => &mut find(document, of)?.1.needs,
        false => &mut document.phases.iter_mut().find(|phase| phase.id.value == of)?.needs,
    };
    let position = needs.iter().position(|found| found.value == need)?;
    needs.remove(position);
    Some(())
}

/// A uid as the user would write it: without the bundle's namespace.
pub(super) fn short(schema: &Schema, uid: &Uid) -> String {
    let text = uid.to_string();
    let prefix = format!("{}::", schema.namespace);
    match text.strip_prefix(&prefix) {
        Some(short) if !schema.namespace.is_empty() => short.to_owned(),
        _ => text,
    }
}

/// A value as a plan's file writes it.
pub(super) fn node(value: &Value, span: Span, schema: &Schema) -> Node {
    let text = |text: String| NodeKind::String(text);
    let kind = match value {
        Value::Bool(value) => NodeKind::Bool(*value),
        Value::Long(value) => NodeKind::Integer(*value),
        Value::String(value) => text(value.to_string()),
        Value::Entity(uid) => text(short(schema, uid)),
        Value::Set(elements) => {
            NodeKind::List(elements.iter().map(|element| node(element, span, schema)).collect())
        }
        Value::Record(fields) => {
            let fields = fields.iter();
            NodeKind::Map(
                fields
                    .map(|(name, field)| (Spanned::new(name.clone(), span), node(field, span, schema)))
                    .collect(),
            )
        }
        Value::Extension(extension) => text(extension.text.to_string()),
        Value::Unknown => {
            let unknown = Node { span, kind: NodeKind::Bool(true) };
            NodeKind::Map(vec![(Spanned::new("__unknown".to_owned(), span), unknown)])
        }
    };
    Node { span, kind }
}
