//! Lines of `Key: value` pairs whose keys come in the order in which they came before.

use slowlog_event::Counter;

use super::counters::Key;
use super::fields::is_key_byte;
use super::header::Header;
use super::usual::Rest;

/// Servers have some dozens of keys.
const MOST: usize = 128;

/// Lines that begin like fields and are something else.
const OTHER_LINES: [&[u8]; 4] = [b"# Time: ", b"# User@Host: ", b"# Query_time: ", b"# explain: "];

/// The keys of the lines of headers, each with those behind which it came last.
#[derive(Debug)]
pub(super) struct Layout {
    keys: Vec<KnownKey>,
    /// The key that was read last.
    last: usize,
}

#[derive(Debug)]
struct KnownKey {
    /// All from the value before to the value behind: `# Thread_id: ` or `  Schema: `.
    text: Box<[u8]>,
    /// `None` if it means nothing.
    key: Option<Key>,
    /// The place of the key that came behind it last.
    next: usize,
}

impl Default for Layout {
    fn default() -> Self {
        // A first one that stands nowhere: behind it come the first keys of headers.
        let first = KnownKey { text: Box::default(), key: None, next: 0 };
        Self { keys: vec![first], last: 0 }
    }
}

impl Layout {
    /// A header begins.
    #[inline]
    pub(super) fn begin(&mut self) {
        self.last = 0;
    }

    /// Reads the fields up to the end of the line, as
    /// [`header_fields`](super::fields::header_fields) does, if each value is a word or nothing.
    #[inline]
    pub(super) fn read<'a>(
        &mut self,
        rest: &mut Rest<'a>,
        header: &mut Header<'a>,
        counters: &mut Vec<(Counter, u64)>,
    ) -> Option<()> {
        loop {
            let mut known = &self.keys[self.keys[self.last].next];
            if known.text.is_empty() || !rest.bytes.starts_with(&known.text) {
                let place = self.find(rest.bytes)?;
                self.keys[self.last].next = place;
                known = &self.keys[place];
            }
            self.last = self.keys[self.last].next;
            rest.bytes = &rest.bytes[known.text.len()..];
            let word = rest.word()?;
            // A colon behind a word makes a key of it, and no line of a header ends with `;`.
            let is_last = rest.bytes.first() == Some(&b'\n');
            if word.ends_with(b":") || (is_last && word.ends_with(b";")) {
                return None;
            }
            if let Some(key) = known.key {
                header.field(key, word, counters);
            }
            if is_last {
                return rest.skip_line_end();
            }
        }
    }

    /// The place of the key that comes.
    #[cold]
    fn find(&mut self, rest: &[u8]) -> Option<usize> {
        let marks = [b"# ".as_slice(), b"  ", b" "];
        let mark = marks.into_iter().find(|mark| rest.starts_with(mark))?;
        let behind = &rest[mark.len()..];
        let len = behind.iter().take_while(|byte| is_key_byte(**byte)).count();
        let is_key = behind[len..].starts_with(b": ") && !behind.first()?.is_ascii_digit();
        let text = rest.get(..mark.len() + len + 2).filter(|_| is_key && len > 0)?;
        if let Some(place) = self.keys.iter().position(|known| *known.text == *text) {
            return Some(place);
        }
        if self.keys.len() >= MOST || OTHER_LINES.contains(&text) {
            return None;
        }
        self.keys.push(KnownKey { text: text.into(), key: Key::find(&behind[..len]), next: 0 });
        Some(self.keys.len() - 1)
    }
}
