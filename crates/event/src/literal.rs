//! The value of a literal, in eight bytes.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A literal of a statement or a value of a bind parameter, small enough to keep for every
/// execution and good enough to ask whether two are equal or one integer follows another.
///
/// A text of up to seven bytes is kept as itself: that costs next to nothing, and most literals are
/// short. Of the longer ones an integer of up to 62 bits is kept as its value, anything else as a
/// hash. A parameter `$n` is its number until it is resolved. A string whose text is an integer is
/// that integer, so that `'25'` as a bind value and `25` in a statement are the same value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Literal(u64);

const TAG_HASH: u64 = 0;
const TAG_INT: u64 = 1;
const TAG_PARAM: u64 = 2;
/// With the length in the next three bits, and the bytes above the lowest.
const TAG_TEXT: u64 = 3;

impl Literal {
    /// How many literals of a statement are kept, by ordinal.
    pub const KEPT: usize = 16;

    /// An integer; `None` beyond 62 bits.
    pub fn int(value: i64) -> Option<Self> {
        let is_short = (-999_999..=9_999_999).contains(&value);
        if is_short {
            Some(Self::from_text(value.to_string().as_bytes()))
        } else {
            Self::long_int(value)
        }
    }

    /// An integer whose spelling has eight bytes or more.
    #[inline]
    fn long_int(value: i64) -> Option<Self> {
        let shifted = value << 2;
        (shifted >> 2 == value).then_some(Self(shifted as u64 | TAG_INT))
    }

    /// The hash of a text.
    #[inline]
    fn hash(hash: u64) -> Self {
        Self(hash << 2 | TAG_HASH)
    }

    /// The bind parameter `$n`, counted from 1; 0 for a parameter without a number.
    #[inline]
    pub fn param(number: u32) -> Self {
        Self(u64::from(number) << 2 | TAG_PARAM)
    }

    /// The text of a literal without its quotes: an integer if it reads as one.
    ///
    /// Only the spelling that the integer itself would have counts: `007` and `+7` are texts.
    #[inline]
    pub fn from_text(text: &[u8]) -> Self {
        if text.len() < 8 {
            return Self::from_word(packed(text), text.len());
        }
        canonical_int(text).and_then(Self::long_int).unwrap_or_else(|| {
            let (words, rest) = text.as_chunks::<8>();
            let mut hash = TextHash::default();
            for word in words {
                hash.add(u64::from_le_bytes(*word));
            }
            hash.finish(packed(rest), text.len())
        })
    }

    /// The same of a text of `len` bytes, less than eight, in a word: the first as the lowest, with
    /// zeros behind the last.
    #[inline]
    pub fn from_word(word: u64, len: usize) -> Self {
        Self(word << 8 | (len as u64) << 2 | TAG_TEXT)
    }

    /// The integer, if it is one.
    #[inline]
    pub fn as_int(self) -> Option<i64> {
        match self.0 & 3 {
            TAG_INT => Some((self.0 as i64) >> 2),
            TAG_TEXT => short_int(self.0 >> 8, (self.0 >> 2 & 7) as usize),
            _ => None,
        }
    }

    /// A number to sort by, equal for equal literals; it says nothing of their order as values.
    #[inline]
    pub fn sort_key(self) -> u64 {
        self.0
    }

    /// The number of the parameter, if it is an unresolved one.
    #[inline]
    pub fn as_param(self) -> Option<u32> {
        (self.0 & 3 == TAG_PARAM).then_some((self.0 >> 2) as u32)
    }
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.as_int(), self.as_param()) {
            (Some(value), _) => write!(f, "{value}"),
            (_, Some(number)) => write!(f, "${number}"),
            _ => write!(f, "#{:016x}", self.0),
        }
    }
}

/// For the memory of one process alone: a text that people can read has nothing of it.
impl Serialize for Literal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_unit()
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            <()>::deserialize(deserializer).map(|()| Self::default())
        } else {
            u64::deserialize(deserializer).map(Self)
        }
    }
}

/// The integer that a text of less than eight bytes is the own spelling of.
#[inline]
fn short_int(word: u64, len: usize) -> Option<i64> {
    let negative = word as u8 == b'-';
    let (digits, count) = if negative { (word >> 8, len - 1) } else { (word, len) };
    let canonical = match digits as u8 {
        b'0' => count == 1 && !negative,
        b'1'..=b'9' => true,
        _ => false,
    };
    let value = eight_digits(digits, count).filter(|_| canonical)?;
    Some(if negative { -value } else { value })
}

