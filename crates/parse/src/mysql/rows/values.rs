//! The values of a row, and the event that they make.

use slowlog_event::{
    Actor, Body, Counter, Event, Micros, Position, Session, SlowEntry, Stamped, Timestamp,
};

use super::column::{COLUMNS, Column};
use crate::json;
use crate::mysql::account::account_and_client;
use crate::mysql::administrator::administrator_command;
use crate::mysql::counters::number;
use crate::mysql::general;
use crate::mysql::reader::throttled;
use crate::mysql::stamp::{iso_stamp, time_of_day};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    /// As it is.
    Plain,
    /// A backslash escapes the byte behind it.
    Backslash,
    /// A quote, this one, stands for itself if it is doubled.
    Doubled(u8),
    /// Both, within single quotes.
    Sql,
    /// Pairs of hexadecimal digits.
    Hex,
    /// As in a string of JSON.
    Json,
}

/// Where a value stands, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) code: Code,
}

/// The values of a row by column. NULL is no value.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Values {
    values: [Option<Value>; COLUMNS],
}

/// Buffers that are used again from row to row.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    user_host: Vec<u8>,
    database: Vec<u8>,
    client: Vec<u8>,
    text: Vec<u8>,
    counters: Vec<(Counter, u64)>,
}

impl Values {
    #[inline]
    pub(crate) fn set(&mut self, column: Column, value: Option<Value>) {
        // Of a name that comes twice, as Azure has some, the first value counts.
        if let Some(place) = self.values.get_mut(column as usize)
            && place.is_none()
        {
            *place = value;
        }
    }

    /// Takes the values that are not there from others.
    pub(crate) fn fill_from(&mut self, others: &Self) {
        for (value, other) in self.values.iter_mut().zip(others.values) {
            *value = value.or(other);
        }
    }

    #[inline]
    pub(crate) fn get(&self, column: Column) -> Option<Value> {
        *self.values.get(column as usize)?
    }

