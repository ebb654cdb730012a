//! The configuration: `countersign.toml`, looked for upwards from the working directory.

use std::path::{Path, PathBuf};

use super::{Loader, NamedPath, file};
use crate::import;
use crate::source::Role;

const FILE_NAME: &str = "countersign.toml";

/// What a configuration says, its paths ready to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The bundle: a path from the configuration's folder, or a name.
    pub bundle: Option<NamedBundle>,
    /// The parts of the estate.
    pub estates: Vec<NamedPath>,
    /// The plans.
    pub plans: Vec<NamedPath>,
}

/// A bundle as the user named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedBundle {
    /// The word itself, which may be the name of a bundle that ships in the program.
    pub name: String,
    /// The folder that it may be.
    pub folder: NamedPath,
}

impl NamedBundle {
    /// A bundle from the command line.
    pub fn given(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { folder: NamedPath::given(&name), name }
    }
}

/// The nearest configuration in the working directory or above it, as a relative path.
///
/// A relative path keeps reports the same wherever a repository is checked out.
pub fn find_configuration() -> Option<PathBuf> {
    let depth = std::env::current_dir().map_or(0, |folder| folder.ancestors().count());
    let mut folder = PathBuf::new();
    for _ in 0..depth {
        let candidate = folder.join(FILE_NAME);
        if candidate.symlink_metadata().is_ok() {
            return Some(candidate);
        }
        folder.push("..");
    }
    None
}

/// Reads a configuration; `None` where it cannot be read or has errors, which the loader holds.
pub fn load_configuration(loader: &mut Loader, path: &Path, origin: Origin) -> Option<Configuration> {
    let failures = loader.failures();
    let shown = NamedPath::given(path);
    let id = match origin {
        Origin::Named => loader.named(&shown, Role::Configuration)?,
        Origin::Found => match file::read_found(path) {
            Ok(bytes) => loader.text(&shown.shown, Role::Configuration, bytes)?,
            Err(error) => {
                loader.errors.push(error);
                return None;
            }
        },
    };
    let document = import::configuration(&loader.sources, id, &mut loader.sink)?;
    if loader.failures() > failures {
        return None;
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let below = |word: &str| NamedPath::given(folder.join(word));
    Some(Configuration {
        bundle: document.bundle.map(|name| NamedBundle { folder: below(&name.value), name: name.value }),
        estates: document.estate.iter().map(|path| below(&path.value)).collect(),
        plans: document.plans.iter().map(|path| below(&path.value)).collect(),
    })
}

/// How the program came to a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line names it.
    Named,
    /// It lies in the working directory or above; a symbolic link is refused.
    Found,
}
