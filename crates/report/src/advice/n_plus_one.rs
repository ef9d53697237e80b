//! Loops of queries that the log cannot show.

use slowlog_digest::Seen;
use slowlog_event::Dialect;

use super::NotVisible;
use crate::model::Report;
use crate::units::duration;

/// Why loops of queries may be in the application and not in the report; empty if the log shows
/// every statement and which session sent it.
pub(crate) fn limits(report: &Report<'_>) -> Vec<NotVisible> {
    let Some(found) = report.n_plus_one else { return Vec::new() };
    let visibility = report.digest.visibility();
    let executions = report.digest.totals().executions;
    let mysql = report.reads(Dialect::MySql) && !report.reads(Dialect::Postgres);
    let mut limits = Vec::new();
    let mut say = |holds: bool, what: String, postgres: Words, mysql_words: Words| {
        let (setting, cost, undo) = if mysql { mysql_words } else { postgres };
        if holds {
            limits.push(NotVisible { what, setting, cost, undo });
        }
    };
    let threshold = visibility.threshold_us().unwrap_or(0);
    say(
        threshold > 0,
        format!("N+1 queries that take less than {} each", duration(threshold)),
        EVERY_STATEMENT,
        EVERY_STATEMENT_MYSQL,
    );
    say(
        report.digest.figures().left_out().is_some(),
        "N+1 queries of statements that the sampling left out".to_owned(),
        EVERY_STATEMENT,
        EVERY_SESSION_MYSQL,
    );
    say(
        found.marks_missing,
        "N+1 queries of statements that are not logged: transactions begin and do not end"
            .to_owned(),
        (
            "log_transaction_sample_rate instead of log_statement_sample_rate",
            "all entries of a share of the transactions",
            "ALTER SYSTEM RESET log_transaction_sample_rate; SELECT pg_reload_conf();",
        ),
        EVERY_SESSION_MYSQL,
    );
    say(
        executions > 0 && visibility.sessions() == Seen::No,
        "N+1 queries: which session ran a statement is not in the log".to_owned(),
        (
            "log_line_prefix with %p or %c",
            "about ten bytes for each entry",
            "ALTER SYSTEM RESET log_line_prefix; SELECT pg_reload_conf();",
        ),
        EVERY_STATEMENT_MYSQL,
    );
    say(
        found.pooled,
        "most N+1 queries: a pool spreads the statements of a request over sessions".to_owned(),
        TRACE,
        TRACE,
    );
    say(
        visibility.parameters() == Some(Seen::No),
        "whether repeated queries have the same values".to_owned(),
        (
            "log_parameter_max_length = -1, log_error_verbosity = default",
            "one DETAIL line for each execution; the values may be personal data",
            "ALTER SYSTEM SET log_parameter_max_length = 0; SELECT pg_reload_conf();",
        ),
        EVERY_STATEMENT_MYSQL,
    );
    limits
}

/// Setting, cost, undo.
type Words = (&'static str, &'static str, &'static str);

const EVERY_STATEMENT: Words = (
    "log_min_duration_statement = 0 for some minutes",
    "one entry for each statement",
    "ALTER SYSTEM RESET log_min_duration_statement; SELECT pg_reload_conf();",
);
const EVERY_STATEMENT_MYSQL: Words = (
    "long_query_time = 0 for some minutes",
    "one entry for each statement",
    "SET GLOBAL long_query_time = DEFAULT;",
);
const EVERY_SESSION_MYSQL: Words = (
    "log_slow_rate_type = session (Percona), or log_slow_rate_limit = 1",
    "all entries of a share of the sessions",
    "SET GLOBAL log_slow_rate_limit = DEFAULT;",
);
const TRACE: Words = (
    "a trace id in comments of the statements (sqlcommenter)",
    "about a hundred bytes for each statement",
    "switch it off in the application",
);
