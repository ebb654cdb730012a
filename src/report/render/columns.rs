//! Rows of cells as columns, or stacked where columns would be too narrow to read.

use super::{Paint, Style, display_width, wrap};

/// Between two columns.
const GAP: usize = 2;
/// Below this a table cannot be read at a glance.
const NARROWEST: usize = 80;

/// A table of cells that are texts of any length.
#[derive(Debug)]
pub struct Columns<'a> {
    head: &'a [&'a str],
    rows: Vec<Vec<String>>,
}

/// How the rows are laid out.
enum Layout {
    /// Each cell in a column of that width; the cells behind the last one follow below the row.
    Columns(Vec<usize>),
    /// Each cell on lines of its own.
    Stacked,
}

impl<'a> Columns<'a> {
    /// A table with the names of its columns.
    pub fn new(head: &'a [&'a str]) -> Self {
        Self { head, rows: Vec::new() }
    }

    /// Adds a row; its cells are shown as they are, a line end begins a new line.
    pub fn push(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The whole table.
    pub fn render(&self, style: &Style) -> String {
        match self.layout(style) {
            Layout::Columns(widths) => self.beside(&widths, style),
            Layout::Stacked => self.stacked(style),
        }
    }

    /// All columns where they fit, else all but the last, else none.
    fn layout(&self, style: &Style) -> Layout {
        let natural: Vec<usize> = (0..self.head.len())
            .map(|at| self.cells(at).flat_map(str::lines).map(display_width).max().unwrap_or(0))
            .collect();
        let Some(line) = style.width else { return Layout::Columns(natural) };
        if line < NARROWEST {
            return Layout::Stacked;
        }
        let fewer = natural.split_last().map(|(_, fewer)| fewer.to_vec()).unwrap_or_default();
        let fitting = self.narrowed(natural, line).or_else(|| self.narrowed(fewer, line));
        fitting.map_or(Layout::Stacked, Layout::Columns)
    }

    /// Narrows the widest columns until the line fits, none below its longest word.
    fn narrowed(&self, mut widths: Vec<usize>, line: usize) -> Option<Vec<usize>> {
        let longest =
            |at: usize| self.cells(at).flat_map(str::split_whitespace).map(display_width).max().unwrap_or(0);
        let least: Vec<usize> = (0..widths.len()).map(longest).collect();
        let room = line.saturating_sub(GAP * widths.len().saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            let can = widths.iter_mut().zip(&least).filter(|(now, least)| **now > **least);
            let (widest, _) = can.max_by_key(|(now, _)| **now)?;
            *widest -= 1;
        }
        Some(widths)
    }

    /// The cells of a column, its name first.
    fn cells(&self, at: usize) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter().filter_map(move |row| row.get(at).map(String::as_str));
        self.head.get(at).copied().into_iter().chain(rows)
    }

    fn beside(&self, widths: &[usize], style: &Style) -> String {
        let head: Vec<String> = self.head.iter().map(|name| (*name).to_owned()).collect();
        let mut text = style.paint(Paint::Faint, row(&head, widths).trim_end()) + "\n";
        let high = |cells: &Vec<String>| lines(cells, widths).iter().any(|cell| cell.len() > 1);
        let apart = widths.len() < self.head.len() || self.rows.iter().any(high);
        for (at, cells) in self.rows.iter().enumerate() {
            if apart && at > 0 {
                text.push('\n');
            }
            text.push_str(&row(cells, widths));
            for (name, cell) in
                self.head.iter().zip(cells).skip(widths.len()).filter(|(_, cell)| !cell.is_empty())
            {
                let cell = cell.replace('\n', " ");
                text.push_str(&below(&format!("{name}: {cell}"), style));
            }
        }
        text
    }

    fn stacked(&self, style: &Style) -> String {
        let mut parts = Vec::new();
        for cells in &self.rows {
            let mut part = String::new();
            for (name, cell) in self.head.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
                for (at, line) in cell.lines().enumerate() {
                    let named = if at == 0 { format!("{name}: {line}") } else { line.to_owned() };
                    let text = below(&named, style);
                    part.push_str(if at == 0 { text.trim_start_matches([' ', '│', '|']) } else { &text });
                }
            }
            parts.push(part);
        }
        parts.join("\n")
    }
}

/// A text on lines of its own, behind a gutter.
fn below(text: &str, style: &Style) -> String {
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(GAP));
    wrap(text, width).iter().map(|line| format!("{} {line}\n", style.gutter())).collect()
}

/// The lines of each cell.
fn lines(cells: &[String], widths: &[usize]) -> Vec<Vec<String>> {
    let wrapped =
        |(cell, width): (&String, &usize)| cell.lines().flat_map(|line| wrap(line, *width)).collect();
    cells.iter().zip(widths).map(wrapped).collect()
}

/// One row over as many lines as its highest cell needs.
fn row(cells: &[String], widths: &[usize]) -> String {
    let cells = lines(cells, widths);
    let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let mut text = String::new();
    for at in 0..height {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let part = cell.get(at).map_or("", String::as_str);
            line.push_str(part);
            line.push_str(&" ".repeat(width.saturating_sub(display_width(part)) + GAP));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(width: Option<usize>, last: &str) -> String {
        let mut table = Columns::new(&["who", "what"]);
        table.push(vec!["dana".to_owned(), "one\ntwo".to_owned()]);
        table.push(vec!["a longer name".to_owned(), last.to_owned()]);
        table.render(&Style { width, ..Style::plain() })
    }

    #[test]
    fn cells_are_wrapped_to_the_line_and_stacked_where_it_is_narrow() {
        let words = "x ".repeat(60);
        assert!(table(None, &words).starts_with(
            "who            what\ndana           one\n               two\n\na longer name  x x"
        ));
        assert!(table(Some(80), &words).lines().all(|line| display_width(line) <= 80));
        assert!(
            table(Some(40), &words)
                .starts_with("who: dana\nwhat: one\n│ two\n\nwho: a longer name\nwhat: x x")
        );
    }

    #[test]
    fn a_last_column_that_does_not_fit_follows_below_the_row() {
        let text = table(Some(80), &"x".repeat(100));
        assert!(text.starts_with("who\ndana\n│ what: one"), "{text}");
        assert!(text.lines().all(|line| display_width(line) <= 80));
    }
}
