//! The access delta as text for a person.

use super::super::names::Naming;
use super::super::{Paint, Style, Verbosity, counted, wrap};
use super::Impacts;
use super::grid::grid;
use crate::report::impact::{
    About, Access, Change, ImpactReport, Members, MembersKind, NeededLater, Relation,
};

/// How many names a cell holds before the rest is only counted.
const MOST_NAMES: usize = 8;

/// Writes each delta, its counts last.
pub(super) fn render(impacts: &Impacts<'_>, style: &Style) -> String {
    impacts.reports.iter().map(|report| Text::new(report, style).whole()).collect::<Vec<_>>().join("\n")
}

struct Text<'a> {
    report: &'a ImpactReport,
    style: &'a Style,
    names: Naming<'a>,
    actions: Naming<'a>,
}

impl<'a> Text<'a> {
    fn new(report: &'a ImpactReport, style: &'a Style) -> Self {
        let all = || report.changes.iter().chain(report.possible.iter().flatten());
        let members = all().flat_map(|row| row.principals.iter().chain(&row.resources));
        let members =
            members.filter(|member| member.kind != MembersKind::Type).map(|member| member.name.as_str());
        let needed = report.needed_later.iter();
        let needed = needed.flat_map(|row| [row.principal.as_str(), row.resource.as_str()]);
        let actions = all().map(|row| row.action.as_str());
        let actions = actions.chain(report.needed_later.iter().map(|row| row.action.as_str()));
        let actions = actions.chain(report.not_asked.iter().map(|row| row.action.as_str()));
        Self { report, style, names: Naming::of(members.chain(needed)), actions: Naming::of(actions) }
    }

    fn whole(&self) -> String {
        let mut parts = vec![self.headline()];
        parts.extend(self.needed_later());
        for (change, about, title) in SECTIONS {
            parts.extend(self.section(*change, *about, title));
        }
        if let Some(possible) = &self.report.possible {
            parts.push(self.table("possible after the plan", possible.iter().collect()));
        }
        parts.extend(self.not_asked());
        parts.push(self.counts());
        parts.join("\n")
    }

    fn headline(&self) -> String {
        let plan = &self.report.plan;
        let title =
            plan.title.as_ref().map_or(String::new(), |title| format!(": {}", self.style.shown(title)));
        let first =
            self.lines(&format!("access delta of plan {}{title}", self.style.shown(&plan.id)), Paint::Strong);
        let remark = "rights only, in plan order: prerequisites and overrides are left aside";
        first + &self.lines(remark, Paint::Faint)
    }

    /// A text that may need several lines; no line but the first begins with its words.
    fn lines(&self, text: &str, paint: Paint) -> String {
        let width = self.style.width.map_or(usize::MAX, |width| width.saturating_sub(2));
        let next = format!("\n{} ", self.style.gutter());
        let painted: Vec<String> =
            wrap(text, width).iter().map(|line| self.style.paint(paint, line)).collect();
        painted.join(&next) + "\n"
    }

    fn section(&self, change: Change, about: About, title: &str) -> Option<String> {
        let of = |row: &&Access| row.change == change && row.about == about;
        let rows: Vec<&Access> = self.report.changes.iter().filter(of).collect();
        (!rows.is_empty()).then(|| self.table(title, rows))
    }

    fn table(&self, title: &str, rows: Vec<&Access>) -> String {
        let total: u64 = rows.iter().map(|row| row.requests).sum();
        let number = counted(usize::try_from(total).unwrap_or(usize::MAX), "request");
        let cells: Vec<[String; 4]> = rows.iter().map(|row| self.cells(row)).collect();
        self.lines(&format!("{title}: {number}"), Paint::Strong)
            + &grid(["who", "what", "on what", "through"], &cells, self.style)
    }

    fn cells(&self, row: &Access) -> [String; 4] {
        let context = self.contexts(row);
        let relation = match row.relation {
            Relation::All => "",
            Relation::Others => " (not on itself)",
            Relation::Itself => " (on itself)",
        };
        let resources = match row.relation {
            Relation::Itself => "itself".to_owned(),
            _ => self.members(&row.resources),
        };
        let steps: Vec<_> = row.steps.iter().map(|step| self.style.shown(step)).collect();
        let through = match row.change {
            Change::Temporary | Change::Interrupted => steps.join(", until "),
            _ => steps.join(", "),
        };
        let relation = if row.relation == Relation::Itself { "" } else { relation };
        let what = format!("{}{context}", self.actions.short(&row.action, self.style));
        [self.members(&row.principals), what, format!("{resources}{relation}"), through]
    }

    /// With what an action is meant; nothing where it is meant with whatever was asked.
    fn contexts(&self, row: &Access) -> String {
        let plain = |context: &serde_json::Value| context.as_object().is_some_and(serde_json::Map::is_empty);
        if row.all_contexts {
            let as_planned = if row.contexts.iter().any(plain) { "" } else { " (as in the plan)" };
            return as_planned.to_owned();
        }
        let shown = |context: &serde_json::Value| match plain(context) {
            true => "nothing".to_owned(),
            false => self.style.shown(&context.to_string()).into_owned(),
        };
        match row.contexts.as_slice() {
            [only] if plain(only) => " (without parameters)".to_owned(),
            some => format!(" with {}", some.iter().map(shown).collect::<Vec<_>>().join(" or ")),
        }
    }

