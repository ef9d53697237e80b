//! Eight bytes at a time: words and numbers are short, so the test of eight bytes at once costs
//! less than a loop whose end the processor cannot guess.

const HIGH: u64 = 0x8080_8080_8080_8080;
const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const ONES: u64 = 0x0101_0101_0101_0101;

/// Eight bytes of the text from `at`, zeros beyond its end.
#[inline]
pub(crate) fn load(text: &[u8], at: usize) -> u64 {
    match text.get(at..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => load_tail(text, at),
    }
}

/// The same where the text ends before eight bytes.
#[inline]
fn load_tail(text: &[u8], at: usize) -> u64 {
    let beyond = at + 8 - text.len();
    match text.last_chunk::<8>() {
        Some(_) if beyond >= 8 => 0,
        Some(last) => u64::from_le_bytes(*last) >> (8 * beyond),
        None => load_short(text, at),
    }
}

/// The same of a text of less than eight bytes.
#[inline]
fn load_short(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u64::from(first) | u64::from(last) << (8 * (rest.len() - 4));
    }
    rest.iter().rev().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte))
}

/// The byte at a place below eight.
#[inline]
pub(crate) fn byte(bytes: u64, at: usize) -> u8 {
    (bytes >> (8 * at)) as u8
}

/// The first bytes, less than eight, with zeros in the place of the others.
#[inline]
pub(crate) fn first(bytes: u64, len: usize) -> u64 {
    bytes & !(u64::MAX << (8 * len))
}

/// Eight bytes seen as part of a word.
#[derive(Clone, Copy)]
pub(crate) struct WordChunk {
    /// How many of the bytes, from the first, belong to a word.
    pub(crate) len: u32,
    /// Those bytes in lower case, zeros after them.
    pub(crate) lower: u64,
    /// Is one of them a digit?
    pub(crate) has_digit: bool,
}

/// The high bit of each byte of `low` (all below 0x80) that is at least `from`.
#[inline]
fn at_least(low: u64, from: u8) -> u64 {
    low + ONES * u64::from(0x80 - from)
}

#[inline]
pub(crate) fn word(bytes: u64) -> WordChunk {
    let low = bytes & LOW;
    let high = bytes & HIGH;
    let folded = low | (ONES * 0x20);
    let letter = at_least(folded, b'a') & !at_least(folded, b'z' + 1);
    let digit = at_least(low, b'0') & !at_least(low, b'9' + 1);
    let underscore = !at_least(low ^ (ONES * u64::from(b'_')), 1);
    let dollar = !at_least(low ^ (ONES * u64::from(b'$')), 1);
    let inside = high | ((letter | digit | underscore | dollar) & HIGH);
    let len = (!inside & HIGH).trailing_zeros() / 8;
    // `len` is 8 for a full chunk; a shift by 64 is split to stay defined.
    let mask = !(u64::MAX << (len * 4) << (len * 4));
    let lower = (bytes | ((letter & !high & HIGH) >> 2)) & mask;
    WordChunk { len, lower, has_digit: digit & !high & HIGH & mask != 0 }
}

/// How many of eight bytes, from the first, are digits.
#[inline]
pub(crate) fn digits(bytes: u64) -> usize {
    let low = bytes & LOW;
    let digit = at_least(low, b'0') & !at_least(low, b'9' + 1) & !bytes;
    ((!digit & HIGH).trailing_zeros() / 8) as usize
}

/// Where the first `a` is among eight bytes; 8 if there is none.
#[inline]
pub(crate) fn position(bytes: u64, a: u8) -> usize {
    let differing = bytes ^ (ONES * u64::from(a));
    // The lowest set bit is exact even though a borrow may set bits above it.
    let found = differing.wrapping_sub(ONES) & !differing & HIGH;
    (found.trailing_zeros() / 8) as usize
}

/// Where the first `a` or `b` is among eight bytes; 8 if there is none.
#[inline]
pub(crate) fn position2(bytes: u64, a: u8, b: u8) -> usize {
    // The lowest set bit is exact even though a borrow may set bits above it.
    let zeros = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes & HIGH;
    let found = zeros(bytes ^ (ONES * u64::from(a))) | zeros(bytes ^ (ONES * u64::from(b)));
    (found.trailing_zeros() / 8) as usize
}

