//! The JSON Schemas of what the program writes.

/// The JSON Schema of `countersign.report/1`.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(super::Report).to_value()
}

/// The JSON Schema of `countersign.problems/1`.
pub fn problems_json_schema() -> serde_json::Value {
    schemars::schema_for!(super::Problems).to_value()
}
