//! A report as text for a person or as JSON for a program.

mod azuredevops;
mod columns;
mod controls;
mod csv;
mod dot;
mod excerpt;
mod explanation;
mod fidelity;
mod figure;
mod github;
mod gitlab;
mod html;
mod impact;
mod json;
mod junit;
pub mod lines;
mod markdown;
mod mermaid;
mod names;
mod outline;
mod paint;
mod patch;
mod results;
mod sarif;
mod svg;
mod table;
mod text;
mod tree;
mod untrusted;
mod window;
mod wrap;

use std::borrow::Cow;
use std::fmt::Write as _;

pub use columns::Columns;
pub use excerpt::{Message, Place, diagnostics, message};
pub use explanation::explanation;
pub use fidelity::fidelity;
pub use html::MOST_STEPS as MOST_STEPS_OF_A_PAGE;
pub use impact::{IMPACT_RENDERERS, ImpactRenderer, Impacts};
pub use json::written as json;
pub use names::Naming;
pub use outline::outline;
pub use paint::Paint;
pub use untrusted::Untrusted;
pub use wrap::{display_width, wrap};

use super::{Problems, Report};
use crate::source::visible;

/// Every way to write reports down.
pub static RENDERERS: &[Renderer] = &[
    Renderer {
        name: "text",
        doc: "a table of the steps, the findings and the verdict, for people",
        render: text::render,
    },
    Renderer {
        name: "json",
        doc: "countersign.report/1: one object for one plan, a list of objects for several",
        render: json::render,
    },
    Renderer {
        name: "jsonl",
        doc: "countersign.report-lines/1: a line for each step, for plans of any size",
        render: lines::render,
    },
    Renderer {
        name: "patch",
        doc: "a unified diff of the first remedy that the plan's text can be changed by",
        render: patch::render,
    },
    Renderer { name: "dot", doc: "the step graph in the language of Graphviz", render: dot::render },
    Renderer { name: "mermaid", doc: "the step graph as a Mermaid flowchart", render: mermaid::render },
    Renderer {
        name: "html",
        doc: "one page for the files, with everything that is known",
        render: html::render,
    },
    Renderer { name: "svg", doc: "the step graph as a picture", render: svg::render },
    Renderer {
        name: "sarif",
        doc: "SARIF 2.1.0, for code scanning and editors: the worst 5,000 findings",
        render: sarif::render,
    },
    Renderer {
        name: "junit",
        doc: "JUnit XML: a case for each step, and one for the plan as a whole",
        render: junit::render,
    },
    Renderer {
        name: "github",
        doc: "workflow commands of GitHub Actions, then the text; the job's summary gets the Markdown",
        render: github::render,
    },
    Renderer { name: "gitlab", doc: "a code quality report of GitLab", render: gitlab::render },
    Renderer {
        name: "azuredevops",
        doc: "logging commands of Azure Pipelines, then the text",
        render: azuredevops::render,
    },
    Renderer {
        name: "markdown",
        doc: "a comment on a pull request, never longer than 65,536 characters",
        render: markdown::render,
    },
    Renderer { name: "csv", doc: "one line for each step", render: csv::render },
    Renderer {
        name: "controls",
        doc: "what the report is evidence of, control by control",
        render: controls::render,
    },
];

/// The formats that show what the policies of refused steps read, and where that stands.
pub static WITH_POLICIES: &[&str] = &["sarif", "html"];

/// One way to write reports down; it reads the reports and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Renderer {
    /// The word after `--format`.
    pub name: &'static str,
    /// What it writes, in one line.
    pub doc: &'static str,
    /// Writes the reports of one run.
    pub render: fn(&Batch<'_>, &Style) -> String,
}

impl Renderer {
    /// The renderer of that name.
    pub fn named(name: &str) -> Option<&'static Renderer> {
        RENDERERS.iter().find(|renderer| renderer.name == name)
    }
}

/// The reports of one run.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// One report for each plan that was judged, in the order the plans were given.
    pub reports: &'a [Report],
    /// How many plans were given, judged or not.
    ///
    /// The shape of an output depends on this and not on what became of the plans: with one plan
    /// the JSON form is an object, with two it is a list even where only one was judged.
    pub given: usize,
    /// What is wrong where plans were not judged.
    pub problems: Option<&'a Problems>,
}

impl<'a> Batch<'a> {
    /// The reports of a run in which every plan was judged.
    pub fn of(reports: &'a [Report]) -> Self {
        Batch { reports, given: reports.len(), problems: None }
    }
}

/// How much a text says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Findings and the verdict.
    Quiet,
    /// The steps as well.
    #[default]
    Normal,
    /// Everything known of each step as well.
    Verbose,
}

/// What the place that a text is shown at can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal; `None` where lines may have any length, and nothing is cut.
    pub width: Option<usize>,
    /// Whether ANSI colours are shown.
    pub colour: bool,
    /// Whether characters other than ASCII are shown; without, the output is ASCII throughout.
    pub unicode: bool,
    /// How much is said.
    pub verbosity: Verbosity,
}

impl Style {
    /// The style of files and pipes: the same bytes on every machine.
    pub fn plain() -> Self {
        Self { width: None, colour: false, unicode: true, verbosity: Verbosity::Normal }
    }

    /// A text that comes from the input, on one line and without hidden characters.
    ///
    /// Where only ASCII is shown, other characters are escaped too: a terminal that does not read
    /// UTF-8 would take some of their bytes for controls.
    pub fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = visible(text);
        if self.unicode || text.is_ascii() {
            return text;
        }
        let mut shown = String::with_capacity(text.len() * 2);
        for character in text.chars() {
            if character.is_ascii() {
                shown.push(character);
            } else {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\u{{{:x}}}", character as u32);
            }
        }
        Cow::Owned(shown)
    }

    /// The sign for text that is left out.
    pub(crate) fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// The sign between two remarks on one line.
    pub(crate) fn dot(&self) -> &'static str {
        if self.unicode { " · " } else { " - " }
    }

    /// What a line that continues another begins with, so that no line begins with an input's text.
    pub(crate) fn gutter(&self) -> &'static str {
        if self.unicode { "│" } else { "|" }
    }
}

/// A number with its noun: `1 step`, `2 steps`.
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests;
