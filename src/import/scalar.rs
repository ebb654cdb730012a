//! What an unquoted YAML value or a number is, where all readers agree.

/// An unquoted value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    /// A text.
    Text,
    /// `true` or `false`.
    Bool(bool),
    /// A decimal integer.
    Integer(i64),
    /// No value: empty, `~` or `null`.
    Null,
    /// YAML 1.1 and 1.2 read it differently; says as what the other one reads it.
    Ambiguous(&'static str),
    /// A number that is not a decimal integer within 64 bits; says why.
    Number(&'static str),
}

/// Classifies an unquoted YAML value.
pub(super) fn classify(text: &str) -> Plain {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    match text {
        "true" => return Plain::Bool(true),
        "false" => return Plain::Bool(false),
        "" | "~" => return Plain::Null,
        "=" => return Plain::Ambiguous("a default value"),
        "<<" => return Plain::Ambiguous("a merge key"),
        _ => {}
    }
    if text.len() <= 5 {
        if is("null") {
            return Plain::Null;
        }
        if ["yes", "no", "on", "off", "y", "n", "true", "false"].into_iter().any(is) {
            return Plain::Ambiguous("a boolean");
        }
        let unsigned = text.trim_start_matches(['+', '-']);
        if [".inf", ".nan"].into_iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
            return Plain::Number("it is not a finite number");
        }
    }
    match text.bytes().next() {
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => number(text),
        _ => Plain::Text,
    }
}

/// Reads a number as JSON and this program write it, or says why it is none.
///
/// The text is taken as a number already; use [`classify`] where it may be something else.
pub(super) fn integer(text: &str) -> Result<i64, &'static str> {
    match number(text) {
        Plain::Integer(value) => Ok(value),
        Plain::Number(why) => Err(why),
        _ => Err("it is not a decimal integer"),
    }
}

fn number(text: &str) -> Plain {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = unsigned.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'_').count();
    let (head, tail) = unsigned.split_at_checked(digits).unwrap_or((unsigned, ""));
    let starts_with_digit = head.starts_with(|character: char| character.is_ascii_digit());
    if !starts_with_digit {
        return if is_fraction(tail) && head.is_empty() { FRACTION } else { Plain::Text };
    }
    match tail.bytes().next() {
        None => whole(text, head),
        Some(b':') if is_sexagesimal(tail) => Plain::Ambiguous("a number to the base 60"),
        Some(b'.') if is_fraction(tail) => FRACTION,
        Some(b'e' | b'E') if is_exponent(tail) => Plain::Number("it has an exponent"),
        Some(b'x' | b'o' | b'b' | b'X' | b'O' | b'B') if head == "0" && is_radix(tail) => {
            Plain::Ambiguous("a number that is not decimal")
        }
        _ => Plain::Text,
    }
}

const FRACTION: Plain = Plain::Number("it has a fraction");

fn whole(text: &str, digits: &str) -> Plain {
    if digits.contains('_') {
        return Plain::Ambiguous("a number without its underscores");
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Plain::Ambiguous("an octal number");
    }
    if text.starts_with('+') {
        return Plain::Number("it has a plus sign");
    }
    if text == "-0" {
        return Plain::Number("it is minus zero");
    }
    text.parse().map_or(Plain::Number("it does not fit in 64 bits"), Plain::Integer)
}

/// `.`, `.5`, `.5e3`: a point, digits or underscores, perhaps an exponent.
fn is_fraction(tail: &str) -> bool {
    let Some(rest) = tail.strip_prefix('.') else { return false };
    let after = rest.trim_start_matches(|character: char| character.is_ascii_digit() || character == '_');
    after.is_empty() || is_exponent(after)
}

fn is_exponent(tail: &str) -> bool {
    let Some(rest) = tail.strip_prefix(['e', 'E']) else { return false };
    let digits = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

/// `:30`, `:59:59.5`.
fn is_sexagesimal(tail: &str) -> bool {
    let (whole, fraction) = tail.split_at_checked(tail.find('.').unwrap_or(tail.len())).unwrap_or((tail, ""));
    whole.strip_prefix(':').is_some_and(|rest| {
        rest.split(':').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'_'))
    }) && (fraction.is_empty() || is_fraction(fraction))
}

fn is_radix(tail: &str) -> bool {
    let digits = tail.get(1..).unwrap_or_default();
    let digit = |byte: u8| match tail.bytes().next() {
        Some(b'x' | b'X') => byte.is_ascii_hexdigit(),
        _ => byte.is_ascii_digit(),
    };
    !digits.is_empty() && digits.bytes().all(|byte| digit(byte) || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unquoted_values_are_what_every_reader_takes_them_for() {
        for text in
            ["edge", "2026-11-28", "2026-11-28T22:00", "2026-11-20T08:00:00Z", "10.0.0.1", "1.2.3", "-", "--"]
        {
            assert_eq!(classify(text), Plain::Text, "{text}");
        }
        for text in
            ["+1h", "12h", "0x", "1e", "a:1", "1:b", "...", "nullable", "yes!", "_1", "-x", "::1", "0xg"]
        {
            assert_eq!(classify(text), Plain::Text, "{text}");
        }
        for text in
            ["yes", "NO", "On", "oFF", "y", "N", "True", "FALSE", "0123", "0o17", "0x1F", "0b11", "1_000"]
        {
            assert!(matches!(classify(text), Plain::Ambiguous(_)), "{text}");
        }
        for text in ["1:30", "22:00", "-1:30:00", "1:30.5", "=", "<<", "007", "00"] {
            assert!(matches!(classify(text), Plain::Ambiguous(_)), "{text}");
        }
        for text in ["1.5", "1.", ".5", "-.5", "1e3", "1E-3", "1.5e+3", ".inf", "-.INF", ".NaN", "+5", "-0"] {
            assert!(matches!(classify(text), Plain::Number(_)), "{text}");
        }
        for text in ["9223372036854775808", "-9223372036854775809", "18446744073709551615", "+0", "1_0.5"] {
            assert!(matches!(classify(text), Plain::Number(_)), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(classify(text), Plain::Null, "{text}");
        }
        assert_eq!(classify("-9223372036854775808"), Plain::Integer(i64::MIN));
        assert_eq!(classify("9223372036854775807"), Plain::Integer(i64::MAX));
        assert_eq!(classify("0"), Plain::Integer(0));
        assert_eq!(classify("true"), Plain::Bool(true));
    }
}
