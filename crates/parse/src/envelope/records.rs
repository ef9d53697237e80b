//! The objects of an export: one a line, in an array, or in a list within an object, on as many
//! lines as its program likes.

use memchr::{memchr, memchr2};
use slowlog_event::Position;

/// Lists of objects within an object: CloudWatch, its subscriptions, Azure.
const LISTS: [&[u8]; 4] = [b"\"events\"", b"\"logEvents\"", b"\"records\"", b"\"entries\""];
/// An object is kept up to this many bytes.
const LONGEST_RECORD: usize = 16 * 1024 * 1024;

/// Finds the objects in bytes that come piece by piece.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// The object at hand, as far as it is there.
    record: Vec<u8>,
    start: Position,
    /// Objects and arrays that are open within it; 0 outside of one.
    depth: u32,
    in_string: bool,
    escaped: bool,
    /// Bytes and newlines so far.
    position: Position,
    overlong: bool,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// An object, whole.
    Whole,
    /// An object that ends in the middle.
    Broken,
    /// An object that is too long to be kept.
    Overlong,
}

impl Records {
    /// The bytes to come begin here in their file.
    pub(super) fn begin_at(&mut self, position: Position) {
        self.position = position;
    }

    /// Reads on to the end of an object, or of `bytes`; how many bytes were read, and what was
    /// found at their end.
    pub(super) fn read(&mut self, bytes: &[u8]) -> (usize, Option<Found>) {
        let mut at = 0;
        let found = loop {
            let rest = &bytes[at..];
            if rest.is_empty() {
                break None;
            }
            if self.in_string {
                let end = if self.escaped { Some(0) } else { string_end(rest) };
                let len = end.map_or(rest.len(), |end| end + 1);
                self.keep(&rest[..len]);
                at += len;
                let Some(end) = end else { continue };
                let byte = rest[end];
                let was_escaped = std::mem::replace(&mut self.escaped, false);
                match byte {
                    // A string of JSON has no bare newline: the rest was cut off.
                    b'\n' => {
                        self.in_string = false;
                        if std::mem::take(&mut self.depth) > 0 {
                            break Some(Found::Broken);
                        }
                    }
                    _ if was_escaped => {}
                    b'\\' => self.escaped = true,
                    _ => self.in_string = false,
                }
                continue;
            }
            let len = rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'));
            let Some(len) = len else {
                self.keep(rest);
                at = bytes.len();
                continue;
            };
            self.keep(&rest[..len]);
            at += len + 1;
            let byte = rest[len];
            if self.depth == 0 {
                match byte {
                    b'{' => {
                        self.start = self.position;
                        self.depth = 1;
                        self.record.clear();
                        self.overlong = false;
                    }
                    b'"' => self.in_string = true,
                    _ => {}
                }
                self.keep(&[byte]);
                continue;
            }
            if byte == b'[' && self.depth == 1 && self.is_list() {
                // What stands before the list is no record.
                self.depth = 0;
                self.record.clear();
                self.keep(&[byte]);
                continue;
            }
            self.keep(&[byte]);
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                _ => self.depth -= 1,
            }
            if self.depth == 0 {
                break Some(if self.overlong { Found::Overlong } else { Found::Whole });
            }
        };
        (at, found)
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.position.byte += bytes.len() as u64;
        self.position.line += memchr::memchr_iter(b'\n', bytes).count() as u64;
        if self.depth == 0 {
            return;
        }
        let room = LONGEST_RECORD.saturating_sub(self.record.len());
        self.overlong |= bytes.len() > room;
        self.record.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Is the member whose value begins here a list of records?
    fn is_list(&self) -> bool {
        let before = self.record.trim_ascii_end();
        let key = before.strip_suffix(b":").map(<[u8]>::trim_ascii_end);
        key.is_some_and(|key| LISTS.iter().any(|list| key.ends_with(list)))
    }

    /// The object that was found last.
    pub(super) fn record(&self) -> &[u8] {
        &self.record
    }

    /// Where it begins.
    pub(super) fn start(&self) -> Position {
        self.start
    }

    /// How long it is, with what was not kept.
    pub(super) fn record_bytes(&self) -> u64 {
        self.position.byte - self.start.byte
    }

    /// Is an object open?
    pub(super) fn is_within(&self) -> bool {
        self.depth > 0
    }
}

/// The end of a string, or the next backslash or newline in it.
fn string_end(rest: &[u8]) -> Option<usize> {
    let end = memchr2(b'"', b'\\', rest);
    let newline = memchr(b'\n', &rest[..end.unwrap_or(rest.len())]);
    newline.or(end)
}
