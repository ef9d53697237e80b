//! An entry of csvlog or jsonlog: the same columns under two kinds of names.

use memchr::memrchr;
use slowlog_event::{Actor, Body, Event, Position, Session, Severity, Timestamp};

use super::body::Parts;
use super::clock::Clock;
use super::fields::{decimal, hexadecimal, is_state, name, virtual_transaction};
use super::language;

/// The columns that are used, by their place in csvlog (`src/backend/utils/error/csvlog.c`). Since
/// 9.0 there is the application name, since 13 the backend type behind it, since 14 the process id
/// of a parallel worker's leader and the query id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Time = 0,
    User = 1,
    Database = 2,
    Process = 3,
    /// Host and port.
    Client = 4,
    SessionId = 5,
    SessionLine = 6,
    CommandTag = 7,
    SessionStart = 8,
    VirtualTransaction = 9,
    Transaction = 10,
    Severity = 11,
    State = 12,
    Message = 13,
    Detail = 14,
    Context = 18,
    Statement = 19,
    Application = 22,
    QueryId = 25,
    /// Jsonlog has the host apart from the port.
    Host = 26,
}

/// The places of columns.
const PLACES: usize = Column::Host as usize + 1;

/// The columns that an event is made of and that may hold text with escapes.
const TEXTS: [Column; 9] = [
    Column::Message,
    Column::Detail,
    Column::Context,
    Column::Statement,
    Column::User,
    Column::Database,
    Column::Application,
    Column::Client,
    Column::Host,
];

/// Where the columns of an entry stand in its block.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spans {
    spans: [(u32, u32); PLACES],
    /// One bit for each column whose text has escapes.
    escaped: u32,
}

impl Spans {
    #[inline]
    pub(super) fn set(&mut self, column: usize, (start, end): (usize, usize), escaped: bool) {
        if let Some(span) = self.spans.get_mut(column) {
            *span = (start as u32, end as u32);
            self.escaped |= u32::from(escaped) << column;
        }
    }

    /// Makes the text of a column begin so many bytes later.
    pub(super) fn skip(&mut self, column: Column, bytes: usize) {
        self.spans[column as usize].0 += bytes as u32;
    }

    /// The text of a column as it stands in the log.
    #[inline]
    pub(super) fn raw<'a>(&self, block: &'a [u8], column: Column) -> &'a [u8] {
        let (start, end) = self.spans[column as usize];
        &block[start as usize..end as usize]
    }

    #[inline]
    fn is_escaped(&self, column: Column) -> bool {
        self.escaped & 1 << column as usize != 0
    }
}

/// Makes events of columns, with a buffer for texts that have escapes.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) clock: Clock,
    plain: Vec<u8>,
}

