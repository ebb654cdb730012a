//! The scope of a policy: its principal, its action and its resource.

use std::sync::Arc;

use cedar_policy_core::ast::{
    ActionConstraint, EntityReference, EntityUID, Expr, PrincipalOrResourceConstraint, SlotId, Template,
};

use super::Walker;
use crate::model::{Uid, Value};
use crate::policy::tree::syntax::one_line;
use crate::policy::tree::{Form, Membership, Part, Read, Subject, slot_of};
use crate::policy::value;

impl Walker<'_> {
    /// Principal, action and resource.
    pub(in crate::policy::tree) fn scope(&self, template: &Template) -> Vec<Part> {
        let (principal, resource) = (template.principal_constraint(), template.resource_constraint());
        vec![
            self.constraint(template, 0, &principal.as_expr(), principal.as_inner(), SlotId::principal()),
            self.action(template),
            self.constraint(template, 2, &resource.as_expr(), resource.as_inner(), SlotId::resource()),
        ]
    }

    fn constraint(
        &self,
        template: &Template,
        position: usize,
        expression: &Expr,
        constraint: &PrincipalOrResourceConstraint,
        slot: SlotId,
    ) -> Part {
        use PrincipalOrResourceConstraint::{Any, Eq, In, Is, IsIn};
        let child = if position == 0 { self.request.principal } else { self.request.resource };
        let reference = match constraint {
            Eq(reference) | In(reference) | IsIn(_, reference) => Some(reference),
            Any | Is(_) => None,
        };
        let named = reference.and_then(|reference| self.refers_to(reference, slot));
        let filled = reference.and_then(|reference| slot_of(reference, slot));
        let reads = filled.zip(named.clone());
        let reads =
            reads.map(|(text, uid)| Read { text, of: Subject::Other, value: Some(Value::Entity(uid)) });
        let membership = match constraint {
            In(_) | IsIn(..) => {
                named.map(|target| Membership { child: child.clone(), targets: vec![target] })
            }
            _ => None,
        };
        let form = if matches!(constraint, Any) { Form::Anything } else { Form::Test };
        Part {
            reads: reads.into_iter().collect(),
            membership,
            ..self.scope_part(template, position, expression, form)
        }
    }

    fn refers_to(&self, reference: &EntityReference, slot: SlotId) -> Option<Uid> {
        match reference {
            EntityReference::EUID(uid) => Some(value::uid_from_cedar(uid)),
            EntityReference::Slot(_) => self.slots.get(&slot).map(value::uid_from_cedar),
        }
    }

    fn action(&self, template: &Template) -> Part {
        let constraint = template.action_constraint();
        let uids = |named: &[Arc<EntityUID>]| named.iter().map(|uid| value::uid_from_cedar(uid)).collect();
        let membership = match constraint {
            ActionConstraint::In(named) => {
                Some(Membership { child: self.request.action.clone(), targets: uids(named) })
            }
            _ => None,
        };
        let form = if matches!(constraint, ActionConstraint::Any) { Form::Anything } else { Form::Test };
        Part { membership, ..self.scope_part(template, 1, &constraint.as_expr(), form) }
    }

    fn scope_part(&self, template: &Template, position: usize, expression: &Expr, form: Form) -> Part {
        let range = self.syntax.scope.get(position).cloned();
        let text = range.clone().zip(template.loc()).and_then(|(range, loc)| loc.src.get(range));
        Part {
            text: text.map_or_else(|| expression.to_string(), one_line),
            span: range.map(|range| self.span(range)),
            form,
            evaluation: self.evaluate(expression),
            reads: Vec::new(),
            membership: None,
            parts: Vec::new(),
        }
    }
}
