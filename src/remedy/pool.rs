//! The values that a field could have: from the policies, the plan and the estate, never invented.

use std::collections::BTreeSet;

use super::replay::Replay;
use crate::model::{EntityKind, State, Type, Uid, Value};
use crate::policy::{Cell, constants, policies_for};

/// How many values of one field are tried.
const MOST: usize = 96;

/// What values are drawn from, the likeliest first.
pub(super) struct Pool {
    /// Values of the plan's steps, each with its field.
    plan: Vec<(String, Value)>,
    /// What the policies name.
    constants: Vec<Value>,
    /// Values of attributes near the step, each with its name.
    attributes: Vec<(String, Value)>,
    /// The entities near the step.
    near: Vec<Uid>,
    /// The ids of entities that do not exist and are needed.
    wanted: Vec<Value>,
}

impl Pool {
    /// What is near a step, and what the policies of it and of some actions name.
    pub(super) fn new(replay: &Replay<'_>, state: &State, actions: &[Uid], wanted: &[Uid]) -> Self {
        let question = replay.question;
        let step = replay.step();
        let reads = replay.probe.footprint(step, state).reads;
        let mut near: BTreeSet<Uid> = reads.iter().filter_map(Cell::entity).cloned().collect();
        near.extend([&step.principal, &step.resource].map(|uid| Uid::clone(uid)));
        let policies: Vec<&str> = actions
            .iter()
            .chain([&*step.action])
            .flat_map(|action| policies_for(question.bundle, action))
            .map(|policy| policy.id.as_str())
            .collect();
        let mut plan = Vec::new();
        for other in &question.plan.steps {
            fields(&other.context, "", &mut plan);
            plan.push((String::new(), Value::Entity(Uid::clone(&other.resource))));
        }
        let mut attributes = Vec::new();
        for uid in &near {
            for (name, value) in state.entity(uid).into_iter().flat_map(|entity| &entity.attributes) {
                attributes.push((name.clone(), value.clone()));
                fields(value, name, &mut attributes);
            }
        }
        let wanted = wanted.iter().map(|uid| Value::String(uid.id().unescaped().into())).collect();
        let mut named = constants(question.bundle, replay.deciding.iter().map(String::as_str));
        named.extend(constants(question.bundle, policies));
        let constants = named;
        Self { plan, constants, attributes, near: near.into_iter().collect(), wanted }
    }

    /// The entities near the step, in order.
    pub(super) fn near(&self) -> &[Uid] {
        &self.near
    }

    /// Values of a type for a field, the likeliest first; `own` is what the field has, and is left out.
    pub(super) fn values(
        &self,
        replay: &Replay<'_>,
        state: &State,
        field: &str,
        expected: &Type,
        own: Option<&Value>,
    ) -> Vec<Value> {
        let mut found: Vec<Value> = own.map(alike).unwrap_or_default();
        let alike_name = |name: &str| {
            !name.is_empty() && (name == field || name.starts_with(field) || field.starts_with(name))
        };
        let named = |values: &[(String, Value)], wanted: bool| -> Vec<Value> {
            let fitting = values.iter().filter(|(name, _)| alike_name(name) == wanted);
            fitting.flat_map(|(_, value)| spread(value)).collect()
        };
        found.extend(self.wanted.iter().cloned());
        found.extend(named(&self.plan, true));
        found.extend(named(&self.attributes, true));
        found.extend(self.constants.iter().flat_map(beside));
        found.extend(named(&self.plan, false));
        found.extend(named(&self.attributes, false));
        found.extend(inherent(replay, state, expected, &self.near));
        if let Type::Set(element) = expected {
            let single: Vec<Value> =
                found.iter().filter(|value| fits(replay, element, value)).cloned().collect();
            let inherent = inherent(replay, state, element, &self.near);
            found.splice(0..0, single.into_iter().chain(inherent).map(|value| Value::set([value])));
        }
        let mut kept: Vec<Value> = Vec::new();
        for value in found {
            if kept.len() < MOST
                && Some(&value) != own
                && fits(replay, expected, &value)
                && !kept.contains(&value)
            {
                kept.push(value);
            }
        }
        kept
    }
}

