//! A plan's document to a plan.

use std::collections::{BTreeSet, HashMap};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::order;
use super::{time, uid, value};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{
    Node, NodeKind, PhaseDocument, PlainStep, PlainUid, PlanDocument, StepDocument, StepOf,
};
use crate::graph::Point;
use crate::model::{
    Action, EntityKind, EntityType, KindId, Named, Phase, Plan, Record, Schema, State, Step, StepSpans,
    TypeName, Uid, Value, uid_of,
};
use crate::parallel::{self, Threads};
use crate::source::{Span, Spanned};

/// Makes a plan of its document; all problems are reported together.
///
/// `operations` are the actions that the catalogue has an entry for.
pub fn plan(
    document: &PlanDocument,
    schema: &Schema,
    operations: &BTreeSet<Uid>,
    estate: &State,
    threads: Threads,
    sink: &mut Sink,
) -> Option<Plan> {
    let errors = sink.errors();
    let ground = Ground { document, schema, operations, estate };
    let count = document.phases.iter().map(|phase| phase.steps.len()).sum();
    let threads = if count < CHUNK { Threads::new(1) } else { threads };
    let mut of_steps = Sink::new();
    let order = || order::order(document, sink);
    let (graph, mut steps) = parallel::both(threads, order, || ground.steps(count, threads, &mut of_steps));
    sink.extend(of_steps);
    let author = author(document, schema, estate, sink);
    let zone_name = document.zone.as_ref();
    let zone = zone_name.map_or(Some(jiff::tz::TimeZone::UTC), |name| time::zone(name, sink));
    let window = document.window.as_ref().and_then(|window| time::window(window, zone.as_ref()?, sink));
    if sink.errors() > errors {
        return None;
    }
    let mut plan = Plan::new(document.id.value.clone(), document.id.span, graph?);
    let phases = order::phases_in_order(document, &plan.graph);
    let mut places = vec![0; phases.len()];
    for (place, number) in phases.iter().enumerate() {
        if let Some(slot) = places.get_mut(*number) {
            *slot = place;
        }
    }
    for (point, step) in &mut steps {
        step.wave = plan.graph.wave(*point) as usize;
        step.phase = places.get(step.phase).copied().unwrap_or_default();
    }
    sort(&mut steps);
    let points = steps.iter().map(|(point, _)| *point).collect();
    plan.steps = steps.into_iter().map(|(_, step)| step).collect();
    plan.place_steps(points);
    plan.title = text(&document.title);
    plan.docs = text(&document.docs);
    plan.author = author;
    plan.zone = zone_name.map_or_else(|| "UTC".to_owned(), |name| name.value.clone());
    plan.window = window;
    plan.phases = phases.iter().filter_map(|number| document.phases.get(*number)).map(phase).collect();
    Some(plan)
}

/// Puts steps into plan order: by wave, ties by address.
///
/// Steps are large, so their places are sorted, and then each step is moved once.
fn sort(steps: &mut [(Point, Step)]) {
    let mut order: Vec<(u32, u32)> = Vec::with_capacity(steps.len());
    for (at, (_, step)) in steps.iter().enumerate() {
        order.push((u32::try_from(step.wave).unwrap_or(u32::MAX), u32::try_from(at).unwrap_or(u32::MAX)));
    }
    let address = |at: u32| steps.get(at as usize).map(|(_, step)| step.address.as_str());
    // Within a wave, steps mostly stand in order.
    order.sort_by_key(|(wave, _)| *wave);
    for wave in order.chunk_by_mut(|(one, _), (other, _)| one == other) {
        wave.sort_by(|(_, one), (_, other)| address(*one).cmp(&address(*other)));
    }
    let mut from: Vec<u32> = order.into_iter().map(|(_, at)| at).collect();
    for start in 0..from.len() {
        let mut here = start;
        // Follows a circle of places: each takes what belongs into it.
        while let Some(next) = from.get(here).map(|next| *next as usize) {
            if let Some(place) = from.get_mut(here) {
                *place = u32::try_from(here).unwrap_or(u32::MAX);
            }
            if next == start || next == here {
                break;
            }
            steps.swap(here, next);
            here = next;
        }
    }
}

fn text(field: &Option<Spanned<String>>) -> Option<String> {
    field.as_ref().map(|field| field.value.clone())
}

