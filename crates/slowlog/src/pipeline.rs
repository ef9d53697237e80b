//! Parse in parallel, replay in order.
//!
//! Every thread does the same: take the next block from the feed, read it, put the batch into the
//! queue, and replay what is next in order if nobody else does. So one thread needs no hand-over,
//! two are both busy to the end, and whatever has a memory of the past sees one ordered sequence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use slowlog_digest::{Completeness, Digest, InputSummary, Problem, ProblemKind, ProblemPlace};
use slowlog_event::{
    Actor, ActorId, FingerprintIndex, Observer, Position, Timestamp, without_tabs,
};
use slowlog_normalize::NPlusOne;
use slowlog_parse::Format;

use crate::assemble::{Assembler, Resolved};
use crate::batch::{Batch, Record, RecordKind};
use crate::carrier::Outline;
use crate::error::Error;
use crate::feed::{Fate, Feed, Segment};
use crate::observers::{Nobody, Observers};
use crate::outer::Outer;
use crate::overlap::{Mark, Overlaps, second};
use crate::shapes::Shapes;
use crate::sniff;
use crate::speakers::Speakers;
use crate::worker::{TextHasher, Worker};

/// Processes write entries out of order, by less than this.
const DISORDER_US: i64 = 60_000_000;

/// What the replay hands executions to, and what it is told about the inputs.
pub(crate) struct Listeners {
    pub(crate) observers: Observers,
    pub(crate) overlaps: Option<Overlaps>,
    /// Inputs in envelopes, and where their text comes from.
    pub(crate) outlines: Vec<(usize, Arc<Outline>)>,
}

/// What the pipeline hands back.
pub(crate) struct Outcome {
    pub(crate) digest: Digest,
    pub(crate) n_plus_one: NPlusOne,
    pub(crate) completeness: Completeness,
    pub(crate) inputs: Vec<InputSummary>,
}

/// Reads everything that `feed` has.
pub(crate) fn run(
    feed: Feed<'_>,
    formats: &[Format],
    inputs: Vec<InputSummary>,
    listeners: Listeners,
    threads: usize,
) -> Result<Outcome, Error> {
    let shapes = Shapes::default();
    let hasher = TextHasher::default();
    let shared = Shared {
        feed: Mutex::new(feed),
        queue: Mutex::new(Queue { window: 2 * threads as u64 + 2, ..Queue::default() }),
        moved: Condvar::new(),
        replay: Mutex::new(Replay::new(
            inputs,
            listeners,
            Worker::new(formats, hasher.clone()),
            &shapes,
        )),
        shapes: &shapes,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("slowlog-{number}"))
        .build()
        .map_err(|error| Error::Threads(error.to_string()))?;
    pool.scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|_| shared.work(Worker::new(formats, hasher.clone())));
        }
    });
    let feed = shared.feed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let replay = shared.replay.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut outcome = replay.finish(feed);
    for (fingerprint, shape) in shapes.finish() {
        outcome.digest.fingerprints.set_shape(fingerprint, shape);
    }
    Ok(outcome)
}

struct Shared<'s> {
    feed: Mutex<Feed<'s>>,
    queue: Mutex<Queue>,
    /// The queue has moved on.
    moved: Condvar,
    replay: Mutex<Replay<'s>>,
    shapes: &'s Shapes,
}

/// Batches between reading and replay.
#[derive(Default)]
struct Queue {
    ready: BTreeMap<u64, Batch>,
    /// Number of the next batch to replay.
    next: u64,
    /// Blocks may be read ahead of the replay by so many.
    window: u64,
    /// Blocks handed out.
    taken: u64,
    /// Batches whose buffers can be used again.
    spare: Vec<Batch>,
    /// A thread has panicked: the others must not wait for its batch.
    broken: bool,
}

