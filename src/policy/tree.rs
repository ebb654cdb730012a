//! The truth trees of policies: every part of a scope and of a condition with its value and its place.

mod syntax;
mod walk;

#[cfg(test)]
mod tests;

use std::ops::Range;

use cedar_policy_core::ast::{
    self, EntityReference, EntityUID, Expr, ExprKind, PrincipalOrResourceConstraint, SlotId, UnaryOp,
};

use super::bundle::{Bundle, Effect};
use super::evaluate::Prerequisites;
use super::guard;
use super::plain::CedarSets;
use super::request::Request;
use super::slice::{self, Slice};
use crate::document::Level;
use crate::model::{Schema, State, Uid, Value};
use crate::source::Span;
use syntax::Syntax;
use walk::Walker;

/// What came of a policy or of a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// It has this value.
    Value(Value),
    /// It cannot be evaluated; Cedar's message.
    Failed(String),
    /// It reads a value that is not known yet; the words name it.
    Unknown(String),
    /// What stands before it has settled the matter.
    NotEvaluated,
}

impl Evaluation {
    /// Its truth, where it has one.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Evaluation::Value(Value::Bool(truth)) => Some(*truth),
            _ => None,
        }
    }
}

/// A policy, or a template link, and why it applies to a request or does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTree {
    /// Its id: an `@id`, or the id of a link.
    pub id: String,
    /// The `@id` of the policy or template.
    pub policy: String,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// How strictly it is enforced.
    pub level: Level,
    /// What the slots stand for; empty for a static policy.
    pub arguments: Vec<(String, Uid)>,
    /// Whether it applies; always what Cedar says of the whole policy.
    pub result: Evaluation,
    /// Principal, action and resource. They cannot fail, so each has its value whatever the others say.
    pub scope: Vec<Part>,
    /// The clauses in their order.
    pub clauses: Vec<Clause>,
}

/// Whether a clause states a condition or an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClauseKind {
    /// A condition.
    When,
    /// An exception.
    Unless,
}

/// A `when` or `unless` clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Which.
    pub kind: ClauseKind,
    /// Where it stands, its keyword included.
    pub span: Option<Span>,
    /// What stands in its braces.
    pub part: Part,
}

/// How a part is made of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// True where all parts are: `&&`.
    All,
    /// True where one part is: `||`.
    Any,
    /// True where its part is not: `!`.
    Not,
    /// The second part where the first is true, else the third: `if`.
    Choice,
    /// A scope variable without a constraint.
    Anything,
    /// Anything else; parts are those operands that are more than a name, a literal or an attribute.
    Test,
}

/// A part of a scope or of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its text on one line.
    pub text: String,
    /// Where it stands.
    pub span: Option<Span>,
    /// How it is made of its parts.
    pub form: Form,
    /// What came of it.
    pub evaluation: Evaluation,
    /// The attributes, tags, parameters and slots that it reads itself, in its order.
    pub reads: Vec<Read>,
    /// What is asked to be in what, where it asks that.
    pub membership: Option<Membership>,
    /// Its parts; all of them, also those that were not evaluated.
    pub parts: Vec<Part>,
}

/// Something that a part reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// As the policy writes it, `resource.owner`.
    pub text: String,
    /// Of what.
    pub of: Subject,
    /// Its value; nothing where it is absent.
    pub value: Option<Value>,
}

/// What something is read of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An attribute of an entity.
    Attribute(Uid, String),
    /// A tag of an entity.
    Tag(Uid, String),
    /// The request, or a record inside of something else.
    Other,
}

/// A question of the form `child in targets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// What is asked about.
    pub child: Uid,
    /// What it is asked to be, or to be in; one is enough.
    pub targets: Vec<Uid>,
}

/// The policies that could decide one request in one state, ready to be looked into.
pub struct Examination<'a> {
    bundle: &'a Bundle,
    state: &'a State,
    request: Request<'a>,
    sets: CedarSets,
    slice: Slice,
}

impl std::fmt::Debug for Examination<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Examination").field("request", &self.request).finish_non_exhaustive()
    }
}

impl<'a> Examination<'a> {
    /// Takes the same slice of the state and the same policies that a decision is made on.
    pub fn new(bundle: &'a Bundle, state: &'a State, request: Request<'a>) -> Self {
        let (sets, slice) = (
            CedarSets::new(bundle, state, request.action, Prerequisites::Kept),
            slice::cut(bundle, state, request),
        );
        Self { bundle, state, request, sets, slice }
    }

    /// The trees of all policies and links whose scope covers the action and fits the type of the
    /// resource, by id.
    pub fn trees(&self) -> Vec<PolicyTree> {
        self.trees_of(|_, _| true).0
    }

    /// The trees of some of these, chosen by id and effect, and how many were not chosen.
    pub fn trees_of(&self, is_wanted: impl Fn(&str, Effect) -> bool + Sync) -> (Vec<PolicyTree>, usize) {
        guard::with_stack(|| {
            let mut left_out = 0;
            let mut trees: Vec<PolicyTree> = Vec::new();
            for (name, policy) in self.sets.policies() {
                let effect = match policy.effect() {
                    ast::Effect::Permit => Effect::Permit,
                    ast::Effect::Forbid => Effect::Forbid,
                };
                if !fits(policy.resource_constraint().as_inner(), self.request.resource, self.bundle.schema())
                {
                    continue;
                }
                match is_wanted(name, effect) {
                    true => trees.extend(self.tree(name, policy)),
                    false => left_out += 1,
                }
            }
            trees.sort_by(|left, right| (&left.id, &left.arguments).cmp(&(&right.id, &right.arguments)));
            (trees, left_out)
        })
    }

