//! The head of a log line: the prefix and the label that follows it.
//!
//! A head stands at column 0 or nowhere. Where free text such as an application name makes the
//! end of a field ambiguous, the first end with which the rest of the prefix and a label match is
//! taken.

use memchr::{memchr, memrchr};
use slowlog_event::{Actor, Session, Severity, Timestamp};

use super::clock::{Clock, epoch_millis};
use super::language;
use super::prefix::{Escape, Piece, Prefix};
use super::tails::Tails;

/// A name is at most 63 bytes, and a byte outside ASCII is printed as `\xNN`.
const LONGEST_FREE_TEXT: usize = 63 * 4;

/// Matching a line takes at most this many steps, so that no line can make it slow.
const STEPS: usize = 1024;

/// What follows the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// A severity begins an entry.
    Severity(Severity),
    /// The others continue the entry before them.
    Detail,
    Hint,
    Query,
    Context,
    Location,
    Backtrace,
    Statement,
}

/// What the head of a line says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) label: Label,
    /// Length of the prefix: where the label begins.
    pub(super) prefix_len: usize,
    /// Offset of the message in the line.
    pub(super) message: usize,
    pub(super) time: Option<Timestamp>,
    pub(super) session: Option<Session>,
    pub(super) session_line: Option<u64>,
    pub(super) actor: Actor<'a>,
    pub(super) actor_number: Option<u32>,
    pub(super) command_tag: &'a [u8],
    pub(super) state: Option<[u8; 5]>,
    pub(super) query_id: Option<i64>,
    pub(super) transaction: Option<u64>,
    process: Option<u64>,
    session_start: Option<u64>,
}

impl<'a> Head<'a> {
    pub(super) const EMPTY: Self = Head {
        label: Label::Detail,
        prefix_len: 0,
        message: 0,
        time: None,
        session: None,
        session_line: None,
        actor: Actor { user: None, database: None, application: None, client: None },
        actor_number: None,
        command_tag: b"",
        state: None,
        query_id: None,
        transaction: None,
        process: None,
        session_start: None,
    };

    /// Matches the head of a line with the first of several prefixes that does.
    #[inline]
    pub(super) fn parse(prefixes: &[Prefix], clock: &mut Clock, line: &'a [u8]) -> Option<Self> {
        prefixes.iter().find_map(|prefix| Self::parse_one(prefix, clock, line))
    }

    /// Matches the head of a line; the line may be cut behind its label.
    pub(super) fn parse_one(prefix: &Prefix, clock: &mut Clock, line: &'a [u8]) -> Option<Self> {
        let mut head = Self::EMPTY;
        head.read(prefix, &mut Tails::default(), clock, line)?;
        Some(head)
    }

    /// The same with the help of the ends of prefixes seen before. What the head has said before
    /// is forgotten, also if the line has none.
    #[inline]
    pub(super) fn read(
        &mut self,
        prefix: &Prefix,
        tails: &mut Tails,
        clock: &mut Clock,
        line: &'a [u8],
    ) -> Option<()> {
        *self = Self::EMPTY;
        let head = self;
        let mut retries = Retries::default();
        let mut tail_start = None;
        // The next piece and where it has to begin; `None` at a dead end.
        let mut next = Some((0, 0));
        if prefix.behind_stamp {
            let (time, len) = clock.carriers_stamp(line)?;
            head.time = Some(time);
            next = Some((0, len));
        }
        for _ in 0..STEPS {
            let Some((piece, at)) = next else {
                let retry = retries.pop()?;
                let (piece, start) = (retry.piece as usize, retry.start as usize);
                next = match prefix.pieces.get(piece) {
                    Some(Piece::Field { escape, width }) => {
                        let (field, span) = ((*escape, *width), (start, retry.from as usize));
                        let end = head.free_text(prefix, piece, field, line, span, &mut retries);
                        end.map(|end| (piece + 1, end))
                    }
                    // A process without a session prints nothing behind `%q`.
                    _ => Some((prefix.pieces.len(), start)),
                };
                continue;
            };
            if tails.piece == Some(piece) {
                tail_start = Some(at);
                if let Some(tail) = tails.find(&line[at..], head.process.unwrap_or(0)) {
                    head.actor = tail.actor(&line[at..]);
                    head.actor_number = Some(tail.number);
                    head.label = tail.label;
                    head.prefix_len = at + tail.prefix_len;
                    head.message = at + tail.message;
                    head.name_session();
                    return Some(());
                }
            }
            let end = match prefix.pieces.get(piece) {
                None => {
                    if let Some((label, len)) = label(&line[at..], prefix.one_blank) {
                        head.label = label;
                        head.prefix_len = at;
                        head.message = at + len;
                        head.name_session();
                        if let Some(start) = tail_start {
                            let text = &line[start..head.message];
                            head.actor_number = tails.learn(text, &head.actor, label, at - start);
                        }
                        return Some(());
                    }
                    None
                }
                Some(Piece::Literal(text)) => {
                    begins_with(&line[at..], text).then(|| at + text.len())
                }
                Some(Piece::SessionOnly) => {
                    retries.push(piece, at, at);
                    Some(at)
                }
                Some(Piece::Field { escape, width }) if escape.is_free_text() => {
                    head.free_text(prefix, piece, (*escape, *width), line, (at, at), &mut retries)
                }
                Some(Piece::Field { escape, width }) => {
                    head.typed(*escape, *width, line, at, clock)
                }
            };
            next = end.map(|end| (piece + 1, end));
        }
        None
    }

