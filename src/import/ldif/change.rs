//! The records of a list of changes.

use super::estate::name;
use super::record::{Content, Item, Record};
use super::shown;
use crate::diagnostic::{Code, Diagnostic};
use crate::import::directory::dn::Name;
use crate::import::reading::Reading;

/// What a record changes.
#[derive(Debug)]
pub(super) enum Change<'r, 't> {
    /// A new object with these attributes.
    Add(Vec<&'r Item<'t>>),
    /// The object goes.
    Delete,
    /// Attributes of the object change.
    Modify(Vec<Part<'r, 't>>),
    /// The object gets another name, or another place.
    Rename {
        /// The line with the new first part of the name.
        item: &'r Item<'t>,
        /// The new first part.
        first: Name,
        /// The line with the new place, and the place.
        above: Option<(&'r Item<'t>, Name)>,
    },
}

/// How an attribute changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// Values come.
    Add,
    /// Values go; all of them where none is listed.
    Delete,
    /// All values go, and these come.
    Replace,
}

impl Verb {
    /// The word of the format.
    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Add => "add",
            Verb::Delete => "delete",
            Verb::Replace => "replace",
        }
    }
}

/// One part of a modification.
#[derive(Debug)]
pub(super) struct Part<'r, 't> {
    /// How the attribute changes.
    pub verb: Verb,
    /// The line that says so.
    pub item: &'r Item<'t>,
    /// The attribute, in lower case and without options.
    pub attribute: String,
    /// The lines with its values.
    pub values: Vec<&'r Item<'t>>,
}

/// The line that says what a record changes, and what it changes.
pub(super) fn change<'r, 't>(
    record: &'r Record<'t>,
    reading: &mut Reading<'_>,
) -> Option<(&'r Item<'t>, Change<'r, 't>)> {
    let mut items = record.items.iter();
    let first = items.next();
    if let Some(control) = first.filter(|item| item.is("control")) {
        let hint =
            "a control can change what a record does; write the record without it, or leave the record out";
        refuse(
            reading,
            control,
            Code::UnfitSource,
            "a record has a control, and controls are not read",
            hint,
        );
        return None;
    }
    let Some(kind) = first.filter(|item| item.is("changetype")) else {
        let hint = "give an export as the estate; a list of changes has a `changetype` in each record";
        refuse(
            reading,
            &record.dn,
            Code::UnfitSource,
            "a record of a list of changes has no `changetype`",
            hint,
        );
        return None;
    };
    let word = kind.text(reading)?.to_ascii_lowercase();
    let rest: Vec<&Item<'t>> = items.collect();
    let change = match word.as_str() {
        "add" => {
            let hyphen = rest.iter().find(|item| item.content == Content::Hyphen);
            if let Some(hyphen) = hyphen {
                refuse(
                    reading,
                    hyphen,
                    Code::Syntax,
                    "a `-` stands in a record that adds an object",
                    "delete the line",
                );
                return None;
            }
            Change::Add(rest)
        }
        "delete" => {
            if let Some(more) = rest.first() {
                let message = "a record that deletes an object says more than that";
                refuse(
                    reading,
                    more,
                    Code::Syntax,
                    message,
                    "delete the line, or write `changetype: modify`",
                );
                return None;
            }
            Change::Delete
        }
        "modify" => Change::Modify(parts(&rest, reading)?),
        "modrdn" | "moddn" => rename(&rest, kind, reading)?,
        _ => {
            let message = format!("`{}` is not a kind of change", shown(&word));
            refuse(
                reading,
                kind,
                Code::InvalidValue,
                &message,
                "kinds are add, delete, modify, modrdn and moddn",
            );
            return None;
        }
    };
    Some((kind, change))
}

/// Refuses something at the value of a line.
pub(super) fn refuse(reading: &mut Reading<'_>, item: &Item<'_>, code: Code, message: &str, hint: &str) {
    let label = item.span(reading);
    reading.push(Diagnostic::new(code, message).label(label, "").hint(hint));
}

fn parts<'r, 't>(items: &[&'r Item<'t>], reading: &mut Reading<'_>) -> Option<Vec<Part<'r, 't>>> {
    let mut parts: Vec<Part<'r, 't>> = Vec::new();
    let mut open = false;
    for item in items {
        if item.content == Content::Hyphen {
            if !std::mem::take(&mut open) {
                refuse(
                    reading,
                    item,
                    Code::Syntax,
                    "a `-` ends no part of a modification",
                    "delete the line",
                );
                return None;
            }
            continue;
        }
        if !std::mem::replace(&mut open, true) {
            parts.push(begin(item, reading)?);
        } else if let Some(part) = parts.last_mut() {
            if !item.base_name().eq_ignore_ascii_case(&part.attribute) {
                let message =
                    format!("`{}` stands in the part of `{}`", shown(&item.name), shown(&part.attribute));
                let hint = "end a part with a line of a single `-`";
                refuse(reading, item, Code::Syntax, &message, hint);
                return None;
            }
            part.values.push(item);
        }
    }
    Some(parts)
}

fn begin<'r, 't>(item: &'r Item<'t>, reading: &mut Reading<'_>) -> Option<Part<'r, 't>> {
    let verb = match item.name.to_ascii_lowercase().as_str() {
        "add" => Verb::Add,
        "delete" => Verb::Delete,
        "replace" => Verb::Replace,
        other => {
            let message = format!("`{}` is not a way in which an attribute changes", shown(other));
            let label = item.name_span(reading);
            let hint = "a part of a modification begins with `add:`, `delete:` or `replace:`";
            reading.push(Diagnostic::new(Code::Syntax, message).label(label, "").hint(hint));
            return None;
        }
    };
    let text = item.text(reading)?;
    let attribute = text.split_once(';').map_or(&*text, |(name, _)| name).trim().to_ascii_lowercase();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    if attribute.is_empty() || !attribute.bytes().all(legal) {
        let message = format!("`{}` is not the name of an attribute", shown(&attribute));
        refuse(reading, item, Code::Syntax, &message, "name the attribute that changes");
        return None;
    }
    Some(Part { verb, item, attribute, values: Vec::new() })
}

fn rename<'r, 't>(
    items: &[&'r Item<'t>],
    kind: &'r Item<'t>,
    reading: &mut Reading<'_>,
) -> Option<Change<'r, 't>> {
    let (mut first, mut above, mut old) = (None, None, false);
    for item in items {
        match item.base_name().to_ascii_lowercase().as_str() {
            "newrdn" if first.is_none() => first = Some((*item, name(item, reading)?)),
            "newsuperior" if above.is_none() => above = Some((*item, name(item, reading)?)),
            "deleteoldrdn" if !old => old = true,
            _ => {
                let message = format!("`{}` does not belong into a record that renames", shown(&item.name));
                let hint = "such a record has one `newrdn`, one `deleteoldrdn` and at most one `newsuperior`";
                refuse(reading, item, Code::Syntax, &message, hint);
                return None;
            }
        }
    }
    let Some((item, first)) = first else {
        refuse(reading, kind, Code::MissingField, "a record that renames has no `newrdn`", "add `newrdn`");
        return None;
    };
    if first.key.is_empty() || first.key.contains(',') {
        let message = format!("`{}` is not one part of a name", shown(&first.shown));
        refuse(reading, item, Code::DistinguishedName, &message, "the place goes into `newsuperior`");
        return None;
    }
    Some(Change::Rename { item, first, above })
}
