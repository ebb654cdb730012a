//! Evaluation of terms in a state.

use std::sync::Arc;

use super::{Function, Operator, Scalar, Term};
use crate::model::{EntityId, Extension, RecordView, SetView, State, Value, ValueView};

/// What a term is evaluated in.
#[derive(Clone, Copy)]
pub(in super::super) struct Scene<'a> {
    pub state: &'a State,
    /// The entities that terms name, by place.
    pub literals: &'a [EntityId],
    pub principal: EntityId,
    pub action: EntityId,
    pub resource: EntityId,
    /// A record.
    pub context: ValueView<'a>,
}

/// Whether a term is true; nothing where Cedar has to say.
pub(in super::super) fn truth(term: &Term, scene: &Scene<'_>) -> Option<bool> {
    match run(term, scene)? {
        Found::Bool(truth) => Some(truth),
        _ => None,
    }
}

/// The value of a term; nothing where Cedar has to say.
pub(in super::super) fn value_of(term: &Term, scene: &Scene<'_>) -> Option<Value> {
    let value = match run(term, scene)? {
        Found::Bool(truth) => Value::Bool(truth),
        Found::Long(number) => Value::Long(number),
        Found::String(text) => Value::String(text.into()),
        Found::Entity(id) => Value::Entity(scene.state.uid(id).clone()),
        Found::Scalar(scalar) => Value::Extension(scalar.extension()?),
        Found::Set(Elements::Stored(set)) => scene.state.value(ValueView::Set(set)),
        Found::Set(Elements::Listed(_)) | Found::Record(_) => return None,
    };
    Some(plain(value))
}

/// A value without the words that a person wrote it in.
fn plain(value: Value) -> Value {
    match value {
        Value::Extension(extension) => {
            Value::Extension(Extension { text: Arc::clone(&extension.canonical), ..extension })
        }
        Value::Set(elements) => Value::Set(Arc::new(elements.iter().cloned().map(plain).collect())),
        Value::Record(fields) => {
            Value::record(fields.iter().map(|(name, field)| (name.clone(), plain(field.clone()))))
        }
        other => other,
    }
}

