//! What is said about YAML that is refused.

use saphyr_parser::ScanError;

use super::super::limits;
use super::super::reading::{Reading, shown};
use super::super::scalar::Plain;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// Refuses a key that is not plainly a text.
pub(super) fn refuse_key(reading: &mut Reading<'_>, key: &str, plain: Plain, span: Span, explicit: bool) {
    let diagnostic = match plain {
        _ if explicit => feature("a key is written with a question mark", span),
        Plain::Text => return,
        Plain::Null => Diagnostic::new(Code::Null, "a key is empty").label(span, ""),
        Plain::Ambiguous("a merge key") => feature("a merge key copies another mapping", span),
        Plain::Ambiguous(other) => ambiguous(key, other).label(span, ""),
        Plain::Number(why) => number(key, why).label(span, ""),
        Plain::Bool(_) => ambiguous(key, "a boolean").label(span, ""),
        Plain::Integer(_) => ambiguous(key, "a number").label(span, ""),
    };
    reading.push(diagnostic);
}

pub(super) fn feature(message: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::YamlFeature, message)
        .label(span, "")
        .hint("write the values out in one plain document")
}

pub(super) fn null(key: Option<&str>) -> Diagnostic {
    let message = match key {
        Some(key) => format!("`{}` has no value", shown(key)),
        None => "an item has no value".to_string(),
    };
    Diagnostic::new(Code::Null, message)
        .hint("leave it out, or give it a value; an empty text is written `\"\"`")
}

pub(super) fn ambiguous(value: &str, other: &str) -> Diagnostic {
    let value = shown(value);
    let diagnostic = Diagnostic::new(
        Code::AmbiguousScalar,
        format!("`{value}` is read as {other} by some and as a text by others"),
    )
    .hint(format!("write `\"{value}\"` if it is a text"));
    match other {
        "a boolean" => diagnostic.hint("write `true` or `false` if it is a boolean"),
        _ => diagnostic,
    }
}

pub(super) fn number(value: &str, why: &str) -> Diagnostic {
    let value = shown(value);
    Diagnostic::new(Code::Number, format!("`{value}` is not a number that can be used: {why}"))
        .hint(format!("write a decimal integer, or `\"{value}\"` if it is a text"))
}

/// The parser's message in this program's words.
pub(super) fn explain(error: &ScanError) -> Diagnostic {
    let said = error.info();
    let has = |part: &str| said.contains(part);
    let syntax = |message: &str| Diagnostic::new(Code::Syntax, message);
    if has("unknown anchor") {
        return Diagnostic::new(Code::YamlFeature, "an alias stands for a value written elsewhere")
            .hint("quote the value if it begins with `*`");
    }
    if has("tag") || has("the handle wasn't declared") {
        return Diagnostic::new(Code::YamlFeature, "a tag changes the type of a value")
            .hint("quote the value if it begins with `!`");
    }
    if has("directive") {
        return Diagnostic::new(Code::YamlFeature, "a directive changes how the file is read");
    }
    if has("document end marker") || has("<document start>") {
        return Diagnostic::new(Code::YamlFeature, "text follows the end of the document");
    }
    if has("recursion limit") {
        return Diagnostic::new(
            Code::Limit,
            format!("lists and mappings are nested deeper than the limit of {}", limits::NESTING),
        );
    }
    if has("tab") {
        return syntax("a tab is used for indentation").hint("indent with spaces");
    }
    if has("mapping values are not allowed") {
        return syntax("a colon followed by a space stands inside a value")
            .hint("quote the value, or begin the key on its own line");
    }
    if has("unexpected end of stream") || has("unexpected eof") {
        return syntax("a quoted text or a bracket is not closed before the end of the file");
    }
    if has("trailing content") {
        return syntax("text follows the closing quote of a value")
            .hint("quote the whole value, and write a quote inside single quotes twice");
    }
    if has("simple key expect") || has("did not find expected key") {
        return syntax("a line is neither a key with a colon nor part of the value before it")
            .hint("check the indentation of this line and of the one before");
    }
    if has("indentation") || has("indented") {
        return syntax("the indentation does not fit to the lines before");
    }
    if has("expected ',' or") {
        return syntax("a comma or a closing bracket is missing");
    }
    if has("unexpected character") {
        return syntax("a value begins with a character that YAML keeps for itself").hint("quote the value");
    }
    syntax(&format!("the YAML cannot be read: {said}"))
}
