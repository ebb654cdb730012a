//! Results written whole or not at all, and every failure to write them noticed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::Exit;
use crate::source::visible;

/// Why a result could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Standard output is full or closed.
    #[error("could not write to standard output: {0}")]
    Output(io::Error),
    /// The file or its folder refuses.
    #[error("could not write `{}`: {source}", path.display())]
    File {
        /// The target.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The target exists and is a symbolic link, a folder, a pipe or a device.
    #[error("could not write `{}`: it exists and is not a regular file", path.display())]
    NotAFile {
        /// The target.
        path: PathBuf,
    },
}

/// Writes a text to standard output, to the last byte.
///
/// # Errors
/// When any byte could not be written.
pub fn print(text: &str) -> Result<(), WriteError> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(WriteError::Output)
}

/// Lines that are written to standard output one after the other.
#[derive(Debug, Default)]
pub struct Lines {
    failed: Option<WriteError>,
}

impl Lines {
    /// Writes whole lines; after a failure, nothing more.
    pub fn write(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let mut output = io::stdout().lock();
        match output.write_all(bytes).and_then(|()| output.flush()) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(WriteError::Output(error));
                ControlFlow::Break(())
            }
        }
    }

    /// Tells of a failure, and gives the exit that follows.
    pub fn exit(&self) -> Exit {
        self.failed.as_ref().map_or(Exit::Success, not_written)
    }
}

/// Prints a result, and gives the exit that follows from it.
pub fn printed(text: &str) -> Exit {
    match print(text) {
        Ok(()) => Exit::Success,
        Err(error) => not_written(&error),
    }
}

/// Tells that a result was not written.
pub fn not_written(error: &WriteError) -> Exit {
    talk(&format!("countersign: {}\n", visible(&error.to_string())));
    Exit::NotWritten
}

/// Writes a text to standard error; where that fails there is nobody left to tell.
pub fn talk(text: &str) {
    let mut errors = io::stderr().lock();
    let _ = errors.write_all(text.as_bytes()).and_then(|()| errors.flush());
}

/// Writes a file beside its target and moves it there when it is complete.
///
/// The target is the old file or the new one, never a part of either.
///
/// # Errors
/// When the target is something else than a regular file, or when it cannot be written.
pub fn write_file(path: &Path, text: &str) -> Result<(), WriteError> {
    let failed = |source| WriteError::File { path: path.to_owned(), source };
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Err(WriteError::NotAFile { path: path.to_owned() }),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(error)),
    }
    let folder = folder_of(path);
    // The name of the file beside the target would only puzzle.
    let mut file = temporary_file(folder).map_err(|error| failed(without_path(error)))?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    // The file is in place. That its name outlives a power cut is more than some file systems promise.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A file of a random name that is removed again unless it is moved to its target.
fn temporary_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".countersign-");
    #[cfg(unix)]
    {
        // What any other new file gets, less what the user's mask takes.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(folder)
    }
    #[cfg(not(unix))]
    builder.tempfile_in(folder)
}

/// What the system said, without the path that a library adds.
fn without_path(error: io::Error) -> io::Error {
    let told = error.to_string();
    match told.rsplit_once(" at path ") {
        Some((said, _)) => io::Error::new(error.kind(), said),
        None => error,
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A path by which two spellings of one file are the same, whether or not it exists.
pub fn identity(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let name = path.file_name().map(OsString::from).unwrap_or_default();
    let folder = folder_of(path);
    let folder =
        folder.canonicalize().or_else(|_| std::path::absolute(folder)).unwrap_or_else(|_| folder.to_owned());
    folder.join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        write_file(&path, "old and longer").unwrap();
        write_file(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_spellings_of_one_file_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("a.json");
        let odd = folder.path().join(".").join("a.json");
        assert_eq!(identity(&plain), identity(&odd));
        assert_ne!(identity(&plain), identity(&folder.path().join("b.json")));
    }

    #[cfg(unix)]
    #[test]
    fn a_symbolic_link_is_refused_and_its_target_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("precious");
        fs::write(&target, "precious").unwrap();
        let link = folder.path().join("report.json");
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(matches!(write_file(&link, "new"), Err(WriteError::NotAFile { .. })));
        assert!(matches!(write_file(folder.path(), "new"), Err(WriteError::NotAFile { .. })));
        let absent = folder.path().join("absent").join("report");
        let said = write_file(&absent, "new").unwrap_err().to_string();
        assert!(said.contains("absent/report`: ") && !said.contains(".countersign-"), "{said}");
        assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