impl Shared<'_> {
    fn work(&self, mut worker: Worker<'_>) {
        let _guard = BreakOnPanic(self);
        loop {
            self.shapes.work();
            let Some(mut batch) = self.permit() else { return };
            let block = lock(&self.feed).next_block(std::mem::take(&mut batch.block));
            let Some(block) = block else { return };
            let batch = worker.read(block, batch);
            lock(&self.queue).ready.insert(batch.block.number, batch);
            self.replay();
        }
    }

    /// Waits until a block may be read; its buffers. `None` if the work is broken off.
    fn permit(&self) -> Option<Batch> {
        let mut queue = lock(&self.queue);
        while queue.taken >= queue.next + queue.window && !queue.broken {
            queue = self.moved.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.taken += 1;
        (!queue.broken).then(|| queue.spare.pop().unwrap_or_default())
    }

    /// Replays what is next in order, unless another thread is at it.
    fn replay(&self) {
        loop {
            let mut replay = match self.replay.try_lock() {
                Ok(replay) => replay,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            while let Some(batch) = self.next_batch() {
                let batch = replay.batch(batch);
                let mut queue = lock(&self.queue);
                queue.next += 1;
                queue.spare.push(batch);
                self.moved.notify_all();
            }
            drop(replay);
            // A batch that came between the last look and the unlocking has found us at work.
            let queue = lock(&self.queue);
            if !queue.ready.contains_key(&queue.next) {
                return;
            }
        }
    }

    fn next_batch(&self) -> Option<Batch> {
        let mut queue = lock(&self.queue);
        let next = queue.next;
        queue.ready.remove(&next)
    }
}

/// Wakes those who would wait for ever for a thread that has panicked.
struct BreakOnPanic<'a, 's>(&'a Shared<'s>);

impl Drop for BreakOnPanic<'_, '_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.0.queue).broken = true;
            self.0.moved.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything with a memory of the past.
struct Replay<'s> {
    observers: Observers,
    /// Compares the entries of several inputs.
    overlaps: Option<Overlaps>,
    /// The streams begun so far.
    stream: usize,
    assembler: Assembler,
    completeness: Completeness,
    inputs: Vec<InputSummary>,
    /// By input: where its text comes from, if it was in an envelope.
    outers: Vec<Option<Outer>>,
    /// Newlines read of each input.
    newlines: Vec<u64>,
    /// The input whose last line has no end so far.
    ends_within: Option<usize>,
    shapes: &'s Shapes,
    fingerprints: Vec<FingerprintIndex>,
    actors: Vec<ActorId>,
    /// The actors of the batch with the schema that the file has named last.
    inheriting: Vec<Option<ActorId>>,
    /// That schema; `None` where it has named none since the server opened it.
    schema: Option<Vec<u8>>,
    /// The latest stamp of the stream, and by input how far others went back behind it.
    latest: Timestamp,
    went_back: Vec<i64>,
    /// Who the sessions belong to, in a log that does not say it again.
    speakers: Speakers,
    /// The stamp of the entry before, for those that have none.
    last_time: Option<Timestamp>,
    /// An entry whose end depended on what follows its block, and who reads it once that is there.
    open: Vec<u8>,
    open_segments: Vec<Segment>,
    reader: Worker<'s>,
}

impl<'s> Replay<'s> {
    fn new(
        inputs: Vec<InputSummary>,
        Listeners { observers, overlaps, outlines }: Listeners,
        reader: Worker<'s>,
        shapes: &'s Shapes,
    ) -> Self {
        let mut outers: Vec<Option<Outer>> = inputs.iter().map(|_| None).collect();
        for (input, outline) in outlines {
            outers[input] = Some(Outer::new(outline));
        }
        let went_back = vec![0; inputs.len()];
        Self {
            observers,
            outers,
            overlaps,
            stream: 0,
            assembler: Assembler::default(),
            completeness: Completeness::default(),
            newlines: vec![0; inputs.len()],
            ends_within: None,
            inputs,
            shapes,
            fingerprints: Vec::new(),
            actors: Vec::new(),
            inheriting: Vec::new(),
            schema: None,
            latest: Timestamp(i64::MIN),
            went_back,
            speakers: Speakers::default(),
            last_time: None,
            open: Vec::new(),
            open_segments: Vec::new(),
            reader,
        }
    }

    /// Takes the next batch, and gives its buffers back.
    fn batch(&mut self, mut batch: Batch) -> Batch {
        if !self.open.is_empty() {
            let mut block = std::mem::take(&mut batch.block);
            block.put_before(&self.open, &self.open_segments);
            self.open.clear();
            self.open_segments.clear();
            batch = self.reader.read(block, batch);
        }
        if let Some(at) = batch.account.open_from {
            batch.block.split_off(at as usize, &mut self.open, &mut self.open_segments);
        }
        self.replay(&batch);
        batch
    }

    fn replay(&mut self, batch: &Batch) {
        let block = &batch.block;
        if block.begins_stream {
            self.end_stream();
            self.assembler.finish(&mut self.observers);
            self.observers.end_stream();
            self.assembler = Assembler::default();
            self.schema = None;
            self.speakers.clear();
            self.last_time = None;
            self.latest = Timestamp(i64::MIN);
            self.stream += 1;
        }
        for skipped in &block.skipped {
            self.completeness.parsed_bytes += skipped.bytes;
            self.newlines[skipped.input] += skipped.newlines;
        }
        for segment in &block.segments {
            if let Some(outer) = &mut self.outers[segment.input] {
                outer.advance(segment.offset);
            }
        }
        self.account(batch);
        self.resolve(batch);
        for record in &batch.records {
            self.record(batch, record);
        }
        self.count_lines(batch);
    }

