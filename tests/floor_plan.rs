//! The rules of the house: floors, doors, sizes, the map.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The floor of each module; a module uses only the floors below its own.
const FLOORS: &[(&str, u8)] = &[
    ("cli", 9),
    ("load", 8),
    ("check", 7),
    ("impact", 7),
    ("rights", 7),
    ("who_can", 7),
    ("explain", 6),
    ("remedy", 6),
    ("decide", 5),
    ("policy", 4),
    ("simulate", 4),
    ("import", 3),
    ("resolve", 3),
    ("document", 2),
    ("model", 2),
    ("report", 2),
    ("diagnostic", 1),
    ("graph", 0),
    ("parallel", 0),
    ("progress", 0),
    ("source", 0),
];

/// Neighbours that may know each other, each with the reason.
const NEIGHBOURS: &[(&str, &str)] = &[
    // A level is written in a manifest and kept by the policy that it is for; it has one type.
    ("model", "document"),
];

/// What only the doors may name.
const WORLD: &[&str] = &[
    "std::fs",
    "std::env",
    "TcpStream",
    "UdpSocket",
    "std::process",
    "std::io::stdin",
    "std::io::stdout",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
];

const LARGEST_FILE: usize = 600;
const LARGEST_FUNCTION: usize = 80;

struct SourceFile {
    path: PathBuf,
    module: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn source_files() -> Vec<SourceFile> {
    let src = root().join("src");
    rust_files(&src)
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&src).unwrap();
            let first = relative.components().next().unwrap().as_os_str().to_str().unwrap();
            let module = first.trim_end_matches(".rs").to_owned();
            SourceFile { module, text: fs::read_to_string(&path).unwrap(), path }
        })
        .collect()
}

/// The text of a file before its unit tests, without comments.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    before_tests.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The modules of the crate that a text names: `crate::a`, and the names in `use crate::{a, b}`.
fn named_modules(code: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let list = rest.strip_prefix('{').map(|inner| inner.split('}').next().unwrap()).unwrap_or(rest);
        let heads = if rest.starts_with('{') { list.split(',').collect() } else { vec![list] };
        for head in heads {
            let name: String =
                head.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            named.insert(name);
        }
    }
    named
}

