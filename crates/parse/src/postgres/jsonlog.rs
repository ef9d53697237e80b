//! Logs with an entry a line as an object of JSON: PostgreSQL's jsonlog
//! (`src/backend/utils/error/jsonlog.c`, since 15), the extension of that name for servers before,
//! those of CloudNativePG, which carry the columns of csvlog, and those of Azure's flexible servers.

#[cfg(test)]
mod tests;

use memchr::{memchr, memmem, memrchr};
use slowlog_event::{Body, Event, Position, Timestamp};

use super::clock::Clock;
use super::columns::{Column, Columns, Spans, severity};
use crate::account::{Account, Foreign};
use crate::json::{Members, State, Value, unescape};
use crate::lines::Lines;

/// Reads blocks of whole lines of a jsonlog.
///
/// A reader keeps its buffers, nothing else: what it makes of a block does not depend on the
/// blocks before.
///
/// ```
/// use slowlog_event::{Body, Micros};
/// use slowlog_parse::JsonReader;
///
/// let log = br#"{"timestamp":"2026-03-01 10:00:00.000 UTC","pid":77,"error_severity":"LOG","message":"duration: 0.942 ms  statement: SELECT \"a\"\n"}"#;
/// let mut durations = Vec::new();
/// let account = JsonReader::default().read(log, true, true, |event| {
///     if let Body::Statement(statement) = &event.body {
///         assert_eq!(statement.text, b"SELECT \"a\"\n");
///         durations.extend(statement.duration);
///     }
/// });
/// assert_eq!(durations, [Micros(942)]);
/// assert_eq!(account.parsed_bytes, log.len() as u64);
/// ```
#[derive(Debug, Default)]
pub struct JsonReader {
    columns: Columns,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// An entry; the text may end within its message.
    Entry { cut_in_message: bool },
    /// A line of another program that writes into the same log under its name.
    Other,
    /// An object that ends too early, or is none.
    Broken { is_object: bool },
    /// Anything else.
    Foreign,
}

