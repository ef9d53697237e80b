//! What the log does not show, and the server setting that would show it.

mod cost;
mod mysql;
mod n_plus_one;
mod postgres;

use serde::Serialize;
use slowlog_event::Dialect;

use crate::model::Report;

pub(crate) use cost::{Cost, Rate};
pub(crate) use mysql::Server;
pub(crate) use n_plus_one::limits;
pub(crate) use postgres::{alter, undo_of, with_escapes};

/// Something that cannot be seen in a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct NotVisible {
    pub(crate) what: String,
    /// The setting in short.
    pub(crate) setting: String,
    /// The statements that set it.
    pub(crate) sql: String,
    #[serde(flatten)]
    pub(crate) cost: Cost,
    /// The statements that take it back.
    pub(crate) undo: String,
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
    missing.extend(limits(report));
    missing
}
