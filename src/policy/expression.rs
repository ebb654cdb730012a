//! Cedar expressions of the catalogue: parsed, and type-checked for every request of their action.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use cedar_policy_core::ast::{Effect, Expr, ExprKind, Policy, PolicyID, Value as CedarValue, Var};
use cedar_policy_core::validator::ValidationMode;
use cedar_policy_core::validator::typecheck::{PolicyCheck, Typechecker};
use cedar_policy_core::validator::types::{RequestEnv, Type as CedarType};

use super::schema::{CompiledSchema, value_type};
use super::term::{self, Literals, Term};
use super::{diagnose, guard};
use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{ChangeDocument, ChangeKind, Node, NodeKind, OperationsDocument};
use crate::model::{Record, Type, Uid};
use crate::source::Span;

/// An expression that type-checks, and the types it can have.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    /// Cedar's form.
    pub cedar: Arc<Expr>,
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// One for each pair of a principal type and a resource type of the action; empty for `[]`.
    pub types: Vec<Type>,
    /// Its quick form, where it has one, and the entities that it names.
    pub term: Option<Arc<(Term, Vec<Uid>)>>,
}

/// The name of the record field that an expression is wrapped in to learn its type.
const PROBE: &str = "value of the expression";

/// The expressions of a catalogue that can be parsed, by their texts: many stand there more than once.
#[derive(Debug, Default)]
pub(super) struct Expressions(HashMap<String, Expr>);

impl Expressions {
    /// Parses the expressions of a catalogue.
    pub(super) fn of(document: &OperationsDocument) -> Self {
        let mut known = Self::default();
        let changes = document.operations.iter().flat_map(|operation| &operation.changes);
        for text in changes.flat_map(nodes).filter_map(text_of) {
            if !known.0.contains_key(&text)
                && guard::first_excess(&text).is_none()
                && let Some(expression) = plain(&text).or_else(|| text.parse().ok())
            {
                known.0.insert(text, expression);
            }
        }
        known
    }
}

/// Words that are no names of attributes after a dot, or not in every version of Cedar.
const RESERVED: &[&str] =
    &["true", "false", "if", "then", "else", "in", "is", "like", "has", "permit", "forbid", "when", "unless"];

/// What Cedar makes of `resource` or `context.name.name`, of which catalogues are full: starting its parser takes
/// longer than all of the rest. `None` for any other text.
fn plain(text: &str) -> Option<Expr> {
    let mut names = text.split('.');
    let variable = match names.next()? {
        "principal" => Var::Principal,
        "action" => Var::Action,
        "resource" => Var::Resource,
        "context" => Var::Context,
        _ => return None,
    };
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !RESERVED.contains(&name)
    };
    names.try_fold(Expr::var(variable), |of, name| is_name(name).then(|| Expr::get_attr(of, name.into())))
}

/// The nodes of a change that are expressions.
fn nodes(change: &ChangeDocument) -> Vec<&Node> {
    let mut all: Vec<&Node> = change.when.iter().collect();
    match &change.kind {
        ChangeKind::Create { id, parents, attributes, tags, .. } => {
            all.push(id);
            all.extend(parents);
            all.extend(attributes.iter().chain(tags).map(|(_, value)| value));
        }
        ChangeKind::Delete { entity } | ChangeKind::Unset { entity, .. } => all.push(entity),
        ChangeKind::Set { entity, value, .. }
        | ChangeKind::Add { entity, value, .. }
        | ChangeKind::Remove { entity, value, .. } => all.extend([entity, value]),
        ChangeKind::Join { entity, parent } | ChangeKind::Leave { entity, parent } => {
            all.extend([entity, parent]);
        }
        ChangeKind::Link { principal, resource, .. } | ChangeKind::Unlink { principal, resource, .. } => {
            all.extend(principal.iter().chain(resource));
        }
    }
    all
}

/// The text of an expression; a number or a boolean stands for itself.
pub(super) fn text_of(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::String(text) => Some(text.clone()),
        NodeKind::Integer(number) => Some(number.to_string()),
        NodeKind::Bool(boolean) => Some(boolean.to_string()),
        NodeKind::List(_) | NodeKind::Map(_) => None,
    }
}

