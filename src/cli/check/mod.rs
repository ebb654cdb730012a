//! `countersign check`: the gate.

mod judged;
mod problems;
pub(super) mod selection;
mod summary;
pub(super) mod targets;

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::appendix::appendices;
use super::importing;
use super::inputs::InputArguments;
use super::output::{Lines, talk};
use super::progress::progress;
use super::terminal::{Colour, Stream, Wishes, style};
use super::{Exit, load_error};
use crate::check::{Advice, Answer, Detail, Settings, check_in_lines, check_with};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::load::{LoadError, Loader};
use crate::report::render::{Batch, MOST_STEPS_OF_A_PAGE, Renderer, Verbosity, counted, diagnostics};
use crate::report::{FindingLevel, Problems, Terms, Unjudged, Why};
use crate::source::SourceMap;
use judged::{Judged, names};
use selection::{Loaded, Selection};
use targets::Target;

/// Judge plans: is every step authorised in the state that the steps before it leave behind?
///
/// What is not given here is taken from `countersign.toml`, which is looked for in the working directory and
/// above it: `bundle`, `estate`, `plans`. A flag replaces the key of the file.
///
/// The result goes to standard output, everything else to standard error. With one plan, `--format json` prints a
/// report object; with several, a list of objects, in which a plan that could not be judged is absent. The exit
/// code tells about all plans: 0 only where each was judged and approved.
#[derive(Debug, Args)]
#[command(after_help = super::exit::TABLE)]
pub struct Arguments {
    /// Plans to judge; `-` is standard input
    plans: Vec<PathBuf>,
    #[command(flatten)]
    inputs: InputArguments,
    /// What to print
    #[arg(long, value_name = "F", default_value = "text", value_parser = targets::renderers())]
    format: &'static Renderer,
    /// Look for changes that would make each refused step allowed; every one is judged before it is told
    #[arg(long)]
    remedies: bool,
    /// Do not look for changes that would make refused steps allowed; without this flag and `--remedies`, one is
    /// told for each of the first three refused steps of a plan of up to 200 steps
    #[arg(long, conflicts_with_all = ["remedies", "fix"])]
    no_remedies: bool,
    /// Print the plan with the first remedy that its text can be changed by, as a unified diff; changes no file
    #[arg(long, conflicts_with = "format")]
    fix: bool,
    /// Write a result to a file as well
    #[arg(long = "output", value_name = "F=PATH", value_parser = targets::target)]
    outputs: Vec<Target>,
    /// The mildest finding that fails the check; never makes a rejected plan pass
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t)]
    fail_level: FailLevel,
    /// End with 0 also where the check fails, and say so; what could not be judged still fails
    #[arg(long)]
    exit_zero: bool,
    /// Print only findings and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Print the reasons, the context and the place in the order of every step, and what the policies say of each
    /// refused one, part by part
    #[arg(short, long)]
    verbose: bool,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t)]
    color: Colour,
    /// Make decisions a second time with plain Cedar from all policies, one of N or every one; a difference ends
    /// the run with exit 70
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "1")]
    cross_check: Option<NonZeroU64>,
    /// Columns to fit the text into; those of the terminal if absent, any number in a pipe
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    width: Option<u16>,
}

/// How many refused steps are looked into for the formats that show it.
const MOST_EXAMINED: usize = 200;

/// The mildest finding that fails a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum FailLevel {
    /// Notes, warnings and errors.
    Note,
    /// Warnings and errors.
    Warning,
    /// Errors only, of which an approved plan has none.
    #[default]
    Error,
}

/// Judges the plans, writes the results, tells the rest.
pub fn run(arguments: &Arguments) -> Exit {
    let task = Task {
        plans: &arguments.plans,
        inputs: &arguments.inputs,
        outputs: &arguments.outputs,
        wishes: arguments.wishes(),
        detail: arguments.detail(),
        cross_check: arguments.cross_check,
        advice: arguments.advice(),
        appendix: arguments.writes_page(),
        terms: arguments.terms(),
        telling: arguments.telling(),
    };
    judge(task, |batch, wishes| targets::write(arguments, batch, wishes))
}

/// What a command that judges plans wants judged, and how.
#[derive(Debug)]
pub(super) struct Task<'a> {
    /// The plans of the command line.
    pub(super) plans: &'a [PathBuf],
    /// The other flags that say what is judged.
    pub(super) inputs: &'a InputArguments,
    /// Files that must not be inputs.
    pub(super) outputs: &'a [Target],
    /// How messages look.
    pub(super) wishes: Wishes,
    /// How much is found out.
    pub(super) detail: Detail,
    /// One of so many decisions is held against plain Cedar.
    pub(super) cross_check: Option<NonZeroU64>,
    /// Whether remedies are looked for.
    pub(super) advice: Advice,
    /// Whether reports get what a page for the files has besides the judgement.
    pub(super) appendix: bool,
    /// What lets the check pass.
    pub(super) terms: Terms,
    /// When the result is written.
    pub(super) telling: Telling,
}

