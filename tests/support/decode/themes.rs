//! Ways in which a plan gives authority, so that random worlds have some of each.

use super::Ground;
use crate::support::world::{Change, ChangeKind, Level, Place, Policy};

/// How many themes there are; the first is none.
pub const THEMES: usize = 6;

/// The permits of a theme: `hire` and `admit` are for members of the first group, and what they change
/// decides who may do the rest.
pub fn add_policies(ground: &Ground, theme: usize, policies: &mut Vec<Policy>) {
    if theme == 0 {
        return;
    }
    // Permits for everybody would leave nothing to give.
    policies.retain(|policy| !policy.body.starts_with("permit (principal,") && policy.id != "base");
    let action = |name: &str| format!("{}::\"{name}\"", ground.kind("Action"));
    let (first, user, doc) = (ground.uid("Group", 0), ground.kind("User"), ground.kind("Doc"));
    let mut add = |id: &str, body: String| {
        policies.push(Policy { id: id.to_owned(), level: Level::Hard, prerequisite: false, body });
    };
    add("grantors", format!("permit (principal in {first}, action in {}, resource);", action("grants")));
    let edits = action("edits");
    match theme {
        1 => add(
            "members",
            format!("permit (principal in {}, action in {edits}, resource);", ground.uid("Group", 1)),
        ),
        2 => add(
            "holders",
            format!("permit (principal == ?principal, action in {}, resource);", action("all")),
        ),
        3 => {
            let condition =
                format!("principal is {user} && resource is {doc} && resource.owner == principal");
            add(
                "owners",
                format!("permit (principal, action in {}, resource)\nwhen {{ {condition} }};", action("all")),
            );
        }
        4 => {
            let condition = format!("principal is {user} && principal.skills.contains(\"x\")");
            add(
                "skilled",
                format!("permit (principal, action in {}, resource)\nwhen {{ {condition} }};", action("all")),
            );
        }
        _ => {
            let group = ground.uid("Group", 1);
            add("wide", format!("permit (principal is {user}, action in {}, resource);", action("all")));
            add(
                "idle",
                format!(
                    "forbid (principal, action in {edits}, resource)\nunless {{ principal in {group} }};"
                ),
            );
        }
    }
}

/// The changes of a theme, before those that the operation has anyhow.
pub fn add_changes(ground: &Ground, theme: usize, operations: &mut [(String, Vec<Change>)]) {
    let text = |text: &str| text.to_owned();
    let kind = match theme {
        1 | 5 => ChangeKind::Join(text("resource"), text("context.group")),
        2 => ChangeKind::Link(text("holders"), Some(text("resource")), None),
        3 => ChangeKind::Set(
            format!("if context has doc then context.doc else {}", ground.uid("Doc", 0)),
            Place::Attr(text("owner")),
            text("resource"),
        ),
        4 => ChangeKind::Add(text("resource"), Place::Attr(text("skills")), text("context.word")),
        _ => return,
    };
    let more = match theme {
        // Two links that one step makes, which are reported under one name.
        2 => Some(ChangeKind::Link(text("holders"), Some(text("context.who")), None)),
        _ => None,
    };
    let hire = operations.iter_mut().find(|(name, _)| name == "hire").expect("an action of every world");
    hire.1.splice(0..0, [kind].into_iter().chain(more).map(|kind| Change { when: None, kind }));
}
