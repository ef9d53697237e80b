//! From the bytes of a log in an envelope to the server's text.

use slowlog_event::Position;

use super::head::{Heads, chunk};
use super::line::LineKind;
use super::messages::{LastMessage, Messages};
use super::order::{TooLargeToTurn, Waitlist};
use super::outcome::{EnvelopeAccount, Unwrapped};
use super::piece::{Piece, fold};
use super::records::{Found, Records};
use super::shape::{Fields, Shape};
use super::starts::Starts;
use super::year::Years;
use super::{Envelope, Kind};
use crate::Format;
use crate::postgres::Clock;

/// A line is kept up to this many bytes.
const LONGEST_LINE: usize = 16 * 1024 * 1024;

/// Makes the server's text of a log in an envelope. What comes out does not depend on how the bytes
/// are parted.
#[derive(Debug)]
pub struct Unwrapper {
    kind: Kind,
    programs: Vec<Vec<u8>>,
    heads: Heads,
    clock: Clock,
    /// The line at hand, as far as it is there; [`LONGEST_LINE`] of it.
    line: Vec<u8>,
    line_bytes: u64,
    position: Position,
    records: Records,
    fields: Fields,
    lists: Lists,
    /// What was made so far.
    pub unwrapped: Unwrapped,
}

/// What pieces go through.
#[derive(Debug)]
struct Lists {
    waitlist: Waitlist,
    messages: Messages,
    first_host: Option<Vec<u8>>,
    /// Width and writer of the head of the last line, for the further lines that `journalctl`
    /// indents; no writer if the line was another program's.
    last_head: Option<(usize, Option<Last>)>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    writer: u64,
    process: Option<u64>,
    host: u64,
}

impl Unwrapper {
    /// For a log in this envelope, with a text of this format as far as that is known: it tells
    /// where lines of the server's log begin.
    pub fn new(envelope: &Envelope, format: Option<&Format>) -> Self {
        let starts = match envelope.kind {
            Kind::Objects(Shape::Entries) => Starts::Lines,
            _ => Starts::new(format),
        };
        Self {
            kind: envelope.kind,
            programs: envelope.programs.clone(),
            heads: Heads::new(Years::new(envelope.years), envelope.zone.clone()),
            clock: Clock::in_zone(envelope.zone.clone()),
            line: Vec::new(),
            line_bytes: 0,
            position: Position::default(),
            records: Records::default(),
            fields: Fields::default(),
            lists: Lists {
                waitlist: Waitlist::new(envelope.order),
                messages: Messages::new(starts),
                first_host: None,
                last_head: None,
            },
            unwrapped: Unwrapped::default(),
        }
    }

    /// The bytes to come begin here in their file, with so many lines before them.
    pub fn begin_at(&mut self, position: Position) {
        self.position = position;
        self.records.begin_at(position);
    }

    /// The log goes on from another one of the same server, which has ended with this message.
    pub fn go_on(&mut self, message: LastMessage) {
        self.lists.messages.go_on(message);
    }

