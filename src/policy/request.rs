//! One Cedar request: who does what to which resource, in which context.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::ast::{self, Context, EntityUIDEntry, ValueKind};
use cedar_policy_core::extensions::Extensions;
use smol_str::SmolStr;

use super::bundle::Bundle;
use super::{diagnose, value};
use crate::model::{EntityKind, Uid, Value};

/// A Cedar request in our terms.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who.
    pub principal: &'a Uid,
    /// Does what.
    pub action: &'a Uid,
    /// To what.
    pub resource: &'a Uid,
    /// With which parameters; a record.
    pub context: &'a Value,
}

impl Request<'_> {
    /// Cedar's form; context values that are not known yet are left out.
    pub(super) fn to_cedar(self) -> ast::Request {
        let entry = |uid: &Uid| EntityUIDEntry::known(uid.clone().into(), None);
        let context = Context::Value(self.cedar_context());
        ast::Request::new_unchecked(
            entry(self.principal),
            entry(self.action),
            entry(self.resource),
            Some(context),
        )
    }

    fn cedar_context(self) -> Arc<BTreeMap<SmolStr, ast::Value>> {
        match value::to_cedar(self.context).map(|context| context.value_kind().clone()) {
            Some(ValueKind::Record(fields)) => fields,
            _ => Arc::default(),
        }
    }
}

/// Checks a request against the schema with Cedar's own check.
///
/// # Errors
/// Cedar's message.
pub fn check_request(bundle: &Bundle, request: Request<'_>) -> Result<(), String> {
    if request.context.holds_unknown() || surely_conforms(bundle, request) {
        return Ok(());
    }
    check_with_cedar(bundle, request)
}

/// Says whether Cedar's check is sure to find nothing, without the cost of Cedar's form of the request.
fn surely_conforms(bundle: &Bundle, request: Request<'_>) -> bool {
    let schema = bundle.schema();
    let Some(action) = schema.actions.get(request.action) else { return false };
    let listed = |uid: &Uid| match schema.types.get(uid.type_name()).map(|found| &found.kind) {
        Some(EntityKind::Enumerated(ids)) => ids.contains(uid.id().unescaped()),
        found => found.is_some(),
    };
    action.principals.contains(request.principal.type_name())
        && action.resources.contains(request.resource.type_name())
        && listed(request.principal)
        && listed(request.resource)
        && bundle
            .contexts
            .get(request.action)
            .is_some_and(|context| schema.value_conforms(context, request.context, "").is_ok())
}

fn check_with_cedar(bundle: &Bundle, request: Request<'_>) -> Result<(), String> {
    let uid = |uid: &Uid| (uid.clone().into(), None);
    let context = Context::Value(request.cedar_context());
    let checked = ast::Request::new(
        uid(request.principal),
        uid(request.action),
        uid(request.resource),
        context,
        Some(&bundle.cedar_schema),
        Extensions::all_available(),
    );
    checked.map(|_| ()).map_err(|error| diagnose::sentence(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::worlds::{self, Dice};
    use super::*;

    #[test]
    fn requests_conform_exactly_where_cedar_says_so() {
        let mut dice = Dice(3);
        let policy = "@id(\"p\") permit(principal is User, action, resource);";
        let bundle = worlds::compile(&worlds::schema(), policy, "").unwrap();
        let (mut good, mut bad) = (0, 0);
        for _ in 0..400 {
            worlds::ask(&mut dice, &bundle, 0, |request| {
                let Value::Record(fields) = request.context else { panic!("a context is a record") };
                let mut fields = BTreeMap::clone(fields);
                let mut dice = Dice(fields.len() as u64 + good + 7 * bad);
                let others =
                    [Value::Long(1), Value::Bool(true), Value::set([Value::Long(1)]), Value::record([])];
                match dice.below(8) {
                    0 => drop(fields.remove(dice.pick(&["now", "n", "note", "inner"]))),
                    1 => drop(fields.insert("n".to_owned(), others[dice.below(4)].clone())),
                    2 => drop(fields.insert("inner".to_owned(), others[dice.below(4)].clone())),
                    3 => drop(fields.insert("other".to_owned(), Value::Long(1))),
                    _ => {}
                }
                let user = worlds::uid("User", "u1");
                let kind = worlds::uid("Kind", dice.pick(&["a", "c"]));
                let context = Value::Record(Arc::new(fields));
                let principal = if dice.one_in(8) { &kind } else { request.principal };
                let resource = if dice.one_in(8) { &user } else { request.resource };
                let asked = Request { principal, resource, context: &context, ..request };
                let cedar = check_with_cedar(&bundle, asked);
                assert_eq!(surely_conforms(&bundle, asked), cedar.is_ok(), "{asked:?}: {cedar:?}");
                if cedar.is_ok() { good += 1 } else { bad += 1 }
            });
        }
        assert!(good > 50 && bad > 50, "{good} conform, {bad} do not");
    }
}
