//! Threats to the reading of files, one test for each row of the threat table that reading answers.

use std::time::{Duration, Instant};

use countersign::diagnostic::{Code, Diagnostic, Sink};
use countersign::document::{Node, NodeKind};
use countersign::import::{self, Options};
use countersign::source::{Role, SourceId, SourceMap, is_hidden};
use proptest::prelude::*;

mod input_samples;

use input_samples::{ESTATE, LINKS, MANIFEST, OPERATIONS, PLAN};

/// Reads a text as one kind of file and gives the messages; none where it was read.
fn messages(kind: Role, path: &str, text: &str) -> Vec<Diagnostic> {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let id = sources.add(path, kind, text);
    let good = match kind {
        Role::Plan => import::plan(&sources, id, &Options::default(), &mut sink).is_some(),
        Role::Estate => import::estate(&sources, id, &Options::default(), &mut sink).is_some(),
        Role::Configuration => import::configuration(&sources, id, &mut sink).is_some(),
        _ => bundle_with(&mut sources, id, kind, &mut sink),
    };
    let messages = sink.into_sorted();
    assert_eq!(good, messages.is_empty(), "{text}\n{messages:#?}");
    for message in &messages {
        assert!(!message.labels.is_empty(), "no place: {message:?}");
        for label in &message.labels {
            assert!(sources.get(label.span.source).text().get(label.span.range()).is_some(), "{message:?}");
        }
    }
    messages
}

/// Reads a bundle whose other files are good.
fn bundle_with(sources: &mut SourceMap, id: SourceId, kind: Role, sink: &mut Sink) -> bool {
    let mut pick =
        |role: Role, path: &str, text: &str| if kind == role { id } else { sources.add(path, role, text) };
    let files = import::BundleFiles {
        manifest: pick(Role::Manifest, "bundle.toml", MANIFEST),
        schema: pick(Role::Schema, "schema.cedarschema", "entity User;"),
        policies: vec![pick(Role::Policy, "p.cedar", "permit(principal, action, resource);")],
        links: Some(pick(Role::Links, "links.json", LINKS)),
        operations: pick(Role::Operations, "operations.yaml", OPERATIONS),
    };
    import::bundle(sources, &files, sink).is_some()
}

fn codes(kind: Role, path: &str, text: &str) -> Vec<Code> {
    messages(kind, path, text).iter().map(|message| message.code).collect()
}

#[track_caller]
fn refused(kind: Role, path: &str, text: &str, code: Code) {
    let messages = messages(kind, path, text);
    assert!(messages.iter().any(|message| message.code == code), "{code:?} expected\n{text}\n{messages:#?}");
}

/// A plan with one more line in its context.
fn with_context(value: &str) -> String {
    PLAN.replace("{ name: value }", &format!("\n          name: {value}"))
}

/// Every known key of the sample files with its file.
fn known_keys() -> Vec<(Role, &'static str, &'static str, &'static str)> {
    let mut keys = Vec::new();
    for key in ["schema", "id", "title", "docs", "author", "zone", "window", "start", "end", "phases", "by"] {
        keys.push((Role::Plan, "p.yaml", PLAN, key));
    }
    for key in ["needs", "order", "steps", "do", "target", "with"] {
        keys.push((Role::Plan, "p.yaml", PLAN, key));
    }
    for key in ["schema", "taken", "source", "entities", "uid", "parents", "attrs", "tags"] {
        keys.push((Role::Estate, "e.yaml", ESTATE, key));
    }
    for key in ["schema", "operations", "title", "docs", "changes", "create", "delete", "set", "unset", "add"]
    {
        keys.push((Role::Operations, "o.yaml", OPERATIONS, key));
    }
    for key in ["remove", "join", "leave", "link", "unlink", "attr", "tag", "value", "parent", "when", "id"] {
        keys.push((Role::Operations, "o.yaml", OPERATIONS, key));
    }
    keys
}

/// The offsets at which a text has a key: the word, followed by a colon, at the start of a word.
fn places(text: &str, key: &str) -> Vec<usize> {
    let before = |at: usize| text[..at].chars().next_back();
    text.match_indices(&format!("{key}: "))
        .chain(text.match_indices(&format!("{key}:\n")))
        .map(|(at, _)| at)
        .filter(|at| before(*at).is_none_or(|character| !character.is_alphanumeric() && character != '.'))
        .collect()
}