fn phase(document: &PhaseDocument) -> Phase {
    Phase {
        id: document.id.value.clone(),
        title: text(&document.title),
        docs: text(&document.docs),
        needs: document.needs.iter().map(|need| need.value.clone()).collect(),
    }
}

fn address(phase: &PhaseDocument, step: &StepDocument) -> String {
    format!("{}/{}", phase.id.value, step.id.value)
}

fn author(document: &PlanDocument, schema: &Schema, estate: &State, sink: &mut Sink) -> Option<Uid> {
    let author = document.author.as_ref()?;
    let uid = uid::read(&author.value, author.span, schema, sink)?;
    if !estate.contains(&uid) && !schema.enumerates(&uid) {
        let known: Vec<String> = estate.uids().map(ToString::to_string).collect();
        let named = uid.to_string();
        sink.push(
            Diagnostic::new(Code::UnknownEntity, format!("unknown author `{}`", author.value))
                .label(author.span, "not in the estate")
                .did_you_mean(&named, known.iter().map(String::as_str)),
        );
        return None;
    }
    Some(uid)
}

/// How many steps a thread looks at before it takes more.
const CHUNK: usize = 1 << 15;

/// What the steps of a document are resolved by.
#[derive(Clone, Copy)]
struct Ground<'a> {
    document: &'a PlanDocument,
    schema: &'a Schema,
    operations: &'a BTreeSet<Uid>,
    estate: &'a State,
}

impl Ground<'_> {
    /// The steps of all phases, in the order of the file; so many there are.
    fn steps(&self, count: usize, threads: Threads, sink: &mut Sink) -> Vec<(Point, Step)> {
        let phases = &self.document.phases;
        let starts: Vec<usize> = phases
            .iter()
            .scan(0, |next, phase| {
                let start = *next;
                *next += phase.steps.len();
                Some(start)
            })
            .collect();
        let of_chunk = |range: Range<usize>| {
            let mut unsaid = Sink::new();
            let mut resolver = Resolver::new(self.schema, self.operations, self.estate);
            let found: Vec<(Point, Step)> = range
                .filter_map(|number| {
                    let phase = starts.partition_point(|start| *start <= number) - 1;
                    let at = number - starts.get(phase)?;
                    let step = phases.get(phase)?.steps.kept(at)?;
                    let step = resolver.kept(phase, phases.get(phase)?, &step, &mut unsaid)?;
                    Some((order::step_point(self.document, number), step))
                })
                .collect();
            (found, unsaid)
        };
        let mut steps = Vec::with_capacity(count);
        parallel::in_chunks(threads, count, CHUNK, of_chunk, |(found, said)| {
            steps.extend(found);
            sink.extend(said);
            ControlFlow::Continue(())
        });
        steps
    }
}

/// How many different contexts are kept, so that steps with the same share it.
const CONTEXTS: usize = 1 << 16;

struct Resolver<'a> {
    schema: &'a Schema,
    operations: &'a BTreeSet<Uid>,
    /// The actions that plain steps do, by name.
    actions: HashMap<String, Known<'a>, RandomState>,
    estate: &'a State,
    /// The entity types of plain steps, by name, with the handles that the estate has for them.
    types: HashMap<String, (Option<KindId>, &'a EntityType), RandomState>,
    /// Who does the steps of a phase, by its number, as it was found last.
    by: Option<(usize, Arc<Named>)>,
    /// Contexts by the name of the action and their text.
    contexts: HashMap<(Uid, String), Value, RandomState>,
}

/// An action, and the context that a plan gives it.
#[derive(Clone)]
struct Known<'a> {
    action: &'a Action,
    uid: Arc<Uid>,
    context: Arc<Record>,
}

impl<'a> Resolver<'a> {
    fn new(schema: &'a Schema, operations: &'a BTreeSet<Uid>, estate: &'a State) -> Self {
        let (actions, types, contexts) = Default::default();
        Self { schema, operations, estate, actions, types, by: None, contexts }
    }

    /// A step as it is kept.
    fn kept(
        &mut self,
        number: usize,
        phase: &PhaseDocument,
        step: &StepOf<'_>,
        sink: &mut Sink,
    ) -> Option<Step> {
        let plain = match step {
            StepOf::Plain(plain) => self.plain(number, phase, plain),
            StepOf::Described(_) => None,
        };
        plain.or_else(|| self.step(number, phase, &step.document(), sink))
    }

