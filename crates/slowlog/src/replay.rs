//! The log in order: everything with a memory of the past.
//!
//! Batches come here one after the other, whichever thread has read them. Places in a batch become
//! places in the tables of the analysis and in the inputs, and each record goes to the assembler.

mod accounts;
mod known;
mod schemas;

use std::borrow::Cow;
use std::io;
use std::num::NonZero;
use std::sync::Arc;

use slowlog_digest::{Completeness, Digest, InputSummary};
use slowlog_event::{
    Actor, ActorId, Execution, FingerprintIndex, Micros, Observer, Position, Timestamp,
    without_tabs,
};
use slowlog_normalize::NPlusOne;
use slowlog_parse::SlowLogServer;

use crate::assemble::{Assembler, Resolved};
use crate::batch::{Batch, Normalized, Record, RecordKind};
use crate::carrier::Outline;
use crate::feed::Segment;
use crate::gate::{EXCLUDED, Gate};
use crate::outbox::{Letter, SchemaOf};
use crate::outer::Outer;
use crate::overlap::{Mark, Overlaps, second};
use crate::shapes::Shapes;
use crate::speakers::Speakers;
use crate::worker::Worker;
use known::Known;
use schemas::Schemas;

/// So much text of a statement is handed to observers.
const KEPT_TEXT: usize = 64 * 1024;

/// What the replay hands executions to, and what it is told about the inputs.
pub(crate) struct Listeners<'f> {
    pub(crate) gate: Gate<'f>,
    pub(crate) overlaps: Option<Overlaps>,
    /// Inputs in envelopes, and where their text comes from.
    pub(crate) outlines: Vec<(usize, Arc<Outline>)>,
    /// Inputs whose text does not begin where their file does, and the lines before it.
    pub(crate) lines_before: Vec<(usize, u64)>,
}

/// What comes out in the end.
pub(crate) struct Outcome {
    /// Why not everything could be written again.
    pub(crate) unwritten: Option<io::Error>,
    pub(crate) digest: Digest,
    pub(crate) n_plus_one: NPlusOne,
    pub(crate) completeness: Completeness,
    pub(crate) inputs: Vec<InputSummary>,
}

