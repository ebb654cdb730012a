//! Rows of cells in columns, or one under the other where the columns would be too narrow to read.

use super::super::{Paint, Style, display_width, wrap};

const INDENT: usize = 2;
const GAP: usize = 2;
/// Below this width of the terminal, cells stand one under the other.
const NARROWEST: usize = 80;
/// A column is made no narrower than this.
const LEAST: usize = 12;

/// Lays out rows under the names of their columns.
pub(super) fn grid<const N: usize>(head: [&str; N], rows: &[[String; N]], style: &Style) -> String {
    let mut widths = head.map(display_width);
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(display_width(cell));
        }
    }
    match fitting(widths, style.width) {
        Some(widths) => {
            let names = head.map(str::to_owned);
            let head = lines(&names, &widths).into_iter().map(|line| style.paint(Paint::Faint, &line) + "\n");
            let body = rows.iter().flat_map(|row| lines(row, &widths)).map(|line| line + "\n");
            head.chain(body).collect()
        }
        None => rows.iter().map(|row| stacked(head, row, style)).collect(),
    }
}

/// The widths of columns that fit; the widest are made narrower first.
fn fitting<const N: usize>(mut widths: [usize; N], width: Option<usize>) -> Option<[usize; N]> {
    let Some(width) = width else { return Some(widths) };
    let room = width.saturating_sub(INDENT + GAP * N.saturating_sub(1));
    loop {
        let total: usize = widths.iter().sum();
        if total <= room {
            return Some(widths);
        }
        let widest = widths.iter_mut().max()?;
        if width < NARROWEST || *widest <= LEAST {
            return None;
        }
        *widest -= 1;
    }
}

fn lines<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> Vec<String> {
    let mut columns: Vec<(usize, std::vec::IntoIter<String>)> =
        cells.iter().zip(widths).map(|(cell, width)| (*width, wrap(cell, *width).into_iter())).collect();
    let mut lines = Vec::new();
    loop {
        let parts: Vec<(usize, Option<String>)> =
            columns.iter_mut().map(|(width, parts)| (*width, parts.next())).collect();
        if parts.iter().all(|(_, part)| part.is_none()) {
            return lines;
        }
        let mut line = " ".repeat(INDENT);
        for (width, part) in parts {
            let part = part.unwrap_or_default();
            let pad = width.saturating_sub(display_width(&part)) + GAP;
            line.push_str(&part);
            line.push_str(&" ".repeat(pad));
        }
        lines.push(line.trim_end().to_owned());
    }
}

fn stacked<const N: usize>(head: [&str; N], cells: &[String; N], style: &Style) -> String {
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(4));
    let mut text = String::new();
    for (at, (name, cell)) in head.iter().zip(cells).enumerate().filter(|(_, (_, cell))| !cell.is_empty()) {
        let whole = if at == 0 { cell.clone() } else { format!("{name}: {cell}") };
        for (number, line) in wrap(&whole, width).into_iter().enumerate() {
            let lead =
                if at == 0 && number == 0 { "  ".to_owned() } else { format!("  {} ", style.gutter()) };
            text.push_str(&format!("{lead}{line}\n"));
        }
    }
    text
}