    /// A step that is written plainly; nothing where there is something to say of it.
    fn plain(&mut self, number: usize, phase: &PhaseDocument, step: &PlainStep<'_>) -> Option<Step> {
        let (by, principal) = match (step.by, &phase.by) {
            (Some(by), _) => (by.span, self.plain_uid(by)?),
            (None, Some(by)) => (by.span, self.of_phase(number, by)?),
            (None, None) => return None,
        };
        let resource = self.plain_uid(step.target)?;
        let Known { action, uid, context: expected } = self.plain_action(step.operation)?;
        let conforms = action.principals.contains(principal.type_name())
            && action.resources.contains(resource.type_name());
        conforms.then_some(())?;
        let context = self.plain_context(action, &expected, step)?;
        Some(Step {
            address: format!("{}/{}", phase.id.value, step.id.value),
            phase: number,
            title: step.title().map(|title| title.value),
            docs: step.docs().map(|docs| docs.value),
            principal,
            action: uid,
            resource,
            context,
            wave: 0,
            informed: false,
            spans: StepSpans {
                id: step.id.span,
                principal: by,
                action: step.operation.span,
                resource: step.target.span,
                context: step.with.map_or(step.id.span, |(span, _)| span),
            },
        })
    }

    /// A uid as the estate has it, so that it knows its handle and its text is there once.
    fn shared(&self, uid: Uid) -> Arc<Named> {
        let kind = self.estate.kind(uid.type_name());
        let known = kind.and_then(|kind| self.estate.named(kind, uid.id().unescaped()));
        known.unwrap_or_else(|| Arc::new(uid.into()))
    }

    /// Who does the steps of a phase that do not say who does them.
    fn of_phase(&mut self, number: usize, by: &Spanned<String>) -> Option<Arc<Named>> {
        if let Some((_, known)) = self.by.as_ref().filter(|(known, _)| *known == number) {
            return Some(Arc::clone(known));
        }
        let read = self.shared(uid::read(&by.value, by.span, self.schema, &mut Sink::new())?);
        self.by = Some((number, Arc::clone(&read)));
        Some(read)
    }

    fn plain_uid(&mut self, uid: PlainUid<'_>) -> Option<Arc<Named>> {
        let (kind, declared) = match self.types.get(uid.type_name) {
            Some(known) => *known,
            None => {
                let declared = self.schema.type_named(uid.type_name)?;
                let known = (self.estate.kind(&declared.name), declared);
                self.types.insert(uid.type_name.to_owned(), known);
                known
            }
        };
        if let EntityKind::Enumerated(ids) = &declared.kind
            && !ids.contains(uid.id)
        {
            return None;
        }
        let known = kind.and_then(|kind| self.estate.named(kind, uid.id));
        Some(known.unwrap_or_else(|| Arc::new(uid_of(&declared.name, uid.id).into())))
    }

