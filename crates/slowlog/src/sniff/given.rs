//! What is known beforehand, and what a log is by its beginning and its end.

use slowlog_event::{Dialect, Timestamp};
use slowlog_parse::{Envelope, Format, Prefix, Unwrapped, YearHint, Zone};

/// What is known of the inputs before looking at them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    /// The only dialect that counts.
    pub(crate) engine: Option<Dialect>,
    /// The zone of stamps that do not say theirs.
    pub(crate) zone: Option<Zone>,
    pub(crate) prefix: Option<Prefix>,
    /// When the logs are read.
    pub(crate) read_at: Option<Timestamp>,
    /// The year of the first stamp of logs whose stamps have none.
    pub(crate) first_year: Option<i64>,
}

impl Given {
    /// The format of a log by its beginning and its end.
    fn format(&self, sample: &[u8], tail: &[u8]) -> Option<Format> {
        let Some(prefix) = &self.prefix else {
            return Format::detect(&[sample, tail], self.engine);
        };
        [prefix.clone(), prefix.clone().with_one_blank(), prefix.clone().behind_stamp()]
            .map(|prefix| Format::PostgresStderr(vec![prefix]))
            .into_iter()
            .find(|format| format.first_entry_start(sample).is_some())
    }

    /// What a log is by its beginning and its end.
    pub(crate) fn recognise(
        &self,
        sample: &[u8],
        tail: &[u8],
        modified: Option<Timestamp>,
    ) -> Option<Recognised> {
        let years = YearHint { latest: modified.or(self.read_at), first_year: self.first_year };
        if let Some(mut envelope) = Envelope::detect(sample, years) {
            if let Some(zone) = &self.zone {
                envelope.set_zone(zone.clone());
            }
            let (sample, tail) = (envelope.sample(sample), envelope.sample(tail));
            if let Some(format) = self.format(&sample.text, &tail.text) {
                return Some(Recognised { format, within: Some((envelope, sample, tail)) });
            }
        }
        let format = self.format(sample, tail)?;
        Some(Recognised { format, within: None })
    }
}

/// A format, and the envelope that it is in, with the text of the beginning and the end.
pub(crate) struct Recognised {
    pub(crate) format: Format,
    pub(crate) within: Option<(Envelope, Unwrapped, Unwrapped)>,
}

impl Recognised {
    /// The first and the last stamp in the beginning of a log, and those in its beginning and its
    /// end; where the text has none, those of the envelope.
    pub(super) fn stamps(&self, sample: &[u8], tail: &[u8]) -> (Option<Stamps>, Option<Stamps>) {
        let stamps = |text: &[u8], unwrapped: Option<&Unwrapped>| match unwrapped {
            None => self.format.first_and_last_stamp(text),
            Some(unwrapped) => self.format.first_and_last_stamp(&unwrapped.text).or_else(|| {
                let times = || unwrapped.notes.iter().filter_map(|note| note.time);
                times().min().zip(times().max())
            }),
        };
        let within = self.within.as_ref();
        let first = stamps(sample, within.map(|(_, sample, _)| sample));
        let last = stamps(tail, within.map(|(_, _, tail)| tail));
        let both = first.map(|(begin, end)| (begin, last.map_or(end, |(_, last)| last.max(end))));
        (first, both)
    }
}

/// The first and the last stamp of a log or a part of it.
pub(super) type Stamps = (Timestamp, Timestamp);