    /// Finds the fingerprints and actors of a batch in the tables of the analysis.
    fn resolve(&mut self, batch: &Batch) {
        self.fingerprints.clear();
        for new in &batch.fingerprints {
            let text = new.text.of(&batch.texts);
            let (index, is_new) =
                self.observers.digest.fingerprints.index(batch.dialect, text, new.hash);
            self.fingerprints.push(index);
            if is_new {
                let place = self.fingerprints.len() as u32 - 1;
                let first = batch.records.iter().find(|record| record.fingerprint == Some(place));
                let sample = first.map(|record| batch.text(record.text)).unwrap_or_default();
                let sample =
                    if batch.text_tabbed { without_tabs(sample) } else { Cow::Borrowed(sample) };
                self.shapes.ask(index, batch.dialect, &sample, text);
            }
        }
        self.actors.clear();
        for new in &batch.actors {
            self.actors.push(self.observers.digest.actors.id(&batch.actor(new)));
        }
        self.forget_inheriting();
    }

    fn forget_inheriting(&mut self) {
        self.inheriting.clear();
        self.inheriting.resize(self.actors.len(), None);
    }

    /// The actor of an entry of a slow log. The schema of one that does not name it is the last
    /// that the file has named.
    fn slow_actor(&mut self, batch: &Batch, place: usize, inherits: bool) -> ActorId {
        let names = batch.actor(&batch.actors[place]);
        if !inherits {
            if names.database.is_some() && names.database != self.schema.as_deref() {
                self.schema = names.database.map(<[u8]>::to_vec);
                self.forget_inheriting();
            }
            return self.actors[place];
        }
        let actors = &mut self.observers.digest.actors;
        let schema = self.schema.as_deref();
        *self.inheriting[place]
            .get_or_insert_with(|| actors.id(&Actor { database: schema, ..names }))
    }

    #[inline]
    fn record(&mut self, batch: &Batch, record: &Record) {
        let block = &batch.block;
        let segment = segment(&block.segments, record.byte as usize);
        let fingerprint = record.fingerprint.map(|place| self.fingerprints[place as usize]);
        let text = batch.text(record.text);
        if record.kind == RecordKind::LogOpened {
            self.observers.digest.server(text);
            self.schema = None;
            self.forget_inheriting();
            return;
        }
        if let (RecordKind::Plan { duration, nested: false, plan }, Some(fingerprint)) =
            (record.kind, fingerprint)
        {
            self.observers.plan(fingerprint, duration, batch.text(plan));
        }
        let slow = batch.slow_entry(record);
        let mut time = record.time;
        let mut session = record.session;
        let mut position = self.position(segment, u64::from(record.byte), u64::from(record.line));
        if let Some(outer) = &mut self.outers[segment.input]
            && let Some(note) = outer.note(position.byte)
        {
            if time.is_none() {
                time = note.time;
                outer.use_stamps();
            }
            session = note.session(session);
            position = Position { byte: note.outer.byte, line: note.outer.line + 1 };
        }
        let mut actor = self.actors[record.actor as usize];
        if let Some(slow) = &slow {
            actor = self.slow_actor(batch, record.actor as usize, slow.inherits_database);
            time = time.or(self.last_time);
            self.last_time = time;
        }
        if batch.names_sessions_once {
            actor = self.speaker(batch, record);
            time = time.or(self.last_time);
            self.last_time = time;
        }
        if let Some(time) = time {
            if time < self.latest {
                let back = &mut self.went_back[segment.input];
                *back = (self.latest.0 - time.0).max(*back);
            } else {
                self.latest = time;
            }
        }
        let is_counted_elsewhere = match (&mut self.overlaps, time) {
            (Some(overlaps), Some(time)) => {
                let mark = || Mark::new(time, record.session, record.kind, text);
                overlaps.leaves_out((segment.input, self.stream), second(time), mark)
            }
            _ => false,
        };
        let executions = self.observers.digest.totals().executions;
        let resolved = Resolved {
            kind: record.kind,
            time,
            session,
            session_line: record.session_line,
            session_lines: record.session_lines,
            transaction: record.transaction.map(NonZero::get),
            query_id: record.query_id.map(NonZero::get),
            actor,
            fingerprint,
            several_statements: record.several_statements,
            parameters: record.parameters,
            literals: {
                let literals = &batch.literals[record.literals as usize..];
                &literals[..usize::from(record.literals_len)]
            },
            text,
            text_tabbed: batch.text_tabbed,
            slow: slow.as_ref(),
            input: segment.input as u32,
            position,
        };
        if is_counted_elsewhere {
            // What waits in the session may have waited for it.
            return self.assembler.take(&resolved, &mut Nobody);
        }
        self.assembler.take(&resolved, &mut self.observers);
        self.inputs[segment.input].executions +=
            self.observers.digest.totals().executions - executions;
    }

