//! What an entry is known by.

use slowlog_event::{Session, Timestamp};
use slowlog_parse::{Format, Zone};

use crate::batch::{Batch, Record, RecordKind};
use crate::feed::Block;
use crate::worker::{TextHasher, Worker};

/// So many of the first entries of a log are enough to know it by.
const SAMPLE_MARKS: usize = 64;
/// And so many bytes to have them.
const SAMPLE_BYTES: usize = 64 * 1024;
/// Of a statement so much is compared, without blanks: stderr indents what csvlog does not.
const TEXT_BYTES: usize = 64;
const SECOND_US: i64 = 1_000_000;

/// What an entry is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(super) time: Timestamp,
    /// The process, where the log names it.
    process: Option<u32>,
    /// Of kind and duration.
    pub(super) value: u64,
    /// Of the text, which not every setting logs alike: of a prepared statement it may be that of
    /// EXECUTE or its own.
    text: u64,
}

impl Mark {
    /// `None` for an entry that many may be like.
    pub(crate) fn new(
        time: Timestamp,
        session: Option<Session>,
        kind: RecordKind,
        text: &[u8],
    ) -> Option<Self> {
        let (number, figure) = match kind {
            RecordKind::Finished(step, duration) => (1 + step as u64, duration.0),
            RecordKind::Started(step) => (11 + step as u64, 0),
            RecordKind::Duration(duration, _) => (21, duration.0),
            RecordKind::Plan { duration, .. } => (22, duration.0),
            RecordKind::TemporaryFile(bytes) => (23, bytes),
            RecordKind::LockWait { waited, .. } => (24, waited.0),
            RecordKind::Error { severity, .. } => (31 + severity as u64, 0),
            _ => return None,
        };
        let letters = text.iter().filter(|byte| !byte.is_ascii_whitespace()).take(TEXT_BYTES);
        let mix =
            |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // A session is its process and, in the upper half, when it began.
        let process = session.map(|session| session.0 as u32);
        let value = mix(mix(0, number), figure);
        let text = letters.map(|byte| u64::from(*byte)).fold(0, mix);
        Some(Self { time, process, value, text })
    }

    fn of(batch: &Batch, record: &Record, time: Timestamp) -> Option<Self> {
        Self::new(time, record.session, record.kind, batch.text(record.text))
    }

    pub(super) fn second(&self) -> i64 {
        second(self.time)
    }

    pub(super) fn has_process(&self) -> bool {
        self.process.is_some()
    }

    /// Is the stamp a whole second? Those of the log may all be.
    pub(super) fn is_whole(&self) -> bool {
        self.time.0 % SECOND_US == 0
    }

    /// Is it the same entry, as far as both logs are precise? One of stamp and process has to be,
    /// and without the other the text has to be the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        let vague = self.is_whole() || other.is_whole();
        let same_time =
            if vague { self.second() == other.second() } else { self.time == other.time };
        let same_process = self.process.zip(other.process).map(|(a, b)| a == b);
        let is_sure = same_process.is_some() && !vague;
        self.value == other.value
            && same_time
            && same_process.unwrap_or(!vague)
            && (is_sure || self.text == other.text)
    }
}

/// The second of a stamp.
#[inline]
pub(crate) fn second(time: Timestamp) -> i64 {
    time.0.div_euclid(SECOND_US)
}

/// The marks of the first entries of a log that begins with `sample`.
pub(crate) fn head_marks(sample: &[u8], format: &Format, zone: Option<&Zone>) -> Vec<Mark> {
    let is_whole = sample.len() <= SAMPLE_BYTES;
    let mut bytes = &sample[..sample.len().min(SAMPLE_BYTES)];
    if !is_whole {
        bytes = &bytes[..format.last_entry_start(bytes).unwrap_or(0)];
    }
    let block = Block {
        bytes: bytes.to_vec(),
        begins_stream: true,
        ends_log: is_whole,
        ..Block::default()
    };
    let formats = std::slice::from_ref(format);
    let mut worker = Worker::new(0, formats, TextHasher::default(), None, zone, None);
    let batch = worker.read(block, Batch::default());
    let mut last = None;
    let marks = batch.records.iter().filter_map(|record| {
        let time = record.time.or(last.filter(|_| record.slow.is_some()));
        last = time.or(last);
        Mark::of(&batch, record, time?)
    });
    marks.take(SAMPLE_MARKS).collect()
}
