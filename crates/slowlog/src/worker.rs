//! Turning blocks into batches.

use std::hash::BuildHasher;
use std::num::NonZero;

use slowlog_event::{
    Actor, Body, Dialect, ErrorCode, Event, Literal, LockKind, SlowEntry, Statement, Step,
    is_commented,
};
use slowlog_normalize::{Normalizer, Repeat, Seen, prepared_query};
use slowlog_parse::{
    Format, Literals, Reader, Sink, Written, Zone, bind_parameters, statement_arguments,
    write_slow_event,
};

use crate::batch::{Batch, Normalized, Record, RecordKind, SlowRecord, Span};
use crate::feed::Block;
use crate::filter::Filter;

/// Hashes texts of statements: seeded anew for each analysis, since logs are written by strangers.
pub(crate) type TextHasher = foldhash::fast::RandomState;

/// Bind parameters past this number are not kept.
const KEPT_PARAMETERS: usize = 64;

/// Reads blocks, one at a time, with buffers that last.
pub(crate) struct Worker<'p> {
    /// Numbers its readers and normalisers.
    first_source: usize,
    hasher: TextHasher,
    formats: Vec<FormatReader<'p>>,
    /// Set if it matters what statements say.
    filter: Option<&'p Filter>,
    /// Set if entries are to be written again.
    literals: Option<Literals>,
    parameters: Vec<Literal>,
}

/// Reads the blocks of one format.
struct FormatReader<'p> {
    format: &'p Format,
    reader: Reader<'p>,
    dialect: Dialect,
    text_tabbed: bool,
    lacks_times: bool,
    names_sessions_once: bool,
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

/// The texts of a normaliser that were handed over with their numbers.
#[derive(Debug, Default)]
struct Repeats {
    generation: u32,
    /// By number.
    known: Vec<bool>,
}

impl Repeats {
    /// Was it handed over before? From now on it is.
    #[inline]
    fn knows(&mut self, repeat: Repeat) -> bool {
        if repeat.generation != self.generation {
            self.generation = repeat.generation;
            self.known.clear();
        }
        let number = repeat.number as usize;
        if number >= self.known.len() {
            self.known.resize(number + 1, false);
        }
        std::mem::replace(&mut self.known[number], true)
    }
}

impl<'p> Worker<'p> {
    /// For blocks of these formats; the workers of an analysis have different numbers.
    pub(crate) fn new(
        number: usize,
        formats: &'p [Format],
        hasher: TextHasher,
        filter: Option<&'p Filter>,
        zone: Option<&Zone>,
        literals: Option<Literals>,
    ) -> Self {
        let reader = |format: &'p Format| FormatReader {
            format,
            reader: {
                let mut reader = Reader::new(format);
                if let Some(zone) = zone {
                    reader.set_zone(zone.clone());
                }
                reader
            },
            dialect: format.dialect(),
            text_tabbed: format.indents_continuations(),
            lacks_times: format.lacks_times(),
            names_sessions_once: format.names_sessions_once(),
            normalizer: Normalizer::new(format.dialect()),
            repeats: Repeats::default(),
            actors: Places::default(),
        };
        Self {
            first_source: number * formats.len(),
            hasher,
            formats: formats.iter().map(reader).collect(),
            filter: filter.filter(|filter| filter.asks_for_statements()),
            literals,
            parameters: Vec::new(),
        }
    }

    /// Reads a block; `batch` gives its buffers.
    pub(crate) fn read(&mut self, block: Block, mut batch: Batch) -> Batch {
        batch.clear();
        let Self { first_source, hasher, formats, filter, literals, parameters } = self;
        batch.source = *first_source + block.format;
        if let Some(format) = formats.get_mut(block.format) {
            batch.dialect = format.dialect;
            batch.text_tabbed = format.text_tabbed;
            batch.names_sessions_once = format.names_sessions_once;
            let lacks_times = format.lacks_times;
            let FormatReader { format, reader, normalizer, repeats, actors, .. } = format;
            actors.batch = block.number;
            let (bytes, batch) = (&block.bytes, &mut batch);
            batch.kept.begin(bytes);
            let literals_of_rows = literals.filter(|_| format.has_slow_rows());
            let mut filler = Filler {
                block: bytes,
                batch,
                hasher,
                filter: *filter,
                normalizer,
                repeats,
                actors,
                parameters,
                lacks_times,
                literals_of_rows,
                seen: None,
            };
            let account = reader.read_into(bytes, block.begins_stream, block.ends_log, &mut filler);
            batch.account = account;
            if let (Some(literals), None) = (*literals, literals_of_rows) {
                rewrite(format, literals, bytes, batch);
            }
        }
        batch.block = block;
        batch
    }
}

