//! What would make a step allowed: changes that were made and judged again before they are told.
//!
//! A remedy is found by asking and never written by hand: candidates come from the schema, from the
//! catalogue, from what the policies name and from what the plan and the estate hold. One that mends
//! the step in its own state is then judged with the whole plan, over every order, and is told only
//! where the step is allowed, nothing else gets worse, and nobody gives himself the authority.

mod change;
mod consent;
mod context;
mod edge;
mod estate;
mod insert;
mod insertion;
mod pair;
mod patch;
mod people;
mod pool;
mod rank;
mod replay;
mod seek;
mod target;
mod text_edit;
mod trial;
mod words;

pub use change::{Change, Insertion};
pub use patch::{Patched, patch};
pub use seek::{Extent, Remedies, Remedy, seek};
pub use trial::Question;