/// A value on the way.
#[derive(Clone)]
enum Found<'a> {
    Bool(bool),
    Long(i64),
    String(&'a str),
    Entity(EntityId),
    Scalar(Scalar),
    Set(Elements<'a>),
    Record(RecordView<'a>),
}

/// The elements of a set: of the state, or of a policy.
#[derive(Clone)]
enum Elements<'a> {
    Stored(SetView<'a>),
    Listed(Vec<Found<'a>>),
}

fn run<'a>(term: &'a Term, scene: &Scene<'a>) -> Option<Found<'a>> {
    Some(match term {
        Term::Bool(truth) => Found::Bool(*truth),
        Term::Long(number) => Found::Long(*number),
        Term::String(text) => Found::String(text),
        Term::Entity(place) => Found::Entity(*scene.literals.get(*place)?),
        Term::Constant(scalar) => Found::Scalar(scalar.clone()),
        Term::Principal => Found::Entity(scene.principal),
        Term::Action => Found::Entity(scene.action),
        Term::Resource => Found::Entity(scene.resource),
        Term::Context => found(scene.context)?,
        Term::And(both) => {
            let [left, right] = both.as_ref();
            Found::Bool(truth(left, scene)? && truth(right, scene)?)
        }
        Term::Or(both) => {
            let [left, right] = both.as_ref();
            Found::Bool(truth(left, scene)? || truth(right, scene)?)
        }
        Term::Not(inner) => Found::Bool(!truth(inner, scene)?),
        Term::If(parts) => {
            let [test, then, otherwise] = parts.as_ref();
            run(if truth(test, scene)? { then } else { otherwise }, scene)?
        }
        Term::Binary(operator, both) => {
            let [left, right] = both.as_ref();
            let (left, right) = (run(left, scene)?, run(right, scene)?);
            binary(*operator, &left, &right, scene)?
        }
        Term::Set(elements) => {
            let elements: Option<Vec<Found<'a>>> =
                elements.iter().map(|element| run(element, scene)).collect();
            Found::Set(Elements::Listed(elements?))
        }
        Term::Attribute(subject, name) => match run(subject, scene)? {
            Found::Entity(id) => found(scene.state.attribute_of(id, name)?)?,
            Found::Record(record) => found(record.get(name)?)?,
            _ => return None,
        },
        Term::Tag(both) => {
            let (id, name) = tag(both, scene)?;
            found(scene.state.tag_of(id, name)?)?
        }
        Term::Negate(inner) => Found::Long(long(run(inner, scene)?)?.checked_neg()?),
        Term::Time(function, inner) => time(*function, run(inner, scene)?)?,
        _ => Found::Bool(test(term, scene)?),
    })
}

/// Evaluates what can only be true or false.
fn test(term: &Term, scene: &Scene<'_>) -> Option<bool> {
    Some(match term {
        Term::InAny(subject, groups) => {
            let subject = entity(&run(subject, scene)?)?;
            let mut is_in = false;
            for group in groups {
                let group = entity(&run(group, scene)?)?;
                is_in = is_in || scene.state.is_in(subject, group);
            }
            is_in
        }
        Term::IsEmpty(inner) => match run(inner, scene)? {
            Found::Set(Elements::Stored(set)) => set.is_empty(),
            Found::Set(Elements::Listed(set)) => set.is_empty(),
            _ => return None,
        },
        Term::Has(subject, names) => has(run(subject, scene)?, names, scene)?,
        Term::HasTag(both) => {
            let (id, name) = tag(both, scene)?;
            match scene.state.tag_of(id, name) {
                None if may_have(id, name, scene) => return None,
                None => false,
                Some(ValueView::Unknown) => return None,
                Some(_) => true,
            }
        }
        Term::Like(inner, pattern) => match run(inner, scene)? {
            Found::String(text) => pattern.wildcard_match(text),
            _ => return None,
        },
        Term::Is(inner, name) => scene.state.type_of(entity(&run(inner, scene)?)?) == name,
        _ => return None,
    })
}

/// Says whether an unknown tag stands for one that is not given: `a.*` for `a.b.c`, `*` for every tag.
fn may_have(id: EntityId, name: &str, scene: &Scene<'_>) -> bool {
    let is_unknown = |tag: &str| matches!(scene.state.tag_of(id, tag), Some(ValueView::Unknown));
    let mut starts = name.match_indices('.').filter_map(|(dot, _)| name.get(..=dot));
    is_unknown("*") || starts.any(|start| is_unknown(&format!("{start}*")))
}

/// A value of a state as one on the way; nothing where it is not known.
fn found(view: ValueView<'_>) -> Option<Found<'_>> {
    Some(match view {
        ValueView::Bool(truth) => Found::Bool(truth),
        ValueView::Long(number) => Found::Long(number),
        ValueView::String(text) => Found::String(text),
        ValueView::Entity(id) => Found::Entity(id),
        ValueView::Set(set) => Found::Set(Elements::Stored(set)),
        ValueView::Record(record) => Found::Record(record),
        ValueView::Extension(extension) => Found::Scalar(Scalar::of(extension)),
        ValueView::Unknown => return None,
    })
}

fn long(found: Found<'_>) -> Option<i64> {
    match found {
        Found::Long(number) => Some(number),
        _ => None,
    }
}

fn entity(found: &Found<'_>) -> Option<EntityId> {
    match found {
        Found::Entity(id) => Some(*id),
        _ => None,
    }
}

fn tag<'a>(both: &'a [Term; 2], scene: &Scene<'a>) -> Option<(EntityId, &'a str)> {
    let [subject, name] = both;
    match (run(subject, scene)?, run(name, scene)?) {
        (Found::Entity(id), Found::String(name)) => Some((id, name)),
        _ => None,
    }
}

/// Says whether there is an attribute, and attributes of attributes.
///
/// What the walk to an absent one passes is read; of the last only whether it is there.
fn has(subject: Found<'_>, names: &[Box<str>], scene: &Scene<'_>) -> Option<bool> {
    let mut at = subject;
    let mut names = names.iter().peekable();
    while let Some(name) = names.next() {
        let next = match &at {
            Found::Entity(id) => scene.state.attribute_of(*id, name),
            Found::Record(record) => record.get(name),
            _ => return None,
        };
        match next {
            None => return Some(false),
            Some(ValueView::Unknown) => return None,
            Some(view) if names.peek().is_some() => at = found(view)?,
            Some(_) => {}
        }
    }
    Some(true)
}

fn binary<'a>(
    operator: Operator,
    left: &Found<'a>,
    right: &Found<'a>,
    scene: &Scene<'a>,
) -> Option<Found<'a>> {
    use Operator::{
        Add, Contains, ContainsAll, ContainsAny, Equal, In, Less, LessOrEqual, Multiply, Subtract,
    };
    Some(match operator {
        Equal => Found::Bool(same(left, right)?),
        Less => Found::Bool(ordered(left, right)?.is_lt()),
        LessOrEqual => Found::Bool(ordered(left, right)?.is_le()),
        Add | Subtract | Multiply => {
            let (Found::Long(left), Found::Long(right)) = (left, right) else { return None };
            Found::Long(match operator {
                Add => left.checked_add(*right)?,
                Subtract => left.checked_sub(*right)?,
                _ => left.checked_mul(*right)?,
            })
        }
        In => Found::Bool(scene.state.is_in(entity(left)?, entity(right)?)),
        Contains => Found::Bool(contains(set(left)?, right)?),
        ContainsAll => Found::Bool(contains_all(set(left)?, set(right)?)?),
        ContainsAny => Found::Bool(contains_any(set(left)?, set(right)?)?),
        _ => of_scalars(operator, left, right)?,
    })
}

fn of_scalars<'a>(operator: Operator, left: &Found<'a>, right: &Found<'a>) -> Option<Found<'a>> {
    let (Found::Scalar(left), Found::Scalar(right)) = (left, right) else { return None };
    Some(match (operator, left, right) {
        (Operator::Offset, Scalar::Instant(instant), Scalar::Duration(duration)) => {
            Found::Scalar(Scalar::Instant(instant.checked_add(*duration)?))
        }
        (Operator::DurationSince, Scalar::Instant(left), Scalar::Instant(right)) => {
            Found::Scalar(Scalar::Duration(left.checked_sub(*right)?))
        }
        (_, Scalar::Decimal(left), Scalar::Decimal(right)) => Found::Bool(match operator {
            Operator::DecimalLess => left < right,
            Operator::DecimalLessOrEqual => left <= right,
            Operator::DecimalGreater => left > right,
            Operator::DecimalGreaterOrEqual => left >= right,
            _ => return None,
        }),
        _ => return None,
    })
}

fn time<'a>(function: Function, of: Found<'a>) -> Option<Found<'a>> {
    const DAY: i64 = 86_400_000;
    let Found::Scalar(scalar) = of else { return None };
    Some(match (function, scalar) {
        (Function::Date, Scalar::Instant(instant)) => {
            Found::Scalar(Scalar::Instant(instant.checked_sub(instant.rem_euclid(DAY))?))
        }
        (Function::TimeOfDay, Scalar::Instant(instant)) => {
            Found::Scalar(Scalar::Duration(instant.rem_euclid(DAY)))
        }
        (Function::Count(milliseconds), Scalar::Duration(duration)) => {
            Found::Long(duration.checked_div(milliseconds)?)
        }
        _ => return None,
    })
}

