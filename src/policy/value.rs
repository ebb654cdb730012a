//! Values to Cedar's and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::FromNormalizedStr as _;
use cedar_policy_core::ast::{
    self, BorrowedRestrictedExpr, EntityUID, EntityUIDEntry, Expr, Literal, Name, RestrictedExpr, SlotEnv,
    ValueKind,
};
use cedar_policy_core::entities::Entities;
use cedar_policy_core::evaluator::{Evaluator, RestrictedEvaluator};
use cedar_policy_core::extensions::Extensions;

use crate::model::{Extension, Uid, Value};

/// The constructor function of each extension type.
const CONSTRUCTORS: &[(&str, &str)] =
    &[("datetime", "datetime"), ("duration", "duration"), ("ipaddr", "ip"), ("decimal", "decimal")];

/// Cedar's form of a value; nothing where the value is not known yet.
///
/// Of a record, the fields that are not known are left out.
pub(super) fn to_cedar(value: &Value) -> Option<ast::Value> {
    let kind: ValueKind = match value {
        Value::Bool(value) => (*value).into(),
        Value::Long(value) => (*value).into(),
        Value::String(value) => ValueKind::Lit(Literal::String(value.as_ref().into())),
        Value::Entity(uid) => ValueKind::Lit(Literal::EntityUID(Arc::new(uid.clone().into()))),
        Value::Set(elements) => {
            let elements: Option<Vec<ast::Value>> = elements.iter().map(to_cedar).collect();
            ValueKind::set(elements?)
        }
        Value::Record(fields) => {
            let known = fields.iter().filter_map(|(name, field)| Some((name.as_str(), to_cedar(field)?)));
            ValueKind::record(known)
        }
        Value::Extension(extension) => return evaluate_extension(extension).ok(),
        Value::Unknown => return None,
    };
    Some(ast::Value::new(kind, None))
}

/// Our form of one of Cedar's values.
pub(super) fn from_cedar(value: &ast::Value) -> Value {
    match value.value_kind() {
        ValueKind::Lit(Literal::Bool(value)) => Value::Bool(*value),
        ValueKind::Lit(Literal::Long(value)) => Value::Long(*value),
        ValueKind::Lit(Literal::String(value)) => Value::String(value.as_str().into()),
        ValueKind::Lit(Literal::EntityUID(uid)) => Value::Entity(uid_from_cedar(uid)),
        ValueKind::Set(elements) => Value::set(elements.iter().map(from_cedar)),
        ValueKind::Record(fields) => {
            let fields: BTreeMap<String, Value> =
                fields.iter().map(|(name, field)| (name.to_string(), from_cedar(field))).collect();
            Value::Record(Arc::new(fields))
        }
        ValueKind::ExtensionValue(extension) => {
            let type_name: Arc<str> = extension.typename().to_string().into();
            let canonical: Arc<str> = canonical(&type_name, value).into();
            Value::Extension(Extension { type_name, text: Arc::clone(&canonical), canonical })
        }
    }
}

/// Our form of one of Cedar's uids.
pub(super) fn uid_from_cedar(uid: &EntityUID) -> Uid {
    uid.clone().into()
}

/// Reads the text of an extension value; see [`crate::model::ExtensionReader`].
pub(super) fn read_extension(type_name: &str, text: &str) -> Result<Extension, String> {
    let Some((_, constructor)) = CONSTRUCTORS.iter().find(|(name, _)| *name == type_name) else {
        return Err(format!("there is no extension type `{type_name}`"));
    };
    let call = RestrictedExpr::call_extension_fn(name(constructor), [RestrictedExpr::val(text)]);
    let value = interpret(call.as_borrowed())
        .map_err(|_| format!("`{text}` is not a {type_name}; {}", example(type_name)))?;
    match from_cedar(&value) {
        Value::Extension(extension) => Ok(Extension { text: text.into(), ..extension }),
        _ => Err(format!("`{text}` is not a {type_name}")),
    }
}

/// An expression that is the same for all extension values that Cedar holds equal.
///
/// Cedar's own text of a value repeats how it was written.
fn canonical(type_name: &str, value: &ast::Value) -> String {
    let written = RestrictedExpr::from(value.clone());
    let literal = || {
        let (_, mut arguments) = written.as_extn_fn_call()?;
        Some(arguments.next()?.as_string()?.to_string())
    };
    let exact = match type_name {
        "datetime" => {
            let epoch = Expr::call_extension_fn(name("datetime"), vec![Expr::val("1970-01-01")]);
            let since =
                Expr::call_extension_fn(name("durationSince"), vec![Expr::from(value.clone()), epoch]);
            milliseconds(since).map(|ms| format!("datetime(\"1970-01-01\").offset(duration(\"{ms}ms\"))"))
        }
        "duration" => milliseconds(Expr::from(value.clone())).map(|ms| format!("duration(\"{ms}ms\")")),
        "decimal" => literal().map(|text| format!("decimal(\"{}\")", plain_decimal(&text))),
        "ipaddr" => literal().and_then(|text| plain_address(&text)).map(|text| format!("ip(\"{text}\")")),
        _ => None,
    };
    exact.unwrap_or_else(|| written.to_string())
}

