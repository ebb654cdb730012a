//! Changes of the bundle that come together with the plan that it judges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Ground, Inputs, ReadPlan, Resolved, Settings};
use crate::decide::{Judgement, Verdict, decide};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::explain::{Explanation, Found};
use crate::import::BundleFiles;
use crate::model::Uid;
use crate::policy::{Bundle, Effect};
use crate::source::{SourceId, SourceMap, Span};

/// The files of a bundle.
pub(super) fn files(bundle: &BundleFiles) -> Vec<SourceId> {
    let mut files = vec![bundle.manifest, bundle.schema, bundle.operations];
    files.extend(bundle.policies.iter().chain(&bundle.links));
    files
}

/// The bundle that the base bundle was changed into, or left as.
pub(super) struct Changed<'a> {
    ground: Box<Ground<'a>>,
    base: &'a BundleFiles,
}

/// One thing that differs: what, in words, and where it stands in the changed bundle.
struct Difference {
    what: String,
    place: Option<Span>,
}

impl<'a> Changed<'a> {
    /// Reads the changed bundle, against the same estate.
    pub(super) fn prepare(
        sources: &'a Arc<SourceMap>,
        inputs: &'a Inputs,
        settings: &'a Settings,
        sink: &mut Sink,
    ) -> Option<Self> {
        let base = settings.base.as_ref()?;
        let ground = Ground::prepare(sources, inputs, &inputs.bundle, settings, sink)?;
        Some(Self { ground: Box::new(ground), base })
    }

    /// Rejects a plan where any file of the bundle differs, and says what does.
    pub(super) fn forbid(
        &self,
        source: SourceId,
        base: &Bundle,
        judgement: &mut Judgement,
        explanation: &mut Explanation,
    ) {
        let files = self.changed_files();
        if files.is_empty() {
            return;
        }
        let differences = self.differences(base);
        let names: Vec<String> = files.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!("the bundle is changed together with the plan: {}", names.join(", "));
        let mut diagnostic = Diagnostic::new(Code::GateChanged, message);
        for difference in &differences {
            diagnostic = diagnostic.label_at(difference.place, difference.what.clone());
        }
        let shown: BTreeSet<SourceId> = diagnostic.labels.iter().map(|label| label.span.source).collect();
        let unshown = files.iter().filter_map(|(_, file)| *file).filter(|file| !shown.contains(file));
        for file in unshown.collect::<Vec<_>>() {
            diagnostic = diagnostic.label(Span::new(file, 0, 0), "this file differs from the base");
        }
        let unplaced = differences.into_iter().filter(|difference| difference.place.is_none());
        diagnostic.hints.extend(unplaced.map(|difference| difference.what));
        diagnostic.hints.push(self.other_verdict(source, judgement));
        diagnostic.hints.push("the plan is judged by the base bundle; change the bundle first, by somebody who may, and the plan afterwards".to_owned());
        judgement.verdict = Verdict::Rejected;
        explanation.findings.insert(0, Found { diagnostic, step: None, policy: None });
    }

    /// The files that differ, by their names in the folder, with their place in the changed bundle.
    fn changed_files(&self) -> Vec<(String, Option<SourceId>)> {
        let (before, after) = (self.named(self.base), self.named(&self.ground.inputs.bundle));
        let text = |id: &SourceId| self.ground.sources.get(*id).text();
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let differs = |name: &&String| before.get(*name).map(text) != after.get(*name).map(text);
        names.into_iter().filter(differs).map(|name| (name.clone(), after.get(name).copied())).collect()
    }

    /// A bundle's files by their paths from its folder.
    fn named(&self, bundle: &BundleFiles) -> BTreeMap<String, SourceId> {
        let path = |id: SourceId| self.ground.sources.get(id).path();
        let folder = path(bundle.manifest).trim_end_matches("bundle.toml");
        let name = |id: SourceId| path(id).strip_prefix(folder).unwrap_or(path(id)).to_owned();
        files(bundle).into_iter().map(|id| (name(id), id)).collect()
    }

