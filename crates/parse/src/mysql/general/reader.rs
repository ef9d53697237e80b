//! From the bytes of a block to events.

use memchr::memchr_iter;
use slowlog_event::{Actor, Body, Event, Position};

use super::bodies;
use super::head::{Start, head, next_start, start_at};
use crate::account::{Account, Foreign};
use crate::mysql::reader::banner_version;
use crate::mysql::rows::event;

/// Reads blocks of whole entries of the general query log.
///
/// An argument may have any lines, and nothing in it is escaped: a line that looks like the
/// beginning of an entry is one.
///
/// ```
/// use slowlog_event::Body;
/// use slowlog_parse::GeneralLogReader;
///
/// let log = b"261125  9:35:19\t     3 Connect\troot@localhost on shop\n\t\t     3 Query\tSELECT 1\n";
/// let mut texts = Vec::new();
/// let account = GeneralLogReader.read(log, true, true, |event| {
///     if let Body::Statement(statement) = &event.body {
///         texts.push(statement.text.to_vec());
///     }
/// });
/// assert_eq!(texts, [b"SELECT 1"]);
/// assert_eq!(account.parsed_bytes, log.len() as u64);
/// ```
#[derive(Debug, Default, Clone, Copy)]
pub struct GeneralLogReader;

impl GeneralLogReader {
    /// Hands the events of a block to `sink` in order and returns where its bytes went.
    ///
    /// A block begins with an entry or with what a server writes as it opens the log, unless it is
    /// the first of its log: then what stands before the first entry is the rest of one that
    /// rotation has cut (`begins_log`).
    pub fn read(
        self,
        block: &[u8],
        begins_log: bool,
        ends_log: bool,
        mut sink: impl FnMut(&Event<'_>),
    ) -> Account {
        let mut account = Account::default();
        let mut at = 0;
        while at < block.len() {
            let position = Position { byte: at as u64, line: account.lines };
            let start = start_at(block, at);
            let banner = match start {
                Start::Banner(len) => len,
                _ => 0,
            };
            let mut end = next_start(block, next_line(block, at).max(at + banner));
            if banner > 0 {
                end = Some(at + banner);
            }
            let end = end.unwrap_or(block.len());
            let part = &block[at..end];
            let bytes = part.len() as u64;
            match start {
                Start::Entry => {
                    let cut = if ends_log && end == block.len() { cut_head(part) } else { 0 };
                    account.entries += 1;
                    account.parsed_bytes += bytes - cut as u64;
                    account.ignored_bytes += cut as u64;
                    entry(&part[..part.len() - cut], position, &mut sink);
                }
                Start::Banner(_) => {
                    account.entries += 1;
                    account.parsed_bytes += bytes;
                    let body = Body::LogOpened { version: banner_version(part) };
                    sink(&event(position, None, None, Actor::default(), body));
                }
                Start::Nothing if part.trim_ascii().is_empty() => account.ignored_bytes += bytes,
                Start::Nothing if begins_log && at == 0 => {
                    account.ignored_bytes += bytes;
                    account.cut_entry_bytes += bytes;
                }
                Start::Nothing => {
                    account.unrecognised_bytes += bytes;
                    account.foreign_lines += newlines(part).max(1);
                    let foreign = Foreign { byte: position.byte, line: position.line };
                    account.first_foreign.get_or_insert(foreign);
                }
            }
            account.lines += newlines(part);
            at = end;
        }
        account.lines += u64::from(block.last().is_some_and(|byte| *byte != b'\n'));
        account
    }
}

fn entry(part: &[u8], position: Position, sink: &mut impl FnMut(&Event<'_>)) {
    let line = &part[..next_line(part, 0)];
    let Some(head) = head(line) else { return };
    let argument = part[head.argument..].trim_ascii_end();
    bodies(head.command, argument, Actor::default(), |actor, body| {
        sink(&event(position, head.time, Some(head.session), actor, body));
    });
}

/// How many bytes of the last entry are the beginning of another that the end of the log has cut.
fn cut_head(part: &[u8]) -> usize {
    let last = memchr::memrchr(b'\n', part).map_or(0, |newline| newline + 1);
    let line = &part[last..];
    let is_head = last > 0 && matches!(line, [b'0'..=b'9', b'0'..=b'9', ..] | [b'\t', b'\t', ..]);
    if is_head && line.len() < LONGEST_CUT_HEAD { line.len() } else { 0 }
}

/// A head without its command is no longer.
const LONGEST_CUT_HEAD: usize = 80;

fn next_line(block: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |newline| at + newline + 1)
}

fn newlines(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}
