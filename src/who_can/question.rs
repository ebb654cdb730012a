//! The question: an action, a resource, and a context of what was given and what is assumed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::decide::{circles_are_not_asked, circles_are_not_reached, moment};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Node, NodeKind};
use crate::model::{Action, Estate, Record, Schema, Type, Uid, Value};
use crate::policy::{Bundle, Request};
use crate::resolve;
use crate::source::{Span, Spanned, visible};

/// The context field that the engine fills.
const PLAN: &str = "plan";
/// The field of it that is different for each principal.
const PERFORMERS: &str = "performers";

/// What somebody asks, in their words.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The action: an id in the bundle's namespace, or a whole uid.
    pub action: &'a str,
    /// The uid of the resource.
    pub resource: &'a str,
    /// Fields of the context, and `plan.…` for what the engine would fill.
    pub given: Option<&'a Node>,
    /// The instant to ask for.
    pub at: Timestamp,
}

/// Who may do this?
#[derive(Clone, Debug)]
pub struct Question {
    /// What is done.
    pub action: Uid,
    /// To what.
    pub resource: Uid,
    /// With which parameters; what is not known is unknown.
    pub context: Value,
    /// What the context says without having been told, a clause each.
    pub assumed: Vec<String>,
    /// Whether the policies are told who performs the plan.
    tells_performers: bool,
}

impl Question {
    /// The request of a principal, with what the context says of everybody.
    pub(super) fn about<'a>(&'a self, principal: &'a Uid) -> Request<'a> {
        Request { principal, action: &self.action, resource: &self.resource, context: &self.context }
    }

    /// The context of one principal's request.
    pub(super) fn context_of(&self, principal: &Uid) -> Value {
        match &self.context {
            Value::Record(fields) if self.tells_performers => {
                let mut fields = fields.as_ref().clone();
                if let Some(Value::Record(plan)) = fields.get(PLAN) {
                    let mut plan = plan.as_ref().clone();
                    plan.insert(PERFORMERS.to_owned(), Value::set([Value::Entity(principal.clone())]));
                    fields.insert(PLAN.to_owned(), Value::record(plan));
                }
                Value::record(fields)
            }
            context => context.clone(),
        }
    }
}

/// Makes a question of what was asked; everything wrong with it is reported together.
pub fn question(bundle: &Bundle, estate: &Estate, asked: Asked<'_>, sink: &mut Sink) -> Option<Question> {
    let schema = bundle.schema();
    let resource = resource(schema, estate, asked.resource, sink);
    let action = action(schema, asked.action, sink)?;
    let context = context(schema, action, asked, sink);
    let resource = resource.filter(|resource| applies(action, resource, schema, sink));
    let (fields, assumed) = context?;
    let tells_performers = matches!(fields.get(PLAN), Some(Value::Record(plan)) if plan.get(PERFORMERS) == Some(&Value::Unknown));
    let context = Value::record(fields);
    let mut entities: Vec<&Uid> = Vec::new();
    context.for_each_entity(&mut |uid| entities.push(uid));
    let complete = entities.iter().filter(|uid| !exists(schema, estate, uid, sink)).count() == 0;
    complete.then_some(())?;
    let types = action.principals.iter().collect();
    let others = resource.iter().chain(entities).collect();
    let asked = circles_are_not_asked(&types, &others, estate, sink);
    circles_are_not_reached(estate, bundle, None, sink).and(asked)?;
    Some(Question { action: action.uid.clone(), resource: resource?, context, assumed, tells_performers })
}

fn action<'a>(schema: &'a Schema, name: &str, sink: &mut Sink) -> Option<&'a Action> {
    match schema.action_named(name) {
        Some(action) if !action.principals.is_empty() => Some(action),
        Some(_) => {
            let message = format!("`{}` is a group of actions, and a request is for one", visible(name));
            sink.push(Diagnostic::new(Code::UnknownAction, message));
            None
        }
        None => {
            let known = schema.action_names();
            let message = format!("unknown action `{}`", visible(name));
            sink.push(
                Diagnostic::new(Code::UnknownAction, message)
                    .did_you_mean(name, known.iter().map(String::as_str)),
            );
            None
        }
    }
}

fn resource(schema: &Schema, estate: &Estate, text: &str, sink: &mut Sink) -> Option<Uid> {
    match resolve::uid_named(text, schema) {
        Ok(uid) => exists(schema, estate, &uid, sink).then_some(uid),
        Err(why) => {
            sink.push(Diagnostic::new(Code::MalformedUid, why));
            None
        }
    }
}

/// Says whether an entity exists, and reports where it does not.
pub fn exists(schema: &Schema, estate: &Estate, uid: &Uid, sink: &mut Sink) -> bool {
    let exists = estate.state.contains(uid) || schema.enumerates(uid) || schema.declares_action(uid);
    if !exists {
        let known: Vec<String> = estate.state.uids().map(ToString::to_string).collect();
        let named = uid.to_string();
        let diagnostic = Diagnostic::new(Code::UnknownEntity, format!("`{named}` is not in the estate"));
        sink.push(diagnostic.did_you_mean(&named, known.iter().map(String::as_str)));
    }
    exists
}

