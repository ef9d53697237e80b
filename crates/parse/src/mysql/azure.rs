//! The slow log of Azure Database for MySQL as its diagnostic settings send it: rows of JSON.
//!
//! An event hub or a storage account gets `{"records":[{…,"properties":{"sql_text":…}}]}` or an
//! object a line, the tools of Log Analytics print an array of objects such as
//! `[{"SqlText":…,"QueryDurationMs":…}]`. So a row is any object that has a statement and a time,
//! wherever it stands; what is around it says nothing.
//! <https://learn.microsoft.com/azure/azure-monitor/reference/tables/mysqlslowlogs>

#[cfg(test)]
mod tests;

use memchr::{memchr, memchr_iter, memrchr};
use slowlog_event::{Event, Position, Stamped, Timestamp};

use super::rows::{Code, Column, Plain, Value, Values};
use crate::account::{Account, Foreign};
use crate::json::string_end;
use crate::lines::Lines;

/// Objects within one another; what is deeper belongs to no row.
const DEEPEST: usize = 32;

/// Reads blocks of rows of Azure's slow log.
///
/// ```
/// use slowlog_event::{Body, Micros};
/// use slowlog_parse::AzureReader;
///
/// let log = br#"{"records":[{"category":"MySqlSlowLogs","properties":{"sql_text":"SELECT \"a\"","query_time":"1.5"}}]}"#;
/// let mut durations = Vec::new();
/// AzureReader::default().read(log, true, |event| {
///     if let Body::Slow(entry) = &event.body {
///         assert_eq!(entry.text, b"SELECT \"a\"");
///         durations.extend(entry.duration);
///     }
/// });
/// assert_eq!(durations, [Micros(1_500_000)]);
/// ```
#[derive(Debug, Default)]
pub struct AzureReader {
    plain: Plain,
    open: Vec<Frame>,
}

/// An object or an array that is open.
#[derive(Debug, Clone, Copy)]
struct Frame {
    start: usize,
    is_object: bool,
    key: Key,
    values: Values,
}

/// The key whose value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// A key comes first.
    None,
    /// Its value is an object with more columns of the row.
    Properties,
    Column(Column),
}