    fn tree(&self, name: &str, cedar: &ast::Policy) -> Option<PolicyTree> {
        let template = cedar.template();
        let policy = self.bundle.policy(template.id().as_ref())?;
        let syntax = Syntax::of(template);
        let walker =
            Walker::new(&self.slice, self.state, self.request, cedar.env(), policy.span.source, &syntax);
        let scope = walker.scope(template);
        let in_scope = scope.iter().all(|part| part.evaluation.truth() == Some(true));
        let clauses = walker.clauses(template, in_scope);
        let result = fold(&scope, &clauses);
        let agrees = match (&result, walker.whole(cedar)) {
            (Evaluation::Unknown(_), _) => true,
            (Evaluation::Failed(_), told) => told.is_err(),
            (result, told) => told.is_ok_and(|told| result.truth() == Some(told)),
        };
        agrees.then_some(()).expect("the tree of a policy comes to what Cedar says of the policy");
        let arguments = cedar.env().iter().map(|(slot, uid)| (slot.to_string(), Uid::from(uid.clone())));
        let mut arguments: Vec<(String, Uid)> = arguments.collect();
        arguments.sort();
        let (effect, level, id) = (policy.effect, policy.level, name.to_owned());
        Some(PolicyTree { id, policy: policy.id.clone(), effect, level, arguments, result, scope, clauses })
    }
}

/// What scope and clauses come to together.
fn fold(scope: &[Part], clauses: &[Clause]) -> Evaluation {
    let scope = scope.iter().map(|part| (ClauseKind::When, part));
    for (kind, part) in scope.chain(clauses.iter().map(|clause| (clause.kind, &clause.part))) {
        match (&part.evaluation, kind) {
            (Evaluation::Value(Value::Bool(true)), ClauseKind::When)
            | (Evaluation::Value(Value::Bool(false)), ClauseKind::Unless) => {}
            (Evaluation::Value(Value::Bool(_)), _) => return Evaluation::Value(Value::Bool(false)),
            (Evaluation::Value(_), _) => {
                return Evaluation::Failed(format!("`{}` is not a boolean", part.text));
            }
            (other, _) => return other.clone(),
        }
    }
    Evaluation::Value(Value::Bool(true))
}

/// Says whether an entity of that type can satisfy a constraint at all.
fn fits(constraint: &PrincipalOrResourceConstraint, uid: &Uid, schema: &Schema) -> bool {
    let own = uid.type_name();
    let of = |reference: &EntityReference| match reference {
        EntityReference::EUID(named) => Some(Uid::from(EntityUID::clone(named))),
        EntityReference::Slot(_) => None,
    };
    match constraint {
        PrincipalOrResourceConstraint::Any => true,
        PrincipalOrResourceConstraint::Is(found) | PrincipalOrResourceConstraint::IsIn(found, _) => {
            found.to_string() == own.to_string()
        }
        PrincipalOrResourceConstraint::Eq(reference) => {
            of(reference).is_none_or(|named| named.type_name() == own)
        }
        PrincipalOrResourceConstraint::In(reference) => of(reference).is_none_or(|named| {
            let ancestors = schema.types.get(own).map(|found| &found.ancestors);
            named.type_name() == own || ancestors.is_some_and(|found| found.contains(named.type_name()))
        }),
    }
}

/// A clause: its kind, its place, and what stands in its braces.
type Split<'e> = (ClauseKind, Option<Range<usize>>, &'e Expr);

/// The clauses of a condition apart, as expressions; nothing where Cedar has changed their number.
///
/// Cedar merges them from the right, `a && (b && c)`, and writes `unless { e }` as `!e`.
fn split<'e>(condition: &'e Expr, syntax: &Syntax) -> Option<Vec<Split<'e>>> {
    let mut rest = Some(condition);
    let mut found = Vec::new();
    for (at, (kind, range)) in syntax.clauses.iter().enumerate() {
        let own = match (rest?.expr_kind(), at + 1 == syntax.clauses.len()) {
            (_, true) => rest.take()?,
            (ExprKind::And { left, right }, false) => {
                rest = Some(right);
                left
            }
            _ => return None,
        };
        let own = match (kind, own.expr_kind()) {
            (ClauseKind::When, _) => own,
            (ClauseKind::Unless, ExprKind::UnaryApp { op: UnaryOp::Not, arg }) => arg,
            _ => return None,
        };
        if own.source_loc().is_some_and(|loc| loc.start() < range.start || range.end < loc.end()) {
            return None;
        }
        found.push((*kind, Some(range.clone()), own));
    }
    (rest.is_none() && !found.is_empty()).then_some(found)
}

/// The name of a slot in messages.
fn slot_of(reference: &EntityReference, slot: SlotId) -> Option<String> {
    match reference {
        EntityReference::Slot(_) => Some(slot.to_string()),
        EntityReference::EUID(_) => None,
    }
}
