//! One file, read whole, within its limit.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::Path;

use super::LoadError;
use crate::import::limits;

/// What a symbolic link is called in messages.
pub(super) const SYMBOLIC_LINK: &str = "a symbolic link";

const MOST: u64 = limits::FILE_BYTES as u64;
const MOST_YAML: u64 = limits::YAML_BYTES as u64;
const MOST_WORDS: &str = "2 GiB";
const MOST_YAML_WORDS: &str = "256 MiB, the limit of YAML";

/// Reads a file that the user named: a regular file, a pipe, or `-` for standard input.
pub(super) fn read_named(path: &Path, standard_input_taken: &mut bool) -> Result<Vec<u8>, LoadError> {
    if path == Path::new("-") {
        if std::mem::replace(standard_input_taken, true) {
            return Err(LoadError::StandardInputTwice);
        }
        return read_all(io::stdin().lock(), path);
    }
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    // Opening a device can have effects, so what it is is asked before.
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() && !is_pipe(metadata.file_type()) {
        return Err(LoadError::NotAFile { path: path.to_owned(), kind: kind(metadata.file_type()) });
    }
    refuse_large(path, metadata.len())?;
    read_file(path)
}

/// Reads a regular file that was found and not named; a symbolic link is refused.
pub(super) fn read_found(path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    let metadata = fs::symlink_metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(LoadError::NotAFile { path: path.to_owned(), kind: kind(metadata.file_type()) });
    }
    refuse_large(path, metadata.len())?;
    read_file(path)
}

/// Reads what is open under a path, and refuses bytes that somebody changed meanwhile.
///
/// The bytes are read once: what is judged and what the digest is taken of are the same.
fn read_file(path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let before = file.metadata().map_err(failed)?;
    let bytes = read_all(&file, path)?;
    let after = file.metadata().map_err(failed)?;
    let untouched = before.len() == after.len() && before.modified().ok() == after.modified().ok();
    let whole = !before.is_file() || (untouched && bytes.len() as u64 == after.len());
    if whole { Ok(bytes) } else { Err(LoadError::Changed { path: path.to_owned() }) }
}

/// What something is that is not a regular file, with its article.
pub(super) fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        "a folder"
    } else if file_type.is_symlink() {
        SYMBOLIC_LINK
    } else if is_pipe(file_type) {
        "a pipe"
    } else {
        "a device or a socket"
    }
}

#[cfg(unix)]
fn is_pipe(file_type: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&file_type)
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}

fn refuse_large(path: &Path, length: u64) -> Result<(), LoadError> {
    if length > MOST {
        return Err(LoadError::TooLarge { path: path.to_owned(), limit: MOST_WORDS });
    }
    if length > MOST_YAML && has_yaml_name(path) {
        return Err(LoadError::TooLarge { path: path.to_owned(), limit: MOST_YAML_WORDS });
    }
    Ok(())
}

/// Reads to the end, or to one byte past the limit: an endless input ends there.
fn read_all(reader: impl Read, path: &Path) -> Result<Vec<u8>, LoadError> {
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let mut reader = reader.take(MOST + 1);
    reader.by_ref().take(MOST_YAML + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_YAML {
        if has_yaml_name(path) || !may_be_long(path, &bytes) {
            return Err(LoadError::TooLarge { path: path.to_owned(), limit: MOST_YAML_WORDS });
        }
        reader.read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > MOST {
        return Err(LoadError::TooLarge { path: path.to_owned(), limit: MOST_WORDS });
    }
    Ok(bytes)
}

fn has_yaml_name(path: &Path) -> bool {
    extension_is_one_of(path, &["yaml", "yml"])
}

/// Says whether a text is not YAML: by its name, or because it begins as JSON does.
fn may_be_long(path: &Path, bytes: &[u8]) -> bool {
    let begins_as_json = || matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
    extension_is_one_of(path, &["json", "jsonl", "toml", "cedar", "cedarschema"]) || begins_as_json()
}

fn extension_is_one_of(path: &Path, known: &[&str]) -> bool {
    path.extension().is_some_and(|extension| known.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}