/// Writes the entry of each record again.
fn rewrite(format: &Format, literals: Literals, block: &[u8], batch: &mut Batch) {
    let end = batch.account.open_from.map_or(block.len(), |open| open as usize);
    for place in 0..batch.records.len() {
        let start = batch.records[place].byte as usize;
        let end = batch.records.get(place + 1).map_or(end, |next| next.byte as usize);
        batch.rewrite(|out| format.write_entry(&block[start..end], literals, out));
    }
}

/// Turns events into records of one batch.
struct Filler<'w> {
    block: &'w [u8],
    batch: &'w mut Batch,
    hasher: &'w TextHasher,
    filter: Option<&'w Filter>,
    normalizer: &'w mut Normalizer,
    repeats: &'w mut Repeats,
    actors: &'w mut Places,
    parameters: &'w mut Vec<Literal>,
    lacks_times: bool,
    /// Set if rows of tables are to be written again as entries.
    literals_of_rows: Option<Literals>,
    /// The statement that was looked up last, by its place in the block.
    seen: Option<(Span, Seen)>,
}

impl Sink for Filler<'_> {
    #[inline]
    fn event(&mut self, event: &Event<'_>) {
        self.add(event);
        if let Some(literals) = self.literals_of_rows {
            self.batch.rewrite(|out| {
                write_slow_event(event, literals, out);
                Written::default()
            });
        }
    }

    #[inline]
    fn ends_outside(&mut self, statement: &[u8]) -> bool {
        let span = self.batch.kept.keep(self.block, statement);
        self.seen = self.normalizer.look_up(statement).map(|seen| (span, seen));
        self.seen.is_some()
    }
}

