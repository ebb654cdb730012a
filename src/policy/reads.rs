//! What a request can read of a state and what its operation writes to it, cell by cell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy_core::ast::{BinaryOp, Expr, ExprKind, PolicyID, Template, Var};

use super::asked::Memberships;
use super::bundle::{Bundle, Policy};
use super::cell::Cell;
use super::changes::evaluate_changes;
use super::evaluate::policies_for;
use super::request::Request;
use super::slice::{Position, Slice, note_subjects};
use super::unknown;
use super::written::Written;
use crate::model::{Edit, State, Type, TypeName, Uid, Value};

/// How closely the reading of the hierarchy is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hierarchy {
    /// All parents of whatever can be read, and of all above.
    Parents,
    /// Where it can be said, only whether something is inside what is asked for.
    Inside,
}

/// What one request reads and writes in one state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// What deciding it and evaluating its changes can read.
    pub reads: BTreeSet<Cell>,
    /// What its changes write.
    pub writes: BTreeSet<Cell>,
}

/// How the policies and changes for an action read an attribute of that name.
#[derive(Clone, Debug)]
enum Reading {
    /// They may read all of it.
    Whole,
    /// They only ask whether a set has these elements, which depend on the request alone.
    Elements(Vec<Arc<Expr>>),
}

/// What the policies and changes for one action can read.
#[derive(Clone, Debug, Default)]
pub(super) struct ActionReads {
    attributes: BTreeMap<String, Reading>,
    tags: bool,
    membership: bool,
    memberships: Memberships,
    subjects: BTreeSet<Uid>,
    templates: BTreeSet<String>,
    /// By type, the attributes that are read whole and can name entities.
    leading: BTreeMap<TypeName, Vec<String>>,
    /// The types whose tags are read and can name entities.
    tags_leading: BTreeSet<TypeName>,
}

impl ActionReads {
    /// Looks at every policy whose scope covers the action, and at the action's changes.
    pub(super) fn of(bundle: &Bundle, action: &Uid) -> Self {
        let mut reads = Self::of_policies(bundle, action, |_| true);
        reads.add_changes(bundle, action);
        for entity_type in bundle.schema.types.values() {
            let fields = entity_type.attributes.fields.iter();
            let whole = |name: &String| matches!(reads.attributes.get(name), Some(Reading::Whole));
            let leading: Vec<String> = fields
                .filter(|(name, (kind, _))| whole(name) && names_entities(kind))
                .map(|(name, _)| name.clone())
                .collect();
            if !leading.is_empty() {
                reads.leading.insert(entity_type.name.clone(), leading);
            }
            if reads.tags && entity_type.tags.as_ref().is_some_and(names_entities) {
                reads.tags_leading.insert(entity_type.name.clone());
            }
        }
        reads
    }

    /// Looks at the action's changes alone.
    pub(super) fn of_changes(bundle: &Bundle, action: &Uid) -> Self {
        let mut reads = Self::default();
        reads.add_changes(bundle, action);
        reads
    }

    /// Looks at some of the policies whose scope covers the action.
    pub(super) fn of_policies(bundle: &Bundle, action: &Uid, counts: impl Fn(&Policy) -> bool) -> Self {
        let mut reads = Self::default();
        for policy in policies_for(bundle, action).into_iter().filter(|policy| counts(policy)) {
            if !policy.slots.is_empty() {
                reads.templates.insert(policy.id.clone());
            }
            let found = bundle.set.get_template(&PolicyID::from_string(&policy.id));
            if let Some(template) = found {
                reads.memberships.note_scope(&policy.id, template);
            }
            for condition in found.into_iter().filter_map(Template::non_scope_constraints) {
                reads.visit(condition);
                note_subjects(condition, Position::Active, &mut reads.subjects);
            }
        }
        reads
    }

    fn add_changes(&mut self, bundle: &Bundle, action: &Uid) {
        for change in bundle.operation(action).into_iter().flat_map(|operation| &operation.changes) {
            for expression in change.expressions() {
                self.visit(&expression.cedar);
                note_subjects(&expression.cedar, Position::Active, &mut self.subjects);
            }
        }
    }

