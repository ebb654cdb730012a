//! Values of attributes, tags and contexts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::Uid;

/// A value as Cedar has it, or one that is not known yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A boolean.
    Bool(bool),
    /// A 64-bit integer.
    Long(i64),
    /// A text.
    String(Arc<str>),
    /// A reference to an entity.
    Entity(Uid),
    /// A set.
    Set(Arc<BTreeSet<Value>>),
    /// A record.
    Record(Arc<BTreeMap<String, Value>>),
    /// An instant, a duration, an address or a decimal.
    Extension(Extension),
    /// A value that is not known yet.
    Unknown,
}

/// A value of one of Cedar's extension types.
///
/// Two are equal when Cedar says so, however they were written.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The type: `datetime`, `duration`, `ipaddr` or `decimal`.
    pub type_name: Arc<str>,
    /// A Cedar expression that is the same for equal values.
    pub canonical: Arc<str>,
    /// The text as a person wrote it, or the canonical expression.
    pub text: Arc<str>,
}

impl PartialEq for Extension {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Extension {}

impl PartialOrd for Extension {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Extension {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.type_name, &self.canonical).cmp(&(&other.type_name, &other.canonical))
    }
}

impl Value {
    /// Makes a set; one of which an element is not wholly known is not known itself.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Self {
        let elements: BTreeSet<Value> = elements.into_iter().collect();
        match elements.iter().any(Value::holds_unknown) {
            true => Value::Unknown,
            false => Value::Set(Arc::new(elements)),
        }
    }

    /// Makes a record.
    pub fn record(fields: impl IntoIterator<Item = (String, Value)>) -> Self {
        Value::Record(Arc::new(fields.into_iter().collect()))
    }

    /// The value as a plan's file would write it.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Value::Bool(value) => Json::Bool(*value),
            Value::Long(value) => Json::from(*value),
            Value::String(value) => Json::String(value.to_string()),
            Value::Entity(uid) => Json::String(uid.to_string()),
            Value::Set(elements) => Json::Array(elements.iter().map(Value::to_json).collect()),
            Value::Record(fields) => {
                fields.iter().map(|(name, field)| (name.clone(), field.to_json())).collect()
            }
            Value::Extension(extension) => Json::String(extension.text.to_string()),
            Value::Unknown => [("__unknown".to_owned(), Json::Bool(true))].into_iter().collect(),
        }
    }

    /// Says whether the value is, or holds, one that is not known yet.
    pub fn holds_unknown(&self) -> bool {
        match self {
            Value::Unknown => true,
            Value::Set(elements) => elements.iter().any(Value::holds_unknown),
            Value::Record(fields) => fields.values().any(Value::holds_unknown),
            _ => false,
        }
    }

    /// Calls back with every entity that the value names, at any depth.
    pub fn for_each_entity<'a>(&'a self, found: &mut impl FnMut(&'a Uid)) {
        match self {
            Value::Entity(uid) => found(uid),
            Value::Set(elements) => elements.iter().for_each(|element| element.for_each_entity(found)),
            Value::Record(fields) => fields.values().for_each(|field| field.for_each_entity(found)),
            Value::Bool(_) | Value::Long(_) | Value::String(_) | Value::Extension(_) | Value::Unknown => {}
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(value) => write!(f, "{value}"),
            Value::Long(value) => write!(f, "{value}"),
            Value::String(value) => write!(f, "{value:?}"),
            Value::Entity(uid) => write!(f, "{uid}"),
            Value::Set(elements) => {
                f.write_str("[")?;
                for (at, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Value::Record(fields) => {
                f.write_str("{")?;
                for (at, (name, field)) in fields.iter().enumerate() {
                    write!(f, "{}{name:?}: {field}", if at > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
            Value::Extension(extension) => write!(f, "{}", extension.canonical),
            Value::Unknown => f.write_str("not known yet"),
        }
    }
}