    /// What differs in policies, levels, links and the catalogue.
    fn differences(&self, base: &Bundle) -> Vec<Difference> {
        let changed = &self.ground.bundle;
        let mut found = self.policies(base, changed);
        let links =
            |bundle: &Bundle| -> BTreeSet<String> { bundle.links().map(|(_, id)| id.to_string()).collect() };
        let same = |id: &String| {
            let of = |bundle: &Bundle| {
                bundle.links().find(|(_, other)| other.as_ref() == id).map(|(link, _)| link.clone())
            };
            of(base) == of(changed)
        };
        let (before, after) = (links(base), links(changed));
        let place = self.ground.inputs.bundle.links.map(|file| Span::new(file, 0, 0));
        let changed_links = before.union(&after).filter(|id| !same(id));
        found.extend(changed_links.map(|id| {
            let what = match (before.contains(id), after.contains(id)) {
                (true, false) => format!("the link `{id}` is taken out"),
                (false, _) => format!("the link `{id}` is new"),
                _ => format!("the link `{id}` has other arguments"),
            };
            Difference { what, place }
        }));
        found.extend(self.operations(base, changed));
        if base.policy_count() > 0
            && self.text(self.base.schema) != self.text(self.ground.inputs.bundle.schema)
        {
            let place = Some(Span::new(self.ground.inputs.bundle.schema, 0, 0));
            found.push(Difference { what: "the schema differs".to_owned(), place });
        }
        found
    }

    fn text(&self, id: SourceId) -> &str {
        self.ground.sources.get(id).text()
    }

    fn slice(&self, span: Span) -> &str {
        self.text(span.source).get(span.range()).unwrap_or_default()
    }

    fn policies(&self, base: &Bundle, changed: &Bundle) -> Vec<Difference> {
        let word = |effect: Effect| if effect == Effect::Permit { "permit" } else { "forbid" };
        let mut found = Vec::new();
        for policy in base.policies() {
            let Some(now) = changed.policy(&policy.id) else {
                let what = format!("the {} `{}` is taken out", word(policy.effect), policy.id);
                found.push(Difference { what, place: None });
                continue;
            };
            if self.slice(policy.span) != self.slice(now.span) {
                let what = format!("the {} `{}` differs", word(policy.effect), policy.id);
                found.push(Difference { what, place: Some(now.id_span) });
            }
            if policy.level != now.level {
                let what = format!(
                    "the level of `{}` was `{}`, and is `{}`",
                    policy.id,
                    policy.level.as_str(),
                    now.level.as_str()
                );
                found.push(Difference { what, place: Some(now.id_span) });
            }
        }
        let new = changed.policies().filter(|policy| base.policy(&policy.id).is_none());
        found.extend(new.map(|policy| Difference {
            what: format!("the {} `{}` is new", word(policy.effect), policy.id),
            place: Some(policy.id_span),
        }));
        found
    }

    fn operations(&self, base: &Bundle, changed: &Bundle) -> Vec<Difference> {
        let schema = changed.schema();
        let before: BTreeMap<&Uid, _> = base.operations().collect();
        let mut found = Vec::new();
        for (action, operation) in changed.operations() {
            let name = schema.action_name(action);
            let what = match before.get(action) {
                None => format!("the operation `{name}` is new"),
                Some(known) if known.same_changes(operation) => continue,
                Some(_) => format!("the operation `{name}` changes something else"),
            };
            found.push(Difference { what, place: Some(operation.span) });
        }
        let gone = before.keys().filter(|action| changed.operation(action).is_none());
        found.extend(gone.map(|action| Difference {
            what: format!("the operation `{}` is taken out", base.schema().action_name(action)),
            place: None,
        }));
        found
    }

    /// What the changed bundle would say of the plan.
    fn other_verdict(&self, source: SourceId, judgement: &Judgement) -> String {
        let ground = &self.ground;
        let base = if judgement.verdict.is_approved() { "approves" } else { "rejects" };
        let mut unsaid = Sink::new();
        let read = ReadPlan::of(ground.sources, source, ground.settings, &mut unsaid);
        let Some(resolved) = read.and_then(|read| ground.resolve(read, &mut unsaid)) else {
            return format!("the base bundle {base} the plan, and the changed bundle cannot judge it");
        };
        let estate = &ground.world_of(&resolved).estate;
        let Resolved { plan, briefing, .. } = &resolved;
        let other = decide(plan, estate, &ground.bundle, briefing, ground.settings.effort);
        let changed = if other.verdict.is_approved() { "approves" } else { "rejects" };
        match base == changed {
            true => format!("by itself, the base bundle {base} the plan, and so does the changed bundle"),
            false => {
                format!("by itself, the base bundle {base} the plan, and the changed bundle {changed} it")
            }
        }
    }
}
