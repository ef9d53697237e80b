//! What becomes of a block: compact records, and the texts that are new to it.

use std::num::NonZero;

use hashbrown::HashTable;
use slowlog_event::{
    Actor, Counter, Dialect, ErrorCode, Killed, Literal, LockKind, LockStep, Maintenance, Micros,
    Sampling, Session, Severity, SlowEntry, Step, Timestamp,
};
use slowlog_parse::Account;

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
    pub(crate) fingerprints: Vec<NewFingerprint>,
    /// Normalised texts of `fingerprints`, one after the other.
    pub(crate) texts: Vec<u8>,
    /// Texts that records and actors have.
    pub(crate) kept: Texts,
    pub(crate) actors: Vec<NewActor>,
    pub(crate) slow: Vec<SlowRecord>,
    pub(crate) counters: Vec<(Counter, u64)>,
    pub(crate) account: Account,
    by_text: HashTable<u32>,
    pub(crate) by_actor: HashTable<u32>,
}

/// A fingerprint that the batch has seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewFingerprint {
    pub(crate) hash: u64,
    pub(crate) text: Span,
}

/// An actor that the batch has seen: its names as texts of the batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewActor {
    pub(crate) names: [Option<Span>; 4],
    pub(crate) hash: u64,
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

/// One event of the log without its texts. Fingerprints and actors are those of the batch.
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
    pub(crate) fingerprint: Option<u32>,
    /// Where its literals begin, and how many there are.
    pub(crate) literals: u32,
    pub(crate) literals_len: u8,
    pub(crate) several_statements: bool,
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
            fingerprints: Vec::new(),
            texts: Vec::new(),
            kept: Texts::default(),
            actors: Vec::new(),
            slow: Vec::new(),
            counters: Vec::new(),
            account: Account::default(),
            by_text: HashTable::new(),
            by_actor: HashTable::new(),
        }
    }
}

impl Batch {
    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.literals.clear();
        self.fingerprints.clear();
        self.texts.clear();
        self.actors.clear();
        self.slow.clear();
        self.counters.clear();
        self.by_text.clear();
        self.by_actor.clear();
        self.account = Account::default();
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
}

impl Batch {
    /// The number of a normalised text in the batch.
    #[inline]
    pub(crate) fn fingerprint(&mut self, text: &[u8], hash: u64) -> u32 {
        let (fingerprints, texts) = (&self.fingerprints, &self.texts);
        let known = self.by_text.find(hash, |place| {
            let known = fingerprints[*place as usize];
            known.hash == hash && known.text.of(texts) == text
        });
        if let Some(place) = known {
            return *place;
        }
        let place = self.fingerprints.len() as u32;
        let span = Span { start: self.texts.len() as u32, len: text.len() as u32 };
        self.texts.extend_from_slice(text);
        self.fingerprints.push(NewFingerprint { hash, text: span });
        let fingerprints = &self.fingerprints;
        self.by_text.insert_unique(hash, place, |place| fingerprints[*place as usize].hash);
        place
    }
}
