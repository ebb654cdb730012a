//! Random worlds, a slow reference that judges them, and the engine's answers about the same texts.
//!
//! Used by the laws with `mod support;`, and by the benches with `#[path]`.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod authority;
pub mod cedar;
pub mod decode;
pub mod generate;
pub mod orders;
pub mod reference;
pub mod run;
pub mod shuffle;
pub mod small;
pub mod world;
