//! The parts of an estate to one estate.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::alike::Alike;
use super::{uid, value};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Account, EntityDocument, EstateDocument};
use crate::graph::{Point, shortest_cycle};
use crate::model::{Entity, EntityType, Estate, EstateBuilder, Schema, Uid};
use crate::source::Span;

/// How many edges the longest chain of parents may have.
const MAX_DEPTH: usize = 10_000;

/// How many pairs of an entity and an ancestor there may be.
const MAX_PAIRS: u64 = 500_000_000;

/// Makes one estate of its parts; all problems are reported together.
pub fn estate(documents: &[EstateDocument], schema: &Schema, sink: &mut Sink) -> Option<Estate> {
    let errors = sink.errors();
    let mut places: HashMap<Uid, (Span, &EntityDocument)> = HashMap::new();
    let mut records: Vec<(Uid, Entity, &EntityDocument)> = Vec::new();
    let of = |account| documents.iter().flat_map(|part| &part.entities).filter(move |e| e.account == account);
    for document in of(Account::Described).chain(of(Account::Mentioned)) {
        let Some(uid) = uid::read(&document.uid.value, document.uid.span, schema, sink) else { continue };
        if let Some((first, _)) = places.get(&uid) {
            if document.account == Account::Mentioned {
                continue;
            }
            sink.push(
                Diagnostic::new(Code::Duplicate, format!("`{uid}` stands twice in the estate"))
                    .label(document.uid.span, "the second")
                    .label(*first, "the first"),
            );
            continue;
        }
        if schema.declares_action(&uid) {
            action(&uid, document, schema, sink);
            continue;
        }
        places.insert(uid.clone(), (document.uid.span, document));
        if let Some(entity) = record(&uid, document, schema, sink) {
            records.push((uid, entity, document));
        }
    }
    dangling(&records, &places, schema, sink);
    if sink.errors() == errors {
        hierarchy(&records, sink);
    }
    let taken = super::time::latest_snapshot(documents, sink);
    if sink.errors() > errors {
        return None;
    }
    let mut builder = EstateBuilder::new();
    records.iter().for_each(|(uid, entity, _)| add(&mut builder, uid, entity));
    Some(Estate { state: builder.finish().ok()?, taken })
}

fn add(builder: &mut EstateBuilder, uid: &Uid, entity: &Entity) {
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
    let id = builder.id_of(uid);
    let mut parents = entity.parents.iter().map(|parent| builder.id_of(parent)).collect();
    builder.end(id, &mut parents);
}

/// Checks the record of an action, which Cedar's own entity files may hold: it says nothing new.
fn action(uid: &Uid, document: &EntityDocument, schema: &Schema, sink: &mut Sink) {
    let groups = schema.actions.get(uid).map(|action| &action.ancestors);
    let known = |text: &str| {
        let parent = schema.qualified_uid(text).parse::<Uid>();
        parent.is_ok_and(|parent| groups.is_some_and(|groups| groups.contains(&parent)))
    };
    let plain = document.attributes.is_empty() && document.tags.is_empty();
    if !plain || !document.parents.iter().all(|parent| known(&parent.value)) {
        let message = format!("the record of the action `{uid}` says something else than the schema");
        let hint = "actions come from the schema; leave the record out";
        sink.push(
            Diagnostic::new(Code::WrongValue, message).label(document.uid.span, "an action").hint(hint),
        );
    }
}

fn record(uid: &Uid, document: &EntityDocument, schema: &Schema, sink: &mut Sink) -> Option<Entity> {
    let entity_type = schema.types.get(uid.type_name())?;
    let attributes =
        value::fields(&document.attributes, &entity_type.attributes, document.uid.span, schema, sink);
    let tags = tags(document, entity_type, schema, sink);
    let parents = parents(document, entity_type, schema, sink);
    Some(Entity { parents: parents?, attributes: attributes?, tags: tags? })
}