    fn members(&self, members: &[Members]) -> String {
        let most = if self.style.verbosity == Verbosity::Verbose { usize::MAX } else { MOST_NAMES };
        let mut shown: Vec<String> = members.iter().take(most).map(|member| self.member(member)).collect();
        if let Some(more @ 1..) = members.len().checked_sub(most) {
            shown.push(format!("and {more} more"));
        }
        shown.join(", ")
    }

    fn member(&self, member: &Members) -> String {
        match member.kind {
            MembersKind::Type => {
                let name = member.name.rsplit("::").next().unwrap_or(&member.name);
                format!("every {} ({})", self.style.shown(name), member.count)
            }
            MembersKind::Group => {
                format!("{} (all {})", self.names.short(&member.name, self.style), member.count)
            }
            MembersKind::Entity => self.names.short(&member.name, self.style),
        }
    }

    fn needed_later_cells(&self) -> Vec<[String; 4]> {
        let row = |row: &NeededLater| {
            [
                self.names.short(&row.principal, self.style),
                self.actions.short(&row.action, self.style),
                self.names.short(&row.resource, self.style),
                format!("{}, needed in {}", self.style.shown(&row.taken_by), self.style.shown(&row.step)),
            ]
        };
        self.report.needed_later.iter().map(row).collect()
    }

    fn needed_later(&self) -> Option<String> {
        let rows = &self.report.needed_later;
        let cells = self.needed_later_cells();
        let title = format!("taken away though a later step needs it: {}", counted(rows.len(), "step"));
        let table = || grid(["who", "what", "on what", "taken away by"], &cells, self.style);
        (!rows.is_empty()).then(|| self.lines(&title, Paint::Bad) + &table())
    }

    fn not_asked_cells(&self) -> Vec<[String; 2]> {
        let rows = self.report.not_asked.iter();
        rows.map(|row| [self.actions.short(&row.action, self.style), self.style.shown(&row.why).into_owned()])
            .collect()
    }

    fn not_asked(&self) -> Option<String> {
        let rows = &self.report.not_asked;
        let cells = self.not_asked_cells();
        let title = format!("not asked: {}", counted(rows.len(), "action"));
        (!rows.is_empty())
            .then(|| self.lines(&title, Paint::Faint) + &grid(["what", "why"], &cells, self.style))
    }

    fn counts(&self) -> String {
        self.lines(&self.sum(), Paint::Strong)
    }

    fn sum(&self) -> String {
        let counts = &self.report.counts;
        format!(
            "{} gained, {} lost, {} temporary, {} interrupted, of {} requests by {} on {}",
            counts.gained,
            counts.lost,
            counts.temporary,
            counts.interrupted,
            counts.requests,
            counted(counts.principals, "principal"),
            counted(counts.resources, "resource"),
        )
    }
}

/// One table of a delta.
pub(in super::super) struct Sheet {
    /// What it lists.
    pub title: &'static str,
    /// The names of its columns.
    pub head: &'static [&'static str],
    /// Its cells, fit to be shown.
    pub rows: Vec<Vec<String>>,
}

/// A delta as tables, and what it comes to.
pub(in super::super) fn sheets(report: &ImpactReport, style: &Style) -> (Vec<Sheet>, String) {
    let text = Text::new(report, style);
    let mut sheets = vec![Sheet {
        title: "taken away though a later step needs it",
        head: &["who", "what", "on what", "taken away by"],
        rows: text.needed_later_cells().into_iter().map(Vec::from).collect(),
    }];
    for (change, about, title) in SECTIONS {
        let rows = report.changes.iter().filter(|row| row.change == *change && row.about == *about);
        sheets.push(Sheet {
            title,
            head: &["who", "what", "on what", "through"],
            rows: rows.map(|row| text.cells(row).into()).collect(),
        });
    }
    sheets.push(Sheet {
        title: "not asked",
        head: &["what", "why"],
        rows: text.not_asked_cells().into_iter().map(Vec::from).collect(),
    });
    sheets.retain(|sheet| !sheet.rows.is_empty());
    (sheets, text.sum())
}

const SECTIONS: &[(Change, About, &str)] = &[
    (Change::Gained, About::Existing, "possible after the plan and not before, standing access"),
    (Change::Gained, About::Created, "possible with what the plan makes"),
    (Change::Gained, About::Deleted, "possible with what the plan deletes"),
    (Change::Temporary, About::Existing, "possible for a while"),
    (Change::Temporary, About::Created, "possible for a while with what the plan makes"),
    (Change::Temporary, About::Deleted, "possible for a while with what the plan deletes"),
    (Change::Lost, About::Existing, "possible before the plan and not after"),
    (Change::Lost, About::Created, "lost of what the plan makes"),
    (Change::Lost, About::Deleted, "gone with what the plan deletes"),
    (Change::Interrupted, About::Existing, "impossible for a while"),
    (Change::Interrupted, About::Created, "impossible for a while with what the plan makes"),
    (Change::Interrupted, About::Deleted, "impossible for a while with what the plan deletes"),
];
