//! The cases of the examples, and the program run at the root of the repository.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its world breaks")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The instant that everything is judged for.
pub const AT: &str = "2026-11-22T06:00:00Z";

/// A folder of `examples/` with a `verdicts.toml`.
pub struct Example {
    /// The name of the folder.
    pub name: String,
    /// The folder's own bundle, or the shipped one of the same name.
    pub bundle: String,
    /// What each plan of the folder comes to.
    pub cases: Vec<Case>,
}

/// A plan with the verdict that it must get; paths are relative to the root.
pub struct Case {
    /// The plan.
    pub plan: String,
    /// The estate that it is judged against.
    pub estate: String,
    /// The instant that it is judged for.
    pub at: String,
    /// What people say of it.
    pub approvals: Option<String>,
    /// More flags, for plans of other programs.
    pub more: Vec<String>,
    /// What its snapshots are called after the name of the example.
    pub name: String,
    /// `approved` or `rejected`.
    pub verdict: String,
    /// The exit code of the program.
    pub exit: i32,
    /// Every step that is not allowed: its address, its decision, the forbids that applied.
    pub denied: Vec<(String, String, Vec<String>)>,
}

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every example, sorted.
pub fn examples() -> Vec<Example> {
    let mut names: Vec<String> = fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| root().join("examples").join(name).join("verdicts.toml").is_file())
        .collect();
    names.sort();
    names.into_iter().map(example).collect()
}

fn example(name: String) -> Example {
    let folder = format!("examples/{name}");
    let text = fs::read_to_string(root().join(&folder).join("verdicts.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let cases =
        table.get("case").unwrap().as_array().unwrap().iter().map(|case| read_case(&folder, case)).collect();
    let own = format!("{folder}/bundle");
    let bundle = if root().join(&own).is_dir() { own } else { name.clone() };
    Example { name, bundle, cases }
}

fn read_case(folder: &str, case: &toml::Value) -> Case {
    let text = |value: &toml::Value| value.as_str().unwrap().to_owned();
    let denied = case["denied"].as_array().unwrap().iter().map(|denied| {
        let policies = denied["policies"].as_array().unwrap().iter().map(text).collect();
        (text(&denied["step"]), text(&denied["decision"]), policies)
    });
    let optional = |key: &str| case.get(key).map(text);
    let plan = text(&case["plan"]);
    Case {
        at: optional("at").unwrap_or_else(|| AT.to_owned()),
        approvals: optional("approvals").map(|file| format!("{folder}/{file}")),
        more: case
            .get("flags")
            .map_or(Vec::new(), |flags| flags.as_array().unwrap().iter().map(text).collect()),
        name: optional("name").unwrap_or_else(|| {
            plan.trim_end_matches(".yaml")
                .trim_end_matches(".json")
                .trim_end_matches(".ldif")
                .replace('/', ".")
        }),
        plan: format!("{folder}/{plan}"),
        estate: format!("{folder}/{}", text(&case["estate"])),
        verdict: text(&case["verdict"]),
        exit: i32::try_from(case["exit"].as_integer().unwrap()).unwrap(),
        denied: denied.collect(),
    }
}

impl Case {
    /// Says whether nothing but plan and estate is given.
    pub fn is_plain(&self) -> bool {
        self.at == AT && self.approvals.is_none() && self.more.is_empty()
    }

    /// The flags that say what is judged, but for the bundle.
    pub fn flags(&self) -> Vec<&str> {
        let approvals = self.approvals.iter().flat_map(|file| ["--approvals", file.as_str()]);
        let more = self.more.iter().map(String::as_str);
        ["--estate", &self.estate, "--at", &self.at].into_iter().chain(approvals).chain(more).collect()
    }
}

/// The program in a folder, in an environment that says nothing.
pub fn countersign_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).current_dir(folder).env_clear().stdin(Stdio::null()).output().unwrap()
}

/// The program at the root of the repository.
pub fn countersign(arguments: &[&str]) -> Output {
    countersign_in(&root(), arguments)
}

/// What went to standard output.
pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What went to standard error.
pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The paths of the files below a folder of the root, sorted.
pub fn files_below(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
