//! The head of a log line: the prefix and the label that follows it.
//!
//! A head stands at column 0 or nowhere. Where free text such as an application name makes the
//! end of a field ambiguous, the first end with which the rest of the prefix and a label match is
//! taken.

use memchr::memrchr;
use slowlog_event::{Actor, Session, Timestamp};
use slowlog_lex::begins_with;

use super::clock::{Clock, epoch_millis};
use super::fields::{decimal, hexadecimal, is_state, name, virtual_transaction};
use super::label::{Label, label};
use super::prefix::{Escape, Piece, Prefix};
use super::tails::{Tail, Tails};

/// A name is at most 63 bytes, and a byte outside ASCII is printed as `\xNN`.
const LONGEST_FREE_TEXT: usize = 63 * 4;

/// Matching a line takes at most this many steps, so that no line can make it slow.
const STEPS: usize = 1024;

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
        // A stamp in doubt counts where the line was read, not with each try.
        let doubts = clock.doubts;
        if self.read_usual(prefix, tails, clock, line).is_some() {
            return Some(());
        }
        clock.doubts = doubts;
        let found = self.read_any(prefix, tails, clock, line);
        if found.is_none() {
            clock.doubts = doubts;
        }
        found
    }

    /// The same of a prefix whose fields say where they end, up to an end that was seen before.
    #[inline]
    fn read_usual(
        &mut self,
        prefix: &Prefix,
        tails: &mut Tails,
        clock: &mut Clock,
        line: &'a [u8],
    ) -> Option<()> {
        let pieces = tails.usual_pieces(prefix)?;
        self.forget_fields();
        let mut at = 0;
        for piece in pieces {
            at = match piece {
                Piece::Literal(text) => begins_with(&line[at..], text).then(|| at + text.len())?,
                Piece::SessionOnly => at,
                Piece::Field { escape, .. } => self.typed(*escape, 0, line, at, clock)?,
            };
        }
        let rest = &line[at..];
        let tail = tails.find(rest, self.process.unwrap_or(0))?;
        self.take(tail, rest, at);
        Some(())
    }

    /// Takes what the end of a prefix says, which begins at `at`.
    #[inline]
    fn take(&mut self, tail: &Tail, text: &'a [u8], at: usize) {
        self.actor = tail.actor(text);
        self.actor_number = Some(tail.number);
        self.label = tail.label;
        self.prefix_len = at + tail.prefix_len;
        self.message = at + tail.message;
        self.name_session();
    }

    /// Any prefix, and any end.
    #[inline(never)]
    fn read_any(
        &mut self,
        prefix: &Prefix,
        tails: &mut Tails,
        clock: &mut Clock,
        line: &'a [u8],
    ) -> Option<()> {
        self.forget_fields();
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
                    head.take(tail, &line[at..], at);
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

    /// Forgets what not every line says.
    #[inline]
    fn forget_fields(&mut self) {
        self.time = None;
        self.session = None;
        self.session_line = None;
        self.actor = Actor::default();
        self.actor_number = None;
        self.command_tag = b"";
        self.state = None;
        self.query_id = None;
        self.transaction = None;
        self.process = None;
        self.session_start = None;
    }

    /// The label of a line that has the same prefix as the line of this head, byte by byte, as the
    /// DETAIL of an entry mostly has; and the offset of what follows it.
    #[inline]
    pub(super) fn again(&self, own_line: &[u8], line: &[u8]) -> Option<(Label, usize)> {
        if !begins_with(line, own_line.get(..self.prefix_len)?) {
            return None;
        }
        let (label, len) = label(&line[self.prefix_len..], false)?;
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

/// A number for a text, by FNV-1a: the same in every run.
fn fold(text: &[u8]) -> u64 {
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