impl Columns {
    /// What an entry says; `None` if slowlog has no use for it. `unescape` appends the plain text
    /// of a column.
    #[inline]
    pub(super) fn event<'a>(
        &'a mut self,
        block: &'a [u8],
        spans: &Spans,
        time: Option<Timestamp>,
        position: Position,
        unescape: impl Fn(&[u8], &mut Vec<u8>),
    ) -> Option<Event<'a>> {
        let severity = severity(spans.raw(block, Column::Severity))?;
        let is_used =
            matches!(severity, Severity::Log | Severity::Error | Severity::Fatal | Severity::Panic);
        if !is_used {
            return numbered(block, spans, time, position);
        }
        self.plain.clear();
        let mut unescaped = Spans::default();
        if spans.escaped != 0 {
            for column in TEXTS.into_iter().filter(|column| spans.is_escaped(*column)) {
                let start = self.plain.len();
                unescape(spans.raw(block, column), &mut self.plain);
                unescaped.set(column as usize, (start, self.plain.len()), true);
            }
        }
        let plain = &self.plain;
        let text = |column: Column| {
            if unescaped.is_escaped(column) {
                unescaped.raw(plain, column)
            } else {
                spans.raw(block, column)
            }
        };
        let filled = |column: Column| Some(text(column)).filter(|text| !text.is_empty());
        let parts = Parts {
            severity,
            state: spans.raw(block, Column::State).try_into().ok().filter(|state| is_state(*state)),
            command_tag: filled(Column::CommandTag),
            message: text(Column::Message),
            detail: filled(Column::Detail),
            context: filled(Column::Context),
            statement: filled(Column::Statement),
        };
        let Some(body) = parts.body() else { return numbered(block, spans, time, position) };
        let host = if let Some(host) = filled(Column::Host) {
            host
        } else {
            without_port(text(Column::Client))
        };
        Some(Event {
            position,
            time,
            session: session(
                spans.raw(block, Column::SessionId),
                spans.raw(block, Column::Process),
            ),
            session_line: number(spans.raw(block, Column::SessionLine)),
            session_lines: 1,
            actor: Actor {
                user: name(text(Column::User)),
                database: name(text(Column::Database)),
                application: name(text(Column::Application)),
                client: name(host),
            },
            actor_number: None,
            query_id: query_id(spans.raw(block, Column::QueryId)),
            transaction: virtual_transaction(spans.raw(block, Column::VirtualTransaction))
                .and_then(|(transaction, _)| transaction),
            body,
        })
    }
}

/// An entry of no use, if it has a number.
#[cold]
fn numbered<'a>(
    block: &[u8],
    spans: &Spans,
    time: Option<Timestamp>,
    position: Position,
) -> Option<Event<'a>> {
    let line = number(spans.raw(block, Column::SessionLine))?;
    Some(Event {
        position,
        time,
        session: session(spans.raw(block, Column::SessionId), spans.raw(block, Column::Process)),
        session_line: Some(line),
        session_lines: 1,
        actor: Actor::default(),
        actor_number: None,
        query_id: None,
        transaction: None,
        body: Body::Other,
    })
}

/// The severities as the server prints them; the extension for JSON keeps the digit of a DEBUG.
#[inline]
pub(super) fn severity(word: &[u8]) -> Option<Severity> {
    Some(match word {
        b"LOG" => Severity::Log,
        b"ERROR" => Severity::Error,
        b"FATAL" => Severity::Fatal,
        b"PANIC" => Severity::Panic,
        b"WARNING" => Severity::Warning,
        b"NOTICE" => Severity::Notice,
        b"INFO" => Severity::Info,
        b"DEBUG" | b"DEBUG1" | b"DEBUG2" | b"DEBUG3" | b"DEBUG4" | b"DEBUG5" => Severity::Debug,
        _ => return language::severity(word),
    })
}

/// `6b03aa6f.4731`, the start of the session and its process, as `%c` has it.
#[inline]
pub(super) fn session_id(text: &[u8]) -> Option<Session> {
    let (start, len) = hexadecimal(text)?;
    let rest = text[len..].strip_prefix(b".")?;
    let (process, len) = hexadecimal(rest)?;
    (len == rest.len()).then_some(Session(start << 32 ^ process))
}

/// The session, by the process id alone where there is nothing better.
#[inline]
fn session(id: &[u8], process: &[u8]) -> Option<Session> {
    session_id(id).or_else(|| number(process).map(Session))
}

/// A text that is a number as a whole.
#[inline]
pub(super) fn number(text: &[u8]) -> Option<u64> {
    decimal(text).filter(|(_, len)| *len == text.len()).map(|(value, _)| value)
}

#[inline]
fn query_id(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-");
    let value = number(digits.unwrap_or(text))? as i64;
    let value = if digits.is_some() { value.wrapping_neg() } else { value };
    (value != 0).then_some(value)
}

/// Csvlog writes `host:port`, and `[local]`.
#[inline]
fn without_port(client: &[u8]) -> &[u8] {
    match memrchr(b':', client) {
        Some(colon) if number(&client[colon + 1..]).is_some() => &client[..colon],
        _ => client,
    }
}
