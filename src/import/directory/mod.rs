//! What directories have in common, whatever they are exported as.

mod access;
mod build;
mod condense;
mod descriptor;
pub(super) mod dn;
pub(super) mod entry;
mod finding;
pub(super) mod identifiers;
mod membership;

pub(super) use build::{Built, build};
pub(super) use descriptor::is_secret;
pub(super) use finding::{OBJECTS_BELOW, find, to_be_found};

use std::fmt::Write as _;

use super::reading::shown;

/// The beginning of a user's words, for a message.
fn short(text: &str) -> std::borrow::Cow<'_, str> {
    shown(text)
}

/// A uid as Cedar writes it.
pub(super) fn uid(entity_type: &str, id: &str) -> String {
    let mut uid = String::with_capacity(entity_type.len() + id.len() + 4);
    uid.extend([entity_type, "::\""]);
    for character in id.chars() {
        match character {
            '"' | '\\' => uid.extend(['\\', character]),
            control if control.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(uid, "\\u{{{:x}}}", control as u32);
            }
            other => uid.push(other),
        }
    }
    uid.push('"');
    uid
}
