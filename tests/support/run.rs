//! Runs the engine on texts.

use std::sync::Arc;

use countersign::check::{self, Advice, Detail, Inputs, Settings};
use countersign::diagnostic::Sink;
use countersign::import::BundleFiles;
use countersign::source::{Role, SourceMap};
use jiff::Timestamp;
use serde_json::Value as Json;

use super::world::{File, Files};

/// The instant that every test judges at: 2026-11-22T06:00:00Z.
pub const AT: i64 = 1_795_327_200;

/// What the engine answered about the plan.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The report in its JSON form.
    Judged(Json),
    NothingToJudge,
    /// The messages of the errors.
    CouldNotJudge(Vec<String>),
}

impl Answer {
    pub fn is_approved(&self) -> bool {
        matches!(self, Answer::Judged(report) if report["verdict"] == "approved")
    }

    pub fn is_rejected(&self) -> bool {
        matches!(self, Answer::Judged(report) if report["verdict"] == "rejected")
    }

    /// The report, where there is one.
    pub fn report(&self) -> Option<&Json> {
        match self {
            Answer::Judged(report) => Some(report),
            _ => None,
        }
    }
}

/// Judges the plan of some files.
pub fn judge(files: &Files) -> Answer {
    judge_with(files, Detail::Outcomes, Advice::Omitted)
}

/// Judges the plan of some files, and tells more of it.
pub fn judge_with(files: &Files, detail: Detail, advice: Advice) -> Answer {
    let mut sources = SourceMap::new();
    let mut add = |role: Role, (path, text): &File| sources.add(path.as_str(), role, text.as_str());
    let bundle = BundleFiles {
        manifest: add(Role::Manifest, &files.manifest),
        schema: add(Role::Schema, &files.schema),
        policies: files.policies.iter().map(|file| add(Role::Policy, file)).collect(),
        links: files.links.as_ref().map(|file| add(Role::Links, file)),
        operations: add(Role::Operations, &files.operations),
    };
    let estates = files.estates.iter().map(|file| add(Role::Estate, file)).collect();
    let inputs = Inputs { plans: vec![add(Role::Plan, &files.plan)], estates, bundle };
    let at = Timestamp::from_second(AT).expect("an instant of this century");
    let mut sink = Sink::new();
    let settings = Settings { detail, advice, ..Settings::at(at) };
    let answers = check::check_with(&Arc::new(sources), &inputs, &settings, &mut sink);
    match answers.into_iter().next().expect("one answer for one plan") {
        check::Answer::Judged(report) => {
            Answer::Judged(serde_json::to_value(&*report).expect("a report is JSON"))
        }
        check::Answer::NothingToJudge => Answer::NothingToJudge,
        check::Answer::CouldNotJudge => {
            let messages = sink.into_sorted().into_iter();
            Answer::CouldNotJudge(
                messages.map(|message| format!("{}: {}", message.code.as_str(), message.message)).collect(),
            )
        }
    }
}