/// As `starts_with`, for texts that are too short for the call which that makes.
#[inline]
pub fn begins_with(text: &[u8], start: &[u8]) -> bool {
    let Some(text) = text.get(..start.len()) else { return false };
    // Bytes in the middle are compared twice where the length is no multiple.
    if let (Some(last), Some(text_last)) = (start.last_chunk::<32>(), text.last_chunk::<32>()) {
        let ((parts, _), (text_parts, _)) = (start.as_chunks::<32>(), text.as_chunks::<32>());
        return last == text_last && parts.iter().zip(text_parts).all(|(a, b)| a == b);
    }
    if let (Some(last), Some(text_last)) = (start.last_chunk::<16>(), text.last_chunk::<16>()) {
        return last == text_last && start.first_chunk::<16>() == text.first_chunk();
    }
    if let (Some(last), Some(text_last)) = (start.last_chunk::<8>(), text.last_chunk::<8>()) {
        return last == text_last && start.first_chunk::<8>() == text.first_chunk();
    }
    start.iter().zip(text).all(|(a, b)| a == b)
}

/// So many bytes fit into a register of any processor of today.
pub(crate) const WIDE: usize = 16;

/// So many bytes of the text from `at`, zeros beyond its end.
#[inline]
pub(crate) fn load_wide(text: &[u8], at: usize) -> [u8; WIDE] {
    let rest = text.get(at..).unwrap_or_default();
    rest.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; WIDE];
        bytes[..rest.len()].copy_from_slice(rest);
        bytes
    })
}

/// Where the first byte is that begins a literal, a quoted name or a comment of MySQL: `'`, `"`,
/// `` ` ``, `#`, `-` or `/`, and `&` as well.
///
/// Each byte goes through the same steps without a branch, which the compiler takes for all at once.
#[inline]
pub(crate) fn mysql_mark(bytes: &[u8; WIDE]) -> Option<usize> {
    // The high bit is set for 0 alone.
    let zero = |byte: u8| byte.wrapping_sub(1) & !byte;
    // Bytes that differ in these bits only are tested at once: that it takes `&` for a mark costs
    // less than a test of its own for `'`.
    let same = |byte: u8, mark: u8, bits: u8| zero((byte ^ mark) & !bits);
    let is_mark = |byte: u8| {
        let quotes = same(byte, b'"', (b'"' ^ b'#') | (b'"' ^ b'&'));
        (quotes | same(byte, b'`', 0) | same(byte, b'-', b'-' ^ b'/')) & 0x80
    };
    let marks = bytes.map(is_mark);
    let is_any = marks.iter().fold(0, |any, mark| any | mark) != 0;
    is_any.then(|| (u128::from_le_bytes(marks).trailing_zeros() / 8) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::is_word_byte;

    #[test]
    fn chunks_agree_with_bytes() {
        // Every byte at every place, among bytes of each kind.
        for filler in [b'x', b'Q', b'7', b'_', b' ', 0x80, 0xff, b'$', 0, b'@', b'[', b'`'] {
            for place in 0..8 {
                for byte in 0..=255u8 {
                    let mut bytes = [filler; 8];
                    bytes[place] = byte;
                    let packed = u64::from_le_bytes(bytes);
                    let len = bytes.iter().take_while(|b| is_word_byte(**b)).count();
                    let chunk = word(packed);
                    assert_eq!(chunk.len as usize, len, "{bytes:?}");
                    let mut lower = bytes.map(|b| b.to_ascii_lowercase());
                    lower[len..].fill(0);
                    assert_eq!(chunk.lower, u64::from_le_bytes(lower), "{bytes:?}");
                    assert_eq!(chunk.has_digit, bytes[..len].iter().any(u8::is_ascii_digit));
                    let count = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
                    assert_eq!(digits(packed), count, "{bytes:?}");
                    let at = bytes.iter().position(|b| [b'\'', b'\\'].contains(b)).unwrap_or(8);
                    assert_eq!(position2(packed, b'\'', b'\\'), at, "{bytes:?}");
                    let at = bytes.iter().position(|b| *b == b'\'').unwrap_or(8);
                    assert_eq!(position(packed, b'\''), at, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn texts_begin_with_what_they_begin_with() {
        let text: Vec<u8> = (0..80).collect();
        for len in 0..text.len() {
            assert!(begins_with(&text, &text[..len]) && begins_with(&text[..len], &text[..len]));
            assert!(!begins_with(&text[..len], &text[..=len]));
            for place in 0..len {
                let mut other = text[..len].to_vec();
                other[place] ^= 0x80;
                assert!(!begins_with(&text, &other), "{len} {place}");
            }
        }
    }

    #[test]
    fn the_first_mark_is_found() {
        for byte in 0..=255u8 {
            for place in 0..WIDE {
                for second in [b'x', b'\'', b'/', 0xff] {
                    let mut bytes = [b'x'; WIDE];
                    bytes[place] = byte;
                    bytes[(place + 5) % WIDE] = second;
                    let first = bytes.iter().position(|b| b"'\"`#-/&".contains(b));
                    assert_eq!(mysql_mark(&bytes), first, "{bytes:?}");
                }
            }
        }
    }
}
