//! Distinguished names (RFC 4514), in a form that is the same for equal names.

use std::fmt::Write as _;

/// A distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) struct Name {
    /// For people: types in capitals, values as they were written, no spaces around separators.
    pub shown: String,
    /// For comparing: equal exactly where two names are. Case and repeated spaces are folded, the parts of an
    /// RDN are sorted, and every special character is a hexadecimal pair, so that a comma always ends an RDN.
    pub key: String,
}

/// One `type=value` of an RDN.
struct Part {
    shown: String,
    key: String,
}

/// Reads a distinguished name; the empty text is the root.
///
/// # Errors
/// What is wrong with it, to stand after "the name": a sentence's end without a period.
pub(in crate::import) fn parse(text: &str) -> Result<Name, String> {
    let mut name = Name { shown: String::with_capacity(text.len()), key: String::with_capacity(text.len()) };
    let mut rest = text.trim_start_matches(' ');
    if rest.is_empty() {
        return Ok(name);
    }
    loop {
        let (mut parts, separator, after) = rdn(rest)?;
        parts.sort_by(|left, right| left.key.cmp(&right.key));
        for (at, part) in parts.iter().enumerate() {
            let between = if at > 0 { "+" } else { "" };
            name.shown.extend([between, &part.shown]);
            name.key.extend([between, &part.key]);
        }
        if separator.is_none() {
            return Ok(name);
        }
        name.shown.push(',');
        name.key.push(',');
        rest = after;
    }
}

/// The key of the name above, without the first RDN; nothing for the root.
pub(in crate::import) fn parent(key: &str) -> Option<&str> {
    match key.split_once(',') {
        Some((_, parent)) => Some(parent),
        None => (!key.is_empty()).then_some(""),
    }
}

/// The first RDN of the shown form of a name.
pub(in crate::import) fn first(shown: &str) -> &str {
    let mut escaped = false;
    for (at, byte) in shown.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b',' => return shown.get(..at).unwrap_or_default(),
            _ => {}
        }
    }
    shown
}

/// Reads a name with an optional bit string behind it, the syntax of `uniqueMember` (RFC 4517, 3.3.21).
///
/// # Errors
/// As [`parse`], and where the bit string holds something else than bits.
pub(in crate::import) fn parse_with_bits(text: &str) -> Result<Name, String> {
    let split = text.strip_suffix("'B").and_then(|text| text.rsplit_once("#'"));
    match split {
        Some((name, bits)) if bits.bytes().all(|bit| matches!(bit, b'0' | b'1')) => parse(name),
        Some(_) => Err("has a bit string of other digits than 0 and 1".to_owned()),
        None => parse(text),
    }
}

/// The parts of an RDN, the separator after it, and what follows that.
fn rdn(text: &str) -> Result<(Vec<Part>, Option<char>, &str), String> {
    let mut parts = Vec::with_capacity(1);
    let mut rest = text;
    loop {
        let (written, after) = rest.split_once('=').ok_or_else(|| no_equals(rest))?;
        let attribute = attribute(written)?;
        let (value, separator, after) = value(after)?;
        parts.push(part(&attribute, value));
        match separator {
            Some('+') => rest = after,
            other => return Ok((parts, other, after)),
        }
    }
}

fn no_equals(rest: &str) -> String {
    match rest.trim().is_empty() {
        true => "has an empty part".to_owned(),
        false => "has a part without `=`".to_owned(),
    }
}

/// The type of an attribute in capitals; object identifiers of the usual types are replaced by their names.
fn attribute(written: &str) -> Result<String, String> {
    let name = written.trim_matches(' ');
    let wrong = || match name.is_empty() || name.contains([',', '+']) {
        true => no_equals(""),
        false => "has a part whose type is no attribute".to_owned(),
    };
    let first = name.bytes().next().ok_or_else(wrong)?;
    if first.is_ascii_digit() {
        let legal = |arc: &str| {
            !arc.is_empty()
                && arc.bytes().all(|byte| byte.is_ascii_digit())
                && (arc == "0" || !arc.starts_with('0'))
        };
        if !name.contains('.') || !name.split('.').all(legal) {
            return Err("has a part whose type is no object identifier".to_owned());
        }
        return Ok(known_type(name).unwrap_or(name).to_owned());
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !first.is_ascii_alphabetic() || !name.bytes().all(legal) {
        return Err(wrong());
    }
    Ok(name.to_ascii_uppercase())
}

fn known_type(identifier: &str) -> Option<&'static str> {
    Some(match identifier {
        "2.5.4.3" => "CN",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        _ => return None,
    })
}

