//! Exports of directories and lists of changes: real files, every spelling of names, what is cut off or changed.
//!
//! The real files are others' and not part of the project: they are read from `$COUNTERSIGN_DATA`, else from
//! `../shared/data`, and the tests skip where they are absent.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking and says what it counted"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign::check::{Answer, Inputs, Settings, check_with};
use countersign::diagnostic::{Severity, Sink};
use countersign::import::{self, BundleFiles, Form, Options};
use countersign::source::{Role, SourceMap};

const AT: &str = "2026-11-22T06:00:00Z";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn data() -> Option<PathBuf> {
    let given = std::env::var_os("COUNTERSIGN_DATA").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| root().join("../shared/data")).join("directory");
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files_below(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// What became of a text as an estate or a plan: the number of entities or steps, or the codes of the errors.
fn read(text: &str, role: Role) -> Result<usize, Vec<String>> {
    let mut sources = SourceMap::new();
    let id = sources.add("given.ldif", role, text);
    let mut sink = Sink::new();
    let found = match role {
        Role::Plan => import::plan(&sources, id, &Options::default(), &mut sink)
            .map(|found| found.plan.phases.iter().map(|phase| phase.steps.len()).sum()),
        _ => import::estate(&sources, id, &Options::default(), &mut sink)
            .map(|found| found.estate.entities.len()),
    };
    let errors = sink.errors();
    let said = sink.into_sorted();
    assert!(said.iter().all(|diagnostic| !diagnostic.labels.is_empty()), "a message without a place");
    assert_eq!(found.is_some(), errors == 0, "refused without a reason, or read with one");
    let errors = said.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    found.ok_or_else(|| errors.map(|diagnostic| diagnostic.code.as_str().to_owned()).collect())
}

#[test]
fn every_real_file_is_read_or_refused_with_a_reason() {
    let Some(folder) = data() else { return };
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |what: String| *tally.entry(what).or_default() += 1;
    let (mut entities, mut steps) = (0, 0);
    for path in files_below(&folder) {
        let bytes = fs::read(&path).unwrap();
        let text = match import::decode(&bytes) {
            Ok(text) => text,
            Err(_) => {
                count("not UTF-8, refused with the place".to_owned());
                continue;
            }
        };
        match (read(text, Role::Estate), read(text, Role::Plan)) {
            (Ok(number), plan) => {
                entities += number;
                let also = if plan.is_ok() { " and as a plan" } else { "" };
                count(format!("read as an estate{also}"));
            }
            (Err(_), Ok(number)) => {
                steps += number;
                count("read as a plan".to_owned());
            }
            (Err(as_estate), Err(as_plan)) => {
                let why = if as_plan.first().is_some_and(|code| code == "unfit-source") {
                    &as_estate
                } else {
                    &as_plan
                };
                count(format!("refused: {}", why.first().unwrap()));
            }
        }
    }
    let total: usize = tally.values().sum();
    eprintln!("{total} files: {entities} entities, {steps} steps");
    tally.iter().for_each(|(what, number)| eprintln!("{number:5} {what}"));
    assert!(tally.get("read as an estate").copied().unwrap_or_default() > 20);
    assert!(tally.get("read as a plan").copied().unwrap_or_default() > 20);
}

#[test]
fn names_behave_as_their_labels_say() {
    let Some(folder) = data() else { return };
    let text = fs::read_to_string(folder.join("openldap+openldap/tests/data/test-dn.ldif")).unwrap();
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for record in text.split("\n\n") {
        let lines = || record.lines().filter(|line| !line.starts_with('#'));
        let Some(dn) = lines().find_map(|line| line.strip_prefix("dn: ")) else { continue };
        let label = ["Must Succeed", "Should Succeed", "Must Fail", "Should Fail", "Unescaped Equals"]
            .into_iter()
            .find(|label| dn.starts_with(&format!("cn={label}")));
        let Some(label) = label else { continue };
        for line in lines() {
            let line = match line.split_once(": ") {
                Some(("member" | "uniqueMember", _)) => line.to_owned(),
                Some(("seeAlso", name)) => format!("member: {name}"),
                _ => continue,
            };
            let read = read(&format!("dn: cn=g\nobjectClass: groupOfNames\n{line}\n"), Role::Estate);
            match (label.ends_with("Fail"), read) {
                (true, Err(codes)) => assert_eq!(codes, ["distinguished-name"], "{line}"),
                (false, Ok(_)) => {}
                (_, other) => panic!("{label}: {line}: {other:?}"),
            }
            *tally.entry(label).or_default() += 1;
        }
    }
    eprintln!("names by their labels: {tally:?}");
    assert_eq!(tally.len(), 5);
    assert!(tally["Must Fail"] >= 17 && tally["Must Succeed"] >= 12 && tally["Should Fail"] == 2);
}

/// The bundle, the example's mapping, and what somebody changed of the rest.
struct Case<'t> {
    estate: &'t str,
    estate_path: &'t str,
    plan: &'t str,
    plan_path: &'t str,
    by: Option<&'t str>,
}

