//! How to log, for some minutes, what finding N+1 queries takes.

use serde::Serialize;
use slowlog_digest::Seen;
use slowlog_event::Dialect;

use crate::advice::{Cost, Server, alter, undo_of, with_escapes};
use crate::model::Report;

/// Statements to run before and after a capture.
#[derive(Debug, Serialize)]
pub(super) struct Capture {
    pub(super) what: String,
    /// Run before.
    pub(super) sql: Vec<String>,
    #[serde(flatten)]
    pub(super) cost: Cost,
    /// Run behind it.
    pub(super) undo: Vec<String>,
}

/// The ways to capture; none if the log is fit as it is.
pub(super) fn captures(report: &Report<'_>) -> Vec<Capture> {
    let visibility = report.digest.visibility();
    let is_fit = report.logs_every_statement()
        && visibility.sessions() == Seen::Yes
        && visibility.sampling().is_none()
        && report.n_plus_one.is_none_or(|found| !found.marks_missing);
    if is_fit {
        return Vec::new();
    }
    if report.has_entries_of(Dialect::MySql) { mysql(report) } else { postgres(report) }
}

fn postgres(report: &Report<'_>) -> Vec<Capture> {
    let visibility = report.digest.visibility();
    let mut more = Vec::new();
    if visibility.sessions() == Seen::No {
        more.push("%c");
    }
    if visibility.transactions() == Seen::No {
        more.push("%v");
    }
    let prefix = (!more.is_empty()).then(|| with_escapes(report, &more)).flatten();
    let capture = |what: &str, settings: &[(&str, &str)], cost| {
        let mut settings = settings.to_vec();
        settings.extend(prefix.as_deref().map(|prefix| ("log_line_prefix", prefix)));
        Capture {
            what: what.to_owned(),
            sql: statements(&alter(&settings)),
            cost,
            undo: statements(&undo_of(&settings)),
        }
    };
    vec![
        capture(
            "every statement, for ten minutes",
            &[("log_min_duration_statement", "0")],
            Cost::of_every_statement(report, 1, "one entry for each statement"),
        ),
        capture(
            "every statement of each hundredth transaction, for as long as you like",
            &[("log_transaction_sample_rate", "0.01")],
            Cost::of_every_statement(report, 100, "all entries of each hundredth transaction"),
        ),
    ]
}

fn mysql(report: &Report<'_>) -> Vec<Capture> {
    // Sessions keep the value that they began with; Percona Server can change it for all.
    let global = "slow_query_log_use_global_control";
    let every: &[(&str, &str)] = match Server::of(report) {
        Server::Percona => &[
            (global, "'long_query_time,log_slow_rate_limit'"),
            ("log_slow_rate_limit", "1"),
            ("long_query_time", "0"),
        ],
        Server::MariaDb => &[("log_slow_rate_limit", "1"), ("long_query_time", "0")],
        Server::MySql => &[("long_query_time", "0")],
    };
    let mut captures = vec![Capture {
        what: match Server::of(report) {
            Server::Percona => "every statement, for ten minutes".to_owned(),
            _ => "every statement of new connections, for ten minutes: restart the pool after it"
                .to_owned(),
        },
        sql: set(every),
        cost: Cost::of_every_statement(report, 1, "one entry for each statement"),
        undo: undo(every),
    }];
    if Server::of(report) == Server::Percona {
        let sessions: &[(&str, &str)] = &[
            ("log_slow_rate_type", "'session'"),
            ("log_slow_rate_limit", "100"),
            ("long_query_time", "0"),
        ];
        captures.push(Capture {
            what: "every statement of each hundredth new session, for as long as you like"
                .to_owned(),
            sql: set(sessions),
            cost: Cost::of_every_statement(report, 100, "all entries of each hundredth session"),
            undo: undo(sessions),
        });
    }
    captures
}

/// Keeps the values in the session, and changes them.
fn set(settings: &[(&str, &str)]) -> Vec<String> {
    let statements = settings.iter().map(|(name, value)| {
        [format!("SET @{name} = @@GLOBAL.{name};"), format!("SET GLOBAL {name} = {value};")]
    });
    statements.flatten().collect()
}

/// In the same session, the last change first.
fn undo(settings: &[(&str, &str)]) -> Vec<String> {
    settings.iter().rev().map(|(name, _)| format!("SET GLOBAL {name} = @{name};")).collect()
}

/// One statement a line.
fn statements(sql: &str) -> Vec<String> {
    sql.split_inclusive("; ").map(|statement| statement.trim_end().to_owned()).collect()
}