/// The value of a part: a text, or bytes in hexadecimal.
enum Value {
    Text(String),
    Bytes(String),
}

/// A value, the separator after it, and what follows that.
fn value(text: &str) -> Result<(Value, Option<char>, &str), String> {
    let text = text.trim_start_matches(' ');
    if let Some(digits) = text.strip_prefix('#') {
        let end = digits.find([',', '+']).unwrap_or(digits.len());
        let (digits, after) = digits.split_at_checked(end).unwrap_or((digits, ""));
        return Ok((hexadecimal(digits.trim_end_matches(' '))?, after.chars().next(), skip(after)));
    }
    let mut bytes: Vec<u8> = Vec::new();
    // Spaces at the end count only where they are escaped.
    let mut kept = 0;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            ',' | '+' => {
                let after = text.get(at..).unwrap_or_default();
                return Ok((finished(bytes, kept)?, Some(character), skip(after)));
            }
            '\\' => {
                let escaped = escape(text.get(at + 1..).unwrap_or_default())?;
                bytes.push(escaped.0);
                characters.nth(escaped.1 - 1);
                kept = bytes.len();
            }
            '"' | ';' | '<' | '>' => return Err(format!("holds `{character}` without a `\\` before it")),
            '\0' => return Err("holds a NUL".to_owned()),
            other => {
                bytes.extend(other.encode_utf8(&mut [0; 4]).bytes());
                if other != ' ' {
                    kept = bytes.len();
                }
            }
        }
    }
    Ok((finished(bytes, kept)?, None, ""))
}

fn skip(after: &str) -> &str {
    after.get(1..).unwrap_or_default()
}

fn finished(mut bytes: Vec<u8>, kept: usize) -> Result<Value, String> {
    bytes.truncate(kept);
    String::from_utf8(bytes).map(Value::Text).map_err(|_| "holds escaped bytes that are not UTF-8".to_owned())
}

/// The byte that an escape stands for, and how many characters it has after the backslash.
fn escape(text: &str) -> Result<(u8, usize), String> {
    let mut bytes = text.bytes();
    let wrong = || "has a `\\` that escapes nothing".to_owned();
    let first = bytes.next().ok_or_else(wrong)?;
    if matches!(first, b' ' | b'"' | b'#' | b'+' | b',' | b';' | b'<' | b'=' | b'>' | b'\\') {
        return Ok((first, 1));
    }
    let digits = text.get(..2).ok_or_else(wrong)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    u8::from_str_radix(digits, 16).map(|byte| (byte, 2)).map_err(|_| wrong())
}

/// A value in hexadecimal: the text of a BER string where it is one, else the digits.
fn hexadecimal(digits: &str) -> Result<Value, String> {
    let wrong = || "has a part in hexadecimal that is no sequence of bytes".to_owned();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let byte =
        |pair: &[u8; 2]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let bytes: Vec<u8> = pairs.iter().map(byte).collect::<Option<_>>().ok_or_else(wrong)?;
    if !rest.is_empty() {
        return Err(wrong());
    }
    // UTF8String, PrintableString and IA5String of up to 127 bytes.
    if let [0x0c | 0x13 | 0x16, length, text @ ..] = bytes.as_slice()
        && usize::from(*length) == text.len()
        && *length < 0x80
        && let Ok(text) = std::str::from_utf8(text)
    {
        return Ok(Value::Text(text.to_owned()));
    }
    Ok(Value::Bytes(digits.to_ascii_lowercase()))
}

fn part(attribute: &str, value: Value) -> Part {
    let mut part =
        Part { shown: format!("{attribute}="), key: format!("{}=", attribute.to_ascii_lowercase()) };
    match value {
        Value::Bytes(digits) => {
            part.shown.extend(["#", &digits]);
            part.key.extend(["#", &digits]);
        }
        Value::Text(text) => {
            show(&text, &mut part.shown);
            fold(&text, &mut part.key);
        }
    }
    part
}

/// Writes a value with the escapes that RFC 4514 asks for; characters that cannot be seen become pairs.
fn show(text: &str, shown: &mut String) {
    let last = text.len().saturating_sub(1);
    for (at, character) in text.char_indices() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => shown.extend(['\\', character]),
            ' ' if at == 0 || at == last => shown.push_str("\\ "),
            '#' if at == 0 => shown.push_str("\\#"),
            hidden if crate::source::is_hidden(hidden) || matches!(hidden, '\t' | '\n' | '\r') => {
                pairs(hidden, shown);
            }
            other => shown.push(other),
        }
    }
}