fn applies(action: &Action, resource: &Uid, schema: &Schema, sink: &mut Sink) -> bool {
    let applies = action.resources.contains(resource.type_name());
    if !applies {
        let types: Vec<String> = action.resources.iter().map(|name| format!("`{name}`")).collect();
        let name = schema.action_name(&action.uid);
        let message = format!("`{name}` cannot be done to a {}", resource.type_name());
        let hint = format!("it is done to {}", types.join(", "));
        sink.push(Diagnostic::new(Code::InvalidRequest, message).hint(hint));
    }
    applies
}

/// The context's fields, and what of them was assumed.
fn context(
    schema: &Schema,
    action: &Action,
    asked: Asked<'_>,
    sink: &mut Sink,
) -> Option<(BTreeMap<String, Value>, Vec<String>)> {
    let entries: &[(Spanned<String>, Node)] = match asked.given.map(|node| &node.kind) {
        Some(NodeKind::Map(entries)) => entries,
        _ => &[],
    };
    let whole = asked.given.map(|node| node.span);
    let of_plan = |entry: &&(Spanned<String>, Node)| entry.0.value.starts_with("plan.");
    let own: Vec<_> = entries.iter().filter(|entry| !of_plan(entry)).cloned().collect();
    let of_plan: Vec<_> =
        entries.iter().filter(of_plan).map(|(name, node)| (without_prefix(name), node.clone())).collect();
    let mut declared = action.context.clone();
    let plan = declared.fields.remove(PLAN).map(|(declared, _)| declared);
    let lacking: Vec<(&String, &Type)> = declared
        .fields
        .iter()
        .filter(|(name, (_, required))| *required && !own.iter().any(|(given, _)| given.value == **name))
        .map(|(name, (wanted, _))| (name, wanted))
        .collect();
    if !lacking.is_empty() {
        sink.push(lacks(schema, action, &lacking));
    }
    let mut fields = match whole {
        Some(whole) => resolve::fields(&own, &optional(&declared), whole, schema, sink)?,
        None => BTreeMap::new(),
    };
    if !lacking.is_empty() {
        return None;
    }
    let mut assumed = Vec::new();
    if let Some(Type::Record(plan)) = plan {
        let mut told = told(&of_plan, &plan, whole, schema, sink)?;
        assume(&plan, schema, action, asked.at, &mut told, &mut assumed);
        fields.insert(PLAN.to_owned(), Value::record(told));
    }
    Some((fields, assumed))
}

fn without_prefix(name: &Spanned<String>) -> Spanned<String> {
    Spanned::new(name.value.trim_start_matches("plan.").to_owned(), name.span)
}

fn lacks(schema: &Schema, action: &Action, lacking: &[(&String, &Type)]) -> Diagnostic {
    let names: Vec<String> = lacking.iter().map(|(name, _)| format!("`{name}`")).collect();
    let message = format!("the context of `{}` lacks {}", schema.action_name(&action.uid), names.join(", "));
    lacking.iter().fold(Diagnostic::new(Code::WrongValue, message), |diagnostic, (name, wanted)| {
        diagnostic.hint(format!("give a value of type {wanted} with `--with '{name}=…'`"))
    })
}

fn told(
    entries: &[(Spanned<String>, Node)],
    plan: &Record,
    whole: Option<Span>,
    schema: &Schema,
    sink: &mut Sink,
) -> Option<BTreeMap<String, Value>> {
    match whole {
        Some(whole) => resolve::fields(entries, &optional(plan), whole, schema, sink),
        None => Some(BTreeMap::new()),
    }
}

/// A record of the same fields, none of which must be there.
fn optional(record: &Record) -> Record {
    let fields = record.fields.iter().map(|(name, (declared, _))| (name.clone(), (declared.clone(), false)));
    Record { fields: fields.collect() }
}

/// Fills what the engine would fill of a plan of this one step: what is known, and else unknown.
fn assume(
    plan: &Record,
    schema: &Schema,
    action: &Action,
    at: Timestamp,
    told: &mut BTreeMap<String, Value>,
    assumed: &mut Vec<String>,
) {
    let name = schema.action_name(&action.uid);
    for (field, (declared, _)) in &plan.fields {
        if told.contains_key(field) {
            continue;
        }
        let (value, clause) = match field.as_str() {
            "at" => (moment("UTC", schema, at), format!("it is {at}, in the zone UTC")),
            "approvers" => (Value::set([]), "nobody has approved it".to_owned()),
            "approvalCount" => (Value::Long(0), "nobody has approved it".to_owned()),
            "performs" => {
                (Value::set([Value::String(name.as_str().into())]), "the plan holds nothing else".to_owned())
            }
            PERFORMERS => (Value::Unknown, "the plan holds nothing else".to_owned()),
            other => {
                (Value::Unknown, format!("`plan.{other}` is not known; `--with 'plan.{other}=…'` gives it"))
            }
        };
        told.insert(field.clone(), only_declared(value, declared));
        if !assumed.contains(&clause) {
            assumed.push(clause);
        }
    }
}

/// A record with only the fields that its type declares.
fn only_declared(value: Value, declared: &Type) -> Value {
    match (value, declared) {
        (Value::Record(fields), Type::Record(record)) => {
            let known = fields.iter().filter(|(name, _)| record.fields.contains_key(*name));
            Value::record(known.map(|(name, field)| (name.clone(), field.clone())))
        }
        (value, _) => value,
    }
}
