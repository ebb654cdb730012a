//! Plans, estates and states in the engine's own terms.

mod approvals;
mod base;
mod change;
mod names;
mod packed;
mod plan;
mod schema;
mod sparse;
mod state;
#[cfg(test)]
mod tests;
mod value;

pub use approvals::{Approval, Approvals, Override};
pub use base::{BadHierarchy, EstateBuilder, MAX_DEPTH, MAX_PAIRS};
pub use change::{Edit, Impossible};
pub use names::{EntityId, KindId, Named};
pub use packed::{RecordView, SetView, ValueView};
pub use plan::{Phase, Plan, Step, StepId, StepSpans, Window};
pub use schema::{Action, EntityKind, EntityType, ExtensionReader, Mismatch, Record, Schema, Type};
pub use state::{Entity, Estate, Link, State};
pub use value::{Extension, Value};

/// The name of an entity: its type and its id, as Cedar has it.
pub use cedar_policy::EntityUid as Uid;

/// The name of an entity type, with its namespace.
pub use cedar_policy::EntityTypeName as TypeName;

/// The uid of a type and an id.
pub fn uid_of(type_name: &TypeName, id: &str) -> Uid {
    Uid::from_type_name_and_id(type_name.clone(), cedar_policy::EntityId::new(id))
}
