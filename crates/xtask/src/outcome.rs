//! What slowlog says of a log, and whether that is the truth.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::child;
use crate::truth::Totals;

/// What is known of a log; what is absent is not compared.
pub(crate) struct Expected<'a> {
    pub(crate) totals: &'a Totals,
    /// The word for it in the report.
    pub(crate) format: Option<&'a str>,
    /// Executions by name.
    pub(crate) users: Option<&'a BTreeMap<String, u64>>,
    pub(crate) databases: Option<&'a BTreeMap<String, u64>>,
}

impl<'a> Expected<'a> {
    pub(crate) fn totals(totals: &'a Totals) -> Self {
        Self { totals, format: None, users: None, databases: None }
    }

    fn differences(&self, report: &Report) -> Vec<String> {
        let mut differences = self.totals.differences(&report.totals);
        for input in &report.inputs {
            if self.format.is_some() && self.format != input.format.as_deref() {
                differences
                    .push(format!("format: expected {:?}, got {:?}", self.format, input.format));
            }
        }
        for (what, expected, got) in
            [("users", self.users, &report.users), ("databases", self.databases, &report.databases)]
        {
            let got = got.iter().map(|share| (share.name.clone(), share.executions)).collect();
            if let Some(expected) = expected
                && *expected != got
            {
                differences.push(format!("{what}: expected {expected:?}, got {got:?}"));
            }
        }
        differences
    }
}

/// The report made without its details, but for the parts that are compared.
#[derive(Deserialize)]
struct Report {
    totals: Value,
    inputs: Vec<Input>,
    users: Vec<Share>,
    databases: Vec<Share>,
}

#[derive(Deserialize)]
struct Input {
    format: Option<String>,
}

#[derive(Deserialize)]
struct Share {
    name: String,
    executions: u64,
}

fn report(json: impl std::io::Read) -> Result<Report> {
    serde_json::from_reader(json).context("the report: not understood")
}

/// `totals` of a report in JSON; the rest, large or not, is passed over.
pub(crate) fn totals(json: impl std::io::Read) -> Result<Value> {
    Ok(report(json)?.totals)
}

/// Runs `slowlog analyze` on `log` and returns what differs from what is known of it.
///
/// A log of which nothing has a time ends in status 4 and still has a report.
pub(crate) fn differences(
    slowlog: &Path,
    log: &Path,
    arguments: &[&str],
    expected: &Expected<'_>,
) -> Result<Vec<String>> {
    let mut command = Command::new(slowlog);
    command.arg("analyze").arg(log).args(["--format", "json"]).args(arguments);
    let output = command.stdin(Stdio::null()).output()?;
    if output.stdout.is_empty() {
        bail!(
            "{}: {}, no report\n{}",
            child::spelled(&command),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim_end()
        );
    }
    let mut differences = expected.differences(&report(output.stdout.as_slice())?);
    let nothing_timed = expected.totals.executions == Some(0);
    if !(output.status.success() || nothing_timed && output.status.code() == Some(4)) {
        differences.push(format!("expected success, got {}", output.status));
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_compared_with_what_is_known() {
        let json = r#"{"totals":{"executions":3},"inputs":[{"format":"mysql_slow"},{}],
            "users":[{"name":"app","executions":3}],"databases":[],"queries":[]}"#;
        let report = report(json.as_bytes()).unwrap();
        let totals = Totals { executions: Some(3), ..Totals::default() };
        assert!(Expected::totals(&totals).differences(&report).is_empty());
        let (users, databases) =
            (BTreeMap::from([("app".to_owned(), 3)]), BTreeMap::from([("shop".to_owned(), 3)]));
        let expected = Expected {
            format: Some("mysql_slow"),
            users: Some(&users),
            databases: Some(&databases),
            ..Expected::totals(&totals)
        };
        assert_eq!(
            expected.differences(&report),
            [
                "format: expected Some(\"mysql_slow\"), got None",
                "databases: expected {\"shop\": 3}, got {}"
            ]
        );
    }
}
