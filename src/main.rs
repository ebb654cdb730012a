//! The program: arguments in, an exit code out.

use std::process::ExitCode;

use countersign::cli;

fn main() -> ExitCode {
    cli::guarded(|| match cli::Arguments::from_command_line() {
        Ok(arguments) => arguments.run(),
        Err(refusal) => refusal.tell(),
    })
    .into()
}
