//! `Key: value` pairs of a header line.

use memchr::memchr;

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

/// The first key at or after `from`: where it starts, and where its colon is.
#[inline]
fn next_key(line: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut searched = from;
    loop {
        let colon = searched + memchr(b':', line.get(searched..)?)?;
        searched = colon + 1;
        if line.get(searched).is_some_and(|byte| !is_blank(*byte)) {
            continue;
        }
        let mut start = colon;
        while start > from && is_key_byte(line[start - 1]) {
            start -= 1;
        }
        let is_first = start == 0 || is_blank(line[start - 1]);
        if is_first && start < colon && !line[start].is_ascii_digit() {
            return Some((start, colon));
        }
    }
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
