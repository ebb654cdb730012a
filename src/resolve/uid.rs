//! The text of a uid to a uid of the schema.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::model::{Schema, Uid};
use crate::source::{Span, is_hidden, visible};

/// Reads a uid; a type without a namespace is read in the bundle's.
///
/// The type must be in the schema; an enumerated entity must be listed there.
pub fn read(text: &str, span: Span, schema: &Schema, sink: &mut Sink) -> Option<Uid> {
    let uid = parse(text, span, schema, sink)?;
    if schema.declares_action(&uid) {
        return Some(uid);
    }
    let Some(entity_type) = schema.types.get(uid.type_name()) else {
        let known: Vec<String> = schema.types.keys().map(|name| short(&name.to_string(), schema)).collect();
        let named = short(&uid.type_name().to_string(), schema);
        sink.push(
            Diagnostic::new(Code::UnknownType, format!("unknown entity type `{named}`"))
                .label(span, "not in the schema")
                .did_you_mean(&named, known.iter().map(String::as_str)),
        );
        return None;
    };
    if let crate::model::EntityKind::Enumerated(ids) = &entity_type.kind
        && !schema.enumerates(&uid)
    {
        let given = uid.id().unescaped().to_owned();
        sink.push(
            Diagnostic::new(Code::WrongValue, format!("the schema does not list `{uid}`"))
                .label(span, format!("expected one of {}", listed(ids.iter().map(String::as_str))))
                .did_you_mean(&given, ids.iter().map(String::as_str)),
        );
        return None;
    }
    Some(uid)
}

/// Reads a uid that was given outside of any file, on the command line.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn named(text: &str, schema: &Schema) -> Result<Uid, String> {
    match schema.qualified_uid(text).parse::<Uid>() {
        Ok(uid) if schema.types.contains_key(uid.type_name()) => Ok(uid),
        Ok(uid) => Err(format!("the schema has no entity type `{}`", uid.type_name())),
        Err(_) => Err(format!("`{}` is not a uid, which is written `User::\"dana\"`", visible(text))),
    }
}

/// A type's name without the bundle's namespace.
fn short(name: &str, schema: &Schema) -> String {
    let prefix = format!("{}::", schema.namespace);
    name.strip_prefix(&prefix).unwrap_or(name).to_owned()
}

/// Names in backticks with commas between them, at most eight.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let more = if all.len() > 8 { ", …" } else { "" };
    format!("{}{more}", all.iter().take(8).cloned().collect::<Vec<_>>().join(", "))
}

fn parse(text: &str, span: Span, schema: &Schema, sink: &mut Sink) -> Option<Uid> {
    let malformed = |why: &str| {
        let message = format!("`{}` is not a uid: {why}", visible(text));
        Diagnostic::new(Code::MalformedUid, message).label(span, "expected `Type::\"id\"`")
    };
    let Some((type_part, id_part)) = text.split_once("::\"") else {
        let hint = "write the type and the id in quotes, `User::\"dana\"`";
        sink.push(malformed("it has no quoted id").hint(hint));
        return None;
    };
    if type_part.contains(char::is_whitespace) || !id_part.ends_with('"') || text != text.trim() {
        sink.push(malformed("there is space outside of the quotes, or a quote is missing"));
        return None;
    }
    match schema.qualified_uid(text).parse::<Uid>() {
        Err(_) => {
            sink.push(malformed("the type or an escape is not as Cedar writes it"));
            None
        }
        Ok(uid) if uid.id().unescaped().is_empty() => {
            sink.push(malformed("the id is empty"));
            None
        }
        Ok(uid) if uid.id().unescaped().len() > 256 => {
            let message = "an id is longer than 256 bytes";
            sink.push(Diagnostic::new(Code::Limit, message).label(span, "this id"));
            None
        }
        Ok(uid) => {
            let concealed = |character: &char| is_hidden(*character) || character.is_control();
            let hidden = uid.id().unescaped().chars().find(concealed);
            let Some(character) = hidden else { return Some(uid) };
            let message = format!("an id holds the hidden character U+{:04X}", character as u32);
            sink.push(Diagnostic::new(Code::HiddenCharacter, message).label(span, "in this id"));
            None
        }
    }
}
