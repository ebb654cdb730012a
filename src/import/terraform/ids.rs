//! Ids of phases, steps and entities from addresses.

use std::collections::HashSet;

use crate::source::sha256;

/// How long an id may become before it is cut.
const LONGEST: usize = 180;

/// Ids that are made once each.
#[derive(Debug, Default)]
pub(super) struct Ids {
    taken: HashSet<String>,
}

impl Ids {
    /// An id for a text; where another text has the same, the digest of this one makes the difference.
    pub fn take(&mut self, text: &str, whole: &str) -> String {
        let plain = sanitised(text);
        let id = if plain.len() <= LONGEST && !self.taken.contains(&plain) {
            plain
        } else {
            let start: String = plain.chars().take(LONGEST).collect();
            let digest = sha256(whole.as_bytes());
            format!("{start}-{}", digest.get(..12).unwrap_or(&digest))
        };
        self.taken.insert(id.clone());
        id
    }
}

/// A text with `-` for everything that ids may not hold.
pub(super) fn sanitised(text: &str) -> String {
    let mut id = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' => id.push(character),
            _ if id.ends_with('-') => {}
            _ => id.push('-'),
        }
    }
    let trimmed = id.trim_matches('-').replace("-.", ".");
    if trimmed.is_empty() { "x".to_owned() } else { trimmed }
}

/// The uid of an entity, `Resource::"aws_vpc.main"`; an id that is too long is cut and has a digest.
pub(super) fn uid(entity_type: &str, id: &str) -> String {
    let cut;
    let id = if id.len() <= 240 {
        id
    } else {
        let start: String = id
            .chars()
            .scan(0, |length, c| {
                *length += c.len_utf8();
                (*length <= LONGEST).then_some(c)
            })
            .collect();
        let digest = sha256(id.as_bytes());
        cut = format!("{start}~{}", digest.get(..16).unwrap_or(&digest));
        &cut
    };
    let mut text = format!("{entity_type}::\"");
    for character in id.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            other => text.push(other),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_readable_and_distinct() {
        let mut ids = Ids::default();
        assert_eq!(ids.take("aws_vpc.main[0].create", "a"), "aws_vpc.main-0.create");
        let other = ids.take("aws_vpc.main[\"0\"].create", "b");
        assert!(other.starts_with("aws_vpc.main-0.create-") && other.len() > 22, "{other}");
        assert_eq!(sanitised("[]"), "x");
        assert!(ids.take(&"x".repeat(500), "c").len() <= 256);
        assert_eq!(uid("Resource", "a[\"b\\\"]"), r#"Resource::"a[\"b\\\"]""#);
        assert!(uid("Resource", &"ä".repeat(500)).len() < 256);
    }
}
