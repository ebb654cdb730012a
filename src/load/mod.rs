//! The only reader of disks: files, folders and standard input to texts.

mod bundle;
mod configuration;
mod file;

use std::path::{Path, PathBuf};

pub use bundle::{bundle_names, load_bundle};
pub use configuration::{Configuration, NamedBundle, Origin, find_configuration, load_configuration};

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::import;
use crate::source::{Role, SourceId, SourceMap, Span};

/// Why the world did not give what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The system refused.
    #[error("cannot read `{}`: {}", path.display(), reason(source))]
    Read {
        /// What was read.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is a folder, a device or a socket.
    #[error("cannot read `{}`: it is {kind}, not a regular file", path.display())]
    NotAFile {
        /// What was read.
        path: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// It holds more than the documented limit.
    #[error("cannot read `{}`: it is larger than {limit}", path.display())]
    TooLarge {
        /// What was read.
        path: PathBuf,
        /// The limit, in words.
        limit: &'static str,
    },
    /// Somebody wrote to it while it was read.
    #[error("cannot read `{}`: it changed while it was read", path.display())]
    Changed {
        /// What was read.
        path: PathBuf,
    },
    /// Standard input was named a second time.
    #[error("standard input is named twice, and can be read once")]
    StandardInputTwice,
    /// Neither a folder nor a bundle of the binary has that name.
    #[error("there is no bundle `{name}`: it is neither a folder nor a bundle that ships in the program")]
    NoBundle {
        /// The name as given.
        name: String,
    },
    /// Folders lie in folders without end.
    #[error("cannot read `{}`: folders are nested more than 64 deep", path.display())]
    TooDeep {
        /// The folder too many.
        path: PathBuf,
    },
}

impl LoadError {
    /// The code of a message about it.
    pub fn code(&self) -> Code {
        match self {
            LoadError::StandardInputTwice => Code::Configuration,
            LoadError::NoBundle { .. } => Code::Bundle,
            _ => Code::Unreadable,
        }
    }

    /// The file that it is about.
    pub fn path(&self) -> Option<&Path> {
        match self {
            LoadError::Read { path, .. }
            | LoadError::NotAFile { path, .. }
            | LoadError::TooLarge { path, .. }
            | LoadError::Changed { path }
            | LoadError::TooDeep { path } => Some(path),
            LoadError::StandardInputTwice | LoadError::NoBundle { .. } => None,
        }
    }

    /// Ways out.
    pub fn hints(&self) -> Vec<String> {
        match self {
            LoadError::NotAFile { kind: file::SYMBOLIC_LINK, .. } => {
                vec![
                    "symbolic links are followed only where they are named by a flag or by the configuration"
                        .to_owned(),
                ]
            }
            LoadError::NoBundle { name } => bundle::hints(name),
            _ => Vec::new(),
        }
    }
}

/// What the system said, without the number that means nothing to most people.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text).to_owned();
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_lowercase().chain(characters).collect())
}

/// Reads files into a source map and collects everything that goes wrong.
#[derive(Debug, Default)]
pub struct Loader {
    /// The texts that were read.
    pub sources: SourceMap,
    /// What was found in the texts.
    pub sink: Sink,
    /// What could not be read.
    pub errors: Vec<LoadError>,
    standard_input_taken: bool,
}

impl Loader {
    /// A loader that has read nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file that the user named; `-` is standard input.
    pub fn named(&mut self, path: &NamedPath, role: Role) -> Option<SourceId> {
        match file::read_named(&path.path, &mut self.standard_input_taken) {
            Ok(bytes) => self.text(&path.shown, role, bytes),
            Err(error) => {
                self.errors.push(error.under(&path.shown));
                None
            }
        }
    }

    /// Says how many things went wrong so far; compare two counts to see whether a stage failed.
    pub fn failures(&self) -> usize {
        self.errors.len() + self.sink.errors()
    }

    /// Takes bytes as a text, or says why they are none.
    fn text(&mut self, shown: &str, role: Role, bytes: Vec<u8>) -> Option<SourceId> {
        match import::decoded(bytes) {
            Ok(text) => {
                let id = self.sources.add(shown, role, text);
                if import::holds_secrets(self.sources.get(id)) {
                    self.sources.withhold_excerpts(id);
                }
                Some(id)
            }
            Err((bytes, problem)) => {
                let before = bytes.get(..problem.offset).unwrap_or(&bytes);
                let start = String::from_utf8_lossy(before).len();
                let text = String::from_utf8_lossy(&bytes);
                let end = text
                    .get(start..)
                    .and_then(|rest| rest.chars().next())
                    .map_or(start, |c| start + c.len_utf8());
                let id = self.sources.add(shown, role, text.into_owned());
                if import::holds_secrets(self.sources.get(id)) {
                    self.sources.withhold_excerpts(id);
                }
                let mut diagnostic =
                    Diagnostic::new(Code::Encoding, problem.message).label(Span::new(id, start, end), "here");
                diagnostic.hints.extend(problem.hint);
                self.sink.push(diagnostic);
                None
            }
        }
    }
}

impl LoadError {
    /// The same, about the path as the user knows it.
    fn under(mut self, shown: &str) -> Self {
        match &mut self {
            LoadError::Read { path, .. }
            | LoadError::NotAFile { path, .. }
            | LoadError::TooLarge { path, .. }
            | LoadError::Changed { path }
            | LoadError::TooDeep { path } => *path = PathBuf::from(shown),
            LoadError::StandardInputTwice | LoadError::NoBundle { .. } => {}
        }
        self
    }
}

/// A path to read, and the path that is shown for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPath {
    /// Where the file is.
    pub path: PathBuf,
    /// What reports call it.
    pub shown: String,
}

impl NamedPath {
    /// A path from the command line.
    pub fn given(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { shown: path.to_string_lossy().into_owned(), path }
    }
}

/// The bytes of one file that the user named, for taking its digest.
///
/// # Errors
/// When the file cannot be read, is not a file, or is too large.
pub fn bytes(path: &NamedPath) -> Result<Vec<u8>, LoadError> {
    file::read_named(&path.path, &mut false)
}

#[cfg(test)]
mod tests;
