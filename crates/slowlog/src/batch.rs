//! What becomes of a block: compact records, and the texts that are new to it.

use std::num::NonZero;

use hashbrown::HashTable;
use slowlog_event::{
    Actor, Counter, Dialect, ErrorCode, Killed, Literal, LockKind, LockStep, Maintenance, Micros,
    Sampling, Session, Severity, SlowEntry, Stamped, Step, Timestamp,
};
use slowlog_parse::{Account, Written};

use crate::feed::Block;
use crate::texts::Texts;

/// A block, read.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) block: Block,
    pub(crate) dialect: Dialect,
    /// It says who a session belongs to only where the session begins.
    pub(crate) names_sessions_once: bool,
    /// Has the log put a TAB at the start of each continuation line of a statement?
    pub(crate) text_tabbed: bool,
    pub(crate) records: Vec<Record>,
    pub(crate) literals: Vec<Literal>,
    /// Which reader and normaliser the numbers of actors and texts are of.
    pub(crate) source: usize,
    pub(crate) new_texts: Vec<NewText>,
    /// Those texts, one after the other.
    pub(crate) texts: Vec<u8>,
    /// Texts that records and actors have.
    pub(crate) kept: Texts,
    pub(crate) actors: Vec<NewActor>,
    pub(crate) slow: Vec<SlowRecord>,
    pub(crate) counters: Vec<(Counter, u64)>,
    /// The entries of the records as they are to be written again, if they are.
    pub(crate) rewritten: Vec<Rewritten>,
    /// Their texts, one after the other.
    pub(crate) rewritten_texts: Vec<u8>,
    pub(crate) account: Account,
    pub(crate) by_actor: HashTable<u32>,
}

/// A normalised text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewText {
    pub(crate) hash: u64,
    pub(crate) text: Span,
    /// Later records name it by this number, from now on and in later batches of the normaliser.
    pub(crate) number: Option<u32>,
}

/// What a statement was normalised to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Normalized {
    /// One of the new texts of the batch.
    New(u32),
    /// The last text of this number: most statements are sent again and again, and their texts need
    /// not be handed over again.
    Known(u32),
    /// It was not asked for.
    Not,
}

/// An actor that the batch has seen: its names as texts of the batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewActor {
    pub(crate) names: [Option<Span>; 4],
    /// Of the names; 0 if it has a number.
    pub(crate) hash: u64,
    /// Equal numbers of one reader mean equal names.
    pub(crate) number: Option<u32>,
}

/// An entry as it is to be written again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rewritten {
    pub(crate) text: Span,
    /// Where in it a schema belongs.
    pub(crate) header_len: u32,
}

/// A part of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Span {
    #[inline]
    pub(crate) fn of(self, buffer: &[u8]) -> &[u8] {
        &buffer[self.start as usize..(self.start + self.len) as usize]
    }
}

/// One event of the log without its texts. Actors are those of the batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) kind: RecordKind,
    pub(crate) time: Option<Timestamp>,
    pub(crate) session: Option<Session>,
    pub(crate) transaction: Option<NonZero<u64>>,
    pub(crate) query_id: Option<NonZero<i64>>,
    pub(crate) session_line: u32,
    pub(crate) session_lines: u32,
    pub(crate) actor: u32,
    /// `None` if it has no statement.
    pub(crate) normalized: Option<Normalized>,
    /// Where its literals begin, and how many there are.
    pub(crate) literals: u32,
    pub(crate) literals_len: u8,
    pub(crate) several_statements: bool,
    /// Its statement was cut off, by its marks or since it ends inside a literal.
    pub(crate) is_cut: bool,
    /// It begins or ends with a comment.
    pub(crate) commented: bool,
    /// Its statement was not asked for, and not normalised.
    pub(crate) excluded: bool,
    /// The statement, by [`Batch::text`].
    pub(crate) text: Span,
    pub(crate) byte: u32,
    pub(crate) line: u32,
    /// Are the bind parameters there? `None` if the statement has none.
    pub(crate) parameters: Option<bool>,
    /// Place among the slow records of the batch, counted from 1.
    pub(crate) slow: Option<NonZero<u32>>,
}

/// What an entry of a MySQL slow log says beyond that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SlowRecord {
    pub(crate) stamped: Stamped,
    pub(crate) inherits_database: bool,
    pub(crate) duration: Option<Micros>,
    pub(crate) error: u32,
    pub(crate) killed: u32,
    pub(crate) sampling: Option<Sampling>,
    pub(crate) counters: Span,
    pub(crate) routine: Option<Span>,
    pub(crate) plan: Option<Span>,
}