impl AzureReader {
    /// Hands the events of a block to `sink` in order and returns where its bytes went.
    ///
    /// A block begins with a row or what is around rows. The last row of a log (`ends_log`) may be
    /// cut: it is read as far as it goes.
    pub fn read(
        &mut self,
        block: &[u8],
        ends_log: bool,
        mut sink: impl FnMut(&Event<'_>),
    ) -> Account {
        let mut account = Account::default();
        // Lines are counted up to here.
        let (mut counted, mut lines) = (0, 0);
        let mut position = |at: usize| {
            if at > counted {
                lines += memchr_iter(b'\n', &block[counted..at]).count() as u64;
                counted = at;
            }
            Position { byte: at as u64, line: lines }
        };
        self.open.clear();
        let mut at = 0;
        // What stands before is in an account already.
        let mut done = 0;
        while let Some(byte) = block.get(at) {
            match byte {
                b'{' | b'[' => {
                    self.open(at, *byte == b'{');
                    at += 1;
                }
                b'}' | b']' => {
                    at += 1;
                    if let Some(row) = self.close().filter(|row| row.start >= done) {
                        done = at;
                        account.parsed_bytes += (at - row.start) as u64;
                        account.entries += 1;
                        let place = position(row.start);
                        row.values.slow_event(
                            block,
                            place,
                            Stamped::Start,
                            &mut self.plain,
                            &mut sink,
                        );
                    }
                }
                b',' | b':' => at += 1,
                _ if byte.is_ascii_whitespace() => at += 1,
                _ if self.open.is_empty() => {
                    let end = memchr(b'\n', &block[at..]).map_or(block.len(), |len| at + len + 1);
                    account.unrecognised_bytes += (end - at) as u64;
                    account.foreign_lines += 1;
                    let place = position(at);
                    let foreign = Foreign { byte: place.byte, line: place.line };
                    account.first_foreign.get_or_insert(foreign);
                    at = end;
                    done = end;
                }
                b'"' => {
                    let line = memchr(b'\n', &block[at..]).map_or(block.len(), |len| at + len);
                    match string_end(&block[..line], at + 1) {
                        Ok((end, escaped)) => {
                            self.string(block, at + 1, end, escaped);
                            at = end + 1;
                        }
                        Err(escaped) if ends_log && line == block.len() => {
                            self.string(block, at + 1, line, escaped);
                            break;
                        }
                        // A string has no line ends: here something was lost.
                        Err(_) => {
                            let from = self.open.last().map_or(at, |open| open.start).max(done);
                            let end = (line + 1).min(block.len());
                            account.damaged_bytes += (end - from) as u64;
                            self.open.clear();
                            at = end;
                            done = end;
                        }
                    }
                }
                _ => {
                    let rest = &block[at..];
                    let len = rest
                        .iter()
                        .position(|byte| {
                            matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace()
                        })
                        .unwrap_or(rest.len());
                    let is_null = rest.starts_with(b"null");
                    let value = Value { start: at, end: at + len, code: Code::Plain };
                    self.value((!is_null).then_some(value));
                    at += len.max(1);
                }
            }
        }
        // The log ends within a row.
        while ends_log && !self.open.is_empty() {
            let Some(row) = self.close().filter(|row| row.start >= done) else { continue };
            account.parsed_bytes += (block.len() - row.start) as u64;
            account.entries += 1;
            let place = position(row.start);
            row.values.slow_event(block, place, Stamped::Start, &mut self.plain, &mut sink);
            break;
        }
        let known = account.parsed_bytes + account.unrecognised_bytes + account.damaged_bytes;
        account.ignored_bytes = block.len() as u64 - known;
        account.lines = position(block.len()).line;
        account.lines += u64::from(block.last().is_some_and(|byte| *byte != b'\n'));
        account
    }

    fn open(&mut self, start: usize, is_object: bool) {
        if self.open.len() < DEEPEST {
            self.open.push(Frame { start, is_object, key: Key::None, values: Values::default() });
        }
    }

    /// Closes an object or an array: a row, if it is one.
    fn close(&mut self) -> Option<Frame> {
        let frame = self.open.pop()?;
        if let Some(parent) = self.open.last_mut().filter(|parent| parent.is_object) {
            let key = std::mem::replace(&mut parent.key, Key::None);
            if key == Key::Properties {
                parent.values.fill_from(&frame.values);
                return None;
            }
        }
        (frame.is_object && frame.values.is_slow()).then_some(frame)
    }

    /// A string is a key or a value.
    fn string(&mut self, block: &[u8], start: usize, end: usize, escaped: bool) {
        let Some(frame) = self.open.last_mut().filter(|frame| frame.is_object) else { return };
        if frame.key != Key::None {
            let code = if escaped { Code::Json } else { Code::Plain };
            return self.value(Some(Value { start, end, code }));
        }
        let name = &block[start..end];
        frame.key = match name {
            b"properties" => Key::Properties,
            _ => Key::Column(Column::named(name)),
        };
    }

    fn value(&mut self, value: Option<Value>) {
        let Some(frame) = self.open.last_mut() else { return };
        if let Key::Column(column) = std::mem::replace(&mut frame.key, Key::None) {
            frame.values.set(column, value);
        }
    }
}

/// Does a row begin at the start of this line? A value of a row does not: a `:` stands before it.
fn begins_row(block: &[u8], start: usize) -> bool {
    let is_object = block[start..].trim_ascii_start().starts_with(b"{");
    is_object && !block[..start].trim_ascii_end().ends_with(b":")
}

/// The offset of the first line that may begin a row.
pub(crate) fn first_azure_row(block: &[u8]) -> Option<usize> {
    let mut starts = Lines::new(block).map(|(start, _)| start);
    starts.find(|start| begins_row(block, *start))
}

/// The offset of the last line that may begin a row: a place where the log can be cut.
pub(crate) fn last_azure_row(block: &[u8]) -> Option<usize> {
    let mut end = block.len();
    loop {
        let start = memrchr(b'\n', &block[..end]).map_or(0, |newline| newline + 1);
        if begins_row(block, start) {
            return Some(start);
        }
        end = start.checked_sub(1)?;
    }
}

/// The earliest and the latest stamp in a part of a log: rows need not be in the order of time.
pub(crate) fn first_and_last_azure_stamp(part: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let mut stamps: Option<(Timestamp, Timestamp)> = None;
    AzureReader::default().read(part, true, |event| {
        if let Some(time) = event.time {
            let (first, last) = stamps.get_or_insert((time, time));
            *first = time.min(*first);
            *last = time.max(*last);
        }
    });
    stamps
}

/// Do these bytes, the first of a file, come from Azure's slow log?
pub(crate) fn is_azure_log(sample: &[u8]) -> bool {
    let begins = sample.trim_ascii_start();
    if !matches!(begins.first(), Some(b'{' | b'[')) {
        return false;
    }
    let account = AzureReader::default().read(sample, true, |_| {});
    account.entries > 0 && account.parsed_bytes > account.unrecognised_bytes + account.damaged_bytes
}
