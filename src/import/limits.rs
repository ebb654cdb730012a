//! The sizes up to which an input is read.

/// Unit tests are held to a thousandth of what is counted, so that they reach it with small texts.
const SCALE: usize = if cfg!(test) { 1_000 } else { 1 };

/// Bytes of a YAML file: 256 MiB.
pub const YAML_BYTES: usize = 256 << 20;

/// Bytes of a TOML file: 4 MiB, because its parser needs some hundred bytes for each.
pub const TOML_BYTES: usize = 4 << 20;

/// Bytes of any other file: 2 GiB.
pub const FILE_BYTES: usize = 2 << 30;

/// Commas, colons and opening brackets of one YAML value that the parser must hold in memory whole.
pub const YAML_AHEAD: usize = 1_000_000;

/// Lists and mappings inside each other.
pub const NESTING: usize = 64;

/// Values and keys of a JSON file, most of which take eight bytes of memory each.
pub const JSON_VALUES: usize = 400_000_000 / SCALE;

/// Values and keys of a YAML file, and those of a JSON file that are not written plainly.
pub const VALUES: usize = 100_000_000 / SCALE;

/// Bytes of the id of a plan, phase or step.
pub const ID_BYTES: usize = 256;

/// Bytes of a title or note: 64 KiB.
pub const TITLE_BYTES: usize = 64 << 10;

/// Steps of a plan.
pub const STEPS: usize = 2_000_000 / SCALE;

/// Phases of a plan.
pub const PHASES: usize = 100_000 / SCALE;

/// Entities of one estate file.
pub const ENTITIES: usize = 10_000_000 / SCALE;

/// Policies and templates of a bundle.
pub const POLICIES: usize = 1_000_000 / SCALE;

/// Template links of a bundle.
pub const LINKS: usize = 1_000_000 / SCALE;

/// Problems that are reported of one file; the rest is only mentioned.
pub const PROBLEMS: usize = 1_000;

#[cfg(test)]
mod tests;
