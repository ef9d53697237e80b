//! The same log given twice, plain or in whatever carrier: it counts once.
//!
//! Inputs whose first bytes differ are different. Only where those are the same is all of the text
//! read once more, and of each input once at most.

use std::collections::HashMap;
use std::io::Read;

use crate::origin::Place;
use crate::sniff::SAMPLE_BYTES;

/// The contents seen so far.
#[derive(Default)]
pub(crate) struct Copies {
    by_head: HashMap<blake3::Hash, Vec<Content>>,
}

/// What is known of the content of an input.
pub(crate) struct Content {
    input: usize,
    place: Place,
    head: blake3::Hash,
    /// The size of the text, where it is known without reading it.
    size: Option<u64>,
    all: All,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum All {
    NotRead,
    Hash(blake3::Hash),
    /// It could not be read to its end: nobody knows whether it is a copy.
    Unknown,
}

impl Content {
    /// The content of an input that begins with `sample`. With `rest`, which is behind the sample,
    /// all of it is read now: it would cost too much to come back for it.
    pub(crate) fn new(
        input: usize,
        place: Place,
        sample: &[u8],
        rest: Option<&mut dyn Read>,
    ) -> Self {
        let head = blake3::hash(&sample[..sample.len().min(SAMPLE_BYTES)]);
        let is_whole = sample.len() < SAMPLE_BYTES;
        let size = match &place {
            Place::Plain(file) => Some(file.size),
            _ => is_whole.then_some(sample.len() as u64),
        };
        let mut hasher = blake3::Hasher::new();
        hasher.update(sample);
        let all = match rest {
            _ if is_whole => All::Hash(head),
            Some(rest) => hash(hasher, rest),
            None => All::NotRead,
        };
        Self { input, place, head, size, all }
    }

    fn read(&mut self) -> All {
        if self.all == All::NotRead {
            self.all = match self.place.open(&mut None) {
                Ok(mut reader) => hash(blake3::Hasher::new(), &mut reader),
                Err(_) => All::Unknown,
            };
        }
        self.all
    }

    fn is_copy_of(&mut self, other: &mut Self) -> bool {
        let differs = self.size.zip(other.size).is_some_and(|(a, b)| a != b);
        !differs && matches!((self.read(), other.read()), (All::Hash(a), All::Hash(b)) if a == b)
    }
}

fn hash(mut hasher: blake3::Hasher, reader: &mut dyn Read) -> All {
    match hasher.update_reader(reader) {
        Ok(hasher) => All::Hash(hasher.finalize()),
        Err(_) => All::Unknown,
    }
}

impl Copies {
    /// The input that was the first with this content, unless it is this one.
    pub(crate) fn original(&mut self, mut content: Content) -> Option<usize> {
        let seen = self.by_head.entry(content.head).or_default();
        for earlier in seen.iter_mut() {
            if content.is_copy_of(earlier) {
                return Some(earlier.input);
            }
        }
        seen.push(content);
        None
    }
}
