//! A record of csvlog, as `src/backend/utils/error/csvlog.c` writes it.
//!
//! A record begins at the start of a line with the thirteen columns from the stamp to the
//! SQLSTATE. They stand in one line and each has a form of its own, which is what tells a record
//! from a line of a statement. Any column may be in quotes, since exports quote as they like.

use memchr::{memchr, memchr2, memrchr};
use slowlog_event::Timestamp;

use crate::fate::End;
use crate::postgres::clock::Clock;
use crate::postgres::columns::{Column, Spans, number, session_id, severity};
use crate::postgres::fields::{is_state, virtual_transaction};

/// The columns that tell the start of a record.
const HEAD: usize = Column::Message as usize;

/// No column of a head is longer: names have 63 bytes, a host 1025.
const LONGEST_HEAD_COLUMN: usize = 2048;

/// The first thirteen columns of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) time: Timestamp,
    /// Where the message begins.
    pub(super) message: usize,
}

impl Head {
    /// The head of a record that begins at `at`, the start of a line.
    #[inline]
    pub(super) fn parse(
        block: &[u8],
        at: usize,
        clock: &mut Clock,
        spans: &mut Spans,
    ) -> Option<Self> {
        if !is_likely(&block[at..]) {
            return None;
        }
        let mut next = at;
        for column in 0..HEAD {
            let (span, escaped, end) = head_column(block, next)?;
            spans.set(column, span, escaped);
            next = end;
        }
        let text = |column: Column| spans.raw(block, column);
        let transaction = text(Column::VirtualTransaction);
        let is_head = is_number(text(Column::Process))
            && session_id(text(Column::SessionId)).is_some()
            && is_number(text(Column::SessionLine))
            && is_stamp_like(text(Column::SessionStart))
            && (transaction.is_empty() || virtual_transaction(transaction).is_some())
            && is_number(text(Column::Transaction))
            && severity(text(Column::Severity)).is_some()
            && text(Column::State).try_into().is_ok_and(is_state);
        let time = clock.stamp(text(Column::Time)).filter(|_| is_head)?;
        Some(Self { time, message: next })
    }
}

/// Most lines that begin no record are told by their first bytes.
#[inline]
fn is_likely(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    matches!(line, [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..])
}

/// A number, or nothing where the server has none.
#[inline]
fn is_number(text: &[u8]) -> bool {
    text.is_empty() || number(text).is_some()
}

#[inline]
fn is_stamp_like(text: &[u8]) -> bool {
    text.is_empty() || is_likely(text)
}

/// A column of a head: where its text stands, does it have escapes, and where the next begins.
#[inline]
fn head_column(block: &[u8], at: usize) -> Option<((usize, usize), bool, usize)> {
    let limit = block.len().min(at + LONGEST_HEAD_COLUMN);
    if block.get(at) != Some(&b'"') {
        let len = block[at..limit].iter().position(|byte| matches!(byte, b',' | b'\n'))?;
        let end = at + len;
        return (block[end] == b',').then_some(((at, end), false, end + 1));
    }
    let start = at + 1;
    let mut end = start;
    let mut escaped = false;
    loop {
        end += block.get(end..limit)?.iter().position(|byte| matches!(byte, b'"' | b'\n'))?;
        match (block[end], block.get(end + 1)) {
            (b'"', Some(b',')) => return Some(((start, end), escaped, end + 2)),
            (b'"', Some(b'"')) => {
                escaped = true;
                end += 2;
            }
            _ => return None,
        }
    }
}