/// A verdict, and of each step its address, its outcome and the policies that decided.
type Judged = (String, Vec<(String, String, BTreeSet<String>)>);

/// What comes of a case; nothing where the texts could not be judged.
fn judge(case: &Case<'_>) -> Option<Judged> {
    let mut sources = SourceMap::new();
    let folder = root().join("policies/active-directory");
    let mut add =
        |name: &str, role: Role| sources.add(name, role, fs::read_to_string(folder.join(name)).unwrap());
    let cedar =
        ["rights", "moves", "denials", "delegation", "protection"].map(|name| format!("{name}.cedar"));
    let bundle = BundleFiles {
        manifest: add("bundle.toml", Role::Manifest),
        schema: add("schema.cedarschema", Role::Schema),
        policies: cedar.iter().map(|name| add(name, Role::Policy)).collect(),
        links: None,
        operations: add("operations.yaml", Role::Operations),
    };
    let mapping = sources.add("mapping.yaml", Role::Mapping, example("mapping.yaml"));
    let by = case.by.map(|by| sources.add("--by", Role::Argument, by));
    let plan = sources.add(case.plan_path, Role::Plan, case.plan);
    let estate = sources.add(case.estate_path, Role::Estate, case.estate);
    let inputs = Inputs { plans: vec![plan], estates: vec![estate], bundle };
    let mut settings = Settings::at(AT.parse().unwrap());
    settings.import = Options { by, mapping: Some(mapping), ..Options::default() };
    let answers = check_with(&Arc::new(sources), &inputs, &settings, &mut Sink::new());
    match answers.into_iter().next() {
        Some(Answer::Judged(report)) => {
            let step = |step: &countersign::report::StepReport| {
                (
                    step.id.clone(),
                    format!("{:?}", step.outcome),
                    step.determining.iter().map(ToString::to_string).collect(),
                )
            };
            Some((format!("{:?}", report.verdict), report.steps.iter().map(step).collect()))
        }
        _ => None,
    }
}

fn example(name: &str) -> String {
    fs::read_to_string(root().join("examples/active-directory").join(name)).unwrap()
}

/// The example's lists of changes, each with who runs it.
fn plans() -> Vec<(String, String)> {
    let table: toml::Table = example("verdicts.toml").parse().unwrap();
    let text = |case: &toml::Value, key: &str| case[key].as_str().unwrap().to_owned();
    let by = |case: &toml::Value| case["flags"][1].as_str().unwrap().to_owned();
    table["case"].as_array().unwrap().iter().map(|case| (text(case, "plan"), by(case))).collect()
}

