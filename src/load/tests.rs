use std::fs;
use std::path::Path;

use super::*;
use crate::diagnostic::Severity;

const NEEDED: [&str; 4] = ["bundle.toml", "schema.cedarschema", "operations.yaml", "rights.cedar"];

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("# {file}\n")).unwrap();
    }
    folder
}

/// What came of loading a folder as a bundle: the paths that were read, and every message.
fn load(folder: &Path) -> (Option<Vec<String>>, Vec<String>) {
    let mut loader = Loader::new();
    let files = load_bundle(&mut loader, &NamedBundle::given(folder.to_str().unwrap()));
    let shown = |text: &str| text.replace(folder.to_str().unwrap(), "B");
    let read = files.map(|_| loader.sources.iter().map(|(_, source)| shown(source.path())).collect());
    let mut messages: Vec<String> = loader.errors.iter().map(|error| shown(&error.to_string())).collect();
    messages.extend(loader.sink.into_sorted().iter().map(|found| shown(&found.message)));
    (read, messages)
}

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    NEEDED.iter().chain(more).copied().collect()
}

#[test]
fn every_file_of_policies_is_read_whatever_its_case_and_folder() {
    let more = [
        "b/Deny.CEDAR",
        ".hidden.cedar",
        "b/.c/x.Cedar",
        "a.cedar",
        "b/tests/y.cedar",
        ".cedar",
        "tests/z.cedar",
    ];
    let (read, messages) = load(folder(&with(&more)).path());
    let policies = [
        "B/.cedar",
        "B/.hidden.cedar",
        "B/a.cedar",
        "B/b/.c/x.Cedar",
        "B/b/Deny.CEDAR",
        "B/b/tests/y.cedar",
        "B/rights.cedar",
    ];
    let read = read.unwrap();
    assert_eq!(
        read.iter().filter(|path| path.to_ascii_lowercase().ends_with(".cedar")).collect::<Vec<_>>(),
        policies.iter().collect::<Vec<_>>()
    );
    assert_eq!(messages, Vec::<String>::new());
}

#[test]
fn unknown_files_are_named_and_a_readme_is_not() {
    let (read, messages) =
        load(folder(&with(&["README.md", "notes.txt", "docs/a.md", "docs/b/c.md", "rights.cedar~"])).path());
    assert!(read.is_some());
    assert_eq!(
        messages,
        [
            "the bundle `B` does not use `docs/a.md` and 1 more file of its folder",
            "the bundle `B` does not use `notes.txt`",
            "the bundle `B` does not use `rights.cedar~`",
        ]
    );
}