/// Writes a value so that all its spellings become one.
fn fold(text: &str, key: &mut String) {
    let mut space = true;
    for character in text.trim_matches(' ').chars().flat_map(char::to_lowercase) {
        match character {
            ' ' if space => continue,
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '#' | '\0'..='\u{1f}' => pairs(character, key),
            other => key.push(other),
        }
        space = character == ' ';
    }
}

fn pairs(character: char, text: &mut String) {
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        // Writing to a string cannot fail.
        let _ = write!(text, "\\{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(text: &str) -> String {
        parse(text).unwrap().key
    }

    #[test]
    fn every_spelling_of_a_name_has_one_key() {
        for (one, other) in [
            ("CN=Dana Ruiz,DC=contoso,DC=com", "cn = dana  ruiz , dc=Contoso,dc=COM"),
            ("CN=John Smith\\, III,DC=x", "CN=John Smith\\2C III,DC=x"),
            ("OU=Sales\\; Data\\+Algorithms", "ou=sales\\3B data\\2Balgorithms"),
            ("CN=\\#John ,DC=x", "CN=\\23john,dc=X"),
            ("OU=Sales+CN=J. Smith,DC=x", "cn=J. Smith+ou=sales,dc=x"),
            ("2.5.4.3=a,0.9.2342.19200300.100.1.25=b", "cn=A,dc=B"),
            ("CN=#0c024869", "cn=Hi"),
            ("CN=Lu\\C4\\8Di\\C4\\87", "cn=Lučić"),
        ] {
            assert_eq!(key(one), key(other), "{one}");
        }
        for (one, other) in
            [("CN=a,DC=x", "CN=a\\,DC=x"), ("CN=a+OU=b", "CN=a,OU=b"), ("CN=#0402", "CN=\\#0402")]
        {
            assert_ne!(key(one), key(other), "{one}");
        }
        assert_eq!(parse("cn=Smith\\2c J.\\20,ou=x").unwrap().shown, "CN=Smith\\, J.\\ ,OU=x");
        assert_eq!(parse("CN=a\\0ADEL:b,DC=x").unwrap().shown, "CN=a\\0aDEL:b,DC=x");
        assert_eq!(parent("cn=a\\2cb,dc=x"), Some("dc=x"));
        assert_eq!(first("CN=a\\,b,DC=x"), "CN=a\\,b");
    }

    #[test]
    fn what_is_no_name_is_refused_with_a_reason() {
        for text in [
            "uid;x-option=j",
            "at_tr=j",
            "-attr=j",
            "1..1=j",
            "1.1.=j",
            "01.1=j",
            "1.ff=j",
            "1.1.1=#GG",
            "1.1=#000",
            "1.1=#F",
            "1.1=#",
            "UID=j,,DC=x",
            "UID=john,smith",
            "UID=john+smith",
            "UID=john\\?smith",
            "UID=john\\Fsmith",
            "UID=john\\GGsmith",
            "UID=a;O=b",
            "<UID=a>",
            "CN=\"a\"",
            "CN=a,",
            "=a",
            "CN=\\ff",
            "CN=a\\",
        ] {
            let why = parse(text).expect_err(text);
            assert!(why.starts_with("ha") || why.starts_with("holds"), "{text}: {why}");
        }
        assert!(parse_with_bits("#'1234'B").is_err());
        assert_eq!(parse_with_bits("dc=x#'10'B").unwrap().key, "dc=x");
        assert_eq!(parse_with_bits("#''B").unwrap().key, "");
        assert!(parse_with_bits("dc=com '0'B").is_ok());
    }

    proptest! {
        #[test]
        fn any_text_is_a_name_or_refused_and_a_name_is_its_own_spelling(text in "([a-cA-C]{1,2}|[=,+\\\\ #;\"ä\n0-9])*") {
            if let Ok(name) = parse(&text) {
                let again = parse(&name.shown).unwrap();
                prop_assert_eq!(&again.key, &name.key);
                prop_assert_eq!(again.shown, name.shown);
            }
        }

        #[test]
        fn values_survive_being_written(value in "\\PC{0,12}") {
            let mut shown = "CN=".to_owned();
            show(&value, &mut shown);
            let mut folded = "cn=".to_owned();
            fold(&value, &mut folded);
            prop_assert_eq!(parse(&shown).unwrap().key, folded);
        }
    }
}