/// Parses and type-checks the expression of a node for the request environments of an action.
pub(super) fn compile(
    node: &Node,
    expressions: &Expressions,
    environments: &[RequestEnv<'_>],
    schema: &CompiledSchema,
    sink: &mut Sink,
) -> Option<Expression> {
    let Some(text) = text_of(node) else {
        let message = format!("expected a Cedar expression and found {}", node.describe());
        sink.push(Diagnostic::new(Code::Operation, message).label(node.span, "not an expression"));
        return None;
    };
    if let Some((_, what)) = guard::first_excess(&text) {
        sink.push(Diagnostic::new(Code::Limit, what).label(node.span, "in this expression"));
        return None;
    }
    if text.trim() == "[]" {
        let cedar = Arc::new(Expr::from(CedarValue::empty_set(None)));
        return Some(Expression { cedar, text, span: node.span, types: Vec::new(), term: None });
    }
    let known = expressions.0.get(&text).cloned();
    let cedar: Expr = match known.map_or_else(|| text.parse(), Ok) {
        Ok(cedar) => cedar,
        Err(errors) => {
            let errors: cedar_policy_core::parser::err::ParseErrors = errors;
            let problem = errors.iter().map(ToString::to_string).next().unwrap_or_default();
            let message = format!("`{text}` is not a Cedar expression: {}", diagnose::sentence(&problem));
            let hint = "a text is written in quotes inside the value, '\"text\"'";
            sink.push(
                Diagnostic::new(Code::Operation, message).label(node.span, "this expression").hint(hint),
            );
            return None;
        }
    };
    let types = check(&cedar, &text, node.span, environments, schema, sink)?;
    let mut literals = Literals::default();
    let term = term::compile(&cedar, &mut literals).map(|term| Arc::new((term, literals.into_uids())));
    Some(Expression { cedar: Arc::new(cedar), text, span: node.span, types, term })
}

fn check(
    cedar: &Expr,
    text: &str,
    span: Span,
    environments: &[RequestEnv<'_>],
    schema: &CompiledSchema,
    sink: &mut Sink,
) -> Option<Vec<Type>> {
    let condition = Expr::has_attr(Expr::record([(PROBE.into(), cedar.clone())]).ok()?, PROBE.into());
    let policy = Policy::from_when_clause(Effect::Permit, condition, PolicyID::from_string(text), None);
    let typechecker = Typechecker::new(&schema.cedar, ValidationMode::Strict);
    let mut problems = BTreeSet::new();
    let mut types = Vec::new();
    for unknown in cedar_policy_core::validator::Validator::validate_entity_types_and_literals(
        &schema.cedar,
        policy.template(),
    ) {
        problems.insert(diagnose::sentence(&unknown.to_string()));
    }
    for environment in environments {
        match typechecker.typecheck_by_single_request_env(policy.template(), environment) {
            PolicyCheck::Success(typed) => {
                types.extend(type_of_probe(&typed).map(|found| value_type(&found)))
            }
            PolicyCheck::Irrelevant(errors, typed) if errors.is_empty() => {
                types.extend(type_of_probe(&typed).map(|found| value_type(&found)));
            }
            PolicyCheck::Irrelevant(errors, _) | PolicyCheck::Fail(errors) => {
                problems.extend(errors.iter().map(|error| diagnose::sentence(&error.to_string())));
            }
        }
    }
    let types: Vec<Type> = types
        .into_iter()
        .filter_map(|found| found.map_err(|problem| problems.insert(problem)).ok())
        .collect();
    for problem in &problems {
        let problem = problem.replace(&format!("for policy `{text}`, "), "");
        let message = format!("`{text}` does not type-check: {problem}");
        sink.push(Diagnostic::new(Code::Operation, message).label(span, "this expression"));
    }
    problems.is_empty().then_some(types)
}

/// The type that the validator gave the wrapped expression.
fn type_of_probe(typed: &Expr<Option<CedarType>>) -> Option<CedarType> {
    typed.subexpressions().find_map(|part| match part.expr_kind() {
        ExprKind::Record(fields) => fields.get(PROBE).and_then(|field| field.data().clone()),
        _ => None,
    })
}

impl Expression {
    /// Reports where the expression may have a type that is not `expected`.
    pub(super) fn expect(&self, expected: &Type, sink: &mut Sink) -> bool {
        if self.types.is_empty() && self.text.trim() == "[]" && !matches!(expected, Type::Set(_)) {
            self.refuse(&format!("{expected}"), "a set", sink);
            return false;
        }
        match self.types.iter().find(|actual| !accepts(expected, actual)) {
            None => true,
            Some(actual) => {
                self.refuse(&format!("{expected}"), &format!("{actual}"), sink);
                false
            }
        }
    }

    /// The entity types it can have; reports where it may be something else.
    pub(super) fn entity_types(&self, sink: &mut Sink) -> Option<Vec<crate::model::TypeName>> {
        let mut names = Vec::new();
        for found in &self.types {
            match found {
                Type::Entity(name) => names.push(name.clone()),
                other => {
                    self.refuse("an entity", &format!("{other}"), sink);
                    return None;
                }
            }
        }
        if self.text.trim() == "[]" {
            self.refuse("an entity", "a set", sink);
            return None;
        }
        names.sort();
        names.dedup();
        Some(names)
    }

    fn refuse(&self, expected: &str, actual: &str, sink: &mut Sink) {
        let message = format!("`{}` is {actual}, and {expected} is expected", self.text);
        sink.push(Diagnostic::new(Code::Operation, message).label(self.span, "this expression"));
    }
}

/// Says whether every value of the second type is one of the first.
fn accepts(expected: &Type, actual: &Type) -> bool {
    match (expected, actual) {
        (Type::Set(expected), Type::Set(actual)) => accepts(expected, actual),
        (Type::Record(expected), Type::Record(actual)) => accepts_record(expected, actual),
        _ => expected == actual,
    }
}

fn accepts_record(expected: &Record, actual: &Record) -> bool {
    let each = expected.fields.iter().all(|(name, (expected, required))| match actual.fields.get(name) {
        Some((found, always)) => accepts(expected, found) && (*always || !required),
        None => !required,
    });
    each && actual.fields.keys().all(|name| expected.fields.contains_key(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_expression_is_what_cedar_makes_of_it() {
        let mut read = 0;
        let names = "name a_b A9 if in is has like permit when true context principal action __cedar _x 9a a-b ä a() \"a\" == + [0] ";
        for start in ["principal", "resource", "action", "context", "true", "Resource", "A::resource", ""] {
            for one in names.split(' ') {
                for text in [
                    start.to_owned(),
                    format!("{start}.{one}"),
                    format!("{start}.name.{one}"),
                    format!("{start} {one}"),
                ] {
                    if let Some(plain) = plain(&text) {
                        assert_eq!(text.parse::<Expr>().ok().as_ref(), Some(&plain), "{text}");
                        read += 1;
                    }
                }
            }
        }
        assert!(read > 40, "{read}");
    }
}
