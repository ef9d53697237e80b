//! One field of a row.

use memchr::{memchr, memchr2, memchr3};

use super::form::Shape;
use super::values::{Code, Value};

/// How a field ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Another field follows at this offset.
    Field(usize),
    /// So does the end of the row.
    Row(usize),
    /// The block ends within the field.
    Cut,
    /// Something stands behind the field that belongs to no row.
    Broken,
}

/// Reads the field at `at`. NULL is no value.
#[inline]
pub(super) fn field(block: &[u8], at: usize, shape: Shape) -> (Option<Value>, Ending) {
    match shape {
        Shape::Separated { separator, quotes_double } => {
            if block.get(at) != Some(&b'"') {
                return bare(block, at, separator, quotes_double);
            }
            let code = if quotes_double { Code::Doubled(b'"') } else { Code::Backslash };
            let (value, end) = quoted(block, at + 1, b'"', code);
            (Some(value), end.map_or(Ending::Cut, |end| line_ending(block, end, separator)))
        }
        Shape::Dump => {
            let at = at + blanks(&block[at..]);
            let at = at + introducer(&block[at..]);
            let (value, end) = match &block[at..] {
                [b'\'', ..] => {
                    let (value, end) = quoted(block, at + 1, b'\'', Code::Sql);
                    (Some(value), end)
                }
                [b'x' | b'X', b'\'', ..] => {
                    let (value, end) = quoted(block, at + 2, b'\'', Code::Hex);
                    (Some(value), end)
                }
                rest => {
                    let len = rest.iter().take_while(|byte| is_in_word(**byte)).count();
                    let end = at + len;
                    (word(block, at, end), Some(end).filter(|end| *end < block.len()))
                }
            };
            (value, end.map_or(Ending::Cut, |end| dump_ending(block, end)))
        }
    }
}

/// A value in quotes that begins at `start`, and what stands behind the closing one.
fn quoted(block: &[u8], start: usize, quote: u8, code: Code) -> (Value, Option<usize>) {
    let (backslash, doubles) = (!matches!(code, Code::Doubled(_)), code != Code::Backslash);
    let mut at = start;
    let mut escaped = false;
    loop {
        let rest = block.get(at..).unwrap_or_default();
        let found = if backslash { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
        let Some(len) = found else { break };
        at += len;
        let is_escape = block[at] != quote || (doubles && block.get(at + 1) == Some(&quote));
        if !is_escape {
            let code = if escaped || code == Code::Hex { code } else { Code::Plain };
            return (Value { start, end: at, code }, Some(at + 1));
        }
        escaped = true;
        at += 2;
    }
    let code = if escaped || code == Code::Hex { code } else { Code::Plain };
    (Value { start, end: block.len(), code }, None)
}

/// A field without quotes up to a separator or the end of the line. `\N` is NULL.
fn bare(block: &[u8], start: usize, separator: u8, no_escapes: bool) -> (Option<Value>, Ending) {
    let mut at = start;
    let mut code = Code::Plain;
    let ending = loop {
        let rest = block.get(at..).unwrap_or_default();
        let found = match no_escapes {
            true => memchr2(separator, b'\n', rest),
            false => memchr3(separator, b'\n', b'\\', rest),
        };
        let Some(len) = found else {
            at = block.len();
            break Ending::Cut;
        };
        at += len;
        match block[at] {
            b'\n' => break Ending::Row(at + 1),
            b'\\' if !no_escapes => {
                code = Code::Backslash;
                at += 2;
            }
            _ => break Ending::Field(at + 1),
        }
    };
    let mut end = at.min(block.len());
    if !matches!(ending, Ending::Field(_)) && block[start..end].ends_with(b"\r") {
        end -= 1;
    }
    let is_null = matches!(&block[start..end], b"\\N" | b"NULL");
    ((!is_null).then_some(Value { start, end, code }), ending)
}

/// What follows a field in quotes of a line.
fn line_ending(block: &[u8], end: usize, separator: u8) -> Ending {
    match &block[end..] {
        [byte, ..] if *byte == separator => Ending::Field(end + 1),
        [b'\n', ..] => Ending::Row(end + 1),
        [b'\r', b'\n', ..] => Ending::Row(end + 2),
        [] | [b'\r'] => Ending::Row(block.len()),
        _ => Ending::Broken,
    }
}

fn dump_ending(block: &[u8], end: usize) -> Ending {
    let end = end + blanks(&block[end..]);
    match block.get(end) {
        Some(b',') => Ending::Field(end + 1),
        Some(b')') => Ending::Row(end + 1),
        Some(_) => Ending::Broken,
        None => Ending::Cut,
    }
}

fn is_in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_')
}

/// A number, NULL, or `0x` and pairs of digits.
fn word(block: &[u8], start: usize, end: usize) -> Option<Value> {
    match &block[start..end] {
        [b'0', b'x' | b'X', digits @ ..] => {
            Some(Value { start: start + 2, end: start + 2 + digits.len(), code: Code::Hex })
        }
        text if text.eq_ignore_ascii_case(b"NULL") => None,
        text => Some(Value { start, end: start + text.len(), code: Code::Plain }),
    }
}

/// `_binary ` and its like say of which character set a string is.
fn introducer(rest: &[u8]) -> usize {
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_');
    match (rest.first(), name.count()) {
        (Some(b'_'), len) => len + blanks(&rest[len..]),
        _ => 0,
    }
}

pub(super) fn blanks(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}
