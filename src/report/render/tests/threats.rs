//! Hostile texts in every field of a report, in every format: one battery for all of them.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

use super::*;
use crate::report::{Problems, Terms};

/// What somebody who may write a plan or a name would try.
const PAYLOADS: &[&str] = &[
    "\u{1b}[2J\u{1b}[Happroved: 9 of 9 steps are allowed",
    "\u{1b}]52;c;ZXZpbA==\u{7}",
    "\u{1b}]8;;https://example.com\u{7}link\u{1b}]8;;\u{7}",
    "\u{9b}31m\u{85}\u{90}",
    "a\rapproved: all",
    "a\r\n::error::b",
    "x\nPASS all steps",
    "\u{8}\u{8}\u{8}ok",
    "\u{202e}dewolla\u{2066}\u{2069}",
    "a\u{200b}b\u{feff}c\u{e0041}d\u{ad}",
    "\u{2028}::error::x\u{2029}",
    "::error file=a,line=1::x",
    "::add-mask::secret",
    "::stop-commands::pause",
    "::set-output name=a::b",
    "::set-env name=PATH::x",
    "::save-state name=a::b",
    "::debug::x",
    "::group::x",
    "%0A::error::x%0D%0A",
    "%250A%AZP25;]x",
    ",file=/etc/passwd::",
    "##[error]x",
    "##[group]",
    "x ##vso[task.setvariable variable=a]b",
    "##vso[task.complete result=Succeeded;]done",
    "##teamcity[buildStatus status='SUCCESS']",
    "section_start:1:x\r\u{1b}[0K",
    "section_end:1:x",
    "EOF\nPATH=/evil",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>",
    "' onmouseover='alert(1)",
    "]]><x/>",
    "<!ENTITY x SYSTEM \"file:///etc/passwd\">&x;",
    "--><b>x</b><!--",
    "</details></summary>",
    "<!-- countersign -->",
    "![x](https://example.com/beacon.png)",
    "[x](javascript:alert(1))",
    "[x]: https://example.com",
    "<https://example.com>",
    "https://example.com www.example.com a@example.com",
    "@team/everybody #123 GH-1 owner/repo#1 :tada: deadbeefdeadbeef",
    "# heading",
    "- item\n\n    code",
    "> quote",
    "| a | b |\n|---|---|",
    "`` ` ``` `",
    "````\n</code>",
    "a `b` c ``d",
    "`|`|x",
    "*a* _b_ ~~c~~ **d**",
    "$\\sqrt{x}$ {{ x }} ${{ github.token }}",
    "---",
    "\\`x\\`",
    "=HYPERLINK(\"https://example.com\",\"x\")",
    "+1+1",
    "-1+1|'cmd'!A0",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\u{0}=1",
    "＝1+1",
    " =1",
    "a\",\"b\r\nc",
    "\"",
    "../../x",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "%2e%2e/x?y#z",
    "C:\\x\\..\\y",
    "\"];evil[",
    "label\" URL=\"javascript:x",
    "click a href \"javascript:x\"",
    "end\nsubgraph x",
    "{0} {1} {{x}}",
    "\u{fffe}\u{ffff}",
    "é\u{301}\u{323}ﷺ𝕏",
    "",
    " ",
];

const STYLES: &[Style] = &[
    Style { width: None, colour: false, unicode: true, verbosity: Verbosity::Normal },
    Style { width: Some(60), colour: false, unicode: false, verbosity: Verbosity::Verbose },
    Style { width: Some(100), colour: false, unicode: true, verbosity: Verbosity::Quiet },
];

/// Everything that a format writes of a text: of one plan, of two, and of what could not be judged.
fn written(renderer: &Renderer, payload: &str, style: &Style) -> [String; 3] {
    let mut waived = fixture::hostile(payload);
    waived.terms = Terms { exit_zero: true, ..Terms::default() };
    let reports = [fixture::hostile(payload), waived];
    let problems = fixture::hostile_problems(payload);
    let write = |reports: &[Report], problems: Option<&Problems>| {
        let given = reports.len() + usize::from(problems.is_some());
        (renderer.render)(&Batch { reports, given, problems }, style)
    };
    [write(&reports[..1], None), write(&reports, Some(&problems)), write(&[], Some(&problems))]
}

/// Every text of the battery in every format.
fn each(mut look: impl FnMut(&Renderer, &str, &str)) {
    for renderer in RENDERERS {
        for payload in PAYLOADS {
            for style in STYLES {
                for text in written(renderer, payload, style) {
                    look(renderer, payload, &text);
                }
            }
        }
    }
}

fn each_of(name: &str, mut look: impl FnMut(&str, &str)) {
    let renderer = Renderer::named(name).unwrap();
    for payload in PAYLOADS {
        for text in written(renderer, payload, &Style::plain()) {
            look(payload, &text);
        }
    }
}

