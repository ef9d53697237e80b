//! Guessing a prefix from what stands before the label of a line.

use nom::branch::alt;
use nom::bytes::complete::{take_while_m_n, take_while1};
use nom::character::complete::{char, digit1, hex_digit1};
use nom::combinator::{opt, recognize};
use nom::{IResult, Parser};

use super::{Clock, Escape, Head, LabelledLine, Piece, Prefix};
use crate::postgres::clock::epoch_millis;

/// How many different guesses are tried.
const CANDIDATES: usize = 12;

/// The prefixes that the lines suggest, the most frequent ones.
pub(super) fn candidates(heads: &[LabelledLine<'_>], one_blank: bool) -> Vec<Prefix> {
    let mut counted: Vec<(usize, Prefix)> = Vec::new();
    for head in heads {
        let pieces = Guess::from_text(&head.line[..head.label]);
        let prefix = Prefix { pieces, one_blank, behind_stamp: false };
        match counted.iter_mut().find(|(_, known)| *known == prefix) {
            Some((count, _)) => *count += 1,
            None => counted.push((1, prefix)),
        }
    }
    counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    counted.into_iter().take(CANDIDATES).map(|(_, prefix)| prefix).collect()
}

/// The prefix with `%q` at each place where some line that does not match ends, and before the
/// first field of a session.
pub(super) fn session_only_variants(prefix: &Prefix, heads: &[LabelledLine<'_>]) -> Vec<Prefix> {
    let mut clock = Clock::default();
    let mut places: Vec<(usize, usize)> = Vec::new();
    let unmatched = heads
        .iter()
        .filter(|head| Head::parse_one(prefix, &mut Clock::default(), head.line).is_none());
    for head in unmatched.take(40) {
        let place = splits(prefix).find(|place| {
            let short = Prefix { pieces: split(prefix, *place).0, ..*prefix };
            Head::parse_one(&short, &mut clock, head.line).is_some()
        });
        places.extend(place.filter(|place| !places.contains(place)));
    }
    // What only sessions have stands behind `%q`, or there would be no use for it; what every
    // process has stands before it.
    let first = first_session_field(prefix);
    let common = last_common_field(prefix);
    places.retain(|(piece, _)| {
        first.is_some_and(|first| *piece <= first) && common.is_none_or(|common| common < *piece)
    });
    places.extend(before_session_fields(prefix));
    places
        .into_iter()
        .map(|place| {
            let (mut pieces, rest) = split(prefix, place);
            pieces.push(Piece::SessionOnly);
            pieces.extend(rest);
            Prefix { pieces, ..*prefix }
        })
        .collect()
}

/// Every place in a prefix: before a piece, or within literal text.
fn splits(prefix: &Prefix) -> impl Iterator<Item = (usize, usize)> {
    prefix.pieces.iter().enumerate().flat_map(|(index, piece)| {
        let len = if let Piece::Literal(text) = piece { text.len() } else { 1 };
        (0..len).map(move |at| (index, at))
    })
}

fn split(prefix: &Prefix, (index, at): (usize, usize)) -> (Vec<Piece>, Vec<Piece>) {
    let mut before = prefix.pieces[..index].to_vec();
    let mut behind = prefix.pieces[index..].to_vec();
    if let Some(Piece::Literal(text)) = behind.first_mut()
        && at > 0
    {
        let rest = text.split_off(at);
        before.push(Piece::Literal(std::mem::replace(text, rest)));
    }
    (before, behind)
}

fn first_session_field(prefix: &Prefix) -> Option<usize> {
    prefix.pieces.iter().position(|piece| {
        matches!(piece, Piece::Field { escape, .. } if matches!(
            escape,
            Escape::User | Escape::Database | Escape::Application | Escape::RemoteHost | Escape::RemoteHostPort
        ))
    })
}

/// The last field that tells the time or the process.
fn last_common_field(prefix: &Prefix) -> Option<usize> {
    prefix.pieces.iter().rposition(|piece| {
        matches!(piece, Piece::Field { escape, .. } if matches!(
            escape,
            Escape::Time | Escape::TimeMillis | Escape::EpochMillis | Escape::ProcessId | Escape::SessionId
        ))
    })
}

/// Behind the last blank before the first field that only sessions have.
fn before_session_fields(prefix: &Prefix) -> Option<(usize, usize)> {
    let first = first_session_field(prefix)?;
    let before = first.checked_sub(1)?;
    let Piece::Literal(text) = &prefix.pieces[before] else { return None };
    let blank = text.iter().rposition(|byte| *byte == b' ')?;
    Some(if blank + 1 == text.len() { (first, 0) } else { (before, blank + 1) })
}

/// Takes what a field of a certain form prints.
type FieldParser = fn(&[u8]) -> IResult<&[u8], &[u8]>;

/// A prefix in the making.
#[derive(Debug, Default)]
struct Guess {
    pieces: Vec<Piece>,
    literal: Vec<u8>,
    /// The process id that a session id names.
    process: Option<u64>,
}

impl Guess {
    fn from_text(text: &[u8]) -> Vec<Piece> {
        let mut guess = Self::default();
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let begins_word = at == 0 || !is_word(text[at - 1]);
            let field = begins_word.then(|| guess.field(rest)).flatten();
            if let Some((escape, len)) = field {
                at += len;
                at += guess.push(escape, &rest[..len], &text[at..]);
            } else {
                let len = if begins_word { word_len(rest).max(1) } else { 1 };
                guess.literal.extend_from_slice(&rest[..len]);
                at += len;
                guess.empty_field(text.get(at));
            }
        }
        guess.flush();
        guess.pieces
    }

    /// The field that `text` begins with, and how long it is.
    fn field(&self, text: &[u8]) -> Option<(Escape, usize)> {
        let has_time =
            self.has(Escape::Time) || self.has(Escape::TimeMillis) || self.has(Escape::EpochMillis);
        let key = self.key();
        let mut clock = Clock::default();
        if let Some((_, len)) = clock.civil(text, true) {
            return Some((Escape::TimeMillis, len));
        }
        if let Some((_, len)) = clock.civil(text, false) {
            let later_millis =
                (len..text.len()).any(|at| Clock::default().civil(&text[at..], true).is_some());
            let is_start = has_time || later_millis || key == Some(Escape::SessionStart);
            return Some((if is_start { Escape::SessionStart } else { Escape::Time }, len));
        }
        if let Some((_, len)) = epoch_millis(text).filter(|(_, len)| *len >= 13) {
            return Some((Escape::EpochMillis, len));
        }
        // `%l-1` is what pgFouine asked for, and everybody copied.
        let behind_line_number =
            matches!(self.pieces.last(), Some(Piece::Field { escape: Escape::LineNumber, .. }));
        if behind_line_number && self.literal == b"-" && text.starts_with(b"1]") {
            return None;
        }
        if let Some(escape) = key {
            let has_port =
                matched(host_and_port, text).is_some_and(|len| text[..len].ends_with(b")"));
            let escape = match escape {
                Escape::RemoteHostPort if !has_port => Escape::RemoteHost,
                escape => escape,
            };
            return keyed_len(escape, text).map(|len| (escape, len));
        }
        let structured: [(FieldParser, Escape); 6] = [
            (session_id, Escape::SessionId),
            (virtual_transaction, Escape::VirtualTransaction),
            (host_and_port, Escape::RemoteHostPort),
            (host, Escape::RemoteHost),
            (query_id, Escape::QueryId),
            (sql_state, Escape::SqlState),
        ];
        for (parser, escape) in structured {
            if let Some(len) = matched(parser, text) {
                return Some((escape, len));
            }
        }
        if let Some(len) = matched(digit1_complete, text) {
            return Some((self.number(text, len), len));
        }
        if let Some(len) =
            BACKEND_TYPES.iter().find(|name| text.starts_with(name)).map(|name| name.len())
        {
            return Some((Escape::BackendType, len));
        }
        if text.starts_with(b"[unknown]") {
            return Some((self.next_name()?, b"[unknown]".len()));
        }
        let len = word_len(text);
        // A word before `=` is the name of what follows.
        let is_key = matches!(&text[len..], [b'=', ..] | [b' ', b'=', ..]);
        if len == 0 || is_key || text[..len].ends_with(b"-") {
            return None;
        }
        if COMMAND_TAGS.contains(&&text[..len]) && !self.has(Escape::CommandTag) {
            return Some((Escape::CommandTag, len));
        }
        Some((self.next_name()?, len))
    }

    /// A bare number is the process, unless the line has a session id that says otherwise; then
    /// the line number, then the transaction.
    fn number(&self, text: &[u8], len: usize) -> Escape {
        let value = std::str::from_utf8(&text[..len]).ok().and_then(|digits| digits.parse().ok());
        let is_line = text[len..].starts_with(b"-1]");
        let may_be_process = self.process.is_none() || self.process == value;
        if !is_line && may_be_process && !self.has(Escape::ProcessId) {
            Escape::ProcessId
        } else if !self.has(Escape::LineNumber) {
            Escape::LineNumber
        } else {
            Escape::Transaction
        }
    }

    /// Names without a key come in the order user, database, application.
    fn next_name(&self) -> Option<Escape> {
        [Escape::User, Escape::Database, Escape::Application]
            .into_iter()
            .find(|escape| !self.has(*escape))
    }

    fn has(&self, wanted: Escape) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Field { escape, .. } if *escape == wanted))
    }

    /// What the word before a `=` or a dash says of what follows.
    fn key(&self) -> Option<Escape> {
        let before = self.literal.trim_ascii_end();
        if before.ends_with(b"PG-") {
            return Some(Escape::SqlState);
        }
        let before = before.strip_suffix(b"=")?.trim_ascii_end();
        let word = before.iter().rposition(|byte| !is_word(*byte)).map_or(0, |at| at + 1);
        let word = std::str::from_utf8(&before[word..]).ok()?;
        KEYS.iter().find(|(names, _)| names.contains(&word)).map(|(_, escape)| *escape)
    }

    /// Adds a field; returns how many blanks of `behind` pad it.
    fn push(&mut self, escape: Escape, value: &[u8], behind: &[u8]) -> usize {
        let len = value.len();
        if escape == Escape::SessionId {
            let process = value.rsplit(|byte| *byte == b'.').next();
            let process = process.and_then(|hex| std::str::from_utf8(hex).ok());
            self.process = process.and_then(|hex| u64::from_str_radix(hex, 16).ok());
        }
        let mut width = 0;
        let blanks_before = self.literal.iter().rev().take_while(|byte| **byte == b' ').count();
        if blanks_before > 1 {
            self.literal.truncate(self.literal.len() - (blanks_before - 1));
            width = (blanks_before - 1 + len) as i16;
        }
        let blanks_behind = behind.iter().take_while(|byte| **byte == b' ').count();
        let padding = match behind.get(blanks_behind) {
            // The last blank before the label is the prefix's own.
            None => blanks_behind.saturating_sub(1),
            Some(b']' | b')' | b',' | b'|' | b'@' | b':') => blanks_behind,
            Some(_) => 0,
        };
        if padding > 0 && width == 0 {
            width = -((len + padding) as i16);
        }
        self.flush();
        self.pieces.push(Piece::Field { escape, width });
        if width < 0 { padding } else { 0 }
    }

    /// Two bars in a row have a field between them that is mostly empty: the leader of a parallel
    /// worker.
    fn empty_field(&mut self, next: Option<&u8>) {
        if self.literal.last() == Some(&b'|')
            && next == Some(&b'|')
            && !self.has(Escape::LeaderProcessId)
        {
            self.flush();
            self.pieces.push(Piece::Field { escape: Escape::LeaderProcessId, width: 0 });
        }
    }

    fn flush(&mut self) {
        if !self.literal.is_empty() {
            self.pieces.push(Piece::Literal(std::mem::take(&mut self.literal)));
        }
    }
}

