//! The changes of an operation with the values they have in one state.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::bundle::Bundle;
use super::catalogue::{Change, Kind, Place};
use super::expression::Expression;
use super::request::Request;
use super::slice::{self, Slice};
use super::term::{Scene, value_of};
use super::unknown::{self, Stop};
use crate::model::{Edit, EntityId, Link, State, TypeName, Uid, Value};
use crate::source::is_hidden;

/// Why the changes of an operation have no values in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The change at that position needs a value that is not known yet; the words name it.
    Unknown(usize, String),
    /// An expression of the change at that position cannot be evaluated; the words say why.
    Fails(usize, String),
}

/// The changes that an action makes in a state, with their positions in the catalogue's entry.
///
/// Every expression sees the state before the step.
///
/// # Errors
/// The first change that has no value.
pub fn evaluate_changes(
    bundle: &Bundle,
    state: &State,
    request: Request<'_>,
) -> Result<Vec<(usize, Edit)>, Failure> {
    let Some(operation) =
        bundle.operations.get(request.action).filter(|operation| operation.changes_something())
    else {
        return Ok(Vec::new());
    };
    let values = Values::new(bundle, state, request);
    let mut edits = Vec::new();
    for (position, change) in operation.changes.iter().enumerate() {
        match values.edit(change) {
            Ok(Some(edit)) => edits.push((position, edit)),
            Ok(None) => {}
            Err(Stop::Read(what)) => return Err(Failure::Unknown(position, what)),
            Err(Stop::Failed(why)) => return Err(Failure::Fails(position, why)),
        }
    }
    Ok(edits)
}

/// The creates of an action that have values in a state, each by itself.
pub fn evaluate_creates(bundle: &Bundle, state: &State, request: Request<'_>) -> Vec<(usize, Edit)> {
    let Some(operation) = bundle.operations.get(request.action) else { return Vec::new() };
    let changes = operation.changes.iter().enumerate();
    let creates: Vec<(usize, &Change)> =
        changes.filter(|(_, change)| matches!(change.kind, Kind::Create { .. })).collect();
    if creates.is_empty() {
        return Vec::new();
    }
    let values = Values::new(bundle, state, request);
    let evaluated = creates.into_iter().map(|(position, change)| (position, values.edit(change)));
    evaluated.filter_map(|(position, edit)| Some((position, edit.ok()??))).collect()
}

/// The entities that the creates of an action are for in a state, whether or not they can be made.
pub fn possible_creates(bundle: &Bundle, state: &State, request: Request<'_>) -> Vec<Uid> {
    let Some(operation) = bundle.operations.get(request.action) else { return Vec::new() };
    let creates = operation.changes.iter().filter(|change| matches!(change.kind, Kind::Create { .. }));
    if creates.clone().next().is_none() {
        return Vec::new();
    }
    let values = Values::new(bundle, state, request);
    creates
        .filter_map(|change| match &change.kind {
            Kind::Create { entity_type, id, .. } => values.new_uid(entity_type, id).ok(),
            _ => None,
        })
        .collect()
}

/// Says whether a text may be the id of a new entity, by the rules for an estate.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && !text.chars().any(|c| c.is_control() || is_hidden(c))
}

/// Evaluates the expressions of changes for one request in one state.
struct Values<'a> {
    bundle: &'a Bundle,
    state: &'a State,
    request: Request<'a>,
    slice: OnceCell<Slice>,
}

impl<'a> Values<'a> {
    fn new(bundle: &'a Bundle, state: &'a State, request: Request<'a>) -> Self {
        Self { bundle, state, request, slice: OnceCell::new() }
    }

    fn edit(&self, change: &Change) -> Result<Option<Edit>, Stop> {
        if let Some(condition) = &change.when
            && self.known(condition)? != Value::Bool(true)
        {
            return Ok(None);
        }
        self.edit_of(&change.kind).map(Some)
    }

