//! Expressions as keys: equal keys mean equal expressions, or expressions that differ in entities alone.

use cedar_policy_core::ast::{EntityUID, Expr, ExprKind, Literal};
use cedar_policy_core::validator::{ValidatorEntityTypeKind, ValidatorSchema};

/// An expression as a key, wherever it stands.
pub(super) type Shape = Vec<u8>;

/// The key that an expression shares with equal expressions only.
pub(super) fn exact(expression: &Expr) -> Shape {
    let mut writer = Writer { key: Shape::new(), schema: None, entities: Vec::new() };
    writer.visit(expression);
    writer.key
}

/// The key that an expression shares with those that type-check as it does.
///
/// The type checker looks at the id of an entity only where the entity is an action or of an
/// enumerated type, and where it compares two literals. So the other entities are told by their
/// types and by the place in the expression where each was named first.
pub(super) fn of_types(expression: &Expr, schema: &ValidatorSchema) -> Shape {
    let mut writer = Writer { key: Shape::new(), schema: Some(schema), entities: Vec::new() };
    writer.visit(expression);
    writer.key
}

struct Writer<'a> {
    key: Shape,
    /// Present where entities that the type checker does not tell apart are to be one.
    schema: Option<&'a ValidatorSchema>,
    entities: Vec<&'a EntityUID>,
}

impl<'a> Writer<'a> {
    fn mark(&mut self, mark: u8, parts: usize) {
        self.key.push(mark);
        self.key.extend(u32::try_from(parts).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.mark(b't', text.len());
        self.key.extend(text.as_bytes());
    }

    fn all<'e: 'a>(&mut self, parts: impl IntoIterator<Item = &'e Expr>) {
        parts.into_iter().for_each(|part| self.visit(part));
    }

    fn visit(&mut self, expression: &'a Expr) {
        match expression.expr_kind() {
            ExprKind::Lit(Literal::EntityUID(uid)) => self.entity(uid),
            ExprKind::Lit(Literal::Bool(truth)) => self.mark(b'b', usize::from(*truth)),
            ExprKind::Lit(Literal::Long(number)) => {
                self.key.push(b'n');
                self.key.extend(number.to_le_bytes());
            }
            ExprKind::Lit(Literal::String(text)) => self.text(text),
            ExprKind::Var(variable) => self.named(b'v', &variable.to_string(), &[]),
            ExprKind::Slot(slot) => self.named(b's', &slot.to_string(), &[]),
            ExprKind::If { test_expr, then_expr, else_expr } => {
                self.named(b'i', "", &[test_expr, then_expr, else_expr]);
            }
            ExprKind::And { left, right } => self.named(b'a', "", &[left, right]),
            ExprKind::Or { left, right } => self.named(b'o', "", &[left, right]),
            ExprKind::UnaryApp { op, arg } => self.named(b'u', &format!("{op:?}"), &[arg]),
            ExprKind::BinaryApp { op, arg1, arg2 } => self.named(b'2', &format!("{op:?}"), &[arg1, arg2]),
            ExprKind::GetAttr { expr, attr } => self.named(b'g', attr, &[expr]),
            ExprKind::HasAttr { expr, attr } => self.named(b'h', attr, &[expr]),
            ExprKind::ExtHasAttr { expr, attrs } => {
                self.mark(b'x', attrs.len());
                attrs.iter().for_each(|attr| self.text(attr));
                self.visit(expr);
            }
            ExprKind::Like { expr, pattern } => self.named(b'l', &format!("{pattern:?}"), &[expr]),
            ExprKind::Is { expr, entity_type } => self.named(b'k', &entity_type.to_string(), &[expr]),
            ExprKind::ExtensionFunctionApp { fn_name, args } => {
                self.mark(b'f', args.len());
                self.text(&fn_name.to_string());
                self.all(args.iter());
            }
            ExprKind::Set(elements) => {
                self.mark(b'S', elements.len());
                self.all(elements.iter());
            }
            ExprKind::Record(fields) => {
                self.mark(b'R', fields.len());
                for (name, field) in fields.iter() {
                    self.text(name);
                    self.visit(field);
                }
            }
            other => self.named(b'?', &format!("{other:?}"), &[]),
        }
    }

    fn named(&mut self, mark: u8, name: &str, parts: &[&'a Expr]) {
        self.key.push(mark);
        if !name.is_empty() {
            self.text(name);
        }
        self.all(parts.iter().copied());
    }

    fn entity(&mut self, uid: &'a EntityUID) {
        let whole = self.schema.is_none_or(|schema| tells_ids_apart(uid, schema));
        self.key.push(if whole { b'E' } else { b'T' });
        self.text(&uid.entity_type().to_string());
        if whole {
            self.text(AsRef::<str>::as_ref(uid.eid()));
            return;
        }
        let known = self.entities.iter().position(|known| *known == uid);
        let number = known.unwrap_or(self.entities.len());
        if known.is_none() {
            self.entities.push(uid);
        }
        self.mark(b'#', number);
    }
}

/// Says whether the validator looks at the ids of an entity's type.
pub(super) fn tells_ids_apart(uid: &EntityUID, schema: &ValidatorSchema) -> bool {
    uid.is_action()
        || schema
            .get_entity_type(uid.entity_type())
            .is_some_and(|found| matches!(found.kind, ValidatorEntityTypeKind::Enum(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Shape {
        exact(&text.parse().unwrap())
    }

    #[test]
    fn only_equal_expressions_share_a_key() {
        let texts = [
            "principal in A::\"b\"",
            "principal in A::\"c\"",
            "principal in A::B::\"b\"",
            "resource in A::\"b\"",
            "principal == A::\"b\"",
            "principal has a && principal.a",
            "principal has b && principal.a",
            "(principal has a && principal.a) || principal.b",
            "principal has a && (principal.a || principal.b)",
            "\"a\" like \"a*\"",
            "\"a\" like \"a\\*\"",
            "[1, 2].contains(3)",
            "[1].containsAll([2, 3])",
            "[\"1\", \"2\"].contains(3)",
            "{a: {b: 1}} == context",
            "{a: {}, b: 1} == context",
            "principal has a.b",
            "principal has \"a.b\"",
        ];
        for (at, text) in texts.iter().enumerate() {
            assert_eq!(key(text), key(text));
            for other in texts.iter().skip(at + 1) {
                assert_ne!(key(text), key(other), "{text} and {other}");
            }
        }
    }
}
