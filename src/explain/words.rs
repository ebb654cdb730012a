//! Short names for the things that messages speak of.

use crate::model::{Schema, Step, Uid, Value};
use crate::policy::{Bundle, Policy};

/// A uid as the user would write it: without the bundle's namespace, in backticks.
pub(super) fn name(schema: &Schema, uid: &Uid) -> String {
    let text = uid.to_string();
    let prefix = format!("{}::", schema.namespace);
    let short = text.strip_prefix(&prefix).filter(|_| !schema.namespace.is_empty());
    format!("`{}`", short.unwrap_or(&text))
}

/// What a step does, as a clause: who does what to what.
pub(super) fn act(schema: &Schema, step: &Step) -> String {
    let action = schema.action_name(&step.action);
    format!("{} may not do `{action}` on {}", name(schema, &step.principal), name(schema, &step.resource))
}

/// What a step cannot do as things are, as a clause.
pub(super) fn not_yet(schema: &Schema, step: &Step) -> String {
    let action = schema.action_name(&step.action);
    format!("{} cannot do `{action}` on {} yet", name(schema, &step.principal), name(schema, &step.resource))
}

/// What a policy says: its title, else its prerequisite, else its id.
pub(super) fn says(bundle: &Bundle, id: &str) -> String {
    let policy = bundle.policy_of(id);
    let text = |key: &str| policy.and_then(|policy| policy.annotation(key)).filter(|text| !text.is_empty());
    if let Some(condition) = text("prerequisite") {
        return format!("this needs that {condition}");
    }
    match text("title") {
        Some(title) => title.to_owned(),
        None => format!("the forbid `{id}` applies"),
    }
}

/// A value as Cedar writes it; an extension value with the text that a person gave it.
pub(super) fn value(value: &Value) -> String {
    let listed = |values: Vec<String>| values.join(", ");
    match value {
        Value::Extension(extension) if extension.text != extension.canonical => {
            let function = if *extension.type_name == *"ipaddr" { "ip" } else { &extension.type_name };
            format!("{function}({:?})", extension.text)
        }
        Value::Extension(extension) => instant(&extension.text).unwrap_or_else(|| extension.text.to_string()),
        Value::Set(elements) => format!("[{}]", listed(elements.iter().map(self::value).collect())),
        Value::Record(fields) => {
            let fields = fields.iter().map(|(name, field)| format!("{name:?}: {}", self::value(field)));
            format!("{{{}}}", listed(fields.collect()))
        }
        other => other.to_string(),
    }
}

/// An instant that Cedar has computed, which it writes as an offset, as a person would write it.
fn instant(text: &str) -> Option<String> {
    let offset = text.strip_prefix("datetime(\"1970-01-01\").offset(duration(\"")?.strip_suffix("ms\"))")?;
    let instant = jiff::Timestamp::from_millisecond(offset.parse().ok()?).ok()?;
    Some(format!("datetime(\"{instant}\")"))
}

/// The ways out that a policy itself names.
pub(super) fn remedy(policy: Option<&Policy>) -> Option<String> {
    policy.and_then(|policy| policy.annotation("remedy")).filter(|text| !text.is_empty()).map(str::to_owned)
}
