//! The JSON Schema of the report.

/// The JSON Schema of `countersign.report/1`.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(super::Report).to_value()
}
