//! The page and the pictures, with harmless text, with hostile text, and with very much of it.

use std::collections::BTreeSet;

use scraper::{Html, Node, Selector};

use super::super::{Batch, Renderer, Style, outline};
use super::fixture;
use crate::report::{Decision, Finding, FindingLevel, Outcome, Report, Verdict};

fn written(name: &str, report: &Report) -> String {
    let batch = Batch::of(std::slice::from_ref(report));
    (Renderer::named(name).unwrap().render)(&batch, &Style::plain())
}

/// Texts that leave their place in one format or another.
const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "</title></style></script><img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)><a href=\"javascript:alert(1)\">",
    "' autofocus onfocus='alert(1)",
    "javascript:alert(1)",
    "--><!-- ]]> <![CDATA[ <?xml ?>",
    "&lt;b&gt; &#60;i&#62; &amp;quot;",
    "\"];evil[label=\"x\" URL=\"https://example.com\"];a->b",
    "\\\" \\N \\G \\l \\",
    "#quot;]; click n0 \"https://example.com\"; n0[x",
    "%%{init: {\"securityLevel\": \"loose\"}}%%",
    "`**markdown**` end subgraph x",
    "a\u{202e}b\u{200b}c\nd\re\tf\u{0}\u{1b}[2J",
    "x\u{fffe}\u{ffff}y",
    "https://example.com/\" onclick=\"alert(1)",
];

/// The elements of a page in document order with the names of their attributes; texts and values left out.
fn tags(page: &str) -> Vec<String> {
    let page = Html::parse_document(page);
    assert!(page.errors.is_empty(), "{:?}", page.errors);
    let mut tags = Vec::new();
    for node in page.tree.nodes() {
        match node.value() {
            Node::Element(element) => {
                let names: BTreeSet<&str> = element.attrs().map(|(name, _)| name).collect();
                let depth = node.ancestors().count();
                tags.push(format!("{depth} {} {names:?}", element.name()));
            }
            Node::Comment(comment) => tags.push(format!("comment {comment:?}")),
            Node::ProcessingInstruction(found) => tags.push(format!("instruction {found:?}")),
            _ => {}
        }
    }
    tags
}

#[test]
fn t081_a_hostile_report_has_the_elements_of_a_harmless_one_and_no_others() {
    let harmless = tags(&written("html", &fixture::hostile("harmless")));
    assert!(harmless.len() > 300, "{}", harmless.len());
    for text in HOSTILE {
        let page = written("html", &fixture::hostile(text));
        assert_eq!(tags(&page), harmless, "{text:?}");
    }
}

#[test]
fn t081_the_page_loads_nothing_and_runs_nothing_but_its_own_script() {
    let html = written("html", &fixture::rejected());
    let page = Html::parse_document(&html);
    let all = |selector: &str| page.select(&Selector::parse(selector).unwrap()).count();
    assert_eq!((all("script"), all("style")), (1, 1));
    assert_eq!(all("[src], link, img, iframe, object, embed, form, base, [style], video, audio"), 0);
    for element in page.select(&Selector::parse("*").unwrap()) {
        assert!(element.value().attrs().all(|(name, _)| !name.starts_with("on")), "{element:?}");
    }
    let meta = Selector::parse("meta[http-equiv=Content-Security-Policy]").unwrap();
    let policy = page.select(&meta).next().unwrap().value().attr("content").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
}

/// A page of plans without a verdict.
fn unjudged(text: &str) -> String {
    let problems = fixture::hostile_problems(text);
    let batch = Batch { reports: &[], problems: Some(&problems), given: 1 };
    (Renderer::named("html").unwrap().render)(&batch, &Style::plain())
}

#[test]
fn t081_a_page_without_a_verdict_says_so_first_and_has_no_element_of_the_input() {
    let page = unjudged("harmless");
    let seen = Html::parse_document(&page);
    let texts = |selector: &str| -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        seen.select(&selector).map(|element| element.text().collect()).collect()
    };
    assert_eq!(texts("h1"), ["No verdict"]);
    assert_eq!(texts("header.unjudged .verdict .word"), ["not judged"]);
    assert_eq!(texts("header.unjudged li"), ["harmless could not be judged"]);
    assert!(texts(".approved, .rejected").is_empty());
    assert!(!texts(".finding mark").is_empty(), "{page}");
    for text in HOSTILE {
        assert_eq!(tags(&unjudged(text)), tags(&page), "{text:?}");
    }
}

