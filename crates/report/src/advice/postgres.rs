//! What PostgreSQL could log.

use slowlog_digest::Seen;
use slowlog_event::{Dialect, Maintenance};

use super::NotVisible;
use super::cost::{Bound, Cost};
use crate::model::Report;
use crate::units::duration;

/// A line of DETAIL with a prefix and some parameters.
const DETAIL_BYTES: u64 = 150;
/// The two entries of a wait for a lock, each with DETAIL, CONTEXT and STATEMENT.
const LOCK_WAIT_BYTES: u64 = 1_200;
/// An entry with its STATEMENT.
const TEMP_FILE_BYTES: u64 = 400;
/// A plan of a few joins.
const PLAN_BYTES: u64 = 4_000;
/// Received, authenticated, authorized and disconnection.
const SESSION_BYTES: u64 = 600;
/// `deadlock_timeout` as it is unless it was changed.
const DEADLOCK_TIMEOUT_US: u64 = 1_000_000;
/// To write a file of 10 MB takes longer.
const TEMP_FILE_US: u64 = 5_000;
/// So many plans an hour are enough to see what is slow.
const ENOUGH_PLANS: u64 = 1_000;
/// Thresholds for plans: as people write them, and in microseconds.
const PLAN_THRESHOLDS: [(&str, u64); 6] = [
    ("100ms", 100_000),
    ("250ms", 250_000),
    ("500ms", 500_000),
    ("1s", 1_000_000),
    ("5s", 5_000_000),
    ("30s", 30_000_000),
];

/// Statements that change settings of the running server.
pub(crate) fn alter(settings: &[(&str, &str)]) -> String {
    let mut sql: String = settings
        .iter()
        .map(|(name, value)| format!("ALTER SYSTEM SET {name} = {value}; "))
        .collect();
    sql.push_str("SELECT pg_reload_conf();");
    sql
}

/// Statements that take [`alter`] back.
pub(crate) fn undo_of(settings: &[(&str, &str)]) -> String {
    let mut sql: String =
        settings.iter().map(|(name, _)| format!("ALTER SYSTEM RESET {name}; ")).collect();
    sql.push_str("SELECT pg_reload_conf();");
    sql
}

/// The prefix of the log with more escapes, as a literal of SQL; `None` if it has no prefix.
pub(crate) fn with_escapes(report: &Report<'_>, more: &[&str]) -> Option<String> {
    let mut prefixes = report.inputs.iter().filter_map(|input| input.prefix.as_deref());
    let prefix = prefixes.next()?;
    // Before `%q`, so that every process prints them.
    let (head, tail) = prefix.find("%q").map_or((prefix, ""), |at| prefix.split_at(at));
    let separator = if head.is_empty() || head.ends_with(' ') { "" } else { " " };
    let literal = format!("{head}{separator}{} {tail}", more.join(" "));
    Some(format!("'{}'", literal.replace('\'', "''")))
}

pub(super) fn not_visible(report: &Report<'_>, missing: &mut Vec<NotVisible>) {
    let visibility = report.digest.visibility();
    let totals = report.digest.totals();
    let mut miss = |what: String, setting: &str, settings: &[(&str, &str)], cost: Cost| {
        missing.push(NotVisible {
            what,
            setting: setting.to_owned(),
            sql: alter(settings),
            cost,
            undo: undo_of(settings),
        });
    };
    if totals.executions == 0 {
        miss(
            "how long statements take".to_owned(),
            "log_min_duration_statement = '100ms'",
            &[("log_min_duration_statement", "'100ms'")],
            Cost::in_words("one entry for each statement that takes longer"),
        );
    } else if let Some(threshold) = visibility.threshold_us().filter(|threshold| *threshold > 0) {
        miss(
            format!(
                "statements under {}: percentiles and counts are of the slower ones alone",
                duration(threshold)
            ),
            "log_min_duration_sample = 0, log_statement_sample_rate = 0.01",
            &[("log_min_duration_sample", "0"), ("log_statement_sample_rate", "0.01")],
            Cost::of_every_statement(report, 100, "one entry for each hundredth statement"),
        );
    }
    if totals.unpaired_durations > totals.executions {
        miss(
            "the statements that most durations belong to".to_owned(),
            "log_min_duration_statement instead of log_duration",
            &[("log_min_duration_statement", "0"), ("log_duration", "off")],
            Cost::of(
                report,
                Bound::About,
                totals.unpaired_durations,
                200,
                "the text of each statement",
                "",
            ),
        );
    }
    if visibility.parameters() == Some(Seen::No) {
        miss(
            "values of bind parameters".to_owned(),
            "log_parameter_max_length = -1, log_error_verbosity = default",
            &[("log_parameter_max_length", "-1"), ("log_error_verbosity", "default")],
            Cost::of(
                report,
                Bound::About,
                visibility.without_parameters(),
                DETAIL_BYTES,
                "one DETAIL line for each execution; the values may be personal data",
                "",
            ),
        );
    }
    prefix(report, &mut miss);
    if report.lock_waits() == Seen::No {
        miss(
            "waits for locks".to_owned(),
            "log_lock_waits = on",
            &[("log_lock_waits", "on")],
            Cost::of(
                report,
                Bound::AtMost,
                report.executions_over(Dialect::Postgres, DEADLOCK_TIMEOUT_US),
                LOCK_WAIT_BYTES,
                "two entries for each wait longer than deadlock_timeout",
                ", if each statement over 1 s waited",
            ),
        );
    }
    if report.temp_files() == Seen::No {
        miss(
            "temporary files".to_owned(),
            "log_temp_files = '10MB'",
            &[("log_temp_files", "'10MB'")],
            Cost::of(
                report,
                Bound::AtMost,
                report.executions_over(Dialect::Postgres, TEMP_FILE_US),
                TEMP_FILE_BYTES,
                "one entry for each file of that size",
                ", if each statement over 5 ms wrote one",
            ),
        );
    }
    if visibility.plans() == Seen::No {
        missing.push(plans(report));
    }
    beside_statements(report, missing);
}

