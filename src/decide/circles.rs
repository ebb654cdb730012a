//! Groups that are in each other, which Cedar cannot have.
//!
//! Their members are in all of them, and so is what policies ask of people. What is asked of such a group
//! itself, and what a step changes in it, cannot be said: it is refused instead of answered wrongly.

use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::model::{Estate, Plan, TypeName, Uid};
use crate::policy::{self, Bundle};

/// Refuses a plan that has to do with a group of a circle itself.
///
/// What is wrong goes to the sink.
pub fn circles_are_left_alone(plan: &Plan, estate: &Estate, bundle: &Bundle, sink: &mut Sink) -> Option<()> {
    let groups: BTreeSet<Uid> = estate.circles.iter().flatten().cloned().collect();
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
    for (group, why) in policy::reached(bundle, &estate.state, &groups) {
        sink.push(refusal(&group, &why).label(plan.span, "cannot be judged"));
    }
    (sink.errors() == errors).then_some(())
}

/// Refuses a question about entities of some types, and about some others, where groups of a circle are among
/// them, or policies get to one.
///
/// What is wrong goes to the sink.
pub fn circles_are_not_asked(
    types: &BTreeSet<&TypeName>,
    others: &BTreeSet<&Uid>,
    estate: &Estate,
    bundle: &Bundle,
    sink: &mut Sink,
) -> Option<()> {
    if estate.circles.is_empty() {
        return Some(());
    }
    let errors = sink.errors();
    for circle in &estate.circles {
        let asked = |group: &&Uid| types.contains(group.type_name()) || others.contains(group);
        if let Some(group) = circle.iter().find(asked) {
            sink.push(refusal(group, "what is asked is asked of it too"));
        }
    }
    let groups: BTreeSet<Uid> = estate.circles.iter().flatten().cloned().collect();
    for (group, why) in policy::reached(bundle, &estate.state, &groups) {
        sink.push(refusal(&group, &why));
    }
    (sink.errors() == errors).then_some(())
}

fn refusal(group: &Uid, why: &str) -> Diagnostic {
    let message = format!("`{group}` is in a circle of groups, and {why}");
    let mut diagnostic = Diagnostic::new(Code::GroupCycle, message);
    diagnostic.severity = Severity::Error;
    diagnostic.hint("remove one of the memberships of the circle in the directory, and export it again")
}
