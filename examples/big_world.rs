//! Writes the estate, the plan and the bundle of a big world, for measuring.
//!
//! `cargo run --release --example big_world -- --entities 100000 --policies 1000 --steps 100000 --out DIR`

#![expect(clippy::print_stderr, reason = "an example may talk")]

#[path = "../tests/big_world/mod.rs"]
mod big_world;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;

use big_world::{BigWorld, ChangeKind, Options, texts};
use clap::Parser;

/// Write the estate, the plan and the bundle of a big world.
#[derive(Debug, Parser)]
struct Arguments {
    /// The entities of the estate, about
    #[arg(long, default_value_t = 100_000)]
    entities: usize,
    /// The policies and links that give or take something away
    #[arg(long, default_value_t = 1_000)]
    policies: usize,
    /// The steps of the plan
    #[arg(long, default_value_t = 100_000)]
    steps: usize,
    /// The share of policies in units that are links of templates
    #[arg(long, default_value_t = 0.5)]
    linked: f64,
    /// The share of steps that change something
    #[arg(long, default_value_t = 0.0)]
    changing: f64,
    /// What changing steps do: join, create, link
    #[arg(long, value_delimiter = ',', default_value = "join,create,link")]
    changes: Vec<String>,
    /// The share of changing steps that change the rights of somebody who acts in the phase before
    #[arg(long, default_value_t = 0.0)]
    interacting: f64,
    /// The share of reading steps that are aimed at a grant
    #[arg(long, default_value_t = 0.7)]
    aimed: f64,
    /// The steps of a phase
    #[arg(long, default_value_t = 10)]
    width: usize,
    /// Let each phase wait for the one before it
    #[arg(long)]
    chained: bool,
    /// Leave the steps of a phase unordered
    #[arg(long)]
    unordered: bool,
    /// What the numbers depend on
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the entities as plain Cedar reads them too
    #[arg(long)]
    cedar: bool,
    /// Where to write
    #[arg(long)]
    out: PathBuf,
}

impl Arguments {
    fn options(&self) -> Options {
        let kind = |name: &String| match name.as_str() {
            "create" => ChangeKind::Create,
            "link" => ChangeKind::Link,
            _ => ChangeKind::Join,
        };
        Options {
            seed: self.seed,
            linked: self.linked,
            changing: self.changing,
            changes: self.changes.iter().map(kind).collect(),
            interacting: self.interacting,
            aimed: self.aimed,
            width: self.width,
            chained: self.chained,
            listed: !self.unordered,
            ..Options::new(self.entities, self.policies, self.steps)
        }
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let world = BigWorld::new(arguments.options());
    let bundle = arguments.out.join("bundle");
    fs::create_dir_all(&bundle)?;
    let file = |name: &str| Ok::<_, io::Error>(BufWriter::new(File::create(arguments.out.join(name))?));
    let mut estate = file("estate.jsonl")?;
    world.write_estate(&mut estate)?;
    estate.flush()?;
    let mut plan = file("plan.json")?;
    world.write_plan(&mut plan)?;
    plan.flush()?;
    if arguments.cedar {
        let mut entities = file("entities.json")?;
        world.write_cedar_entities(&mut entities)?;
        entities.flush()?;
    }
    fs::write(bundle.join("bundle.toml"), texts::MANIFEST)?;
    fs::write(bundle.join("schema.cedarschema"), texts::SCHEMA)?;
    fs::write(bundle.join("operations.yaml"), texts::OPERATIONS)?;
    fs::write(bundle.join("policies.cedar"), world.policies())?;
    fs::write(bundle.join("links.json"), world.links())?;
    eprintln!("wrote {} steps and {} policies", world.steps.len(), world.grants.len());
    Ok(())
}
