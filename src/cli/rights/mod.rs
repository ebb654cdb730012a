//! `countersign rights`: the rights that each phase of a plan needs.

mod json;
mod text;

pub(super) use json::json_schema;
pub(super) use text::rows;

use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use super::Exit;
use super::ground::{self, Format, Ground, Need, Options};
use super::importing;
use super::output::{printed, talk};
use super::terminal::{Stream, style};
use crate::decide::{brief, circles_are_left_alone};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{ApprovalsDocument, Level};
use crate::import;
use crate::load::{Loader, NamedPath};
use crate::model::{Approvals, Plan};
use crate::parallel::Threads;
use crate::resolve;
use crate::rights::rights;
use crate::source::{Role, SourceId};

/// Print the rights that each phase of a plan needs, computed from the policies alone
///
/// For each phase: its steps, the rights that they need, who holds them before the plan, and the documentation. A
/// right is derived: the fewest conditions on who does a step under which the policies allow it, in the state that
/// the steps before it leave behind, with prerequisites left aside. Where policies ask who approved the plan, the
/// approvals that count are those of `--approvals`; overrides do not change what right a step needs.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The plan; `-` is standard input, without it the configuration's only plan is taken
    plan: Option<PathBuf>,
    /// Approvals, from where the plan's author cannot write
    #[arg(long = "approvals", value_name = "FILE")]
    approvals: Vec<PathBuf>,
    /// The oldest that the estate's `taken` may be, such as 36h; an older or undated one is refused
    #[arg(long, value_name = "DURATION", value_parser = super::inputs::duration)]
    max_age: Option<SignedDuration>,
    #[command(flatten)]
    options: Options,
}

/// Prints the table, or says why there is none.
pub fn run(arguments: &Arguments) -> Exit {
    let mut loader = Loader::new();
    let options = &arguments.options;
    let Some(mut ground) = ground::prepare(options, Need::PerhapsOfPlan, &mut loader) else {
        return ground::could_not_answer(options, loader);
    };
    let Some(plan) = read(arguments, &mut ground, &mut loader) else {
        return ground::could_not_answer(options, loader);
    };
    ground::tell(options, loader);
    if plan.steps.is_empty() {
        talk("countersign: the plan has no steps, so it needs no rights\n");
        return Exit::NothingToJudge;
    }
    let found = rights(&plan, &ground.estate, &ground.bundle);
    printed(&match options.format {
        Format::Text => text::table(&ground, &plan, &found, &style(Stream::Output, options.wishes())),
        Format::Json => json::table(&ground, &plan, &found),
    })
}

/// The plan, with what the engine tells the policies of it.
fn read(arguments: &Arguments, ground: &mut Ground, loader: &mut Loader) -> Option<Plan> {
    let path = match (&arguments.plan, ground.plans.as_slice()) {
        (Some(path), _) => NamedPath::given(path),
        (None, [only]) => only.clone(),
        (None, plans) => {
            let message =
                if plans.is_empty() { "no plan is given" } else { "the configuration names several plans" };
            loader.sink.push(Diagnostic::new(Code::Configuration, message).hint("name one plan"));
            return None;
        }
    };
    let id = loader.named(&path, Role::Plan)?;
    let mut imported = import::plan(&loader.sources, id, &ground.import, &mut loader.sink)?;
    import::find_names(&mut imported, &ground.parts(), &mut loader.sink)?;
    importing::tell(imported.report(&loader.sources, id).iter(), arguments.options.wishes());
    ground.add(imported.estate, loader)?;
    let operations = ground.bundle.operations().map(|(action, _)| action.clone()).collect();
    let schema = ground.bundle.schema();
    let mut plan = resolve::plan(
        &imported.plan,
        schema,
        &operations,
        &ground.estate.state,
        Threads::default(),
        &mut loader.sink,
    )?;
    circles_are_left_alone(&plan, &ground.estate, &ground.bundle, &mut loader.sink)?;
    let at = arguments.options.at();
    ground.is_fresh(at, arguments.max_age, loader).then_some(())?;
    let approvals = approvals(&arguments.approvals, id, &plan, ground, loader)?;
    let briefing = brief(&mut plan, &ground.estate, &ground.bundle, &approvals, at);
    briefing.remarks.into_iter().for_each(|remark| loader.sink.push(remark));
    Some(plan)
}

/// What people said of the plan.
fn approvals(
    files: &[PathBuf],
    plan_file: SourceId,
    plan: &Plan,
    ground: &Ground,
    loader: &mut Loader,
) -> Option<Approvals> {
    let read: Vec<_> =
        files.iter().map(|file| loader.named(&NamedPath::given(file), Role::Approvals)).collect();
    let read: Vec<SourceId> = read.into_iter().collect::<Option<_>>()?;
    let documents = read.into_iter().map(|id| import::approvals(&loader.sources, id, &mut loader.sink));
    let documents: Vec<ApprovalsDocument> = documents.collect::<Option<_>>()?;
    let digest = loader.sources.get(plan_file).digest();
    let levels = ground.bundle.policies();
    let soft = levels.map(|policy| (policy.id.clone(), policy.level == Level::Soft)).collect();
    resolve::approvals(&documents, plan, digest, &soft, ground.bundle.schema(), &mut loader.sink)
}
