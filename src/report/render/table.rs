//! The steps of a plan as a table, or as short paragraphs where a table would be too wide.

use super::names::Naming;
use super::{Paint, Style, Verbosity, counted, display_width, wrap};
use crate::report::{Decision, Outcome, Report, StepReport};

/// Below this a table of six columns cannot be read.
const NARROWEST: usize = 80;
const GAP: usize = 2;
/// Two spaces, the mark, one space.
const INDENT: usize = 4;
const COLUMNS: usize = 6;
/// What a column is never made narrower than; the outcome is never broken.
const LEAST: [usize; COLUMNS] = [10, 8, 14, 12, 15, 14];

/// How all steps of a report are laid out.
#[derive(Debug)]
pub struct Table<'a> {
    style: &'a Style,
    principals: Naming<'a>,
    actions: Naming<'a>,
    resources: Naming<'a>,
    layout: Layout,
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    /// One line for each step, more where cells are wrapped.
    Columns([usize; COLUMNS]),
    /// Three lines for each step, more where they are wrapped.
    Stacked,
}

impl<'a> Table<'a> {
    /// Measures all steps.
    pub fn new(report: &'a Report, style: &'a Style) -> Self {
        let mut table = Self {
            style,
            principals: Naming::of(report.steps.iter().map(|step| step.principal.as_str())),
            actions: Naming::of(report.steps.iter().map(|step| step.action.as_str())),
            resources: Naming::of(report.steps.iter().map(|step| step.resource.as_str())),
            layout: Layout::Stacked,
        };
        let mut widths = table.head().map(|cell| display_width(&cell));
        for step in &report.steps {
            for (width, cell) in widths.iter_mut().zip(table.cells(step)) {
                *width = display_width(&cell).max(*width);
            }
        }
        table.layout = fitting(widths, style.width);
        table
    }

    /// The line with the names of the columns, where there are columns.
    pub fn header(&self) -> Option<String> {
        match self.layout {
            Layout::Columns(widths) => Some(self.style.paint(Paint::Faint, self.rows(" ", None, &self.head(), widths).trim_end()) + "\n"),
            Layout::Stacked => None,
        }
    }

    /// The lines of one step.
    pub fn step(&self, step: &StepReport) -> String {
        let (mark, paint) = mark(step.outcome, self.style);
        let cells = self.cells(step);
        match self.layout {
            Layout::Columns(widths) => self.rows(mark, Some(paint), &cells, widths),
            Layout::Stacked => self.stack(mark, paint, &cells),
        }
    }

    fn head(&self) -> [String; COLUMNS] {
        let with_type = |word: &str, naming: &Naming<'_>| match naming.only_type() {
            Some(entity_type) => format!("{word} ({})", self.style.shown(entity_type)),
            None => word.to_owned(),
        };
        [
            "step".to_owned(),
            with_type("who", &self.principals),
            "what".to_owned(),
            with_type("on what", &self.resources),
            "outcome".to_owned(),
            "decided by".to_owned(),
        ]
    }

    fn cells(&self, step: &StepReport) -> [String; COLUMNS] {
        let in_phase = step.id.strip_prefix(step.phase.as_str()).and_then(|id| id.strip_prefix('/'));
        [
            self.style.shown(in_phase.unwrap_or(&step.id)).into_owned(),
            self.principals.short(&step.principal, self.style),
            self.actions.short(&step.action, self.style),
            self.resources.short(&step.resource, self.style),
            outcome_words(step),
            self.decided_by(step),
        ]
    }

    fn decided_by(&self, step: &StepReport) -> String {
        let policies = self.listed(step.determining.iter().map(String::as_str), "policies");
        let through = self.listed(step.provenance.iter().map(String::as_str), "steps");
        match (policies.as_str(), through.as_str()) {
            ("", _) if step.decisions.contains(&Decision::Deny) => "no permit".to_owned(),
            (_, "") => policies,
            _ => format!("{policies} (through {through})"),
        }
    }

    /// Names with commas; a terminal gets the first four.
    fn listed<'n>(&self, names: impl ExactSizeIterator<Item = &'n str>, noun: &str) -> String {
        let all = self.style.width.is_none() || self.style.verbosity == Verbosity::Verbose || names.len() <= 5;
        let most = if all { usize::MAX } else { 4 };
        let more = names.len().saturating_sub(most);
        let mut shown: Vec<String> = names.take(most).map(|name| self.style.shown(name).into_owned()).collect();
        if more > 0 {
            shown.push(format!("{more} more {noun}"));
        }
        shown.join(", ")
    }

    /// One step over as many lines as its highest cell needs.
    fn rows(&self, mark: &str, paint: Option<Paint>, cells: &[String; COLUMNS], widths: [usize; COLUMNS]) -> String {
        let wrapped: Vec<Vec<String>> =
            cells.iter().zip(widths).map(|(cell, width)| wrap(cell, width)).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        let mut text = String::new();
        for line in 0..height {
            let start = match paint {
                Some(paint) if line == 0 => self.style.paint(paint, mark),
                _ if line == 0 => mark.to_owned(),
                _ => self.style.paint(Paint::Faint, self.style.gutter()),
            };
            let mut row = format!("  {start}");
            let mut owed = INDENT - 3;
            for (column, (cell, width)) in wrapped.iter().zip(widths).enumerate() {
                let part = cell.get(line).map_or("", String::as_str);
                if !part.is_empty() {
                    row.push_str(&" ".repeat(owed));
                    row.push_str(&if column == OUTCOME { self.outcome(part, paint) } else { part.to_owned() });
                    owed = 0;
                }
                owed += width.saturating_sub(display_width(part)) + GAP;
            }
            text.push_str(&row);
            text.push('\n');
        }
        text
    }

    fn outcome(&self, words: &str, paint: Option<Paint>) -> String {
        paint.map_or_else(|| words.to_owned(), |paint| self.style.paint(paint, words))
    }

    fn stack(&self, mark: &str, paint: Paint, cells: &[String; COLUMNS]) -> String {
        let [step, who, what, on_what, outcome, decided_by] = cells;
        let first = match decided_by.as_str() {
            "" => outcome.clone(),
            "no permit" => format!("{outcome}: no permit"),
            policies => format!("{outcome} by {policies}"),
        };
        let mut text = format!("  {} ", self.style.paint(paint, mark));
        let width = self.style.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT));
        text.push_str(&format!("{}\n", wrap(step, width).join(&format!("\n  {} ", self.style.gutter()))));
        for line in [first, format!("{who}: {what}"), format!("on {on_what}")] {
            text.push_str(&self.beside(&line));
        }
        text
    }

    /// A remark below a step, behind a gutter.
    pub fn beside(&self, remark: &str) -> String {
        let width = self.style.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT + 2));
        let gutter = self.style.paint(Paint::Faint, self.style.gutter());
        wrap(remark, width).iter().map(|line| format!("  {gutter}   {line}\n")).collect()
    }
}