    fn edit_of(&self, kind: &Kind) -> Result<Edit, Stop> {
        Ok(match kind {
            Kind::Create { entity_type, id, parents, attributes, tags } => {
                let parents: Result<BTreeSet<Uid>, Stop> =
                    parents.iter().map(|parent| self.entity(parent)).collect();
                Edit::Create {
                    uid: self.new_uid(entity_type, id)?,
                    parents: parents?,
                    attributes: self.fields(attributes)?,
                    tags: self.fields(tags)?,
                }
            }
            Kind::Delete(entity) => Edit::Delete(self.entity(entity)?),
            Kind::Set(entity, place, value) => {
                let (uid, value) = (self.entity(entity)?, self.stored(value)?);
                match place {
                    Place::Attribute(name) => Edit::SetAttribute(uid, name.clone(), value),
                    Place::Tag(name) => Edit::SetTag(uid, name.clone(), value),
                }
            }
            Kind::Unset(entity, Place::Attribute(name)) => {
                Edit::UnsetAttribute(self.entity(entity)?, name.clone())
            }
            Kind::Unset(entity, Place::Tag(name)) => Edit::UnsetTag(self.entity(entity)?, name.clone()),
            Kind::Add(entity, place, value) => {
                let (uid, value) = (self.entity(entity)?, self.known(value)?);
                match place {
                    Place::Attribute(name) => Edit::AddToAttribute(uid, name.clone(), value),
                    Place::Tag(name) => Edit::AddToTag(uid, name.clone(), value),
                }
            }
            Kind::Remove(entity, place, value) => {
                let (uid, value) = (self.entity(entity)?, self.known(value)?);
                match place {
                    Place::Attribute(name) => Edit::RemoveFromAttribute(uid, name.clone(), value),
                    Place::Tag(name) => Edit::RemoveFromTag(uid, name.clone(), value),
                }
            }
            Kind::Join(child, parent) => Edit::Join(self.entity(child)?, self.entity(parent)?),
            Kind::Leave(child, parent) => Edit::Leave(self.entity(child)?, self.entity(parent)?),
            Kind::Link(template, principal, resource) => {
                Edit::Link(self.link(template, principal.as_ref(), resource.as_ref())?)
            }
            Kind::Unlink(template, principal, resource) => {
                Edit::Unlink(self.link(template, principal.as_ref(), resource.as_ref())?)
            }
        })
    }

    fn evaluate(&self, expression: &Expression) -> Result<Value, Stop> {
        if let Some(value) = self.quickly(expression) {
            return Ok(value);
        }
        let slice = self.slice.get_or_init(|| slice::cut(self.bundle, self.state, self.request));
        unknown::evaluate(slice, self.request, &expression.cedar)
    }

    /// The value without Cedar, where that is exactly what Cedar would say.
    fn quickly(&self, expression: &Expression) -> Option<Value> {
        let (term, named) = expression.term.as_deref()?;
        let literals: Vec<EntityId> = named.iter().map(|uid| self.state.intern(uid)).collect();
        let scene = Scene {
            state: self.state,
            literals: &literals,
            principal: self.state.intern(self.request.principal),
            action: self.state.intern(self.request.action),
            resource: self.state.intern(self.request.resource),
            context: self.state.view(self.request.context),
        };
        value_of(term, &scene)
    }

    /// A value that must be wholly known.
    fn known(&self, expression: &Expression) -> Result<Value, Stop> {
        match self.evaluate(expression)? {
            value if value.holds_unknown() => Err(Stop::Read(format!("`{}`", expression.text))),
            value => Ok(value),
        }
    }

    /// A value to keep: where it is not known, it is kept as not known.
    fn stored(&self, expression: &Expression) -> Result<Value, Stop> {
        match self.evaluate(expression) {
            Err(Stop::Read(_)) => Ok(Value::Unknown),
            other => other,
        }
    }

    fn fields(&self, fields: &[(String, Expression)]) -> Result<BTreeMap<String, Value>, Stop> {
        fields.iter().map(|(name, value)| Ok((name.clone(), self.stored(value)?))).collect()
    }

    fn entity(&self, expression: &Expression) -> Result<Uid, Stop> {
        match self.known(expression)? {
            Value::Entity(uid) => Ok(uid),
            other => Err(Stop::Failed(format!("`{}` is {other}, which is no entity", expression.text))),
        }
    }

    fn new_uid(&self, entity_type: &TypeName, id: &Expression) -> Result<Uid, Stop> {
        match self.known(id)? {
            Value::String(name) if !is_id(&name) => {
                let why = "an id is one to 256 bytes of visible text";
                Err(Stop::Failed(format!("`{}` is {}, and {why}", id.text, Value::String(name))))
            }
            Value::String(id) => {
                Ok(Uid::from_type_name_and_id(entity_type.clone(), cedar_policy::EntityId::new(&*id)))
            }
            other => Err(Stop::Failed(format!("`{}` is {other}, which is no text", id.text))),
        }
    }

    fn link(
        &self,
        template: &str,
        principal: Option<&Expression>,
        resource: Option<&Expression>,
    ) -> Result<Link, Stop> {
        Ok(Link {
            template: template.to_owned(),
            principal: principal.map(|expression| self.entity(expression)).transpose()?,
            resource: resource.map(|expression| self.entity(expression)).transpose()?,
        })
    }
}
