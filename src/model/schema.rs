//! What a bundle's schema declares, as plain data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Entity, Extension, TypeName, Uid, Value};

/// Reads the text of an extension value, `2026-11-28T22:00:00Z` for a `datetime`.
///
/// The error is a sentence that says what such a text looks like.
pub type ExtensionReader = fn(type_name: &str, text: &str) -> Result<Extension, String>;

/// The entity types and actions of a schema.
#[derive(Clone, Debug)]
pub struct Schema {
    /// The namespace of types written without one; empty for none.
    pub namespace: String,
    /// The entity types by name.
    pub types: BTreeMap<TypeName, EntityType>,
    /// The actions by uid, groups included.
    pub actions: BTreeMap<Uid, Action>,
    /// Reads extension values.
    pub read_extension: ExtensionReader,
}

/// An entity type.
#[derive(Clone, Debug)]
pub struct EntityType {
    /// Its name, with namespace.
    pub name: TypeName,
    /// Whether its entities are listed in the schema.
    pub kind: EntityKind,
    /// The types that its entities may be in, directly or not.
    pub ancestors: BTreeSet<TypeName>,
    /// Its attributes.
    pub attributes: Record,
    /// The type of its tags, where it has tags.
    pub tags: Option<Type>,
}

/// Whether the entities of a type are listed in the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityKind {
    /// They are records of the estate.
    Standard,
    /// They have these ids, and exist without a record.
    Enumerated(BTreeSet<String>),
}

/// An action, or a group of actions.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its uid.
    pub uid: Uid,
    /// The types of principal it applies to; none for a group.
    pub principals: BTreeSet<TypeName>,
    /// The types of resource it applies to.
    pub resources: BTreeSet<TypeName>,
    /// Its context.
    pub context: Record,
    /// The action groups it is in, directly or not.
    pub ancestors: BTreeSet<Uid>,
}

/// The fields of a record type, or the attributes of an entity type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// By name: the type, and whether the field must be there.
    pub fields: BTreeMap<String, (Type, bool)>,
}

/// A type of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `Bool`.
    Bool,
    /// `Long`.
    Long,
    /// `String`.
    String,
    /// An entity of that type.
    Entity(TypeName),
    /// A set of values of one type.
    Set(Box<Type>),
    /// A record.
    Record(Record),
    /// `datetime`, `duration`, `ipaddr` or `decimal`.
    Extension(Arc<str>),
}

/// A value that does not conform to its type: where in the value, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Names of attributes and fields, from the outside in, joined by dots.
    pub path: String,
    /// A clause that says what is wrong, `expects Long and gets "x"`.
    pub why: String,
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Type::Bool => f.write_str("Bool"),
            Type::Long => f.write_str("Long"),
            Type::String => f.write_str("String"),
            Type::Entity(name) => write!(f, "{name}"),
            Type::Set(element) => write!(f, "Set<{element}>"),
            Type::Record(_) => f.write_str("a record"),
            Type::Extension(name) => f.write_str(name),
        }
    }
}

impl Schema {
    /// The action that a name means: an id in the bundle's namespace, or a whole uid.
    pub fn action_named(&self, name: &str) -> Option<&Action> {
        let namespace =
            if self.namespace.is_empty() { String::new() } else { format!("{}::", self.namespace) };
        let action_type: TypeName = format!("{namespace}Action").parse().ok()?;
        let short = Uid::from_type_name_and_id(action_type, cedar_policy::EntityId::new(name));
        self.actions.get(&short).or_else(|| self.actions.get(&name.parse::<Uid>().ok()?))
    }

    /// The name that [`Schema::action_named`] reads for an action.
    pub fn action_name(&self, uid: &Uid) -> String {
        let id = uid.id().unescaped();
        match self.action_named(id) {
            Some(action) if action.uid == *uid => id.to_owned(),
            _ => uid.to_string(),
        }
    }

    /// The names of all actions that a step could do, in order.
    pub fn action_names(&self) -> Vec<String> {
        self.actions
            .values()
            .filter(|action| !action.principals.is_empty())
            .map(|action| self.action_name(&action.uid))
            .collect()
    }

    /// The entity type of that name; one without a namespace is looked for in the bundle's.
    pub fn type_named(&self, name: &str) -> Option<&EntityType> {
        let qualified = self.qualified(name);
        self.types.get(&qualified.parse::<TypeName>().ok()?)
    }

    /// A type's name with the bundle's namespace where it has none.
    pub fn qualified(&self, name: &str) -> String {
        match name.contains("::") || self.namespace.is_empty() {
            true => name.to_owned(),
            false => format!("{}::{name}", self.namespace),
        }
    }

