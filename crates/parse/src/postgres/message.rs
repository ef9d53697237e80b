//! What the message of a LOG entry says.
//!
//! Texts as in `src/backend/tcop/postgres.c` (durations and statements), `storage/file/fd.c`
//! (temporary files), `storage/lmgr/proc.c` (lock waits) and `contrib/auto_explain`.

use std::borrow::Cow;

use memchr::memmem;
use nom::branch::alt;
use nom::bytes::complete::{take_till1, take_until};
use nom::character::complete::{multispace0, space1, u64 as number};
use nom::combinator::{map, opt, recognize, value};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use slowlog_event::{Killed, LockStep, Maintenance, Micros, Step};

use super::language;
use crate::json::unescape;

/// The message of a LOG entry, as far as slowlog uses it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Message<'a> {
    /// `duration: 0.942 ms  statement: …`, or without the duration where the statement starts.
    Statement { step: Step, duration: Option<Micros>, text: &'a [u8] },
    /// `duration: 0.942 ms`.
    Duration(Micros),
    /// `duration: 0.942 ms  plan:` and the plan.
    Plan { duration: Micros, query: Cow<'a, [u8]>, plan: &'a [u8] },
    /// `temporary file: path "…", size 1343488`.
    TemporaryFile { bytes: u64 },
    /// `process 18232 still waiting for ShareLock on transaction 731 after 200.806 ms`.
    LockWait { process: u64, object: &'a [u8], waited: Micros, step: LockStep },
    /// `connection received: host=…`.
    Connected,
    /// `disconnection: session time: 0:00:00.020 user=…`.
    Disconnected { lasted: Option<Micros> },
    /// `checkpoint complete: …` and its like.
    Maintenance { kind: Maintenance, took: Option<Micros> },
    /// `starting PostgreSQL 16.1 on …`.
    Starting { version: &'a [u8] },
}

/// As nom's `tag`, which compares byte by byte: the length of a word is known.
#[inline]
pub(super) fn word<'a, const N: usize>(
    word: &'static [u8; N],
) -> impl Fn(&'a [u8]) -> IResult<&'a [u8], &'a [u8]> {
    move |input| match input.split_first_chunk::<N>() {
        Some((first, rest)) if first == word => Ok((rest, first)),
        _ => Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Tag))),
    }
}

/// Classifies a message; `None` for one that slowlog has no use for.
pub(super) fn message(text: &[u8]) -> Option<Message<'_>> {
    // The first byte decides, since most messages are durations.
    let parsed = match text.first()? {
        b'd' => match duration(text) {
            None => disconnection(text).ok().map(|(_, message)| message),
            message => message,
        },
        b's' | b'e' => started(text),
        b't' => temporary_file(text).ok().map(|(_, message)| message),
        b'p' => lock_wait(text).ok().map(|(_, message)| message),
        b'c' => text.starts_with(b"connection received: ").then_some(Message::Connected),
        _ => None,
    };
    match parsed {
        None => maintenance(text).or_else(|| language::message(text)),
        message => message,
    }
}

/// `duration: 0.942 ms  statement: …` and its like, as [`message`] reads them, but without the room
/// that all others need: most messages are that.
#[inline]
pub(super) fn timed_statement(text: &[u8]) -> Option<(Step, Micros, &[u8])> {
    let (duration, behind) = leading_duration(text)?;
    let (step, text) = statement(behind?)?;
    Some((step, duration, text))
}

/// `duration: 0.942 ms`, and what stands behind it and some blanks: `None` if something else does.
#[inline]
fn leading_duration(text: &[u8]) -> Option<(Micros, Option<&[u8]>)> {
    let text = text.strip_prefix(b"duration: ")?;
    let (duration, len) = Micros::leading_millis(text)?;
    let text = text[len..].strip_prefix(b" ms")?;
    // Mostly two blanks.
    let behind = match text {
        [b' ', b' ', rest @ ..] if rest.first().is_some_and(u8::is_ascii_graphic) => rest,
        _ => text.trim_ascii_start(),
    };
    Some((duration, (behind.is_empty() || behind.len() < text.len()).then_some(behind)))
}

/// `duration: 0.942 ms`, alone or with a statement or a plan behind it.
fn duration(text: &[u8]) -> Option<Message<'_>> {
    let (duration, behind) = leading_duration(text)?;
    let behind = behind?;
    if behind.is_empty() {
        return Some(Message::Duration(duration));
    }
    if let Some((step, text)) = statement(behind) {
        return Some(Message::Statement { step, duration: Some(duration), text });
    }
    // The plan itself is what is left behind the query.
    let (plan, query) = plan(behind).ok()?;
    Some(Message::Plan { duration, query, plan })
}

/// `statement: …` and its like, without a duration.
fn started(text: &[u8]) -> Option<Message<'_>> {
    let (step, text) = statement(text)?;
    Some(Message::Statement { step, duration: None, text })
}