impl JsonReader {
    /// Hands the events of a block to `sink` in order and returns where its bytes went.
    ///
    /// A block begins with a line, unless it is the first of its log: then that may be the rest of
    /// one that rotation has cut (`begins_log`). The last line of a log may be cut, too: it is
    /// read as far as it goes.
    pub fn read(
        &mut self,
        block: &[u8],
        begins_log: bool,
        ends_log: bool,
        mut sink: impl FnMut(&Event<'_>),
    ) -> Account {
        let mut account = Account::default();
        let zones_before = self.columns.clock.unknown_zones;
        for (start, end) in Lines::new(block) {
            let bytes = (end - start) as u64;
            let position = Position { byte: start as u64, line: account.lines };
            account.lines += 1;
            let is_unfinished = ends_log && block[end - 1] != b'\n';
            let text = block[..end].trim_ascii_end();
            let mut spans = Spans::default();
            match line(text, start, is_unfinished, &mut spans) {
                _ if text.len() <= start => account.ignored_bytes += bytes,
                Line::Entry { cut_in_message } => {
                    let time = self.columns.clock.stamp(spans.raw(block, Column::Time));
                    let event = self.columns.event(block, &spans, time, position, unescape);
                    // What is cut behind a duration may have named the statement.
                    if let Some(event) = event
                        && !(cut_in_message && matches!(event.body, Body::Duration { .. }))
                    {
                        sink(&event);
                    }
                    account.entries += 1;
                    account.parsed_bytes += bytes;
                }
                Line::Other => account.ignored_bytes += bytes,
                Line::Broken { .. } if begins_log && start == 0 => {
                    account.ignored_bytes += bytes;
                    account.cut_entry_bytes += bytes;
                }
                Line::Broken { is_object: true } if is_unfinished => account.ignored_bytes += bytes,
                Line::Broken { is_object: true } => account.damaged_bytes += bytes,
                Line::Broken { .. } | Line::Foreign => {
                    account.unrecognised_bytes += bytes;
                    account.foreign_lines += 1;
                    let foreign = Foreign { byte: position.byte, line: position.line };
                    account.first_foreign.get_or_insert(foreign);
                }
            }
        }
        account.unknown_zones = self.columns.clock.unknown_zones - zones_before;
        account
    }
}

/// What the line at the end of `text` is that begins at `start`, and where its columns stand.
#[inline]
fn line(text: &[u8], start: usize, is_unfinished: bool, spans: &mut Spans) -> Line {
    let mut found = Found::default();
    let state = columns(text, start, spans, &mut found);
    if found.prefixed {
        skip_prefix(text, spans);
    }
    let is_object = text.get(start) == Some(&b'{');
    match state {
        State::Whole(end) if !matches!(&text[end..], [] | [b',']) => Line::Broken { is_object },
        State::Cut if !is_unfinished => Line::Broken { is_object },
        State::Broken | State::Within => Line::Broken { is_object },
        State::Whole(_) | State::Cut if found.severity => {
            Line::Entry { cut_in_message: state == State::Cut && found.message_is_last }
        }
        State::Cut => Line::Broken { is_object },
        State::Whole(_) if found.logger => Line::Other,
        State::Whole(_) => Line::Foreign,
    }
}

/// What the members of a line have told.
#[derive(Debug, Default)]
struct Found {
    severity: bool,
    /// The name of the program that wrote the line.
    logger: bool,
    message_is_last: bool,
    /// The message has the prefix and the label of stderr before it.
    prefixed: bool,
}

/// Collects the columns among the members of an object.
#[inline]
fn columns(text: &[u8], at: usize, spans: &mut Spans, found: &mut Found) -> State {
    let mut members = Members::new(text, at);
    for (key, value) in members.by_ref() {
        let Some(column) = column(key) else {
            match (key, value) {
                // CloudNativePG and Azure have the columns in an object of their own.
                (b"record" | b"properties" | b"jsonPayload", Value::Nested(start)) => {
                    if columns(text, start, spans, found) == State::Broken {
                        return State::Broken;
                    }
                }
                (b"logger", _) => found.logger = true,
                _ => found.message_is_last = false,
            }
            continue;
        };
        if key == b"TimeGenerated" && !spans.raw(text, column).is_empty() {
            // The entry's own stamp is better than that of who has taken it in.
            continue;
        }
        match value {
            Value::Text(span, escaped) => spans.set(column as usize, span, escaped),
            Value::Bare(span) => spans.set(column as usize, span, false),
            Value::Nested(_) => {}
        }
        found.message_is_last = column == Column::Message;
        found.prefixed |= matches!(key, b"errorLevel" | b"errorLevel_s" | b"ErrorLevel");
        found.severity |= column == Column::Severity && severity(spans.raw(text, column)).is_some();
    }
    members.state()
}

/// Azure writes the entry as stderr has it, and repeats its parts.
#[cold]
fn skip_prefix(text: &[u8], spans: &mut Spans) {
    let message = spans.raw(text, Column::Message);
    let level = spans.raw(text, Column::Severity);
    let label = memmem::find_iter(message, level)
        .map(|at| at + level.len())
        .find(|at| message[*at..].starts_with(b":  "));
    if let Some(label) = label {
        spans.skip(Column::Message, label + 3);
    }
}

/// The column that a key names: as jsonlog has it, as the extension does, as csvlog, or as Azure.
#[inline]
fn column(key: &[u8]) -> Option<Column> {
    Some(match key {
        b"timestamp" | b"log_time" => Column::Time,
        b"user" | b"user_name" => Column::User,
        b"dbname" | b"database_name" => Column::Database,
        b"pid" | b"process_id" | b"processId" => Column::Process,
        b"remote_host" => Column::Host,
        b"connection_from" => Column::Client,
        b"session_id" => Column::SessionId,
        b"line_num" | b"session_line_num" => Column::SessionLine,
        b"ps" | b"ps_display" | b"command_tag" => Column::CommandTag,
        b"vxid" | b"virtual_transaction_id" => Column::VirtualTransaction,
        b"error_severity" | b"errorLevel" => Column::Severity,
        b"state_code" | b"sql_state_code" | b"sqlerrcode" => Column::State,
        b"message" => Column::Message,
        b"detail" | b"detail_log" => Column::Detail,
        b"context" => Column::Context,
        b"statement" | b"query" => Column::Statement,
        b"application_name" => Column::Application,
        b"query_id" => Column::QueryId,
        _ => return log_analytics_column(key),
    })
}

/// The same in the tables of Azure Log Analytics: those of a container that writes the columns of
/// csvlog, as CloudNativePG does, and of flexible servers.
#[cold]
fn log_analytics_column(key: &[u8]) -> Option<Column> {
    if let Some(name) = key.strip_prefix(b"record_") {
        let name = name.strip_suffix(b"_s").or_else(|| name.strip_suffix(b"_d"));
        return name.filter(|name| !name.starts_with(b"record_")).and_then(column);
    }
    Some(match key {
        b"TimeGenerated" => Column::Time,
        b"processId_d" | b"ProcessId" => Column::Process,
        b"errorLevel_s" | b"ErrorLevel" => Column::Severity,
        b"sqlerrcode_s" | b"SqlErrorCode" => Column::State,
        b"Message" => Column::Message,
        b"detail_s" | b"Detail" => Column::Detail,
        b"context_s" | b"Context" => Column::Context,
        b"statement_s" | b"Statement" => Column::Statement,
        _ => return None,
    })
}

/// The offset of the first line that begins an object.
pub(crate) fn first_json_entry(block: &[u8]) -> Option<usize> {
    let mut starts = Lines::new(block).map(|(start, _)| start);
    // In a statement the quote behind a brace has a backslash.
    starts.find(|start| matches!(&block[*start..], [b'{', b'"' | b' ', ..]))
}

/// The offset of the last line that begins an object.
pub(crate) fn last_json_entry(block: &[u8]) -> Option<usize> {
    let mut end = block.len();
    loop {
        let start = memrchr(b'\n', &block[..end]).map_or(0, |newline| newline + 1);
        if block.get(start) == Some(&b'{') {
            return Some(start);
        }
        end = start.checked_sub(1)?;
    }
}

/// The stamp of the entry that an object is.
pub(crate) fn entry_stamp(object: &[u8]) -> Option<Timestamp> {
    let mut spans = Spans::default();
    columns(object, 0, &mut spans, &mut Found::default());
    Clock::default().stamp(spans.raw(object, Column::Time))
}

/// The earlier and the later stamp of the first and the last entry in a part of a log:
/// CloudNativePG's may be printed with the newest first.
pub(crate) fn first_and_last_json_stamp(part: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let mut clock = Clock::default();
    let mut stamp = |start: usize| {
        let end = memchr(b'\n', &part[start..]).map_or(part.len(), |newline| start + newline);
        let mut spans = Spans::default();
        columns(&part[..end], start, &mut spans, &mut Found::default());
        clock.stamp(spans.raw(part, Column::Time))
    };
    let first = Lines::new(part).find_map(|(start, _)| stamp(start))?;
    let mut end = part.len();
    while let Some(start) = last_json_entry(&part[..end]) {
        if let Some(last) = stamp(start) {
            return Some((first.min(last), first.max(last)));
        }
        end = start.saturating_sub(1);
    }
    Some((first, first))
}

/// Do these bytes, the first of a file, come from a jsonlog? Most of its lines are entries, or come
/// from programs beside the server.
pub(crate) fn is_json_log(sample: &[u8]) -> bool {
    let account = JsonReader::default().read(sample, true, true, |_| {});
    let known = account.parsed_bytes + account.ignored_bytes - account.cut_entry_bytes;
    account.entries > 0 && known > account.unrecognised_bytes + account.damaged_bytes
}