#[test]
fn the_battery_is_in_every_field_of_a_report() {
    /// What the program alone decides.
    const OURS: &[&str] = &[
        "schema",
        "name",
        "version",
        "role",
        "sha256",
        "verdict",
        "outcome",
        "decisions",
        "level",
        "kind",
        "told_for",
        "evidence",
        "why",
        "fail_level",
    ];
    fn look(value: &Value, key: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) if !OURS.contains(&key) && !text.contains("payload") => {
                found.insert(format!("{key}: {text}"));
            }
            Value::Array(values) => values.iter().for_each(|value| look(value, key, found)),
            Value::Object(fields) => fields.iter().for_each(|(key, value)| look(value, key, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    look(&serde_json::to_value(fixture::hostile("payload")).unwrap(), "", &mut found);
    look(&serde_json::to_value(fixture::hostile_problems("payload")).unwrap(), "", &mut found);
    assert!(found.is_empty(), "the fixture leaves out: {found:#?}");
}

#[test]
fn t075_no_control_or_hidden_character_comes_out_of_any_format() {
    each(|renderer, payload, text| {
        let raw =
            text.chars().find(|c| is_hidden(*c) || (*c == '\r' && renderer.name != "csv") || *c == '\t');
        assert_eq!(raw, None, "{payload:?} in {}:\n{text}", renderer.name);
        let bare = text.replace("\r\n", "").contains('\r');
        assert!(!bare, "{payload:?} in {}", renderer.name);
    });
}

#[test]
fn t076_no_text_of_the_input_begins_a_line() {
    for payload in ["x\nPASS all steps", "x\r\nPASS all steps", "x\rPASS", "x\u{2028}PASS", "x\u{85}PASS"] {
        for renderer in RENDERERS {
            for style in STYLES {
                for text in written(renderer, payload, style) {
                    let forged =
                        text.split(['\n', '\r', '\u{2028}', '\u{85}']).find(|line| line.starts_with("PASS"));
                    assert_eq!(forged, None, "{payload:?} in {}", renderer.name);
                }
            }
        }
    }
}

#[test]
fn t077_no_line_is_a_command_but_our_own() {
    let ours = ["::error ", "::warning ", "::notice ", "::stop-commands::"];
    each(|renderer, payload, text| {
        let mut token = None;
        for line in text.lines() {
            let start = line.trim_start();
            assert!(
                !start.starts_with("##") || start.starts_with("## ") || renderer.name == "azuredevops",
                "{line}"
            );
            if let Some(given) = start.strip_prefix("::stop-commands::") {
                assert_eq!(token.replace(given.to_owned()), None, "{payload:?} stops twice: {line}");
                assert!(given.len() == 64 && renderer.name == "github", "{line}");
            } else if start.starts_with("::") {
                let ends = token.as_ref().is_some_and(|token| line == format!("::{token}::"));
                let known = token.is_none() && ours.iter().any(|ours| line.starts_with(ours));
                assert!(
                    renderer.name == "github" && (ends || known),
                    "{payload:?} in {}: {line}",
                    renderer.name
                );
            }
            for (at, _) in line.match_indices("##") {
                let own = renderer.name == "azuredevops"
                    && at == 0
                    && [
                        "##vso[task.logissue ",
                        "##vso[task.complete result=Failed]",
                        "##vso[task.complete result=SucceededWithIssues]",
                    ]
                    .iter()
                    .any(|own| line.starts_with(own));
                let is_command = crate::source::is_command(line, at + 1);
                assert!(!is_command || own, "{payload:?} in {}: {line}", renderer.name);
            }
        }
    });
}

#[test]
fn t077_an_annotation_has_no_property_of_the_input() {
    each_of("github", |payload, text| {
        for line in text.lines().take_while(|line| !line.starts_with("::stop-commands::")) {
            let (head, _) = line.get(2..).unwrap().split_once("::").unwrap();
            let names: Vec<&str> = head.split_once(' ').map_or(Vec::new(), |(_, properties)| {
                properties.split(',').map(|p| p.split('=').next().unwrap()).collect()
            });
            let known = ["file", "line", "endLine", "col", "endColumn", "title"];
            assert!(names.iter().all(|name| known.contains(name)), "{payload:?}: {line}");
            let distinct: BTreeSet<&&str> = names.iter().collect();
            assert_eq!(distinct.len(), names.len(), "{payload:?}: {line}");
        }
    });
    each_of("azuredevops", |payload, text| {
        for line in text.lines().filter(|line| line.starts_with("##vso[task.logissue")) {
            let (head, _) = line.split_once(']').unwrap();
            let names: Vec<&str> =
                head.split_once(' ').unwrap().1.split(';').map(|p| p.split('=').next().unwrap()).collect();
            let known = ["type", "sourcepath", "linenumber", "columnnumber", "code"];
            assert!(names.iter().all(|name| known.contains(name)), "{payload:?}: {line}");
        }
    });
}

/// The kinds of nodes of a page of Markdown, ours in HTML told by their text.
fn nodes(text: &str) -> BTreeSet<String> {
    let mut kinds = BTreeSet::new();
    for event in Parser::new_ext(
        text,
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES,
    ) {
        kinds.insert(match event {
            Event::Start(Tag::Heading { level, .. }) => format!("heading {level}"),
            Event::Start(tag) => format!("{tag:?}").split(['(', ' ', '{']).next().unwrap().to_owned(),
            Event::End(_) | Event::Text(_) | Event::SoftBreak | Event::Code(_) => continue,
            Event::Html(html) | Event::InlineHtml(html) => {
                let html: String =
                    html.trim().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                format!("html {html}")
            }
            other => format!("{other:?}"),
        });
    }
    kinds
}

#[test]
fn t079_a_comment_has_only_the_nodes_that_it_is_made_of() {
    let known = [
        "heading h2",
        "Paragraph",
        "List",
        "Item",
        "Strong",
        "Table",
        "TableHead",
        "TableRow",
        "TableCell",
        "HtmlBlock",
        "html <details>",
        "html </details>",
        "html <!-- countersign -->",
        "html <summary>0 steps</summary>",
        "html <summary>0 steps of a plan</summary>",
        "html <summary>0 more finding</summary>",
        "html <summary>0 more findings</summary>",
    ];
    each_of("markdown", |payload, text| {
        let strange: Vec<String> =
            nodes(text).into_iter().filter(|kind| !known.contains(&kind.as_str())).collect();
        assert!(strange.is_empty(), "{payload:?}: {strange:?}\n{text}");
        assert_eq!(text.matches("\n<!-- countersign -->\n").count(), 1, "{payload:?}");
        assert!(text.ends_with("\n<!-- countersign -->\n"), "{payload:?}");
    });
}

#[test]
fn t079_outside_of_code_a_comment_mentions_and_links_nothing() {
    each_of("markdown", |payload, text| {
        let mut prose = String::new();
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Text(words) => prose.push_str(&words),
                _ => prose.push('\u{1}'),
            }
        }
        for mark in ["@", "#", "://", "www.", "GH-", ":tada:", "deadbeef", "$", "~~", "example.com"] {
            assert!(!prose.contains(mark), "{payload:?} leaves {mark}:\n{text}");
        }
    });
}

