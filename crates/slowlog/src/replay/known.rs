//! Normalised texts and actors by the numbers that their source gives them.

use std::collections::BTreeMap;

use slowlog_event::{ActorId, FingerprintIndex};

use crate::batch::NewText;

/// What one reader and its normaliser have handed over so far.
///
/// The normaliser hands over a text with the first record that has a number for it, and only the number later.
/// A number may be used again, for a text that is then handed over as well.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By the numbers of actors.
    actors: Vec<Option<ActorId>>,
    /// By the numbers of texts.
    fingerprints: Vec<Option<FingerprintIndex>>,
    /// Texts with their hashes that no record has needed yet.
    waiting: BTreeMap<u32, (u64, Box<[u8]>)>,
}

impl Known {
    /// The actor of this number, which is looked for the first time.
    pub(super) fn actor(&mut self, number: Option<u32>, find: impl FnOnce() -> ActorId) -> ActorId {
        match number {
            Some(number) => *slot(&mut self.actors, number).get_or_insert_with(find),
            None => find(),
        }
    }

    /// The fingerprint of a text that a record has needed before.
    #[inline]
    pub(super) fn fingerprint(&self, number: u32) -> Option<FingerprintIndex> {
        *self.fingerprints.get(number as usize)?
    }

    /// The text of this number was found to have this fingerprint.
    pub(super) fn found(&mut self, number: u32, fingerprint: FingerprintIndex) {
        self.waiting.remove(&number);
        *slot(&mut self.fingerprints, number) = Some(fingerprint);
    }

    /// Nobody needs the text now.
    pub(super) fn wait(&mut self, new: &NewText, text: &[u8]) {
        if let Some(number) = new.number {
            *slot(&mut self.fingerprints, number) = None;
            self.waiting.insert(number, (new.hash, text.into()));
        }
    }

    /// A text that nobody has needed so far, and its hash.
    pub(super) fn take_waiting(&mut self, number: u32) -> Option<(u64, Box<[u8]>)> {
        self.waiting.remove(&number)
    }
}

/// The place of a number, which is made if it has none.
fn slot<T: Copy>(all: &mut Vec<Option<T>>, number: u32) -> &mut Option<T> {
    let place = number as usize;
    if place >= all.len() {
        all.resize(place + 1, None);
    }
    &mut all[place]
}
