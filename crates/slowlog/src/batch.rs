//! What a worker makes of a block: compact records, and the texts that are new to it.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use slowlog_event::{
    Actor, Body, Dialect, Event, Killed, Literal, Micros, Session, Severity, Statement, Step,
    Timestamp,
};
use slowlog_normalize::{Normalizer, Repeat, prepared_query};
use slowlog_parse::{Account, Prefix, Reader, bind_parameters};

use crate::feed::Block;

/// Hashes texts of statements: seeded anew for each analysis, since logs are written by strangers.
pub(crate) type TextHasher = foldhash::fast::RandomState;

/// Bind parameters past this number are not kept.
const KEPT_PARAMETERS: usize = 64;

/// A block, read.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) block: Block,
    pub(crate) records: Vec<Record>,
    pub(crate) literals: Vec<Literal>,
    pub(crate) fingerprints: Vec<NewFingerprint>,
    /// Normalised texts of `fingerprints`, one after the other.
    pub(crate) texts: Vec<u8>,
    pub(crate) actors: Vec<NewActor>,
    pub(crate) account: Account,
    by_text: HashTable<u32>,
    by_actor: HashTable<u32>,
}

/// A fingerprint that the batch has seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewFingerprint {
    pub(crate) hash: u64,
    pub(crate) text: Span,
}

/// An actor that the batch has seen: its names as spans of the block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewActor {
    names: [Option<Span>; 4],
    hash: u64,
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
    pub(crate) session_line: u64,
    pub(crate) transaction: Option<u64>,
    pub(crate) query_id: Option<i64>,
    pub(crate) actor: u32,
    pub(crate) fingerprint: Option<u32>,
    pub(crate) statements: u32,
    pub(crate) literals: Span,
    /// The statement in the block.
    pub(crate) text: Span,
    pub(crate) byte: u32,
    pub(crate) line: u32,
    /// Are the bind parameters there? `None` if the statement has none.
    pub(crate) parameters: Option<bool>,
}

/// What the event was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordKind {
    /// A finished step with its statement.
    Finished(Step, Micros),
    /// A statement as it starts.
    Started(Step),
    /// A duration without its statement.
    Duration(Micros, Option<Step>),
    Plan {
        duration: Micros,
        nested: bool,
    },
    Error {
        severity: Severity,
        state: Option<[u8; 5]>,
        killed: Option<Killed>,
    },
    TemporaryFile(u64),
    /// The object as a hash.
    LockWait {
        object: u64,
        waited: Micros,
        acquired: bool,
    },
    Connected,
    Disconnected,
}

/// Reads blocks, one at a time, with buffers that last.
pub(crate) struct Worker<'p> {
    hasher: TextHasher,
    readers: Vec<Reader<'p>>,
    normalizer: Normalizer,
    repeats: Repeats,
    parameters: Vec<Option<Literal>>,
}

/// The fingerprints in the current batch of texts that the normaliser has seen before.
#[derive(Debug, Default)]
struct Repeats {
    generation: u32,
    batch: u64,
    /// By the number of the text: the batch it was last seen in, and its fingerprint there.
    seen: Vec<(u64, u32)>,
}

impl Repeats {
    #[inline]
    fn get(&mut self, repeat: Repeat) -> Option<u32> {
        if repeat.generation != self.generation {
            self.generation = repeat.generation;
            self.seen.clear();
        }
        let (batch, fingerprint) = *self.seen.get(repeat.number as usize)?;
        (batch == self.batch).then_some(fingerprint)
    }

    fn set(&mut self, repeat: Repeat, fingerprint: u32) {
        let place = repeat.number as usize;
        if place >= self.seen.len() {
            self.seen.resize(place + 1, (u64::MAX, 0));
        }
        self.seen[place] = (self.batch, fingerprint);
    }
}

impl<'p> Worker<'p> {
    pub(crate) fn new(prefixes: &'p [Vec<Prefix>], hasher: TextHasher) -> Self {
        Self {
            hasher,
            readers: prefixes.iter().map(|prefixes| Reader::new(prefixes)).collect(),
            normalizer: Normalizer::new(Dialect::Postgres),
            repeats: Repeats::default(),
            parameters: Vec::new(),
        }
    }