    /// Takes the next bytes of the log.
    ///
    /// # Errors
    ///
    /// A log whose newest entries come first and that is too large.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), TooLargeToTurn> {
        self.unwrapped.account.bytes += bytes.len() as u64;
        match self.kind {
            Kind::Lines(kind) => self.take_lines(kind, bytes),
            Kind::Objects(shape) => self.take_objects(shape, bytes),
        }
    }

    /// Takes the end of the log.
    ///
    /// # Errors
    ///
    /// As [`Unwrapper::take`].
    pub fn finish(&mut self) -> Result<(), TooLargeToTurn> {
        let account = &mut self.unwrapped.account;
        match self.kind {
            Kind::Lines(kind) if self.line_bytes > 0 => {
                account.unfinished.see(1, self.position, b"");
                let line = std::mem::take(&mut self.line);
                self.line(kind, &line)?;
            }
            Kind::Objects(_) if self.records.is_within() => {
                account.unfinished.see(1, self.records.start(), b"");
                account.ignored_bytes += self.records.record_bytes();
            }
            _ => {}
        }
        let Self { lists: Lists { waitlist, messages, .. }, unwrapped, .. } = self;
        waitlist.finish(&mut |piece| messages.take(piece, unwrapped));
        unwrapped.last = messages.last();
        messages.finish(unwrapped);
        // The last line has an end now, which it may not have had.
        if unwrapped.len() > unwrapped.account.bytes {
            unwrapped.text.pop();
        }
        unwrapped.account.unknown_zones = self.heads.unknown_zones() + self.clock.doubts.unknown;
        Ok(())
    }

    fn take_lines(&mut self, kind: LineKind, mut bytes: &[u8]) -> Result<(), TooLargeToTurn> {
        while let Some(newline) = memchr::memchr(b'\n', bytes) {
            let (rest, behind) = bytes.split_at(newline + 1);
            bytes = behind;
            if self.line_bytes == 0 {
                self.line_bytes = rest.len() as u64;
                self.line(kind, rest)?;
                continue;
            }
            self.keep(rest);
            let mut line = std::mem::take(&mut self.line);
            self.line(kind, &line)?;
            line.clear();
            self.line = line;
        }
        self.keep(bytes);
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LONGEST_LINE.saturating_sub(self.line.len()).min(bytes.len());
        self.line.extend_from_slice(&bytes[..room]);
        if self.line_bytes <= LONGEST_LINE as u64
            && self.line_bytes + bytes.len() as u64 > LONGEST_LINE as u64
        {
            self.unwrapped.account.long.see(1, self.position, b"");
        }
        self.line_bytes += bytes.len() as u64;
    }

    /// A whole line, of which `line` is what was kept.
    fn line(&mut self, kind: LineKind, line: &[u8]) -> Result<(), TooLargeToTurn> {
        let outer_bytes = std::mem::take(&mut self.line_bytes);
        let outer = self.position;
        self.position.byte += outer_bytes;
        self.position.line += 1;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let mut piece = Piece { outer, outer_bytes, ..Piece::default() };
        let account = &mut self.unwrapped.account;
        if text.is_empty() {
            account.ignored_bytes += outer_bytes;
            return Ok(());
        }
        match kind {
            LineKind::Syslog | LineKind::Logplex => {
                let opened = self.lists.open(text, &mut self.heads, &self.programs, &mut piece);
                match opened {
                    Opened::Servers => {}
                    Opened::Others => {
                        account.ignored_bytes += outer_bytes;
                        return Ok(());
                    }
                    Opened::Foreign => {
                        account.foreign.see(1, outer, text);
                        account.unrecognised_bytes += outer_bytes;
                        return Ok(());
                    }
                }
            }
            _ => {
                let Some(carried) = kind.open(text, &mut self.clock) else {
                    account.foreign.see(1, outer, text);
                    account.unrecognised_bytes += outer_bytes;
                    return Ok(());
                };
                (piece.text, piece.time, piece.goes_on) =
                    (carried.text, carried.time, carried.goes_on);
            }
        }
        self.lists.hand_on(&piece, &mut self.unwrapped)
    }

    fn take_objects(&mut self, shape: Shape, mut bytes: &[u8]) -> Result<(), TooLargeToTurn> {
        while !bytes.is_empty() {
            let (read, found) = self.records.read(bytes);
            bytes = &bytes[read..];
            let Some(found) = found else { continue };
            let (outer, outer_bytes) = (self.records.start(), self.records.record_bytes());
            let account = &mut self.unwrapped.account;
            if found != Found::Whole {
                if found == Found::Overlong {
                    account.long.see(1, outer, b"");
                }
                account.damaged_bytes += outer_bytes;
                continue;
            }
            self.object(shape, outer, outer_bytes)?;
        }
        Ok(())
    }

    fn object(
        &mut self,
        shape: Shape,
        outer: Position,
        outer_bytes: u64,
    ) -> Result<(), TooLargeToTurn> {
        let Self { records, fields, clock, lists, unwrapped, programs, .. } = self;
        let record = records.record();
        let mut piece = Piece { outer, outer_bytes, ..Piece::default() };
        if shape == Shape::Entries {
            // A string has no newline: those that are there stand between members.
            fields.text.clear();
            fields.text.extend(record.iter().map(|byte| match byte {
                b'\n' | b'\r' => b' ',
                byte => *byte,
            }));
            piece.text = &fields.text;
            return lists.hand_on(&piece, unwrapped);
        }
        let is_object = shape.read(record, clock, fields);
        let (log, program) = (span(record, fields.log), span(record, fields.program));
        let is_others = !shape.is_servers_log(log)
            || shape == Shape::Journal && !is_server(programs, program)
            || is_object && !fields.has_text;
        let account = &mut unwrapped.account;
        if is_others || !is_object {
            let bytes =
                if is_others { &mut account.ignored_bytes } else { &mut account.damaged_bytes };
            *bytes += outer_bytes;
            return Ok(());
        }
        let text = fields.text.strip_suffix(b"\n");
        // Docker parts what is longer than its buffer.
        piece.goes_on = shape == Shape::Docker && text.is_none();
        let text = text.unwrap_or(&fields.text);
        piece.text = if shape == Shape::Google { without_source(text) } else { text };
        piece.time = fields.time;
        piece.process = fields.process;
        let host = span(record, fields.host);
        piece.host = lists.host(host);
        piece.writer = fold(fields.process.unwrap_or(0) ^ fold(fold(0, log), host), program);
        if shape == Shape::Journal
            && let Some((number, part, len)) = chunk(piece.text)
        {
            piece.chunk = Some((number, part));
            piece.text = &piece.text[len..];
        }
        lists.hand_on(&piece, unwrapped)
    }
}