#[test]
fn every_anchor_of_the_page_resolves_and_every_id_is_one_of_its_kind() {
    for report in
        [fixture::approved(), fixture::rejected(), fixture::hostile("x"), race(), large(60, 200, 40)]
    {
        let html = written("html", &report);
        let page = Html::parse_document(&html);
        let of = |selector: &str, name: &str| -> Vec<String> {
            let selector = Selector::parse(selector).unwrap();
            let found = page.select(&selector);
            found.map(|element| element.value().attr(name).unwrap().to_owned()).collect()
        };
        let ids = of("[id]", "id");
        let unique: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len());
        let anchors = of("a[href^=\"#\"]", "href");
        assert!(anchors.len() > 9);
        for anchor in anchors {
            assert!(ids.iter().any(|id| anchor[1..] == **id), "{anchor}");
        }
    }
}

#[test]
fn the_page_can_be_used_without_seeing_it() {
    for report in [fixture::approved(), fixture::rejected(), race()] {
        let page = Html::parse_document(&written("html", &report));
        let all = |selector: &str| page.select(&Selector::parse(selector).unwrap()).collect::<Vec<_>>();
        assert_eq!(
            (all("html[lang=en]").len(), all("main").len(), all("header").len(), all("h1").len()),
            (1, 1, 1, 1)
        );
        assert_eq!(all("a.skip[href=\"#p1-verdict\"]").len(), 1);
        assert!(all("th").iter().all(|cell| cell.value().attr("scope").is_some()));
        assert!(
            all("table")
                .iter()
                .all(|table| table.select(&Selector::parse("thead th").unwrap()).next().is_some())
        );
        assert!(all("section").iter().all(|section| section.value().attr("aria-labelledby").is_some()));
        assert!(all("nav").iter().all(|nav| nav.value().attr("aria-label").is_some()));
        assert!(
            all("input")
                .iter()
                .all(|input| input.parent().unwrap().value().as_element().unwrap().name() == "label")
        );
        // Every sign that a colour goes with has a word.
        assert!(all(".sign[role=img]").iter().all(|sign| sign.value().attr("aria-label").is_some()));
        let outcomes = all(".step").len();
        assert_eq!((all(".step .outcome").len(), outcomes), (report.steps.len(), report.steps.len()));
    }
}

#[test]
fn t084_hostile_labels_stay_labels_in_pictures() {
    for text in HOSTILE {
        let report = fixture::hostile(text);
        let svg = written("svg", &report);
        let picture =
            roxmltree::Document::parse(&svg).unwrap_or_else(|error| panic!("{text:?}: {error}\n{svg}"));
        for node in picture.descendants().filter(roxmltree::Node::is_element) {
            let known = ["svg", "style", "g", "rect", "text", "path", "circle", "title"];
            assert!(known.contains(&node.tag_name().name()), "{text:?}: {node:?}");
            assert!(
                node.attributes()
                    .all(|attribute| !attribute.name().starts_with("on") && attribute.name() != "href")
            );
        }
        let harmless = written("dot", &fixture::hostile("harmless"));
        let dot = written("dot", &report);
        // Nothing ends a string but the quotes that the program writes.
        assert_eq!(dot.matches('"').count(), harmless.matches('"').count(), "{text:?}");
        assert_eq!(dot.lines().count(), harmless.lines().count(), "{text:?}");
        assert!(!dot.replace("\\n", "").contains('\\'), "{text:?}:\n{dot}");
        let mermaid = written("mermaid", &report);
        let signs =
            |text: &str| text.chars().filter(|sign| "\"[](){}|<>%`&\\".contains(*sign)).collect::<String>();
        assert_eq!(signs(&mermaid), signs(&written("mermaid", &fixture::hostile("harmless"))), "{text:?}");
        assert!(mermaid.lines().all(|line| !line.trim_start().starts_with("click")), "{text:?}");
    }
}

/// The rejected plan with a step that depends on the order and one that cannot be decided.
fn race() -> Report {
    let mut report = fixture::rejected();
    for (at, outcome) in [(2, Outcome::OrderDependent), (4, Outcome::Indeterminate)] {
        let step = &mut report.steps[at];
        step.outcome = outcome;
        step.decisions = BTreeSet::from([Decision::Allow, Decision::Deny]);
        step.witnesses =
            [(Decision::Allow, vec!["access/grant".to_owned()]), (Decision::Deny, Vec::new())].into();
    }
    report.phases[1].outcome = Outcome::OrderDependent;
    report.phases[2].outcome = Outcome::Denied;
    report.counts.denied = 1;
    report.counts.order_dependent = 1;
    report.counts.indeterminate = 1;
    report
}

