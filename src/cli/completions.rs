//! `countersign completions`: what a shell completes.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::Exit;
use super::output::printed;

/// Print the completions of a shell
///
/// For bash: `countersign completions bash > ~/.local/share/bash-completion/completions/countersign`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

/// Prints the script.
pub fn run(arguments: &Arguments) -> Exit {
    let mut script = Vec::new();
    generate(arguments.shell, &mut super::Arguments::command(), "countersign", &mut script);
    printed(&String::from_utf8_lossy(&script))
}
