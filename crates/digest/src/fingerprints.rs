//! The table of fingerprints.

use hashbrown::HashTable;
use slowlog_event::{Dialect, FingerprintIndex};
use slowlog_normalize::{FingerprintId, PackedShape};

/// Past so many fingerprints, new ones are counted together.
const MOST_FINGERPRINTS: usize = 200_000;

/// How much of a normalised text is kept. Identity covers the whole.
const KEPT_TEXT: usize = 16 * 1024;

/// A fingerprint.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    /// The public id.
    pub id: FingerprintId,
    /// The SQL dialect it was normalised in.
    pub dialect: Dialect,
    /// The normalised text, cut at 16 KiB.
    pub text: Box<[u8]>,
    /// Is `text` cut?
    pub cut: bool,
    /// Kind and tables; `None` for what stands for several.
    pub shape: Option<PackedShape>,
}

/// All fingerprints of an analysis, in the order in which they were first seen.
#[derive(Debug, Clone)]
pub struct Fingerprints {
    entries: Vec<Fingerprint>,
    by_text: HashTable<(u64, u32)>,
    other: Option<FingerprintIndex>,
    most: usize,
}

impl Default for Fingerprints {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            by_text: HashTable::new(),
            other: None,
            most: MOST_FINGERPRINTS,
        }
    }
}

impl Fingerprints {
    /// The index of a normalised text and whether it is new. `hash` is a hash of dialect and text
    /// by one seeded hasher for the whole analysis; texts are compared as well.
    pub fn index(&mut self, dialect: Dialect, text: &[u8], hash: u64) -> (FingerprintIndex, bool) {
        let id = (text.len() > KEPT_TEXT).then(|| FingerprintId::of(text));
        let entries = &self.entries;
        let known = self.by_text.find(hash, |(known_hash, index)| {
            let known = &entries[*index as usize];
            *known_hash == hash
                && known.dialect == dialect
                && match id {
                    Some(id) => known.cut && known.id == id,
                    None => *known.text == *text,
                }
        });
        if let Some((_, index)) = known {
            return (FingerprintIndex(*index), false);
        }
        if self.entries.len() >= self.most {
            return (
                *self.other.get_or_insert_with(|| {
                    self.entries.push(Fingerprint {
                        id: FingerprintId::of(OTHER_TEXT),
                        dialect,
                        text: OTHER_TEXT.into(),
                        cut: false,
                        shape: None,
                    });
                    FingerprintIndex(self.entries.len() as u32 - 1)
                }),
                false,
            );
        }
        let index = self.entries.len() as u32;
        self.entries.push(Fingerprint {
            id: id.unwrap_or_else(|| FingerprintId::of(text)),
            dialect,
            text: text[..text.len().min(KEPT_TEXT)].into(),
            cut: text.len() > KEPT_TEXT,
            shape: None,
        });
        self.by_text.insert_unique(hash, (hash, index), |(hash, _)| *hash);
        (FingerprintIndex(index), true)
    }

    /// A fingerprint by its index.
    pub fn get(&self, index: FingerprintIndex) -> Option<&Fingerprint> {
        self.entries.get(index.0 as usize)
    }

    /// Sets what was found out about the shape of a fingerprint.
    pub fn set_shape(&mut self, index: FingerprintIndex, shape: PackedShape) {
        if let Some(entry) = self.entries.get_mut(index.0 as usize) {
            entry.shape = Some(shape);
        }
    }

    /// Is the table full, so that some statements are counted under [`Fingerprints::other`]?
    pub fn other(&self) -> Option<FingerprintIndex> {
        self.other
    }
}

/// What stands for the fingerprints past the cap; no statement normalises to it.
const OTHER_TEXT: &[u8] = b"-- other statements";