    /// A place in the block as a place in the input as it is given.
    fn outer_position(&self, segment: Segment, byte: u64, line: u64) -> Position {
        let position = self.position(segment, byte, line);
        let outer = self.outers[segment.input].as_ref();
        outer.and_then(|outer| outer.position(position.byte)).unwrap_or(position)
    }

    /// The actor of an entry of a log that says only once who a session belongs to.
    fn speaker(&mut self, batch: &Batch, record: &Record) -> ActorId {
        let own = self.actors[record.actor as usize];
        let Some(session) = record.session else { return own };
        let names = batch.actor(&batch.actors[record.actor as usize]);
        match record.kind {
            RecordKind::Connected => self.speakers.connected(session, &names),
            RecordKind::SchemaChosen => self.speakers.chosen(session, names.database),
            RecordKind::Disconnected(_) => self.speakers.disconnected(session),
            _ => {
                let actors = &mut self.observers.digest.actors;
                return self.speakers.actor(session, own, &names, actors);
            }
        }
        own
    }

    /// A place in the block as a place in the text of the input.
    fn position(&self, segment: Segment, byte: u64, line: u64) -> Position {
        Position {
            byte: segment.offset + byte - segment.start as u64,
            line: self.newlines[segment.input] + line - segment.lines_before + 1,
        }
    }

    fn account(&mut self, batch: &Batch) {
        let account = &batch.account;
        self.completeness.parsed_bytes += account.parsed_bytes;
        self.completeness.ignored_bytes += account.ignored_bytes;
        self.completeness.unrecognised_bytes += account.unrecognised_bytes;
        self.completeness.damaged_bytes += account.damaged_bytes;
        let block = &batch.block;
        if let Some(foreign) = account.first_foreign {
            let place = foreign.byte as usize;
            let segment = segment(&block.segments, place);
            let position = self.outer_position(segment, foreign.byte, foreign.line);
            let line = block.bytes[place..].split(|byte| *byte == b'\n').next().unwrap_or_default();
            let line = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
            let place = Some((position, line));
            self.problem(segment.input, ProblemKind::ForeignLines, account.foreign_lines, place);
        }
        let Some(first) = block.segments.first() else { return };
        if block.cut {
            let place = Some((self.outer_position(*first, 0, 0), String::new()));
            self.problem(first.input, ProblemKind::LongEntries, 1, place);
        }
        if account.cut_entry_bytes > 0 {
            let place = Some((self.outer_position(*first, 0, 0), String::new()));
            self.problem(first.input, ProblemKind::CutEntry, 1, place);
        }
        if account.unknown_zones > 0 {
            self.problem(first.input, ProblemKind::UnknownZone, account.unknown_zones, None);
        }
    }

    fn problem(
        &mut self,
        input: usize,
        kind: ProblemKind,
        count: u64,
        first: Option<(Position, String)>,
    ) {
        let problems = &mut self.inputs[input].problems;
        if let Some(known) = problems.iter_mut().find(|known| known.kind == kind) {
            known.count += count;
            return;
        }
        let (place, detail) = first.map_or((None, String::new()), |(position, detail)| {
            (Some(ProblemPlace { line: position.line, byte: position.byte }), detail)
        });
        problems.push(Problem { kind, count, first: place, detail });
    }

    fn count_lines(&mut self, batch: &Batch) {
        let block = &batch.block;
        let ends_within = block.bytes.last().is_some_and(|byte| *byte != b'\n');
        self.ends_within = block.segments.last().filter(|_| ends_within).map(|last| last.input);
        let newlines = batch.account.lines - u64::from(ends_within);
        let ends = block.segments.iter().skip(1).map(|segment| segment.lines_before);
        for (segment, end) in block.segments.iter().zip(ends.chain([newlines])) {
            self.newlines[segment.input] += end - segment.lines_before;
        }
    }

    /// A live log may end within a line.
    fn end_stream(&mut self) {
        if let Some(input) = self.ends_within.take() {
            let position = Position { byte: 0, line: self.newlines[input] + 1 };
            self.problem(input, ProblemKind::UnfinishedLine, 1, Some((position, String::new())));
        }
    }

