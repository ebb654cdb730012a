//! Plans of Terraform, imported without the program around it.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test ends where its world breaks")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign::check::{Answer, Inputs, Settings, check_with};
use countersign::diagnostic::{Diagnostic, Sink};
use countersign::import::{self, ImportedPlan, Options};
use countersign::load::{Loader, NamedBundle, load_bundle};
use countersign::report::Verdict;
use countersign::source::{Role, SourceMap};

/// What came of an import.
pub struct Imported {
    pub sources: SourceMap,
    pub plan: Option<ImportedPlan>,
    pub found: Vec<Diagnostic>,
}

/// Imports a text as a plan, for a person who is named but need not exist.
pub fn import_text(path: &str, text: &str) -> Imported {
    let mut sources = SourceMap::new();
    let id = sources.add(path, Role::Plan, text);
    let by = sources.add("--by", Role::Argument, "Person::\"dana\"");
    let mut sink = Sink::new();
    let options = Options { by: Some(by), ..Options::default() };
    let plan = import::plan(&sources, id, &options, &mut sink);
    Imported { plan, found: sink.into_sorted(), sources }
}

/// A file of `tests/fixtures/terraform`.
pub fn fixture(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/terraform").join(name))
        .unwrap()
}

/// Imports a fixture that is known to be good.
pub fn imported(name: &str) -> ImportedPlan {
    let imported = import_text(name, &fixture(name));
    imported.plan.unwrap_or_else(|| unreachable!("{name}: {:?}", imported.found))
}

/// The order of a plan: `later < earlier`, with the ids of phases only where a step is in another.
pub fn edges(plan: &ImportedPlan) -> BTreeSet<String> {
    let mut edges = BTreeSet::new();
    for phase in &plan.plan.phases {
        for step in phase.steps.iter() {
            for need in &step.needs {
                let own = format!("{}/", phase.id.value);
                let earlier = match need.value.contains('/') {
                    true => need.value.clone(),
                    false => format!("{own}{}", need.value),
                };
                let short = |address: String| address.strip_prefix("root/").unwrap_or(&address).to_owned();
                edges.insert(format!("{} < {}", short(earlier), short(format!("{own}{}", step.id.value))));
            }
        }
    }
    edges
}

/// The folder of the public data, where it exists.
pub fn data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder =
        std::env::var_os("COUNTERSIGN_DATA").map_or_else(|| root.join("../shared/data"), PathBuf::from);
    Some(folder.join("terraform")).filter(|folder| folder.is_dir())
}

/// The files below a folder, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Says whether the shipped bundle approves a plan, with the people of the example.
pub fn approves(plan: &str, by: &str) -> bool {
    let mut loader = Loader::new();
    let bundle = load_bundle(&mut loader, &NamedBundle::given("terraform")).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let people = fs::read_to_string(root.join("examples/terraform/people.yaml")).unwrap();
    let estate = loader.sources.add("people.yaml", Role::Estate, people);
    let id = loader.sources.add("plan.json", Role::Plan, plan);
    let by = loader.sources.add("--by", Role::Argument, by);
    let mut settings = Settings::at("2026-11-22T06:00:00Z".parse().unwrap());
    settings.import = Options { by: Some(by), ..Options::default() };
    let inputs = Inputs { plans: vec![id], estates: vec![estate], bundle };
    let answers = check_with(&Arc::new(loader.sources), &inputs, &settings, &mut Sink::new());
    matches!(answers.as_slice(), [Answer::Judged(report)] if report.verdict == Verdict::Approved)
}