/// What the server does beside statements. A log without a statement is not asked for more.
fn beside_statements(report: &Report<'_>, missing: &mut Vec<NotVisible>) {
    let totals = report.digest.totals();
    let mut miss = |what: &str, setting: &str, settings: &[(&str, &str)], cost: Cost| {
        missing.push(NotVisible {
            what: what.to_owned(),
            setting: setting.to_owned(),
            sql: alter(settings),
            cost,
            undo: undo_of(settings),
        });
    };
    if totals.executions == 0 {
        return;
    }
    if totals.connections == 0 && totals.disconnections == 0 {
        miss(
            "connections, and how long they last",
            "log_connections = on, log_disconnections = on",
            &[("log_connections", "on"), ("log_disconnections", "on")],
            Cost::of(
                report,
                Bound::About,
                totals.sessions,
                SESSION_BYTES,
                "four entries for each session",
                ", if the sessions of this log begin and end in it",
            ),
        );
    }
    let done = |kind| report.digest.maintenance().get(kind).is_some();
    if !done(Maintenance::Checkpoint) && !done(Maintenance::RequestedCheckpoint) {
        miss(
            "checkpoints",
            "log_checkpoints = on",
            &[("log_checkpoints", "on")],
            Cost::in_words("two entries for each checkpoint, mostly one in five minutes"),
        );
    }
    if !done(Maintenance::Autovacuum) && !done(Maintenance::Autoanalyze) {
        miss(
            "autovacuum",
            "log_autovacuum_min_duration = '1s'",
            &[("log_autovacuum_min_duration", "'1s'")],
            Cost::in_words("one entry for each table that takes longer"),
        );
    }
}

/// What the prefix could say.
fn prefix(report: &Report<'_>, miss: &mut impl FnMut(String, &str, &[(&str, &str)], Cost)) {
    let visibility = report.digest.visibility();
    let executions = report.digest.totals().executions;
    if executions > 0 && visibility.sessions() == Seen::No {
        let prefix = with_escapes(report, &["%c"]).unwrap_or_else(|| "'%m [%p] %c %v '".to_owned());
        miss(
            "which session ran a statement".to_owned(),
            "log_line_prefix with %p or %c",
            &[("log_line_prefix", &prefix)],
            Cost::of(report, Bound::About, executions, 14, "the session id in each line", ""),
        );
    }
}

/// Plans, from a threshold on that few statements reach.
fn plans(report: &Report<'_>) -> NotVisible {
    let (threshold, reached) = PLAN_THRESHOLDS
        .iter()
        .map(|(text, micros)| (text, report.executions_over(Dialect::Postgres, *micros)))
        .find(|(text, reached)| {
            let hourly = super::Rate::of(report).map(|rate| rate.per_hour(*reached));
            hourly.map_or(**text == "1s", |hourly| hourly <= ENOUGH_PLANS)
        })
        .unwrap_or((&"30s", 0));
    let value = format!("'{threshold}'");
    let settings = [
        ("session_preload_libraries", "'auto_explain'"),
        ("auto_explain.log_min_duration", value.as_str()),
    ];
    NotVisible {
        what: "execution plans".to_owned(),
        setting: format!(
            "session_preload_libraries = 'auto_explain', auto_explain.log_min_duration = {value}"
        ),
        // The server does not know the parameter before the library is loaded.
        sql: format!("LOAD 'auto_explain'; {}", alter(&settings)),
        cost: Cost::of(
            report,
            Bound::AtMost,
            reached,
            PLAN_BYTES,
            &format!("one plan for each statement over {threshold}, in new sessions"),
            "",
        ),
        undo: format!("LOAD 'auto_explain'; {}", undo_of(&settings)),
    }
}
