//! The inputs whose formats are known, in the order in which they are read.

use std::sync::Arc;

use slowlog_event::{Position, Timestamp};
use slowlog_parse::{Envelope, Format};

use crate::carrier::Outline;
use crate::origin::Origin;
use crate::overlap::Mark;

/// An input whose format is known.
pub(crate) struct Sniffed {
    /// Its place among the summaries.
    pub(crate) input: usize,
    pub(crate) origin: Origin,
    /// The number of its format among the formats.
    pub(crate) format: usize,
    pub(crate) wrapped: Option<Wrapped>,
    /// Where in its file it begins, with the lines before it.
    pub(crate) begins: Position,
    /// Its first line is the head of an entry.
    pub(crate) begins_with_entry: bool,
    /// The first stamp, and the last as far as it is known before reading.
    pub(crate) stamps: Option<(Timestamp, Timestamp)>,
    /// The last stamp of the sample.
    pub(super) sample_ends: Option<Timestamp>,
    /// Its first entries, if there are other inputs.
    pub(crate) marks: Vec<Mark>,
}

impl Sniffed {
    /// Of the logs that a server writes side by side the one that tells most is read first.
    fn rank(&self, formats: &[Format]) -> u8 {
        match formats[self.format] {
            Format::PostgresCsv => 0,
            Format::PostgresJson => 1,
            _ => 2,
        }
    }
}

/// What an input is wrapped in, and where its text will come from.
pub(crate) struct Wrapped {
    pub(crate) envelope: Envelope,
    pub(crate) outline: Arc<Outline>,
}

/// The inputs in the order of time, and their formats.
pub(crate) struct Known {
    pub(crate) inputs: Vec<Sniffed>,
    pub(crate) formats: Vec<Format>,
}

impl Known {
    /// In the order of time; those without a stamp stay where they are, at the end. A log that
    /// another one of a lower rank begins in comes behind it.
    pub(super) fn sort(&mut self) {
        let first = |input: &Sniffed| input.stamps.map_or(i64::MAX, |(first, _)| first.0);
        let keys: Vec<(i64, u8)> = self
            .inputs
            .iter()
            .map(|input| {
                let rank = input.rank(&self.formats);
                let ends = input.sample_ends.map_or(i64::MIN, |ends| ends.0);
                let before = self.inputs.iter().filter(|other| other.rank(&self.formats) < rank);
                let begins_in = before.map(first).filter(|begin| *begin <= ends).max();
                (first(input).max(begins_in.unwrap_or(i64::MIN)), rank)
            })
            .collect();
        let mut keyed: Vec<_> = keys.into_iter().zip(self.inputs.drain(..)).collect();
        keyed.sort_by_key(|(key, _)| *key);
        self.inputs = keyed.into_iter().map(|(_, input)| input).collect();
    }

    /// The first entries of all inputs, of which there are `count`, to compare them.
    pub(crate) fn take_marks(&mut self, count: usize) -> Vec<Vec<Mark>> {
        let mut marks = vec![Vec::new(); count];
        for input in &mut self.inputs {
            marks[input.input] = std::mem::take(&mut input.marks);
        }
        marks
    }

    /// The number of a format. Those that may go on in one another have one.
    pub(super) fn format(&mut self, format: Format) -> usize {
        let same = self.formats.iter().position(|known| known.continues_in(&format));
        if let Some(same) = same {
            self.formats[same].merge(&format);
            return same;
        }
        self.formats.push(format);
        self.formats.len() - 1
    }
}
