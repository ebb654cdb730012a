//! The parts of an estate to one estate.

mod circles;
mod dangling;
mod plain;
mod record;

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Account, EntityDocument, EstateDocument, PlainEntity};
use crate::graph::{Point, shortest_cycle};
use crate::model::{
    BadHierarchy, Entity, EntityId, Estate, EstateBuilder, MAX_DEPTH, MAX_PAIRS, Schema, Uid,
};
use crate::source::Span;

use super::uid;

/// Makes one estate of its parts; all problems are reported together.
///
/// Records that are written plainly are converted straight into the estate. Where one of them cannot
/// be, it is converted like any other record, which says why.
pub fn estate(documents: &[EstateDocument], schema: &Schema, sink: &mut Sink) -> Option<Estate> {
    let errors = sink.errors();
    let mut gathering = Gathering::new(documents, schema);
    let mut kinds = plain::Kinds::new(schema);
    gathering.join(sink);
    let mut number = 0;
    let mut mentioned: Vec<(usize, &EntityDocument)> = Vec::new();
    for document in documents {
        for entity in document.plain.iter().flat_map(|plain| plain.iter()) {
            if gathering.plain(number, entity, &mut kinds).is_none() {
                let whole = entity.document().expect("a record that was taken has all its tokens");
                gathering.described(number, &whole, sink);
            }
            number += 1;
        }
        for entity in &document.entities {
            match entity.account {
                Account::Described => gathering.described(number, entity, sink),
                Account::Mentioned => mentioned.push((number, entity)),
                Account::Joined => {}
            }
            number += 1;
        }
    }
    mentioned.into_iter().for_each(|(number, entity)| gathering.described(number, entity, sink));
    gathering.joined_to_nothing(sink);
    dangling::report(&gathering, sink);
    let circles = circles::circles(&mut gathering, sink);
    let taken = super::time::latest_snapshot(documents, sink);
    if sink.errors() > errors {
        return None;
    }
    let state = gathering.finish(sink)?;
    Some(Estate { state, taken, circles })
}

/// The records of an estate while they are gathered; they are numbered in the order of the parts.
struct Gathering<'a> {
    documents: &'a [EstateDocument],
    schema: &'a Schema,
    builder: EstateBuilder,
    /// The number of each handle's record, counted from 1; 0 where it has none.
    records: Vec<u32>,
    parents: Vec<EntityId>,
    /// The parents that other records add to an entity.
    joined: HashMap<EntityId, Vec<&'a EntityDocument>>,
}

impl<'a> Gathering<'a> {
    fn new(documents: &'a [EstateDocument], schema: &'a Schema) -> Self {
        let (records, parents, joined) = (Vec::new(), Vec::new(), HashMap::new());
        Self { documents, schema, builder: EstateBuilder::new(), records, parents, joined }
    }

    /// Notes which records add parents to others.
    fn join(&mut self, sink: &mut Sink) {
        let documents: &'a [EstateDocument] = self.documents;
        let entities = documents.iter().flat_map(|document| &document.entities);
        for entity in entities.filter(|entity| entity.account == Account::Joined) {
            if let Some(uid) = uid::read(&entity.uid.value, entity.uid.span, self.schema, sink) {
                let id = self.builder.id_of(&uid);
                self.joined.entry(id).or_default().push(entity);
            }
        }
    }

    /// Reports whatever gets parents and is described nowhere.
    fn joined_to_nothing(&self, sink: &mut Sink) {
        let unknown = self.joined.iter().filter(|(id, _)| self.record_of(**id).is_none());
        let mut unknown: Vec<&EntityDocument> = unknown.flat_map(|(_, all)| all.iter().copied()).collect();
        unknown.sort_by_key(|entity| (entity.uid.value.as_str(), entity.uid.span.start));
        for entity in unknown {
            let message = format!("`{}` is not in the estate", entity.uid.value);
            let hint = "give the file that describes it with `--estate` as well";
            sink.push(
                Diagnostic::new(Code::UnknownEntity, message).label(entity.uid.span, "a member").hint(hint),
            );
        }
    }

    /// Takes a record that is written plainly and conforms; nothing where there is more to say of it.
    fn plain(&mut self, number: usize, entity: PlainEntity<'_>, kinds: &mut plain::Kinds<'a>) -> Option<()> {
        let mut pieces = entity.pieces();
        let (kind, id) = kinds.uid(pieces.uid()?, &mut self.builder)?;
        if self.record_of(id).is_some() || self.joined.contains_key(&id) {
            return None;
        }
        self.parents.clear();
        kinds.record(kind, &mut pieces, &mut self.builder, &mut self.parents)?;
        self.note(id, number);
        self.builder.end(id, &mut self.parents);
        Some(())
    }

    fn record_of(&self, id: EntityId) -> Option<usize> {
        let number = self.records.get(id.position()).copied().filter(|number| *number > 0)?;
        Some(number as usize - 1)
    }

    fn note(&mut self, id: EntityId, number: usize) {
        let size = self.builder.named().max(self.records.len());
        self.records.resize(size, 0);
        if let Some(slot) = self.records.get_mut(id.position()) {
            *slot = u32::try_from(number + 1).unwrap_or(u32::MAX);
        }
    }

