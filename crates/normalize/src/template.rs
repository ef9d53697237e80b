//! Statements seen before, but for their literals: no need to read them token by token.
//!
//! Programs send the same statements again and again with other literals. A trie holds the
//! bytes of seen statements between their literals; here is the normalised text of each. A
//! statement that runs through it to an end has the same tokens as the one that made the path,
//! because a literal is stepped over only where one stood, by the lexer's own rules, and no byte
//! of a literal changes how the rest is read. Anything else is left to [`crate::pass`]; both give
//! the same bytes, which the tests hold against each other.

use slowlog_event::{Dialect, Literal};
use slowlog_lex::{Lexer, TokenKind, number_end};

use crate::literals::{Literals, number};
use crate::trie::{Found, Slot, SlotKind, Trie, plain_comment_end};

/// A longer statement, one with more text outside its literals or with more literals is rarely
/// sent twice.
const MAX_STATEMENT_BYTES: usize = 1024 * 1024;
const MAX_FIXED_BYTES: usize = 8 * 1024;
const MAX_SLOTS: usize = 128;
/// Beyond these the trie begins anew.
const MAX_NODES: usize = 16 * 1024;
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// How many statements are not learned after a trie that was of little use.
const PAUSE: u32 = 64 * 1024;

/// A normalised text and where its literals come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    text: u32,
    text_len: u32,
    /// Where its values begin; its fixed literals if it has no others.
    values: u32,
    values_len: u8,
    source: Source,
    statements: u16,
}

impl Entry {
    /// What stands in the place of a literal that may be any other is no parameter.
    pub(crate) fn may_have_parameters(self) -> bool {
        self.source != Source::Found
    }

    /// How many statements the text holds.
    pub(crate) fn statements(self) -> u32 {
        u32::from(self.statements)
    }
}

/// Where the literals of an entry come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// They are those of its slots as they are, one after the other.
    Found,
    /// They are fixed, as `$1, $2, …` are.
    Fixed,
    /// Of each its own value tells.
    Values,
}

/// Where a literal comes from: its place among the slots of the statement, or among all that are
/// fixed.
#[derive(Clone, Copy, Debug)]
struct Value {
    kind: ValueKind,
    place: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ValueKind {
    /// A parameter or a word: the same in each statement.
    Fixed,
    Found,
    /// A number with a sign before it.
    Negative,
}

#[derive(Debug)]
pub(crate) struct Templates {
    trie: Trie,
    entries: Vec<Entry>,
    values: Vec<Value>,
    fixed: Vec<Literal>,
    texts: Vec<u8>,
    slots: Vec<Slot>,
    found: Found,
    hits: u32,
    pause: u32,
    generation: u32,
    /// How many statements were looked up.
    lookups: u64,
}

/// A statement that was seen before, found by [`Normalizer::look_up`](crate::Normalizer::look_up).
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    number: u32,
    lookup: u64,
}

/// Names the text of a statement that was seen before: of one normaliser, equal names mean equal
/// texts, so that what was found out about a text need not be found out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat {
    /// Goes up when the normaliser forgets what it has seen.
    pub generation: u32,
    /// Counted from 0 within a generation.
    pub number: u32,
}

impl Templates {
    pub(crate) fn new() -> Self {
        Self {
            trie: Trie::default(),
            entries: Vec::new(),
            values: Vec::new(),
            fixed: Vec::new(),
            texts: Vec::new(),
            slots: Vec::new(),
            found: Found::default(),
            hits: 0,
            pause: 0,
            generation: 0,
            lookups: 0,
        }
    }

    pub(crate) fn text(&self, entry: Entry) -> &[u8] {
        &self.texts[entry.text as usize..][..entry.text_len as usize]
    }

    /// The literals of the statement that was found last, if they need not be put together.
    #[inline]
    pub(crate) fn literals(&self, entry: Entry) -> Option<&[Literal]> {
        let len = usize::from(entry.values_len);
        match entry.source {
            Source::Found => Some(&self.found.literals[..len]),
            Source::Fixed => Some(&self.fixed[entry.values as usize..][..len]),
            Source::Values => None,
        }
    }

    /// Is it a statement seen before? Its literals are found as well.
    #[inline]
    pub(crate) fn look_up(&mut self, sql: &[u8], dialect: Dialect) -> Option<Seen> {
        self.lookups = self.lookups.wrapping_add(1);
        if sql.len() > MAX_STATEMENT_BYTES {
            return None;
        }
        let number = self.trie.find(sql, dialect, &mut self.found)?.checked_sub(1)?;
        Some(Seen { number, lookup: self.lookups })
    }

    /// The entry of a statement that was just looked up. Its literals are put into `literals`, unless
    /// they [need not be](Self::literals). `None` if another was looked up since.
    #[inline]
    pub(crate) fn entry(
        &mut self,
        seen: Seen,
        sql: &[u8],
        literals: &mut Literals,
    ) -> Option<(Entry, Repeat)> {
        if seen.lookup != self.lookups {
            return None;
        }
        let entry = *self.entries.get(seen.number as usize)?;
        self.hits = self.hits.saturating_add(1);
        if entry.source == Source::Values {
            self.put_together(entry, sql, literals);
        }
        Some((entry, Repeat { generation: self.generation, number: seen.number }))
    }

