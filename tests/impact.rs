//! The access delta: against deciding every request at every moment, and as people read it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where its world breaks")]

mod impact_support;

use std::collections::BTreeSet;

use countersign::report::impact::{Access, Change, ImpactReport, MembersKind};
use impact_support::{Told, World, delta, naive};

/// A kind of change, who, what, with which parameters, on what.
type Row = (Change, String, String, String, String);

/// Every request that the rows of a report stand for; a request that two rows stand for is a mistake.
fn spelt_out(report: &ImpactReport, told: &Told) -> BTreeSet<Row> {
    let mut all = BTreeSet::new();
    for row in report.changes.iter().chain(report.possible.iter().flatten()) {
        let before = all.len();
        for who in entities(row, true, told) {
            for what in entities(row, false, told) {
                let meant = match row.relation.as_str() {
                    "itself" => who == what,
                    "others" => who != what,
                    _ => true,
                };
                for context in row.contexts.iter().filter(|_| meant) {
                    let context = context.to_string();
                    all.insert((row.change, who.clone(), row.action.clone(), context, what.clone()));
                }
            }
        }
        assert_eq!((all.len() - before) as u64, row.requests, "{row:?}");
    }
    all
}

fn entities(row: &Access, principals: bool, told: &Told) -> Vec<String> {
    let members = if principals { &row.principals } else { &row.resources };
    let state = if row.change == Change::Lost { told.passage.before() } else { told.passage.after() };
    let ends = [told.passage.before(), told.passage.after()];
    let all = row.change == Change::Possible || row.about.as_str() != "existing";
    let lasts = |uid: &countersign::model::Uid| all || ends.iter().all(|end| end.contains(uid));
    let mut found = Vec::new();
    for member in members {
        let before = found.len();
        match member.kind {
            MembersKind::Entity => found.push(member.name.clone()),
            MembersKind::Type => {
                let of_type = told
                    .everything
                    .iter()
                    .filter(|uid| uid.type_name().to_string() == member.name && lasts(uid));
                found.extend(of_type.map(ToString::to_string));
            }
            MembersKind::Group => {
                let group: countersign::model::Uid = member.name.parse().unwrap();
                let types = told.types_of(&row.action, principals);
                let inside =
                    |uid: &countersign::model::Uid| *uid == group || state.ancestors(uid).contains(&group);
                let below = told
                    .everything
                    .iter()
                    .filter(|uid| inside(uid) && lasts(uid) && types.contains(uid.type_name()));
                found.extend(below.map(ToString::to_string));
            }
        }
        assert_eq!(found.len() - before, member.count, "{member:?}");
    }
    // Two groups may have members in common.
    let once: BTreeSet<String> = found.into_iter().collect();
    once.into_iter().collect()
}

/// Compares the delta of a world with that of deciding everything; its number of changes, and their kinds.
fn compare(world: &World) -> (usize, BTreeSet<Change>) {
    let told = delta(world, true);
    let spelt = spelt_out(&told.report, &told);
    let naive = naive(&told);
    let missing: Vec<_> = naive.difference(&spelt).collect();
    let invented: Vec<_> = spelt.difference(&naive).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "{world}\nmissing {missing:#?}\ninvented {invented:#?}"
    );
    // Restricted to what the plan can touch, the changes are the same.
    let restricted = delta(world, false);
    assert_eq!(restricted.report.changes, told.report.changes, "{world}");
    assert_eq!(restricted.report.needed_later, told.report.needed_later, "{world}");
    (told.report.changes.len(), told.report.changes.iter().map(|row| row.change).collect())
}