#[test]
fn t080_a_comment_says_the_verdict_and_every_code_first_and_is_never_too_long() {
    let mut report = fixture::rejected();
    let finding = report.findings[0].clone();
    for code in crate::diagnostic::CODES {
        let mut finding = finding.clone();
        finding.code = code.name.to_owned();
        finding.message = "a long message that says much ".repeat(20);
        report.findings.extend(vec![finding; 20]);
    }
    let step = report.steps[0].clone();
    report.steps = vec![step; 1_000];
    for reports in [vec![report.clone()], vec![report.clone(), report.clone()], vec![report; 25]] {
        let text = markdown::render(&Batch::of(&reports), &Style::plain());
        assert!(text.chars().count() <= 65_536, "{}", text.len());
        let head = text.get(..4096).unwrap();
        assert!(head.starts_with("## ❌ Rejected"));
        for code in crate::diagnostic::CODES {
            assert!(head.contains(&format!("`{}`", code.name)), "{}", code.name);
        }
        assert!(text.contains("more findings; the JSON form lists all"));
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        assert!(text.ends_with("<!-- countersign -->\n"));
    }
}

#[test]
fn t082_sarif_has_no_address_but_relative_ones_and_no_links() {
    each_of("sarif", |payload, text| {
        let log: Value = serde_json::from_str(text).unwrap();
        let mut addresses = Vec::new();
        let mut messages = Vec::new();
        collect(&log, "uri", &mut addresses);
        collect(&log, "text", &mut messages);
        for uri in addresses {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
            assert!(uri.bytes().all(plain) && !uri.starts_with('/'), "{payload:?}: {uri}");
            assert!(uri.split('/').all(|segment| segment != ".."), "{payload:?}: {uri}");
        }
        for message in messages {
            let link = message.match_indices("](").any(|(at, _)| !message.get(..at).unwrap().ends_with('\\'));
            assert!(!link, "{payload:?}: {message}");
        }
    });
}

/// Every text under a key.
fn collect<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, name, found)),
        Value::Object(fields) => {
            found.extend(fields.get(name).and_then(Value::as_str));
            fields.values().for_each(|value| collect(value, name, found));
        }
        _ => {}
    }
}