/// The names that people give to fields.
const KEYS: [(&[&str], Escape); 15] = [
    (&["user", "usr", "u", "username", "user_name"], Escape::User),
    (&["db", "database", "dbname", "d", "database_name"], Escape::Database),
    (&["app", "appli", "application", "application_name", "appname", "a"], Escape::Application),
    (
        &["client", "host", "remote", "h", "r", "addr", "ip", "client_ip", "rhost"],
        Escape::RemoteHostPort,
    ),
    (&["pid", "p", "process", "process_id"], Escape::ProcessId),
    (&["tag", "cmd", "command", "i", "ps", "command_tag"], Escape::CommandTag),
    (&["e", "state", "sqlstate", "sql_error_code", "err", "code", "error"], Escape::SqlState),
    (&["c", "sid", "session", "session_id", "sess"], Escape::SessionId),
    (&["s", "start", "session_start"], Escape::SessionStart),
    (&["v", "vxid", "vtx", "vid"], Escape::VirtualTransaction),
    (&["x", "xid", "txid", "trx", "trx_id", "tx", "txn"], Escape::Transaction),
    (&["Q", "q", "queryid", "query_id", "qid"], Escape::QueryId),
    (&["b", "backend", "backend_type", "type"], Escape::BackendType),
    (&["l", "line", "num", "log_line", "lineno"], Escape::LineNumber),
    (&["P", "leader", "leader_pid"], Escape::LeaderProcessId),
];