/// The order of two values that have one.
fn ordered(left: &Found<'_>, right: &Found<'_>) -> Option<std::cmp::Ordering> {
    match (left, right) {
        (Found::Long(left), Found::Long(right)) => Some(left.cmp(right)),
        (Found::Scalar(left), Found::Scalar(right)) => match (left, right) {
            (Scalar::Instant(left), Scalar::Instant(right))
            | (Scalar::Duration(left), Scalar::Duration(right)) => Some(left.cmp(right)),
            _ => None,
        },
        _ => None,
    }
}

/// Says whether two values are equal; nothing for records, which may hold what is not known.
fn same(left: &Found<'_>, right: &Found<'_>) -> Option<bool> {
    Some(match (left, right) {
        (Found::Record(_), _) | (_, Found::Record(_)) => return None,
        (Found::Bool(left), Found::Bool(right)) => left == right,
        (Found::Long(left), Found::Long(right)) => left == right,
        (Found::String(left), Found::String(right)) => left == right,
        (Found::Entity(left), Found::Entity(right)) => left == right,
        (Found::Scalar(left), Found::Scalar(right)) => left == right,
        (Found::Set(left), Found::Set(right)) => contains_all(left, right)? && contains_all(right, left)?,
        _ => false,
    })
}

fn set<'f, 'a>(found: &'f Found<'a>) -> Option<&'f Elements<'a>> {
    match found {
        Found::Set(elements) => Some(elements),
        _ => None,
    }
}

impl<'a> Elements<'a> {
    /// Calls back with each element until the answer is yes.
    fn any(&self, mut yes: impl FnMut(&Found<'a>) -> Option<bool>) -> Option<bool> {
        match self {
            Elements::Stored(set) => {
                for element in set.iter() {
                    if yes(&found(element)?)? {
                        return Some(true);
                    }
                }
            }
            Elements::Listed(elements) => {
                for element in elements {
                    if yes(element)? {
                        return Some(true);
                    }
                }
            }
        }
        Some(false)
    }
}

fn contains(elements: &Elements<'_>, sought: &Found<'_>) -> Option<bool> {
    elements.any(|element| same(element, sought))
}

fn contains_all(elements: &Elements<'_>, sought: &Elements<'_>) -> Option<bool> {
    let lacks = sought.any(|one| contains(elements, one).map(|found| !found))?;
    Some(!lacks)
}

fn contains_any(elements: &Elements<'_>, sought: &Elements<'_>) -> Option<bool> {
    sought.any(|one| contains(elements, one))
}
