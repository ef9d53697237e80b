//! Envelopes of lines other than syslog's.

use slowlog_event::Timestamp;

use crate::postgres::{Clock, decimal};

/// What stands before each line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Stamp, host, program, process.
    Syslog,
    /// The same from Heroku.
    Logplex,
    /// A stamp before the first line of each message, as CloudWatch exports it to S3.
    Stamped,
    /// A stamp and the name of a stream before it: `aws logs tail`.
    Streamed,
    /// `EVENTS`, numbers, the message, and numbers again: `aws logs … --output text`.
    Events,
    /// Stamp, `stdout` or `stderr`, and whether the line is whole: what Kubernetes keeps of a
    /// container.
    Container,
}

impl LineKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Syslog => "syslog",
            Self::Logplex => "logplex",
            Self::Stamped | Self::Streamed | Self::Events => "cloudwatch",
            Self::Container => "container",
        }
    }
}

/// What a line of an envelope without programs carries.
pub(super) struct Carried<'a> {
    pub(super) text: &'a [u8],
    pub(super) time: Option<Timestamp>,
    /// It begins a message of the envelope.
    pub(super) has_head: bool,
    pub(super) goes_on: bool,
}

impl LineKind {
    /// Opens a line. One without a head is the next line of a message; there are none in a
    /// container's log.
    pub(super) fn open<'a>(self, line: &'a [u8], clock: &mut Clock) -> Option<Carried<'a>> {
        let found = match self {
            Self::Syslog | Self::Logplex => None,
            Self::Stamped => stamped(line, clock),
            Self::Streamed => stamped(line, clock).and_then(|carried| {
                let blank = carried.text.iter().position(|byte| *byte == b' ')?;
                // A stamp of the server is no name.
                carried.text.first().filter(|byte| byte.is_ascii_alphabetic())?;
                Some(Carried { text: &carried.text[blank + 1..], ..carried })
            }),
            Self::Events => return Some(event(line)),
            Self::Container => return container(line, clock),
        };
        Some(found.unwrap_or(Carried { text: line, time: None, has_head: false, goes_on: false }))
    }
}

fn stamped<'a>(line: &'a [u8], clock: &mut Clock) -> Option<Carried<'a>> {
    let (time, len) = clock.carriers_stamp(line)?;
    Some(Carried { text: &line[len..], time: Some(time), has_head: true, goes_on: false })
}

/// `2026-03-01T10:00:00.000000000Z stderr F text`; `P` says that the line goes on in the next.
fn container<'a>(line: &'a [u8], clock: &mut Clock) -> Option<Carried<'a>> {
    let carried = stamped(line, clock)?;
    let rest = carried.text.strip_prefix(b"std")?;
    let rest = rest.strip_prefix(b"err ").or_else(|| rest.strip_prefix(b"out "))?;
    let (goes_on, text) = match rest {
        [b'F', b' ', text @ ..] => (false, text),
        [b'P', b' ', text @ ..] => (true, text),
        [b'F'] => (false, &rest[1..]),
        _ => return None,
    };
    Some(Carried { text, goes_on, ..carried })
}

/// The columns stand in the order of their names: event id, time of ingestion, stream, message,
/// time. The last one follows the last line of the message.
fn event(line: &[u8]) -> Carried<'_> {
    let mut text = line;
    let mut has_head = false;
    if let Some(rest) = line.strip_prefix(b"EVENTS\t") {
        has_head = true;
        text = rest;
        let mut skip_number = |most: usize| {
            let (_, len) = decimal(text)?;
            text = text[len..].strip_prefix(b"\t").filter(|_| len <= most)?;
            Some(len)
        };
        if skip_number(100).is_some_and(|len| len > 20) {
            skip_number(20);
            let tab = text.iter().position(|byte| *byte == b'\t');
            text = tab.map_or(text, |tab| &text[tab + 1..]);
        }
    }
    let mut time = None;
    if let Some(tab) = memchr::memrchr(b'\t', text)
        && let Some((millis, 13)) = decimal(&text[tab + 1..])
        && tab + 14 == text.len()
    {
        text = &text[..tab];
        time = Some(Timestamp(millis as i64 * 1000));
    }
    Carried { text, time, has_head, goes_on: false }
}
