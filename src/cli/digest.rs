//! `countersign digest`: the digest of a plan.

use std::path::PathBuf;

use clap::Args;

use super::output::printed;
use super::terminal::{Stream, Wishes, style};
use super::{Exit, tell_load_error};
use crate::load::{self, NamedPath};
use crate::source::sha256;

/// Print the digest of a plan's bytes
///
/// It is what approvals and overrides name, so that they are for this text of the plan and for no other.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The plan; `-` is standard input
    plan: PathBuf,
}

/// Prints `sha256:…`.
pub fn run(arguments: &Arguments) -> Exit {
    match load::bytes(&NamedPath::given(&arguments.plan)) {
        Ok(bytes) => printed(&format!("sha256:{}\n", sha256(&bytes))),
        Err(error) => {
            tell_load_error(&error, &style(Stream::Errors, Wishes::default()));
            Exit::CouldNotJudge
        }
    }
}
