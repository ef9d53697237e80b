//! The layer that takes off what carried a log line by line. It hands out the server's text, and
//! beside it an outline of where that text comes from.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use slowlog_event::{Position, Timestamp};
use slowlog_parse::{Envelope, EnvelopeAccount, Format, LastMessage, Note, Unwrapper};

use super::LAYER_BYTES;

/// Where the text of an input in an envelope comes from. The layer that makes the text writes it,
/// always ahead of the text; the replay reads it.
#[derive(Debug, Default)]
pub(crate) struct Outline(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    notes: Vec<Note>,
    /// At the end of the text.
    account: EnvelopeAccount,
    latest: Option<Timestamp>,
    last: Option<LastMessage>,
}

impl Outline {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the notes that were made since to the end of others.
    pub(crate) fn take_notes(&self, notes: &mut VecDeque<Note>) {
        notes.extend(self.lock().notes.drain(..));
    }

    /// Where all other bytes went, once the text was read to its end.
    pub(crate) fn account(&self) -> EnvelopeAccount {
        self.lock().account.clone()
    }

    /// The message that the text has ended with.
    pub(crate) fn last(&self) -> Option<LastMessage> {
        self.lock().last
    }

    /// The latest stamp of the envelope so far.
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        self.lock().latest
    }
}

/// The text of an input without its envelope.
pub(crate) struct Unwrapping {
    reader: Box<dyn Read + Send>,
    unwrapper: Unwrapper,
    outline: Arc<Outline>,
    buffer: Vec<u8>,
    /// So much of the text was handed out.
    at: usize,
    ended: bool,
    /// What ended the reading, for those who have read what stands before it.
    failure: Option<io::Error>,
}

impl Unwrapping {
    pub(crate) fn new(
        reader: Box<dyn Read + Send>,
        envelope: &Envelope,
        format: &Format,
        outline: Arc<Outline>,
        begins: Position,
        before: Option<LastMessage>,
    ) -> Self {
        let mut unwrapper = Unwrapper::new(envelope, Some(format));
        unwrapper.begin_at(begins);
        if let Some(message) = before {
            unwrapper.go_on(message);
        }
        let buffer = vec![0; LAYER_BYTES];
        Self { reader, unwrapper, outline, buffer, at: 0, ended: false, failure: None }
    }

    /// Makes more text, if there is more.
    fn fill(&mut self) {
        self.unwrapper.unwrapped.take(self.at);
        self.at = 0;
        while self.unwrapper.unwrapped.text.is_empty() && !self.ended {
            let result = match self.reader.read(&mut self.buffer) {
                Ok(0) => self.end(None),
                Ok(read) => self.unwrapper.take(&self.buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
                Err(error) => self.end(Some(error)),
            };
            if let Err(error) = result {
                self.ended = true;
                self.failure.get_or_insert_with(|| io::Error::other(error));
            }
            let mut state = self.outline.lock();
            let unwrapped = &mut self.unwrapper.unwrapped;
            let times = unwrapped.notes.iter().filter_map(|note| note.time);
            state.latest = state.latest.max(times.max());
            state.notes.append(&mut unwrapped.notes);
            if self.ended {
                state.account = unwrapped.account.clone();
                state.last = unwrapped.last;
            }
        }
    }

    fn end(&mut self, failure: Option<io::Error>) -> Result<(), slowlog_parse::TooLargeToTurn> {
        self.ended = true;
        self.failure = failure;
        self.unwrapper.finish()
    }
}

impl Read for Unwrapping {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.unwrapper.unwrapped.text.len() {
            self.fill();
        }
        let text = &self.unwrapper.unwrapped.text[self.at..];
        if text.is_empty()
            && let Some(failure) = self.failure.take()
        {
            return Err(failure);
        }
        let step = text.len().min(into.len());
        into[..step].copy_from_slice(&text[..step]);
        self.at += step;
        Ok(step)
    }
}