/// `statement: TEXT`, `parse NAME: TEXT`, `bind NAME: TEXT`, `execute NAME: TEXT` or
/// `execute fetch from NAME: TEXT`; some builds put `rows: 3  size: 120 bytes  ` before it.
#[inline]
fn statement(text: &[u8]) -> Option<(Step, &[u8])> {
    let text = match text.first() {
        Some(b'r') => rows_and_size(text).map_or(text, |(rest, _)| rest),
        _ => text,
    };
    if let Some(behind) = text.strip_prefix(b"statement:") {
        // Of an empty statement the blank may be lost.
        let text = if behind.is_empty() { behind } else { behind.strip_prefix(b" ")? };
        return Some((Step::Simple, text));
    }
    let (step, text) = if let Some(text) = text.strip_prefix(b"execute ") {
        text.strip_prefix(b"fetch from ").map_or((Step::Execute, text), |text| (Step::Fetch, text))
    } else if let Some(text) = text.strip_prefix(b"bind ") {
        (Step::Bind, text)
    } else {
        (Step::Parse, text.strip_prefix(b"parse ")?)
    };
    // The name of the prepared statement or portal.
    let name = text.windows(2).position(|pair| pair == b": ")?;
    Some((step, &text[name + 2..]))
}

fn rows_and_size(input: &[u8]) -> IResult<&[u8], &[u8]> {
    recognize((
        (word(b"rows: "), number, space1),
        opt((word(b"size: "), number, word(b" bytes"), space1)),
    ))
    .parse_complete(input)
}

#[inline]
fn millis(input: &[u8]) -> IResult<&[u8], Micros> {
    let (rest, text) = take_till1(|byte: u8| !byte.is_ascii_digit() && byte != b'.')(input)?;
    match Micros::from_millis_text(text) {
        Some(duration) => Ok((rest, duration)),
        None => Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Float))),
    }
}

fn temporary_file(input: &[u8]) -> IResult<&[u8], Message<'_>> {
    let (input, bytes) = preceded(
        (word(b"temporary file: path \""), take_until(&b"\", size "[..]), word(b"\", size ")),
        number,
    )
    .parse_complete(input)?;
    Ok((input, Message::TemporaryFile { bytes }))
}

fn lock_wait(input: &[u8]) -> IResult<&[u8], Message<'_>> {
    let (input, process) =
        delimited(word(b"process "), number, word(b" ")).parse_complete(input)?;
    let (input, step) = alt((
        value(LockStep::Waits, word(b"still waiting for ")),
        value(LockStep::Acquired, word(b"acquired ")),
        value(LockStep::GaveUp, word(b"failed to acquire ")),
        value(LockStep::Waits, word(b"avoided deadlock for ")),
        value(LockStep::GaveUp, word(b"detected deadlock while waiting for ")),
    ))
    .parse_complete(input)?;
    let (input, object) = take_until(&b" after "[..])(input)?;
    // `… by rearranging queue order after …`
    let object = object.strip_suffix(b" by rearranging queue order").unwrap_or(object);
    let (input, waited) =
        delimited(word(b" after "), millis, word(b" ms")).parse_complete(input)?;
    Ok((input, Message::LockWait { process, object, waited, step }))
}

/// `disconnection: session time: 0:00:00.020 user=…`, in hours, minutes and seconds.
fn disconnection(input: &[u8]) -> IResult<&[u8], Message<'_>> {
    let (rest, _) = word(b"disconnection: ")(input)?;
    let time = (
        preceded(word(b"session time: "), number),
        preceded(word(b":"), number),
        preceded(word(b":"), millis),
    );
    let seconds = |(hours, minutes, millis): (u64, u64, Micros)| {
        let minutes = hours.saturating_mul(60).saturating_add(minutes);
        // The last part was read as milliseconds and is in seconds.
        Micros(minutes.saturating_mul(60_000_000).saturating_add(millis.0.saturating_mul(1000)))
    };
    let (rest, lasted) = opt(map(time, seconds)).parse_complete(rest)?;
    Ok((rest, Message::Disconnected { lasted }))
}

/// What background processes and the postmaster say (`xlog.c`, `vacuumlazy.c`, `analyze.c`,
/// `postmaster.c`).
#[cold]
fn maintenance(text: &[u8]) -> Option<Message<'_>> {
    if let Some(version) = text.strip_prefix(b"starting PostgreSQL ") {
        let end = version.iter().position(u8::is_ascii_whitespace).unwrap_or(version.len());
        return Some(Message::Starting { version: &version[..end] });
    }
    let begins = |word: &str| text.starts_with(word.as_bytes());
    let (kind, took) = if begins("checkpoint complete: ") || begins("restartpoint complete: ") {
        (Maintenance::Checkpoint, seconds_behind(text, b" total="))
    } else if begins("checkpoint starting: ") || begins("restartpoint starting: ") {
        let is_timed = text.trim_ascii_end().ends_with(b" time");
        return (!is_timed).then_some(Message::Maintenance {
            kind: Maintenance::RequestedCheckpoint,
            took: None,
        });
    } else if begins("automatic analyze of table ") {
        (Maintenance::Autoanalyze, elapsed(text))
    } else if begins("automatic vacuum ") || begins("automatic aggressive vacuum ") {
        (Maintenance::Autovacuum, elapsed(text))
    } else if begins("database system is ready to accept connections") {
        (Maintenance::Start, None)
    } else if begins("server process (PID ") && memmem::find(text, b"was terminated by").is_some() {
        (Maintenance::Crash, None)
    } else {
        return None;
    };
    Some(Message::Maintenance { kind, took })
}