fn name(function: &str) -> Name {
    Name::from_normalized_str(function).expect("the names of Cedar's functions are names")
}

fn milliseconds(duration: Expr) -> Option<i64> {
    let call = Expr::call_extension_fn(name("toMilliseconds"), vec![duration]);
    let entities = Entities::new();
    let evaluator = Evaluator::new(no_request(), &entities, Extensions::all_available());
    match evaluator.interpret(&call, &SlotEnv::new()).ok()?.value_kind() {
        ValueKind::Lit(Literal::Long(milliseconds)) => Some(*milliseconds),
        _ => None,
    }
}

/// A request for expressions that read none.
pub(super) fn no_request() -> ast::Request {
    let unknown = EntityUIDEntry::unknown;
    ast::Request::new_unchecked(unknown(), unknown(), unknown(), Some(ast::Context::empty()))
}

/// A decimal with four digits after the point and no zeros before the first.
fn plain_decimal(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let number = format!("{whole}.{fraction:0<4}");
    let is_zero = number.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    format!("{}{number}", if is_zero { "" } else { sign })
}

/// An address with its prefix length, both in one form.
fn plain_address(text: &str) -> Option<String> {
    let (address, prefix) =
        text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
    let address: std::net::IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(whole), |prefix| prefix.parse().ok())?;
    Some(format!("{address}/{prefix}"))
}

fn example(type_name: &str) -> &'static str {
    match type_name {
        "datetime" => {
            "a datetime is written `2026-11-28`, `2026-11-28T22:00:00Z` or `2026-11-28T22:00:00+0100`"
        }
        "duration" => "a duration is written `1d2h3m4s5ms`",
        "ipaddr" => "an address is written `192.0.2.1`, `192.0.2.0/24` or `2001:db8::1`",
        _ => "a decimal has one to four digits after the point, `1.5`",
    }
}

fn evaluate_extension(extension: &Extension) -> Result<ast::Value, ()> {
    // Cedar's parser takes much longer than all that follows it.
    let call = |function: &str, argument: &str| {
        RestrictedExpr::call_extension_fn(name(function), [RestrictedExpr::val(argument)])
    };
    let inner = |prefix: &str, suffix: &str| {
        let argument = extension.canonical.strip_prefix(prefix)?.strip_suffix(suffix)?;
        (!argument.contains(['"', '\\'])).then_some(argument)
    };
    let known = match &*extension.type_name {
        "datetime" => inner("datetime(\"1970-01-01\").offset(duration(\"", "\"))").map(|since| {
            let parts = [call("datetime", "1970-01-01"), call("duration", since)];
            RestrictedExpr::call_extension_fn(name("offset"), parts)
        }),
        "duration" => inner("duration(\"", "\")").map(|text| call("duration", text)),
        "decimal" => inner("decimal(\"", "\")").map(|text| call("decimal", text)),
        "ipaddr" => inner("ip(\"", "\")").map(|text| call("ip", text)),
        _ => None,
    };
    let expression = match known {
        Some(expression) => expression,
        None => extension.canonical.parse().map_err(|_| ())?,
    };
    interpret(expression.as_borrowed())
}

fn interpret(expression: BorrowedRestrictedExpr<'_>) -> Result<ast::Value, ()> {
    RestrictedEvaluator::new(Extensions::all_available()).interpret(expression).map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_values_are_equal_however_they_are_written() {
        let midnight = read_extension("datetime", "2026-11-28").unwrap();
        let same = read_extension("datetime", "2026-11-28T01:00:00+0100").unwrap();
        assert_eq!(midnight, same);
        assert_eq!(read_extension("duration", "90m").unwrap(), read_extension("duration", "1h30m").unwrap());
        assert_ne!(read_extension("decimal", "1.5").unwrap(), read_extension("decimal", "1.6").unwrap());
        assert_eq!(read_extension("decimal", "-0.0").unwrap(), read_extension("decimal", "00.00").unwrap());
        assert_eq!(
            read_extension("ipaddr", "192.0.2.1").unwrap(),
            read_extension("ipaddr", "192.0.2.1/32").unwrap()
        );
        assert_eq!(
            read_extension("ipaddr", "2001:DB8::0:1").unwrap(),
            read_extension("ipaddr", "2001:db8::1").unwrap()
        );
        assert_eq!(
            read_extension("datetime", "1969-12-31").unwrap(),
            read_extension("datetime", "1969-12-31T00:00:00Z").unwrap()
        );
        assert!(read_extension("ipaddr", "300.0.0.1").unwrap_err().contains("192.0.2.1"));
    }

    #[test]
    fn values_survive_the_way_to_cedar_and_back() {
        let value = Value::record([
            ("a".to_owned(), Value::set([Value::Long(1), Value::Bool(true)])),
            ("b".to_owned(), Value::Extension(read_extension("ipaddr", "192.0.2.0/24").unwrap())),
            ("c".to_owned(), Value::Entity("User::\"d\"".parse().unwrap())),
        ]);
        assert_eq!(from_cedar(&to_cedar(&value).unwrap()), value);
    }
}
