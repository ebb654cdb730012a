//! What the place that a text is shown at can do.

use std::env;
use std::io::{self, IsTerminal};

use clap::ValueEnum;
use terminal_size::{Width, terminal_size_of};

use crate::report::render::{Style, Verbosity};

/// When colours are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set or the terminal is dumb.
    #[default]
    Auto,
    /// Also in files and pipes.
    Always,
    /// Nowhere.
    Never,
}

/// What the command line says about looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// When colours are shown.
    pub colour: Colour,
    /// Columns to fit into, whatever the terminal has.
    pub width: Option<usize>,
    /// How much is said.
    pub verbosity: Verbosity,
}

/// A stream that a text is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output: data.
    Output,
    /// Standard error: talk.
    Errors,
}

/// What of the environment matters to looks; nothing of it matters to a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Surroundings {
    is_terminal: bool,
    no_color: bool,
    term: String,
    locale: String,
    columns: Option<usize>,
}

/// The style of a stream.
pub fn style(stream: Stream, wishes: Wishes) -> Style {
    styled(&observe(stream), wishes)
}

fn observe(stream: Stream) -> Surroundings {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let (is_terminal, size) = match stream {
        Stream::Output => (io::stdout().is_terminal(), terminal_size_of(io::stdout())),
        Stream::Errors => (io::stderr().is_terminal(), terminal_size_of(io::stderr())),
    };
    let wished = variable("COLUMNS").and_then(|columns| columns.parse().ok());
    Surroundings {
        is_terminal,
        no_color: variable("NO_COLOR").is_some(),
        term: variable("TERM").unwrap_or_default(),
        locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(variable).unwrap_or_default(),
        columns: wished.or(size.map(|(Width(columns), _)| usize::from(columns))),
    }
}

fn styled(surroundings: &Surroundings, wishes: Wishes) -> Style {
    let dumb = surroundings.term == "dumb";
    let locale = surroundings.locale.to_ascii_lowercase();
    let reads_utf8 = locale.contains("utf-8") || locale.contains("utf8");
    Style {
        width: wishes
            .width
            .or_else(|| surroundings.is_terminal.then(|| surroundings.columns.unwrap_or(80).max(20))),
        colour: match wishes.colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => surroundings.is_terminal && !surroundings.no_color && !dumb,
        },
        // The bytes in a file or a pipe must not depend on the machine.
        unicode: !surroundings.is_terminal || (reads_utf8 && !dumb && surroundings.term != "linux"),
        verbosity: wishes.verbosity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal() -> Surroundings {
        Surroundings {
            is_terminal: true,
            no_color: false,
            term: "xterm-256color".to_owned(),
            locale: "de_DE.UTF-8".to_owned(),
            columns: Some(132),
        }
    }

    #[test]
    fn a_terminal_gets_colours_and_signs_that_it_can_show() {
        let style = styled(&terminal(), Wishes::default());
        assert_eq!((style.colour, style.unicode, style.width), (true, true, Some(132)));
        let plain = styled(&Surroundings { no_color: true, ..terminal() }, Wishes::default());
        assert_eq!((plain.colour, plain.unicode), (false, true));
        let dumb = styled(&Surroundings { term: "dumb".to_owned(), ..terminal() }, Wishes::default());
        assert_eq!((dumb.colour, dumb.unicode), (false, false));
        let console = styled(&Surroundings { term: "linux".to_owned(), ..terminal() }, Wishes::default());
        assert_eq!((console.colour, console.unicode), (true, false));
        let latin =
            styled(&Surroundings { locale: "de_DE.ISO-8859-1".to_owned(), ..terminal() }, Wishes::default());
        assert!(!latin.unicode);
    }

    #[test]
    fn a_pipe_gets_the_same_bytes_on_every_machine() {
        let pipe = |locale: &str, term: &str| Surroundings {
            is_terminal: false,
            locale: locale.to_owned(),
            term: term.to_owned(),
            ..terminal()
        };
        for surroundings in [pipe("", ""), pipe("C", "dumb"), pipe("de_DE.UTF-8", "xterm")] {
            assert_eq!(styled(&surroundings, Wishes::default()), Style::plain());
        }
        let forced = Wishes { colour: Colour::Always, width: Some(90), ..Wishes::default() };
        let style = styled(&pipe("C", ""), forced);
        assert_eq!((style.colour, style.width), (true, Some(90)));
    }
}
