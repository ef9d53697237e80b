//! Statements that are sent byte for byte as before, as prepared ones are: what takes the trie a step
//! for each `$n` of a list is one comparison here.

use slowlog_lex::begins_with;

/// Half as many texts are remembered. The others are found by the trie.
const SLOTS: usize = 1 << 13;
const MAX_BYTES: usize = 1024 * 1024;
/// Where the slot of a text is taken, so many are looked at.
const PROBES: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct Exact {
    /// Empty until there is a text.
    slots: Vec<Slot>,
    known: Vec<Known>,
    texts: Vec<u8>,
}

/// Small, so that all of them stay close to the processor: most texts are looked for in vain.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// A part of the sample.
    tag: u16,
    /// The place among those known, counted from 1; 0 for none.
    place: u16,
}

/// A text that is remembered.
#[derive(Clone, Copy, Debug)]
struct Known {
    start: u32,
    len: u32,
    /// The entry of the statement.
    number: u32,
}

/// A hash of parts of a text: one of the whole would take as long as to compare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample(u32);

impl Sample {
    /// Short texts have none: they are no work for the trie.
    #[inline]
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let middle = text.get(text.len() / 2..)?;
        let parts = [text.first_chunk()?, middle.first_chunk()?, text.last_chunk()?];
        let [first, middle, last] = parts.map(hash);
        let hash = first ^ middle.rotate_left(21) ^ last.rotate_left(42) ^ text.len() as u64;
        Some(Self((hash >> 32) as u32 ^ hash as u32))
    }

    /// The slots that such a text may be in.
    #[inline]
    fn slots(self) -> impl Iterator<Item = usize> {
        (0..PROBES).map(move |probe| (self.0 as usize + probe) % SLOTS)
    }

    #[inline]
    fn tag(self) -> u16 {
        (self.0 >> 16) as u16
    }
}

#[inline]
pub(crate) fn hash(bytes: &[u8; 32]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().fold(0u64, |mixed, word| {
        (mixed.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(MULTIPLIER)
    })
}

impl Exact {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.known.clear();
        self.texts.clear();
    }

    /// The entry of this very text.
    #[inline]
    pub(crate) fn get(&self, text: &[u8]) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let sample = Sample::of(text)?;
        for slot in sample.slots() {
            let Slot { tag, place } = *self.slots.get(slot)?;
            let known = usize::from(place).checked_sub(1)?;
            if tag == sample.tag()
                && let Some(Known { start, len, number }) = self.known.get(known)
                && *len as usize == text.len()
                && begins_with(text, self.texts.get(*start as usize..)?.get(..text.len())?)
            {
                return Some(*number);
            }
        }
        None
    }

    /// Remembers a text; false if there is no room for it.
    pub(crate) fn insert(&mut self, text: &[u8], sample: Sample, number: u32) -> bool {
        let len = text.len();
        if 2 * self.known.len() >= SLOTS || self.texts.len() + len > MAX_BYTES {
            return false;
        }
        self.slots.resize(SLOTS, Slot::default());
        let Some(slot) = sample.slots().find(|slot| self.slots[*slot].place == 0) else {
            return false;
        };
        self.known.push(Known { start: self.texts.len() as u32, len: len as u32, number });
        self.texts.extend_from_slice(text);
        self.slots[slot] = Slot { tag: sample.tag(), place: self.known.len() as u16 };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_by_all_its_bytes() {
        let mut exact = Exact::default();
        let text = |number: u32, tail: &str| {
            format!("SELECT a, b, c, d FROM t WHERE a = $1 AND b = {number:9} AND c = $2 {tail}")
        };
        let mut kept = 0;
        for number in 0..2 * SLOTS as u32 {
            let text = text(number, "ORDER BY d");
            let sample = Sample::of(text.as_bytes()).unwrap();
            kept += u32::from(exact.insert(text.as_bytes(), sample, number));
        }
        assert!((SLOTS as u32 / 4..=SLOTS as u32 / 2).contains(&kept), "{kept}");
        let found = |tail| {
            let numbers = 0..2 * SLOTS as u32;
            numbers
                .filter(|number| {
                    let found = exact.get(text(*number, tail).as_bytes());
                    assert!(found.is_none_or(|found| found == *number));
                    found.is_some()
                })
                .count()
        };
        assert_eq!(found("ORDER BY d"), kept as usize);
        assert_eq!(found("ORDER BY c"), 0);
        assert_eq!(exact.get(b"SELECT $1"), None);
    }
}
