use super::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::report::{Report, json_schema};
use crate::source::{Role, SourceMap, Span, is_hidden};

pub mod fixture;
mod pages;
mod threats;

/// The formats that a terminal shows, which may have no sign but those of ASCII.
const FOR_TERMINALS: &[&str] = &["text", "controls"];

fn text(report: Report, style: Style) -> String {
    (Renderer::named("text").unwrap().render)(&Batch::of(&[report]), &style)
}

fn at(width: usize) -> Style {
    Style { width: Some(width), ..Style::plain() }
}

#[test]
fn renderers_have_distinct_names_and_say_what_they_write() {
    for (at, renderer) in RENDERERS.iter().enumerate() {
        assert!(!renderer.doc.is_empty());
        assert!(RENDERERS.iter().skip(at + 1).all(|other| other.name != renderer.name));
    }
}

#[test]
fn an_approved_plan_as_text() {
    insta::assert_snapshot!("approved_in_a_pipe", text(fixture::approved(), Style::plain()));
    insta::assert_snapshot!("approved_at_100", text(fixture::approved(), at(100)));
    insta::assert_snapshot!("approved_at_60", text(fixture::approved(), at(60)));
    insta::assert_snapshot!(
        "approved_in_words",
        text(fixture::approved(), Style { verbosity: Verbosity::Verbose, ..at(100) })
    );
}

#[test]
fn a_rejected_plan_as_text() {
    insta::assert_snapshot!("rejected_at_100", text(fixture::rejected(), at(100)));
    insta::assert_snapshot!("rejected_at_60", text(fixture::rejected(), at(60)));
    let ascii = Style { unicode: false, verbosity: Verbosity::Quiet, ..at(100) };
    insta::assert_snapshot!("rejected_quietly_in_ascii", text(fixture::rejected(), ascii));
    let coloured = text(fixture::rejected(), Style { colour: true, ..at(100) });
    insta::assert_snapshot!("rejected_in_colour", coloured.replace('\u{1b}', "ESC"));
}

#[test]
fn several_reports_end_in_one_line_about_all_plans() {
    let reports = [fixture::approved(), fixture::rejected()];
    let quiet = Style { verbosity: Verbosity::Quiet, ..Style::plain() };
    let last = |batch: &Batch<'_>| text::render(batch, &quiet).lines().last().unwrap().to_owned();
    assert_eq!(
        last(&Batch { reports: &reports, given: 2, problems: None }),
        "rejected: 1 of 2 plans is rejected"
    );
    assert_eq!(
        last(&Batch { reports: &reports, given: 4, problems: None }),
        "rejected: 1 of 4 plans is rejected, 2 are without a verdict"
    );
    assert_eq!(
        last(&Batch { reports: &reports[..1], given: 2, problems: None }),
        "not judged: 1 of 2 plans is without a verdict"
    );
    assert_eq!(
        last(&Batch { reports: &reports[..1], given: 1, problems: None }),
        "approved: 6 of 6 steps are allowed"
    );
}

#[test]
fn lines_are_no_wider_than_asked_and_words_stay_whole() {
    for width in [60, 72, 80, 100, 140] {
        for report in [fixture::approved(), fixture::rejected()] {
            let text = text(report, at(width));
            let widest = text.lines().filter(|line| !line.contains(['│', '·', '╭'])).map(display_width).max();
            assert!(widest.unwrap() <= width, "{width}:\n{text}");
        }
    }
    let narrow = text(fixture::rejected(), at(60));
    assert!(
        narrow.contains("Set-CsAccessEdgeConfiguration")
            && narrow.contains("contact-permission@access/grant")
    );
}

#[test]
fn a_report_as_json_conforms_to_its_schema() {
    let validator = jsonschema::validator_for(&json_schema()).unwrap();
    for report in [fixture::approved(), fixture::rejected(), fixture::hostile("\u{202e}\u{7f}")] {
        let written = json::render(&Batch::of(std::slice::from_ref(&report)), &Style::plain());
        let value: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert!(validator.is_valid(&value), "{:?}", validator.iter_errors(&value).collect::<Vec<_>>());
        assert_eq!(value, serde_json::to_value(&report).unwrap());
    }
    let written = json::render(&Batch::of(&[fixture::rejected()]), &Style::plain());
    insta::assert_snapshot!("rejected_as_json", written);
}

#[test]
fn the_shape_of_the_json_depends_on_how_many_plans_were_given() {
    let reports = [fixture::approved()];
    let one = |given| json::render(&Batch { reports: &reports, given, problems: None }, &Style::plain());
    assert!(one(1).starts_with('{') && one(1).ends_with("}\n"));
    assert!(one(2).starts_with('[') && one(2).ends_with("]\n"));
}

