//! From the rows of a block to events.

use memchr::{memchr, memchr_iter, memmem};
use slowlog_event::{Event, Position, Timestamp};

use super::field::blanks;
use super::form::{Shape, TableForm, header};
use super::row::{next_row, previous_row, row};
use super::values::{Plain, Values};
use crate::account::{Account, Foreign};
use crate::fate::{End, Fate, fate};
use crate::lines::Lines;
use crate::zone::Zone;

/// A row may be so much longer than what stands before the first line in it that looks like a row
/// itself. Beyond, its quotes are broken.
const BYTES_AHEAD: usize = 1024 * 1024;

/// Reads blocks of whole rows of a log table of MySQL or MariaDB.
///
/// A reader keeps its buffers, nothing else: what it makes of a block does not depend on the
/// blocks before.
#[derive(Debug)]
pub struct TableReader<'f> {
    form: &'f TableForm,
    plain: Plain,
    bytes_ahead: usize,
    zone: Option<Zone>,
}

impl<'f> TableReader<'f> {
    /// A reader for tables of this form.
    pub fn new(form: &'f TableForm) -> Self {
        Self { form, plain: Plain::default(), bytes_ahead: BYTES_AHEAD, zone: None }
    }

    /// A reader that looks less far ahead than a test could write tables for.
    #[cfg(test)]
    pub(super) fn looking_ahead(form: &'f TableForm, bytes_ahead: usize) -> Self {
        Self { bytes_ahead, ..Self::new(form) }
    }

    /// Local times are in this zone. Those of a dump are not local: it sets the zone to UTC.
    pub fn set_zone(&mut self, zone: Zone) {
        self.zone = Some(zone).filter(|_| self.form.shape != Shape::Dump);
    }