    /// The label of a line that has the same prefix as the line of this head, byte by byte, as the
    /// DETAIL of an entry mostly has; and the offset of what follows it.
    #[inline]
    pub(super) fn again(&self, own_line: &[u8], line: &[u8]) -> Option<(Label, usize)> {
        let (prefix, rest) = line.split_at_checked(self.prefix_len)?;
        if own_line.get(..self.prefix_len)? != prefix {
            return None;
        }
        let (label, len) = label(rest, false)?;
        Some((label, self.prefix_len + len))
    }

    /// Takes the text from `start` to the first place at or behind `from` where the next piece can
    /// begin.
    #[inline]
    fn free_text(
        &mut self,
        prefix: &Prefix,
        piece: usize,
        (escape, width): (Escape, i16),
        line: &'a [u8],
        (start, from): (usize, usize),
        retries: &mut Retries,
    ) -> Option<usize> {
        let limit = line.len().min(start + LONGEST_FREE_TEXT + usize::from(width.unsigned_abs()));
        let from = from.max(start + usize::from(width.unsigned_abs()));
        let next = prefix.pieces.get(piece + 1);
        let end = next_start(next, prefix.one_blank, line, (from, limit))?;
        retries.push(piece, start, end + 1);
        let text = line[start..end].trim_ascii();
        match escape {
            Escape::Application => self.actor.application = name(text),
            Escape::User => self.actor.user = name(text),
            Escape::Database => self.actor.database = name(text),
            Escape::RemoteHost => self.actor.client = name(text),
            Escape::RemoteHostPort => {
                let host = memrchr(b'(', text).map_or(text, |port| &text[..port]);
                self.actor.client = name(host);
                // A port is used by one connection at a time.
                if host.len() < text.len() && self.process.is_none() {
                    self.process = Some(fold(text));
                }
            }
            Escape::CommandTag => self.command_tag = text,
            _ => {}
        }
        Some(end)
    }

    /// Takes a field whose own form tells where it ends.
    #[inline]
    fn typed(
        &mut self,
        escape: Escape,
        width: i16,
        line: &'a [u8],
        start: usize,
        clock: &mut Clock,
    ) -> Option<usize> {
        let mut at = start;
        if width > 0 {
            at += line[at..].iter().take_while(|byte| **byte == b' ').count();
        }
        let text = &line[at..];
        at += match escape {
            Escape::TimeMillis => self.stamp(clock.civil(text, true)?),
            Escape::Time => self.stamp(clock.civil(text, false)?),
            Escape::EpochMillis => self.stamp(epoch_millis(text)?),
            Escape::SessionStart => {
                let (start, len) = clock.civil(text, false)?;
                self.session_start = Some((start.0 / 1_000_000) as u64);
                len
            }
            Escape::ProcessId => {
                let (value, len) = decimal(text)?;
                self.process = Some(value);
                len
            }
            Escape::LineNumber => {
                let (value, len) = decimal(text)?;
                self.session_line = Some(value);
                len
            }
            Escape::LeaderProcessId => decimal(text).map_or(0, |(_, len)| len),
            Escape::Transaction => decimal(text)?.1,
            Escape::SessionId => {
                let (start, start_len) = hexadecimal(text)?;
                let rest = text[start_len..].strip_prefix(b".")?;
                let (process, process_len) = hexadecimal(rest)?;
                self.session_start = Some(start);
                self.process = Some(process);
                start_len + 1 + process_len
            }
            Escape::QueryId => {
                let negative = text.first() == Some(&b'-');
                let (value, len) = decimal(&text[usize::from(negative)..])?;
                let value = value as i64;
                let value = if negative { value.wrapping_neg() } else { value };
                self.query_id = (value != 0).then_some(value);
                len + usize::from(negative)
            }
            Escape::SqlState => {
                let state = *text.first_chunk::<5>()?;
                if !is_state(state) {
                    return None;
                }
                self.state = Some(state);
                5
            }
            Escape::VirtualTransaction if !text.first().is_some_and(u8::is_ascii_digit) => 0,
            Escape::VirtualTransaction => {
                let (transaction, len) = virtual_transaction(text)?;
                self.transaction = transaction;
                len
            }
            _ => return None,
        };
        if width != 0 {
            let wanted = start + usize::from(width.unsigned_abs());
            while at < wanted {
                if line.get(at) != Some(&b' ') {
                    return None;
                }
                at += 1;
            }
        }
        Some(at)
    }

