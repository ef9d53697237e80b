//! The value of a literal, in eight bytes.

use std::fmt;

/// A literal of a statement or a value of a bind parameter, small enough to keep for every
/// execution and good enough to ask whether two are equal or one integer follows another.
///
/// An integer of up to 62 bits is kept as itself, a parameter `$n` as its number until it is
/// resolved, anything else as a hash of its text. A string whose text is an integer is that
/// integer, so that `'25'` as a bind value and `25` in a statement are the same value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Literal(u64);

const TAG_HASH: u64 = 0;
const TAG_INT: u64 = 1;
const TAG_PARAM: u64 = 2;

impl Literal {
    /// How many literals of a statement are kept, by ordinal.
    pub const KEPT: usize = 16;

    /// An integer as itself; beyond 62 bits the caller takes [`Literal::hash`].
    #[inline]
    pub fn int(value: i64) -> Option<Self> {
        let shifted = value << 2;
        (shifted >> 2 == value).then_some(Self(shifted as u64 | TAG_INT))
    }

    /// The hash of a text.
    #[inline]
    pub fn hash(hash: u64) -> Self {
        Self(hash << 2 | TAG_HASH)
    }

    /// The bind parameter `$n`, counted from 1; 0 for a parameter without a number.
    #[inline]
    pub fn param(number: u32) -> Self {
        Self(u64::from(number) << 2 | TAG_PARAM)
    }

    /// The text of a literal without its quotes: an integer if it reads as one, else a hash.
    ///
    /// Only the spelling that the integer itself would have counts: `007` and `+7` are texts.
    #[inline]
    pub fn from_text(text: &[u8]) -> Self {
        canonical_int(text).and_then(Self::int).unwrap_or_else(|| Self::hash(hash_text(text)))
    }

    /// The integer, if it is one.
    #[inline]
    pub fn as_int(self) -> Option<i64> {
        (self.0 & 3 == TAG_INT).then_some((self.0 as i64) >> 2)
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
            _ => write!(f, "#{:016x}", self.0 >> 2),
        }
    }
}

#[inline]
fn canonical_int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let canonical = match digits {
        [b'0'] => !negative,
        [b'1'..=b'9', ..] => digits.len() <= 18,
        _ => false,
    };
    if !canonical {
        return None;
    }
    let mut value = 0i64;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some(if negative { -value } else { value })
}

/// A fixed multiply-and-rotate hash over eight bytes at a time: it must be quick and the same in
/// every thread; an attacker who makes two literals collide gains nothing but a wrong hint.
#[inline]
fn hash_text(text: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = text.len() as u64 ^ MULTIPLIER;
    let (chunks, rest) = text.as_chunks::<8>();
    for chunk in chunks {
        hash = (hash.rotate_left(23) ^ u64::from_le_bytes(*chunk)).wrapping_mul(MULTIPLIER);
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    hash = (hash.rotate_left(23) ^ u64::from_le_bytes(last)).wrapping_mul(MULTIPLIER);
    hash ^ hash >> 29
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
        for text in ["007", "+7", "-0", "1.5", "", "-", "12345678901234567890", "x"] {
            assert_eq!(Literal::from_text(text.as_bytes()).as_int(), None, "{text}");
        }
        assert_ne!(Literal::from_text(b"abcdefgh"), Literal::from_text(b"abcdefgh\0"));
        assert_eq!(Literal::param(10).as_param(), Some(10));
    }
}
