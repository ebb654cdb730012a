//! Plans.

use super::super::plain::{self, Phase, Plain};
use super::super::reading::Reading;
use super::super::{is_json, json, limits, read, values};
use super::fields::{Fields, header};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{
    Node, NodeKind, Order, PhaseDocument, PlainSteps, PlanDocument, StepDocument, Steps, WindowDocument,
};
use crate::source::{SourceId, SourceMap};

const PLAN: &[&str] = &["schema", "id", "title", "docs", "author", "zone", "window", "phases"];
const WINDOW: &[&str] = &["start", "end"];
const PHASE: &[&str] = &["id", "title", "docs", "by", "needs", "order", "steps"];
const STEP: &[&str] = &["id", "title", "docs", "by", "do", "target", "with", "needs"];
const ORDERS: [&str; 2] = ["listed", "any"];

/// Reads a file of kind `countersign.plan/1`.
pub(in crate::import) fn plan(sources: &SourceMap, id: SourceId, sink: &mut Sink) -> Option<PlanDocument> {
    let mut reading = Reading::open(sources, id, sink)?;
    let plan = whole(&mut reading);
    reading.close(plan)
}

fn whole(reading: &mut Reading<'_>) -> Option<PlanDocument> {
    let followed = match is_json(reading) {
        true => {
            values::within_limit(reading)?;
            plain::plan(reading)
        }
        false => None,
    };
    match followed {
        Some((fields, phases, list)) => {
            let root = fields.read(reading, Some(list))?;
            document(reading, root, phases)
        }
        None => read(reading).and_then(|root| document(reading, root, Vec::new())),
    }
}

/// Reads the fields of a plan; `followed` are phases that are not among its nodes.
fn document(reading: &mut Reading<'_>, root: Node, followed: Vec<Phase>) -> Option<PlanDocument> {
    let mut fields = Fields::open(reading, root, "a plan", PLAN)?;
    header(reading, &mut fields, "plan");
    let id = fields.required(reading, "id").and_then(|node| reading.id("id", node));
    let title = fields.take("title").and_then(|node| reading.title("title", node));
    let docs = fields.take("docs").and_then(|node| reading.line("docs", node));
    let author = fields.take("author").and_then(|node| reading.name("author", node));
    let zone = fields.take("zone").and_then(|node| reading.line("zone", node));
    let window = fields.take("window").and_then(|node| window(reading, node));
    let phases = fields.required(reading, "phases");
    let phases = phases.and_then(|node| self::phases(reading, node, followed));
    Some(PlanDocument { span: fields.span, id: id?, title, docs, author, zone, window, phases: phases? })
}

fn window(reading: &mut Reading<'_>, node: Node) -> Option<WindowDocument> {
    let mut fields = Fields::open(reading, node, "a window", WINDOW)?;
    let start = fields.required(reading, "start").and_then(|node| reading.name("start", node));
    let end = fields.required(reading, "end").and_then(|node| reading.name("end", node));
    Some(WindowDocument { span: fields.span, start: start?, end: end? })
}

fn phases(reading: &mut Reading<'_>, node: Node, followed: Vec<Phase>) -> Option<Vec<PhaseDocument>> {
    let span = node.span;
    let items = reading.list("phases", node)?;
    if items.len() > limits::PHASES {
        reading.over_limit(span, &format!("the plan has {} phases", items.len()), limits::PHASES);
        return None;
    }
    let mut phases = Vec::with_capacity(items.len() + followed.len());
    for item in followed {
        let steps = item.steps.tokens.is_empty();
        let node = item.fields.read(reading, Some(item.list))?;
        let steps = if steps { Steps::default() } else { self::followed(reading, item)? };
        phases.extend(phase(reading, node).map(|phase| PhaseDocument { steps, ..phase }));
    }
    phases.extend(items.into_iter().filter_map(|item| phase(reading, item)));
    let steps: usize = phases.iter().map(|phase| phase.steps.len()).sum();
    if steps > limits::STEPS {
        reading.over_limit(span, &format!("the plan has {steps} steps"), limits::STEPS);
    }
    Some(phases)
}

/// The steps of a phase that was followed to its end, those that were not taken among them.
fn followed(reading: &mut Reading<'_>, phase: Phase) -> Option<Steps> {
    let mut others = Vec::with_capacity(phase.others.len());
    let mut complete = true;
    for start in phase.others {
        let node = json::read_value(reading, start)?;
        match step(reading, node) {
            Some(step) => others.push(step),
            None => complete = false,
        }
    }
    // Where one of them is wrong, the file is refused, and nobody looks at the others.
    let Plain { tokens, starts } = phase.steps;
    let steps = PlainSteps::new(reading.source(), reading.shared_text(), tokens, starts, others);
    Some(if complete { Steps::Plain(steps) } else { Steps::default() })
}

fn phase(reading: &mut Reading<'_>, node: Node) -> Option<PhaseDocument> {
    let mut fields = Fields::open(reading, node, "a phase", PHASE)?;
    let id = fields.required(reading, "id").and_then(|node| reading.id("id", node));
    let title = fields.take("title").and_then(|node| reading.title("title", node));
    let docs = fields.take("docs").and_then(|node| reading.line("docs", node));
    let by = fields.take("by").and_then(|node| reading.name("by", node));
    let needs = fields.take("needs").and_then(|node| reading.names("needs", node)).unwrap_or_default();
    let order = fields.take("order").and_then(|node| order(reading, node)).unwrap_or_default();
    let steps = fields.required(reading, "steps").and_then(|node| reading.list("steps", node));
    let steps =
        steps.map(|items| items.into_iter().filter_map(|item| step(reading, item)).collect::<Vec<_>>());
    let steps = steps.map(Steps::from);
    Some(PhaseDocument { span: fields.span, id: id?, title, docs, by, needs, order, steps: steps? })
}

fn order(reading: &mut Reading<'_>, node: Node) -> Option<Order> {
    let word = reading.name("order", node)?;
    match word.value.as_str() {
        "listed" => Some(Order::Listed),
        "any" => Some(Order::Any),
        other => {
            let message = "`order` is neither `listed` nor `any`";
            let other = other.get(..other.len().min(64)).unwrap_or_default();
            let diagnostic = Diagnostic::new(Code::InvalidValue, message).label(word.span, "");
            reading.push(diagnostic.did_you_mean(other, ORDERS));
            None
        }
    }
}

fn step(reading: &mut Reading<'_>, node: Node) -> Option<StepDocument> {
    let mut fields = Fields::open(reading, node, "a step", STEP)?;
    let id = fields.required(reading, "id").and_then(|node| reading.id("id", node));
    let title = fields.take("title").and_then(|node| reading.title("title", node));
    let docs = fields.take("docs").and_then(|node| reading.line("docs", node));
    let by = fields.take("by").and_then(|node| reading.name("by", node));
    let operation = fields.required(reading, "do").and_then(|node| reading.name("do", node));
    let target = fields.required(reading, "target").and_then(|node| reading.name("target", node));
    let with = fields.take("with").and_then(|node| context(reading, node));
    let needs = fields.take("needs").and_then(|node| reading.names("needs", node)).unwrap_or_default();
    Some(StepDocument {
        span: fields.span,
        id: id?,
        title,
        docs,
        by,
        operation: operation?,
        target: target?,
        with,
        needs,
    })
}

fn context(reading: &mut Reading<'_>, node: Node) -> Option<Node> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        reading.wrong_shape("`with`", &node, "a mapping");
        return None;
    }
    reading.check_value(&node);
    Some(node)
}
