//! The files of a bundle, from a folder or from the program itself.

use std::fs;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use super::configuration::NamedBundle;
use super::{LoadError, Loader, file};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::import::BundleFiles;
use crate::source::{Role, SourceId};

/// The bundles that ship in the program: a folder each.
static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/policies");

const DEEPEST: usize = 64;

/// The names of the bundles that ship in the program, sorted.
pub fn bundle_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = SHIPPED.dirs().filter_map(|folder| folder.path().to_str()).collect();
    names.sort_unstable();
    names
}

/// Ways out for a bundle that does not exist.
pub(super) fn hints(name: &str) -> Vec<String> {
    let names = bundle_names();
    let name = name.strip_prefix(SHIPPED_MARK).unwrap_or(name);
    let meant = nearest(name, names.iter().copied()).map(|name| format!("did you mean `{name}`?"));
    let all: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let shipped = format!("the program ships {}", all.join(", "));
    meant.into_iter().chain((!all.is_empty()).then_some(shipped)).collect()
}

/// What stands before the name of a shipped bundle, where no folder of that name is meant.
const SHIPPED_MARK: &str = "bundle:";

/// The shipped bundle that a word means.
fn shipped(word: &str) -> Option<&str> {
    let name = word.strip_prefix(SHIPPED_MARK).unwrap_or(word);
    bundle_names().contains(&name).then_some(name)
}

/// Reads a bundle: the folder of that path, or else the shipped bundle of that name.
///
/// `None` where anything of it is wrong; the loader holds why.
pub fn load_bundle(loader: &mut Loader, bundle: &NamedBundle) -> Option<BundleFiles> {
    let failures = loader.failures();
    let folder = &bundle.folder;
    let mut listing = Listing::default();
    let place = match fs::metadata(&folder.path) {
        Ok(metadata) if metadata.is_dir() => {
            list_folder(&folder.path, "", 0, &mut listing);
            Place { shown: folder.shown.trim_end_matches('/').to_owned(), folder: Some(folder.path.clone()) }
        }
        Ok(metadata) => {
            let kind = if metadata.is_file() { "a file" } else { file::kind(metadata.file_type()) };
            let message = format!("the bundle `{}` is {kind}, not a folder", folder.shown);
            loader.sink.push(Diagnostic::new(Code::Bundle, message));
            return None;
        }
        Err(_) if shipped(&bundle.name).is_some() => {
            let name = shipped(&bundle.name).unwrap_or_default();
            list_shipped(name, &mut listing);
            Place { shown: format!("{SHIPPED_MARK}{name}"), folder: None }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            loader.errors.push(LoadError::NoBundle { name: bundle.name.clone() });
            return None;
        }
        Err(source) => {
            loader.errors.push(LoadError::Read { path: PathBuf::from(&folder.shown), source });
            return None;
        }
    };
    let files = read_listing(loader, &place, listing);
    files.filter(|_| loader.failures() == failures)
}

/// Where a bundle's files are, and what they are shown under.
#[derive(Debug)]
struct Place {
    shown: String,
    folder: Option<PathBuf>,
}

/// Everything below a bundle's folder, but `tests`.
#[derive(Debug, Default)]
struct Listing {
    /// Paths from the bundle's folder, with `/`.
    files: Vec<Entry>,
    errors: Vec<LoadError>,
}

#[derive(Debug)]
struct Entry {
    relative: String,
    /// The path as the system spells it; the relative path may be lossy.
    path: PathBuf,
    part: Part,
}

/// What a file is for a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Manifest,
    Schema,
    Operations,
    Links,
    Policy,
    Ignored,
    Unknown,
}

/// What a file is by its path.
///
/// Files of policies are taken under any spelling and in any folder, so that none is dropped.
fn part(relative: &str) -> Part {
    let name = relative.rsplit('/').next().unwrap_or(relative);
    match name {
        "bundle.toml" => Part::Manifest,
        "schema.cedarschema" | "schema.json" => Part::Schema,
        "operations.yaml" | "operations.yml" | "operations.json" => Part::Operations,
        "links.json" => Part::Links,
        "README.md" if relative == name => Part::Ignored,
        _ if name.to_ascii_lowercase().ends_with(".cedar") => Part::Policy,
        _ => Part::Unknown,
    }
}

fn list_folder(folder: &Path, relative: &str, depth: usize, listing: &mut Listing) {
    if depth > DEEPEST {
        listing.errors.push(LoadError::TooDeep { path: folder.to_owned() });
        return;
    }
    let failed = |source| LoadError::Read { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(source) => return listing.errors.push(failed(source)),
    };
    for entry in entries {
        match entry.and_then(|entry| Ok((entry.file_type()?, entry))) {
            Ok((file_type, entry)) => {
                let name = entry.file_name();
                let below = format!("{relative}{}", name.to_string_lossy());
                match file_type {
                    folder if folder.is_dir() && below == "tests" => {}
                    folder if folder.is_dir() => {
                        list_folder(&entry.path(), &format!("{below}/"), depth + 1, listing)
                    }
                    file if file.is_file() => {
                        listing.files.push(Entry { part: part(&below), relative: below, path: entry.path() });
                    }
                    other => {
                        listing
                            .errors
                            .push(LoadError::NotAFile { path: entry.path(), kind: file::kind(other) });
                    }
                }
            }
            Err(source) => listing.errors.push(failed(source)),
        }
    }
}

