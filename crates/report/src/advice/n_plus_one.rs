//! Loops of queries that the log cannot show.

use slowlog_digest::Seen;
use slowlog_event::Dialect;

use super::NotVisible;
use super::cost::Cost;
use super::mysql::{set, undo};
use super::postgres::{alter, undo_of, with_escapes};
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
    let mut say = |holds: bool, what: String, postgres: &Words, mysql_words: &Words| {
        let words = if mysql { mysql_words } else { postgres };
        if holds {
            limits.push(words.not_visible(report, what));
        }
    };
    let threshold = visibility.threshold_us().unwrap_or(0);
    say(
        threshold > 0,
        format!("N+1 queries that take less than {} each", duration(threshold)),
        &EVERY_STATEMENT,
        &EVERY_STATEMENT_MYSQL,
    );
    say(
        report.digest.figures().left_out().is_some(),
        "N+1 queries of statements that the sampling left out".to_owned(),
        &EVERY_STATEMENT,
        &EVERY_SESSION_MYSQL,
    );
    say(
        found.marks_missing,
        "N+1 queries of statements that are not logged: transactions begin and do not end"
            .to_owned(),
        &SHARE_OF_TRANSACTIONS,
        &EVERY_SESSION_MYSQL,
    );
    say(
        executions > 0 && visibility.sessions() == Seen::No,
        "N+1 queries: which session ran a statement is not in the log".to_owned(),
        &SESSIONS,
        &EVERY_STATEMENT_MYSQL,
    );
    say(
        found.pooled,
        "most N+1 queries: a pool spreads the statements of a request over sessions".to_owned(),
        &TRACE,
        &TRACE,
    );
    say(
        visibility.parameters() == Some(Seen::No),
        "whether repeated queries have the same values".to_owned(),
        &PARAMETERS,
        &EVERY_STATEMENT_MYSQL,
    );
    limits
}

/// What would show it.
struct Words {
    setting: &'static str,
    cost: Costs,
    change: Change,
}

enum Costs {
    /// One entry for one of so many statements.
    EveryStatement(u64, &'static str),
    Words(&'static str),
}

enum Change {
    Postgres(&'static [(&'static str, &'static str)]),
    /// The prefix of the log, with these escapes.
    Prefix(&'static [&'static str]),
    MySql(&'static [(&'static str, &'static str)]),
    Application,
}

impl Words {
    fn not_visible(&self, report: &Report<'_>, what: String) -> NotVisible {
        let (sql, undo) = match self.change {
            Change::Postgres(settings) => (alter(settings), undo_of(settings)),
            Change::Prefix(escapes) => {
                let prefix =
                    with_escapes(report, escapes).unwrap_or_else(|| "'%m [%p] %c %v '".to_owned());
                let settings = [("log_line_prefix", prefix.as_str())];
                (alter(&settings), undo_of(&settings))
            }
            Change::MySql(settings) => (set(settings), undo(settings)),
            Change::Application => {
                ("-- in the application".to_owned(), "switch it off in the application".to_owned())
            }
        };
        let cost = match self.cost {
            Costs::EveryStatement(one_of, words) => Cost::of_every_statement(report, one_of, words),
            Costs::Words(words) => Cost::in_words(words),
        };
        NotVisible { what, setting: self.setting.to_owned(), sql, cost, undo }
    }
}

const EVERY_STATEMENT: Words = Words {
    setting: "log_min_duration_statement = 0 for some minutes",
    cost: Costs::EveryStatement(1, "one entry for each statement"),
    change: Change::Postgres(&[("log_min_duration_statement", "0")]),
};
const SHARE_OF_TRANSACTIONS: Words = Words {
    setting: "log_transaction_sample_rate instead of log_statement_sample_rate",
    cost: Costs::EveryStatement(100, "all entries of each hundredth transaction"),
    change: Change::Postgres(&[
        ("log_transaction_sample_rate", "0.01"),
        ("log_min_duration_sample", "-1"),
    ]),
};
const SESSIONS: Words = Words {
    setting: "log_line_prefix with %p or %c",
    cost: Costs::Words("about ten bytes for each entry"),
    change: Change::Prefix(&["%c"]),
};
const PARAMETERS: Words = Words {
    setting: "log_parameter_max_length = -1, log_error_verbosity = default",
    cost: Costs::Words("one DETAIL line for each execution; the values may be personal data"),
    change: Change::Postgres(&[
        ("log_parameter_max_length", "-1"),
        ("log_error_verbosity", "default"),
    ]),
};
const EVERY_STATEMENT_MYSQL: Words = Words {
    setting: "long_query_time = 0 for some minutes",
    cost: Costs::EveryStatement(1, "one entry for each statement of new connections"),
    change: Change::MySql(&[("long_query_time", "0")]),
};
const EVERY_SESSION_MYSQL: Words = Words {
    setting: "log_slow_rate_type = session (Percona), or log_slow_rate_limit = 1",
    cost: Costs::EveryStatement(100, "all entries of each hundredth session"),
    change: Change::MySql(&[("log_slow_rate_type", "'session'"), ("log_slow_rate_limit", "100")]),
};
const TRACE: Words = Words {
    setting: "a trace id in comments of the statements (sqlcommenter)",
    cost: Costs::Words("about a hundred bytes for each statement"),
    change: Change::Application,
};
