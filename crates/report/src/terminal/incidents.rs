//! What is no execution: errors, waits for locks, temporary files, what the server did besides.

use std::io::{self, Write};

use anstyle::Style;
use slowlog_digest::{Fingerprint, Totals};
use slowlog_event::{Counter, Dialect, Maintenance};

use super::{BAD, HEADING, plural};
use crate::model::Report;
use crate::units::{bytes, count, duration};
use crate::visible::{fit, visible};

/// How many queries are named of each kind of incident.
const DETAILS: usize = 3;

/// One line for each kind of thing that is no execution.
pub(super) fn incidents(report: &Report<'_>, width: usize, out: &mut impl Write) -> io::Result<()> {
    let totals: &Totals = report.digest.totals();
    let mut line = |style: Style, head: &str, text: String| {
        writeln!(out, "{style}{head:<9}{style:#} {}", fit(&text, width.saturating_sub(10)))
    };
    if totals.killed > 0 {
        let at_least = totals
            .killed_lower_bound_us
            .map(|time| format!(", after {} at least", duration(time)))
            .unwrap_or_default();
        let unknown = if report.reads(Dialect::MySql) { "" } else { ": no duration is known" };
        let text = format!(
            "{} ended by a timeout or a cancel{at_least}{unknown}",
            plural(totals.killed, "statement")
        );
        line(BAD, "killed", text)?;
    }
    if totals.errors + totals.fatal_errors > 0 {
        let all = report.error_states();
        let states: Vec<String> = all
            .iter()
            .take(5)
            .map(|state| format!("{} ×{}", state.code, count(state.count)))
            .collect();
        let states =
            if states.is_empty() { String::new() } else { format!("   {}", states.join("  ")) };
        let fatal = match totals.fatal_errors {
            0 => String::new(),
            fatal => format!(", {} fatal", count(fatal)),
        };
        line(BAD, "errors", format!("{}{fatal}{states}", count(totals.errors)))?;
        for state in all.iter().take(DETAILS) {
            if let Some(query) = state.queries.first() {
                line(Style::new(), "", format!("{}  {}", state.code, named(query)))?;
            }
        }
    }
    if let Some((executions, micros)) = report.digest.figures().left_out() {
        let text = format!(
            "the log is a sample: an estimated {} executions, {} in all",
            count(totals.executions.saturating_add(executions)),
            duration(totals.duration_us.saturating_add(micros))
        );
        line(HEADING, "estimate", text)?;
    }
    if let Some(locks) = report.digest.figures().counter(Counter::LockTime).filter(|l| l.sum > 0) {
        let text = format!("waited {} within executions", duration(locks.sum));
        line(HEADING, "locks", text)?;
    }
    if totals.lock_waits > 0 {
        let text = format!(
            "{}, {} in all",
            plural(totals.lock_waits, "wait"),
            duration(totals.lock_wait_us)
        );
        let deadlocks = match totals.deadlocks {
            0 => String::new(),
            some => format!(", {}", plural(some, "deadlock")),
        };
        line(HEADING, "locks", format!("{text}{deadlocks}"))?;
        for lock in report.locks().iter().take(DETAILS) {
            let kind = lock.kind.map_or_else(|| "a lock".to_owned(), |kind| kind.to_string());
            let waits = format!(
                "{} of up to {} for {kind}",
                plural(lock.waits.waits, "wait"),
                duration(lock.waits.max_us)
            );
            let query = lock.query.map(|query| format!(":  {}", named(query)));
            line(Style::new(), "", format!("{waits}{}", query.unwrap_or_default()))?;
        }
    }
    if totals.temp_files > 0 {
        let text = format!("{}, {}", plural(totals.temp_files, "file"), bytes(totals.temp_bytes));
        line(HEADING, "temporary", text)?;
        for (fingerprint, query) in report.temp_files_by_query().into_iter().take(DETAILS) {
            let files = plural(query.besides().temp_files, "file");
            let sizes = bytes(query.besides().temp_bytes);
            line(Style::new(), "", format!("{files}, {sizes}:  {}", named(fingerprint)))?;
        }
    }
    beside_statements(report, &mut line)?;
    if totals.parse_bind_steps > 0 {
        let text = format!(
            "{} of parse and bind, {} on top of the executions",
            plural(totals.parse_bind_steps, "step"),
            duration(totals.parse_bind_us)
        );
        line(HEADING, "prepare", text)?;
    }
    if totals.plan_only_executions > 0 {
        let text = format!(
            "{} known by their plan alone, {}: the time in the executor",
            plural(totals.plan_only_executions, "execution"),
            duration(totals.plan_only_us)
        );
        line(HEADING, "plans", text)?;
    }
    if totals.unpaired_durations > 0 {
        let text = format!(
            "{} without a statement, {}, not in the totals",
            plural(totals.unpaired_durations, "duration"),
            duration(totals.unpaired_us)
        );
        line(HEADING, "unpaired", text)?;
    }
    if totals.statements_without_time > 0 && report.has_times() {
        let text = format!(
            "{} without a duration, not in the totals",
            plural(totals.statements_without_time, "statement")
        );
        line(HEADING, "untimed", text)?;
    }
    Ok(())
}

/// Connections, checkpoints and their like.
fn beside_statements(
    report: &Report<'_>,
    line: &mut impl FnMut(Style, &str, String) -> io::Result<()>,
) -> io::Result<()> {
    let totals = report.digest.totals();
    if totals.connections > 0 {
        let peak = totals
            .peak_connections()
            .map(|peak| format!(", at most {} sessions open at once", count(peak)));
        let lasted = totals
            .session_us
            .checked_div(totals.disconnections)
            .filter(|mean| *mean > 0)
            .map(|mean| format!(", {} each on average", duration(mean)));
        let text = format!(
            "{}{}{}",
            count(totals.connections),
            peak.unwrap_or_default(),
            lasted.unwrap_or_default()
        );
        line(HEADING, "connected", text)?;
    }
    let maintenance = report.digest.maintenance();
    let many = |kind, one: &str, several: &str| {
        maintenance.get(kind).map(|total| {
            let noun = if total.count == 1 { one } else { several };
            let longest = total.max_us.map(|longest| format!(" of up to {}", duration(longest)));
            format!("{} {noun}{}", count(total.count), longest.unwrap_or_default())
        })
    };
    let parts: Vec<String> = [
        many(Maintenance::Crash, "crash", "crashes"),
        many(Maintenance::Start, "start", "starts"),
        many(Maintenance::Checkpoint, "checkpoint", "checkpoints"),
        many(Maintenance::RequestedCheckpoint, "begun before its time", "begun before their time"),
        many(Maintenance::Autovacuum, "autovacuum", "autovacuums"),
        many(Maintenance::Autoanalyze, "autoanalyze", "autoanalyzes"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { Ok(()) } else { line(HEADING, "server", parts.join(", ")) }
}

/// A query by the beginning of its id and its text.
fn named(fingerprint: &Fingerprint) -> String {
    format!("{} {}", &fingerprint.id.to_string()[..8], visible(&fingerprint.text))
}
