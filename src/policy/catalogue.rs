//! The catalogue of operations, checked against the schema.

use std::collections::{BTreeMap, HashMap};

use cedar_policy_core::validator::types::RequestEnv;

use super::bundle::Policy;
use super::expression::{self, Expression, Expressions};
use super::schema::CompiledSchema;
use super::validate::Ground;
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{ChangeDocument, ChangeKind, Node, OperationDocument, OperationsDocument, Slot};
use crate::model::{EntityKind, EntityType, Schema, Type, TypeName, Uid};
use crate::source::{Span, Spanned};

/// What an action does.
#[derive(Clone, Debug)]
pub struct Operation {
    /// A title for people.
    pub title: Option<String>,
    /// A link to documentation.
    pub docs: Option<String>,
    /// Where its name stands in the catalogue.
    pub span: Span,
    pub(super) changes: Vec<Change>,
}

impl Operation {
    /// Says whether it can change anything.
    pub fn changes_something(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Says whether it can make a template link.
    pub fn makes_links(&self) -> bool {
        self.changes.iter().any(|change| matches!(change.kind, Kind::Link(..)))
    }

    /// Says whether another operation makes the same changes, as their expressions are written.
    pub fn same_changes(&self, other: &Operation) -> bool {
        self.changes.len() == other.changes.len()
            && self
                .changes
                .iter()
                .zip(&other.changes)
                .all(|(one, another)| one.written() == another.written())
    }

    /// Where a change stands in the catalogue, by its position.
    pub fn change_span(&self, position: usize) -> Span {
        self.changes.get(position).map_or(self.span, |change| change.span)
    }
}

/// A change whose expressions type-check.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub span: Span,
    pub when: Option<Expression>,
    pub kind: Kind,
}

/// An attribute or a tag.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Attribute(String),
    Tag(String),
}

/// Names with the expressions of their values.
type Fields = Vec<(String, Expression)>;

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Create {
        entity_type: TypeName,
        id: Expression,
        parents: Vec<Expression>,
        attributes: Fields,
        tags: Fields,
    },
    Delete(Expression),
    Set(Expression, Place, Expression),
    Unset(Expression, Place),
    Add(Expression, Place, Expression),
    Remove(Expression, Place, Expression),
    Join(Expression, Expression),
    Leave(Expression, Expression),
    Link(String, Option<Expression>, Option<Expression>),
    Unlink(String, Option<Expression>, Option<Expression>),
}

impl Change {
    /// The change with its expressions as they are written, without the places where they stand.
    fn written(&self) -> (String, Vec<String>) {
        let of_place = |place: &Place| match place {
            Place::Attribute(name) => format!("attribute {name}"),
            Place::Tag(name) => format!("tag {name}"),
        };
        let what = match &self.kind {
            Kind::Create { entity_type, parents, attributes, tags, .. } => {
                let names = |fields: &Fields| {
                    fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
                };
                format!("create {entity_type} {} {} / {}", parents.len(), names(attributes), names(tags))
            }
            Kind::Delete(_) => "delete".to_owned(),
            Kind::Set(_, place, _) => format!("set {}", of_place(place)),
            Kind::Unset(_, place) => format!("unset {}", of_place(place)),
            Kind::Add(_, place, _) => format!("add {}", of_place(place)),
            Kind::Remove(_, place, _) => format!("remove {}", of_place(place)),
            Kind::Join(..) => "join".to_owned(),
            Kind::Leave(..) => "leave".to_owned(),
            Kind::Link(template, principal, _) => format!("link {template} {}", principal.is_some()),
            Kind::Unlink(template, principal, _) => format!("unlink {template} {}", principal.is_some()),
        };
        let when = if self.when.is_some() { " when" } else { "" };
        (what + when, self.expressions().into_iter().map(|expression| expression.text.clone()).collect())
    }

    /// Every expression of the change.
    pub(super) fn expressions(&self) -> Vec<&Expression> {
        let mut all: Vec<&Expression> = self.when.iter().collect();
        match &self.kind {
            Kind::Create { id, parents, attributes, tags, .. } => {
                all.push(id);
                all.extend(parents);
                all.extend(attributes.iter().chain(tags).map(|(_, value)| value));
            }
            Kind::Delete(entity) | Kind::Unset(entity, _) => all.push(entity),
            Kind::Set(entity, _, value) | Kind::Add(entity, _, value) | Kind::Remove(entity, _, value) => {
                all.extend([entity, value]);
            }
            Kind::Join(entity, parent) | Kind::Leave(entity, parent) => all.extend([entity, parent]),
            Kind::Link(_, principal, resource) | Kind::Unlink(_, principal, resource) => {
                all.extend(principal.iter().chain(resource));
            }
        }
        all
    }
}

