//! What a worker makes of a block: compact records, and the texts that are new to it.

use std::hash::BuildHasher;
use std::num::NonZero;

use hashbrown::HashTable;
use slowlog_event::{
    Actor, Body, Counter, Dialect, ErrorCode, Event, Killed, Literal, Micros, Sampling, Session,
    Severity, SlowEntry, Statement, Step, Timestamp,
};
use slowlog_normalize::{Normalizer, Repeat, prepared_query};
use slowlog_parse::{Account, Format, Reader, bind_parameters};

use crate::feed::Block;
use crate::texts::Texts;

/// Hashes texts of statements: seeded anew for each analysis, since logs are written by strangers.
pub(crate) type TextHasher = foldhash::fast::RandomState;

/// Bind parameters past this number are not kept.
const KEPT_PARAMETERS: usize = 64;

/// A block, read.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) block: Block,
    pub(crate) dialect: Dialect,
    /// Has the log put a TAB at the start of each continuation line of a statement?
    pub(crate) text_tabbed: bool,
    pub(crate) records: Vec<Record>,
    pub(crate) literals: Vec<Literal>,
    pub(crate) fingerprints: Vec<NewFingerprint>,
    /// Normalised texts of `fingerprints`, one after the other.
    pub(crate) texts: Vec<u8>,
    /// Texts that records and actors have.
    kept: Texts,
    pub(crate) actors: Vec<NewActor>,
    pub(crate) slow: Vec<SlowRecord>,
    pub(crate) counters: Vec<(Counter, u64)>,
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

/// An actor that the batch has seen: its names as texts of the batch.
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
    pub(crate) transaction: Option<NonZero<u64>>,
    pub(crate) query_id: Option<NonZero<i64>>,
    pub(crate) session_line: u32,
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
    duration: Option<Micros>,
    error: u32,
    killed: u32,
    sampling: Option<Sampling>,
    counters: Span,
    routine: Option<Span>,
    plan: Option<Span>,
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
        code: Option<ErrorCode>,
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
    /// The server has opened its log; its version is the text of the record.
    LogOpened,
    /// Statements that were left out.
    Throttled(u64),
}

/// Reads blocks, one at a time, with buffers that last.
pub(crate) struct Worker<'p> {
    hasher: TextHasher,
    streams: Vec<StreamReader<'p>>,
    parameters: Vec<Option<Literal>>,
}

/// Reads the blocks of one stream.
struct StreamReader<'p> {
    reader: Reader<'p>,
    dialect: Dialect,
    text_tabbed: bool,
    normalizer: Normalizer,
    repeats: Repeats,
    /// By the numbers that the reader gives to actors.
    actors: Places,
}

/// The places in the current batch of what has a number for longer than that.
#[derive(Debug, Default)]
struct Places {
    batch: u64,
    /// By number: the batch it was last seen in, and its place there.
    seen: Vec<(u64, u32)>,
}

impl Places {
    #[inline]
    fn get(&self, number: u32) -> Option<u32> {
        let (batch, place) = *self.seen.get(number as usize)?;
        (batch == self.batch).then_some(place)
    }

    fn set(&mut self, number: u32, place: u32) {
        let number = number as usize;
        if number >= self.seen.len() {
            self.seen.resize(number + 1, (u64::MAX, 0));
        }
        self.seen[number] = (self.batch, place);
    }
}

/// The fingerprints in the current batch of texts that the normaliser has seen before.
#[derive(Debug, Default)]
struct Repeats {
    generation: u32,
    places: Places,
}

impl Repeats {
    #[inline]
    fn get(&mut self, repeat: Repeat) -> Option<u32> {
        if repeat.generation != self.generation {
            self.generation = repeat.generation;
            self.places.seen.clear();
        }
        self.places.get(repeat.number)
    }
}