const OUTCOME: usize = 4;

/// The sign and the colour of an outcome.
fn mark(outcome: Outcome, style: &Style) -> (&'static str, Paint) {
    match (outcome, style.unicode) {
        (Outcome::Allowed, true) => ("✓", Paint::Good),
        (Outcome::Allowed, false) => ("+", Paint::Good),
        (Outcome::Denied, true) => ("✗", Paint::Bad),
        (Outcome::Denied, false) => ("x", Paint::Bad),
        (Outcome::OrderDependent, _) => ("~", Paint::Doubtful),
        (Outcome::Indeterminate, _) => ("?", Paint::Doubtful),
    }
}

/// The outcome, with the decisions that it does not say by itself.
fn outcome_words(step: &StepReport) -> String {
    let said = [Decision::Allow, Decision::Deny, Decision::Indeterminate];
    let others: Vec<&str> =
        step.decisions.iter().filter(|decision| !said.contains(decision)).map(|decision| decision.as_str()).collect();
    match others.as_slice() {
        [] => step.outcome.as_str().to_owned(),
        others => format!("{} ({})", step.outcome.as_str(), others.join(", ")),
    }
}

/// The widths of the columns: as wide as their cells, or narrowed until a line fits.
fn fitting(mut widths: [usize; COLUMNS], line: Option<usize>) -> Layout {
    let Some(line) = line else { return Layout::Columns(widths) };
    if line < NARROWEST {
        return Layout::Stacked;
    }
    let room = line.saturating_sub(INDENT + GAP * (COLUMNS - 1));
    while widths.iter().sum::<usize>() > room {
        let over = widths.iter().sum::<usize>() - room;
        let candidates = widths.iter_mut().zip(LEAST).enumerate();
        let widest = candidates
            .filter(|(column, (width, least))| *column != OUTCOME && **width > *least)
            .max_by_key(|(_, (width, _))| **width);
        match widest {
            // One column at a time, so that the widest ones become equally wide.
            Some((_, (width, least))) => *width -= (*width - least).min(over).min(1),
            None => return Layout::Stacked,
        }
    }
    Layout::Columns(widths)
}

/// How many steps have which outcome, as a sentence without its first word.
pub fn tally(report: &Report) -> String {
    let counts = &report.counts;
    let parts = [
        (counts.denied, "denied"),
        (counts.order_dependent, "order-dependent"),
        (counts.indeterminate, "indeterminate"),
    ];
    let bad: Vec<(usize, &str)> = parts.into_iter().filter(|(number, _)| *number > 0).collect();
    let verb = |number: usize| if number == 1 { "is" } else { "are" };
    match bad.as_slice() {
        [] => {
            format!("{} of {} {} allowed", counts.allowed, counted(counts.steps, "step"), verb(counts.steps))
        }
        [(number, word), rest @ ..] => {
            let first = format!("{number} of {} {} {word}", counted(counts.steps, "step"), verb(*number));
            let more = rest.iter().map(|(number, word)| format!(", {number} {} {word}", verb(*number)));
            first + &more.collect::<String>()
        }
    }
}
