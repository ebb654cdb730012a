//! States along the step graph.

mod apply;
mod timeline;

pub use apply::apply;
pub use timeline::{Moment, Timeline};
