//! Loads one estate, with this program or with Cedar, and says how long it took and how much memory.
//!
//! `cargo run --release --example estate_load -- ours DIR` reads `DIR/estate.jsonl`, and `-- json DIR`
//! and `-- cedar DIR` read `DIR/entities.json`; `DIR` is what the example `big_world` writes with `--cedar`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an example may talk, and ends where its input breaks"
)]

use std::time::Instant;

use countersign::diagnostic::Sink;
use countersign::import::{self, BundleFiles, Options};
use countersign::model::Schema;
use countersign::source::{Role, SourceMap};
use countersign::{policy, resolve};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, folder] = arguments.as_slice() else {
        println!("usage: estate_load ours|json|cedar DIR");
        return;
    };
    match engine.as_str() {
        "cedar" => cedar(folder),
        "json" => ours(folder, "entities.json"),
        _ => ours(folder, "estate.jsonl"),
    }
}

fn read(folder: &str, name: &str) -> String {
    std::fs::read_to_string(format!("{folder}/{name}")).expect("the folder is a world")
}

fn cedar(folder: &str) {
    let text = read(folder, "bundle/schema.cedarschema");
    let (schema, _) = cedar_policy::Schema::from_cedarschema_str(&text).expect("the schema is valid");
    let text = read(folder, "entities.json");
    let begun = Instant::now();
    let entities = cedar_policy::Entities::from_json_str(&text, Some(&schema)).expect("the entities conform");
    tell("cedar", begun, entities.iter().count());
    std::mem::forget(entities);
}

fn ours(folder: &str, name: &str) {
    let mut sources = SourceMap::new();
    let mut sink = Sink::new();
    let bundle = BundleFiles {
        manifest: sources.add("bundle.toml", Role::Manifest, read(folder, "bundle/bundle.toml")),
        schema: sources.add("schema.cedarschema", Role::Schema, read(folder, "bundle/schema.cedarschema")),
        policies: Vec::new(),
        links: None,
        operations: sources.add("operations.yaml", Role::Operations, read(folder, "bundle/operations.yaml")),
    };
    let documents = import::bundle(&sources, &bundle, &mut sink);
    let compiled = documents.and_then(|documents| policy::compile(&sources, &documents, &mut sink));
    let Some(compiled) = compiled else {
        println!("{:#?}", sink.into_sorted());
        return;
    };
    let estate = sources.add(name, Role::Estate, read(folder, name));
    let begun = Instant::now();
    let count = load(&sources, estate, compiled.schema(), &mut sink);
    tell("ours", begun, count);
}

fn load(
    sources: &SourceMap,
    estate: countersign::source::SourceId,
    schema: &Schema,
    sink: &mut Sink,
) -> usize {
    let begun = Instant::now();
    let Some(document) = import::estate(sources, estate, &Options::default(), sink) else { return 0 };
    let parts = [document.estate];
    println!("  imported after {:.3} s", begun.elapsed().as_secs_f64());
    let Some(estate) = resolve::estate(&parts, schema, sink) else { return 0 };
    println!("  resolved after {:.3} s", begun.elapsed().as_secs_f64());
    resolve::look_alikes(&parts, schema, &resolve::Alike::new(&estate.state), sink);
    println!("  compared after {:.3} s", begun.elapsed().as_secs_f64());
    let count = estate.state.len();
    drop(parts);
    println!("  {} MiB at the end", memory("VmRSS"));
    std::mem::forget(estate);
    count
}

fn tell(engine: &str, begun: Instant, entities: usize) {
    let (seconds, peak) = (begun.elapsed().as_secs_f64(), memory("VmHWM"));
    println!("{engine}: {entities} entities in {seconds:.3} s, peak {peak} MiB with the text");
}

/// A figure of this process in MiB, where the system tells it.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let kilobytes = line.trim_matches(|c: char| !c.is_ascii_digit());
    kilobytes.parse::<u64>().unwrap_or_default() / 1024
}