/// Checks a catalogue; all problems are reported together.
pub(super) fn compile(
    document: &OperationsDocument,
    ground: Ground<'_>,
    expressions: &Expressions,
    sink: &mut Sink,
) -> BTreeMap<Uid, Operation> {
    let Ground { schema, environments, parsed } = ground;
    let policies = &parsed.policies;
    let mut operations: BTreeMap<Uid, Operation> = BTreeMap::new();
    for entry in &document.operations {
        let Some(action) = find_action(&entry.name, &schema.model, sink) else { continue };
        if let Some(first) = operations.get(&action) {
            sink.push(
                Diagnostic::new(Code::Duplicate, format!("`{}` has two entries", entry.name.value))
                    .label(entry.name.span, "the second")
                    .label(first.span, "the first"),
            );
            continue;
        }
        let environments = environments.for_action(&action);
        let known = HashMap::new();
        let mut compiler = Compiler { schema, environments, expressions, known, policies, sink };
        let operation = compiler.operation(entry);
        operations.insert(action, operation);
    }
    operations
}

/// The action that a name means: an id in the bundle's namespace, or a whole uid.
fn find_action(name: &Spanned<String>, schema: &Schema, sink: &mut Sink) -> Option<Uid> {
    let found = schema.action_named(&name.value).filter(|action| !action.principals.is_empty());
    if let Some(action) = found {
        return Some(action.uid.clone());
    }
    let known: Vec<String> = schema.action_names();
    let message = format!("there is no action `{}` that a step could do", name.value);
    sink.push(
        Diagnostic::new(Code::UnknownAction, message)
            .label(name.span, "not an action of the schema")
            .did_you_mean(&name.value, known.iter().map(String::as_str)),
    );
    None
}

struct Compiler<'a> {
    schema: &'a CompiledSchema,
    environments: &'a [RequestEnv<'a>],
    expressions: &'a Expressions,
    /// The expressions of this action that type-check, by their texts.
    known: HashMap<String, Expression>,
    policies: &'a BTreeMap<String, Policy>,
    sink: &'a mut Sink,
}

