//! The entries that were asked for, written again in the order of the input.
//!
//! Whether an entry was asked for may show later: a statement waits for its duration, and a plan
//! for its statement. Until then it is kept, and so is everything behind it.

use std::collections::VecDeque;
use std::io::{self, Write};

use slowlog_event::Timestamp;

/// At most so many bytes wait. Past it the oldest entry is written if nothing but its time is
/// unknown.
const MOST_HELD: usize = 64 * 1024 * 1024;

/// What is known of an entry apart from whether it was asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Letter<'a> {
    /// The entry as it is to be written.
    pub(crate) text: &'a [u8],
    /// Nothing that is known before its time speaks against it.
    pub(crate) likely: bool,
    /// Its time, if it does not say it itself but the entries before do.
    pub(crate) time: Option<Timestamp>,
    /// What it says or leaves open of the schema.
    pub(crate) schema: SchemaOf<'a>,
}

/// The schema of an entry of a slow log, which says it only where it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum SchemaOf<'a> {
    /// The format has no such thing.
    #[default]
    None,
    /// The server has opened its log: what was said before does not hold on.
    Forgotten,
    Named(&'a [u8]),
    /// It is that of the entries before; where in the text its name belongs.
    Inherited(Option<&'a [u8]>, usize),
}

/// Writes entries once it is known that they were asked for.
pub(crate) struct Outbox<'w> {
    out: Box<dyn Write + Send + 'w>,
    failure: Option<io::Error>,
    /// Number of the first entry that waits.
    first: u64,
    waiting: VecDeque<Waiting>,
    /// Their texts, one after the other, from `written` on.
    texts: Vec<u8>,
    written: usize,
    /// The schema that was written last.
    schema: Option<Box<[u8]>>,
}

#[derive(Debug)]
struct Waiting {
    len: usize,
    /// It was asked for.
    kept: bool,
    likely: bool,
    /// How many have yet to say whether it was.
    asked: u32,
    schema: Option<Schema>,
}

/// A [`SchemaOf`] that lasts.
#[derive(Debug)]
struct Schema {
    name: Option<Box<[u8]>>,
    inserted_at: Option<usize>,
}

impl std::fmt::Debug for Outbox<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

impl<'w> Outbox<'w> {
    pub(crate) fn new(out: impl Write + Send + 'w) -> Self {
        Self {
            out: Box::new(out),
            failure: None,
            first: 0,
            waiting: VecDeque::new(),
            texts: Vec::new(),
            written: 0,
            schema: None,
        }
    }

    /// Takes the next entry, which waits until it is released.
    pub(crate) fn take(&mut self, letter: Letter<'_>) {
        let start = self.texts.len();
        if let Some(time) = letter.time {
            self.texts.extend_from_slice(format!("# Time: {time}\n").as_bytes());
        }
        let head = self.texts.len() - start;
        self.texts.extend_from_slice(letter.text);
        let len = self.texts.len() - start;
        let own = |name: &[u8]| Some(name.into());
        let schema = match letter.schema {
            SchemaOf::None => None,
            SchemaOf::Forgotten => Some(Schema { name: None, inserted_at: None }),
            SchemaOf::Named(name) => Some(Schema { name: own(name), inserted_at: None }),
            SchemaOf::Inherited(name, at) => {
                name.map(|name| Schema { name: own(name), inserted_at: Some(head + at) })
            }
        };
        self.waiting.push_back(Waiting {
            len,
            kept: false,
            likely: letter.likely,
            asked: 1,
            schema,
        });
    }

    /// An entry was asked for.
    pub(crate) fn keep(&mut self, entry: u64) {
        if let Some(waiting) = self.get(entry) {
            waiting.kept = true;
        }
    }

    /// An entry has to wait once more.
    pub(crate) fn hold(&mut self, entry: u64) {
        if let Some(waiting) = self.get(entry) {
            waiting.asked += 1;
        }
    }