fn tags(
    document: &EntityDocument,
    entity_type: &EntityType,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<BTreeMap<String, crate::model::Value>> {
    let Some(tag_type) = &entity_type.tags else {
        return match document.tags.first() {
            None => Some(BTreeMap::new()),
            Some((name, _)) => {
                let message = format!("{} has no tags", entity_type.name);
                sink.push(
                    Diagnostic::new(Code::WrongValue, message).label(name.span, "the schema declares none"),
                );
                None
            }
        };
    };
    let converted: Vec<Option<_>> = document
        .tags
        .iter()
        .map(|(name, node)| Some((name.value.clone(), value::convert(node, tag_type, schema, sink)?)))
        .collect();
    converted.into_iter().collect()
}

fn parents(
    document: &EntityDocument,
    entity_type: &EntityType,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<BTreeSet<Uid>> {
    let mut parents = BTreeSet::new();
    let mut complete = true;
    for text in &document.parents {
        match uid::read(&text.value, text.span, schema, sink) {
            Some(parent) if entity_type.ancestors.contains(parent.type_name()) => {
                parents.insert(parent);
            }
            Some(parent) => {
                complete = false;
                let message = format!("{} may not be in {}", entity_type.name, parent.type_name());
                let allowed: Vec<String> = entity_type.ancestors.iter().map(ToString::to_string).collect();
                let allowed = match allowed.is_empty() {
                    true => "the schema allows no parent".to_owned(),
                    false => format!("the schema allows {}", uid::listed(allowed.iter().map(String::as_str))),
                };
                sink.push(Diagnostic::new(Code::WrongValue, message).label(text.span, allowed));
            }
            None => complete = false,
        }
    }
    complete.then_some(parents)
}

/// Reports every reference to an entity that does not exist.
fn dangling(
    records: &[(Uid, Entity, &EntityDocument)],
    places: &HashMap<Uid, (Span, &EntityDocument)>,
    schema: &Schema,
    sink: &mut Sink,
) {
    let exists =
        |uid: &Uid| places.contains_key(uid) || schema.enumerates(uid) || schema.declares_action(uid);
    let mut missing: Vec<(Uid, Span)> = Vec::new();
    for (_, entity, document) in records {
        for text in &document.parents {
            let parent = schema.qualified_uid(&text.value).parse::<Uid>();
            missing.extend(
                parent.into_iter().filter(|parent| !exists(parent)).map(|parent| (parent, text.span)),
            );
        }
        let values =
            document.attributes.iter().map(|(name, node)| (entity.attributes.get(&name.value), node.span));
        let tags = document.tags.iter().map(|(name, node)| (entity.tags.get(&name.value), node.span));
        for (value, span) in values.chain(tags) {
            let Some(value) = value else { continue };
            value.for_each_entity(&mut |uid| {
                if !exists(uid) {
                    missing.push((uid.clone(), span));
                }
            });
        }
    }
    if missing.is_empty() {
        return;
    }
    let alike = Alike::of(places.keys());
    let mut known: Vec<String> = places.keys().map(ToString::to_string).collect();
    known.sort();
    for (uid, span) in missing {
        let named = uid.to_string();
        let diagnostic = Diagnostic::new(Code::UnknownEntity, format!("`{named}` is not in the estate"))
            .label(span, "refers to nothing");
        sink.push(match alike.other(&uid) {
            Some(other) => diagnostic.hint(format!("did you mean `{other}`? it looks alike")),
            None => diagnostic.did_you_mean(&named, known.iter().map(String::as_str)),
        });
    }
}

/// Refuses parent cycles, and hierarchies that are too deep or too dense.
fn hierarchy(records: &[(Uid, Entity, &EntityDocument)], sink: &mut Sink) {
    let positions: HashMap<&Uid, usize> =
        records.iter().enumerate().map(|(at, (uid, _, _))| (uid, at)).collect();
    let edges: Vec<(Point, Point)> = records
        .iter()
        .enumerate()
        .flat_map(|(child, (_, entity, _))| {
            let known = entity.parents.iter().filter_map(|parent| positions.get(parent));
            known.map(move |parent| (Point::new(child), Point::new(*parent)))
        })
        .collect();
    if let Some(cycle) = shortest_cycle(records.len(), &edges) {
        report_cycle(records, &cycle.points, sink);
        return;
    }
    let mut parents: Vec<Vec<usize>> = vec![Vec::new(); records.len()];
    for (child, parent) in &edges {
        if let Some(list) = parents.get_mut(child.position()) {
            list.push(parent.position());
        }
    }
    let (depth, bound) = measure(&parents);
    let place = records.first().map(|(_, _, document)| document.uid.span);
    if depth > MAX_DEPTH {
        let message =
            format!("the longest chain of parents has {depth} edges, and at most {MAX_DEPTH} are allowed");
        sink.push(Diagnostic::new(Code::Limit, message).label_at(place, "in this estate"));
    } else if bound > MAX_PAIRS && pairs_exceed(&parents) {
        let message = format!("the hierarchy has more than {MAX_PAIRS} pairs of an entity and an ancestor");
        sink.push(Diagnostic::new(Code::Limit, message).label_at(place, "in this estate"));
    }
}

fn report_cycle(records: &[(Uid, Entity, &EntityDocument)], points: &[Point], sink: &mut Sink) {
    let members: Vec<&(Uid, Entity, &EntityDocument)> =
        points.iter().filter_map(|point| records.get(point.position())).collect();
    let mut path: Vec<String> = members.iter().map(|(uid, _, _)| format!("`{uid}`")).collect();
    path.extend(path.first().cloned());
    let message = format!("entities are in themselves: {}", path.join(" in "));
    let mut diagnostic = Diagnostic::new(Code::Cycle, message);
    for (at, (_, _, document)) in members.iter().enumerate() {
        let next =
            members.get((at + 1) % members.len()).map(|(uid, _, _)| uid.to_string()).unwrap_or_default();
        let edge = document.parents.iter().find(|text| next.ends_with(&text.value));
        diagnostic =
            diagnostic.label(edge.map_or(document.uid.span, |text| text.span), format!("is in `{next}`"));
    }
    sink.push(diagnostic.hint("remove one of these parents"));
}

/// The longest chain, and an upper bound of the number of ancestor pairs.
fn measure(parents: &[Vec<usize>]) -> (usize, u64) {
    let mut known: Vec<Option<(usize, u64)>> = vec![None; parents.len()];
    let mut pairs: u64 = 0;
    for start in 0..parents.len() {
        let mut open = vec![(start, 0)];
        while let Some((node, next)) = open.pop() {
            let of_node = parents.get(node).map(Vec::as_slice).unwrap_or_default();
            let is_known = |node: usize| known.get(node).is_some_and(Option::is_some);
            match of_node.get(next) {
                _ if is_known(node) => {}
                Some(parent) if is_known(*parent) => open.push((node, next + 1)),
                Some(parent) => open.extend([(node, next + 1), (*parent, 0)]),
                None => {
                    let of_parents =
                        of_node.iter().filter_map(|parent| known.get(*parent).copied().flatten());
                    let measured =
                        of_parents.fold((0, 0_u64), |(depth, bound), (parent_depth, parent_bound)| {
                            (
                                depth.max(parent_depth + 1),
                                bound.saturating_add(parent_bound).saturating_add(1),
                            )
                        });
                    if let Some(slot) = known.get_mut(node) {
                        *slot = Some(measured);
                    }
                }
            }
        }
        pairs = pairs.saturating_add(known.get(start).copied().flatten().map_or(0, |(_, bound)| bound));
    }
    (known.iter().flatten().map(|(depth, _)| *depth).max().unwrap_or(0), pairs)
}

/// Counts ancestor pairs exactly, and stops at the limit.
fn pairs_exceed(parents: &[Vec<usize>]) -> bool {
    let mut pairs: u64 = 0;
    let mut seen_by = vec![usize::MAX; parents.len()];
    for start in 0..parents.len() {
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            for parent in parents.get(node).into_iter().flatten() {
                if let Some(mark) = seen_by.get_mut(*parent).filter(|mark| **mark != start) {
                    *mark = start;
                    pairs += 1;
                    open.push(*parent);
                }
            }
        }
        if pairs > MAX_PAIRS {
            return true;
        }
    }
    false
}