/// Source: `GetBackendTypeDesc` in `src/backend/utils/init/miscinit.c`.
const BACKEND_TYPES: [&[u8]; 17] = [
    b"client backend",
    b"autovacuum launcher",
    b"autovacuum worker",
    b"background worker",
    b"background writer",
    b"checkpointer",
    b"logical replication launcher",
    b"logical replication worker",
    b"parallel worker",
    b"not initialized",
    b"postmaster",
    b"startup",
    b"walreceiver",
    b"walsender",
    b"walwriter",
    b"archiver",
    b"logger",
];

const COMMAND_TAGS: [&[u8]; 17] = [
    b"SELECT",
    b"INSERT",
    b"UPDATE",
    b"DELETE",
    b"MERGE",
    b"BEGIN",
    b"COMMIT",
    b"ROLLBACK",
    b"SET",
    b"PARSE",
    b"BIND",
    b"EXECUTE",
    b"FETCH",
    b"COPY",
    b"DO",
    b"idle",
    b"authentication",
];

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// A word, dashes within it included.
fn word_len(text: &[u8]) -> usize {
    let len = text.iter().take_while(|byte| is_word(**byte) || **byte == b'-').count();
    if text.first() == Some(&b'-') { 0 } else { len }
}

/// The value of a key ends at a separator.
fn value_len(text: &[u8]) -> usize {
    if let Some(rest) = text.strip_prefix(b"[") {
        return rest.iter().position(|byte| *byte == b']').map_or(0, |end| end + 2);
    }
    text.iter().take_while(|byte| !matches!(byte, b',' | b']' | b')' | b'|' | b';' | b' ')).count()
}

