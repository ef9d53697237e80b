//! Putting messages together again whose parts came line by line, those of other processes between
//! them.
//!
//! Messages leave in the order in which they began. The first one that is not known to be at its
//! end hands on its text as it comes; those behind it wait in memory, at most [`MOST_HELD`] bytes
//! of them.

use std::collections::VecDeque;

use hashbrown::HashMap;
use slowlog_event::Timestamp;

use super::outcome::{Note, Unwrapped};
use super::piece::Piece;
use super::starts::{Start, Starts};

/// A message that got nothing for so many lines is at its end: a server sends all of its parts at
/// once, and only others' come between.
const STALE_LINES: u64 = 512;
/// The same in time.
const STALE_US: i64 = 5_000_000;
/// Bytes that wait behind the first message.
const MOST_HELD: usize = 4 * 1024 * 1024;
/// A message is kept up to this many bytes.
const LONGEST_MESSAGE: u64 = 32 * 1024 * 1024;
/// Writers that are known at a time.
const MOST_WRITERS: usize = 65_536;

/// Lengths at which PostgreSQL parts what it sends to syslog (`PG_SYSLOG_LIMIT` in `elog.c`), now
/// and before 9.4.
const SPLIT_LENGTHS: [usize; 2] = [900, 1024];
/// Texts of at least this length may be cut by a transport: docker at 16 KiB, the journal at 48.
const CARRIERS_SPLIT: usize = 16 * 1024 - 1;

/// The message that a log ends with: its next part may stand at the beginning of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastMessage {
    writer: u64,
    number: u64,
    next_part: u64,
}

/// The messages that are not at their end.
#[derive(Debug)]
pub(super) struct Messages {
    /// The message that the log before has ended with, until one begins here.
    before: Option<LastMessage>,
    starts: Starts,
    queue: VecDeque<Message>,
    /// The number of the first in the queue.
    first: u64,
    writers: HashMap<u64, Writer, foldhash::fast::RandomState>,
    /// Bytes that wait behind the first.
    held: usize,
    /// Pieces so far.
    pieces: u64,
    /// Buffers that can be used again.
    spare: Vec<Message>,
    lines: Vec<u8>,
}

/// What is known of who writes.
#[derive(Debug, Clone, Copy)]
struct Writer {
    /// The number of the message that it has begun last.
    message: u64,
    /// The number that the server gave to that.
    number: Option<u64>,
}

#[derive(Debug, Default)]
struct Message {
    text: Vec<u8>,
    /// By place in `text`.
    notes: Vec<Note>,
    bytes: u64,
    /// The part that comes next.
    next_part: u64,
    /// Parts were lost: what belongs to them is glued to nothing.
    broken: bool,
    closed: bool,
    goes_on: bool,
    last_piece: u64,
    last_time: Option<Timestamp>,
    last_len: usize,
}

