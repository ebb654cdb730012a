//! What is judged: from the command line, or else from the configuration.

use std::path::PathBuf;

use super::super::importing::ImportArguments;
use super::super::inputs::InputArguments;
use crate::check::Inputs;
use crate::diagnostic::{Code, Diagnostic};
use crate::import::{self, BundleFiles};
use crate::load::{
    Configuration, Loader, NamedBundle, NamedPath, Origin, find_configuration, load_bundle,
    load_configuration,
};
use crate::source::{Role, SourceId};

/// What is to be judged, from the command line and the configuration.
#[derive(Debug)]
pub(in crate::cli) struct Selection {
    pub(in crate::cli) plans: Vec<NamedPath>,
    estates: Vec<NamedPath>,
    approvals: Vec<NamedPath>,
    base_approvals: Vec<NamedPath>,
    bundle: Option<NamedBundle>,
    base: Option<NamedBundle>,
}

/// Takes each key from the command line, or else from the configuration.
pub(in crate::cli) fn select(
    plans: &[PathBuf],
    arguments: &InputArguments,
    loader: &mut Loader,
) -> Option<Selection> {
    let given = |paths: &[PathBuf]| paths.iter().map(NamedPath::given).collect::<Vec<_>>();
    let plans = given(plans);
    let estates = given(&arguments.estates);
    let complete = !plans.is_empty() && !estates.is_empty() && arguments.bundle.is_some();
    let file = match &arguments.config {
        Some(path) => Some((path.clone(), Origin::Named)),
        None if complete => None,
        None => find_configuration().map(|path| (path, Origin::Found)),
    };
    let configuration = match file {
        Some((path, origin)) => load_configuration(loader, &path, origin)?,
        None => Configuration::default(),
    };
    let or = |flag: Vec<NamedPath>, key| if flag.is_empty() { key } else { flag };
    Some(Selection {
        plans: or(plans, configuration.plans),
        estates: or(estates, configuration.estates),
        approvals: given(&arguments.approvals),
        base_approvals: given(&arguments.base_approvals),
        bundle: arguments.bundle.as_ref().map(NamedBundle::given).or(configuration.bundle),
        base: arguments.base_bundle.as_ref().map(NamedBundle::given),
    })
}

/// What was loaded; a plan that could not be read is `None`, the others are judged all the same.
#[derive(Debug)]
pub(in crate::cli) struct Loaded {
    pub(in crate::cli) plans: Vec<Option<SourceId>>,
    pub(in crate::cli) inputs: Inputs,
    pub(in crate::cli) approvals: Vec<SourceId>,
    pub(in crate::cli) base_approvals: Option<Vec<SourceId>>,
    pub(in crate::cli) base: Option<BundleFiles>,
    pub(in crate::cli) import: import::Options,
}

/// Reads everything that was selected; `None` where the bundle or the estate is not usable.
pub(in crate::cli) fn load(
    selection: &Selection,
    importing: &ImportArguments,
    loader: &mut Loader,
) -> Option<Loaded> {
    let import = importing.options(loader);
    let plans: Vec<_> = selection.plans.iter().map(|plan| loader.named(plan, Role::Plan)).collect();
    let estates: Vec<_> = selection.estates.iter().map(|estate| loader.named(estate, Role::Estate)).collect();
    let approvals = load_approvals(&selection.approvals, loader);
    let base_approvals = match selection.base_approvals.as_slice() {
        [] => Some(None),
        files => load_approvals(files, loader).map(Some),
    };
    let absent = |what: &str, flag: &str| {
        Diagnostic::new(Code::Configuration, format!("no {what} is given"))
            .hint(format!("name one with `{flag}`, or in `countersign.toml`"))
    };
    let needs_estate = estates.is_empty() && !bring_estates(&plans, import.as_ref(), loader);
    if needs_estate {
        loader.sink.push(absent("estate", "--estate"));
    }
    let bundle = match &selection.bundle {
        Some(bundle) => load_bundle(loader, bundle),
        None => {
            loader.sink.push(absent("bundle", "--bundle"));
            None
        }
    };
    let base = match &selection.base {
        Some(base) => load_bundle(loader, base).map(Some),
        None => Some(None),
    };
    let estates = estates.into_iter().collect::<Option<Vec<_>>>().filter(|_| !needs_estate);
    let readable = plans.iter().copied().flatten().collect();
    let inputs = Inputs { plans: readable, estates: estates?, bundle: bundle? };
    let (approvals, base_approvals) = (approvals?, base_approvals?);
    Some(Loaded { plans, inputs, approvals, base_approvals, base: base?, import: import? })
}

fn load_approvals(files: &[NamedPath], loader: &mut Loader) -> Option<Vec<SourceId>> {
    let read: Vec<_> = files.iter().map(|file| loader.named(file, Role::Approvals)).collect();
    read.into_iter().collect()
}

/// Says whether every plan that was read brings the estate that it is judged against.
pub(in crate::cli) fn bring_estates(
    plans: &[Option<SourceId>],
    import: Option<&import::Options>,
    loader: &Loader,
) -> bool {
    let Some(options) = import else { return true };
    let mut read = plans.iter().flatten().peekable();
    read.peek().is_some() && read.all(|id| import::brings_estate(loader.sources.get(*id), options))
}
