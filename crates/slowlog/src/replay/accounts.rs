//! Where the bytes of the inputs went, and what was the matter with them.

use std::collections::BTreeMap;

use slowlog_digest::{Problem, ProblemKind, ProblemPlace};
use slowlog_event::Position;

use super::{Outcome, Replay, segment};
use crate::batch::Batch;
use crate::feed::{Fate, Feed};
use crate::outbox::Outbox;
use crate::sniff;

/// Processes write entries out of order, by less than this.
const DISORDER_US: i64 = 60_000_000;

impl Replay<'_> {
    pub(super) fn account(&mut self, batch: &Batch) {
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
        if let Some((name, minutes)) = account.ambiguous_zone {
            let sign = if minutes < 0 { '-' } else { '+' };
            let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
            let taken = format!("{name} read as UTC{sign}{hours:02}:{minutes:02}");
            let kind = ProblemKind::AmbiguousZone;
            self.problem(first.input, kind, account.ambiguous_zones, None);
            let problems = &mut self.inputs[first.input].problems;
            let problem = problems.iter_mut().find(|problem| problem.kind == kind);
            if let Some(problem) = problem.filter(|problem| problem.detail.is_empty()) {
                problem.detail = taken;
            }
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

    pub(super) fn count_lines(&mut self, batch: &Batch) {
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
    pub(super) fn end_stream(&mut self) {
        if let Some(input) = self.ends_within.take() {
            let position = Position { byte: 0, line: self.newlines[input] + 1 };
            self.problem(input, ProblemKind::UnfinishedLine, 1, Some((position, String::new())));
        }
    }

    /// Nothing comes any more.
    pub(crate) fn finish(mut self, feed: Feed<'_>) -> Outcome {
        self.end_stream();
        self.assembler.finish(&mut self.gate);
        for (input, fate) in feed.fates.into_iter().enumerate() {
            let Fate { stream, begins, bytes_read, raw_bytes, failure } = fate;
            let line = self.newlines[input] + 1;
            let bytes_read = self.end_envelope(input, bytes_read);
            let summary = &mut self.inputs[input];
            summary.stream = stream;
            if let Some(error) = failure {
                let (mut problem, lost_bytes) = sniff::failure(&error);
                let place = ProblemPlace { line, byte: begins + bytes_read };
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
        let written = self.gate.outbox.map_or(Ok(()), Outbox::finish);
        Outcome {
            unwritten: written.err(),
            digest: self.gate.observers.digest,
            n_plus_one: self.gate.observers.bursts.finish(),
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
