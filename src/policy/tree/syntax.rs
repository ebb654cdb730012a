//! Where the parts of a policy stand in its file, read from Cedar's syntax tree.
//!
//! Cedar's expressions keep their places, with two gaps: clauses are merged into one condition, and
//! every prefix of `resource.roles.contains("x")` has the place of the whole. The syntax tree has both.

use std::collections::HashMap;
use std::ops::Range;

use cedar_policy_core::ast::Template;
use cedar_policy_core::parser::cst::{self, ExprData, Ident, MemAccess, Primary, Relation};
use cedar_policy_core::parser::{Loc, Node, text_to_cst};

use super::ClauseKind;

/// The places of one policy, in bytes from the start of its file.
#[derive(Clone, Debug, Default)]
pub(super) struct Syntax {
    /// `principal`, `action` and `resource` with their constraints.
    pub scope: Vec<Range<usize>>,
    /// The clauses in the order of the file.
    pub clauses: Vec<(ClauseKind, Range<usize>)>,
    /// For the place of a chain of members: where its first item ends, then where each member ends.
    chains: HashMap<(usize, usize), Vec<usize>>,
}

impl Syntax {
    /// Reads the text of a policy again; empty where Cedar keeps no text.
    pub(super) fn of(template: &Template) -> Self {
        Self::read(template).unwrap_or_default()
    }

    fn read(template: &Template) -> Option<Self> {
        let whole = template.loc()?;
        let policy = text_to_cst::parse_policy(whole.snippet()?).ok()?.node?;
        let cst::Policy::Policy(policy) = policy;
        let mut reader = Reader { start: whole.start(), chains: HashMap::new() };
        let scope = policy.variables.iter().map(|variable| reader.range(variable)).collect::<Option<_>>()?;
        let mut clauses = Vec::new();
        for clause in &policy.conds {
            let range = reader.range(clause)?;
            let clause = clause.node.as_ref()?;
            let kind = match clause.cond.node.as_ref()? {
                Ident::When => ClauseKind::When,
                Ident::Unless => ClauseKind::Unless,
                _ => return None,
            };
            clauses.push((kind, range));
            reader.expression(clause.expr.as_ref()?);
        }
        Some(Self { scope, clauses, chains: reader.chains })
    }

    /// The place of a chain of members without its last `dropped` members.
    pub(super) fn prefix(&self, whole: &Loc, dropped: usize) -> Option<Range<usize>> {
        if dropped == 0 {
            return Some(whole.start()..whole.end());
        }
        let ends = self.chains.get(&(whole.start(), whole.end()))?;
        let end = ends.get(ends.len().checked_sub(dropped + 1)?)?;
        Some(whole.start()..*end)
    }
}

/// Collects chains of members; recursion is as deep as brackets nest.
struct Reader {
    start: usize,
    chains: HashMap<(usize, usize), Vec<usize>>,
}

impl Reader {
    fn range<T>(&self, node: &Node<Option<T>>) -> Option<Range<usize>> {
        let loc = node.loc.as_ref()?;
        Some(self.start + loc.start()..self.start + loc.end())
    }

    fn expression(&mut self, node: &Node<Option<cst::Expr>>) {
        let Some(cst::Expr::Expr(expression)) = &node.node else { return };
        match expression.expr.as_ref() {
            ExprData::If(condition, yes, no) => {
                [condition, yes, no].into_iter().for_each(|part| self.expression(part))
            }
            ExprData::Or(or) => {
                let operands = or.node.iter().flat_map(|or| std::iter::once(&or.initial).chain(&or.extended));
                let relations = operands.filter_map(|and| and.node.as_ref());
                let relations = relations.flat_map(|and| std::iter::once(&and.initial).chain(&and.extended));
                relations
                    .filter_map(|relation| relation.node.as_ref())
                    .for_each(|relation| self.relation(relation));
            }
        }
    }

    fn relation(&mut self, relation: &Relation) {
        match relation {
            Relation::Common { initial, extended } => {
                self.sum(initial);
                extended.iter().for_each(|(_, operand)| self.sum(operand));
            }
            Relation::Has { target, .. } | Relation::Like { target, .. } => self.sum(target),
            Relation::IsIn { target, in_entity, .. } => {
                self.sum(target);
                in_entity.iter().for_each(|entity| self.sum(entity));
            }
        }
    }

    fn sum(&mut self, node: &Node<Option<cst::Add>>) {
        let Some(sum) = &node.node else { return };
        let terms = std::iter::once(&sum.initial).chain(sum.extended.iter().map(|(_, term)| term));
        for term in terms.filter_map(|term| term.node.as_ref()) {
            let factors =
                std::iter::once(&term.initial).chain(term.extended.iter().map(|(_, factor)| factor));
            factors.filter_map(|factor| factor.node.as_ref()).for_each(|factor| self.member(&factor.item));
        }
    }

    fn member(&mut self, node: &Node<Option<cst::Member>>) {
        let (Some(range), Some(member)) = (self.range(node), &node.node) else { return };
        if let Some(item) = self.range(&member.item) {
            let ends = member.access.iter().filter_map(|access| self.range(access)).map(|access| access.end);
            let ends: Vec<usize> = std::iter::once(item.end).chain(ends).collect();
            self.chains.insert((range.start, range.end), ends);
        }
        for access in member.access.iter().filter_map(|access| access.node.as_ref()) {
            match access {
                MemAccess::Field(_) => {}
                MemAccess::Call(arguments) => arguments.iter().for_each(|argument| self.expression(argument)),
                MemAccess::Index(index) => self.expression(index),
            }
        }
        match &member.item.node {
            Some(Primary::Expr(inner)) => self.expression(inner),
            Some(Primary::EList(elements)) => elements.iter().for_each(|element| self.expression(element)),
            Some(Primary::RInits(fields)) => {
                fields
                    .iter()
                    .filter_map(|field| field.node.as_ref())
                    .for_each(|field| self.expression(&field.1));
            }
            _ => {}
        }
    }
}

/// A part of a policy's text on one line, without its comments.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut quoted = false;
    while let Some(character) = rest.next() {
        match character {
            '\\' if quoted => {
                line.push(character);
                line.extend(rest.next());
            }
            '"' => {
                quoted = !quoted;
                line.push(character);
            }
            '/' if !quoted && rest.peek() == Some(&'/') => {
                while rest.next_if(|next| *next != '\n').is_some() {}
            }
            other if !quoted && other.is_whitespace() => {
                // A chain that goes on in the next line is written as one word.
                while rest.next_if(|next| next.is_whitespace()).is_some() {}
                if !line.ends_with(' ') && rest.peek() != Some(&'.') {
                    line.push(' ');
                }
            }
            other => line.push(other),
        }
    }
    line.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_over_several_lines_is_one_line() {
        assert_eq!(one_line("a &&\n  // why\n  b.\n c"), "a && b. c");
        assert_eq!(
            one_line("[\"//\", \"a  \\\"b\"]\n    .contains(x)"),
            "[\"//\", \"a  \\\"b\"].contains(x)"
        );
    }
}
