//! Groups that are in each other, which Cedar cannot have.
//!
//! Their members are in all of them, and so is what policies ask of people. What is asked of such a group
//! itself, and what a step changes in it, cannot be said: it is refused instead of answered wrongly.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::model::{Estate, Plan, TypeName, Uid};
use crate::policy::{self, Bundle};
use crate::source::Span;

/// Refuses a plan that has to do with a group of a circle itself.
///
/// What is wrong goes to the sink.
pub fn circles_are_left_alone(plan: &Plan, estate: &Estate, bundle: &Bundle, sink: &mut Sink) -> Option<()> {
    let groups = groups(estate);
    if groups.is_empty() {
        return Some(());
    }
    let errors = sink.errors();
    for step in &plan.steps {
        let mut named: BTreeSet<Uid> = [&step.principal, &step.resource].map(|uid| (***uid).clone()).into();
        step.context.for_each_entity(&mut |uid| {
            named.insert(uid.clone());
        });
        for group in named.intersection(&groups) {
            sink.push(
                refusal(group, &format!("the step `{}` names it", step.address)).label(step.spans.id, ""),
            );
        }
    }
    circles_are_not_reached(estate, bundle, Some(plan.span), sink)?;
    (sink.errors() == errors).then_some(())
}

/// Refuses a question about entities of some types, and about some others, where groups of a circle are among
/// them.
///
/// What is wrong goes to the sink.
pub fn circles_are_not_asked(
    types: &BTreeSet<&TypeName>,
    others: &BTreeSet<&Uid>,
    estate: &Estate,
    sink: &mut Sink,
) -> Option<()> {
    let errors = sink.errors();
    for circle in &estate.circles {
        let asked = |group: &&Uid| types.contains(group.type_name()) || others.contains(group);
        if let Some(group) = circle.iter().find(asked) {
            sink.push(refusal(group, "what is asked is asked of it too"));
        }
    }
    (sink.errors() == errors).then_some(())
}

/// Refuses a bundle whose policies and operations get to a group of a circle, whatever they are asked; `at` is
/// the place that is shown.
///
/// What is wrong goes to the sink.
pub fn circles_are_not_reached(
    estate: &Estate,
    bundle: &Bundle,
    at: Option<Span>,
    sink: &mut Sink,
) -> Option<()> {
    let groups = groups(estate);
    if groups.is_empty() {
        return Some(());
    }
    let reached = policy::reached(bundle, &estate.state, &groups);
    for (group, why) in &reached {
        sink.push(refusal(group, why).label_at(at, "cannot be judged"));
    }
    reached.is_empty().then_some(())
}

fn groups(estate: &Estate) -> BTreeSet<Uid> {
    estate.circles.iter().flatten().cloned().collect()
}

fn refusal(group: &Uid, why: &str) -> Diagnostic {
    let message = format!("`{group}` is in a circle of groups, and {why}");
    let mut diagnostic = Diagnostic::new(Code::GroupCycle, message);
    diagnostic.severity = Severity::Error;
    diagnostic.hint("remove one of the memberships of the circle in the directory, and export it again")
}
