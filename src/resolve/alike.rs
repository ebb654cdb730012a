//! Names that differ only in what a reader does not see.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::LazyLock;

use foldhash::quality::RandomState;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::EstateDocument;
use crate::model::{EntityId, Schema, State, TypeName, Uid};
use crate::source::is_hidden;

/// The uids of an estate by the form in which look-alikes are equal.
#[derive(Clone, Debug, Default)]
pub struct Alike {
    /// Hashes of forms, in order, each with the handle of its uid.
    by_form: Vec<(u64, EntityId)>,
    state: State,
    hasher: RandomState,
}

impl Alike {
    /// Indexes the entities of a state.
    pub fn new(state: &State) -> Self {
        Self::of(state, std::iter::empty())
    }

    /// Indexes the entities of a state, and some others.
    pub fn of<'a>(state: &State, others: impl Iterator<Item = &'a Uid>) -> Self {
        let others: BTreeSet<EntityId> =
            others.map(|uid| state.intern(uid)).filter(|id| !state.exists(*id)).collect();
        let hasher = RandomState::default();
        // The type's part of a hash is the same for all entities of the type.
        let mut types: Vec<(&TypeName, u64)> = Vec::new();
        let mut by_form: Vec<(u64, EntityId)> = Vec::with_capacity(state.len() + others.len());
        for id in state.ids().chain(others) {
            let type_name = state.type_of(id);
            let known = types.iter().find(|(known, _)| std::ptr::eq(*known, type_name));
            let of_type = match known.or_else(|| types.iter().find(|(known, _)| *known == type_name)) {
                Some((_, hash)) => *hash,
                None => {
                    let hash = type_hash(&hasher, type_name);
                    types.push((type_name, hash));
                    hash
                }
            };
            by_form.push((of_type ^ id_hash(&hasher, state.name_of(id)), id));
        }
        by_form.sort_unstable();
        Self { by_form, state: state.clone(), hasher }
    }

    /// The first entity, by uid, that looks like this one and is another.
    pub fn other(&self, uid: &Uid) -> Option<&Uid> {
        let id = uid.id().unescaped();
        let hash = type_hash(&self.hasher, uid.type_name()) ^ id_hash(&self.hasher, id);
        let own = form(uid);
        let first = self.by_form.partition_point(|(known, _)| *known < hash);
        let same =
            self.by_form.get(first..).unwrap_or_default().iter().take_while(|(known, _)| *known == hash);
        let uids = same.map(|(_, id)| self.state.uid(*id));
        uids.filter(|other| *other != uid && form(other) == own).min()
    }

    /// The uids that look alike, each group in order, the groups in the order of their forms.
    fn groups(&self) -> Vec<Vec<&Uid>> {
        let mut groups: BTreeMap<(String, String), Vec<&Uid>> = BTreeMap::new();
        for run in self.by_form.chunk_by(|(left, _), (right, _)| left == right).filter(|run| run.len() > 1) {
            for (_, id) in run {
                let uid = self.state.uid(*id);
                groups.entry(form(uid)).or_default().push(uid);
            }
        }
        groups.values_mut().for_each(|uids| uids.sort());
        groups.into_values().filter(|uids| uids.len() > 1).collect()
    }
}

/// The type of a uid, and its id folded: case, accents, compatibility forms and confusable
/// characters of Unicode TR 39 make no difference.
fn form(uid: &Uid) -> (String, String) {
    (uid.type_name().to_string().to_lowercase(), fold(uid.id().unescaped()))
}

fn type_hash(hasher: &RandomState, type_name: &TypeName) -> u64 {
    hasher.hash_one(type_name.to_string().to_lowercase())
}

/// A hash that is the same for ids with the same folded form.
fn id_hash(hasher: &RandomState, id: &str) -> u64 {
    let mut state = hasher.build_hasher();
    hash_folded(&mut state, id);
    // Another than that of an equal text, which could be a type's.
    state.finish().rotate_left(1)
}

/// Hashes an id folded, without the folded text where it is ASCII.
fn hash_folded(state: &mut impl std::hash::Hasher, id: &str) {
    if !id.is_ascii() {
        state.write(fold(id).as_bytes());
        return;
    }
    let mut folded = [0_u8; 512];
    let mut length = 0;
    for byte in id.bytes() {
        let form = ASCII.get(usize::from(byte)).map(String::as_bytes).unwrap_or_default();
        match folded.get_mut(length..length + form.len()) {
            Some(room) => room.copy_from_slice(form),
            None => {
                state.write(fold(id).as_bytes());
                return;
            }
        }
        length += form.len();
    }
    state.write(folded.get(..length).unwrap_or_default());
}

/// What each ASCII character is folded to; for a text of them, that is all there is to folding.
static ASCII: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..0x80_u8).map(|byte| fold(&char::from(byte).to_string())).collect());

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
    let groups = alike.groups();
    if groups.is_empty() {
        return;
    }
    let mut places: BTreeMap<Uid, _> = groups.iter().flatten().map(|uid| (Uid::clone(uid), None)).collect();
    let mut note = |text: &str, span| {
        if let Ok(uid) = schema.qualified_uid(text).parse::<Uid>()
            && let Some(place) = places.get_mut(&uid)
        {
            *place = Some(span);
        }
    };
    for document in documents {
        for entity in document.plain.iter().flat_map(|plain| plain.iter()) {
            if let Some(uid) = entity.uid() {
                note(&format!("{}::\"{}\"", uid.type_name, uid.id), uid.span);
            }
        }
        document.entities.iter().for_each(|entity| note(&entity.uid.value, entity.uid.span));
    }
    for uids in groups {
        let names: Vec<String> = uids.iter().map(|uid| format!("`{uid}`")).collect();
        let mut diagnostic = Diagnostic::new(Code::LookAlike, format!("{} look alike", names.join(" and ")));
        for uid in uids {
            diagnostic = diagnostic.label_at(places.get(uid).copied().flatten(), "one of them");
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

    #[test]
    fn t004_ascii_names_are_folded_character_by_character() {
        let by_character = |text: &str| -> String { text.chars().map(|c| fold(&c.to_string())).collect() };
        let all: String = (0..0x80_u8).map(char::from).collect();
        for text in [all.as_str(), "rn", "vv", "O0Il1|", "modern-MODEM_cl.d"] {
            assert_eq!(fold(text), by_character(text));
        }
        let hasher = RandomState::default();
        let hash = |text: &str| id_hash(&hasher, text);
        assert_eq!(hash("ADMIN"), hash("\u{430}dmin"));
        assert_eq!(hash(&"m".repeat(600)), hash(&"M".repeat(600)));
    }
}
