//! What comes out of an envelope: the server's text, where it stood, and where all other bytes went.

use slowlog_event::{Position, Session, Timestamp};

use super::messages::LastMessage;

/// The text of a log without its envelope.
#[derive(Debug, Default)]
pub struct Unwrapped {
    /// What was made since it was last taken.
    pub text: Vec<u8>,
    /// How much was taken before.
    pub taken_bytes: u64,
    /// Where its lines come from, in the order of the text.
    pub notes: Vec<Note>,
    /// What became of the lines that did not become text.
    pub account: EnvelopeAccount,
    /// The message that the log has ended with.
    pub last: Option<LastMessage>,
}

/// What an envelope says of the text from a byte on, up to the next note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Offset in the text.
    pub byte: u64,
    /// Where in the log it stands, with its lines counted from 0.
    pub outer: Position,
    /// The stamp of the envelope.
    pub time: Option<Timestamp>,
    /// The process that wrote it.
    pub process: Option<u64>,
    /// A number for the host that it comes from: 0 for the first of the log.
    pub host: u64,
}

impl Note {
    /// The session of an entry: the one that the entry names, else the process of the envelope.
    /// Hosts number their processes each for itself.
    pub fn session(&self, named: Option<Session>) -> Option<Session> {
        let own = named.map(|session| session.0).or(self.process)?;
        Some(Session(own ^ self.host))
    }
}

/// The bytes of a log that did not become text, by what became of them; all others were
/// understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvelopeAccount {
    /// All bytes, those that became text as well.
    pub bytes: u64,
    /// Of other programs, of blank lines, and of the rest of a message that began before the log.
    pub ignored_bytes: u64,
    /// Of lines that are in no such envelope.
    pub unrecognised_bytes: u64,
    /// Of messages of which something before was lost, and of what is broken.
    pub damaged_bytes: u64,
    /// Lines that are in no such envelope.
    pub foreign: Sighting,
    /// Parts of messages, and whole messages, that never arrived.
    pub lost: Sighting,
    /// Lines of a message that began before the log.
    pub cut: Sighting,
    /// Messages that were longer than what is kept of one.
    pub long: Sighting,
    /// Stamps without a time zone, or with one that is not known; they were read as UTC.
    pub unknown_zones: u64,
    /// The log ends within a line or an object.
    pub unfinished: Sighting,
}

/// How often something was seen, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sighting {
    /// How often.
    pub count: u64,
    /// Where first.
    pub first: Option<Position>,
    /// What stands there, as far as a person wants to read it.
    pub text: Vec<u8>,
}

/// Bytes of a line that are worth showing.
const SHOWN_BYTES: usize = 200;

impl Sighting {
    /// Counts something at a place.
    pub(super) fn see(&mut self, count: u64, at: Position, line: &[u8]) {
        if self.first.is_none() {
            self.first = Some(at);
            self.text = line[..line.len().min(SHOWN_BYTES)].to_vec();
        }
        self.count += count;
    }
}

impl Unwrapped {
    /// How long the text is so far.
    pub(super) fn len(&self) -> u64 {
        self.taken_bytes + self.text.len() as u64
    }

    /// Takes bytes off the front of the text.
    pub fn take(&mut self, bytes: usize) {
        self.text.drain(..bytes);
        self.taken_bytes += bytes as u64;
    }
}