    /// The first stamp of a prefix is the time of the entry.
    #[inline]
    fn stamp(&mut self, (time, len): (Timestamp, usize)) -> usize {
        self.time = Some(time);
        len
    }

    /// A process id is a session only together with the start of the session; without it the
    /// assembler has to notice that a process id is used again.
    #[inline]
    fn name_session(&mut self) {
        let start = self.session_start.unwrap_or(0) << 32;
        self.session = self.process.map(|process| Session(start ^ process));
    }
}

/// A field whose text is free may end further on.
#[derive(Debug, Clone, Copy, Default)]
struct Retry {
    piece: u32,
    start: u32,
    from: u32,
}

/// The ends still to try, the last one first. A prefix with more free fields than there is room
/// for loses the earliest alternatives, nothing else.
#[derive(Debug, Default)]
struct Retries {
    kept: [Retry; 12],
    len: usize,
}

impl Retries {
    #[inline]
    fn push(&mut self, piece: usize, start: usize, from: usize) {
        if let Some(slot) = self.kept.get_mut(self.len) {
            // A head is short.
            *slot = Retry { piece: piece as u32, start: start as u32, from: from as u32 };
            self.len += 1;
        }
    }

    #[inline]
    fn pop(&mut self) -> Option<Retry> {
        self.len = self.len.checked_sub(1)?;
        Some(self.kept[self.len])
    }
}

/// As `starts_with`, byte by byte: the literals of a prefix are shorter than a call is worth.
#[inline]
fn begins_with(text: &[u8], literal: &[u8]) -> bool {
    text.len() >= literal.len() && text.iter().zip(literal).all(|(a, b)| a == b)
}

/// The first place in `from..limit` where `next` can begin.
#[inline]
fn next_start(
    next: Option<&Piece>,
    one_blank: bool,
    line: &[u8],
    (from, limit): (usize, usize),
) -> Option<usize> {
    match next {
        Some(Piece::Literal(text)) => {
            // Names are short: a loop is quicker than a call.
            let first = text[0];
            (from..limit).find(|at| line[*at] == first && begins_with(&line[*at..], text))
        }
        Some(_) => (from <= limit).then_some(from),
        None => (from..limit).find(|at| label(&line[*at..], one_blank).is_some()),
    }
}

/// The label at the start of `text` and the offset of what follows it. Two blanks follow a label,
/// or only one if `one_blank`.
#[inline]
pub(crate) fn label(text: &[u8], one_blank: bool) -> Option<(Label, usize)> {
    let (label, rest) = match text {
        [b'L', b'O', b'G', b':', rest @ ..] => (Label::Severity(Severity::Log), rest),
        [b'D', b'E', b'T', b'A', b'I', b'L', b':', rest @ ..] => (Label::Detail, rest),
        [b'A'..=b'Z', ..] => match rare_label(text) {
            Some(found) => found,
            None => return language::label(text, one_blank),
        },
        [0x80..=0xff, ..] => return language::label(text, one_blank),
        _ => return None,
    };
    let blanks = match rest {
        [b' ', b' ', ..] => 2,
        [b' ', ..] if one_blank => 1,
        // The message is empty and blanks at the end of the line were lost, or the line was cut.
        [b' '] | [b' ', b'\n' | b'\r', ..] => 1,
        [] | [b'\n' | b'\r', ..] => 0,
        _ => return None,
    };
    Some((label, text.len() - rest.len() + blanks))
}

/// The labels but the two that most lines have, and what follows their colon.
fn rare_label(text: &[u8]) -> Option<(Label, &[u8])> {
    const LABELS: [(&[u8], Label); 18] = [
        (b"STATEMENT", Label::Statement),
        (b"ERROR", Label::Severity(Severity::Error)),
        (b"FATAL", Label::Severity(Severity::Fatal)),
        (b"CONTEXT", Label::Context),
        (b"HINT", Label::Hint),
        (b"WARNING", Label::Severity(Severity::Warning)),
        (b"PANIC", Label::Severity(Severity::Panic)),
        (b"NOTICE", Label::Severity(Severity::Notice)),
        (b"INFO", Label::Severity(Severity::Info)),
        (b"LOCATION", Label::Location),
        (b"QUERY", Label::Query),
        (b"BACKTRACE", Label::Backtrace),
        // The server prints every level as DEBUG; some tools keep the digit.
        (b"DEBUG", Label::Severity(Severity::Debug)),
        (b"DEBUG1", Label::Severity(Severity::Debug)),
        (b"DEBUG2", Label::Severity(Severity::Debug)),
        (b"DEBUG3", Label::Severity(Severity::Debug)),
        (b"DEBUG4", Label::Severity(Severity::Debug)),
        (b"DEBUG5", Label::Severity(Severity::Debug)),
    ];
    LABELS
        .iter()
        .filter(|(name, _)| text[0] == name[0])
        .find_map(|(name, label)| Some((*label, text.strip_prefix(*name)?.strip_prefix(b":")?)))
}