impl Filler<'_> {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        let mut record = Record {
            kind: RecordKind::Connected,
            time: event.time,
            session: event.session,
            transaction: event.transaction.and_then(NonZero::new),
            query_id: event.query_id.and_then(NonZero::new),
            session_line: event
                .session_line
                .map_or(0, |line| u32::try_from(line).unwrap_or(u32::MAX)),
            session_lines: event.session_lines,
            actor: self.actor(event),
            normalized: None,
            literals: 0,
            literals_len: 0,
            several_statements: false,
            is_cut: false,
            commented: false,
            excluded: false,
            text: Span::default(),
            byte: event.position.byte as u32,
            line: event.position.line as u32,
            parameters: None,
            slow: None,
        };
        record.kind = match &event.body {
            Body::Statement(statement) => self.statement(statement, &mut record),
            body => self.other(body, &mut record),
        };
        self.batch.records.push(record);
    }

    /// Anything but a statement of PostgreSQL.
    #[inline(never)]
    fn other(&mut self, body: &Body<'_>, record: &mut Record) -> RecordKind {
        let mut failed = |record: &mut Record, statement: Option<&[u8]>| match statement {
            Some(statement) => {
                self.normalize(statement, record);
            }
            None => {
                record.excluded = self.filter.is_some_and(|filter| !filter.has_no_statement());
            }
        };
        match body {
            Body::Statement(statement) => self.statement(statement, record),
            Body::Slow(entry) => {
                self.normalize(entry.text, record);
                if let Some(arguments) = entry.arguments.filter(|_| !record.excluded) {
                    self.fill_arguments(arguments, record);
                }
                record.slow = NonZero::new(self.slow(entry));
                match entry.duration {
                    Some(duration) => RecordKind::Finished(Step::Simple, duration),
                    None => RecordKind::Started(Step::Simple),
                }
            }
            Body::LogOpened { version } => {
                record.text = self.batch.kept.keep(self.block, version);
                RecordKind::LogOpened
            }
            Body::Throttled(statements) => {
                failed(record, None);
                RecordKind::Throttled(*statements)
            }
            Body::Duration { duration, step } => {
                // Without its statement nobody knows whether it was asked for.
                record.excluded = self.filter.is_some();
                RecordKind::Duration(*duration, *step)
            }
            Body::Plan { duration, plan, query, nested } => {
                self.normalize(query, record);
                let plan = self.batch.kept.keep(self.block, plan);
                RecordKind::Plan { duration: *duration, nested: *nested, plan }
            }
            Body::Error(error) => {
                failed(record, error.statement);
                RecordKind::Error {
                    severity: error.severity,
                    code: error.state.map(ErrorCode::State),
                    killed: error.killed,
                }
            }
            Body::TemporaryFile { bytes, statement } => {
                failed(record, *statement);
                RecordKind::TemporaryFile(*bytes)
            }
            Body::LockWait { process, object, waited, step, statement } => {
                failed(record, *statement);
                let kind = LockKind::parse(object);
                let object = self.hasher.hash_one((process, object));
                RecordKind::LockWait { object, kind, waited: *waited, step: *step }
            }
            Body::Connected => RecordKind::Connected,
            Body::Disconnected { lasted } => RecordKind::Disconnected(*lasted),
            Body::Maintenance { kind, took } => RecordKind::Maintenance(*kind, *took),
            Body::Other => RecordKind::Other,
            Body::SchemaChosen => RecordKind::SchemaChosen,
        }
    }

    /// A statement with its parameters. Of parse and bind nothing but the time is used.
    #[inline]
    fn statement(&mut self, statement: &Statement<'_>, record: &mut Record) -> RecordKind {
        let may_have_parameters = match statement.step {
            Step::Parse | Step::Bind => {
                record.excluded = !self.wants(statement.text);
                false
            }
            // EXECUTE of a prepared statement is that statement.
            Step::Simple => {
                let prepared =
                    statement.prepared.and_then(|text| prepared_query(text, Dialect::Postgres));
                self.normalize(prepared.unwrap_or(statement.text), record)
            }
            Step::Execute | Step::Fetch => self.normalize(statement.text, record),
        };
        if may_have_parameters {
            self.fill_parameters(statement.parameters, record);
        }
        match statement.duration {
            Some(duration) => RecordKind::Finished(statement.step, duration),
            None if self.lacks_times => RecordKind::Untimed,
            None => RecordKind::Started(statement.step),
        }
    }

    /// Puts bind parameters in the places of `$1`, `$2`, …, if there is a list of them.
    #[inline]
    fn fill_parameters(&mut self, list: Option<&[u8]>, record: &mut Record) {
        let mut list = list.map(bind_parameters);
        self.parameters.clear();
        for literal in &mut self.batch.literals[record.literals as usize..] {
            let Some(number) = literal.as_param() else { continue };
            record.parameters = Some(list.is_some());
            let Some(list) = &mut list else { return };
            // The list has all parameters in order, and so have most statements; it is read as far as
            // it is needed.
            let number = number as usize;
            if number == self.parameters.len() + 1 && number <= KEPT_PARAMETERS {
                let Some(value) = list.next_literal() else { continue };
                self.parameters.push(value);
                *literal = value;
                continue;
            }
            while self.parameters.len() < number.min(KEPT_PARAMETERS) {
                let Some(value) = list.next_literal() else { break };
                self.parameters.push(value);
            }
            let value = number.checked_sub(1).and_then(|place| self.parameters.get(place));
            *literal = value.copied().unwrap_or(*literal);
        }
    }

    /// Puts the values of a prepared statement in the places of its `?`.
    #[cold]
    fn fill_arguments(&mut self, arguments: &[u8], record: &mut Record) {
        let literals = &mut self.batch.literals[record.literals as usize..];
        let places = literals.iter_mut().filter(|literal| literal.as_param().is_some());
        for (place, value) in places.zip(statement_arguments(arguments)) {
            *place = Literal::from_text(value);
            record.parameters = Some(true);
        }
    }

    /// Normalises a statement. Returns whether there may be parameters among its literals.
    #[inline]
    fn normalize(&mut self, text: &[u8], record: &mut Record) -> bool {
        record.text = self.batch.kept.keep(self.block, text);
        if !self.wants(text) {
            record.excluded = true;
            record.normalized = Some(Normalized::Not);
            return false;
        }
        let seen = self.seen.take().filter(|(span, _)| *span == record.text);
        let normalized = match seen {
            Some((_, seen)) => self.normalizer.normalize_seen(seen, text),
            None => self.normalizer.normalize(text),
        };
        record.several_statements = normalized.statements > 1;
        record.is_cut = normalized.truncated;
        record.commented = is_commented(text);
        record.literals = self.batch.literals.len() as u32;
        record.literals_len = normalized.literals.len() as u8;
        self.batch.literals.extend_from_slice(normalized.literals);
        record.normalized = Some(match normalized.repeat {
            Some(repeat) if self.repeats.knows(repeat) => Normalized::Known(repeat.number),
            repeat => {
                let hash = self.hasher.hash_one(normalized.text);
                let number = repeat.map(|repeat| repeat.number);
                self.batch.add_text(normalized.text, hash, number)
            }
        });
        normalized.may_have_parameters
    }

    /// Was a statement asked for?
    #[inline]
    fn wants(&self, text: &[u8]) -> bool {
        let Batch { text_tabbed, dialect, .. } = &*self.batch;
        self.filter.is_none_or(|filter| filter.has_statement(text, *text_tabbed, *dialect))
    }

    /// Keeps what an entry says beyond a record; its number, counted from 1.
    fn slow(&mut self, entry: &SlowEntry<'_>) -> u32 {
        let counters =
            Span { start: self.batch.counters.len() as u32, len: entry.counters.len() as u32 };
        self.batch.counters.extend_from_slice(entry.counters);
        let kept = &mut self.batch.kept;
        self.batch.slow.push(SlowRecord {
            stamped: entry.stamped,
            inherits_database: entry.inherits_database,
            duration: entry.duration,
            error: entry.error,
            killed: entry.killed,
            sampling: entry.sampling,
            counters,
            routine: entry.routine.map(|routine| kept.keep(self.block, routine)),
            plan: entry.plan.map(|plan| kept.keep(self.block, plan)),
        });
        self.batch.slow.len() as u32
    }

    /// The actor's place in the batch.
    #[inline]
    fn actor(&mut self, event: &Event<'_>) -> u32 {
        let Some(number) = event.actor_number else {
            return self.compared_actor(&event.actor);
        };
        self.actors.get(number).unwrap_or_else(|| {
            let names = names(&event.actor);
            let place = self.batch.add_actor(self.block, names, 0, Some(number));
            self.actors.set(number, place);
            place
        })
    }

    fn compared_actor(&mut self, actor: &Actor<'_>) -> u32 {
        let names = names(actor);
        let hash = quick_hash(&names);
        let Batch { actors, kept, .. } = &*self.batch;
        let known = self.batch.by_actor.find(hash, |place| {
            let known = &actors[*place as usize];
            let texts = || known.names.map(|name| name.map(|span| kept.get(self.block, span)));
            known.hash == hash && texts() == names
        });
        if let Some(place) = known {
            return *place;
        }
        let place = self.batch.add_actor(self.block, names, hash, None);
        let actors = &self.batch.actors;
        self.batch.by_actor.insert_unique(hash, place, |place| actors[*place as usize].hash);
        place
    }
}

fn names<'a>(actor: &Actor<'a>) -> [Option<&'a [u8]>; 4] {
    [actor.user, actor.database, actor.application, actor.client]
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