/// The integer that a text of eight bytes or more is the own spelling of.
#[inline]
fn canonical_int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if !matches!(digits, [b'1'..=b'9', ..]) || digits.len() > 18 {
        return None;
    }
    // Most have up to eight digits; a loop would leave them at a place that nothing foretells.
    let (first, rest) = digits.split_at(digits.len().min(8));
    let mut value = eight_digits(packed(first), first.len())?;
    for digit in rest {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

/// The value of up to eight digits, packed into a word; `None` if one is none.
#[inline]
pub(crate) fn eight_digits(digits: u64, count: usize) -> Option<i64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    // To the right, with zeros before them: the last digit is the highest byte.
    let missing = 64 - 8 * count as u32;
    let text =
        digits.checked_shl(missing).unwrap_or(0) | ZEROS.checked_shr(64 - missing).unwrap_or(0);
    let values = text ^ ZEROS;
    // A byte above 9 has a bit in its upper half, or gets one.
    if (values | values.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    // Pairs, then fours, then all of them.
    let pairs = (values.wrapping_mul(10) + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    let all = fours.wrapping_mul(10_000) + (fours >> 32);
    Some((all & 0xffff_ffff) as i64)
}

/// Up to eight bytes, the first as the lowest, with zeros behind the last.
#[inline]
fn packed(text: &[u8]) -> u64 {
    if let Some(all) = text.first_chunk::<8>() {
        return u64::from_le_bytes(*all);
    }
    if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        let beyond = text.len() as u32 - 4;
        return u64::from(u32::from_le_bytes(*first))
            | u64::from(u32::from_le_bytes(*last)) << (8 * beyond);
    }
    match *text {
        [] => 0,
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c, ..] => u64::from(u32::from_le_bytes([a, b, c, 0])),
    }
}

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Makes the literal of a text that comes in words of eight bytes, the first of them as the lowest.
///
/// A fixed multiply-and-rotate hash: it must be quick and the same in every thread; an attacker who
/// makes two literals collide gains nothing but a wrong hint.
#[derive(Clone, Copy, Debug)]
pub struct TextHash(u64);

impl Default for TextHash {
    #[inline]
    fn default() -> Self {
        Self(MULTIPLIER)
    }
}

impl TextHash {
    /// The next eight bytes.
    #[inline]
    pub fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER);
    }

    /// The literal: [`Literal::from_text`] of the whole `text`, whose last bytes, less than eight,
    /// are in `last`, with zeros behind them.
    #[inline]
    pub fn literal(self, last: u64, text: &[u8]) -> Literal {
        match text.get(4).zip(text.get(7)) {
            None => Literal::from_word(last, text.len()),
            // It may be an integer; a date is none.
            Some((b'0'..=b'9', b'0'..=b'9')) => Literal::from_text(text),
            _ => self.finish(last, text.len()),
        }
    }

    /// No word of less than eight bytes has a highest byte: there the length is.
    #[inline]
    fn finish(mut self, last: u64, len: usize) -> Literal {
        self.add(last | (len as u64) << 56);
        Literal::hash(self.0 ^ self.0 >> 29)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_themselves_and_texts_are_hashes() {
        for value in [0, 1, -1, 25, i64::MAX >> 2, i64::MIN >> 2] {
            assert_eq!(Literal::int(value).unwrap().as_int(), Some(value));
        }
        assert_eq!(Literal::int(i64::MAX), None);
        assert_eq!(Literal::from_text(b"25"), Literal::int(25).unwrap());
        assert_eq!(Literal::from_text(b"-25"), Literal::int(-25).unwrap());
        let mut text = String::new();
        for digit in "123456789012345678".chars() {
            text.push(digit);
            assert_eq!(Literal::from_text(text.as_bytes()).as_int(), text.parse().ok(), "{text}");
            for place in 0..text.len() {
                for other in [b'/', b':', b'.', b' ', 0xb1, 0] {
                    let mut bytes = text.clone().into_bytes();
                    bytes[place] = other;
                    assert_eq!(Literal::from_text(&bytes).as_int(), None, "{bytes:?}");
                }
            }
        }
        for text in ["007", "+7", "-0", "1.5", "", "-", "12345678901234567890", "x"] {
            assert_eq!(Literal::from_text(text.as_bytes()).as_int(), None, "{text}");
        }
        assert_ne!(Literal::from_text(b"abcdefgh"), Literal::from_text(b"abcdefgh\0"));
        assert_eq!(Literal::param(10).as_param(), Some(10));
    }

    #[test]
    fn words_of_a_text_make_its_literal() {
        for text in [
            "",
            "a",
            "1234567",
            "12345678",
            "-1234567",
            "2026-11-29 10:00:00",
            "abcdefgh",
            "123456789012345678",
            "12345678x",
            "abcdefghijklmnopq",
        ] {
            let (words, rest) = text.as_bytes().as_chunks::<8>();
            let mut hash = TextHash::default();
            for word in words {
                hash.add(u64::from_le_bytes(*word));
            }
            let literal = hash.literal(packed(rest), text.as_bytes());
            assert_eq!(literal, Literal::from_text(text.as_bytes()), "{text}");
        }
    }
}
