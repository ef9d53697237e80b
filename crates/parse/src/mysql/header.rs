//! What stands before the statement of an entry.

use memchr::{memchr, memrchr};
use slowlog_event::{Counter, Micros, Sampling, Session, Stamped, Timestamp};

use super::account::account_and_client;
use super::border::{Border, Log};
use super::counters::{Key, duration, number};
use super::fields::header_fields;
use super::head::{Start, split_time, start_at};
use super::stamp::{OldStamp, iso_stamp, old_stamp, unix_seconds};

/// The header of an entry, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header<'a> {
    /// Where the entry begins.
    pub(super) at: usize,
    /// The lines before the statement, if they were counted.
    pub(super) lines: Option<u64>,
    /// Where the statement begins.
    pub(super) text: usize,
    /// The end of the entry, if it has no statement.
    pub(super) border: Option<Border>,
    pub(super) duration: Option<Micros>,
    pub(super) session: Option<Session>,
    pub(super) user: Option<&'a [u8]>,
    pub(super) client: Option<&'a [u8]>,
    /// The number of these two.
    pub(super) speaker: Option<u32>,
    /// The value of `Schema`, which may be empty.
    schema: Option<&'a [u8]>,
    /// The name of `use`.
    pub(super) used: Option<&'a [u8]>,
    pub(super) error: u32,
    pub(super) killed: u32,
    pub(super) routine: Option<&'a [u8]>,
    /// The lines of `# explain:` as a span of the block.
    pub(super) plan: Option<(usize, usize)>,
    rate_limit: u32,
    rate_by_session: bool,
    pub(super) stamps: Stamps,
    /// The counters that were seen, as bits.
    seen: u32,
}

/// The stamps of an entry.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stamps {
    pub(super) iso: Option<Timestamp>,
    pub(super) old: Option<OldStamp>,
    /// `End` of MySQL's `log_slow_extra`.
    end: Option<Timestamp>,
    /// `SET timestamp`, in seconds and microseconds.
    pub(super) set: Option<(i64, i64)>,
}

const ADMINISTRATOR: &[u8] = b"# administrator command:";

/// A marker line that means nothing, and the one line without a key that Percona Server writes.
pub(super) const WITHOUT_KEY: [&[u8]; 2] =
    [b"#", b"# No InnoDB statistics available for this query"];

/// With `log_slow_verbosity=warnings` MariaDB writes a line with this, then one for each condition,
/// as `# Error 1366 Incorrect integer value: 'xx' for column …`, whose text is anybody's.
pub(super) const WARNINGS: &[u8] = b"# Warnings";
pub(super) const ERROR: &[u8] = b"# Error ";

impl<'a> Header<'a> {
    /// The header that begins at `at` before anything was read.
    pub(super) fn beginning(at: usize) -> Self {
        Self { at, ..Self::default() }
    }

    /// Reads the header that begins at `at`. The counters replace those of the entry before.
    pub(super) fn read(log: Log<'a>, at: usize, counters: &mut Vec<(Counter, u64)>) -> Self {
        counters.clear();
        let mut header = Self::beginning(at);
        let block = log.block;
        let mut at = at;
        let mut is_measured = false;
        let mut line: &[u8] = &[];
        let mut is_metadata_near = false;
        while at < block.len() {
            let end = memchr(b'\n', &block[at..]).map_or(block.len(), |length| at + length + 1);
            let before = line;
            line = block[at..end].trim_ascii_end();
            if is_measured && may_end_entry(before, line) {
                header.border = match start_at(block, at) {
                    Start::Entry | Start::Banner => Some(Border::Head(at)),
                    Start::Cut if log.ends => Some(Border::Cut(at)),
                    Start::Cut => Some(Border::Open),
                    Start::Nothing => None,
                };
                if header.border.is_some() {
                    header.text = at;
                    return header;
                }
            }
            if line.starts_with(b"# Query_time:") {
                is_measured = true;
            }
            if let Some(value) = line.strip_prefix(b"# Time:") {
                header.time(value, counters);
            } else if let Some(value) = line.strip_prefix(b"# User@Host:") {
                header.user(value, counters);
            } else if line.starts_with(b"# explain:") {
                let line_end = at + line.len();
                header.plan = Some((header.plan.map_or(at, |(start, _)| start), line_end));
            } else if line.starts_with(ADMINISTRATOR) {
                break;
            } else if line.starts_with(b"#") {
                let is_known = header.marked_line(line, counters);
                // Servers that write `SET timestamp` always may have lines that are not known yet;
                // with others, such a line is a comment of the statement.
                is_metadata_near |= line == WARNINGS;
                is_metadata_near |= !is_known && leads_to_metadata(&block[at..]);
                if !is_known && !is_metadata_near {
                    break;
                }
            } else if is_unmarked(line) {
                header.fields(line, counters);
            } else {
                break;
            }
            at = end;
        }
        header.text = header.metadata(block, at);
        header
    }