#[test]
fn the_delta_is_that_of_deciding_everything_at_every_moment() {
    let told: Vec<(usize, BTreeSet<Change>)> = (0..30).map(|seed| compare(&World::random(seed))).collect();
    let changes: usize = told.iter().map(|(changes, _)| changes).sum();
    let kinds: BTreeSet<Change> = told.into_iter().flat_map(|(_, kinds)| kinds).collect();
    assert!(changes > 100, "{changes}");
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

#[test]
fn links_that_come_and_go_are_no_exception() {
    let told: Vec<(usize, BTreeSet<Change>)> = (0..50).map(|seed| compare(&World::of_links(seed))).collect();
    let changes: usize = told.iter().map(|(changes, _)| changes).sum();
    let kinds: BTreeSet<Change> = told.into_iter().flat_map(|(_, kinds)| kinds).collect();
    assert!(changes > 150, "{changes}");
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

#[test]
fn every_cause_is_the_step_after_which_the_answer_stays() {
    for seed in 100..120 {
        let world = World::random(seed);
        let told = delta(&world, false);
        for row in
            told.report.changes.iter().filter(|row| [Change::Gained, Change::Lost].contains(&row.change))
        {
            let position = told.plan.steps.iter().position(|step| step.address == row.steps[0]).unwrap();
            for context in &row.contexts {
                for who in entities(row, true, &told).iter().take(2) {
                    for what in entities(row, false, &told).iter().take(2) {
                        let itself = row.relation.as_str();
                        if (itself == "itself" && who != what) || (itself == "others" && who == what) {
                            continue;
                        }
                        let answers = told.answers(who, &row.action, &context.to_string(), what);
                        let gained = row.change == Change::Gained;
                        assert_eq!(answers[position], !gained, "{world}{row:?}");
                        assert!(
                            answers[position + 1..].iter().all(|answer| *answer == gained),
                            "{world}{row:?}"
                        );
                    }
                }
            }
        }
    }
}

const AT: &str = "2026-11-22T06:00:00Z";

/// What the program says of a plan of `examples/orders`, and its exit code.
fn told(plan: &str, flags: &[&str]) -> (String, Option<i32>) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_countersign"));
    let orders = "examples/orders";
    let fixed = [
        "impact",
        "--at",
        AT,
        "--bundle",
        &format!("{orders}/bundle"),
        "--estate",
        &format!("{orders}/estate.yaml"),
    ];
    let output = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .args(fixed)
        .args(flags)
        .arg(format!("{orders}/{plan}.yaml"));
    let output = output.output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

fn golden(name: &str, plan: &str, flags: &[&str]) {
    let (text, exit) = told(plan, flags);
    assert_eq!(exit, Some(0));
    let text = text
        .lines()
        .filter(|line| !line.contains("\"sha256\"") && !line.contains("\"version\""))
        .collect::<Vec<_>>()
        .join("\n");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/impact");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn a_person_a_program_and_a_table_read_the_same() {
    golden("standing.text", "standing-access", &["--width", "100"]);
    golden("standing.narrow", "standing-access", &["--width", "50"]);
    golden("standing.json", "standing-access", &["--format", "json"]);
    golden("standing.csv", "standing-access", &["--format", "csv"]);
    golden("temporary.text", "access-for-a-while", &[]);
    golden("too-early.text", "taken-away-too-early", &[]);
    golden("full.text", "race", &["--full"]);
}

#[test]
fn a_group_stands_for_its_members_where_all_of_them_are_meant() {
    let (text, _) = told("race", &[]);
    assert!(text.contains("Group Contact Admins (all 2)"), "{text}");
    let (text, _) = told("standing-access", &[]);
    assert!(text.contains("every User (7)") && text.contains("User bob "), "{text}");
}

#[test]
fn a_line_of_csv_has_as_many_cells_as_the_first() {
    let (text, _) = told("taken-away-too-early", &["--format", "csv", "--full"]);
    for line in text.split("\r\n").filter(|line| !line.is_empty()) {
        let mut quoted = false;
        let commas = line.chars().filter(|character| {
            quoted ^= *character == '"';
            *character == ',' && !quoted
        });
        assert_eq!(commas.count(), 13, "{line}");
    }
}