impl Messages {
    pub(super) fn new(starts: Starts) -> Self {
        Self {
            before: None,
            starts,
            queue: VecDeque::new(),
            first: 0,
            writers: HashMap::default(),
            held: 0,
            pieces: 0,
            spare: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// The log goes on from another one, which has ended with this message.
    pub(super) fn go_on(&mut self, message: LastMessage) {
        self.before = Some(message);
    }

    /// The message that has begun last, if its parts have numbers.
    pub(super) fn last(&self) -> Option<LastMessage> {
        let last = self.first + self.queue.len().checked_sub(1)? as u64;
        let next_part = self.queue.back()?.next_part;
        let (writer, known) = self.writers.iter().find(|(_, known)| known.message == last)?;
        Some(LastMessage { writer: *writer, number: known.number?, next_part })
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, piece: &Piece<'_>, out: &mut Unwrapped) {
        self.pieces += 1;
        let mut lines = std::mem::take(&mut self.lines);
        let text = self.plain(piece.text, &mut lines);
        let (text, rest) = match text.iter().position(|byte| *byte == b'\n') {
            Some(end) => (&text[..end], Some(&text[end + 1..])),
            None => (text, None),
        };
        let known = self.writers.get(&piece.writer).copied();
        let open = known.and_then(|writer| {
            let place = writer.message.checked_sub(self.first)? as usize;
            self.queue.get(place).is_some_and(|message| !message.closed).then_some(place)
        });
        let number = piece.chunk.map(|(number, _)| number);
        let kept = match (piece.chunk, open) {
            (Some((_, 1)), _) => Some(self.begin(piece, text, known, open, out)),
            (Some((_, part)), Some(place)) if known.is_some_and(|known| known.number == number) => {
                self.part(place, part, piece, text, out)
            }
            (Some((number, part)), _) if self.goes_on_with(piece.writer, number, part, text) => {
                let place = self.begin(piece, text, None, None, out);
                self.queue[place].next_part = part + 1;
                Some(place)
            }
            (Some(_), _) => {
                if known.is_none() && self.pieces <= STALE_LINES {
                    out.account.cut.see(1, piece.outer, b"");
                    out.account.ignored_bytes += piece.outer_bytes;
                } else {
                    out.account.lost.see(1, piece.outer, b"");
                    out.account.damaged_bytes += piece.outer_bytes;
                }
                None
            }
            (None, Some(place)) if self.queue[place].goes_on => {
                Some(self.append(place, piece, text, false))
            }
            (None, open) => match (self.starts.of(text), open) {
                (Start::Continuation | Start::Part, Some(place)) => {
                    Some(self.append(place, piece, text, true))
                }
                (Start::Other, Some(place)) if was_split(self.queue[place].last_len, text) => {
                    Some(self.append(place, piece, text, false))
                }
                _ => Some(self.begin(piece, text, known, open, out)),
            },
        };
        if let (Some(place), Some(rest)) = (kept, rest) {
            self.further_lines(place, rest);
        }
        if let Some(place) = kept {
            let message = &mut self.queue[place];
            message.goes_on = piece.goes_on;
            message.last_piece = self.pieces;
            message.last_time = piece.time.or(message.last_time);
            message.last_len = piece.text.len();
            message.closed |= self.starts.are_lines() && !piece.goes_on;
            if message.bytes > LONGEST_MESSAGE {
                message.closed = true;
                out.account.long.see(1, piece.outer, b"");
            }
        }
        self.lines = lines;
        self.settle(piece.time, out);
    }

    /// Is it the next part of the message that the log before has ended with, on a line of its own?
    fn goes_on_with(&mut self, writer: u64, number: u64, next_part: u64, text: &[u8]) -> bool {
        let is_next = self.before.take() == Some(LastMessage { writer, number, next_part });
        is_next && matches!(self.starts.of(text), Start::Continuation | Start::Part)
    }

    /// Ends all messages.
    pub(super) fn finish(&mut self, out: &mut Unwrapped) {
        for message in &mut self.queue {
            message.closed = true;
        }
        self.settle(None, out);
    }

    /// The text with the control characters that syslog daemons write as `#011` and `#012`; a
    /// newline only where a line of the log can begin behind it.
    fn plain<'t>(&mut self, text: &'t [u8], plain: &'t mut Vec<u8>) -> &'t [u8] {
        if memchr::memmem::find(text, b"#01").is_none() {
            return text;
        }
        plain.clear();
        let mut rest = text;
        while let Some(at) = memchr::memmem::find(rest, b"#01") {
            plain.extend_from_slice(&rest[..at]);
            let behind = &rest[(at + 4).min(rest.len())..];
            let code = match rest.get(at + 3) {
                Some(b'1') => Some(b'\t'),
                Some(b'2') => {
                    let line_end = memchr::memmem::find(behind, b"#012").unwrap_or(behind.len());
                    let begins = behind.starts_with(b"#011")
                        || behind.starts_with(b"\t")
                        || !matches!(self.starts.of(&behind[..line_end]), Start::Other);
                    begins.then_some(b'\n')
                }
                Some(b'5') if behind.is_empty() || behind.starts_with(b"#012") => Some(b'\r'),
                _ => None,
            };
            match code {
                Some(code) => {
                    plain.push(code);
                    rest = behind;
                }
                None => {
                    plain.extend_from_slice(b"#01");
                    rest = &rest[at + 3..];
                }
            }
        }
        plain.extend_from_slice(rest);
        plain
    }

    /// Begins a message; its place in the queue.
    fn begin(
        &mut self,
        piece: &Piece<'_>,
        text: &[u8],
        known: Option<Writer>,
        open: Option<usize>,
        out: &mut Unwrapped,
    ) -> usize {
        if let Some(place) = open {
            self.queue[place].closed = true;
        }
        self.before = None;
        let number = piece.chunk.map(|(number, _)| number);
        if let (Some(number), Some(last)) = (number, known.and_then(|known| known.number))
            && number > last + 1
        {
            out.account.lost.see(number - last - 1, piece.outer, b"");
        }
        if self.writers.len() >= MOST_WRITERS {
            self.writers.clear();
        }
        let message = self.first + self.queue.len() as u64;
        self.writers.insert(piece.writer, Writer { message, number });
        let mut fresh = self.spare.pop().unwrap_or_default();
        fresh.next_part = 2;
        self.queue.push_back(fresh);
        self.append(self.queue.len() - 1, piece, text, false)
    }

    /// A further part of the message at hand.
    fn part(
        &mut self,
        place: usize,
        part: u64,
        piece: &Piece<'_>,
        text: &[u8],
        out: &mut Unwrapped,
    ) -> Option<usize> {
        let message = &mut self.queue[place];
        if part > message.next_part {
            out.account.lost.see(part - message.next_part, piece.outer, b"");
            message.broken = true;
        }
        let in_order = part >= message.next_part;
        message.next_part = message.next_part.max(part + 1);
        let is_broken = message.broken;
        match self.starts.of(text) {
            Start::Part if in_order => Some(self.append(place, piece, text, true)),
            // What was lost may have been the beginning of another part of the entry.
            _ if is_broken || !in_order => {
                out.account.damaged_bytes += piece.outer_bytes;
                None
            }
            Start::Continuation => Some(self.append(place, piece, text, true)),
            _ => Some(self.append(place, piece, text, false)),
        }
    }

    /// Appends text to a message, as a line of its own or to the last one.
    fn append(&mut self, place: usize, piece: &Piece<'_>, text: &[u8], as_line: bool) -> usize {
        let message = &mut self.queue[place];
        let had = message.text.len();
        if as_line {
            message.text.push(b'\n');
        }
        let &Piece { outer, time, process, host, .. } = piece;
        message.notes.push(Note { byte: message.text.len() as u64, outer, time, process, host });
        message.text.extend_from_slice(text);
        self.added(place, had);
        place
    }

    /// Appends the further lines of a piece: of PostgreSQL those that begin nothing continue the
    /// message.
    fn further_lines(&mut self, place: usize, lines: &[u8]) {
        let had = self.queue[place].text.len();
        for line in lines.split(|byte| *byte == b'\n') {
            let is_bare = self.starts.are_indented() && self.starts.of(line) == Start::Other;
            let text = &mut self.queue[place].text;
            text.push(b'\n');
            if is_bare {
                text.push(b'\t');
            }
            text.extend_from_slice(line);
        }
        self.added(place, had);
    }

    fn added(&mut self, place: usize, had: usize) {
        let message = &mut self.queue[place];
        let added = message.text.len() - had;
        message.bytes += added as u64;
        if place > 0 {
            self.held += added;
        }
    }

    /// Hands on what can be handed on.
    fn settle(&mut self, now: Option<Timestamp>, out: &mut Unwrapped) {
        while let Some(message) = self.queue.front_mut() {
            let base = out.len();
            out.notes.extend(
                message.notes.drain(..).map(|note| Note { byte: base + note.byte, ..note }),
            );
            out.text.append(&mut message.text);
            let is_stale = self.pieces - message.last_piece > STALE_LINES
                || now.zip(message.last_time).is_some_and(|(now, last)| now.0 - last.0 > STALE_US);
            let others_wait = self.queue.len() > 1;
            let gives_way = others_wait && (is_stale || self.held > MOST_HELD);
            let Some(message) = self.queue.front_mut() else { return };
            if !message.closed && !gives_way {
                return;
            }
            out.text.push(b'\n');
            let Some(mut message) = self.queue.pop_front() else { return };
            self.first += 1;
            self.held -= self.queue.front().map_or(0, |next| next.text.len());
            let Message { text, notes, .. } = &mut message;
            let (text, notes) = (std::mem::take(text), std::mem::take(notes));
            if self.spare.len() < 64 {
                self.spare.push(Message { text, notes, ..Message::default() });
            }
        }
    }
}

/// Is `text` the rest of a text of this length that was cut?
fn was_split(len: usize, text: &[u8]) -> bool {
    let blank = text.iter().skip(1).position(u8::is_ascii_whitespace);
    let first_word = blank.map_or(text.len(), |at| at + 1);
    len >= CARRIERS_SPLIT
        || SPLIT_LENGTHS.iter().any(|limit| len <= *limit && len + first_word > *limit)
}