/// Everything with a memory of the past.
pub(crate) struct Replay<'s> {
    pub(crate) gate: Gate<'s>,
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
    /// What was handed over before, by the numbers of readers and normalisers.
    known: Vec<Known>,
    actors: Vec<ActorId>,
    schemas: Schemas,
    /// Who writes the slow log.
    server: SlowLogServer,
    /// The latest time of the stream, and by input how far others went back behind it.
    latest: Timestamp,
    went_back: Vec<i64>,
    /// Entries with a record so far.
    entries: u64,
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
    /// `sources` is how many readers with their normalisers there are, `reader` included.
    pub(crate) fn new(
        sources: usize,
        inputs: Vec<InputSummary>,
        Listeners { gate, overlaps, outlines, lines_before }: Listeners<'s>,
        reader: Worker<'s>,
        shapes: &'s Shapes,
    ) -> Self {
        let mut outers: Vec<Option<Outer>> = inputs.iter().map(|_| None).collect();
        for (input, outline) in outlines {
            outers[input] = Some(Outer::new(outline));
        }
        let mut newlines = vec![0; inputs.len()];
        for (input, lines) in lines_before {
            newlines[input] = lines;
        }
        let went_back = vec![0; inputs.len()];
        Self {
            gate,
            outers,
            overlaps,
            stream: 0,
            assembler: Assembler::default(),
            completeness: Completeness::default(),
            newlines,
            ends_within: None,
            inputs,
            shapes,
            known: std::iter::repeat_with(Known::default).take(sources).collect(),
            actors: Vec::new(),
            schemas: Schemas::default(),
            server: SlowLogServer::default(),
            latest: Timestamp(i64::MIN),
            went_back,
            entries: 0,
            speakers: Speakers::default(),
            last_time: None,
            open: Vec::new(),
            open_segments: Vec::new(),
            reader,
        }
    }

    /// Takes the next batch, and gives its buffers back.
    pub(crate) fn batch(&mut self, mut batch: Batch) -> Batch {
        if !self.open.is_empty() {
            // Its records are not replayed, but what it hands over is not handed over again.
            for new in &batch.new_texts {
                self.known[batch.source].wait(new, new.text.of(&batch.texts));
            }
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
        for (fingerprint, shape) in self.shapes.take() {
            self.gate.observers.digest.fingerprints.set_shape(fingerprint, shape);
        }
        batch
    }

    fn replay(&mut self, batch: &Batch) {
        let block = &batch.block;
        if block.begins_stream {
            self.end_stream();
            self.assembler.finish(&mut self.gate);
            self.gate.observers.end_stream();
            self.assembler = Assembler::default();
            self.schemas.forget();
            self.server = SlowLogServer::default();
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
        for (place, record) in batch.records.iter().enumerate() {
            self.record(batch, record, place);
        }
        self.count_lines(batch);
    }

    /// Finds the actors of a batch in the table of the analysis.
    fn resolve(&mut self, batch: &Batch) {
        self.actors.clear();
        for new in &batch.actors {
            let gate = &mut self.gate;
            let actor =
                self.known[batch.source].actor(new.number, || gate.actor(&batch.actor(new)));
            self.actors.push(actor);
        }
    }

    /// The fingerprint of a record in the table of the analysis.
    #[inline]
    fn fingerprint(&mut self, batch: &Batch, record: &Record) -> Option<FingerprintIndex> {
        match record.normalized? {
            Normalized::Not => None,
            Normalized::Known(number) => {
                let known = self.known[batch.source].fingerprint(number);
                known.or_else(|| self.waiting(batch, record, number))
            }
            Normalized::New(place) => {
                let new = &batch.new_texts[place as usize];
                let index = self.find(batch, record, new.hash, new.text.of(&batch.texts));
                if let Some(number) = new.number {
                    self.known[batch.source].found(number, index);
                }
                Some(index)
            }
        }
    }

    /// The fingerprint of a text that was handed over with a record that did not need it.
    #[cold]
    fn waiting(&mut self, batch: &Batch, record: &Record, number: u32) -> Option<FingerprintIndex> {
        let (hash, text) = self.known[batch.source].take_waiting(number)?;
        let index = self.find(batch, record, hash, &text);
        self.known[batch.source].found(number, index);
        Some(index)
    }

    /// Finds a normalised text in the table of the analysis; a new one is asked for its shape.
    fn find(&mut self, batch: &Batch, record: &Record, hash: u64, text: &[u8]) -> FingerprintIndex {
        let table = &mut self.gate.observers.digest.fingerprints;
        let (index, is_new) = table.index(batch.dialect, text, hash);
        if is_new {
            // A parser would make something else of what was cut off.
            let sample = if record.is_cut { &[] } else { batch.text(record.text) };
            let sample =
                if batch.text_tabbed { without_tabs(sample) } else { Cow::Borrowed(sample) };
            self.shapes.ask(index, batch.dialect, &sample, text);
        }
        index
    }

    /// The actor of an entry of a slow log. The schema of one that does not name it is the last
    /// that the file has named.
    #[inline]
    fn slow_actor(&mut self, batch: &Batch, place: usize, inherits: bool) -> ActorId {
        let (own, new) = (self.actors[place], &batch.actors[place]);
        if !inherits {
            let [_, database, ..] = new.names;
            if let Some(database) = database {
                self.schemas.name(batch.text(database));
            }
            return own;
        }
        let gate = &mut self.gate;
        self.schemas
            .actor(own, |schema| gate.actor(&Actor { database: Some(schema), ..batch.actor(new) }))
    }

    #[inline]
    fn record(&mut self, batch: &Batch, record: &Record, place: usize) {
        let segment = segment(&batch.block.segments, record.byte as usize);
        let text = batch.text(record.text);
        if matches!(record.kind, RecordKind::LogOpened) {
            return self.log_opened(batch, text, place);
        }
        let slow = batch.slow_entry(record);
        let mut resolved = Resolved {
            kind: record.kind,
            session_line: record.session_line,
            session_lines: record.session_lines,
            fingerprint: None,
            several_statements: record.several_statements,
            execution: Execution {
                fingerprint: FingerprintIndex(0),
                session: record.session,
                actor: self.actors[record.actor as usize],
                end: record.time,
                duration: match record.kind {
                    RecordKind::Finished(_, duration) => duration,
                    _ => Micros(0),
                },
                transaction: record.transaction.map(NonZero::get),
                query_id: record.query_id.map(NonZero::get),
                plan_only: false,
                apart: false,
                parameters: record.parameters,
                literals: {
                    let literals = &batch.literals[record.literals as usize..];
                    &literals[..usize::from(record.literals_len)]
                },
                text: &text[..text.len().min(KEPT_TEXT)],
                text_cut: record.is_cut || text.len() > KEPT_TEXT,
                commented: record.commented,
                text_tabbed: batch.text_tabbed,
                input: segment.input as u32,
                position: self.position(segment, record.byte.into(), record.line.into()),
                entry: self.entries,
                slow: slow.as_ref(),
            },
        };
        let execution = &mut resolved.execution;
        let stamp = if slow.is_some()
            || batch.names_sessions_once
            || self.outers[segment.input].is_some()
        {
            self.amend(batch, record, execution)
        } else {
            execution.end
        };
        if let Some(time) = execution.end {
            if time < self.latest {
                let back = &mut self.went_back[segment.input];
                *back = (self.latest.0 - time.0).max(*back);
            } else {
                self.latest = time;
            }
        }
        let is_shut = self.overlaps.is_some()
            && stamp
                .is_some_and(|stamp| self.is_counted_elsewhere(segment.input, record, text, stamp));
        resolved.fingerprint = if record.excluded || execution.actor == EXCLUDED {
            execution.actor = EXCLUDED;
            self.leave_out(batch, record)
        } else {
            self.fingerprint(batch, record)
        };
        execution.fingerprint = resolved.fingerprint.unwrap_or(FingerprintIndex(0));
        if let RecordKind::Plan { duration, nested: false, plan } = record.kind
            && resolved.fingerprint.is_some()
            && execution.actor != EXCLUDED
        {
            self.gate.observers.plan(execution.fingerprint, duration, batch.text(plan));
        }
        if self.gate.outbox.is_some() {
            self.post(batch, record, place, execution, stamp);
        }
        let executions = self.gate.observers.digest.totals().executions;
        // What waits in the session may have waited for what is counted elsewhere.
        self.gate.is_shut = is_shut;
        self.assembler.take(&resolved, &mut self.gate);
        self.gate.is_shut = false;
        self.gate.release(self.entries);
        self.entries += 1;
        self.inputs[segment.input].executions +=
            self.gate.observers.digest.totals().executions - executions;
    }

    /// What an entry does not say itself, or not as others do: what its envelope says of it, whose
    /// it is, and when it ended. Returns the time of its stamp.
    #[inline(never)]
    fn amend(
        &mut self,
        batch: &Batch,
        record: &Record,
        execution: &mut Execution<'_>,
    ) -> Option<Timestamp> {
        self.unwrap(execution);
        if let Some(slow) = execution.slow {
            execution.actor = self.slow_actor(batch, record.actor as usize, slow.inherits_database);
        }
        if batch.names_sessions_once {
            execution.actor = self.speaker(batch, record);
        }
        if execution.slow.is_some() || batch.names_sessions_once {
            execution.end = execution.end.or(self.last_time);
            self.last_time = execution.end;
        }
        let stamp = execution.end;
        if let (Some(slow), Some(stamp)) = (execution.slow, stamp) {
            execution.end = Some(self.server.end(stamp, slow.stamped, slow.duration));
        }
        stamp
    }

    /// The server has opened its log anew.
    #[cold]
    fn log_opened(&mut self, batch: &Batch, version: &[u8], place: usize) {
        self.gate.observers.digest.server(version);
        self.schemas.forget();
        self.server = SlowLogServer::of_version(version);
        if let Some(outbox) = &mut self.gate.outbox {
            let text = batch.rewritten[place].text.of(&batch.rewritten_texts);
            outbox.take(Letter { text, schema: SchemaOf::Forgotten, ..Letter::default() });
        }
        self.gate.keep(self.entries);
        self.gate.release(self.entries);
        self.entries += 1;
    }

    /// What the envelope of its input says of an entry: where it stands, and what it does not say
    /// itself.
    fn unwrap(&mut self, execution: &mut Execution<'_>) {
        let Some(outer) = &mut self.outers[execution.input as usize] else { return };
        let Some(note) = outer.note(execution.position.byte) else { return };
        if execution.end.is_none() {
            execution.end = note.time;
            outer.use_stamps();
        }
        execution.session = note.session(execution.session);
        execution.position = Position { byte: note.outer.byte, line: note.outer.line + 1 };
    }

    /// Has another input of the stream the same entry?
    #[inline(never)]
    fn is_counted_elsewhere(
        &mut self,
        input: usize,
        record: &Record,
        text: &[u8],
        stamp: Timestamp,
    ) -> bool {
        let mark = || Mark::new(stamp, record.session, record.kind, text);
        self.overlaps
            .as_mut()
            .is_some_and(|all| all.leaves_out((input, self.stream), second(stamp), mark))
    }

    /// The fingerprint of a record that is no part of what was asked for: of a statement any, as
    /// nobody will look for it.
    #[cold]
    fn leave_out(&mut self, batch: &Batch, record: &Record) -> Option<FingerprintIndex> {
        if let Some(Normalized::New(place)) = record.normalized {
            let new = &batch.new_texts[place as usize];
            self.known[batch.source].wait(new, new.text.of(&batch.texts));
        }
        record.normalized.and(Some(FingerprintIndex(u32::MAX)))
    }

    /// Hands the entry of a record over to be written again.
    #[inline(never)]
    fn post(
        &mut self,
        batch: &Batch,
        record: &Record,
        place: usize,
        execution: &Execution<'_>,
        stamp: Option<Timestamp>,
    ) {
        let Some(outbox) = &mut self.gate.outbox else { return };
        let written = batch.rewritten[place];
        let schema = match execution.slow {
            None => SchemaOf::None,
            Some(slow) if slow.inherits_database => {
                SchemaOf::Inherited(self.schemas.current(), written.header_len as usize)
            }
            Some(_) => self.schemas.current().map_or(SchemaOf::None, SchemaOf::Named),
        };
        outbox.take(Letter {
            text: written.text.of(&batch.rewritten_texts),
            likely: execution.actor != EXCLUDED,
            time: stamp.filter(|_| record.time.is_none()),
            schema,
        });
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
                let gate = &mut self.gate;
                return self.speakers.actor(session, own, &names, |actor| gate.actor(actor));
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