    /// An entry need not wait any longer, for as many times as it was held.
    pub(crate) fn release(&mut self, entry: u64) {
        if let Some(waiting) = self.get(entry) {
            waiting.asked -= 1;
        }
        if entry == self.first || self.is_full() {
            self.write_decided();
        }
    }

    /// Writes what is left, and says why something could not be written.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.write_decided();
        match self.failure.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }

    /// Is writing more of no use?
    pub(crate) fn is_broken(&self) -> bool {
        self.failure.is_some()
    }

    fn get(&mut self, entry: u64) -> Option<&mut Waiting> {
        self.waiting.get_mut(usize::try_from(entry.checked_sub(self.first)?).ok()?)
    }

    fn is_full(&self) -> bool {
        self.texts.len() - self.written > MOST_HELD
    }

    fn write_decided(&mut self) {
        while let Some(first) = self.waiting.front() {
            if first.asked > 0 && !self.is_full() {
                break;
            }
            let Some(entry) = self.waiting.pop_front() else { break };
            self.first += 1;
            let start = self.written;
            self.written += entry.len;
            let is_wanted = entry.kept || (entry.asked > 0 && entry.likely);
            if is_wanted && self.failure.is_none() {
                self.failure = self.write(start, entry).err();
            }
        }
        if self.written == self.texts.len() {
            self.texts.clear();
            self.written = 0;
        } else if self.written > MOST_HELD {
            self.texts.drain(..self.written);
            self.written = 0;
        }
    }

    fn write(&mut self, start: usize, entry: Waiting) -> io::Result<()> {
        let text = &self.texts[start..start + entry.len];
        let Some(Schema { name, inserted_at }) = entry.schema else {
            return self.out.write_all(text);
        };
        let is_said = name == self.schema;
        let at = inserted_at.filter(|_| !is_said).unwrap_or(text.len());
        self.out.write_all(&text[..at])?;
        if let Some(name) = name.as_deref().filter(|_| at < text.len()) {
            self.out.write_all(b"use ")?;
            self.out.write_all(name)?;
            self.out.write_all(b";\n")?;
        }
        self.out.write_all(&text[at..])?;
        self.schema = name;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(text: &str) -> Letter<'_> {
        Letter { text: text.as_bytes(), likely: true, ..Letter::default() }
    }

    #[test]
    fn entries_come_in_order_once_they_are_decided() {
        let mut out = Vec::new();
        let mut outbox = Outbox::new(&mut out);
        for text in ["a", "b", "c", "d"] {
            outbox.take(letter(text));
        }
        outbox.hold(1);
        for entry in 0..4 {
            outbox.release(entry);
        }
        outbox.keep(0);
        outbox.keep(3);
        outbox.keep(2);
        outbox.keep(1);
        outbox.release(1);
        outbox.finish().unwrap();
        // The first was decided before anybody had asked for it.
        assert_eq!(out, b"bcd");
    }

    #[test]
    fn schemas_are_said_again_where_the_entry_that_said_them_is_missing() {
        let mut out = Vec::new();
        let mut outbox = Outbox::new(&mut out);
        for (text, schema, kept) in [
            ("a;", SchemaOf::Named(b"x"), false),
            ("#b;", SchemaOf::Inherited(Some(b"x"), 1), true),
            ("#c;", SchemaOf::Inherited(Some(b"x"), 1), true),
            ("d;", SchemaOf::Named(b"y"), false),
            ("#e;", SchemaOf::Inherited(Some(b"y"), 1), true),
            ("banner", SchemaOf::Forgotten, true),
            ("#f;", SchemaOf::Inherited(None, 1), true),
        ] {
            let entry = outbox.first + outbox.waiting.len() as u64;
            outbox.take(Letter { schema, ..letter(text) });
            if kept {
                outbox.keep(entry);
            }
            outbox.release(entry);
        }
        outbox.finish().unwrap();
        assert_eq!(out, b"#use x;\nb;#c;#use y;\ne;banner#f;");
    }
}
