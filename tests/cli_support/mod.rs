//! A small world on disk, and the program run in it.
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its world breaks")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const MANIFEST: &str = "schema = \"countersign.bundle/1\"\nname = \"small\"\nnamespace = \"T\"\n";
const SCHEMA: &str = "\
namespace T {
  entity User;
  entity Doc;
  action view appliesTo { principal: User, resource: Doc, context: {} };
}
";
const RIGHTS: &str = "@id(\"dana-views\")\npermit (principal == T::User::\"dana\", action == T::Action::\"view\", resource);\n";
const OPERATIONS: &str = "schema: countersign.operations/1\noperations:\n  view: { changes: [] }\n";
const ESTATE: &str = "\
schema: countersign.estate/1
entities:
  - uid: User::\"dana\"
  - uid: User::\"mallory\"
  - uid: Doc::\"x\"
";

/// A folder with a bundle, an estate and plans.
pub struct World(TempDir);

impl World {
    /// Writes all files; `approved.yaml` is, `rejected.yaml` is, `empty.yaml` has no steps.
    pub fn new() -> Self {
        let world = World(tempfile::tempdir().unwrap());
        world.write("bundle/bundle.toml", MANIFEST);
        world.write("bundle/schema.cedarschema", SCHEMA);
        world.write("bundle/rights.cedar", RIGHTS);
        world.write("bundle/operations.yaml", OPERATIONS);
        world.write("estate.yaml", ESTATE);
        world.write("approved.yaml", plan("dana"));
        world.write("rejected.yaml", plan("mallory"));
        world.write("empty.yaml", "schema: countersign.plan/1\nid: P\nphases:\n  - { id: a, steps: [] }\n");
        world.write("malformed.yaml", "schema: countersign.plan/1\nid: P\n");
        world
    }

    /// Writes a file and the folders it lies in.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A path in the folder.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// The program, in the folder, in an environment that says nothing.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command.args(arguments).current_dir(self.0.path()).env_clear().stdin(Stdio::null());
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Judges plans of the folder at a fixed instant.
    pub fn check(&self, arguments: &[&str]) -> Output {
        self.run(&self.judging(arguments))
    }

    /// The arguments that judge plans of the folder at a fixed instant.
    pub fn judging<'a>(&self, arguments: &[&'a str]) -> Vec<&'a str> {
        let fixed =
            ["check", "--bundle", "bundle", "--estate", "estate.yaml", "--at", "2026-11-22T06:00:00Z"];
        fixed.into_iter().chain(arguments.iter().copied()).collect()
    }

    /// The names in the folder.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// A plan of one step by this user, to whom the bundle gives the right only if she is dana.
pub fn plan(user: &str) -> String {
    format!(
        "schema: countersign.plan/1\nid: P\nphases:\n  - id: a\n    by: User::\"{user}\"\n    steps:\n      - id: b\n        do: view\n        target: Doc::\"x\"\n"
    )
}

/// The exit code; a signal is a failure of the test.
pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {output:?}"))
}

/// What went to standard output.
pub fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What went to standard error.
pub fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Says whether a file is there.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
