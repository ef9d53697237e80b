//! Places, times and sessions of inputs that something has carried line by line.

use std::collections::VecDeque;
use std::sync::Arc;

use slowlog_digest::{Problem, ProblemKind, ProblemPlace};
use slowlog_event::Position;
use slowlog_parse::{EnvelopeAccount, Note, Sighting};

use crate::carrier::Outline;

/// What the envelope of an input says of the text that is being replayed.
#[derive(Debug)]
pub(crate) struct Outer {
    outline: Arc<Outline>,
    /// Notes from the text at hand on.
    notes: VecDeque<Note>,
    /// The stamps of the envelope were needed.
    stamps_used: bool,
}

impl Outer {
    pub(crate) fn new(outline: Arc<Outline>) -> Self {
        Self { outline, notes: VecDeque::new(), stamps_used: false }
    }

    /// Goes on to the text at an offset. What stands before it is not asked for again.
    pub(crate) fn advance(&mut self, byte: u64) {
        self.outline.take_notes(&mut self.notes);
        while self.notes.get(1).is_some_and(|next| next.byte <= byte) {
            self.notes.pop_front();
        }
    }

    /// What the envelope says of the text at an offset.
    pub(crate) fn note(&self, byte: u64) -> Option<Note> {
        let behind = self.notes.partition_point(|note| note.byte <= byte);
        self.notes.get(behind.checked_sub(1)?).copied()
    }

    /// Where in the input the text at an offset stands, with its lines counted from 1.
    pub(crate) fn position(&self, byte: u64) -> Option<Position> {
        self.note(byte).map(|note| counted_from_1(note.outer))
    }

    pub(crate) fn use_stamps(&mut self) {
        self.stamps_used = true;
    }

    /// What became of the bytes that did not become text.
    pub(crate) fn account(&self) -> EnvelopeAccount {
        self.outline.account()
    }

    /// What is wrong with the envelope.
    pub(crate) fn problems(&self, account: &EnvelopeAccount) -> Vec<Problem> {
        let seen = [
            (ProblemKind::ForeignLines, &account.foreign),
            (ProblemKind::LostMessages, &account.lost),
            (ProblemKind::CutEntry, &account.cut),
            (ProblemKind::LongEntries, &account.long),
            (ProblemKind::UnfinishedLine, &account.unfinished),
        ];
        let zones = Sighting { count: account.unknown_zones, ..Sighting::default() };
        let zones = self.stamps_used.then_some((ProblemKind::UnknownZone, &zones));
        let all = seen.into_iter().chain(zones).filter(|(_, seen)| seen.count > 0);
        all.map(|(kind, seen)| Problem {
            kind,
            // One entry is cut, however many lines are left of it.
            count: if kind == ProblemKind::CutEntry { 1 } else { seen.count },
            first: seen
                .first
                .map(counted_from_1)
                .map(|place| ProblemPlace { line: place.line, byte: place.byte }),
            detail: String::from_utf8_lossy(&seen.text).into_owned(),
        })
        .collect()
    }
}

fn counted_from_1(position: Position) -> Position {
    Position { line: position.line + 1, ..position }
}