#[test]
fn the_samples_are_read() {
    assert_eq!(messages(Role::Plan, "p.yaml", PLAN), []);
    assert_eq!(messages(Role::Estate, "e.yaml", ESTATE), []);
    assert_eq!(messages(Role::Operations, "o.yaml", OPERATIONS), []);
    assert_eq!(messages(Role::Manifest, "bundle.toml", MANIFEST), []);
    assert_eq!(messages(Role::Links, "links.json", LINKS), []);
    assert_eq!(messages(Role::Configuration, "c.toml", "bundle='a'\nestate='e'\nplans=['p','q']\n"), []);
    assert_eq!(messages(Role::Estate, "e.json", r#"[{"uid":{"__entity":{"type":"A::U","id":"x\"y"}}}]"#), []);
    let lines = "{\"schema\":\"countersign.estate/1\"}\n{\"uid\":\"U::\\\"x\\\"\"}\r\n";
    assert_eq!(messages(Role::Estate, "e.jsonl", lines), []);
    assert!(places(PLAN, "id").len() == 3 && places(OPERATIONS, "set").len() == 1);
}

#[test]
fn t006_no_hidden_character_is_read_outside_of_titles() {
    // Of the unassigned code points of plane 14, every sixteenth will do.
    let wanted = |character: &char| (*character as u32) < 0xe0080 || (*character as u32).is_multiple_of(16);
    for character in ('\0'..=char::MAX).filter(|character| is_hidden(*character)).filter(wanted) {
        for (from, to) in [
            ("id: CHG-1", "id: CHG-@1"),
            ("User::\"dana\"", "User::\"da@na\""),
            ("do: Set-It", "do: Set-@It"),
            ("name: value", "name: val@ue"),
            ("name: value", "na@me: value"),
            ("id: one\n", "id: one # @\n"),
        ] {
            let text = PLAN.replacen(from, &to.replace('@', &character.to_string()), 1);
            let codes = codes(Role::Plan, "p.yaml", &text);
            assert!(
                codes.iter().any(|code| matches!(
                    code,
                    Code::HiddenCharacter | Code::Encoding | Code::InvalidId | Code::Syntax
                )),
                "U+{:04X} {to}: {codes:?}",
                character as u32
            );
        }
        let escaped = format!("\\U{:08X}", character as u32);
        for (from, to) in [("User::\"dana\"", "\"User::'da@na'\""), ("name: value", "name: \"val@ue\"")] {
            let text = PLAN.replacen(from, &to.replace('@', &escaped), 1);
            refused(Role::Plan, "p.yaml", &text, Code::HiddenCharacter);
        }
        let title = PLAN.replacen("A title", &format!("\"A {escaped} title\""), 1);
        assert_eq!(codes(Role::Plan, "p.yaml", &title), [], "U+{:04X}", character as u32);
        if !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}') {
            let title = PLAN.replacen("A title", &format!("\"A {character} title\""), 1);
            assert_eq!(codes(Role::Plan, "p.yaml", &title), [], "U+{:04X}", character as u32);
        }
    }
    let comment = PLAN.replacen("A title", "'A title'   # \u{202e}", 1);
    assert_eq!(codes(Role::Plan, "p.yaml", &comment), [Code::HiddenCharacter]);
    refused(
        Role::Policy,
        "p.cedar",
        "permit(principal, action, resource); // \u{202e}",
        Code::HiddenCharacter,
    );
    refused(Role::Schema, "s.cedarschema", "entity U\u{200b}ser;", Code::HiddenCharacter);
    refused(Role::Manifest, "b.toml", &MANIFEST.replace("\"a\"", "\"a\\u200b\""), Code::HiddenCharacter);
}

