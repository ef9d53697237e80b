//! From the bytes of a block to events.

use memchr::{memchr, memchr_iter, memmem};
use slowlog_event::{Actor, Body, Counter, Dialect, Event, Position, SlowEntry, Timestamp};
use slowlog_lex::unpaired_quote;

use super::arguments::split_arguments;
use super::border::{Border, Borders, Log};
use super::head::{Start, VERSION, banner_len, start_at};
use super::header::Header;
use super::usual::Usual;
use crate::account::{Account, Foreign};
use crate::lines::Lines;
use crate::sink::{Function, Sink};
use crate::zone::Zone;

/// Reads blocks of whole entries of a slow log of MySQL, MariaDB, Percona Server or TiDB.
///
/// A reader keeps its buffers, nothing else: what it makes of a block does not depend on the
/// blocks before.
///
/// ```
/// use slowlog_event::{Body, Micros};
/// use slowlog_parse::SlowLogReader;
///
/// let log = b"# Time: 240501 10:00:00\n# Query_time: 1.500000  Rows_sent: 1\n\
///     SET timestamp=1714557600;\nSELECT 1;\n";
/// let mut durations = Vec::new();
/// let account = SlowLogReader::default().read(log, true, true, |event| {
///     if let Body::Slow(entry) = &event.body {
///         assert_eq!(entry.text, b"SELECT 1");
///         durations.extend(entry.duration);
///     }
/// });
/// assert_eq!(durations, [Micros(1_500_000)]);
/// assert_eq!(account.parsed_bytes, log.len() as u64);
/// ```
#[derive(Debug, Default)]
pub struct SlowLogReader {
    borders: Borders,
    usual: Usual,
    counters: Vec<(Counter, u64)>,
    zone: Option<Zone>,
}

/// A place in the block, and how many lines stand before it.
#[derive(Debug, Clone, Copy, Default)]
struct Cursor {
    at: usize,
    line: u64,
}

impl Cursor {
    fn advance(&mut self, block: &[u8], to: usize) {
        self.line += memchr_iter(b'\n', &block[self.at..to]).count() as u64;
        self.at = to;
    }

    fn position(self) -> Position {
        Position { byte: self.at as u64, line: self.line }
    }
}

impl SlowLogReader {
    /// A reader that looks less far ahead than a test could write logs for.
    #[cfg(test)]
    pub(super) fn looking_ahead(bytes_ahead: usize) -> Self {
        Self { borders: Borders::looking_ahead(bytes_ahead), ..Self::default() }
    }

    /// Local times are in this zone.
    pub fn set_zone(&mut self, zone: Zone) {
        self.zone = Some(zone);
    }