/// How long the value of a key is; it may be empty, as for a process without a session.
fn keyed_len(escape: Escape, text: &[u8]) -> Option<usize> {
    match escape {
        Escape::SessionId => matched(session_id, text),
        Escape::VirtualTransaction => Some(matched(virtual_transaction, text).unwrap_or(0)),
        Escape::QueryId if text.first() == Some(&b'-') => Some(1 + word_len(&text[1..])),
        escape if escape.is_free_text() => Some(value_len(text)),
        _ => Some(word_len(text)),
    }
}

/// The length of what `parser` takes, unless a word goes on behind it.
fn matched(parser: impl Fn(&[u8]) -> IResult<&[u8], &[u8]>, text: &[u8]) -> Option<usize> {
    let (rest, taken) = parser(text).ok()?;
    let goes_on = rest.first().is_some_and(|byte| is_word(*byte));
    (!goes_on && !taken.is_empty()).then_some(taken.len())
}

fn digit1_complete(input: &[u8]) -> IResult<&[u8], &[u8]> {
    digit1(input)
}

/// `6b03aa6f.4731`
fn session_id(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let hex = |byte: u8| byte.is_ascii_hexdigit();
    recognize((take_while_m_n(7, 8, hex), char('.'), hex_digit1)).parse_complete(input)
}

/// `3/40`
fn virtual_transaction(input: &[u8]) -> IResult<&[u8], &[u8]> {
    recognize((digit1, char('/'), digit1)).parse_complete(input)
}

/// `10.0.3.121(36864)`, `::1(5432)` or `[local]`
fn host_and_port(input: &[u8]) -> IResult<&[u8], &[u8]> {
    alt((
        nom::bytes::complete::tag(&b"[local]"[..]),
        recognize((host, char('('), digit1, char(')'))),
    ))
    .parse_complete(input)
}

/// An IPv4 or IPv6 address.
fn host<'a>(input: &'a [u8]) -> IResult<&'a [u8], &'a [u8]> {
    let groups = recognize((digit1, char('.'), digit1, char('.'), digit1, char('.'), digit1));
    let v6 = |input: &'a [u8]| {
        let (rest, taken) =
            take_while1(|byte: u8| byte.is_ascii_hexdigit() || byte == b':')(input)?;
        if memchr::memchr_iter(b':', taken).count() < 2 || !taken.iter().any(u8::is_ascii_hexdigit)
        {
            return Err(nom::Err::Error(nom::error::Error::new(
                input,
                nom::error::ErrorKind::Char,
            )));
        }
        Ok((rest, taken))
    };
    alt((groups, v6)).parse_complete(input)
}

/// Longer than any other number of a prefix.
fn query_id(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let long = take_while_m_n(15, 19, |byte: u8| byte.is_ascii_digit());
    recognize((opt(char('-')), long)).parse_complete(input)
}

/// `00000` or `42P01`: five digits and letters that no process id looks like.
fn sql_state(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let (rest, taken) =
        take_while_m_n(5, 5, |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase())(input)?;
    if taken[0] != b'0' && taken.iter().all(u8::is_ascii_digit)
        || !taken.iter().any(u8::is_ascii_digit)
    {
        return Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Digit)));
    }
    Ok((rest, taken))
}
