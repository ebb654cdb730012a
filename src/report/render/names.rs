//! Uids as short as they can be without two of them looking the same.

use std::collections::{BTreeMap, BTreeSet};

use super::Style;

/// How the uids of one column are written.
///
/// `Lync::User::"dana"` becomes `dana` where the column holds one type only, and `User dana`
/// where it holds several. A namespace is written where two types differ in nothing else.
#[derive(Debug)]
pub struct Naming<'a> {
    types: BTreeMap<&'a str, &'a str>,
}

impl<'a> Naming<'a> {
    /// Looks at all uids of a column.
    pub fn of(uids: impl Iterator<Item = &'a str>) -> Self {
        let full: BTreeSet<&str> =
            uids.filter_map(|uid| parts(uid).map(|(entity_type, _)| entity_type)).collect();
        let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
        for entity_type in &full {
            *shared.entry(last_segment(entity_type)).or_default() += 1;
        }
        let short = |entity_type: &'a str| match shared.get(last_segment(entity_type)) {
            Some(1) => last_segment(entity_type),
            _ => entity_type,
        };
        Self { types: full.iter().map(|entity_type| (*entity_type, short(entity_type))).collect() }
    }

    /// The one type of the column, where the uids are written without it.
    pub fn only_type(&self) -> Option<&'a str> {
        match self.types.first_key_value() {
            Some((_, short)) if self.types.len() == 1 => Some(short),
            _ => None,
        }
    }

    /// A uid as it is shown.
    pub fn short(&self, uid: &str, style: &Style) -> String {
        let Some((entity_type, id)) = parts(uid) else { return style.shown(uid).into_owned() };
        let id = if is_plain(id) { style.shown(id).into_owned() } else { format!("\"{}\"", style.shown(id)) };
        match self.types.get(entity_type) {
            Some(_) if self.types.len() == 1 => id,
            Some(short) => format!("{} {id}", style.shown(short)),
            None => format!("{} {id}", style.shown(entity_type)),
        }
    }
}

/// Type and id, the id as Cedar escapes it; `None` where the text is not a uid.
fn parts(uid: &str) -> Option<(&str, &str)> {
    let (entity_type, quoted) = uid.split_once("::\"")?;
    Some((entity_type, quoted.strip_suffix('"')?))
}

fn last_segment(entity_type: &str) -> &str {
    entity_type.rsplit("::").next().unwrap_or(entity_type)
}

/// Says whether an id needs no quotes to be told from what is around it.
fn is_plain(id: &str) -> bool {
    !id.is_empty() && !id.contains(['\\', '"']) && id.trim() == id && !id.contains("  ") && !id.contains(" (")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(uids: &[&str]) -> Vec<String> {
        let naming = Naming::of(uids.iter().copied());
        uids.iter().map(|uid| naming.short(uid, &Style::plain())).collect()
    }

    #[test]
    fn a_type_is_written_where_it_is_not_obvious() {
        assert_eq!(shown(&["Lync::User::\"dana\"", "Lync::User::\"erin\""]), ["dana", "erin"]);
        assert_eq!(
            shown(&["Lync::User::\"dana\"", "Lync::Group::\"a team\""]),
            ["User dana", "Group a team"]
        );
        assert_eq!(shown(&["A::User::\"dana\"", "B::User::\"dana\""]), ["A::User dana", "B::User dana"]);
    }

    #[test]
    fn an_odd_id_keeps_its_quotes() {
        assert_eq!(
            shown(&["User::\"\"", "User::\" a\"", "User::\"a\\\"b\""]),
            ["\"\"", "\" a\"", "\"a\\\"b\""]
        );
        assert_eq!(shown(&["not a uid"]), ["not a uid"]);
    }
}