    /// `use db;` and `SET timestamp=…;`, in this order; returns where the statement begins. What
    /// follows `SET` is the user's own, a `use` as well.
    fn metadata(&mut self, block: &'a [u8], start: usize) -> usize {
        let line = |at: usize| {
            let rest = &block[at..];
            let length = memchr(b'\n', rest).map_or(rest.len(), |length| length + 1);
            (rest[..length].trim_ascii_end(), at + length)
        };
        let mut at = start;
        let (mut text, mut end) = line(at);
        if let Some(database) = used_database(text) {
            self.used = Some(database);
            at = end;
            (text, end) = line(at);
        }
        if let Some(timestamp) = set_line(text) {
            self.stamps.set = timestamp;
            at = end;
        }
        at
    }

    fn time(&mut self, value: &'a [u8], counters: &mut Vec<(Counter, u64)>) {
        let is_first = self.stamps.iso.is_none() && self.stamps.old.is_none();
        if is_first && let Some(stamp) = iso_stamp(value.trim_ascii()) {
            self.stamps.iso = Some(stamp);
            return;
        }
        let (time, user) = split_time(value);
        if is_first {
            self.stamps.iso = iso_stamp(time);
            self.stamps.old = old_stamp(time);
        }
        if let Some(user) = user {
            self.user(user, counters);
        }
    }

    fn user(&mut self, value: &'a [u8], counters: &mut Vec<(Counter, u64)>) {
        let Some((account, client, rest)) = account_and_client(value) else { return };
        (self.user, self.client) = (account, client);
        self.fields(rest, counters);
    }

    /// A line with `#` that is none of the others; says whether it is known.
    fn marked_line(&mut self, line: &'a [u8], counters: &mut Vec<(Counter, u64)>) -> bool {
        if let Some(condition) = line.strip_prefix(ERROR)
            && self.error == 0
        {
            let number = condition.split(|byte| *byte == b' ').next();
            self.error = number.and_then(small).unwrap_or_default();
        }
        self.fields(line, counters) || WITHOUT_KEY.contains(&line)
    }

    /// Takes the pairs of a line; says whether it has any.
    fn fields(&mut self, line: &'a [u8], counters: &mut Vec<(Counter, u64)>) -> bool {
        let mut has_key = false;
        for (key, value) in header_fields(line) {
            has_key = true;
            if let Some(key) = Key::find(key) {
                self.field(key, value, counters);
            }
        }
        has_key
    }

    #[inline]
    pub(super) fn field(&mut self, key: Key, value: &'a [u8], counters: &mut Vec<(Counter, u64)>) {
        if let Some((counter, value)) = key.counter(value) {
            return self.count(counter, value, counters);
        }
        match key {
            Key::QueryTime => self.duration = duration(Micros::from_seconds_text(value)),
            Key::User => {
                (self.user, self.client) = user_at_client(value);
                self.speaker = None;
            }
            Key::Session => self.session = number(value).map(Session).or(self.session),
            Key::Schema => self.schema = Some(value),
            Key::Error => self.error = small(value).unwrap_or_default(),
            Key::Killed => self.killed = small(value).unwrap_or_default(),
            Key::RateType => self.rate_by_session = value == b"session",
            Key::RateLimit => self.rate_limit = small(value).unwrap_or_default(),
            Key::Routine => self.routine = Some(value).filter(|name| !name.is_empty()),
            Key::End => self.stamps.end = iso_stamp(value),
            Key::Count(_) | Key::Seconds(_) | Key::Millis(_) | Key::Flag(_) => {}
        }
    }

    /// Takes a counter, unless the entry has had it before.
    #[inline]
    pub(super) fn count(
        &mut self,
        counter: Counter,
        value: u64,
        counters: &mut Vec<(Counter, u64)>,
    ) {
        let bit = 1 << counter as u32;
        if self.seen & bit == 0 {
            self.seen |= bit;
            counters.push((counter, value));
        }
    }

    /// When the entry was written, or the statement began: see [`Header::stamped`].
    pub(super) fn stamp(&self) -> Option<Timestamp> {
        let stamps = &self.stamps;
        let by_set = |(seconds, micros): (i64, i64)| match stamps.old {
            Some(old) if micros == 0 => old.at_second(seconds),
            _ => Timestamp(seconds * 1_000_000 + micros),
        };
        let old = stamps.old.map(|old| old.time);
        stamps.iso.or(stamps.end).or_else(|| stamps.set.map(by_set)).or(old)
    }

