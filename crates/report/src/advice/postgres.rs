//! What PostgreSQL could log.

use slowlog_digest::Seen;

use super::NotVisible;
use crate::model::Report;
use crate::units::duration;

pub(super) fn not_visible(report: &Report<'_>, missing: &mut Vec<NotVisible>) {
    let visibility = report.digest.visibility();
    let totals = report.digest.totals();
    if totals.executions == 0 {
        missing.push(NotVisible {
            what: "how long statements take".to_owned(),
            setting: "log_min_duration_statement = '100ms'",
            cost: "one entry for each statement that takes longer",
            undo: "ALTER SYSTEM RESET log_min_duration_statement; SELECT pg_reload_conf();",
        });
    } else if let Some(threshold) = visibility.threshold_us().filter(|threshold| *threshold > 0) {
        missing.push(NotVisible {
            what: format!(
                "statements under {}: percentiles and counts are of the slower ones alone",
                duration(threshold)
            ),
            setting: "log_min_duration_sample = 0, log_statement_sample_rate = 0.01",
            cost: "one entry for each hundredth statement",
            undo: "ALTER SYSTEM RESET log_min_duration_sample; SELECT pg_reload_conf();",
        });
    }
    if totals.unpaired_durations > totals.executions {
        missing.push(NotVisible {
            what: "the statements that most durations belong to".to_owned(),
            setting: "log_min_duration_statement instead of log_duration",
            cost: "the text of each statement",
            undo: "ALTER SYSTEM RESET log_min_duration_statement; SELECT pg_reload_conf();",
        });
    }
    if visibility.parameters() == Some(Seen::No) {
        missing.push(NotVisible {
            what: "values of bind parameters".to_owned(),
            setting: "log_parameter_max_length = -1, log_error_verbosity = default",
            cost: "one DETAIL line for each execution; the values may be personal data",
            undo: "ALTER SYSTEM SET log_parameter_max_length = 0; SELECT pg_reload_conf();",
        });
    }
    if totals.executions > 0 && visibility.sessions() == Seen::No {
        missing.push(NotVisible {
            what: "which session ran a statement".to_owned(),
            setting: "log_line_prefix with %p or %c",
            cost: "about ten bytes for each entry",
            undo: "ALTER SYSTEM RESET log_line_prefix; SELECT pg_reload_conf();",
        });
    }
    if visibility.lock_waits() == Seen::No {
        missing.push(NotVisible {
            what: "waits for locks".to_owned(),
            setting: "log_lock_waits = on",
            cost: "two entries for each wait longer than deadlock_timeout",
            undo: "ALTER SYSTEM RESET log_lock_waits; SELECT pg_reload_conf();",
        });
    }
    if visibility.temp_files() == Seen::No {
        missing.push(NotVisible {
            what: "temporary files".to_owned(),
            setting: "log_temp_files = '10MB'",
            cost: "one entry for each file of that size",
            undo: "ALTER SYSTEM RESET log_temp_files; SELECT pg_reload_conf();",
        });
    }
    if visibility.plans() == Seen::No {
        missing.push(NotVisible {
            what: "execution plans".to_owned(),
            setting: "session_preload_libraries = 'auto_explain', auto_explain.log_min_duration = '1s'",
            cost: "one plan for each statement that takes longer",
            undo: "ALTER SYSTEM RESET session_preload_libraries; SELECT pg_reload_conf();",
        });
    }
}
