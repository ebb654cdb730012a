//! The report of an impact.

use std::sync::Arc;

use super::{Inputs, Settings};
use crate::diagnostic::{Code, controls_of};
use crate::model::Plan;
use crate::policy::Bundle;
use crate::report::impact::{
    About, Access, Change, IMPACT_SCHEMA, ImpactCounts, ImpactReport, Members, NeededLater, NotAsked,
};
use crate::report::{Finding, FindingLevel, ImportReport, Input, LabelReport, PlanSummary, Tool};
use crate::source::{Role, SourceId, SourceMap};

/// What a report is made from besides the answers.
pub(super) struct Teller<'a> {
    pub(super) sources: &'a Arc<SourceMap>,
    pub(super) inputs: &'a Inputs,
    pub(super) settings: &'a Settings,
    pub(super) source: SourceId,
    pub(super) bundle: &'a Bundle,
    pub(super) plan: &'a Plan,
    pub(super) imports: &'a [ImportReport],
}

impl Teller<'_> {
    pub(super) fn report(
        &self,
        counts: ImpactCounts,
        mut access: Vec<Access>,
        needed: Vec<(usize, usize)>,
        not_asked: Vec<NotAsked>,
    ) -> ImpactReport {
        let plan = self.plan;
        access.sort_by_cached_key(|row| {
            let context: Vec<String> = row.contexts.iter().map(ToString::to_string).collect();
            (
                row.change,
                row.about,
                row.steps.clone(),
                row.action.clone(),
                context,
                row.principals.clone(),
                row.resources.clone(),
            )
        });
        let (possible, changes): (Vec<Access>, Vec<Access>) =
            access.into_iter().partition(|row| row.change == Change::Possible);
        let possible = (self.settings.extent == super::Extent::Everything).then_some(possible);
        ImpactReport {
            schema: IMPACT_SCHEMA.to_owned(),
            tool: Tool { name: "countersign".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            inputs: self.list_inputs(),
            imports: self.imports.to_vec(),
            at: self.settings.at.to_string(),
            plan: PlanSummary {
                id: plan.id.clone(),
                title: plan.title.clone(),
                author: plan.author.as_ref().map(ToString::to_string),
                docs: plan.docs.clone(),
            },
            counts,
            findings: changes.iter().filter_map(|row| self.standing(row)).collect(),
            needed_later: needed.into_iter().filter_map(|(step, by)| self.needed(step, by)).collect(),
            changes,
            possible,
            not_asked,
            sources: Arc::clone(self.sources),
        }
    }

    fn list_inputs(&self) -> Vec<Input> {
        let bundle = &self.inputs.bundle;
        let mut ids = vec![self.source, bundle.manifest, bundle.schema, bundle.operations];
        ids.extend(
            self.inputs
                .estates
                .iter()
                .chain(&bundle.policies)
                .chain(&bundle.links)
                .chain(&self.settings.approvals)
                .chain(&self.settings.import.mapping),
        );
        ids.extend(self.sources.with_role(Role::Configuration));
        let mut inputs: Vec<Input> = ids
            .into_iter()
            .map(|id| {
                let source = self.sources.get(id);
                let (role, path) = (source.role().as_str().to_owned(), source.path().to_owned());
                Input { role, path, sha256: source.digest().to_owned() }
            })
            .collect();
        inputs.sort();
        inputs
    }

    fn needed(&self, step: usize, by: usize) -> Option<NeededLater> {
        let (step, by) = (self.plan.steps.get(step)?, self.plan.steps.get(by)?);
        Some(NeededLater {
            step: step.address.clone(),
            taken_by: by.address.clone(),
            principal: step.principal.to_string(),
            action: step.action.to_string(),
            resource: step.resource.to_string(),
        })
    }

    /// The note about access to what was there before, which the plan gives and leaves standing.
    fn standing(&self, row: &Access) -> Option<Finding> {
        if row.change != Change::Gained || row.about != About::Existing {
            return None;
        }
        let address = row.steps.first()?;
        let step = self.plan.steps.iter().find(|step| step.address == *address)?;
        let action = self
            .plan
            .steps
            .iter()
            .map(|step| &*step.action)
            .chain(self.bundle.operations().map(|(uid, _)| uid));
        let action = action
            .into_iter()
            .find(|uid| uid.to_string() == row.action)
            .map(|uid| self.bundle.schema().action_name(uid));
        let message = format!(
            "{} may do `{}` on {} when the plan is done, which was not possible before",
            few(&row.principals, &self.bundle.schema().namespace),
            action.unwrap_or_else(|| row.action.clone()),
            few(&row.resources, &self.bundle.schema().namespace),
        );
        Some(Finding {
            code: Code::StandingAccess.as_str().to_owned(),
            level: FindingLevel::Note,
            step: Some(address.clone()),
            policy: None,
            controls: controls_of(Code::StandingAccess).map(str::to_owned).collect(),
            message,
            labels: vec![LabelReport::of(
                self.sources,
                step.spans.id,
                "gives it, and no later step takes it back",
            )],
            hints: Vec::new(),
        })
    }
}

/// The first of some names, and how many more there are.
fn few(members: &[Members], namespace: &str) -> String {
    let prefix = format!("{namespace}::");
    let short =
        |name: &str| name.strip_prefix(&prefix).filter(|_| !namespace.is_empty()).unwrap_or(name).to_owned();
    let shown: Vec<String> =
        members.iter().take(3).map(|member| format!("`{}`", short(&member.name))).collect();
    match members.len().saturating_sub(3) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
