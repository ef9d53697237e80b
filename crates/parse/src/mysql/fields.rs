//! `Key: value` pairs of a header line.

use slowlog_event::Counter;

use super::counters::Key;

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

/// What all servers write first in the line of `Query_time`, in this order.
const USUAL: [(&[u8], Key); 4] = [
    (b"Query_time: ", Key::QueryTime),
    (b"Lock_time: ", Key::Seconds(Counter::LockTime)),
    (b"Rows_sent: ", Key::Count(Counter::RowsSent)),
    (b"Rows_examined: ", Key::Count(Counter::RowsExamined)),
];

/// Hands on the numbers that [`header_fields`] would find under the [`USUAL`] keys, if the line
/// begins with them; returns the rest of the line. Comparing with the key that is expected costs a
/// third of looking for one (measured: a tenth of what reading a log of MySQL takes).
#[inline]
pub(super) fn usual_fields<'a>(line: &'a [u8], mut found: impl FnMut(Key, &'a [u8])) -> &'a [u8] {
    let Some(mut rest) = line.strip_prefix(b"# ").filter(|rest| rest.starts_with(USUAL[0].0))
    else {
        return line;
    };
    for (place, (key, meaning)) in USUAL.into_iter().enumerate() {
        let Some(value) = rest.strip_prefix(key) else { break };
        let digits = value.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
        let (number, behind) = value.split_at(digits.count());
        let next = &behind[behind.iter().take_while(|byte| is_blank(**byte)).count()..];
        let is_next_key = || USUAL.get(place + 1).is_some_and(|(key, _)| next.starts_with(key));
        if !(behind.is_empty() || next.len() < behind.len() && is_next_key()) {
            break;
        }
        found(meaning, number);
        rest = next;
    }
    rest
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
fn is_key_byte(byte: u8) -> bool {
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
    proptest! {
        #[test]
        fn usual_fields_are_fields(
            line in "# (Query_time:|Lock_time:|Rows_sent:|Rows_examined:|Rows_affected:|[ \t]|[0-9.]{1,3}|x|[ ]{1,2}){0,12}",
            usual in "# Query_time: [0-9.]{0,3} {0,2}(Lock_time: ?[0-9.x]{0,3}  )?(Rows_sent: 1 )?(Rows_examined: 5)?",
        ) {
            for line in [line.trim_end().as_bytes(), usual.trim_end().as_bytes()] {
                let mut both = Vec::new();
                let rest = usual_fields(line, |key, value| both.push((Some(key), value)));
                both.extend(header_fields(rest).map(|(key, value)| (Key::find(key), value)));
                let all = header_fields(line).map(|(key, value)| (Key::find(key), value));
                prop_assert_eq!(both, all.collect::<Vec<_>>());
            }
        }
    }
}
