//! PostgreSQL's csvlog (`log_destination = 'csvlog'`).

mod record;
#[cfg(test)]
mod tests;

use memchr::{memchr, memchr_iter};
use slowlog_event::{Body, Event, Position};

use super::columns::{Column, Columns, Spans};
use crate::account::{Account, Foreign};
use crate::fate::{End, Fate, fate};
use record::{Head, fits_before, next_head, read_rest, unescape};
pub(crate) use record::{first_and_last_csv_stamp, first_csv_entry, last_csv_entry};

/// A record may be so much longer than what stands before the first line in it that looks like
/// a record itself. Beyond, its quotes are broken.
const BYTES_AHEAD: usize = 1024 * 1024;

/// Reads blocks of whole records of PostgreSQL's csvlog.
///
/// A reader keeps its buffers, nothing else: what it makes of a block does not depend on the
/// blocks before.
///
/// ```
/// use slowlog_event::{Body, Micros};
/// use slowlog_parse::CsvReader;
///
/// let log = b"2026-03-01 10:00:00.000 UTC,\"bob\",\"shop\",77,\"[local]\",69a40f20.4d,3,\"SELECT\",\
///     2026-03-01 09:59:00 UTC,3/0,0,LOG,00000,\"duration: 0.942 ms  statement: SELECT \"\"a\"\"\n\
///     FROM t\",,,,,,,,,\"psql\",\"client backend\",,0\n";
/// let mut durations = Vec::new();
/// let account = CsvReader::default().read(log, true, true, |event| {
///     if let Body::Statement(statement) = &event.body {
///         assert_eq!(statement.text, b"SELECT \"a\"\nFROM t");
///         durations.extend(statement.duration);
///     }
/// });
/// assert_eq!(durations, [Micros(942)]);
/// assert_eq!(account.parsed_bytes, log.len() as u64);
/// ```
#[derive(Debug)]
pub struct CsvReader {
    columns: Columns,
    bytes_ahead: usize,
}

impl Default for CsvReader {
    fn default() -> Self {
        Self { columns: Columns::default(), bytes_ahead: BYTES_AHEAD }
    }
}

impl CsvReader {
    /// A reader that looks less far ahead than a test could write logs for.
    #[cfg(test)]
    fn looking_ahead(bytes_ahead: usize) -> Self {
        Self { columns: Columns::default(), bytes_ahead }
    }

    /// Hands the events of a block to `sink` in order and returns where its bytes went.
    ///
    /// A block begins with a record, unless it is the first of its log: then what stands before
    /// the first record is the rest of one that rotation has cut (`begins_log`). If not
    /// `ends_log`, a line that looks like a record follows the block; where that is text inside
    /// the quotes of the last record, the record is not read, and [`Account::open_from`] tells
    /// where to begin again with more of the log.
    ///
    /// Quotes that are not closed, or closed by something that ends no column, are broken: the
    /// record is damaged, and the next line that looks like a record is one.
    pub fn read(
        &mut self,
        block: &[u8],
        begins_log: bool,
        ends_log: bool,
        mut sink: impl FnMut(&Event<'_>),
    ) -> Account {
        let mut account = Account::default();
        let zones_before = self.columns.clock.unknown_zones;
        let mut at = 0;
        if begins_log {
            at = next_head(block, 0, &mut self.columns.clock).unwrap_or(block.len());
            let rest = &block[..at];
            account.lines = memchr_iter(b'\n', rest).count() as u64;
            account.ignored_bytes = at as u64;
            if !rest.trim_ascii().is_empty() {
                account.cut_entry_bytes = at as u64;
            }
        }
        while at < block.len() {
            let mut spans = Spans::default();
            let Some(head) = Head::parse(block, at, &mut self.columns.clock, &mut spans) else {
                at = skip_line(block, at, ends_log, &mut account);
                continue;
            };
            let end = read_rest(block, head.message, &mut spans);
            let end = match self.fate(block, at, ends_log, end) {
                Fate::Parsed { end, cut_in } => {
                    let position = Position { byte: at as u64, line: account.lines };
                    let event =
                        self.columns.event(block, &spans, Some(head.time), position, unescape);
                    let in_message = cut_in == Some(Column::Message as usize);
                    // What is cut behind a duration may have named the statement.
                    if let Some(event) = event
                        && !(in_message && matches!(event.body, Body::Duration { .. }))
                    {
                        sink(&event);
                    }
                    account.entries += 1;
                    account.parsed_bytes += (end - at) as u64;
                    end
                }
                Fate::Damaged(end) => {
                    account.damaged_bytes += (end - at) as u64;
                    end
                }
                Fate::Open => {
                    account.open_from = Some(at as u64);
                    break;
                }
            };
            account.lines += memchr_iter(b'\n', &block[at..end]).count() as u64;
            at = end;
        }
        let is_unfinished = at == block.len() && block.last().is_some_and(|byte| *byte != b'\n');
        account.lines += u64::from(is_unfinished);
        account.unknown_zones = self.columns.clock.unknown_zones - zones_before;
        account
    }

    #[inline]
    fn fate(&mut self, block: &[u8], at: usize, ends_log: bool, end: End) -> Fate {
        let bytes_ahead = self.bytes_ahead;
        fate(end, block, at, ends_log, bytes_ahead, |block| self.next(block, at))
    }

    /// The next line behind the one at `at` that looks like a record.
    #[cold]
    fn next(&mut self, block: &[u8], at: usize) -> Option<usize> {
        let newline = memchr(b'\n', &block[at..])?;
        next_head(block, at + newline + 1, &mut self.columns.clock)
    }
}

/// Accounts for a line that begins no record; where the next begins.
fn skip_line(block: &[u8], at: usize, ends_log: bool, account: &mut Account) -> usize {
    let newline = memchr(b'\n', &block[at..]);
    let end = newline.map_or(block.len(), |newline| at + newline + 1);
    let line = &block[at..end];
    let bytes = line.len() as u64;
    // The log may end within a head.
    let is_cut = ends_log && newline.is_none() && matches!(line[0], b'0'..=b'9' | b'"');
    if line.trim_ascii().is_empty() || is_cut {
        account.ignored_bytes += bytes;
    } else {
        account.unrecognised_bytes += bytes;
        account.foreign_lines += 1;
        let foreign = Foreign { byte: at as u64, line: account.lines };
        account.first_foreign.get_or_insert(foreign);
    }
    account.lines += u64::from(newline.is_some());
    end
}

/// Do these bytes, the first of a file, come from a csvlog?
///
/// They begin with a record, or with the rest of one that rotation has cut, and are mostly
/// records. Other text that quotes a record is none.
pub(crate) fn is_csv_log(sample: &[u8]) -> bool {
    let Some(first) = first_csv_entry(sample) else { return false };
    let account = CsvReader::default().read(&sample[first..], false, true, |_| {});
    let parsed = account.parsed_bytes;
    let is_mostly_records = parsed > account.unrecognised_bytes + account.damaged_bytes;
    is_mostly_records && (fits_before(&sample[..first]) || parsed as usize > sample.len() / 2)
}
