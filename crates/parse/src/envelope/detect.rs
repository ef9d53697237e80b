//! Recognising an envelope by the beginning of a log.

use slowlog_event::Timestamp;

use super::head::{Heads, chunk};
use super::line::LineKind;
use super::order::Order;
use super::records::{Found, Records};
use super::shape::{Fields, Shape};
use super::starts::is_servers;
use super::year::{YearHint, Years};
use super::{Envelope, Kind, Unwrapped, Unwrapper};
use crate::Lines;
use crate::postgres::{Clock, entry_stamp};

/// Lines and objects that are looked at.
const SAMPLE: usize = 400;
/// Programs that may be a server.
const MOST_PROGRAMS: usize = 16;
/// As much of a line as has to be looked at.
const LONGEST_SAMPLE_LINE: usize = 2048;

impl Envelope {
    /// The envelope of a log that begins with these bytes; `None` if it has none.
    pub fn detect(sample: &[u8], years: YearHint) -> Option<Self> {
        match sample.trim_ascii_start().first()? {
            b'{' | b'[' => objects(sample, years),
            _ => syslog(sample, years).or_else(|| lines(sample, years)),
        }
    }

    /// The text of a part of a log, as far as it can be told without its format.
    pub fn sample(&self, part: &[u8]) -> Unwrapped {
        let mut unwrapper = Unwrapper::new(self, None);
        // A part of a log is not too large.
        if unwrapper.take(part).is_ok() {
            let _ = unwrapper.finish();
        }
        unwrapper.unwrapped
    }
}

/// Lines that begin with something, and not too much of them.
fn sample_lines(sample: &[u8]) -> impl Iterator<Item = &[u8]> {
    Lines::new(sample)
        .map(|(start, end)| sample[start..end.min(start + LONGEST_SAMPLE_LINE)].trim_ascii_end())
        .filter(|line| !matches!(line, [] | [b' ' | b'\t', ..]))
        .take(SAMPLE)
}

fn syslog(sample: &[u8], years: YearHint) -> Option<Envelope> {
    let mut heads = Heads::new(Years::new(years), None);
    let (mut all, mut with_head) = (0, 0);
    let mut programs: Vec<Vec<u8>> = Vec::new();
    let mut stamps = Vec::new();
    let mut kind = LineKind::Syslog;
    for line in sample_lines(sample) {
        all += 1;
        let head = heads.head(line).filter(|head| !head.program.is_empty());
        let Some(head) = head else { continue };
        with_head += 1;
        stamps.extend(head.time);
        let text = &line[head.len..];
        let text = chunk(text).map_or(text, |(_, _, len)| &text[len..]);
        let is_new = !programs.iter().any(|known| known == head.program);
        if is_new && programs.len() < MOST_PROGRAMS && is_servers(text) {
            programs.push(head.program.to_vec());
        }
        if memchr::memmem::find(&line[..head.len], b" app[postgres").is_some()
            || memchr::memmem::find(&line[..head.len], b" app postgres.").is_some()
        {
            kind = LineKind::Logplex;
        }
    }
    (with_head * 2 > all && !programs.is_empty()).then(|| Envelope {
        kind: Kind::Lines(kind),
        order: order(&stamps, 3, false),
        programs,
        years,
        zone: None,
    })
}

/// Envelopes of lines without programs. PostgreSQL's lines behind a stamp alone are none: their
/// stamp is read with the prefix.
fn lines(sample: &[u8], years: YearHint) -> Option<Envelope> {
    let found = |kind: LineKind| {
        let mut clock = Clock::default();
        let (mut all, mut with_head, mut servers) = (0, 0, 0);
        for line in sample_lines(sample) {
            all += 1;
            let carried = kind.open(line, &mut clock).filter(|carried| carried.has_head);
            let Some(carried) = carried else { continue };
            with_head += 1;
            let text = carried.text;
            let is_like = match kind {
                LineKind::Stamped => text.starts_with(b"# "),
                LineKind::Streamed => matches!(text, [b'0'..=b'9', ..] | [b'#', b' ', ..]),
                _ => true,
            };
            servers += usize::from(is_like && is_servers(text));
        }
        servers > 0
            && match kind {
                LineKind::Container => with_head * 2 > all,
                LineKind::Streamed => servers * 2 > with_head,
                _ => true,
            }
    };
    let kinds = [LineKind::Container, LineKind::Events, LineKind::Stamped, LineKind::Streamed];
    let kind = kinds.into_iter().find(|kind| found(*kind))?;
    Some(Envelope {
        kind: Kind::Lines(kind),
        order: Order::AsRead,
        programs: Vec::new(),
        years,
        zone: None,
    })
}

fn objects(sample: &[u8], years: YearHint) -> Option<Envelope> {
    let mut records = Records::default();
    let mut clock = Clock::default();
    let mut fields = Fields::default();
    let mut shape: Option<Shape> = None;
    let mut stamps = Vec::new();
    let mut programs: Vec<Vec<u8>> = Vec::new();
    let mut is_a_line = true;
    let mut servers = 0;
    let mut rest = sample;
    for _ in 0..SAMPLE {
        let found = loop {
            let (read, found) = records.read(rest);
            rest = &rest[read..];
            if found.is_some() || read == 0 {
                break found;
            }
        };
        let Some(found) = found else { break };
        let record = records.record();
        if found != Found::Whole {
            continue;
        }
        // Objects of other programs may stand first.
        if shape.is_none() {
            shape = Shape::of(record);
        }
        let Some(shape) = shape else { continue };
        let start = records.start().byte as usize;
        is_a_line &= !record.contains(&b'\n') && (start == 0 || sample[start - 1] == b'\n');
        if shape == Shape::Entries {
            stamps.extend(entry_stamp(record));
            servers += 1;
            continue;
        }
        if !shape.read(record, &mut clock, &mut fields) || !fields.has_text {
            continue;
        }
        stamps.extend(fields.time);
        let text = chunk(&fields.text).map_or(&fields.text[..], |(_, _, len)| &fields.text[len..]);
        if !is_servers(&text[..text.len().min(LONGEST_SAMPLE_LINE)]) {
            continue;
        }
        servers += 1;
        let program = &record[fields.program.0..fields.program.1];
        if programs.len() < MOST_PROGRAMS && !programs.iter().any(|known| known == program) {
            programs.push(program.to_vec());
        }
    }
    let shape = shape.filter(|_| servers > 0)?;
    let order = order(&stamps, 1, shape.is_unordered());
    // The log's own objects, one a line and in order, are read as they are.
    let is_plain = shape == Shape::Entries && is_a_line && order == Order::AsRead;
    (!is_plain).then_some(Envelope {
        kind: Kind::Objects(shape),
        order,
        programs,
        years,
        zone: None,
    })
}

/// The order of a log with these stamps in it, which has to go back so often at least to have the
/// newest first.
fn order(stamps: &[Timestamp], least_back: usize, is_unordered: bool) -> Order {
    let steps = |is: fn(&[Timestamp]) -> bool| stamps.windows(2).filter(|pair| is(pair)).count();
    let (back, forth) = (steps(|pair| pair[0] > pair[1]), steps(|pair| pair[0] < pair[1]));
    if back >= least_back && back > 3 * forth {
        Order::NewestFirst
    } else if is_unordered {
        Order::NearlySorted
    } else {
        Order::AsRead
    }
}
