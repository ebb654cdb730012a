//! The program's own files: nodes to documents.

mod approvals;
mod configuration;
mod estate;
mod fields;
mod links;
mod manifest;
mod operations;
mod plan;
mod write;

pub(super) use approvals::approvals;
pub(super) use configuration::configuration;
pub(super) use estate::{circles, entities, entity, estate, is_type_name, open_estate_header};
pub(super) use fields::{Fields, header};
pub(super) use links::links;
pub(super) use manifest::manifest;
pub(super) use operations::operations;
pub(super) use plan::plan;
pub(super) use write::{estate_node, plan_node};
