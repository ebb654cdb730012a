//! `countersign code`: the pages of the finding codes.

use clap::Args;

use super::output::{printed, talk};
use super::terminal::{Stream, Wishes, style};
use super::{Exit, paragraph};
use crate::diagnostic::{CODES, CodeRow, nearest};
use crate::source::visible;

/// Explain a finding code, or list all of them
#[derive(Debug, Args)]
pub struct Arguments {
    /// The code as messages show it in brackets; without it, all codes are listed
    code: Option<String>,
}

/// Prints the page of a code, or one line for each code.
pub fn run(arguments: &Arguments) -> Exit {
    let Some(name) = &arguments.code else { return printed(&list()) };
    match CODES.iter().find(|row| row.name == name) {
        Some(row) => printed(&page(row)),
        None => {
            let meant = nearest(name, CODES.iter().map(|row| row.name));
            let hint = meant.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
            talk(&format!("countersign: there is no code `{}`{hint}\n", visible(name)));
            Exit::CouldNotJudge
        }
    }
}

fn list() -> String {
    let width = CODES.iter().map(|row| row.name.len()).max().unwrap_or(0);
    CODES
        .iter()
        .map(|row| format!("{:width$}  {:7}  {}\n", row.name, row.severity.as_str(), row.summary))
        .collect()
}

fn page(row: &CodeRow) -> String {
    let style = style(Stream::Output, Wishes::default());
    let title = format!("{} ({}): {}", row.name, row.severity.as_str(), row.summary);
    let page: Vec<String> = row.page.split("\n\n").map(|text| paragraph(text, &style)).collect();
    format!("{}\n{}", paragraph(&title, &style), page.join("\n"))
}
