//! What MySQL, MariaDB and Percona Server could log.
//!
//! `SET GLOBAL x = DEFAULT` is the default of the server and not that of its configuration file, so
//! the value that was set before is kept in a variable of the session, and comes back from there.

use slowlog_event::{Counter, Dialect};

use super::NotVisible;
use super::cost::{Bound, Cost};
use crate::model::Report;
use crate::units::{count, duration};

/// What `log_slow_extra` and the like add to an entry.
const EXTRA_BYTES: u64 = 400;

/// Which relative wrote a slow log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    MySql,
    MariaDb,
    Percona,
}

impl Server {
    /// By the version that its banner names, and by what only one of them writes.
    pub(crate) fn of(report: &Report<'_>) -> Self {
        let figures = report.digest.figures();
        let versions = report.digest.servers();
        // Percona Server has a release of its own behind MySQL's: `8.0.36-28`.
        let is_percona = |version: &[u8]| {
            let release = version.split(|byte| *byte == b'-').nth(1);
            release.is_some_and(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
        };
        let percona_counters = [Counter::IoReadOps, Counter::QueueWait, Counter::PagesDistinct];
        if versions.iter().any(|version| version.windows(7).any(|part| part == b"MariaDB")) {
            Self::MariaDb
        } else if report.digest.visibility().sampling().is_some()
            || percona_counters.iter().any(|counter| figures.counter(*counter).is_some())
            || versions.iter().any(|version| is_percona(version))
        {
            Self::Percona
        } else {
            Self::MySql
        }
    }

    /// The name people know it by.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
            Self::Percona => "Percona Server",
        }
    }

    /// The setting that makes an entry say all there is, and its value.
    fn verbosity(self) -> (&'static str, &'static str) {
        match self {
            Self::MySql => ("log_slow_extra", "ON"),
            Self::MariaDb => ("log_slow_verbosity", "'query_plan,innodb,explain'"),
            Self::Percona => ("log_slow_verbosity", "'full'"),
        }
    }
}

/// Statements that keep the values of settings and change them.
pub(super) fn set(settings: &[(&str, &str)]) -> String {
    let statements = settings.iter().map(|(name, value)| {
        format!("SET @{name} = @@GLOBAL.{name}; SET GLOBAL {name} = {value};")
    });
    statements.collect::<Vec<_>>().join(" ")
}

/// Statements that take [`set`] back, in the same session.
pub(super) fn undo(settings: &[(&str, &str)]) -> String {
    let statements = settings.iter().map(|(name, _)| format!("SET GLOBAL {name} = @{name};"));
    statements.collect::<Vec<_>>().join(" ")
}

pub(super) fn not_visible(report: &Report<'_>, missing: &mut Vec<NotVisible>) {
    let totals = report.digest.totals();
    let figures = report.digest.figures();
    let server = Server::of(report);
    let mut miss = |what: String, setting: &str, settings: &[(&str, &str)], cost: Cost| {
        missing.push(NotVisible {
            what,
            setting: setting.to_owned(),
            sql: set(settings),
            cost,
            undo: undo(settings),
        });
    };
    if totals.executions == 0 {
        // Of an empty analysis PostgreSQL's settings are told.
        if report.has_entries_of(Dialect::MySql) {
            miss(
                if totals.statements_without_time > 0 {
                    "how long statements take: the general log has no times".to_owned()
                } else {
                    "how long statements take".to_owned()
                },
                "slow_query_log = ON, long_query_time = 0.1",
                &[("slow_query_log", "ON"), ("long_query_time", "0.1")],
                Cost::in_words("one entry for each statement that takes longer"),
            );
        }
        return;
    }
    if let Some(threshold) =
        report.digest.visibility().threshold_us().filter(|threshold| *threshold > 0)
    {
        miss(
            format!(
                "statements under {}: percentiles and counts are of the slower ones alone",
                duration(threshold)
            ),
            "long_query_time = 0 for some minutes",
            &[("long_query_time", "0")],
            Cost::of_every_statement(report, 1, "one entry for each statement of new connections"),
        );
    }
    if totals.throttled > 0 {
        miss(
            format!("{} statements without an index", count(totals.throttled)),
            "log_throttle_queries_not_using_indexes = 0",
            &[("log_throttle_queries_not_using_indexes", "0")],
            Cost::of(
                report,
                Bound::About,
                totals.throttled,
                super::Rate::of(report).map_or(0, super::Rate::entry_bytes),
                "one entry for each of them",
                "",
            ),
        );
    }
    if figures.counter(Counter::BytesSent).is_none() {
        let (name, value) = server.verbosity();
        miss(
            "temporary tables, sorts and bytes of each statement".to_owned(),
            &format!("{name} = {value}"),
            &[(name, value)],
            Cost::of(
                report,
                Bound::About,
                totals.executions,
                EXTRA_BYTES,
                "more lines for each entry",
                "",
            ),
        );
    }
}