/// The label of a line that begins with one of these prefixes.
pub(crate) fn line_label(prefixes: &[Prefix], clock: &mut Clock, line: &[u8]) -> Option<Label> {
    Head::parse(prefixes, clock, line).map(|head| head.label)
}

/// The offset of the first line that begins an entry.
pub(crate) fn first_entry_start(prefixes: &[Prefix], block: &[u8]) -> Option<usize> {
    let mut clock = Clock::default();
    crate::Lines::new(block)
        .map(|(start, _)| start)
        .find(|start| begins_entry(prefixes, &mut clock, &block[*start..]))
}

/// The offset of the last line that begins an entry: where a block can be cut. A DETAIL or
/// STATEMENT line is no such place.
pub(crate) fn last_entry_start(prefixes: &[Prefix], block: &[u8]) -> Option<usize> {
    let mut clock = Clock::default();
    let mut end = block.len();
    loop {
        let start = memrchr(b'\n', &block[..end]).map_or(0, |newline| newline + 1);
        if begins_entry(prefixes, &mut clock, &block[start..]) {
            return Some(start);
        }
        end = start.checked_sub(1)?;
    }
}

/// The stamps of the first and the last entry in a part of a log that have one.
pub(crate) fn first_and_last_stamp(
    prefixes: &[Prefix],
    part: &[u8],
) -> Option<(Timestamp, Timestamp)> {
    let mut clock = Clock::default();
    let mut stamps = crate::Lines::new(part).filter_map(|(start, end)| {
        let line = &part[start..end];
        (line.first() != Some(&b'\t'))
            .then(|| Head::parse(prefixes, &mut clock, line)?.time)
            .flatten()
    });
    let first = stamps.next()?;
    Some((first, stamps.last().unwrap_or(first)))
}

fn begins_entry(prefixes: &[Prefix], clock: &mut Clock, text: &[u8]) -> bool {
    if matches!(text, [] | [b'\t' | b'\n', ..]) {
        return false;
    }
    let end = memchr(b'\n', text);
    let line = &text[..end.unwrap_or(text.len())];
    Head::parse(prefixes, clock, line).is_some_and(|head| {
        // Of a line whose end is not there, the label may not be all there.
        let decided = end.is_some() || head.message < line.len();
        decided && matches!(head.label, Label::Severity(_))
    })
}

/// `3/40`, the backend and its transaction, and how long it is; no transaction is `3/0`.
#[inline]
pub(super) fn virtual_transaction(text: &[u8]) -> Option<(Option<u64>, usize)> {
    let (backend, backend_len) = decimal(text)?;
    let (local, local_len) = decimal(text[backend_len..].strip_prefix(b"/")?)?;
    Some(((local != 0).then_some(backend << 40 ^ local), backend_len + 1 + local_len))
}

/// A name, unless the server has none or does not know it yet.
#[inline]
pub(super) fn name(text: &[u8]) -> Option<&[u8]> {
    match text {
        b"" | b"[unknown]" => None,
        [b'[', ..] if language::is_unknown(text) => None,
        _ => Some(text),
    }
}

/// A SQLSTATE is five digits and capital letters; every one has a digit, unlike `ERROR`.
#[inline]
pub(super) fn is_state(state: [u8; 5]) -> bool {
    state.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && state.iter().any(u8::is_ascii_digit)
}

#[inline]
pub(crate) fn decimal(text: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    let mut len = 0;
    while let Some(digit) = text.get(len).map(|byte| byte.wrapping_sub(b'0')).filter(|d| *d < 10) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        len += 1;
    }
    (len > 0).then_some((value, len))
}

#[inline]
pub(super) fn hexadecimal(text: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    let mut len = 0;
    while let Some(digit) = text.get(len).and_then(|byte| (*byte as char).to_digit(16)) {
        value = value << 4 | u64::from(digit);
        len += 1;
    }
    (len > 0 && len <= 16).then_some((value, len))
}

/// A number for a text, by FNV-1a: the same in every run.
fn fold(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