    /// A uid's text with the bundle's namespace where its type has none.
    pub fn qualified_uid(&self, text: &str) -> String {
        let type_name = text.split('"').next().unwrap_or_default();
        match type_name.trim_end_matches("::").contains("::") || self.namespace.is_empty() {
            true => text.to_owned(),
            false => format!("{}::{text}", self.namespace),
        }
    }

    /// Says whether an entity exists without a record, because the schema lists it.
    pub fn enumerates(&self, uid: &Uid) -> bool {
        self.types.get(uid.type_name()).is_some_and(|entity_type| match &entity_type.kind {
            EntityKind::Standard => false,
            EntityKind::Enumerated(ids) => ids.contains(uid.id().unescaped()),
        })
    }

    /// Says whether a uid is one of an action of the schema.
    pub fn declares_action(&self, uid: &Uid) -> bool {
        self.actions.contains_key(uid)
    }

    /// Checks an entity's attributes, tags and parents against its type.
    ///
    /// # Errors
    /// The first attribute, tag or parent that does not conform, in order of name.
    pub fn conforms(&self, uid: &Uid, entity: &Entity) -> Result<(), Mismatch> {
        let Some(entity_type) = self.types.get(uid.type_name()) else {
            return Err(Mismatch {
                path: String::new(),
                why: format!("the type {} is not in the schema", uid.type_name()),
            });
        };
        if let EntityKind::Enumerated(ids) = &entity_type.kind
            && !ids.contains(uid.id().unescaped())
        {
            return Err(Mismatch { path: String::new(), why: format!("the schema does not list {uid}") });
        }
        self.record_conforms(&entity_type.attributes, &entity.attributes, "")?;
        for (name, value) in &entity.tags {
            match &entity_type.tags {
                None => {
                    return Err(Mismatch {
                        path: name.clone(),
                        why: format!("{} has no tags", entity_type.name),
                    });
                }
                Some(tag_type) => self.value_conforms(tag_type, value, name)?,
            }
        }
        self.parents_conform(uid, entity.parents.iter())
    }

    /// Checks an entity's parents against its type.
    ///
    /// # Errors
    /// The first parent, by uid, that the type may not be in.
    pub fn parents_conform<'a>(
        &self,
        uid: &Uid,
        parents: impl Iterator<Item = &'a Uid>,
    ) -> Result<(), Mismatch> {
        let Some(entity_type) = self.types.get(uid.type_name()) else { return Ok(()) };
        match parents.filter(|parent| !entity_type.ancestors.contains(parent.type_name())).min() {
            None => Ok(()),
            Some(parent) => {
                let why = format!("{} may not be in {}", entity_type.name, parent.type_name());
                Err(Mismatch { path: String::new(), why })
            }
        }
    }

    /// Checks a value against a type; an unknown value conforms to every type.
    ///
    /// # Errors
    /// The first part that does not conform.
    pub fn value_conforms(&self, expected: &Type, value: &Value, path: &str) -> Result<(), Mismatch> {
        match (expected, value) {
            (_, Value::Unknown)
            | (Type::Bool, Value::Bool(_))
            | (Type::Long, Value::Long(_))
            | (Type::String, Value::String(_)) => Ok(()),
            (Type::Entity(name), Value::Entity(uid)) if uid.type_name() == name => {
                self.enumerated_conforms(uid, path)
            }
            (Type::Extension(name), Value::Extension(extension)) if extension.type_name == *name => Ok(()),
            (Type::Set(element), Value::Set(elements)) => {
                elements.iter().try_for_each(|value| self.value_conforms(element, value, path))
            }
            (Type::Record(record), Value::Record(fields)) => self.record_conforms(record, fields, path),
            _ => Err(Mismatch { path: path.to_owned(), why: format!("expects {expected} and gets {value}") }),
        }
    }

    fn enumerated_conforms(&self, uid: &Uid, path: &str) -> Result<(), Mismatch> {
        match self.types.get(uid.type_name()).map(|entity_type| &entity_type.kind) {
            Some(EntityKind::Enumerated(ids)) if !ids.contains(uid.id().unescaped()) => {
                Err(Mismatch { path: path.to_owned(), why: format!("the schema does not list {uid}") })
            }
            _ => Ok(()),
        }
    }

    fn record_conforms(
        &self,
        record: &Record,
        fields: &BTreeMap<String, Value>,
        path: &str,
    ) -> Result<(), Mismatch> {
        let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        for (name, (expected, required)) in &record.fields {
            match fields.get(name) {
                Some(value) => self.value_conforms(expected, value, &inside(name))?,
                None if *required => {
                    return Err(Mismatch { path: inside(name), why: "is required and absent".to_owned() });
                }
                None => {}
            }
        }
        match fields.keys().find(|name| !record.fields.contains_key(*name)) {
            Some(name) => {
                Err(Mismatch { path: inside(name), why: "is not declared by the schema".to_owned() })
            }
            None => Ok(()),
        }
    }
}