/// What a line is.
enum Opened {
    Servers,
    Others,
    Foreign,
}

impl Lists {
    /// Opens a line of syslog.
    fn open<'a>(
        &mut self,
        line: &'a [u8],
        heads: &mut Heads,
        programs: &[Vec<u8>],
        piece: &mut Piece<'a>,
    ) -> Opened {
        if let (Some((width, last)), Some(b' ')) = (self.last_head, line.first())
            && line.len() > width
            && line[..width].iter().all(|byte| *byte == b' ')
        {
            let Some(last) = last else { return Opened::Others };
            piece.text = &line[width..];
            (piece.writer, piece.process, piece.host) = (last.writer, last.process, last.host);
            return Opened::Servers;
        }
        let Some(head) = heads.head(line) else {
            return if line.starts_with(b"-- ") { Opened::Others } else { Opened::Foreign };
        };
        let mut last = None;
        let text = &line[head.len..];
        let opened = if head.program.is_empty() {
            let says_nothing = [&b"message repeated"[..], b"-- MARK --"];
            let is_known =
                says_nothing.iter().any(|words| memchr::memmem::find(text, words).is_some());
            if is_known { Opened::Others } else { Opened::Foreign }
        } else if is_server(programs, head.program) {
            piece.text = text;
            if let Some((number, part, len)) = chunk(text) {
                piece.chunk = Some((number, part));
                piece.text = &text[len..];
            }
            piece.time = head.time;
            piece.process = head.process;
            piece.host = self.host(head.host);
            piece.writer = fold(head.process.unwrap_or(0) ^ fold(0, head.host), head.program);
            last = Some(Last { writer: piece.writer, process: piece.process, host: piece.host });
            Opened::Servers
        } else {
            Opened::Others
        };
        self.last_head = Some((head.len, last));
        opened
    }

    /// A number for a host, 0 for the first.
    fn host(&mut self, host: &[u8]) -> u64 {
        match &self.first_host {
            Some(first) if first == host => 0,
            Some(_) => fold(0, host),
            None => {
                self.first_host = Some(host.to_vec());
                0
            }
        }
    }

    fn hand_on(
        &mut self,
        piece: &Piece<'_>,
        unwrapped: &mut Unwrapped,
    ) -> Result<(), TooLargeToTurn> {
        let Self { waitlist, messages, .. } = self;
        waitlist.take(piece, &mut |piece| messages.take(piece, unwrapped))
    }
}

impl EnvelopeAccount {
    /// Bytes that became no text and are in an account of their own.
    pub fn left_out_bytes(&self) -> u64 {
        self.ignored_bytes + self.unrecognised_bytes + self.damaged_bytes
    }
}

fn span(record: &[u8], (start, end): (usize, usize)) -> &[u8] {
    &record[start..end]
}

/// Are the lines of this program the server's? Those that the beginning of the log has shown to
/// be, and those of that very name.
fn is_server(programs: &[Vec<u8>], name: &[u8]) -> bool {
    programs.iter().any(|known| known == name) || matches!(name, b"postgres" | b"postmaster")
}

/// The text behind `[postgres.cc:123]  `, which AlloyDB puts before it.
fn without_source(text: &[u8]) -> &[u8] {
    let found = text.strip_prefix(b"[").and_then(|rest| {
        let end = rest.iter().take(128).position(|byte| *byte == b']')?;
        let colon = memchr::memrchr(b':', &rest[..end])?;
        let is_line = colon + 1 < end && rest[colon + 1..end].iter().all(u8::is_ascii_digit);
        (rest[..colon].ends_with(b".cc") && is_line).then(|| rest[end + 1..].trim_ascii_start())
    });
    found.unwrap_or(text)
}
