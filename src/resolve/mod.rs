//! Documents to a plan and an estate: every name resolved, every value converted, every order known.

mod alike;
mod approvals;
mod estate;
mod order;
mod places;
mod plan;
mod time;
mod uid;
mod value;

pub use alike::{Alike, look_alikes};
pub use approvals::approvals;
pub use estate::estate;
pub use places::Places;
pub use plan::plan;
pub use time::is_fresh;
pub use uid::{named as uid_named, read as uid};
pub use value::fields;