    /// The bytes of a value as they are written.
    #[inline]
    pub(crate) fn raw<'a>(&self, block: &'a [u8], column: Column) -> Option<&'a [u8]> {
        self.get(column).map(|value| &block[value.start..value.end])
    }

    pub(crate) fn time(&self, block: &[u8]) -> Option<Timestamp> {
        iso_stamp(self.raw(block, Column::Time)?.trim_ascii())
    }

    /// Is its time one that does not say its zone?
    pub(crate) fn has_local_time(&self, block: &[u8]) -> bool {
        let time = self.raw(block, Column::Time).unwrap_or_default().trim_ascii();
        let of_day = time.get(10..).unwrap_or_default();
        !of_day.iter().any(|byte| matches!(byte, b'Z' | b'+' | b'-'))
    }

    /// How long the statement took: as a time of the day, as seconds, or as milliseconds.
    pub(crate) fn duration(&self, block: &[u8]) -> Option<Micros> {
        self.duration_of(block, Column::QueryTime, Column::QueryMillis)
    }

    fn duration_of(&self, block: &[u8], seconds: Column, millis: Column) -> Option<Micros> {
        match self.raw(block, seconds) {
            Some(text) => time_of_day(text).or_else(|| Micros::from_seconds_text(text)),
            None => Micros::from_millis_text(self.raw(block, millis)?),
        }
    }

    /// Is it a row of a slow log: does it say what took how long?
    pub(crate) fn is_slow(&self) -> bool {
        let times = [Column::QueryTime, Column::QueryMillis];
        self.get(Column::Text).is_some() && times.iter().any(|column| self.get(*column).is_some())
    }

    /// Hands over what a row of a slow log says.
    pub(crate) fn slow_event(
        &self,
        block: &[u8],
        position: Position,
        stamped: Stamped,
        plain: &mut Plain,
        sink: &mut impl FnMut(&Event<'_>),
    ) {
        let Plain { user_host, database, client, text, counters } = plain;
        let duration = self.duration(block);
        counters.clear();
        if let Some(lock) = self.duration_of(block, Column::LockTime, Column::LockMillis) {
            counters.push((Counter::LockTime, lock.0));
        }
        for (column, counter) in [
            (Column::RowsSent, Counter::RowsSent),
            (Column::RowsExamined, Counter::RowsExamined),
            (Column::RowsAffected, Counter::RowsAffected),
        ] {
            counters.extend(Some(counter).zip(self.raw(block, column).and_then(number)));
        }
        let text = administrator_command(self.plain(block, Column::Text, text).unwrap_or_default());
        let body = match throttled(&text) {
            Some(statements) => Body::Throttled(statements),
            None => Body::Slow(SlowEntry {
                stamped,
                duration,
                text: &text,
                arguments: None,
                inherits_database: false,
                counters,
                error: 0,
                killed: 0,
                sampling: None,
                routine: None,
                plan: None,
            }),
        };
        let user_host = self.plain(block, Column::UserHost, user_host);
        let (user, host) = user_host
            .and_then(account_and_client)
            .map_or((None, None), |(user, host, _)| (user, host));
        let database = self.plain(block, Column::Database, database);
        let client = host.or(self.plain(block, Column::Client, client));
        let actor = Actor {
            user,
            database: database.filter(|name| !name.is_empty()),
            application: None,
            client: client.filter(|name| !name.is_empty()),
        };
        sink(&event(position, self.time(block), self.session(block), actor, body));
    }

    /// Hands over what a row of the general log says.
    pub(crate) fn general_events(
        &self,
        block: &[u8],
        position: Position,
        plain: &mut Plain,
        sink: &mut impl FnMut(&Event<'_>),
    ) {
        let user_host = self.plain(block, Column::UserHost, &mut plain.user_host);
        let (user, client) = user_host
            .and_then(account_and_client)
            .map_or((None, None), |(user, host, _)| (user, host));
        let actor = Actor { user, client, ..Actor::default() };
        let command = self.raw(block, Column::Command).unwrap_or_default();
        let text = self.plain(block, Column::Text, &mut plain.text).unwrap_or_default();
        let (time, session) = (self.time(block), self.session(block));
        general::bodies(command, text, actor, |actor, body| {
            sink(&event(position, time, session, actor, body));
        });
    }

    fn session(&self, block: &[u8]) -> Option<Session> {
        self.raw(block, Column::Thread).and_then(number).map(Session)
    }

    /// The text that a value stands for.
    fn plain<'a>(
        &self,
        block: &'a [u8],
        column: Column,
        buffer: &'a mut Vec<u8>,
    ) -> Option<&'a [u8]> {
        let Value { start, end, code } = self.get(column)?;
        let text = &block[start..end];
        buffer.clear();
        match code {
            Code::Plain => return Some(text),
            Code::Json => json::unescape(text, buffer),
            Code::Hex => unhex(text, buffer),
            Code::Backslash => unescape(text, None, true, buffer),
            Code::Doubled(quote) => unescape(text, Some(quote), false, buffer),
            Code::Sql => unescape(text, Some(b'\''), true, buffer),
        }
        Some(buffer)
    }
}

pub(crate) fn event<'a>(
    position: Position,
    time: Option<Timestamp>,
    session: Option<Session>,
    actor: Actor<'a>,
    body: Body<'a>,
) -> Event<'a> {
    Event {
        position,
        time,
        session,
        session_line: None,
        session_lines: 1,
        actor,
        actor_number: None,
        query_id: None,
        transaction: None,
        body,
    }
}

/// Takes escapes away: those of `LOAD DATA` and of strings of SQL are the same.
fn unescape(text: &[u8], quote: Option<u8>, backslash: bool, plain: &mut Vec<u8>) {
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        if Some(byte) == quote {
            bytes.next();
        } else if byte == b'\\' && backslash {
            plain.extend(bytes.next().map(|escaped| match escaped {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'b' => 0x08,
                b'0' => 0,
                b'Z' => 0x1a,
                other => other,
            }));
            continue;
        }
        plain.push(byte);
    }
}

/// The bytes of pairs of hexadecimal digits.
fn unhex(text: &[u8], plain: &mut Vec<u8>) {
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default() as u8;
    plain.extend(text.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])));
}
