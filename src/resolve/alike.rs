//! Names that differ only in what a reader does not see.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::EstateDocument;
use crate::model::{Schema, State, Uid};
use crate::source::is_hidden;

/// The uids of an estate by the form in which look-alikes are equal.
#[derive(Clone, Debug, Default)]
pub struct Alike {
    by_form: BTreeMap<(String, String), Vec<Uid>>,
}

impl Alike {
    /// Indexes the entities of a state.
    pub fn new(state: &State) -> Self {
        Self::of(state.uids())
    }

    /// Indexes some entities.
    pub fn of<'a>(uids: impl Iterator<Item = &'a Uid>) -> Self {
        let mut by_form: BTreeMap<_, Vec<Uid>> = BTreeMap::new();
        for uid in uids {
            by_form.entry(form(uid)).or_default().push(uid.clone());
        }
        by_form.values_mut().for_each(|uids| uids.sort());
        Self { by_form }
    }

    /// An entity that looks like this one and is another.
    pub fn other(&self, uid: &Uid) -> Option<&Uid> {
        self.by_form.get(&form(uid)).into_iter().flatten().find(|other| *other != uid)
    }
}

/// The type of a uid, and its id folded: case, accents, compatibility forms and confusable
/// characters of Unicode TR 39 make no difference.
fn form(uid: &Uid) -> (String, String) {
    (uid.type_name().to_string().to_lowercase(), fold(uid.id().unescaped()))
}

fn fold(text: &str) -> String {
    let plain = |text: &str| -> String {
        let decomposed = text.nfkd().filter(|c| !is_combining_mark(*c) && !is_hidden(*c));
        decomposed.flat_map(char::to_lowercase).collect()
    };
    let once: String = skeleton(&plain(text)).collect();
    plain(&once)
}

/// Warns of entities of an estate that look like each other.
pub fn look_alikes(documents: &[EstateDocument], schema: &Schema, alike: &Alike, sink: &mut Sink) {
    let groups: Vec<&Vec<Uid>> = alike.by_form.values().filter(|uids| uids.len() > 1).collect();
    if groups.is_empty() {
        return;
    }
    let mut places = BTreeMap::new();
    for document in documents.iter().flat_map(|part| &part.entities) {
        if let Ok(uid) = schema.qualified_uid(&document.uid.value).parse::<Uid>() {
            places.insert(uid, document.uid.span);
        }
    }
    for uids in groups {
        let names: Vec<String> = uids.iter().map(|uid| format!("`{uid}`")).collect();
        let mut diagnostic = Diagnostic::new(Code::LookAlike, format!("{} look alike", names.join(" and ")));
        for uid in uids {
            diagnostic = diagnostic.label_at(places.get(uid).copied(), "one of them");
        }
        sink.push(diagnostic.hint("check that each of them is meant; policies compare names byte for byte"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t004_confusable_and_folded_names_have_one_form() {
        for other in [
            "\u{430}dmin",
            "ADMIN",
            "adm\u{131}n",
            "ad\u{fb01}".replace("\u{fb01}", "min").as_str(),
            "ａdmin",
        ] {
            assert_eq!(fold(other), fold("admin"), "{other}");
        }
        assert_eq!(fold("bj\u{f6}rn"), fold("bjo\u{308}rn"));
        assert_ne!(fold("dana"), fold("erin"));
        for text in ["PayPa1", "Straße", "\u{1e9e}x", "\u{212a}elvin"] {
            assert_eq!(fold(&fold(text)), fold(text));
        }
    }
}
