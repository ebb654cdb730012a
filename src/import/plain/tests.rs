//! What the scan takes, against the strict reader.

use super::super::native::entity;
use super::super::{Reading, json};
use super::*;
use crate::diagnostic::Sink;
use crate::source::{Role, SourceMap};

const RECORDS: &[&str] = &[
    r#"{"uid":"User::\"dana\"","parents":["N::Group::\"a b\""],"attrs":{"n":-12,"s":"x","t":true}}"#,
    r#" { "uid" : {"type":"User","id":"d"} , "attrs" : { } , "parents" : [ ] , "tags":{"k":"v"} } "#,
    r#"{"attrs":{"e":{"__entity":{"type":"U","id":"x"}},"l":[1,[],{"a":{}}]},"uid":{"__entity":{"id":"e","type":"U"}}}"#,
    r#"{"tags":{"a\/b":"c"},"uid":"U::\"ä€\"","attrs":{"p":"C:\\dir\\\"x\" \/"},"parents":[]}"#,
    r#"{"uid":"U::\"x\"","attrs":{"n":999999999999999999,"m":-0,"o":01,"p":1.5,"q":null,"r":1e3}}"#,
];

/// The record as the strict reader takes it; nothing where it has anything to say.
fn strictly(text: &str) -> Option<String> {
    let mut sources = SourceMap::new();
    let id = sources.add("a.jsonl", Role::Estate, text);
    let mut sink = Sink::new();
    let mut reading = Reading::open(&sources, id, &mut sink)?;
    let read = json::read_part(&mut reading, text, 0).and_then(|node| entity(&mut reading, node));
    let read = reading.close(read)?;
    (sink.errors() == 0).then(|| format!("{read:?}"))
}

/// The record as this scan takes it.
fn plainly(text: &str) -> Option<String> {
    let mut sources = SourceMap::new();
    let id = sources.add("a.jsonl", Role::Estate, text);
    let mut sink = Sink::new();
    let reading = Reading::open(&sources, id, &mut sink)?;
    let mut plain = Plain::default();
    let taken = reading.hidden().is_empty() && plain.take(text, 0);
    taken.then(|| format!("{:?}", plain.of(&reading).get(0).unwrap().document().unwrap()))
}

#[test]
fn what_is_taken_is_what_the_strict_reader_takes() {
    let mut taken = 0;
    let mut compare = |text: &str| {
        if let Some(plain) = plainly(text) {
            taken += 1;
            assert_eq!(Some(plain), strictly(text), "{text}");
        }
    };
    for record in RECORDS {
        compare(record);
        let places = record.char_indices().map(|(at, character)| at..at + character.len_utf8());
        for place in places {
            for new in ["", "\"", "\\", "{", "}", "[", "]", ",", ":", "0", "-", " ", "x", "\n", "é", "_"] {
                let mut changed = (*record).to_owned();
                changed.replace_range(place.clone(), new);
                compare(&changed);
                compare(&changed.replacen("attrs", "parents", 1));
            }
        }
    }
    assert!(taken > 500, "{taken}");
    for record in RECORDS.iter().take(4) {
        assert!(plainly(record).is_some() != record.contains(r"a\/b"), "{record}");
    }
}

#[test]
fn lists_are_followed_past_what_is_not_taken() {
    let text = format!("[{}, {{\"uid\": \"\\u0055::\\\"y\\\"\"}} ,{}]", RECORDS[0], RECORDS[1]);
    let mut sources = SourceMap::new();
    let id = sources.add("a.json", Role::Estate, text.as_str());
    let mut sink = Sink::new();
    let reading = Reading::open(&sources, id, &mut sink).unwrap();
    let listed = list(&reading, 0).unwrap();
    assert_eq!((listed.plain.starts.len(), listed.others.len(), listed.end), (2, 1, text.len()));
    for broken in ["[1 2]", "[{},]", "[", "[}", "[1", "[\"a]", "{}", "[1]]"] {
        let id = sources_of(broken);
        let mut sink = Sink::new();
        let reading = Reading::open(&id.0, id.1, &mut sink).unwrap();
        assert!(list(&reading, 0).is_none_or(|listed| listed.end < broken.len()), "{broken}");
    }
}

fn sources_of(text: &str) -> (SourceMap, crate::source::SourceId) {
    let mut sources = SourceMap::new();
    let id = sources.add("a.json", Role::Estate, text);
    (sources, id)
}
