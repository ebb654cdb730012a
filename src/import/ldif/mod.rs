//! LDIF (RFC 2849): exports of directories, and lists of changes to them.

mod base64;
mod below;
mod change;
mod estate;
mod lines;
mod mapping;
mod naming;
mod plan;
mod record;
#[cfg(test)]
mod tests;

pub(super) use estate::estate;
pub(super) use plan::plan;

use super::reading::shown;
use crate::source::Source;

/// Says whether a text is LDIF: by its path, or where that says nothing, by its first line.
pub(super) fn recognises(source: &Source) -> bool {
    let extension = source.path().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("ldif" | "ldf") => true,
        Some("yaml" | "yml" | "json" | "jsonl" | "toml" | "csv" | "tsv") => false,
        _ => {
            let mut lines = source.text().lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            let first = lines.next().unwrap_or_default();
            first == "version: 1" || first.starts_with("dn: ") || first.starts_with("dn:: ")
        }
    }
}

/// Says whether a text may hold a password or a key: a line begins with the name of such an attribute.
pub(super) fn holds_secrets(source: &Source) -> bool {
    let text = source.text();
    let mut begins = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    begins.any(|at| {
        let line = text.get(at..).unwrap_or_default();
        let name_length =
            line.bytes().take(64).take_while(|byte| !matches!(byte, b':' | b';' | b'\r' | b'\n')).count();
        let name = line.get(..name_length).unwrap_or_default();
        // A name that is folded in its middle could be any.
        let folded =
            line.get(name_length..).is_some_and(|rest| rest.starts_with("\n ") || rest.starts_with("\r\n "));
        match name.bytes().next() {
            None | Some(b' ' | b'#') => false,
            Some(_) if folded => true,
            Some(_) => super::directory::is_secret(&name.to_ascii_lowercase()),
        }
    })
}
