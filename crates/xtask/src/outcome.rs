//! What slowlog says of a log, and whether that is the truth.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::child;
use crate::truth::Totals;

/// The report made without its details, but for the part that is compared.
#[derive(Deserialize)]
struct Report {
    totals: Value,
}

/// `totals` of a report in JSON; the rest, large or not, is passed over.
pub(crate) fn totals(report: impl std::io::Read) -> Result<Value> {
    let report: Report = serde_json::from_reader(report).context("the report: not understood")?;
    Ok(report.totals)
}

/// Runs `slowlog analyze` on `log` and returns what differs from `truth`.
///
/// A log of which nothing has a time ends in status 4 and still has a report.
pub(crate) fn differences(
    slowlog: &Path,
    log: &Path,
    arguments: &[&str],
    truth: &Totals,
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
    let mut differences = truth.differences(&totals(output.stdout.as_slice())?);
    let nothing_timed = truth.executions == Some(0);
    if !(output.status.success() || nothing_timed && output.status.code() == Some(4)) {
        differences.push(format!("expected success, got {}", output.status));
    }
    Ok(differences)
}
