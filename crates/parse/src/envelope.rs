//! Logs that something has carried line by line, or object by object: syslog, the journal, a log
//! service. What they put around the server's text is taken off before the text is read, and the
//! parts of a message that were sent one by one are put together.
//!
//! [`Envelope::detect`] looks at the beginning of a log; an [`Unwrapper`] then makes the server's
//! text of it, piece by piece and in bounded memory, and notes for each line where it stood and
//! what the envelope says of its time and its process. What becomes of every byte is counted.

mod detect;
mod head;
mod line;
mod messages;
mod order;
mod outcome;
mod piece;
mod records;
mod shape;
mod starts;
#[cfg(test)]
mod tests;
mod unwrapper;
mod year;

pub use messages::LastMessage;
pub use order::TooLargeToTurn;
pub use outcome::{EnvelopeAccount, Note, Sighting, Unwrapped};
pub use unwrapper::Unwrapper;
pub use year::YearHint;

use crate::zone::Zone;
use line::LineKind;
use order::Order;
use shape::Shape;

/// What a log is wrapped in.
///
/// ```
/// use slowlog_parse::{Envelope, Format, Prefix, Unwrapper, YearHint};
///
/// let log = b"2026-03-01T10:00:00+00:00 db1 postgres[77]: [5-1] LOG:  duration: 0.942 ms  statement: SELECT\n\
///             2026-03-01T10:00:00+00:00 db1 systemd[1]: Started Session 7 of User app.\n\
///             2026-03-01T10:00:00+00:00 db1 postgres[77]: [5-2] #0111\n";
/// let envelope = Envelope::detect(log, YearHint::default()).unwrap();
/// assert_eq!(envelope.name(), "syslog");
/// let format = Format::PostgresStderr(vec![Prefix::parse("")?]);
/// let mut unwrapper = Unwrapper::new(&envelope, Some(&format));
/// unwrapper.take(log)?;
/// unwrapper.finish()?;
/// let out = &unwrapper.unwrapped;
/// assert_eq!(out.text, b"LOG:  duration: 0.942 ms  statement: SELECT\n\t1\n");
/// assert_eq!(out.notes[0].process, Some(77));
/// assert_eq!(out.account.ignored_bytes, 73);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    kind: Kind,
    order: Order,
    /// The programs whose lines are the server's.
    programs: Vec<Vec<u8>>,
    years: YearHint,
    /// The zone of stamps that do not say theirs.
    zone: Option<Zone>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lines(LineKind),
    Objects(Shape),
}

impl Envelope {
    /// Stamps that do not say their zone, or not clearly, are in this one; by default they are UTC.
    pub fn set_zone(&mut self, zone: Zone) {
        self.zone = Some(zone);
    }

    /// Does each line have it, rather than objects on any number of lines?
    pub fn is_by_line(&self) -> bool {
        matches!(self.kind, Kind::Lines(_))
    }

    /// Its name in reports.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Lines(kind) => kind.name(),
            Kind::Objects(shape) => shape.name(),
        }
    }
}