    /// Reads a block; `batch` gives its buffers.
    pub(crate) fn read(&mut self, block: Block, mut batch: Batch) -> Batch {
        batch.clear();
        let Self { hasher, readers, normalizer, repeats, parameters } = self;
        repeats.batch = block.number;
        if let Some(reader) = readers.get_mut(block.stream) {
            let mut filler = Filler { batch: &mut batch, hasher, normalizer, repeats, parameters };
            let account = reader
                .read(&block.bytes, block.begins_stream, |event| filler.add(&block.bytes, &event));
            batch.account = account;
        }
        batch.block = block;
        batch
    }
}

impl Batch {
    fn clear(&mut self) {
        self.records.clear();
        self.literals.clear();
        self.fingerprints.clear();
        self.texts.clear();
        self.actors.clear();
        self.by_text.clear();
        self.by_actor.clear();
        self.account = Account::default();
    }

    /// The names of an actor of this batch.
    pub(crate) fn actor(&self, actor: &NewActor) -> Actor<'_> {
        let [user, database, application, client] =
            actor.names.map(|name| name.map(|span| span.of(&self.block.bytes)));
        Actor { user, database, application, client }
    }
}

/// Turns events into records of one batch.
struct Filler<'w> {
    batch: &'w mut Batch,
    hasher: &'w TextHasher,
    normalizer: &'w mut Normalizer,
    repeats: &'w mut Repeats,
    parameters: &'w mut Vec<Option<Literal>>,
}