    /// The literals of an entry from those that were found and those that are fixed.
    fn put_together(&self, entry: Entry, sql: &[u8], literals: &mut Literals) {
        literals.clear();
        let values = &self.values[entry.values as usize..][..usize::from(entry.values_len)];
        for Value { kind, place } in values {
            let place = *place as usize;
            literals.keep(|_| match kind {
                ValueKind::Found => self.found.literals[place],
                ValueKind::Negative => {
                    let text = &sql[self.found.starts[place] as usize..];
                    number(&text[..number_end(text, 0).unwrap_or(0)], true)
                }
                ValueKind::Fixed => self.fixed[place],
            });
        }
    }

    /// Remembers a statement that ends outside any literal.
    #[cold]
    pub(crate) fn learn(
        &mut self,
        sql: &[u8],
        dialect: Dialect,
        text: &[u8],
        statements: u32,
        literals: &Literals,
    ) {
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        if sql.len() > MAX_STATEMENT_BYTES || !self.find_slots(sql, dialect) {
            return;
        }
        let Ok(statements) = u16::try_from(statements) else { return };
        if self.trie.nodes() > MAX_NODES || self.trie.bytes() + self.texts.len() > MAX_BYTES {
            if (self.hits as usize) < 4 * self.entries.len() {
                self.pause = PAUSE;
            }
            self.trie.clear();
            self.entries.clear();
            self.values.clear();
            self.fixed.clear();
            self.texts.clear();
            self.hits = 0;
            self.generation = self.generation.wrapping_add(1);
        }
        let mut entry = Entry {
            text: self.texts.len() as u32,
            text_len: text.len() as u32,
            values: self.values.len() as u32,
            values_len: literals.kept().len() as u8,
            source: Source::Values,
            statements,
        };
        self.texts.extend_from_slice(text);
        let literal_slots = || self.slots.iter().filter(|slot| slot.kind != SlotKind::Comment);
        for (literal, origin, negative) in literals.origins() {
            let slot = literal_slots().zip(0..).find(|(slot, _)| slot.token == origin);
            let value = match slot {
                Some((slot, place)) => Value {
                    kind: match slot.kind {
                        SlotKind::Number if negative => ValueKind::Negative,
                        _ => ValueKind::Found,
                    },
                    place,
                },
                None => {
                    self.fixed.push(literal);
                    Value { kind: ValueKind::Fixed, place: self.fixed.len() as u32 - 1 }
                }
            };
            self.values.push(value);
        }
        let values = &self.values[entry.values as usize..];
        let are = |kind: ValueKind, first: u32| {
            values.iter().zip(first..).all(|(value, at)| (value.kind, value.place) == (kind, at))
        };
        if are(ValueKind::Found, 0) {
            entry.source = Source::Found;
            self.values.truncate(entry.values as usize);
        } else if let Some(Value { kind: ValueKind::Fixed, place }) = values.first().copied()
            && are(ValueKind::Fixed, place)
        {
            entry.source = Source::Fixed;
            self.values.truncate(entry.values as usize);
            entry.values = place;
        }
        self.entries.push(entry);
        self.trie.insert(sql, &self.slots, self.entries.len() as u32);
    }

    /// Finds the literals and comments that may differ; false if it is too much to remember.
    fn find_slots(&mut self, sql: &[u8], dialect: Dialect) -> bool {
        self.slots.clear();
        let mut lexer = Lexer::new(sql, dialect);
        let mut end = 0;
        loop {
            let token = lexer.next_token();
            let mut at = end;
            while at < token.start {
                match plain_comment_end(&sql[..token.start], at, dialect) {
                    Some(end) => {
                        self.slots.push(Slot {
                            kind: SlotKind::Comment,
                            token: at,
                            start: at,
                            end,
                        });
                        at = end;
                    }
                    // A comment to the end of the line may hold what looks like another.
                    None if matches!(sql[at], b'-' | b'#' | b'/') => break,
                    None => at += 1,
                }
            }
            end = token.end;
            let start = token.start;
            match token.kind {
                TokenKind::Eof => {
                    let filled: usize = self.slots.iter().map(|slot| slot.end - slot.start).sum();
                    return sql.len() - filled <= MAX_FIXED_BYTES;
                }
                TokenKind::Number if number_end(sql, start) == Some(end) => {
                    self.slots.push(Slot { kind: SlotKind::Number, token: start, start, end });
                }
                TokenKind::String if sql[start] != b'$' => {
                    let prefix = sql[start..end].iter().position(|b| matches!(b, b'\'' | b'"'));
                    let quote = start + prefix.unwrap_or(0);
                    let escapes = dialect.backslash_escapes() || matches!(sql[start], b'e' | b'E');
                    self.slots.push(Slot {
                        kind: SlotKind::String { escapes },
                        token: start,
                        start: quote,
                        end,
                    });
                }
                _ => {}
            }
            if self.slots.len() > MAX_SLOTS {
                return false;
            }
        }
    }
}
