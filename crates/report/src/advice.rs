//! What the log does not show, and the server setting that would show it.

mod mysql;
mod n_plus_one;
mod postgres;

use serde::Serialize;
use slowlog_event::Dialect;

use crate::model::Report;

pub(crate) use n_plus_one::limits;

/// Something that cannot be seen in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NotVisible {
    pub(crate) what: String,
    pub(crate) setting: &'static str,
    pub(crate) cost: &'static str,
    pub(crate) undo: &'static str,
}

/// What the log of a report does not show, the most useful first.
pub(crate) fn not_visible(report: &Report<'_>) -> Vec<NotVisible> {
    let mut missing = Vec::new();
    if report.reads(Dialect::Postgres) {
        postgres::not_visible(report, &mut missing);
    }
    if report.reads(Dialect::MySql) {
        mysql::not_visible(report, &mut missing);
    }
    missing.extend(n_plus_one::limits(report));
    missing
}
