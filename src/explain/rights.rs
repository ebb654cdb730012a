//! The rights that would allow a step which no permit allows.

use std::collections::BTreeSet;

use crate::model::Step;
use crate::policy::{Bundle, Effect, policies_for};

/// Hints that name the permits for a step's action, by the right that each stands for.
pub(super) fn hints(bundle: &Bundle, step: &Step) -> Vec<String> {
    let permits = policies_for(bundle, &step.action);
    let rights: BTreeSet<String> = permits
        .iter()
        .filter(|policy| policy.effect == Effect::Permit)
        .map(|policy| match policy.annotation("right") {
            Some(right) => format!("`{right}` (permit `{}`)", policy.id),
            None => match policy.annotation("title") {
                Some(title) => format!("{title} (permit `{}`)", policy.id),
                None => format!("the permit `{}`", policy.id),
            },
        })
        .collect();
    if rights.is_empty() {
        return vec!["nobody may do this: no permit of the bundle is for this operation".to_owned()];
    }
    let more = rights.len().saturating_sub(5);
    let shown: Vec<String> = rights.into_iter().take(5).collect();
    let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
    vec![format!("it is allowed to whoever has {}{tail}", shown.join(" or "))]
}