/// When a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Telling {
    /// When every plan is judged.
    #[default]
    Afterwards,
    /// To standard output, line by line, while the plans are judged.
    Meanwhile,
}

/// Judges plans, has the reports written, tells the rest.
///
/// What is written is also told where nothing could be judged: an output of an earlier run must not be left
/// to be taken for that of this one.
pub(super) fn judge(task: Task<'_>, write: impl FnOnce(&Batch<'_>, Wishes) -> Exit) -> Exit {
    let mut run = Run { wishes: task.wishes, loader: Loader::new() };
    if let Some(path) = targets::twice(task.outputs) {
        return run.refuse(&format!("two results would be written to `{path}`"));
    }
    let Some(selection) = selection::select(task.plans, task.inputs, &mut run.loader) else {
        return run.could_not_judge("anything", &task, &[], write);
    };
    let plans: Vec<&str> = selection.plans.iter().map(|plan| plan.shown.as_str()).collect();
    if plans.is_empty() {
        run.loader.sink.push(problems::no_plan());
        return run.nothing_to_judge(&task, write);
    }
    let Some(inputs) = selection::load(&selection, &task.inputs.importing, &mut run.loader) else {
        return run.could_not_judge(&names(&plans), &task, &plans, write);
    };
    if let Some(path) = targets::overwritten(task.outputs, &run.loader.sources) {
        return run.refuse(&format!("a result would be written over the input `{path}`"));
    }
    run.judge(task, &selection, inputs, write)
}

impl Arguments {
    /// What goes to standard output.
    fn printed(&self) -> &'static Renderer {
        Renderer::named("patch").filter(|_| self.fix).unwrap_or(self.format)
    }

    /// Says whether a page for the files is wanted, which has everything.
    fn writes_page(&self) -> bool {
        self.renderers().any(|renderer| renderer.name == "html")
    }

    /// How far changes are looked for that would mend a plan.
    fn advice(&self) -> Advice {
        // Lines are the same whether they are written meanwhile or afterwards.
        let in_lines = self.renderers().any(|renderer| renderer.name == "jsonl");
        match (self.remedies || self.fix, self.no_remedies || in_lines) {
            (true, _) => Advice::Sought,
            (false, true) => Advice::Omitted,
            (false, false) => Advice::Brief,
        }
    }

    /// How much the formats show of the policies.
    fn detail(&self) -> Detail {
        let verbosity = self.wishes().verbosity;
        let shown = self.renderers().any(|renderer| targets::shows_policies(renderer, verbosity));
        match (self.writes_page(), shown) {
            (true, _) => Detail::Worst(MOST_STEPS_OF_A_PAGE),
            (false, true) => Detail::Refused(MOST_EXAMINED),
            (false, false) => Detail::Outcomes,
        }
    }

    /// Every format that is written.
    fn renderers(&self) -> impl Iterator<Item = &'static Renderer> {
        self.outputs.iter().map(Target::renderer).chain([self.printed()])
    }

    /// Lines are written meanwhile, unless something else needs the whole report too.
    fn telling(&self) -> Telling {
        match self.printed().name {
            "jsonl" if self.outputs.is_empty() && !self.remedies => Telling::Meanwhile,
            _ => Telling::Afterwards,
        }
    }

    fn terms(&self) -> Terms {
        let fail_level = match self.fail_level {
            FailLevel::Note => FindingLevel::Note,
            FailLevel::Warning => FindingLevel::Warning,
            FailLevel::Error => FindingLevel::Error,
        };
        Terms { fail_level, exit_zero: self.exit_zero }
    }

    fn wishes(&self) -> Wishes {
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        Wishes { colour: self.color, width: self.width.map(usize::from), verbosity }
    }
}

/// One run of the command.
#[derive(Debug)]
struct Run {
    wishes: Wishes,
    loader: Loader,
}

