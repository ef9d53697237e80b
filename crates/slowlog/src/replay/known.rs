//! Normalised texts by the numbers that a normaliser gives them.

use std::collections::BTreeMap;

use slowlog_event::FingerprintIndex;

use crate::batch::NewText;

/// What one normaliser has handed over so far.
///
/// It hands over a text with the first record that has a number for it, and only the number later.
/// A number may be used again, for a text that is then handed over as well.
#[derive(Debug, Default)]
pub(super) struct KnownTexts {
    /// By number.
    fingerprints: Vec<Option<FingerprintIndex>>,
    /// Texts with their hashes that no record has needed yet.
    waiting: BTreeMap<u32, (u64, Box<[u8]>)>,
}

impl KnownTexts {
    /// The fingerprint of a text that a record has needed before.
    #[inline]
    pub(super) fn fingerprint(&self, number: u32) -> Option<FingerprintIndex> {
        *self.fingerprints.get(number as usize)?
    }

    /// The text of this number was found to have this fingerprint.
    pub(super) fn found(&mut self, number: u32, fingerprint: FingerprintIndex) {
        self.waiting.remove(&number);
        *self.slot(number) = Some(fingerprint);
    }

    /// Nobody needs the text now.
    pub(super) fn wait(&mut self, new: &NewText, text: &[u8]) {
        if let Some(number) = new.number {
            *self.slot(number) = None;
            self.waiting.insert(number, (new.hash, text.into()));
        }
    }

    /// A text that nobody has needed so far, and its hash.
    pub(super) fn take_waiting(&mut self, number: u32) -> Option<(u64, Box<[u8]>)> {
        self.waiting.remove(&number)
    }

    fn slot(&mut self, number: u32) -> &mut Option<FingerprintIndex> {
        let place = number as usize;
        if place >= self.fingerprints.len() {
            self.fingerprints.resize(place + 1, None);
        }
        &mut self.fingerprints[place]
    }
}