impl Compiler<'_> {
    fn operation(&mut self, entry: &OperationDocument) -> Operation {
        let changes = entry.changes.iter().filter_map(|change| self.change(change)).collect();
        let text = |field: &Option<Spanned<String>>| field.as_ref().map(|text| text.value.clone());
        Operation { title: text(&entry.title), docs: text(&entry.docs), span: entry.name.span, changes }
    }

    fn change(&mut self, document: &ChangeDocument) -> Option<Change> {
        let when = match &document.when {
            Some(node) => {
                let condition = self.expression(node)?;
                condition.expect(&Type::Bool, self.sink).then_some(Some(condition))?
            }
            None => None,
        };
        let kind = self.kind(&document.kind, document.span)?;
        Some(Change { span: document.span, when, kind })
    }

    fn kind(&mut self, kind: &ChangeKind, span: Span) -> Option<Kind> {
        Some(match kind {
            ChangeKind::Create { entity_type, id, parents, attributes, tags } => {
                return self.create(entity_type, id, parents, attributes, tags);
            }
            ChangeKind::Delete { entity } => Kind::Delete(self.record(entity)?.0),
            ChangeKind::Set { entity, slot, value } => {
                let (entity, types) = self.record(entity)?;
                let value = self.expression(value)?;
                let place = self.place(slot, &types, |expected, _, sink| value.expect(expected, sink))?;
                Kind::Set(entity, place, value)
            }
            ChangeKind::Unset { entity, slot } => {
                let (entity, types) = self.record(entity)?;
                let place =
                    self.place(slot, &types, |_, required, sink| !required || refuse_unset(slot, sink))?;
                Kind::Unset(entity, place)
            }
            ChangeKind::Add { entity, slot, value } => {
                let (entity, place, value) = self.element(entity, slot, value)?;
                Kind::Add(entity, place, value)
            }
            ChangeKind::Remove { entity, slot, value } => {
                let (entity, place, value) = self.element(entity, slot, value)?;
                Kind::Remove(entity, place, value)
            }
            ChangeKind::Join { entity, parent } => {
                let (entity, parent) = self.edge(entity, parent)?;
                Kind::Join(entity, parent)
            }
            ChangeKind::Leave { entity, parent } => {
                let (entity, parent) = self.edge(entity, parent)?;
                Kind::Leave(entity, parent)
            }
            ChangeKind::Link { template, principal, resource } => {
                let (name, principal, resource) =
                    self.link(template, principal.as_ref(), resource.as_ref(), span)?;
                Kind::Link(name, principal, resource)
            }
            ChangeKind::Unlink { template, principal, resource } => {
                let (name, principal, resource) =
                    self.link(template, principal.as_ref(), resource.as_ref(), span)?;
                Kind::Unlink(name, principal, resource)
            }
        })
    }

    fn expression(&mut self, node: &Node) -> Option<Expression> {
        let known = expression::text_of(node).and_then(|text| self.known.get(&text));
        if let Some(known) = known {
            return Some(Expression { span: node.span, ..known.clone() });
        }
        let new = expression::compile(node, self.expressions, self.environments, self.schema, self.sink)?;
        self.known.insert(new.text.clone(), new.clone());
        Some(new)
    }

    /// An expression for an entity that has a record, with its possible types.
    fn record(&mut self, node: &Node) -> Option<(Expression, Vec<TypeName>)> {
        let entity = self.expression(node)?;
        let types = entity.entity_types(self.sink)?;
        let schema = &self.schema.model;
        let listed = types.iter().find(|name| {
            schema.types.get(*name).is_none_or(|found| matches!(found.kind, EntityKind::Enumerated(_)))
        });
        match listed {
            None => Some((entity, types)),
            Some(name) => {
                let message = format!("`{}` is a {name}, which has no record that could change", entity.text);
                self.sink.push(
                    Diagnostic::new(Code::Operation, message).label(entity.span, "listed in the schema"),
                );
                None
            }
        }
    }

    /// An attribute or tag of every one of the types; `check` sees its type and whether it is required.
    fn place(
        &mut self,
        slot: &Slot,
        types: &[TypeName],
        mut check: impl FnMut(&Type, bool, &mut Sink) -> bool,
    ) -> Option<Place> {
        for name in types {
            let entity_type = self.schema.model.types.get(name)?;
            let declared = match slot {
                Slot::Attribute(attribute) => entity_type.attributes.fields.get(&attribute.value).cloned(),
                Slot::Tag(_) => entity_type.tags.clone().map(|tag_type| (tag_type, false)),
            };
            match declared {
                None => {
                    self.sink.push(undeclared(slot, entity_type));
                    return None;
                }
                Some((expected, required)) => check(&expected, required, self.sink).then_some(())?,
            }
        }
        Some(match slot {
            Slot::Attribute(name) => Place::Attribute(name.value.clone()),
            Slot::Tag(name) => Place::Tag(name.value.clone()),
        })
    }

    /// The parts of a change to an element of a set.
    fn element(
        &mut self,
        entity: &Node,
        slot: &Slot,
        value: &Node,
    ) -> Option<(Expression, Place, Expression)> {
        let (entity, types) = self.record(entity)?;
        let value = self.expression(value)?;
        let place = self.place(slot, &types, |expected, _, sink| match expected {
            Type::Set(element) => value.expect(element, sink),
            other => {
                let message = format!("elements can be added to and removed from a set, and this is {other}");
                sink.push(Diagnostic::new(Code::Operation, message).label(slot_name(slot).span, "not a set"));
                false
            }
        })?;
        Some((entity, place, value))
    }

    /// The ends of a parent edge that the schema allows.
    fn edge(&mut self, child: &Node, parent: &Node) -> Option<(Expression, Expression)> {
        let (child, child_types) = self.record(child)?;
        let parent = self.expression(parent)?;
        let parent_types = parent.entity_types(self.sink)?;
        for child_type in &child_types {
            self.may_be_in(child_type, &parent_types, parent.span)?;
        }
        Some((child, parent))
    }

    fn may_be_in(&mut self, child: &TypeName, parents: &[TypeName], span: Span) -> Option<()> {
        let allowed = &self.schema.model.types.get(child)?.ancestors;
        match parents.iter().find(|parent| !allowed.contains(*parent)) {
            None => Some(()),
            Some(parent) => {
                let message = format!("{child} may not be in {parent}");
                self.sink.push(
                    Diagnostic::new(Code::Operation, message)
                        .label(span, "the schema does not allow this parent"),
                );
                None
            }
        }
    }

    fn create(
        &mut self,
        entity_type: &Spanned<String>,
        id: &Node,
        parents: &[Node],
        attributes: &[(Spanned<String>, Node)],
        tags: &[(Spanned<String>, Node)],
    ) -> Option<Kind> {
        let declared = self.find_type(entity_type)?.clone();
        let id = self.expression(id)?;
        let id = id.expect(&Type::String, self.sink).then_some(id)?;
        let mut parent_expressions = Vec::new();
        for parent in parents {
            let parent = self.expression(parent)?;
            let types = parent.entity_types(self.sink)?;
            self.may_be_in(&declared.name, &types, parent.span)?;
            parent_expressions.push(parent);
        }
        let given = self.attributes(&declared, attributes)?;
        self.all_required(&declared, attributes, entity_type.span)?;
        let mut tag_values = Vec::new();
        for (name, node) in tags {
            let Some(tag_type) = &declared.tags else {
                self.sink.push(undeclared(&Slot::Tag(name.clone()), &declared));
                return None;
            };
            let value = self.expression(node)?;
            tag_values.push((name.value.clone(), value.expect(tag_type, self.sink).then_some(value)?));
        }
        let entity_type = declared.name;
        Some(Kind::Create {
            entity_type,
            id,
            parents: parent_expressions,
            attributes: given,
            tags: tag_values,
        })
    }

    fn find_type(&mut self, name: &Spanned<String>) -> Option<&EntityType> {
        let schema = &self.schema.model;
        let found = schema.type_named(&name.value);
        match found {
            Some(found) if matches!(found.kind, EntityKind::Standard) => Some(found),
            Some(found) => {
                let message = format!("{} is listed in the schema, so none can be created", found.name);
                self.sink
                    .push(Diagnostic::new(Code::Operation, message).label(name.span, "an enumerated type"));
                None
            }
            None => {
                let known: Vec<String> = schema.types.keys().map(ToString::to_string).collect();
                self.sink.push(
                    Diagnostic::new(Code::UnknownType, format!("unknown entity type `{}`", name.value))
                        .label(name.span, "not in the schema")
                        .did_you_mean(&name.value, known.iter().map(String::as_str)),
                );
                None
            }
        }
    }

    fn attributes(&mut self, declared: &EntityType, given: &[(Spanned<String>, Node)]) -> Option<Fields> {
        let mut fields = Vec::new();
        for (name, node) in given {
            let Some((expected, _)) = declared.attributes.fields.get(&name.value) else {
                self.sink.push(undeclared(&Slot::Attribute(name.clone()), declared));
                return None;
            };
            let value = self.expression(node)?;
            fields.push((name.value.clone(), value.expect(expected, self.sink).then_some(value)?));
        }
        Some(fields)
    }

    fn all_required(
        &mut self,
        declared: &EntityType,
        given: &[(Spanned<String>, Node)],
        span: Span,
    ) -> Option<()> {
        let has = |wanted: &str| given.iter().any(|(name, _)| name.value == wanted);
        let missing = declared.attributes.fields.iter().find(|(name, (_, required))| *required && !has(name));
        match missing {
            None => Some(()),
            Some((name, _)) => {
                let message =
                    format!("the attribute `{name}` of {} is required and not given", declared.name);
                self.sink.push(Diagnostic::new(Code::Operation, message).label(span, "created without it"));
                None
            }
        }
    }

    fn link(
        &mut self,
        template: &Spanned<String>,
        principal: Option<&Node>,
        resource: Option<&Node>,
        span: Span,
    ) -> Option<(String, Option<Expression>, Option<Expression>)> {
        let Some(policy) = self.policies.get(&template.value).filter(|policy| !policy.slots.is_empty())
        else {
            let known = self
                .policies
                .values()
                .filter(|policy| !policy.slots.is_empty())
                .map(|policy| policy.id.as_str());
            self.sink.push(
                Diagnostic::new(Code::Operation, format!("there is no template `{}`", template.value))
                    .label(template.span, "unknown template")
                    .did_you_mean(&template.value, known),
            );
            return None;
        };
        for (slot, given) in [("?principal", principal.is_some()), ("?resource", resource.is_some())] {
            if policy.slots.contains(slot) != given {
                let fits = if given { "has no slot" } else { "needs a value for" };
                let message = format!("the template `{}` {fits} `{slot}`", policy.id);
                let diagnostic = Diagnostic::new(Code::Operation, message).label(span, "this change");
                self.sink.push(diagnostic.label(policy.id_span, "the template"));
                return None;
            }
        }
        let mut argument = |node: Option<&Node>| -> Option<Option<Expression>> {
            let Some(node) = node else { return Some(None) };
            let expression = self.expression(node)?;
            expression.entity_types(self.sink)?;
            Some(Some(expression))
        };
        Some((template.value.clone(), argument(principal)?, argument(resource)?))
    }
}

fn slot_name(slot: &Slot) -> &Spanned<String> {
    match slot {
        Slot::Attribute(name) | Slot::Tag(name) => name,
    }
}

fn refuse_unset(slot: &Slot, sink: &mut Sink) -> bool {
    let name = slot_name(slot);
    let message = format!("the attribute `{}` is required, so it cannot be unset", name.value);
    sink.push(Diagnostic::new(Code::Operation, message).label(name.span, "required by the schema"));
    false
}

fn undeclared(slot: &Slot, entity_type: &EntityType) -> Diagnostic {
    match slot {
        Slot::Attribute(name) => Diagnostic::new(
            Code::Operation,
            format!("{} has no attribute `{}`", entity_type.name, name.value),
        )
        .label(name.span, "not in the schema")
        .did_you_mean(&name.value, entity_type.attributes.fields.keys().map(String::as_str)),
        Slot::Tag(name) => Diagnostic::new(Code::Operation, format!("{} has no tags", entity_type.name))
            .label(name.span, "this tag"),
    }
}
