//! One Cedar request: who does what to which resource, in which context.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy_core::ast::{self, Context, EntityUIDEntry, ValueKind};
use cedar_policy_core::extensions::Extensions;
use smol_str::SmolStr;

use super::bundle::Bundle;
use super::{diagnose, value};
use crate::model::{Uid, Value};

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
    if request.context.holds_unknown() {
        return Ok(());
    }
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