#[test]
fn t082_a_flood_of_findings_is_cut_worst_first_and_counted() {
    let mut report = fixture::rejected();
    let error = report.findings[0].clone();
    let mut note = error.clone();
    note.level = crate::report::FindingLevel::Note;
    report.findings = vec![note; 26_000];
    report.findings.extend(vec![error; 4_000]);
    let text = sarif::render(&Batch::of(&[report]), &Style::plain());
    let log: Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5_000);
    assert!(results.iter().take(4_000).all(|result| result["level"] == "error"));
    assert_eq!(run["properties"]["findings"], 30_000);
    let said = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(said.starts_with("25000 more findings are not among the results"), "{said}");
    let prints: BTreeSet<&str> =
        results.iter().map(|result| result["partialFingerprints"]["meaning/v1"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), results.len(), "every result has a fingerprint of its own");
}

#[test]
fn t083_a_cell_is_text_and_the_table_keeps_its_shape() {
    let impact_texts = PAYLOADS.iter().map(|payload| (*payload, Untrusted::of(payload).csv() + ",x\r\n"));
    for (payload, text) in impact_texts {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        assert_eq!(reader.records().next().unwrap().unwrap().len(), 2, "{payload:?}");
    }
    each_of("csv", |payload, text| {
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert!(rows.len() > 1 && rows.iter().all(|row| row.len() == 20), "{payload:?}");
        for cell in rows.iter().flatten() {
            let formula = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '\t', '\r', '\0']);
            assert!(!formula, "{payload:?}: {cell:?}");
        }
    });
}

#[test]
fn t087_nothing_is_skipped_and_what_cannot_be_decided_is_an_error() {
    each_of("junit", |payload, text| {
        let document =
            roxmltree::Document::parse(text).unwrap_or_else(|why| panic!("{payload:?}: {why}\n{text}"));
        let known = [
            "testsuites",
            "testsuite",
            "testcase",
            "failure",
            "error",
            "system-out",
            "properties",
            "property",
        ];
        assert!(
            document
                .descendants()
                .filter(|node| node.is_element())
                .all(|node| known.contains(&node.tag_name().name()))
        );
    });
    let mut report = fixture::rejected();
    for (step, outcome) in report.steps.iter_mut().zip([
        crate::report::Outcome::Indeterminate,
        crate::report::Outcome::OrderDependent,
        crate::report::Outcome::Denied,
    ]) {
        step.outcome = outcome;
    }
    report.findings.clear();
    let text = junit::render(&Batch::of(&[report]), &Style::plain());
    let document = roxmltree::Document::parse(&text).unwrap();
    let of = |name: &str| {
        let named = document.descendants().filter(|node| node.has_tag_name(name));
        named.filter_map(|node| node.attribute("type")).collect::<Vec<_>>()
    };
    assert_eq!(of("error"), ["indeterminate"]);
    assert_eq!(of("failure"), ["order-dependent", "denied", "denied", "denied", "rejected"]);
    assert!(of("skipped").is_empty());
    let problems = fixture::hostile_problems("x");
    let text = junit::render(&Batch { reports: &[], given: 1, problems: Some(&problems) }, &Style::plain());
    assert!(text.contains("tests=\"1\" failures=\"0\" errors=\"1\""), "{text}");
}

#[test]
fn json_of_every_kind_is_json_whatever_the_texts() {
    for name in ["json", "sarif", "gitlab"] {
        each_of(name, |payload, text| {
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{payload:?} in {name}");
        });
    }
    let text = json::written(&"a ##vso[x] ##[y] ## z");
    assert_eq!(text, "\"a #\\u0023vso[x] #\\u0023[y] ## z\"\n");
    assert_eq!(serde_json::from_str::<String>(&text).unwrap(), "a ##vso[x] ##[y] ## z");
}

#[test]
fn thirty_thousand_findings_are_written_within_bounds() {
    let mut report = fixture::rejected();
    let (steps, findings) = (report.steps.clone(), report.findings.clone());
    report.steps.clear();
    report.findings.clear();
    for number in 0..10_000 {
        for (at, step) in steps.iter().take(3).enumerate() {
            let address = format!("{}/s{number}-{at}", step.phase);
            let mut finding = findings[at].clone();
            finding.step = Some(address.clone());
            report.findings.push(finding);
            let mut step = step.clone();
            step.id = address;
            report.steps.push(step);
        }
    }
    let reports = [report];
    for renderer in RENDERERS {
        let text = (renderer.render)(&Batch::of(&reports), &Style::plain());
        assert!(text.len() < 100 << 20, "{} writes {} bytes", renderer.name, text.len());
    }
}