#[test]
fn what_import_prints_is_judged_like_the_file() {
    let estate_text = example("estate.ldif");
    let printed_estate = {
        let mut sources = SourceMap::new();
        let mapping = Some(sources.add("mapping.yaml", Role::Mapping, example("mapping.yaml")));
        let id = sources.add("estate.ldif", Role::Estate, estate_text.as_str());
        let options = Options { mapping, ..Options::default() };
        let estate = import::estate(&sources, id, &options, &mut Sink::new()).unwrap().estate;
        import::print(&import::native_estate([&estate]).unwrap(), Form::Yaml)
    };
    for (path, by) in plans().into_iter().take(4) {
        let text = example(&path);
        let mut sources = SourceMap::new();
        let by_id = Some(sources.add("--by", Role::Argument, by.as_str()));
        let plan_id = sources.add(path.as_str(), Role::Plan, text.as_str());
        let estate_id = sources.add("estate.ldif", Role::Estate, estate_text.as_str());
        let options = Options { by: by_id, ..Options::default() };
        let estate = import::estate(&sources, estate_id, &options, &mut Sink::new()).unwrap().estate;
        let mut plan = import::plan(&sources, plan_id, &options, &mut Sink::new()).unwrap();
        import::find_names(&mut plan, &[&estate], &mut Sink::new()).unwrap();
        let printed = import::print(&import::native_plan(&plan.plan), Form::Yaml);
        let original = Case {
            estate: &estate_text,
            estate_path: "e.ldif",
            plan: &text,
            plan_path: "p.ldif",
            by: Some(&by),
        };
        let native = Case {
            estate: &printed_estate,
            estate_path: "e.yaml",
            plan: &printed,
            plan_path: "p.yaml",
            by: None,
        };
        let judged = judge(&original);
        assert!(judged.is_some(), "{path}");
        assert_eq!(judged, judge(&native), "{path}");
    }
}

#[test]
fn an_object_is_deleted_only_where_nothing_lies_below_it_at_that_point_of_the_list() {
    let delete = |name: &str| format!("dn: {name}\nchangetype: delete\n\n");
    let unit = "OU=Contacts,DC=contoso,DC=com";
    let inside = "CN=Fabrikam Support,OU=Contacts,DC=contoso,DC=com";
    let renamed = format!("dn: {unit}\nchangetype: modrdn\nnewrdn: OU=Others\ndeleteoldrdn: 1\n\n");
    let added = "dn: CN=New,OU=contacts,DC=contoso,DC=com\nchangetype: add\nobjectClass: contact\n\n";
    let moved = format!(
        "dn: {inside}\nchangetype: moddn\nnewrdn: CN=Fabrikam Support\ndeleteoldrdn: 1\nnewsuperior: OU=Sales,OU=Staff,DC=contoso,DC=com\n\n"
    );
    let cases = [
        (delete(unit), true),
        (delete(inside) + &delete(unit), false),
        (delete(inside) + added + &delete("ou=contacts, dc=contoso, dc=com"), true),
        (moved.clone() + &delete(unit), false),
        (moved + &delete("OU=Sales,OU=Staff,DC=contoso,DC=com"), true),
        (renamed.clone() + &delete("OU=Others,DC=contoso,DC=com"), true),
        (
            renamed
                + &delete("CN=Fabrikam Support,OU=Others,DC=contoso,DC=com")
                + &delete("OU=Others,DC=contoso,DC=com"),
            false,
        ),
    ];
    for (plan, stays) in cases {
        let estate = example("estate.ldif");
        let by = Some("erin.admin");
        let (_, steps) =
            judge(&Case { estate: &estate, estate_path: "e.ldif", plan: &plan, plan_path: "p.ldif", by })
                .unwrap();
        let (_, _, determining) = steps.last().unwrap();
        assert_eq!(determining.contains("an-object-with-objects-below-stays"), stays, "{plan}{steps:?}");
    }
}

