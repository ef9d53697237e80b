//! The columns of the log tables, by all the names they have.

/// A column that slowlog reads, or passes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// When the statement began or ended.
    Time,
    UserHost,
    QueryTime,
    LockTime,
    /// The two in milliseconds, as Azure's Log Analytics has them.
    QueryMillis,
    LockMillis,
    RowsSent,
    RowsExamined,
    RowsAffected,
    Database,
    Client,
    /// A number that says nothing of the statement.
    Number,
    Thread,
    /// The statement.
    Text,
    /// The command of the general log.
    Command,
    /// Anything else.
    Other,
}

/// How many columns there are.
pub(crate) const COLUMNS: usize = Column::Other as usize;

impl Column {
    /// The column of this name: as the server has it (`sql_text`), as Azure's diagnostics do
    /// (`sql_text_s`), as Log Analytics does (`SqlText`, in its exports `StartTime [UTC]`).
    pub(crate) fn named(name: &[u8]) -> Self {
        let name = name.trim_ascii();
        let name = name.strip_suffix(b"[UTC]").map_or(name, <[u8]>::trim_ascii_end);
        let name = match name {
            // The letter is the type of the value.
            [name @ .., b'_', b's' | b'd' | b't' | b'g' | b'b'] => name,
            _ => name,
        };
        let mut plain = [0; 24];
        let mut len = 0;
        for byte in name.iter().filter(|byte| **byte != b'_') {
            let Some(place) = plain.get_mut(len) else { return Self::Other };
            *place = byte.to_ascii_lowercase();
            len += 1;
        }
        match &plain[..len] {
            b"starttime" | b"eventtime" => Self::Time,
            b"userhost" => Self::UserHost,
            b"querytime" => Self::QueryTime,
            b"locktime" => Self::LockTime,
            b"querydurationms" => Self::QueryMillis,
            b"lockdurationms" => Self::LockMillis,
            b"rowssent" => Self::RowsSent,
            b"rowsexamined" => Self::RowsExamined,
            b"rowsaffected" => Self::RowsAffected,
            b"db" => Self::Database,
            b"host" | b"ip" => Self::Client,
            b"lastinsertid" | b"insertid" | b"serverid" => Self::Number,
            b"threadid" => Self::Thread,
            b"sqltext" | b"argument" => Self::Text,
            b"commandtype" => Self::Command,
            _ => Self::Other,
        }
    }
}

/// The columns of `mysql.slow_log`: MySQL 5.6 has added the thread, MariaDB the rows that were
/// changed.
pub(super) const SLOW_LOG: [Column; 13] = [
    Column::Time,
    Column::UserHost,
    Column::QueryTime,
    Column::LockTime,
    Column::RowsSent,
    Column::RowsExamined,
    Column::Database,
    Column::Number,
    Column::Number,
    Column::Number,
    Column::Text,
    Column::Thread,
    Column::RowsAffected,
];

/// The columns of `mysql.general_log`.
pub(super) const GENERAL_LOG: [Column; 6] =
    [Column::Time, Column::UserHost, Column::Thread, Column::Number, Column::Command, Column::Text];
