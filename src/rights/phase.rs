//! The rights that the steps of one phase need together.

use std::collections::{BTreeMap, BTreeSet};

use super::step::{Found, RightOnResource};
use super::{Need, PhaseRights};
use crate::model::{Plan, State, TypeName, Uid, Value};
use crate::policy::{Alternative, Bundle, Conditions, Formula, Request, Undecided, World, alternatives};

/// What the steps of a phase need.
pub(super) fn needs(
    plan: &Plan,
    bundle: &Bundle,
    initial: &State,
    found: &[Found<'_>],
    phase: usize,
) -> PhaseRights {
    let of_phase = |at: &usize| plan.steps.get(*at).is_some_and(|step| step.phase == phase);
    let steps: Vec<usize> = (0..found.len()).filter(of_phase).collect();
    let office = Office { bundle, initial, found };
    let together = office.need(&steps);
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for at in &steps {
        let Some(step) = found.get(*at) else { continue };
        let rights: BTreeSet<&str> =
            step.rights.on_resource.iter().map(|right| right.right.as_str()).collect();
        groups.entry((&step.rights.alternatives, rights)).or_default().push(*at);
    }
    let one_does_all = groups.keys().any(|(alternatives, _)| same(alternatives, &together));
    let mut needs: Vec<Need> = match steps.is_empty() || one_does_all {
        true => vec![together],
        false => groups.values().map(|steps| office.need(steps)).collect(),
    };
    needs.sort_by_key(|need| need.steps.first().copied());
    PhaseRights { phase, needs }
}

fn same(alternatives: &Result<Vec<Alternative>, Undecided>, need: &Need) -> bool {
    match (alternatives, &need.alternatives) {
        (Ok(left), Ok(right)) => {
            !left.is_empty() && left.iter().eq(right.iter().map(|(alternative, _)| alternative))
        }
        _ => false,
    }
}

struct Office<'a> {
    bundle: &'a Bundle,
    initial: &'a State,
    found: &'a [Found<'a>],
}

impl Office<'_> {
    /// What somebody needs who does all of some steps.
    fn need(&self, steps: &[usize]) -> Need {
        let found: Vec<&Found<'_>> = steps.iter().filter_map(|at| self.found.get(*at)).collect();
        let mut on_resources: Vec<RightOnResource> =
            found.iter().flat_map(|step| step.rights.on_resource.iter().cloned()).collect();
        on_resources.sort();
        on_resources.dedup();
        Need { steps: steps.to_vec(), alternatives: self.alternatives(&found), on_resources }
    }

    fn alternatives(&self, steps: &[&Found<'_>]) -> Result<Vec<(Alternative, BTreeSet<Uid>)>, Undecided> {
        let Some(first) = steps.first() else { return Ok(Vec::new()) };
        if let Some(undecided) = steps.iter().find_map(|step| step.rights.alternatives.as_ref().err()) {
            return Err(undecided.clone());
        }
        let mut conditions: Conditions = first.conditions.clone();
        steps.iter().for_each(|step| conditions.learn(&step.conditions));
        let world = World {
            bundle: self.bundle,
            state: self.initial,
            request: first.request,
            conditions: &conditions,
        };
        let formula = Formula::and(steps.iter().map(|step| step.allowed.clone()));
        let found = alternatives(&formula, world)?;
        Ok(found.into_iter().map(|alternative| self.with_holders(alternative, steps, &conditions)).collect())
    }

    /// An alternative with those who meet it before the plan.
    fn with_holders(
        &self,
        alternative: Alternative,
        steps: &[&Found<'_>],
        conditions: &Conditions,
    ) -> (Alternative, BTreeSet<Uid>) {
        let actions = &self.bundle.schema().actions;
        let types = |step: &&Found<'_>, uid: &Uid| {
            actions
                .get(step.request.action)
                .is_some_and(|action| self.acts(uid.type_name(), &action.principals))
        };
        let nothing = Value::record([]);
        let meets = |uid: &&Uid| {
            steps.iter().all(|step| types(step, uid))
                && alternative.iter().all(|requirement| {
                    let context = steps.first().map_or(&nothing, |step| step.request.context);
                    let request =
                        steps.first().map(|step| Request { principal: uid, context, ..step.request });
                    request.and_then(|request| {
                        conditions.holds(self.bundle, self.initial, request, &requirement.atom)
                    }) == Some(requirement.holds)
                })
        };
        let holders = self.initial.uids().filter(meets).cloned().collect();
        (alternative, holders)
    }

    /// Says whether entities of a type act themselves, and are no groups of others that do.
    fn acts(&self, name: &TypeName, principals: &BTreeSet<TypeName>) -> bool {
        let types = &self.bundle.schema().types;
        let holds = |member: &TypeName| {
            member != name && types.get(member).is_some_and(|of| of.ancestors.contains(name))
        };
        principals.contains(name) && !principals.iter().any(holds)
    }
}