#[test]
fn t007_every_way_to_name_an_account_leads_to_the_same_one() {
    let mut sources = SourceMap::new();
    let estate = sources.add("estate.ldif", Role::Estate, example("estate.ldif"));
    let plan = sources.add("onboarding.ldif", Role::Plan, example("onboarding.ldif"));
    let estate = import::estate(&sources, estate, &Options::default(), &mut Sink::new()).unwrap().estate;
    let mut found = |by: &str| {
        let by = Some(sources.add("--by", Role::Argument, by));
        let options = Options { by, ..Options::default() };
        let mut plan = import::plan(&sources, plan, &options, &mut Sink::new()).unwrap();
        let found = import::find_names(&mut plan, &[&estate], &mut Sink::new());
        found.and(plan.plan.phases[0].by.as_ref().map(|by| by.value.clone()))
    };
    let dana = "User::\"CN=Dana Ruiz,OU=Staff,DC=contoso,DC=com\"";
    for by in [
        "dana.ruiz@contoso.com",
        "CN=Dana Ruiz,OU=Staff,DC=contoso,DC=com",
        "cn = dana  ruiz , ou=STAFF,dc=Contoso,DC=com",
        "CONTOSO\\Dana.Ruiz",
        "dana.ruiz",
        "DANA.RUIZ@CONTOSO.COM",
        "S-1-5-21-2104597143-1893526047-3471082956-1102",
        dana,
    ] {
        assert_eq!(found(by).as_deref(), Some(dana), "{by}");
    }
    for by in [
        "FABRIKAM\\dana.ruiz",
        "dana.ruiz$",
        "dana",
        "S-1-5-21-1-2-3-1102",
        "CN=Dana Ruiz",
        "dana.ruiz@x",
        "",
    ] {
        assert_eq!(found(by), None, "{by}");
    }
    assert_eq!(found("WEB01$").as_deref(), Some("Computer::\"CN=WEB01,OU=Servers,DC=contoso,DC=com\""));
    assert_eq!(found("web01"), None);
}

/// A text without each of its parts in turn, where parts begin as the function says.
fn without_each<'t>(text: &'t str, begins: impl Fn(&str) -> bool + 't) -> impl Iterator<Item = String> + 't {
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if begins(line) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([text.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| [&text[..start], &text[end..]].concat())
}

#[test]
fn t002_nothing_that_is_missing_from_an_export_turns_a_rejection_into_an_approval() {
    let estate = example("estate.ldif");
    let rejected: Vec<(String, String)> =
        plans().into_iter().skip(1).map(|(path, by)| (example(&path), by)).collect();
    let records = without_each(&estate, |line| line.starts_with("dn:"));
    // One plan after the other takes a turn: every plan meets many cuts.
    let lines = without_each(&estate, |line| !line.starts_with([' ', '\n']));
    let mut judged = 0;
    for (number, cut) in records.step_by(2).chain(lines.step_by(29)).enumerate() {
        let (plan, by) = &rejected[number % rejected.len()];
        let case = Case { estate: &cut, estate_path: "e.ldif", plan, plan_path: "p.ldif", by: Some(by) };
        if let Some((verdict, _)) = judge(&case) {
            judged += 1;
            assert_ne!(verdict, "Approved", "cut {number}");
        }
    }
    eprintln!("{judged} estates with something missing were judged");
    assert!(judged > 5);
}

#[test]
fn changed_bytes_are_read_or_refused_and_never_break_anything() {
    let (estate, plan) = (example("estate.ldif"), example("onboarding.ldif"));
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
    };
    let pieces = [
        "", "\n", "\n\n", " ", ":", "::", ":<", "-", "dn:", "=", ",", "\\", "#", "ä", "\u{202e}", "AAAA", "9",
    ];
    for _ in 0..150 {
        for (text, role) in [(&estate, Role::Estate), (&plan, Role::Plan)] {
            let mut changed: Vec<char> = text.chars().collect();
            for _ in 0..=random(3) {
                let at = random(changed.len());
                let until = (at + random(4)).min(changed.len());
                changed.splice(at..until, pieces[random(pieces.len())].chars());
            }
            changed.truncate(if random(4) == 0 { random(changed.len()) } else { changed.len() });
            let _ = read(&changed.into_iter().collect::<String>(), role);
        }
    }
}
