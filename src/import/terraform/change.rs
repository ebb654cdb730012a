//! The resource changes of a plan.

use super::super::reading::{Reading, shown};
use super::address::Address;
use super::json::{Json, Kind};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Span, Spanned};

/// What happens to one object, in the order in which it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Action {
    Read,
    Create,
    Update,
    Delete,
    Forget,
    Move,
    Import,
}

impl Action {
    /// The operation of the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Create => "create",
            Action::Update => "update",
            Action::Delete => "delete",
            Action::Forget => "forget",
            Action::Move => "move",
            Action::Import => "import",
        }
    }

    /// Says whether the object is there afterwards, so that what refers to it can go on.
    pub fn brings_about(self) -> bool {
        matches!(self, Action::Read | Action::Create | Action::Update)
    }
}

/// One entry of `resource_changes`.
#[derive(Debug)]
pub(super) struct Change<'j, 't> {
    pub span: Span,
    pub address: Spanned<String>,
    pub parsed: Address,
    pub provider: String,
    /// The key of an object that is not the current one of its address.
    pub deposed: Option<String>,
    /// What happens, moves and imports first.
    pub actions: Vec<Spanned<Action>>,
    /// Where it was before it was moved.
    pub previous: Option<Spanned<String>>,
    /// Whether a replacement creates the new object before it deletes the old one.
    pub creates_first: bool,
    /// Why, as the plan has it.
    pub reason: Option<Spanned<String>>,
    pub before: Option<&'j Json<'t>>,
    pub after: Option<&'j Json<'t>>,
    pub after_unknown: Option<&'j Json<'t>>,
    pub before_sensitive: Option<&'j Json<'t>>,
    pub after_sensitive: Option<&'j Json<'t>>,
    pub importing: Option<&'j Json<'t>>,
}

impl Change<'_, '_> {
    /// The action that leaves the object there, if there is one.
    pub fn bringing(&self) -> Option<Action> {
        self.actions.iter().map(|action| action.value).find(|action| action.brings_about())
    }

    /// Says whether an object is deleted.
    pub fn deletes(&self) -> bool {
        self.actions.iter().any(|action| action.value == Action::Delete)
    }

    /// Says whether a replaced or left-over object goes after what replaces it.
    pub fn deletes_late(&self) -> bool {
        self.creates_first || self.deposed.is_some()
    }
}

/// Reads all changes; what is wrong with any of them is reported.
pub(super) fn changes<'j, 't>(reading: &mut Reading<'_>, plan: &'j Json<'t>) -> Vec<Change<'j, 't>> {
    // Plans of the first format do not say which values are sensitive; all later ones do.
    let masks = plan.text("format_version") != Some("0.1");
    plan.list("resource_changes").iter().filter_map(|item| change(reading, item, masks)).collect()
}

fn change<'j, 't>(reading: &mut Reading<'_>, item: &'j Json<'t>, masks: bool) -> Option<Change<'j, 't>> {
    let (address, parsed) = address(reading, item)?;
    let Some(change) = item.get("change") else {
        unfit(reading, item.span, "a resource change has no `change`");
        return None;
    };
    let (mut actions, creates_first) = actions(reading, change)?;
    has_shape(reading, change, &actions, masks)?;
    let deposed = item.text("deposed").map(str::to_owned);
    let importing = change.get("importing");
    if let Some(importing) = importing {
        actions.insert(0, Spanned::new(Action::Import, importing.span));
    }
    let previous = item.get("previous_address").and_then(|node| {
        Some(Spanned::new(node.as_text()?.to_owned(), node.span)).filter(|text| text.value != address.value)
    });
    if let Some(previous) = &previous {
        actions.insert(0, Spanned::new(Action::Move, previous.span));
    }
    let reason =
        item.get("action_reason").and_then(|node| Some(Spanned::new(node.as_text()?.to_owned(), node.span)));
    Some(Change {
        span: item.span,
        address,
        parsed,
        provider: item.text("provider_name").unwrap_or_default().to_owned(),
        deposed,
        actions,
        previous,
        creates_first,
        reason,
        before: change.get("before"),
        after: change.get("after"),
        after_unknown: change.get("after_unknown"),
        before_sensitive: change.get("before_sensitive"),
        after_sensitive: change.get("after_sensitive"),
        importing,
    })
}

fn address(reading: &mut Reading<'_>, item: &Json<'_>) -> Option<(Spanned<String>, Address)> {
    let Some(node) = item.get("address") else {
        unfit(reading, item.span, "a resource change has no `address`");
        return None;
    };
    let address = node.as_text().map(|text| Spanned::new(text.to_owned(), node.span));
    let parsed = address.as_ref().and_then(|address| Address::parse(&address.value));
    let (Some(address), Some(parsed)) = (address, parsed) else {
        unfit(reading, node.span, "the `address` of a resource change is not one of a resource");
        return None;
    };
    reading.check_line(&address);
    let told = |name: &str, own: &str| item.text(name).is_none_or(|text| text == own);
    let told_module = item.get("module_address").map_or("", |node| node.as_text().unwrap_or("?"));
    if !told("type", parsed.resource_type()) || told_module != parsed.module_instance() {
        let what = format!(
            "the `address` of `{}` does not fit its `type` or `module_address`",
            shown(&address.value)
        );
        unfit(reading, node.span, &what);
        return None;
    }
    Some((address, parsed))
}

