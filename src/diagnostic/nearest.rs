//! The known name that a misspelt word most likely means.

/// The known name nearest to a word, where one is near enough to suggest.
///
/// Nearness is the Damerau-Levenshtein distance, ignoring ASCII case; at most a third of the
/// word's characters may differ. Ties go to the name that comes first in order.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_ascii_lowercase();
    let most = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&folded, &name.to_ascii_lowercase()), name))
        .filter(|(distance, name)| *distance <= most && *name != word)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        assert_eq!(nearest("princpal", ["principal", "resource"]), Some("principal"));
        assert_eq!(nearest("Needs", ["needs"]), Some("needs"));
        assert_eq!(nearest("banana", ["principal"]), None);
    }
}
