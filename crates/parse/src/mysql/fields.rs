//! `Key: value` pairs of a header line.

/// The pairs of one header line; see [`header_fields`].
#[derive(Debug, Clone)]
pub struct HeaderFields<'a> {
    line: &'a [u8],
    /// The next key, as a span of the line.
    key: Option<(usize, usize)>,
}

/// The `Key: value` pairs of a header line, known or not: servers and their forks add new ones
/// with every version.
///
/// A key is a word directly before a `:` that a blank or the end of the line follows. A value
/// reaches to the next key and may be empty, in the middle of the line too, as in
/// `Schema:  Rows_affected: 0`. A line that does not begin with a key has none.
///
/// ```
/// use slowlog_parse::header_fields;
///
/// let line = b"# Start: 2024-05-01T09:59:59.000001Z End:  Schema:  Trace_Id: 7f";
/// let fields: Vec<_> = header_fields(line).collect();
/// assert_eq!(
///     fields,
///     [
///         (&b"Start"[..], &b"2024-05-01T09:59:59.000001Z"[..]),
///         (b"End", b""),
///         (b"Schema", b""),
///         (b"Trace_Id", b"7f"),
///     ]
/// );
/// ```
pub fn header_fields(line: &[u8]) -> HeaderFields<'_> {
    let line = line.trim_ascii_end();
    let line = line.strip_prefix(b"#").unwrap_or(line).trim_ascii_start();
    let key = next_key(line, 0).filter(|(start, _)| *start == 0);
    HeaderFields { line, key }
}

impl<'a> Iterator for HeaderFields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let (start, colon) = self.key?;
        self.key = next_key(self.line, colon + 1);
        let value_end = self.key.map_or(self.line.len(), |(next, _)| next);
        Some((&self.line[start..colon], self.line[colon + 1..value_end].trim_ascii()))
    }
}

/// The first key at or after `from`, where a word may begin: where it starts, and where its colon
/// is. Word by word: keys and values are short.
#[inline]
fn next_key(line: &[u8], from: usize) -> Option<(usize, usize)> {
    let count =
        |from: usize, is: fn(u8) -> bool| line[from..].iter().take_while(|byte| is(**byte)).count();
    let mut at = from;
    while at < line.len() {
        let start = at + count(at, is_blank);
        let end = start + count(start, is_key_byte);
        let ends_key =
            line.get(end) == Some(&b':') && line.get(end + 1).is_none_or(|byte| is_blank(*byte));
        if ends_key && start < end && !line[start].is_ascii_digit() {
            return Some((start, end));
        }
        at = end + count(end, |byte| !is_blank(byte));
    }
    None
}

/// May the byte stand in a key? They hold an `@` in `User@Host`. A table: most bytes of a header
/// are asked.
#[inline]
pub(super) fn is_key_byte(byte: u8) -> bool {
    static IN_KEY: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            let ascii = byte as u8;
            table[byte] =
                ascii.is_ascii_alphanumeric() || matches!(ascii, b'_' | b'@' | b'.' | b'-');
            byte += 1;
        }
        table
    };
    IN_KEY[usize::from(byte)]
}

#[inline]
fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the documentation of [`header_fields`] says it.
    fn plain_key(line: &[u8], from: usize) -> Option<(usize, usize)> {
        (from..line.len()).find_map(|colon| {
            let is_end = line.get(colon + 1).is_none_or(|byte| b" \t".contains(byte));
            let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"_@.-".contains(byte);
            let word = line[from..colon].iter().rev().take_while(|byte| is_key(byte)).count();
            let start = colon - word;
            let is_word = word > 0
                && !line[start].is_ascii_digit()
                && (start == 0 || b" \t".contains(&line[start - 1]));
            (line[colon] == b':' && is_end && is_word).then_some((start, colon))
        })
    }

    proptest! {
        #[test]
        fn keys_are_words_before_a_colon(line in "([A-Za-z_@.-]{0,3}|[0-9.]{1,3}|[:/=\\[\u{e9}]|[ \t]|: ){0,12}") {
            let line = line.as_bytes();
            let mut from = 0;
            while let Some((start, colon)) = plain_key(line, from) {
                prop_assert_eq!(next_key(line, from), Some((start, colon)));
                from = colon + 1;
            }
            prop_assert_eq!(next_key(line, from), None);
        }
    }
}