/// The actions, and whether a replacement creates first.
fn actions(reading: &mut Reading<'_>, change: &Json<'_>) -> Option<(Vec<Spanned<Action>>, bool)> {
    let Some(node) = change.get("actions") else {
        unfit(reading, change.span, "a resource change has no `actions`");
        return None;
    };
    let words: Vec<&str> = node.items().iter().filter_map(Json::as_text).collect();
    let all = match node.items().len() == words.len() {
        true => words.as_slice(),
        false => &[],
    };
    let kinds: &[Action] = match all {
        ["no-op"] => &[],
        ["read"] => &[Action::Read],
        ["create"] => &[Action::Create],
        ["update"] => &[Action::Update],
        ["delete"] => &[Action::Delete],
        ["forget"] => &[Action::Forget],
        ["delete", "create"] => &[Action::Delete, Action::Create],
        ["create", "delete"] => &[Action::Create, Action::Delete],
        ["create", "forget"] => &[Action::Create, Action::Forget],
        _ => {
            unfit(reading, node.span, "the `actions` of a resource change are none that is known");
            return None;
        }
    };
    let spans = node.items().iter().map(|item| item.span);
    let actions = kinds.iter().zip(spans).map(|(kind, span)| Spanned::new(*kind, span)).collect();
    Some((actions, matches!(kinds, [Action::Create, _])))
}

/// Checks that a change has the values that its actions need, and that each is of its kind.
fn has_shape(
    reading: &mut Reading<'_>,
    change: &Json<'_>,
    actions: &[Spanned<Action>],
    masks: bool,
) -> Option<()> {
    let does = |action: Action| actions.iter().any(|own| own.value == action);
    let errors = reading.errors();
    let sides = ["before", "after"];
    let others: &[&str] = match masks {
        true => &["after_unknown", "before_sensitive", "after_sensitive"],
        false => &["after_unknown"],
    };
    for name in sides.iter().chain(others) {
        if !change.entries().iter().any(|(key, _)| key.value == *name) {
            unfit(reading, change.span, &format!("a resource change has no `{name}`"));
        }
    }
    for (key, value) in change.entries() {
        let known = match key.value.as_ref() {
            "before" | "after" => matches!(value.kind, Kind::Map(_) | Kind::Null),
            "after_unknown" | "before_sensitive" | "after_sensitive" => {
                matches!(value.kind, Kind::Map(_) | Kind::Bool(_)) && is_mask(value)
            }
            "importing" => matches!(value.kind, Kind::Map(_) | Kind::Null),
            _ => true,
        };
        if !known {
            let what = format!("`{}` of a resource change is not of its kind", shown(&key.value));
            unfit(reading, value.span, &what);
        }
    }
    let bringing = actions.iter().any(|action| action.value.brings_about());
    let needs_before = does(Action::Update) || does(Action::Delete) || does(Action::Forget);
    for (needed, name) in [(needs_before, "before"), (bringing, "after")] {
        if needed && change.get(name).is_none() {
            unfit(
                reading,
                change.span,
                &format!("the `{name}` of a resource change is `null`, which does not fit its `actions`"),
            );
        }
    }
    (reading.errors() == errors).then_some(())
}

/// Says whether a value is made of mappings, lists and booleans.
fn is_mask(value: &Json<'_>) -> bool {
    match &value.kind {
        Kind::Bool(_) | Kind::Null => true,
        Kind::List(items) => items.iter().all(is_mask),
        Kind::Map(entries) => entries.iter().all(|(_, value)| is_mask(value)),
        _ => false,
    }
}

/// Refuses a part of the plan that this program does not understand.
pub(super) fn unfit(reading: &mut Reading<'_>, span: Span, message: &str) {
    reading.push(
        Diagnostic::new(Code::UnfitSource, message)
            .label(span, "")
            .hint("make the JSON with `terraform show -json` or `tofu show -json` from the saved plan"),
    );
}

/// Checks that the plan is one that can be judged: of a known version, whole, and without errors.
pub(super) fn check_plan(reading: &mut Reading<'_>, plan: &Json<'_>) -> Option<()> {
    if !matches!(plan.kind, Kind::Map(_)) {
        unfit(reading, plan.span, &format!("a Terraform plan is {} and must be a mapping", plan.describe()));
        return None;
    }
    let head = plan.entries().first().map_or(plan.span, |(key, _)| key.span);
    let Some(version) = plan.get("format_version") else {
        unfit(reading, head, "the file has no `format_version`, so it is not a whole plan in JSON");
        return None;
    };
    let major = version.as_text().and_then(|text| text.split_once('.')).map(|(major, _)| major);
    if !matches!(major, Some("0" | "1")) {
        let diagnostic = Diagnostic::new(Code::UnfitSource, "the `format_version` of the plan is not known");
        let hint = "this program reads the plan formats 0.1 to 1.x; a newer program may read the file";
        reading.push(diagnostic.label(version.span, "").hint(hint));
        return None;
    }
    if let Some(errored) = plan.get("errored").filter(|node| !matches!(node.kind, Kind::Bool(false))) {
        unfit(reading, errored.span, "planning failed, so the plan is not whole");
    }
    if let Some(complete) = plan.get("complete").filter(|node| !node.is_true()) {
        unfit(
            reading,
            complete.span,
            "the plan is partial: applying it does not bring about all of the configuration",
        );
    }
    let changes = plan.get("resource_changes");
    if changes.is_none() && plan.get("planned_values").is_none() {
        unfit(reading, head, "the file has neither `resource_changes` nor `planned_values`");
    } else if let Some(other) = changes.filter(|node| !matches!(node.kind, Kind::List(_))) {
        unfit(reading, other.span, "`resource_changes` is not a list");
    }
    if changes.is_none() && plan.text("terraform_version").is_none() && plan.get("configuration").is_none() {
        unfit(reading, head, "the file is not a plan: it has no changes and no configuration");
    }
    Some(())
}
