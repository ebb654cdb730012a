//! The Cedar schema: parsed by Cedar, and as plain data for everyone else.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy_core::ast::EntityType as CedarType;
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::types::{Attributes, EntityKind as TypeKind, Type as CedarValueType};
use cedar_policy_core::validator::{ValidatorEntityTypeKind, ValidatorSchema};

use super::expansion::{self, Excess};
use super::{declarations, diagnose, guard, value};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::{Action, EntityKind, EntityType, Record, Schema, Type, TypeName, Uid};
use crate::source::{SourceId, SourceMap, Span};

/// A schema in both forms.
pub(super) struct CompiledSchema {
    /// Cedar's own.
    pub cedar: ValidatorSchema,
    /// Ours.
    pub model: Schema,
}

/// Parses a schema in Cedar's human syntax, or in its JSON syntax where the file ends in `.json`.
pub(super) fn compile(
    sources: &SourceMap,
    source: SourceId,
    namespace: &str,
    sink: &mut Sink,
) -> Option<CompiledSchema> {
    let text = sources.get(source).text();
    let whole = Span::new(source, 0, 0);
    let cedar = if sources.get(source).path().ends_with(".json") {
        parse_json(text, source, whole, sink)?
    } else {
        parse_human(text, source, whole, sink)?
    };
    if let Err(error) = cedar.check_complete() {
        diagnose::push(Code::CedarSchema, &error, source, Some(whole), sink);
        return None;
    }
    match convert(&cedar, namespace) {
        Ok(model) => Some(CompiledSchema { cedar, model }),
        Err(message) => {
            sink.push(Diagnostic::new(Code::CedarSchema, message).label(whole, ""));
            None
        }
    }
}

fn parse_human(text: &str, source: SourceId, whole: Span, sink: &mut Sink) -> Option<ValidatorSchema> {
    if !guard::check(source, text, sink) {
        return None;
    }
    let fragment = match declarations::parse(text) {
        Ok((fragment, warnings)) => {
            for warning in warnings {
                let mut diagnostic = diagnose::convert(Code::CedarSchema, &warning, source, Some(whole));
                diagnostic.severity = crate::diagnostic::Severity::Warning;
                sink.push(diagnostic);
            }
            fragment
        }
        Err(error) => {
            diagnose::push(Code::CedarSchema, &error, source, Some(whole), sink);
            return None;
        }
    };
    if let Ok(json) = serde_json::to_value(&fragment) {
        fits(&json, whole, sink)?;
    }
    match ValidatorSchema::try_from(fragment) {
        Ok(schema) => Some(schema),
        Err(error) => {
            diagnose::push(Code::CedarSchema, &error, source, Some(whole), sink);
            None
        }
    }
}

/// Refuses a schema that is too large when its common types are written out.
fn fits(json: &serde_json::Value, whole: Span, sink: &mut Sink) -> Option<()> {
    let Some(excess) = expansion::excess(json) else { return Some(()) };
    let message = match excess {
        Excess::Types => format!("the schema stands for more than {} types", expansion::MAX_TYPES),
        Excess::Nesting => format!("the types of the schema nest more than {} deep", expansion::MAX_NESTING),
    };
    let hint = "common types are written out wherever they are used; make them simpler";
    sink.push(Diagnostic::new(Code::Limit, message).label(whole, "").hint(hint));
    None
}

fn parse_json(text: &str, source: SourceId, whole: Span, sink: &mut Sink) -> Option<ValidatorSchema> {
    if let Ok(json) = serde_json::from_str(text) {
        fits(&json, whole, sink)?;
    }
    match ValidatorSchema::from_json_str(text, Extensions::all_available()) {
        Ok(schema) => Some(schema),
        Err(error) => {
            diagnose::push(Code::CedarSchema, &error, source, Some(whole), sink);
            None
        }
    }
}

fn convert(cedar: &ValidatorSchema, namespace: &str) -> Result<Schema, String> {
    let mut types = BTreeMap::new();
    for entity_type in cedar.entity_types() {
        let name = type_name(entity_type.name());
        let kind = match &entity_type.kind {
            ValidatorEntityTypeKind::Enum(ids) => {
                EntityKind::Enumerated(ids.iter().map(|id| AsRef::<str>::as_ref(id).to_owned()).collect())
            }
            _ => EntityKind::Standard,
        };
        let ancestors = cedar.ancestors(entity_type.name()).into_iter().flatten().map(type_name).collect();
        let attributes = record(entity_type.attributes())?;
        let tags = entity_type.tag_type().map(value_type).transpose()?;
        types.insert(name.clone(), EntityType { name, kind, ancestors, attributes, tags });
    }
    let mut actions = BTreeMap::new();
    for action in cedar.action_ids() {
        let uid: Uid = action.name().clone().into();
        let context = match action.context_type() {
            Some(CedarValueType::Record { attrs, .. }) => record(attrs)?,
            _ => Record::default(),
        };
        let principals = action.applies_to_principals().map(type_name).collect();
        let resources = action.applies_to_resources().map(type_name).collect();
        actions
            .insert(uid.clone(), Action { uid, principals, resources, context, ancestors: BTreeSet::new() });
    }
    for group in cedar.action_ids() {
        for member in group.descendants() {
            if let Some(action) = actions.get_mut(&member.clone().into()) {
                action.ancestors.insert(group.name().clone().into());
            }
        }
    }
    Ok(Schema { namespace: namespace.to_owned(), types, actions, read_extension: value::read_extension })
}

/// Our name of one of Cedar's entity types.
pub(super) fn type_name(name: &CedarType) -> TypeName {
    name.clone().into()
}

fn record(attributes: &Attributes) -> Result<Record, String> {
    let mut fields = BTreeMap::new();
    for (name, attribute) in attributes.iter() {
        fields.insert(name.to_string(), (value_type(&attribute.attr_type)?, attribute.is_required));
    }
    Ok(Record { fields })
}

/// Our form of one of Cedar's types.
///
/// # Errors
/// A sentence, for the types that only arise inside the validator.
pub(super) fn value_type(cedar: &CedarValueType) -> Result<Type, String> {
    Ok(match cedar {
        CedarValueType::Bool(_) => Type::Bool,
        CedarValueType::Long => Type::Long,
        CedarValueType::String => Type::String,
        CedarValueType::Set { element_type: Some(element) } => Type::Set(Box::new(value_type(element)?)),
        CedarValueType::Record { attrs, .. } => Type::Record(record(attrs)?),
        CedarValueType::ExtensionType { name } => Type::Extension(name.to_string().into()),
        CedarValueType::Entity(TypeKind::Entity(names)) => match names.get_single_entity() {
            Some(name) => Type::Entity(type_name(name)),
            None => return Err("a value may be of several entity types".to_owned()),
        },
        CedarValueType::Never
        | CedarValueType::Set { element_type: None }
        | CedarValueType::Entity(TypeKind::AnyEntity) => {
            return Err("a value has no definite type".to_owned());
        }
    })
}