impl<'p> Worker<'p> {
    /// For streams of these formats.
    pub(crate) fn new(formats: &'p [Format], hasher: TextHasher) -> Self {
        let stream = |format: &'p Format| StreamReader {
            reader: Reader::new(format),
            dialect: format.dialect(),
            text_tabbed: format.indents_continuations(),
            normalizer: Normalizer::new(format.dialect()),
            repeats: Repeats::default(),
            actors: Places::default(),
        };
        Self { hasher, streams: formats.iter().map(stream).collect(), parameters: Vec::new() }
    }

    /// Reads a block; `batch` gives its buffers.
    pub(crate) fn read(&mut self, block: Block, mut batch: Batch) -> Batch {
        batch.clear();
        let Self { hasher, streams, parameters } = self;
        if let Some(stream) = streams.get_mut(block.stream) {
            batch.dialect = stream.dialect;
            batch.text_tabbed = stream.text_tabbed;
            let StreamReader { reader, normalizer, repeats, actors, .. } = stream;
            repeats.places.batch = block.number;
            actors.batch = block.number;
            let (bytes, batch) = (&block.bytes, &mut batch);
            batch.kept.begin(bytes);
            let mut filler = Filler { batch, hasher, normalizer, repeats, actors, parameters };
            let account = reader.read(bytes, block.begins_stream, block.ends_log, |event| {
                filler.add(bytes, event);
            });
            batch.account = account;
        }
        batch.block = block;
        batch
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            block: Block::default(),
            dialect: Dialect::Postgres,
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
    fn clear(&mut self) {
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

/// Turns events into records of one batch.
struct Filler<'w> {
    batch: &'w mut Batch,
    hasher: &'w TextHasher,
    normalizer: &'w mut Normalizer,
    repeats: &'w mut Repeats,
    actors: &'w mut Places,
    parameters: &'w mut Vec<Option<Literal>>,
}

impl Filler<'_> {
    #[inline]
    fn add(&mut self, block: &[u8], event: &Event<'_>) {
        let mut record = Record {
            kind: RecordKind::Connected,
            time: event.time,
            session: event.session,
            transaction: event.transaction.and_then(NonZero::new),
            query_id: event.query_id.and_then(NonZero::new),
            session_line: event
                .session_line
                .map_or(0, |line| u32::try_from(line).unwrap_or(u32::MAX)),
            actor: self.actor(block, event),
            fingerprint: None,
            literals: 0,
            literals_len: 0,
            several_statements: false,
            text: Span::default(),
            byte: event.position.byte as u32,
            line: event.position.line as u32,
            parameters: None,
            slow: None,
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
            Body::Slow(entry) => {
                self.normalize(block, entry.text, &mut record);
                record.slow = NonZero::new(self.slow(block, entry));
                match entry.duration {
                    Some(duration) => RecordKind::Finished(Step::Simple, duration),
                    None => RecordKind::Started(Step::Simple),
                }
            }
            Body::LogOpened { version } => {
                record.text = self.batch.kept.keep(block, version);
                RecordKind::LogOpened
            }
            Body::Throttled(statements) => RecordKind::Throttled(*statements),
            Body::Duration { duration, step } => RecordKind::Duration(*duration, *step),
            Body::Plan { duration, query, nested } => {
                self.normalize(block, query, &mut record);
                RecordKind::Plan { duration: *duration, nested: *nested }
            }
            Body::Error(error) => {
                failed(&mut record, error.statement);
                RecordKind::Error {
                    severity: error.severity,
                    code: error.state.map(ErrorCode::State),
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
        let literals = record.literals as usize..;
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
        record.text = self.batch.kept.keep(block, text);
        let normalized = self.normalizer.normalize(text);
        record.several_statements = normalized.statements > 1;
        record.literals = self.batch.literals.len() as u32;
        record.literals_len = normalized.literals.len() as u8;
        self.batch.literals.extend_from_slice(normalized.literals);
        let known = normalized.repeat.and_then(|repeat| self.repeats.get(repeat));
        record.fingerprint = Some(known.unwrap_or_else(|| {
            let hash = self.hasher.hash_one(normalized.text);
            let fingerprint = self.batch.fingerprint(normalized.text, hash);
            if let Some(repeat) = normalized.repeat {
                self.repeats.places.set(repeat.number, fingerprint);
            }
            fingerprint
        }));
    }

    /// Keeps what an entry says beyond a record; its number, counted from 1.
    fn slow(&mut self, block: &[u8], entry: &SlowEntry<'_>) -> u32 {
        let counters =
            Span { start: self.batch.counters.len() as u32, len: entry.counters.len() as u32 };
        self.batch.counters.extend_from_slice(entry.counters);
        let kept = &mut self.batch.kept;
        self.batch.slow.push(SlowRecord {
            inherits_database: entry.inherits_database,
            duration: entry.duration,
            error: entry.error,
            killed: entry.killed,
            sampling: entry.sampling,
            counters,
            routine: entry.routine.map(|routine| kept.keep(block, routine)),
            plan: entry.plan.map(|plan| kept.keep(block, plan)),
        });
        self.batch.slow.len() as u32
    }

    /// The actor's place in the batch.
    #[inline]
    fn actor(&mut self, block: &[u8], event: &Event<'_>) -> u32 {
        if let Some(place) = event.actor_number.and_then(|number| self.actors.get(number)) {
            return place;
        }
        let place = self.compared_actor(block, &event.actor);
        if let Some(number) = event.actor_number {
            self.actors.set(number, place);
        }
        place
    }

    fn compared_actor(&mut self, block: &[u8], actor: &Actor<'_>) -> u32 {
        let names = [actor.user, actor.database, actor.application, actor.client];
        let hash = quick_hash(&names);
        let Batch { actors, kept, .. } = &*self.batch;
        let known = self.batch.by_actor.find(hash, |place| {
            let known = &actors[*place as usize];
            let texts = || known.names.map(|name| name.map(|span| kept.get(block, span)));
            known.hash == hash && texts() == names
        });
        if let Some(place) = known {
            return *place;
        }
        let place = actors.len() as u32;
        let kept = &mut self.batch.kept;
        let names = names.map(|name| name.map(|name| kept.keep(block, name)));
        self.batch.actors.push(NewActor { names, hash });
        let actors = &self.batch.actors;
        self.batch.by_actor.insert_unique(hash, place, |place| actors[*place as usize].hash);
        place
    }
}

impl Batch {
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
