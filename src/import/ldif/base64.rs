//! Base64 (RFC 4648), read strictly.

/// Decodes a text; nothing where it is not base64.
///
/// Padding is required, and the bits that it leaves over must be zero, so that no two texts mean the same.
pub(in crate::import) fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len() / 4 * 3);
    let (groups, rest) = bytes.as_chunks::<4>();
    let (last, groups) = match groups.split_last() {
        Some(split) => split,
        None => return rest.is_empty().then_some(decoded),
    };
    for [a, b, c, d] in groups {
        let bits = digit(*a)? << 18 | digit(*b)? << 12 | digit(*c)? << 6 | digit(*d)?;
        let [_, first, second, third] = bits.to_be_bytes();
        decoded.extend([first, second, third]);
    }
    let [a, b, c, d] = *last;
    let padding = if d == b'=' { 1 + usize::from(c == b'=') } else { 0 };
    let third = if padding == 2 { 0 } else { digit(c)? };
    let fourth = if padding > 0 { 0 } else { digit(d)? };
    let bits = digit(a)? << 18 | digit(b)? << 12 | third << 6 | fourth;
    let left_over = bits & ((1 << (8 * padding)) - 1);
    let [_, first, second, third] = bits.to_be_bytes();
    decoded.extend([first, second, third].into_iter().take(3 - padding));
    (rest.is_empty() && left_over == 0).then_some(decoded)
}

fn digit(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Writes bytes as base64.
#[cfg(test)]
pub(in crate::import) fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_are_not_base64_are_refused() {
        assert_eq!(decode("aGVsbG8="), Some(b"hello".to_vec()));
        assert_eq!(decode(""), Some(Vec::new()));
        for text in ["aGVsbG8", "aGVsbG9=", "=aaa", "a===", "aGV sbG8=", "aGVsbG8=aaaa", "aa=a", "ä==="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
