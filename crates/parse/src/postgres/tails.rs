//! Ends of prefixes seen before: who a session belongs to, and the label.
//!
//! The names of a session stand in each of its lines, mostly at the end of the prefix. Reading a
//! name costs more than comparing it, since its text is free, and few are ever different.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use memchr::memchr_iter;
use slowlog_event::Actor;
use slowlog_lex::begins_with;

use super::label::Label;
use super::prefix::{Escape, Piece, Prefix};
use crate::span::Span;

/// No more than so many different ends are remembered.
const MOST: usize = 4096;
/// An end that is longer is not remembered.
const LONGEST: usize = 256;

/// No text has bytes from here to there.
const NOWHERE: (u16, u16) = (1, 0);

/// What the end of a prefix says; places count from where it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tail {
    text: Span,
    /// From where to where user, database, application and client stand.
    names: [(u16, u16); 4],
    pub(super) label: Label,
    /// Where the label begins.
    pub(super) prefix_len: usize,
    /// Where the message begins.
    pub(super) message: usize,
    /// Equal numbers mean equal names.
    pub(super) number: u32,
}

impl Tail {
    /// The names, of the text that was found.
    #[inline]
    pub(super) fn actor<'a>(&self, text: &'a [u8]) -> Actor<'a> {
        let [user, database, application, client] =
            self.names.map(|(start, end)| text.get(usize::from(start)..usize::from(end)));
        Actor { user, database, application, client }
    }
}

/// The ends of one prefix.
#[derive(Debug, Default)]
pub(super) struct Tails {
    /// The piece of the prefix that they begin with; `None` to remember nothing.
    pub(super) piece: Option<usize>,
    /// Do all fields before it say themselves where they end, and have no width?
    is_usual: bool,
    first_number: u32,
    known: Vec<Tail>,
    texts: Vec<u8>,
    places: HashTable<u32>,
    hasher: foldhash::fast::RandomState,
    /// By the last digits of the process.
    last: Box<[Guess]>,
}

/// The end that the last line of a process had: what it takes to compare with that stands in one place.
#[derive(Debug, Clone, Copy, Default)]
struct Guess {
    text: Span,
    tail: u32,
}

/// How many processes are told apart when an end is guessed.
const PROCESSES: usize = 1024;

impl Tails {
    /// For the prefix of this place among those of a reader.
    pub(super) fn new(prefix: &Prefix, place: usize) -> Self {
        let varies = |piece: &Piece| match piece {
            Piece::Literal(_) | Piece::SessionOnly => false,
            Piece::Field { escape, .. } => !matches!(
                escape,
                Escape::User | Escape::Database | Escape::Application | Escape::RemoteHost
            ),
        };
        let first = prefix.pieces.iter().rposition(varies).map_or(0, |last| last + 1);
        let has_names =
            prefix.pieces[first..].iter().any(|piece| matches!(piece, Piece::Field { .. }));
        let is_typed = |piece: &Piece| match piece {
            Piece::Literal(_) | Piece::SessionOnly => true,
            Piece::Field { escape, width } => !escape.is_free_text() && *width == 0,
        };
        Self {
            is_usual: prefix.pieces[..first].iter().all(is_typed) && !prefix.behind_stamp,
            piece: (has_names && !prefix.one_blank).then_some(first),
            first_number: (place * MOST) as u32,
            last: vec![Guess::default(); PROCESSES].into(),
            ..Self::default()
        }
    }

    /// What stands before the end, if that can be read piece by piece.
    #[inline]
    pub(super) fn usual_pieces<'p>(&self, prefix: &'p Prefix) -> Option<&'p [Piece]> {
        self.piece.filter(|_| self.is_usual).and_then(|piece| prefix.pieces.get(..piece))
    }

    /// The end of a prefix, its label included, that `text` begins with. A process mostly has the
    /// one that it had before.
    #[inline]
    pub(super) fn find(&mut self, text: &[u8], process: u64) -> Option<&Tail> {
        let last = self.last.get_mut(process as usize % PROCESSES)?;
        if last.text.len > 0 && begins_with(text, last.text.of(&self.texts)) {
            return self.known.get(last.tail as usize);
        }
        let text = &text[..text.len().min(LONGEST)];
        let end = memchr_iter(b':', text).find(|at| text[at + 1..].starts_with(b"  "))?;
        let text = &text[..end + 3];
        let place = self.places.find(self.hasher.hash_one(text), |place| {
            self.known[*place as usize].text.of(&self.texts) == text
        })?;
        let tail = &self.known[*place as usize];
        *last = Guess { text: tail.text, tail: *place };
        Some(tail)
    }

    /// Remembers that `text`, which ends where its label does, was read as `actor`.
    pub(super) fn learn(
        &mut self,
        text: &[u8],
        actor: &Actor<'_>,
        label: Label,
        prefix_len: usize,
    ) -> Option<u32> {
        if self.known.len() >= MOST || text.len() > LONGEST || !text.ends_with(b":  ") {
            return None;
        }
        let range = |name: &[u8]| {
            let start = (name.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
            let end = start + name.len();
            (end <= text.len()).then_some((start as u16, end as u16))
        };
        let mut names = [NOWHERE; 4];
        let given = [actor.user, actor.database, actor.application, actor.client];
        for (slot, name) in names.iter_mut().zip(given) {
            // A name that stands elsewhere is none that this text tells.
            if let Some(name) = name {
                *slot = range(name)?;
            }
        }
        let number = self.known.len() as u32;
        let place = Span { start: self.texts.len() as u32, len: text.len() as u32 };
        self.texts.extend_from_slice(text);
        let message = text.len();
        self.known.push(Tail {
            text: place,
            names,
            label,
            prefix_len,
            message,
            number: self.first_number + number,
        });
        let (known, texts, hasher) = (&self.known, &self.texts, &self.hasher);
        let hash = hasher.hash_one(text);
        self.places.insert_unique(hash, number, |place| {
            hasher.hash_one(known[*place as usize].text.of(texts))
        });
        Some(self.first_number + number)
    }
}