fn list_shipped(name: &str, listing: &mut Listing) {
    let mut folders: Vec<&Dir<'_>> = SHIPPED.get_dir(name).into_iter().collect();
    while let Some(folder) = folders.pop() {
        for entry in folder.entries() {
            let relative =
                entry.path().strip_prefix(name).unwrap_or(entry.path()).to_string_lossy().into_owned();
            match entry {
                DirEntry::Dir(_) if relative == "tests" => {}
                DirEntry::Dir(below) => folders.push(below),
                DirEntry::File(file) => {
                    listing.files.push(Entry {
                        part: part(&relative),
                        relative,
                        path: file.path().to_owned(),
                    });
                }
            }
        }
    }
}

/// Reads the files of a listing, sorted, so that the order of a folder never matters.
fn read_listing(loader: &mut Loader, place: &Place, mut listing: Listing) -> Option<BundleFiles> {
    loader.errors.append(&mut listing.errors);
    listing.files.sort_by(|left, right| (&left.relative, &left.path).cmp(&(&right.relative, &right.path)));
    let files = &listing.files;
    warn_unknown(loader, place, files);
    let manifest = only(loader, place, files, Part::Manifest, "`bundle.toml`");
    let schema = only(loader, place, files, Part::Schema, "a schema, `schema.cedarschema` or `schema.json`");
    let operations = only(loader, place, files, Part::Operations, "a catalogue, `operations.yaml`");
    let links = match files.iter().any(|file| file.part == Part::Links) {
        true => only(loader, place, files, Part::Links, "`links.json`").map(Some),
        false => Some(None),
    };
    let policies: Vec<&Entry> = files.iter().filter(|file| file.part == Part::Policy).collect();
    if policies.is_empty() {
        let message = format!("the bundle `{}` has no policy", place.shown);
        loader.sink.push(
            Diagnostic::new(Code::Bundle, message).hint("policies are in files whose names end in `.cedar`"),
        );
    }
    let mut read =
        |entry: Option<&Entry>, role| entry.and_then(|entry| read_entry(loader, place, entry, role));
    let manifest = read(manifest, Role::Manifest);
    let schema = read(schema, Role::Schema);
    let policies: Vec<Option<SourceId>> =
        policies.iter().map(|entry| read(Some(entry), Role::Policy)).collect();
    let links = links.map(|links| links.map(|entry| read(Some(entry), Role::Links)));
    let operations = read(operations, Role::Operations);
    Some(BundleFiles {
        manifest: manifest?,
        schema: schema?,
        policies: policies.into_iter().collect::<Option<_>>()?,
        links: match links? {
            Some(links) => Some(links?),
            None => None,
        },
        operations: operations?,
    })
}

fn read_entry(loader: &mut Loader, place: &Place, entry: &Entry, role: Role) -> Option<SourceId> {
    let shown = format!("{}/{}", place.shown, entry.relative);
    if place.folder.is_none() {
        let contents = SHIPPED.get_file(&entry.path)?.contents();
        return loader.text(&shown, role, contents.to_vec());
    }
    match file::read_found(&entry.path) {
        Ok(bytes) => loader.text(&shown, role, bytes),
        Err(error) => {
            loader.errors.push(error.under(&shown));
            None
        }
    }
}

/// The one file of a part, which must lie at the top of the bundle.
fn only<'f>(
    loader: &mut Loader,
    place: &Place,
    files: &'f [Entry],
    part: Part,
    words: &str,
) -> Option<&'f Entry> {
    let found: Vec<&Entry> = files.iter().filter(|file| file.part == part).collect();
    let bundle = &place.shown;
    let message = match found.as_slice() {
        [file] if !file.relative.contains('/') => return Some(file),
        [] => format!("the bundle `{bundle}` does not have {words}"),
        [file] => format!("the bundle `{bundle}` has `{}` in a sub-folder", file.relative),
        [first, second, ..] => {
            format!("the bundle `{bundle}` has both `{}` and `{}`", first.relative, second.relative)
        }
    };
    let diagnostic = Diagnostic::new(Code::Bundle, message);
    loader.sink.push(match found.as_slice() {
        [] => match shipped(bundle).filter(|_| part == Part::Manifest && place.folder.is_some()) {
            Some(name) => diagnostic.hint(format!(
                "a folder of that name comes first; `--bundle {SHIPPED_MARK}{name}` is the bundle that ships in the program"
            )),
            None => diagnostic,
        },
        [_] => diagnostic.hint("move it to the top of the bundle"),
        _ => diagnostic
            .hint("a bundle has one schema, one manifest, one catalogue and at most one file of links"),
    });
    None
}

/// Names the files that mean nothing, those of one sub-folder together.
fn warn_unknown(loader: &mut Loader, place: &Place, files: &[Entry]) {
    let mut unknown = files.iter().filter(|file| file.part == Part::Unknown).peekable();
    while let Some(file) = unknown.next() {
        let folder = file.relative.split_once('/').map(|(top, _)| format!("{top}/"));
        let mut more = 0;
        while let Some(folder) = &folder
            && unknown.next_if(|next| next.relative.starts_with(folder.as_str())).is_some()
        {
            more += 1;
        }
        let also = match more {
            0 => String::new(),
            1 => " and 1 more file of its folder".to_owned(),
            more => format!(" and {more} more files of its folder"),
        };
        let message = format!("the bundle `{}` does not use `{}`{also}", place.shown, file.relative);
        loader.sink.push(Diagnostic::new(Code::UnknownFile, message));
    }
}