    /// Hands the events of a block to `sink` in order and returns where its bytes went.
    ///
    /// A block begins with an entry or a banner, unless it is the first of its log: then what
    /// stands before the first entry is the rest of one that rotation has cut (`begins_log`). If
    /// not `ends_log`, an entry or a banner follows the block; where that may be text inside a
    /// literal of the last entry, the entry is not read, and [`Account::open_from`] tells where to
    /// begin again with more of the log. Local times are taken for UTC if no zone was set.
    pub fn read(
        &mut self,
        block: &[u8],
        begins_log: bool,
        ends_log: bool,
        sink: impl FnMut(&Event<'_>),
    ) -> Account {
        self.read_into(block, begins_log, ends_log, &mut Function(sink))
    }

    /// The same for a sink that knows statements.
    pub fn read_into(
        &mut self,
        block: &[u8],
        begins_log: bool,
        ends_log: bool,
        sink: &mut impl Sink,
    ) -> Account {
        self.borders.clear();
        let log = Log { block, ends: ends_log };
        let mut account = Account::default();
        let mut cursor = Cursor::default();
        let mut border = between_entries(log, 0);
        let first = match border {
            Border::Head(at) | Border::Cut(at) => at,
            Border::End | Border::Open => block.len(),
        };
        let is_cut_entry = begins_log && !(border == Border::End && ends_log);
        skip(block, &mut cursor, first, is_cut_entry, &mut account);
        // The header of an entry is read where the statement before it ends: usually it is known.
        let mut headers = [Header::default(), Header::default()];
        let [mut header, mut next] = headers.each_mut();
        let mut known = None;
        loop {
            match border {
                Border::Head(_) => {}
                Border::Cut(_) => {
                    account.damaged_bytes += (block.len() - cursor.at) as u64;
                    cursor.advance(block, block.len());
                    break;
                }
                Border::End => break,
                Border::Open => {
                    account.open_from = Some(cursor.at as u64);
                    break;
                }
            }
            let end;
            if let Some(length) = banner_len(&block[cursor.at..]) {
                account.entries += 1;
                account.parsed_bytes += length as u64;
                sink.event(&opened(cursor.position(), &block[cursor.at..]));
                end = cursor.at + length;
                cursor.advance(block, end);
                border = between_entries(log, end);
                if let Border::Head(at) | Border::Cut(at) = border {
                    skip(block, &mut cursor, at, false, &mut account);
                } else if border == Border::End {
                    skip(block, &mut cursor, block.len(), false, &mut account);
                }
                continue;
            }
            if known.take() == Some(cursor.at) {
                std::mem::swap(&mut header, &mut next);
                std::mem::swap(&mut self.counters, &mut self.usual.counters);
            } else {
                *header = Header::read(log, cursor.at, &mut self.counters);
            }
            border = header.border.unwrap_or_else(|| {
                let is_head = |at| {
                    known = self.usual.read(block, at, next).map(|()| at);
                    known.is_some()
                };
                let ends_outside = |text| sink.ends_outside(statement(text));
                self.borders.end_of_statement(log, header.text, is_head, ends_outside)
            });
            end = match border {
                Border::Head(at) | Border::Cut(at) => at,
                Border::End => block.len(),
                Border::Open => continue,
            };
            account.entries += 1;
            account.parsed_bytes += (end - cursor.at) as u64;
            let mut text = &block[header.text..end];
            if let Some(head) = self.borders.head_within(header.text..end) {
                text = without_another(text, head - header.text);
            }
            let text = statement(text);
            let mut time = header.stamp();
            if let Some(local) = header.local_time() {
                match &self.zone {
                    Some(zone) => time = Some(zone.of_local(local)),
                    None => account.unknown_zones += 1,
                }
            }
            let number = self.usual.speakers.number(header.speaker, header.database());
            let position = cursor.position();
            sink.event(&event(block, position, time, header, number, text, &self.counters));
            match (header.lines, self.borders.lines_of(header.text..end)) {
                (Some(lines), Some(of_statement)) => {
                    cursor = Cursor { at: end, line: cursor.line + lines + of_statement };
                }
                _ => cursor.advance(block, end),
            }
        }
        let is_unfinished = cursor.at > 0 && block[cursor.at - 1] != b'\n';
        account.lines = cursor.line + u64::from(is_unfinished);
        account
    }
}

/// The next entry or banner where no statement is open.
fn between_entries(log: Log<'_>, from: usize) -> Border {
    let places = Lines::new(&log.block[from..]).map(|(start, _)| from + start);
    for at in places {
        match start_at(log.block, at) {
            Start::Entry | Start::Banner => return Border::Head(at),
            Start::Cut if log.ends => return Border::Cut(at),
            Start::Cut | Start::Nothing => {}
        }
    }
    Border::End
}

/// Accounts for the lines up to `end`, which are no entries.
fn skip(block: &[u8], cursor: &mut Cursor, end: usize, is_cut_entry: bool, account: &mut Account) {
    let start = cursor.at;
    for (from, to) in Lines::new(&block[start..end]).map(|(from, to)| (start + from, start + to)) {
        let bytes = (to - from) as u64;
        if block[from..to].trim_ascii().is_empty() {
            account.ignored_bytes += bytes;
        } else if is_cut_entry {
            account.ignored_bytes += bytes;
            account.cut_entry_bytes += bytes;
        } else {
            account.unrecognised_bytes += bytes;
            account.foreign_lines += 1;
            let Position { byte, line } = cursor.position();
            account.first_foreign.get_or_insert(Foreign { byte, line });
        }
        cursor.advance(block, to);
    }
}

/// A statement that holds what looks like the head of an entry. If quotes of several entries happen to
/// pair, what they have in literals would be read as words: then only what stands before the head
/// counts, as an open literal.
#[cold]
pub(super) fn without_another(text: &[u8], head: usize) -> &[u8] {
    let in_doubt = unpaired_quote(text, Dialect::MySql).is_some_and(|quote| quote < head);
    if in_doubt { &text[..head] } else { text }
}

/// The statement without what the server puts behind it.
pub(super) fn statement(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    let text = text.strip_suffix(b";").unwrap_or(text);
    if text.starts_with(b"# administrator command:") { &text[2..] } else { text }
}

/// The version of the server in what it writes as it opens a log.
pub(super) fn banner_version(banner: &[u8]) -> &[u8] {
    let version = memmem::find(banner, VERSION).map_or(banner, |at| &banner[at + VERSION.len()..]);
    let end = version.iter().position(u8::is_ascii_whitespace).unwrap_or(version.len());
    &version[..end]
}

fn opened(position: Position, banner: &[u8]) -> Event<'_> {
    Event {
        position,
        time: None,
        session: None,
        session_line: None,
        session_lines: 1,
        actor: Actor::default(),
        actor_number: None,
        query_id: None,
        transaction: None,
        body: Body::LogOpened { version: banner_version(banner) },
    }
}

fn event<'a>(
    block: &'a [u8],
    position: Position,
    time: Option<Timestamp>,
    header: &Header<'a>,
    actor_number: Option<u32>,
    text: &'a [u8],
    counters: &'a [(Counter, u64)],
) -> Event<'a> {
    let (text, arguments) = split_arguments(text);
    let body = match throttled(text) {
        Some(statements) => Body::Throttled(statements),
        None => Body::Slow(SlowEntry {
            stamped: header.stamped(),
            duration: header.duration,
            text,
            arguments,
            inherits_database: header.inherits_database(),
            counters,
            error: header.error,
            killed: header.killed,
            sampling: header.sampling(),
            routine: header.routine,
            plan: header.plan.map(|(start, end)| &block[start..end]),
        }),
    };
    Event {
        position,
        time,
        session: header.session,
        session_line: None,
        session_lines: 1,
        actor: Actor {
            user: header.user,
            database: header.database(),
            application: None,
            client: header.client,
        },
        actor_number,
        query_id: None,
        transaction: None,
        body,
    }
}

/// `throttle:        123 'index not used' warning(s) suppressed.`, as `sql/log.cc` of MySQL has
/// it: how many statements were left out.
pub(super) fn throttled(text: &[u8]) -> Option<u64> {
    let rest = text.strip_prefix(b"throttle: ")?.trim_ascii_start();
    let (count, rest) = rest.split_at(memchr(b' ', rest)?);
    let is_throttle = rest.ends_with(b"warning(s) suppressed.");
    super::counters::number(count).filter(|_| is_throttle)
}
