//! Bundles compiled with Cedar, and Cedar's answers about one request in one state.

mod absence;
mod answer;
mod asked;
mod bundle;
mod catalogue;
mod cell;
mod changes;
mod circles;
mod condition;
mod cross_check;
mod declarations;
mod dependence;
mod diagnose;
mod distinctions;
mod environments;
mod evaluate;
mod expansion;
mod expression;
mod guard;
mod index;
mod kinds;
mod links;
mod literals;
mod mentions;
mod parse;
mod plain;
mod reads;
mod request;
mod rulebook;
mod schema;
mod shape;
mod slice;
mod term;
mod tree;
mod unknown;
mod validate;
mod value;
mod varying;
#[cfg(test)]
mod worlds;
mod written;

pub use bundle::{Bundle, Effect, Policy, compile};
pub use catalogue::Operation;
pub use cell::Cell;
pub use changes::{Failure, evaluate_changes, evaluate_creates, possible_creates};
pub use circles::reached;
pub use condition::{
    Alternative, Atom, Conditions, Formula, MOST_ATOMS, PolicyCondition, Requirement, Undecided, World,
    alternatives, conditions,
};
pub use dependence::{Dependence, dependence};
pub use distinctions::{Distinctions, distinctions};
pub use evaluate::{PolicyFailure, PolicySets, Prerequisites, Ruling, policies_for, rule, rule_of};
pub use kinds::{KindCell, KindFootprint, kind_footprint, kind_reads};
pub use literals::{Literal, missing_literals};
pub use mentions::{constants, context_fields, parameters};
pub use reads::{Footprint, change_reads, footprint, named_reads, reach, reads, writes};
pub use request::{Request, check_request};
pub use tree::{
    Clause, ClauseKind, Evaluation, Examination, Form, Membership, Part, PolicyTree, Read, Subject,
};
pub use varying::writes_vary;
pub use written::{Touching, Written};
