//! Settings of the server as far as the log shows them.

use serde::Serialize;
use slowlog_digest::{NameKind, Seen};
use slowlog_event::{Counter, Dialect, Maintenance};

use crate::advice::Server;
use crate::json::sampled;
use crate::model::Report;
use crate::units::{bytes, count, duration};
use crate::visible::visible;

/// A setting, as the log shows it.
#[derive(Debug, Serialize)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// What in the log says so.
    pub(super) evidence: String,
}

/// The settings that left a trace in the log.
pub(super) fn settings(report: &Report<'_>) -> Vec<Setting> {
    let mut found = Vec::new();
    let mut add = |name, value: String, evidence: String| {
        found.push(Setting { name, value, evidence });
    };
    if report.has_entries_of(Dialect::Postgres) {
        postgres(report, &mut add);
    }
    if report.has_entries_of(Dialect::MySql) {
        mysql(report, &mut add);
    }
    found
}

/// The threshold, and what it was guessed from.
fn threshold(report: &Report<'_>) -> Option<(String, String)> {
    let visibility = report.digest.visibility();
    let shortest = visibility.shortest()?;
    let value = match visibility.threshold_us() {
        // Of few executions only this is sure.
        None => format!("at most {}", duration(shortest.0)),
        Some(0) => "0".to_owned(),
        Some(threshold) => format!("about {}", duration(threshold)),
    };
    let executions = report.digest.totals().executions;
    let evidence =
        format!("the shortest of {} executions took {}", count(executions), duration(shortest.0));
    Some((value, evidence))
}

fn postgres(report: &Report<'_>, add: &mut impl FnMut(&'static str, String, String)) {
    let totals = report.digest.totals();
    let visibility = report.digest.visibility();
    let apart = visibility.apart() + totals.statements_without_time;
    if totals.executions > totals.plan_only_executions
        && let Some((value, evidence)) = threshold(report)
    {
        add("log_min_duration_statement", value, evidence);
    }
    if apart > 0 {
        let evidence = format!("{} statements are logged as they start", count(apart));
        add("log_statement", "on".to_owned(), evidence);
    }
    if totals.unpaired_durations > 0 {
        let evidence =
            format!("{} durations without a statement", count(totals.unpaired_durations));
        add("log_duration", "on".to_owned(), evidence);
    }
    let mut prefixes: Vec<&str> =
        report.inputs.iter().filter_map(|input| input.prefix.as_deref()).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    for prefix in prefixes {
        add("log_line_prefix", format!("'{}'", visible(prefix.as_bytes())), names(report));
    }
    if let Some(parameters) = visibility.parameters() {
        let (value, evidence) = match parameters {
            Seen::Yes => ("on", "values of bind parameters are there"),
            Seen::Partly => ("in part", "some executions have their bind parameters"),
            Seen::No => ("0, or terse entries", "no execution has its bind parameters"),
        };
        add("log_parameter_max_length", value.to_owned(), evidence.to_owned());
    }
    let on = || "on".to_owned();
    if totals.lock_waits > 0 {
        add("log_lock_waits", on(), format!("{} waits", count(totals.lock_waits)));
    }
    if totals.temp_files > 0 {
        let sizes = bytes(totals.temp_bytes);
        add("log_temp_files", on(), format!("{} files, {sizes}", count(totals.temp_files)));
    }
    if totals.plans > 0 {
        add("auto_explain", on(), format!("{} plans", count(totals.plans)));
    }
    if totals.connections > 0 {
        add("log_connections", on(), format!("{} connections", count(totals.connections)));
    }
    if totals.disconnections > 0 {
        let evidence = format!("{} disconnections", count(totals.disconnections));
        add("log_disconnections", on(), evidence);
    }
    let done = |kind| report.digest.maintenance().get(kind).map_or(0, |total| total.count);
    let checkpoints = done(Maintenance::Checkpoint).max(done(Maintenance::RequestedCheckpoint));
    if checkpoints > 0 {
        add("log_checkpoints", on(), format!("{} checkpoints", count(checkpoints)));
    }
    let autovacuum = done(Maintenance::Autovacuum) + done(Maintenance::Autoanalyze);
    if autovacuum > 0 {
        add("log_autovacuum_min_duration", on(), format!("{} entries", count(autovacuum)));
    }
}

/// Which names an entry has.
fn names(report: &Report<'_>) -> String {
    let kinds = [
        ("user", NameKind::User),
        ("database", NameKind::Database),
        ("application", NameKind::Application),
        ("client", NameKind::Client),
    ];
    let named = kinds.map(|(word, kind)| (word, !report.digest.actors.totals(kind).is_empty()));
    let visibility = report.digest.visibility();
    let known = [
        ("session", visibility.sessions() != Seen::No),
        ("transaction", visibility.transactions() != Seen::No),
    ];
    let all = known.into_iter().chain(named);
    let there: Vec<&str> = all.filter(|(_, there)| *there).map(|(word, _)| word).collect();
    match there.as_slice() {
        [] => "it names neither session nor user".to_owned(),
        words => format!("it names {}", words.join(", ")),
    }
}

fn mysql(report: &Report<'_>, add: &mut impl FnMut(&'static str, String, String)) {
    let totals = report.digest.totals();
    let figures = report.digest.figures();
    let visibility = report.digest.visibility();
    if let Some((value, evidence)) = threshold(report) {
        add("long_query_time", value, evidence);
    }
    if let Some(sampling) = visibility.sampling() {
        add("log_slow_rate_limit", sampled(sampling), "the entries say so".to_owned());
    }
    if totals.throttled > 0 {
        let evidence = format!("{} statements were left out", count(totals.throttled));
        add("log_throttle_queries_not_using_indexes", "on".to_owned(), evidence);
    }
    let counted = figures.counters().len() as u64;
    if figures.counter(Counter::BytesSent).is_some() {
        let name = match Server::of(report) {
            Server::MySql => "log_slow_extra",
            Server::MariaDb | Server::Percona => "log_slow_verbosity",
        };
        add(name, "on".to_owned(), format!("{} figures of a statement", count(counted)));
    }
    if totals.executions > 0 && visibility.plans() == Seen::Yes {
        add("log_slow_verbosity", "explain".to_owned(), "entries have plans".to_owned());
    }
}