    /// What the stamp is a stamp of. Those with a fraction of their own are of the end; the others
    /// come from a clock that servers have set to the end or to the start. The lines about the query
    /// cache are MariaDB's: servers of MySQL that had one and no better stamp are older than the
    /// change.
    pub(super) fn stamped(&self) -> Stamped {
        let is_mariadb = self.seen & 1 << Counter::QueryCacheHit as u32 != 0;
        match self.stamps {
            Stamps { iso: Some(_), .. } | Stamps { end: Some(_), .. } => Stamped::End,
            _ if is_mariadb => Stamped::ByMariaDb,
            _ => Stamped::ByServer,
        }
    }

    /// The stamp, if it is a local time whose zone the entry does not say.
    pub(super) fn local_time(&self) -> Option<Timestamp> {
        let Stamps { iso: None, end: None, set: None, old } = &self.stamps else { return None };
        old.map(|old| old.time)
    }

    /// The database that the entry names.
    pub(super) fn database(&self) -> Option<&'a [u8]> {
        self.schema.filter(|name| !name.is_empty()).or(self.used)
    }

    /// Does the entry say nothing of its database?
    pub(super) fn inherits_database(&self) -> bool {
        self.schema.is_none() && self.used.is_none()
    }

    /// Set if not every statement was logged.
    pub(super) fn sampling(&self) -> Option<Sampling> {
        let by_session = self.rate_by_session;
        (self.rate_limit > 1).then_some(Sampling { limit: self.rate_limit, by_session })
    }
}

fn small(value: &[u8]) -> Option<u32> {
    number(value).and_then(|value| u32::try_from(value).ok())
}

/// `root@127.0.0.1`, as TiDB has written it.
fn user_at_client(value: &[u8]) -> (Option<&[u8]>, Option<&[u8]>) {
    let Some(at) = memrchr(b'@', value) else { return (None, None) };
    let name = |name| Some(name).filter(|name: &&[u8]| !name.is_empty());
    (name(&value[..at]), name(&value[at + 1..]))
}

/// May the line end an entry that has no statement? `before` is the line before it.
fn may_end_entry(before: &[u8], line: &[u8]) -> bool {
    let begins_header = [b"# Time:".as_slice(), b"# User@Host:", b"# Query_time:"]
        .iter()
        .any(|head| line.starts_with(head));
    begins_header || before.ends_with(b";") || line.ends_with(b"started with:")
}

/// Do lines with `#` follow up to `use` or `SET timestamp`? None of them ends with `;`, as a
/// statement does.
fn leads_to_metadata(block: &[u8]) -> bool {
    for line in block.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end) {
        if !line.starts_with(b"#") {
            return used_database(line).is_some() || set_line(line).is_some();
        }
        if line.ends_with(b";") {
            return false;
        }
    }
    false
}

/// `  Tmp_tables: 1  Tmp_disk_tables: 2  Tmp_table_sizes: 3`: some Percona Server 8.0 left the `#`
/// out (PS-7492).
pub(super) fn is_unmarked(line: &[u8]) -> bool {
    let is_counted = |(key, value): (&[u8], &[u8])| {
        matches!(Key::find(key), Some(Key::Count(_))) && number(value).is_some()
    };
    line.starts_with(b"  Tmp_tables: ") && header_fields(line).all(is_counted)
}

/// The name of `use db;`, which the server writes without quotes.
pub(super) fn used_database(line: &[u8]) -> Option<&[u8]> {
    let (word, name) = line.split_first_chunk::<4>()?;
    let name = name.strip_suffix(b";").filter(|_| word.eq_ignore_ascii_case(b"use "))?.trim_ascii();
    let name = match name {
        [b'`', name @ .., b'`'] => name,
        _ => name,
    };
    (!name.is_empty() && memrchr(b';', name).is_none()).then_some(name)
}

/// `SET last_insert_id=5,insert_id=7,timestamp=1714557600;`, any of the three: the timestamp.
#[expect(clippy::option_option, reason = "no such line, or one without a timestamp")]
pub(super) fn set_line(line: &[u8]) -> Option<Option<(i64, i64)>> {
    let (word, list) = line.split_first_chunk::<4>()?;
    let list = list.strip_suffix(b";").filter(|_| word.eq_ignore_ascii_case(b"SET "))?;
    // Nearly always it stands alone.
    if let Some(timestamp) = list.strip_prefix(b"timestamp=").and_then(unix_seconds) {
        return Some(Some(timestamp));
    }
    let mut timestamp = None;
    for setting in list.split(|byte| *byte == b',') {
        let (name, value) = setting.split_at(memchr(b'=', setting)?);
        match name.trim_ascii() {
            b"timestamp" => timestamp = unix_seconds(&value[1..]),
            b"last_insert_id" | b"insert_id" => _ = number(&value[1..])?,
            _ => return None,
        }
    }
    Some(timestamp)
}