    fn plain_action(&mut self, name: Spanned<&str>) -> Option<Known<'a>> {
        if let Some(known) = self.actions.get(name.value) {
            return Some(known.clone());
        }
        let action = self.action(&name.map(str::to_owned), &mut Sink::new())?;
        let mut context = action.context.clone();
        context.fields.remove("plan");
        let known = Known { action, uid: Arc::new(action.uid.clone()), context: Arc::new(context) };
        self.actions.insert(name.value.to_owned(), known.clone());
        Some(known)
    }

    fn plain_context(&mut self, action: &Action, expected: &Record, step: &PlainStep<'_>) -> Option<Value> {
        let mut unsaid = Sink::new();
        let convert = |entries: &[(Spanned<String>, Node)], whole: Span, unsaid: &mut Sink| {
            value::fields(entries, expected, whole, self.schema, unsaid).map(Value::record)
        };
        let Some((span, _)) = step.with else { return convert(&[], step.span, &mut unsaid) };
        let written = step.with_text()?;
        let key = (action.uid.clone(), written.to_owned());
        if let Some(known) = self.contexts.get(&key) {
            return Some(known.clone());
        }
        let NodeKind::Map(entries) = step.with_node()?.kind else { return None };
        let context = convert(&entries, span, &mut unsaid).filter(|_| unsaid.errors() == 0)?;
        if self.contexts.len() < CONTEXTS {
            self.contexts.insert(key, context.clone());
        }
        Some(context)
    }

    fn step(
        &self,
        number: usize,
        phase: &PhaseDocument,
        step: &StepDocument,
        sink: &mut Sink,
    ) -> Option<Step> {
        let by = step.by.as_ref().or(phase.by.as_ref());
        if by.is_none() {
            let message = format!("nobody does the step `{}`", address(phase, step));
            let hint = "add `by` to the step or to its phase";
            sink.push(Diagnostic::new(Code::NoPrincipal, message).label(step.id.span, "no `by`").hint(hint));
        }
        let principal = by.and_then(|by| uid::read(&by.value, by.span, self.schema, sink));
        let resource = uid::read(&step.target.value, step.target.span, self.schema, sink);
        let action = self.action(&step.operation, sink)?;
        let context = self.context(step, action, sink);
        let (by, principal, resource) = (by?, principal?, resource?);
        self.applies(&principal, &action.principals, by.span, "done by", action, sink)?;
        self.applies(&resource, &action.resources, step.target.span, "done to", action, sink)?;
        Some(Step {
            address: address(phase, step),
            phase: number,
            title: text(&step.title),
            docs: text(&step.docs),
            principal: self.shared(principal),
            action: Arc::new(action.uid.clone()),
            resource: self.shared(resource),
            context: context?,
            wave: 0,
            informed: false,
            spans: StepSpans {
                id: step.id.span,
                principal: by.span,
                action: step.operation.span,
                resource: step.target.span,
                context: step.with.as_ref().map_or(step.id.span, |with| with.span),
            },
        })
    }

    fn action(&self, name: &Spanned<String>, sink: &mut Sink) -> Option<&'a Action> {
        let known =
            || -> Vec<String> { self.operations.iter().map(|uid| self.schema.action_name(uid)).collect() };
        let Some(action) = self.schema.action_named(&name.value) else {
            let known = known();
            sink.push(
                Diagnostic::new(Code::UnknownAction, format!("unknown operation `{}`", name.value))
                    .label(name.span, "not an action of the schema")
                    .did_you_mean(&name.value, known.iter().map(String::as_str)),
            );
            return None;
        };
        if action.principals.is_empty() {
            let message = format!("`{}` is a group of actions, and a step does one action", name.value);
            sink.push(Diagnostic::new(Code::UnknownAction, message).label(name.span, "a group"));
            return None;
        }
        if !self.operations.contains(&action.uid) {
            let message = format!("the catalogue does not say what `{}` changes", name.value);
            let hint = "add an entry to the bundle's operations, with `changes: []` if it changes nothing";
            sink.push(Diagnostic::new(Code::NoOperation, message).label(name.span, "no entry").hint(hint));
            return None;
        }
        Some(action)
    }

    fn applies(
        &self,
        uid: &Uid,
        types: &BTreeSet<TypeName>,
        span: Span,
        role: &str,
        action: &Action,
        sink: &mut Sink,
    ) -> Option<()> {
        if types.contains(uid.type_name()) {
            return Some(());
        }
        let allowed: Vec<String> = types.iter().map(ToString::to_string).collect();
        let name = self.schema.action_name(&action.uid);
        let message = format!("`{name}` cannot be {role} a {}", uid.type_name());
        let label = format!("the schema allows {}", uid::listed(allowed.iter().map(String::as_str)));
        sink.push(Diagnostic::new(Code::InvalidRequest, message).label(span, label));
        None
    }

    fn context(&self, step: &StepDocument, action: &Action, sink: &mut Sink) -> Option<Value> {
        let entries = match &step.with {
            None => &[],
            Some(node) => match &node.kind {
                NodeKind::Map(entries) => entries.as_slice(),
                _ => return None,
            },
        };
        let mut expected = action.context.clone();
        if expected.fields.remove("plan").is_some()
            && let Some((name, _)) = entries.iter().find(|(name, _)| name.value == "plan")
        {
            let message = "`plan` is filled by the program, not by the plan";
            let hint = "leave it out";
            sink.push(
                Diagnostic::new(Code::InvalidRequest, message)
                    .label(name.span, "not yours to say")
                    .hint(hint),
            );
            return None;
        }
        let whole = step.with.as_ref().map_or(step.operation.span, |with| with.span);
        value::fields(entries, &expected, whole, self.schema, sink).map(Value::record)
    }
}
