//! What can be asked about every principal and every resource: actions with their contexts.

use crate::decide::Passage;
use crate::model::{Action, Plan, Uid, Value};
use crate::policy::Bundle;
use crate::report::impact::NotAsked;

/// An action with a context: what is asked about every principal and resource of its types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Question {
    pub(super) action: Uid,
    pub(super) context: Value,
}

/// Every action of the catalogue, without parameters where it needs none, and with each set of
/// parameters that the plan gives it; and those that need parameters which nobody gives.
pub(super) fn questions(plan: &Plan, bundle: &Bundle) -> (Vec<Question>, Vec<NotAsked>) {
    let mut questions = Vec::new();
    let mut not_asked = Vec::new();
    for (uid, _) in bundle.operations() {
        let Some(action) = bundle.schema().actions.get(uid) else { continue };
        let before = questions.len();
        if required(action).is_empty() {
            questions.push(Question { action: uid.clone(), context: Value::record([]) });
        }
        let steps = plan.steps.iter().filter(|step| *step.action == *uid);
        questions.extend(steps.map(|step| Question { action: uid.clone(), context: step.context.clone() }));
        if questions.len() == before {
            let needs = required(action).join("`, `");
            let why = format!("it needs `{needs}`, and no step of the plan gives it");
            not_asked.push(NotAsked { action: uid.to_string(), why });
        }
    }
    questions.sort();
    questions.dedup();
    (questions, not_asked)
}

/// The names of the parameters that an action cannot be asked without.
fn required(action: &Action) -> Vec<&str> {
    let fields = action.context.fields.iter().filter(|(_, (_, required))| *required);
    fields.map(|(name, _)| name.as_str()).collect()
}

/// The entities that exist without a record.
pub(super) fn listed(bundle: &Bundle) -> std::collections::BTreeSet<Uid> {
    use crate::model::EntityKind;
    let kinds = bundle.schema().types.values().filter_map(|entity_type| match &entity_type.kind {
        EntityKind::Enumerated(ids) => Some((&entity_type.name, ids)),
        EntityKind::Standard => None,
    });
    kinds
        .flat_map(|(name, ids)| ids.iter().filter_map(move |id| format!("{name}::{id:?}").parse().ok()))
        .collect()
}

/// The right that each step takes from a later step of the plan, with both steps' positions.
pub(super) fn taken_though_needed(
    plan: &Plan,
    passage: &Passage,
    rights: &mut crate::decide::Rights<'_>,
) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (position, step) in plan.steps.iter().enumerate() {
        let request = crate::policy::Request {
            principal: &step.principal,
            action: &step.action,
            resource: &step.resource,
            context: &step.context,
        };
        let history = rights.history(request);
        let until: Vec<(usize, bool)> =
            history.into_iter().take_while(|(moment, _)| *moment <= position).collect();
        if let [.., (_, true), (moment, false)] = until.as_slice()
            && let Some(taken_by) = passage.step_to(*moment)
        {
            found.push((position, taken_by.position()));
        }
    }
    found
}
