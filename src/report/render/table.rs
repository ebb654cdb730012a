//! The steps of a plan as a table, or as short paragraphs where a table would be too wide.

use super::names::Naming;
use super::{Paint, Style, Verbosity, counted, display_width, wrap};
use crate::report::{Decision, Outcome, Report, StepReport};

/// Below this a table cannot be read at a glance.
const NARROWEST: usize = 80;
const GAP: usize = 2;
/// Two spaces, the mark, one space.
const INDENT: usize = 4;
const COLUMNS: usize = 6;

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
    /// The same without the last column, which follows each step on a line of its own.
    Fewer([usize; COLUMNS]),
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
        let mut widths = table.head().map(|cell| Width::of(&cell));
        for step in &report.steps {
            for (width, cell) in widths.iter_mut().zip(table.cells(step)) {
                *width = width.max(Width::of(&cell));
            }
        }
        table.layout = fitting(widths, style.width);
        table
    }

    /// The lines with the names of the columns, where there are columns.
    pub fn header(&self) -> Option<String> {
        let head = self.head();
        let text = match self.layout {
            Layout::Columns(widths) => self.rows(" ", None, &head, &widths),
            Layout::Fewer(widths) => self.rows(" ", None, without_last(&head), &widths),
            Layout::Stacked => return None,
        };
        Some(text.lines().map(|line| self.style.paint(Paint::Faint, line) + "\n").collect())
    }

    /// The lines of one step.
    pub fn step(&self, step: &StepReport) -> String {
        let (mark, paint) = mark(step.outcome, self.style);
        let cells = self.cells(step);
        match self.layout {
            Layout::Columns(widths) => self.rows(mark, Some(paint), &cells, &widths),
            Layout::Fewer(widths) => {
                let row = self.rows(mark, Some(paint), without_last(&cells), &widths);
                row + &self.by(step).map_or(String::new(), |by| self.beside(&by))
            }
            Layout::Stacked => self.stack(mark, paint, step, &cells),
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
        if lacks_permit(step) {
            return "no permit".to_owned();
        }
        let policies = self.listed(step.determining.iter().map(|policy| &**policy), "policies");
        match self.listed(step.provenance.iter().map(String::as_str), "steps").as_str() {
            "" => policies,
            steps => format!("{policies} (through {steps})"),
        }
    }

    /// What decided, as the end of a sentence.
    fn by(&self, step: &StepReport) -> Option<String> {
        match self.decided_by(step).as_str() {
            "" => None,
            _ if lacks_permit(step) => Some("because no permit applies".to_owned()),
            decided_by => Some(format!("by {decided_by}")),
        }
    }

    /// Names with commas; a terminal gets the first four.
    fn listed<'n>(&self, names: impl ExactSizeIterator<Item = &'n str>, noun: &str) -> String {
        let all =
            self.style.width.is_none() || self.style.verbosity == Verbosity::Verbose || names.len() <= 5;
        let most = if all { usize::MAX } else { 4 };
        let more = names.len().saturating_sub(most);
        let mut shown: Vec<String> =
            names.take(most).map(|name| self.style.shown(name).into_owned()).collect();
        if more > 0 {
            shown.push(format!("{more} more {noun}"));
        }
        shown.join(", ")
    }

    /// One step over as many lines as its highest cell needs.
    fn rows(&self, mark: &str, paint: Option<Paint>, cells: &[String], widths: &[usize]) -> String {
        let wrapped: Vec<Vec<String>> =
            cells.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(1);
        let mut text = String::new();
        for line in 0..height {
            let start = match paint {
                Some(paint) if line == 0 => self.style.paint(paint, mark),
                Some(_) => self.style.paint(Paint::Faint, self.style.gutter()),
                None => mark.to_owned(),
            };
            let mut row = format!("  {start}");
            let mut owed = INDENT - 3;
            for (column, (cell, width)) in wrapped.iter().zip(widths).enumerate() {
                let part = cell.get(line).map_or("", String::as_str);
                if !part.is_empty() {
                    row.push_str(&" ".repeat(owed));
                    row.push_str(&if column == OUTCOME {
                        self.outcome(part, paint)
                    } else {
                        part.to_owned()
                    });
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

    fn stack(&self, mark: &str, paint: Paint, judged: &StepReport, cells: &[String; COLUMNS]) -> String {
        let [step, who, what, on_what, outcome, _] = cells;
        let by = self.by(judged).map_or(String::new(), |by| format!(" {by}"));
        let width = self.style.width.map_or(usize::MAX, |width| width.saturating_sub(INDENT));
        let mut text = String::new();
        for (at, line) in wrap(&format!("{step}: {outcome}{by}"), width).iter().enumerate() {
            let start = if at == 0 { self.style.paint(paint, mark) } else { self.style.gutter().to_owned() };
            text.push_str(&format!("  {start} {line}\n"));
        }
        for line in [format!("{who}: {what}"), format!("on {on_what}")] {
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
pub(super) fn mark(outcome: Outcome, style: &Style) -> (&'static str, Paint) {
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
    let others: Vec<&str> = step
        .decisions
        .iter()
        .filter(|decision| !said.contains(decision))
        .map(|decision| decision.as_str())
        .collect();
    match others.as_slice() {
        [] => step.outcome.as_str().to_owned(),
        others => format!("{} ({})", step.outcome.as_str(), others.join(", ")),
    }
}

/// Says whether no policy decided, which denies.
fn lacks_permit(step: &StepReport) -> bool {
    step.determining.is_empty() && step.decisions.contains(&Decision::Deny)
}

fn without_last(cells: &[String; COLUMNS]) -> &[String] {
    let [first @ .., _] = cells;
    first
}

/// How wide a column wants to be, and how wide its longest word makes it at least.
#[derive(Clone, Copy, Debug)]
struct Width {
    natural: usize,
    least: usize,
}

impl Width {
    fn of(cell: &str) -> Self {
        let least = cell.split(' ').map(display_width).max().unwrap_or(0);
        Self { natural: display_width(cell), least }
    }

    fn max(self, other: Self) -> Self {
        Self { natural: self.natural.max(other.natural), least: self.least.max(other.least) }
    }
}

/// The first layout in which a line fits and no word is broken.
fn fitting(widths: [Width; COLUMNS], line: Option<usize>) -> Layout {
    let natural = widths.map(|width| width.natural);
    let Some(line) = line else { return Layout::Columns(natural) };
    if line < NARROWEST {
        return Layout::Stacked;
    }
    let room = |columns: usize| line.saturating_sub(INDENT + GAP * (columns - 1));
    if let Some(widths) = narrowed(widths, room(COLUMNS)) {
        return Layout::Columns(widths);
    }
    let [a, b, c, d, e, _] = widths;
    let none = Width { natural: 0, least: 0 };
    narrowed([a, b, c, d, e, none], room(COLUMNS - 1)).map_or(Layout::Stacked, Layout::Fewer)
}

/// Narrows the widest columns until the line fits, none below its longest word.
fn narrowed(widths: [Width; COLUMNS], room: usize) -> Option<[usize; COLUMNS]> {
    let mut narrowed = widths.map(|width| width.natural);
    while narrowed.iter().sum::<usize>() > room {
        let can = narrowed.iter_mut().zip(widths).filter(|(now, width)| **now > width.least);
        let (widest, _) = can.max_by_key(|(now, _)| **now)?;
        *widest -= 1;
    }
    Some(narrowed)
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