/// Reads the columns from the message on, and finds the end of the record.
#[inline]
pub(super) fn read_rest(block: &[u8], message: usize, spans: &mut Spans) -> End {
    let mut at = message;
    // Those of later servers come behind the ones that are known.
    for column in (HEAD..=Column::QueryId as usize).chain(std::iter::repeat(usize::MAX)) {
        let Some(first) = block.get(at) else { break };
        let end = match first {
            b',' => at,
            b'"' => match quoted(block, at + 1) {
                Quoted::Closed(end, escaped) => {
                    spans.set(column, (at + 1, end), escaped);
                    end + 1
                }
                Quoted::Open(escaped) => {
                    spans.set(column, (at + 1, block.len()), escaped);
                    return End::Within(column);
                }
            },
            _ => {
                let len = memchr2(b',', b'\n', &block[at..]).unwrap_or(block.len() - at);
                let text = &block[at..at + len];
                let text = text.strip_suffix(b"\r").unwrap_or(text);
                spans.set(column, (at, at + text.len()), false);
                at + len
            }
        };
        at = match &block[end..] {
            [b',', ..] => end + 1,
            [b'\n', ..] => return End::At(end + 1),
            [b'\r', b'\n', ..] => return End::At(end + 2),
            [] | [b'\r'] => break,
            _ => return End::Broken,
        };
    }
    End::At(block.len())
}

/// How quotes end, and whether there are escapes in them.
enum Quoted {
    /// Where the closing quote stands.
    Closed(usize, bool),
    Open(bool),
}

#[inline]
fn quoted(block: &[u8], start: usize) -> Quoted {
    let mut at = start;
    let mut escaped = false;
    while let Some(len) = memchr(b'"', &block[at..]) {
        if block.get(at + len + 1) != Some(&b'"') {
            return Quoted::Closed(at + len, escaped);
        }
        escaped = true;
        at += len + 2;
    }
    Quoted::Open(escaped)
}

/// Appends the text of a column, in which quotes are doubled.
pub(in crate::postgres) fn unescape(text: &[u8], plain: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(quote) = memchr(b'"', rest) {
        plain.extend_from_slice(&rest[..=quote]);
        rest = rest.get(quote + 2..).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
}

/// Is `text`, which ends before a record, the rest of one that was cut?
fn is_rest(text: &[u8]) -> bool {
    let ends = |from: usize| read_rest(text, from, &mut Spans::default()) == End::At(text.len());
    let behind_quotes = match quoted(text, 0) {
        Quoted::Closed(end, _) => text.get(end + 1).map(|next| {
            // The last column may be in quotes as well.
            if *next == b',' { end + 2 } else { end + 1 }
        }),
        Quoted::Open(_) => None,
    };
    behind_quotes.is_some_and(ends) || (memchr(b',', text).is_some() && ends(0))
}

/// The offset of the first line from `from` on that begins a record; `from` is the start of a line.
pub(super) fn next_head(block: &[u8], from: usize, clock: &mut Clock) -> Option<usize> {
    let mut at = from;
    while at < block.len() {
        if Head::parse(block, at, clock, &mut Spans::default()).is_some() {
            return Some(at);
        }
        at += memchr(b'\n', &block[at..])? + 1;
    }
    None
}

/// The offset of the first line that begins a record.
pub(crate) fn first_csv_entry(block: &[u8]) -> Option<usize> {
    next_head(block, 0, &mut Clock::default())
}

/// The offset of the last line that looks like the beginning of a record. It may be text inside
/// the quotes of one: then the reader says that the entry is open.
pub(crate) fn last_csv_entry(block: &[u8]) -> Option<usize> {
    let mut clock = Clock::default();
    let mut end = block.len();
    loop {
        let start = memrchr(b'\n', &block[..end]).map_or(0, |newline| newline + 1);
        if Head::parse(block, start, &mut clock, &mut Spans::default()).is_some() {
            return Some(start);
        }
        end = start.checked_sub(1)?;
    }
}

/// The stamps of the first and the last record in a part of a log.
pub(crate) fn first_and_last_csv_stamp(part: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let time = |at: usize| {
        let head = Head::parse(part, at, &mut Clock::default(), &mut Spans::default());
        head.map(|head| head.time)
    };
    Some((time(first_csv_entry(part)?)?, time(last_csv_entry(part)?)?))
}

/// Does what stands before the first record fit: nothing, or the rest of a record?
pub(super) fn fits_before(text: &[u8]) -> bool {
    text.trim_ascii().is_empty() || is_rest(text)
}
