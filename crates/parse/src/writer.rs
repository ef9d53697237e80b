//! Entries of a log, written again.

use crate::Format;
use crate::mysql::write_slow_entry;
use crate::postgres::{write_csv_entry, write_json_entry, write_stderr_entry};

/// What is written of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literals {
    /// Everything as it stands in the log.
    Raw,
    /// Another literal for each literal of a statement, and nothing of texts that may hold any
    /// and that no rule covers: messages of errors, details, contexts.
    Masked,
}

/// Where something can be inserted into an entry that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Of an entry of a slow log, the offset behind its header, where `use` belongs.
    pub header_len: usize,
}

impl Format {
    /// Can its entries be written again?
    pub fn is_rewritable(&self) -> bool {
        !self.lacks_times()
    }

    /// Are its entries rows, which are written again as entries of a slow log, by
    /// [`write_slow_event`](crate::write_slow_event)?
    pub fn has_slow_rows(&self) -> bool {
        matches!(self, Self::MySqlTable(_) | Self::MySqlAzure) && !self.lacks_times()
    }

    /// Appends the entry that begins `rest`, with the lines that belong to it and nothing else.
    /// What is written is an entry of the same format, and a [`Reader`](crate::Reader) makes the
    /// same of it, but for the values of literals if they are masked. Of a format
    /// with [rows](Format::has_slow_rows) nothing is written.
    ///
    /// ```
    /// use slowlog_parse::{Format, Literals, Prefix};
    ///
    /// let format = Format::PostgresStderr(vec![Prefix::parse("%m [%p] ")?]);
    /// let log = b"2026-03-01 10:00:00.000 UTC [7] LOG:  duration: 1.5 ms  statement: SELECT 'x'\n\
    ///     2026-03-01 10:00:01.000 UTC [7] LOG:  checkpoint starting: time\n";
    /// let mut out = Vec::new();
    /// format.write_entry(log, Literals::Masked, &mut out);
    /// assert!(out.ends_with(b"LOG:  duration: 1.5 ms  statement: SELECT '?'\n"));
    /// # Ok::<(), slowlog_parse::PrefixError>(())
    /// ```
    pub fn write_entry(&self, rest: &[u8], literals: Literals, out: &mut Vec<u8>) -> Written {
        match self {
            Self::PostgresStderr(prefixes) => write_stderr_entry(prefixes, rest, literals, out),
            Self::PostgresCsv => write_csv_entry(rest, literals, out),
            Self::PostgresJson => write_json_entry(rest, literals, out),
            Self::MySqlSlow => return write_slow_entry(rest, literals, out),
            Self::MySqlTable(_) | Self::MySqlGeneral | Self::MySqlAzure => {}
        }
        Written::default()
    }
}
