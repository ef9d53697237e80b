//! Remembering what prepared statements normalise to.
//!
//! The extended protocol logs the same text for every execution of a prepared statement, so most
//! of them need no lexing. What is remembered is a pure function of the text: whether a statement
//! is found here or not changes nothing but time.

use slowlog_event::Literal;
use slowlog_normalize::Normalized;

/// A power of two; at most [`LONGEST`] bytes of text and as much of normalised text each.
const ENTRIES: usize = 2048;
const LONGEST: usize = 2048;

/// A direct-mapped cache: a statement that hashes to the place of another takes it over.
#[derive(Debug)]
pub(crate) struct Memo {
    entries: Vec<Entry>,
}

/// A statement and what it normalises to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    text_hash: u64,
    text: Vec<u8>,
    pub(crate) normalized: Vec<u8>,
    pub(crate) normalized_hash: u64,
    pub(crate) literals: Vec<Literal>,
    pub(crate) statements: u32,
    /// The batch that it was used in last, and its fingerprint there.
    pub(crate) batch: u64,
    pub(crate) fingerprint: u32,
}

impl Memo {
    pub(crate) fn new() -> Self {
        Self { entries: vec![Entry::default(); ENTRIES] }
    }

    /// Is a text worth remembering?
    pub(crate) fn takes(text: &[u8]) -> bool {
        text.len() <= LONGEST
    }

    /// What is known of a text with this hash.
    #[inline]
    pub(crate) fn get(&mut self, text: &[u8], hash: u64) -> Option<&mut Entry> {
        let entry = &mut self.entries[hash as usize % ENTRIES];
        (entry.text_hash == hash && entry.text == text).then_some(entry)
    }

    /// Remembers a text; `None` if its normalised form is too long.
    pub(crate) fn insert(
        &mut self,
        text: &[u8],
        hash: u64,
        normalized: &Normalized<'_>,
        normalized_hash: u64,
    ) -> Option<&mut Entry> {
        if normalized.text.len() > LONGEST {
            return None;
        }
        let entry = &mut self.entries[hash as usize % ENTRIES];
        entry.text_hash = hash;
        entry.text.clear();
        entry.text.extend_from_slice(text);
        entry.normalized.clear();
        entry.normalized.extend_from_slice(normalized.text);
        entry.normalized_hash = normalized_hash;
        entry.literals.clear();
        entry.literals.extend_from_slice(normalized.literals);
        entry.statements = normalized.statements;
        entry.batch = u64::MAX;
        Some(entry)
    }
}
