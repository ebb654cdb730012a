//! Reading the estate: each engine in a process of its own, so that the peak of memory is its own.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use cedar_policy::Entities;
use countersign::diagnostic::Sink;
use countersign::import::{self, BundleFiles, Options};
use countersign::source::{Role, SourceMap};
use countersign::{policy, resolve};

use crate::big_world::{BigWorld, Options as WorldOptions, texts};
use crate::cedar;

/// Seconds, and bytes of memory over those of the text.
pub struct Loaded {
    pub seconds: f64,
    pub memory: f64,
}

/// Has both engines read an estate of so many entities: the median of some runs in processes of their own.
pub fn compare(entities: usize, runs: usize) -> [Loaded; 2] {
    let folder = std::env::temp_dir().join(format!("countersign-peers-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the estate");
    let world = BigWorld::new(WorldOptions::new(entities, 10, 1));
    let write = |name: &str| BufWriter::new(File::create(folder.join(name)).expect("a file for the estate"));
    let mut ours = write("estate.jsonl");
    world.write_estate(&mut ours).and_then(|()| ours.flush()).expect("the estate is written");
    let mut theirs = write("entities.json");
    world.write_cedar_entities(&mut theirs).and_then(|()| theirs.flush()).expect("the entities are written");
    drop(world);
    let loaded = ["ours", "cedar"].map(|engine| median((0..runs).map(|_| child(engine, &folder)).collect()));
    fs::remove_dir_all(&folder).expect("the folder is removed");
    loaded
}

fn median(mut runs: Vec<(f64, f64)>) -> Loaded {
    runs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (seconds, memory) = runs[runs.len() / 2];
    Loaded { seconds, memory }
}

fn child(engine: &str, folder: &Path) -> (f64, f64) {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).args(["load", engine]).arg(folder).output().expect("it starts");
    let text = String::from_utf8(output.stdout).expect("it prints numbers");
    let mut numbers = text.split_whitespace().map(|number| number.parse().expect("a number"));
    (numbers.next().expect("seconds"), numbers.next().expect("bytes"))
}

/// What a child does: reads, and prints seconds and bytes.
pub fn load(engine: &str, folder: &Path) {
    let name = if engine == "ours" { "estate.jsonl" } else { "entities.json" };
    let text = fs::read_to_string(folder.join(name)).expect("the estate was written");
    let before = peak();
    let clock = Instant::now();
    match engine {
        "ours" => ours(text),
        _ => drop(black_box(Entities::from_json_str(&text, Some(&cedar::schema())).expect("valid entities"))),
    }
    println!("{} {}", clock.elapsed().as_secs_f64(), peak() - before);
}

fn ours(text: String) {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let files = BundleFiles {
        manifest: sources.add("bundle.toml", Role::Manifest, texts::MANIFEST),
        schema: sources.add("schema.cedarschema", Role::Schema, texts::SCHEMA),
        policies: vec![sources.add(
            "p.cedar",
            Role::Policy,
            "@id(\"p\") permit(principal, action, resource);",
        )],
        links: None,
        operations: sources.add(
            "operations.yaml",
            Role::Operations,
            "schema: countersign.operations/1\noperations: {}\n",
        ),
    };
    let estate = sources.add("estate.jsonl", Role::Estate, text);
    let documents = import::bundle(&sources, &files, &mut sink).expect("the bundle is readable");
    let bundle = policy::compile(&sources, &documents, &mut sink).expect("the bundle is valid");
    let part =
        import::estate(&sources, estate, &Options::default(), &mut sink).expect("the estate is readable");
    drop(black_box(
        resolve::estate(&[part.estate], bundle.schema(), &mut sink).expect("the estate is valid"),
    ));
}

/// The most memory that this process held, in bytes; zero where the system does not say.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1024.0
}
