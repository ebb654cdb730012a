//! `countersign init`: a project to start from.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use include_dir::{Dir, File, include_dir};

use super::Exit;
use super::output::{WriteError, not_written, printed, talk};
use super::schema::{Kind, text};
use crate::report::render::counted;
use crate::source::visible;

static PROJECT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/cli/init/project");

/// The schemas that editors complete and check the files with.
const SCHEMAS: &[(&str, Kind)] = &[
    ("schemas/plan.json", Kind::Plan),
    ("schemas/estate.json", Kind::Estate),
    ("schemas/operations.json", Kind::Operations),
    ("schemas/approvals.json", Kind::Approvals),
];

/// Write a small project that works: a plan, an estate, a bundle of rules, all with comments
///
/// The plan is approved as it stands, and its comments say what to change to see it rejected. Nothing is
/// overwritten: where one of the files exists already, none is written.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder to write into; it is made if it does not exist
    #[arg(default_value = ".")]
    folder: PathBuf,
}

/// Writes the files, or says which are in the way.
pub fn run(arguments: &Arguments) -> Exit {
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    collect(&PROJECT, &mut files);
    files.extend(SCHEMAS.iter().map(|(path, kind)| (PathBuf::from(path), text(*kind))));
    files.sort();
    let folder = &arguments.folder;
    let in_the_way: Vec<&PathBuf> = files
        .iter()
        .map(|(path, _)| path)
        .filter(|path| folder.join(path).symlink_metadata().is_ok())
        .collect();
    if !in_the_way.is_empty() {
        let first: Vec<_> = in_the_way.iter().take(3).map(|path| format!("`{}`", path.display())).collect();
        let more = in_the_way.len().saturating_sub(first.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let verb = if in_the_way.len() == 1 { "exists" } else { "exist" };
        let names = visible(&first.join(", ")).into_owned();
        talk(&format!(
            "countersign: nothing was written, because {names}{more} {verb} already; name another folder\n"
        ));
        return Exit::CouldNotJudge;
    }
    for (path, text) in &files {
        if let Err(error) = create(&folder.join(path), text) {
            return not_written(&error);
        }
    }
    told(folder, &files)
}

fn told(folder: &Path, files: &[(PathBuf, String)]) -> Exit {
    let names: String = files.iter().map(|(path, _)| format!("  {}\n", path.display())).collect();
    let shown = folder.display().to_string();
    let shown = visible(&shown);
    let (into, go) = match folder == Path::new(".") {
        true => (String::new(), String::new()),
        false => (format!(" into `{shown}`"), format!("cd {shown}\n  ")),
    };
    let number = counted(files.len(), "file");
    printed(&format!(
        "wrote {number}{into}:\n{names}\nNow judge the plan, then read its comments:\n\n  {go}countersign check\n"
    ))
}

/// The files of a folder and of the folders in it.
fn collect(folder: &Dir<'_>, files: &mut Vec<(PathBuf, String)>) {
    let text = |file: &File<'_>| file.contents_utf8().unwrap_or_default().to_owned();
    files.extend(folder.files().map(|file| (file.path().to_owned(), text(file))));
    folder.dirs().for_each(|inner| collect(inner, files));
}

/// Makes a file that does not exist yet, and the folders it lies in.
fn create(path: &Path, text: &str) -> Result<(), WriteError> {
    let write = || -> io::Result<()> {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| WriteError::File { path: path.to_owned(), source })
}