fn fits(replay: &Replay<'_>, expected: &Type, value: &Value) -> bool {
    !value.holds_unknown() && replay.question.bundle.schema().value_conforms(expected, value, "").is_ok()
}

/// The fields of a record at any depth, each with its name.
fn fields(value: &Value, name: &str, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Record(entries) => {
            entries.iter().filter(|(name, _)| *name != "plan").for_each(|(name, field)| {
                fields(field, name, found);
            })
        }
        other if !name.is_empty() => found.push((name.to_owned(), other.clone())),
        _ => {}
    }
}

/// A value, and the elements of a set.
fn spread(value: &Value) -> Vec<Value> {
    match value {
        Value::Set(elements) => [value.clone()].into_iter().chain(elements.iter().cloned()).collect(),
        other => vec![other.clone()],
    }
}

/// A constant with its neighbours: a number that is compared decides at itself or beside itself.
fn beside(value: &Value) -> Vec<Value> {
    match value {
        Value::Long(number) => {
            let near = [Some(*number), number.checked_add(1), number.checked_sub(1)];
            near.into_iter().flatten().map(Value::Long).collect()
        }
        other => vec![other.clone()],
    }
}

/// Values that a type has by itself.
fn inherent(replay: &Replay<'_>, state: &State, expected: &Type, near: &[Uid]) -> Vec<Value> {
    match expected {
        Type::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Type::Entity(name) => {
            let listed = replay.question.bundle.schema().types.get(name).map(|found| &found.kind);
            if let Some(EntityKind::Enumerated(ids)) = listed {
                let uid = |id: &String| format!("{name}::{id:?}").parse::<Uid>().ok();
                return ids.iter().filter_map(uid).map(Value::Entity).collect();
            }
            let mut others: Vec<&Uid> = state.uids().filter(|uid| uid.type_name() == name).collect();
            others.sort();
            let near = near.iter().filter(|uid| uid.type_name() == name);
            near.chain(others).take(2 * MOST).cloned().map(Value::Entity).collect()
        }
        Type::Long => vec![Value::Long(0), Value::Long(1)],
        _ => Vec::new(),
    }
}

/// Values that somebody who wrote this one may have meant: the same without punctuation, the next one.
fn alike(own: &Value) -> Vec<Value> {
    match own {
        Value::Bool(value) => vec![Value::Bool(!value)],
        Value::Long(number) => {
            [number.checked_add(1), number.checked_sub(1)].into_iter().flatten().map(Value::Long).collect()
        }
        Value::String(text) => {
            let texts = [digits(text), text.trim().to_owned(), text.to_lowercase(), next(text)];
            texts
                .into_iter()
                .filter(|other| **other != **text && !other.is_empty())
                .map(|other| Value::String(other.into()))
                .collect()
        }
        Value::Set(elements) if elements.len() > 1 => {
            let without =
                |left: &Value| Value::set(elements.iter().filter(|element| *element != left).cloned());
            elements.iter().map(without).collect()
        }
        _ => Vec::new(),
    }
}

/// The digits of a number that is written for people, with its plus sign.
fn digits(text: &str) -> String {
    let plausible = text.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    let kept = text.chars().enumerate().filter(|(at, c)| c.is_ascii_digit() || (*at == 0 && *c == '+'));
    if plausible { kept.map(|(_, c)| c).collect() } else { String::new() }
}

/// The next of a row: its last number one higher; a 2 behind a name that has no number.
fn next(text: &str) -> String {
    let (name, rest) = match text.split_once('@') {
        Some((name, _)) => text.split_at(name.len()),
        None => (text, ""),
    };
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = name.get(stem.len()..).unwrap_or_default();
    match number.parse::<u64>() {
        Ok(value) => format!("{stem}{:0width$}{rest}", value.saturating_add(1), width = number.len()),
        Err(_) => format!("{name}2{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_of_a_row_is_one_higher() {
        assert_eq!(next("+493023125001"), "+493023125002");
        assert_eq!(next("sip:emma@contoso.com"), "sip:emma2@contoso.com");
        assert_eq!(next("a09"), "a10");
        assert_eq!(digits("+49 (30) 23125-001"), "+493023125001");
        assert_eq!(digits("proxy.um"), "");
    }
}
