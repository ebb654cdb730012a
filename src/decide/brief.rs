//! What the engine tells the policies of a plan, and which approvals and overrides count.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::journey::initial_state;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{
    Approval, Approvals, Estate, Override, Plan, Record, Schema, State, Step, Type, Uid, Value, Window,
};
use crate::policy::{Bundle, Effect, PolicySets, Prerequisites, Request, rule};
use crate::source::Span;

/// The context attribute that the engine fills.
const PLAN: &str = "plan";

/// Which approvals and overrides count for a plan.
#[derive(Clone, Debug, Default)]
pub struct Briefing {
    /// The approvals that count for a step.
    pub approvals: Vec<Approval>,
    /// The overrides that count.
    pub overrides: Vec<Override>,
    /// What is worth knowing about those that do not.
    pub remarks: Vec<Diagnostic>,
}

impl Briefing {
    /// The override of a policy, by its `@id`, for a step.
    pub fn override_of(&self, policy: &str, step: &Step) -> Option<&Override> {
        self.overrides.iter().find(|found| found.policy == policy && found.step == step.address)
    }
}

/// Fills the `plan` record of every context whose schema declares one, and counts approvals and
/// overrides, as of an instant.
pub fn brief(
    plan: &mut Plan,
    estate: &Estate,
    bundle: &Bundle,
    approvals: &Approvals,
    at: Timestamp,
) -> Briefing {
    let initial = initial_state(estate, bundle);
    let clerk = Clerk { bundle, author: plan.author.clone(), at, initial };
    let mut briefing = Briefing::default();
    let eligible: Vec<&Approval> = approvals
        .approvals
        .iter()
        .filter(|approval| clerk.approval_counts(approval, &mut briefing.remarks))
        .collect();
    briefing.overrides = approvals
        .overrides
        .iter()
        .filter(|given| clerk.override_counts(given, plan, &mut briefing.remarks))
        .cloned()
        .collect();
    let asks = clerk.asks("Approve");
    let counts = |approval: &Approval| {
        let mut steps = plan.steps.iter();
        asks.as_ref().is_none_or(|action| steps.any(|step| clerk.may(&approval.by, action, &step.resource)))
    };
    briefing.approvals =
        eligible.iter().filter(|approval| counts(approval)).map(|approval| (*approval).clone()).collect();
    let schema = bundle.schema();
    if !schema.actions.values().any(|action| action.context.fields.contains_key(PLAN)) {
        return briefing;
    }
    let facts = Facts::of(plan, schema, at);
    for position in 0..plan.steps.len() {
        let Some(step) = plan.steps.get(position) else { continue };
        let Some(wanted) = wanted(schema, step) else { continue };
        let approvers: BTreeSet<Uid> = eligible
            .iter()
            .filter(|approval| {
                asks.as_ref().is_none_or(|action| clerk.may(&approval.by, action, &step.resource))
            })
            .map(|approval| approval.by.clone())
            .collect();
        let record = facts.record(plan, step, wanted, &approvers);
        if let Some(step) = plan.steps.get_mut(position) {
            step.inform(PLAN, record);
        }
    }
    briefing
}

/// The record that the schema of a step's action wants, where it declares one.
fn wanted<'a>(schema: &'a Schema, step: &Step) -> Option<&'a Record> {
    match schema.actions.get(&step.action)?.context.fields.get(PLAN)? {
        (Type::Record(record), _) => Some(record),
        _ => None,
    }
}

struct Clerk<'a> {
    bundle: &'a Bundle,
    author: Option<Uid>,
    at: Timestamp,
    initial: State,
}

impl Clerk<'_> {
    fn approval_counts(&self, approval: &Approval, remarks: &mut Vec<Diagnostic>) -> bool {
        let why = self.person_cannot(&approval.by).or_else(|| {
            (approval.at > self.at)
                .then(|| format!("it is dated {}, after the instant of judgement", approval.at))
        });
        report(why, "approval", &approval.by, approval.span, remarks)
    }

    fn override_counts(&self, given: &Override, plan: &Plan, remarks: &mut Vec<Diagnostic>) -> bool {
        let step = plan.steps.iter().find(|step| step.address == given.step);
        let why = self.person_cannot(&given.by).or_else(|| {
            if self.at >= given.expires {
                return Some(format!("it expired at {}", given.expires));
            }
            let step = step?;
            if *step.principal == given.by {
                return Some("it comes from the step's own principal".to_owned());
            }
            let action = self.asks("Override")?;
            let refused = !self.may(&given.by, &action, &step.resource);
            refused.then(|| "the policies do not allow this person to override here".to_owned())
        });
        report(why, "override", &given.by, given.span, remarks)
    }

    /// Why nothing that a person says of the plan counts.
    fn person_cannot(&self, person: &Uid) -> Option<String> {
        let schema = self.bundle.schema();
        let Some(author) = &self.author else {
            return Some("the plan has no author, so nobody else can vouch for it".to_owned());
        };
        if person == author {
            return Some("it comes from the plan's own author".to_owned());
        }
        if person.type_name() != author.type_name() {
            return Some(format!(
                "it comes from a {}, and the author is a {}",
                person.type_name(),
                author.type_name()
            ));
        }
        let exists = self.initial.contains(person) || schema.enumerates(person);
        (!exists).then(|| "this person is not in the estate".to_owned())
    }

    /// The action that the bundle's policies are asked about, where the schema declares it.
    fn asks(&self, name: &str) -> Option<Uid> {
        self.bundle.schema().action_named(name).map(|action| action.uid.clone())
    }

    fn may(&self, person: &Uid, action: &Uid, resource: &Uid) -> bool {
        let context = Value::record([]);
        let request = Request { principal: person, action, resource, context: &context };
        let sets = PolicySets::new(self.bundle, &self.initial, Prerequisites::Kept);
        let ruling = rule(self.bundle, &sets, &self.initial, request);
        let failed = ruling
            .failures
            .iter()
            .any(|failure| failure.effect == Effect::Forbid && failure.level == crate::document::Level::Hard);
        ruling.allowed && !failed && ruling.unknown.is_none()
    }
}

