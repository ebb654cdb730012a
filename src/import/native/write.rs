//! Documents as files of our own kind say them.

use crate::document::{
    EntityDocument, EstateDocument, Node, NodeKind, Order, PhaseDocument, PlanDocument, StepDocument,
    WindowDocument,
};
use crate::source::{Span, Spanned};

/// A mapping that is being written. Its spans mean nothing: it is about to become a text.
struct Mapping {
    span: Span,
    entries: Vec<(Spanned<String>, Node)>,
}

impl Mapping {
    fn new(span: Span) -> Self {
        Self { span, entries: Vec::new() }
    }

    fn set(&mut self, name: &str, kind: NodeKind) {
        let node = Node { span: self.span, kind };
        self.entries.push((Spanned::new(name.to_owned(), self.span), node));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.set(name, NodeKind::String(text.to_owned()));
    }

    fn optional(&mut self, name: &str, text: Option<&Spanned<String>>) {
        if let Some(text) = text {
            self.text(name, &text.value);
        }
    }

    fn list(&mut self, name: &str, items: impl Iterator<Item = Node>) {
        self.set(name, NodeKind::List(items.collect()));
    }

    fn texts(&mut self, name: &str, texts: &[Spanned<String>]) {
        if !texts.is_empty() {
            self.list(name, texts.iter().map(string));
        }
    }

    fn map(&mut self, name: &str, entries: &[(Spanned<String>, Node)]) {
        if !entries.is_empty() {
            self.set(name, NodeKind::Map(entries.to_vec()));
        }
    }

    fn node(self) -> Node {
        Node { span: self.span, kind: NodeKind::Map(self.entries) }
    }
}

fn string(text: &Spanned<String>) -> Node {
    Node { span: text.span, kind: NodeKind::String(text.value.clone()) }
}

fn list(texts: &[Spanned<String>]) -> Option<Node> {
    let span = texts.first()?.span;
    Some(Node { span, kind: NodeKind::List(texts.iter().map(string).collect()) })
}

/// A plan as a file of kind `countersign.plan/1`.
pub(in crate::import) fn plan_node(plan: &PlanDocument) -> Node {
    let mut mapping = Mapping::new(plan.span);
    mapping.text("schema", "countersign.plan/1");
    mapping.text("id", &plan.id.value);
    mapping.optional("title", plan.title.as_ref());
    mapping.optional("docs", plan.docs.as_ref());
    mapping.optional("author", plan.author.as_ref());
    mapping.optional("zone", plan.zone.as_ref());
    if let Some(window) = &plan.window {
        mapping.set("window", self::window(window).kind);
    }
    mapping.list("phases", plan.phases.iter().map(phase));
    mapping.node()
}

fn window(window: &WindowDocument) -> Node {
    let mut mapping = Mapping::new(window.span);
    mapping.text("start", &window.start.value);
    mapping.text("end", &window.end.value);
    mapping.node()
}

fn phase(phase: &PhaseDocument) -> Node {
    let mut mapping = Mapping::new(phase.span);
    mapping.text("id", &phase.id.value);
    mapping.optional("title", phase.title.as_ref());
    mapping.optional("docs", phase.docs.as_ref());
    mapping.optional("by", phase.by.as_ref());
    mapping.texts("needs", &phase.needs);
    if phase.order == Order::Any {
        mapping.text("order", "any");
    }
    mapping.list("steps", phase.steps.iter().map(|own| step(&own)));
    mapping.node()
}

fn step(step: &StepDocument) -> Node {
    let mut mapping = Mapping::new(step.span);
    mapping.text("id", &step.id.value);
    mapping.optional("title", step.title.as_ref());
    mapping.optional("docs", step.docs.as_ref());
    mapping.optional("by", step.by.as_ref());
    mapping.text("do", &step.operation.value);
    mapping.text("target", &step.target.value);
    if let Some(with) = &step.with {
        mapping.set("with", with.kind.clone());
    }
    mapping.texts("needs", &step.needs);
    mapping.node()
}

/// The parts of an estate as one file of kind `countersign.estate/1`; nothing where there is no part.
///
/// A part's `taken` and `source` stay where there is one part. Of an entity that one part describes
/// and another only mentions, the description is written.
pub(in crate::import) fn estate_node<'a>(
    parts: impl IntoIterator<Item = &'a EstateDocument>,
) -> Option<Node> {
    let parts: Vec<&EstateDocument> = parts.into_iter().collect();
    let first = parts.first()?;
    let mut mapping = Mapping::new(Span::new(first.source, 0, 0));
    mapping.text("schema", "countersign.estate/1");
    if let [only] = parts.as_slice() {
        mapping.optional("taken", only.taken.as_ref());
        mapping.optional("source", only.origin.as_ref());
    }
    let circles: Vec<Node> =
        parts.iter().flat_map(|part| &part.circles).filter_map(|circle| list(circle)).collect();
    if !circles.is_empty() {
        mapping.list("circles", circles.into_iter());
    }
    let records = EstateDocument::records(&parts);
    mapping.list("entities", records.iter().map(|record| entity(record)));
    Some(mapping.node())
}

fn entity(entity: &EntityDocument) -> Node {
    let mut mapping = Mapping::new(entity.span);
    mapping.text("uid", &entity.uid.value);
    mapping.texts("parents", &entity.parents);
    mapping.map("attrs", &entity.attributes);
    mapping.map("tags", &entity.tags);
    mapping.node()
}
