//! Accounts with their clients that were seen before, and their numbers.

use std::hash::BuildHasher;

use hashbrown::HashTable;

use super::account::account_and_client;
use crate::span::Span;

/// No more than so many are remembered.
const MOST: u32 = 4096;
/// A longer one is not remembered.
const LONGEST: usize = 255;

/// Who sends statements, by the text that names them.
///
/// `account[login] @ host [address]` is read the same whatever follows it, so what was read once
/// is known whenever the text comes again.
#[derive(Debug, Default)]
pub(super) struct Speakers {
    known: Vec<Speaker>,
    places: HashTable<u32>,
    /// With the databases that they have used.
    of_databases: Vec<OfDatabase>,
    by_database: HashTable<u32>,
    texts: Vec<u8>,
    numbers: u32,
    hasher: foldhash::fast::RandomState,
}

/// An account and its client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speaker {
    text: Span,
    user: Option<Span>,
    client: Option<Span>,
    /// Equal numbers mean equal names.
    pub(super) number: u32,
}

#[derive(Debug, Clone, Copy)]
struct OfDatabase {
    speaker: u32,
    database: Span,
    number: u32,
}

impl Speaker {
    /// The user and the client, in the text that was found.
    #[inline]
    pub(super) fn names<'a>(&self, text: &'a [u8]) -> (Option<&'a [u8]>, Option<&'a [u8]>) {
        (self.user.map(|span| span.of(text)), self.client.map(|span| span.of(text)))
    }
}

impl Speakers {
    /// Who `text` begins with, and how long that is. One whose names have brackets is none.
    #[inline]
    pub(super) fn find(&mut self, text: &[u8]) -> Option<(Speaker, usize)> {
        let text = &text[..second_bracket(&text[..text.len().min(LONGEST)])?];
        let hash = self.hasher.hash_one(text);
        let is_known = |place: &u32| self.known[*place as usize].text.of(&self.texts) == text;
        if let Some(place) = self.places.find(hash, is_known) {
            return Some((self.known[*place as usize], text.len()));
        }
        Some((self.learn(text, hash)?, text.len()))
    }

    #[cold]
    fn learn(&mut self, text: &[u8], hash: u64) -> Option<Speaker> {
        let (user, client, rest) = account_and_client(text)?;
        if !rest.is_empty() || text.contains(&b'\n') {
            return None;
        }
        let number = self.new_number()?;
        let span = |name: &[u8]| Span {
            start: (name.as_ptr() as usize - text.as_ptr() as usize) as u32,
            len: name.len() as u32,
        };
        let (user, client) = (user.map(span), client.map(span));
        let text = self.keep(text);
        let speaker = Speaker { text, user, client, number };
        let place = self.known.len() as u32;
        self.known.push(speaker);
        let (known, texts, hasher) = (&self.known, &self.texts, &self.hasher);
        self.places.insert_unique(hash, place, |place| {
            hasher.hash_one(known[*place as usize].text.of(texts))
        });
        Some(speaker)
    }

    /// The number of a speaker with the database that it uses, if it says so.
    #[inline]
    pub(super) fn number(&mut self, speaker: Option<u32>, database: Option<&[u8]>) -> Option<u32> {
        let (speaker, Some(database)) = (speaker?, database) else { return speaker };
        let hash = self.hasher.hash_one((speaker, database));
        let known = self.by_database.find(hash, |place| {
            let known = &self.of_databases[*place as usize];
            known.speaker == speaker && known.database.of(&self.texts) == database
        });
        match known {
            Some(place) => Some(self.of_databases[*place as usize].number),
            None => self.learn_database(speaker, database, hash),
        }
    }

    #[cold]
    fn learn_database(&mut self, speaker: u32, database: &[u8], hash: u64) -> Option<u32> {
        if database.len() > LONGEST {
            return None;
        }
        let number = self.new_number()?;
        let database = self.keep(database);
        let place = self.of_databases.len() as u32;
        self.of_databases.push(OfDatabase { speaker, database, number });
        let (known, texts, hasher) = (&self.of_databases, &self.texts, &self.hasher);
        self.by_database.insert_unique(hash, place, |place| {
            let known = &known[*place as usize];
            hasher.hash_one((known.speaker, known.database.of(texts)))
        });
        Some(number)
    }

    fn keep(&mut self, text: &[u8]) -> Span {
        let start = self.texts.len() as u32;
        self.texts.extend_from_slice(text);
        Span { start, len: text.len() as u32 }
    }

    fn new_number(&mut self) -> Option<u32> {
        let number = self.numbers;
        self.numbers = (number + 1).min(MOST);
        (number < MOST).then_some(number)
    }
}

/// The length of a text up to its second `]`, eight bytes at a time: names are short.
#[inline]
fn second_bracket(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f * ONES;
    let (words, rest) = text.as_chunks::<8>();
    let mut count = 0;
    for (place, word) in words.iter().enumerate() {
        let other = u64::from_le_bytes(*word) ^ (ONES * u64::from(b']'));
        // The high bit of each byte that is a bracket: adding to seven bits carries nothing over.
        let mut found = !(((other & LOW) + LOW) | other | LOW);
        let before = count;
        count += found.count_ones();
        if count >= 2 {
            if before == 0 {
                found &= found - 1;
            }
            return Some(place * 8 + found.trailing_zeros() as usize / 8 + 1);
        }
    }
    let mut brackets = rest.iter().enumerate().filter(|(_, byte)| **byte == b']');
    let (at, _) = brackets.nth(1 - count as usize)?;
    Some(words.len() * 8 + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_bracket_ends_a_speaker() {
        for len in 0..40 {
            for first in 0..=len {
                for second in first..=len {
                    for other in [b'x', b'\\', b'^', 0xdd, 0x5c, 0] {
                        let mut text = vec![other; len];
                        for place in [first, second] {
                            if let Some(byte) = text.get_mut(place) {
                                *byte = b']';
                            }
                        }
                        let end = memchr::memchr_iter(b']', &text).nth(1).map(|at| at + 1);
                        assert_eq!(second_bracket(&text), end, "{text:?}");
                    }
                }
            }
        }
    }
}