#[test]
fn t019_every_key_written_twice_is_refused_with_both_places() {
    for (role, path, text, key) in known_keys() {
        for at in places(text, key) {
            for spelling in [
                format!("{key}: x"),
                format!("\"{key}\": x"),
                format!("\"\\x{:02x}{}\": x", key.as_bytes()[0], &key[1..]),
            ] {
                let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
                let flow = text[line..at].contains('{');
                let indent = " ".repeat(at - line);
                let glue = if flow { format!("{spelling}, ") } else { format!("{spelling}\n{indent}") };
                let twice = format!("{}{glue}{}", &text[..at], &text[at..]);
                let messages = messages(role, path, &twice);
                let duplicate = messages.iter().find(|message| message.code == Code::DuplicateKey);
                assert_eq!(duplicate.map(|message| message.labels.len()), Some(2), "{twice}\n{messages:#?}");
            }
        }
    }
    let json = r#"{"schema": "countersign.plan/1", "id": "a", "\u0069d": "b", "phases": []}"#;
    refused(Role::Plan, "p.json", json, Code::DuplicateKey);
    refused(Role::Manifest, "b.toml", &format!("name = \"b\"\n{MANIFEST}"), Code::DuplicateKey);
}

#[test]
fn t020_an_alias_bomb_is_refused_at_once() {
    let mut bomb = String::from("a0: &a0 x\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let begin = Instant::now();
    refused(Role::Plan, "p.yaml", &bomb, Code::YamlFeature);
    assert!(begin.elapsed() < Duration::from_secs(1));
    refused(Role::Plan, "p.yaml", &with_context("&a value"), Code::YamlFeature);
    refused(Role::Plan, "p.yaml", &with_context("*a"), Code::YamlFeature);
}

#[test]
fn t021_merge_keys_are_refused() {
    refused(
        Role::Plan,
        "p.yaml",
        &PLAN.replace("{ name: value }", "{ <<: { name: value } }"),
        Code::YamlFeature,
    );
}

#[test]
fn t022_words_that_some_readers_take_for_booleans_are_refused() {
    for word in
        ["yes", "Yes", "YES", "no", "NO", "on", "On", "off", "OFF", "y", "Y", "n", "N", "True", "FALSE"]
    {
        refused(Role::Plan, "p.yaml", &with_context(word), Code::AmbiguousScalar);
        refused(
            Role::Plan,
            "p.yaml",
            &PLAN.replace("name: value", &format!("{word}: x")),
            Code::AmbiguousScalar,
        );
        assert_eq!(codes(Role::Plan, "p.yaml", &with_context(&format!("\"{word}\""))), []);
    }
    refused(Role::Plan, "p.yaml", &format!("skip: yes\n{PLAN}"), Code::AmbiguousScalar);
    assert_eq!(codes(Role::Plan, "p.yaml", &with_context("true")), []);
}

#[test]
fn t023_numbers_that_are_not_decimal_are_refused() {
    for word in ["0123", "0o17", "0x1F", "0b11", "1_000", "1:30", "22:00", "1:30:00", "00", "-012"] {
        refused(Role::Plan, "p.yaml", &with_context(word), Code::AmbiguousScalar);
        assert_eq!(codes(Role::Plan, "p.yaml", &with_context(&format!("'{word}'"))), []);
    }
    for word in ["01", "0x1F", "1_000", "00"] {
        let text = format!("{{\"a\": {word}}}");
        assert!(!codes(Role::Plan, "p.json", &text).is_empty(), "{word}");
        let codes = codes(Role::Plan, "p.json", &text);
        assert!(codes.iter().any(|code| matches!(code, Code::Number | Code::Syntax)), "{word} {codes:?}");
    }
    for word in ["0x1F", "1_000", "1.5", "+1", "-0", "inf"] {
        refused(Role::Configuration, "c.toml", &format!("bundle = {word}"), Code::Number);
    }
}

#[test]
fn t024_numbers_outside_of_64_bits_and_floats_are_refused() {
    let json = |word: &str| format!(r#"[{{"uid": "U::\"x\"", "attrs": {{"a": {word}}}}}]"#);
    for word in
        ["9223372036854775808", "-9223372036854775809", "18446744073709551615", "1.5", "1e3", "1e400", "-0"]
    {
        refused(Role::Plan, "p.yaml", &with_context(word), Code::Number);
        refused(Role::Estate, "e.json", &json(word), Code::Number);
    }
    for word in [".nan", ".inf", "-.INF", "+5", "1.", ".5", "1000000000000000000000000000000"] {
        refused(Role::Plan, "p.yaml", &with_context(word), Code::Number);
    }
    for word in ["NaN", "Infinity", "-Infinity", "+1", ".5", "1."] {
        refused(Role::Estate, "e.json", &json(word), Code::Number);
    }
    for word in ["9223372036854775807", "-9223372036854775808", "0", "-1"] {
        assert_eq!(codes(Role::Plan, "p.yaml", &with_context(word)), []);
        assert_eq!(codes(Role::Estate, "e.json", &json(word)), []);
    }
}

#[test]
fn t025_integers_past_53_bits_stay_what_they_are() {
    let read = |number: i64| {
        let mut sources = SourceMap::new();
        let id = sources.add("p.yaml", Role::Plan, with_context(&number.to_string()));
        let plan = import::plan(&sources, id, &Options::default(), &mut Sink::new()).unwrap().plan;
        let Node { kind: NodeKind::Map(entries), .. } =
            plan.phases[0].steps.iter().next().unwrap().with.clone().unwrap()
        else {
            panic!("not a mapping")
        };
        entries[0].1.kind.clone()
    };
    assert_eq!(read((1 << 53) + 1), NodeKind::Integer((1 << 53) + 1));
    assert_ne!(read(1 << 53), read((1 << 53) + 1));
}

#[test]
fn t026_tags_are_refused() {
    for tag in ["!foo", "!!str", "!!python/object:os.system", "!<tag:yaml.org,2002:str>", "!", "!e!x"] {
        refused(Role::Plan, "p.yaml", &with_context(&format!("{tag} x")), Code::YamlFeature);
    }
    refused(Role::Plan, "p.yaml", &format!("%TAG ! tag:x,2000:\n---\n{PLAN}"), Code::YamlFeature);
    refused(Role::Plan, "p.yaml", &format!("%YAML 1.1\n---\n{PLAN}"), Code::YamlFeature);
    assert_eq!(codes(Role::Plan, "p.yaml", &format!("# a comment\n---\n{PLAN}...\n")), []);
}

#[test]
fn t027_nothing_follows_the_document() {
    refused(Role::Plan, "p.yaml", &format!("{PLAN}---\n{PLAN}"), Code::YamlFeature);
    refused(Role::Plan, "p.yaml", &format!("{PLAN}...\n{PLAN}"), Code::YamlFeature);
    refused(Role::Plan, "p.yaml", &format!("{PLAN}...\n%YAML 1.2\n---\na: b\n"), Code::YamlFeature);
    refused(Role::Plan, "p.json", "{\"a\": 1} {}", Code::Syntax);
    refused(Role::Estate, "e.json", "[] x", Code::Syntax);
    refused(Role::Estate, "e.jsonl", "{\"schema\":\"countersign.estate/1\"}\n{} {}\n", Code::Syntax);
}

#[test]
fn t028_only_plain_utf_8_is_read() {
    for bytes in [&b"\xff\xfea\0"[..], b"\xfe\xff\0a", b"\xef\xbb\xbfa", b"\xff\xfe\0\0", b"\0\0\xfe\xff"] {
        let problem = import::decode(bytes).unwrap_err();
        assert!(problem.offset == 0 && problem.message.contains("byte order mark"), "{problem:?}");
    }
    for bytes in
        [&b"caf\xe9"[..], b"abc\xc0\x80", b"abc\xe0\x80\x80", b"abc\xed\xa0\x80", b"abc\xf4\x90\x80\x80"]
    {
        assert_eq!(import::decode(bytes).unwrap_err().offset, 3);
    }
    assert_eq!(codes(Role::Plan, "p.yaml", &PLAN.replace('\n', "\r\n")), []);
    assert_eq!(codes(Role::Manifest, "b.toml", &MANIFEST.replace('\n', "\r\n")), []);
    for character in "\0\u{1}\u{8}\u{b}\u{c}\u{1b}\u{1f}\u{7f}\u{80}\u{85}\u{9f}\u{2028}\u{2029}\r".chars() {
        for role in [Role::Plan, Role::Policy, Role::Schema, Role::Manifest, Role::Links, Role::Operations] {
            refused(role, "x", &format!("# a{character}b"), Code::Encoding);
        }
        let title = PLAN.replace("A title", &format!("\"A {character} title\""));
        assert_eq!(codes(Role::Plan, "p.yaml", &title), [Code::Encoding]);
    }
    assert_eq!(codes(Role::Plan, "p.yaml", &format!("\u{feff}{PLAN}")), [Code::Encoding]);
    let many = messages(Role::Plan, "p.yaml", "a\0b\u{85}c\rd");
    assert_eq!(many.len(), 3, "all are reported: {many:#?}");
    assert_eq!(codes(Role::Plan, "p.yaml", "a:\n\t- b\n"), [Code::Syntax]);
}

#[test]
fn t029_nesting_ends_at_64() {
    let small_stack = std::thread::Builder::new().stack_size(1 << 20);
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let check = move || {
        for path in ["p.yaml", "p.json"] {
            refused(Role::Plan, path, &nested(65), Code::Limit);
            assert_eq!(codes(Role::Plan, path, &nested(64)), [Code::WrongShape]);
            for open in ["[", "{\"a\": ", "[{\"a\": ", "- ", "? "] {
                let begin = Instant::now();
                assert!(!codes(Role::Plan, path, &open.repeat(100_000)).is_empty());
                assert!(begin.elapsed() < Duration::from_secs(5), "{open}");
            }
        }
        let lines: String = (0..65).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
        refused(Role::Plan, "p.yaml", &lines, Code::Limit);
        let deep = format!("a = {}", nested(65));
        refused(Role::Configuration, "c.toml", &deep, Code::Limit);
        refused(Role::Configuration, "c.toml", &format!("a = {}", nested(5000)), Code::Limit);
        refused(Role::Configuration, "c.toml", &format!("{}a = 1", "a.".repeat(5000)), Code::Limit);
    };
    small_stack.spawn(check).unwrap().join().unwrap();
}

#[test]
fn t030_deep_cedar_texts_are_refused_before_cedar_reads_them() {
    let nested = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
    let policy = |depth: usize| format!("permit(principal, action, resource) when {{ {} }};", nested(depth));
    assert_eq!(codes(Role::Policy, "p.cedar", &policy(63)), []);
    assert_eq!(codes(Role::Policy, "p.cedar", &policy(64)), [Code::Limit]);
    assert_eq!(codes(Role::Policy, "p.cedar", &policy(100_000)), [Code::Limit]);
    assert_eq!(codes(Role::Policy, "p.cedar", &"if true then 1 else ".repeat(65)), [Code::Limit]);
    assert_eq!(codes(Role::Policy, "p.cedar", &"a < b ".repeat(65)), []);
    assert_eq!(codes(Role::Schema, "s.cedarschema", &"Set<".repeat(65)), [Code::Limit]);
    assert_eq!(codes(Role::Schema, "s.cedarschema", &"Set<A>,".repeat(65)), []);
    assert_eq!(codes(Role::Schema, "s.json", &"[".repeat(65)), [Code::Limit]);
    let deep = OPERATIONS.replace("value: 2", &format!("value: '{}'", nested(65)));
    refused(Role::Operations, "o.yaml", &deep, Code::Limit);
}

#[test]
fn t031_a_value_over_its_limit_names_the_limit() {
    let id = |length: usize| PLAN.replacen("CHG-1", &"a".repeat(length), 1);
    assert_eq!(codes(Role::Plan, "p.yaml", &id(256)), []);
    assert_eq!(codes(Role::Plan, "p.yaml", &id(257)), [Code::Limit]);
    let title = |length: usize| PLAN.replacen("A title", &"a".repeat(length), 1);
    assert_eq!(codes(Role::Plan, "p.yaml", &title(64 << 10)), []);
    let messages = messages(Role::Plan, "p.yaml", &title((64 << 10) + 1));
    assert!(messages[0].message.contains("65,536"), "{messages:?}");
    let phases = |count: usize| {
        let phases = vec![r#"{"id":"a","steps":[]}"#; count].join(",");
        format!(r#"{{"schema":"countersign.plan/1","id":"a","phases":[{phases}]}}"#)
    };
    assert_eq!(codes(Role::Plan, "p.json", &phases(100_000)), []);
    assert_eq!(codes(Role::Plan, "p.json", &phases(100_001)), [Code::Limit]);
    let begin = Instant::now();
    assert_eq!(codes(Role::Plan, "p.yaml", &with_context(&"x".repeat(10 << 20))), []);
    assert!(begin.elapsed() < Duration::from_secs(20));
    refused(Role::Plan, "p.yaml", &format!("- [{}]", "a,".repeat(1_000_001)), Code::Limit);
}

#[test]
fn t032_every_key_with_one_edit_is_refused() {
    for (role, path, text, key) in known_keys() {
        let first = key[..1].to_uppercase();
        for wrong in
            [format!("{key}x"), key[1..].to_string(), format!("{first}{}", &key[1..]), format!("x{key}")]
        {
            for at in places(text, key) {
                let text = format!("{}{wrong}{}", &text[..at], &text[at + key.len()..]);
                let messages = messages(role, path, &text);
                assert!(!messages.is_empty(), "{text}");
                let at_the_key = |message: &&Diagnostic| message.labels[0].span.range().start == at;
                assert!(messages.iter().any(|m| at_the_key(&m)), "{wrong}\n{text}\n{messages:#?}");
            }
        }
    }
    let messages = messages(Role::Plan, "p.yaml", &PLAN.replace("target", "tarjet"));
    assert!(messages.iter().any(|m| m.hints == ["did you mean `target`?"]), "{messages:#?}");
    refused(Role::Manifest, "b.toml", &format!("nam = 'x'\n{MANIFEST}"), Code::UnknownField);
    refused(Role::Links, "links.json", &LINKS.replace("?principal", "?Principal"), Code::UnknownField);
    refused(Role::Configuration, "c.toml", "plan = 'x'", Code::UnknownField);
}

#[test]
fn t033_required_fields_have_no_default() {
    for line in ["schema: countersign.plan/1\n", "id: CHG-1\n"] {
        refused(Role::Plan, "p.yaml", &PLAN.replacen(line, "", 1), Code::MissingField);
    }
    let (head, _) = PLAN.split_once("phases:").unwrap();
    refused(Role::Plan, "p.yaml", head, Code::MissingField);
    for (from, to) in [
        ("  - id: edge\n    title", "  - title"),
        ("      - id: one\n        title", "      - title"),
        ("        do: Set-It\n", ""),
        ("        target: Thing::\"x\"\n", ""),
        ("start: 2026-11-28T22:00, ", ""),
    ] {
        refused(Role::Plan, "p.yaml", &PLAN.replacen(from, to, 1), Code::MissingField);
    }
    let (head, _) = PLAN.split_once("    steps:").unwrap();
    refused(Role::Plan, "p.yaml", head, Code::MissingField);
    refused(Role::Estate, "e.yaml", &ESTATE.replace("uid: User::\"dana\"\n    ", ""), Code::MissingField);
    for (from, to) in
        [(", id: context.name", ""), ("attr: a, ", ""), (", value: 2", ""), (", parent: principal", "")]
    {
        refused(Role::Operations, "o.yaml", &OPERATIONS.replacen(from, to, 1), Code::MissingField);
    }
    refused(
        Role::Operations,
        "o.yaml",
        &OPERATIONS.replace("{ delete: resource }", "{ when: a }"),
        Code::MissingField,
    );
    for kind in ["plan/2", "plan", "estate/1", "plan/1.0", "Plan/1", ""] {
        let text = PLAN.replace("countersign.plan/1", &format!("countersign.{kind}"));
        refused(Role::Plan, "p.yaml", &text, Code::SchemaVersion);
    }
}

#[test]
fn t034_nulls_are_refused_and_empty_lists_are_not_missing_ones() {
    for null in ["~", "null", "Null", "NULL", ""] {
        refused(Role::Plan, "p.yaml", &with_context(null), Code::Null);
        refused(
            Role::Plan,
            "p.yaml",
            &PLAN.replace("target: Thing::\"x\"", &format!("target: {null}")),
            Code::Null,
        );
    }
    refused(
        Role::Plan,
        "p.yaml",
        &PLAN.replace("needs: []\n    order", "needs: [a, ]\n    order: any #").replace("[a, ]", "[a, ~]"),
        Code::Null,
    );
    refused(Role::Plan, "p.json", r#"{"id": null}"#, Code::Null);
    let empty = "schema: countersign.plan/1\nid: a\nphases: []\n";
    assert_eq!(codes(Role::Plan, "p.yaml", empty), []);
    for empty in ["id: ''", "id: \"\""] {
        refused(Role::Plan, "p.yaml", &PLAN.replacen("id: CHG-1", empty, 1), Code::InvalidValue);
    }
    for (from, to) in [
        ("do: Set-It", "do: ''"),
        ("target: Thing::\"x\"", "target: ''"),
        ("author: User::\"dana\"", "author: ''"),
    ] {
        refused(Role::Plan, "p.yaml", &PLAN.replacen(from, to, 1), Code::InvalidValue);
    }
}

#[test]
fn t043_a_name_written_twice_in_one_mapping_is_refused() {
    let twice = OPERATIONS.replace("  Set-It:\n", "  Set-It: { changes: [] }\n  \"Set-It\":\n");
    refused(Role::Operations, "o.yaml", &twice, Code::DuplicateKey);
    refused(Role::Manifest, "b.toml", &format!("{MANIFEST}x = \"hard\"\n"), Code::DuplicateKey);
    refused(Role::Plan, "p.yaml", &PLAN.replace("name: value", "name: a, 'name': b"), Code::DuplicateKey);
}

#[test]
fn all_problems_of_a_file_are_reported_together() {
    let text = "schema: countersign.plan/1\nid: a b\nskip: yes\nphases:\n- id: x\n  needs: z\n  steps: 3\n";
    let mut codes = codes(Role::Plan, "p.yaml", text);
    codes.sort();
    assert_eq!(
        codes,
        [Code::AmbiguousScalar, Code::UnknownField, Code::WrongShape, Code::WrongShape, Code::InvalidId]
    );
    let lines = "{\"schema\":\"countersign.estate/1\"}\n{\"uid\":1}\n[\n{\"uid\":\"U::\\\"x\\\"\",\"x\":1}\n";
    assert_eq!(messages(Role::Estate, "e.jsonl", lines).len(), 3);
}

#[test]
fn a_change_has_one_form_and_only_its_fields() {
    for (from, to, code) in [
        ("{ delete: resource }", "{ delete: resource, set: resource, attr: a, value: 1 }", Code::WrongShape),
        ("{ delete: resource }", "{ delete: resource, attr: a }", Code::UnknownField),
        ("attr: a, value: 2", "attr: a, tag: b, value: 2", Code::WrongShape),
        ("value: 2", "value: [2]", Code::WrongShape),
        ("{ delete: resource }", "delete", Code::WrongShape),
        ("{ delete: resource }", "{ delte: resource }", Code::UnknownField),
    ] {
        refused(Role::Operations, "o.yaml", &OPERATIONS.replace(from, to), code);
    }
}

fn read_everything(text: &str) {
    for path in ["x.yaml", "x.json", "x.jsonl", "x.toml", "-"] {
        for role in
            [Role::Plan, Role::Estate, Role::Configuration, Role::Operations, Role::Links, Role::Manifest]
        {
            messages(role, path, text);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law10_arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(text) = import::decode(&bytes) {
            read_everything(text);
        }
    }

    #[test]
    fn law10_arbitrary_texts_never_panic(text in "\\PC{0,200}") {
        read_everything(&text);
    }

    #[test]
    fn law10_texts_of_indicators_never_panic(text in "[-\\[\\]{}:,?!&*#|>'\"%@` \t\n\\\\a0.<=é~\u{200b}]{0,80}") {
        read_everything(&text);
    }

    #[test]
    fn law10_a_sample_with_one_edit_never_panics(
        at in 0usize..PLAN.len(), length in 0usize..12, insert in "[-\\[\\]{}:,?!&*#|>'\"%\n a\\\\é]{0,3}",
    ) {
        let end = (at + length).min(PLAN.len());
        read_everything(&format!("{}{insert}{}", &PLAN[..at], &PLAN[end..]));
    }
}
