//! The table for people.

use std::collections::{BTreeMap, BTreeSet};

use super::super::conditions::{Words, named_uids, undecided};
use super::super::ground::Ground;
use crate::model::{Plan, Uid};
use crate::policy::{Alternative, Bundle};
use crate::report::RightsTable;
use crate::report::render::{Columns, Naming, Paint, Style, Verbosity, wrap};
use crate::rights::{Need, PhaseRights, RightOnResource, Rights, Today};

const HEAD: &[&str] = &["phase", "steps", "rights needed", "held today by", "documentation"];
/// How many names a cell shows where not all are asked for.
const MOST_NAMES: usize = 5;

/// Everything: the table, and below it what a reader of it should know.
pub(super) fn table(ground: &Ground, plan: &Plan, rights: &Rights, style: &Style) -> String {
    let uids = uids(rights);
    let groups = Naming::of(uids.iter().map(String::as_str));
    let holders: Vec<String> = holders(rights).map(ToString::to_string).collect();
    let words = Words { naming: groups, schema: ground.bundle.schema(), style };
    let teller = Teller { plan, words, people: Naming::of(holders.iter().map(String::as_str)), style };
    let title = plan.title.as_ref().map_or(String::new(), |title| format!(": {}", style.shown(title)));
    let width = style.width.unwrap_or(usize::MAX);
    let head = wrap(&format!("rights for plan {}{title}", style.shown(&plan.id)), width).join("\n");
    let mut columns = Columns::new(HEAD);
    for phase in &rights.phases {
        teller.cells(phase).into_iter().for_each(|cells| columns.push(cells));
    }
    let mut text = style.paint(Paint::Strong, &head) + "\n\n" + &columns.render(style);
    let remarks = teller.remarks(&ground.bundle, rights);
    if !remarks.is_empty() {
        text.push('\n');
    }
    for remark in remarks {
        let next = format!("\n{} ", style.gutter());
        text.push_str(&(wrap(&remark, width.saturating_sub(2)).join(&next) + "\n"));
    }
    text
}

/// The table and what else to know, cells with alternatives on lines of their own.
pub(in crate::cli) fn rows(bundle: &Bundle, plan: &Plan, rights: &Rights, style: &Style) -> RightsTable {
    let uids = uids(rights);
    let groups = Naming::of(uids.iter().map(String::as_str));
    let holders: Vec<String> = holders(rights).map(ToString::to_string).collect();
    let words = Words { naming: groups, schema: bundle.schema(), style };
    let teller = Teller { plan, words, people: Naming::of(holders.iter().map(String::as_str)), style };
    let head = HEAD.iter().map(|name| (*name).to_owned()).collect();
    let rows = rights.phases.iter().flat_map(|phase| teller.cells(phase)).collect();
    RightsTable { head, rows, remarks: teller.remarks(bundle, rights) }
}

/// The entities that the needs name.
fn uids(rights: &Rights) -> Vec<String> {
    let needs = rights.phases.iter().flat_map(|phase| &phase.needs);
    let mut uids: Vec<String> = needs
        .flat_map(|need| need.alternatives.iter().flatten())
        .flat_map(|(one, _)| named_uids([one]))
        .collect();
    for step in &rights.steps {
        uids.extend(named_uids(step.alternatives.iter().flatten()));
        uids.extend(named_uids(step.instead.iter().flatten().flatten()));
    }
    uids
}

fn holders(rights: &Rights) -> impl Iterator<Item = &Uid> {
    let needs = rights.phases.iter().flat_map(|phase| &phase.needs);
    needs.flat_map(|need| need.alternatives.iter().flatten()).flat_map(|(_, holders)| holders)
}

struct Teller<'a> {
    plan: &'a Plan,
    words: Words<'a>,
    people: Naming<'a>,
    style: &'a Style,
}

