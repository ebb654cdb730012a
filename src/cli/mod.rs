//! The doors: arguments, exit codes and the terminal.

mod appendix;
mod bench;
mod check;
mod code;
mod completions;
mod conditions;
mod digest;
mod exit;
mod explain;
mod graph;
mod ground;
mod guard;
mod impact;
mod import;
mod importing;
mod init;
mod inputs;
mod man;
mod output;
mod progress;
mod report;
mod rights;
mod schema;
mod terminal;
mod who_can;

use clap::{Parser, Subcommand};

pub use exit::Exit;
pub use guard::guarded;

use crate::load::LoadError;
use crate::report::render::{Style, wrap};
use crate::source::visible;

/// What the user wants done.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, about, after_help = exit::TABLE, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Bench(Box<bench::Arguments>),
    Check(Box<check::Arguments>),
    Code(code::Arguments),
    Completions(completions::Arguments),
    Digest(digest::Arguments),
    Explain(explain::Arguments),
    Graph(graph::Arguments),
    Impact(impact::Arguments),
    Import(import::Arguments),
    Init(init::Arguments),
    Man(man::Arguments),
    Report(report::Arguments),
    Rights(rights::Arguments),
    Schema(schema::Arguments),
    WhoCan(who_can::Arguments),
}

impl Arguments {
    /// Reads the arguments of the process, and does nothing else.
    ///
    /// # Errors
    /// What to tell instead: a help text, the version, or what is wrong with the arguments.
    pub fn from_command_line() -> Result<Self, Refusal> {
        Self::try_parse().map_err(|error| Refusal(of_visible_arguments(error)))
    }

    /// Runs the command.
    pub fn run(self) -> Exit {
        match self.command {
            Command::Bench(arguments) => bench::run(&arguments),
            Command::Check(arguments) => check::run(&arguments),
            Command::Code(arguments) => code::run(&arguments),
            Command::Completions(arguments) => completions::run(&arguments),
            Command::Digest(arguments) => digest::run(&arguments),
            Command::Explain(arguments) => explain::run(&arguments),
            Command::Graph(arguments) => graph::run(&arguments),
            Command::Impact(arguments) => impact::run(&arguments),
            Command::Import(arguments) => import::run(&arguments),
            Command::Init(arguments) => init::run(&arguments),
            Command::Man(arguments) => man::run(&arguments),
            Command::Report(arguments) => report::run(&arguments),
            Command::Rights(arguments) => rights::run(&arguments),
            Command::Schema(arguments) => schema::run(&arguments),
            Command::WhoCan(arguments) => who_can::run(&arguments),
        }
    }
}

/// The same refusal with every argument on one line: a wrong one is repeated in the message, and must not begin
/// a line of its own.
fn of_visible_arguments(error: clap::Error) -> clap::Error {
    let shown = std::env::args_os().map(|argument| visible(&argument.to_string_lossy()).into_owned());
    Arguments::try_parse_from(shown).err().unwrap_or(error)
}

/// Why there is no command to run.
#[derive(Debug)]
pub struct Refusal(clap::Error);

impl Refusal {
    /// Prints a help text or the version, or says what is wrong.
    pub fn tell(self) -> Exit {
        if !self.0.use_stderr() {
            return match self.0.print() {
                Ok(()) => Exit::Success,
                Err(error) => output::not_written(&output::WriteError::Output(error)),
            };
        }
        // A wrong argument is repeated in the message, with whatever characters it has.
        let message = self.0.render().to_string();
        let lines: Vec<_> = message.lines().map(|line| visible(line).into_owned()).collect();
        output::talk(&(lines.join("\n") + "\n"));
        Exit::CouldNotJudge
    }
}

/// Tells what could not be read.
fn tell_load_error(error: &LoadError, style: &Style) {
    output::talk(&load_error(error, style));
}

fn load_error(error: &LoadError, style: &Style) -> String {
    use crate::diagnostic::Severity;
    use crate::report::render::{Message, message};
    let hints = error.hints();
    let sentence = error.to_string();
    message(
        &Message {
            severity: Severity::Error,
            code: error.code().as_str(),
            step: "",
            message: &sentence,
            places: Vec::new(),
            hints: &hints,
        },
        style,
    )
}

/// A paragraph of the manual, wrapped where a person reads it.
fn paragraph(text: &str, style: &Style) -> String {
    let width = style.width.unwrap_or(80).min(100);
    wrap(text, width).join("\n") + "\n"
}
