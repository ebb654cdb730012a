//! Boolean formulas over conditions on a principal.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::model::{TypeName, Uid};

/// One condition on a principal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// It is in that entity, directly or not.
    In(Uid),
    /// It is that entity.
    Is(Uid),
    /// It is of that type.
    OfType(TypeName),
    /// Anything else, in Cedar's words; what does not depend on the principal is evaluated.
    Other(Arc<str>),
    /// A value is read that is not known yet; the words name it.
    Unknown(Arc<str>),
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Atom::In(group) => write!(f, "principal in {group}"),
            Atom::Is(uid) => write!(f, "principal == {uid}"),
            Atom::OfType(name) => write!(f, "principal is {name}"),
            Atom::Other(text) => f.write_str(text),
            Atom::Unknown(what) => write!(f, "{what}, which is not known yet"),
        }
    }
}

/// A formula; the functions that make one keep it free of constants inside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Formula {
    /// Always so, or never.
    Constant(bool),
    /// Where the condition holds.
    Atom(Atom),
    /// Where the other does not hold.
    Not(Box<Formula>),
    /// Where all hold.
    And(BTreeSet<Formula>),
    /// Where one holds.
    Or(BTreeSet<Formula>),
}

impl Formula {
    /// Where all hold.
    pub fn and(parts: impl IntoIterator<Item = Formula>) -> Formula {
        Self::join(parts, true)
    }

    /// Where one holds.
    pub fn or(parts: impl IntoIterator<Item = Formula>) -> Formula {
        Self::join(parts, false)
    }

    /// Joins parts by the connective whose neutral constant is given.
    fn join(parts: impl IntoIterator<Item = Formula>, neutral: bool) -> Formula {
        let mut joined = BTreeSet::new();
        for part in parts {
            match part {
                Formula::Constant(value) if value == neutral => {}
                Formula::Constant(value) => return Formula::Constant(value),
                Formula::And(inner) if neutral => joined.extend(inner),
                Formula::Or(inner) if !neutral => joined.extend(inner),
                other => {
                    joined.insert(other);
                }
            }
        }
        match joined.len() {
            0 => Formula::Constant(neutral),
            1 => joined.pop_first().unwrap_or(Formula::Constant(neutral)),
            _ if neutral => Formula::And(joined),
            _ => Formula::Or(joined),
        }
    }

    /// Where this does not hold.
    #[must_use]
    pub fn negated(self) -> Formula {
        match self {
            Formula::Constant(value) => Formula::Constant(!value),
            Formula::Not(inner) => *inner,
            other => Formula::Not(Box::new(other)),
        }
    }

    /// Whether it holds, where `truth` says so of the conditions; `None` where that leaves it open.
    pub fn holds(&self, truth: &mut impl FnMut(&Atom) -> Option<bool>) -> Option<bool> {
        match self {
            Formula::Constant(value) => Some(*value),
            Formula::Atom(atom) => truth(atom),
            Formula::Not(inner) => inner.holds(truth).map(|value| !value),
            Formula::And(parts) => Self::search(parts, false, truth),
            Formula::Or(parts) => Self::search(parts, true, truth),
        }
    }

    /// The value that one part decides, else the other one, else none where a part is open.
    fn search(
        parts: &BTreeSet<Formula>,
        decides: bool,
        truth: &mut impl FnMut(&Atom) -> Option<bool>,
    ) -> Option<bool> {
        let mut all = Some(!decides);
        for part in parts {
            match part.holds(truth) {
                Some(value) if value == decides => return Some(decides),
                Some(_) => {}
                None => all = None,
            }
        }
        all
    }

    /// The conditions that it is about.
    pub fn atoms(&self) -> BTreeSet<&Atom> {
        let mut found = BTreeSet::new();
        let mut open = vec![self];
        while let Some(formula) = open.pop() {
            match formula {
                Formula::Constant(_) => {}
                Formula::Atom(atom) => {
                    found.insert(atom);
                }
                Formula::Not(inner) => open.push(inner),
                Formula::And(parts) | Formula::Or(parts) => open.extend(parts),
            }
        }
        found
    }
}