#[test]
fn a_module_uses_only_the_floors_below_its_own() {
    let floors: BTreeMap<&str, u8> = FLOORS.iter().copied().collect();
    let mut broken = Vec::new();
    for file in source_files().iter().filter(|file| !["lib", "main"].contains(&file.module.as_str())) {
        let own = floors
            .get(file.module.as_str())
            .unwrap_or_else(|| panic!("no floor for {}", file.path.display()));
        for other in named_modules(&code(&file.text)) {
            let Some(floor) = floors.get(other.as_str()) else { continue };
            let neighbours = NEIGHBOURS.contains(&(file.module.as_str(), other.as_str()));
            if other != file.module && floor >= own && !neighbours {
                broken.push(format!("{} ({own}) names {other} ({floor})", file.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_doors_touch_the_world() {
    let mut broken = Vec::new();
    let doors = ["cli", "load", "main"];
    let is_test = |file: &SourceFile| file.path.ends_with("tests.rs");
    for file in source_files().iter().filter(|file| !doors.contains(&file.module.as_str()) && !is_test(file))
    {
        let code = code(&file.text);
        for name in WORLD.iter().filter(|name| code.contains(**name)) {
            broken.push(format!("{} names {name}", file.path.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn cedar_is_named_only_where_it_is_wrapped() {
    let mut broken = Vec::new();
    for file in source_files().iter().filter(|file| file.module != "policy") {
        let code = code(&file.text);
        let re_export = file.module == "model" && !code.contains("cedar_policy_core");
        if code.contains("cedar_policy") && !re_export {
            broken.push(file.path.display().to_string());
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn serde_derives_only_where_files_are_written() {
    for file in
        source_files().iter().filter(|file| !["document", "report", "cli"].contains(&file.module.as_str()))
    {
        let code = code(&file.text);
        assert!(!code.contains("Serialize") && !code.contains("Deserialize"), "{}", file.path.display());
    }
    for file in source_files() {
        let code = code(&file.text);
        assert!(
            !code.contains("serde(flatten") && !code.contains("serde(untagged"),
            "{}",
            file.path.display()
        );
    }
}

#[test]
fn files_and_functions_stay_small() {
    let mut broken = Vec::new();
    let mut files = source_files();
    let tests = rust_files(&root().join("tests")).into_iter().map(|path| SourceFile {
        module: "tests".to_owned(),
        text: fs::read_to_string(&path).unwrap(),
        path,
    });
    files.extend(tests);
    for file in &files {
        let lines = file.text.lines().count();
        if lines > LARGEST_FILE {
            broken.push(format!("{} has {lines} lines", file.path.display()));
        }
        for (name, length) in functions(&file.text) {
            if length > LARGEST_FUNCTION {
                broken.push(format!("{} in {} has {length} lines", name, file.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Functions with their lengths in lines, found by the indentation that the formatter gives.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let head = trimmed
            .trim_start_matches("pub(super) ")
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub ");
        let Some(rest) = head.strip_prefix("fn ") else { continue };
        let close = format!("{}}}", " ".repeat(indent));
        let end = lines[at..].iter().position(|line| **line == close);
        let one_line = lines[at..].iter().position(|line| line.ends_with('}') && line.contains('{'));
        if let Some(length) = end.or(one_line) {
            found.push((rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect(), length + 1));
        }
    }
    found
}

#[test]
fn the_map_in_the_library_is_the_first_line_of_each_module() {
    let library = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for (module, floor) in FLOORS {
        let folder = root().join("src").join(module).join("mod.rs");
        let path = if folder.exists() { folder } else { root().join("src").join(format!("{module}.rs")) };
        let text = fs::read_to_string(&path).unwrap();
        let mut sentence = String::new();
        for line in text.lines().map_while(|line| line.strip_prefix("//!")) {
            if line.trim().is_empty() {
                break;
            }
            sentence.push_str(line);
        }
        let row = format!("| {floor} | [`{module}`] | {} |", sentence.trim());
        assert!(library.contains(&row), "the map lacks this row:\n{row}");
    }
    let modules = library.lines().filter(|line| line.starts_with("pub mod ")).count();
    assert_eq!(modules, FLOORS.len(), "every module of the library has a floor");
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut inside = false;
    let mut commented = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
            commented = false;
        } else if line.starts_with('#') {
            commented = true;
        } else if line.trim().is_empty() {
            commented = false;
        } else if inside && line.contains('=') && !line.starts_with(' ') {
            let name = line.split('=').next().unwrap().trim();
            let same_family = ["cedar-policy-core", "serde_json"].contains(&name);
            assert!(commented || same_family, "`{name}` has no comment above it");
            commented = false;
        }
    }
}

#[test]
fn bugs_are_rare_and_say_what_they_violate() {
    let files = source_files();
    let lines: usize = files.iter().map(|file| code(&file.text).lines().count()).sum();
    let expects: usize = files.iter().map(|file| code(&file.text).matches(".expect(\"").count()).sum();
    assert!(expects <= lines / 400 + 1, "{expects} expectations in {lines} lines");
    for file in &files {
        let code = code(&file.text);
        for word in ["todo!(", "unimplemented!(", "TODO", "FIXME", "XXX"] {
            assert!(!code.contains(word), "{} holds {word}", file.path.display());
        }
    }
}

#[test]
fn nothing_names_a_path_of_a_machine() {
    for file in source_files() {
        for leak in ["/work/", "/root/", "/home/"] {
            assert!(!file.text.contains(leak), "{} names {leak}", file.path.display());
        }
    }
}