impl Teller<'_> {
    /// One row for each need of a phase; what the row above says is empty.
    fn cells(&self, phase: &PhaseRights) -> Vec<Vec<String>> {
        let Some(described) = self.plan.phases.get(phase.phase) else { return Vec::new() };
        let title = described.title.as_ref().unwrap_or(&described.id);
        let docs = described.docs.as_ref().map_or(String::new(), |docs| self.style.shown(docs).into_owned());
        let row = |(at, need): (usize, &Need)| {
            let first = |text: String| if at == 0 { text } else { String::new() };
            vec![
                first(self.style.shown(title).into_owned()),
                self.steps(need),
                self.needed(need),
                self.held(need),
                first(docs.clone()),
            ]
        };
        phase.needs.iter().enumerate().map(row).collect()
    }

    fn steps(&self, need: &Need) -> String {
        let steps = need.steps.iter().filter_map(|at| self.plan.steps.get(*at));
        let id = |address: &str| address.split_once('/').map_or(address.to_owned(), |(_, id)| id.to_owned());
        let ids: Vec<String> = steps.map(|step| self.style.shown(&id(&step.address)).into_owned()).collect();
        if ids.is_empty() { "no steps".to_owned() } else { ids.join(", ") }
    }

    fn needed(&self, need: &Need) -> String {
        let on_resources = on_resources(&need.on_resources, self.style);
        let alternatives = match &need.alternatives {
            Err(why) => return undecided(why, self.style),
            Ok(_) if need.steps.is_empty() => return String::new(),
            Ok(none) if none.is_empty() => return "nobody could be allowed".to_owned(),
            Ok(some) => some,
        };
        let only = |alternative: &Alternative| match (alternative.is_empty(), on_resources.is_empty()) {
            (true, false) => on_resources.clone(),
            (_, true) => self.words.alternative(alternative),
            (false, false) => format!("{} and {on_resources}", self.words.alternative(alternative)),
        };
        let each: Vec<String> = alternatives.iter().map(|(alternative, _)| only(alternative)).collect();
        each.join("\nor ")
    }

    fn held(&self, need: &Need) -> String {
        let Ok(alternatives) = &need.alternatives else { return String::new() };
        let each: Vec<String> = alternatives.iter().map(|(_, holders)| self.names(holders)).collect();
        each.join("\n")
    }

    fn names(&self, holders: &BTreeSet<Uid>) -> String {
        if holders.is_empty() {
            return "nobody".to_owned();
        }
        let all = self.style.verbosity == Verbosity::Verbose || holders.len() <= MOST_NAMES + 1;
        let most = if all { holders.len() } else { MOST_NAMES };
        let names: Vec<String> =
            holders.iter().take(most).map(|uid| self.people.short(&uid.to_string(), self.style)).collect();
        let more = holders.len() - most;
        match more {
            0 => format!("{} ({})", names.join(", "), holders.len()),
            more => format!("{} and {more} more ({})", names.join(", "), holders.len()),
        }
    }

    /// What stands in the way, which rights on resources are not there, and where steps ask for less.
    fn remarks(&self, bundle: &Bundle, rights: &Rights) -> Vec<String> {
        let mut remarks = Vec::new();
        for (step, found) in self.plan.steps.iter().zip(&rights.steps) {
            let address = self.style.shown(&step.address);
            for right in found.on_resource.iter().filter(|right| right.today != Today::Held) {
                let what = self.style.shown(&right.right);
                let resource = right.resource.to_string();
                let on = self.style.shown(&resource);
                remarks.push(match right.today {
                    Today::GivenInPlan => format!("{address}: {what} is given by an earlier step on {on}"),
                    _ => format!("{address}: {what} is lacking for {on}"),
                });
            }
            if let Some(Ok(instead)) =
                found.instead.as_ref().filter(|instead| instead.as_ref().is_ok_and(|one| !one.is_empty()))
            {
                remarks.push(format!("{address}: without it, {}", self.words.alternatives(instead)));
            }
            for policy in &found.in_the_way {
                let says = self.words.says(bundle, policy);
                remarks.push(format!(
                    "{address}: whoever does it, the forbid `{}` applies: {says}",
                    self.style.shown(policy)
                ));
            }
        }
        remarks.extend(self.less(rights));
        remarks
    }

    /// The steps that ask for less than their phase.
    fn less(&self, rights: &Rights) -> Vec<String> {
        let mut by_rights: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for need in rights.phases.iter().flat_map(|phase| &phase.needs) {
            let Ok(together) = &need.alternatives else { continue };
            for at in &need.steps {
                let (Some(step), Some(found)) = (self.plan.steps.get(*at), rights.steps.get(*at)) else {
                    continue;
                };
                let Ok(own) = &found.alternatives else { continue };
                if !own.iter().eq(together.iter().map(|(alternative, _)| alternative)) {
                    let address = self.style.shown(&step.address).into_owned();
                    by_rights.entry(self.words.alternatives(own)).or_default().push(address);
                }
            }
        }
        by_rights.into_iter().map(|(rights, steps)| format!("{} alone: {rights}", steps.join(", "))).collect()
    }
}

/// The names of the rights on resources, with the worst that is true of each.
fn on_resources(rights: &[RightOnResource], style: &Style) -> String {
    let mut worst: BTreeMap<&str, Today> = BTreeMap::new();
    for right in rights {
        let known = worst.entry(right.right.as_str()).or_insert(right.today);
        *known = (*known).max(right.today);
    }
    let each: Vec<String> = worst
        .into_iter()
        .map(|(right, today)| match today {
            Today::Held => style.shown(right).into_owned(),
            Today::GivenInPlan => format!("{} (given in the plan)", style.shown(right)),
            Today::Lacking => format!("{} (lacking)", style.shown(right)),
        })
        .collect();
    each.join(" and ")
}
