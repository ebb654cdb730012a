//! Character counts to byte offsets.

/// How many characters lie between two marks.
const STRIDE: usize = 64;

/// Finds the byte offset of a character by its number.
///
/// A text of ASCII needs nothing. For others, the offset of every 64th character is kept, so that
/// one look-up walks over at most 63 characters wherever it is.
pub(super) struct Offsets<'t> {
    text: &'t str,
    marks: Option<Vec<u32>>,
}

impl<'t> Offsets<'t> {
    /// Prepares a text for look-ups.
    pub fn new(text: &'t str) -> Self {
        let marks = (!text.is_ascii()).then(|| {
            let starts = text.char_indices().step_by(STRIDE);
            starts.map(|(at, _)| u32::try_from(at).unwrap_or(u32::MAX)).collect()
        });
        Self { text, marks }
    }

    /// The byte offset of the character with that number, counted from 0; the end where there is none.
    pub fn byte(&self, character: usize) -> usize {
        let end = self.text.len();
        let Some(marks) = &self.marks else { return character.min(end) };
        let Some(start) = marks.get(character / STRIDE) else { return end };
        let start = *start as usize;
        let rest = self.text.get(start..).unwrap_or_default();
        rest.char_indices().nth(character % STRIDE).map_or(end, |(at, _)| start + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_found_where_it_stands() {
        let text: String = ["a", "ä", "€", "😀"].into_iter().cycle().take(300).collect();
        let offsets = Offsets::new(&text);
        for (number, (at, _)) in text.char_indices().enumerate() {
            assert_eq!(offsets.byte(number), at);
        }
        assert_eq!(offsets.byte(300), text.len());
        assert_eq!(offsets.byte(9999), text.len());
    }
}
