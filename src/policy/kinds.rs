//! What actions read and write by entity type: the same in every state.

use std::collections::BTreeSet;

use super::bundle::{Bundle, Policy};
use super::catalogue::{Change, Kind, Place};
use super::expression::Expression;
use super::reads::ActionReads;
use crate::document::Level;
use crate::model::{EntityType, Type, TypeName, Uid};

/// A part of the entities of one type, or the links of one template.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KindCell {
    /// Whether entities of the type exist.
    Existence(TypeName),
    /// An attribute of entities of the type.
    Attribute(TypeName, String),
    /// The tags of entities of the type.
    Tags(TypeName),
    /// The parents of entities of the type.
    Parents(TypeName),
    /// The links of a template.
    Links(String),
}

/// What an action reads and writes, whatever the state.
#[derive(Clone, Debug, Default)]
pub struct KindFootprint {
    /// What deciding it can read, prerequisites and advice left aside.
    pub authority: BTreeSet<KindCell>,
    /// What evaluating and making its changes can read.
    pub reads: BTreeSet<KindCell>,
    /// What its changes can write.
    pub writes: BTreeSet<KindCell>,
}

/// The footprint of an action by entity type.
pub fn kind_footprint(bundle: &Bundle, action: &Uid) -> KindFootprint {
    let counts = |policy: &Policy| !policy.is_prerequisite() && policy.level != Level::Advisory;
    let of_policies = ActionReads::of_policies(bundle, action, counts);
    let of_changes = ActionReads::of_changes(bundle, action);
    let declared = bundle.schema.actions.get(action);
    let own: BTreeSet<TypeName> = declared
        .iter()
        .flat_map(|action| action.principals.iter().chain(&action.resources))
        .cloned()
        .collect();
    let mut footprint = KindFootprint::default();
    collect(bundle, &of_policies, &own, &mut footprint.authority);
    collect(bundle, &of_changes, &own, &mut footprint.reads);
    let context = declared.into_iter().flat_map(|action| action.context.fields.values());
    for (field, _) in context {
        existence_in(field, &mut footprint.authority);
    }
    for change in bundle.operation(action).into_iter().flat_map(|operation| &operation.changes) {
        write(bundle, change, &mut footprint);
    }
    footprint
}

/// What some of the policies for an action can read.
pub fn kind_reads(bundle: &Bundle, action: &Uid, policies: &BTreeSet<String>) -> BTreeSet<KindCell> {
    let reads = ActionReads::of_policies(bundle, action, |policy| policies.contains(&policy.id));
    let declared = bundle.schema.actions.get(action);
    let own = declared
        .iter()
        .flat_map(|action| action.principals.iter().chain(&action.resources))
        .cloned()
        .collect();
    let mut cells = BTreeSet::new();
    collect(bundle, &reads, &own, &mut cells);
    cells
}

fn collect(bundle: &Bundle, reads: &ActionReads, own: &BTreeSet<TypeName>, cells: &mut BTreeSet<KindCell>) {
    for entity_type in bundle.schema.types.values() {
        let named = entity_type.attributes.fields.keys().filter(|name| reads.reads_attribute(name));
        cells.extend(named.map(|name| KindCell::Attribute(entity_type.name.clone(), name.clone())));
        if reads.reads_tags() && entity_type.tags.is_some() {
            cells.insert(KindCell::Tags(entity_type.name.clone()));
        }
        if reads.reads_any_parents() {
            cells.insert(KindCell::Parents(entity_type.name.clone()));
        }
    }
    for name in own {
        cells.insert(KindCell::Existence(name.clone()));
        if let Some(entity_type) = bundle.schema.types.get(name) {
            cells.extend(chain(entity_type).map(KindCell::Parents));
        }
    }
    cells.extend(reads.templates().map(|template| KindCell::Links(template.to_owned())));
}

/// A type and every type that its entities may be in.
fn chain(entity_type: &EntityType) -> impl Iterator<Item = TypeName> + '_ {
    std::iter::once(entity_type.name.clone()).chain(entity_type.ancestors.iter().cloned())
}

fn existence_in(field: &Type, cells: &mut BTreeSet<KindCell>) {
    match field {
        Type::Entity(name) => {
            cells.insert(KindCell::Existence(name.clone()));
        }
        Type::Set(element) => existence_in(element, cells),
        Type::Record(record) => record.fields.values().for_each(|(field, _)| existence_in(field, cells)),
        Type::Bool | Type::Long | Type::String | Type::Extension(_) => {}
    }
}

fn types(expression: &Expression) -> impl Iterator<Item = TypeName> + '_ {
    expression.types.iter().filter_map(|found| match found {
        Type::Entity(name) => Some(name.clone()),
        _ => None,
    })
}

fn write(bundle: &Bundle, change: &Change, footprint: &mut KindFootprint) {
    for expression in change.expressions() {
        expression.types.iter().for_each(|found| existence_in(found, &mut footprint.reads));
    }
    let KindFootprint { reads, writes, .. } = footprint;
    match &change.kind {
        Kind::Create { entity_type, .. } => {
            reads.insert(KindCell::Existence(entity_type.clone()));
            write_all(bundle, entity_type, writes);
        }
        Kind::Delete(entity) => {
            for name in types(entity) {
                write_all(bundle, &name, writes);
                let children = bundle.schema.types.values().filter(|child| child.ancestors.contains(&name));
                writes.extend(children.map(|child| KindCell::Parents(child.name.clone())));
            }
            let templates = bundle.policies.values().filter(|policy| !policy.slots.is_empty());
            writes.extend(templates.map(|policy| KindCell::Links(policy.id.clone())));
        }
        Kind::Set(entity, place, _)
        | Kind::Unset(entity, place)
        | Kind::Add(entity, place, _)
        | Kind::Remove(entity, place, _) => {
            writes.extend(types(entity).map(|name| match place {
                Place::Attribute(attribute) => KindCell::Attribute(name, attribute.clone()),
                Place::Tag(_) => KindCell::Tags(name),
            }));
        }
        Kind::Join(child, parent) | Kind::Leave(child, parent) => {
            let above = types(parent).filter_map(|name| bundle.schema.types.get(&name));
            reads.extend(above.flat_map(chain).map(KindCell::Parents));
            writes.extend(types(child).map(KindCell::Parents));
        }
        Kind::Link(template, ..) | Kind::Unlink(template, ..) => {
            writes.insert(KindCell::Links(template.clone()));
        }
    }
}

fn write_all(bundle: &Bundle, name: &TypeName, writes: &mut BTreeSet<KindCell>) {
    writes.extend([
        KindCell::Existence(name.clone()),
        KindCell::Tags(name.clone()),
        KindCell::Parents(name.clone()),
    ]);
    if let Some(entity_type) = bundle.schema.types.get(name) {
        let attributes = entity_type.attributes.fields.keys();
        writes.extend(attributes.map(|attribute| KindCell::Attribute(name.clone(), attribute.clone())));
    }
}
