//! What MySQL, MariaDB and Percona Server could log.

use slowlog_event::Counter;

use super::NotVisible;
use crate::model::Report;
use crate::units::{count, duration};

pub(super) fn not_visible(report: &Report<'_>, missing: &mut Vec<NotVisible>) {
    let totals = report.digest.totals();
    let figures = report.digest.figures();
    let is_mariadb = report.digest.servers().iter().any(|version| contains(version, b"MariaDB"));
    if !report.has_times() {
        missing.push(NotVisible {
            what: "how long statements take: the general log has no times".to_owned(),
            setting: "slow_query_log = ON, long_query_time = 0 for some minutes",
            cost: "one entry for each statement",
            undo: "SET GLOBAL long_query_time = DEFAULT;",
        });
    }
    if let Some(threshold) =
        report.digest.visibility().threshold_us().filter(|threshold| *threshold > 0)
    {
        missing.push(NotVisible {
            what: format!(
                "statements under {}: percentiles and counts are of the slower ones alone",
                duration(threshold)
            ),
            setting: "long_query_time = 0 for some minutes",
            cost: "one entry for each statement",
            undo: "SET GLOBAL long_query_time = DEFAULT;",
        });
    }
    if totals.throttled > 0 {
        missing.push(NotVisible {
            what: format!("{} statements without an index", count(totals.throttled)),
            setting: "log_throttle_queries_not_using_indexes = 0",
            cost: "one entry for each of them",
            undo: "SET GLOBAL log_throttle_queries_not_using_indexes = 10;",
        });
    }
    if totals.executions > 0 && figures.counter(Counter::BytesSent).is_none() {
        let (setting, undo) = if is_mariadb {
            (
                "log_slow_verbosity = 'query_plan,innodb,explain'",
                "SET GLOBAL log_slow_verbosity = '';",
            )
        } else {
            ("log_slow_extra = ON", "SET GLOBAL log_slow_extra = OFF;")
        };
        missing.push(NotVisible {
            what: "temporary tables, sorts and bytes of each statement".to_owned(),
            setting,
            cost: "some hundred bytes for each entry",
            undo,
        });
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}