#[test]
fn no_hidden_character_of_any_field_comes_out_of_any_format() {
    let hidden = (0..=0x0010_ffff).filter_map(char::from_u32).filter(|character| is_hidden(*character));
    // Of a block of thousands of tags, a few will do.
    let hidden =
        hidden.filter(|character| !('\u{e0080}'..'\u{e0ffe}').contains(character)).chain(['\r', '\n']);
    let styles = [
        Style::plain(),
        Style { verbosity: Verbosity::Verbose, ..at(100) },
        Style { verbosity: Verbosity::Verbose, unicode: false, ..at(60) },
    ];
    let hidden: Vec<char> = hidden.collect();
    for some in hidden.chunks(16) {
        let report =
            fixture::hostile(&some.iter().map(|character| format!("x{character}y")).collect::<String>());
        for renderer in RENDERERS {
            for style in &styles {
                let written = (renderer.render)(&Batch::of(std::slice::from_ref(&report)), style);
                // The lines of a table end in CR LF.
                let written = written.replace("\r\n", "\n");
                let raw = written.chars().find(|found| *found == '\r' || is_hidden(*found));
                assert_eq!(raw, None, "{some:?} in {}", renderer.name);
                // A raw line end would leave the `y` at the start of a line.
                assert!(!written.contains("\ny"), "{some:?} in {}", renderer.name);
                assert!(style.unicode || !FOR_TERMINALS.contains(&renderer.name) || written.is_ascii());
            }
        }
    }
}

#[test]
fn no_line_begins_with_what_a_runner_takes_for_a_command() {
    for payload in
        ["::error::x ::stop-commands::y", "##[error]x ##vso[task]y", "\n::add-mask::x", "a b ::set-output::c"]
    {
        for width in [None, Some(40), Some(60), Some(90)] {
            let style = Style { width, verbosity: Verbosity::Verbose, ..Style::plain() };
            let text = text(fixture::hostile(payload), style);
            let command = text
                .lines()
                .find(|line| line.trim_start().starts_with("::") || line.trim_start().starts_with("##"));
            assert_eq!(command, None, "{payload:?} at {width:?}:\n{text}");
        }
    }
}

#[test]
fn only_the_first_hundred_findings_are_shown_and_the_rest_is_counted() {
    let mut report = fixture::rejected();
    let finding = report.findings[1].clone();
    report.findings = vec![finding; 130];
    let text = text(report, Style::plain());
    assert_eq!(text.matches("error[denied]").count(), 100);
    assert!(text.contains("… and 30 more findings; the JSON form lists them all\n"));
    assert!(text.lines().last().unwrap().starts_with("rejected: "));
}

#[test]
fn an_excerpt_of_a_very_long_line_shows_the_part_that_matters() {
    let mut sources = SourceMap::new();
    let long = format!("[{}\"here\u{200b}\", {}]\n", "\"ü\",".repeat(90_000), "1,".repeat(90_000));
    let start = long.find("here").unwrap();
    let id = sources.add("estate.json", Role::Estate, long);
    let diagnostic =
        Diagnostic::new(Code::WrongValue, "wrong").label(Span::new(id, start, start + 4), "this");
    let shown = diagnostics(&[diagnostic], &sources, &at(80));
    insta::assert_snapshot!("long_line", shown);
}

#[test]
fn an_excerpt_points_into_several_files_and_marks_each_place() {
    let mut sources = SourceMap::new();
    let first = sources.add("a.yaml", Role::Estate, "one\ntwo\r\nthree\u{1b}[2J\n\tfour\nfive\nsix\nseven");
    let second = sources.add("b.yaml", Role::Estate, "uid: x\n");
    let of = |start, end| Span::new(first, start, end);
    let diagnostic = Diagnostic::new(Code::Duplicate, "the entity `x` is in the estate twice")
        .label(Span::new(second, 0, 6), "again here")
        .label(of(4, 7), "first here")
        .label(of(20, 24), "")
        .label(of(34, 100), "to the end")
        .label(of(9, 30), "over two lines")
        .hint("delete one");
    insta::assert_snapshot!("several_files", diagnostics(&[diagnostic], &sources, &at(80)));
}

#[test]
fn places_at_the_edges_of_a_text_are_shown() {
    let mut sources = SourceMap::new();
    for text in ["", "\n", "a", "a\n", "ä\r\nö"] {
        let id = sources.add("x", Role::Plan, text);
        for start in 0..=text.len() + 1 {
            let diagnostic =
                Diagnostic::new(Code::Syntax, "stops").label(Span::new(id, start, start), "here");
            let shown = diagnostics(&[diagnostic], &sources, &Style::plain());
            assert!(shown.contains("stops") && shown.contains("here"), "{text:?} at {start}:\n{shown}");
        }
    }
}
