//! Statements seen before, but for their literals: no need to read them token by token.
//!
//! Programs send the same statements again and again with other literals. A trie holds the
//! bytes of seen statements between their literals; here is the normalised text of each. A
//! statement that runs through it to an end has the same tokens as the one that made the path,
//! because a literal is stepped over only where one stood, by the lexer's own rules, and no byte
//! of a literal changes how the rest is read. Anything else is left to [`crate::pass`]; both give
//! the same bytes, which the tests hold against each other.

use slowlog_event::{Dialect, Literal};
use slowlog_lex::number_end;

use crate::exact::{Exact, Sample};
use crate::literals::{Literals, number};
use crate::slot::{self, Found, Slot};
use crate::trie::Trie;

/// A longer statement is rarely sent twice.
const MAX_STATEMENT_BYTES: usize = 1024 * 1024;
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
    pub(crate) fn may_have_parameters(self) -> bool {
        match self.source {
            Source::Found => false,
            Source::Fixed => true,
            Source::Values { parameters } => parameters,
        }
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
    Values { parameters: bool },
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
    exact: Exact,
    /// By entry, of the last text that may be sent so again.
    samples: Vec<Option<Sample>>,
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
    exact: bool,
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
            exact: Exact::default(),
            samples: Vec::new(),
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
        let fixed = || &self.fixed[entry.values as usize..][..usize::from(entry.values_len)];
        match entry.source {
            Source::Found => Some(self.found.literals()),
            Source::Fixed => Some(fixed()),
            Source::Values { .. } => None,
        }
    }

    /// Is it a statement seen before? Its literals are found as well.
    #[inline]
    pub(crate) fn look_up(&mut self, sql: &[u8], dialect: Dialect) -> Option<Seen> {
        self.lookups = self.lookups.wrapping_add(1);
        if sql.len() > MAX_STATEMENT_BYTES {
            return None;
        }
        let (number, exact) = match self.exact.get(sql) {
            Some(number) => (number, true),
            None => (self.trie.find(sql, dialect, &mut self.found)?.checked_sub(1)?, false),
        };
        Some(Seen { number, exact, lookup: self.lookups })
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
        if let Source::Values { .. } = entry.source {
            self.put_together(entry, sql, literals);
        }
        if !seen.exact && entry.may_have_parameters() {
            self.remember(seen.number, sql, literals);
        }
        Some((entry, Repeat { generation: self.generation, number: seen.number }))
    }

    /// Remembers a text with parameters by all its bytes, once it is sent for the second time with the
    /// same literals, as far as a sample can tell.
    #[cold]
    fn remember(&mut self, number: u32, sql: &[u8], literals: &Literals) {
        let Some(sample) = Sample::of(sql) else { return };
        let Some(last) = self.samples.get_mut(number as usize) else { return };
        let entry = self.entries[number as usize];
        if last.replace(sample) != Some(sample)
            || !self.exact.insert(sql, sample, self.entries.len() as u32)
        {
            return;
        }
        let literals = self.literals(entry).unwrap_or_else(|| literals.kept()).to_vec();
        self.entries.push(Entry {
            values: self.fixed.len() as u32,
            values_len: literals.len() as u8,
            source: Source::Fixed,
            ..entry
        });
        self.samples.push(None);
        self.fixed.extend_from_slice(&literals);
    }

    /// The literals of an entry from those that were found and those that are fixed.
    fn put_together(&self, entry: Entry, sql: &[u8], literals: &mut Literals) {
        literals.clear();
        let mut found = self.found.places().peekable();
        let values = &self.values[entry.values as usize..][..usize::from(entry.values_len)];
        for Value { kind, place } in values {
            if *kind == ValueKind::Fixed {
                literals.keep(|_| self.fixed[*place as usize]);
                continue;
            }
            while let Some((literal, start, slot)) = found.next_if(|(.., slot)| slot <= place) {
                match kind {
                    _ if slot < *place => {}
                    ValueKind::Negative => {
                        let text = &sql[start..];
                        let len = number_end(text, 0).unwrap_or(0);
                        literals.keep(|_| number(&text[..len], true));
                    }
                    _ => literals.keep(|_| literal),
                }
            }
        }
    }

    /// Is a statement that was not found to be remembered?
    pub(crate) fn may_learn(&mut self, sql: &[u8]) -> bool {
        let pausing = self.pause > 0;
        self.pause -= u32::from(pausing);
        !pausing && sql.len() <= MAX_STATEMENT_BYTES
    }

    /// Remembers a statement that ends outside any literal, and of which each list has but one
    /// [element](slot::elements).
    #[cold]
    pub(crate) fn learn(
        &mut self,
        sql: &[u8],
        dialect: Dialect,
        text: &[u8],
        statements: u32,
        literals: &Literals,
    ) {
        if !slot::find(sql, dialect, literals.elements(), &mut self.slots) {
            return;
        }
        let Ok(statements) = u16::try_from(statements) else { return };
        if self.trie.nodes() > MAX_NODES || self.trie.bytes() + self.texts.len() > MAX_BYTES {
            if (self.hits as usize) < 4 * self.entries.len() {
                self.pause = PAUSE;
            }
            self.trie.clear();
            self.exact.clear();
            self.samples.clear();
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
            source: Source::Values { parameters: false },
            statements,
        };
        self.texts.extend_from_slice(text);
        let literal_slots = || self.slots.iter().filter(|slot| slot.label != slot::COMMENT);
        for (literal, origin, negative) in literals.origins() {
            let slot = literal_slots().zip(0..).find(|(slot, _)| slot.token == origin);
            let value = match slot {
                Some((slot, place)) => Value {
                    kind: match slot.label {
                        slot::NUMBER if negative => ValueKind::Negative,
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
        let all = values.len() == literal_slots().count().min(Literal::KEPT);
        if all && are(ValueKind::Found, 0) {
            entry.source = Source::Found;
            self.values.truncate(entry.values as usize);
        } else if let Some(Value { kind: ValueKind::Fixed, place }) = values.first().copied()
            && are(ValueKind::Fixed, place)
        {
            entry.source = Source::Fixed;
            self.values.truncate(entry.values as usize);
            entry.values = place;
        } else {
            let parameters = literals.kept().iter().any(|literal| literal.as_param().is_some());
            entry.source = Source::Values { parameters };
        }
        self.entries.push(entry);
        self.samples.push(None);
        self.trie.insert(sql, &self.slots, self.entries.len() as u32);
    }
}