impl Filler<'_> {
    #[inline]
    fn add(&mut self, block: &[u8], event: &Event<'_>) {
        let mut record = Record {
            kind: RecordKind::Connected,
            time: event.time,
            session: event.session,
            session_line: event.session_line.unwrap_or(0),
            transaction: event.transaction,
            query_id: event.query_id,
            actor: self.actor(block, &event.actor),
            fingerprint: None,
            statements: 0,
            literals: Span::default(),
            text: Span::default(),
            byte: event.position.byte as u32,
            line: event.position.line as u32,
            parameters: None,
        };
        let mut failed = |record: &mut Record, statement: Option<&[u8]>| {
            if let Some(statement) = statement {
                self.normalize(block, statement, record);
            }
        };
        record.kind = match &event.body {
            Body::Statement(statement) => {
                self.statement(block, statement, &mut record);
                match statement.duration {
                    Some(duration) => RecordKind::Finished(statement.step, duration),
                    None => RecordKind::Started(statement.step),
                }
            }
            Body::Duration { duration, step } => RecordKind::Duration(*duration, *step),
            Body::Plan { duration, query, nested } => {
                self.normalize(block, query, &mut record);
                RecordKind::Plan { duration: *duration, nested: *nested }
            }
            Body::Error(error) => {
                failed(&mut record, error.statement);
                RecordKind::Error {
                    severity: error.severity,
                    state: error.state,
                    killed: error.killed,
                }
            }
            Body::TemporaryFile { bytes, statement } => {
                failed(&mut record, *statement);
                RecordKind::TemporaryFile(*bytes)
            }
            Body::LockWait { process, object, waited, acquired, statement } => {
                failed(&mut record, *statement);
                let object = self.hasher.hash_one((process, object));
                RecordKind::LockWait { object, waited: *waited, acquired: *acquired }
            }
            Body::Connected => RecordKind::Connected,
            Body::Disconnected => RecordKind::Disconnected,
        };
        self.batch.records.push(record);
    }

    /// A statement with its parameters. Of parse and bind nothing but the time is used.
    #[inline]
    fn statement(&mut self, block: &[u8], statement: &Statement<'_>, record: &mut Record) {
        match statement.step {
            Step::Parse | Step::Bind => return,
            // EXECUTE of a prepared statement is that statement.
            Step::Simple => {
                let prepared =
                    statement.prepared.and_then(|text| prepared_query(text, Dialect::Postgres));
                self.normalize(block, prepared.unwrap_or(statement.text), record);
            }
            Step::Execute | Step::Fetch => self.normalize(block, statement.text, record),
        }
        let literals = record.literals.start as usize..;
        let literals = &mut self.batch.literals[literals];
        if !literals.iter().any(|literal| literal.as_param().is_some()) {
            return;
        }
        record.parameters = Some(statement.parameters.is_some());
        let Some(list) = statement.parameters else { return };
        self.parameters.clear();
        for (number, value) in bind_parameters(list) {
            let place = number as usize;
            if place > KEPT_PARAMETERS {
                break;
            }
            if place >= self.parameters.len() {
                self.parameters.resize(place + 1, None);
            }
            self.parameters[place] = Some(Literal::from_text(value.unwrap_or(b"null")));
        }
        for literal in literals {
            let value =
                literal.as_param().and_then(|number| *self.parameters.get(number as usize)?);
            *literal = value.unwrap_or(*literal);
        }
    }

    #[inline]
    fn normalize(&mut self, block: &[u8], text: &[u8], record: &mut Record) {
        record.text = span_in(block, text);
        let normalized = self.normalizer.normalize(text);
        record.statements = normalized.statements;
        record.literals = self.batch.keep_literals(normalized.literals);
        let known = normalized.repeat.and_then(|repeat| self.repeats.get(repeat));
        record.fingerprint = Some(known.unwrap_or_else(|| {
            let hash = self.hasher.hash_one(normalized.text);
            let fingerprint = self.batch.fingerprint(normalized.text, hash);
            if let Some(repeat) = normalized.repeat {
                self.repeats.set(repeat, fingerprint);
            }
            fingerprint
        }));
    }

    /// The actor's number in the batch.
    #[inline]
    fn actor(&mut self, block: &[u8], actor: &Actor<'_>) -> u32 {
        let names = [actor.user, actor.database, actor.application, actor.client];
        let hash = quick_hash(&names);
        let actors = &self.batch.actors;
        let known = self.batch.by_actor.find(hash, |place| {
            let known = &actors[*place as usize];
            known.hash == hash && known.names.map(|name| name.map(|span| span.of(block))) == names
        });
        if let Some(place) = known {
            return *place;
        }
        let place = actors.len() as u32;
        let names = names.map(|name| name.map(|name| span_in(block, name)));
        self.batch.actors.push(NewActor { names, hash });
        let actors = &self.batch.actors;
        self.batch.by_actor.insert_unique(hash, place, |place| actors[*place as usize].hash);
        place
    }
}

impl Batch {
    #[inline]
    fn keep_literals(&mut self, literals: &[Literal]) -> Span {
        let start = self.literals.len() as u32;
        self.literals.extend_from_slice(literals);
        Span { start, len: literals.len() as u32 }
    }

    /// The number of a normalised text in the batch.
    #[inline]
    fn fingerprint(&mut self, text: &[u8], hash: u64) -> u32 {
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

/// A hash of short names by their ends and lengths: names are compared as well, and there are few
/// of them, so it need not be a good one.
#[inline]
fn quick_hash(names: &[Option<&[u8]>; 4]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    names.iter().fold(0, |hash, name| {
        let name = name.unwrap_or_default();
        let word = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
            (Some(first), Some(last)) => {
                u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29)
            }
            _ => name.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
        };
        ((hash ^ word ^ (name.len() as u64) << 56).wrapping_mul(MULTIPLIER)).rotate_left(31)
    })
}

/// Where `part` stands in `block`; empty if it is no part of it, as a text that was unescaped.
#[inline]
fn span_in(block: &[u8], part: &[u8]) -> Span {
    let start = (part.as_ptr() as usize).wrapping_sub(block.as_ptr() as usize);
    if start.checked_add(part.len()).is_none_or(|end| end > block.len()) {
        return Span::default();
    }
    Span { start: start as u32, len: part.len() as u32 }
}