    /// Hands the events of a block to `sink` in order and returns where its bytes went.
    ///
    /// A block begins with a row, unless it is the first of its log: then names of columns stand
    /// before the first row, or the rest of one that was cut (`begins_log`). If not `ends_log`, a
    /// row follows the block, or a line within the quotes of the last row that looks like one:
    /// then that row is not read, and [`Account::open_from`] tells where to begin again with more
    /// of the log.
    pub fn read(
        &mut self,
        block: &[u8],
        begins_log: bool,
        ends_log: bool,
        mut sink: impl FnMut(&Event<'_>),
    ) -> Account {
        let mut account = Account::default();
        let mut at = 0;
        if begins_log {
            at = next_row(block, 0, self.form).unwrap_or(block.len());
            self.before_rows(&block[..at], &mut account);
        }
        while at < block.len() {
            let mut values = Values::default();
            let Some(end) = row(block, at, self.form, &mut values) else {
                at = self.between_rows(block, at, ends_log, &mut account);
                continue;
            };
            let end = match self.fate(block, at, ends_log, end) {
                Fate::Parsed { end, .. } => {
                    let position = Position { byte: at as u64, line: account.lines };
                    self.event(block, &values, position, &mut sink);
                    account.entries += 1;
                    account.parsed_bytes += (end - at) as u64;
                    end
                }
                Fate::Damaged(end) => {
                    account.damaged_bytes += (end - at) as u64;
                    end
                }
                Fate::Open => {
                    account.open_from = Some(at as u64);
                    break;
                }
            };
            account.lines += newlines(&block[at..end]);
            at = end;
        }
        // Rows of a dump stand behind one another, so that an open one may begin within a line.
        let is_unfinished = block[..at].last().is_some_and(|byte| *byte != b'\n');
        account.lines += u64::from(is_unfinished);
        account
    }

    fn event(
        &mut self,
        block: &[u8],
        values: &Values,
        position: Position,
        sink: &mut impl FnMut(&Event<'_>),
    ) {
        let zone = self.zone.as_ref().filter(|_| values.has_local_time(block));
        let mut in_zone = |event: &Event<'_>| match (zone, event.time) {
            (Some(zone), Some(local)) => {
                sink(&Event { time: Some(zone.of_local(local)), ..event.clone() });
            }
            _ => sink(event),
        };
        if self.form.is_general() {
            values.general_events(block, position, &mut self.plain, &mut in_zone);
        } else if values.is_slow() {
            let stamped = self.form.stamped();
            values.slow_event(block, position, stamped, &mut self.plain, &mut in_zone);
        }
    }

    fn fate(&self, block: &[u8], at: usize, ends_log: bool, end: End) -> Fate {
        fate(end, block, at, ends_log, self.bytes_ahead, |block| {
            let from = match self.form.shape {
                Shape::Dump => at + 1,
                Shape::Separated { .. } => at + memchr(b'\n', &block[at..])? + 1,
            };
            next_row(block, from, self.form)
        })
    }

    /// Accounts for what stands before the first row of a log.
    fn before_rows(&self, text: &[u8], account: &mut Account) {
        let is_header = header(text, self.form.shape).is_some();
        if self.form.shape == Shape::Dump {
            let first = memchr(b'\n', text).map_or(text.len(), |newline| newline + 1);
            let rest = if is_beside(&text[..first]) { 0 } else { first };
            account.ignored_bytes += rest as u64;
            account.cut_entry_bytes += rest as u64;
            account.lines += newlines(&text[..rest]);
            beside(text, rest, text.len(), account);
            return;
        }
        account.lines += newlines(text);
        account.ignored_bytes += text.len() as u64;
        if !is_header && !text.trim_ascii().is_empty() {
            account.cut_entry_bytes += text.len() as u64;
        }
    }

    /// Accounts for what begins no row; where the next may begin.
    fn between_rows(
        &self,
        block: &[u8],
        at: usize,
        ends_log: bool,
        account: &mut Account,
    ) -> usize {
        if self.form.shape == Shape::Dump {
            let end = next_row(block, at, self.form).unwrap_or(block.len());
            let from = at + end_of_rows(&block[at..end], ends_log && end == block.len(), account);
            beside(block, from, end, account);
            return end;
        }
        let newline = memchr(b'\n', &block[at..]);
        let end = newline.map_or(block.len(), |newline| at + newline + 1);
        let line = &block[at..end];
        // The log may end within the fields before a statement.
        let is_cut = ends_log && newline.is_none() && matches!(line[0], b'0'..=b'9' | b'"');
        if line.trim_ascii().is_empty() || is_cut {
            account.ignored_bytes += line.len() as u64;
        } else {
            foreign(at, line.len(), account);
        }
        account.lines += u64::from(newline.is_some());
        end
    }
}

fn newlines(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

fn foreign(at: usize, len: usize, account: &mut Account) {
    account.unrecognised_bytes += len as u64;
    account.foreign_lines += 1;
    let foreign = Foreign { byte: at as u64, line: account.lines };
    account.first_foreign.get_or_insert(foreign);
}

/// Accounts for what belongs to the rows before: `,` or `;` and the end of the line. Behind a `,` a
/// row should follow; what does instead is damaged, unless the log ends there.
fn end_of_rows(text: &[u8], ends_log: bool, account: &mut Account) -> usize {
    let blank = blanks(text);
    let mut len = match text.get(blank) {
        Some(b',' | b';') => blank + 1,
        _ => 0,
    };
    len += blanks(&text[len..]);
    account.parsed_bytes += len as u64;
    account.lines += newlines(&text[..len]);
    if text.get(blank) == Some(&b',') {
        let rest = &text[len..];
        let end = memmem::find(rest, b";\n").map_or(rest.len(), |end| end + 2);
        if ends_log && end == rest.len() {
            account.ignored_bytes += end as u64;
        } else {
            account.damaged_bytes += end as u64;
        }
        account.lines += newlines(&rest[..end]);
        len += end;
    }
    len
}

/// Accounts for the lines of a dump beside the rows.
fn beside(block: &[u8], from: usize, to: usize, account: &mut Account) {
    for (start, end) in Lines::new(&block[from..to]) {
        let line = &block[from + start..from + end];
        if is_beside(line) {
            account.ignored_bytes += line.len() as u64;
        } else {
            foreign(from + start, line.len(), account);
        }
        account.lines += u64::from(line.ends_with(b"\n"));
    }
}

/// Words that statements of a dump begin with.
const STATEMENTS: [&[u8]; 15] = [
    b"INSERT",
    b"REPLACE",
    b"CREATE",
    b"DROP",
    b"LOCK",
    b"UNLOCK",
    b"SET",
    b"USE",
    b"ALTER",
    b"COMMIT",
    b"START",
    b"BEGIN",
    b"DELIMITER",
    b"ANALYZE",
    b"TRUNCATE",
];

/// Is it a line that a dump may have: a comment, a statement, a line that goes on with one?
fn is_beside(line: &[u8]) -> bool {
    let is_statement =
        |word: &&[u8]| line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    match line.first() {
        None
        | Some(b'-' | b'/' | b'(' | b')' | b'`' | b';' | b',' | b' ' | b'\t' | b'\n' | b'\r') => {
            true
        }
        Some(_) => STATEMENTS.iter().any(is_statement),
    }
}

/// The offset of the first row.
pub(crate) fn first_row(block: &[u8], form: &TableForm) -> Option<usize> {
    next_row(block, 0, form)
}

/// The offset of the last place where a row begins. It may be text inside the quotes of one: then
/// the reader says that the row is open.
pub(crate) fn last_row(block: &[u8], form: &TableForm) -> Option<usize> {
    previous_row(block, form)
}

/// The stamps of the first and the last row in a part of a table.
pub(crate) fn first_and_last_row_stamp(
    part: &[u8],
    form: &TableForm,
) -> Option<(Timestamp, Timestamp)> {
    let stamp = |at: usize| {
        let mut values = Values::default();
        row(part, at, form, &mut values)?;
        values.time(part)
    };
    let (first, last) = (stamp(first_row(part, form)?)?, stamp(last_row(part, form)?)?);
    Some((first.min(last), first.max(last)))
}