#[test]
fn a_bundle_has_one_of_each() {
    for (files, message) in [
        (with(&["schema.json"]), "the bundle `B` has both `schema.cedarschema` and `schema.json`"),
        (with(&["operations.yml"]), "the bundle `B` has both `operations.yaml` and `operations.yml`"),
        (with(&["sub/bundle.toml"]), "the bundle `B` has both `bundle.toml` and `sub/bundle.toml`"),
        (with(&["sub/links.json"]), "the bundle `B` has `sub/links.json` in a sub-folder"),
        (NEEDED[1..].to_vec(), "the bundle `B` does not have `bundle.toml`"),
        (NEEDED[..3].to_vec(), "the bundle `B` has no policy"),
    ] {
        let (read, messages) = load(folder(&files).path());
        assert_eq!((read, messages), (None, vec![message.to_owned()]), "{files:?}");
    }
    assert!(load(folder(&with(&["links.json", "tests/bundle.toml"])).path()).0.is_some());
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_in_a_bundle_is_refused_and_one_to_a_bundle_followed() {
    use std::os::unix::fs::symlink;
    let bundle = folder(&NEEDED);
    let link = bundle.path().with_extension("link");
    symlink(bundle.path(), &link).unwrap();
    assert!(load(&link).0.is_some());
    fs::remove_file(&link).unwrap();
    let elsewhere = folder(&["deny.cedar"]);
    symlink(elsewhere.path().join("deny.cedar"), bundle.path().join("deny.cedar")).unwrap();
    symlink(elsewhere.path(), bundle.path().join("more")).unwrap();
    let (read, mut messages) = load(bundle.path());
    messages.sort();
    assert_eq!(read, None);
    assert_eq!(
        messages,
        [
            "cannot read `B/deny.cedar`: it is a symbolic link, not a regular file",
            "cannot read `B/more`: it is a symbolic link, not a regular file",
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_in_a_bundle_is_refused_without_waiting_for_it() {
    let bundle = folder(&NEEDED);
    let made = std::process::Command::new("mkfifo").arg(bundle.path().join("x.cedar")).status().unwrap();
    assert!(made.success());
    let (read, messages) = load(bundle.path());
    assert_eq!((read, messages.len()), (None, 1));
    assert!(messages[0].contains("it is a pipe, not a regular file"), "{messages:?}");
}

#[cfg(unix)]
#[test]
fn devices_and_folders_are_no_inputs_and_links_to_files_are() {
    let folder = folder(&["plan.yaml"]);
    let mut loader = Loader::new();
    for path in [Path::new("/dev/zero"), folder.path(), &folder.path().join("absent")] {
        assert_eq!(loader.named(&NamedPath::given(path), Role::Plan), None);
    }
    assert_eq!(loader.errors.len(), 3);
    assert!(matches!(&loader.errors[..2], [LoadError::NotAFile { .. }, LoadError::NotAFile { .. }]));
    assert!(loader.errors[2].to_string().ends_with("no such file or directory"));
    let link = folder.path().join("link.yaml");
    std::os::unix::fs::symlink(folder.path().join("plan.yaml"), &link).unwrap();
    assert!(loader.named(&NamedPath::given(&link), Role::Plan).is_some());
}

#[test]
fn bytes_that_are_no_text_are_shown_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.yaml");
    fs::write(&path, b"a: \xc3\xbc\nb: \xff\n").unwrap();
    let mut loader = Loader::new();
    assert_eq!(loader.named(&NamedPath::given(&path), Role::Plan), None);
    let found = loader.sink.into_sorted();
    assert_eq!((found.len(), found[0].severity), (1, Severity::Error));
    assert_eq!(loader.sources.slice(found[0].labels[0].span), "\u{fffd}");
}

#[test]
fn a_shipped_bundle_is_found_by_its_name_and_shown_under_it() {
    let names = bundle_names();
    assert!(!names.is_empty());
    for name in names {
        let mut loader = Loader::new();
        assert!(load_bundle(&mut loader, &NamedBundle::given(name)).is_some(), "{name}");
        let mut paths = loader.sources.iter().map(|(_, source)| source.path());
        assert!(paths.all(|path| path.starts_with(&format!("bundle:{name}/"))));
    }
}

#[test]
fn a_misspelt_bundle_is_suggested_and_a_path_into_one_is_none() {
    let name = bundle_names()[0];
    let mut loader = Loader::new();
    assert!(load_bundle(&mut loader, &NamedBundle::given(format!("{name}x"))).is_none());
    assert_eq!(loader.errors[0].hints()[0], format!("did you mean `{name}`?"));
    for odd in [format!("{name}/"), format!("./{name}"), String::new(), "..".repeat(3)] {
        assert!(load_bundle(&mut loader, &NamedBundle::given(&odd)).is_none(), "{odd}");
    }
}

#[test]
fn paths_of_a_configuration_start_at_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("countersign.toml");
    fs::write(&path, "bundle = \"tiny\"\nestate = [\"a/estate.yaml\"]\nplans = [\"/abs.yaml\"]\n").unwrap();
    let mut loader = Loader::new();
    let read = load_configuration(&mut loader, &path, Origin::Found).unwrap();
    let bundle = read.bundle.unwrap();
    assert_eq!((bundle.name.as_str(), bundle.folder.path), ("tiny", folder.path().join("tiny")));
    assert_eq!(read.estates[0].path, folder.path().join("a/estate.yaml"));
    assert_eq!(read.plans[0].path, Path::new("/abs.yaml"));
}

#[cfg(unix)]
#[test]
fn a_configuration_that_was_only_found_is_no_symbolic_link() {
    let folder = folder(&["real.toml"]);
    let path = folder.path().join("countersign.toml");
    std::os::unix::fs::symlink(folder.path().join("real.toml"), &path).unwrap();
    let mut loader = Loader::new();
    assert_eq!(load_configuration(&mut loader, &path, Origin::Found), None);
    assert!(matches!(&loader.errors[..], [LoadError::NotAFile { .. }]));
    assert!(load_configuration(&mut loader, &path, Origin::Named).is_some());
}
