//! What of the logs was asked for.

use slowlog_event::Timestamp;
use slowlog_normalize::StatementKind;

/// What of the logs a digest is about. Everything else was read, put together and left out.
///
/// An empty list and `None` ask for everything. What a log does not say is unknown: it is no name
/// that was asked for, and none that was excluded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Databases: names of which one is wanted, and `!name` for those that are not.
    pub databases: Vec<String>,
    /// Users, likewise.
    pub users: Vec<String>,
    /// Applications, likewise.
    pub applications: Vec<String>,
    /// Client hosts, likewise.
    pub clients: Vec<String>,
    /// Regular expressions of which one is found in the statement.
    pub include: Vec<String>,
    /// Regular expressions of which none is found in the statement.
    pub exclude: Vec<String>,
    /// Kinds of statements.
    pub kinds: Vec<StatementKind>,
    /// Statements that took at least so long, in microseconds.
    pub min_duration_us: Option<u64>,
    /// What ended or was logged at this time or later.
    pub since: Option<Timestamp>,
    /// What ended or was logged before this time.
    pub until: Option<Timestamp>,
}

impl Selection {
    /// Does it ask for everything?
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// What was left out since nobody had asked for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Excluded {
    /// Executions.
    pub executions: u64,
    /// Ends of the first and the last of them in time.
    pub ends: Option<(Timestamp, Timestamp)>,
}