/// A plan of phases in a row, with so many steps in all, and so many findings.
fn large(phases: usize, steps: usize, findings: usize) -> Report {
    let mut report = fixture::rejected();
    let (phase, step) = (report.phases[0].clone(), report.steps[0].clone());
    report.phases = (0..phases)
        .map(|at| {
            let needs = at.checked_sub(1).map(|before| format!("p{before}")).into_iter().collect();
            crate::report::PhaseReport { id: format!("p{at}"), needs, ..phase.clone() }
        })
        .collect();
    let each = steps / phases;
    report.steps = (0..phases * each)
        .map(|at| {
            let (of, own) = (at / each, at % each);
            let address = |of: usize, own: usize| format!("p{of}/s{own}");
            // A row of steps within a phase; every second phase is unordered and waits for all of the one before.
            let after = match (of % 2, own, of) {
                (0, 0, 0) => Vec::new(),
                (0, 0, _) => (0..each).map(|before| address(of - 1, before)).collect(),
                (0, _, _) => vec![address(of, own - 1)],
                _ => vec![address(of - 1, each - 1)],
            };
            let wave = if of % 2 == 0 { of / 2 * (each + 1) + own + 1 } else { (of / 2 + 1) * (each + 1) };
            crate::report::StepReport {
                id: address(of, own),
                phase: format!("p{of}"),
                wave,
                after,
                ..step.clone()
            }
        })
        .collect();
    for at in (0..report.steps.len()).step_by(97) {
        report.steps[at].outcome = Outcome::Denied;
        report.phases[at / each].outcome = Outcome::Denied;
    }
    let finding = report.findings[0].clone();
    report.findings = (0..findings)
        .map(|at| Finding {
            step: report.steps.get(at % report.steps.len()).map(|step| step.id.clone()),
            level: if at < findings / 2 { FindingLevel::Error } else { FindingLevel::Note },
            ..finding.clone()
        })
        .collect();
    report.verdict = Verdict::Rejected;
    report.counts.phases = phases;
    report.counts.steps = report.steps.len();
    report.counts.denied = report.steps.len().div_ceil(97);
    report.counts.allowed = report.counts.steps - report.counts.denied;
    report
}

#[test]
fn ten_thousand_steps_and_thirty_thousand_findings_stay_within_bounds_that_are_told() {
    let report = large(40, 10_000, 30_000);
    for (name, most) in [("html", 20 << 20), ("svg", 2 << 20), ("dot", 1 << 20), ("mermaid", 50_000)] {
        let text = written(name, &report);
        assert!(text.len() <= most, "{name}: {} bytes", text.len());
        assert!(text.contains("40 phases of 10000 steps drawn as one box each"), "{name}");
    }
    let page = written("html", &report);
    assert!(page.contains("There are 29500 more findings; the JSON form lists them all."));
    let all = Html::parse_document(&page);
    let steps = all.select(&Selector::parse(".step").unwrap()).count();
    let denied = all.select(&Selector::parse(".step.denied").unwrap()).count();
    assert_eq!((steps, denied), (4000, report.counts.denied));
    let not_listed: usize = page
        .match_indices(" more steps of this phase")
        .map(|(at, _)| page[..at].rsplit('>').next().unwrap().parse::<usize>().unwrap())
        .sum();
    assert_eq!(steps + not_listed, report.steps.len());
    let text = outline(&report, &Style::plain());
    assert!(text.contains("`--verbose` shows every step") && text.lines().count() < 1200);
}

#[test]
fn a_set_that_waits_for_a_set_meets_it_in_one_joint() {
    let mut report = large(2, 40, 0);
    // Both phases unordered, the second after all of the first: 400 pairs.
    for at in 0..40 {
        report.steps[at].wave = at / 20 + 1;
        report.steps[at].after =
            if at < 20 { Vec::new() } else { (0..20).map(|before| format!("p0/s{before}")).collect() };
    }
    let dot = written("dot", &report);
    assert_eq!((dot.matches(" -> ").count(), dot.matches("shape=point").count()), (40, 1));
}

#[test]
fn what_follows_from_other_needs_is_not_drawn() {
    let mut report = large(1, 4, 0);
    report.steps[3].after = vec!["p0/s0".to_owned(), "p0/s2".to_owned(), "p0/s1".to_owned()];
    assert_eq!(written("dot", &report).matches(" -> ").count(), 3);
}

#[test]
fn the_forms_of_an_approved_a_denied_and_a_race_case() {
    for (case, report) in
        [("approved", fixture::approved()), ("denied", fixture::rejected()), ("race", race())]
    {
        for format in ["dot", "mermaid", "svg", "html"] {
            insta::assert_snapshot!(format!("{case}_as_{format}"), written(format, &report));
        }
        let ascii = Style { unicode: false, width: Some(72), ..Style::plain() };
        insta::assert_snapshot!(format!("{case}_as_outline"), outline(&report, &Style::plain()));
        assert!(outline(&report, &ascii).is_ascii());
    }
}
