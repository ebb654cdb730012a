//! `countersign man`: the manual page.

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::Exit;
use super::output::{printed, talk};
use crate::diagnostic::nearest;
use crate::source::visible;

/// Print the manual page, of the program or of one of its commands
///
/// To read it: `countersign man | man -l -`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The command; without it, the page is that of the program
    command: Option<String>,
}

/// Prints the page, in the language of man(7).
pub fn run(arguments: &Arguments) -> Exit {
    let program = super::Arguments::command();
    let page = match &arguments.command {
        None => Man::new(program),
        Some(name) => match program.find_subcommand(name) {
            Some(command) => {
                let page = command.clone().display_name(format!("countersign-{name}"));
                Man::new(page.bin_name(format!("countersign {name}"))).title(format!("countersign-{name}"))
            }
            None => {
                let meant = nearest(name, program.get_subcommands().map(clap::Command::get_name));
                let hint = meant.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
                talk(&format!("countersign: there is no command `{}`{hint}\n", visible(name)));
                return Exit::CouldNotJudge;
            }
        },
    };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = page.render(&mut text);
    printed(&String::from_utf8_lossy(&text))
}