impl Run {
    fn judge(
        mut self,
        task: Task<'_>,
        selection: &Selection,
        loaded: Loaded,
        write: impl FnOnce(&Batch<'_>, Wishes) -> Exit,
    ) -> Exit {
        let settings = Settings {
            at: task.inputs.instant(),
            approvals: loaded.approvals,
            author: task.inputs.author.clone(),
            max_age: task.inputs.max_age,
            effort: task.inputs.effort(),
            detail: task.detail,
            base: loaded.base,
            base_approvals: loaded.base_approvals,
            advice: task.advice,
            progress: progress(task.wishes),
            cross_check: task.cross_check,
            import: loaded.import,
            remarks: self.loader.sink.take_remarks(),
        };
        let sources = Arc::new(std::mem::take(&mut self.loader.sources));
        let mut lines = Lines::default();
        let sink = &mut self.loader.sink;
        let mut judged = Judged::by(task.terms);
        let plans = selection.plans.iter().zip(&loaded.plans);
        match task.telling {
            Telling::Meanwhile => {
                let mut write = |bytes: &[u8]| lines.write(bytes);
                let told = check_in_lines(&sources, &loaded.inputs, &settings, sink, &mut write);
                let mut told = told.into_iter();
                for (plan, id) in plans {
                    let answer = id.and_then(|_| told.next()).unwrap_or(Answer::CouldNotJudge);
                    judged.take_told(&plan.shown, answer);
                }
            }
            Telling::Afterwards => {
                let mut answers = check_with(&sources, &loaded.inputs, &settings, sink).into_iter();
                let mut appendices = match task.appendix {
                    true => appendices(&sources, &loaded.inputs, &settings),
                    false => BTreeMap::new(),
                };
                for (plan, id) in plans {
                    let mut answer = id.and_then(|_| answers.next()).unwrap_or(Answer::CouldNotJudge);
                    if let (Answer::Judged(report), Some(id)) = (&mut answer, id) {
                        report.appendix = appendices.remove(id).unwrap_or_default();
                    }
                    judged.take(&plan.shown, answer);
                }
            }
        }
        let wishes = self.wishes;
        let told = self.tell(&sources);
        let problems =
            (!judged.unjudged.is_empty()).then(|| told.problems(judged.unjudged.clone(), &sources));
        let given = selection.plans.len();
        let batch = Batch { reports: &judged.reports, given, problems: problems.as_ref() };
        let written = match lines.exit() {
            Exit::Success => write(&batch, wishes),
            failed => failed,
        };
        let imports = judged.reports.iter().flat_map(|report| &report.imports);
        importing::tell(imports.chain(judged.told.iter().flat_map(|told| &told.imports)), wishes);
        judged.tell(told.count, &style(Stream::Errors, wishes));
        judged.ends(judged.exit.worst(written))
    }

    /// Tells everything that was found while reading.
    fn tell(self, sources: &SourceMap) -> Told {
        let style = style(Stream::Errors, self.wishes);
        let found = self.loader.sink.into_sorted();
        let errors = self.loader.errors;
        let is_error =
            |found: &&Diagnostic| found.severity == Severity::Error && found.code != Code::NothingToJudge;
        let count = errors.len() + found.iter().filter(is_error).count();
        let mut texts: Vec<String> = errors.iter().map(|error| load_error(error, &style)).collect();
        if !found.is_empty() {
            texts.push(diagnostics(&found, sources, &style));
        }
        if !texts.is_empty() {
            talk(&(texts.join("\n") + "\n"));
        }
        Told { errors, found, count }
    }

    fn nothing_to_judge(mut self, task: &Task<'_>, write: impl FnOnce(&Batch<'_>, Wishes) -> Exit) -> Exit {
        talk("countersign: nothing to judge: no plan is given, neither here nor in `countersign.toml`\n");
        let found = std::mem::take(&mut self.loader.sink).into_sorted();
        let told = Told { errors: Vec::new(), found, count: 0 };
        let problems = told.problems(Vec::new(), &Arc::new(SourceMap::new()));
        let batch = Batch { reports: &[], given: 0, problems: Some(&problems) };
        Exit::NothingToJudge.worst(write(&batch, task.wishes))
    }

    /// Ends a run in which no plan was judged.
    fn could_not_judge(
        mut self,
        what: &str,
        task: &Task<'_>,
        plans: &[&str],
        write: impl FnOnce(&Batch<'_>, Wishes) -> Exit,
    ) -> Exit {
        let style = style(Stream::Errors, self.wishes);
        let overwritten = targets::overwritten(task.outputs, &self.loader.sources);
        let sources = Arc::new(std::mem::take(&mut self.loader.sources));
        let told = self.tell(&sources);
        let shown = style.shown(what);
        talk(&format!("countersign: could not judge {shown}: {}\n", counted(told.count, "error")));
        if overwritten.is_some() {
            return Exit::CouldNotJudge;
        }
        let unjudged = |path: &&str| Unjudged { path: (*path).to_owned(), why: Why::CouldNotJudge };
        let problems = told.problems(plans.iter().map(unjudged).collect(), &sources);
        let batch = Batch { reports: &[], given: plans.len(), problems: Some(&problems) };
        Exit::CouldNotJudge.worst(write(&batch, task.wishes))
    }

    fn refuse(&self, why: &str) -> Exit {
        talk(&format!("countersign: {}\n", style(Stream::Errors, self.wishes).shown(why)));
        Exit::CouldNotJudge
    }
}

/// What was found while reading.
#[derive(Debug)]
struct Told {
    errors: Vec<LoadError>,
    found: Vec<Diagnostic>,
    /// How many of these are errors.
    count: usize,
}

impl Told {
    fn problems(&self, plans: Vec<Unjudged>, sources: &Arc<SourceMap>) -> Problems {
        problems::problems(plans, &self.errors, &self.found, sources)
    }
}