    fn finish(mut self, feed: Feed<'_>) -> Outcome {
        self.end_stream();
        self.assembler.finish(&mut self.observers);
        for (input, fate) in feed.fates.into_iter().enumerate() {
            let Fate { stream, bytes_read, raw_bytes, failure } = fate;
            let line = self.newlines[input] + 1;
            let bytes_read = self.end_envelope(input, bytes_read);
            let summary = &mut self.inputs[input];
            summary.stream = stream;
            if let Some(error) = failure {
                let (mut problem, lost_bytes) = sniff::failure(&error);
                let place = ProblemPlace { line, byte: bytes_read };
                problem.first = (bytes_read > 0).then_some(place);
                summary.problems.push(problem);
                summary.lost_bytes = lost_bytes;
            }
            summary.decompressed_bytes = summary.decompressed_bytes.max(bytes_read);
            summary.bytes = summary.bytes.max(raw_bytes.unwrap_or_default());
            self.completeness.bytes += bytes_read;
            // An input that was looked at and not read goes to one account as a whole.
            let account = match summary.problems.first().map(|problem| problem.kind) {
                Some(
                    ProblemKind::UnknownFormat
                    | ProblemKind::Unsupported
                    | ProblemKind::WrongPrefix,
                ) => &mut self.completeness.unrecognised_bytes,
                Some(ProblemKind::Empty) => &mut self.completeness.ignored_bytes,
                _ => continue,
            };
            *account += summary.decompressed_bytes;
            self.completeness.bytes += summary.decompressed_bytes;
        }
        self.name_overlaps();
        self.name_clocks();
        self.size_of_copies();
        Outcome {
            digest: self.observers.digest,
            n_plus_one: self.observers.bursts.finish(),
            completeness: self.completeness,
            inputs: self.inputs,
        }
    }

    /// Accounts for what an envelope had besides the text. Returns the bytes of the input, of whose
    /// text so many were read.
    fn end_envelope(&mut self, input: usize, text_bytes: u64) -> u64 {
        let Some(outer) = self.outers[input].take() else { return text_bytes };
        let account = outer.account();
        for problem in outer.problems(&account) {
            let problems = &mut self.inputs[input].problems;
            match problems.iter_mut().find(|known| known.kind == problem.kind) {
                Some(known) => known.count += problem.count,
                None => problems.push(problem),
            }
        }
        let completeness = &mut self.completeness;
        completeness.ignored_bytes += account.ignored_bytes;
        completeness.unrecognised_bytes += account.unrecognised_bytes;
        completeness.damaged_bytes += account.damaged_bytes;
        // The text is in its accounts already; what was around it was understood.
        completeness.parsed_bytes += account.bytes - account.left_out_bytes();
        completeness.parsed_bytes -= text_bytes;
        account.bytes
    }

    /// Clocks that were set back, and the hour that daylight saving repeats. Entries are in the
    /// order of the file all the same.
    fn name_clocks(&mut self) {
        for (input, back) in
            self.went_back.iter().enumerate().filter(|(_, back)| **back >= DISORDER_US)
        {
            let detail = format!("stamps go back by up to {} s", back / 1_000_000);
            let kind = ProblemKind::ClockWentBack;
            self.inputs[input].problems.push(Problem { kind, count: 1, first: None, detail });
        }
    }

    /// What was left out since another input has it. One of which nothing is left is a copy.
    fn name_overlaps(&mut self) {
        let Some(overlaps) = self.overlaps.take() else { return };
        for input in 0..self.inputs.len() {
            let Some((entries, original)) = overlaps.left_out(input) else { continue };
            let name = self.inputs[original].name.clone();
            if self.inputs[input].executions == 0 {
                self.inputs[input].duplicate_of = Some(name);
            } else {
                let detail = format!("{name} has them as well, counted once");
                let kind = ProblemKind::Overlap;
                let problem = Problem { kind, count: entries, first: None, detail };
                self.inputs[input].problems.push(problem);
            }
        }
    }

    /// A copy was not read, but is as long as what it is a copy of.
    fn size_of_copies(&mut self) {
        let sizes: BTreeMap<String, u64> =
            self.inputs.iter().rev().map(|i| (i.name.clone(), i.decompressed_bytes)).collect();
        for input in &mut self.inputs {
            if let Some(original) = &input.duplicate_of {
                input.decompressed_bytes = input.decompressed_bytes.max(sizes[original]);
            }
        }
    }
}

/// The segment that a byte of a block belongs to.
#[inline]
fn segment(segments: &[Segment], byte: usize) -> Segment {
    let mut found = segments[0];
    for segment in &segments[1..] {
        if segment.start <= byte {
            found = *segment;
        }
    }
    found
}
