//! The request environments of a schema: action, principal type and resource type.

use std::collections::HashMap;

use cedar_policy_core::ast::{ActionConstraint, EntityUID};
use cedar_policy_core::validator::types::RequestEnv;
use cedar_policy_core::validator::{ValidationMode, ValidatorSchema};

use crate::model::{Schema, Uid};

/// Every request environment, by action.
pub(super) struct Environments<'a> {
    by_action: HashMap<&'a EntityUID, Vec<RequestEnv<'a>>>,
}

impl<'a> Environments<'a> {
    /// Those of a schema.
    pub(super) fn of(schema: &'a ValidatorSchema) -> Self {
        let mut by_action: HashMap<&EntityUID, Vec<RequestEnv<'_>>> = HashMap::new();
        for environment in schema.unlinked_request_envs(ValidationMode::Strict) {
            if let RequestEnv::DeclaredAction { action, .. } = &environment {
                by_action.entry(action).or_default().push(environment);
            }
        }
        Self { by_action }
    }

    /// Those of one action.
    pub(super) fn for_action(&self, action: &Uid) -> &[RequestEnv<'a>] {
        self.by_action.get(AsRef::<EntityUID>::as_ref(action)).map_or(&[], Vec::as_slice)
    }

    /// Those of the actions that a scope covers.
    pub(super) fn covered<'s>(
        &'s self,
        constraint: &'s ActionConstraint,
        schema: &'s Schema,
    ) -> impl Iterator<Item = &'s RequestEnv<'a>> {
        let covers = |action: &EntityUID| match constraint {
            ActionConstraint::Any => true,
            ActionConstraint::Eq(named) => **named == *action,
            ActionConstraint::In(groups) => {
                let ancestors = schema.actions.get(&Uid::from(action.clone())).map(|found| &found.ancestors);
                groups.iter().any(|named| {
                    **named == *action
                        || ancestors.is_some_and(|found| found.contains(&Uid::from((**named).clone())))
                })
            }
        };
        let covered = self.by_action.iter().filter(move |(action, _)| covers(action));
        covered.flat_map(|(_, environments)| environments)
    }
}