/// `elapsed: 0.58 s`, before version 10 `elapsed 0.58 sec`.
fn elapsed(text: &[u8]) -> Option<Micros> {
    seconds_behind(text, b" elapsed: ").or_else(|| seconds_behind(text, b" elapsed "))
}

/// A number of seconds behind a word.
fn seconds_behind(text: &[u8], word: &[u8]) -> Option<Micros> {
    let at = memmem::find(text, word)? + word.len();
    let (_, millis) = millis(&text[at..]).ok()?;
    Some(Micros(millis.0.saturating_mul(1000)))
}

/// `plan:` and then the query in one of auto_explain's four formats.
fn plan(input: &[u8]) -> IResult<&[u8], Cow<'_, [u8]>> {
    preceded(
        (word(b"plan:"), multispace0),
        alt((
            map(text_query, Cow::Borrowed),
            map(
                preceded(
                    take_until(&b"\"Query Text\": \""[..]),
                    preceded(word(b"\"Query Text\": \""), json_string),
                ),
                |text| backslashes(text),
            ),
            map(preceded(word(b"Query Text: \""), json_string), |text| backslashes(text)),
            map(
                delimited(
                    (take_until(&b"<Query-Text>"[..]), word(b"<Query-Text>")),
                    take_until(&b"</Query-Text>"[..]),
                    word(b"</Query-Text>"),
                ),
                |text| entities(text),
            ),
        )),
    )
    .parse_complete(input)
}

/// `Query Text: SELECT …` up to the root node of the plan, which is the first line with a cost.
pub(super) fn text_query(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let (input, _) = word(b"Query Text: ")(input)?;
    // YAML quotes the text and escapes what is in it.
    if input.first() == Some(&b'"') && lines_behind(input).any(|line| line.1.starts_with(b"Plan: "))
    {
        return Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Tag)));
    }
    let end = lines_behind(input)
        .find(|(_, line)| {
            line.starts_with(b"Query Parameters: ") || memmem::find(line, b"  (cost=").is_some()
        })
        .map_or(input.len(), |(newline, _)| newline);
    Ok((&input[end..], &input[..end]))
}

/// The lines behind the first, without the TAB that stderr puts before them, and where the newline
/// before each stands.
fn lines_behind(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    memchr::memchr_iter(b'\n', text).map(|newline| {
        let line = &text[newline + 1..];
        let line = line.strip_prefix(b"\t").unwrap_or(line);
        (newline, &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())])
    })
}

/// The inside of a double-quoted string with backslash escapes; all of a text that was cut.
#[allow(clippy::unnecessary_wraps, reason = "a parser for nom")]
pub(super) fn json_string(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let mut at = 0;
    while let Some(found) = input.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        if input[at] == b'"' {
            return Ok((&input[at + 1..], &input[..at]));
        }
        at += 2;
    }
    Ok((&input[input.len()..], input))
}

fn backslashes(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    unescape(text, &mut plain);
    Cow::Owned(plain)
}

pub(super) fn entities(text: &[u8]) -> Cow<'_, [u8]> {
    const ENTITIES: [(&[u8], u8); 6] = [
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&amp;", b'&'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&#x0d;", b'\r'),
    ];
    if memchr::memchr(b'&', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let entity = ENTITIES.iter().find(|(name, _)| rest.starts_with(name));
        let (byte, len) = entity.map_or((*first, 1), |(name, byte)| (*byte, name.len()));
        plain.push(byte);
        rest = if len == 1 { tail } else { &rest[len..] };
    }
    Cow::Owned(plain)
}

/// Did the server end the statement, or the session while the statement ran?
#[cold]
pub(super) fn killed(text: &[u8], has_statement: bool) -> Option<Killed> {
    let statement = text.strip_prefix(b"canceling statement due to ");
    let session = text.strip_prefix(b"terminating connection due to ").filter(|_| has_statement);
    let Some(reason) = statement.or(session) else {
        return language::killed(text, has_statement);
    };
    Some(if reason.starts_with(b"conflict") {
        Killed::Recovery
    } else if memmem::find(reason, b"timeout").is_some() {
        Killed::Timeout
    } else {
        Killed::Request
    })
}

#[cfg(test)]
mod tests;
