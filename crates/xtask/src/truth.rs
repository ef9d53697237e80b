//! Totals known without slowlog, under the names that slowlog's JSON report gives them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A total that is not certain is absent, and is then not compared.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Totals {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) executions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fingerprints: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sessions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) errors: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fatal_errors: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) killed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parse_bind_steps: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parse_bind_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fetch_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) statements_without_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unpaired_durations: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plans: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan_only_executions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan_only_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temp_files: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temp_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lock_waits: Option<u64>,
}

impl Totals {
    /// Where `report` (the `totals` of slowlog's JSON) says something else: `name: expected, got`.
    pub(crate) fn differences(&self, report: &Value) -> Vec<String> {
        let own = serde_json::to_value(self).expect("integers always serialise");
        own.as_object()
            .expect("a struct serialises to an object")
            .iter()
            .filter(|(name, expected)| report.get(name.as_str()) != Some(expected))
            .map(|(name, expected)| match report.get(name.as_str()) {
                Some(got) => format!("{name}: expected {expected}, got {got}"),
                None => format!("{name}: expected {expected}, the report has none"),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_compared() {
        let known = Totals { executions: Some(3), errors: Some(0), ..Totals::default() };
        let report = serde_json::json!({"executions": 3, "errors": 1, "plans": 9});
        assert_eq!(known.differences(&report), ["errors: expected 0, got 1"]);
        assert_eq!(
            known.differences(&serde_json::json!({"executions": 3})),
            ["errors: expected 0, the report has none"]
        );
    }
}