/// What the event was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// A finished step with its statement.
    Finished(Step, Micros),
    /// A statement as it starts.
    Started(Step),
    /// A statement of a log that never says how long one took.
    Untimed,
    /// A duration without its statement.
    Duration(Micros, Option<Step>),
    Plan {
        duration: Micros,
        nested: bool,
        /// The plan, by [`Batch::text`].
        plan: Span,
    },
    Error {
        severity: Severity,
        code: Option<ErrorCode>,
        killed: Option<Killed>,
    },
    TemporaryFile(u64),
    /// The object as a hash.
    LockWait {
        object: u64,
        kind: Option<LockKind>,
        waited: Micros,
        step: LockStep,
    },
    Connected,
    Disconnected(Option<Micros>),
    Maintenance(Maintenance, Option<Micros>),
    /// Nothing that is used, with a number.
    Other,
    /// The actor names the schema that the session has chosen.
    SchemaChosen,
    /// The server has opened its log; its version is the text of the record.
    LogOpened,
    /// Statements that were left out.
    Throttled(u64),
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            block: Block::default(),
            dialect: Dialect::Postgres,
            names_sessions_once: false,
            text_tabbed: false,
            records: Vec::new(),
            literals: Vec::new(),
            source: 0,
            new_texts: Vec::new(),
            texts: Vec::new(),
            kept: Texts::default(),
            actors: Vec::new(),
            slow: Vec::new(),
            counters: Vec::new(),
            rewritten: Vec::new(),
            rewritten_texts: Vec::new(),
            account: Account::default(),
            by_actor: HashTable::new(),
        }
    }
}

impl Batch {
    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.literals.clear();
        self.new_texts.clear();
        self.texts.clear();
        self.actors.clear();
        self.slow.clear();
        self.counters.clear();
        self.rewritten.clear();
        self.rewritten_texts.clear();
        self.by_actor.clear();
        self.account = Account::default();
    }

    /// Adds a normalised text.
    pub(crate) fn add_text(&mut self, text: &[u8], hash: u64, number: Option<u32>) -> Normalized {
        let place = self.new_texts.len() as u32;
        let span = Span { start: self.texts.len() as u32, len: text.len() as u32 };
        self.texts.extend_from_slice(text);
        self.new_texts.push(NewText { hash, text: span, number });
        Normalized::New(place)
    }

    /// Adds an actor; its place.
    pub(crate) fn add_actor(
        &mut self,
        block: &[u8],
        names: [Option<&[u8]>; 4],
        hash: u64,
        number: Option<u32>,
    ) -> u32 {
        let place = self.actors.len() as u32;
        let names = names.map(|name| name.map(|name| self.kept.keep(block, name)));
        self.actors.push(NewActor { names, hash, number });
        place
    }

    /// A text of the log.
    #[inline]
    pub(crate) fn text(&self, span: Span) -> &[u8] {
        self.kept.get(&self.block.bytes, span)
    }

    /// The names of an actor of this batch.
    pub(crate) fn actor(&self, actor: &NewActor) -> Actor<'_> {
        let [user, database, application, client] =
            actor.names.map(|name| name.map(|span| self.text(span)));
        Actor { user, database, application, client }
    }

    /// What a record says beyond PostgreSQL's.
    pub(crate) fn slow_entry(&self, record: &Record) -> Option<SlowEntry<'_>> {
        let slow = self.slow.get(record.slow?.get() as usize - 1)?;
        let counters = slow.counters;
        Some(SlowEntry {
            stamped: slow.stamped,
            duration: slow.duration,
            text: self.text(record.text),
            // They are among the literals of the record by now.
            arguments: None,
            inherits_database: slow.inherits_database,
            counters: &self.counters[counters.start as usize..][..counters.len as usize],
            error: slow.error,
            killed: slow.killed,
            sampling: slow.sampling,
            routine: slow.routine.map(|span| self.text(span)),
            plan: slow.plan.map(|span| self.text(span)),
        })
    }

    /// Keeps the entry of the next record as it is to be written again.
    pub(crate) fn rewrite(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Written) {
        let start = self.rewritten_texts.len() as u32;
        let header_len = write(&mut self.rewritten_texts).header_len as u32;
        let len = self.rewritten_texts.len() as u32 - start;
        self.rewritten.push(Rewritten { text: Span { start, len }, header_len });
    }
}
