//! The changes of one step made to a state, all or none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Edit, Entity, Impossible, Link, Mismatch, Schema, State, Uid, Value};

/// Makes the changes of a step in their order; the state itself is left as it is.
///
/// A link that comes is named `TEMPLATE@ADDRESS`.
///
/// # Errors
/// The position of the first change that is impossible, and why; then none is made.
pub fn apply(
    state: &State,
    edits: &[(usize, Edit)],
    address: &str,
    schema: &Schema,
) -> Result<State, (usize, Impossible)> {
    let mut next = state.clone();
    let mut touched: BTreeMap<&Uid, (usize, bool)> = BTreeMap::new();
    for (position, edit) in edits {
        make(&mut next, edit, address, schema).map_err(|why| (*position, why))?;
        if let Some(uid) = subject(edit) {
            let moves = matches!(edit, Edit::Join(..) | Edit::Leave(..));
            let before = touched.get(uid).is_none_or(|(_, only_moves)| *only_moves);
            touched.insert(uid, (*position, moves && before));
        }
    }
    for (uid, (position, only_moves)) in touched {
        // What has only other parents conformed before, apart from them.
        let conforms = match only_moves {
            true => parents_conform(&next, uid, schema),
            false => next.entity(uid).map_or(Ok(()), |entity| schema.conforms(uid, entity)),
        };
        conforms.map_err(|mismatch| {
            let why = format!("{} {}", mismatch.path, mismatch.why).trim().to_owned();
            (position, Impossible::DoesNotConform(uid.clone(), why))
        })?;
    }
    Ok(next)
}

fn parents_conform(state: &State, uid: &Uid, schema: &Schema) -> Result<(), Mismatch> {
    let parents = state.id(uid).map(|id| state.parents_of(id)).unwrap_or_default();
    schema.parents_conform(uid, parents.iter().map(|parent| state.uid(*parent)))
}

fn subject(edit: &Edit) -> Option<&Uid> {
    match edit {
        Edit::Create { uid, .. }
        | Edit::Delete(uid)
        | Edit::SetAttribute(uid, ..)
        | Edit::SetTag(uid, ..)
        | Edit::UnsetAttribute(uid, _)
        | Edit::UnsetTag(uid, _)
        | Edit::AddToAttribute(uid, ..)
        | Edit::AddToTag(uid, ..)
        | Edit::RemoveFromAttribute(uid, ..)
        | Edit::RemoveFromTag(uid, ..)
        | Edit::Join(uid, _)
        | Edit::Leave(uid, _) => Some(uid),
        Edit::Link(_) | Edit::Unlink(_) => None,
    }
}

fn make(state: &mut State, edit: &Edit, address: &str, schema: &Schema) -> Result<(), Impossible> {
    let known = Existing { schema };
    match edit {
        Edit::Create { uid, parents, attributes, tags } => {
            if known.has(state, uid) {
                return Err(Impossible::Exists(uid.clone()));
            }
            parents.iter().try_for_each(|parent| known.need(state, parent))?;
            attributes.values().chain(tags.values()).try_for_each(|value| known.need_all(state, value))?;
            let (parents, attributes, tags) = (parents.clone(), attributes.clone(), tags.clone());
            state.insert(uid.clone(), Entity { parents, attributes, tags });
        }
        Edit::Delete(uid) => {
            known.need(state, uid)?;
            state.delete(uid);
        }
        Edit::Join(child, parent) => join(state, child, parent, &known)?,
        Edit::Leave(child, parent) => {
            known.need(state, child)?;
            known.need(state, parent)?;
            state.leave(child, parent);
        }
        Edit::Link(link) => {
            arguments(link).try_for_each(|uid| known.need(state, uid))?;
            state.link(link.clone(), Arc::from(format!("{}@{address}", link.template)));
        }
        Edit::Unlink(link) => {
            arguments(link).try_for_each(|uid| known.need(state, uid))?;
            state.unlink(link);
        }
        of_value => return change_value(state, of_value, &known),
    }
    Ok(())
}

/// Makes a change to the value of an attribute or tag.
fn change_value(state: &mut State, edit: &Edit, known: &Existing<'_>) -> Result<(), Impossible> {
    let Some(uid) = subject(edit) else { return Ok(()) };
    known.need(state, uid)?;
    match edit {
        Edit::SetAttribute(_, _, value)
        | Edit::SetTag(_, _, value)
        | Edit::AddToAttribute(_, _, value)
        | Edit::AddToTag(_, _, value) => known.need_all(state, value)?,
        _ => {}
    }
    state.update(uid, |entity| match edit {
        Edit::SetAttribute(_, name, value) => {
            entity.attributes.insert(name.clone(), value.clone());
        }
        Edit::SetTag(_, name, value) => {
            entity.tags.insert(name.clone(), value.clone());
        }
        Edit::UnsetAttribute(_, name) => {
            entity.attributes.remove(name);
        }
        Edit::UnsetTag(_, name) => {
            entity.tags.remove(name);
        }
        Edit::AddToAttribute(_, name, value) => add(&mut entity.attributes, name, value),
        Edit::AddToTag(_, name, value) => add(&mut entity.tags, name, value),
        Edit::RemoveFromAttribute(_, name, value) => remove(&mut entity.attributes, name, value),
        Edit::RemoveFromTag(_, name, value) => remove(&mut entity.tags, name, value),
        _ => {}
    });
    Ok(())
}

fn join(state: &mut State, child: &Uid, parent: &Uid, known: &Existing<'_>) -> Result<(), Impossible> {
    known.need(state, child)?;
    known.need(state, parent)?;
    if state.is_in(state.intern(parent), state.intern(child)) {
        return Err(Impossible::ClosesCycle(child.clone(), parent.clone()));
    }
    state.join(child, parent);
    Ok(())
}

/// What exists in a state: records, and what the schema lists.
struct Existing<'a> {
    schema: &'a Schema,
}

impl Existing<'_> {
    fn has(&self, state: &State, uid: &Uid) -> bool {
        state.contains(uid) || self.schema.enumerates(uid) || self.schema.declares_action(uid)
    }

    fn need(&self, state: &State, uid: &Uid) -> Result<(), Impossible> {
        match self.has(state, uid) {
            true => Ok(()),
            false => Err(Impossible::Absent(uid.clone())),
        }
    }

    fn need_all(&self, state: &State, value: &Value) -> Result<(), Impossible> {
        let mut absent = None;
        value.for_each_entity(&mut |uid| {
            if absent.is_none() && !self.has(state, uid) {
                absent = Some(uid.clone());
            }
        });
        absent.map_or(Ok(()), |uid| Err(Impossible::Absent(uid)))
    }
}

fn arguments(link: &Link) -> impl Iterator<Item = &Uid> {
    link.principal.iter().chain(&link.resource)
}

/// Adds an element to a set, which is made where it is absent; an unknown set stays unknown.
fn add(values: &mut BTreeMap<String, Value>, name: &str, element: &Value) {
    let before = match values.get(name) {
        None => BTreeSet::new(),
        Some(Value::Set(elements)) => BTreeSet::clone(elements),
        Some(_) => return,
    };
    values.insert(name.to_owned(), Value::set(before.into_iter().chain([element.clone()])));
}

fn remove(values: &mut BTreeMap<String, Value>, name: &str, element: &Value) {
    if let Some(Value::Set(elements)) = values.get(name) {
        let left: Vec<Value> = elements.iter().filter(|kept| *kept != element).cloned().collect();
        values.insert(name.to_owned(), Value::set(left));
    }
}