    /// Takes a record; everything that is wrong with it is reported.
    fn described(&mut self, number: usize, document: &EntityDocument, sink: &mut Sink) {
        let schema = self.schema;
        let Some(uid) = uid::read(&document.uid.value, document.uid.span, schema, sink) else { return };
        let id = self.builder.id_of(&uid);
        if let Some(first) = self.record_of(id) {
            if document.account == Account::Mentioned {
                return;
            }
            let first = self.document(first).map(|first| first.uid.span);
            sink.push(
                Diagnostic::new(Code::Duplicate, format!("`{uid}` stands twice in the estate"))
                    .label(document.uid.span, "the second")
                    .label_at(first, "the first"),
            );
            return;
        }
        if schema.declares_action(&uid) {
            record::action(&uid, document, schema, sink);
            return;
        }
        self.note(id, number);
        let whole = self.joined.get(&id).map(|more| {
            let mut whole = document.clone();
            whole.parents.extend(more.iter().flat_map(|joined| joined.parents.iter().cloned()));
            whole
        });
        if let Some(entity) = record::record(&uid, whole.as_ref().unwrap_or(document), schema, sink) {
            self.add(id, &entity);
        }
    }

    fn add(&mut self, id: EntityId, entity: &Entity) {
        let builder = &mut self.builder;
        builder.begin();
        for (name, value) in &entity.attributes {
            let name = builder.name(name);
            builder.field(name);
            builder.value(value);
        }
        builder.begin_tags();
        for (name, value) in &entity.tags {
            let name = builder.name(name);
            builder.field(name);
            builder.value(value);
        }
        let mut parents = entity.parents.iter().map(|parent| builder.id_of(parent)).collect();
        builder.end(id, &mut parents);
    }

    /// The record of that number.
    fn document(&self, number: usize) -> Option<EntityDocument> {
        let mut number = number;
        for document in self.documents {
            let plain = document.plain.as_ref().map_or(0, |plain| plain.len());
            if number < plain {
                return document.plain.as_ref()?.get(number)?.document();
            }
            number -= plain;
            if let Some(entity) = document.entities.get(number) {
                return Some(entity.clone());
            }
            number -= document.entities.len();
        }
        None
    }

    /// The state of the entities; a hierarchy that is none is reported.
    fn finish(self, sink: &mut Sink) -> Option<crate::model::State> {
        let Self { documents, schema, builder, records, parents, joined } = self;
        match builder.finish() {
            Ok(state) => Some(state),
            Err((bad, builder)) => {
                Gathering { documents, schema, builder: *builder, records, parents, joined }.bad(&bad, sink);
                None
            }
        }
    }

    fn bad(&self, bad: &BadHierarchy, sink: &mut Sink) {
        let place = self.document(0).map(|first| first.uid.span);
        let message = match bad {
            BadHierarchy::Cycle(edges) => {
                self.report_cycle(edges, sink);
                return;
            }
            BadHierarchy::Deep(depth) => {
                format!("the longest chain of parents has {depth} edges, and at most {MAX_DEPTH} are allowed")
            }
            BadHierarchy::Dense => {
                format!("the hierarchy has more than {MAX_PAIRS} pairs of an entity and an ancestor")
            }
        };
        sink.push(Diagnostic::new(Code::Limit, message).label_at(place, "in this estate"));
    }

    fn report_cycle(&self, edges: &[(EntityId, EntityId)], sink: &mut Sink) {
        // In the order of records, so that the same cycle is shown whatever names come first.
        let mut knot: Vec<(Option<usize>, EntityId)> =
            edges.iter().map(|(child, _)| (self.record_of(*child), *child)).collect();
        knot.sort_unstable();
        knot.dedup();
        let mut points: Vec<(EntityId, usize)> =
            knot.iter().enumerate().map(|(at, (_, id))| (*id, at)).collect();
        points.sort_unstable();
        let point = |id: EntityId| {
            let at = points.binary_search_by_key(&id, |(known, _)| *known).ok();
            at.and_then(|at| points.get(at)).map(|(_, at)| Point::new(*at))
        };
        let edges: Vec<(Point, Point)> =
            edges.iter().filter_map(|(child, parent)| Some((point(*child)?, point(*parent)?))).collect();
        let Some(cycle) = shortest_cycle(knot.len(), &edges) else { return };
        let members = cycle.points.iter().filter_map(|point| {
            let (number, id) = knot.get(point.position())?;
            Some((self.builder.uid(*id), self.document((*number)?)?))
        });
        describe_cycle(&members.collect::<Vec<_>>(), sink);
    }
}

fn describe_cycle(members: &[(Uid, EntityDocument)], sink: &mut Sink) {
    let mut path: Vec<String> = members.iter().map(|(uid, _)| format!("`{uid}`")).collect();
    path.extend(path.first().cloned());
    let message = format!("entities are in themselves: {}", path.join(" in "));
    let mut diagnostic = Diagnostic::new(Code::Cycle, message);
    for (at, (_, document)) in members.iter().enumerate() {
        let next = members.get((at + 1) % members.len()).map(|(uid, _)| uid.to_string()).unwrap_or_default();
        let edge = document.parents.iter().find(|text| next.ends_with(&text.value));
        let place: Span = edge.map_or(document.uid.span, |text| text.span);
        diagnostic = diagnostic.label(place, format!("is in `{next}`"));
    }
    sink.push(diagnostic.hint("remove one of these parents"));
}
