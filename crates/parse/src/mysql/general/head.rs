//! Where entries of the general log begin.

use memchr::{memchr, memrchr};
use slowlog_event::{Session, Timestamp};

use crate::lines::Lines;
use crate::mysql::counters::number;
use crate::mysql::head::banner_len;
use crate::mysql::stamp::{iso_stamp, old_stamp};

/// The names of commands, as the servers have them (`Command_names` in `sql/sql_parse.cc`). Where
/// one begins with another, it comes first.
const COMMANDS: [&[u8]; 45] = [
    b"Query",
    b"Execute",
    b"Prepare",
    b"Quit",
    b"Connect Out",
    b"Connect",
    b"Close stmt",
    b"Init DB",
    b"Ping",
    b"Field List",
    b"Reset stmt",
    b"Reset Connection",
    b"Reset connection",
    b"Statistics",
    b"Set option",
    b"Change user",
    b"Long Data",
    b"Fetch",
    b"Sleep",
    b"Create DB",
    b"Drop DB",
    b"Refresh",
    b"Shutdown",
    b"Processlist",
    b"Kill",
    b"Debug",
    b"Time",
    b"Delayed insert",
    b"Binlog Dump GTID",
    b"Binlog Dump",
    b"Table Dump",
    b"Register Slave",
    b"Register Replica",
    b"Daemon",
    b"Error",
    b"Clone",
    b"Group Replication Data Stream subscription",
    b"Subscribe Group Replication Stream",
    b"Slave_worker",
    b"Slave_IO",
    b"Slave_SQL",
    b"Bulk_execute",
    b"Multi",
    b"Unimpl get tid",
    b"Com_multi",
];

/// A blank stamp has as many blanks as a stamp has characters, or TABs.
const LEAST_BLANKS: usize = 10;

/// The first line of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    /// Servers before 5.7, and MariaDB, write it only when the second has changed.
    pub(super) time: Option<Timestamp>,
    pub(super) session: Session,
    pub(super) command: &'a [u8],
    /// Where the argument begins in the line.
    pub(super) argument: usize,
}

/// Reads a line as `2016-06-09T11:18:55.631353Z\t    3 Query\tSELECT 1`, or with the old stamp
/// `091130 17:53:31\t`, or none, and before 5.1 with blanks instead of TABs.
pub(super) fn head(line: &[u8]) -> Option<Head<'_>> {
    let (time, rest) = stamp(line)?;
    let rest = rest.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (session, rest) = rest.split_at(digits);
    let rest = rest.strip_prefix(b" ")?;
    let command = COMMANDS.into_iter().find(|command| rest.starts_with(command))?;
    let rest = &rest[command.len()..];
    let rest = match rest.first()? {
        b'\t' => &rest[1..],
        b' ' => {
            let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
            &rest[blanks..]
        }
        b'\n' | b'\r' => rest,
        _ => return None,
    };
    let session = Session(number(session)?);
    Some(Head { time, session, command, argument: line.len() - rest.len() })
}

/// The stamp, or none, and what stands behind it.
fn stamp(line: &[u8]) -> Option<(Option<Timestamp>, &[u8])> {
    match line.first()? {
        b'0'..=b'9' => {
            let end = memchr(b'\t', &line[..line.len().min(40)]).unwrap_or(0);
            if let Some(time) = iso_stamp(&line[..end]) {
                return Some((Some(time), &line[end..]));
            }
            let (stamp, rest) = line.split_at_checked(OLD_STAMP)?;
            let time = old_stamp(stamp)?.time;
            matches!(rest.first()?, b'\t' | b' ').then_some((Some(time), rest))
        }
        b'\t' | b' ' => {
            let blanks = line.iter().take_while(|byte| matches!(byte, b'\t' | b' ')).count();
            let is_stamp = line.starts_with(b"\t") || blanks >= LEAST_BLANKS;
            is_stamp.then(|| (None, &line[blanks..]))
        }
        _ => None,
    }
}

const OLD_STAMP: usize = "091130 17:53:31".len();

/// What begins at the start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Nothing,
    Entry,
    /// What a server writes as it opens the log, with its length.
    Banner(usize),
}

/// What begins at `at`, the start of a line.
pub(super) fn start_at(block: &[u8], at: usize) -> Start {
    let Some(rest) = block.get(at..) else { return Start::Nothing };
    let line = &rest[..memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)];
    if head(line).is_some() {
        return Start::Entry;
    }
    match banner_len(rest) {
        Some(len) if len > 0 => Start::Banner(len),
        _ => Start::Nothing,
    }
}

/// The offset of the first entry or banner.
pub(crate) fn first_general_entry(block: &[u8]) -> Option<usize> {
    next_start(block, 0)
}

pub(super) fn next_start(block: &[u8], from: usize) -> Option<usize> {
    let mut starts = Lines::new(&block[from..]).map(|(start, _)| from + start);
    starts.find(|start| start_at(block, *start) != Start::Nothing)
}

/// The offset of the last entry or banner: a place where the log can be cut.
pub(crate) fn last_general_entry(block: &[u8]) -> Option<usize> {
    let mut end = block.len();
    loop {
        let start = memrchr(b'\n', &block[..end]).map_or(0, |newline| newline + 1);
        if start_at(block, start) != Start::Nothing {
            return Some(start);
        }
        end = start.checked_sub(1)?;
    }
}

/// The stamps of the first and the last entry in a part of a log that have one.
pub(crate) fn first_and_last_general_stamp(part: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let mut stamps = Lines::new(part).filter_map(|(start, end)| head(&part[start..end])?.time);
    let first = stamps.next()?;
    Some(stamps.fold((first, first), |(first, last), time| (first.min(time), last.max(time))))
}

/// Do these bytes, the first of a file, begin as a general log does?
pub(crate) fn begins_general_log(sample: &[u8]) -> bool {
    let mut at = sample.len() - sample.trim_ascii_start().len();
    // A stamp may be blank.
    at = memrchr(b'\n', &sample[..at]).map_or(0, |newline| newline + 1);
    while let Start::Banner(len) = start_at(sample, at) {
        at += len;
    }
    start_at(sample, at) == Start::Entry
}

/// Do these bytes come from a general log whose first entry was cut?
pub(crate) fn is_general_log(sample: &[u8]) -> bool {
    let mut heads = Lines::new(sample).filter(|(start, end)| head(&sample[*start..*end]).is_some());
    let first = heads.next().map_or(sample.len(), |(start, _)| start);
    // A line in a statement may look like one.
    heads.next().is_some() && !crate::mysql::detect::has_stamped_line(&sample[..first])
}