fn report(why: Option<String>, what: &str, by: &Uid, span: Span, remarks: &mut Vec<Diagnostic>) -> bool {
    match why {
        None => true,
        Some(why) => {
            let message = format!("the {what} by `{by}` does not count: {why}");
            remarks.push(Diagnostic::new(Code::UncountedApproval, message).label(span, "this entry"));
            false
        }
    }
}

/// What is the same for all steps of a plan, or for all steps of a principal.
struct Facts {
    /// The names of the actions of each principal, as a set.
    performs: HashMap<Uid, Value>,
    performers: Value,
    at: Value,
    window: Option<Value>,
}

impl Facts {
    fn of(plan: &Plan, schema: &Schema, at: Timestamp) -> Self {
        let mut actions: HashMap<&Uid, BTreeSet<&Uid>> = HashMap::new();
        for step in &plan.steps {
            actions.entry(&step.principal).or_default().insert(&step.action);
        }
        let name = |action: &&Uid| Value::String(schema.action_name(action).into());
        let performers = Value::set(actions.keys().map(|principal| Value::Entity((*principal).clone())));
        let performs = actions.into_iter();
        let performs = performs.map(|(who, actions)| (who.clone(), Value::set(actions.iter().map(name))));
        Self {
            performs: performs.collect(),
            performers,
            at: moment(&plan.zone, schema, at),
            window: plan.window.map(|w| window(w, schema)),
        }
    }

    /// The fields that a record type declares, as far as they have a value.
    fn record(&self, plan: &Plan, step: &Step, wanted: &Record, approvers: &BTreeSet<Uid>) -> Value {
        let text = |text: &str| Some(Value::String(text.into()));
        let people = |people: &BTreeSet<Uid>| Some(Value::set(people.iter().cloned().map(Value::Entity)));
        let count = i64::try_from(approvers.len()).unwrap_or(i64::MAX);
        let (phase, id) = step.address.split_once('/').unwrap_or_default();
        let value = |name: &str| match name {
            "id" => text(&plan.id),
            "author" => plan.author.clone().map(Value::Entity),
            "phase" => text(phase),
            "step" => text(id),
            "approvers" => people(approvers),
            "approvalCount" => Some(Value::Long(count)),
            "performs" => self.performs.get(&step.principal).cloned(),
            "performers" => Some(self.performers.clone()),
            "window" => self.window.clone(),
            "at" => Some(self.at.clone()),
            _ => None,
        };
        let fields = wanted
            .fields
            .iter()
            .filter_map(|(name, (expected, _))| Some((name.clone(), only_declared(value(name)?, expected))));
        Value::record(fields)
    }
}

/// A record with only the fields that its type declares.
fn only_declared(value: Value, expected: &Type) -> Value {
    match (value, expected) {
        (Value::Record(fields), Type::Record(record)) => Value::record(
            fields
                .iter()
                .filter(|(name, _)| record.fields.contains_key(*name))
                .map(|(n, v)| (n.clone(), v.clone())),
        ),
        (value, _) => value,
    }
}

/// What the policies are told of an instant in a time zone: the `at` of the `plan` record.
pub fn moment(zone_name: &str, schema: &Schema, at: Timestamp) -> Value {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone_name).unwrap_or(TimeZone::UTC);
    let local = at.to_zoned(zone);
    let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
    let weekday = match local.weekday() {
        jiff::civil::Weekday::Monday => "Monday",
        jiff::civil::Weekday::Tuesday => "Tuesday",
        jiff::civil::Weekday::Wednesday => "Wednesday",
        jiff::civil::Weekday::Thursday => "Thursday",
        jiff::civil::Weekday::Friday => "Friday",
        jiff::civil::Weekday::Saturday => "Saturday",
        jiff::civil::Weekday::Sunday => "Sunday",
    };
    Value::record([
        ("instant".to_owned(), datetime(at, schema)),
        ("date".to_owned(), Value::String(local.date().to_string().into())),
        ("weekday".to_owned(), Value::String(weekday.into())),
        ("minuteOfDay".to_owned(), Value::Long(minute)),
        ("zone".to_owned(), Value::String(zone_name.into())),
    ])
}

fn window(window: Window, schema: &Schema) -> Value {
    Value::record([
        ("start".to_owned(), datetime(window.start, schema)),
        ("end".to_owned(), datetime(window.end, schema)),
    ])
}

/// An instant as Cedar's `datetime`, which counts milliseconds.
fn datetime(at: Timestamp, schema: &Schema) -> Value {
    let text = at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    match (schema.read_extension)("datetime", &text) {
        Ok(extension) => Value::Extension(extension),
        Err(_) => Value::Unknown,
    }
}