    /// Says whether an attribute of that name may be read.
    pub(super) fn reads_attribute(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }

    /// Says whether tags may be read.
    pub(super) fn reads_tags(&self) -> bool {
        self.tags
    }

    /// Says whether a condition asks what something is in, besides the scopes.
    pub(super) fn reads_any_parents(&self) -> bool {
        self.membership
    }

    /// The entities that policies and changes name where they can be read.
    pub(super) fn subjects(&self) -> impl Iterator<Item = &Uid> {
        self.subjects.iter()
    }

    /// Says whether links of a template can decide.
    pub(super) fn asks_links_of(&self, template: &str) -> bool {
        self.templates.contains(template)
    }

    /// The attributes of a type that are read whole and can name entities, which can be read then.
    pub(super) fn leading_from(&self, name: &TypeName) -> &[String] {
        if self.leading.is_empty() {
            return &[];
        }
        self.leading.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Says whether tags of a type are read that can name entities.
    pub(super) fn tags_lead_from(&self, name: &TypeName) -> bool {
        !self.tags_leading.is_empty() && self.tags_leading.contains(name)
    }

    /// The templates whose links can decide.
    pub(super) fn templates(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().map(String::as_str)
    }

    fn visit(&mut self, expression: &Expr) {
        match expression.expr_kind() {
            ExprKind::BinaryApp { op: BinaryOp::Contains, arg1, arg2 } if depends_on_request_alone(arg2) => {
                if let ExprKind::GetAttr { expr, attr } = arg1.expr_kind() {
                    self.visit(expr);
                    let reading = self
                        .attributes
                        .entry(attr.to_string())
                        .or_insert_with(|| Reading::Elements(Vec::new()));
                    if let Reading::Elements(asked) = reading {
                        asked.push(Arc::clone(arg2));
                    }
                    return;
                }
            }
            ExprKind::GetAttr { attr, .. } | ExprKind::HasAttr { attr, .. } => {
                self.attributes.insert(attr.to_string(), Reading::Whole);
            }
            ExprKind::ExtHasAttr { attrs, .. } => {
                self.attributes.extend(attrs.iter().map(|attr| (attr.to_string(), Reading::Whole)));
            }
            ExprKind::BinaryApp { op: BinaryOp::GetTag | BinaryOp::HasTag, .. } => self.tags = true,
            ExprKind::BinaryApp { op: BinaryOp::In, arg1, arg2 } => {
                self.membership = true;
                self.memberships.note(arg1, arg2);
            }
            _ => {}
        }
        for part in parts(expression) {
            self.visit(part);
        }
    }
}

/// Says whether values of a type can name entities.
fn names_entities(kind: &Type) -> bool {
    match kind {
        Type::Entity(_) => true,
        Type::Set(element) => names_entities(element),
        Type::Record(record) => record.fields.values().any(|(field, _)| names_entities(field)),
        Type::Bool | Type::Long | Type::String | Type::Extension(_) => false,
    }
}

/// The direct parts of an expression.
pub(super) fn parts(expression: &Expr) -> Vec<&Expr> {
    match expression.expr_kind() {
        ExprKind::If { test_expr, then_expr, else_expr } => vec![test_expr, then_expr, else_expr],
        ExprKind::And { left, right } | ExprKind::Or { left, right } => vec![left, right],
        ExprKind::UnaryApp { arg, .. } => vec![arg],
        ExprKind::BinaryApp { arg1, arg2, .. } => vec![arg1, arg2],
        ExprKind::ExtensionFunctionApp { args, .. } | ExprKind::Set(args) => args.iter().collect(),
        ExprKind::GetAttr { expr, .. }
        | ExprKind::HasAttr { expr, .. }
        | ExprKind::ExtHasAttr { expr, .. }
        | ExprKind::Like { expr, .. }
        | ExprKind::Is { expr, .. } => vec![expr],
        ExprKind::Record(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

/// Says whether an expression reads the request and nothing of the state.
fn depends_on_request_alone(expression: &Expr) -> bool {
    match expression.expr_kind() {
        ExprKind::Lit(_) | ExprKind::Var(_) => true,
        ExprKind::GetAttr { expr, .. } => {
            matches!(expr.expr_kind(), ExprKind::Var(Var::Context)) || is_context_path(expr)
        }
        _ => false,
    }
}

fn is_context_path(expression: &Expr) -> bool {
    match expression.expr_kind() {
        ExprKind::Var(Var::Context) => true,
        ExprKind::GetAttr { expr, .. } => is_context_path(expr),
        _ => false,
    }
}

/// What a request reads and writes in a state.
///
/// Reads are over-approximated: whatever the evaluation can reach from the request through the
/// attributes that some policy or change for the action reads. If none of these cells differs
/// between two states, the decision and the changes are the same in both.
pub fn footprint(bundle: &Bundle, state: &State, request: Request<'_>) -> Footprint {
    let mut footprint = Footprint { reads: reads(bundle, state, request), writes: BTreeSet::new() };
    if let Ok(edits) = evaluate_changes(bundle, state, request) {
        for (_, edit) in &edits {
            add_edit(state, edit, Hierarchy::Parents, &mut footprint);
        }
    }
    footprint
}

/// What deciding a request can read of a state; the reads of [`footprint`] without those of its changes.
pub fn reads(bundle: &Bundle, state: &State, request: Request<'_>) -> BTreeSet<Cell> {
    let reads = bundle.action_reads(request.action);
    read(bundle, state, request, &reads, Hierarchy::Parents, None)
}

/// What policies and changes can read of a state; of the records that some steps write if so asked,
/// and links are left out then.
pub(super) fn read(
    bundle: &Bundle,
    state: &State,
    request: Request<'_>,
    reads: &ActionReads,
    hierarchy: Hierarchy,
    among: Option<(&Written, &State)>,
) -> BTreeSet<Cell> {
    let (cells, open) = (BTreeSet::new(), Vec::new());
    let mut walk = Walk { bundle, state, request: Some(request), reads, hierarchy, among, cells, open };
    walk.begin(request);
    walk.run();
    walk.cells
}

/// What making some changes in a state writes to it.
pub fn writes<'a>(state: &State, edits: impl IntoIterator<Item = &'a Edit>) -> BTreeSet<Cell> {
    let mut footprint = Footprint::default();
    edits.into_iter().for_each(|edit| add_edit(state, edit, Hierarchy::Parents, &mut footprint));
    footprint.writes
}

/// The entities that the changes of a request can depend on: what they read, make or need to exist.
pub fn change_reads(bundle: &Bundle, state: &State, request: Request<'_>) -> BTreeSet<Uid> {
    if !bundle.changes_something(request.action) {
        return BTreeSet::new();
    }
    let reads = bundle.change_reads(request.action);
    let reads = read(bundle, state, request, &reads, Hierarchy::Parents, None);
    let mut footprint = Footprint { reads, writes: BTreeSet::new() };
    for (_, edit) in evaluate_changes(bundle, state, request).iter().flatten() {
        add_edit(state, edit, Hierarchy::Parents, &mut footprint);
    }
    let cells = footprint.reads.iter().chain(&footprint.writes);
    cells.filter_map(Cell::entity).cloned().collect()
}

/// What deciding any request for an action can read of a state by way of some entities.
///
/// What a request reads is what it reads by way of its principal, of its resource, of the entities of
/// its context and of those that policies name, and the links that can match it.
pub fn reach(bundle: &Bundle, state: &State, action: &Uid, from: &[Uid]) -> BTreeSet<Cell> {
    let reads = bundle.action_reads(action);
    let cells = from.iter().cloned().map(Cell::Existence).collect();
    let (hierarchy, open) = (Hierarchy::Parents, from.to_vec());
    let mut walk = Walk { bundle, state, request: None, reads: &reads, hierarchy, among: None, cells, open };
    walk.run();
    walk.cells
}

/// The entities that policies and changes for an action name where they can be read, and the
/// templates whose links can match.
pub fn named_reads(bundle: &Bundle, action: &Uid) -> (BTreeSet<Uid>, BTreeSet<String>) {
    let reads = bundle.action_reads(action);
    (reads.subjects.clone(), reads.templates.clone())
}

struct Walk<'a> {
    bundle: &'a Bundle,
    state: &'a State,
    /// Absent where only a part of the request is known.
    request: Option<Request<'a>>,
    reads: &'a ActionReads,
    hierarchy: Hierarchy,
    /// What is looked for; everything if absent.
    among: Option<(&'a Written, &'a State)>,
    cells: BTreeSet<Cell>,
    open: Vec<Uid>,
}

impl Walk<'_> {
    fn begin(&mut self, request: Request<'_>) {
        let mut named: Vec<Uid> = vec![request.principal.clone(), request.resource.clone()];
        request.context.for_each_entity(&mut |uid| named.push(uid.clone()));
        for uid in &named {
            if self.counts(uid) {
                self.cells.insert(Cell::Existence(uid.clone()));
            }
        }
        self.links(request);
        self.inside(request);
        self.open = named;
        self.open.extend(self.reads.subjects.iter().cloned());
    }

    /// Adds what is asked for membership; where that cannot be told closely, all parents are read.
    fn inside(&mut self, request: Request<'_>) {
        if self.hierarchy == Hierarchy::Parents {
            return;
        }
        let Some(mut found) = self.reads.memberships.cells(self.state, request) else {
            self.hierarchy = Hierarchy::Parents;
            return;
        };
        found.retain(|cell| {
            cell.entity().is_some_and(|uid| {
                self.counts(uid) || self.state.ancestors(uid).into_iter().any(|above| self.counts(above))
            })
        });
        self.cells.extend(found);
    }

    fn links(&mut self, request: Request<'_>) {
        if self.among.is_some() || self.reads.templates.is_empty() {
            return;
        }
        let chain = |uid: &Uid| {
            let above = self.state.ancestors(uid).into_iter().cloned();
            Arc::new(above.chain([uid.clone()]).collect::<BTreeSet<Uid>>())
        };
        let (principals, resources) = (chain(request.principal), chain(request.resource));
        for template in &self.reads.templates {
            let (principals, resources) = (Arc::clone(&principals), Arc::clone(&resources));
            self.cells.insert(Cell::Links(template.clone(), principals, resources));
        }
    }

    /// Says whether the cells of an entity's record are looked for.
    fn counts(&self, uid: &Uid) -> bool {
        self.among.is_none_or(|(written, state)| state.id(uid).is_some_and(|id| written.has_cells_of(id)))
    }

    fn run(&mut self) {
        let mut seen: BTreeSet<Uid> = BTreeSet::new();
        while let Some(uid) = self.open.pop() {
            if seen.insert(uid.clone()) {
                self.entity(&uid);
            }
        }
    }

    fn entity(&mut self, uid: &Uid) {
        if self.hierarchy == Hierarchy::Parents {
            let above = self.state.ancestors(uid);
            let chain: Vec<Uid> =
                above.into_iter().chain([uid]).filter(|uid| self.counts(uid)).cloned().collect();
            self.cells.extend(chain.into_iter().map(Cell::Parents));
        }
        let counts = self.counts(uid);
        let declared = self.bundle.schema.types.get(uid.type_name());
        let reads = self.reads;
        for (name, reading) in &reads.attributes {
            if !declared.is_some_and(|found| found.attributes.fields.contains_key(name)) {
                continue;
            }
            match reading {
                Reading::Whole => {
                    if counts {
                        self.cells.insert(Cell::Attribute(uid.clone(), name.clone()));
                    }
                    self.follow(self.state.entity(uid).and_then(|entity| entity.attributes.get(name)));
                }
                Reading::Elements(_) if !counts => {}
                Reading::Elements(asked) => {
                    for element in asked {
                        let cell = match self.element(element) {
                            Some(element) => Cell::Element(uid.clone(), name.clone(), element),
                            None => Cell::Attribute(uid.clone(), name.clone()),
                        };
                        self.cells.insert(cell);
                    }
                }
            }
        }
        if reads.tags && declared.is_some_and(|found| found.tags.is_some()) {
            if counts {
                self.cells.insert(Cell::Tags(uid.clone()));
            }
            for tag in self.state.entity(uid).into_iter().flat_map(|entity| entity.tags.values()) {
                self.follow(Some(tag));
            }
        }
    }

    fn follow(&mut self, value: Option<&Value>) {
        if let Some(value) = value {
            value.for_each_entity(&mut |uid| self.open.push(uid.clone()));
        }
    }

    /// The element that a `contains` asks for.
    fn element(&self, expression: &Expr) -> Option<Value> {
        let request = self.request?;
        let slice = Slice::empty(request);
        unknown::evaluate(&slice, request, expression).ok().filter(|value| !value.holds_unknown())
    }
}

/// Adds what making a change reads and writes.
pub(super) fn add_edit(state: &State, edit: &Edit, hierarchy: Hierarchy, footprint: &mut Footprint) {
    let Footprint { reads, writes } = footprint;
    let mut needs = |value: &Value| {
        value.for_each_entity(&mut |uid| {
            reads.insert(Cell::Existence(uid.clone()));
        })
    };
    match edit {
        Edit::Create { uid, parents, attributes, tags } => {
            attributes.values().chain(tags.values()).for_each(&mut needs);
            reads.extend(parents.iter().cloned().map(Cell::Existence));
            reads.insert(Cell::Existence(uid.clone()));
            writes.insert(Cell::Entity(uid.clone()));
            writes.extend(parents.iter().map(|parent| Cell::Edge(uid.clone(), parent.clone())));
        }
        Edit::Delete(uid) => {
            reads.insert(Cell::Existence(uid.clone()));
            writes.insert(Cell::Entity(uid.clone()));
            writes.extend(state.children(uid).map(|child| Cell::Edge(child.clone(), uid.clone())));
            writes.extend(state.links_naming(uid).cloned().map(Cell::Link));
        }
        Edit::SetAttribute(uid, name, value) => {
            needs(value);
            reads.insert(Cell::Existence(uid.clone()));
            writes.insert(Cell::Attribute(uid.clone(), name.clone()));
        }
        Edit::UnsetAttribute(uid, name) => {
            reads.insert(Cell::Existence(uid.clone()));
            writes.insert(Cell::Attribute(uid.clone(), name.clone()));
        }
        Edit::AddToAttribute(uid, name, value) | Edit::RemoveFromAttribute(uid, name, value) => {
            needs(value);
            reads.insert(Cell::Existence(uid.clone()));
            writes.insert(Cell::Element(uid.clone(), name.clone(), value.clone()));
        }
        Edit::SetTag(uid, _, value) | Edit::AddToTag(uid, _, value) | Edit::RemoveFromTag(uid, _, value) => {
            needs(value);
            reads.insert(Cell::Existence(uid.clone()));
            writes.insert(Cell::Tags(uid.clone()));
        }
        Edit::UnsetTag(uid, _) => {
            reads.insert(Cell::Existence(uid.clone()));
            writes.insert(Cell::Tags(uid.clone()));
        }
        Edit::Join(child, parent) => {
            reads.extend([Cell::Existence(child.clone()), Cell::Existence(parent.clone())]);
            match hierarchy {
                Hierarchy::Inside => {
                    reads.insert(Cell::Inside(parent.clone(), Arc::new([child.clone()].into())));
                }
                Hierarchy::Parents => {
                    let above = state.ancestors(parent).into_iter().chain([parent]);
                    reads.extend(above.cloned().map(Cell::Parents));
                }
            }
            writes.insert(Cell::Edge(child.clone(), parent.clone()));
        }
        Edit::Leave(child, parent) => {
            reads.extend([Cell::Existence(child.clone()), Cell::Existence(parent.clone())]);
            writes.insert(Cell::Edge(child.clone(), parent.clone()));
        }
        Edit::Link(link) | Edit::Unlink(link) => {
            reads.extend(link.principal.iter().chain(&link.resource).cloned().map(Cell::Existence));
            writes.insert(Cell::Link(link.clone()));
        }
    }
}
